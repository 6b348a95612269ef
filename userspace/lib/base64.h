/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Base64 (RFC 4648 4) for keys: neither direction looks up a table or
 * branches on what it converts, only on how long it is.
 */
#ifndef SRTPGATE_BASE64_H
#define SRTPGATE_BASE64_H

#include "lib/slice.h"

/* Characters with padding for @size octets. */
#define SG_BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/*
 * Decodes all of @text; the padding may be missing. Returns the octets
 * written to @out. -EINVAL: a character that is not base64 or an impossible
 * length. -ENOSPC: more than @size octets. After an error @out is zero.
 */
int sg_base64_decode(__u8 *out, size_t size, struct sg_slice text);

/* Writes SG_BASE64_SIZE(@size) characters, padded, no NUL. */
void sg_base64_encode(char *out, const __u8 *octets, size_t size);

#endif /* SRTPGATE_BASE64_H */
