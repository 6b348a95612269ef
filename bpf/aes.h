/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-128 (FIPS 197) counter mode, four blocks at a time, bitsliced.
 *
 * There is neither a table look-up nor a branch on secret data: the S-box is
 * a logic circuit (sbox.h), evaluated for the 64 bytes of a batch at once on
 * eight planes of 64 bits.
 *
 * Plane p holds bit p (0 is the least significant) of all bytes; byte (row,
 * column) of block b is bit 16 * row + 4 * column + b. So a row is a lane of
 * 16 bits and a byte's four blocks are a nibble.
 *
 * ShiftRows costs nothing, it is never done: Adomnicai and Peyrin,
 * "Fixslicing AES-like ciphers", 2020. The planes hold, after round i,
 *
 *	T(i) = ShiftRows^(2 - i) (S(i))		S(i): the state of FIPS 197
 *
 * and, as ShiftRows^4 is the identity, T(10) = ShiftRows^-8 (S(10)) = S(10)
 * needs no correction. MixColumns combines each byte with those one, two and
 * three rows below it in its column; in T(i) the byte one row below is also
 * (i - 2) mod 4 columns to the right. Hence four variants of it.
 *
 * Round keys come in compact form, as a nibble for four equal bits is
 * redundant: bit 4 * (4 * row + column) + k of word 0 is bit k of the byte's
 * low nibble, and of word 1, of its high nibble. Round key i is stored as
 * ShiftRows^(2 - i) of it. The circuit is used without its four final NOTs;
 * the constant 0x63 that they add to each byte passes MixColumns unchanged
 * and is added to the round keys 1 to 10 instead.
 */
#ifndef SRTPGATE_AES_H
#define SRTPGATE_AES_H

#include "sbox.h"
#include "work.h"

enum {
	AES_BLOCK = 16,		/* bytes */
	AES_BATCH = 64,		/* bytes: four blocks */
	AES_KEY_WORDS = 22,	/* compact: eleven round keys */
};

static __inline_always __u64 ror64(__u64 x, int n)
{
	return x >> n | x << (64 - n);
}

/* Plane @p of the compact pair @word, four blocks alike. */
static __inline_always __u64 aes_plane(const __u64 *word, int p)
{
	return (word[p / 4] >> p % 4 & 0x1111111111111111) * 15;
}

static __inline_always void aes_expand(struct work *w,
				       const struct sg_aes_key *key)
{
	/* Round key 0 is part of the initial counter block. */
	for (int i = 8; i < 88; i++)
		w->round_key[i] = aes_plane(&key->word[i / 8 * 2], i % 8);
}

/* Keeps the compiler from seeing through, and so undoing, what is written. */
#define OPAQUE(x) asm volatile("" : "+r"(x))

/* @a where @mask is set, else @b. */
static __inline_always __u64 blend(__u64 a, __u64 b, __u64 mask)
{
	return ((a ^ b) & mask) ^ b;
}

/* The bytes one row below and @j columns to the right; @lane: see aes_mix(). */
static __inline_always __u64 aes_below(__u64 x, int j, __u64 lane)
{
	if (j == 2) {
		/* Rows and column pairs reversed, then rows put right. */
		__u64 y = __builtin_bswap64(x);
		__u64 t = (y >> 32 ^ y) & 0xffff;

		return y ^ t ^ t << 32;
	}
	x = ror64(x, 16);
	if (!j)
		return x;
	return blend(x >> 4 * j, x << (16 - 4 * j), lane);
}

/* The bytes two rows below and 2 * @j columns to the right. */
static __inline_always __u64 aes_opposite(__u64 x, int j, __u64 half)
{
	if (!(j & 1))
		return ror64(x, 32);
	x = __builtin_bswap64(x);
	return blend(x >> 16, x << 16, half);
}

/*
 * MixColumns, variant @j, and AddRoundKey, from the top plane down. With
 * sum = byte + byte below, a column's new byte is 2 * sum + byte below + the
 * sum two rows below; doubling moves a plane up and adds 0x1b for plane 7.
 */
static __inline_always void aes_mix(volatile __u64 *q, const __u64 *key, int j)
{
	__u64 lane = 0x0001000100010001 * (0xffff >> 4 * j);
	__u64 half = 0x0000ffff0000ffff;
	__u64 carry = 0, next = 0;

	if (j & 1) {
		/* In registers, not loaded anew for each plane. */
		OPAQUE(lane);
		OPAQUE(half);
	}
#pragma clang loop unroll(full)
	for (int p = 7; p >= 0; p--) {
		__u64 x = q[p];
		__u64 below = aes_below(x, j, lane);
		__u64 sum = x ^ below;

		if (p == 7)
			carry = sum;
		else
			q[p + 1] = next ^ sum;
		OPAQUE(sum);
		next = below ^ aes_opposite(sum, j, half);
		OPAQUE(next);
		next ^= key[p];
		OPAQUE(next);
		if (0x1b >> p & 1)
			next ^= carry;
		OPAQUE(next);
	}
	q[0] = next;
}

/* Rounds 1 to 10 on @q, four to a turn, which is as many as stay cached. */
static __inline_always void aes_rounds(__u64 *q, const __u64 *key)
{
	const __u64 *eighth = key + 64;
	__u64 m[20];

#pragma clang loop unroll(disable)
	for (; key < eighth; key += 32) {
		aes_sub_bytes(q, m);
		aes_mix(q, key, 3);
		aes_sub_bytes(q, m);
		aes_mix(q, key + 8, 0);
		aes_sub_bytes(q, m);
		aes_mix(q, key + 16, 1);
		aes_sub_bytes(q, m);
		aes_mix(q, key + 24, 2);
	}
	aes_sub_bytes(q, m);
	aes_mix(q, key, 3);
	aes_sub_bytes(q, m);
	for (int p = 0; p < 8; p++)
		q[p] ^= key[8 + p];
}

/* Swaps the bits @mask of @b with those @n places above them in @a. */
static __inline_always void swap_bits(__u64 *a, __u64 *b, int n, __u64 mask)
{
	__u64 t = (*a >> n ^ *b) & mask;

	*b ^= t;
	*a ^= t << n;
}

/*
 * From planes to bytes. Transposing the eight 8 by 8 bit matrices leaves in
 * q[4 * column + block], for columns 0 and 1, byte 2 * row of that column and
 * byte 2 * row + 1 of the column two to the right; sorting these gives the
 * two columns as 32-bit words.
 */
static __inline_always void aes_transpose(__u64 *q)
{
	for (int i = 0; i < 8; i += 2)
		swap_bits(&q[i], &q[i + 1], 1, 0x5555555555555555);
	for (int i = 0; i < 8; i++)
		if (!(i & 2))
			swap_bits(&q[i], &q[i + 2], 2, 0x3333333333333333);
	for (int i = 0; i < 4; i++)
		swap_bits(&q[i], &q[i + 4], 4, 0x0f0f0f0f0f0f0f0f);
	for (int i = 0; i < 8; i++) {
		swap_bits(&q[i], &q[i], 8, 0x0000ff000000ff00);
		swap_bits(&q[i], &q[i], 16, 0x00000000ffff0000);
	}
}

/* Puts the key stream of blocks 4 * @batch and on into w->keystream. */
static __inline_always void aes_batch(struct work *w, __u32 batch)
{
	__u64 q[8];

	for (int p = 0; p < 8; p++)
		q[p] = aes_plane(w->iv, p);

	/* Byte 15, the counter: row 3, column 3, and in T(0) column 1. */
	q[0] ^= 0xaULL << 52;
	q[1] ^= 0xcULL << 52;
	for (int p = 2; p < 8; p++)
		q[p] ^= (__u64)(batch >> (p - 2) & 1) * 15 << 52;

	aes_rounds(q, w->round_key + 8);
	aes_transpose(q);
	for (int b = 0; b < 4; b++) {
		w->keystream[2 * b] = (__u32)q[b] | q[b + 4] << 32;
		w->keystream[2 * b + 1] = q[b] >> 32 | q[b + 4] >> 32 << 32;
	}
}

#endif /* SRTPGATE_AES_H */
