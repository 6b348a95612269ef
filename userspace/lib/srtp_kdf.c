// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp_kdf.h"

#include <errno.h>
#include <string.h>

#include "lib/evp_aes.h"
#include "lib/secret.h"

enum { LABEL_AT = 7, R_AT = 8, R_SIZE = 6 };

int srtp_kdf_open(struct srtp_kdf *kdf, const __u8 *key, int size,
		  const __u8 *salt)
{
	memcpy(kdf->salt, salt, sizeof(kdf->salt));
	return evp_aes_key(&kdf->aes, EVP_AES_CTR, key, size);
}

void srtp_kdf_close(struct srtp_kdf *kdf)
{
	EVP_CIPHER_CTX_free(kdf->aes);
	sg_secret_zero(kdf, sizeof(*kdf));
}

/*
 * RFC 3711 4.3.3: the AES-CM key stream under the master key that starts at
 * x * 2^16, where x is the master salt with label || r xored into its end.
 * The cipher has the master key's size (RFC 6188 3).
 *
 * For r 4.3.1 takes 48 bits, and 4.3.2 "the 32-bit quantity" 0 || index. With
 * that the label of SRTCP would stand two bytes further back; everybody has
 * it where that of SRTP is, so r is taken to have 48 bits in both.
 */
int srtp_kdf_derive(struct srtp_kdf *kdf, __u8 label, __u64 r, __u8 *out,
		    int size)
{
	__u8 iv[16] = { 0 };
	int written = 0, err = 0;

	memcpy(iv, kdf->salt, sizeof(kdf->salt));
	iv[LABEL_AT] ^= label;
	for (int i = 0; i < R_SIZE; i++)
		iv[R_AT + i] ^= r >> (8 * (R_SIZE - 1 - i));
	memset(out, 0, size);
	if (!EVP_EncryptInit_ex2(kdf->aes, NULL, NULL, iv, NULL) ||
	    !EVP_EncryptUpdate(kdf->aes, out, &written, out, size) ||
	    written != size)
		err = -EIO;
	sg_secret_zero(iv, sizeof(iv));
	return err;
}
