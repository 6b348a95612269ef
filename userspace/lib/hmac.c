// SPDX-License-Identifier: GPL-2.0-only
/*
 * EVP's HMAC looks its parts up by name and allocates them for each message,
 * which costs ten times what the hash of a short one does. These functions of
 * OpenSSL are its same code; that they are deprecated is the price.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "lib/hmac.h"

#include "lib/secret.h"

enum { BLOCK = 64, INNER = 0x36, OUTER = 0x5c };

static void begin(int hash, union sg_hmac_state *state)
{
	if (hash == SG_HMAC_SHA256)
		SHA256_Init(&state->sha256);
	else
		SHA1_Init(&state->sha1);
}

static void add(int hash, union sg_hmac_state *state, const void *octets,
		size_t size)
{
	if (hash == SG_HMAC_SHA256)
		SHA256_Update(&state->sha256, octets, size);
	else
		SHA1_Update(&state->sha1, octets, size);
}

static void end(int hash, union sg_hmac_state *state, __u8 *tag)
{
	if (hash == SG_HMAC_SHA256)
		SHA256_Final(tag, &state->sha256);
	else
		SHA1_Final(tag, &state->sha1);
}

static void add_key(int hash, union sg_hmac_state *state, const __u8 *key,
		    size_t size, __u8 with)
{
	__u8 block[BLOCK] = { 0 };

	memcpy(block, key, size);
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= with;
	begin(hash, state);
	add(hash, state, block, BLOCK);
	sg_secret_zero(block, sizeof(block));
}

void sg_hmac_begin(struct sg_hmac *hmac, int hash, const __u8 *key, size_t size)
{
	hmac->size = hash;
	add_key(hash, &hmac->inner, key, size, INNER);
	add_key(hash, &hmac->outer, key, size, OUTER);
}

void sg_hmac(const struct sg_hmac *hmac, const struct sg_slice *part, int parts,
	     __u8 *tag)
{
	union sg_hmac_state state = hmac->inner;

	for (int i = 0; i < parts; i++)
		add(hmac->size, &state, part[i].at, part[i].size);
	end(hmac->size, &state, tag);
	state = hmac->outer;
	add(hmac->size, &state, tag, hmac->size);
	end(hmac->size, &state, tag);
	sg_secret_zero(&state, sizeof(state));
}

void sg_hmac_wipe(struct sg_hmac *hmac)
{
	sg_secret_zero(hmac, sizeof(*hmac));
}
