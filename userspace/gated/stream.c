// SPDX-License-Identifier: GPL-2.0-only
#include "gated/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "lib/address.h"

enum {
	BURST_SHARE = 4,	/* of a second's packets may come at once */
	BURST_LEAST = 16,
	BURST_LEAST_OCTETS = 4096,
};

/* -- who may send ------------------------------------------------------------ */

static void build_filter(const struct source_filter *filter,
			 struct sg_stream *stream)
{
	memcpy(stream->remote.address, filter->address,
	       sizeof(stream->remote.address));
	stream->source_prefix = filter->prefix;
	stream->remote.rtp = htons(filter->port_low);
	stream->remote.rtcp = htons(filter->port_high);
	stream->flags |= SG_STREAM_FILTER;
	stream->flags |= filter->port_high ? SG_STREAM_PORT_RANGE :
					     SG_STREAM_ANY_PORT;
}

static void build_source(const struct termination *in,
			 struct sg_stream *stream)
{
	stream->remote = in->remote;
	stream->source_prefix = sg_address_is_none(in->remote.address) ?
					SG_PREFIX_NOBODY : SG_PREFIX_EXACT;
	if (in->latch)
		stream->flags |= SG_STREAM_LATCH;
	switch (in->source) {
	case SOURCE_STRICT:
		break;
	case SOURCE_ADDRESS:
		stream->flags |= SG_STREAM_ANY_PORT;
		break;
	case SOURCE_ANY:
		stream->flags |= SG_STREAM_ANY_PORT;
		stream->source_prefix = SG_PREFIX_ANY;
		break;
	case SOURCE_FILTER:
		build_filter(&in->filter, stream);
		break;
	}
}

static void restore_source(struct termination *in,
			   const struct sg_stream *stream)
{
	in->latch = stream->flags & SG_STREAM_LATCH;
	if (!(stream->flags & SG_STREAM_FILTER)) {
		in->source = !(stream->flags & SG_STREAM_ANY_PORT) ?
				     SOURCE_STRICT :
			     stream->source_prefix ? SOURCE_ADDRESS :
						     SOURCE_ANY;
		return;
	}
	in->source = SOURCE_FILTER;
	memcpy(in->filter.address, stream->remote.address,
	       sizeof(in->filter.address));
	in->filter.prefix = stream->source_prefix;
	in->filter.port_low = ntohs(stream->remote.rtp);
	in->filter.port_high = ntohs(stream->remote.rtcp);
}

/* -- how much ---------------------------------------------------------------- */

/* In the stream's unit; of octets, rounded up to a whole one. */
static __u16 burst(const struct termination *in)
{
	__u32 most = in->rate / BURST_SHARE + BURST_LEAST;

	if (in->rate_octets) {
		most = in->burst ? in->burst :
				   in->rate / BURST_SHARE + BURST_LEAST_OCTETS;
		most = most / SG_BURST_OCTETS + !!(most % SG_BURST_OCTETS);
	}
	return most < UINT16_MAX ? most : UINT16_MAX;
}

static void build_rate(const struct termination *in, struct sg_stream *stream)
{
	stream->clock_rate = in->clock_rate;
	stream->rate = in->rate;
	stream->burst = burst(in);
	if (in->rate_octets)
		stream->flags |= SG_STREAM_RATE_OCTETS;
}

static void restore_rate(struct termination *in,
			 const struct sg_stream *stream)
{
	in->clock_rate = stream->clock_rate;
	in->rate = stream->rate;
	in->rate_octets = stream->flags & SG_STREAM_RATE_OCTETS;
	in->burst = in->rate_octets ? stream->burst * SG_BURST_OCTETS : 0;
}

/* -- where to ---------------------------------------------------------------- */

static bool muxed(const struct sg_transport *transport)
{
	return transport->rtp == transport->rtcp;
}

/*
 * What comes in without XDP is the kernel's anyhow; a frame redirected to where
 * there is none, or none in the driver, may vanish without a trace.
 */
static bool lacks_xdp(const struct realm *in, const struct realm *out)
{
	return realm_is_slow(in) || realm_is_slow(out) ||
	       (realm_is_in(in, "native") && realm_is_in(out, "generic"));
}

static void build_way_out(const struct termination *out,
			  const struct stream *own, struct sg_stream *stream)
{
	bool departs = !sg_address_is_none(out->departure.address);

	stream->seal_key = out->send;
	stream->source = departs ? out->departure : out->local;
	stream->destination = out->remote;
	stream->dscp = out->dscp;
	if (muxed(&out->remote))
		stream->flags |= SG_STREAM_RTCP_MUX_OUT;
	if (sg_address_is_none(out->remote.address)) {
		if (stream->flags & SG_STREAM_GATE_OPEN)
			stream->flags ^= SG_STREAM_GATE_OPEN |
					 SG_STREAM_UNCONNECTED;
		return;
	}
	stream->next_hop = own->next_hop;
}

void stream_build(const struct context *context, int direction,
		  struct sg_stream *stream)
{
	const struct termination *in = &context->termination[direction];
	const struct stream *own = &context->stream[direction];

	memset(stream, 0, sizeof(*stream));
	stream->generation = own->generation;
	stream->epoch = own->epoch;
	stream->state = context_state(context, direction);
	stream->flags = (in->gate_open ? SG_STREAM_GATE_OPEN : 0) |
			(muxed(&in->local) ? SG_STREAM_RTCP_MUX : 0) |
			(context->opaque ? SG_STREAM_OPAQUE : 0) |
			(own->slow ? SG_STREAM_SLOW : 0) |
			(in->three_keys ? SG_STREAM_THREE_KEYS : 0);
	if (lacks_xdp(in->realm, context->termination[!direction].realm))
		stream->flags |= SG_STREAM_SLOW;
	stream->local = in->local;
	stream->local_realm = in->realm->number;
	memcpy(stream->open_key, in->receive, sizeof(stream->open_key));
	build_source(in, stream);
	build_rate(in, stream);
	build_way_out(&context->termination[!direction], own, stream);
}

static void restore_termination(struct termination *one,
				const struct sg_stream *in,
				const struct sg_stream *out)
{
	one->local = in->local;
	one->gate_open = in->flags &
			 (SG_STREAM_GATE_OPEN | SG_STREAM_UNCONNECTED);
	memcpy(one->receive, in->open_key, sizeof(one->receive));
	one->three_keys = in->flags & SG_STREAM_THREE_KEYS;
	restore_source(one, in);
	restore_rate(one, in);

	one->send = out->seal_key;
	one->remote = out->destination;
	one->dscp = out->dscp;
	if (memcmp(&out->source, &in->local, sizeof(out->source)))
		one->departure = out->source;
}

int stream_restore(struct context *context, const struct sg_stream streams[2],
		   struct config *config)
{
	context->opaque = streams[0].flags & SG_STREAM_OPAQUE;
	for (int i = 0; i < 2; i++) {
		const struct sg_stream *in = &streams[i];
		struct termination *one = &context->termination[i];

		one->realm = config_realm_number(config, in->local_realm);
		if (!one->realm)
			return -ENOENT;
		restore_termination(one, in, &streams[!i]);
		context->stream[i].generation = in->generation;
		context->stream[i].epoch = in->epoch;
		context->stream[i].next_hop = in->next_hop;
		context->stream[i].slow = in->flags & SG_STREAM_SLOW;
	}
	return 0;
}

/* -- in words, and where ----------------------------------------------------- */

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
