// SPDX-License-Identifier: GPL-2.0-only
/*
 * One stream on two CPUs at once, as when a NIC spreads or a peer repeats its
 * packets: no index is opened twice, none is sealed twice, none is lost.
 *
 * COUNT=packets, on each CPU
 */
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

enum {
	SLOT = 1,
	SSRC = 0x1234abcd,
	THREADS = 2,
	PAYLOAD = 40,
	DEFAULT_COUNT = 40000,
	RATE = 20000,	/* packets a second */
	BURST = 5000,
	ROUNDS = 6,	/* of policing */
	NEAR = 100,	/* packets one CPU may be ahead of the other */
};

static struct rig rig;
static struct scene scene;
static __u32 count;
static __u32 frame_stride;
static __u8 *frames;		/* count of them, all of one size */
static __u32 frame_size;
static bool rtcp;

static struct racer {
	pthread_t thread;
	int cpu;
	_Atomic __u32 at;	/* packet being sent */
	__u8 *forwarded;	/* per packet */
	__u64 *sealed_index;	/* per packet, SRTCP: the index it got */
	__u32 errors;
} racers[THREADS];

static __u8 *frame_at(__u32 i)
{
	return frames + (size_t)i * frame_stride;
}

static void build_frames(enum sg_suite open, __u32 ssrcs)
{
	__u8 packet[256];
	__u32 length;

	frame_stride = 256;
	for (__u32 i = 0; i < count; i++) {
		struct rtp rtp = {
			.ssrc = SSRC + i % ssrcs,
			.sequence = i / ssrcs,
			.payload = PAYLOAD,
		};

		length = rtcp ? rtcp_build(packet, rtp.ssrc, 4, 0) :
				rtp_build(packet, &rtp);
		if (open)
			reference_seal(&scene.open[0].master, rtcp, i / ssrcs,
				       packet, &length);
		frame_size = frame_build(frame_at(i),
					 rtcp ? &scene.rtcp : &scene.rtp,
					 packet, length);
	}
}

/* Both stay close, so that they meet on the same indices. */
static void keep_near(struct racer *me, __u32 at)
{
	atomic_store(&me->at, at);
	for (int i = 0; i < THREADS; i++)
		while (atomic_load(&racers[i].at) + NEAR < at)
			sched_yield();
}

static __u64 srtcp_index(const __u8 *frame, __u32 size)
{
	return get32(frame + size - 14) & ~(1u << 31);
}

static void *race(void *argument)
{
	struct racer *me = argument;
	__u8 out[FRAME_MAX];
	__u32 out_size;
	cpu_set_t cpus;
	int verdict;

	CPU_ZERO(&cpus);
	CPU_SET(me->cpu, &cpus);
	if (pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus))
		me->errors++;
	for (__u32 i = 0; i < count; i++) {
		keep_near(me, i);
		verdict = rig_run_raw(&rig, frame_at(i), frame_size, out,
				      &out_size);
		if (verdict != XDP_REDIRECT && verdict != XDP_DROP)
			me->errors++;
		me->forwarded[i] = verdict == XDP_REDIRECT;
		me->sealed_index[i] = rtcp && verdict == XDP_REDIRECT ?
					      srtcp_index(out, out_size) : 0;
	}
	atomic_store(&me->at, ~0u - NEAR);
	return NULL;
}

static void run_race(void)
{
	for (int i = 0; i < THREADS; i++) {
		atomic_store(&racers[i].at, 0);
		racers[i].errors = 0;
	}
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&racers[i].thread, NULL, race, &racers[i]))
			ktap_bail_out("no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(racers[i].thread, NULL);
}

/*
 * Every packet went through both CPUs: exactly one of them let it pass. Where
 * more SSRCs than slots take turns, one CPU may find that the other has just
 * given the slot away: then both may lose that packet, as "stale".
 */
static void check_once(const char *what, __u64 stale)
{
	__u32 never = 0, twice = 0, second = 0, errors = 0;
	struct sg_state state;
	__u64 packets;

	for (__u32 i = 0; i < count; i++) {
		int times = racers[0].forwarded[i] + racers[1].forwarded[i];

		never += times == 0;
		twice += times == 2;
		second += racers[1].forwarded[i];
	}
	for (int i = 0; i < THREADS; i++)
		errors += racers[i].errors;
	rig_state(&rig, SLOT, &state);
	packets = rtcp ? state.rtcp_packets : state.packets;
	ktap(never <= stale && !twice && !errors, "%s: %u indices, each once",
	     what, count);
	ktap(packets == count - never && state.dropped == count + never,
	     "%s: the counters agree", what);
	ktap_note("never %u, twice %u, stale %llu; the second CPU won %u times",
		  never, twice, stale, second);
}

static void test_once(enum sg_suite open, enum sg_suite seal, bool is_rtcp,
		      __u32 ssrcs, const char *what)
{
	__u64 stale;

	rtcp = is_rtcp;
	scene_init(&scene, SLOT, open, seal);
	rig_install(&rig, &scene);
	build_frames(open, ssrcs);
	stale = rig.total[SG_DROP_STALE];
	run_race();
	rig_sync(&rig);
	stale = rig.total[SG_DROP_STALE] - stale;
	if (ssrcs <= SG_SOURCES && stale)
		ktap(false, "%s: no packet is stale", what);
	check_once(what, stale);
}

static int ascending(const void *a, const void *b)
{
	__u64 left = *(const __u64 *)a, right = *(const __u64 *)b;

	return left < right ? -1 : left > right;
}

/*
 * RTCP has no index of its own to repeat: all are sealed, each under its own,
 * and under none that the other end of a @shared key uses.
 */
static void test_srtcp_sealed(bool shared)
{
	__u64 first = shared ? 1 << 30 : 0;
	__u64 *all = calloc(THREADS * count, sizeof(*all));
	bool right = all;

	rtcp = true;
	scene_init(&scene, SLOT, PLAIN, E80);
	scene.seal.master.shared = shared;
	rig_install(&rig, &scene);
	build_frames(PLAIN, 1);
	run_race();
	for (__u32 i = 0; all && i < THREADS * count; i++) {
		right &= racers[i % THREADS].forwarded[i / THREADS];
		all[i] = racers[i % THREADS].sealed_index[i / THREADS];
	}
	if (all)
		qsort(all, THREADS * count, sizeof(*all), ascending);
	for (__u32 i = 0; all && i < THREADS * count; i++)
		right &= all[i] == first + i;
	ktap(right, "SRTCP sealed: %u packets under %u indices from %llu on",
	     THREADS * count, THREADS * count, first);
	free(all);
}

static _Atomic bool racing;

/* Of a state whose packets all are a living source's. */
static bool is_torn(const struct sg_state *state)
{
	__u64 packets = 0;

	for (int i = 0; i < SG_SOURCES; i++)
		packets += state->source[i].packets;
	return packets != state->packets;
}

/* Copies it while they come, in turn alone and among its neighbours. */
static void *watch(void *argument)
{
	__u32 *torn = argument, reads = 0;
	struct sg_state states[SLOT + 2];

	while (atomic_load(&racing)) {
		rig_state(&rig, SLOT, &states[SLOT]);
		*torn += is_torn(&states[SLOT]);
		rig_states(&rig, 0, SLOT + 2, states);
		*torn += is_torn(&states[SLOT]);
		reads += 2;
	}
	ktap_note("%u of %u copies are of more than one moment", *torn, reads);
	return NULL;
}

/* The parts of a state lie in two maps: a reader gets them of one moment. */
static void test_whole_states(void)
{
	pthread_t watcher;
	__u32 torn = 0;

	rtcp = false;
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	rig_install(&rig, &scene);
	build_frames(PLAIN, SG_SOURCES);
	atomic_store(&racing, true);
	if (pthread_create(&watcher, NULL, watch, &torn))
		ktap_bail_out("no thread");
	run_race();
	atomic_store(&racing, false);
	pthread_join(watcher, NULL);
	ktap(!torn, "a state of %d sources is copied whole", SG_SOURCES);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static bool rate_kept(void)
{
	double begin, permitted;
	__u32 passed = 0;

	rig_install(&rig, &scene);
	begin = now();
	run_race();
	permitted = RATE * (now() - begin) + BURST + 1;
	for (__u32 i = 0; i < count; i++)
		passed += racers[0].forwarded[i] + racers[1].forwarded[i];
	ktap_note("%u of %u packets passed, %.0f were permitted", passed,
		  THREADS * count, permitted);
	return passed <= permitted + 1 && passed > permitted / 2;
}

/*
 * Two CPUs read the clock before they take their turn at the bucket, so time
 * may seem to run backwards there: that must not fill it.
 */
static void test_policing(void)
{
	bool kept = true;

	rtcp = false;
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.stream.rate = RATE;
	scene.stream.burst = BURST;
	build_frames(PLAIN, 1);
	for (int i = 0; i < ROUNDS && kept; i++)
		kept = rate_kept();
	ktap(kept, "two CPUs share one rate");
}

static int find_cpus(void)
{
	cpu_set_t cpus;
	int found = 0;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (int cpu = 0; cpu < CPU_SETSIZE && found < THREADS; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			racers[found++].cpu = cpu;
	return found;
}

int main(void)
{
	count = random_setting("COUNT", DEFAULT_COUNT);
	if (find_cpus() < THREADS) {
		ktap_skip("one CPU only", "one stream on two CPUs");
		return ktap_finish();
	}
	rig_open(&rig);
	frames = calloc(count, 256);
	for (int i = 0; i < THREADS; i++) {
		racers[i].forwarded = calloc(count, 1);
		racers[i].sealed_index = calloc(count, sizeof(__u64));
	}
	test_once(E80, PLAIN, false, 1, "SRTP opened");
	test_once(E32, PLAIN, false, SG_SOURCES + SG_RETIRED,
		  "SRTP of 24 SSRCs opened");
	test_once(E80, PLAIN, true, 1, "SRTCP opened");
	test_once(PLAIN, E80, false, 1, "RTP sealed");
	test_once(PLAIN, E80, false, SG_SOURCES + SG_RETIRED,
		  "RTP of 24 SSRCs sealed");
	test_once(E32, E80, false, 1, "SRTP opened and sealed");
	test_srtcp_sealed(false);
	test_srtcp_sealed(true);
	test_whole_states();
	test_policing();
	rig_close(&rig);
	return ktap_finish();
}
