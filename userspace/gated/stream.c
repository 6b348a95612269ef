// SPDX-License-Identifier: GPL-2.0-only
#include "gated/stream.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
	HOP_LIMIT = 64,		/* unused while SG_STREAM_TTL_FRESH is not set */
	BURST_SHARE = 4,	/* of a second's packets may come at once */
	BURST_LEAST = 16,
};

static const __u32 source_flags[] = {
	[SOURCE_STRICT] = 0,
	[SOURCE_ADDRESS] = SG_STREAM_ANY_PORT,
	[SOURCE_ANY] = SG_STREAM_ANY_ADDRESS | SG_STREAM_ANY_PORT,
	[SOURCE_LATCH] = SG_STREAM_ANY_ADDRESS | SG_STREAM_ANY_PORT |
			 SG_STREAM_LATCH,
};

enum {
	SOURCE_FLAGS = SG_STREAM_ANY_ADDRESS | SG_STREAM_ANY_PORT |
		       SG_STREAM_LATCH,
};

static enum source_rule source_of(__u32 flags)
{
	for (int i = SOURCE_STRICT; i <= SOURCE_LATCH; i++)
		if (source_flags[i] == (flags & SOURCE_FLAGS))
			return i;
	return SOURCE_STRICT;
}

static bool muxed(const struct sg_transport *transport)
{
	return transport->rtp == transport->rtcp;
}

static __u16 burst(__u32 rate)
{
	__u32 packets = rate / BURST_SHARE + BURST_LEAST;

	return packets < UINT16_MAX ? packets : UINT16_MAX;
}

void stream_build(const struct context *context, int direction,
		  struct sg_stream *stream)
{
	const struct termination *in = &context->termination[direction];
	const struct termination *out = &context->termination[!direction];
	const struct stream *own = &context->stream[direction];

	memset(stream, 0, sizeof(*stream));
	stream->generation = own->generation;
	stream->epoch = own->epoch;
	stream->next_hop = own->next_hop;
	stream->state = context_state(context, direction);
	stream->flags = source_flags[in->source] |
			(in->gate_open ? SG_STREAM_GATE_OPEN : 0) |
			(muxed(&in->local) ? SG_STREAM_RTCP_MUX : 0) |
			(muxed(&out->remote) ? SG_STREAM_RTCP_MUX_OUT : 0) |
			(context->opaque ? SG_STREAM_OPAQUE : 0);
	stream->local = in->local;
	stream->remote = in->remote;
	stream->local_realm = in->realm->number;
	memcpy(stream->open_key, in->receive, sizeof(stream->open_key));
	stream->clock_rate = in->clock_rate;
	stream->rate = in->rate;
	stream->burst = burst(in->rate);

	stream->seal_key = out->send;
	stream->source = out->local;
	stream->destination = out->remote;
	stream->dscp = out->dscp;
	stream->ttl = HOP_LIMIT;
}

int stream_restore(struct context *context, const struct sg_stream streams[2],
		   struct config *config)
{
	context->opaque = streams[0].flags & SG_STREAM_OPAQUE;
	for (int i = 0; i < 2; i++) {
		const struct sg_stream *in = &streams[i];
		const struct sg_stream *out = &streams[!i];
		struct termination *termination = &context->termination[i];

		termination->realm = config_realm_number(config,
							 in->local_realm);
		if (!termination->realm)
			return -ENOENT;
		termination->local = in->local;
		termination->remote = out->destination;
		termination->source = source_of(in->flags);
		termination->gate_open = in->flags & SG_STREAM_GATE_OPEN;
		termination->dscp = out->dscp;
		termination->clock_rate = in->clock_rate;
		termination->rate = in->rate;
		memcpy(termination->receive, in->open_key,
		       sizeof(termination->receive));
		termination->send = out->seal_key;
		context->stream[i].generation = in->generation;
		context->stream[i].epoch = in->epoch;
		context->stream[i].next_hop = in->next_hop;
	}
	return 0;
}

const char *stream_operation(const struct context *context, int direction)
{
	bool open = context->termination[direction].receive[RECEIVE_CURRENT];
	bool seal = context->termination[!direction].send;

	if (context->opaque)
		return "opaque";
	if (open)
		return seal ? "open+seal" : "open";
	return seal ? "seal" : "relay";
}

int stream_endpoints(const struct context *context, int direction,
		     struct sg_endpoint *entries[2])
{
	const struct termination *in = &context->termination[direction];
	const struct endpoints *all = context->all->endpoints;

	entries[0] = endpoints_at(all, in->realm, in->local.address,
				  in->local.rtp);
	entries[1] = endpoints_at(all, in->realm, in->local.address,
				  in->local.rtcp);
	if (!entries[0])
		return -EADDRNOTAVAIL;
	return in->local.rtcp && !muxed(&in->local) ? 2 : 1;
}
