// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_plane.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gated/iq/iq.h"
#include "gated/iq/iq_pair.h"
#include "gated/iq/iq_sealing.h"
#include "lib/address.h"
#include "lib/quality.h"
#include "lib/log.h"

/* -- links -------------------------------------------------------------------------- */

/* A change of links that can be taken back. */
struct change {
	struct iq *iq;
	struct iq_context *next, *old;
	struct iq_link *links;
	struct fault fault;
};

static int rejoin(struct change *change, struct context *joined,
		  const struct termination side[2], bool opaque)
{
	__u32 before[] = { joined->termination[0].send,
			   joined->termination[1].send };
	int err = context_rejoin(joined, side, opaque, &change->fault);

	for (int i = 0; !err && i < 2; i++)
		iq_sealing_switched(&joined->all->keys, before[i],
				    side[i].send);
	return err;
}

static int join(struct change *change, struct iq_link *link,
		const struct iq_pair *pair)
{
	bool opaque = iq_pair_is_opaque(pair);
	struct contexts *all = &change->iq->gate->contexts;
	struct termination side[2];
	char name[SG_NAME_MAX];

	iq_pair_build(pair, &all->keys, side);
	if (link->joined)
		return rejoin(change, link->joined, side, opaque);
	snprintf(name, sizeof(name), "%u/%u", change->next->id, link->stream);
	return context_join(all, name, side, opaque, &link->joined,
			    &change->fault);
}

static void drop_link(struct change *change, struct iq_link *gone)
{
	struct iq_link **at = &change->links;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	if (gone->joined) {
		context_remove(gone->joined, NULL);
		context_free(gone->joined);
	}
	free(gone);
}

static int add_link(struct change *change, __u16 stream,
		    const struct iq_pair *pair)
{
	struct iq_link *link = calloc(1, sizeof(*link));
	int err;

	if (!link)
		return fault_set(&change->fault, ENOMEM, "out of memory");
	link->stream = stream;
	link->next = change->links;
	change->links = link;
	err = join(change, link, pair);
	if (err)
		drop_link(change, link);
	return err;
}

static void forget_all(struct change *change)
{
	while (change->links)
		drop_link(change, change->links);
}

/* Same terminations at the same places: else the states are other media's. */
static bool same_terminations(const struct iq_context *a,
			      const struct iq_context *b)
{
	for (int i = 0; i < 2; i++)
		if (!a || !b || !a->termination[i] || !b->termination[i] ||
		    a->termination[i]->id != b->termination[i]->id)
			return false;
	return true;
}

/* Links of streams that are new or may have changed. */
static int make_links(struct change *change)
{
	const struct iq_termination *first = change->next->termination[0];
	const struct iq_side *side = first ? first->sides : NULL;
	struct iq_link *link;
	struct iq_pair pair;
	int err = 0;

	for (; !err && side; side = side->next) {
		if (!iq_pair_find(change->next, side->stream, &pair))
			continue;
		link = iq_link_find(change->links, side->stream);
		err = link ? join(change, link, &pair) :
			     add_link(change, side->stream, &pair);
	}
	return err;
}

static void end_links(struct change *change)
{
	struct iq_link *link, *next;
	struct iq_pair pair;

	for (link = change->links; link; link = next) {
		next = link->next;
		if (!iq_pair_find(change->next, link->stream, &pair))
			drop_link(change, link);
	}
}

/* After a failure: the links are @old's again. */
static void put_back(struct change *change)
{
	struct fault why = change->fault;
	struct iq_link *link, *next;
	struct iq_pair pair;

	if (!change->old || !same_terminations(change->next, change->old)) {
		forget_all(change);
	} else {
		for (link = change->links; link; link = next) {
			next = link->next;
			if (!iq_pair_find(change->old, link->stream, &pair))
				drop_link(change, link);
		}
	}
	change->next = change->old;
	if (change->old && make_links(change))
		sg_warning("context %u keeps what a refused order changed: %s",
			   change->old->id, change->fault.text);
	change->fault = why;
}

/* -- ports ---------------------------------------------------------------------------- */

static bool holds_port(const struct iq_context *context,
		       const struct iq_side *side, __u16 port)
{
	for (int i = 0; context && i < 2; i++) {
		const struct iq_termination *one = context->termination[i];
		const struct iq_side *other =
			one ? iq_termination_side(one, side->stream) : NULL;

		if (other && other->realm == side->realm &&
		    sg_address_equal(other->local.address,
				     side->local.address) &&
		    (other->port[0] == port || other->port[1] == port))
			return true;
	}
	return false;
}

static struct sg_endpoint *port_entry(const struct iq *iq,
				      const struct iq_side *side, __u16 port)
{
	return endpoints_at(&iq->gate->endpoints, side->realm,
			    side->local.address, htons(port));
}

/* Ports that @side held and @next does not. */
static void withdraw_ports(struct iq *iq, const struct iq_side *side,
			   const struct iq_context *next)
{
	for (int i = 0; side->has_local && i < 2; i++) {
		struct sg_endpoint *entry;

		if (!side->port[i] || holds_port(next, side, side->port[i]))
			continue;
		entry = port_entry(iq, side, side->port[i]);
		if (entry)
			endpoint_withdraw(entry);
	}
}

/* Ports of @side that no stream uses: what comes there is swallowed. */
static void close_ports(struct iq *iq, const struct iq_side *side, bool joined)
{
	for (int i = 0; side->has_local && i < 2; i++) {
		__be16 port = htons(side->port[i]);
		struct sg_endpoint *entry;

		if (!port || (joined && (port == side->local.rtp ||
					 port == side->local.rtcp)))
			continue;
		entry = port_entry(iq, side, side->port[i]);
		if (entry && !endpoint_is_closed(entry))
			endpoint_close(entry);
	}
}

static void set_ports(struct iq *iq, const struct iq_context *next,
		      const struct iq_context *old)
{
	for (int i = 0; i < 2; i++) {
		const struct iq_termination *was =
			old ? old->termination[i] : NULL;
		const struct iq_termination *is = next->termination[i];
		const struct iq_side *side;

		for (side = was ? was->sides : NULL; side; side = side->next)
			withdraw_ports(iq, side, next);
		for (side = is ? is->sides : NULL; side; side = side->next)
			close_ports(iq, side,
				    iq_link_find(next->links, side->stream));
	}
}

/* -- the whole -------------------------------------------------------------------------- */

int iq_plane_apply(struct iq *iq, struct iq_context *next,
		   struct iq_context *old, struct iq_fault *fault)
{
	struct change change = { .iq = iq, .next = next, .old = old };
	int err;

	change.links = old ? old->links : NULL;
	if (!same_terminations(next, old))
		forget_all(&change);
	err = make_links(&change);
	if (err) {
		put_back(&change);
		if (old)
			old->links = change.links;
		return iq_fault_set(fault, IQ_NO_RESOURCES, "%s",
				    change.fault.text);
	}
	end_links(&change);
	if (old)
		old->links = NULL;
	next->links = change.links;
	set_ports(iq, next, old);
	return 0;
}

/* -- after a restart --------------------------------------------------------------------- */

static struct iq_link *claim_link(struct iq *iq, const struct iq_context *owner,
				  __u16 stream)
{
	char name[SG_NAME_MAX];
	struct context *joined;
	struct iq_link *link;

	snprintf(name, sizeof(name), "%u/%u", owner->id, stream);
	joined = context_find(&iq->gate->contexts, name);
	link = joined ? calloc(1, sizeof(*link)) : NULL;
	if (link) {
		link->stream = stream;
		link->joined = joined;
	}
	return link;
}

static void catch_up(struct iq *iq, struct iq_context *context)
{
	struct iq_link *link = context->links;

	while (link) {
		struct context *joined = link->joined;

		link = link->next;
		for (int i = 0; i < 2; i++)
			iq_plane_latched(iq, joined, i);
	}
}

int iq_plane_adopt(struct iq *iq, struct iq_context *context)
{
	const struct iq_termination *first = context->termination[0];
	const struct iq_side *side = first ? first->sides : NULL;
	struct iq_fault fault;
	struct iq_pair pair;

	for (; side; side = side->next) {
		struct iq_link *link = NULL;

		if (iq_pair_find(context, side->stream, &pair))
			link = claim_link(iq, context, side->stream);
		if (!link)
			continue;
		link->next = context->links;
		context->links = link;
	}
	if (iq_plane_apply(iq, context, context, &fault)) {
		sg_warning("context %u cannot be taken up: %s", context->id,
			   fault.text);
		return -EINVAL;
	}
	catch_up(iq, context);
	return 0;
}

/* "4711/1" to both numbers. */
static bool parse_name(const char *name, __u32 *id, __u16 *stream)
{
	unsigned int a, b;
	char rest;

	if (sscanf(name, "%u/%u%c", &a, &b, &rest) != 2 || b > 65535)
		return false;
	*id = a;
	*stream = b;
	return true;
}

static struct iq_context *owner_of(const struct iq *iq,
				   const struct context *joined, __u16 *stream)
{
	struct iq_context *context;
	struct iq_link *link;
	__u32 id;

	if (!joined->joined || !parse_name(joined->name, &id, stream))
		return NULL;
	context = iq_context_find(iq, id);
	link = context ? iq_link_find(context->links, *stream) : NULL;
	return link && link->joined == joined ? context : NULL;
}

int iq_plane_remove_orphans(struct iq *iq, struct contexts *all)
{
	int orphans = 0;

	for (__u32 slot = 0; slot < all->maps->contexts_size; slot++) {
		struct context *one = all->by_slot[slot];
		__u16 stream;

		if (!one || !one->joined || (iq && owner_of(iq, one, &stream)))
			continue;
		context_remove(one, NULL);
		context_free(one);
		orphans++;
	}
	return orphans;
}

/* -- what happens -------------------------------------------------------------------------- */

void iq_plane_traffic(struct iq *iq, const struct iq_context *context,
		      int index, __u16 stream, struct iq_traffic *traffic)
{
	struct iq_link *link = iq_link_find(context->links, stream);
	const struct sg_maps *maps = &iq->gate->data.maps;
	const struct context *joined = link ? link->joined : NULL;
	struct sg_reception peer;
	struct sg_totals totals;
	struct sg_state in, out;

	memset(traffic, 0, sizeof(*traffic));
	traffic->jitter = -1;
	traffic->round_trip = -1;
	if (!joined ||
	    sg_maps_state(maps, context_state(joined, index), &in) ||
	    sg_maps_state(maps, context_state(joined, !index), &out))
		return;
	sg_state_totals(&in, joined->termination[index].clock_rate, &totals);
	traffic->packets_received = totals.packets;
	traffic->octets_received = totals.octets;
	traffic->expected = totals.expected;
	traffic->lost = totals.lost;
	traffic->jitter = totals.jitter;
	traffic->last_received = totals.last_seen;
	traffic->dropped = totals.dropped;
	sg_state_totals(&out, joined->termination[!index].clock_rate, &totals);
	traffic->packets_sent = totals.packets;
	traffic->octets_sent = totals.octets;
	traffic->last_sent = totals.last_seen;
	traffic->clock_rate = joined->termination[!index].clock_rate;
	sg_reception_reports(&out.quality, traffic->clock_rate, &peer);
	traffic->round_trip = peer.round_trip_average;
}

/* As long as no RTCP is seen it is where RTP says (RFC 3550 11). */
static void follow(struct iq_side *side, const struct sg_transport *latched)
{
	const struct sg_transport *said = &side->remote;
	bool muxed = said->rtp == said->rtcp || side->mux;

	side->peer = *said;
	if (latched->rtp)
		side->peer.rtcp = htons(ntohs(latched->rtp) + 1);
	context_follow(&side->peer, latched, muxed);
	side->napt = IQ_NAPT_DONE;
}

/* RELATCH waits for another than who is served now. */
static bool is_news(const struct iq_side *side,
		    const struct sg_transport *latched)
{
	const struct sg_transport *now = iq_pair_destination(side);

	if (side->napt == IQ_NAPT_LATCH)
		return true;
	return side->napt == IQ_NAPT_RELATCH &&
	       (!sg_address_equal(now->address, latched->address) ||
		(latched->rtp && latched->rtp != now->rtp));
}

static int commit_latch(struct iq *iq, struct iq_context *context, int index,
			__u16 stream, const struct sg_transport *latched,
			struct iq_fault *fault)
{
	struct iq_context *copy = iq_context_copy(iq, context);
	int err;

	if (!copy)
		return iq_fault_set(fault, IQ_NO_RESOURCES, "out of memory");
	follow(iq_termination_side(copy->termination[index], stream), latched);
	err = iq_context_commit(iq, copy, context, NULL, fault);
	if (err)
		iq_context_give_up(iq, copy, context);
	return err;
}

void iq_plane_latched(struct iq *iq, struct context *joined, int index)
{
	const struct iq_side *side;
	struct iq_context *context;
	struct iq_fault fault;
	struct sg_state state;
	__u16 stream;

	context = owner_of(iq, joined, &stream);
	if (!context || !joined->termination[index].latch ||
	    sg_maps_state(&iq->gate->data.maps, context_state(joined, index),
			  &state) ||
	    sg_address_is_none(state.latched.address))
		return;
	side = iq_termination_side(context->termination[index], stream);
	if (!is_news(side, &state.latched))
		return;
	if (commit_latch(iq, context, index, stream, &state.latched, &fault))
		sg_warning("context %u: the remote of %s has moved, but cannot "
			   "be followed: %s",
			   context->id, context->termination[index]->name,
			   fault.text);
}

bool iq_plane_succeed(struct iq *iq, struct context *joined, int direction,
		      __u32 *next)
{
	const __u32 *seals = &joined->termination[!direction].send;
	struct change change = { .iq = iq };
	struct keyring_label label;
	__u32 before = *seals;
	struct iq_pair pair;
	__u16 stream;

	change.next = owner_of(iq, joined, &stream);
	if (!change.next || !iq_pair_find(change.next, stream, &pair))
		return false;
	if (join(&change, iq_link_find(change.next->links, stream), &pair)) {
		sg_warning("context %u: no further key can seal: %s",
			   change.next->id, change.fault.text);
		return false;
	}
	if (*seals == before || keyring_label(&joined->all->keys, *seals, &label))
		return false;
	*next = label.fingerprint;
	return true;
}

void iq_plane_lifetime(struct iq *iq, const struct lifetime_news *news)
{
	int index = news->life->seals ? !news->direction : news->direction;
	bool ended = news->ended && !news->succeeded;
	struct iq_context *context;
	__u16 stream;

	if (!ended && strcmp(iq->gate->config.iq.key_warning, "yes"))
		return;
	context = owner_of(iq, news->context, &stream);
	if (context)
		iq_event_cause(iq, context, context->termination[index],
			       ended ? "FP" : "FT", news->text);
}
