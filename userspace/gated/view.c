// SPDX-License-Identifier: GPL-2.0-only
#include "gated/ahead.h"
#include "gated/view.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gated/slow/slow.h"
#include "gated/stream.h"
#include "lib/address.h"
#include "lib/clock.h"
#include "lib/view.h"

static const char *const directions[] = { "0-to-1", "1-to-0" };

/* -- contexts ----------------------------------------------------------------- */

json_t *view_key(const struct keyring *ring, __u32 slot)
{
	return slot < ring->size ? sg_view_key(&ring->key[slot]) : json_null();
}

static json_t *view_srtp(const struct keyring *ring,
			 const struct termination *termination)
{
	json_t *srtp = json_object(), *receive = json_array();

	for (int i = RECEIVE_CURRENT; i < SG_OPEN_KEYS; i++)
		if (termination->receive[i] &&
		    (i != RECEIVE_PREVIOUS || termination->three_keys))
			json_array_append_new(
				receive,
				view_key(ring, termination->receive[i]));
	if (json_array_size(receive))
		json_object_set(srtp, "receive", receive);
	json_decref(receive);
	if (termination->send)
		json_object_set_new(srtp, "send",
				    view_key(ring, termination->send));
	return srtp;
}

static json_t *view_source_rule(const struct termination *one)
{
	const struct source_filter *filter = &one->filter;

	if (one->source == SOURCE_FILTER)
		return sg_view_filter(filter->address, filter->prefix,
				      filter->port_low, filter->port_high,
				      one->latch);
	if (one->source == SOURCE_ANY && one->latch)
		return json_string("latch");
	return json_string(source_rule_name(one->source));
}

static json_t *view_termination(const struct keyring *ring,
				const struct termination *one)
{
	json_t *view, *srtp = view_srtp(ring, one);

	view = json_pack("{s:s, s:o, s:o, s:o, s:s, s:s?, s:i, s:I}", "realm",
			 one->realm->name, "local",
			 sg_view_transport(&one->local), "remote",
			 sg_view_transport(&one->remote), "source",
			 view_source_rule(one), "gate",
			 one->gate_open ? "open" : "closed", "codec",
			 sg_codec_name(one->codec), "clock_rate",
			 (int)one->clock_rate, "rate", (json_int_t)one->rate);
	if (one->rate_octets)
		json_object_set_new(view, "burst", json_integer(one->burst));
	if (one->dscp != SG_DSCP_COPY)
		json_object_set_new(view, "dscp", json_integer(one->dscp));
	if (json_object_size(srtp))
		json_object_set(view, "srtp", srtp);
	json_decref(srtp);
	return view;
}

json_t *view_context(const struct context *context)
{
	const struct keyring *ring = &context->all->keys;
	json_t *view;

	view = json_pack("{s:s, s:[o, o]}", "context", context->name,
			 "terminations",
			 view_termination(ring, &context->termination[0]),
			 view_termination(ring, &context->termination[1]));
	if (context->opaque)
		json_object_set_new(view, "opaque", json_true());
	return view;
}

/* -- streams ------------------------------------------------------------------ */

static bool is_slow(const struct context *context, int direction)
{
	struct sg_stream stream;

	stream_build(context, direction, &stream);
	return stream.flags & SG_STREAM_SLOW;
}

/* Why nothing leaves, or NULL when it does. */
static const char *obstacle(const struct context *context, int direction)
{
	__u32 slot = context->stream[direction].next_hop;
	struct sg_next_hop hop;

	if (!context->termination[direction].gate_open)
		return "gate closed";
	if (sg_address_is_none(context->termination[!direction].remote.address))
		return "no remote";
	if (bpf_map_lookup_elem(context->all->maps->next_hops, &slot, &hop) ||
	    (hop.state != SG_NEXT_HOP_REACHABLE &&
	     !(is_slow(context, direction) && hop.ifindex)))
		return "next hop unresolved";
	return NULL;
}

static json_t *view_stream(const struct context *context, int direction,
			   const struct sg_state states[2])
{
	const struct sg_state *state = &states[direction];
	const struct termination *in = &context->termination[direction];
	const char *why = obstacle(context, direction);
	json_t *view, *lifetimes;
	struct sg_reception reception;
	struct sg_totals totals;
	struct sg_stream stream;

	view = json_pack("{s:s, s:s, s:s}", "direction", directions[direction],
			 "operation", stream_operation(context, direction),
			 "realm", in->realm->name);
	sg_state_totals(state, in->clock_rate, &totals);
	json_object_update_new(view, sg_view_counters(&totals, state->last_drop,
						      clock_ns()));
	sg_reception_read(states, direction, in->clock_rate, in->codec,
			  clock_ns(), &reception);
	json_object_set_new(view, "receiver",
			    sg_view_reception(&reception, clock_ns()));
	json_object_set_new(
		view, "silence",
		sg_view_silence(context->stream[direction].silence));
	json_object_set_new(view, "path",
			    json_string(why			      ? "none" :
					is_slow(context, direction) ? "slow" :
								      "fast"));
	json_object_set_new(view, "why", why ? json_string(why) : json_null());
	json_object_set_new(view, "sources",
			    sg_view_sources(state, in->clock_rate));
	stream_build(context, direction, &stream);
	lifetimes = sg_view_lifetimes(context->all->maps, &stream, state);
	if (lifetimes)
		json_object_set_new(view, "lifetimes", lifetimes);
	return view;
}

json_t *view_streams(const struct context *context,
		     const struct sg_state states[2])
{
	json_t *list = json_array();
	struct sg_state now[2] = { 0 };

	for (int i = 0; !states && i < 2; i++)
		sg_maps_state(context->all->maps, context_state(context, i),
			      &now[i]);
	for (int i = 0; i < 2; i++)
		json_array_append_new(
			list, view_stream(context, i, states ? states : now));
	return list;
}

/* -- the daemon ---------------------------------------------------------------- */

static json_t *view_ports(const struct realm *realm)
{
	__u32 used = 0, resting = 0;

	for (int i = 0; i < realm->address_count; i++) {
		__u32 one_used, one_resting;

		ports_count(realm->ports[i], clock_ms(), &one_used,
			    &one_resting);
		used += one_used;
		resting += one_resting;
	}
	return json_pack("{s:i, s:i, s:i, s:i}", "min", realm->port_min, "max",
			 realm->port_max, "used", used, "quarantined",
			 resting);
}

static json_t *view_realm(const struct realm *realm)
{
	json_t *addresses = json_array();
	char text[SG_ADDRESS_TEXT];

	for (int i = 0; i < realm->address_count; i++)
		json_array_append_new(
			addresses, json_string(sg_address_format(
					   text, realm->address[i])));
	return json_pack("{s:s, s:s, s:i, s:s, s:o, s:o}", "name", realm->name,
			 "interface", realm->interface, "vlan", realm->vlan,
			 "mode", realm->mode, "addresses", addresses, "ports",
			 view_ports(realm));
}

static json_t *view_slots(__u32 used, __u32 size)
{
	return json_pack("{s:i, s:i}", "used", used, "size",
			 size - SG_RESERVED_SLOTS);
}

json_t *view_status(struct gate *gate)
{
	const struct contexts *contexts = &gate->contexts;
	json_t *realms = json_array();
	__u32 used, unresolved;

	for (int i = 0; i < gate->config.realm_count; i++)
		json_array_append_new(realms,
				      view_realm(&gate->config.realm[i]));
	next_hops_count(gate->next_hops, &used, &unresolved);
	return json_pack("{s:s, s:i, s:i, s:I, s:o, s:s, s:s, s:i, s:o, s:i, "
			 "s:o, s:{s:i, s:i}}",
			 "version", SRTPGATE_VERSION, "layout",
			 SG_LAYOUT_VERSION, "pid", (int)getpid(), "uptime_s",
			 (json_int_t)(clock_ms() - gate->started) / 1000,
			 "realms", realms, "slow_path",
			 !gate->config.slow_path     ? "off" :
			 slow_is_running(gate->slow) ? "running" : "ended",
			 "keystream",
			 !gate->ahead		       ? "off" :
			 ahead_is_running(gate->ahead) ? "running" : "ended",
			 "contexts", contexts->count,
			 "streams",
			 view_slots(slots_used(contexts->streams),
				    gate->data.maps.streams_size),
			 "at_home", contexts_at_home(contexts),
			 "keys",
			 view_slots(slots_used(contexts->keys.slots),
				    gate->data.maps.keys_size),
			 "next_hops", "used", used, "unresolved", unresolved);
}
