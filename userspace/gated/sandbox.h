/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls that remain (seccomp): those listed in sandbox.c. Others
 * fail with EPERM; those that only an intruder makes kill the process.
 */
#ifndef SRTPGATE_SANDBOX_H
#define SRTPGATE_SANDBOX_H

#include "gated/fault.h"

/* Negative errno with @fault. Irreversible. */
int sandbox_enter(struct fault *fault);

#endif /* SRTPGATE_SANDBOX_H */
