// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that the slow path's worker hands to the program: what it is told to
 * send, and that one stream may change between fast and slow path at any
 * packet, with every index accepted once.
 */
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

enum {
	SLOT = 1,
	SSRC = 0x1234abcd,
	REALM_TAG = 7,	/* VLAN identifier of the worker's frames */
	LOOPBACK = 1,
	ETHER = 14,
	PAYLOAD = 160,
	DEFAULT_COUNT = 5000,
	BEFORE_WRAP = 65536 - 1000,
};

static struct rig rig;
static struct scene scene;
static struct outcome outcome;
static __u8 plain[FRAME_MAX], packet[FRAME_MAX];
static __u32 plain_length, length;

static void stage(enum sg_suite open, enum sg_suite seal)
{
	scene_init(&scene, SLOT, open, seal);
	rig_install(&rig, &scene);
}

static void build(__u64 index, __u32 size)
{
	struct rtp rtp = {
		.ssrc = SSRC,
		.sequence = index,
		.payload = size,
		.fill = index,
	};

	plain_length = rtp_build(plain, &rtp);
	memcpy(packet, plain, plain_length);
	length = plain_length;
	if (scene.open[0].master.suite)
		reference_seal(&scene.open[0].master, false, index, packet,
			       &length);
}

static void send_by(bool worker)
{
	scene.rtp.vlan[0] = worker ? REALM_TAG : 0;
	rig_send(&rig, &scene, false, packet, length, &outcome);
}

/* The answer to the worker: interface, addresses, lengths, payload. */
static const char *wrong_answer(const void *expected, __u32 size)
{
	__u8 device[4] = { LOOPBACK };	/* host order, of the machines we know */
	struct flow flow;
	const __u8 *payload;
	const char *wrong;
	__u32 got;

	if (outcome.verdict != SG_SLOW_SEND)
		return "verdict";
	if (memcmp(outcome.frame, device, sizeof(device)))
		return "outgoing interface";
	wrong = frame_check(outcome.frame, outcome.size, &flow, &payload, &got);
	if (wrong)
		return wrong;
	if (memcmp(flow.from, scene.stream.source.address, 16) ||
	    memcmp(flow.to, scene.stream.destination.address, 16) ||
	    flow.ttl != scene.rtp.ttl - 1)
		return "addresses or TTL";
	return got == size && !memcmp(payload, expected, size) ? NULL :
								 "payload";
}

static void is_sent(const char *name)
{
	const char *wrong = wrong_answer(plain, plain_length);

	if (!ktap(!wrong, "%s", name))
		ktap_note("%s: verdict %d, reason %u", wrong, outcome.verdict,
			  outcome.reason);
}

static void is_dropped(enum sg_drop_reason reason, const char *name)
{
	if (!ktap(outcome.verdict == XDP_DROP && outcome.reason == reason,
		  "%s", name))
		ktap_note("verdict %d, reason %u", outcome.verdict,
			  outcome.reason);
}

/* -- what the kernel does for the worker --------------------------------------- */

static void test_kernel(void)
{
	scene_init(&scene, SLOT, E80, PLAIN);
	scene.next_hop.mtu = 100;
	rig_install(&rig, &scene);
	build(1, PAYLOAD);
	send_by(true);
	is_sent("the kernel fragments what exceeds the MTU");

	scene.next_hop.state = SG_NEXT_HOP_INCOMPLETE;
	rig_publish(&rig, &scene);
	build(2, PAYLOAD);
	send_by(true);
	is_sent("the kernel resolves the neighbour");

	build(3, SG_RTP_MAX - RTP_HEADER - 10);
	send_by(true);
	is_sent("the longest packet that is carried");
	build(4, SG_RTP_MAX - RTP_HEADER - 9);
	send_by(true);
	is_dropped(SG_DROP_TOO_LONG, "one byte longer is not");

	memset(&scene.next_hop, 0, sizeof(scene.next_hop));
	rig_publish(&rig, &scene);
	build(5, PAYLOAD);
	send_by(true);
	is_dropped(SG_DROP_NO_NEIGHBOUR, "without a route nothing is sent");
}

/* -- streams of the slow path ----------------------------------------------------- */

static bool is_fresh(void)
{
	static const struct sg_state fresh;
	struct sg_state state;

	rig_state(&rig, SLOT, &state);
	return !memcmp(&state, &fresh, sizeof(state));
}

static void test_slow_streams(void)
{
	struct sg_key key = { .generation = 1, .flags = SG_KEY_USER };

	stage(E80, PLAIN);
	scene.stream.flags |= SG_STREAM_SLOW;
	rig_publish(&rig, &scene);
	build(1, PAYLOAD);
	send_by(false);
	ktap(outcome.verdict == XDP_PASS && is_fresh(),
	     "a stream of the slow path: the fast path leaves no trace");
	send_by(true);
	is_sent("and the worker's run of the same packet converts it");

	stage(E80, E80);
	scene.stream.flags |= SG_STREAM_SLOW;
	rig_publish(&rig, &scene);
	rig_write_key(&rig, scene.stream.seal_key, &key);
	build(1, PAYLOAD);
	send_by(true);
	ktap(outcome.verdict == SG_SLOW_CRYPTO && !outcome.reason &&
	     is_fresh(), "a key of userspace: handed back, without a trace");
	ktap(outcome.size > length && !memcmp(outcome.frame + outcome.size -
					      length, packet, length),
	     "a key of userspace: the frame is as it was");
}

/* 1 byte more than the MTU allows, sealed; as it came it would fit. */
static void test_growth(void)
{
	enum { LARGE = 1000, HEADERS = 28, TAG = 10 };

	for (int over = 0; over < 2; over++) {
		scene_init(&scene, SLOT, PLAIN, E80);
		scene.next_hop.mtu = HEADERS + RTP_HEADER + LARGE + TAG - over;
		rig_install(&rig, &scene);
		build(1, LARGE);
		send_by(false);
		if (!over)
			ktap(outcome.verdict == XDP_REDIRECT,
			     "what just fits the MTU is the fast path's");
		else
			ktap(outcome.verdict == XDP_PASS && is_fresh() &&
			     outcome.reason == SG_PASS_SLOW_PATH,
			     "what outgrows the MTU is left to the slow path");
	}
	send_by(true);
	ktap(outcome.verdict == SG_SLOW_SEND, "which sends it");

	scene_init(&scene, SLOT, E80, PLAIN);
	scene.next_hop.mtu = HEADERS + RTP_HEADER + LARGE;
	rig_install(&rig, &scene);
	build(1, LARGE);
	send_by(false);
	ktap(outcome.verdict == XDP_REDIRECT,
	     "what shrinks to the MTU is the fast path's");
}

/* -- both paths on one stream ------------------------------------------------------ */

static void test_replays(void)
{
	for (int worker = 0; worker < 2; worker++) {
		stage(E80, PLAIN);
		build(1, PAYLOAD);
		send_by(worker);
		send_by(!worker);
		is_dropped(SG_DROP_REPLAYED, worker ?
			   "opened in the slow path, replayed in the fast" :
			   "opened in the fast path, replayed in the slow");
		stage(PLAIN, E80);
		build(1, PAYLOAD);
		send_by(worker);
		send_by(!worker);
		is_dropped(SG_DROP_SEAL_DUPLICATE, worker ?
			   "sealed in the slow path, repeated in the fast" :
			   "sealed in the fast path, repeated in the slow");
	}
}

static bool passes(bool worker)
{
	const __u8 *payload;
	__u32 got;

	send_by(worker);
	if (worker)
		return !wrong_answer(plain, plain_length);
	return !outcome_forwarded(&outcome, &scene, false, &payload, &got) &&
	       got == plain_length && !memcmp(payload, plain, got);
}

/* Which path a packet takes is chance; one in four comes again by chance. */
static void test_bouncing(__u32 count)
{
	struct random random = { 1 };
	__u32 lost = 0, replayed = 0;

	stage(E80, PLAIN);
	for (__u32 i = 0; i < count; i++) {
		build(BEFORE_WRAP + i, PAYLOAD);
		lost += !passes(random_below(&random, 2));
		if (random_below(&random, 4))
			continue;
		send_by(random_below(&random, 2));
		replayed += outcome.verdict != XDP_DROP ||
			    outcome.reason != SG_DROP_REPLAYED;
	}
	if (!ktap(!lost && !replayed, "%u packets over a wrap, by chance on "
		  "either path: all pass once", count))
		ktap_note("%u lost, %u passed twice", lost, replayed);
}

int main(void)
{
	const char *count = getenv("COUNT");

	rig_open(&rig);
	rig_worker(&rig, REALM_TAG);
	test_kernel();
	test_slow_streams();
	test_replays();
	rig_slow_path(&rig, true);
	test_growth();
	test_bouncing(count ? atoi(count) : DEFAULT_COUNT);
	rig_close(&rig);
	return ktap_finish();
}
