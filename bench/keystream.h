/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that makes key stream ahead of the packet: the daemon's code, for
 * a program that the benchmark loaded.
 */
#ifndef BENCH_KEYSTREAM_H
#define BENCH_KEYSTREAM_H

#include <sys/types.h>

#include "fastpath.h"
#include "gated/ahead_maker.h"

struct keystream {
	struct ahead_setup setup;
	pid_t pid;
	int end;		/* a socket, whose end is the process's */
	double time;		/* ns of CPU, at the last look */
	struct sg_ahead counters; /* by then */
};

/* Since the last look. */
struct keystream_cost {
	double cpu;		/* ns for each packet that found key stream */
	double hits;		/* of all packets, those that did: 0 to 1 */
};

/* On another CPU than the caller. Exits with a message when it cannot. */
void keystream_start(struct keystream *keystream, const struct fastpath *path);
void keystream_stop(struct keystream *keystream);

struct keystream_cost keystream_look(struct keystream *keystream);

#endif /* BENCH_KEYSTREAM_H */
