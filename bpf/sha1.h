/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-1 (FIPS 180-4 6.1), one block of 64 bytes.
 *
 * BPF rotates with two shifts and an or. A value that has itself in its upper
 * half too is rotated by one shift: so the working variable a, from which all
 * the others are made, is kept twice in its 64-bit register. The schedule is
 * computed two words at a time, ahead of the rounds that use it: from word
 * 32 on by the recurrence of twice the distance,
 *
 *	w[t] = rol(w[t-6] ^ w[t-16] ^ w[t-28] ^ w[t-32], 2)
 *
 * whose operands are pairs as well.
 */
#ifndef SRTPGATE_SHA1_H
#define SRTPGATE_SHA1_H

#include "aes.h"
#include "work.h"

enum {
	SHA1_BLOCK = 64,	/* bytes */
	SHA1_ROUNDS = 80,
	SHA1_AHEAD = 6,		/* words of the schedule before their round */
};

/* @x in both halves. */
static __inline_always __u64 twice(__u32 x)
{
	__u64 low = x, high = low;

	OPAQUE(high);
	low |= high << 32;
	OPAQUE(low);
	return low;
}

/* Each half rotated left by @n; @low has the @n low bits of each. */
static __inline_always __u64 rol_pair(__u64 x, int n, __u64 low)
{
	return (x << n & ~low) | (x >> (32 - n) & low);
}

/* Words @t and @t + 1 of the schedule, @t even, from 16 on. */
static __inline_always void sha1_schedule(__u32 *w, int t)
{
	volatile __u64 *pair = (volatile __u64 *)w;
	volatile __u32 *word = w;
	int i = t / 2;
	__u64 x;

	if (t < 32) {
		x = word[t - 3] | (__u64)word[t - 2] << 32;
		x ^= pair[i - 4] ^ pair[i - 7] ^ pair[i - 8];
		pair[i] = rol_pair(x, 1, 0x0000000100000001);
	} else {
		x = pair[i - 3] ^ pair[i - 8] ^ pair[i - 14] ^ pair[i - 16];
		pair[i] = rol_pair(x, 2, 0x0000000300000003);
	}
}

/* FIPS 180-4 4.1.1; of the majority the terms are disjoint, so they add. */
static __inline_always __u32 sha1_f(int t, __u64 b, __u64 c, __u64 d)
{
	__u32 f;

	if (t < 20) {
		f = c ^ d;
		OPAQUE(f);
		f &= b;
		OPAQUE(f);
		f ^= d;
	} else if (t < 40 || t >= 60) {
		f = c ^ d;
		OPAQUE(f);
		f ^= b;
	} else {
		f = b ^ c;
		OPAQUE(f);
		f &= d;
		OPAQUE(f);
		f += (__u32)(b & c);
	}
	OPAQUE(f);
	return f;
}

/* h: a to e; a and b are kept twice, of the others the lower half counts. */
static __inline_always void sha1_round(__u64 *h, int t, __u32 word)
{
	static const __u32 constant[4] = {
		0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6
	};
	__u32 sum = word + constant[t / 20];
	__u64 rotated;

	OPAQUE(sum);
	sum += (__u32)h[4];
	OPAQUE(sum);
	sum += sha1_f(t, h[1], h[2], h[3]);
	OPAQUE(sum);
	rotated = h[0] >> 27;	/* rol(a, 5) */
	OPAQUE(rotated);
	sum += (__u32)rotated;
	h[4] = h[3];
	h[3] = h[2];
	h[2] = h[1] >> 2;	/* rol(b, 30) */
	h[1] = h[0];
	h[0] = twice(sum);
}

/* Adds the block at @data to w->digest. */
static __inline_always void sha1_compress(struct work *w, const __u64 *data)
{
	volatile __u64 *pair = (volatile __u64 *)w->schedule;
	volatile __u32 *word = w->schedule;
	__u64 h[5];

	for (int i = 0; i < 5; i++)
		h[i] = w->digest[i];
	h[0] = twice(h[0]);
	h[1] = twice(h[1]);
#pragma clang loop unroll(full)
	for (int i = 0; i < 8; i++) {
		__u64 x = __builtin_bswap64(data[i]);

		pair[i] = x << 32 | x >> 32;
	}
#pragma clang loop unroll(full)
	for (int t = 0; t < SHA1_ROUNDS; t += 2) {
		if (t + SHA1_AHEAD >= 16 && t + SHA1_AHEAD < SHA1_ROUNDS)
			sha1_schedule(w->schedule, t + SHA1_AHEAD);
		sha1_round(h, t, word[t]);
		sha1_round(h, t + 1, word[t + 1]);
	}
#pragma clang loop unroll(full)
	for (int i = 0; i < 5; i++)
		w->digest[i] += h[i];
}

#endif /* SRTPGATE_SHA1_H */
