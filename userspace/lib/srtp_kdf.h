/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SRTP's key derivation (RFC 3711 4.3): session keys from a master key.
 */
#ifndef SRTPGATE_SRTP_KDF_H
#define SRTPGATE_SRTP_KDF_H

#include <openssl/evp.h>

#include "srtpgate/fastpath.h"

enum {
	SRTP_SALT_SIZE = 14,
	SRTP_AUTH_SIZE = 20,	/* of HMAC-SHA1's key, RFC 3711 5.2 */

	/* Labels; the cipher's key, the key of the tag, the salt. */
	SRTP_LABEL_RTP = 0,	/* first of three, RFC 3711 4.3.1 */
	SRTP_LABEL_RTCP = 3,	/* first of three, RFC 3711 4.3.2 */
	SRTP_LABEL_EXTENSION = 6, /* key, then salt, RFC 6904 3 */
};

/* A master key that is set up; all zeros before. */
struct srtp_kdf {
	EVP_CIPHER_CTX *aes;
	__u8 salt[SRTP_SALT_SIZE];
};

/*
 * @key: 16, 24 or 32 bytes; @salt: SRTP_SALT_SIZE, one of 96 bits with zeros
 * behind (RFC 7714 11, as libsrtp reads it). -EIO: OpenSSL refused. In
 * either case srtp_kdf_close() it.
 */
int srtp_kdf_open(struct srtp_kdf *kdf, const __u8 *key, int size,
		  const __u8 *salt);
void srtp_kdf_close(struct srtp_kdf *kdf);

/*
 * The first @size bytes that @label has in derivation interval @r: the
 * packet's index divided by the key derivation rate, 0 where there is none.
 */
int srtp_kdf_derive(struct srtp_kdf *kdf, __u8 label, __u64 r, __u8 *out,
		    int size);

#endif /* SRTPGATE_SRTP_KDF_H */
