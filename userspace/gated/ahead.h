/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key stream ahead of the packet, as the daemon sees it: a process of its own
 * that makes it (docs/engine.md). It ends with the daemon; without it, packets
 * make their own.
 */
#ifndef SRTPGATE_AHEAD_H
#define SRTPGATE_AHEAD_H

#include <stdbool.h>

#include "lib/privilege.h"

struct ahead;
struct gate;

/*
 * Starts the process, as long as the daemon has read no key, and waits until it
 * is ready. NULL: the program looks for no key stream, or, as the log says, the
 * process does not start. The caller owns it.
 */
struct ahead *ahead_open(struct gate *gate, const struct privilege *privilege);

/* The process ends, and empties what it made. NULL: does nothing. */
void ahead_close(struct ahead *ahead);

/* False: it was not wanted, or ended. */
bool ahead_is_running(const struct ahead *ahead);

#endif /* SRTPGATE_AHEAD_H */
