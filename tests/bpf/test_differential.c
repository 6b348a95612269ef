// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path beside libsrtp2: the same random packets, honest, late,
 * repeated, damaged and forged, through both. They must agree on every
 * verdict, on why a packet is refused, and on every byte that leaves.
 *
 * A call is up to eight SSRCs of RTP and RTCP behind one key. A failing call
 * is repeated alone with the SEED and CALL that its note gives.
 *
 * SEED=number COUNT=packets CALL=number
 *
 * Where both are right and yet differ, this test keeps away or allows it:
 *   libsrtp's SRTCP window is 128 packets, ours 192: packets between the
 *     two edges are not sent (the edges: test_rollover.c);
 *   libsrtp's first SRTCP index is 1, ours 0: the first sealed packet is
 *     compared with the tests' own SRTCP instead;
 *   libsrtp takes a source's first packet for ROC 0, ours tries 1 too: the
 *     first packet of a source always arrives;
 *   libsrtp 2.5 looks for SRTCP's MKI in front of a tag of SRTP's length:
 *     no MKI where a key with two lengths opens;
 *   libsrtp never looks at the version field;
 *   libsrtp before 2.8 derives the session keys of AES-192 with AES-256, which
 *     RFC 6188 7.4 shows to be wrong (its issue 763): test_vectors.c has these
 *     suites beside the tests' own SRTP;
 *   of several reasons to refuse a damaged packet each may name another:
 *     see same_reason().
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/oracle.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

enum {
	SLOT = 1,
	DEFAULT_COUNT = 480000,
	CALL_PACKETS = 600,
	HISTORY = 512,		/* packets that may come again or late */
	TALKERS = SG_SOURCES,
	PAYLOAD_MAX = 1460,
	PACKET_MAX = 2048,
	MISMATCHES_SHOWN = 3,
	COVERAGE = 20,		/* of each reason, in a full run */
};

enum mode { OPEN, SEAL, OPEN_AND_SEAL, MODES };

static const enum sg_suite suites[] = {
	SG_SUITE_AES_CM_128_HMAC_SHA1_80, SG_SUITE_AES_CM_128_HMAC_SHA1_32,
	SG_SUITE_AES_256_CM_HMAC_SHA1_80, SG_SUITE_AES_256_CM_HMAC_SHA1_32,
	SG_SUITE_AEAD_AES_128_GCM, SG_SUITE_AEAD_AES_256_GCM,
};

enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

static const char *const mode_name[] = { "open", "seal", "open and seal" };

struct sample {
	__u32 length;
	bool rtcp;
	bool damaged;
	__u8 bytes[PACKET_MAX] __attribute__((aligned(8)));
};

struct talker {
	__u32 ssrc;
	__u16 sequence;		/* of its next packet */
	__u32 rtcp_sent;
	__u64 rtcp_highest;	/* SRTCP index accepted */
	bool started;
	bool rtcp_sealed;	/* at least once */
};

static struct rig rig;
static struct outcome outcome;

static struct call {
	enum mode mode;
	enum sg_suite suite;
	bool mux;
	struct scene scene;
	struct oracle sender;	/* makes the SRTP of OPEN */
	struct oracle opener;
	struct oracle sealer;
	struct talker talker[TALKERS];
	__u32 talkers;
	struct sample history[HISTORY];
	__u32 sent;
	struct random random;
} call;

static __u64 seen[SG_DROP_REASON_COUNT]; /* 0: forwarded */

static __u32 below(__u32 limit)
{
	return random_below(&call.random, limit);
}

static bool once_in(__u32 odds)
{
	return random_once_in(&call.random, odds);
}

/* -- honest packets ------------------------------------------------------------ */

/* Mostly the next one; some lost, at times thousands. */
static __u16 sequence_step(void)
{
	if (once_in(150))
		return 1 + below(32000);
	return once_in(12) ? 1 + below(60) : 1;
}

static __u8 payload_type(void)
{
	__u8 type = below(128);

	/* RFC 5761 4: these, with a marker, would read as RTCP. */
	return call.mux && type >= 64 && type < 96 ? type - 64 : type;
}

static void make_rtp(struct sample *sample, struct talker *talker)
{
	struct rtp rtp = {
		.ssrc = talker->ssrc,
		.sequence = talker->sequence,
		.timestamp = random_next(&call.random),
		.payload_type = payload_type(),
		.marker = once_in(4),
		.csrcs = once_in(4) ? below(16) : 0,
		.extension = once_in(4),
		.extension_words = once_in(3) ? below(20) : 1,
		.payload = once_in(8) ? below(20) : below(PAYLOAD_MAX + 1),
		.fill = random_next(&call.random),
	};

	if (rtp.payload && once_in(8))
		rtp.padding = 1 + below(rtp.payload < 200 ? rtp.payload : 200);
	talker->sequence += sequence_step();
	sample->rtcp = false;
	sample->length = rtp_build(sample->bytes, &rtp);
}

static void make_rtcp(struct sample *sample, struct talker *talker)
{
	sample->rtcp = true;
	sample->length = rtcp_build(sample->bytes, talker->ssrc, below(200),
				    random_next(&call.random));
	talker->rtcp_sent++;
}

static struct sample *make_sample(struct talker *talker)
{
	struct sample *sample = &call.history[call.sent++ % HISTORY];

	sample->damaged = false;
	if (talker->started && once_in(6))
		make_rtcp(sample, talker);
	else
		make_rtp(sample, talker);
	talker->started = true;
	if (call.mode != SEAL &&
	    oracle_run(&call.sender, sample->rtcp, sample->bytes,
		       &sample->length))
		ktap_bail_out("libsrtp2 does not protect a packet");
	return sample;
}

/* -- damage -------------------------------------------------------------------- */

static void flip(struct sample *sample, __u32 from, __u32 to)
{
	if (to > sample->length)
		to = sample->length;
	if (from < to)
		sample->bytes[from + below(to - from)] ^= 1 << below(8);
}

static void damage(struct sample *sample)
{
	__u32 end = sample->length;

	sample->damaged = true;
	switch (below(8)) {
	case 0: /* a header bit */
		flip(sample, 0, 16);
		break;
	case 1: /* tag and MKI, or the last of the payload */
		flip(sample, end - 10, end);
		break;
	case 2: /* the E bit and index of SRTCP */
		flip(sample, end - 14, end - 10);
		break;
	case 3:
		sample->length = below(end);
		break;
	case 4: /* only a little */
		sample->length -= 1 + below(24 < end ? 24 : end);
		break;
	case 5:
		sample->length += 1 + below(16);
		break;
	default:
		for (__u32 i = below(4) + 1; i; i--)
			flip(sample, 0, end);
	}
}

static bool is_rtcp(const struct sample *sample)
{
	return call.mux ? rtcp_by_type(sample->bytes, sample->length) :
			  sample->rtcp;
}

/*
 * A sealing stream believes what it is told: a damaged SSRC would be one
 * more source and meet the limit that test_reasons.c tests.
 */
static bool keeps_its_source(const struct sample *damaged,
			     const struct sample *original)
{
	__u32 at = original->rtcp ? 4 : 8;

	return is_rtcp(damaged) == original->rtcp &&
	       !memcmp(damaged->bytes + at, original->bytes + at, 4);
}

/* -- judging ------------------------------------------------------------------- */

static struct talker *talker_of(const struct sample *sample)
{
	__u32 ssrc = get32(sample->bytes + (is_rtcp(sample) ? 4 : 8));

	for (__u32 i = 0; i < call.talkers; i++)
		if (call.talker[i].ssrc == ssrc)
			return &call.talker[i];
	return NULL;
}

static __u32 srtcp_index(const struct sample *sample)
{
	const struct sg_master_key *key = &call.scene.open[0].master;
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	__u32 behind = 4 + key->mki_length, trailer;

	/* RFC 7714 9: behind the tag; else in front of it. */
	trailer = suite->flags & SG_KEY_GCM ? behind : behind + 10;

	if (sample->length < RTCP_HEADER + trailer)
		return 0;
	return get32(sample->bytes + sample->length - trailer) & ~(1u << 31);
}

/* Neither too old for us nor young enough for libsrtp. */
static bool between_windows(const struct sample *sample)
{
	const struct talker *talker;
	__u64 lag;

	if (call.mode == SEAL || !is_rtcp(sample) ||
	    sample->length < RTCP_HEADER)
		return false;
	talker = talker_of(sample);
	if (!talker)
		return false;
	lag = talker->rtcp_highest - srtcp_index(sample);
	return talker->rtcp_highest >= srtcp_index(sample) &&
	       lag >= ORACLE_RTCP_WINDOW && lag <= SG_WINDOW_SIZE;
}

static bool is_rtp_at_all(const struct sample *sample)
{
	__u32 least = is_rtcp(sample) ? RTCP_HEADER : RTP_HEADER;

	return sample->length >= least && sample->bytes[0] >> 6 == 2;
}

static int judge_open(struct sample *sample)
{
	bool rtcp = is_rtcp(sample);
	__u32 index = srtcp_index(sample);
	struct talker *talker = talker_of(sample);
	int reason = oracle_run(&call.opener, rtcp, sample->bytes,
				&sample->length);

	if (!reason && rtcp && talker->rtcp_highest < index)
		talker->rtcp_highest = index;
	return reason;
}

static int judge_seal(struct sample *sample)
{
	bool rtcp = is_rtcp(sample);
	struct talker *talker = talker_of(sample);

	if (rtcp && !talker->rtcp_sealed) {
		talker->rtcp_sealed = true;
		reference_seal(&call.scene.seal.master, true, 0, sample->bytes,
			       &sample->length);
		return 0;
	}
	return oracle_run(&call.sealer, rtcp, sample->bytes, &sample->length);
}

/* What must become of @sample, which turns into what must leave. */
static int judge(struct sample *sample)
{
	int reason = 0;

	if (!is_rtp_at_all(sample))
		return SG_DROP_NOT_RTP;
	if (call.mode != SEAL)
		reason = judge_open(sample);
	if (!reason && call.mode != OPEN)
		reason = judge_seal(sample);
	return reason;
}

static bool is_about_form(int reason)
{
	return reason == SG_DROP_BAD_HEADER || reason == SG_DROP_NO_KEY ||
	       reason == SG_DROP_NOT_ENCRYPTED;
}

/*
 * A damaged packet may break several rules, and libsrtp looks for replays
 * before MKI and length. What the cryptography says must always agree.
 */
static bool same_reason(int ours, int theirs, bool damaged)
{
	if (ours == theirs)
		return true;
	return damaged && theirs && (is_about_form(ours) ||
				     is_about_form(theirs));
}

static const char *compare(const struct sample *expected, int theirs, bool rtcp)
{
	const __u8 *payload;
	const char *wrong;
	__u32 length;

	if (outcome.verdict != XDP_REDIRECT)
		return same_reason(outcome.reason, theirs, expected->damaged) ?
			       NULL : "refused for another reason";
	if (theirs)
		return "forwarded, but libsrtp2 refuses it";
	wrong = outcome_forwarded(&outcome, &call.scene, rtcp, &payload,
				  &length);
	if (wrong)
		return wrong;
	if (length != expected->length ||
	    memcmp(payload, expected->bytes, length))
		return "other bytes";
	return NULL;
}

/* -- one call ------------------------------------------------------------------ */

/* Returns what differs, or NULL. */
static const char *deliver(const struct sample *sample)
{
	static struct sample judged;
	bool rtcp = is_rtcp(sample);
	int theirs;

	if (between_windows(sample))
		return NULL;
	rig_send(&rig, &call.scene, sample->rtcp, sample->bytes,
		 sample->length, &outcome);
	judged = *sample;
	theirs = judge(&judged);
	seen[theirs]++;
	return compare(&judged, theirs, rtcp);
}

static struct sample *recall(void)
{
	__u32 kept = call.sent < HISTORY ? call.sent : HISTORY;
	__u32 back = once_in(2) ? below(kept < 8 ? kept : 8) : below(kept);

	return &call.history[(call.sent - 1 - back) % HISTORY];
}

static const char *deliver_damaged(const struct sample *sample)
{
	static struct sample damaged;

	damaged = *sample;
	damage(&damaged);
	if (call.mode == SEAL && !keeps_its_source(&damaged, sample))
		return NULL;
	return deliver(&damaged);
}

static const char *step(void)
{
	struct talker *talker = &call.talker[below(call.talkers)];
	struct sample *sample;

	if (!talker->started)
		return deliver(make_sample(talker));
	switch (below(20)) {
	case 0 ... 9:
		return deliver(make_sample(talker));
	case 10 ... 12: /* late or lost */
		make_sample(talker);
		return NULL;
	case 13 ... 16: /* what was late, or comes once more */
		return deliver(recall());
	case 17:
		return deliver_damaged(recall());
	default: /* the true one arrives behind the damaged one */
		sample = make_sample(talker);
		return deliver_damaged(sample) ?: deliver(sample);
	}
}

static void set_mki(struct sg_master_key *key)
{
	if (key->suite == SG_SUITE_NONE || !once_in(4))
		return;
	key->mki_length = 1 + below(SG_MKI_MAX);
	random_bytes(&call.random, key->mki, key->mki_length);
}

static void set_talkers(void)
{
	static const __u16 starts[] = { 0, 65520, 65000, 32760, 33000, 60000 };

	call.talkers = 1 + below(TALKERS);
	memset(call.talker, 0, sizeof(call.talker));
	for (__u32 i = 0; i < call.talkers; i++) {
		call.talker[i].ssrc = random_next(&call.random);
		call.talker[i].sequence = once_in(4) ?
						  random_next(&call.random) :
						  starts[below(6)] + below(16);
	}
}

static enum sg_suite random_suite(void)
{
	return suites[below(SUITES)];
}

static void begin(__u64 seed)
{
	struct sg_master_key *open, *seal;

	call.random.state = seed;
	call.sent = 0;
	scene_init(&call.scene, SLOT,
		   call.mode == SEAL ? PLAIN : call.suite,
		   call.mode == OPEN ? PLAIN :
		   call.mode == SEAL ? call.suite : random_suite());
	test_key_set(&call.scene.open[0], call.scene.open[0].master.suite,
		     random_next(&call.random));
	test_key_set(&call.scene.seal, call.scene.seal.master.suite,
		     random_next(&call.random));
	open = &call.scene.open[0].master;
	seal = &call.scene.seal.master;
	if (open->suite && sg_suite_info(open->suite)->rtp_tag ==
				   sg_suite_info(open->suite)->rtcp_tag)
		set_mki(open);
	set_mki(seal);
	call.mux = once_in(2);
	scene_set_mux(&call.scene, call.mux, once_in(2));
	scene_set_family(&call.scene, once_in(2), once_in(2));
	set_talkers();
	rig_install(&rig, &call.scene);
	if (open->suite) {
		oracle_open(&call.sender, open, true, SG_WINDOW_SIZE);
		oracle_open(&call.opener, open, false, SG_WINDOW_SIZE);
	}
	if (seal->suite)
		oracle_open(&call.sealer, seal, true, SG_WINDOW_SIZE);
}

static void end(void)
{
	if (call.scene.open[0].master.suite) {
		oracle_close(&call.sender);
		oracle_close(&call.opener);
	}
	if (call.scene.seal.master.suite)
		oracle_close(&call.sealer);
	rig_remove(&rig, &call.scene);
}

/* True when both agreed on every packet. */
static bool run_call(__u64 seed, __u32 number)
{
	const char *wrong = NULL;

	begin(seed + number * 0x9e3779b97f4a7c15ull);
	for (int i = 0; i < CALL_PACKETS && !wrong; i++)
		wrong = step();
	if (wrong)
		ktap_note("%s; verdict %d, reason %u; SEED=%llu CALL=%u",
			  wrong, outcome.verdict, outcome.reason, seed, number);
	end();
	return !wrong;
}

/* -- many calls ------------------------------------------------------------------ */

static __u64 total(void)
{
	__u64 sum = 0;

	for (int i = 0; i < SG_DROP_REASON_COUNT; i++)
		sum += seen[i];
	return sum;
}

static void run_calls(enum mode mode, enum sg_suite suite, __u64 seed,
		      __u64 count, __u32 *number, __u64 only)
{
	__u64 before = total();
	int mismatches = 0;

	call.mode = mode;
	call.suite = suite;
	/* Not every step delivers a packet: calls are counted, not packets. */
	for (__u64 done = 0; done < count; done += CALL_PACKETS) {
		++*number;
		if ((!only || only == *number) && !run_call(seed, *number) &&
		    ++mismatches == MISMATCHES_SHOWN)
			break;
	}
	ktap(!mismatches, "%s, %s: %llu packets", mode_name[mode],
	     sg_suite_name(suite), total() - before);
}

/* A generator that never makes what it should would prove nothing. */
static void check_coverage(__u64 count)
{
	static const int wanted[] = {
		0, SG_DROP_NOT_RTP, SG_DROP_BAD_HEADER, SG_DROP_REPLAYED,
		SG_DROP_TOO_OLD, SG_DROP_AUTH_FAILED, SG_DROP_NO_KEY,
		SG_DROP_NOT_ENCRYPTED, SG_DROP_SEAL_DUPLICATE,
		SG_DROP_SEAL_TOO_OLD,
	};
	bool all = true;

	for (__u32 i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		ktap_note("reason %d: %llu packets", wanted[i],
			  seen[wanted[i]]);
		all &= seen[wanted[i]] >= COVERAGE;
	}
	if (count >= DEFAULT_COUNT)
		ktap(all && total() >= 200000,
		     "every kind of packet was among %llu", total());
}

int main(void)
{
	__u64 seed = random_setting("SEED", 3711);
	__u64 count = random_setting("COUNT", DEFAULT_COUNT);
	__u64 only = random_setting("CALL", 0);
	__u32 number = 0;

	rig_open(&rig);
	ktap_note("SEED=%llu COUNT=%llu", seed, count);
	for (int mode = OPEN; mode < MODES; mode++) {
		for (int i = 0; i < SUITES; i++)
			run_calls(mode, suites[i], seed,
				  count / (MODES * SUITES), &number, only);
	}
	if (!only)
		check_coverage(count);
	rig_close(&rig);
	return ktap_finish();
}
