// SPDX-License-Identifier: GPL-2.0-only
#include "lib/seal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "lib/hex.h"
#include "lib/private_file.h"
#include "lib/secret.h"

enum { KEY_SIZE = 32 };

struct seal {
	EVP_CIPHER_CTX *aes;
	EVP_CIPHER *cipher;
	__u8 key[KEY_SIZE];
};

static int read_key(struct seal *seal, const char *path, struct fault *fault)
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

static struct seal *make(struct fault *fault)
{
	struct seal *seal = calloc(1, sizeof(*seal));

	if (!seal) {
		fault_set(fault, ENOMEM, "out of memory");
		return NULL;
	}
	seal->aes = EVP_CIPHER_CTX_new();
	seal->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (seal->aes && seal->cipher)
		return seal;
	fault_set(fault, EIO, "OpenSSL has no AES-256-GCM");
	seal_close(seal);
	return NULL;
}

int seal_open(struct seal **opened, const char *path, struct fault *fault)
{
	struct seal *seal = make(fault);
	int err;

	if (!seal)
		return -fault->error;
	err = read_key(seal, path, fault);
	if (err)
		seal_close(seal);
	else
		*opened = seal;
	return err;
}

/* 32 MiB and a tenth of a second for each guess. */
static bool stretch(__u8 *key, struct sg_slice passphrase, const __u8 *salt)
{
	return EVP_PBE_scrypt(passphrase.at, passphrase.size, salt, SEAL_SALT,
			      1 << 15, 8, 1, 64 << 20, key, KEY_SIZE) == 1;
}

int seal_open_passphrase(struct seal **opened, struct sg_slice passphrase,
			 const __u8 salt[SEAL_SALT], struct fault *fault)
{
	struct seal *seal = make(fault);

	if (!seal)
		return -fault->error;
	if (!stretch(seal->key, passphrase, salt)) {
		seal_close(seal);
		return fault_set(fault, EIO, "OpenSSL has no scrypt");
	}
	*opened = seal;
	return 0;
}

void seal_close(struct seal *seal)
{
	if (!seal)
		return;
	EVP_CIPHER_CTX_free(seal->aes);
	EVP_CIPHER_free(seal->cipher);
	sg_secret_zero(seal, sizeof(*seal));
	free(seal);
}

/* Starts with key, IV and @about. */
static bool begin(struct seal *seal, const __u8 *iv, bool shut,
		  struct sg_slice about)
{
	int size;

	return EVP_CipherInit_ex2(seal->aes, seal->cipher, seal->key, iv, shut,
				  NULL) &&
	       EVP_CipherUpdate(seal->aes, NULL, &size, (__u8 *)about.at,
				about.size);
}

int seal_shut(struct seal *seal, __u8 *out, const __u8 *key, size_t size,
	      struct sg_slice about)
{
	__u8 *text = out + SEAL_IV, *tag = text + size;
	int got = 0;

	if (RAND_bytes(out, SEAL_IV) == 1 && begin(seal, out, true, about) &&
	    EVP_CipherUpdate(seal->aes, text, &got, key, size) &&
	    EVP_CipherFinal_ex(seal->aes, tag, &got) &&
	    EVP_CIPHER_CTX_ctrl(seal->aes, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG,
				tag))
		return 0;
	memset(out, 0, size + SEAL_MORE);
	return -EIO;
}

int seal_break(struct seal *seal, __u8 *key, const __u8 *sealed, size_t size,
	       struct sg_slice about)
{
	const __u8 *text = sealed + SEAL_IV;
	__u8 none[1];
	int got = 0;

	if (begin(seal, sealed, false, about) &&
	    EVP_CipherUpdate(seal->aes, key, &got, text, size) &&
	    EVP_CIPHER_CTX_ctrl(seal->aes, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG,
				(__u8 *)text + size) &&
	    EVP_CipherFinal_ex(seal->aes, none, &got))
		return 0;
	sg_secret_zero(key, size);
	return -EBADMSG;
}
