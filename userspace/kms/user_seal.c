// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user_seal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "kms/private_file.h"
#include "lib/hex.h"
#include "lib/secret.h"

enum { KEY_SIZE = 32 };

struct user_seal {
	EVP_CIPHER_CTX *aes;
	EVP_CIPHER *cipher;
	__u8 key[KEY_SIZE];
};

static int read_key(struct user_seal *seal, const char *path,
		    struct fault *fault)
{
	int size, err;
	char *text;

	size = private_file_read(&text, path, fault);
	if (size < 0)
		return size;
	err = sg_hex_decode(seal->key, KEY_SIZE,
			    sg_slice_trim((struct sg_slice){ text, size }));
	private_file_free(text, size);
	if (err)
		return fault_set(fault, EINVAL,
				 "%s is no key of 64 hexadecimal digits; make "
				 "one with openssl rand -hex 32",
				 path);
	return 0;
}

int user_seal_open(struct user_seal **opened, const char *path,
		   struct fault *fault)
{
	struct user_seal *seal = calloc(1, sizeof(*seal));
	int err;

	if (!seal)
		return fault_set(fault, ENOMEM, "out of memory");
	err = read_key(seal, path, fault);
	seal->aes = EVP_CIPHER_CTX_new();
	seal->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (!err && (!seal->aes || !seal->cipher))
		err = fault_set(fault, EIO, "OpenSSL has no AES-256-GCM");
	if (err) {
		user_seal_close(seal);
		return err;
	}
	*opened = seal;
	return 0;
}

void user_seal_close(struct user_seal *seal)
{
	if (!seal)
		return;
	EVP_CIPHER_CTX_free(seal->aes);
	EVP_CIPHER_free(seal->cipher);
	sg_secret_zero(seal, sizeof(*seal));
	free(seal);
}

/* Starts with key, IV and @about. */
static bool begin(struct user_seal *seal, const __u8 *iv, bool shut,
		  struct sg_slice about)
{
	int size;

	return EVP_CipherInit_ex2(seal->aes, seal->cipher, seal->key, iv, shut,
				  NULL) &&
	       EVP_CipherUpdate(seal->aes, NULL, &size, (__u8 *)about.at,
				about.size);
}

int user_seal_shut(struct user_seal *seal, __u8 *out, const __u8 *key,
		   size_t size, struct sg_slice about)
{
	__u8 *text = out + USER_SEAL_IV, *tag = text + size;
	int got = 0;

	if (RAND_bytes(out, USER_SEAL_IV) == 1 &&
	    begin(seal, out, true, about) &&
	    EVP_CipherUpdate(seal->aes, text, &got, key, size) &&
	    EVP_CipherFinal_ex(seal->aes, tag, &got) &&
	    EVP_CIPHER_CTX_ctrl(seal->aes, EVP_CTRL_AEAD_GET_TAG,
				USER_SEAL_TAG, tag))
		return 0;
	memset(out, 0, size + USER_SEAL_MORE);
	return -EIO;
}

int user_seal_break(struct user_seal *seal, __u8 *key, const __u8 *sealed,
		    size_t size, struct sg_slice about)
{
	const __u8 *text = sealed + USER_SEAL_IV;
	__u8 none[1];
	int got = 0;

	if (begin(seal, sealed, false, about) &&
	    EVP_CipherUpdate(seal->aes, key, &got, text, size) &&
	    EVP_CIPHER_CTX_ctrl(seal->aes, EVP_CTRL_AEAD_SET_TAG,
				USER_SEAL_TAG, (__u8 *)text + size) &&
	    EVP_CipherFinal_ex(seal->aes, none, &got))
		return 0;
	sg_secret_zero(key, size);
	return -EBADMSG;
}
