// SPDX-License-Identifier: GPL-2.0-only
#include "lib/evp_aes.h"

#include <errno.h>

enum { SIZES = 3 };

static const EVP_CIPHER *fetch(enum evp_aes_mode mode, int size)
{
	static const char *const names[EVP_AES_MODES][SIZES] = {
		[EVP_AES_CTR] = { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" },
		[EVP_AES_ECB] = { "AES-128-ECB", "AES-192-ECB", "AES-256-ECB" },
		[EVP_AES_GCM] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
	};
	static EVP_CIPHER *fetched[EVP_AES_MODES][SIZES];
	int which = size / 8 - 2;

	if (!fetched[mode][which])
		fetched[mode][which] =
			EVP_CIPHER_fetch(NULL, names[mode][which], NULL);
	return fetched[mode][which];
}

int evp_aes_prepare(void)
{
	for (int mode = 0; mode < EVP_AES_MODES; mode++)
		for (int size = 16; size <= 32; size += 8)
			if (!fetch(mode, size))
				return -EIO;
	return 0;
}

int evp_aes_key(EVP_CIPHER_CTX **context, enum evp_aes_mode mode,
		const void *key, int size)
{
	const EVP_CIPHER *cipher = fetch(mode, size);

	if (!*context)
		*context = EVP_CIPHER_CTX_new();
	if (!cipher || !*context ||
	    !EVP_EncryptInit_ex2(*context, cipher, key, NULL, NULL))
		return -EIO;
	if (mode == EVP_AES_ECB)
		EVP_CIPHER_CTX_set_padding(*context, 0);
	return 0;
}
