/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The value of the map `slow_path` in memory: whose the sockets are, and
 * counters that daemons and workers of all times share.
 */
#ifndef SRTPGATE_SLOW_MAP_H
#define SRTPGATE_SLOW_MAP_H

#include "srtpgate/fastpath.h"

/* @fd: of the map. NULL with errno. */
struct sg_slow *slow_map(int fd);
void slow_unmap(struct sg_slow *slow);

static inline __u64 slow_owner(const struct sg_slow *slow)
{
	return __atomic_load_n(&slow->owner, __ATOMIC_ACQUIRE);
}

static inline void slow_set_owner(struct sg_slow *slow, __u64 owner)
{
	__atomic_store_n(&slow->owner, owner, __ATOMIC_RELEASE);
}

/* Two workers may count at once while one takes over from the other. */
static inline void slow_count(__u64 *counter, __u64 more)
{
	if (more)
		__atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

/* The worker whose map is pinned at @path ends; there may be none. */
void slow_dismiss(const char *path);

#endif /* SRTPGATE_SLOW_MAP_H */
