/* SPDX-License-Identifier: GPL-2.0-only */
/* The system calls of the running server: lib/filter.h. */
#ifndef SRTPGATE_KMS_SANDBOX_H
#define SRTPGATE_KMS_SANDBOX_H

#include <stdbool.h>

#include "lib/fault.h"

/*
 * Files are opened to be read, or to be appended to; @connects: TCP to other
 * servers. Negative errno with @fault. Irreversible.
 */
int sandbox_enter(bool connects, struct fault *fault);

#endif /* SRTPGATE_KMS_SANDBOX_H */
