// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spoilt frames, from the Ethernet header on, at streams of every kind. What
 * must hold of any frame whatever:
 *   the verdict is pass, drop or redirect, with one counter of that kind;
 *   a passed frame is untouched;
 *   a redirected frame is right in every length, checksum and address;
 *   a redirected frame that had to be opened is one that libsrtp2 opens, to
 *   the same bytes.
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

enum kind { OPEN, OPEN_MKI, SEAL, BOTH, RELAY, OPAQUE, KINDS };

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

static bool opens(enum kind kind)
{
	return kind == OPEN || kind == OPEN_MKI || kind == BOTH;
}

static void install(enum kind kind)
{
	struct target *target = &targets[kind];
	struct scene *scene = &target->scene;

	scene_init(scene, 1 + kind, opens(kind) ? E80 : PLAIN,
		   kind == SEAL || kind == BOTH ? E32 : PLAIN);
	if (kind == OPEN_MKI) {
		scene->open[0].master.mki_length = 3;
		memset(scene->open[0].master.mki, 0x42, 3);
	}
	if (kind == OPAQUE)
		scene->stream.flags |= SG_STREAM_OPAQUE;
	scene_set_mux(scene, kind & 1, kind & 2);
	scene_set_family(scene, kind & 1, kind & 2);
	rig_install(&rig, scene);
	if (opens(kind)) {
		oracle_open(&target->sender, &scene->open[0].master, true,
			    SG_WINDOW_SIZE);
		oracle_open(&target->opener, &scene->open[0].master, false,
			    SG_WINDOW_SIZE);
	}
}

/* A right frame for @target. */
static void build(enum kind kind)
{
	struct target *target = &targets[kind];
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
	if (opens(kind) &&
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

static void spoil(void)
{
	static void (*const ways[])(void) = { overwrite, flip, cut, stretch,
					      insert, lie };

	if (once_in(16))
		return;
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

static const char *libsrtp_agrees(struct target *target, enum kind kind,
				  const __u8 *out, __u32 out_length)
{
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
	if (kind != BOTH && (length != out_length ||
			     memcmp(packet, out, length)))
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
	for (int kind = 0; kind < KINDS; kind++) {
		struct target *target = &targets[kind];
		struct sg_transport *to = &target->scene.stream.destination;

		if (flow.to_port != to->rtp && flow.to_port != to->rtcp)
			continue;
		if (memcmp(flow.to, to->address, sizeof(flow.to)))
			return "redirected to another stream's address";
		return opens(kind) ? libsrtp_agrees(target, kind, out, length) :
				     NULL;
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
	for (int kind = 0; kind < KINDS; kind++) {
		bool right = true;
		__u32 whole;

		build(kind);
		whole = size;
		for (size = SMALLEST; size < whole; size++) {
			rig_run(&rig, frame, size, &outcome);
			right &= outcome.verdict != XDP_REDIRECT && !check();
		}
		ktap(right, "a frame of %u bytes, cut at every length", whole);
	}
}

int main(void)
{
	__u64 seed = random_setting("SEED", 33328);
	__u64 count = random_setting("COUNT", DEFAULT_COUNT);

	random_state.state = seed;
	ktap_note("SEED=%llu COUNT=%llu", seed, count);
	rig_open(&rig);
	for (int kind = 0; kind < KINDS; kind++)
		install(kind);
	test_truncation();
	fuzz(count);
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
