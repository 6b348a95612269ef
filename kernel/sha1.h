/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-1 (FIPS 180-4 6.1), one block of 64 bytes: with the processor's SHA
 * instructions, or in C where it has none.
 */
#ifndef SRTP_SHA1_H
#define SRTP_SHA1_H

#include <linux/string.h>

#include "simd.h"

enum { SHA1_BLOCK = 64, SHA1_WORDS = 5 };

/* Words 4 * @i to 4 * @i + 3 of the message schedule, of the last sixteen. */
#define SHA1_SCHEDULE(i)                                                       \
	(w[(i) % 4] = sha1_message2(                                           \
		 sha1_message1(w[(i) % 4], w[((i) + 1) % 4]) ^                 \
			 w[((i) + 2) % 4], w[((i) + 3) % 4]))

/*
 * Rounds 4 * @i to 4 * @i + 3. Words a to d of the state are in abcd, a in
 * front, and e was a two turns ago, from which the instruction makes it.
 */
#define SHA1_ROUNDS(i)                                                         \
	do {                                                                   \
		v128 words = (i) < 4 ? w[(i) % 4] : SHA1_SCHEDULE(i);          \
		v128 next = abcd;                                              \
                                                                               \
		words = (i) ? sha1_next_e(e, words) : add_words(e, words);     \
		abcd = sha1_rounds4(abcd, words, (i) / 5);                     \
		e = next;                                                      \
	} while (0)

#define SHA1_20_ROUNDS(i)                                                      \
	do {                                                                   \
		SHA1_ROUNDS(i);                                                \
		SHA1_ROUNDS((i) + 1);                                          \
		SHA1_ROUNDS((i) + 2);                                          \
		SHA1_ROUNDS((i) + 3);                                          \
		SHA1_ROUNDS((i) + 4);                                          \
	} while (0)

/* A state as the instructions want it. */
struct sha1_ni {
	v128 abcd, e;
};

static FORCE_INLINE struct sha1_ni sha1_load_ni(const __u32 *state)
{
	return (struct sha1_ni){ shuffle_words(load(state), 0x1b),
				 { 0, (__u64)state[4] << 32 } };
}

/* Adds to @state the block whose sixteen words are in @w, first in front. */
static FORCE_INLINE void sha1_block_ni(struct sha1_ni *state, v128 w[4])
{
	v128 abcd = state->abcd, e = state->e;

	SHA1_20_ROUNDS(0);
	SHA1_20_ROUNDS(5);
	SHA1_20_ROUNDS(10);
	SHA1_20_ROUNDS(15);
	state->e = sha1_next_e(e, state->e);
	state->abcd = add_words(abcd, state->abcd);
}

static FORCE_INLINE __u32 sha1_rol(__u32 x, int n)
{
	return x << n | x >> (32 - n);
}

static FORCE_INLINE __u32 sha1_f(int t, __u32 b, __u32 c, __u32 d)
{
	if (t < 20)
		return (b & (c ^ d)) ^ d;
	if (t < 40 || t >= 60)
		return b ^ c ^ d;
	return (b & c) + (d & (b ^ c));
}

/* With @t a constant: moves of words are but other names for registers. */
static FORCE_INLINE void sha1_round_c(__u32 h[SHA1_WORDS], __u32 w[16], int t)
{
	static const __u32 constant[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
					   0xca62c1d6 };
	__u32 *word = &w[t % 16], sum;

	if (t < 16)
		*word = __builtin_bswap32(*word);
	else
		*word = sha1_rol(w[(t - 3) % 16] ^ w[(t - 8) % 16] ^
				 w[(t - 14) % 16] ^ *word, 1);
	sum = sha1_rol(h[0], 5) + sha1_f(t, h[1], h[2], h[3]) + h[4] +
	      constant[t / 20] + *word;
	h[4] = h[3];
	h[3] = h[2];
	h[2] = sha1_rol(h[1], 30);
	h[1] = h[0];
	h[0] = sum;
}

#define SHA1_5_C(t)                                                            \
	do {                                                                   \
		sha1_round_c(h, w, t);                                         \
		sha1_round_c(h, w, (t) + 1);                                   \
		sha1_round_c(h, w, (t) + 2);                                   \
		sha1_round_c(h, w, (t) + 3);                                   \
		sha1_round_c(h, w, (t) + 4);                                   \
	} while (0)

#define SHA1_20_C(t)                                                           \
	do {                                                                   \
		SHA1_5_C(t);                                                   \
		SHA1_5_C((t) + 5);                                             \
		SHA1_5_C((t) + 10);                                            \
		SHA1_5_C((t) + 15);                                            \
	} while (0)

/* Adds the block at @data to @state. */
static void sha1_block_c(__u32 state[SHA1_WORDS], const __u8 *data)
{
	__u32 h[SHA1_WORDS], w[16];

	memcpy(h, state, sizeof(h));
	memcpy(w, data, sizeof(w));
	SHA1_20_C(0);
	SHA1_20_C(20);
	SHA1_20_C(40);
	SHA1_20_C(60);
	for (int i = 0; i < SHA1_WORDS; i++)
		state[i] += h[i];
}

#endif /* SRTP_SHA1_H */
