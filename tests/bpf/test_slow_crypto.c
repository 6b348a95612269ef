// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams with keys that only userspace can use, through slow_begin,
 * slow_commit and slow_finish as the kernel loaded them. What such streams
 * have in common with others is in test_slow_{rollover,reasons,...}.c; here is
 * what is theirs alone.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "../lib/slow_way.h"

#include "../lib/oracle.h"
#include "../lib/packet.h"
#include "../lib/reference.h"
#include "gateway.skel.h"
#include "lib/secret.h"
#include "lib/srtp.h"

enum { SLOT = 8, SSRC = 0xcafe, ROOM = 2048, COUNT = 40 };

static struct rig rig;
static struct scene scene;
static struct outcome outcome;

/* Keys as the tests make them; slow_way.h would change them. */
static void leave(struct sg_master_key *key)
{
	(void)key;
}

static void take_keys_as_they_are(void)
{
	static struct rig_way way;

	way = *rig_way;
	way.change = leave;
	rig_way = &way;
}

static __u32 build(__u8 *packet, bool rtcp, __u64 index)
{
	struct rtp rtp = { .ssrc = SSRC, .sequence = index, .payload = 160,
			   .timestamp = index * 160, .fill = index };

	return rtcp ? rtcp_build(packet, SSRC, 8, index) :
		      rtp_build(packet, &rtp);
}

/* Seals as a peer of its own would: nothing is kept from packet to packet. */
static void seal_as(const struct test_key *key, bool rtcp, __u64 index,
		    __u8 *packet, __u32 *length)
{
	struct srtp_key *srtp;
	struct sg_key derived;

	if (sg_master_key_derive(&derived, &key->master))
		ktap_bail_out("no key is derived");
	srtp = srtp_key_new(&derived);
	if (!srtp || srtp_seal(srtp, rtcp, index, packet, length))
		ktap_bail_out("a packet is not sealed");
	srtp_key_free(srtp);
}

/* One packet from @from to what leaves; 0, or the reason of its drop. */
static int pass_on(const struct test_key *from, const struct test_key *to,
		   bool rtcp, __u64 index, __u64 sealed)
{
	__u8 in[ROOM], expected[ROOM];
	__u32 length = build(in, rtcp, index), size = length, got;
	const __u8 *payload;
	const char *wrong;

	memcpy(expected, in, length);
	if (from->master.suite)
		seal_as(from, rtcp, index, in, &length);
	if (to->master.suite)
		seal_as(to, rtcp, sealed, expected, &size);
	rig_send(&rig, &scene, rtcp, in, length, &outcome);
	if (outcome.reason)
		return outcome.reason;
	wrong = outcome_forwarded(&outcome, &scene, rtcp, &payload, &got);
	if (wrong || got != size || memcmp(payload, expected, size)) {
		ktap_note("index %llu: %s", index, wrong ?: "other bytes");
		return -EBADMSG;
	}
	return 0;
}

static int send(bool rtcp, __u64 index)
{
	return pass_on(&scene.open[0], &scene.seal, rtcp, index, index);
}

static void stage(enum sg_suite open, enum sg_suite seal)
{
	scene_init(&scene, SLOT, open, seal);
}

static void install(void)
{
	rig_install(&rig, &scene);
}

/* -- every kind of key, on both sides ------------------------------------------ */

static const struct kind {
	const char *name;
	enum sg_suite suite;
	__u8 kdr, mki, extension;
} kinds[] = {
	{ "nothing", SG_SUITE_NONE, 0, 0, 0 },
	{ "F8", SG_SUITE_F8_128_HMAC_SHA1_80, 0, 0, 0 },
	{ "F8 with all there is", SG_SUITE_F8_128_HMAC_SHA1_80, 3, 128, 2 },
	{ "AES-CM with a rate", SG_SUITE_AES_CM_128_HMAC_SHA1_32, 4, 0, 0 },
	{ "AES-192 with a long MKI", SG_SUITE_AES_192_CM_HMAC_SHA1_80, 0, 17,
	  0 },
	{ "GCM with encrypted elements", SG_SUITE_AEAD_AES_256_GCM, 0, 16, 2 },
	{ "AES-CM as the fast path has it", SG_SUITE_AES_CM_128_HMAC_SHA1_80,
	  0, 4, 0 },
	{ "AES-192, fast", SG_SUITE_AES_192_CM_HMAC_SHA1_32, 0, 0, 0 },
	{ "AES-256, fast", SG_SUITE_AES_256_CM_HMAC_SHA1_80, 0, 0, 0 },
	{ "GCM, fast", SG_SUITE_AEAD_AES_128_GCM, 0, 1, 0 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool is_user(const struct kind *kind)
{
	return kind->suite > SG_SUITE_LAST_FAST || kind->kdr ||
	       kind->mki > SG_MKI_MAX || kind->extension;
}

static void set_key(struct test_key *key, const struct kind *kind, int seed)
{
	test_key_set(key, kind->suite, seed);
	key->master.kdr = kind->kdr;
	key->master.mki_length = kind->mki;
	memset(key->master.mki, 0xa0 + seed, kind->mki);
	key->master.extension[0] = kind->extension;
}

static void test_pair(const struct kind *open, const struct kind *seal)
{
	bool right = true;

	stage(PLAIN, PLAIN);
	set_key(&scene.open[0], open, 1);
	set_key(&scene.seal, seal, 2);
	install();
	for (__u64 i = 0; i < COUNT && right; i++) {
		right &= !send(false, i);
		right &= !send(true, i);
	}
	ktap(right, "%s to %s: %d packets of RTP and of RTCP", open->name,
	     seal->name, COUNT);
}

static void test_pairs(void)
{
	for (int open = 0; open < KINDS; open++)
		for (int seal = 0; seal < KINDS; seal++)
			if (is_user(&kinds[open]) || is_user(&kinds[seal]))
				test_pair(&kinds[open], &kinds[seal]);
}

/* The fast path sees session keys where there are none, and takes neither. */
static void test_not_fast(void)
{
	const struct rig_way *way = rig_way;
	__u8 packet[ROOM];
	__u32 length;

	rig_way = NULL;
	stage(SG_SUITE_F8_128_HMAC_SHA1_80, PLAIN);
	install();
	length = build(packet, false, 1);
	seal_as(&scene.open[0], false, 1, packet, &length);
	rig_send(&rig, &scene, false, packet, length, &outcome);
	ktap(outcome.reason == SG_DROP_NO_KEY,
	     "the fast path opens nothing with a slow key");
	stage(PLAIN, SG_SUITE_F8_128_HMAC_SHA1_80);
	install();
	length = build(packet, false, 1);
	rig_send(&rig, &scene, false, packet, length, &outcome);
	ktap(outcome.reason == SG_DROP_STALE, "and seals nothing");
	rig_way = way;
}

/* -- several keys ----------------------------------------------------------------- */

/* One of the fast path, one of each other kind; MKIs say whose a packet is. */
static void test_three_keys(void)
{
	struct test_key forger;
	bool right = true;

	stage(PLAIN, PLAIN);
	for (int i = 0; i < SG_OPEN_KEYS; i++) {
		static const int which[] = { 6, 3, 1 };

		set_key(&scene.open[i], &kinds[which[i]], 1 + i);
		scene.open[i].master.mki_length = 4;
		memset(scene.open[i].master.mki, i + 1, 4);
	}
	install();
	for (__u64 i = 0; i < COUNT; i++)
		right &= !pass_on(&scene.open[i * SG_OPEN_KEYS / COUNT],
				  &scene.seal, false, i, i);
	ktap(right, "a fast and two slow keys of one stream, one after another");
	scene.open[2].master.mki[3]++;
	ktap(pass_on(&scene.open[2], &scene.seal, false, COUNT, COUNT) ==
	     SG_DROP_NO_KEY, "an MKI that none has");
	forger = scene.open[0];
	forger.master.key[0]++;
	ktap(pass_on(&forger, &scene.seal, false, COUNT, COUNT) ==
	     SG_DROP_AUTH_FAILED, "a forger who has seen an MKI is one");
}

/* -- derivation intervals ------------------------------------------------------- */

static void test_boundary(int kdr)
{
	__u64 boundary = 1ull << kdr;
	bool right = true;

	stage(E80, E80);
	scene.open[0].master.kdr = kdr;
	scene.seal.master.kdr = kdr;
	install();
	/* Two steps ahead, one back, all of them once. */
	for (__u64 i = boundary - 20; i < boundary + 20; i += 2) {
		right &= !send(false, i + 1);
		right &= !send(false, i);
		right &= send(false, i) == SG_DROP_REPLAYED;
	}
	ktap(right, "KDR %d: late packets and replays across a boundary", kdr);
	right = true;
	for (__u64 i = 0; i < 40; i++)
		right &= !send(true, i);
	ktap(right, "KDR %d: SRTCP", kdr);
}

/* The rate is of indices of 48 bits, so rollovers are in the middle of one. */
static void test_boundary_and_rollover(void)
{
	bool right = true;
	__u64 index;

	stage(E80, E80);
	scene.open[0].master.kdr = 17;
	scene.seal.master.kdr = 17;
	install();
	for (index = 60000; index < 5ull << 16; index += 999)
		right &= !send(false, index);
	index -= 999;
	ktap(right, "KDR 17: five rollovers");
	ktap(send(false, index) == SG_DROP_REPLAYED &&
	     send(false, index - 998) == SG_DROP_TOO_OLD,
	     "behind them a replay and a packet that is too old are known");
}

/* RFC 6904 beside libsrtp2, from end to end. */
static void test_beside_libsrtp(void)
{
	__u8 in[ROOM], plain[ROOM];
	__u32 length, size, got;
	struct oracle sender;
	const __u8 *payload;
	bool right = true;

	stage(E80, PLAIN);
	scene.open[0].master.extension[0] = 1 << 1 | 1 << 3;
	scene.open[0].master.mki_length = 20;
	install();
	oracle_open(&sender, &scene.open[0].master, true, 128);
	for (__u64 i = 0; i < COUNT; i++) {
		struct rtp rtp = { .ssrc = SSRC, .sequence = i, .payload = 50,
				   .extension = true, .extension_words = 2 };

		length = rtp_build(in, &rtp);
		memcpy(in + 12, "\xbe\xde\0\2\x11" "ab\x30" "c\x20" "d\0", 12);
		memcpy(plain, in, size = length);
		if (oracle_run(&sender, false, in, &length))
			ktap_bail_out("libsrtp2 does not seal");
		right &= memcmp(in + 12, plain + 12, 12) &&
			 !memcmp(in + 25 - 4, plain + 25 - 4, 1);
		rig_send(&rig, &scene, false, in, length, &outcome);
		right &= !outcome_forwarded(&outcome, &scene, false, &payload,
					    &got) &&
			 got == size && !memcmp(payload, plain, size);
	}
	oracle_close(&sender);
	ktap(right, "encrypted elements of libsrtp2 with an MKI of 20 octets");
}

/* -- limits --------------------------------------------------------------------- */

static void test_lifetime(void)
{
	bool right = true;

	stage(E80, E80);
	scene.open[0].master.kdr = 2;
	scene.open[0].master.lifetime = 10;
	scene.seal.master.kdr = 2;
	install();
	for (__u64 i = 0; i < 10; i++)
		right &= !send(false, i) && !send(true, i);
	ktap(right && send(false, 10) == SG_DROP_KEY_EXPIRED &&
	     send(true, 10) == SG_DROP_KEY_EXPIRED,
	     "a slow key is good for its lifetime");
	rig_publish(&rig, &scene);
	ktap(send(false, 11) == SG_DROP_KEY_EXPIRED,
	     "a reconfiguration does not lengthen it");
}

/* What sealing adds still fits, or nothing is sealed and no index used. */
static void test_longest(void)
{
	__u8 packet[ROOM + 200];
	struct rtp rtp = { .ssrc = SSRC, .sequence = 1 };
	__u32 most = SG_RTP_MAX - 12 - 10 - 128, length, got;
	const __u8 *payload;

	stage(PLAIN, E80);
	scene.seal.master.mki_length = 128;
	install();
	rtp.payload = most + 1;
	length = rtp_build(packet, &rtp);
	rig_send(&rig, &scene, false, packet, length, &outcome);
	ktap(outcome.reason == SG_DROP_TOO_LONG, "a byte too long to be sealed");
	rtp.payload = most;
	length = rtp_build(packet, &rtp);
	rig_send(&rig, &scene, false, packet, length, &outcome);
	ktap(!outcome_forwarded(&outcome, &scene, false, &payload, &got) &&
	     got == SG_RTP_MAX, "the same index, and as long as can be");
}

/* An element beyond the extension's end: what is not understood is dropped. */
static void test_bad_extension(void)
{
	struct rtp rtp = { .ssrc = SSRC, .extension = true,
			   .extension_words = 1, .payload = 20 };
	__u8 packet[ROOM];
	__u32 length = rtp_build(packet, &rtp);

	stage(PLAIN, E80);
	scene.seal.master.extension[0] = 2;
	install();
	memcpy(packet + 12, "\xbe\xde\0\1\x17" "abc", 8);
	rig_send(&rig, &scene, false, packet, length, &outcome);
	ktap(outcome.reason == SG_DROP_BAD_HEADER, "an extension that is none");
}

/* -- what changes while userspace is at work -------------------------------------- */

static int run(const struct bpf_program *program, const __u8 *frame,
	       __u32 size)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
		    .data_size_in = size, .repeat = 1);

	if (bpf_prog_test_run_opts(bpf_program__fd(program), &options))
		ktap_bail_out("a program does not run");
	return options.retval;
}

static void test_stale(void)
{
	const struct gateway *skeleton = rig.skeleton;
	__u8 packet[ROOM], frame[FRAME_MAX];
	struct sg_state state;
	__u32 length, size;
	int before, behind;

	stage(E80, PLAIN);
	scene.open[0].master.kdr = 1;
	install();
	length = build(packet, false, 1);
	seal_as(&scene.open[0], false, 1, packet, &length);
	size = frame_build(frame, &scene.rtp, packet, length);
	before = run(skeleton->progs.slow_begin, frame, size);
	rig_publish(&rig, &scene);
	behind = run(skeleton->progs.slow_commit, frame, size);
	rig_state(&rig, SLOT, &state);
	ktap(before == SG_SLOW_GO_ON && behind == XDP_DROP && !state.packets,
	     "a stream that is replaced in between commits nothing");

	before = run(skeleton->progs.slow_begin, frame, size);
	slow_setup.packet->open[0].generation++;
	behind = run(skeleton->progs.slow_commit, frame, size);
	ktap(before == SG_SLOW_GO_ON && behind == XDP_DROP,
	     "nor does a key that is");
	before = run(skeleton->progs.slow_begin, frame, size);
	frame[size] = 0;
	behind = run(skeleton->progs.slow_commit, frame, size + 1);
	ktap(before == SG_SLOW_GO_ON && behind == XDP_DROP,
	     "nor a packet that grew when it was opened");
	rig_sync(&rig);
}

/* What is in the map by now; generations tell keys apart, but for a test. */
static void replace_key(const struct test_key *by)
{
	struct sg_key key;

	if (sg_master_key_derive(&key, &by->master))
		ktap_bail_out("no key is derived");
	key.generation = scene.open[0].generation;
	rig_write_key(&rig, scene.stream.open_key[0], &key);
}

/* A key that was wiped is not used from memory. */
static void test_wiped(void)
{
	static const struct sg_key none;
	struct test_key other;
	int before;

	stage(E80, PLAIN);
	scene.open[0].master.kdr = 1;
	test_key_set(&other, E80, 77);
	other.master.kdr = 1;
	install();
	before = send(false, 1);
	rig_write_key(&rig, scene.stream.open_key[0], &none);
	ktap(!before && send(false, 2) == SG_DROP_NO_KEY,
	     "a key that is gone opens nothing");
	slow_crypto_sweep(slow_crypto);
	replace_key(&other);
	ktap(send(false, 3) == SG_DROP_AUTH_FAILED &&
	     !pass_on(&other, &scene.seal, false, 4, 4),
	     "and is forgotten");
	slow_crypto_sweep(slow_crypto);
	replace_key(&scene.open[0]);
	ktap(!pass_on(&other, &scene.seal, false, 5, 5),
	     "one that is there is not");
}

static void test_sizes(void)
{
	const struct bpf_program *programs[] = {
		rig.skeleton->progs.slow_begin,
		rig.skeleton->progs.slow_commit,
		rig.skeleton->progs.slow_finish,
	};

	for (int i = 0; i < 3; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(programs[i]), &info,
					    &size))
			ktap_note("%s: %u instructions verified",
				  bpf_program__name(programs[i]),
				  info.verified_insns);
	}
}

int main(void)
{
	take_keys_as_they_are();
	rig_open(&rig);
	test_sizes();
	test_pairs();
	test_not_fast();
	test_three_keys();
	for (int kdr = 5; kdr <= 15; kdr += 5)
		test_boundary(kdr);
	test_boundary_and_rollover();
	test_beside_libsrtp();
	test_lifetime();
	test_longest();
	test_bad_extension();
	test_stale();
	test_wiped();
	rig_close(&rig);
	return ktap_finish();
}
