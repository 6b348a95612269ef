/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HMAC (RFC 2104) with SHA-1 or SHA-256, for many short messages under one
 * key: what the key does to the hash is computed once.
 */
#ifndef SRTPGATE_HMAC_H
#define SRTPGATE_HMAC_H

#include <linux/types.h>
#include <openssl/sha.h>

#include "lib/slice.h"

enum {
	SG_HMAC_SHA1 = SHA_DIGEST_LENGTH,	/* octets of a tag */
	SG_HMAC_SHA256 = SHA256_DIGEST_LENGTH,
	SG_HMAC_KEY_MAX = 64,	/* octets; longer ones would be hashed first */
};

union sg_hmac_state {
	SHA_CTX sha1;
	SHA256_CTX sha256;
};

/* Secret: sg_hmac_wipe(). */
struct sg_hmac {
	int size;		/* octets of the tag, which say what hash */
	union sg_hmac_state inner, outer;
};

/* @size: octets of @key, at most SG_HMAC_KEY_MAX. */
void sg_hmac_begin(struct sg_hmac *hmac, int hash, const __u8 *key, size_t size);

/* Over @parts slices one behind the other; @tag may lie in one of them. */
void sg_hmac(const struct sg_hmac *hmac, const struct sg_slice *part, int parts,
	     __u8 *tag);

void sg_hmac_wipe(struct sg_hmac *hmac);

#endif /* SRTPGATE_HMAC_H */
