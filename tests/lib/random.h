/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Repeatable pseudo-random numbers (splitmix64): a failing run is repeated
 * with the SEED it printed. Not for keys of anything but tests.
 */
#ifndef SRTPGATE_TEST_RANDOM_H
#define SRTPGATE_TEST_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <linux/types.h>

struct random {
	__u64 state;
};

static inline __u64 random_next(struct random *random)
{
	__u64 z = (random->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* 0 to @limit - 1. */
static inline __u32 random_below(struct random *random, __u32 limit)
{
	return random_next(random) % limit;
}

/* True once in @odds times. */
static inline bool random_once_in(struct random *random, __u32 odds)
{
	return random_below(random, odds) == 0;
}

static inline void random_bytes(struct random *random, void *to, size_t size)
{
	__u8 *byte = to;

	while (size--)
		*byte++ = random_next(random) >> 56;
}

/* A number from the environment: SEED, COUNT. */
static inline __u64 random_setting(const char *name, __u64 otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

#endif /* SRTPGATE_TEST_RANDOM_H */
