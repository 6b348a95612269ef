/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slow: the journey of a packet whose keys only userspace can use, in three
 * runs by BPF_PROG_RUN, with all but the cryptography done here: rollover
 * counters and replay windows are the fast path's, under its lock.
 *
 *   slow_begin:	parse -> endpoint -> media -> admit; which keys may
 *			have sealed it, and at which index
 *   (userspace:	opens it)
 *   slow_commit:	commits that index, takes the one to seal with
 *   (userspace:	seals it)
 *   slow_finish:	forward
 *
 * Each has the packet as it is by then, behind the headers that it came with.
 */
#ifndef SRTPGATE_SLOW_H
#define SRTPGATE_SLOW_H

#include "admit.h"
#include "capture.h"
#include "endpoint.h"
#include "forward.h"
#include "media.h"
#include "open.h"
#include "parse.h"
#include "rtcp.h"
#include "seal.h"
#include "srtpgate/slow_packet.h"

/* What userspace has no business with. */
struct slow_kept {
	struct packet packet;
	struct opening opening;
	__u32 generation;	/* of the stream */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sg_slow_packet);
} slow_packet SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slow_kept);
} slow_kept SEC(".maps");

/* All that a run works on. */
struct slow_run {
	struct work *work;
	struct slow_kept *kept;
	struct sg_slow_packet *facts;
	struct sg_stream *stream;
	struct sg_state *state;
};

/* False: another process is in the program on this CPU. */
static __inline_always bool slow_take(struct slow_run *run,
				      const struct xdp_md *ctx)
{
	__u32 zero = 0;

	run->kept = bpf_map_lookup_elem(&slow_kept, &zero);
	run->facts = bpf_map_lookup_elem(&slow_packet, &zero);
	run->work = work_take(ctx);
	return run->work && run->kept && run->facts;
}

/*
 * The tag and the MKI of @key as RTP or as RTCP has them; slow keys have longer
 * ones than mki_length() knows.
 */
static __inline_always __u32 slow_trailer(const struct sg_key *key, bool rtcp)
{
	return tag_length(rtcp ? key->rtcp_tag : key->rtp_tag) +
	       BOUND(key->mki_length, SG_MKI_LONGEST) +
	       (rtcp ? (__u32)SRTCP_INDEX_SIZE : 0);
}

/* SRTCP's index under @key, which says where it is: authenticate() later. */
static __inline_always __u64 slow_rtcp_index(const struct work *work,
					     const struct sg_key *key,
					     __u32 trailer)
{
	__u32 at = work->packet.length - trailer;

	if (key->flags & SG_KEY_GCM)
		at += tag_length(key->rtcp_tag);
	return bpf_ntohl(load32(work, BOUND(at, SG_RTP_MAX))) & ~SRTCP_E_BIT;
}

/* Whether and at which index @slot's key may have sealed the packet. */
__noinline int slow_key(struct work *work, struct sg_slow_key *fact,
			__u32 slot)
{
	const struct sg_key *key = any_key(slot);
	__u32 trailer, header;
	bool rtcp;

	if (!work || !fact)
		return 0;
	fact->slot = key ? slot : 0;
	if (!key)
		return 0;
	rtcp = work->packet.rtcp;
	header = rtcp ? RTCP_HEADER : work->packet.header;
	trailer = slow_trailer(key, rtcp);
	fact->generation = key->generation;
	fact->reason = SG_DROP_BAD_HEADER;
	if (work->packet.length < header + trailer)
		return 0;
	if (rtcp)
		work->opening.index = slow_rtcp_index(work, key, trailer);
	fact->index = work->opening.index;
	fact->second = rtcp ? fact->index : second_guess(work, key);
	fact->reason = key_timely(&work->opening, key);
	return 0;
}

static __inline_always int slow_estimate(struct slow_run *run)
{
	struct work *work = run->work;

	opening_begin(&work->opening, &work->packet, run->stream, run->state);
	if (!work->packet.rtcp && work->opening.index >= RTP_INDEX_LIMIT)
		return drop_from(run->state, SG_DROP_KEY_EXHAUSTED);
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		slow_key(work, &run->facts->open[i], run->stream->open_key[i]);
	return CONTINUE;
}

static __inline_always void slow_keep(struct slow_run *run)
{
	struct sg_slow_packet *facts = run->facts;
	struct packet *packet = &run->work->packet;

	facts->offset = packet->udp_offset + sizeof(struct udphdr);
	facts->length = packet->length;
	facts->rtcp = packet->rtcp;
	facts->opens = opens(run->stream);
	facts->reason = 0;
	facts->seal.slot = 0;
	run->kept->packet = *packet;
	run->kept->opening = run->work->opening;
	run->kept->generation = run->stream->generation;
}

static __inline_always int slow_begins(struct slow_run *run,
				       struct xdp_md *ctx)
{
	struct packet *packet = &run->work->packet;
	__u32 slot;
	int verdict;

	verdict = parse(packet, ctx);
	if (verdict != CONTINUE)
		return verdict;
	verdict = endpoint(packet, ctx, &run->stream);
	if (verdict != CONTINUE)
		return verdict;
	if (!has_user_key(run->stream))
		return XDP_PASS; /* not one of these any more */
	slot = run->stream->state;
	run->state = bpf_map_lookup_elem(&states, &slot);
	if (!run->state)
		return drop(SG_DROP_INTERNAL);

	verdict = media(packet, run->work, ctx, run->stream, run->state);
	if (verdict != CONTINUE)
		return verdict;
	verdict = admit(packet, run->stream, run->state);
	if (verdict != CONTINUE)
		return verdict;
	if (captured(slot))
		capture(run->work, packet, slot, SG_EVENT_CAPTURE_IN);
	if (opens(run->stream))
		verdict = slow_estimate(run);
	if (verdict != CONTINUE)
		return verdict;
	slow_keep(run);
	return SG_SLOW_GO_ON;
}

SEC("xdp.frags")
int slow_begin(struct xdp_md *ctx)
{
	struct slow_run run;
	int verdict;

	if (!slow_take(&run, ctx))
		return XDP_ABORTED;
	verdict = slow_begins(&run, ctx);
	run.work->busy = 0;
	return verdict;
}

/*
 * Goes on where slow_begin left off, if the stream is still the one that it
 * was, and with what userspace says of the packet.
 */
static __inline_always int slow_resume(struct slow_run *run)
{
	__u32 slot, reason = run->facts->reason;

	run->work->packet = run->kept->packet;
	slot = run->work->packet.slot;
	run->stream = bpf_map_lookup_elem(&streams, &slot);
	if (!run->stream)
		return drop(SG_DROP_INTERNAL);
	if (run->stream->generation != run->kept->generation)
		return drop(SG_DROP_STALE);
	slot = run->stream->state;
	run->state = bpf_map_lookup_elem(&states, &slot);
	if (!run->state)
		return drop(SG_DROP_INTERNAL);
	if (reason >= SG_DROP_REASON_COUNT)
		reason = SG_DROP_INTERNAL;
	return reason ? drop_from(run->state, reason) : CONTINUE;
}

/* The payload as userspace made it, behind the headers that came with it. */
static __inline_always int slow_load(struct slow_run *run, struct xdp_md *ctx)
{
	struct packet *packet = &run->work->packet;
	__u32 offset = packet->udp_offset + sizeof(struct udphdr);
	__u32 length;

	packet->frame_length = bpf_xdp_get_buff_len(ctx);
	packet->length = packet->frame_length - offset;
	if (packet->length > SG_RTP_MAX)
		return drop_from(run->state, SG_DROP_TOO_LONG);
	length = BOUND(packet->length, SG_RTP_MAX);
	OPAQUE(length); /* what is compared is what is used */
	if (length < RTCP_HEADER ||
	    bpf_xdp_load_bytes(ctx, offset, &run->work->data[HEADROOM], length))
		return drop_from(run->state, SG_DROP_BAD_LENGTH);
	return CONTINUE;
}

/* The index that userspace authenticated becomes the stream's. */
static __inline_always __u32 slow_open(struct slow_run *run, __u32 octets)
{
	struct opening *opening = &run->work->opening;
	__u32 which = run->facts->opened % 4;
	const struct sg_slow_key *fact;
	const struct sg_key *key;

	if (which >= SG_OPEN_KEYS)
		return SG_DROP_INTERNAL;
	fact = &run->facts->open[which];
	*opening = run->kept->opening;
	opening->key = run->stream->open_key[which];
	key = any_key(opening->key);
	if (!key || key->generation != fact->generation)
		return SG_DROP_STALE;
	opening->generation = key->generation;
	opening->lifetime = lifetime(key, run->work->packet.rtcp);
	opening->retried = run->facts->retried;
	opening->index = opening->retried ? fact->second : fact->index;
	return open_commit(opening, &run->work->packet, run->stream, run->state,
			   octets);
}

/* An index to seal with, which userspace is told once. */
static __inline_always __u32 slow_seal(struct slow_run *run, __u32 octets)
{
	struct sg_slow_key *fact = &run->facts->seal;
	struct packet *packet = &run->work->packet;
	__u32 slot = run->stream->seal_key, reason;
	const struct sg_key *key = any_key(slot);
	__u64 index = 0;

	if (!key)
		return SG_DROP_STALE;
	if (packet->length + slow_trailer(key, packet->rtcp) > SG_RTP_MAX)
		return SG_DROP_TOO_LONG;
	reason = seal_commit(packet, key, run->stream, run->state,
			     opens(run->stream), octets, &index);
	fact->slot = slot;
	fact->generation = key->generation;
	fact->index = index;
	return reason;
}

static __inline_always int slow_commits(struct slow_run *run,
					struct xdp_md *ctx)
{
	struct packet *packet = &run->work->packet;
	__u32 reason = 0, octets, header;
	int verdict;

	verdict = slow_resume(run);
	if (verdict == CONTINUE)
		verdict = slow_load(run, ctx);
	if (verdict != CONTINUE)
		return verdict;
	header = packet->rtcp ? (__u32)RTCP_HEADER : packet->header;
	if (packet->length > run->kept->packet.length ||
	    packet->length < header)
		return drop_from(run->state, SG_DROP_INTERNAL);
	octets = packet->length - header;

	if (opens(run->stream))
		reason = slow_open(run, octets);
	if (reason)
		return drop_from(run->state, reason);
	if (run->stream->flags & SG_STREAM_LATCH)
		latch(packet, run->stream, run->state);
	if (packet->rtcp)
		rtcp_reports(run->work, run->stream->state);
	if (run->stream->seal_key)
		reason = slow_seal(run, octets);
	return reason ? drop_from(run->state, reason) : (int)SG_SLOW_GO_ON;
}

SEC("xdp.frags")
int slow_commit(struct xdp_md *ctx)
{
	struct slow_run run;
	int verdict;

	if (!slow_take(&run, ctx))
		return XDP_ABORTED;
	verdict = slow_commits(&run, ctx);
	run.work->busy = 0;
	return verdict;
}

static __inline_always int slow_finishes(struct slow_run *run,
					 struct xdp_md *ctx)
{
	struct packet *packet = &run->work->packet;
	int verdict;

	verdict = slow_resume(run);
	if (verdict == CONTINUE)
		verdict = slow_load(run, ctx);
	if (verdict != CONTINUE)
		return verdict;
	if (captured(run->stream->state))
		capture(run->work, packet, run->stream->state,
			SG_EVENT_CAPTURE_OUT);
	return forward(packet, run->work, ctx, run->stream, run->state);
}

SEC("xdp.frags")
int slow_finish(struct xdp_md *ctx)
{
	struct slow_run run;
	int verdict;

	if (!slow_take(&run, ctx))
		return XDP_ABORTED;
	verdict = slow_finishes(&run, ctx);
	run.work->busy = 0;
	return verdict;
}

#endif /* SRTPGATE_SLOW_H */
