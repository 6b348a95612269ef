// SPDX-License-Identifier: GPL-2.0-only
#include "lib/master_key.h"

/*
 * The data plane needs SHA-1's chaining value between two blocks, which
 * OpenSSL shows only in the SHA_CTX that 3.0 declares deprecated.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <endian.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "lib/aes_compact.h"
#include "lib/base64.h"
#include "lib/secret.h"

enum {
	AUTH_SIZE = 20,
	LABEL_SRTP = 0,		/* first of three, RFC 3711 4.3.1 */
	LABEL_SRTCP = 3,	/* first of three, RFC 3711 4.3.2 */
};

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
};

enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

/* The session keys of SRTP or SRTCP as bytes, in the order of their labels. */
struct session_bytes {
	__u8 key[SG_MASTER_KEY_MAX];
	__u8 auth[AUTH_SIZE];
	__u8 salt[SG_MASTER_SALT_MAX];
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

/* A key is set up once; each use brings its counter. */
static EVP_CIPHER_CTX *set_up(const __u8 *key, int size)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *cipher = size == 32 ? EVP_aes_256_ctr() :
				   size == 24 ? EVP_aes_192_ctr() :
						EVP_aes_128_ctr();

	if (aes && EVP_EncryptInit_ex(aes, cipher, NULL, key, NULL))
		return aes;
	EVP_CIPHER_CTX_free(aes);
	return NULL;
}

/*
 * RFC 3711 4.3.3: the AES-CM key stream under the master key that starts at
 * x * 2^16, where x is the master salt with the label xored in above the 48
 * bits of the packet index, which is zero when the derivation rate is. The
 * cipher has the master key's size (RFC 6188 3). A salt of 96 bits stands where
 * one of 112 bits begins, with zeros behind (RFC 7714 11, as libsrtp reads it).
 */
static int derive_bytes(EVP_CIPHER_CTX *aes, __u8 *out, int size,
			const struct sg_master_key *key, __u8 label)
{
	__u8 iv[16] = { 0 };
	int written = 0, err = 0;

	memcpy(iv, key->salt, SG_MASTER_SALT_MAX);
	iv[7] ^= label;
	memset(out, 0, size);
	if (!EVP_EncryptInit_ex(aes, NULL, NULL, NULL, iv) ||
	    !EVP_EncryptUpdate(aes, out, &written, out, size) ||
	    written != size)
		err = -EIO;
	sg_secret_zero(iv, sizeof(iv));
	return err;
}

/* SHA-1's state after the one block that is @auth xored with @pad. */
static void hmac_state(__u32 state[5], const __u8 auth[AUTH_SIZE], __u8 pad)
{
	__u8 block[SHA_CBLOCK];
	SHA_CTX sha;

	memset(block, pad, sizeof(block));
	for (int i = 0; i < AUTH_SIZE; i++)
		block[i] ^= auth[i];
	SHA1_Init(&sha);
	SHA1_Transform(&sha, block);
	state[0] = sha.h0;
	state[1] = sha.h1;
	state[2] = sha.h2;
	state[3] = sha.h3;
	state[4] = sha.h4;
	sg_secret_zero(&sha, sizeof(sha));
	sg_secret_zero(block, sizeof(block));
}

static void hmac_states(struct sg_hmac_key *hmac, const __u8 auth[AUTH_SIZE])
{
	hmac_state(hmac->inner, auth, 0x36);
	hmac_state(hmac->outer, auth, 0x5c);
}

/* NIST SP 800-38D 7.1: the hash subkey is the cipher of a block of zeros. */
static int ghash_key(__u64 ghash[2], const __u8 *key, int size)
{
	static const __u8 zeros[16];
	EVP_CIPHER_CTX *aes = set_up(key, size);
	int written = 0, err = -EIO;
	__u8 block[16];

	if (aes && EVP_EncryptInit_ex(aes, NULL, NULL, NULL, zeros) &&
	    EVP_EncryptUpdate(aes, block, &written, zeros, sizeof(zeros)) &&
	    written == sizeof(zeros))
		err = 0;
	EVP_CIPHER_CTX_free(aes);
	for (int i = 0; !err && i < 2; i++) {
		memcpy(&ghash[i], block + 8 * i, 8);
		ghash[i] = be64toh(ghash[i]);
	}
	sg_secret_zero(block, sizeof(block));
	return err;
}

static int derive_session(EVP_CIPHER_CTX *aes, struct sg_session_key *out,
			  const struct sg_master_key *key, __u8 label)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	struct session_bytes bytes;
	int err;

	err = derive_bytes(aes, bytes.key, suite->key, key, label);
	if (!err)
		err = derive_bytes(aes, bytes.auth, sizeof(bytes.auth), key,
				   label + 1);
	if (!err)
		err = derive_bytes(aes, bytes.salt, sizeof(bytes.salt), key,
				   label + 2);
	if (!err) {
		sg_aes_key_compact(&out->aes, bytes.key, suite->key);
		sg_aes_salt_compact(out->salt, bytes.key, bytes.salt,
				    suite->salt);
	}
	if (!err && suite->flags & SG_KEY_GCM)
		err = ghash_key(out->ghash, bytes.key, suite->key);
	else if (!err)
		hmac_states(&out->hmac, bytes.auth);
	sg_secret_zero(&bytes, sizeof(bytes));
	return err;
}

/* Everything of @out but the session keys. */
static int describe(struct sg_key *out, const struct sg_master_key *key)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	bool limited = key->lifetime && key->lifetime < SG_LIFETIME_MAX;

	if (!suite || key->mki_length > SG_MKI_MAX)
		return -EINVAL;
	if (suite->flags & SG_KEY_GCM && (key->plain_rtp || key->untagged_rtp))
		return -EINVAL;
	out->suite = key->suite;
	out->flags = suite->flags | (key->plain_rtp ? SG_KEY_PLAIN_RTP : 0) |
		     (key->plain_rtcp ? SG_KEY_PLAIN_RTCP : 0) |
		     (limited ? SG_KEY_LIMITED : 0);
	out->lifetime = limited ? key->lifetime : 0;
	out->rtp_tag = key->untagged_rtp ? 0 : suite->rtp_tag;
	out->rtcp_tag = suite->rtcp_tag;
	out->mki_length = key->mki_length;
	memcpy(out->mki, key->mki, key->mki_length);
	return 0;
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
	EVP_CIPHER_CTX *aes;
	int err;

	memset(out, 0, sizeof(*out));
	err = describe(out, key);
	if (err)
		return err;
	aes = set_up(key->key, sg_suite_info(key->suite)->key);
	if (!aes)
		return -EIO;
	err = derive_session(aes, &out->rtp, key, LABEL_SRTP);
	if (!err)
		err = derive_session(aes, &out->rtcp, key, LABEL_SRTCP);
	out->fingerprint = fingerprint(key);
	EVP_CIPHER_CTX_free(aes);
	if (err)
		sg_secret_zero(out, sizeof(*out));
	return err;
}
