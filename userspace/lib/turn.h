/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sequence word of an entry that the program reads while a process writes
 * it: srtpgate/keystream.h.
 */
#ifndef SRTPGATE_TURN_H
#define SRTPGATE_TURN_H

#include <linux/types.h>

/*
 * Makes @turn odd before anything else of its entry is changed; odd it stays.
 * The writer makes it even by a store with release, when all is written.
 */
static inline void turn_begin(__u32 *turn)
{
	__atomic_store_n(turn, *turn | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

#endif /* SRTPGATE_TURN_H */
