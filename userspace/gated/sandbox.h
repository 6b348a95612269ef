/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls that remain (seccomp): those listed in sandbox.c. Others
 * fail with EPERM; those that only an intruder makes kill the process.
 */
#ifndef SRTPGATE_SANDBOX_H
#define SRTPGATE_SANDBOX_H

#include "lib/fault.h"

/* To whom connections are made anew. */
enum sandbox_peers {
	SANDBOX_CONTROLLERS = 1 << 0, /* TCP, SCTP */
	SANDBOX_KMS = 1 << 1,	/* TCP */
};

/* @peers: enum sandbox_peers. Negative errno with @fault. Irreversible. */
int sandbox_enter(unsigned int peers, struct fault *fault);

/*
 * The same for the slow path's worker, which receives, sends and runs the program;
 * and for a keeper, which may start workers, and nothing else besides.
 */
int sandbox_enter_worker(struct fault *fault);
int sandbox_enter_keeper(struct fault *fault);

/* The same for the process that makes key stream: it only waits. */
int sandbox_enter_ahead(struct fault *fault);

#endif /* SRTPGATE_SANDBOX_H */
