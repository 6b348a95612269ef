/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-1's compression function, FIPS 180-4. */
#ifndef SRTPGATE_SHA1_H
#define SRTPGATE_SHA1_H

#include "work.h"

enum { SHA1_BLOCK = 64 };	/* bytes */

static __inline_always __u32 rol32(__u32 x, int n)
{
	return x << n | x >> (32 - n);
}

/*
 * Adds the block in the first 16 words of w->schedule to the chaining value
 * w->digest.
 */
static __inline_always void sha1_compress(struct work *w)
{
	__u32 a = w->digest[0], b = w->digest[1], c = w->digest[2];
	__u32 d = w->digest[3], e = w->digest[4];
	__u32 *s = w->schedule;

#pragma clang loop unroll(disable)
	for (int t = 16; t < 80; t++)
		s[t] = rol32(s[t - 3] ^ s[t - 8] ^ s[t - 14] ^ s[t - 16], 1);

#define ROUND(f, k)                                                            \
	do {                                                                   \
		__u32 sum = rol32(a, 5) + (f) + e + (k) + s[t];                \
									       \
		e = d;                                                         \
		d = c;                                                         \
		c = rol32(b, 30);                                              \
		b = a;                                                         \
		a = sum;                                                       \
	} while (0)

#pragma clang loop unroll_count(5)
	for (int t = 0; t < 20; t++)
		ROUND(d ^ (b & (c ^ d)), 0x5a827999);
#pragma clang loop unroll_count(5)
	for (int t = 20; t < 40; t++)
		ROUND(b ^ c ^ d, 0x6ed9eba1);
#pragma clang loop unroll_count(5)
	for (int t = 40; t < 60; t++)
		ROUND((b & c) + (d & (b ^ c)), 0x8f1bbcdc);
#pragma clang loop unroll_count(5)
	for (int t = 60; t < 80; t++)
		ROUND(b ^ c ^ d, 0xca62c1d6);
#undef ROUND

	w->digest[0] += a;
	w->digest[1] += b;
	w->digest[2] += c;
	w->digest[3] += d;
	w->digest[4] += e;
}

#endif /* SRTPGATE_SHA1_H */
