// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp_session.h"

#include <endian.h>
#include <string.h>

#include "lib/aes_compact.h"
#include "lib/evp_aes.h"
#include "lib/master_key.h"
#include "lib/secret.h"
#include "lib/srtp_mac.h"

struct bytes {
	__u8 key[SG_MASTER_KEY_MAX];
	__u8 auth[SRTP_AUTH_SIZE];
	__u8 salt[SRTP_SALT_SIZE];
};

static int set_cipher(struct srtp_session *session, int suite,
		      const __u8 *key, const __u8 *salt)
{
	const struct sg_suite_info *info = sg_suite_info(suite);

	if (!(info->flags & SG_KEY_GCM))
		return srtp_keystream_key(
			&session->payload, suite == SG_SUITE_F8_128_HMAC_SHA1_80,
			key, info->key, salt);
	memcpy(session->gcm_salt, salt, sizeof(session->gcm_salt));
	return evp_aes_key(&session->gcm, EVP_AES_GCM, key, info->key);
}

static int derive_payload(struct srtp_session *session, struct srtp_kdf *kdf,
			  int suite, __u8 label, __u64 r)
{
	struct bytes bytes;
	int err;

	err = srtp_kdf_derive(kdf, label, r, bytes.key,
			      sg_suite_info(suite)->key);
	if (!err)
		err = srtp_kdf_derive(kdf, label + 1, r, bytes.auth,
				      sizeof(bytes.auth));
	if (!err)
		err = srtp_kdf_derive(kdf, label + 2, r, bytes.salt,
				      sizeof(bytes.salt));
	if (!err)
		err = set_cipher(session, suite, bytes.key, bytes.salt);
	if (!err)
		srtp_mac_key(&session->hmac, bytes.auth);
	sg_secret_zero(&bytes, sizeof(bytes));
	return err;
}

/*
 * RFC 6904 3: the payload's cipher with a key and a salt of its own, of the
 * same sizes. With GCM it is counter mode, zeros behind the salt of 96 bits
 * as libsrtp has them.
 */
static int derive_extension(struct srtp_session *session, struct srtp_kdf *kdf,
			    int suite, __u64 r)
{
	const struct sg_suite_info *info = sg_suite_info(suite);
	struct bytes bytes = { 0 };
	int err;

	err = srtp_kdf_derive(kdf, SRTP_LABEL_EXTENSION, r, bytes.key,
			      info->key);
	if (!err)
		err = srtp_kdf_derive(kdf, SRTP_LABEL_EXTENSION + 1, r,
				      bytes.salt, info->salt);
	if (!err)
		err = srtp_keystream_key(&session->extension,
					 suite == SG_SUITE_F8_128_HMAC_SHA1_80,
					 bytes.key, info->key, bytes.salt);
	sg_secret_zero(&bytes, sizeof(bytes));
	return err;
}

int srtp_session_derive(struct srtp_session *session, struct srtp_kdf *kdf,
			int suite, bool rtcp, __u64 r)
{
	int err = derive_payload(session, kdf, suite,
				 rtcp ? SRTP_LABEL_RTCP : SRTP_LABEL_RTP, r);

	if (!err && !rtcp)
		err = derive_extension(session, kdf, suite, r);
	session->ready = !err;
	session->r = r;
	return err;
}

int srtp_session_restore(struct srtp_session *session, int suite,
			 const struct sg_session_key *key)
{
	const struct sg_suite_info *info = sg_suite_info(suite);
	struct bytes bytes = { 0 };
	int err;

	sg_aes_key_restore(bytes.key, info->key, &key->aes);
	sg_aes_salt_restore(bytes.salt, info->salt, bytes.key, key->salt);
	err = set_cipher(session, suite, bytes.key, bytes.salt);
	if (!(info->flags & SG_KEY_GCM))
		session->hmac = key->hmac;
	session->ready = !err;
	sg_secret_zero(&bytes, sizeof(bytes));
	return err;
}

void srtp_session_free(struct srtp_session *session)
{
	srtp_keystream_free(&session->payload);
	srtp_keystream_free(&session->extension);
	EVP_CIPHER_CTX_free(session->gcm);
	sg_secret_zero(session, sizeof(*session));
}

void srtp_session_gcm_iv(const struct srtp_session *session, bool rtcp,
			 __u64 index, const __u8 *packet,
			 __u8 iv[SRTP_GCM_IV])
{
	__be32 ssrc;

	memcpy(&ssrc, packet + (rtcp ? 4 : 8), sizeof(ssrc));
	memcpy(iv, session->gcm_salt, SRTP_GCM_IV);
	srtp_iv_add(iv, true, be32toh(ssrc), index);
}
