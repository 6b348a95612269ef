/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MIKEY messages as text, in base64: the SDP attribute key-mgmt (RFC 4567
 * 3.1) and the bodies of HTTP messages (TS 33.328 Annex A).
 */
#ifndef SRTPGATE_MIKEY_TEXT_H
#define SRTPGATE_MIKEY_TEXT_H

#include "lib/base64.h"

#define MIKEY_ATTRIBUTE_SIZE(octets) (6 + SG_BASE64_SIZE(octets))

/*
 * Decodes what follows "a=key-mgmt:". Returns the octets; -ENOTSUP: another
 * protocol than mikey; -EINVAL: no base64; -ENOSPC.
 */
int mikey_attribute_parse(__u8 *buffer, size_t size, struct sg_slice value);

/* Writes "mikey " and base64, no NUL. Returns the characters; -ENOSPC. */
int mikey_attribute_print(char *buffer, size_t size, struct sg_slice message);

/*
 * Decodes a body, which may have blanks and line ends anywhere. As above;
 * an empty one is -EINVAL.
 */
int mikey_body_parse(__u8 *buffer, size_t size, struct sg_slice body);

/* Writes one line without an end. */
int mikey_body_print(char *buffer, size_t size, struct sg_slice message);

#endif /* SRTPGATE_MIKEY_TEXT_H */
