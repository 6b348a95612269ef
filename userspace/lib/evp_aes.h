/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES by OpenSSL. Looking an algorithm up costs more than a packet does, so
 * each is fetched once and kept until the process ends. Not for threads.
 */
#ifndef SRTPGATE_EVP_AES_H
#define SRTPGATE_EVP_AES_H

#include <openssl/evp.h>

enum evp_aes_mode {
	EVP_AES_CTR,
	EVP_AES_ECB,	/* without padding: of single blocks */
	EVP_AES_GCM,	/* tag of 16 bytes, IV of 12 */
	EVP_AES_MODES,
};

/*
 * Fetches all of them, so that nothing is read from disk later, by a process
 * that may no longer do so. -EIO: OpenSSL's default provider is not there.
 */
int evp_aes_prepare(void);

/*
 * Sets *@context, made when it is NULL, to @key of @size bytes: 16, 24 or 32.
 * For both directions: of GCM the uses say which. -EIO: OpenSSL refused; what
 * *@context is then is still to be freed, which zeroes the key in it.
 */
int evp_aes_key(EVP_CIPHER_CTX **context, enum evp_aes_mode mode,
		const void *key, int size);

#endif /* SRTPGATE_EVP_AES_H */
