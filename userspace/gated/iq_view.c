// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq_view.h"

#include <arpa/inet.h>

#include "gated/clock.h"
#include "lib/address.h"

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

/* -- contexts ----------------------------------------------------------------- */

static json_t *view_transport(const struct sg_transport *transport)
{
	char text[SG_ADDRESS_TEXT];

	return json_pack("{s:s, s:i, s:i}", "address",
			 sg_address_format(text, transport->address), "port",
			 ntohs(transport->rtp), "rtcp_port",
			 ntohs(transport->rtcp));
}

static json_t *view_side(const struct iq_side *side)
{
	json_t *view = json_pack("{s:i, s:s}", "stream", side->stream, "mode",
				 h248_token_name(side->mode));

	if (side->has_local) {
		json_object_set_new(view, "media", json_string(side->media));
		json_object_set_new(view, "protocol",
				    json_string(side->protocol));
		json_object_set_new(view, "local",
				    view_transport(&side->local));
	}
	if (!sg_address_is_none(side->remote.address))
		json_object_set_new(view, "remote",
				    view_transport(&side->remote));
	if (side->send.suite)
		json_object_set_new(view, "send", json_true());
	if (side->receive.suite)
		json_object_set_new(view, "receive", json_true());
	return view;
}

static json_t *view_termination(const struct iq_termination *one)
{
	json_t *streams = json_array();

	for (const struct iq_side *side = one->sides; side; side = side->next)
		json_array_append_new(streams, view_side(side));
	return json_pack("{s:s, s:s, s:b, s:o}", "termination", one->name,
			 "realm", one->realm ? one->realm->name : "",
			 "out_of_service", one->out_of_service, "streams",
			 streams);
}

static int add_context(struct iq *iq, struct iq_context *context, void *list)
{
	json_t *terminations = json_array();

	(void)iq;
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i])
			json_array_append_new(
				terminations,
				view_termination(context->termination[i]));
	json_array_append_new(list, json_pack("{s:I, s:I, s:b, s:o}", "context",
					      (json_int_t)context->id,
					      "created",
					      (json_int_t)context->created,
					      "emergency", context->emergency,
					      "terminations", terminations));
	return 0;
}

json_t *iq_view_contexts(struct iq *iq)
{
	json_t *list = json_array();

	iq_contexts_each(iq, add_context, list);
	return list;
}
