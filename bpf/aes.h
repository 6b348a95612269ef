/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES (FIPS 197) counter mode, four blocks at a time, bitsliced.
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
 * "Fixslicing AES-like ciphers", 2020. The planes hold, after round i of n,
 *
 *	T(i) = ShiftRows^(n - i) (S(i))		S(i): the state of FIPS 197
 *
 * so that the last, T(n) = S(n), needs no correction. MixColumns combines each
 * byte with those one, two and three rows below it in its column; in T(i) the
 * byte one row below is also (i - n) mod 4 columns to the right. Hence four
 * variants of it, as ShiftRows^4 is the identity: T(0) is ShiftRows^2 (S(0))
 * for 10 and 14 rounds, and S(0) for 12.
 *
 * Round keys come in compact form, as a nibble for four equal bits is
 * redundant: bit 4 * (4 * row + column) + k of word 0 is bit k of the byte's
 * low nibble, and of word 1, of its high nibble. Round key i is stored as
 * ShiftRows^(n - i) of it. The circuit is used without its four final NOTs;
 * the constant 0x63 that they add to each byte passes MixColumns unchanged
 * and is added to the round keys 1 to n instead.
 */
#ifndef SRTPGATE_AES_H
#define SRTPGATE_AES_H

#include "packet.h"
#include "sbox.h"

enum { AES_BATCH = 64 }; /* bytes: four blocks */

/* Plane @p of the compact pair @word, four blocks alike. */
static __inline_always __u64 aes_plane(const __u64 *word, int p)
{
	return (word[p / 4] >> p % 4 & 0x1111111111111111) * 15;
}

/*
 * w->round_key has room for the last fourteen round keys, eight planes each.
 * Those of a key of 128 bits begin behind AES_SKIPPED.
 */
enum {
	AES_SKIPPED = 4 * 8,
	AES_TURNS_END = 12 * 8,	/* the two last rounds are apart */
	AES_LAST = 13 * 8,
};

/* Round keys 1 and up; round key 0 is part of the initial counter block. */
static __inline_always void aes_expand(struct work *w,
				       const struct sg_aes_key *key,
				       __u32 flags)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < 80; i++)
		w->round_key[AES_SKIPPED + i] =
			aes_plane(&key->word[i / 8 * 2], i % 8);
	if (likely(!(flags & (SG_KEY_AES_192 | SG_KEY_AES_256))))
		return;
#pragma clang loop unroll(full)
	for (int i = 0; i < AES_SKIPPED; i++)
		w->round_key[i] =
			aes_plane(&key->word[SG_AES_EXTRA + i / 8 * 2], i % 8);
}

/*
 * From here on an expression is an instruction, as in sbox.h: the compiler
 * would reorder them and need more registers than there are.
 */
#define OPAQUE(x) asm volatile("" : "+r"(x))

static __inline_always __u64 SHL(__u64 x, int n)
{
	x <<= n;
	OPAQUE(x);
	return x;
}

static __inline_always __u64 SHR(__u64 x, int n)
{
	x >>= n;
	OPAQUE(x);
	return x;
}

/* Its bytes in reverse: rows 3 to 0, and in each, columns 2, 3, 0 and 1. */
static __inline_always __u64 SWAP(__u64 x)
{
	x = __builtin_bswap64(x);
	OPAQUE(x);
	return x;
}

/* @a where @mask is set, else @b. */
static __inline_always __u64 blend(__u64 a, __u64 b, __u64 mask)
{
	return XOR(AND(XOR(a, b), mask), b);
}

/* The bytes one row below and @j columns to the right; @lane: see aes_mix(). */
static __inline_always __u64 aes_below(__u64 x, int j, __u64 lane)
{
	__u64 t;

	if (j == 2) {
		/* Of rows 3 to 0, rows 3 and 1 have to change places. */
		x = SWAP(x);
		t = XOR(SHR(x, 32), x) & 0xffff;
		OPAQUE(t);
		return XOR(XOR(x, t), SHL(t, 32));
	}
	x = XOR(SHR(x, 16), SHL(x, 48));
	if (!j)
		return x;
	return blend(SHR(x, 4 * j), SHL(x, 16 - 4 * j), lane);
}

/* Adds to @to the bytes two rows below @x and 2 * @j columns to the right. */
static __inline_always __u64 aes_add_opposite(__u64 to, __u64 x, int j,
					      __u64 half)
{
	__u64 t;

	if (!(j & 1)) {
		to = XOR(to, SHR(x, 32));
		return XOR(to, SHL(x, 32));
	}
	/* Of rows 3 to 0, neighbours have to change places. */
	x = SWAP(x);
	t = SHR(x, 16);
	x = SHL(x, 16);
	t = AND(XOR(t, x), half);
	return XOR(XOR(to, x), t);
}

/*
 * MixColumns, variant @j, and AddRoundKey, from the top plane down. With
 * sum = byte + byte below, a column's new byte is 2 * sum + byte below + the
 * sum two rows below; doubling moves a plane up and adds 0x1b for plane 7.
 */
static __inline_always void aes_mix(volatile __u64 *q,
				    const volatile __u64 *key, int j)
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
		__u64 sum = XOR(x, below);

		if (p == 7)
			carry = sum;
		else
			q[p + 1] = XOR(next, sum);
		next = aes_add_opposite(below, sum, j, half);
		next = XOR(next, key[p]);
		if (0x1b >> p & 1)
			next = XOR(next, carry);
	}
	q[0] = next;
}

/* T(0) of 12 rounds from that of 10: rows 1 and 3 turned by two columns. */
static __inline_always void aes_turn_rows(volatile __u64 *q)
{
#pragma clang loop unroll(full)
	for (int p = 0; p < 8; p++) {
		__u64 x = q[p], rows = AND(x, 0xffff0000ffff0000);
		__u64 up = AND(SHL(rows, 8), 0xff000000ff000000);

		q[p] = x ^ rows ^ up ^ AND(SHR(rows, 8), 0x00ff000000ff0000);
	}
}

/*
 * All rounds but for the last AddRoundKey, four to a turn of the loop, of
 * which 12 rounds leave out half a one. A turn for each round would branch to
 * its variant, and when the compiler lets one of these fall through to the
 * loop's head, Linux 6.1 does not load it.
 *
 * Where to begin is decided anew for each batch, so that the verifier follows
 * each choice up to where it joins the others, and not through all batches.
 */
static __inline_always void aes_rounds(volatile __u64 *q, const __u64 *keys,
				       __u32 flags)
{
	__u32 at = AES_SKIPPED, half = 0;
	__u64 m[20];

	OPAQUE(flags);
	if (unlikely(flags & (SG_KEY_AES_192 | SG_KEY_AES_256)))
		at = 0;
	if (unlikely(flags & SG_KEY_AES_192)) {
		aes_turn_rows(q);
		half = 1;
	}
#pragma clang loop unroll(disable)
	for (; at < AES_TURNS_END; at += 32) {
		const __u64 *key = keys + at;

		if (likely(!half)) {
			aes_sub_bytes(q, m);
			aes_mix(q, key, 3);
			aes_sub_bytes(q, m);
			aes_mix(q, key + 8, 0);
		}
		half = 0;
		aes_sub_bytes(q, m);
		aes_mix(q, key + 16, 1);
		aes_sub_bytes(q, m);
		aes_mix(q, key + 24, 2);
	}
	aes_sub_bytes(q, m);
	aes_mix(q, keys + AES_TURNS_END, 3);
	aes_sub_bytes(q, m);
}

/* Swaps the bits @mask of @b with those @n places above them in @a. */
static __inline_always void swap_bits(__u64 *a, __u64 *b, int n, __u64 mask)
{
	__u64 t = AND(XOR(SHR(*a, n), *b), mask);

	*b = XOR(*b, t);
	*a = XOR(*a, SHL(t, n));
}

/*
 * The last AddRoundKey, and the key stream from planes to bytes, added to
 * @data. Each step swaps a bit of the planes' number with one of the position
 * in a plane, where two are the row's, two the column's, two the block's. The
 * number's three come to be the lowest of the position, so that bytes are
 * whole. The others there are at last the lower bit of the column and the two
 * of the row, in the order of a block's bytes; the number is left with the
 * column's higher bit and the block.
 */
static __inline_always void aes_xor(__u64 *data, volatile __u64 *q,
				    const __u64 *key)
{
	__u64 mask[6] = {
		0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f,
		0x00000000ffffffff, 0x0000ffff0000ffff, 0x00ff00ff00ff00ff,
	};

	OPAQUE(mask[0]);
	OPAQUE(mask[1]);
#pragma clang loop unroll(full)
	for (int i = 0; i < 8; i += 4) {
		__u64 a = q[i] ^ key[i], b = q[i + 1] ^ key[i + 1];
		__u64 c = q[i + 2] ^ key[i + 2], d = q[i + 3] ^ key[i + 3];

		swap_bits(&a, &b, 1, mask[0]);
		swap_bits(&c, &d, 1, mask[0]);
		swap_bits(&a, &c, 2, mask[1]);
		swap_bits(&b, &d, 2, mask[1]);
		q[i] = a;
		q[i + 1] = b;
		q[i + 2] = c;
		q[i + 3] = d;
	}
	for (int i = 2; i < 6; i++)
		OPAQUE(mask[i]);
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		__u64 a = q[i], b = q[i + 4];

		swap_bits(&a, &b, 4, mask[2]);
		swap_bits(&a, &b, 32, mask[3]);
		swap_bits(&a, &b, 16, mask[4]);
		swap_bits(&a, &b, 8, mask[5]);
		data[2 * i] ^= a;
		data[2 * i + 1] ^= b;
	}
}

/* T(0) of the four blocks from 4 * @batch on; @iv is compact, as a key is. */
static __inline_always void aes_begin(volatile __u64 *q, const __u64 iv[2],
				      __u32 batch)
{
	/* Byte 15 counts: row 3, column 3, and in T(0) column 1. */
	const __u64 block0 = 1ULL << (16 * 3 + 4 * 1);

	q[0] = aes_plane(iv, 0) ^ 0xa * block0;
	q[1] = aes_plane(iv, 1) ^ 0xc * block0;
#pragma clang loop unroll(full)
	for (int p = 2; p < 8; p++) {
		__u64 bit = batch >> (p - 2) & 1;

		OPAQUE(bit); /* or the compiler branches on it */
		q[p] = aes_plane(iv, p) ^ bit * 0xf * block0;
	}
}

#endif /* SRTPGATE_AES_H */
