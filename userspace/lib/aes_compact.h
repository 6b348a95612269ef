/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-128 keys and SRTP salts in the form that the data plane's bitsliced
 * engine takes; bpf/aes.h explains it.
 */
#ifndef SRTPGATE_AES_COMPACT_H
#define SRTPGATE_AES_COMPACT_H

#include "srtpgate/fastpath.h"

/* Makes the eleven round keys of @key. */
void sg_aes_key_compact(struct sg_aes_key *out, const __u8 key[16]);

/* Makes sg_session_key.salt: @salt * 2^16, with @key's round key 0 added. */
void sg_aes_salt_compact(__u64 out[2], const struct sg_aes_key *key,
			 const __u8 salt[14]);

#endif /* SRTPGATE_AES_COMPACT_H */
