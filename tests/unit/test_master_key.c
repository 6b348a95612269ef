// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key derivation against RFC 3711 B.3 and RFC 6188 7, and the reading of
 * inline keys.
 */
#include "../../userspace/lib/master_key.c"
#include "../lib/ktap.h"

#include <openssl/hmac.h>
#include <stdio.h>

static const struct sg_master_key b3_master = {
	.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80,
	.key = { 0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0,
		 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39 },
	.salt = { 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe,
		  0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6 },
};

/* The same as RFC 4568 writes it. */
static const char b3_inline[] = "4fl6DT4Bi+DWT6MsBt5BOQ7Gda1Jiv7rtpYLOqvm";

static const __u8 b3_cipher[16] = {
	0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee,
	0x10, 0x73, 0x4a, 0xfe, 0x3f, 0xf7, 0xa0, 0x87,
};
static const __u8 b3_salt[14] = {
	0x30, 0xcb, 0xbc, 0x08, 0x86, 0x3d, 0x8c,
	0x85, 0xd4, 0x9d, 0xb3, 0x4a, 0x9a, 0xe1,
};
static const __u8 b3_auth[20] = {
	0xce, 0xbe, 0x32, 0x1f, 0x6f, 0xf7, 0x71, 0x6b, 0x6f, 0xd4,
	0xab, 0x49, 0xaf, 0x25, 0x6a, 0x15, 0x6d, 0x38, 0xba, 0xa4,
};

/* RFC 6188 7.4 and 7.2: master key and salt, session keys by their labels. */
static const struct {
	const char *name;
	enum sg_suite suite;
	const char *key, *salt, *session[3];
} derivations[] = {
	{ "7.4: AES-192", SG_SUITE_AES_192_CM_HMAC_SHA1_80,
	  "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
	  "c8522f3acd4ce86d5add78edbb11",
	  { "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
	    "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb",
	    "2372b82d639b6d8503a47adc0a6c" } },
	{ "7.2: AES-256", SG_SUITE_AES_256_CM_HMAC_SHA1_80,
	  "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
	  "3b04803de51ee7c96423ab5b78d2",
	  { "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
	    "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
	    "fa31791685ca444a9e07c6c64e93" } },
};

/* Bytes of @hex; returns how many. */
static int unhex(__u8 *out, const char *hex)
{
	int size = strlen(hex) / 2;

	for (int i = 0; i < size; i++)
		sscanf(hex + 2 * i, "%2hhx", &out[i]);
	return size;
}

static bool derives_from(const struct sg_master_key *master, __u8 label,
			 const __u8 *expected, int size)
{
	struct srtp_kdf kdf = { 0 };
	__u8 bytes[SG_MASTER_KEY_MAX];
	bool same = !srtp_kdf_open(&kdf, master->key,
				   sg_suite_info(master->suite)->key,
				   master->salt) &&
		    !srtp_kdf_derive(&kdf, label, 0, bytes, size) &&
		    sg_secret_equal(bytes, expected, size);

	srtp_kdf_close(&kdf);
	return same;
}

static bool derives(__u8 label, const __u8 *expected, int size)
{
	return derives_from(&b3_master, label, expected, size);
}

static void test_long_keys(void)
{
	struct sg_master_key master;
	bool right = true;
	__u8 bytes[32];

	for (int i = 0; i < 2; i++) {
		memset(&master, 0, sizeof(master));
		master.suite = derivations[i].suite;
		unhex(master.key, derivations[i].key);
		unhex(master.salt, derivations[i].salt);
		for (int label = 0; label < 3; label++) {
			int size = unhex(bytes, derivations[i].session[label]);

			right &= derives_from(&master, label, bytes, size);
		}
		ktap(right, "RFC 6188 %s", derivations[i].name);
	}
}

static bool hmac_states_work(void)
{
	static const __u8 message[] = "neither a block nor a multiple of one";
	__u8 expected[SHA_DIGEST_LENGTH], digest[SHA_DIGEST_LENGTH];
	struct sg_key key;

	if (sg_master_key_derive(&key, &b3_master))
		return false;
	HMAC(EVP_sha1(), b3_auth, sizeof(b3_auth), message, sizeof(message),
	     expected, NULL);
	srtp_mac(&key.rtp.hmac, message, 30, message + 30,
		 sizeof(message) - 30, digest);
	return sg_secret_equal(digest, expected, sizeof(digest));
}

static bool rtcp_keys_differ(void)
{
	struct sg_key key;

	return !sg_master_key_derive(&key, &b3_master) &&
	       !sg_secret_equal(&key.rtp.aes, &key.rtcp.aes,
				sizeof(key.rtp.aes)) &&
	       !sg_secret_equal(key.rtp.salt, key.rtcp.salt,
				sizeof(key.rtp.salt)) &&
	       !sg_secret_equal(&key.rtp.hmac, &key.rtcp.hmac,
				sizeof(key.rtp.hmac));
}

static void test_derivation(void)
{
	ktap(derives(0, b3_cipher, sizeof(b3_cipher)), "B.3: cipher key");
	ktap(derives(1, b3_auth, sizeof(b3_auth)), "B.3: auth key");
	ktap(derives(2, b3_salt, sizeof(b3_salt)), "B.3: cipher salt");
	ktap(hmac_states_work(), "HMAC states continue to OpenSSL's HMAC");
	ktap(rtcp_keys_differ(), "SRTCP has keys of its own");
}

static void test_tags(void)
{
	struct sg_master_key master = b3_master;
	struct sg_key key;

	ktap(!sg_master_key_derive(&key, &master) && key.rtp_tag == 10 &&
	     key.rtcp_tag == 10, "HMAC_SHA1_80: tags of 10 and 10 bytes");
	master.suite = sg_suite_by_name("AES_CM_128_HMAC_SHA1_32");
	ktap(!sg_master_key_derive(&key, &master) && key.rtp_tag == 4 &&
	     key.rtcp_tag == 10, "HMAC_SHA1_32: tags of 4 and 10 bytes");
	ktap(sg_suite_by_name("SEED_CTR_128_HMAC_SHA1_80") == SG_SUITE_NONE,
	     "a suite we have not is unknown");
	master.suite = SG_SUITE_NONE;
	ktap(sg_master_key_derive(&key, &master) == -EINVAL,
	     "no key is derived for an unknown suite");
	master = b3_master;
	master.lifetime = 1 << 20;
	ktap(!sg_master_key_derive(&key, &master) && key.lifetime == 1 << 20,
	     "the lifetime stays with the key");
}

/* What only the slow path can do makes another kind of key. */
static void test_user_keys(void)
{
	static const struct {
		const char *name;
		struct sg_master_key change;
		int err;
		bool user;
	} cases[] = {
		{ "nothing special", { .mki_length = SG_MKI_MAX }, 0, false },
		{ "F8", { .suite = SG_SUITE_F8_128_HMAC_SHA1_80 }, 0, true },
		{ "an MKI of 17 bytes", { .mki_length = 17 }, 0, true },
		{ "one of 128", { .mki_length = 128 }, 0, true },
		{ "one of 129", { .mki_length = 129 }, -EINVAL, false },
		{ "a derivation rate", { .kdr = 1 }, 0, true },
		{ "the highest one", { .kdr = 24 }, 0, true },
		{ "one higher", { .kdr = 25 }, -EINVAL, false },
		{ "an encrypted element", { .extension = { 2 } }, 0, true },
		{ "the last one", { .extension = { [31] = 128 } }, 0, true },
		{ "padding encrypted", { .extension = { 1 } }, -EINVAL, false },
		{ "elements but not the payload",
		  { .extension = { 2 }, .plain_rtp = true }, -EINVAL, false },
		{ "GCM without encryption",
		  { .suite = SG_SUITE_AEAD_AES_128_GCM, .plain_rtp = true },
		  -EINVAL, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sg_master_key master = cases[i].change;
		struct sg_key key;
		int err;

		if (!master.suite)
			master.suite = b3_master.suite;
		for (int j = 0; j < master.mki_length && j < SG_MKI_LONGEST; j++)
			master.mki[j] = j + 1;
		memcpy(master.key, b3_master.key, sizeof(master.key));
		memcpy(master.salt, b3_master.salt, sizeof(master.salt));
		err = sg_master_key_derive(&key, &master);
		ktap(err == cases[i].err &&
		     !(key.flags & SG_KEY_USER) == !cases[i].user,
		     "%s: %s", cases[i].name, cases[i].err ? "refused" :
		     cases[i].user ? "for the slow path" : "for the fast path");
		if (!err && cases[i].user)
			ktap(key.user.kdr == master.kdr && key.fingerprint &&
			     key.mki_length == master.mki_length &&
			     sg_secret_equal(key.user.key, master.key, 32) &&
			     sg_secret_equal(key.user.salt, master.salt, 14) &&
			     !memcmp(key.user.mki, master.mki, SG_MKI_LONGEST) &&
			     !memcmp(key.user.extension, master.extension, 32),
			     "%s: the master key is in it", cases[i].name);
	}
}

/* Against sha256sum(1) over the same bytes. */
static void test_fingerprint(void)
{
	struct sg_master_key master = b3_master;
	struct sg_key key, other;

	ktap(!sg_master_key_derive(&key, &master) &&
	     key.fingerprint == 0xe1ca0f85, "the fingerprint is SHA-256's");
	master.mki_length = 1;
	ktap(!sg_master_key_derive(&other, &master) &&
	     other.fingerprint == key.fingerprint, "an MKI does not change it");
	master.salt[13] ^= 1;
	ktap(!sg_master_key_derive(&other, &master) &&
	     other.fingerprint != key.fingerprint, "a salt does");
	master = b3_master;
	master.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_32;
	ktap(!sg_master_key_derive(&other, &master) &&
	     other.fingerprint != key.fingerprint, "and so does the suite");
}

/* Refused, and nothing of the key is left behind. */
static bool refuses(const char *text)
{
	static const struct sg_master_key nothing;
	struct sg_master_key key = b3_master;

	return sg_master_key_parse(&key, text) == -EINVAL &&
	       sg_secret_equal(&key, &nothing, sizeof(key));
}

static void test_inline(void)
{
	struct sg_master_key key = { .suite = b3_master.suite };
	char text[sizeof(b3_inline) + 1];
	bool all = true;

	ktap(!sg_master_key_parse(&key, b3_inline) &&
	     sg_secret_equal(key.key, b3_master.key, sizeof(key.key)) &&
	     sg_secret_equal(key.salt, b3_master.salt, sizeof(key.salt)),
	     "inline key and salt are read");
	for (int i = 0; i < SG_BASE64_SIZE(30); i++) {
		memcpy(text, b3_inline, sizeof(b3_inline));
		text[i] = "=-_ \n\x80"[i % 6];
		all &= refuses(text);
	}
	ktap(all, "a character that is not base64 is refused anywhere");
	snprintf(text, sizeof(text), "%.39s", b3_inline);
	ktap(refuses(text), "39 characters are refused");
	snprintf(text, sizeof(text), "%sA", b3_inline);
	ktap(refuses(text), "41 characters are refused");
	ktap(refuses(""), "none are refused");
}

int main(void)
{
	test_derivation();
	test_long_keys();
	test_tags();
	test_user_keys();
	test_fingerprint();
	test_inline();
	return ktap_finish();
}
