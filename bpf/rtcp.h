/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RTCP on its way through, in the clear: sender reports are remembered with
 * the time, and what a receiver reports goes to the stream that it is about,
 * the opposite one, with the round trip from here to that receiver and back
 * (RFC 3550 6.4.1). Of a compound packet, the first parts and of each the
 * first report blocks count; with RFC 5506 it may begin with any.
 *
 * Nothing is dropped for what it says: what cannot be read says nothing.
 *
 * The functions are global, so that the verifier checks each of them once.
 */
#ifndef SRTPGATE_RTCP_H
#define SRTPGATE_RTCP_H

#include "media.h"
#include "source.h"

enum {
	RTCP_PARTS = 4,
	RTCP_BLOCKS = 4,
	RTCP_SENDER_REPORT = 200,
	RTCP_RECEIVER_REPORT = 201,
	RTCP_COUNT_MASK = 0x1f,
	RTCP_PART_HEADER = 4,	/* bytes, without an SSRC */
	RTCP_SENDER_INFO = 20,	/* behind the SSRC */
	RTCP_BLOCK = 24,
};

#define RTCP_ROUND_TRIP_MAX (60 * 1000000000ULL) /* ns; more is a mistake */

/* The sender report at @at of state @slot's stream. */
__noinline int rtcp_sender(struct work *work, __u32 slot, __u32 at)
{
	struct sg_state *state = bpf_map_lookup_elem(&states, &slot);
	struct sg_state_rest *rest = bpf_map_lookup_elem(&sources, &slot);
	struct sg_sender_report *sent;
	__u64 now;
	__u32 ntp;

	if (!work || !state || !rest)
		return 0;
	now = work->packet.now;
	ntp = bpf_ntohl(load32(work, BOUND(at, SG_RTP_MAX) + 10));

	bpf_spin_lock(&state->lock);
	state->turn++;
	sent = &rest->quality.sent[rest->quality.next++ % SG_SENDER_REPORTS];
	sent->ntp = ntp;
	sent->at = now;
	bpf_spin_unlock(&state->lock);
	return 0;
}

/* ns; 0: @lsr is none of the sender reports remembered, or @delay is wrong. */
static __inline_always __u64 rtcp_round_trip(const struct sg_quality *quality,
					     __u32 lsr, __u64 delay, __u64 now)
{
	__u64 at = 0, trip;

	for (__u32 i = 0; i < SG_SENDER_REPORTS; i++) {
		if (quality->sent[i].ntp == lsr && quality->sent[i].at > at)
			at = quality->sent[i].at;
	}
	if (!lsr || !at)
		return 0;
	trip = now - at - delay; /* less than 0 wraps, and is too long */
	return trip <= RTCP_ROUND_TRIP_MAX ? trip : 0;
}

/*
 * The report block at @at of a packet of state @slot's stream. One about an
 * SSRC that did not pass here says nothing of what did.
 */
__noinline int rtcp_block(struct work *work, __u32 slot, __u32 at)
{
	__u32 other = slot ^ 1, ssrc, loss, jitter, lsr;
	struct sg_state *state = bpf_map_lookup_elem(&states, &other);
	struct sg_state_rest *rest = bpf_map_lookup_elem(&sources, &other);
	struct sg_quality *quality;
	__u64 now, delay, trip;

	if (!work || !state || !rest)
		return 0;
	quality = &rest->quality;
	at = BOUND(at, SG_RTP_MAX);
	ssrc = bpf_ntohl(load32(work, at));
	loss = bpf_ntohl(load32(work, at + 4));
	jitter = bpf_ntohl(load32(work, at + 12));
	lsr = bpf_ntohl(load32(work, at + 16));
	delay = bpf_ntohl(load32(work, at + 20)) * 1000000000ULL >> 16;
	now = work->packet.now;
	if (source_find(state, ssrc) >= SG_SOURCES)
		return 0;

	bpf_spin_lock(&state->lock);
	state->turn++;
	quality->ssrc = ssrc;
	quality->reports++;
	quality->reported_at = now;
	quality->fraction_lost = loss >> 24;
	quality->lost = (__s32)(loss << 8) >> 8;
	quality->jitter = jitter;
	trip = rtcp_round_trip(quality, lsr, delay, now);
	if (trip) {
		quality->round_trips++;
		quality->round_trip = trip;
		quality->round_trip_sum += trip;
	}
	bpf_spin_unlock(&state->lock);
	return 0;
}

/*
 * The part at @at; where the next one begins. 0: what is there is no RTCP
 * (RFC 3550 6.4, A.2), or no part.
 */
__noinline __u32 rtcp_part(struct work *work, __u32 slot, __u32 at)
{
	__u32 end, size, type, count, block = RTCP_HEADER;

	if (!work)
		return 0;
	end = BOUND(work->packet.length, SG_RTP_MAX);
	at = BOUND(at, SG_RTP_MAX);
	if (at + RTCP_PART_HEADER > end ||
	    work->data[HEADROOM + at] >> 6 != RTP_VERSION)
		return 0;
	count = work->data[HEADROOM + at] & RTCP_COUNT_MASK;
	type = work->data[HEADROOM + at + 1];
	size = 4 * (bpf_ntohs(load16(work, at + 2)) + 1);
	if (size > end - at)
		return 0;
	if (type == RTCP_SENDER_REPORT)
		block += RTCP_SENDER_INFO;
	else if (type != RTCP_RECEIVER_REPORT)
		return at + size;

	if (type == RTCP_SENDER_REPORT && size >= block)
		rtcp_sender(work, slot, at);
	for (__u32 i = 0; i < RTCP_BLOCKS; i++) {
		if (i < count && block + RTCP_BLOCK <= size)
			rtcp_block(work, slot, at + block);
		block += RTCP_BLOCK;
	}
	return at + size;
}

/* @slot: of the stream's state. The packet is RTCP, and not encrypted. */
__noinline int rtcp_reports(struct work *work, __u32 slot)
{
	__u32 at = 0;

	for (__u32 i = 0; i < RTCP_PARTS; i++) {
		at = rtcp_part(work, slot, at);
		if (!at)
			break;
	}
	return 0;
}

#endif /* SRTPGATE_RTCP_H */
