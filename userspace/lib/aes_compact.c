// SPDX-License-Identifier: GPL-2.0-only
#include "lib/aes_compact.h"

#include <stdbool.h>
#include <string.h>

#include "lib/secret.h"

enum {
	ROUNDS_MAX = 14,
	BLOCK = 16, /* bytes of a block and a round key */
	WORD = 4,
	SCHEDULE = BLOCK * (ROUNDS_MAX + 1),
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

/*
 * To the power of 2, 4 and 16: linear maps, so the sum of what becomes of the
 * powers of x that it has.
 */
static const __u8 square[8] = { 0x01, 0x04, 0x10, 0x40, 0x1b, 0x6c, 0xab, 0x9a },
		  fourth[8] = { 0x01, 0x10, 0x1b, 0xab, 0x5e, 0x97, 0xb3, 0xc5 },
		  sixteenth[8] = { 0x01, 0x5e, 0xe4, 0xe8, 0x4d, 0x91, 0x1d, 0x6c };

static __u32 gf_power(__u32 x, const __u8 power[8])
{
	__u32 sum = 0;

	for (int bit = 0; bit < 8; bit++)
		sum ^= (x >> bit & EACH(1)) * power[bit];
	return sum;
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
	__u32 x2 = gf_power(x, square);
	__u32 x3 = gf_multiply(x2, x);
	__u32 x12 = gf_power(x3, fourth);
	__u32 x15 = gf_multiply(x12, x3);
	__u32 x252 = gf_multiply(gf_power(x15, sixteenth), x12);
	__u32 inverse = gf_multiply(x252, x2);

	return inverse ^ turn(inverse, 1) ^ turn(inverse, 2) ^
	       turn(inverse, 3) ^ turn(inverse, 4) ^ EACH(0x63);
}

/*
 * FIPS 197 5.2: what words @at and @at - @length of the schedule differ in,
 * both in bytes, which follows from the word in front of the former.
 */
static void add_to_word(__u8 *to, const __u8 *schedule, int at, int length)
{
	bool first = !(at % length);
	__u8 bytes[WORD], constant = 1;
	__u32 word;

	memcpy(&word, schedule + at - WORD, WORD);
	if (first || (length > 24 && at % length == BLOCK))
		word = sub_word(word);
	memcpy(bytes, &word, WORD);
	for (int i = at / length; first && i > 1; i--)
		constant = gf_double(constant);
	if (first)
		to[0] ^= constant;
	/* RotWord, which may as well come after SubWord. */
	for (int i = 0; i < WORD; i++)
		to[i] ^= bytes[(i + first) % WORD];
	sg_secret_zero(&word, sizeof(word));
	sg_secret_zero(bytes, sizeof(bytes));
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

static void uncompact(__u8 block[BLOCK], const __u64 in[2], int shift)
{
	for (int row = 0; row < 4; row++) {
		for (int column = 0; column < 4; column++) {
			int position = 4 * (4 * row + column);

			block[4 * ((column + shift * row) % 4) + row] =
				(in[0] >> position & 15) |
				(in[1] >> position & 15) << 4;
		}
	}
}

/* Where round key @round of @rounds stands: see struct sg_aes_key. */
static __u64 *place(struct sg_aes_key *key, int round, int rounds)
{
	int from_last = rounds - round;

	if (from_last < 10)
		return &key->word[2 * (9 - from_last)];
	return &key->word[SG_AES_EXTRA + 2 * (13 - from_last)];
}

void sg_aes_key_compact(struct sg_aes_key *out, const __u8 *key, int length)
{
	__u8 schedule[SCHEDULE];
	int rounds = length / WORD + 6;

	memset(out, 0, sizeof(*out));
	memcpy(schedule, key, length);
	for (int at = length; at < BLOCK * (rounds + 1); at += WORD) {
		memcpy(schedule + at, schedule + at - length, WORD);
		add_to_word(schedule + at, schedule, at, length);
	}
	for (int i = 1; i <= rounds; i++) {
		__u8 *round_key = schedule + BLOCK * i;

		for (int j = 0; j < BLOCK; j++)
			round_key[j] ^= 0x63;
		compact(place(out, i, rounds), round_key, rounds - i);
	}
	sg_secret_zero(schedule, sizeof(schedule));
}

void sg_aes_salt_compact(__u64 out[2], const __u8 *key, const __u8 *salt,
			 int size)
{
	__u8 block[BLOCK];

	memcpy(block, key, BLOCK);
	for (int i = 0; i < size; i++)
		block[i] ^= salt[i];
	compact(out, block, 2);
	sg_secret_zero(block, sizeof(block));
}

/* The last two round keys hold a key's length of words; from these backwards. */
void sg_aes_key_restore(__u8 *key, int length, const struct sg_aes_key *compact)
{
	struct sg_aes_key copy = *compact;
	__u8 schedule[SCHEDULE];
	int rounds = length / WORD + 6, end = BLOCK * (rounds + 1);

	for (int i = rounds - 1; i <= rounds; i++) {
		uncompact(schedule + BLOCK * i, place(&copy, i, rounds),
			  rounds - i);
		for (int j = 0; j < BLOCK; j++)
			schedule[BLOCK * i + j] ^= 0x63;
	}
	for (int at = end - WORD; at >= length; at -= WORD) {
		memcpy(schedule + at - length, schedule + at, WORD);
		add_to_word(schedule + at - length, schedule, at, length);
	}
	memcpy(key, schedule, length);
	sg_secret_zero(schedule, sizeof(schedule));
	sg_secret_zero(&copy, sizeof(copy));
}

void sg_aes_salt_restore(__u8 *salt, int size, const __u8 *key,
			 const __u64 compact[2])
{
	__u8 block[BLOCK];

	uncompact(block, compact, 2);
	for (int i = 0; i < size; i++)
		salt[i] = block[i] ^ key[i];
	sg_secret_zero(block, sizeof(block));
}
