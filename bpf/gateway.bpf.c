/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path: the journey of one media packet through the gateway.
 *
 *   parse -> endpoint -> media -> admit -> open -> seal -> forward
 *
 * What it leaves to the kernel and is for a stream comes back to it by way of
 * steer.h and the slow path's worker, docs/slowpath.md; or to slow.h, if it is
 * for userspace to open or to seal.
 *
 * Each step has one header, answers CONTINUE or a verdict, and counts what
 * it drops or leaves to the kernel under the names of srtpgate/reasons.h.
 * Which of open and seal a stream does follows from the keys it holds: one
 * of them (e2ae, TS 33.328 5.2), both, or neither (relay; SRTP between the
 * end points passes unopened).
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "admit.h"
#include "capture.h"
#include "endpoint.h"
#include "forward.h"
#include "media.h"
#include "open.h"
#include "parse.h"
#include "rtcp.h"
#include "seal.h"
#include "slow.h"
#include "steer.h"

static __inline_always int convert(struct work *work,
				   const struct sg_stream *stream,
				   struct sg_state *state)
{
	int verdict = CONTINUE;

	if (opens(stream))
		verdict = open(work, stream, state);
	if (verdict == CONTINUE && stream->flags & SG_STREAM_LATCH)
		latch(&work->packet, stream, state);
	if (verdict == CONTINUE && unlikely(work->packet.rtcp) &&
	    !(stream->flags & SG_STREAM_OPAQUE))
		rtcp_reports(work, stream->state);
	if (verdict == CONTINUE && stream->seal_key)
		verdict = seal(work, stream, state, opens(stream));
	if (!opens(stream) && !stream->seal_key)
		verdict = relay(&work->packet, stream, state);
	return verdict;
}

static __inline_always int journey(struct work *memory, struct xdp_md *ctx)
{
	struct packet *packet = &memory->packet;
	struct sg_stream *stream = NULL;
	struct sg_state *state;
	__u32 slot;
	int verdict;

	verdict = parse(packet, ctx);
	if (verdict != CONTINUE)
		return verdict;
	verdict = endpoint(packet, ctx, &stream);
	if (verdict != CONTINUE)
		return verdict;
	if (unlikely(stream->flags & SG_STREAM_SLOW)) {
		verdict = slow(packet, stream);
		if (verdict != CONTINUE)
			return verdict;
	}

	slot = stream->state;
	state = bpf_map_lookup_elem(&states, &slot);
	if (!state)
		return drop(SG_DROP_INTERNAL);

	verdict = media(packet, memory, ctx, stream, state);
	if (verdict != CONTINUE)
		return verdict;
	if (unlikely(packet->length > LEAST_MTU - LONGEST_GROWTH) &&
	    !packet->slow && outgrows(packet, stream))
		return pass(SG_PASS_SLOW_PATH);
	verdict = admit(packet, stream, state);
	if (verdict != CONTINUE)
		return verdict;
	if (captured(slot))
		capture(memory, packet, slot, SG_EVENT_CAPTURE_IN);

	memory->asks = 0;
	verdict = convert(memory, stream, state);
	if (verdict != CONTINUE)
		return verdict;
	if (unlikely(memory->asks))
		keystream_ask(memory);
	if (captured(slot))
		capture(memory, packet, slot, SG_EVENT_CAPTURE_OUT);
	return forward(packet, memory, ctx, stream, state);
}

SEC("xdp.frags")
int srtpgate(struct xdp_md *ctx)
{
	struct work *memory = work_take(ctx);
	int verdict;

	if (!memory)
		return XDP_ABORTED;
	verdict = journey(memory, ctx);
	memory->busy = 0;
	return verdict;
}

char _license[] SEC("license") = "GPL";
