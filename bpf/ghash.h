/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH (NIST SP 800-38D 6.3): multiplication in GF(2^128), one block of 16
 * bytes at a time, without a table or a branch on secret data.
 *
 * BPF multiplies integers only. Carries are kept apart by holes, as BearSSL
 * does it: an operand is split into four, each with every fourth bit, and in
 * the low 64 bits of the product of two of these at most 15 ones add up in
 * four bits, or 16 where the carry falls off the top. A product's high half is
 * the low one of the reversed operands, reversed. Three products of 64 bits
 * make one of 128 (Karatsuba).
 *
 * Bit 63 of the first word is the coefficient of x^0: the words are in
 * reverse, and so is their product, but for one bit.
 */
#ifndef SRTPGATE_GHASH_H
#define SRTPGATE_GHASH_H

#include "aes.h"

enum {
	GHASH_BLOCK = 16,	/* bytes */
	GHASH_FACTORS = 24,	/* six words, each split into four */
};

static __inline_always __u64 ghash_hole(int n)
{
	return 0x1111111111111111ULL << n;
}

static __inline_always __u64 ghash_reverse(__u64 x)
{
	x = (x & 0x5555555555555555) << 1 | (x >> 1 & 0x5555555555555555);
	x = (x & 0x3333333333333333) << 2 | (x >> 2 & 0x3333333333333333);
	x = (x & 0x0f0f0f0f0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f0f0f0f0f);
	return __builtin_bswap64(x);
}

/*
 * @x, or 0 if it is less. A branch here would be one more path through all
 * that follows, for the verifier.
 */
static __inline_always __s64 ghash_positive(__s64 x)
{
	__s64 negative = x >> 63;

	OPAQUE(negative);
	return x & ~negative;
}

/* The first @count bytes of big-endian @word in host order, zeros behind. */
static __inline_always __u64 ghash_bytes(__u64 word, __s64 count)
{
	__u64 unused = ghash_positive(8 - count);

	unused = 4 * (unused - ghash_positive(unused - 8)); /* half the bits */
	word = __builtin_bswap64(word) >> unused >> unused;
	return word << unused << unused;
}

/* The first @count bytes of a word, as it is in memory. */
static __inline_always __u64 ghash_mask(__s64 count)
{
	return __builtin_bswap64(ghash_bytes(~0ULL, count));
}

static __inline_always void ghash_split(__u64 factor[4], __u64 x)
{
	for (int n = 0; n < 4; n++)
		factor[n] = x & ghash_hole(n);
}

/* What the multiplications need of the key: as they are, then reversed. */
static __inline_always void ghash_expand(__u64 *factor, const __u64 key[2])
{
	__u64 high = key[0], low = key[1];

	ghash_split(factor, high);
	ghash_split(factor + 4, low);
	ghash_split(factor + 8, high ^ low);
	high = ghash_reverse(high);
	low = ghash_reverse(low);
	ghash_split(factor + 12, high);
	ghash_split(factor + 16, low);
	ghash_split(factor + 20, high ^ low);
}

/* The low half of the carry-less product of @x and the word split up. */
static __inline_always __u64 ghash_product(__u64 x,
					   const volatile __u64 factor[4])
{
	__u64 part[4], result = 0;

	for (int n = 0; n < 4; n++) {
		part[n] = x & ghash_hole(n);
		OPAQUE(part[n]);
	}
#pragma clang loop unroll(full)
	for (int n = 0; n < 4; n++) {
		__u64 sum = part[0] * factor[n];

		for (int i = 1; i < 4; i++)
			sum ^= part[i] * factor[(n - i) & 3];
		result |= sum & ghash_hole(n);
		OPAQUE(result);
	}
	return result;
}

/* x^128 = x^7 + x^2 + x + 1: of four words, the first of x^0, a block. */
static __inline_always void ghash_reduce(__u64 *high, __u64 *low, __u64 v3,
					 __u64 v2, __u64 v1, __u64 v0)
{
	v2 ^= v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7;
	v1 ^= v0 << 63 ^ v0 << 62 ^ v0 << 57;
	v3 ^= v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7;
	v2 ^= v1 << 63 ^ v1 << 62 ^ v1 << 57;
	*high = v3;
	*low = v2;
}

/* Multiplies @high and @low, a block, by the key. */
static __inline_always void ghash_multiply(__u64 *high, __u64 *low,
					   const volatile __u64 *factor)
{
	__u64 a = *high, b = *low, v0, v1, v2, v3, middle;

	/* v3 to v0: the product of 255 bits, then one bit further left. */
	v2 = ghash_product(a, factor);
	v0 = ghash_product(b, factor + 4);
	middle = ghash_product(a ^ b, factor + 8);
	v1 = middle ^ v2 ^ v0;
	a = ghash_reverse(a);
	b = ghash_reverse(b);
	v3 = ghash_product(a, factor + 12);
	middle = ghash_product(a ^ b, factor + 20) ^ v3;
	a = ghash_product(b, factor + 16);
	v1 ^= ghash_reverse(a) >> 1;
	v2 ^= ghash_reverse(middle ^ a) >> 1;
	v3 = ghash_reverse(v3);	/* and not >> 1: see the next line */
	v3 = (v3 & ~1ULL) | v2 >> 63;
	v2 = v2 << 1 | v1 >> 63;
	v1 = v1 << 1 | v0 >> 63;
	v0 <<= 1;

	ghash_reduce(high, low, v3, v2, v1, v0);
}

#endif /* SRTPGATE_GHASH_H */
