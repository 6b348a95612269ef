/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HMAC-SHA1 (RFC 2104) with keys in the data plane's form: the states of
 * SHA-1 behind the first block of the inner and of the outer hash.
 */
#ifndef SRTPGATE_SRTP_MAC_H
#define SRTPGATE_SRTP_MAC_H

#include <stddef.h>

#include "srtpgate/fastpath.h"

enum { SRTP_MAC_SIZE = 20 };

/* @auth: SRTP_AUTH_SIZE bytes. */
void srtp_mac_key(struct sg_hmac_key *key, const __u8 *auth);

/* Of @data with @more behind it, which may be of no bytes. */
void srtp_mac(const struct sg_hmac_key *key, const void *data, size_t size,
	      const void *more, size_t more_size, __u8 mac[SRTP_MAC_SIZE]);

#endif /* SRTPGATE_SRTP_MAC_H */
