/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ciphers of SRTP (RFC 3711 4) over the packet in working memory:
 * AES-128 counter mode and HMAC-SHA1. See aes.h and sha1.h.
 *
 * The running time depends on lengths, never on keys or data.
 *
 * The functions are global, so that the verifier checks each of them once
 * and not again for every path that leads to it.
 */
#ifndef SRTPGATE_ENGINE_H
#define SRTPGATE_ENGINE_H

#include <bpf/bpf_endian.h>

#include "aes.h"
#include "sha1.h"

enum {
	CIPHER_BATCHES = (SG_RTP_MAX + AES_BATCH - 1) / AES_BATCH,
	MAC_LENGTH_MAX = SG_RTP_MAX + 8,
	MAC_PADDING_MAX = SHA1_BLOCK + 8,
	/* 0x80, zeros and the 64-bit length fill the last one. */
	MAC_BLOCKS = (MAC_LENGTH_MAX + MAC_PADDING_MAX) / SHA1_BLOCK,
};

_Static_assert((int)MAC_LENGTH_MAX + (int)MAC_PADDING_MAX <=
	       (int)SG_RTP_MAX + (int)TAILROOM, "padding exceeds the work area");

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
 * @index is the 48-bit index of SRTP or the 31-bit one of SRTCP.
 */
static inline void engine_iv(__u64 iv[2], const struct sg_session_key *key,
			     __u32 ssrc, __u64 index)
{
	iv[0] = key->salt[0];
	iv[1] = key->salt[1];
	for (int n = 0; n < 4; n++)
		engine_iv_byte(iv, 4 + n, ssrc >> (24 - 8 * n));
	for (int n = 0; n < 6; n++)
		engine_iv_byte(iv, 8 + n, index >> (40 - 8 * n));
}

__noinline int engine_keystream(struct work *w, __u32 batch)
{
	if (w)
		aes_batch(w, batch);
	return 0;
}

/*
 * Encrypts or decrypts @length bytes of payload from @offset on, with the
 * initial counter block w->iv of engine_iv(). Nothing else is changed.
 */
__noinline int engine_cipher(struct work *w, const struct sg_session_key *key,
			     __u32 offset, __u32 length)
{
	if (!w || !key)
		return 0;

	aes_expand(w, &key->aes);
	for (__u32 batch = 0; batch < CIPHER_BATCHES && length; batch++) {
		__u64 *data;

		if (offset > SG_RTP_MAX - 1)
			break;
		engine_keystream(w, batch);
		data = (__u64 *)&w->data[HEADROOM + offset];
		for (int i = 0; i < 8; i++) {
			__u64 mask = -1ULL;

			if (length < 8)
				mask = (1ULL << 8 * length) - 1;
			data[i] ^= w->keystream[i] & mask;
			length -= length < 8 ? length : 8;
		}
		offset += AES_BATCH;
	}
	return 0;
}

/* Adds the 64 bytes of payload from @offset on to w->digest. */
__noinline int engine_sha1_data(struct work *w, __u32 offset)
{
	const __u32 *data;

	if (!w || offset > MAC_LENGTH_MAX + 8)
		return 0;
	data = (const __u32 *)&w->data[HEADROOM + offset];
	for (int i = 0; i < 16; i++)
		w->schedule[i] = bpf_ntohl(data[i]);
	sha1_compress(w);
	return 0;
}

/* Adds the inner hash to the outer (RFC 2104), which it is w->digest of. */
__noinline int engine_sha1_outer(struct work *w, const struct sg_hmac_key *key)
{
	if (!w || !key)
		return 0;
	for (int i = 0; i < 5; i++) {
		w->schedule[i] = w->digest[i];
		w->digest[i] = key->outer[i];
	}
	w->schedule[5] = 0x80000000;
	for (int i = 6; i < 15; i++)
		w->schedule[i] = 0;
	w->schedule[15] = 8 * (SHA1_BLOCK + 20);
	sha1_compress(w);
	return 0;
}

/*
 * Puts the HMAC-SHA1 (RFC 2104) of the first @length bytes of payload, at
 * most MAC_LENGTH_MAX, into w->digest. It overwrites up to MAC_PADDING_MAX
 * bytes behind them with SHA-1's padding.
 */
__noinline int engine_mac(struct work *w, const struct sg_hmac_key *key,
			  __u32 length)
{
	__u32 end, position;
	__u64 *padding;

	if (!w || !key || length > MAC_LENGTH_MAX)
		return 0;

	end = (length + 8 + SHA1_BLOCK) / SHA1_BLOCK * SHA1_BLOCK;
	padding = (__u64 *)&w->data[HEADROOM + length];
	for (int i = 0; i < 9; i++)
		padding[i] = 0;
	w->data[HEADROOM + length] = 0x80;
	if (end > MAC_LENGTH_MAX + MAC_PADDING_MAX)
		return 0;
	*(__u32 *)&w->data[HEADROOM + end - 4] =
		bpf_htonl(8 * (SHA1_BLOCK + length));

	for (int i = 0; i < 5; i++)
		w->digest[i] = key->inner[i];
	for (position = 0; position < end; position += SHA1_BLOCK)
		engine_sha1_data(w, position);
	return engine_sha1_outer(w, key);
}

/*
 * Non-zero unless the first @size bytes of w->digest, 10 or 4, equal @tag,
 * whose bytes were copied to words as they came. Constant time.
 */
static inline __u32 tag_differs(const struct work *w, const __be32 tag[3],
				__u32 size)
{
	__u32 longer = -(__u32)(size > 4);
	__u32 differs;

	differs = (w->digest[1] ^ bpf_ntohl(tag[1])) |
		  (w->digest[2] ^ bpf_ntohl(tag[2])) >> 16;
	return (differs & longer) | (w->digest[0] ^ bpf_ntohl(tag[0]));
}

#endif /* SRTPGATE_ENGINE_H */
