/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gateway's slow path as srtpgated runs it, a worker in a process of its
 * own, over the maps of a fastpath.
 */
#ifndef BENCH_SLOW_H
#define BENCH_SLOW_H

#include "fastpath.h"

/*
 * From now on what the kernel gets for endpoints of @path, by the interface
 * @from of this thread's namespace, is converted on CPU @cpu. The worker's
 * pid; slow_stop() ends it. Exits when that cannot be.
 */
int slow_start(struct fastpath *path, __u32 from, int cpu);
void slow_stop(int pid);

/* Waits until it has sent what was in its queue: nobody else's packets. */
void slow_settle(const struct fastpath *path);

/* A line for every counter of the slow path that is not 0; to stderr. */
void slow_explain(const struct fastpath *path);

#endif /* BENCH_SLOW_H */
