/* SPDX-License-Identifier: GPL-2.0-only */
/* Hexadecimal digits for keys: no table, no branch on what is converted. */
#ifndef SRTPGATE_HEX_H
#define SRTPGATE_HEX_H

#include "lib/slice.h"

/*
 * Reads all of @text, which has two digits for each of @size octets. -EINVAL:
 * it has more, fewer, or others; @out is zero then.
 */
int sg_hex_decode(__u8 *out, size_t size, struct sg_slice text);

/* Writes two digits for each octet, and a NUL. */
void sg_hex_encode(char *out, const __u8 *octets, size_t size);

#endif /* SRTPGATE_HEX_H */
