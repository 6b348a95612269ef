// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spoilt frames, from the Ethernet header on, at streams of every kind. What
 * must hold of any frame whatever:
 *   the verdict is pass, drop or redirect, with one counter of that kind;
 *   a passed frame is untouched;
 *   a redirected frame is right in every length, checksum and address;
 *   a redirected frame that had to be opened is one that libsrtp2 opens, to
 *   the same bytes.
 * In the end all counters add up to what became of the frames.
 *
 * SEED=number COUNT=frames
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/oracle.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/rig.h"

enum {
	DEFAULT_COUNT = 200000,
	ETHER = 14,
	SSRC = 0x5eed0000,
	SMALLEST = ETHER,	/* BPF_PROG_RUN takes no less */
	HEADERS = 90,		/* bytes in which most damage is done */
	SHOWN = 5,
};

/*
 * AES-192 is not among them: libsrtp before 2.8 derives its session keys
 * wrongly (test_differential.c).
 */
static const struct kind {
	enum sg_suite open, seal; /* PLAIN: not done */
	__u8 mki;		/* bytes, of the key that opens */
	bool plain_rtp;		/* UNENCRYPTED_SRTP */
	bool opaque;
} kinds[] = {
	{ .open = E80 },
	{ .open = E32 },
	{ .open = SG_SUITE_AES_256_CM_HMAC_SHA1_80 },
	{ .open = SG_SUITE_AES_256_CM_HMAC_SHA1_32 },
	{ .open = SG_SUITE_AEAD_AES_128_GCM },
	{ .open = SG_SUITE_AEAD_AES_256_GCM },
	{ .open = E80, .mki = 3 },
	{ .open = SG_SUITE_AEAD_AES_128_GCM, .mki = SG_MKI_MAX },
	{ .open = E80, .plain_rtp = true },
	{ .seal = E80 },
	{ .seal = SG_SUITE_AEAD_AES_256_GCM },
	{ .open = E80, .seal = E32 },
	{ .open = SG_SUITE_AEAD_AES_128_GCM,
	  .seal = SG_SUITE_AES_256_CM_HMAC_SHA1_80 },
	{ 0 },
	{ .opaque = true },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

_Static_assert((int)KINDS < (int)RIG_STREAMS,
	       "more kinds of stream than the rig has room for");

static struct rig rig;
static struct outcome outcome;
static struct random random_state;
static __u8 frame[FRAME_MAX];
static __u32 size;

static struct target {
	struct scene scene;
	struct oracle sender, opener;
	__u16 sequence;
} targets[KINDS];

static __u64 verdicts[5];

static __u32 below(__u32 limit)
{
	return random_below(&random_state, limit);
}

static bool once_in(__u32 odds)
{
	return random_once_in(&random_state, odds);
}

static bool opens(int number)
{
	return kinds[number].open != PLAIN;
}

static void install(int number)
{
	const struct kind *kind = &kinds[number];
	struct target *target = &targets[number];
	struct scene *scene = &target->scene;
	struct sg_master_key *key = &scene->open[0].master;

	scene_init(scene, 1 + number, kind->open, kind->seal);
	key->plain_rtp = kind->plain_rtp;
	key->mki_length = kind->mki;
	memset(key->mki, 0x42, kind->mki);
	if (kind->opaque)
		scene->stream.flags |= SG_STREAM_OPAQUE;
	scene_set_mux(scene, number & 1, number & 2);
	scene_set_family(scene, number & 1, number & 2);
	rig_install(&rig, scene);
	if (opens(number)) {
		oracle_open(&target->sender, key, true, SG_WINDOW_SIZE);
		oracle_open(&target->opener, key, false, SG_WINDOW_SIZE);
	}
}

/* A right frame for a stream of kind @number. */
static void build(int number)
{
	struct target *target = &targets[number];
	bool rtcp = once_in(4);
	struct rtp rtp = {
		.ssrc = SSRC,
		.sequence = target->sequence++,
		.csrcs = once_in(8) ? below(16) : 0,
		.extension = once_in(8),
		.extension_words = below(8),
		.payload = below(300),
	};
	__u8 packet[FRAME_MAX] __attribute__((aligned(8)));
	__u32 length;

	length = rtcp ? rtcp_build(packet, SSRC, below(60), 0) :
			rtp_build(packet, &rtp);
	if (opens(number) &&
	    oracle_run(&target->sender, rtcp, packet, &length))
		ktap_bail_out("libsrtp2 does not protect a packet");
	size = frame_build(frame, rtcp ? &target->scene.rtcp :
					 &target->scene.rtp, packet, length);
}

/* -- damage -------------------------------------------------------------------- */

static const __u8 nasty[] = { 0, 1, 7, 8, 15, 16, 17, 19, 20, 0x45, 0x46,
			      0x60, 0x7f, 0x80, 0x81, 0x86, 0xdd, 0xff };

static void overwrite(void)
{
	__u32 limit = once_in(4) || size < HEADERS ? size : HEADERS;

	for (__u32 i = 1 + below(3); i; i--)
		frame[below(limit)] = once_in(2) ? nasty[below(sizeof(nasty))] :
						   below(256);
}

static void flip(void)
{
	for (__u32 i = 1 + below(4); i; i--)
		frame[below(size)] ^= 1 << below(8);
}

static void cut(void)
{
	size = SMALLEST + below(size - SMALLEST + 1);
}

static void stretch(void)
{
	__u32 more = 1 + below(once_in(20) ? 1800 : 60);

	random_bytes(&random_state, frame + size, more);
	size += more;
}

static void insert(void)
{
	__u32 at = ETHER - 2 + below(HEADERS), bytes = 4 * (1 + below(3));

	if (at > size)
		return;
	memmove(frame + at + bytes, frame + at, size - at);
	size += bytes;
	if (once_in(2)) /* often a second tag */
		put16(frame + at, once_in(2) ? 0x8100 : 0x88a8);
}

/* Lengths that lie, in IP and UDP, near the truth or near the limits. */
static void lie(void)
{
	static const __u16 lengths[] = { 0, 1, 7, 8, 19, 20, 27, 28, 2056, 2057,
					 0x7fff, 0x8000, 0xffff };
	__u32 udp = ETHER + (frame[12] == 0x08 ? 20 : 40);
	__u32 at = once_in(2) ? udp + 4 : udp == ETHER + 20 ? ETHER + 2 :
							     ETHER + 4;

	put16(frame + at, once_in(2) ? lengths[below(13)] :
				       get16(frame + at) + below(33) - 16);
}

/* What the cryptography alone must find: the last bytes, or any of SRTP's. */
static void forge(void)
{
	__u32 from = once_in(2) ? ETHER + 40 + 8 : size - 32;

	if (from < size)
		frame[from + below(size - from)] ^= 1 << below(8);
}

static void spoil(void)
{
	static void (*const ways[])(void) = { overwrite, flip, cut, stretch,
					      insert, lie };

	if (once_in(16))
		return;
	if (once_in(3))
		return forge();
	for (__u32 i = 1 + below(2); i; i--)
		ways[below(6)]();
	/* A wrong header checksum would end most journeys at once. */
	if (size >= ETHER + 60 && frame[12] == 0x08 && frame[13] == 0x00 &&
	    !once_in(4))
		frame_fix_ipv4(frame);
}

/* -- what must hold -------------------------------------------------------------- */

/* Where the UDP payload of a frame that was taken for ours must be. */
static bool payload_of(const __u8 **payload, __u32 *length)
{
	__u32 at = ETHER;

	if (get16(frame + 12) == 0x8100 || get16(frame + 12) == 0x88a8)
		at += 4;
	at += get16(frame + at - 2) == 0x0800 ? 20 : 40;
	*payload = frame + at + 8;
	*length = get16(frame + at + 4) - 8;
	return *length <= FRAME_MAX && at + 8 + *length <= size;
}

static const char *libsrtp_agrees(int number, const __u8 *out,
				  __u32 out_length)
{
	struct target *target = &targets[number];
	__u8 packet[FRAME_MAX] __attribute__((aligned(8)));
	const __u8 *payload;
	__u32 length;
	bool rtcp;

	if (!payload_of(&payload, &length))
		return "redirected, but its lengths lie";
	memcpy(packet, payload, length);
	rtcp = get16(payload - 6) != ntohs(target->scene.stream.local.rtp) ||
	       (target->scene.stream.flags & SG_STREAM_RTCP_MUX &&
		rtcp_by_type(packet, length));
	if (oracle_run(&target->opener, rtcp, packet, &length))
		return "redirected, but libsrtp2 refuses it";
	if (kinds[number].seal == PLAIN &&
	    (length != out_length || memcmp(packet, out, length)))
		return "opened to other bytes than libsrtp2's";
	return NULL;
}

static const char *check_redirected(void)
{
	const __u8 *out;
	const char *wrong;
	__u32 length;
	struct flow flow;

	wrong = frame_check(outcome.frame, outcome.size, &flow, &out, &length);
	if (wrong)
		return wrong;
	for (int i = 0; i < KINDS; i++) {
		const struct sg_transport *to =
			&targets[i].scene.stream.destination;

		if (flow.to_port != to->rtp && flow.to_port != to->rtcp)
			continue;
		if (memcmp(flow.to, to->address, sizeof(flow.to)))
			return "redirected to another stream's address";
		return opens(i) ? libsrtp_agrees(i, out, length) : NULL;
	}
	return "redirected to nobody's port";
}

static const char *check(void)
{
	switch (outcome.verdict) {
	case XDP_PASS:
		if (outcome.reason <= SG_PASS_BEFORE_FIRST)
			return "passed without a reason to";
		if (outcome.size != size ||
		    memcmp(outcome.frame, frame, size))
			return "passed, but not as it came";
		return NULL;
	case XDP_DROP:
		if (!outcome.reason || outcome.reason >= SG_DROP_REASON_COUNT)
			return "dropped without a reason";
		if (outcome.reason == SG_DROP_INTERNAL)
			return "dropped for a reason that cannot be";
		return NULL;
	case XDP_REDIRECT:
		return check_redirected();
	default:
		return "a verdict that the program never gives";
	}
}

static void fuzz(__u64 count)
{
	__u32 wrong = 0;

	for (__u64 i = 0; i < count && wrong < SHOWN; i++) {
		const char *why;

		build(below(KINDS));
		spoil();
		if (rig_try(&rig, frame, size, &outcome))
			continue;
		verdicts[outcome.verdict % 5]++;
		why = check();
		if (!why)
			continue;
		ktap_note("frame %llu, %u bytes: %s", i, size, why);
		wrong++;
	}
	ktap(!wrong, "%llu spoilt frames", count);
}

/* Every length of a right frame: never forwarded, never fatal. */
static void test_truncation(void)
{
	for (int i = 0; i < KINDS; i++) {
		bool right = true;
		__u32 whole;

		build(i);
		whole = size;
		for (size = SMALLEST; size < whole; size++) {
			rig_run(&rig, frame, size, &outcome);
			verdicts[outcome.verdict % 5]++;
			right &= outcome.verdict != XDP_REDIRECT && !check();
		}
		ktap(right, "a frame of %u bytes, cut at every length", whole);
	}
}

static void test_sums(void)
{
	/* For these a packet is already accepted, and counted. */
	static const int late[] = { SG_DROP_TTL_EXPIRED, SG_DROP_MTU_EXCEEDED,
				    SG_DROP_NO_NEIGHBOUR,
				    SG_DROP_RESIZE_FAILED };
	__u64 left = verdicts[XDP_REDIRECT], accepted = 0, charged = 0;
	__u64 dropped = 0, passed = 0;

	rig_sync(&rig);
	for (int i = 0; i < 4; i++)
		left += rig.total[late[i]];
	for (int i = 0; i < SG_REASON_SLOTS; i++)
		*(i < SG_DROP_REASON_COUNT ? &dropped : &passed) +=
			rig.total[i];
	for (int i = 0; i < KINDS; i++) {
		struct sg_state state;

		rig_state(&rig, targets[i].scene.stream.state, &state);
		accepted += state.packets + state.rtcp_packets;
		charged += state.dropped;
	}
	ktap(dropped == verdicts[XDP_DROP] && passed == verdicts[XDP_PASS],
	     "%llu drops and %llu passes are counted, each once", dropped,
	     passed);
	ktap(accepted == left && charged <= dropped,
	     "streams count the %llu packets that left, or had no way to",
	     accepted);
}

int main(void)
{
	__u64 seed = random_setting("SEED", 33328);
	__u64 count = random_setting("COUNT", DEFAULT_COUNT);

	random_state.state = seed;
	ktap_note("SEED=%llu COUNT=%llu", seed, count);
	rig_open(&rig);
	for (int i = 0; i < KINDS; i++)
		install(i);
	test_truncation();
	fuzz(count);
	test_sums();
	ktap_note("dropped %llu, passed %llu, redirected %llu",
		  verdicts[XDP_DROP], verdicts[XDP_PASS],
		  verdicts[XDP_REDIRECT]);
	if (count >= DEFAULT_COUNT)
		ktap(verdicts[XDP_DROP] > count / 10 &&
		     verdicts[XDP_PASS] > count / 10 &&
		     verdicts[XDP_REDIRECT] > count / 20,
		     "frames of every fate were among them");
	rig_close(&rig);
	return ktap_finish();
}
