/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of the map `keystream` (srtpgate/keystream.h): key stream of RTP
 * packets that are still to come.
 */
#ifndef SRTPGATE_SRTP_AHEAD_H
#define SRTPGATE_SRTP_AHEAD_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "srtpgate/fastpath.h"
#include "srtpgate/keystream.h"

/* The map in memory. */
struct srtp_cache {
	struct sg_keystream *entry;
	__u32 mask;		/* entries less one, a power of two less one */
};

/* An SSRC's key stream under a key; all zeros before. */
struct srtp_ahead {
	EVP_CIPHER_CTX *aes;
	__u8 salt[16];		/* zeros behind it */
	__u64 key;		/* sg_keystream.key */
	__u64 hash[2];		/* GCM: sg_session_key.ghash */
	__u32 generation;
	__u32 ssrc;
	bool gcm;
};

/*
 * @key: of the fast path. -EINVAL: it is not, or has no generation; -EIO:
 * OpenSSL refused. In either case srtp_ahead_close() it.
 */
int srtp_ahead_open(struct srtp_ahead *ahead, const struct sg_key *key,
		    __u32 ssrc);
void srtp_ahead_close(struct srtp_ahead *ahead);

enum { SRTP_AHEAD_BATCH = 8 };

/*
 * Writes the entries of @count packets, at most SRTP_AHEAD_BATCH, from @index
 * on, with @length bytes of key stream each, at most
 * SG_KEYSTREAM_CHUNKS * SG_KEYSTREAM_CHUNK. @ask: the index of the packet that
 * asks for more. -EIO: OpenSSL refused.
 */
int srtp_ahead_make(const struct srtp_ahead *ahead,
		    const struct srtp_cache *cache, __u64 index, __u32 count,
		    __u32 length, __u64 ask);

/* Empties @entry, so that nothing of it can be used or read any more. */
void srtp_ahead_zero(struct sg_keystream *entry);

#endif /* SRTPGATE_SRTP_AHEAD_H */
