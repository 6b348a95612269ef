// SPDX-License-Identifier: GPL-2.0-only
#include "lib/aes_compact.h"

#include <string.h>

#include "lib/secret.h"

enum {
	ROUNDS = 10,
	BLOCK = 16, /* bytes of a block, a key and a round key */
};

/* Twice @x in GF(2^8), FIPS 197 4.2.1. */
static __u8 gf_double(__u8 x)
{
	return x << 1 ^ (0x1b & -(x >> 7));
}

/* Neither this nor sub_byte() branches or looks up anything by @x or @y. */
static __u8 gf_multiply(__u8 x, __u8 y)
{
	__u8 product = 0;

	for (int bit = 0; bit < 8; bit++) {
		product ^= x & -(y >> bit & 1);
		x = gf_double(x);
	}
	return product;
}

/* The S-box, FIPS 197 5.1.1: an inversion (x^254), then an affine map. */
static __u8 sub_byte(__u8 x)
{
	__u8 inverse = 1;
	unsigned int twice;

	for (int i = 0; i < 7; i++) {
		x = gf_multiply(x, x);
		inverse = gf_multiply(inverse, x);
	}
	twice = inverse << 8 | inverse;
	return 0x63 ^ twice ^ twice >> 4 ^ twice >> 5 ^ twice >> 6 ^ twice >> 7;
}

/* Round key @next that follows @key, FIPS 197 5.2. */
static void next_round_key(__u8 next[BLOCK], const __u8 key[BLOCK],
			   __u8 constant)
{
	for (int i = 0; i < 4; i++)
		next[i] = key[i] ^ sub_byte(key[12 + (i + 1) % 4]);
	next[0] ^= constant;
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
