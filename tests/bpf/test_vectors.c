// SPDX-License-Identifier: GPL-2.0-only
/*
 * Published vectors through the program as the kernel loaded it: RFC 3711
 * appendix B, RFC 6188 7, and the reference packets that libsrtp has
 * published in test/srtp_driver.c since 2001.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/oracle.h"
#include "../lib/packet.h"
#include "../lib/reference.h"
#include "../lib/rig.h"
#include "lib/aes_compact.h"

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
	sg_aes_salt_compact(key.rtp.salt, bytes, cm_salt);
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
	sg_aes_salt_compact(salt, b3_session.cipher, b3_session.salt);
	ktap(!sg_master_key_derive(&key, &b3_master) &&
	     !memcmp(&key.rtp.aes, &aes, sizeof(aes)) &&
	     !memcmp(key.rtp.salt, salt, sizeof(salt)),
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
	rig_install(&rig, &scene);
	reference_seal(&scene.open[0].master, rtcp,
		       rtcp ? 0x1234567 : 0x10000 + size, packet, &sealed);
	if (!converts(rtcp, packet, sealed, plain, size))
		return false;

	/* An SSRC begins at index 0. */
	memcpy(packet, plain, size);
	sealed = size;
	scene_init(&scene, SLOT, PLAIN, suite);
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
	ktap(right, "%s, RTP and RTCP up to %u bytes", sg_suite_name(suite),
	     size - 1);
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
	for (int suite = 1; sg_suite_info(suite); suite++)
		test_suite(suite);
	rig_close(&rig);
	return ktap_finish();
}
