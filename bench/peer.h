/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The peers of the crypto rows: Debian's libsrtp2 as an application uses it,
 * and for AES-CM with HMAC-SHA1 bare OpenSSL EVP with its contexts reused.
 *
 * The OpenSSL one is a floor, not an SRTP implementation: it is told every
 * packet's index and keeps no replay list.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <linux/types.h>
#include <openssl/evp.h>
#include <srtp2/srtp.h>

#include "lib/master_key.h"

enum { PEER_SSRC = 0x53524750, PEER_HEADER = 12 };

/* What there are rows of; the first is what most terminals use. */
struct peer_suite {
	enum sg_suite suite;
	bool plain;		/* no cipher: UNENCRYPTED_SRTP, RFC 4568 6.3 */
	const char *suffix;	/* of the rows' names */
};

enum { PEER_SUITES = 9 };
extern const struct peer_suite peer_suites[PEER_SUITES];

/* A random key of @suite. */
void peer_key(struct sg_master_key *key, enum sg_suite suite);

/*
 * Whether its bytes are the RFC's. Before 2.8 it derived the session keys of
 * AES-192 with AES-256 (its issue 763), which takes a packet no other time.
 */
bool peer_libsrtp_agrees(enum sg_suite suite);

/* A libsrtp2 session of PEER_SSRC. Exits when libsrtp2 refuses. */
srtp_t peer_libsrtp(const struct sg_master_key *key);

struct peer_evp {
	EVP_CIPHER_CTX *encrypt;
	EVP_MAC_CTX *hmac;
	__u8 salt[14];
	__u8 tag;		/* bytes */
	bool plain;
};

void peer_evp_open(struct peer_evp *evp,
			const struct sg_master_key *key);
void peer_evp_close(struct peer_evp *evp);

/*
 * Encrypts and tags the @length bytes at @rtp, a header of twelve bytes and
 * a payload, and returns the new length; @index is RFC 3711's 48-bit one.
 */
__u32 peer_evp_seal(struct peer_evp *evp, __u8 *rtp, __u32 length,
			 __u64 index);

/* The reverse; 0 when the tag is wrong. */
__u32 peer_evp_open_packet(struct peer_evp *evp, __u8 *rtp,
				__u32 length, __u64 index);

#endif /* BENCH_PEER_H */
