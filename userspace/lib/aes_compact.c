// SPDX-License-Identifier: GPL-2.0-only
#include "lib/aes_compact.h"

#include <string.h>

#include "lib/secret.h"

enum {
	ROUNDS = 10,
	BLOCK = 16, /* bytes of a block, a key and a round key */
};

/*
 * Four bytes of GF(2^8) side by side in a word (FIPS 197 4.2). Nothing here
 * branches or looks up anything by their values.
 */
#define EACH(byte) ((byte) * 0x01010101u)

static __u32 gf_double(__u32 x)
{
	return (x & EACH(0x7f)) << 1 ^ (x >> 7 & EACH(1)) * 0x1b;
}

static __u32 gf_multiply(__u32 x, __u32 y)
{
	__u32 product = 0;

	for (int bit = 0; bit < 8; bit++) {
		product ^= x & (y >> bit & EACH(1)) * 0xff;
		x = gf_double(x);
	}
	return product;
}

/* Squaring is linear: the sum of the squares of the powers of x that it has. */
static __u32 gf_square(__u32 x, int times)
{
	static const __u8 power[8] = { 0x01, 0x04, 0x10, 0x40,
				       0x1b, 0x6c, 0xab, 0x9a };

	while (times--) {
		__u32 sum = 0;

		for (int bit = 0; bit < 8; bit++)
			sum ^= (x >> bit & EACH(1)) * power[bit];
		x = sum;
	}
	return x;
}

/* Each byte turned left by @bits. */
static __u32 turn(__u32 x, int bits)
{
	__u32 high = EACH(0xff << bits & 0xff);

	return (x << bits & high) | (x >> (8 - bits) & ~high);
}

/* The S-box, FIPS 197 5.1.1: an inversion (x^254), then an affine map. */
static __u32 sub_word(__u32 x)
{
	__u32 x2 = gf_square(x, 1);
	__u32 x3 = gf_multiply(x2, x);
	__u32 x12 = gf_square(x3, 2);
	__u32 x15 = gf_multiply(x12, x3);
	__u32 x252 = gf_multiply(gf_square(x15, 4), x12);
	__u32 inverse = gf_multiply(x252, x2);

	return inverse ^ turn(inverse, 1) ^ turn(inverse, 2) ^
	       turn(inverse, 3) ^ turn(inverse, 4) ^ EACH(0x63);
}

/* Round key @next that follows @key, FIPS 197 5.2. */
static void next_round_key(__u8 next[BLOCK], const __u8 key[BLOCK],
			   __u8 constant)
{
	__u32 last;

	memcpy(&last, key + 12, sizeof(last));
	last = sub_word(last);
	memcpy(next, &last, sizeof(last));
	/* RotWord, which may as well come after SubWord. */
	last = next[0];
	memmove(next, next + 1, 3);
	next[3] = last;
	next[0] ^= constant;
	for (int i = 0; i < 4; i++)
		next[i] ^= key[i];
	for (int i = 4; i < BLOCK; i++)
		next[i] = key[i] ^ next[i - 4];
}

/* The compact form of ShiftRows^@shift of @block; bpf/aes.h has the order. */
static void compact(__u64 out[2], const __u8 block[BLOCK], int shift)
{
	out[0] = 0;
	out[1] = 0;
	for (int row = 0; row < 4; row++) {
		for (int column = 0; column < 4; column++) {
			__u64 byte = block[4 * ((column + shift * row) % 4) + row];
			int position = 4 * (4 * row + column);

			out[0] |= (byte & 15) << position;
			out[1] |= (byte >> 4) << position;
		}
	}
}

void sg_aes_key_compact(struct sg_aes_key *out, const __u8 key[16])
{
	__u8 round_key[BLOCK], next[BLOCK], biased[BLOCK];
	__u8 constant = 1;

	memcpy(round_key, key, BLOCK);
	compact(out->word, round_key, 2);
	for (int i = 1; i <= ROUNDS; i++) {
		next_round_key(next, round_key, constant);
		memcpy(round_key, next, BLOCK);
		constant = gf_double(constant);

		for (int j = 0; j < BLOCK; j++)
			biased[j] = round_key[j] ^ 0x63;
		/* 14: 2 modulo 4, and never less than i. */
		compact(&out->word[2 * i], biased, 14 - i);
	}
	sg_secret_zero(round_key, sizeof(round_key));
	sg_secret_zero(next, sizeof(next));
	sg_secret_zero(biased, sizeof(biased));
}

void sg_aes_salt_compact(__u64 out[2], const struct sg_aes_key *key,
			 const __u8 salt[14])
{
	__u8 block[BLOCK] = { 0 };

	memcpy(block, salt, 14);
	compact(out, block, 2);
	out[0] ^= key->word[0];
	out[1] ^= key->word[1];
	sg_secret_zero(block, sizeof(block));
}
