/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path's keeper: a process that holds the sockets, so that what is
 * queued there survives the worker, and starts another worker when one dies.
 * It goes on without the daemon, until another daemon's worker has taken over.
 */
#ifndef SRTPGATE_SLOW_KEEPER_H
#define SRTPGATE_SLOW_KEEPER_H

#include "gated/slow/slow_worker.h"
#include "lib/privilege.h"

/*
 * In a process of its own, which it ends. A worker that is ready says so by
 * an octet to @setup->parent.
 */
void slow_keeper_run(struct slow_setup *setup,
		     const struct privilege *privilege)
	__attribute__((noreturn));

#endif /* SRTPGATE_SLOW_KEEPER_H */
