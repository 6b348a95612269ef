/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two ciphers that RFC 3711 4.1 makes of AES: counter mode and f8-mode.
 */
#ifndef SRTPGATE_SRTP_KEYSTREAM_H
#define SRTPGATE_SRTP_KEYSTREAM_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "lib/srtp_kdf.h"

/* A session key and its salt; all zeros before. */
struct srtp_keystream {
	EVP_CIPHER_CTX *aes;
	EVP_CIPHER_CTX *masked;	/* f8: the key xor its mask; else NULL */
	__u8 salt[SRTP_SALT_SIZE];
};

/*
 * Adds what is of the packet to an IV of counter mode: RFC 3711 4.1.1, SSRC *
 * 2^64 ^ index * 2^16, the last 16 bits left to count blocks; or of GCM, RFC
 * 7714 8.1 and 9.1, of 96 bits, two bytes further in front. @ssrc: host order.
 * @index: 48 bits, of SRTCP 31.
 */
void srtp_iv_add(__u8 *iv, bool gcm, __u32 ssrc, __u64 index);

/* What makes a packet's key stream another one than all others. */
struct srtp_packet_iv {
	__u8 counter[16];	/* counter mode: without the salt */
	__u8 f8[16];
};

/*
 * Of the RTP or RTCP packet that begins at @packet, of 12 or 8 bytes at least.
 * @index: 48 bits, or 31. @encrypted: the E bit.
 */
void srtp_packet_iv(struct srtp_packet_iv *iv, bool rtcp, bool encrypted,
		    __u64 index, const __u8 *packet);

/*
 * @key: 16, 24 or 32 bytes; @salt: SRTP_SALT_SIZE. -EIO: OpenSSL refused. In
 * either case srtp_keystream_free() it.
 */
int srtp_keystream_key(struct srtp_keystream *stream, bool f8,
		       const __u8 *key, int size, const __u8 *salt);
void srtp_keystream_free(struct srtp_keystream *stream);

/* Encrypts or decrypts @data; -EIO: OpenSSL refused. */
int srtp_keystream_xor(struct srtp_keystream *stream,
		       const struct srtp_packet_iv *iv, __u8 *data, int size);

#endif /* SRTPGATE_SRTP_KEYSTREAM_H */
