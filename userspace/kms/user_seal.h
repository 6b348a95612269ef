/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys at rest: AES-256-GCM under a key of the operator's, so that a copy of
 * the file of users alone is worth nothing, and nobody who may write it can
 * move a key to another user. The IV is random, 96 bits: a seal is good for
 * 2^32 keys (SP 800-38D 8.3).
 */
#ifndef SRTPGATE_KMS_USER_SEAL_H
#define SRTPGATE_KMS_USER_SEAL_H

#include "lib/fault.h"
#include "lib/slice.h"

struct user_seal;

enum {
	USER_SEAL_IV = 12,
	USER_SEAL_TAG = 16,
	USER_SEAL_MORE = USER_SEAL_IV + USER_SEAL_TAG, /* octets it adds */
};

/*
 * @path: a file that only its owner may read, with 64 hexadecimal digits.
 * Negative errno with @fault.
 */
int user_seal_open(struct user_seal **seal, const char *path,
		   struct fault *fault);
void user_seal_close(struct user_seal *seal);

/* Writes @size + USER_SEAL_MORE octets to @out; @about is what it is of. */
int user_seal_shut(struct user_seal *seal, __u8 *out, const __u8 *key,
		   size_t size, struct sg_slice about);

/* The reverse, of @size + USER_SEAL_MORE octets. -EBADMSG: @key is zero. */
int user_seal_break(struct user_seal *seal, __u8 *key, const __u8 *sealed,
		    size_t size, struct sg_slice about);

#endif /* SRTPGATE_KMS_USER_SEAL_H */
