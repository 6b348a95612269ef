/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES (FIPS 197) counter mode with the processor's AES instructions.
 *
 * Keys come in the bitsliced engine's compact form (bpf/aes.h), with
 * ShiftRows^k applied, where k is how far a round key is from the last one.
 * They are brought back for each packet: two instructions a byte less than to
 * read from another cache line what that would have been.
 */
#ifndef SRTP_AES_H
#define SRTP_AES_H

#include "srtpgate/fastpath.h"

#include "simd.h"

enum { AES_BLOCK = 16, AES_ROUNDS_MAX = 14 };

struct aes_key {
	v128 round[AES_ROUNDS_MAX]; /* 1 and up; number 0 is in the counter */
	int rounds;
};

/*
 * For ShiftRows^k, k from 0 to 3: where in the rows that compact form has
 * each byte of a block is, which has columns.
 */
static const __u8 aes_order[4][16] = {
	{ 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 },
	{ 0, 7, 10, 13, 1, 4, 11, 14, 2, 5, 8, 15, 3, 6, 9, 12 },
	{ 0, 6, 8, 14, 1, 7, 9, 15, 2, 4, 10, 12, 3, 5, 11, 13 },
	{ 0, 5, 10, 15, 1, 6, 11, 12, 2, 7, 8, 13, 3, 4, 9, 14 },
};

/*
 * Two blocks at @word, four words, to two blocks of bytes in rows: the first
 * word of a block has the low nibbles, the second has the high ones.
 */
static FORCE_INLINE void aes_join_nibbles(v128 out[2], const __u64 *word)
{
	const v128 nibble = both(0x0f0f0f0f0f0f0f0f);
	v128 first = load(word), second = load(word + 2);
	v128 low = unpack_low(first, second);
	v128 high = unpack_high(first, second);
	v128 even = (low & nibble) | (high & nibble) << 4;
	v128 odd = (low & ~nibble) >> 4 | (high & ~nibble);

	out[0] = unpack_low_bytes(even, odd);
	out[1] = unpack_high_bytes(even, odd);
}

/* Round keys that are @k + 1 and @k from the last one, mod 4. */
static FORCE_INLINE void aes_two_keys(v128 out[2], const __u64 *word, int k)
{
	const v128 constant = both(0x6363636363636363); /* see bpf/aes.h */

	aes_join_nibbles(out, word);
	out[0] = shuffle_bytes(out[0], load(aes_order[k + 1])) ^ constant;
	out[1] = shuffle_bytes(out[1], load(aes_order[k])) ^ constant;
}

static FORCE_INLINE void aes_expand(struct aes_key *out,
				    const struct sg_aes_key *key, __u32 flags)
{
	v128 *round = out->round;

	if (flags & SG_KEY_AES_256) {
		aes_two_keys(round, key->word + SG_AES_EXTRA, 0);
		round += 2;
	}
	if (flags & (SG_KEY_AES_192 | SG_KEY_AES_256)) {
		aes_two_keys(round, key->word + SG_AES_EXTRA + 4, 2);
		round += 2;
	}
	aes_two_keys(round, key->word, 0);
	aes_two_keys(round + 2, key->word + 4, 2);
	aes_two_keys(round + 4, key->word + 8, 0);
	aes_two_keys(round + 6, key->word + 12, 2);
	aes_two_keys(round + 8, key->word + 16, 0);
	out->rounds = round + 10 - out->round;
}

/* sg_session_key.salt: the counter block without index, and round key 0. */
static FORCE_INLINE v128 aes_salt(const __u64 salt[2])
{
	v128 out[2];
	__u64 word[4] = { salt[0], salt[1], 0, 0 };

	aes_join_nibbles(out, word);
	return shuffle_bytes(out[0], load(aes_order[2]));
}

/* Block number @n, below 256, as what is added to the counter block. */
static FORCE_INLINE v128 aes_count(__u32 n)
{
	return (v128){ 0, (__u64)n << 56 };
}

#define AES_4(do) do(0) do(1) do(2) do(3)
#define AES_8(do) AES_4(do) do(4) do(5) do(6) do(7)
#define AES_BEGIN(i) v128 b##i = counter ^ aes_count(n + i);
#define AES_ROUND(i) b##i = aes_round(b##i, round);
#define AES_LAST(i) b##i = aes_last_round(b##i, round);
#define AES_STORE(i) store(data + 16 * i, load(data + 16 * i) ^ b##i);
#define AES_STORE_SOME(i) if (16 * i < length) AES_STORE(i)

/* Key stream from block @n on: eight blocks added to @data. */
static FORCE_INLINE void aes_ctr8(const struct aes_key *key, v128 counter,
				  __u32 n, __u8 *data)
{
	v128 round = key->round[0];

	AES_8(AES_BEGIN)
	for (int i = 1; i < key->rounds; i++) {
		AES_8(AES_ROUND)
		round = key->round[i];
	}
	AES_8(AES_LAST)
	AES_8(AES_STORE)
}

/* The same for the last @length bytes, at most four blocks. */
static FORCE_INLINE void aes_ctr4(const struct aes_key *key, v128 counter,
				  __u32 n, __u8 *data, __u32 length)
{
	v128 round = key->round[0];

	AES_4(AES_BEGIN)
	for (int i = 1; i < key->rounds; i++) {
		AES_4(AES_ROUND)
		round = key->round[i];
	}
	AES_4(AES_LAST)
	AES_4(AES_STORE_SOME)
}

/*
 * Encrypts or decrypts @length bytes with the key stream from block @n on, all
 * of whose numbers are below 256. Up to 15 bytes behind are scribbled over.
 */
static void aes_ctr(const struct aes_key *key, v128 counter, __u32 n,
		    __u8 *data, __u32 length)
{
	for (; length >= 8 * AES_BLOCK; length -= 8 * AES_BLOCK) {
		aes_ctr8(key, counter, n, data);
		n += 8;
		data += 8 * AES_BLOCK;
	}
	if (length > 4 * AES_BLOCK) {
		aes_ctr4(key, counter, n, data, 4 * AES_BLOCK);
		n += 4;
		data += 4 * AES_BLOCK;
		length -= 4 * AES_BLOCK;
	}
	if (length)
		aes_ctr4(key, counter, n, data, length);
}

#endif /* SRTP_AES_H */
