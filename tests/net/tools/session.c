// SPDX-License-Identifier: GPL-2.0-only
#include "session.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static void read_key(struct session_key *key, const char *line,
		     const char *path)
{
	char suite[64], base64[64];
	unsigned char bytes[48];

	if (sscanf(line, "%63s %63s", suite, base64) != 2 ||
	    strlen(base64) != 40 ||
	    EVP_DecodeBlock(bytes, (unsigned char *)base64, 40) != 30)
		errx(2, "%s: want lines of a suite and 40 base64 characters",
		     path);

	if (!strcmp(suite, "AES_CM_128_HMAC_SHA1_80"))
		key->profile = srtp_profile_aes128_cm_sha1_80;
	else if (!strcmp(suite, "AES_CM_128_HMAC_SHA1_32"))
		key->profile = srtp_profile_aes128_cm_sha1_32;
	else
		errx(2, "%s: suite %s is unknown", path, suite);
	memcpy(key->master, bytes, sizeof(key->master));
}

void session_keys_read(struct session_keys *keys, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[160];

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

static void fill_policy(srtp_policy_t *policy, const struct session_key *key,
			bool sending)
{
	memset(policy, 0, sizeof(*policy));
	srtp_crypto_policy_set_from_profile_for_rtp(&policy->rtp, key->profile);
	srtp_crypto_policy_set_from_profile_for_rtcp(&policy->rtcp,
						     key->profile);
	policy->ssrc.type = sending ? ssrc_any_outbound : ssrc_any_inbound;
	policy->key = (unsigned char *)key->master;
	policy->window_size = 1024;
}

srtp_t session_create(const struct session_key *key, bool sending)
{
	srtp_policy_t policy;
	srtp_t session;

	fill_policy(&policy, key, sending);
	if (srtp_create(&session, &policy) != srtp_err_status_ok)
		errx(2, "libsrtp2 made no session");
	return session;
}

void session_rekey(srtp_t session, const struct session_key *key, bool sending)
{
	srtp_policy_t policy;

	fill_policy(&policy, key, sending);
	if (srtp_update(session, &policy) != srtp_err_status_ok)
		errx(2, "libsrtp2 did not take the new key");
}
