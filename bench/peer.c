// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "generator.h"
#include "lib/secret.h"
#include "peer.h"
#include "result.h"

const struct peer_suite peer_suites[PEER_SUITES] = {
	{ SG_SUITE_AES_CM_128_HMAC_SHA1_80, false, "" },
	{ SG_SUITE_AES_CM_128_HMAC_SHA1_32, false, "-cm128-32" },
	{ SG_SUITE_AES_192_CM_HMAC_SHA1_80, false, "-cm192" },
	{ SG_SUITE_AES_192_CM_HMAC_SHA1_32, false, "-cm192-32" },
	{ SG_SUITE_AES_256_CM_HMAC_SHA1_80, false, "-cm256" },
	{ SG_SUITE_AES_256_CM_HMAC_SHA1_32, false, "-cm256-32" },
	{ SG_SUITE_AEAD_AES_128_GCM, false, "-gcm128" },
	{ SG_SUITE_AEAD_AES_256_GCM, false, "-gcm256" },
	{ SG_SUITE_AES_CM_128_HMAC_SHA1_80, true, "-null" },
};

void peer_key(struct sg_master_key *key, enum sg_suite suite)
{
	__u8 bytes[SG_INLINE_MAX];

	memset(key, 0, sizeof(*key));
	key->suite = suite;
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		result_fail("OpenSSL has no random bytes");
	sg_master_key_set(key, bytes);
	sg_secret_zero(bytes, sizeof(bytes));
}

static void set_policy(srtp_crypto_policy_t *policy, enum sg_suite suite)
{
	static void (*const set[])(srtp_crypto_policy_t *) = {
		[SG_SUITE_AES_CM_128_HMAC_SHA1_80] =
			srtp_crypto_policy_set_rtp_default,
		[SG_SUITE_AES_CM_128_HMAC_SHA1_32] =
			srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
		[SG_SUITE_AES_192_CM_HMAC_SHA1_80] =
			srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80,
		[SG_SUITE_AES_192_CM_HMAC_SHA1_32] =
			srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32,
		[SG_SUITE_AES_256_CM_HMAC_SHA1_80] =
			srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
		[SG_SUITE_AES_256_CM_HMAC_SHA1_32] =
			srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
		[SG_SUITE_AEAD_AES_128_GCM] =
			srtp_crypto_policy_set_aes_gcm_128_16_auth,
		[SG_SUITE_AEAD_AES_256_GCM] =
			srtp_crypto_policy_set_aes_gcm_256_16_auth,
	};

	set[suite](policy);
}

bool peer_libsrtp_agrees(enum sg_suite suite)
{
	return suite != SG_SUITE_AES_192_CM_HMAC_SHA1_80 &&
	       suite != SG_SUITE_AES_192_CM_HMAC_SHA1_32;
}

srtp_t peer_libsrtp(const struct sg_master_key *key)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	static int started;
	__u8 material[SG_INLINE_MAX];
	srtp_policy_t policy = {
		.ssrc = { ssrc_specific, PEER_SSRC },
		.key = material,
		.window_size = 128,
	};
	srtp_t session;

	if (!started && srtp_init() != srtp_err_status_ok)
		result_fail("libsrtp2 does not start");
	started = 1;
	memcpy(material, key->key, suite->key);
	memcpy(material + suite->key, key->salt, suite->salt);
	set_policy(&policy.rtp, key->suite);
	if (key->plain_rtp)
		policy.rtp.sec_serv = sec_serv_auth;
	set_policy(&policy.rtcp, key->suite);
	if (srtp_create(&session, &policy) != srtp_err_status_ok)
		result_fail("libsrtp2 refuses the benchmark's policy");
	sg_secret_zero(material, sizeof(material));
	return session;
}

static const EVP_CIPHER *counter_mode(const struct sg_master_key *key)
{
	switch (sg_suite_info(key->suite)->key) {
	case 16:
		return EVP_aes_128_ctr();
	case 24:
		return EVP_aes_192_ctr();
	default:
		return EVP_aes_256_ctr();
	}
}

/* RFC 3711 4.3.1 and 4.3.3 with key derivation rate 0; RFC 6188 3. */
static void derive(const struct sg_master_key *key, __u8 label, __u8 *out,
		   int size)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	__u8 iv[16] = { 0 };
	int length;

	memcpy(iv, key->salt, sizeof(key->salt));
	iv[7] ^= label;
	memset(out, 0, size);
	if (!cipher || !EVP_EncryptInit_ex(cipher, counter_mode(key), NULL,
					   key->key, iv) ||
	    !EVP_EncryptUpdate(cipher, out, &length, out, size))
		result_fail("OpenSSL has no AES in counter mode");
	EVP_CIPHER_CTX_free(cipher);
}

void peer_evp_open(struct peer_evp *evp,
			const struct sg_master_key *key)
{
	OSSL_PARAM digest[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA1", 4),
		OSSL_PARAM_END,
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	__u8 encrypt[SG_MASTER_KEY_MAX], authenticate[20];

	evp->tag = suite->rtp_tag;
	evp->plain = key->plain_rtp;
	derive(key, 0, encrypt, suite->key);
	derive(key, 1, authenticate, sizeof(authenticate));
	derive(key, 2, evp->salt, sizeof(evp->salt));
	evp->encrypt = EVP_CIPHER_CTX_new();
	evp->hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac);
	if (!evp->encrypt || !evp->hmac ||
	    !EVP_EncryptInit_ex(evp->encrypt, counter_mode(key), NULL, encrypt,
				NULL) ||
	    !EVP_MAC_init(evp->hmac, authenticate, sizeof(authenticate),
			  digest))
		result_fail("OpenSSL has no AES-CTR or no HMAC-SHA1");
	sg_secret_zero(encrypt, sizeof(encrypt));
	sg_secret_zero(authenticate, sizeof(authenticate));
}

void peer_evp_close(struct peer_evp *evp)
{
	EVP_CIPHER_CTX_free(evp->encrypt);
	EVP_MAC_CTX_free(evp->hmac);
	sg_secret_zero(evp, sizeof(*evp));
}

/* RFC 3711 4.1.1: IV = salt * 2^16 ^ SSRC * 2^64 ^ index * 2^16. */
static void crypt(struct peer_evp *evp, __u8 *rtp, __u32 length,
		  __u64 index)
{
	__u8 iv[16] = { 0 };
	int done;

	if (evp->plain)
		return;
	memcpy(iv, evp->salt, sizeof(evp->salt));
	for (int i = 0; i < 4; i++)
		iv[4 + i] ^= rtp[8 + i];
	for (int i = 0; i < 6; i++)
		iv[8 + i] ^= index >> (40 - 8 * i);
	EVP_EncryptInit_ex(evp->encrypt, NULL, NULL, NULL, iv);
	EVP_EncryptUpdate(evp->encrypt, rtp + PEER_HEADER, &done,
			  rtp + PEER_HEADER, length - PEER_HEADER);
}

/* RFC 3711 4.2: HMAC-SHA1 over the packet and its rollover counter. */
static void authenticate(struct peer_evp *evp, const __u8 *rtp,
			 __u32 length, __u64 index, __u8 tag[20])
{
	__u32 roc = __builtin_bswap32(index >> 16);
	size_t size;

	EVP_MAC_init(evp->hmac, NULL, 0, NULL);
	EVP_MAC_update(evp->hmac, rtp, length);
	EVP_MAC_update(evp->hmac, (void *)&roc, sizeof(roc));
	EVP_MAC_final(evp->hmac, tag, &size, 20);
}

__u32 peer_evp_seal(struct peer_evp *evp, __u8 *rtp, __u32 length,
			 __u64 index)
{
	__u8 tag[20];

	crypt(evp, rtp, length, index);
	authenticate(evp, rtp, length, index, tag);
	memcpy(rtp + length, tag, evp->tag);
	return length + evp->tag;
}

__u32 peer_evp_open_packet(struct peer_evp *evp, __u8 *rtp,
				__u32 length, __u64 index)
{
	__u8 tag[20];

	length -= evp->tag;
	authenticate(evp, rtp, length, index, tag);
	if (!sg_secret_equal(tag, rtp + length, evp->tag))
		return 0;
	crypt(evp, rtp, length, index);
	return length;
}
