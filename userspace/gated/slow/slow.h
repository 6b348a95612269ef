/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path, as the daemon sees it: processes of its own for what the XDP
 * program leaves to the kernel (docs/slowpath.md). They go on when the daemon
 * ends; those of the next one take over from them.
 */
#ifndef SRTPGATE_SLOW_H
#define SRTPGATE_SLOW_H

#include <stdbool.h>

#include "lib/privilege.h"

struct gate;
struct slow;

/*
 * Opens sockets and starts the processes, as long as the daemon has read no
 * key; nothing is steered to them yet. Waits until they are ready. With
 * slow_path = false only ends those of a former daemon, and *@slow is NULL.
 * Negative errno with @fault. The caller owns *@slow.
 */
int slow_open(struct slow **slow, struct gate *gate,
	      const struct privilege *privilege, struct fault *fault);

/* From now on they are in charge. Negative errno with @fault. */
int slow_attach(struct slow *slow, struct gate *gate, struct fault *fault);

/* Leaves them to themselves. */
void slow_close(struct slow *slow);

/* False: they were not wanted, or ended. */
bool slow_is_running(const struct slow *slow);

#endif /* SRTPGATE_SLOW_H */
