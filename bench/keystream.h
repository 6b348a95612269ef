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
	double before;		/* ns of CPU time, at the last look */
	__u64 packets;		/* found their key stream, by then */
};

/* On another CPU than the caller. Exits with a message when it cannot. */
void keystream_start(struct keystream *keystream, const struct fastpath *path);
void keystream_stop(struct keystream *keystream);

/* Since the last call: its CPU time, ns for each packet that found some. */
double keystream_cost(struct keystream *keystream);

/* Of all packets so far, those that found their key stream: 0 to 1. */
double keystream_hits(const struct keystream *keystream);

#endif /* BENCH_KEYSTREAM_H */
