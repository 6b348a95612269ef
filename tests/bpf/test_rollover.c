// SPDX-License-Identifier: GPL-2.0-only
/*
 * Indices: replay window, rollover counter, and what becomes of both when
 * keys, SSRCs and addresses change. Every packet's true index is known here,
 * and what the gateway seals or opens is compared under exactly that index.
 */
#include <linux/bpf.h>
#include <string.h>

#include "../lib/exchange.h"
#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

#define ROC(counter, sequence) ((__u64)(counter) << 16 | (sequence))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	SLOT = 1,
	SSRC = 0x1234abcd,
};

static struct rig rig;
static struct scene scene;
static struct outcome outcome;

/* -- one packet ---------------------------------------------------------------- */

/* A packet that @key's owner made under @index. */
static int open_under(const struct test_key *key, bool rtcp, __u32 ssrc,
		      __u64 index)
{
	return exchange_open(&rig, &scene, key, rtcp, ssrc, index);
}

static int open_rtp(__u32 ssrc, __u64 index)
{
	return open_under(&scene.open[0], false, ssrc, index);
}

static int open_rtcp(__u32 ssrc, __u64 index)
{
	return open_under(&scene.open[0], true, ssrc, index);
}

/* A plain packet that must leave under @index. */
static int seal_as(bool rtcp, __u32 ssrc, __u64 index)
{
	return exchange_seal(&rig, &scene, rtcp, ssrc, index);
}

static int seal_rtp(__u32 ssrc, __u64 index)
{
	return seal_as(false, ssrc, index);
}

static void stage(enum sg_suite open, enum sg_suite seal)
{
	scene_init(&scene, SLOT, open, seal);
	rig_install(&rig, &scene);
}

/* A source that has got as far as @highest and seen nothing before it. */
static void preset(__u32 ssrc, __u64 highest)
{
	struct sg_state state = { 0 };
	struct sg_source *source = state_add_source(&state, &scene, ssrc);

	source->received.next = highest + 1;
	source->sealed.next = highest + 1;
	rig_set_state(&rig, SLOT, &state);
}

static __u64 received_next(__u32 ssrc)
{
	struct sg_state state;
	struct sg_source *source;

	rig_state(&rig, SLOT, &state);
	source = state_source(&state, ssrc);
	return source ? source->received.next : 0;
}

/* One kind of window, seen from outside. */
struct side {
	const char *name;
	enum sg_suite open, seal;
	int (*send)(__u32 ssrc, __u64 index);
	int duplicate, old;
};

static const struct side sides[] = {
	{ "SRTP opened", E80, PLAIN, open_rtp, SG_DROP_REPLAYED,
	  SG_DROP_TOO_OLD },
	{ "SRTCP opened", E32, PLAIN, open_rtcp, SG_DROP_REPLAYED,
	  SG_DROP_TOO_OLD },
	{ "RTP sealed", PLAIN, E80, seal_rtp, SG_DROP_SEAL_DUPLICATE,
	  SG_DROP_SEAL_TOO_OLD },
};

/* -- the window's edges (RFC 6479, RFC 3711 3.3.2) -------------------------------- */

enum { LAGS = SG_WINDOW_SIZE + 70 };

/*
 * After @first, some before it, and a jump of @jump: every lag behind the
 * new top, twice. What was sent is a duplicate, what is behind the window
 * too old, all else accepted once, no matter which word of the ring it hits.
 */
static bool window_right(const struct side *side, __u64 first, __u32 jump)
{
	static const __u32 before[] = { 1, 5, 63, 64, 128, 191 };
	static bool sent[LAGS];
	__u64 top = first + jump;

	memset(sent, 0, sizeof(sent));
	stage(side->open, side->seal);
	if (side->send(SSRC, first))
		return false;
	for (__u32 i = 0; i < COUNT(before); i++) {
		if (before[i] > first)
			continue;
		if (side->send(SSRC, first - before[i]))
			return false;
		if (jump + before[i] < LAGS)
			sent[jump + before[i]] = true;
	}
	if (jump < LAGS)
		sent[jump] = true;
	if (jump && side->send(SSRC, top))
		return false;
	sent[0] = true;

	for (__u32 lag = 0; lag < LAGS && lag <= top; lag++) {
		int again = lag < SG_WINDOW_SIZE ? side->duplicate : side->old;
		int once = lag < SG_WINDOW_SIZE && !sent[lag] ? 0 : again;

		if (side->send(SSRC, top - lag) != once ||
		    side->send(SSRC, top - lag) != again) {
			ktap_note("first %llu, jump %u, lag %u", first, jump,
				  lag);
			return false;
		}
	}
	return true;
}

static void test_window(void)
{
	static const __u64 firsts[] = { 0, 1, 63, 64, 190, 191, 192, 193, 255,
					256, 257, 1000, 32700, 65535 };
	static const __u32 jumps[] = { 0, 1, 2, 63, 64, 65, 127, 128, 191, 192,
				       193, 255, 256, 257, 320, 32767 };

	for (__u32 i = 0; i < COUNT(sides); i++) {
		bool right = true;

		for (__u32 j = 0; j < COUNT(firsts); j++)
			for (__u32 k = 0; k < COUNT(jumps) && right; k++)
				right = window_right(&sides[i], firsts[j],
						     jumps[k]);
		ktap(right, "%s: every lag behind %zu tops", sides[i].name,
		     COUNT(firsts) * COUNT(jumps));
	}
}

/* -- the rollover counter (RFC 3711 3.3.1, appendix A) ----------------------------- */

static void test_rollover(void)
{
	static const __u32 counters[] = { 0, 1, 2, 65534, 65535, 65536,
					  0x7fffffff, 0xfffffffe };
	static const struct side rtp_sides[] = {
		{ "opened", E80, PLAIN, open_rtp, SG_DROP_REPLAYED, 0 },
		{ "sealed", PLAIN, E32, seal_rtp, SG_DROP_SEAL_DUPLICATE, 0 },
	};

	for (__u32 i = 0; i < COUNT(rtp_sides); i++) {
		const struct side *side = &rtp_sides[i];

		for (__u32 j = 0; j < COUNT(counters); j++) {
			__u64 roc = counters[j];

			stage(side->open, side->seal);
			preset(SSRC, ROC(roc, 65530));
			ktap(!side->send(SSRC, ROC(roc, 65533)) &&
			     !side->send(SSRC, ROC(roc + 1, 1)) &&
			     !side->send(SSRC, ROC(roc, 65535)) &&
			     !side->send(SSRC, ROC(roc, 65532)) &&
			     !side->send(SSRC, ROC(roc + 1, 0)) &&
			     side->send(SSRC, ROC(roc, 65535)) ==
				     side->duplicate &&
			     side->send(SSRC, ROC(roc + 1, 1)) ==
				     side->duplicate,
			     "rollover %llu to %llu, reordered, %s", roc,
			     roc + 1, side->name);
		}
		stage(side->open, side->seal);
		preset(SSRC, ROC(0xffffffff, 65534));
		ktap(!side->send(SSRC, ROC(0xffffffff, 65535)) &&
		     side->send(SSRC, 0) == SG_DROP_KEY_EXHAUSTED &&
		     side->send(SSRC, 100) == SG_DROP_KEY_EXHAUSTED &&
		     side->send(SSRC, ROC(0xffffffff, 65535)) ==
			     side->duplicate,
		     "the last index of all is %s, none after it", side->name);
	}
}

/* The halves of the sequence space, to the last number. */
static void test_estimate(void)
{
	static const struct {
		__u64 highest, index;
	} guesses[] = {
		{ ROC(0, 0), ROC(0, 32767) },
		{ ROC(0, 0), ROC(0, 32768) },
		{ ROC(0, 0), ROC(0, 65535) }, /* not ROC -1 */
		{ ROC(0, 100), ROC(0, 65000) },
		{ ROC(0, 32768), ROC(0, 65535) },
		{ ROC(0, 32769), ROC(1, 0) },
		{ ROC(0, 65535), ROC(1, 0) },
		{ ROC(0, 65535), ROC(1, 32766) },
		{ ROC(1, 0), ROC(1, 32768) },
		{ ROC(1, 32767), ROC(1, 65535) },
		{ ROC(5, 40000), ROC(6, 7231) },
		{ ROC(5, 7000), ROC(5, 39768) },
		/* From before the rollover, within the window. */
		{ ROC(1, 0), ROC(0, 65535) },
		{ ROC(1, 100), ROC(0, 65500) },
		{ ROC(65536, 10), ROC(65535, 65400) },
	};

	for (__u32 i = 0; i < COUNT(guesses); i++) {
		__u64 highest = guesses[i].highest, index = guesses[i].index;
		bool opened, sealed;

		stage(E80, PLAIN);
		preset(SSRC, highest);
		opened = !open_rtp(SSRC, index);
		stage(PLAIN, E80);
		preset(SSRC, highest);
		sealed = !seal_rtp(SSRC, index);
		ktap(opened && sealed, "behind %llx, %llu is %llx", highest,
		     index & 0xffff, index);
	}
}

/* Exactly half the sequence space behind is behind, and too old. */
static void test_estimate_half(void)
{
	static const struct {
		__u64 highest, index; /* the index it must not be taken for */
	} halves[] = {
		{ ROC(5, 40000), ROC(6, 40000 - 32768) },
		{ ROC(0, 65535), ROC(1, 32767) },
		{ ROC(1, 7000), ROC(1, 7000 + 32769) },
		{ ROC(2, 0), ROC(2, 32769) },
	};

	for (__u32 i = 0; i < COUNT(halves); i++) {
		int opened, sealed;

		stage(E80, PLAIN);
		preset(SSRC, halves[i].highest);
		opened = open_rtp(SSRC, halves[i].index);
		stage(PLAIN, E80);
		preset(SSRC, halves[i].highest);
		sealed = seal_rtp(SSRC, halves[i].index);
		ktap(opened == SG_DROP_TOO_OLD &&
		     sealed == SG_DROP_SEAL_TOO_OLD,
		     "behind %llx, %llu is old", halves[i].highest,
		     halves[i].index & 0xffff);
	}
}

static void test_first_packet(void)
{
	struct sg_state state;

	stage(E80, PLAIN);
	ktap(!open_rtp(SSRC, ROC(1, 3)), "a first packet from behind the "
	     "rollover opens");
	rig_state(&rig, SLOT, &state);
	ktap(state.roc_retried == 1 && received_next(SSRC) == ROC(1, 4),
	     "and is counted as a second guess");
	ktap(!open_rtp(SSRC, ROC(0, 65535)) && !open_rtp(SSRC, ROC(1, 4)) &&
	     open_rtp(SSRC, ROC(1, 3)) == SG_DROP_REPLAYED,
	     "what it overtook opens too");

	stage(E80, PLAIN);
	ktap(open_rtp(SSRC, ROC(2, 3)) == SG_DROP_AUTH_FAILED &&
	     !received_next(SSRC), "from behind two rollovers it does not");

	stage(PLAIN, E80);
	ktap(!seal_rtp(SSRC, ROC(0, 65535)) && !seal_rtp(SSRC, ROC(1, 0)),
	     "a sender starts at rollover counter 0");
}

static void test_srtcp_index(void)
{
	bool right = true;

	stage(E80, PLAIN);
	ktap(!open_rtcp(SSRC, 0x7fffffff) &&
	     !open_rtcp(SSRC, 0x7ffffffe) &&
	     open_rtcp(SSRC, 0x7fffffff) == SG_DROP_REPLAYED,
	     "SRTCP opens up to index 2^31 - 1");
	stage(PLAIN, E32);
	for (int i = 0; i < 300; i++)
		right &= !seal_as(true, SSRC, i);
	ktap(right, "SRTCP is sealed from index 0 on, one after the other");
}

/* -- forgeries (complaint: a forged packet moved the rollover counter) --------------- */

/* Authentic but for one bit. */
static int forge(bool rtcp, __u32 ssrc, __u64 index, __u32 bit)
{
	__u8 packet[256];
	__u32 length;

	exchange_build(rtcp, ssrc, index, packet, &length);
	reference_seal(&scene.open[0].master, rtcp, index, packet, &length);
	packet[length - 1 - bit / 8] ^= 1 << bit % 8;
	rig_send(&rig, &scene, rtcp, packet, length, &outcome);
	return outcome.verdict == XDP_DROP ? (int)outcome.reason :
					     EXCHANGE_WRONG;
}

static void test_forgeries(void)
{
	struct sg_state before, after;
	struct random random = { 5 };
	bool refused = true, goes_on = true;

	stage(E32, PLAIN);
	preset(SSRC, ROC(3, 65500));
	open_rtp(SSRC, ROC(3, 65501));
	open_rtcp(SSRC, 7);
	rig_state(&rig, SLOT, &before);
	for (int i = 0; i < 2000; i++) {
		__u32 ssrc = random_once_in(&random, 3) ?
				     (__u32)random_next(&random) : SSRC;
		__u64 index = ROC(3 + random_below(&random, 2),
				  random_next(&random) & 0xffff);
		int reason = forge(i % 4 == 0, ssrc, index,
				   random_below(&random, 32));

		refused &= reason == SG_DROP_AUTH_FAILED ||
			   reason == SG_DROP_REPLAYED ||
			   reason == SG_DROP_TOO_OLD;
	}
	rig_state(&rig, SLOT, &after);
	ktap(refused, "2000 forgeries around the wrap are refused");
	ktap(after.live == before.live &&
	     !memcmp(after.source, before.source, sizeof(after.source)) &&
	     !memcmp(after.retired, before.retired, sizeof(after.retired)),
	     "and leave no trace in any source");
	for (int i = 0; i < 100; i++)
		goes_on &= !open_rtp(SSRC, ROC(3, 65502) + i);
	ktap(goes_on && !open_rtcp(SSRC, 8), "the honest stream goes on");
}

/* -- many SSRCs (complaint: coming and going, with one rollover counter) -------------- */

enum { SSRCS = SG_SOURCES + SG_RETIRED };

/* Half of them are beyond their first rollover. */
static __u64 base(int i)
{
	return ROC(i & 1, 1000 + 2000 * i);
}

static void test_ssrcs_opened(void)
{
	bool all = true, next = true, replays = true, rtcp = true;

	stage(E80, PLAIN);
	for (int i = 0; i < SSRCS; i++) {
		all &= !open_rtp(SSRC + i, base(i));
		rtcp &= !open_rtcp(SSRC + i, 500 + i);
	}
	ktap(all, "%d SSRCs take turns", SSRCS);
	for (int round = 1; round <= 2; round++) {
		for (int i = 0; i < SSRCS; i++) {
			replays &= open_rtp(SSRC + i, base(i)) > 0;
			next &= !open_rtp(SSRC + i, base(i) + round);
			replays &= open_rtp(SSRC + i, base(i) + round) > 0;
			replays &= open_rtp(SSRC + i, base(i)) > 0;
			rtcp &= open_rtcp(SSRC + i, 500 + i) > 0;
			rtcp &= !open_rtcp(SSRC + i, 500 + i + round * 30);
			rtcp &= open_rtcp(SSRC + i, 500 + i) > 0;
		}
	}
	ktap(next, "each comes back with its rollover counter");
	ktap(replays, "no replay of any is taken, live or retired");
	ktap(rtcp, "nor of their SRTCP");
	ktap(open_rtp(SSRC + SSRCS, 5) == SG_DROP_SSRC_LIMIT &&
	     !open_rtp(SSRC, base(0) + 3),
	     "one more is refused and pushes none out");
}

static void test_ssrcs_sealed(void)
{
	bool all = true, next = true, repeats = true, rtcp = true;

	stage(PLAIN, E80);
	for (int i = 0; i < SSRCS; i++) {
		all &= !seal_rtp(SSRC + i, ROC(0, 65535 - i));
		all &= !seal_rtp(SSRC + i, ROC(1, i));
		rtcp &= !seal_as(true, SSRC + i, 0);
	}
	ktap(all, "%d SSRCs are sealed across their wrap", SSRCS);
	for (int i = 0; i < SSRCS; i++) {
		repeats &= seal_rtp(SSRC + i, ROC(1, i)) > 0;
		next &= !seal_rtp(SSRC + i, ROC(1, i + 1));
		repeats &= seal_rtp(SSRC + i, ROC(1, i)) > 0;
		rtcp &= !seal_as(true, SSRC + i, 1);
	}
	ktap(next, "each goes on where it was");
	ktap(repeats, "none repeats keystream");
	ktap(rtcp, "nor in SRTCP");
}

static void test_ssrc_changes_at_the_wrap(void)
{
	stage(E80, PLAIN);
	preset(SSRC, ROC(0, 65534));
	ktap(!open_rtp(SSRC, ROC(0, 65535)) &&
	     !open_rtp(SSRC + 1, ROC(0, 2)) && !open_rtp(SSRC, ROC(1, 0)) &&
	     !open_rtp(SSRC + 1, ROC(0, 3)) && !open_rtp(SSRC, ROC(1, 1)),
	     "an SSRC changes at the other's wrap, and back");
}

/* -- new keys (RFC 3711 3.3.1, RFC 4568 7.1.4) ------------------------------------------ */

static struct test_key old_key;

/* As the daemon does on a new key at the same address. */
static void rekey(__u64 seed)
{
	old_key = scene.open[0];
	scene.open[2] = scene.open[0];
	test_key_set(&scene.open[0], old_key.master.suite, seed);
	rig_publish(&rig, &scene);
}

static void test_rekey_keeps_roc(void)
{
	static const __u32 counters[] = { 0, 1, 65536 };

	for (__u32 i = 0; i < COUNT(counters); i++) {
		__u32 roc = counters[i];
		struct sg_state state;

		stage(E80, PLAIN);
		preset(SSRC, ROC(roc, 100));
		open_rtp(SSRC, ROC(roc, 101));
		rekey(77);
		ktap(!open_rtp(SSRC, ROC(roc, 103)) &&
		     !open_under(&old_key, false, SSRC, ROC(roc, 102)) &&
		     open_under(&old_key, false, SSRC, ROC(roc, 101)) ==
			     SG_DROP_REPLAYED &&
		     open_rtp(SSRC, ROC(roc, 103)) == SG_DROP_REPLAYED,
		     "a new key at rollover counter %u keeps it, the old one "
		     "ends in flight", roc);
		rig_state(&rig, SLOT, &state);
		ktap(!state.roc_retried, "without a second guess");
	}
}

static void test_rekey_restarts_roc(void)
{
	static const __u32 counters[] = { 1, 5, 65536 };

	for (__u32 i = 0; i < COUNT(counters); i++) {
		__u32 roc = counters[i];
		struct sg_state state;

		stage(E80, PLAIN);
		preset(SSRC, ROC(roc, 100));
		open_rtp(SSRC, ROC(roc, 101));
		ktap(open_rtp(SSRC, ROC(0, 102)) == SG_DROP_AUTH_FAILED,
		     "the same key never restarts at rollover counter 0");
		rekey(78);
		ktap(!open_rtp(SSRC, ROC(0, 102)) &&
		     !open_rtp(SSRC, ROC(0, 103)) &&
		     !open_rtp(SSRC, ROC(0, 101)),
		     "a new key at rollover counter %u may restart at 0", roc);
		rig_state(&rig, SLOT, &state);
		ktap(state.roc_retried == 1 &&
		     received_next(SSRC) == ROC(0, 104), "once");
		ktap(open_rtp(SSRC, ROC(0, 102)) == SG_DROP_REPLAYED &&
		     open_under(&old_key, false, SSRC, ROC(roc, 101)) > 0 &&
		     open_under(&old_key, false, SSRC, ROC(roc, 104)) > 0 &&
		     open_rtp(SSRC, ROC(roc, 105)) > 0,
		     "and then neither the old key nor the old index");
	}
}

/*
 * A restart empties the window. What the old key sent would look new in it,
 * at rollover counter 0 and again when the new key has come as far.
 */
static void test_restart_shuts_out_old_key(void)
{
	bool replayed = false;

	stage(E80, PLAIN);
	for (int i = 0; i <= 100; i++)
		open_rtp(SSRC, i);
	rekey(83);
	ktap(!open_rtp(SSRC, 100) && !open_rtp(SSRC, 101),
	     "a new key may go back within the window");
	for (int i = 0; i <= 100; i++)
		replayed |= open_under(&old_key, false, SSRC, i) <= 0;
	ktap(!replayed, "and nothing of the old key comes again");

	stage(E80, PLAIN);
	preset(SSRC, ROC(1, 100));
	open_rtp(SSRC, ROC(1, 102));
	rekey(84);
	open_rtp(SSRC, ROC(0, 60000));
	open_rtp(SSRC, ROC(1, 103));
	ktap(open_under(&old_key, false, SSRC, ROC(1, 102)) > 0 &&
	     !open_rtp(SSRC, ROC(1, 102)),
	     "nor when the new key has come as far");
}

static void test_epoch_restarts(void)
{
	stage(E80, PLAIN);
	preset(SSRC, ROC(9, 60000));
	open_rtp(SSRC, ROC(9, 60001));
	open_rtcp(SSRC, 1000);
	test_key_set(&scene.open[0], E80, 79);
	scene.stream.epoch++;
	rig_publish(&rig, &scene);
	ktap(!open_rtp(SSRC, ROC(0, 60001)) && !open_rtp(SSRC, ROC(0, 60002)) &&
	     open_rtp(SSRC, ROC(0, 60001)) == SG_DROP_REPLAYED,
	     "a new epoch opens from rollover counter 0");
	ktap(!open_rtcp(SSRC, 0), "and SRTCP from any index");

	stage(PLAIN, E80);
	preset(SSRC, ROC(9, 60000));
	seal_rtp(SSRC, ROC(9, 60001));
	seal_as(true, SSRC, 0);
	test_key_set(&scene.seal, E80, 80);
	scene.stream.epoch++;
	rig_publish(&rig, &scene);
	ktap(!seal_rtp(SSRC, ROC(0, 60001)) && !seal_rtp(SSRC, ROC(0, 60002)) &&
	     seal_rtp(SSRC, ROC(0, 60001)) == SG_DROP_SEAL_DUPLICATE,
	     "a new epoch seals from rollover counter 0");
	ktap(!seal_as(true, SSRC, 0), "and SRTCP from index 0");
}

/* Retired SSRCs of a former epoch block no room and are no longer known. */
static void test_epoch_forgets_retired(void)
{
	bool all = true;

	stage(E80, PLAIN);
	for (int i = 0; i < SSRCS; i++)
		open_rtp(SSRC + i, ROC(1, 50000));
	test_key_set(&scene.open[0], E80, 81);
	scene.stream.epoch++;
	rig_publish(&rig, &scene);
	for (int i = 0; i < SSRCS; i++)
		all &= !open_rtp(SSRC + 100 + i, i);
	for (int i = 0; i < SSRCS; i++)
		all &= open_rtp(SSRC + i, 5) == SG_DROP_SSRC_LIMIT;
	ktap(all, "a new epoch has room for %d new SSRCs, no more", SSRCS);
}

static void test_seal_key_changes(void)
{
	stage(PLAIN, E80);
	preset(SSRC, ROC(4, 65530));
	seal_rtp(SSRC, ROC(4, 65535));
	test_key_set(&scene.seal, E32, 82);
	rig_publish(&rig, &scene);
	ktap(seal_rtp(SSRC, ROC(4, 65535)) == SG_DROP_SEAL_DUPLICATE &&
	     !seal_rtp(SSRC, ROC(5, 0)),
	     "a new sending key in the same epoch keeps the index");
}

/* -- current, next, previous ------------------------------------------------------------ */

static void set_mki(struct test_key *key, __u8 length, __u8 first)
{
	key->master.mki_length = length;
	memset(key->master.mki, first, length);
}

static void three_keys(__u8 mki)
{
	scene_init(&scene, SLOT, E80, PLAIN);
	/* Installed oldest first: generations grow with age. */
	test_key_set(&scene.open[2], E80, 90);
	rig_install(&rig, &scene);
	test_key_set(&scene.open[0], E80, 91);
	rig_install(&rig, &scene);
	test_key_set(&scene.open[1], E80, 92);
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		set_mki(&scene.open[i], mki, 10 + i);
	rig_install(&rig, &scene);
}

static void test_three_keys(__u8 mki)
{
	three_keys(mki);
	ktap(!open_under(&scene.open[2], false, SSRC, ROC(0, 65534)) &&
	     !open_under(&scene.open[0], false, SSRC, ROC(0, 65535)) &&
	     !open_under(&scene.open[1], false, SSRC, ROC(1, 0)) &&
	     !open_under(&scene.open[0], false, SSRC, ROC(1, 2)) &&
	     !open_under(&scene.open[2], false, SSRC, ROC(1, 1)),
	     "previous, current and next key open across a wrap, MKI of %u",
	     mki);
	ktap(!open_under(&scene.open[2], true, SSRC, 5) &&
	     !open_under(&scene.open[0], true, SSRC, 6) &&
	     !open_under(&scene.open[1], true, SSRC, 7), "SRTCP too");
	ktap(open_under(&scene.open[0], false, SSRC, ROC(0, 65535)) ==
		     SG_DROP_REPLAYED &&
	     open_under(&scene.open[1], false, SSRC, ROC(1, 0)) ==
		     SG_DROP_REPLAYED &&
	     open_under(&scene.open[2], false, SSRC, ROC(1, 1)) ==
		     SG_DROP_REPLAYED,
	     "a replay under any of them is called one");
}

static void test_replay_beside_next_key(void)
{
	three_keys(0);
	scene.open[2].master.suite = SG_SUITE_NONE;
	rig_publish(&rig, &scene);
	ktap(!open_rtp(SSRC, 1) && open_rtp(SSRC, 1) == SG_DROP_REPLAYED &&
	     !open_rtcp(SSRC, 1) && open_rtcp(SSRC, 1) == SG_DROP_REPLAYED,
	     "a replay is called one while a next key waits");
}

static void test_withdrawn_key(void)
{
	struct test_key gone;

	three_keys(4);
	gone = scene.open[2];
	open_under(&gone, false, SSRC, 1);
	scene.open[2].master.suite = SG_SUITE_NONE;
	rig_publish(&rig, &scene);
	ktap(open_under(&gone, false, SSRC, 2) == SG_DROP_NO_KEY &&
	     !open_rtp(SSRC, 3), "a withdrawn key opens nothing more");
}

/* MKIs of different lengths end at different places. */
static void test_mki_lengths(void)
{
	bool right = true;

	for (int length = 1; length <= SG_MKI_MAX; length++) {
		scene_init(&scene, SLOT, E32, PLAIN);
		set_mki(&scene.open[0], length, length);
		test_key_set(&scene.open[1], E80, 93);
		set_mki(&scene.open[1], SG_MKI_MAX + 1 - length, 99);
		rig_install(&rig, &scene);
		right &= !open_under(&scene.open[0], false, SSRC, 1) &&
			 !open_under(&scene.open[1], false, SSRC, 2) &&
			 !open_under(&scene.open[0], true, SSRC, 1) &&
			 !open_under(&scene.open[1], true, SSRC, 2);
		scene.open[0].master.mki[length - 1] ^= 1;
		right &= open_under(&scene.open[0], false, SSRC, 3) ==
				 SG_DROP_NO_KEY;

		scene_init(&scene, SLOT, PLAIN, E32);
		set_mki(&scene.seal, length, length);
		rig_install(&rig, &scene);
		right &= !seal_rtp(SSRC, 1) && !seal_as(true, SSRC, 0);
	}
	ktap(right, "MKIs of 1 to %d bytes, both suites, both ways",
	     SG_MKI_MAX);
}

int main(void)
{
	rig_open(&rig);
	test_window();
	test_rollover();
	test_estimate();
	test_estimate_half();
	test_first_packet();
	test_srtcp_index();
	test_forgeries();
	test_ssrcs_opened();
	test_ssrcs_sealed();
	test_ssrc_changes_at_the_wrap();
	test_rekey_keeps_roc();
	test_rekey_restarts_roc();
	test_restart_shuts_out_old_key();
	test_epoch_restarts();
	test_epoch_forgets_retired();
	test_seal_key_changes();
	test_three_keys(0);
	test_three_keys(1);
	test_three_keys(SG_MKI_MAX);
	test_replay_beside_next_key();
	test_withdrawn_key();
	test_mki_lengths();
	rig_close(&rig);
	return ktap_finish();
}
