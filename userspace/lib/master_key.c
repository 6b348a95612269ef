// SPDX-License-Identifier: GPL-2.0-only
#include "lib/master_key.h"

/*
 * The data plane needs SHA-1's chaining value between two blocks, which
 * OpenSSL shows only in the SHA_CTX that 3.0 declares deprecated.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
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

static const struct {
	enum sg_suite suite;
	const char *name;
	__u8 rtp_tag;
	__u8 rtcp_tag; /* 10 in both suites: RFC 4568 6.2.2 */
} suites[] = {
	{ SG_SUITE_AES_CM_128_HMAC_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 10, 10 },
	{ SG_SUITE_AES_CM_128_HMAC_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 4, 10 },
};

enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

/* The session keys of SRTP or SRTCP as bytes, in the order of their labels. */
struct session_bytes {
	__u8 key[SG_MASTER_KEY_SIZE];
	__u8 auth[AUTH_SIZE];
	__u8 salt[SG_MASTER_SALT_SIZE];
};

enum sg_suite sg_suite_by_name(const char *name)
{
	for (int i = 0; i < SUITES; i++)
		if (!strcmp(suites[i].name, name))
			return suites[i].suite;
	return SG_SUITE_NONE;
}

const char *sg_suite_name(enum sg_suite suite)
{
	for (int i = 0; i < SUITES; i++)
		if (suites[i].suite == suite)
			return suites[i].name;
	return "none";
}

int sg_master_key_parse(struct sg_master_key *key, const char *base64)
{
	__u8 bytes[SG_INLINE_SIZE];
	int size = sg_base64_decode(bytes, sizeof(bytes), sg_slice_of(base64));

	if (size != SG_INLINE_SIZE) {
		sg_secret_zero(bytes, sizeof(bytes));
		sg_secret_zero(key, sizeof(*key));
		return -EINVAL;
	}
	memcpy(key->key, bytes, SG_MASTER_KEY_SIZE);
	memcpy(key->salt, bytes + SG_MASTER_KEY_SIZE, SG_MASTER_SALT_SIZE);
	sg_secret_zero(bytes, sizeof(bytes));
	return 0;
}

/*
 * RFC 3711 4.3.3: the AES-CM key stream under the master key that starts at
 * x * 2^16, where x is the master salt with the label xored in above the 48
 * bits of the packet index, which is zero when the derivation rate is.
 */
static int derive_bytes(EVP_CIPHER_CTX *aes, __u8 *out, int size,
			const struct sg_master_key *key, __u8 label)
{
	__u8 iv[16] = { 0 };
	int written = 0, err = 0;

	memcpy(iv, key->salt, SG_MASTER_SALT_SIZE);
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

static int derive_session(EVP_CIPHER_CTX *aes, struct sg_session_key *out,
			  const struct sg_master_key *key, __u8 label)
{
	struct session_bytes bytes;
	int err;

	err = derive_bytes(aes, bytes.key, sizeof(bytes.key), key, label);
	if (!err)
		err = derive_bytes(aes, bytes.auth, sizeof(bytes.auth), key,
				   label + 1);
	if (!err)
		err = derive_bytes(aes, bytes.salt, sizeof(bytes.salt), key,
				   label + 2);
	if (!err) {
		sg_aes_key_compact(&out->aes, bytes.key);
		sg_aes_salt_compact(out->salt, &out->aes, bytes.salt);
		hmac_state(out->hmac.inner, bytes.auth, 0x36);
		hmac_state(out->hmac.outer, bytes.auth, 0x5c);
	}
	sg_secret_zero(&bytes, sizeof(bytes));
	return err;
}

/* Everything of @out but the session keys. */
static int describe(struct sg_key *out, const struct sg_master_key *key)
{
	if (key->mki_length > SG_MKI_MAX)
		return -EINVAL;
	for (int i = 0; i < SUITES; i++) {
		if (suites[i].suite != key->suite)
			continue;
		out->suite = key->suite;
		out->rtp_tag = suites[i].rtp_tag;
		out->rtcp_tag = suites[i].rtcp_tag;
		out->mki_length = key->mki_length;
		memcpy(out->mki, key->mki, key->mki_length);
		return 0;
	}
	return -EINVAL;
}

static __u32 fingerprint(const struct sg_master_key *key)
{
	static const char label[] = "srtpgate";
	const char *suite = sg_suite_name(key->suite);
	__u8 digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX sha;
	__u32 first;

	SHA256_Init(&sha);
	SHA256_Update(&sha, label, strlen(label));
	SHA256_Update(&sha, suite, strlen(suite));
	SHA256_Update(&sha, key->key, sizeof(key->key));
	SHA256_Update(&sha, key->salt, sizeof(key->salt));
	SHA256_Final(digest, &sha);
	first = (__u32)digest[0] << 24 | digest[1] << 16 | digest[2] << 8 |
		digest[3];
	sg_secret_zero(&sha, sizeof(sha));
	sg_secret_zero(digest, sizeof(digest));
	return first;
}

/* The master key is set up once; each derivation brings its counter. */
static EVP_CIPHER_CTX *set_up(const struct sg_master_key *key)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();

	if (aes &&
	    EVP_EncryptInit_ex(aes, EVP_aes_128_ctr(), NULL, key->key, NULL))
		return aes;
	EVP_CIPHER_CTX_free(aes);
	return NULL;
}

int sg_master_key_derive(struct sg_key *out, const struct sg_master_key *key)
{
	EVP_CIPHER_CTX *aes;
	int err;

	memset(out, 0, sizeof(*out));
	err = describe(out, key);
	if (err)
		return err;
	aes = set_up(key);
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
