// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the gateway learns from RTCP that it forwards: sender reports, what
 * receivers report, and round trips, from packets well made and not. The
 * stream THERE carries the media and its sender's reports, BACK what its
 * receiver reports.
 */
#include <linux/bpf.h>
#include <string.h>
#include <time.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

enum {
	THERE = 10,
	BACK = THERE ^ 1,
	SENDER = 0x5e4de400,	/* SSRCs */
	RECEIVER = 0x4ece1e40,
	STRANGER = 0x57a49e40,
	SR = 200,		/* packet types, RFC 3550, 4585, 3611 */
	RR = 201,
	SDES = 202,
	BYE = 203,
	APP = 204,
	RTPFB = 205,
	XR = 207,
	NTP = 0xbeefcafe,	/* middle 32 bits */
};

#define SECOND 1000000000ULL

static struct rig rig;
static struct scene there, back;
static struct outcome outcome;
static __u8 packet[FRAME_MAX];
static __u32 length, srtcp_index;

static __u64 clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

/* -- packets --------------------------------------------------------------- */

static void word(__u32 value)
{
	put32(packet + length, value);
	length += 4;
}

/* The header of a part with @words behind it. */
static void part(__u8 type, __u8 count, __u16 words)
{
	packet[length] = 2 << 6 | count;
	packet[length + 1] = type;
	put16(packet + length + 2, words);
	length += 4;
}

/* One whose @words do not matter; the first is the SSRC. */
static void other_part(__u8 type, __u8 count, __u16 words)
{
	part(type, count, words);
	word(RECEIVER);
	for (int i = 1; i < words; i++)
		word(0x01020304);
}

static void sender_part(__u32 ssrc, __u32 ntp, __u8 blocks)
{
	part(SR, blocks, 6 + 6 * blocks);
	word(ssrc);
	word(0x11110000 | ntp >> 16);
	word(ntp << 16 | 0x2222);
	word(160);
	word(1);
	word(160);
}

static void receiver_part(__u8 blocks)
{
	part(RR, blocks, 1 + 6 * blocks);
	word(RECEIVER);
}

/* @delay: 1/65536 s. */
static void block(__u32 ssrc, __u32 loss, __u32 jitter, __u32 lsr, __u32 delay)
{
	word(ssrc);
	word(loss);
	word(1000);
	word(jitter);
	word(lsr);
	word(delay);
}

static void report(void)
{
	receiver_part(1);
	block(SENDER, 64 << 24 | 7, 80, 0, 0);
}

/* -- streams --------------------------------------------------------------- */

static void stage(enum sg_suite open, enum sg_suite seal)
{
	struct sg_state state = { 0 };

	scene_init(&there, THERE, PLAIN, PLAIN);
	rig_install(&rig, &there);
	state_add_source(&state, &there, SENDER);
	rig_set_state(&rig, THERE, &state);
	scene_init(&back, BACK, open, seal);
	rig_install(&rig, &back);
	length = 0;
}

/* Sender report @which of those kept passed @ago ns ago. */
static void remember(int which, __u32 ntp, __u64 ago)
{
	struct sg_state state;

	rig_state(&rig, THERE, &state);
	state.quality.sent[which].ntp = ntp;
	state.quality.sent[which].at = clock_now() - ago;
	rig_set_state(&rig, THERE, &state);
}

static bool send_by(const struct scene *scene)
{
	const __u8 *out;
	const char *wrong;
	__u32 bytes;

	rig_send(&rig, scene, true, packet, length, &outcome);
	wrong = outcome_forwarded(&outcome, scene, true, &out, &bytes);
	if (wrong)
		ktap_note("%s; reason %u", wrong, outcome.reason);
	return !wrong;
}

static struct sg_quality quality(void)
{
	struct sg_state state;

	rig_state(&rig, THERE, &state);
	return state.quality;
}

/* What report() says arrived. */
static bool reported(void)
{
	struct sg_quality now = quality();

	return now.reports == 1 && now.ssrc == SENDER &&
	       now.fraction_lost == 64 && now.lost == 7 && now.jitter == 80;
}

static bool silent(void)
{
	static const struct sg_quality nothing;
	struct sg_quality now = quality();

	memset(now.sent, 0, sizeof(now.sent));
	now.next = 0;
	return !memcmp(&now, &nothing, sizeof(now));
}

/* -- what is learned ------------------------------------------------------- */

static void test_sender(void)
{
	__u64 before = clock_now(), after;
	struct sg_state state;

	stage(PLAIN, PLAIN);
	sender_part(SENDER, NTP, 0);
	ktap(send_by(&there), "a sender report is forwarded");
	after = clock_now();
	rig_state(&rig, THERE, &state);
	ktap(state.quality.sent[0].ntp == NTP &&
	     state.quality.sent[0].at >= before &&
	     state.quality.sent[0].at <= after && state.quality.next == 1,
	     "its NTP time and ours are kept");
	ktap(state.turn == 1 && silent(),
	     "as one change of the second part, and it is no report");
}

static void test_ring(void)
{
	struct sg_quality now;
	bool right = true;

	stage(PLAIN, PLAIN);
	for (__u32 i = 0; i < SG_SENDER_REPORTS + 1; i++) {
		length = 0;
		sender_part(SENDER, NTP + i, 0);
		send_by(&there);
	}
	now = quality();
	for (__u32 i = 1; i < SG_SENDER_REPORTS; i++)
		right &= now.sent[i].ntp == NTP + i;
	ktap(right && now.sent[0].ntp == NTP + SG_SENDER_REPORTS,
	     "the last %d sender reports are kept", SG_SENDER_REPORTS);
}

static void test_report(void)
{
	__u64 before = clock_now();
	struct sg_state state;

	stage(PLAIN, PLAIN);
	report();
	ktap(send_by(&back) && reported(), "a receiver report is understood");
	rig_state(&rig, THERE, &state);
	ktap(state.quality.reported_at >= before &&
	     state.quality.reported_at <= clock_now() && state.turn == 1,
	     "when it came is kept");
	ktap(!state.quality.round_trips, "LSR 0 gives no round trip");

	length = 0;
	receiver_part(1);
	block(SENDER, 0 << 24 | (-5 & 0xffffff), 81, 0, 0);
	send_by(&back);
	rig_state(&rig, THERE, &state);
	ktap(state.quality.lost == -5 && state.quality.reports == 2 &&
	     !state.quality.fraction_lost && state.quality.jitter == 81,
	     "duplicates make the cumulative loss negative");
}

static void test_round_trip(void)
{
	__u64 sent_before, sent_after, before, after;
	struct sg_quality now;

	stage(PLAIN, PLAIN);
	sent_before = clock_now();
	sender_part(SENDER, NTP, 0);
	send_by(&there);
	sent_after = clock_now();
	length = 0;
	receiver_part(1);
	block(SENDER, 0, 0, NTP, 0);
	before = clock_now();
	send_by(&back);
	after = clock_now();
	now = quality();
	ktap(now.round_trips == 1 && now.round_trip >= before - sent_after &&
	     now.round_trip <= after - sent_before,
	     "the round trip of a report and its answer");
	ktap(now.round_trip_sum == now.round_trip, "is the sum of the first");
	send_by(&back);
	ktap(quality().round_trips == 2 &&
	     quality().round_trip_sum == now.round_trip + quality().round_trip,
	     "and is added to by the next");
}

/* The answer to a sender report of 5 s ago, kept back for @delay. */
static struct sg_quality answered(__u32 lsr, __u32 delay, __u64 *before,
				  __u64 *after)
{
	stage(PLAIN, PLAIN);
	remember(0, NTP, 5 * SECOND);
	receiver_part(1);
	block(SENDER, 0, 0, lsr, delay);
	*before = quality().sent[0].at;
	*before = clock_now() - *before;
	send_by(&back);
	*after = clock_now() - quality().sent[0].at;
	return quality();
}

static void test_delay(void)
{
	const __u32 kept = 4 * 65536 + 58982; /* 4.9 s */
	const __u64 kept_ns = kept * SECOND / 65536;
	__u64 before, after;
	struct sg_quality now = answered(NTP, kept, &before, &after);

	ktap(now.round_trips == 1 && now.round_trip >= before - kept_ns &&
	     now.round_trip <= after - kept_ns,
	     "DLSR of 4.9 s is taken off exactly");
	now = answered(NTP + 1, kept, &before, &after);
	ktap(now.reports == 1 && !now.round_trips,
	     "LSR of no report remembered gives no round trip");
	now = answered(NTP, 6 * 65536, &before, &after);
	ktap(now.reports == 1 && !now.round_trips,
	     "DLSR longer than the time passed gives none");
	now = answered(NTP, ~0, &before, &after);
	ktap(now.reports == 1 && !now.round_trips, "nor does the longest DLSR");
}

static void test_too_long(void)
{
	stage(PLAIN, PLAIN);
	remember(0, NTP, 61 * SECOND);
	receiver_part(1);
	block(SENDER, 0, 0, NTP, 0);
	send_by(&back);
	ktap(quality().reports == 1 && !quality().round_trips,
	     "a round trip of more than 60 s is none");
	remember(0, NTP, 59 * SECOND);
	send_by(&back);
	ktap(quality().round_trips == 1, "one of 59 s is");
	stage(PLAIN, PLAIN);
	remember(1, NTP, 1 * SECOND);
	remember(2, NTP, 3 * SECOND);
	receiver_part(1);
	block(SENDER, 0, 0, NTP, 0);
	send_by(&back);
	ktap(quality().round_trip / SECOND == 1,
	     "of a report that came twice, the later one is answered");
}

static void test_sender_also_receives(void)
{
	stage(PLAIN, PLAIN);
	sender_part(RECEIVER, NTP + 9, 1);
	block(SENDER, 64 << 24 | 7, 80, 0, 0);
	ktap(send_by(&back) && reported(), "a block of a sender report");
}

/* -- where it stands ------------------------------------------------------- */

static void test_compounds(void)
{
	static const __u8 types[] = { SDES, BYE, APP, RTPFB, XR, 192, 255 };

	for (size_t i = 0; i < sizeof(types); i++) {
		stage(PLAIN, PLAIN);
		other_part(types[i], 1, 3);
		report();
		ktap(send_by(&back) && reported(),
		     "a report behind a part of type %u (RFC 5506)", types[i]);
		stage(PLAIN, PLAIN);
		other_part(types[i], 1, 9);
		ktap(send_by(&back) && silent(),
		     "nothing of a part of type %u", types[i]);
	}
	for (int parts = 3; parts <= 4; parts++) {
		stage(PLAIN, PLAIN);
		for (int i = 0; i < parts; i++)
			other_part(SDES, 1, 2);
		report();
		ktap(send_by(&back) && (parts < 4 ? reported() : silent()),
		     "part %d is %s", parts + 1,
		     parts < 4 ? "looked at" : "one too many");
	}
}

static void test_blocks(void)
{
	for (int at = 0; at <= 4; at++) {
		stage(PLAIN, PLAIN);
		receiver_part(5);
		for (int i = 0; i < 5; i++)
			block(i == at ? SENDER : STRANGER, 64 << 24 | 7, 80, 0,
			      0);
		ktap(send_by(&back) && (at < 4 ? reported() : silent()),
		     "block %d is %s", at + 1,
		     at < 4 ? "looked at" : "one too many");
	}
}

/* -- what is wrong with it ------------------------------------------------- */

static void no_blocks(void)
{
	receiver_part(0);
	packet[0] |= 31;
}

static void block_cut(void)
{
	report();
	put16(packet + 2, 6);
}

static void sender_cut(void)
{
	sender_part(RECEIVER, NTP, 0);
	put16(packet + 2, 5);
	length -= 4;
}

static void longer_than_packet(void)
{
	report();
	put16(packet + 2, 8);
}

static void longer_behind_another(void)
{
	other_part(SDES, 1, 2);
	report();
	put16(packet + 12 + 2, 8);
}

static void longest(void)
{
	report();
	put16(packet + 2, 0xffff);
}

static void empty_parts(void)
{
	for (int i = 0; i < 4; i++)
		part(RR, 1, 0);
}

static void other_version(void)
{
	other_part(SDES, 1, 2);
	report();
	packet[12] = 1 << 6 | 1;
}

static void half_a_header(void)
{
	other_part(SDES, 1, 2);
	packet[length++] = 2 << 6 | 1;
	packet[length++] = RR;
}

static void stranger(void)
{
	receiver_part(1);
	block(STRANGER, 64 << 24 | 7, 80, NTP, 0);
}

static void test_wrong(void)
{
	static const struct {
		void (*build)(void);
		const char *name;
	} cases[] = {
		{ no_blocks, "31 blocks promised, none there" },
		{ block_cut, "a block cut short by its part" },
		{ sender_cut, "a sender report without all of its counts" },
		{ longer_than_packet, "a part one word longer than the packet" },
		{ longer_behind_another, "the same behind another part" },
		{ longest, "a part of the greatest length" },
		{ empty_parts, "reports without an SSRC" },
		{ other_version, "a second part of version 1" },
		{ half_a_header, "half a header at the end" },
		{ stranger, "a report about an SSRC that never passed" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sg_state state;

		stage(PLAIN, PLAIN);
		cases[i].build();
		send_by(&back);
		rig_state(&rig, BACK, &state);
		ktap(outcome.verdict == XDP_REDIRECT && silent() &&
		     !state.quality.next, "forwarded, and says nothing: %s",
		     cases[i].name);
	}
}

/* -- under SRTCP ----------------------------------------------------------- */

static void test_srtcp(enum sg_suite open, enum sg_suite seal, bool plain_rtcp,
		       const char *name)
{
	stage(open, seal);
	back.open[0].master.plain_rtcp = plain_rtcp;
	rig_publish(&rig, &back);
	report();
	if (open)
		reference_seal(&back.open[0].master, true, ++srtcp_index,
			       packet, &length);
	ktap(send_by(&back) && reported(), "a report is understood: %s", name);
}

static void test_forged(void)
{
	stage(E80, PLAIN);
	report();
	reference_seal(&back.open[0].master, true, 1, packet, &length);
	packet[length - 1] ^= 1;
	rig_send(&rig, &back, true, packet, length, &outcome);
	ktap(outcome.reason == SG_DROP_AUTH_FAILED && silent(),
	     "what is not authentic says nothing");
}

static void test_opaque(void)
{
	stage(PLAIN, PLAIN);
	back.stream.flags |= SG_STREAM_OPAQUE;
	rig_publish(&rig, &back);
	report();
	ktap(send_by(&back) && silent(), "nothing is read of opaque SRTCP");
}

int main(void)
{
	rig_open(&rig);
	test_sender();
	test_ring();
	test_report();
	test_round_trip();
	test_delay();
	test_too_long();
	test_sender_also_receives();
	test_compounds();
	test_blocks();
	test_wrong();
	test_srtcp(E80, PLAIN, false, "opened");
	test_srtcp(PLAIN, E80, false, "sealed");
	test_srtcp(E80, E80, false, "opened and sealed");
	test_srtcp(SG_SUITE_AEAD_AES_128_GCM, PLAIN, false, "opened, GCM");
	test_srtcp(E80, PLAIN, true, "opened, UNENCRYPTED_SRTCP");
	test_forged();
	test_opaque();
	rig_close(&rig);
	return ktap_finish();
}
