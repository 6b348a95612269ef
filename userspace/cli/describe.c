// SPDX-License-Identifier: GPL-2.0-only
#include "cli/describe.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <string.h>

#include "lib/address.h"
#include "lib/clock.h"
#include "lib/master_key.h"
#include "lib/secret.h"
#include "lib/view.h"

const char *describe_endpoint(text out, const __be32 address[4], __be16 port)
{
	char ip[SG_ADDRESS_TEXT];

	if (sg_address_is_none(address) && !port)
		return strcpy(out, "-");
	sg_address_format(ip, address);
	snprintf(out, TEXT_SIZE,
		 sg_address_is_ipv4(address) ? "%s:%u" : "[%s]:%u", ip,
		 ntohs(port));
	return out;
}

const char *describe_from(text out, const struct sg_stream *stream)
{
	const struct sg_transport *remote = &stream->remote;
	char address[SG_PREFIX_TEXT] = "any", ports[sizeof(" 65535-65535")] = "";

	if (!(stream->flags & SG_STREAM_FILTER))
		return describe_endpoint(out, remote->address, remote->rtp);
	if (stream->source_prefix)
		sg_prefix_format(address, remote->address,
				 stream->source_prefix);
	if (stream->flags & SG_STREAM_PORT_RANGE)
		snprintf(ports, sizeof(ports), " %u-%u", ntohs(remote->rtp),
			 ntohs(remote->rtcp));
	snprintf(out, TEXT_SIZE, "%s%s", address, ports);
	return out;
}

const char *describe_to(text out, const struct sg_stream *stream)
{
	return describe_endpoint(out, stream->destination.address,
				 stream->destination.rtp);
}

const char *describe_direction(int direction)
{
	return direction ? "1-to-0" : "0-to-1";
}

const char *describe_realm(text out, const struct cli *cli, __u16 number)
{
	const char *name = cli_realm(cli, number);

	snprintf(out, TEXT_SIZE, "%s", name ? name : "?");
	for (int i = 0; !name && i < cli->realm_count; i++)
		if (cli->realms[i].number == number &&
		    *cli->realms[i].interface)
			snprintf(out, TEXT_SIZE,
				 cli->realms[i].vlan ? "@%s.%u" : "@%s",
				 cli->realms[i].interface,
				 cli->realms[i].vlan);
	return out;
}

const char *describe_source(const struct sg_stream *stream)
{
	if (stream->flags & SG_STREAM_FILTER)
		return "filter";
	if (!(stream->flags & SG_STREAM_ANY_PORT))
		return "strict";
	if (stream->source_prefix != SG_PREFIX_ANY)
		return "address";
	return stream->flags & SG_STREAM_LATCH ? "latch" : "any";
}

static json_t *filter(const struct sg_stream *stream)
{
	const struct sg_transport *remote = &stream->remote;
	bool range = stream->flags & SG_STREAM_PORT_RANGE;

	return sg_view_filter(remote->address, stream->source_prefix,
			      ntohs(remote->rtp),
			      range ? ntohs(remote->rtcp) : 0,
			      stream->flags & SG_STREAM_LATCH);
}

/* The copy, which holds what is secret too, is zeroed. */
static json_t *key(const struct cli *cli, __u32 slot)
{
	struct sg_key copy;
	json_t *view;

	if (!slot || bpf_map_lookup_elem(cli->maps.keys, &slot, &copy))
		return NULL;
	view = sg_view_key(&copy);
	sg_secret_zero(&copy, sizeof(copy));
	return view;
}

static void suite_of(const struct cli *cli, __u32 slot, text out)
{
	json_t *described = key(cli, slot);
	const char *name = json_string_value(
		json_object_get(described, "suite"));

	snprintf(out, TEXT_SIZE, "%s", name ? name : slot ? "?" : "");
	json_decref(described);
}

void describe_suites(const struct cli *cli, const struct sg_stream *stream,
		     text open, text seal)
{
	suite_of(cli, stream->open_key[0], open);
	suite_of(cli, stream->seal_key, seal);
}

/* Keys of the side where @in arrives and @out leaves; NULL: plain. */
static json_t *srtp(const struct cli *cli, const struct sg_stream *in,
		    const struct sg_stream *out)
{
	bool three = in->flags & SG_STREAM_THREE_KEYS;
	json_t *all = json_object(), *receive = json_array();
	json_t *send = key(cli, out->seal_key);

	/* The last may be a former key, which only packets in flight have. */
	for (int i = 0; i < SG_OPEN_KEYS - !three; i++) {
		json_t *one = key(cli, in->open_key[i]);

		if (one)
			json_array_append_new(receive, one);
	}
	if (json_array_size(receive))
		json_object_set(all, "receive", receive);
	json_decref(receive);
	if (send)
		json_object_set_new(all, "send", send);
	if (json_object_size(all))
		return all;
	json_decref(all);
	return NULL;
}

static json_t *termination(struct cli *cli, const struct context_view *view,
			   int side)
{
	const struct sg_stream *in = &view->stream[side].stream;
	const struct sg_stream *out = &view->stream[!side].stream;
	const __u16 gate = SG_STREAM_GATE_OPEN | SG_STREAM_UNCONNECTED;
	json_t *all = json_pack(
		"{s:s?, s:o, s:o, s:o, s:s, s:s?, s:i, s:I, s:o*}",
		"realm", cli_realm(cli, in->local_realm),
		"local", sg_view_transport(&in->local),
		"remote", sg_view_transport(&out->destination),
		"source", in->flags & SG_STREAM_FILTER ?
				  filter(in) : json_string(describe_source(in)),
		"gate", in->flags & gate ? "open" : "closed",
		"codec", sg_codec_name(view->context.codec[side]),
		"clock_rate", (int)in->clock_rate, "rate", (json_int_t)in->rate,
		"srtp", srtp(cli, in, out));

	if (all && in->flags & SG_STREAM_RATE_OCTETS)
		json_object_set_new(all, "burst", json_integer(
					    in->burst * SG_BURST_OCTETS));
	if (all && out->dscp != SG_DSCP_COPY)
		json_object_set_new(all, "dscp", json_integer(out->dscp));
	return all;
}

static void read_states(const struct cli *cli, const struct context_view *view,
			struct sg_state state[2])
{
	memset(state, 0, 2 * sizeof(*state));
	snapshot_states(view, &cli->maps, state);
}

static void read_reception(const struct context_view *view,
			   const struct sg_state state[2], int direction,
			   struct sg_reception *reception)
{
	sg_reception_read(state, direction,
			  view->stream[direction].stream.clock_rate,
			  view->context.codec[direction], clock_ns(),
			  reception);
}

void describe_reception(const struct cli *cli, const struct context_view *view,
			int direction, struct sg_reception *reception)
{
	struct sg_state state[2];

	read_states(cli, view, state);
	read_reception(view, state, direction, reception);
}

static json_t *receiver(const struct context_view *view,
			const struct sg_state state[2], int direction)
{
	struct sg_reception reception;

	read_reception(view, state, direction, &reception);
	return sg_view_reception(&reception, clock_ns());
}

/* What is not in every stream's row. */
static void add_details(struct cli *cli, json_t *all,
			const struct sg_stream *stream,
			const struct sg_state *state)
{
	json_t *lifetimes = sg_view_lifetimes(&cli->maps, stream, state);

	json_object_set_new(all, "sources",
			    sg_view_sources(state, stream->clock_rate));
	if (lifetimes)
		json_object_set_new(all, "lifetimes", lifetimes);
}

json_t *describe_stream(struct cli *cli, const struct context_view *view,
			int direction, bool details)
{
	const struct stream_view *of = &view->stream[direction];
	const struct sg_stream *stream = &of->stream;
	struct sg_state state[2];
	text from, to;
	const char *why, *path = stream_path(&cli->maps, stream, &why);
	json_t *all = json_pack(
		"{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s?, s:o}",
		"context", view->context.name,
		"direction", describe_direction(direction),
		"operation", stream_operation(stream),
		"realm", cli_realm(cli, stream->local_realm),
		"from", describe_from(from, stream),
		"to", describe_to(to, stream), "path", path, "why", why,
		"silence", sg_view_silence(view->context.silence[direction]));

	if (!all)
		return NULL;
	json_object_update_new(all, sg_view_counters(&of->totals,
						     of->last_drop, clock_ns()));
	read_states(cli, view, state);
	json_object_set_new(all, "receiver",
			    receiver(view, state, direction));
	if (details)
		add_details(cli, all, stream, &state[direction]);
	return all;
}

json_t *describe_context(struct cli *cli, const struct context_view *view)
{
	json_t *terminations = json_array(), *streams = json_array(), *all;

	for (int side = 0; side < 2; side++) {
		json_array_append_new(terminations,
				      termination(cli, view, side));
		if (view->stream[side].slot)
			json_array_append_new(
				streams, describe_stream(cli, view, side, true));
	}
	all = json_pack("{s:s, s:I, s:o, s:o}", "context", view->context.name,
			"created", (json_int_t)view->context.created,
			"terminations", terminations, "streams", streams);
	if (all && view->stream[0].stream.flags & SG_STREAM_OPAQUE)
		json_object_set_new(all, "opaque", json_true());
	return all;
}
