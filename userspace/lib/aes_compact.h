/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES keys and SRTP salts in the form that the data plane's bitsliced
 * engine takes; bpf/aes.h explains it.
 */
#ifndef SRTPGATE_AES_COMPACT_H
#define SRTPGATE_AES_COMPACT_H

#include "srtpgate/fastpath.h"

/* Makes the round keys 1 and up of @key; @length: 16, 24 or 32 bytes. */
void sg_aes_key_compact(struct sg_aes_key *out, const __u8 *key, int length);

/*
 * Makes sg_session_key.salt: @salt, of 14 bytes or of GCM 12, with zeros up to
 * a block, and round key 0, the first 16 bytes of @key, added.
 */
void sg_aes_salt_compact(__u64 out[2], const __u8 *key, const __u8 *salt,
			 int size);

/* The way back: @key, @length bytes of it, of which @compact was made. */
void sg_aes_key_restore(__u8 *key, int length,
			const struct sg_aes_key *compact);
/* And the @size bytes of salt, with the key that goes with it. */
void sg_aes_salt_restore(__u8 *salt, int size, const __u8 *key,
			 const __u64 compact[2]);

#endif /* SRTPGATE_AES_COMPACT_H */
