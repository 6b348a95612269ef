/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capture and events: XDP takes packets before any socket tap, so tcpdump
 * on the gateway sees nothing of them. One context at a time can be copied
 * to a ring buffer, as it came and as it left.
 */
#ifndef SRTPGATE_CAPTURE_H
#define SRTPGATE_CAPTURE_H

#include "media.h"

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
 * Notes from where an authenticated packet came and reports a change; the
 * daemon answers by sending the other direction there.
 */
static __noinline int latch(const struct packet *packet,
			    const struct sg_stream *stream,
			    struct sg_state *state)
{
	struct sg_transport *latched = &state->latched;
	__be16 port = packet->rtcp ? stream->remote.rtcp : stream->remote.rtp;
	bool changed;

	if (packet->source_port == port &&
	    same_address(packet->source, stream->remote.address))
		return 0;

	bpf_spin_lock(&state->lock);
	changed = !same_address(latched->address, packet->source);
	if (changed) {
		__builtin_memcpy(latched->address, packet->source,
				 sizeof(latched->address));
		latched->rtp = 0;
		latched->rtcp = 0;
	}
	if (packet->rtcp) {
		changed |= latched->rtcp != packet->source_port;
		latched->rtcp = packet->source_port;
	} else {
		changed |= latched->rtp != packet->source_port;
		latched->rtp = packet->source_port;
	}
	bpf_spin_unlock(&state->lock);
	if (changed)
		report(packet, stream->state, SG_EVENT_LATCH);
	return 0;
}

#endif /* SRTPGATE_CAPTURE_H */
