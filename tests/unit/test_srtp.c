// SPDX-License-Identifier: GPL-2.0-only
/*
 * SRTP in userspace: published vectors, packets made by another program
 * (tests/unit/data/srtp), every spoilt bit, and derivation intervals.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "lib/aes_compact.h"
#include "lib/master_key.h"
#include "lib/secret.h"
#include "lib/srtp.h"
#include "lib/srtp_extension.h"

#define VECTORS "tests/unit/data/srtp/vectors.txt"

enum { ROOM = 512 };

/* Bytes of @hex; returns how many. */
static __u32 unhex(__u8 *out, const char *hex)
{
	__u32 size = strlen(hex) / 2;

	for (__u32 i = 0; i < size; i++)
		sscanf(hex + 2 * i, "%2hhx", &out[i]);
	return size;
}

static bool is_hex(const __u8 *bytes, __u32 size, const char *hex)
{
	__u8 expected[ROOM];

	return unhex(expected, hex) == size &&
	       sg_secret_equal(bytes, expected, size);
}

/* -- ciphers ----------------------------------------------------------------- */

/* RFC 3711 B.1 */
static void test_f8(void)
{
	static const char text[] = "pseudorandomness is the next best thing";
	__u8 key[16], salt[14], header[12], data[sizeof(text) - 1];
	struct srtp_keystream stream = { 0 };
	struct srtp_packet_iv iv;
	int err;

	unhex(key, "234829008467be186c3de14aae72d62c");
	unhex(salt, "32f2870d55555555555555555555"); /* of 32 bits, filled up */
	unhex(header, "806e5cba50681de55c621599");
	memcpy(data, text, sizeof(data));
	srtp_packet_iv(&iv, false, true, 0xd462564a5cba, header);
	ktap(is_hex(iv.f8, 16, "006e5cba50681de55c621599d462564a"),
	     "RFC 3711 B.1: the IV of f8");
	err = srtp_keystream_key(&stream, true, key, 16, salt) ?:
	      srtp_keystream_xor(&stream, &iv, data, sizeof(data));
	ktap(!err && is_hex(data, sizeof(data),
			    "019ce7a26e7854014a6366aa95d4eefd"
			    "1ad4172a14f9faf455b7f1d4b62bd08f562c0eef7c4802"),
	     "RFC 3711 B.1: the cipher text of f8");
	srtp_keystream_free(&stream);
}

/* Session key and key stream, salt f0f1...fd, SSRC and index zero. */
static const struct {
	const char *name, *key, *stream;
} counter_vectors[] = {
	{ "RFC 3711 B.2: AES-CM", "2b7e151628aed2a6abf7158809cf4f3c",
	  "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
	  "41e95b3bb0a2e8dd477901e4fca894c0" },
	{ "RFC 6188 7.3: AES-192-CM",
	  "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
	  "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a"
	  "474a40c77894bc17180202272a4c264d" },
	{ "RFC 6188 7.1: AES-256-CM",
	  "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
	  "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac"
	  "63c4868b7096d88421b563b8c94c9a31" },
};

static void test_counter_mode(void)
{
	static const __u8 packet[12];
	struct srtp_packet_iv iv;

	srtp_packet_iv(&iv, false, true, 0, packet);
	for (size_t i = 0; i < 3; i++) {
		struct srtp_keystream stream = { 0 };
		__u8 key[32], salt[14], data[48] = { 0 };
		__u32 size = unhex(key, counter_vectors[i].key);
		int err;

		unhex(salt, "f0f1f2f3f4f5f6f7f8f9fafbfcfd");
		err = srtp_keystream_key(&stream, false, key, size, salt) ?:
		      srtp_keystream_xor(&stream, &iv, data, sizeof(data));
		ktap(!err && is_hex(data, 48, counter_vectors[i].stream),
		     "%s", counter_vectors[i].name);
		srtp_keystream_free(&stream);
	}
}

/* The way into the data plane's form of a key, and back. */
static void test_restored_keys(void)
{
	struct random random = { 197 };

	for (int size = 16; size <= 32; size += 8) {
		struct sg_aes_key compact;
		bool right = true;

		for (int i = 0; i < 100; i++) {
			__u8 key[32], back[32], salt[14], back_salt[14];
			__u64 both[2];

			random_bytes(&random, key, size);
			random_bytes(&random, salt, sizeof(salt));
			sg_aes_key_compact(&compact, key, size);
			sg_aes_salt_compact(both, key, salt, 14);
			sg_aes_key_restore(back, size, &compact);
			sg_aes_salt_restore(back_salt, 14, back, both);
			right &= sg_secret_equal(key, back, size) &&
				 sg_secret_equal(salt, back_salt, 14);
		}
		ktap(right, "an AES key of %d bits comes back", 8 * size);
	}
}

/* -- packets that others published ------------------------------------------- */

#define RTP "800f1234decafbadcafebabeabababababababababababababababab"
#define RTCP "81c8000bcafebabeabababababababababababababababab"
#define B3_KEY "e1f97a0d3e018be0d64fa32c06de4139"
#define B3_SALT "0ec675ad498afeebb6960b3aabe6"

/*
 * libsrtp's test/srtp_driver.c: under the master key of RFC 3711 B.3, which is
 * that of RFC 6904 appendix A as well, RFC 6188 7.2's and its own of GCM.
 */
static const struct {
	const char *name;
	enum sg_suite suite;
	const char *key, *salt;
	__u8 extension;
	bool rtcp;
	__u64 index;
	const char *plain, *sealed;
} published[] = {
	{ "libsrtp: SRTP", SG_SUITE_AES_CM_128_HMAC_SHA1_80, B3_KEY, B3_SALT,
	  0, false, 0x1234, RTP,
	  "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402"
	  "b78d6acc99ea179b8dbb" },
	{ "libsrtp: SRTCP", SG_SUITE_AES_CM_128_HMAC_SHA1_80, B3_KEY, B3_SALT,
	  0, true, 1, RTCP,
	  "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001"
	  "993e08cd54d6c1230798" },
	{ "RFC 6904 A: encrypted elements", SG_SUITE_AES_CM_128_HMAC_SHA1_80,
	  B3_KEY, B3_SALT, 1 << 1 | 1 << 3 | 1 << 4, false, 0x1234,
	  "900f1234decafbadcafebabebede0006"
	  "17414273a475262748220000c8308e4655996386b395fb00"
	  "abababababababababababababababab",
	  "900f1234decafbadcafebabebede0006"
	  "17588a9270f4e15e1c220000c8309546a994f0bc54789700"
	  "4e55dc4ce79978d88ca4d215949d24025a46b3ca35c535a891c7" },
	{ "libsrtp: encrypted elements with GCM", SG_SUITE_AEAD_AES_128_GCM,
	  B3_KEY, "0ec675ad498afeebb6960b3a", 1 << 1 | 1 << 3 | 1 << 4, false,
	  0x1234,
	  "900f1234decafbadcafebabebede0006"
	  "17414273a475262748220000c8308e4655996386b395fb00"
	  "abababababababababababababababab",
	  "900f1234decafbadcafebabebede0006"
	  "1712e0205bfa949b1c220000c830bb46732778d9929aab00"
	  "0eca0cf95ee955b26cd3d288b49f6ca9f4b1b759719eb5bc"
	  "113b9ff1d40cd25a" /* their tag ends in front of this */ },
	{ "libsrtp: AES-256", SG_SUITE_AES_256_CM_HMAC_SHA1_80,
	  "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
	  "3b04803de51ee7c96423ab5b78d2", 0, false, 0x1234, RTP,
	  "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40d"
	  "a08d9d9a5b3a55d8873b" },
	{ "libsrtp: GCM, SRTP", SG_SUITE_AEAD_AES_128_GCM,
	  "000102030405060708090a0b0c0d0e0f", "a0a1a2a3a4a5a6a7a8a9aaab", 0,
	  false, 0x1234, RTP,
	  "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06e"
	  "d2976826f796b201df3131a127e8a392" },
	{ "libsrtp: GCM, SRTCP", SG_SUITE_AEAD_AES_128_GCM,
	  "000102030405060708090a0b0c0d0e0f", "a0a1a2a3a4a5a6a7a8a9aaab", 0,
	  true, 1, RTCP,
	  "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbe"
	  "a2b3b446ea31123ba88ce61e80000001" },
};

/* The same key for the slow path, whatever it is: an ID that no packet has. */
static struct srtp_key *new_key(struct sg_master_key *master, bool user)
{
	struct srtp_key *srtp = NULL;
	struct sg_key key;

	if (user)
		master->extension[31] |= 128;
	if (!sg_master_key_derive(&key, master) &&
	    (!user || key.flags & SG_KEY_USER))
		srtp = srtp_key_new(&key);
	sg_secret_zero(&key, sizeof(key));
	return srtp;
}

static bool seals_to(struct srtp_key *key, bool rtcp, __u64 index,
		     const char *plain, const char *sealed)
{
	__u8 packet[ROOM];
	__u32 length = unhex(packet, plain);

	return !srtp_seal(key, rtcp, index, packet, &length) &&
	       is_hex(packet, length, sealed);
}

static bool opens_to(struct srtp_key *key, bool rtcp, __u64 index,
		     const char *sealed, const char *plain)
{
	__u8 packet[ROOM], out[ROOM];
	__u32 length = unhex(packet, sealed), opened;

	return srtp_is_for(key, rtcp, packet, length) &&
	       !srtp_open(key, rtcp, index, packet, length, out, &opened) &&
	       is_hex(out, opened, plain);
}

static void test_published(void)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		struct sg_master_key master = { .suite = published[i].suite };
		bool right = true;

		unhex(master.key, published[i].key);
		unhex(master.salt, published[i].salt);
		master.extension[0] = published[i].extension;
		for (int user = 0; user < 2; user++) {
			struct srtp_key *key = new_key(&master, user);

			right &= key && seals_to(key, published[i].rtcp,
						 published[i].index,
						 published[i].plain,
						 published[i].sealed);
			right &= key && opens_to(key, published[i].rtcp,
						 published[i].index,
						 published[i].sealed,
						 published[i].plain);
			srtp_key_free(key);
		}
		ktap(right, "%s", published[i].name);
	}
}

/* -- packets that make.py computed ------------------------------------------- */

/* A line of the file, hexadecimal as it is there. */
struct vector {
	char suite[64], key[80], salt[40], ids[40], kind[8];
	char plain[600], sealed[600];
	unsigned kdr;
	unsigned long long index;
};

static void read_ids(__u8 extension[32], const char *ids)
{
	for (const char *at = ids; at && *at != '-';) {
		int id = atoi(at);

		extension[id / 8] |= 1 << id % 8;
		at = strchr(at, ',');
		at += !!at;
	}
}

static void test_vector(const struct vector *v, unsigned number)
{
	struct sg_master_key master = {
		.suite = sg_suite_by_name(v->suite),
		.kdr = v->kdr,
	};
	bool rtcp = !strcmp(v->kind, "rtcp");
	struct srtp_key *key;

	unhex(master.key, v->key);
	unhex(master.salt, v->salt);
	read_ids(master.extension, v->ids);
	key = new_key(&master, false);
	ktap(key && seals_to(key, rtcp, v->index, v->plain, v->sealed) &&
	     opens_to(key, rtcp, v->index, v->sealed, v->plain),
	     "vector %u: %s %s, index %llu, KDR %u, IDs %s", number, v->suite,
	     v->kind, v->index, v->kdr, v->ids);
	srtp_key_free(key);
}

static void test_vectors(void)
{
	FILE *file = fopen(VECTORS, "r");
	static char line[2048];
	unsigned count = 0;
	struct vector v;

	if (!file)
		ktap_bail_out("%s: %s", VECTORS, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#')
			continue;
		if (sscanf(line, "%63s %79s %39s %u %39s %7s %llu %599s %599s",
			   v.suite, v.key, v.salt, &v.kdr, v.ids, v.kind,
			   &v.index, v.plain, v.sealed) != 9)
			ktap_bail_out("%s: not a vector: %s", VECTORS, line);
		test_vector(&v, ++count);
	}
	fclose(file);
	ktap(count >= 20, "%u vectors were there", count);
}

/* -- what must not open ------------------------------------------------------ */

static const struct sg_master_key *random_key(struct random *random,
					      enum sg_suite suite)
{
	static struct sg_master_key key;
	__u8 bytes[SG_INLINE_MAX];

	memset(&key, 0, sizeof(key));
	key.suite = suite;
	random_bytes(random, bytes, sizeof(bytes));
	sg_master_key_set(&key, bytes);
	return &key;
}

static __u32 make_packet(__u8 *packet, bool rtcp)
{
	struct rtp rtp = { .ssrc = 0x1234567, .sequence = 7, .csrcs = 2,
			   .extension = true, .extension_words = 2,
			   .payload = 21 };
	__u32 length;

	if (rtcp)
		return rtcp_build(packet, rtp.ssrc, 5, 1);
	length = rtp_build(packet, &rtp);
	unhex(packet + 20, "bede000211aaaa000030bb00");
	return length;
}

/* Refused, and nothing of the packet is left. */
static bool refused(struct srtp_key *key, bool rtcp, __u64 index,
		    const __u8 *sealed, __u32 length)
{
	static const __u8 zeros[ROOM];
	__u8 out[ROOM];
	__u32 opened;

	if (!srtp_is_for(key, rtcp, sealed, length))
		return true;
	return srtp_open(key, rtcp, index, sealed, length, out, &opened) &&
	       sg_secret_equal(out, zeros, length);
}

static void test_spoilt(enum sg_suite suite, bool rtcp)
{
	struct random random = { suite };
	struct sg_master_key master = *random_key(&random, suite);
	__u8 packet[ROOM], plain[ROOM], out[ROOM];
	__u32 length, size, opened;
	bool all = true;
	struct srtp_key *key;

	master.mki_length = 20;
	memset(master.mki, 0x4d, 20);
	master.extension[0] = 1 << 1;
	key = new_key(&master, true);
	size = length = make_packet(packet, rtcp);
	memcpy(plain, packet, size);
	ktap(key && !srtp_seal(key, rtcp, 7, packet, &length) &&
	     length == size + srtp_trailer(key, rtcp) &&
	     !srtp_open(key, rtcp, 7, packet, length, out, &opened) &&
	     opened == size && sg_secret_equal(plain, out, size),
	     "%s %s: sealed and opened", sg_suite_name(suite),
	     rtcp ? "SRTCP" : "SRTP");
	for (__u32 bit = 0; bit < 8 * length; bit++) {
		packet[bit / 8] ^= 1 << bit % 8;
		all &= refused(key, rtcp, 7, packet, length);
		packet[bit / 8] ^= 1 << bit % 8;
	}
	ktap(all, "each of %u bits is authenticated", 8 * length);
	for (all = true, size = 0; size < length; size++)
		all &= refused(key, rtcp, 7, packet, size);
	ktap(all, "and the length");
	if (!rtcp)
		ktap(refused(key, rtcp, 7 + (1 << 16), packet, length),
		     "and the rollover counter");
	srtp_key_free(key);
}

/* -- derivation intervals ----------------------------------------------------- */

/*
 * RFC 3711 4.3.1: under a rate of 2^kdr, packets of one interval share session
 * keys, and a packet that comes late finds those of its own interval. The
 * judge derives each packet's keys in a key of its own.
 */
static void test_intervals(int kdr, bool rtcp)
{
	struct random random = { kdr };
	struct sg_master_key master =
		*random_key(&random, SG_SUITE_AES_CM_128_HMAC_SHA1_80);
	__u64 boundary = (rtcp ? 64ull : 0x10000ull) << kdr;
	struct srtp_key *key, *fresh;
	bool right = true;

	master.kdr = kdr;
	key = new_key(&master, false);
	for (int i = 0; i < 200; i++) {
		__u64 index = boundary + random_below(&random, 200) - 100;
		__u8 packet[ROOM], out[ROOM];
		__u32 length = make_packet(packet, rtcp), opened;

		fresh = new_key(&master, false);
		put16(packet + 2, rtcp ? 6 : index);
		right &= !srtp_seal(fresh, rtcp, index, packet, &length) &&
			 !srtp_open(key, rtcp, index, packet, length, out,
				    &opened);
		srtp_key_free(fresh);
	}
	ktap(right, "KDR %d, %s: 200 packets in any order across a boundary",
	     kdr, rtcp ? "SRTCP" : "SRTP");
	srtp_key_free(key);
}

/* What is encrypted at @index with all session keys from interval @r. */
static void seal_zeros(const struct sg_master_key *master, __u64 index,
		       __u8 *packet)
{
	struct srtp_key *key;
	struct sg_master_key copy = *master;
	__u32 length = 28;

	memset(packet, 0, ROOM);
	packet[0] = 0x80;
	put16(packet + 2, index);
	key = new_key(&copy, false);
	if (!key || srtp_seal(key, false, index, packet, &length))
		ktap_bail_out("a packet is not sealed");
	srtp_key_free(key);
}

static void test_rate_matters(void)
{
	struct random random = { 1 };
	struct sg_master_key master =
		*random_key(&random, SG_SUITE_AES_CM_128_HMAC_SHA1_80);
	__u8 none[ROOM], before[ROOM], behind[ROOM];

	seal_zeros(&master, 15, none);
	master.kdr = 4;
	seal_zeros(&master, 15, before);
	ktap(sg_secret_equal(none, before, 38),
	     "in interval 0 the keys are those without a rate");
	seal_zeros(&master, 16, behind);
	master.kdr = 0;
	seal_zeros(&master, 16, none);
	ktap(!sg_secret_equal(none, behind, 38), "from interval 1 on others");
}

/* -- header extensions -------------------------------------------------------- */

static const struct {
	const char *name, *elements; /* with the extension's header */
	const char *changed;	/* x: a byte that must change */
	int err;
} extensions[] = {
	{ "one-byte form", "bede000211aaaa000030bb00", "........"
	  "..xxxx..........", 0 },
	{ "padding first", "bede000200000011aaaa0000", "........"
	  "........xxxx....", 0 },
	{ "15 ends it", "bede0002f011aaaa0000aaaa", "........"
	  "................", 0 },
	{ "0 with a length ends it", "bede00020111aaaa0000aaaa", "........"
	  "................", 0 },
	{ "two-byte form", "1000000201020abc0100ff00", "........"
	  "....xxxx........", 0 },
	{ "with application bits", "100f00020003010101010000", "........"
	  "............xx..", 0 },
	{ "an element of no bytes", "1000000101000000", "................", 0 },
	{ "another form", "abcd000111aaaa00", "................", 0 },
	{ "no elements", "bede0000", "........", 0 },
	{ "an element that is too long", "bede000117aaaa00",
	  "................", -EBADMSG },
	{ "a length that is missing", "1000000100000001", "................",
	  -EBADMSG },
	{ "a two-byte one that is too long", "1000000101030aaa",
	  "................", -EBADMSG },
};

static void test_extension(size_t i)
{
	static const __u8 key[16] = { 1 }, salt[14] = { 2 };
	static const __u8 ids[32] = { 1 << 1 };
	struct srtp_keystream stream = { 0 };
	__u8 packet[ROOM] = { 0x90 }, before[ROOM];
	__u32 size = 12 + unhex(packet + 12, extensions[i].elements);
	struct srtp_packet_iv iv = { .counter = { 3 } };
	bool right;

	memcpy(before, packet, size);
	right = !srtp_keystream_key(&stream, false, key, 16, salt) &&
		srtp_extension_xor(&stream, &iv, ids, packet, size) ==
			extensions[i].err;
	for (__u32 at = 12; at < size; at++)
		right &= (packet[at] != before[at]) ==
			 (extensions[i].changed[2 * (at - 12)] == 'x');
	ktap(right, "extension: %s", extensions[i].name);
	srtp_keystream_free(&stream);
}

/* -- limits ------------------------------------------------------------------- */

static void test_limits(void)
{
	struct random random = { 5 };
	struct sg_master_key master =
		*random_key(&random, SG_SUITE_F8_128_HMAC_SHA1_80);
	static __u8 packet[SRTP_PACKET_MAX + SRTP_TRAILER_MAX];
	struct srtp_key *key;
	__u32 length;

	master.mki_length = SG_MKI_LONGEST;
	key = new_key(&master, false);
	packet[0] = 0x80;
	length = SRTP_PACKET_MAX - srtp_trailer(key, false);
	ktap(!srtp_seal(key, false, 0, packet, &length) &&
	     length == SRTP_PACKET_MAX, "the longest packet is sealed");
	packet[0] = 0x80;
	length = SRTP_PACKET_MAX - srtp_trailer(key, false) + 1;
	ktap(srtp_seal(key, false, 0, packet, &length) == SG_DROP_TOO_LONG,
	     "one byte more is too long");
	length = 11;
	ktap(srtp_seal(key, false, 0, packet, &length) == SG_DROP_BAD_HEADER,
	     "what has no header is not sealed");
	srtp_key_free(key);
	srtp_key_free(NULL);
}

int main(void)
{
	test_f8();
	test_counter_mode();
	test_restored_keys();
	test_published();
	test_vectors();
	for (int suite = 1; sg_suite_info(suite); suite++) {
		test_spoilt(suite, false);
		test_spoilt(suite, true);
	}
	for (int kdr = 1; kdr <= 24; kdr += kdr < 3 ? 1 : 7) {
		test_intervals(kdr, false);
		test_intervals(kdr, true);
	}
	test_rate_matters();
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		test_extension(i);
	test_limits();
	return ktap_finish();
}
