// SPDX-License-Identifier: GPL-2.0-only
#include "session.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

/* RFC 4568 6.2, RFC 6188 2, RFC 7714 12: octets of key and salt. */
static const struct suite {
	const char *name;
	size_t size;
	void (*rtp)(srtp_crypto_policy_t *policy);
	void (*rtcp)(srtp_crypto_policy_t *policy);
} suites[] = {
	{ "AES_CM_128_HMAC_SHA1_80", 30,
	  srtp_crypto_policy_set_rtp_default,
	  srtp_crypto_policy_set_rtp_default },
	{ "AES_CM_128_HMAC_SHA1_32", 30,
	  srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
	  srtp_crypto_policy_set_rtp_default },
	{ "AES_256_CM_HMAC_SHA1_80", 46,
	  srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
	  srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80 },
	{ "AES_256_CM_HMAC_SHA1_32", 46,
	  srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
	  srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80 },
	{ "AEAD_AES_128_GCM", 28,
	  srtp_crypto_policy_set_aes_gcm_128_16_auth,
	  srtp_crypto_policy_set_aes_gcm_128_16_auth },
	{ "AEAD_AES_256_GCM", 44,
	  srtp_crypto_policy_set_aes_gcm_256_16_auth,
	  srtp_crypto_policy_set_aes_gcm_256_16_auth },
};

static const struct suite *find_suite(const char *name, const char *path)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (!strcmp(suites[i].name, name))
			return &suites[i];
	errx(2, "%s: suite %s is unknown", path, name);
}

static void read_key(struct session_key *key, const char *line,
		     const char *path)
{
	unsigned char bytes[63];
	char name[64], base64[80], mki[2 * SRTP_MAX_MKI_LEN + 1] = "";
	size_t length;

	if (sscanf(line, "%63s %79s %256[0-9a-f]", name, base64, mki) < 2)
		errx(2, "%s: want lines of a suite and base64", path);
	key->suite = find_suite(name, path);
	length = strlen(base64);
	if (length != (key->suite->size + 2) / 3 * 4 ||
	    EVP_DecodeBlock(bytes, (unsigned char *)base64, length) < 0)
		errx(2, "%s: not the base64 of %zu octets", path,
		     key->suite->size);
	memcpy(key->master, bytes, key->suite->size);
	key->mki_size = strlen(mki) / 2;
	for (unsigned int i = 0; i < key->mki_size; i++)
		sscanf(mki + 2 * i, "%2hhx", &key->mki[i]);
}

void session_keys_read(struct session_keys *keys, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];

	if (!file)
		err(2, "%s", path);
	if (srtp_init() != srtp_err_status_ok)
		errx(2, "libsrtp2 did not start");

	keys->count = 0;
	while (keys->count < SESSION_KEYS && fgets(line, sizeof(line), file))
		read_key(&keys->key[keys->count++], line, path);
	fclose(file);
	if (!keys->count)
		errx(2, "%s: no key in it", path);
}

static void fill_policy(srtp_policy_t *policy, const struct session_keys *keys,
			unsigned int which, bool sending)
{
	const struct session_key *key = &keys->key[which];

	memset(policy, 0, sizeof(*policy));
	key->suite->rtp(&policy->rtp);
	key->suite->rtcp(&policy->rtcp);
	policy->ssrc.type = sending ? ssrc_any_outbound : ssrc_any_inbound;
	policy->key = (unsigned char *)key->master;
	policy->window_size = 1024;
	policy->enc_xtn_hdr = (int *)keys->extension;
	policy->enc_xtn_hdr_count = keys->encrypted;
}

srtp_t session_create(const struct session_keys *keys, bool sending)
{
	srtp_master_key_t master[SESSION_KEYS], *list[SESSION_KEYS];
	srtp_policy_t policy;
	srtp_t session;

	fill_policy(&policy, keys, 0, sending);
	for (unsigned int i = 0; i < keys->count; i++) {
		master[i].key = (unsigned char *)keys->key[i].master;
		master[i].mki_id = (unsigned char *)keys->key[i].mki;
		master[i].mki_size = keys->key[i].mki_size;
		list[i] = &master[i];
	}
	if (keys->key[0].mki_size) {
		policy.key = NULL;
		policy.keys = list;
		policy.num_master_keys = keys->count;
	}
	if (srtp_create(&session, &policy) != srtp_err_status_ok)
		errx(2, "libsrtp2 made no session");
	return session;
}

void session_rekey(srtp_t session, const struct session_keys *keys,
		   unsigned int which, bool sending)
{
	srtp_policy_t policy;

	fill_policy(&policy, keys, which, sending);
	if (srtp_update(session, &policy) != srtp_err_status_ok)
		errx(2, "libsrtp2 did not take the new key");
}
