// SPDX-License-Identifier: GPL-2.0-only
/*
 * Published vectors through the program as the kernel loaded it: RFC 3711
 * appendix B, RFC 6188 7, RFC 7714 16 and 17, and the reference packets that libsrtp has
 * published in test/srtp_driver.c since 2001.
 */
#include <stdio.h>
#include <string.h>

#include <linux/bpf.h>
#include <openssl/evp.h>

#include "../lib/ktap.h"
#include "../lib/oracle.h"
#include "../lib/packet.h"
#include "../lib/reference.h"
#include "../lib/rig.h"
#include "lib/aes_compact.h"
#include "lib/secret.h"

enum { SLOT = 1 };

static struct rig rig;
static struct scene scene;
static struct outcome outcome;

/* Session key, and blocks 0 to 2 of the key stream under cm_salt. */
static const __u8 cm_salt[14] = {
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6,
	0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd,
};
static const struct {
	const char *name;
	const char *key;
	const char *stream;
	__u8 flags;
} cm_vectors[] = {
	{ "RFC 3711 B.2: AES-CM",
	  "2b7e151628aed2a6abf7158809cf4f3c",
	  "e03ead0935c95e80e166b16dd92b4eb4"
	  "d23513162b02d0f72a43a2fe4a5f97ab"
	  "41e95b3bb0a2e8dd477901e4fca894c0", 0 },
	{ "RFC 6188 7.3: AES-192-CM",
	  "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
	  "35096cba4610028dc1b57503804ce37c"
	  "5de986291dcce161d5165ec4568f5c9a"
	  "474a40c77894bc17180202272a4c264d", SG_KEY_AES_192 },
	{ "RFC 6188 7.1: AES-256-CM",
	  "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
	  "92bdd28a93c3f52511c677d08b5515a4"
	  "9da71b2378a854f67050756ded165bac"
	  "63c4868b7096d88421b563b8c94c9a31", SG_KEY_AES_256 },
};

/* RFC 3711 B.3; libsrtp's reference packets use the same master key. */
static const struct sg_master_key b3_master = {
	.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80,
	.key = { 0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0,
		 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39 },
	.salt = { 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe,
		  0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6 },
};
static const struct reference_keys b3_session = {
	.cipher = { 0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee,
		    0x10, 0x73, 0x4a, 0xfe, 0x3f, 0xf7, 0xa0, 0x87 },
	.salt = { 0x30, 0xcb, 0xbc, 0x08, 0x86, 0x3d, 0x8c,
		  0x85, 0xd4, 0x9d, 0xb3, 0x4a, 0x9a, 0xe1 },
	.auth = { 0xce, 0xbe, 0x32, 0x1f, 0x6f, 0xf7, 0x71,
		  0x6b, 0x6f, 0xd4, 0xab, 0x49, 0xaf, 0x25,
		  0x6a, 0x15, 0x6d, 0x38, 0xba, 0xa4 },
};

static const __u8 srtp_plain[28] = {
	0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe,
	0xba, 0xbe, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
	0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
};
static const __u8 srtp_cipher[38] = {
	0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe,
	0xba, 0xbe, 0x4e, 0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78, 0xd8,
	0x8c, 0xa4, 0xd2, 0x15, 0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d,
	0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b, 0x8d, 0xbb,
};
static const __u8 srtcp_plain[24] = {
	0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe,
	0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
	0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
};
/* Under SRTCP index 1: libsrtp counts before it sends. */
static const __u8 srtcp_cipher[38] = {
	0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0x71, 0x28,
	0x03, 0x5b, 0xe4, 0x87, 0xb9, 0xbd, 0xbe, 0xf8, 0x90, 0x41,
	0xf9, 0x77, 0xa5, 0xa8, 0x80, 0x00, 0x00, 0x01, 0x99, 0x3e,
	0x08, 0xcd, 0x54, 0xd6, 0xc1, 0x23, 0x07, 0x98,
};

static void install(enum sg_suite open, enum sg_suite seal)
{
	scene_init(&scene, SLOT, open, seal);
	if (open)
		scene.open[0].master = b3_master;
	if (seal)
		scene.seal.master = b3_master;
	rig_install(&rig, &scene);
}

/* True when @in comes out as @expected. */
static bool converts(bool rtcp, const void *in, __u32 in_size,
		     const void *expected, __u32 size)
{
	const __u8 *payload;
	const char *wrong;
	__u32 length;

	rig_send(&rig, &scene, rtcp, in, in_size, &outcome);
	wrong = outcome_forwarded(&outcome, &scene, rtcp, &payload, &length);
	if (wrong) {
		ktap_note("%s, reason %u", wrong, outcome.reason);
		return false;
	}
	return length == size && !memcmp(payload, expected, size);
}

/* Bytes of @hex; returns how many. */
static __u32 unhex(__u8 *out, const char *hex)
{
	__u32 size = strlen(hex) / 2;

	for (__u32 i = 0; i < size; i++)
		sscanf(hex + 2 * i, "%2hhx", &out[i]);
	return size;
}

static void test_keystream(int vector)
{
	struct sg_key key = {
		.generation = 1000,
		.flags = cm_vectors[vector].flags,
		.rtp_tag = 10,
		.rtcp_tag = 10,
	};
	__u8 packet[128] = { 0x80 }, bytes[32], stream[48];
	__u32 length, size = unhex(stream, cm_vectors[vector].stream);
	const __u8 *payload;
	const char *wrong;

	install(PLAIN, E80);
	sg_aes_key_compact(&key.rtp.aes, bytes,
			   unhex(bytes, cm_vectors[vector].key));
	sg_aes_salt_compact(key.rtp.salt, bytes, cm_salt, 14);
	rig_write_key(&rig, scene.stream.seal_key, &key);

	/* Sequence 0, SSRC 0: the initial counter is the salt alone. */
	rig_send(&rig, &scene, false, packet, RTP_HEADER + size, &outcome);
	wrong = outcome_forwarded(&outcome, &scene, false, &payload, &length);
	ktap(!wrong && length == RTP_HEADER + size + 10 &&
	     !memcmp(payload + RTP_HEADER, stream, size),
	     "%s key stream", cm_vectors[vector].name);
}

static void test_derivation(void)
{
	struct sg_aes_key aes;
	struct sg_key key;
	__u64 salt[2];

	sg_aes_key_compact(&aes, b3_session.cipher, 16);
	sg_aes_salt_compact(salt, b3_session.cipher, b3_session.salt, 14);
	ktap(!sg_master_key_derive(&key, &b3_master) &&
	     sg_secret_equal(&key.rtp.aes, &aes, sizeof(aes)) &&
	     sg_secret_equal(key.rtp.salt, salt, sizeof(salt)),
	     "RFC 3711 B.3: session key and salt");
}

/* All three session keys, as the kernel uses them, for @size bytes. */
static bool seals_as_published(__u32 size)
{
	__u8 plain[SG_RTP_MAX], packet[SG_RTP_MAX];
	__u32 sealed = size;

	memset(plain, 0xa5, size);
	memcpy(plain, srtp_plain, RTP_HEADER);
	put16(plain + 2, size);
	memcpy(packet, plain, size);
	reference_seal_with(&b3_session, 10, false, size, packet, &sealed);
	return converts(false, plain, size, packet, sealed);
}

/* Every position of the end within AES's and SHA-1's blocks. */
static void test_published_keys(void)
{
	__u32 size;

	install(PLAIN, E80);
	for (size = RTP_HEADER; size <= RTP_HEADER + 2 * 256; size++)
		if (!seals_as_published(size))
			break;
	ktap(size == RTP_HEADER + 2 * 256 + 1,
	     "RFC 3711 B.3: cipher, salt and authentication key, 0 to %u bytes",
	     size - RTP_HEADER - 1);
}

/* RFC 7714 16 and 17: session key 00 01 02 ..., salt "Quid pro quo". */
static const char gcm_rtp[] =
	"8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669"
	"736120696e207061727465732074726573";
static const char gcm_rtcp[] =
	"81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61"
	"deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
static const struct {
	const char *name;
	__u8 key;		/* bytes */
	__u8 flags;
	bool rtcp;		/* index 0x5d4 */
	const char *sealed;
} gcm_vectors[] = {
	{ "16.1: AEAD_AES_128_GCM, SRTP", 16, SG_KEY_GCM, false,
	  "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd5"
	  "0d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee439"
	  "0cce" },
	{ "16.2: AEAD_AES_256_GCM, SRTP", 32, SG_KEY_GCM | SG_KEY_AES_256,
	  false,
	  "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab1801238"
	  "9a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a7"
	  "6c13" },
	{ "17.1: AEAD_AES_128_GCM, SRTCP", 16, SG_KEY_GCM, true,
	  "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32d"
	  "c676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf872"
	  "45d9eade800005d4" },
	{ "17.2: AEAD_AES_256_GCM, SRTCP", 32, SG_KEY_GCM | SG_KEY_AES_256,
	  true,
	  "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50"
	  "a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6c"
	  "b26ac3be800005d4" },
	{ "17.3: AEAD_AES_128_GCM, SRTCP tagged only", 16,
	  SG_KEY_GCM | SG_KEY_PLAIN_RTCP, true,
	  "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61"
	  "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841dd9683dd78ec92ae58790"
	  "125f62b3000005d4" },
};

/* Without derivation, which these vectors leave out. */
static void gcm_session(struct sg_session_key *session, int size)
{
	static const __u8 salt[] = "Quid pro quo", zeros[16];
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	__u8 key[32], block[16];
	int done = 0;

	for (int i = 0; i < size; i++)
		key[i] = i;
	sg_aes_key_compact(&session->aes, key, size);
	sg_aes_salt_compact(session->salt, key, salt, 12);
	if (!EVP_EncryptInit_ex(aes, size == 32 ? EVP_aes_256_ecb() :
						  EVP_aes_128_ecb(),
				NULL, key, NULL) ||
	    !EVP_EncryptUpdate(aes, block, &done, zeros, sizeof(zeros)))
		ktap_bail_out("OpenSSL has no AES");
	EVP_CIPHER_CTX_free(aes);
	session->ghash[0] = (__u64)get32(block) << 32 | get32(block + 4);
	session->ghash[1] = (__u64)get32(block + 8) << 32 | get32(block + 12);
}

static void test_gcm(int vector)
{
	bool rtcp = gcm_vectors[vector].rtcp, right;
	struct sg_key key = {
		.generation = 1000,
		.flags = gcm_vectors[vector].flags,
		.rtp_tag = 16,
		.rtcp_tag = 16,
	};
	__u8 plain[128], sealed[128];
	struct sg_state state;
	__u32 size, length = unhex(sealed, gcm_vectors[vector].sealed);

	size = unhex(plain, rtcp ? gcm_rtcp : gcm_rtp);
	gcm_session(&key.rtp, gcm_vectors[vector].key);
	key.rtcp = key.rtp;
	scene_init(&scene, SLOT, E80, PLAIN);
	rig_install(&rig, &scene);
	rig_write_key(&rig, scene.stream.open_key[0], &key);
	sealed[length / 2] ^= 1;
	right = !converts(rtcp, sealed, length, plain, size);
	sealed[length / 2] ^= 1;
	right &= converts(rtcp, sealed, length, plain, size);

	scene_init(&scene, SLOT, PLAIN, E80);
	rig_install(&rig, &scene);
	rig_write_key(&rig, scene.stream.seal_key, &key);
	rig_state(&rig, SLOT, &state);
	state_add_source(&state, &scene, get32(plain + (rtcp ? 4 : 8)))
		->rtcp_sealed = 0x5d4;
	rig_set_state(&rig, SLOT, &state);
	right &= converts(rtcp, plain, size, sealed, length);
	ktap(right, "RFC 7714 %s", gcm_vectors[vector].name);
}

/* What RFC 4568 6.3.2 and 6.3.3 take from the next key of each scene. */
static struct sg_master_key services;

static void set_services(struct sg_master_key *key)
{
	key->plain_rtp = services.plain_rtp;
	key->plain_rtcp = services.plain_rtcp;
	key->untagged_rtp = services.untagged_rtp;
}

/* One packet of @size bytes, RTP or RTCP, both ways. */
static bool converts_as_reference(enum sg_suite suite, bool rtcp, __u32 size)
{
	__u8 plain[SG_RTP_MAX], packet[SG_RTP_MAX];
	__u32 sealed = size;

	memset(plain, 0xa5, size);
	memcpy(plain, rtcp ? srtcp_plain : srtp_plain, RTCP_HEADER);
	if (!rtcp)
		put16(plain + 2, size);
	memcpy(packet, plain, size);
	scene_init(&scene, SLOT, suite, PLAIN);
	set_services(&scene.open[0].master);
	rig_install(&rig, &scene);
	reference_seal(&scene.open[0].master, rtcp,
		       rtcp ? 0x1234567 : size, packet, &sealed);
	if (!converts(rtcp, packet, sealed, plain, size))
		return false;

	/* An SSRC begins at index 0. */
	memcpy(packet, plain, size);
	sealed = size;
	scene_init(&scene, SLOT, PLAIN, suite);
	set_services(&scene.seal.master);
	rig_install(&rig, &scene);
	reference_seal(&scene.seal.master, rtcp, rtcp ? 0 : size, packet,
		       &sealed);
	return converts(rtcp, plain, size, packet, sealed);
}

/* Beside the tests' own SRTP, which has keys, IVs and order from the RFCs. */
static void test_suite(enum sg_suite suite)
{
	bool right = true;
	__u32 size;

	for (size = RTP_HEADER; size <= RTP_HEADER + 200 && right; size++)
		right = converts_as_reference(suite, false, size) &&
			converts_as_reference(suite, true, size);
	ktap(right, "%s%s%s%s, RTP and RTCP up to %u bytes",
	     sg_suite_name(suite),
	     services.plain_rtp ? ", UNENCRYPTED_SRTP" : "",
	     services.plain_rtcp ? ", UNENCRYPTED_SRTCP" : "",
	     services.untagged_rtp ? ", UNAUTHENTICATED_SRTP" : "", size - 1);
}

static void test_services(void)
{
	services = (struct sg_master_key){ .plain_rtp = true };
	test_suite(E80);
	services = (struct sg_master_key){ .plain_rtcp = true };
	test_suite(E32);
	test_suite(SG_SUITE_AEAD_AES_128_GCM);
	services = (struct sg_master_key){ .untagged_rtp = true };
	test_suite(SG_SUITE_AES_256_CM_HMAC_SHA1_80);
	services = (struct sg_master_key){ .plain_rtp = true,
					   .plain_rtcp = true };
	test_suite(E80);
	services = (struct sg_master_key){ 0 };
}

/* A key that encrypts does not take SRTCP that is not, nor the reverse. */
static void test_e_bit(enum sg_suite suite, bool plain)
{
	struct sg_master_key other;
	__u8 packet[128];
	__u32 length = sizeof(srtcp_plain);

	scene_init(&scene, SLOT, suite, PLAIN);
	scene.open[0].master.plain_rtcp = plain;
	rig_install(&rig, &scene);
	other = scene.open[0].master;
	other.plain_rtcp = !plain;
	memcpy(packet, srtcp_plain, length);
	reference_seal(&other, true, 1, packet, &length);
	rig_send(&rig, &scene, true, packet, length, &outcome);
	ktap(outcome.verdict == XDP_DROP &&
	     outcome.reason == SG_DROP_NOT_ENCRYPTED,
	     "%s, %s: the E bit must agree", sg_suite_name(suite),
	     plain ? "UNENCRYPTED_SRTCP" : "encrypted");
}

static void test_reference_packets(void)
{
	install(E80, PLAIN);
	ktap(converts(false, srtp_cipher, sizeof(srtp_cipher), srtp_plain,
		      sizeof(srtp_plain)), "libsrtp's SRTP packet opens");
	ktap(converts(true, srtcp_cipher, sizeof(srtcp_cipher), srtcp_plain,
		      sizeof(srtcp_plain)), "libsrtp's SRTCP packet opens");

	install(PLAIN, E80);
	ktap(converts(false, srtp_plain, sizeof(srtp_plain), srtp_cipher,
		      sizeof(srtp_cipher)), "libsrtp's SRTP packet is sealed");
	rig_send(&rig, &scene, true, srtcp_plain, sizeof(srtcp_plain),
		 &outcome);
	ktap(converts(true, srtcp_plain, sizeof(srtcp_plain), srtcp_cipher,
		      sizeof(srtcp_cipher)),
	     "libsrtp's SRTCP packet is sealed, second in turn");
}

/* The vectors and the libraries that other tests trust, against each other. */
static void test_judges(void)
{
	__u8 packet[64] __attribute__((aligned(4)));
	__u32 length = sizeof(srtp_plain);
	struct oracle oracle;

	memcpy(packet, srtp_plain, length);
	reference_seal(&b3_master, false, 0x1234, packet, &length);
	ktap(length == sizeof(srtp_cipher) &&
	     !memcmp(packet, srtp_cipher, length),
	     "the tests' own SRTP makes libsrtp's packet");
	length = sizeof(srtcp_plain);
	memcpy(packet, srtcp_plain, length);
	reference_seal(&b3_master, true, 1, packet, &length);
	ktap(length == sizeof(srtcp_cipher) &&
	     !memcmp(packet, srtcp_cipher, length),
	     "the tests' own SRTCP makes libsrtp's packet");

	oracle_open(&oracle, &b3_master, true, 128);
	length = sizeof(srtp_plain);
	memcpy(packet, srtp_plain, length);
	ktap(!oracle_run(&oracle, false, packet, &length) &&
	     length == sizeof(srtp_cipher) &&
	     !memcmp(packet, srtp_cipher, length),
	     "the installed libsrtp makes libsrtp's packet");
	oracle_close(&oracle);
}

int main(void)
{
	rig_open(&rig);
	test_judges();
	for (size_t i = 0; i < sizeof(cm_vectors) / sizeof(cm_vectors[0]); i++)
		test_keystream(i);
	test_derivation();
	test_published_keys();
	test_reference_packets();
	for (int suite = 1; suite <= SG_SUITE_LAST_FAST; suite++)
		test_suite(suite);
	test_services();
	for (int plain = 0; plain < 2; plain++) {
		test_e_bit(E80, plain);
		test_e_bit(SG_SUITE_AEAD_AES_256_GCM, plain);
	}
	for (size_t i = 0; i < sizeof(gcm_vectors) / sizeof(gcm_vectors[0]);
	     i++)
		test_gcm(i);
	rig_close(&rig);
	return ktap_finish();
}
