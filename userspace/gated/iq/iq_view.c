// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_view.h"

#include "gated/iq/iq_plane.h"
#include "gated/iq/iq_sealing.h"
#include "gated/view.h"
#include "lib/address.h"
#include "lib/clock.h"
#include "lib/view.h"

/* -- what went through ------------------------------------------------------- */

static json_t *view_traffic(struct iq *iq, const struct iq_context *context,
			    int index, __u16 stream)
{
	struct iq_traffic traffic;
	__u64 now = clock_ns();

	iq_plane_traffic(iq, context, index, stream, &traffic);
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I}",
		"packets_received", (json_int_t)traffic.packets_received,
		"octets_received", (json_int_t)traffic.octets_received,
		"packets_sent", (json_int_t)traffic.packets_sent,
		"octets_sent", (json_int_t)traffic.octets_sent,
		"expected", (json_int_t)traffic.expected,
		"lost", (json_int_t)traffic.lost,
		"jitter_ms", sg_view_ms(traffic.jitter),
		"round_trip_ms", sg_view_ms(traffic.round_trip),
		"last_received_ms", sg_view_age(traffic.last_received, now),
		"last_sent_ms", sg_view_age(traffic.last_sent, now),
		"dropped", (json_int_t)traffic.dropped);
}

/* -- sides ------------------------------------------------------------------- */

static json_t *view_transport(const struct sg_transport *transport)
{
	return sg_address_is_none(transport->address) ?
		       json_null() :
		       sg_view_transport(transport);
}

/* @first: the slot of the key to begin with. */
static json_t *view_crypto(struct iq *iq, const struct iq_crypto *crypto,
			   __u32 first)
{
	json_t *view, *further = json_array();

	if (!crypto->suite) {
		json_decref(further);
		return json_null();
	}
	view = view_key(iq->ground.keys, first);
	json_object_set_new(view, "tag", json_integer(crypto->tag));
	for (int i = 0; i < SG_OPEN_KEYS && crypto->slot[i]; i++)
		if (crypto->slot[i] != first)
			json_array_append_new(further,
					      view_key(iq->ground.keys,
						       crypto->slot[i]));
	if (json_array_size(further))
		json_object_set(view, "further", further);
	json_decref(further);
	return view;
}

static json_t *view_filter(const struct iq_side *side)
{
	char text[SG_PREFIX_TEXT];
	json_t *filter = json_object();

	if (side->filter_address)
		json_object_set_new(
			filter, "address",
			side->filter_prefix ?
				json_string(sg_prefix_format(
					text, side->filter,
					side->filter_prefix)) :
				json_string("remote"));
	if (side->filter_ports)
		json_object_set_new(filter, "ports",
				    side->filter_low ?
					    json_pack("[i, i]",
						      side->filter_low,
						      side->filter_high) :
					    json_string("remote"));
	return filter;
}

static json_t *view_police(const struct iq_side *side)
{
	if (!side->police)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "sustained",
			 (json_int_t)side->sustained, "peak",
			 (json_int_t)side->peak, "burst",
			 (json_int_t)side->burst);
}

static const char *latch_name(enum iq_napt napt)
{
	static const char *const names[] = {
		[IQ_NAPT_OFF] = "off",
		[IQ_NAPT_LATCH] = "waiting",
		[IQ_NAPT_RELATCH] = "waiting for a new peer",
		[IQ_NAPT_DONE] = "latched",
	};

	return names[napt];
}

/* Why nothing passes here, as the data plane has it; NULL: it does. */
static const char *obstacle(const struct iq_context *context,
			    const struct iq_side *side)
{
	if (!iq_link_find(context->links, side->stream))
		return "not connected";
	if (side->secure && !side->send.suite != !side->receive.suite)
		return "a key is missing";
	return side->mode == H248_INACTIVE ? "inactive" : NULL;
}

static json_t *view_side(struct iq *iq, const struct iq_context *context,
			 int index, const struct iq_side *side)
{
	json_t *view = json_pack(
		"{s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, "
		"s:{s:o, s:o}, s:s?}",
		"stream", side->stream, "media", side->media, "protocol",
		side->protocol, "formats", side->formats, "mode",
		h248_token_name(side->mode), "local",
		view_transport(&side->local), "remote",
		view_transport(&side->remote), "peer",
		view_transport(&side->peer), "latch", latch_name(side->napt),
		"filter", view_filter(side), "police", view_police(side),
		"srtp", "receive",
		view_crypto(iq, &side->receive, side->receive.slot[0]), "send",
		view_crypto(iq, &side->send,
			    iq_sealing_key(iq->ground.keys, &side->send)),
		"why", obstacle(context, side));

	if (!view)
		return NULL;
	if (side->dscp != SG_DSCP_COPY)
		json_object_set_new(view, "dscp", json_integer(side->dscp));
	json_object_update_new(
		view, view_traffic(iq, context, index, side->stream));
	return view;
}

/* -- terminations and contexts ----------------------------------------------- */

static json_t *view_events(const struct iq_events *events)
{
	static const char *const directions[] = {
		[IQ_IN] = "in", [IQ_OUT] = "out", [IQ_BOTH] = "both",
	};

	if (!events->armed)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:s?, s:b}", "request",
			 (json_int_t)events->request, "heartbeat_s",
			 (json_int_t)events->heartbeat, "inactivity_s",
			 (json_int_t)events->inactivity, "direction",
			 events->inactivity ? directions[events->direction] :
					      NULL,
			 "cause", events->cause);
}

static json_t *view_termination(struct iq *iq, const struct iq_context *context,
				int index)
{
	const struct iq_termination *one = context->termination[index];
	const struct iq_side *side = one->sides;
	json_t *streams = json_array();

	for (; side; side = side->next)
		json_array_append_new(streams,
				      view_side(iq, context, index, side));
	return json_pack("{s:s, s:s?, s:b, s:o, s:o}", "termination", one->name,
			 "realm", one->realm ? one->realm->name : NULL,
			 "in_service", !one->out_of_service, "events",
			 view_events(&one->events), "streams", streams);
}

json_t *iq_view_context(struct iq *iq, const struct iq_context *context)
{
	const struct h248_address *mgc = iq_association_mgc(iq);
	char text[H248_ADDRESS_TEXT];
	json_t *list = json_array(), *view;

	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i])
			json_array_append_new(
				list, view_termination(iq, context, i));
	view = json_pack("{s:I, s:I, s:s?, s:b, s:o}", "context",
			 (json_int_t)context->id, "created",
			 (json_int_t)context->created, "controller",
			 mgc ? h248_address_format(text, mgc) : NULL,
			 "emergency", context->emergency, "terminations", list);
	if (view && context->has_priority)
		json_object_set_new(view, "priority",
				    json_integer(context->priority));
	return view;
}

static int append_context(struct iq *iq, struct iq_context *context, void *arg)
{
	return json_array_append_new(arg, iq_view_context(iq, context));
}

json_t *iq_view_contexts(struct iq *iq)
{
	json_t *list = json_array();

	iq_contexts_each(iq, append_context, list);
	return json_pack("{s:o}", "contexts", list);
}

/* -- the association --------------------------------------------------------- */

static const char *const commands[] = {
	"add",	       "modify",	   "subtract", "move",
	"audit_value", "audit_capability", "notify",   "service_change",
};

static json_t *view_commands(const struct iq *iq)
{
	json_t *view = json_object();

	for (int i = 0; i < 8; i++)
		json_object_set_new(view, commands[i],
				    json_integer(iq->counters.commands[i]));
	return view;
}

static json_t *view_transactions(const struct h248_exchange_counters *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I}",
			 "messages_received", (json_int_t)c->received,
			 "messages_sent", (json_int_t)c->sent,
			 "malformed", (json_int_t)c->malformed,
			 "unknown_peer", (json_int_t)c->unknown_peer,
			 "executed", (json_int_t)c->executed,
			 "repeated", (json_int_t)c->repeated,
			 "pending", (json_int_t)c->pending,
			 "requested", (json_int_t)c->requested,
			 "retransmitted", (json_int_t)c->retransmitted,
			 "answered", (json_int_t)c->answered,
			 "given_up", (json_int_t)c->given_up,
			 "stray", (json_int_t)c->stray);
}

json_t *iq_view(struct iq *iq)
{
	char local[H248_ADDRESS_TEXT], peer[H248_ADDRESS_TEXT];
	__u64 heard = iq_association_heard_at(iq);
	json_t *view;

	view = json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:I, s:I, s:I, s:I, "
			 "s:o, s:o}",
			 "state", iq_association_state_name(iq), "controller",
			 h248_address_format(peer, iq_association_peer(iq)),
			 "version", iq_association_version(iq), "transport",
			 h248_transport_name(iq->transport), "local",
			 h248_address_format(local,
					     &iq->gate->config.iq.local),
			 "contexts", (int)iq->contexts.count, "registrations",
			 (json_int_t)iq->counters.registrations, "notified",
			 (json_int_t)iq->counters.notified, "notify_failed",
			 (json_int_t)iq->counters.notify_failed,
			 "transactions_failed",
			 (json_int_t)iq->counters.failed, "commands",
			 view_commands(iq), "transactions",
			 view_transactions(
				 h248_exchange_counters(iq->exchange)));
	if (view && heard)
		json_object_set_new(view, "heard_ms_ago",
				    json_integer(clock_ms() - heard));
	return view;
}
