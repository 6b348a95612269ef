/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time that the test sets, in milliseconds. Included before the sources that
 * it is for: it takes the place of lib/clock.h in them.
 */
#ifndef SRTPGATE_CLOCK_H
#define SRTPGATE_CLOCK_H

#include <linux/types.h>

static __u64 now_ms = 1000000;

static inline __u64 clock_ms(void)
{
	return now_ms;
}

static inline __u64 clock_ns(void)
{
	return now_ms * 1000000;
}

#else
#error "lib/clock.h was included before tests/lib/fake_clock.h"
#endif /* SRTPGATE_CLOCK_H */
