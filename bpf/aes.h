/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-128 (FIPS 197) counter mode, four blocks at a time, bitsliced.
 *
 * There is neither a table look-up nor a branch on secret data: the S-box is
 * the logic circuit of Boyar and Peralta ("A new combinational logic
 * minimization technique with applications to cryptology", 2010), evaluated
 * for the 64 bytes of a batch at once on eight planes of 64 bits.
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

static __inline_always void aes_sub_bytes(__u64 *q)
{
	__u64 x0 = q[7], x1 = q[6], x2 = q[5], x3 = q[4];
	__u64 x4 = q[3], x5 = q[2], x6 = q[1], x7 = q[0];

	__u64 y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5;
	__u64 t0 = x1 ^ x2, y1 = t0 ^ x7, y4 = y1 ^ x3, y12 = y13 ^ y14;
	__u64 y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12;
	__u64 y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7, y10 = y15 ^ t0;
	__u64 y11 = y20 ^ y9, y7 = x7 ^ y11, y17 = y10 ^ y11, y19 = y10 ^ y8;
	__u64 y16 = t0 ^ y11, y21 = y13 ^ y16, y18 = x0 ^ y16;

	__u64 t2 = y12 & y15, t3 = y3 & y6, t4 = t3 ^ t2, t5 = y4 & x7;
	__u64 t6 = t5 ^ t2, t7 = y13 & y16, t8 = y5 & y1, t9 = t8 ^ t7;
	__u64 t10 = y2 & y7, t11 = t10 ^ t7, t12 = y9 & y11, t13 = y14 & y17;
	__u64 t14 = t13 ^ t12, t15 = y8 & y10, t16 = t15 ^ t12;
	__u64 t17 = t4 ^ t14, t18 = t6 ^ t16, t19 = t9 ^ t14, t20 = t11 ^ t16;
	__u64 t21 = t17 ^ y20, t22 = t18 ^ y19, t23 = t19 ^ y21;
	__u64 t24 = t20 ^ y18;

	__u64 t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26;
	__u64 t28 = t25 & t27, t29 = t28 ^ t22, t30 = t23 ^ t24;
	__u64 t31 = t22 ^ t26, t32 = t31 & t30, t33 = t32 ^ t24;
	__u64 t34 = t23 ^ t33, t35 = t27 ^ t33, t36 = t24 & t35;
	__u64 t37 = t36 ^ t34, t38 = t27 ^ t36, t39 = t29 & t38;
	__u64 t40 = t25 ^ t39, t41 = t40 ^ t37, t42 = t29 ^ t33;
	__u64 t43 = t29 ^ t40, t44 = t33 ^ t37, t45 = t42 ^ t41;

	__u64 z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7, z3 = t43 & y16;
	__u64 z4 = t40 & y1, z5 = t29 & y7, z6 = t42 & y11, z7 = t45 & y17;
	__u64 z8 = t41 & y10, z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;
	__u64 z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2, z15 = t42 & y9;
	__u64 z16 = t45 & y14, z17 = t41 & y8;

	__u64 t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13, t49 = z9 ^ z10;
	__u64 t50 = z2 ^ z12, t51 = z2 ^ z5, t52 = z7 ^ z8, t53 = z0 ^ z3;
	__u64 t54 = z6 ^ z7, t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53;
	__u64 t58 = z4 ^ t46, t59 = z3 ^ t54, t60 = t46 ^ t57, t61 = z14 ^ t57;
	__u64 t62 = t52 ^ t58, t63 = t49 ^ t58, t64 = z4 ^ t59, t65 = t61 ^ t62;
	__u64 t66 = z1 ^ t63, t67 = t64 ^ t65;

	q[7] = t59 ^ t63;
	q[1] = t56 ^ t62;
	q[0] = t48 ^ t60;
	q[4] = t53 ^ t66;
	q[3] = t51 ^ t66;
	q[2] = t47 ^ t65;
	q[6] = t64 ^ q[4];
	q[5] = t55 ^ t67;
}

/* The bytes one row below and @j columns to the right. */
static __inline_always __u64 aes_below(__u64 x, int j)
{
	const __u64 inner = 0x0001000100010001 * (0xffff >> 4 * j);

	if (!j)
		return ror64(x, 16);
	return (ror64(x, 16 + 4 * j) & inner) | (ror64(x, 4 * j) & ~inner);
}

/* The bytes two rows below and 2 * @j columns to the right. */
static __inline_always __u64 aes_opposite(__u64 x, int j)
{
	const __u64 low = 0x00ff00ff00ff00ff;

	if (!(j & 1))
		return ror64(x, 32);
	return (ror64(x, 40) & low) | (ror64(x, 24) & ~low);
}

/*
 * MixColumns, then AddRoundKey. With a the byte, b, c and d those below it,
 *
 *	2a + 3b + c + d = 2(a + b) + b + (c + d)
 *
 * and (c, d) is (a, b) two rows below. Doubling moves plane p to p + 1 and
 * adds plane 7 to the planes of the polynomial 0x1b.
 */
static __inline_always void aes_mix(__u64 *q, const __u64 *key, int j)
{
	__u64 carry = q[7] ^ aes_below(q[7], j);
	__u64 doubled = carry;

	for (int p = 0; p < 8; p++) {
		__u64 below = aes_below(q[p], j);
		__u64 sum = q[p] ^ below;

		q[p] = doubled ^ below ^ aes_opposite(sum, j) ^ key[p];
		doubled = sum;
		if (0x1b >> (p + 1) & 1)
			doubled ^= carry;
	}
}

static __inline_always void aes_rounds(__u64 *q, const __u64 *key)
{
#pragma clang loop unroll(disable)
	for (int i = 0; i < 2; i++, key += 32) {
		aes_sub_bytes(q);
		aes_mix(q, key, 3);
		aes_sub_bytes(q);
		aes_mix(q, key + 8, 0);
		aes_sub_bytes(q);
		aes_mix(q, key + 16, 1);
		aes_sub_bytes(q);
		aes_mix(q, key + 24, 2);
	}
	aes_sub_bytes(q);
	aes_mix(q, key, 3);
	aes_sub_bytes(q);
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
