// SPDX-License-Identifier: GPL-2.0-only
#include "lib/secret.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

void sg_secret_zero(void *secret, size_t size)
{
	explicit_bzero(secret, size);
}

void sg_secret_free(void *secret)
{
	if (secret)
		sg_secret_zero(secret, malloc_usable_size(secret));
	free(secret);
}

bool sg_secret_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}
