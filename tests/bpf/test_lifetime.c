// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lifetime of a key (RFC 4568 6.1): exactly as many packets pass as it
 * allows, RTP and RTCP apart, opened and sealed, of however many SSRCs and on
 * however many CPUs; and the count outlives whatever becomes of the stream.
 */
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "../lib/exchange.h"
#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RTCP_MOST (1ull << 31)
#define RTP_MOST (SG_LIFETIME_MAX - 1)

enum {
	SLOT = 1,
	SSRC = 0x1234abcd,
	LIFETIME = 5,
};

static struct rig rig;
static struct scene scene;

static int open_under(const struct test_key *key, bool rtcp, __u32 ssrc,
		      __u64 index)
{
	return exchange_open(&rig, &scene, key, rtcp, ssrc, index);
}

static int open_as(bool rtcp, __u32 ssrc, __u64 index)
{
	return open_under(&scene.open[0], rtcp, ssrc, index);
}

static int seal_as(bool rtcp, __u32 ssrc, __u64 index)
{
	return exchange_seal(&rig, &scene, rtcp, ssrc, index);
}

static void stage(enum sg_suite open, enum sg_suite seal, __u64 lifetime)
{
	scene_init(&scene, SLOT, open, seal);
	scene.open[0].master.lifetime = lifetime;
	scene.seal.master.lifetime = lifetime;
	rig_install(&rig, &scene);
}

/* Where the key is counted; NULL: nowhere. */
static struct sg_usage *find(struct sg_state *state, const struct test_key *key)
{
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (state->opened[i].generation == key->generation)
			return &state->opened[i];
	return state->sealed.generation == key->generation ? &state->sealed :
							     NULL;
}

static bool counted(const struct test_key *key, __u64 rtp, __u64 rtcp)
{
	struct sg_state state;
	struct sg_usage *usage;

	rig_state(&rig, SLOT, &state);
	usage = find(&state, key);
	return usage && usage->rtp == rtp && usage->rtcp == rtcp;
}

/* -- the limit ---------------------------------------------------------------- */

struct side {
	const char *name;
	enum sg_suite open, seal;
	int (*send)(bool rtcp, __u32 ssrc, __u64 index);
};

static const struct side sides[] = {
	{ "opened", E80, PLAIN, open_as },
	{ "opened, GCM", SG_SUITE_AEAD_AES_128_GCM, PLAIN, open_as },
	{ "sealed", PLAIN, E32, seal_as },
	{ "sealed, GCM", PLAIN, SG_SUITE_AEAD_AES_256_GCM, seal_as },
};

/* @ssrcs take turns; SRTCP is sealed under an index of each one's own. */
static bool limit_right(const struct side *side, bool rtcp, __u32 ssrcs,
			__u64 lifetime)
{
	__u64 i;

	for (i = 0; i < lifetime; i++)
		if (side->send(rtcp, SSRC + i % ssrcs, i / ssrcs))
			return false;
	for (; i < lifetime + 2 * ssrcs; i++)
		if (side->send(rtcp, SSRC + i % ssrcs, i / ssrcs) !=
		    SG_DROP_KEY_EXPIRED)
			return false;
	return true;
}

static void test_limit(const struct side *side)
{
	static const __u32 ssrcs[] = { 1, 2, SG_SOURCES + SG_RETIRED };
	static const __u64 lifetimes[] = { 1, 2, LIFETIME, 100 };
	bool right = true;

	for (__u32 i = 0; i < COUNT(ssrcs); i++) {
		for (__u32 j = 0; j < COUNT(lifetimes); j++) {
			stage(side->open, side->seal, lifetimes[j]);
			right &= limit_right(side, false, ssrcs[i],
					     lifetimes[j]);
			right &= limit_right(side, true, ssrcs[i],
					     lifetimes[j]);
		}
	}
	ktap(right, "%s: a key is good for its lifetime, RTP and RTCP apart",
	     side->name);
}

/* What the key was used for so far, as after a long call. */
static void preset(__u64 rtp, __u64 rtcp)
{
	struct sg_usage usage = {
		.stream = scene.stream.generation,
		.rtp = rtp,
		.rtcp = rtcp,
	};
	struct sg_state state = { 0 };

	usage.generation = scene.open[0].generation;
	state.opened[1] = usage;
	usage.generation = scene.seal.generation;
	state.sealed = usage;
	rig_set_state(&rig, SLOT, &state);
}

/* RFC 3711 9.2: SRTCP's indices end at 2^31, whatever the lifetime. */
static void test_rtcp_limit(const struct side *side)
{
	stage(side->open, side->seal, RTP_MOST);
	preset(RTCP_MOST, RTCP_MOST - 2);
	ktap(!side->send(true, SSRC, 0) && !side->send(true, SSRC, 1) &&
		     side->send(true, SSRC, 2) == SG_DROP_KEY_EXPIRED &&
		     !side->send(false, SSRC, 1),
	     "%s: 2^31 packets of SRTCP at most", side->name);
	preset(RTP_MOST - 1, 0);
	ktap(!side->send(false, SSRC, 1) &&
		     side->send(false, SSRC, 2) == SG_DROP_KEY_EXPIRED,
	     "%s: 2^48 - 1 packets of SRTP", side->name);
}

/* -- what counts ---------------------------------------------------------------- */

static int forge(__u64 index)
{
	struct outcome outcome;
	__u8 packet[256];
	__u32 length;

	exchange_build(false, SSRC, index, packet, &length);
	reference_seal(&scene.open[0].master, false, index, packet, &length);
	packet[length - 1] ^= 1;
	rig_send(&rig, &scene, false, packet, length, &outcome);
	return outcome.reason;
}

static void test_refused_are_not_counted(void)
{
	stage(E80, PLAIN, LIFETIME);
	ktap(!open_as(false, SSRC, 1) &&
		     open_as(false, SSRC, 1) == SG_DROP_REPLAYED &&
		     forge(2) == SG_DROP_AUTH_FAILED &&
		     counted(&scene.open[0], 1, 0),
	     "replays and forgeries use up nothing");
	stage(PLAIN, E80, LIFETIME);
	ktap(!seal_as(false, SSRC, 1) &&
		     seal_as(false, SSRC, 1) == SG_DROP_SEAL_DUPLICATE &&
		     counted(&scene.seal, 1, 0),
	     "nor do duplicates that are not sealed");
}

static void test_unlimited_is_not_counted(__u64 lifetime)
{
	static const struct sg_usage nothing[SG_OPEN_KEYS + 1];
	struct sg_state state;

	stage(E80, PLAIN, lifetime);
	open_as(false, SSRC, 1);
	open_as(true, SSRC, 1);
	rig_state(&rig, SLOT, &state);
	ktap(state.packets == 1 &&
		     !memcmp(state.opened, nothing, sizeof(state.opened)) &&
		     !memcmp(&state.sealed, nothing, sizeof(state.sealed)),
	     "a key with lifetime %llu is not counted", lifetime);
}

/* Each direction of a key through open and seal has its own end. */
static void test_open_and_seal(void)
{
	struct rtp rtp = { .ssrc = SSRC, .payload = 40 };
	__u32 length, passed = 0;
	struct outcome outcome;
	__u8 packet[256];

	scene_init(&scene, SLOT, E80, E80);
	scene.open[0].master.lifetime = LIFETIME;
	scene.seal.master.lifetime = LIFETIME - 1;
	rig_install(&rig, &scene);
	for (rtp.sequence = 0; rtp.sequence <= LIFETIME; rtp.sequence++) {
		length = rtp_build(packet, &rtp);
		reference_seal(&scene.open[0].master, false, rtp.sequence,
			       packet, &length);
		rig_send(&rig, &scene, false, packet, length, &outcome);
		passed += !outcome.reason;
	}
	ktap(passed == LIFETIME - 1 &&
		     counted(&scene.open[0], LIFETIME, 0) &&
		     counted(&scene.seal, LIFETIME - 1, 0),
	     "of a key that opens and one that seals each has its own end");
}

/* -- new keys -------------------------------------------------------------------- */

/* As the daemon does: the current key becomes the previous one. */
static void rekey(__u64 seed, __u64 lifetime)
{
	scene.open[2] = scene.open[0];
	test_key_set(&scene.open[0], E80, seed);
	scene.open[0].master.lifetime = lifetime;
	rig_publish(&rig, &scene);
}

static void test_rekey(void)
{
	bool right = true;

	stage(E80, PLAIN, LIFETIME);
	for (int i = 0; i < LIFETIME - 1; i++)
		right &= !open_as(false, SSRC, i);
	rekey(70, LIFETIME);
	right &= !open_under(&scene.open[2], false, SSRC, 10) &&
		 open_under(&scene.open[2], false, SSRC, 11) ==
			 SG_DROP_KEY_EXPIRED;
	for (int i = 0; i < LIFETIME; i++)
		right &= !open_as(false, SSRC, 20 + i);
	ktap(right && open_as(false, SSRC, 30) == SG_DROP_KEY_EXPIRED,
	     "a new key is counted from nought, the former one to its end");
	rekey(71, 0);
	ktap(!open_as(false, SSRC, 40) &&
		     open_under(&scene.open[2], false, SSRC, 41) ==
			     SG_DROP_KEY_EXPIRED,
	     "one without a lifetime follows");
}

static void test_seal_rekey(void)
{
	struct test_key first;
	bool right = true;

	stage(PLAIN, E80, LIFETIME);
	for (int i = 0; i < LIFETIME; i++)
		right &= !seal_as(false, SSRC, i);
	right &= seal_as(false, SSRC, 10) == SG_DROP_KEY_EXPIRED;
	first = scene.seal;
	test_key_set(&scene.seal, E80, 72);
	scene.seal.master.lifetime = LIFETIME;
	rig_publish(&rig, &scene);
	for (int i = 0; i < LIFETIME; i++)
		right &= !seal_as(false, SSRC, 20 + i);
	ktap(right && seal_as(false, SSRC, 30) == SG_DROP_KEY_EXPIRED &&
		     counted(&scene.seal, LIFETIME, 0) &&
		     first.generation != scene.seal.generation,
	     "a new sealing key is counted from nought");
}

/* Nine keys in turn, three at a time: those that stay keep their counts. */
static void test_three_at_a_time(void)
{
	bool right = true;

	stage(E80, PLAIN, LIFETIME);
	for (int turn = 0; turn < 9; turn++) {
		scene.open[1] = scene.open[2];
		rekey(100 + turn, LIFETIME);
		for (int i = 0; i < SG_OPEN_KEYS; i++)
			if (scene.open[i].generation)
				right &= !open_under(&scene.open[i], false,
						     SSRC, 10 * turn + i);
	}
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		right &= counted(&scene.open[i], i == 0 ? 1 : i == 2 ? 2 : 3,
				 0);
	ktap(right, "a key is counted for as long as the stream has it");
}

/* Older than all others, as one that another stream has kept. */
static void test_old_key_returns(void)
{
	struct test_key oldest;

	stage(E80, PLAIN, LIFETIME);
	oldest = scene.open[0];
	for (int i = 0; i < SG_OPEN_KEYS; i++) {
		test_key_set(&scene.open[i], E80, 110 + i);
		scene.open[i].master.lifetime = LIFETIME;
	}
	rig_publish(&rig, &scene);
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		open_under(&scene.open[i], false, SSRC, i);
	scene.open[2] = oldest;
	rig_publish(&rig, &scene);
	open_under(&oldest, true, SSRC, 1);
	ktap(counted(&oldest, 0, 1) && counted(&scene.open[0], 1, 0) &&
		     counted(&scene.open[1], 1, 0),
	     "one that comes back takes no count of the others");
}

/* A packet that still goes by the stream's former picture. */
static void test_late_packet(void)
{
	struct sg_state state = { 0 };

	stage(E80, PLAIN, LIFETIME);
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		state.opened[i] = (struct sg_usage){
			.generation = 1000000 + i,
			.stream = scene.stream.generation + 1,
			.rtp = LIFETIME,
		};
	rig_set_state(&rig, SLOT, &state);
	ktap(open_as(false, SSRC, 1) == SG_DROP_STALE,
	     "a late packet takes no record from the keys after its own");
	stage(PLAIN, E80, LIFETIME);
	state.sealed = state.opened[0];
	state.sealed.stream = scene.stream.generation + 1;
	rig_set_state(&rig, SLOT, &state);
	ktap(seal_as(false, SSRC, 1) == SG_DROP_STALE, "nor to seal");
}

/* A stream in between may have been without the key. */
static void test_newest_stream(void)
{
	struct sg_state state;

	stage(E80, PLAIN, LIFETIME);
	open_as(false, SSRC, 1);
	rig_publish(&rig, &scene);
	open_as(false, SSRC, 2);
	rig_state(&rig, SLOT, &state);
	ktap(find(&state, &scene.open[0])->stream == scene.stream.generation,
	     "nor those that it has again");
}

/* -- two CPUs --------------------------------------------------------------------- */

enum { THREADS = 2, PACKETS = 2000, SHARE = 3000 };

static _Atomic __u32 waiting;

struct racer {
	pthread_t thread;
	__u32 ssrc;		/* of its own: neither waits for the other */
	__u32 forwarded;
};

static void *race(void *arg)
{
	struct racer *me = arg;
	__u8 packet[256], frame[FRAME_MAX], out[FRAME_MAX];
	__u32 length, size, out_size;

	atomic_fetch_sub(&waiting, 1);
	while (atomic_load(&waiting))
		sched_yield();
	for (__u32 i = 0; i < PACKETS; i++) {
		exchange_build(false, me->ssrc, i, packet, &length);
		if (scene.stream.open_key[0])
			reference_seal(&scene.open[0].master, false, i, packet,
				       &length);
		size = frame_build(frame, &scene.rtp, packet, length);
		me->forwarded += rig_run_raw(&rig, frame, size, out,
					     &out_size) == XDP_REDIRECT;
	}
	return NULL;
}

static void test_two_cpus(const struct side *side)
{
	struct racer racer[THREADS] = { 0 };
	__u32 forwarded = 0;

	stage(side->open, side->seal, SHARE);
	atomic_store(&waiting, THREADS);
	for (int i = 0; i < THREADS; i++) {
		racer[i].ssrc = SSRC + i;
		if (pthread_create(&racer[i].thread, NULL, race, &racer[i]))
			ktap_bail_out("no thread");
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(racer[i].thread, NULL);
		forwarded += racer[i].forwarded;
	}
	rig_sync(&rig);
	ktap(forwarded == SHARE &&
		     counted(side->open ? &scene.open[0] : &scene.seal, SHARE,
			     0),
	     "%s: two CPUs pass %u of %u packets, no more, no less",
	     side->name, forwarded, THREADS * PACKETS);
}

int main(void)
{
	rig_open(&rig);
	for (__u32 i = 0; i < COUNT(sides); i++) {
		test_limit(&sides[i]);
		test_rtcp_limit(&sides[i]);
	}
	test_refused_are_not_counted();
	test_unlimited_is_not_counted(0);
	test_unlimited_is_not_counted(SG_LIFETIME_MAX);
	test_open_and_seal();
	test_rekey();
	test_seal_rekey();
	test_three_at_a_time();
	test_old_key_returns();
	test_late_packet();
	test_newest_stream();
	test_two_cpus(&sides[0]);
	test_two_cpus(&sides[2]);
	rig_close(&rig);
	return ktap_finish();
}
