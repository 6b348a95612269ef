/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys at rest: AES-256-GCM under a key of the owner's, so that a copy of
 * what is sealed is worth nothing alone, and nobody who may write it can
 * move it to another place. The IV is random, 96 bits: a seal is good for
 * 2^32 uses (SP 800-38D 8.3).
 */
#ifndef SRTPGATE_SEAL_H
#define SRTPGATE_SEAL_H

#include "lib/fault.h"
#include "lib/slice.h"

struct seal;

enum {
	SEAL_IV = 12,
	SEAL_TAG = 16,
	SEAL_MORE = SEAL_IV + SEAL_TAG, /* octets it adds */
	SEAL_SALT = 16,
};

/*
 * @path: a file that only its owner may read, with 64 hexadecimal digits.
 * Negative errno with @fault.
 */
int seal_open(struct seal **seal, const char *path, struct fault *fault);

/* The same with a key made of @passphrase by scrypt (RFC 7914). */
int seal_open_passphrase(struct seal **seal, struct sg_slice passphrase,
			 const __u8 salt[SEAL_SALT], struct fault *fault);
void seal_close(struct seal *seal);

/* Writes @size + SEAL_MORE octets to @out; @about is what it is of. */
int seal_shut(struct seal *seal, __u8 *out, const __u8 *key, size_t size,
	      struct sg_slice about);

/* The reverse, of @size + SEAL_MORE octets. -EBADMSG: @key is zero. */
int seal_break(struct seal *seal, __u8 *key, const __u8 *sealed, size_t size,
	       struct sg_slice about);

#endif /* SRTPGATE_SEAL_H */
