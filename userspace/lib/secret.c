// SPDX-License-Identifier: GPL-2.0-only
#include "lib/secret.h"

#include <openssl/crypto.h>
#include <string.h>

void sg_secret_zero(void *secret, size_t size)
{
	explicit_bzero(secret, size);
}

bool sg_secret_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}
