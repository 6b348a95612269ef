/* SPDX-License-Identifier: GPL-2.0-only */
/* CLOCK_MONOTONIC, the clock of the fast path too. */
#ifndef SRTPGATE_CLOCK_H
#define SRTPGATE_CLOCK_H

#include <linux/types.h>
#include <time.h>

static inline __u64 clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static inline __u64 clock_ms(void)
{
	return clock_ns() / 1000000;
}

#endif /* SRTPGATE_CLOCK_H */
