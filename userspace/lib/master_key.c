// SPDX-License-Identifier: GPL-2.0-only
#include "lib/master_key.h"

#include <endian.h>
#include <errno.h>
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

#include "lib/aes_compact.h"
#include "lib/base64.h"
#include "lib/evp_aes.h"
#include "lib/secret.h"
#include "lib/srtp_kdf.h"
#include "lib/srtp_mac.h"

enum { KDR_MAX = 24 };		/* RFC 4568 6.3.1 */

/* The tag of SRTCP never shrinks with that of SRTP: RFC 4568 6.2.2. */
static const struct sg_suite_info suites[] = {
	[SG_SUITE_AES_CM_128_HMAC_SHA1_80] = {
		"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, 0 },
	[SG_SUITE_AES_CM_128_HMAC_SHA1_32] = {
		"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, 0 },
	[SG_SUITE_AES_192_CM_HMAC_SHA1_80] = {
		"AES_192_CM_HMAC_SHA1_80", 24, 14, 10, 10, SG_KEY_AES_192 },
	[SG_SUITE_AES_192_CM_HMAC_SHA1_32] = {
		"AES_192_CM_HMAC_SHA1_32", 24, 14, 4, 10, SG_KEY_AES_192 },
	[SG_SUITE_AES_256_CM_HMAC_SHA1_80] = {
		"AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, SG_KEY_AES_256 },
	[SG_SUITE_AES_256_CM_HMAC_SHA1_32] = {
		"AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, SG_KEY_AES_256 },
	[SG_SUITE_AEAD_AES_128_GCM] = {
		"AEAD_AES_128_GCM", 16, 12, 16, 16, SG_KEY_GCM },
	[SG_SUITE_AEAD_AES_256_GCM] = {
		"AEAD_AES_256_GCM", 32, 12, 16, 16,
		SG_KEY_GCM | SG_KEY_AES_256 },
	[SG_SUITE_F8_128_HMAC_SHA1_80] = {
		"F8_128_HMAC_SHA1_80", 16, 14, 10, 10, SG_KEY_USER },
};

enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

_Static_assert((int)SG_MASTER_SALT_MAX == (int)SRTP_SALT_SIZE &&
	       SG_MASTER_KEY_MAX == sizeof(((struct sg_user_key *)0)->key),
	       "a master key does not fit");

/* The session keys of SRTP or SRTCP as bytes, in the order of their labels. */
struct session_bytes {
	__u8 key[SG_MASTER_KEY_MAX];
	__u8 auth[SRTP_AUTH_SIZE];
	__u8 salt[SRTP_SALT_SIZE];
};

const struct sg_suite_info *sg_suite_info(enum sg_suite suite)
{
	if (suite <= SG_SUITE_NONE || (int)suite >= SUITES)
		return NULL;
	return &suites[suite];
}

enum sg_suite sg_suite_by_name(const char *name)
{
	for (int i = SG_SUITE_NONE + 1; i < SUITES; i++)
		if (!strcmp(suites[i].name, name))
			return i;
	return SG_SUITE_NONE;
}

const char *sg_suite_name(enum sg_suite suite)
{
	const struct sg_suite_info *info = sg_suite_info(suite);

	return info ? info->name : "none";
}

void sg_master_key_set(struct sg_master_key *key, const __u8 *bytes)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);

	memset(key->key, 0, sizeof(key->key));
	memset(key->salt, 0, sizeof(key->salt));
	if (!suite)
		return;
	memcpy(key->key, bytes, suite->key);
	memcpy(key->salt, bytes + suite->key, suite->salt);
}

int sg_master_key_parse(struct sg_master_key *key, const char *base64)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	__u8 bytes[SG_INLINE_MAX];
	int size = sg_base64_decode(bytes, sizeof(bytes), sg_slice_of(base64));
	int err = suite && size == suite->key + suite->salt ? 0 : -EINVAL;

	if (err)
		sg_secret_zero(key, sizeof(*key));
	else
		sg_master_key_set(key, bytes);
	sg_secret_zero(bytes, sizeof(bytes));
	return err;
}

/* NIST SP 800-38D 7.1: the hash subkey is the cipher of a block of zeros. */
static int ghash_key(__u64 ghash[2], const __u8 *key, int size)
{
	static const __u8 zeros[16];
	EVP_CIPHER_CTX *aes = NULL;
	int err = evp_aes_key(&aes, EVP_AES_ECB, key, size);
	int written = 0;
	__u8 block[16];

	if (!err && (!EVP_EncryptUpdate(aes, block, &written, zeros,
					sizeof(zeros)) ||
		     written != sizeof(zeros)))
		err = -EIO;
	EVP_CIPHER_CTX_free(aes);
	for (int i = 0; !err && i < 2; i++) {
		memcpy(&ghash[i], block + 8 * i, 8);
		ghash[i] = be64toh(ghash[i]);
	}
	sg_secret_zero(block, sizeof(block));
	return err;
}

static int derive_session(struct srtp_kdf *kdf, struct sg_session_key *out,
			  const struct sg_suite_info *suite, __u8 label)
{
	struct session_bytes bytes;
	int err;

	err = srtp_kdf_derive(kdf, label, 0, bytes.key, suite->key);
	if (!err)
		err = srtp_kdf_derive(kdf, label + 1, 0, bytes.auth,
				      sizeof(bytes.auth));
	if (!err)
		err = srtp_kdf_derive(kdf, label + 2, 0, bytes.salt,
				      sizeof(bytes.salt));
	if (!err) {
		sg_aes_key_compact(&out->aes, bytes.key, suite->key);
		sg_aes_salt_compact(out->salt, bytes.key, bytes.salt,
				    suite->salt);
	}
	if (!err && suite->flags & SG_KEY_GCM)
		err = ghash_key(out->ghash, bytes.key, suite->key);
	else if (!err)
		srtp_mac_key(&out->hmac, bytes.auth);
	sg_secret_zero(&bytes, sizeof(bytes));
	return err;
}

static int derive_sessions(struct sg_key *out, const struct sg_master_key *key)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	struct srtp_kdf kdf = { 0 };
	int err = srtp_kdf_open(&kdf, key->key, suite->key, key->salt);

	if (!err)
		err = derive_session(&kdf, &out->rtp, suite, SRTP_LABEL_RTP);
	if (!err)
		err = derive_session(&kdf, &out->rtcp, suite, SRTP_LABEL_RTCP);
	srtp_kdf_close(&kdf);
	return err;
}

static bool encrypts_extensions(const struct sg_master_key *key)
{
	static const __u8 none[sizeof(key->extension)];

	return memcmp(key->extension, none, sizeof(none));
}

/*
 * Whether what is asked for exists: RFC 7714 has no GCM without encryption or
 * tag, and where the payload is not encrypted RFC 6904 has no key stream for
 * the header. An element has an ID from 1 on (RFC 8285 4).
 */
static bool is_possible(const struct sg_master_key *key,
			const struct sg_suite_info *suite)
{
	if (key->mki_length > SG_MKI_LONGEST || key->kdr > KDR_MAX ||
	    key->extension[0] & 1)
		return false;
	if (suite->flags & SG_KEY_GCM && (key->plain_rtp || key->untagged_rtp))
		return false;
	return !(key->plain_rtp && encrypts_extensions(key));
}

static bool is_slow(const struct sg_master_key *key)
{
	return key->suite > SG_SUITE_LAST_FAST || key->kdr ||
	       key->mki_length > SG_MKI_MAX || encrypts_extensions(key);
}

/* Everything of @out but what it derives from. */
static void describe(struct sg_key *out, const struct sg_master_key *key,
		     const struct sg_suite_info *suite)
{
	bool limited = key->lifetime && key->lifetime < SG_LIFETIME_MAX;

	out->suite = key->suite;
	out->flags = suite->flags | (key->plain_rtp ? SG_KEY_PLAIN_RTP : 0) |
		     (key->plain_rtcp ? SG_KEY_PLAIN_RTCP : 0) |
		     (is_slow(key) ? SG_KEY_USER : 0) |
		     (limited ? SG_KEY_LIMITED : 0) |
		     (key->shared ? SG_KEY_SHARED : 0);
	out->rtp_tag = key->untagged_rtp ? 0 : suite->rtp_tag;
	out->rtcp_tag = suite->rtcp_tag;
	out->mki_length = key->mki_length;
	out->lifetime = limited ? key->lifetime : 0;
	if (!is_slow(key))
		memcpy(out->mki, key->mki, key->mki_length);
}

static void keep_master(struct sg_user_key *user,
			const struct sg_master_key *key)
{
	memcpy(user->key, key->key, sizeof(user->key));
	memcpy(user->salt, key->salt, sizeof(user->salt));
	user->kdr = key->kdr;
	memcpy(user->mki, key->mki, key->mki_length);
	memcpy(user->extension, key->extension, sizeof(user->extension));
}

static __u32 fingerprint(const struct sg_master_key *key)
{
	static const char label[] = "srtpgate";
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	__u8 digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX sha;
	__u32 first;

	SHA256_Init(&sha);
	SHA256_Update(&sha, label, strlen(label));
	SHA256_Update(&sha, suite->name, strlen(suite->name));
	SHA256_Update(&sha, key->key, suite->key);
	SHA256_Update(&sha, key->salt, suite->salt);
	SHA256_Final(digest, &sha);
	first = (__u32)digest[0] << 24 | digest[1] << 16 | digest[2] << 8 |
		digest[3];
	sg_secret_zero(&sha, sizeof(sha));
	sg_secret_zero(digest, sizeof(digest));
	return first;
}

int sg_master_key_derive(struct sg_key *out, const struct sg_master_key *key)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	int err = 0;

	memset(out, 0, sizeof(*out));
	if (!suite || !is_possible(key, suite))
		return -EINVAL;
	describe(out, key, suite);
	out->fingerprint = fingerprint(key);
	if (out->flags & SG_KEY_USER)
		keep_master(&out->user, key);
	else
		err = derive_sessions(out, key);
	if (err)
		sg_secret_zero(out, sizeof(*out));
	return err;
}
