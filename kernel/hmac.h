/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HMAC-SHA1 (RFC 2104) of a packet and a word behind it, as SRTP has it
 * (RFC 3711 4.2). The two blocks that depend on the key alone are done.
 */
#ifndef SRTP_HMAC_H
#define SRTP_HMAC_H

#include "srtpgate/fastpath.h"

#include "sha1.h"

enum { HMAC_DIGEST = 4 * SHA1_WORDS };

/* The inner message: whole blocks of the packet, then one or two padded. */
struct hmac_message {
	const __u8 *packet;
	__u32 whole, blocks;	/* in front of the last, and all */
	__u8 last[3 * SHA1_BLOCK]; /* a third is scribbled upon */
};

static FORCE_INLINE void hmac_put(__u8 *to, __u32 x)
{
	x = __builtin_bswap32(x);
	memcpy(to, &x, sizeof(x));
}

/* @length bytes at @packet, behind which 64 may be read, and @word. */
static FORCE_INLINE void hmac_begin(struct hmac_message *message,
				    const __u8 *packet, __u32 length,
				    __u32 word)
{
	__u32 whole = length / SHA1_BLOCK, rest = length % SHA1_BLOCK;
	__u32 padded = rest + sizeof(word) + 9 > SHA1_BLOCK ? 2 : 1;
	__u8 *last = message->last;

	message->packet = packet;
	message->whole = whole;
	message->blocks = whole + padded;
	for (int i = 0; i < SHA1_BLOCK; i += 16)
		store(last + i, load(packet + whole * SHA1_BLOCK + i));
	for (int i = 0; i < 2 * SHA1_BLOCK; i += 16)
		store(last + rest + i, both(0));
	hmac_put(last + rest, word);
	last[rest + sizeof(word)] = 0x80;
	hmac_put(last + padded * SHA1_BLOCK - 4,
		 8 * (SHA1_BLOCK + length + sizeof(word)));
}

static FORCE_INLINE const __u8 *hmac_block(const struct hmac_message *message,
					   __u32 i)
{
	if (i < message->whole)
		return message->packet + i * SHA1_BLOCK;
	return message->last + (i - message->whole) * SHA1_BLOCK;
}

/* The outer hash is the last turn, so the rounds are here once. */
static void hmac_ni(const struct hmac_message *message,
		    const struct sg_hmac_key *key, __u8 *digest)
{
	struct sha1_ni state = sha1_load_ni(key->inner);
	v128 w[4];

	for (__u32 i = 0; i < message->blocks; i++) {
		const __u8 *data = hmac_block(message, i);

		for (int j = 0; j < 4; j++)
			w[j] = reverse_bytes(load(data + 16 * j));
		sha1_block_ni(&state, w);
	}
	w[0] = state.abcd;
	w[1] = state.e | (v128){ 0, 0x80000000 };
	w[2] = both(0);
	w[3] = (v128){ 8 * (SHA1_BLOCK + HMAC_DIGEST), 0 };
	state = sha1_load_ni(key->outer);
	sha1_block_ni(&state, w);
	store(digest, reverse_bytes(state.abcd));
	hmac_put(digest + 16, state.e[1] >> 32);
}

static void hmac_c(const struct hmac_message *message,
		   const struct sg_hmac_key *key, __u8 *digest)
{
	__u8 outer[SHA1_BLOCK] = { 0 };
	__u32 state[SHA1_WORDS];

	memcpy(state, key->inner, sizeof(state));
	for (__u32 i = 0; i < message->blocks; i++)
		sha1_block_c(state, hmac_block(message, i));
	for (int i = 0; i < SHA1_WORDS; i++)
		hmac_put(outer + 4 * i, state[i]);
	outer[HMAC_DIGEST] = 0x80;
	hmac_put(outer + SHA1_BLOCK - 4, 8 * (SHA1_BLOCK + HMAC_DIGEST));
	memcpy(state, key->outer, sizeof(state));
	sha1_block_c(state, outer);
	for (int i = 0; i < SHA1_WORDS; i++)
		hmac_put(digest + 4 * i, state[i]);
}

#endif /* SRTP_HMAC_H */
