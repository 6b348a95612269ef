/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capture and events: XDP takes packets before any socket tap, so tcpdump
 * on the gateway sees nothing of them. One context at a time can be copied
 * to a ring buffer, as it came and as it left.
 */
#ifndef SRTPGATE_CAPTURE_H
#define SRTPGATE_CAPTURE_H

#include "media.h"

enum { LATCH_INTERVAL = 200000000 }; /* ns between two reports of a stream */

/* The event header stands directly in front of the payload it describes. */
static __noinline int capture(struct work *work, const struct packet *packet,
			      __u32 state, __u32 type)
{
	struct sg_event *event =
		(void *)&work->data[HEADROOM - sizeof(*event)];
	__u32 length = BOUND(packet->length, SG_RTP_MAX);

	event->time = packet->now;
	event->type = type;
	event->state = state;
	event->stream = packet->slot;
	event->length = length;
	bpf_ringbuf_output(&captures, event, sizeof(*event) + length, 0);
	return 0;
}

static __inline_always bool captured(__u32 state)
{
	__u32 zero = 0;
	const struct sg_settings *setting =
		bpf_map_lookup_elem(&settings, &zero);
	__u32 wanted = setting ? *(volatile __u32 *)&setting->capture : 0;

	return unlikely(wanted) &&
	       !((wanted ^ state) & setting->capture_mask);
}

static __noinline int report(const struct packet *packet, __u32 state,
			     __u32 type)
{
	struct sg_event event = {
		.time = packet->now,
		.type = type,
		.state = state,
		.stream = packet->slot,
	};

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

/*
 * Notes from where a packet came that is authentic, or that none of our keys
 * can judge, if not from where the other direction sends to, and reports it;
 * the daemon then sends there. Under a filter of its own .remote does not say
 * where that is, and every source is news until the daemon ends the latch.
 * Five times a second at most: a sender with two faces must not keep the
 * daemon busy.
 */
static __noinline int latch(const struct packet *packet,
			    const struct sg_stream *stream,
			    struct sg_state *state)
{
	struct sg_transport *latched = &state->latched;
	__be16 port = packet->rtcp ? stream->remote.rtcp : stream->remote.rtp;
	bool due;

	if (!(stream->flags & SG_STREAM_FILTER) &&
	    packet->source_port == port &&
	    same_address(packet->source, stream->remote.address))
		return 0;

	bpf_spin_lock(&state->lock);
	due = packet->now - state->latched_at >= LATCH_INTERVAL;
	if (due)
		state->latched_at = packet->now;
	if (!same_address(latched->address, packet->source)) {
		__builtin_memcpy(latched->address, packet->source,
				 sizeof(latched->address));
		latched->rtp = 0;
		latched->rtcp = 0;
	}
	if (packet->rtcp)
		latched->rtcp = packet->source_port;
	else
		latched->rtp = packet->source_port;
	bpf_spin_unlock(&state->lock);
	if (due)
		report(packet, stream->state, SG_EVENT_LATCH);
	return 0;
}

#endif /* SRTPGATE_CAPTURE_H */
