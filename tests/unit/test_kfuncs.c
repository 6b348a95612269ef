// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core of srtp_kfuncs.ko in userspace: published vectors, the tests' own
 * SRTP on OpenSSL, libsrtp2, and what it must refuse. All of it with the SHA
 * instructions and without.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../kernel/cpu.h"
#include "../../kernel/known_answers.h"
#include "../lib/ktap.h"
#include "../lib/oracle.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/reference.h"
#include "lib/aes_compact.h"

enum {
	ROUNDS = 1500,		/* packets for each suite */
	PACKET_MAX = 1900,
	GUARD = 64,		/* bytes behind that nobody may touch */
	SSRC = 0xcafebabe,
};

static struct random rng;
static __u32 features;

struct sample {
	struct sg_conversion conversion;
	__u8 bytes[SG_RTP_MAX + SG_CONVERSION_ROOM + GUARD];
	__u32 room;		/* bytes, with what lies behind the packet */
};

static const char *sha(void)
{
	return features & SRTP_SHA_NI ? "SHA instructions" : "SHA-1 in C";
}

static bool guarded(const struct sample *sample)
{
	for (int i = 0; i < GUARD; i++)
		if (sample->bytes[sample->room + i] != 0xee)
			return false;
	return true;
}

static void put(struct sample *sample, const __u8 *bytes, __u32 length,
		__u32 header, bool rtcp, __u64 index)
{
	random_bytes(&rng, sample->bytes, sizeof(sample->bytes));
	memcpy(sample->bytes, bytes, length);
	sample->room = length + SG_CONVERSION_ROOM;
	memset(sample->bytes + sample->room, 0xee, GUARD);
	sample->conversion = (struct sg_conversion){
		.index = index, .second = index, .length = length,
		.header = header, .rtcp = rtcp,
	};
}

static bool is(const struct sample *sample, const __u8 *bytes, __u32 length)
{
	return sample->conversion.length == length && guarded(sample) &&
	       !memcmp(sample->bytes, bytes, length);
}

static int seal(struct sample *sample, const struct sg_key *key)
{
	return srtp_core_seal(&sample->conversion, sample->bytes,
			      sample->room, key, features);
}

static int open(struct sample *sample, const struct sg_key *key)
{
	return srtp_core_open(&sample->conversion, sample->bytes,
			      sample->room, key, features);
}

/* -- packets --------------------------------------------------------------- */

struct packet {
	bool rtcp;
	__u64 index;
	__u32 header, length;
	__u8 bytes[SG_RTP_MAX];
};

static void make_packet(struct packet *packet, bool rtcp)
{
	struct rtp rtp = {
		.ssrc = SSRC,
		.csrcs = random_once_in(&rng, 3) ? random_below(&rng, 16) : 0,
		.extension = random_once_in(&rng, 3),
		.extension_words = random_below(&rng, 20),
	};
	__u64 limit = rtcp ? 1ULL << 31 : 1ULL << 48;

	packet->rtcp = rtcp;
	packet->index = random_next(&rng) % limit;
	random_bytes(&rng, packet->bytes, sizeof(packet->bytes));
	if (rtcp) {
		packet->header = RTCP_HEADER;
		put32(packet->bytes + 4, SSRC);
	} else {
		rtp.sequence = packet->index;
		packet->header = rtp_build(packet->bytes, &rtp);
	}
	packet->length = packet->header + random_below(
		&rng, random_once_in(&rng, 2) ? 260 :
						PACKET_MAX - packet->header);
}

static void make_key(struct sg_master_key *master, struct sg_key *key,
		     enum sg_suite suite, __u8 mki)
{
	__u8 bytes[SG_INLINE_MAX];

	memset(master, 0, sizeof(*master));
	random_bytes(&rng, bytes, sizeof(bytes));
	master->suite = suite;
	master->mki_length = mki;
	random_bytes(&rng, master->mki, mki);
	sg_master_key_set(master, bytes);
	if (sg_master_key_derive(key, master))
		ktap_bail_out("no key of suite %d", suite);
}

/* -- known answers --------------------------------------------------------- */

static void test_known_answers(void)
{
	const char *wrong = srtp_known_answers(features);

	ktap(!wrong, "known answers, %s", sha());
	if (wrong)
		ktap_note("%s", wrong);
}

static __u32 unhex(__u8 *out, const char *hex)
{
	__u32 size = strlen(hex) / 2;

	for (__u32 i = 0; i < size; i++)
		sscanf(hex + 2 * i, "%2hhx", &out[i]);
	return size;
}

static bool known(enum srtp_known_key number, const char *key_hex,
		  const char *salt_hex)
{
	const struct sg_session_key *session = srtp_known_session(number);
	__u8 key[32], salt[14];
	struct sg_aes_key aes;
	__u64 compact[2];

	sg_aes_key_compact(&aes, key, unhex(key, key_hex));
	sg_aes_salt_compact(compact, key, salt, unhex(salt, salt_hex));
	return !memcmp(&aes, &session->aes, sizeof(aes)) &&
	       !memcmp(compact, session->salt, sizeof(compact));
}

/* What the module has in the form of the maps is what the documents say. */
static void test_known_keys(void)
{
	static const char salt[] = "f0f1f2f3f4f5f6f7f8f9fafbfcfd";
	static const char quid[] = "517569642070726f2071756f";
	struct sg_master_key master = {
		.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80,
	};
	struct sg_key key;

	unhex(master.key, "e1f97a0d3e018be0d64fa32c06de4139");
	unhex(master.salt, "0ec675ad498afeebb6960b3aabe6");
	ktap(!sg_master_key_derive(&key, &master) &&
	     !memcmp(&key.rtp, srtp_known_session(SRTP_KNOWN_CM_128_RTP),
		     sizeof(key.rtp)) &&
	     !memcmp(&key.rtcp, srtp_known_session(SRTP_KNOWN_CM_128_RTCP),
		     sizeof(key.rtcp)),
	     "the known keys are those of RFC 3711 B.3");
	ktap(known(SRTP_KNOWN_CM_192, "eab234764e517b2d3d160d587d8c86219740"
				      "f65f99b6bcf7", salt) &&
	     known(SRTP_KNOWN_CM_256, "57f82fe3613fd170a85ec93c40b1f0922ec4"
				      "cb0dc025b58272147cc438944a98", salt),
	     "the known keys are those of RFC 6188 7");
	ktap(known(SRTP_KNOWN_GCM_128, "000102030405060708090a0b0c0d0e0f",
		   quid) &&
	     known(SRTP_KNOWN_GCM_256, "000102030405060708090a0b0c0d0e0f1011"
				       "12131415161718191a1b1c1d1e1f", quid),
	     "the known keys are those of RFC 7714 16");
}

/* -- beside the tests' own SRTP -------------------------------------------- */

static bool converts(const struct sg_master_key *master,
		     const struct sg_key *key, const struct packet *packet)
{
	__u8 sealed[SG_RTP_MAX + SG_CONVERSION_ROOM];
	__u32 length = packet->length, bit;
	static struct sample sample;

	memcpy(sealed, packet->bytes, length);
	reference_seal(master, packet->rtcp, packet->index, sealed, &length);
	put(&sample, packet->bytes, packet->length, packet->header,
	    packet->rtcp, packet->index);
	if (seal(&sample, key) || !is(&sample, sealed, length))
		return false;

	put(&sample, sealed, length, packet->header, packet->rtcp,
	    packet->rtcp ? 0 : packet->index);
	if (open(&sample, key) || !guarded(&sample) ||
	    sample.conversion.index != packet->index ||
	    !is(&sample, packet->bytes, packet->length))
		return false;

	bit = random_below(&rng, 8 * length);
	sealed[bit / 8] ^= 1 << bit % 8;
	put(&sample, sealed, length, packet->header, packet->rtcp,
	    packet->index);
	/* The MKI is not authenticated; its owner looks at it. */
	return (master->mki_length || open(&sample, key) == -EBADMSG) &&
	       (master->mki_length || is(&sample, sealed, length));
}

static void test_suite(enum sg_suite suite)
{
	struct sg_master_key master;
	struct packet packet;
	struct sg_key key;
	bool right = true;
	int i;

	for (i = 0; i < ROUNDS && right; i++) {
		make_key(&master, &key, suite,
			 random_once_in(&rng, 3) ?
				 random_below(&rng, SG_MKI_MAX + 1) : 0);
		make_packet(&packet, i & 1);
		right = converts(&master, &key, &packet);
	}
	ktap(right, "%s beside the tests' own SRTP, %s", sg_suite_name(suite),
	     sha());
	if (!right)
		ktap_note("packet %d, %s of %u bytes, header %u", i - 1,
			  packet.rtcp ? "RTCP" : "RTP", packet.length,
			  packet.header);
}

/* -- beside libsrtp2 ------------------------------------------------------- */

/* It counts for itself: RTP from sequence 0, SRTCP from index 1. */
static bool as_libsrtp(struct oracle *sealer, const struct sg_key *key,
		       bool rtcp, __u32 number)
{
	__u8 theirs[SG_RTP_MAX + SG_CONVERSION_ROOM]
		__attribute__((aligned(4)));
	static struct sample sample;
	struct packet packet;
	__u32 length;

	make_packet(&packet, rtcp);
	packet.length &= ~3; /* as it wants RTCP */
	if (packet.length < packet.header)
		packet.length = packet.header;
	packet.index = rtcp ? number + 1 : number;
	if (!rtcp)
		put16(packet.bytes + 2, number);
	length = packet.length;
	memcpy(theirs, packet.bytes, length);
	if (oracle_run(sealer, rtcp, theirs, &length))
		return false;
	put(&sample, packet.bytes, packet.length, packet.header, rtcp,
	    packet.index);
	return !seal(&sample, key) && is(&sample, theirs, length);
}

static void test_libsrtp(enum sg_suite suite)
{
	struct sg_master_key master;
	struct oracle sealer;
	bool right = true;
	struct sg_key key;

	make_key(&master, &key, suite, 0);
	oracle_open(&sealer, &master, true, 128);
	for (int i = 0; i < ROUNDS && right; i++)
		right = as_libsrtp(&sealer, &key, false, i) &&
			as_libsrtp(&sealer, &key, true, i);
	oracle_close(&sealer);
	ktap(right, "%s beside libsrtp2, %s", sg_suite_name(suite), sha());
}

/* -- indices, services, refusals ------------------------------------------- */

static void test_second_guess(enum sg_suite suite)
{
	__u8 sealed[SG_RTP_MAX];
	struct sg_master_key master;
	static struct sample sample;
	struct packet packet;
	struct sg_key key;
	__u32 length;
	bool right;

	make_key(&master, &key, suite, 4);
	make_packet(&packet, false);
	packet.index &= (1ULL << 32) - 1;
	packet.length = packet.header + 100;
	length = packet.length;
	memcpy(sealed, packet.bytes, length);
	reference_seal(&master, false, packet.index, sealed, &length);

	put(&sample, sealed, length, packet.header, false,
	    packet.index + (1 << 16));
	right = open(&sample, &key) == -EBADMSG && is(&sample, sealed, length);
	sample.conversion.second = packet.index;
	right &= !open(&sample, &key) &&
		 is(&sample, packet.bytes, packet.length) &&
		 sample.conversion.index == packet.index;
	ktap(right, "%s: the second guess of an index", sg_suite_name(suite));
}

/* RFC 4568 6.3.2 and 6.3.3 */
static void test_services(enum sg_suite suite, bool plain_rtp, bool plain_rtcp,
			  bool untagged)
{
	struct sg_master_key master;
	struct packet packet;
	struct sg_key key;
	bool right = true;

	make_key(&master, &key, suite, 0);
	master.plain_rtp = plain_rtp;
	master.plain_rtcp = plain_rtcp;
	master.untagged_rtp = untagged;
	if (sg_master_key_derive(&key, &master))
		ktap_bail_out("no key without a service");
	for (int i = 0; i < ROUNDS / 10 && right; i++) {
		/* Of what has no tag an altered packet would open. */
		make_packet(&packet, untagged || i & 1);
		right = converts(&master, &key, &packet);
	}
	ktap(right, "%s%s%s%s", sg_suite_name(suite),
	     plain_rtp ? ", UNENCRYPTED_SRTP" : "",
	     plain_rtcp ? ", UNENCRYPTED_SRTCP" : "",
	     untagged ? ", UNAUTHENTICATED_SRTP" : "");
}

/* One way in which the caller is wrong: refused, and nothing is touched. */
struct refusal {
	const char *name;
	bool rtcp;
	__u64 index;
	__u32 length, header, room;
	__u8 flags, tag, mki;
};

static void test_refusal(const struct refusal *refusal)
{
	static const __u8 zeros[SG_RTP_MAX + 1];
	struct sg_key key = {
		.flags = refusal->flags,
		.rtp_tag = refusal->tag,
		.rtcp_tag = refusal->tag,
		.mki_length = refusal->mki,
	};
	static struct sample sample, before;
	bool right;

	put(&sample, zeros, refusal->length > SG_RTP_MAX ? SG_RTP_MAX :
							   refusal->length,
	    refusal->header, refusal->rtcp, refusal->index);
	sample.conversion.length = refusal->length;
	if (refusal->room)
		sample.room = refusal->room;
	before = sample;
	right = open(&sample, &key) == -EINVAL &&
		seal(&sample, &key) == -EINVAL;
	ktap(right && !memcmp(&sample, &before, sizeof(sample)), "refused: %s",
	     refusal->name);
}

static void test_refusals(void)
{
	static const struct refusal refusals[] = {
		{ "longer than the data plane carries", 0, 0, SG_RTP_MAX + 1,
		  12, SG_RTP_MAX + SG_CONVERSION_ROOM, 0, 10, 0 },
		{ "no room behind", 0, 0, 200, 12, 327, 0, 10, 0 },
		{ "less room than must be behind", 0, 0, 60, 12, 100, 0, 10,
		  0 },
		{ "a length that wraps", 0, 0, -1u, 12, 127, 0, 10, 0 },
		{ "shorter than its header", 0, 0, 40, 41, 0, 0, 10, 0 },
		{ "a header that wraps with the tag", 0, 0, 100, -8u, 0, 0, 10,
		  0 },
		{ "no header of RTP", 0, 0, 40, 11, 0, 0, 10, 0 },
		{ "no header of RTCP", 1, 0, 7, 0, 0, 0, 10, 0 },
		{ "an index of 49 bits", 0, 1ULL << 48, 100, 12, 0, 0, 10, 0 },
		{ "an SRTCP index of 32 bits", 1, 1ULL << 31, 100, 12, 0, 0,
		  10, 0 },
		{ "a key of the slow path", 0, 0, 100, 12, 0, SG_KEY_USER, 10,
		  0 },
		{ "a tag longer than there is", 0, 0, 100, 12, 0, 0, 13, 0 },
		{ "a short tag with GCM", 0, 0, 100, 12, 0, SG_KEY_GCM, 10, 0 },
		{ "GCM that does not encrypt RTP", 0, 0, 100, 12, 0,
		  SG_KEY_GCM | SG_KEY_PLAIN_RTP, 16, 0 },
		{ "an MKI longer than there is", 0, 0, 100, 12, 0, 0, 10, 17 },
	};
	static const __u32 count = sizeof(refusals) / sizeof(refusals[0]);
	static const __u8 zeros[64];
	static struct sample sample;
	struct sg_key key = { .rtp_tag = 10, .mki_length = 4 };

	for (__u32 i = 0; i < count; i++)
		test_refusal(&refusals[i]);
	put(&sample, zeros, 25, 12, false, 0);
	ktap(open(&sample, &key) == -EINVAL,
	     "refused: open of less than header, MKI and tag");
}

static void test_all(void)
{
	test_known_answers();
	for (int i = 1; i <= SG_SUITE_LAST_FAST; i++)
		test_suite(i);
	for (int i = 1; i <= SG_SUITE_LAST_FAST; i++)
		if (i != SG_SUITE_AES_192_CM_HMAC_SHA1_80 &&
		    i != SG_SUITE_AES_192_CM_HMAC_SHA1_32)
			test_libsrtp(i); /* of 192 bits: test_differential.c */
}

int main(void)
{
	const char *lacking = srtp_cpu_lacks();

	if (lacking) {
		ktap_skip(lacking, "this processor cannot run the module");
		return ktap_finish();
	}
	rng.state = random_setting("SEED", 1);
	test_all();
	features = srtp_cpu_features();
	if (features)
		test_all();
	else
		ktap_skip("the processor has none", "SHA instructions");
	test_known_keys();
	for (int i = 1; i <= SG_SUITE_LAST_FAST; i++)
		test_second_guess(i);
	test_services(SG_SUITE_AES_CM_128_HMAC_SHA1_80, true, false, false);
	test_services(SG_SUITE_AES_CM_128_HMAC_SHA1_32, false, true, false);
	test_services(SG_SUITE_AEAD_AES_128_GCM, false, true, false);
	test_services(SG_SUITE_AES_256_CM_HMAC_SHA1_80, true, true, true);
	test_refusals();
	return ktap_finish();
}
