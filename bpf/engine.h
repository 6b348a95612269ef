/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ciphers of SRTP (RFC 3711 4) over the packet in working memory:
 * AES counter mode, HMAC-SHA1 and GHASH. See aes.h, sha1.h and ghash.h.
 *
 * The running time depends on lengths, never on keys or data.
 *
 * The functions are global, so that the verifier checks each of them once
 * and not again for every path that leads to it. They call no others: where
 * the kernel guards returns against speculation, each costs a misprediction.
 */
#ifndef SRTPGATE_ENGINE_H
#define SRTPGATE_ENGINE_H

#include <bpf/bpf_endian.h>

#include "aes.h"
#include "ghash.h"
#include "packet.h"
#include "sha1.h"

enum {
	CIPHER_BATCHES = (SG_RTP_MAX + AES_BATCH - 1) / AES_BATCH,
	MAC_LENGTH_MAX = SG_RTP_MAX + 8,
	MAC_PADDING_MAX = SHA1_BLOCK + 8, /* 0x80, zeros, 64-bit length */
	MAC_BLOCKS = (MAC_LENGTH_MAX + MAC_PADDING_MAX) / SHA1_BLOCK,
	OUTER_AT = WORK_DATA - SHA1_BLOCK, /* room for HMAC's outer block */
	GHASH_BLOCKS = (SG_RTP_MAX + 4) / GHASH_BLOCK + 3,
};

_Static_assert((int)HEADROOM + (int)MAC_LENGTH_MAX + (int)MAC_PADDING_MAX <=
	       (int)OUTER_AT, "padding exceeds the work area");

/* Adds byte @n of the counter block to the compact form that is T(0). */
static __inline_always void engine_iv_byte(__u64 iv[2], int n, __u8 byte)
{
	int row = n % 4;
	int column = (n / 4 + 2 * row) % 4;
	int shift = 4 * (4 * row + column);

	iv[0] ^= (__u64)(byte & 15) << shift;
	iv[1] ^= (__u64)(byte >> 4) << shift;
}

/*
 * RFC 3711 4.1.1: salt * 2^16 ^ ssrc * 2^64 ^ index * 2^16, the last 16 bits
 * left to count blocks; key->salt has the first term and round key 0.
 * @index is the 48-bit index of SRTP or the 31-bit one of SRTCP. @at: the
 * byte where the SSRC begins, IV_CM, or IV_GCM: RFC 7714 8.1 and 9.1 have the
 * same two bytes further in front, and 32 bits that count.
 */
enum { IV_GCM = 2, IV_CM = 4 };

static __inline_always void engine_iv(struct work *w,
				      const struct sg_session_key *key, int at,
				      __u32 ssrc, __u64 index)
{
	w->batch = 0;
	w->iv[0] = key->salt[0];
	w->iv[1] = key->salt[1];
	for (int n = 0; n < 4; n++)
		engine_iv_byte(w->iv, at + n, ssrc >> (24 - 8 * n));
	for (int n = 0; n < 6; n++)
		engine_iv_byte(w->iv, at + 4 + n, index >> (40 - 8 * n));
}

/*
 * Encrypts or decrypts @length bytes of payload from @offset on, with the
 * initial counter block w->iv of engine_iv(). Whole batches are processed:
 * up to AES_BATCH - 1 bytes behind the payload are scribbled over. @flags:
 * enum sg_key_flags. With w->batch other than 0 it goes on from that batch,
 * and with the round keys that the last call left.
 */
__noinline int engine_cipher(struct work *w, const struct sg_session_key *key,
			     __u32 flags, __u32 offset, __u32 length)
{
	volatile __u64 q[8];
	__u32 first;

	if (!w || !key)
		return 0;

	first = w->batch;
	if (!first)
		aes_expand(w, &key->aes, flags);
#pragma clang loop unroll(disable)
	for (__u32 batch = 0; batch < CIPHER_BATCHES; batch++) {
		__u32 at = batch * AES_BATCH;

		if (at >= length)
			break;
		aes_begin(q, w->iv, first + batch);
		aes_rounds(q, w->round_key, flags);
		at += HEADROOM + offset;
		if (unlikely(at > OUTER_AT))
			break;
		aes_xor((__u64 *)&w->data[at], q, w->round_key + AES_LAST);
	}
	return 0;
}

/* HMAC's outer hash (RFC 2104) of the inner one, w->digest: what is hashed. */
static __inline_always void mac_outer(struct work *w,
				      const struct sg_hmac_key *key)
{
	__be32 *block = (__be32 *)&w->data[OUTER_AT];

	for (int i = 0; i < 5; i++) {
		block[i] = bpf_htonl(w->digest[i]);
		w->digest[i] = key->outer[i];
	}
	block[5] = bpf_htonl(0x80000000);
	for (int i = 6; i < 15; i++)
		block[i] = 0;
	block[15] = bpf_htonl(8 * (SHA1_BLOCK + 20));
}

/*
 * Puts the HMAC-SHA1 (RFC 2104) of the first @length bytes of payload, at
 * most MAC_LENGTH_MAX, into w->digest. It overwrites up to MAC_PADDING_MAX
 * bytes behind them with SHA-1's padding.
 */
__noinline int engine_mac(struct work *w, const struct sg_hmac_key *key,
			  __u32 length)
{
	__u64 *padding;
	__u32 blocks;

	if (!w || !key)
		return 0;
	length = BOUND(length, MAC_LENGTH_MAX);
	padding = (__u64 *)&w->data[HEADROOM + length];
	for (int i = 0; i < MAC_PADDING_MAX / 8; i++)
		padding[i] = 0;
	w->data[HEADROOM + length] = 0x80;
	blocks = BOUND((length + 8) / SHA1_BLOCK + 1, MAC_BLOCKS);
	*(__be32 *)&w->data[HEADROOM + blocks * SHA1_BLOCK - 4] =
		bpf_htonl(8 * (SHA1_BLOCK + length));

	for (int i = 0; i < 5; i++)
		w->digest[i] = key->inner[i];
	/* The outer hash is the last turn: SHA-1 is long, so it is here once. */
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i <= MAC_BLOCKS; i++) {
		__u32 at = HEADROOM + i * SHA1_BLOCK, last = 0;

		if (i >= blocks) {
			last = 1;
			at = OUTER_AT;
			mac_outer(w, key);
		}
		OPAQUE(last);
		sha1_compress(w, (const __u64 *)&w->data[BOUND(at, OUTER_AT)]);
		if (last)
			break;
	}
	return 0;
}

/*
 * Puts GHASH under @key, sg_session_key.ghash, into w->hash: of w->parts
 * parts w->part, none of them empty.
 *
 * Turns of the loop differ in nothing but data: each branch that comes back
 * to its head would be followed through all that are left.
 */
__noinline int engine_ghash(struct work *w, const struct sg_session_key *key)
{
	__u64 *factor, high = 0, low = 0;
	__u32 done = 0;

	if (!w || !key)
		return 0;
	factor = (__u64 *)w->schedule;
	ghash_expand(factor, key->ghash);
#pragma clang loop unroll(disable)
	for (int i = 0; i < GHASH_BLOCKS && done < w->parts; i++) {
		struct hashed *part = &w->part[done & 3];
		__u32 at = part->at;
		__s64 length = part->length, last;
		const __u64 *data;

		if (unlikely(at > OUTER_AT))
			break;
		data = (const void *)&w->data[at];
		high ^= ghash_bytes(data[0], length);
		low ^= ghash_bytes(data[1], length - 8);
		ghash_multiply(&high, &low, factor);
		part->at = at + GHASH_BLOCK;
		length -= GHASH_BLOCK;
		last = (length - 1) >> 63;
		OPAQUE(last);
		part->length = length & ~last;
		done -= last;
		OPAQUE(done);
	}
	w->hash[0] = high;
	w->hash[1] = low;
	return 0;
}

#endif /* SRTPGATE_ENGINE_H */
