/* SPDX-License-Identifier: GPL-2.0-only */
/* Tags, keys, indices, SSRCs and their state: open.h and seal.h. */
#ifndef SRTPGATE_TEST_REASONS_SRTP_H
#define SRTPGATE_TEST_REASONS_SRTP_H

#include "stage.h"

static void same_srtp_twice(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	send_rtp();
	send_rtp();
}

static void same_srtcp_twice(void)
{
	stage(E32, PLAIN);
	build_srtcp(SSRC, 0);
	send_rtcp();
	send_rtcp();
}

static void behind_the_window(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1000);
	send_rtp();
	build_srtp(SSRC, 1000 - SG_WINDOW_SIZE);
	send_rtp();
}

static void rtcp_behind_the_window(void)
{
	stage(E80, PLAIN);
	build_srtcp(SSRC, 1000);
	send_rtcp();
	build_srtcp(SSRC, 1000 - SG_WINDOW_SIZE);
	send_rtcp();
}

static void last_tag_bit_wrong(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	payload[length - 1] ^= 1;
	send_rtp();
}

static void short_tag_wrong(void)
{
	stage(E32, PLAIN);
	build_srtp(SSRC, 1);
	payload[length - 4] ^= 0x80;
	send_rtp();
}

static void rtcp_tag_wrong(void)
{
	stage(E32, PLAIN);
	build_srtcp(SSRC, 1);
	payload[length - 10] ^= 0x80;
	send_rtcp();
}

static void wrong_rollover_counter(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	send_rtp();
	build_srtp(SSRC, 2 + (1 << 16));
	send_rtp();
}

static void set_mki(struct test_key *key, __u16 mki)
{
	key->master.mki_length = MKI;
	put16(key->master.mki, mki);
}

static void stage_mki(void)
{
	scene_init(&scene, SLOT, E80, PLAIN);
	set_mki(&scene.open[0], 7);
	rig_install(&rig, &scene);
}

static void unknown_mki(void)
{
	stage_mki();
	set_mki(&scene.open[0], 8);
	build_srtp(SSRC, 1);
	send_rtp();
}

static void unknown_rtcp_mki(void)
{
	stage_mki();
	set_mki(&scene.open[0], 8);
	build_srtcp(SSRC, 1);
	send_rtcp();
}

static void absent_mki(void)
{
	stage_mki();
	scene.open[0].master.mki_length = 0;
	build_srtp(SSRC, 1);
	send_rtp();
}

static void withdrawn_key(void)
{
	static const struct sg_key none;

	stage(E80, PLAIN);
	rig_write_key(&rig, scene.stream.open_key[0], &none);
	build_srtp(SSRC, 1);
	send_rtp();
}

/* Authentic and in the clear: RFC 3711 3.4 allows it, this stream does not. */
static void rtcp_without_e_bit(void)
{
	struct reference_keys keys;

	stage(E80, PLAIN);
	reference_derive(&keys, &scene.open[0].master, true);
	length = rtcp_build(payload, SSRC, 6, 0);
	put32(payload + length, 5);
	reference_tag(&keys, payload, length + 4, payload + length + 4);
	length += 4 + 10;
	send_rtcp();
}

static void receiver_exhausted(void)
{
	stage(E80, PLAIN);
	preset(1ull << 48, 0, 0);
	build_srtp(SSRC, 0);
	send_rtp();
}

static void sender_exhausted(void)
{
	stage(PLAIN, E80);
	preset(0, 1ull << 48, 0);
	build_rtp(SSRC, 0);
	send_rtp();
}

/* The last of @indices is still used; the one after it never. */
static void send_until_exhausted(__u64 indices)
{
	preset(0, 0, indices - 1);
	length = rtcp_build(payload, SSRC, 6, 0);
	send_rtcp();
	if (outcome.verdict == XDP_REDIRECT)
		send_rtcp();
	else
		outcome.reason = SG_DROP_NONE;
}

static void rtcp_sender_exhausted(void)
{
	stage(PLAIN, E80);
	send_until_exhausted(1ull << 31);
}

/* Half of them are the other end's. */
static void rtcp_sharer_exhausted(void)
{
	scene_init(&scene, SLOT, PLAIN, E80);
	scene.seal.master.shared = true;
	rig_install(&rig, &scene);
	send_until_exhausted(1ull << 30);
}

/* Of two packets that the key is good for the last one passes. */
static void send_until_expired(void (*send)(void), void (*build)(int number))
{
	for (int i = 0; i < 2; i++) {
		build(i);
		send();
		if (outcome.verdict != XDP_REDIRECT) {
			outcome.reason = SG_DROP_NONE;
			return;
		}
	}
	build(2);
	send();
}

static void nth_srtp(int number)
{
	build_srtp(SSRC, number);
}

static void nth_srtcp(int number)
{
	build_srtcp(SSRC, number);
}

static void nth_rtp(int number)
{
	build_rtp(SSRC, number);
}

static void nth_rtcp(int number)
{
	length = rtcp_build(payload, SSRC, 6, number);
}

static void stage_lifetime(enum sg_suite open, enum sg_suite seal)
{
	scene_init(&scene, SLOT, open, seal);
	scene.open[0].master.lifetime = 2;
	scene.seal.master.lifetime = 2;
	rig_install(&rig, &scene);
}

static void receiver_expired(void)
{
	stage_lifetime(E80, PLAIN);
	send_until_expired(send_rtp, nth_srtp);
}

static void rtcp_receiver_expired(void)
{
	stage_lifetime(E32, PLAIN);
	send_until_expired(send_rtcp, nth_srtcp);
}

static void sender_expired(void)
{
	stage_lifetime(PLAIN, E80);
	send_until_expired(send_rtp, nth_rtp);
}

static void rtcp_sender_expired(void)
{
	stage_lifetime(PLAIN, E32);
	send_until_expired(send_rtcp, nth_rtcp);
}

static void plain_twice(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1);
	send_rtp();
	send_rtp();
}

static void other_bytes_under_a_used_index(void)
{
	stage(PLAIN, E32);
	build_rtp(SSRC, 1);
	send_rtp();
	payload[RTP_HEADER] ^= 1;
	send_rtp();
}

static void plain_behind_the_window(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1000);
	send_rtp();
	build_rtp(SSRC, 1000 - SG_WINDOW_SIZE);
	send_rtp();
}

enum { SSRCS = SG_SOURCES + SG_RETIRED };

static void authentic_ssrcs(void)
{
	stage(E80, PLAIN);
	for (int i = 0; i <= SSRCS; i++) {
		if (i && outcome.verdict != XDP_REDIRECT)
			return;
		build_srtp(SSRC + i, 1);
		send_rtp();
	}
}

static void sealed_ssrcs(void)
{
	stage(PLAIN, E80);
	for (int i = 0; i <= SSRCS; i++) {
		if (i && outcome.verdict != XDP_REDIRECT)
			return;
		build_rtp(SSRC + i, 1);
		send_rtp();
	}
}

static void slot_reused(void)
{
	stage(E80, PLAIN);
	scene.stream.generation++;
	rig_write_stream(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

/* A packet that holds the configuration of before a restart. */
static void older_epoch(void)
{
	stage(E80, PLAIN);
	scene.stream.epoch = 2;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
	scene.stream.epoch = 1;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 2);
	send_rtp();
}

static void older_epoch_of_a_sender(void)
{
	stage(PLAIN, E80);
	scene.stream.epoch = 2;
	rig_publish(&rig, &scene);
	build_rtp(SSRC, 1);
	send_rtp();
	scene.stream.epoch = 1;
	rig_publish(&rig, &scene);
	build_rtp(SSRC, 2);
	send_rtp();
}

#define REASONS_SRTP(DROP)						\
	DROP(REPLAYED, CHARGED, same_srtp_twice)			\
	DROP(REPLAYED, CHARGED, same_srtcp_twice)			\
	DROP(TOO_OLD, CHARGED, behind_the_window)			\
	DROP(TOO_OLD, CHARGED, rtcp_behind_the_window)			\
	DROP(AUTH_FAILED, CHARGED, last_tag_bit_wrong)			\
	DROP(AUTH_FAILED, CHARGED, short_tag_wrong)			\
	DROP(AUTH_FAILED, CHARGED, rtcp_tag_wrong)			\
	DROP(AUTH_FAILED, CHARGED, wrong_rollover_counter)		\
	DROP(NO_KEY, CHARGED, unknown_mki)				\
	DROP(NO_KEY, CHARGED, unknown_rtcp_mki)				\
	DROP(NO_KEY, CHARGED, absent_mki)				\
	DROP(NO_KEY, CHARGED, withdrawn_key)				\
	DROP(NOT_ENCRYPTED, CHARGED, rtcp_without_e_bit)		\
	DROP(KEY_EXHAUSTED, CHARGED, receiver_exhausted)		\
	DROP(KEY_EXHAUSTED, CHARGED, sender_exhausted)			\
	DROP(KEY_EXHAUSTED, CHARGED, rtcp_sender_exhausted)		\
	DROP(KEY_EXHAUSTED, CHARGED, rtcp_sharer_exhausted)		\
	DROP(KEY_EXPIRED, CHARGED, receiver_expired)			\
	DROP(KEY_EXPIRED, CHARGED, rtcp_receiver_expired)		\
	DROP(KEY_EXPIRED, CHARGED, sender_expired)			\
	DROP(KEY_EXPIRED, CHARGED, rtcp_sender_expired)			\
	DROP(SEAL_DUPLICATE, CHARGED, plain_twice)			\
	DROP(SEAL_DUPLICATE, CHARGED, other_bytes_under_a_used_index)	\
	DROP(SEAL_TOO_OLD, CHARGED, plain_behind_the_window)		\
	DROP(SSRC_LIMIT, CHARGED, authentic_ssrcs)			\
	DROP(SSRC_LIMIT, CHARGED, sealed_ssrcs)				\
	DROP(STALE, UNCHARGED, slot_reused)				\
	DROP(STALE, CHARGED, older_epoch)				\
	DROP(STALE, CHARGED, older_epoch_of_a_sender)

#endif /* SRTPGATE_TEST_REASONS_SRTP_H */
