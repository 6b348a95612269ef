// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_pair.h"

#include <arpa/inet.h>
#include <string.h>

#include "gated/iq/iq_sealing.h"
#include "lib/address.h"

enum {
	ADDRESS_BITS = 128,
	BURST_LEAST = 4096,	/* octets: two packets and a half of an MTU */
};

/* -- what may flow --------------------------------------------------------- */

static bool has_key(const struct iq_side *side)
{
	return side->send.slot[0] || side->receive.slot[0];
}

/* SRTP between the end points, which nobody here has keys for. */
static bool is_opaque(const struct iq_side *a, const struct iq_side *b)
{
	return a->secure && b->secure && !has_key(a) && !has_key(b);
}

/* What is to be secure has both keys; what is not has none. */
static bool is_complete(const struct iq_side *side)
{
	if (side->secure)
		return side->send.slot[0] && side->receive.slot[0];
	return !has_key(side);
}

static bool may_flow(const struct iq_side *a, const struct iq_side *b)
{
	if (a->refused || b->refused)
		return false;
	return is_opaque(a, b) || (is_complete(a) && is_complete(b));
}

/* -- a side as a termination ----------------------------------------------- */

static bool is_latching(const struct iq_side *side)
{
	return side->napt == IQ_NAPT_LATCH || side->napt == IQ_NAPT_RELATCH;
}

const struct sg_transport *iq_pair_destination(const struct iq_side *side)
{
	static const struct sg_transport nowhere;

	if (side->napt == IQ_NAPT_OFF)
		return &side->remote;
	if (!sg_address_is_none(side->peer.address))
		return &side->peer;
	return side->napt == IQ_NAPT_RELATCH ? &side->remote : &nowhere;
}

static void filter_ports(struct source_filter *filter,
			 const struct iq_side *side)
{
	__u16 rtp = ntohs(side->remote.rtp), rtcp = ntohs(side->remote.rtcp);

	if (!side->filter_ports)
		return;
	if (side->filter_high) {
		filter->port_low = side->filter_low;
		filter->port_high = side->filter_high;
		return;
	}
	filter->port_low = rtcp && rtcp < rtp ? rtcp : rtp;
	filter->port_high = rtcp > rtp ? rtcp : rtp;
}

static void filter_address(struct source_filter *filter,
			   const struct iq_side *side)
{
	if (!side->filter_address)
		return;
	if (side->filter_prefix) {
		memcpy(filter->address, side->filter, sizeof(filter->address));
		filter->prefix = side->filter_prefix;
		return;
	}
	memcpy(filter->address, side->remote.address, sizeof(filter->address));
	filter->prefix = ADDRESS_BITS;
}

/* gm/saf and gm/spf (H.248.43), before any latch; after it, who has sent. */
static void admit(struct termination *to, const struct iq_side *side)
{
	bool as_said = !side->filter_prefix && !is_latching(side);

	to->latch = is_latching(side);
	if (side->napt == IQ_NAPT_DONE ||
	    (side->filter_address && side->filter_ports && as_said &&
	     !side->filter_high)) {
		to->source = SOURCE_STRICT;
	} else if (!side->filter_address && !side->filter_ports) {
		to->source = SOURCE_ANY;
	} else {
		to->source = SOURCE_FILTER;
		filter_address(&to->filter, side);
		filter_ports(&to->filter, side);
	}
}

static void police(struct termination *to, const struct iq_side *side)
{
	if (!side->police)
		return;
	to->rate_octets = true;
	to->rate = side->sustained ? side->sustained : side->peak;
	to->burst = side->burst > BURST_LEAST ? side->burst : BURST_LEAST;
}

static void depart(struct termination *to, const struct iq_side *side)
{
	if (!side->explicit_address && !side->explicit_port)
		return;
	to->departure = side->local;
	if (side->explicit_address)
		memcpy(to->departure.address, side->departure,
		       sizeof(side->departure));
	if (side->explicit_port)
		to->departure.rtp = htons(side->departure_port);
}

static void build(struct termination *to, const struct iq_side *side,
		  const struct keyring *keys)
{
	memset(to, 0, sizeof(*to));
	to->realm = side->realm;
	to->local = side->local;
	to->remote = *iq_pair_destination(side);
	to->dscp = side->dscp;
	to->clock_rate = side->clock_rate;
	to->codec = side->codec;
	memcpy(to->receive, side->receive.slot, sizeof(to->receive));
	to->send = iq_sealing_key(keys, &side->send);
	admit(to, side);
	police(to, side);
	depart(to, side);
}

/* -- pairs ----------------------------------------------------------------- */

bool iq_pair_find(const struct iq_context *context, __u16 stream,
		  struct iq_pair *pair)
{
	pair->in_service = true;
	for (int i = 0; i < 2; i++) {
		const struct iq_termination *one =
			context ? context->termination[i] : NULL;

		pair->side[i] = one ? iq_termination_side(one, stream) : NULL;
		if (!pair->side[i] || !pair->side[i]->has_local)
			return false;
		if (one->out_of_service)
			pair->in_service = false;
	}
	return true;
}

void iq_pair_build(const struct iq_pair *pair, const struct keyring *keys,
		   struct termination to[2])
{
	bool flow = pair->in_service && may_flow(pair->side[0], pair->side[1]);

	for (int i = 0; i < 2; i++) {
		build(&to[i], pair->side[i], keys);
		to[i].gate_open = flow && iq_side_receives(pair->side[i]) &&
				  iq_side_sends(pair->side[!i]);
	}
}

bool iq_pair_is_opaque(const struct iq_pair *pair)
{
	return is_opaque(pair->side[0], pair->side[1]);
}
