/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SRTP at any index one likes, written from RFC 3711 with OpenSSL's AES and
 * HMAC and sharing no code with the gateway: makes the tests' SRTP packets.
 * It keeps no state.
 */
#ifndef SRTPGATE_TEST_REFERENCE_H
#define SRTPGATE_TEST_REFERENCE_H

#include <stdbool.h>

#include "lib/master_key.h"

/* Session keys as bytes, RFC 3711 4.3.1. */
struct reference_keys {
	__u8 cipher[32];
	__u8 auth[20];
	__u8 salt[14];
	__u8 cipher_size;	/* bytes; 0: 16 */
	bool gcm;		/* RFC 7714 */
	bool plain;		/* not encrypted */
};

void reference_derive(struct reference_keys *keys,
		      const struct sg_master_key *master, bool rtcp);

/*
 * Seals the plain RTP or RTCP packet of *@length bytes in place under the
 * 48-bit index (RTP; its low 16 bits are the packet's) or the 31-bit index
 * (RTCP), and adds the MKI if the key has one.
 */
void reference_seal(const struct sg_master_key *master, bool rtcp, __u64 index,
		    __u8 *packet, __u32 *length);

/* The same, with session keys given directly and a tag of @tag bytes. */
void reference_seal_with(const struct reference_keys *keys, __u32 tag,
			 bool rtcp, __u64 index, __u8 *packet, __u32 *length);

/* HMAC-SHA1-80 of SRTCP over @length bytes, for tests that forge trailers. */
void reference_tag(const struct reference_keys *keys, const __u8 *packet,
		   __u32 length, __u8 tag[10]);

#endif /* SRTPGATE_TEST_REFERENCE_H */
