/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known-answer test of the data plane as the kernel loaded it, and of the slow
 * path's cryptography: packets through BPF_PROG_RUN, opened and sealed, SRTP
 * and SRTCP. Live traffic is not touched: a realm, slots and an interface of
 * its own.
 */
#ifndef SRTPGATE_SELFTEST_H
#define SRTPGATE_SELFTEST_H

#include "gated/dataplane.h"

/* Negative errno with @fault: the data plane must not be used. */
int selftest_run(const struct dataplane *data, struct fault *fault);

#endif /* SRTPGATE_SELFTEST_H */
