// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an Audit asks of a termination (H.248.1 7.1.14, 7.2.5). Local and
 * Remote are written anew from what the side knows: no key comes out here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "gated/iq/iq_command.h"
#include "lib/address.h"

enum { SDP_MAX = 2048 };

/* -- properties ------------------------------------------------------------ */

static void append(struct h248_parameter **list, struct h248_parameter *one)
{
	while (*list)
		list = &(*list)->next;
	one->next = NULL;
	*list = one;
}

static bool is_asked(const struct h248_parameter *asked, struct sg_slice name)
{
	for (; asked; asked = asked->next)
		if (iq_name_matches(asked->name, name))
			return true;
	return false;
}

static bool is_known(const struct h248_parameter *all, struct sg_slice pattern)
{
	for (; all; all = all->next)
		if (iq_name_matches(pattern, all->name))
			return true;
	return false;
}

int iq_pick(struct iq_work *work, struct h248_parameter *from,
	    const struct h248_parameter *asked, enum iq_error code,
	    struct h248_parameter **list)
{
	struct h248_parameter *next;

	for (const struct h248_parameter *one = asked; one; one = one->next)
		if (!is_known(from, one->name))
			return iq_item_unknown(one->name, code, &work->fault);
	for (; from; from = next) {
		next = from->next;
		if (!asked || is_asked(asked, from->name))
			append(list, from);
	}
	return 0;
}

static enum h248_token on_off(bool on)
{
	return on ? H248_ON : H248_OFF;
}

/* A bare LocalControl asks for all of it. */
static int audit_control(struct iq_work *work, const struct iq_side *side,
			 const struct h248_control *asked,
			 struct h248_control *control)
{
	bool all = !asked || (!asked->mode && !asked->reserved_value &&
			      !asked->reserved_group && !asked->properties);
	struct h248_parameter *properties;

	control->present = true;
	if (all || asked->mode)
		control->mode = side->mode;
	if (all || asked->reserved_value)
		control->reserved_value = on_off(side->reserve_value);
	if (all || asked->reserved_group)
		control->reserved_group = on_off(side->reserve_group);
	if (!all && !asked->properties)
		return 0;
	properties = iq_side_properties(side, work->answer);
	if (!properties)
		return iq_too_long(work);
	return iq_pick(work, properties, all ? NULL : asked->properties,
		       IQ_UNKNOWN_PROPERTY, &control->properties);
}

/* -- Local and Remote ------------------------------------------------------ */

static int put_sdp(struct iq_work *work, struct h248_sdp *sdp, const char *text,
		   int size)
{
	if (size < 0 || size >= SDP_MAX)
		return iq_fault_set(&work->fault, IQ_INTERNAL,
				    "a session description is too long");
	sdp->present = true;
	return iq_text(work, &sdp->text, text, size) ? 0 : -EINVAL;
}

static int audit_local(struct iq_work *work, const struct iq_side *side,
		       struct h248_stream *stream)
{
	char text[SDP_MAX];

	if (!side->has_local)
		return 0;
	return put_sdp(work, &stream->local, text,
		       iq_side_sdp(side, text, sizeof(text)));
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static int audit_remote(struct iq_work *work, const struct iq_side *side,
			struct h248_stream *stream)
{
	const struct sg_transport *remote = &side->remote;
	char text[SDP_MAX], address[SG_ADDRESS_TEXT];
	__u16 rtp = ntohs(remote->rtp), rtcp = ntohs(remote->rtcp);
	int size;

	if (!side->has_remote || sg_address_is_none(remote->address))
		return 0;
	size = snprintf(text, sizeof(text),
			"v=0\nc=IN %s %s\nm=%s %u %s %s\n",
			sg_address_is_ipv4(remote->address) ? "IP4" : "IP6",
			sg_address_format(address, remote->address),
			or_dash(side->media), side->refused ? 0 : rtp,
			or_dash(side->protocol), or_dash(side->formats));
	if (rtcp == rtp)
		size += snprintf(text + size, sizeof(text) - size,
				 "a=rtcp-mux\n");
	else if (rtcp && rtcp != rtp + 1)
		size += snprintf(text + size, sizeof(text) - size,
				 "a=rtcp:%u\n", rtcp);
	return put_sdp(work, &stream->remote, text, size);
}

/* -- Media ----------------------------------------------------------------- */

/* @asked NULL: all of it. */
static int audit_stream(struct iq_work *work, const struct iq_side *side,
			const struct h248_stream *asked,
			struct h248_stream ***tail)
{
	struct h248_stream stream = { .id = side->stream };
	int err = 0;

	if (!asked || asked->control.present)
		err = audit_control(work, side, asked ? &asked->control : NULL,
				    &stream.control);
	if (!err && (!asked || asked->local.present))
		err = audit_local(work, side, &stream);
	if (!err && (!asked || asked->remote.present))
		err = audit_remote(work, side, &stream);
	if (err || (!stream.control.present && !stream.local.present &&
		    !stream.remote.present))
		return err;
	**tail = iq_node(work, sizeof(stream));
	if (!**tail)
		return -EINVAL;
	***tail = stream;
	*tail = &(**tail)->next;
	return 0;
}

/* Without a StreamID, every stream is meant. */
static int audit_streams(struct iq_work *work,
			 const struct iq_termination *termination,
			 const struct h248_stream *asked,
			 struct h248_stream ***tail)
{
	const struct iq_side *side = termination->sides;
	int err = 0;

	for (; !err && side; side = side->next)
		if (!asked || asked->implied || asked->id == side->stream)
			err = audit_stream(work, side, asked, tail);
	return err;
}

static int audit_state(struct iq_work *work,
		       const struct iq_termination *termination,
		       const struct h248_state *asked, struct h248_state *state)
{
	bool all = !asked ||
		   (!asked->service && !asked->buffer && !asked->properties);

	if (asked && asked->properties)
		return iq_item_unknown(asked->properties->name,
				       IQ_UNKNOWN_PROPERTY, &work->fault);
	state->present = true;
	if (all || asked->service)
		state->service = termination->out_of_service ?
					 H248_OUT_OF_SERVICE :
					 H248_IN_SERVICE;
	if (asked && asked->buffer)
		state->buffer = H248_OFF;
	return 0;
}

static int audit_media(struct iq_work *work,
		       const struct iq_termination *termination,
		       const struct h248_descriptor *item,
		       struct h248_descriptor ***tail)
{
	const struct h248_media *asked = item->bare ? NULL : &item->media;
	const struct h248_stream *one = asked ? asked->streams : NULL;
	struct h248_media media = { .streams = NULL };
	struct h248_stream **last = &media.streams;
	struct h248_descriptor *descriptor;
	int err = 0;

	if (!asked || asked->state.present)
		err = audit_state(work, termination,
				  asked ? &asked->state : NULL, &media.state);
	if (!err && !asked)
		err = audit_streams(work, termination, NULL, &last);
	for (; !err && one; one = one->next)
		err = audit_streams(work, termination, one, &last);
	if (err || (!media.state.present && !media.streams))
		return err;
	descriptor = iq_descriptor(work, H248_MEDIA, tail);
	if (!descriptor)
		return -EINVAL;
	descriptor->media = media;
	return 0;
}

/* -- the other descriptors ------------------------------------------------- */

static int audit_events(struct iq_work *work,
			const struct iq_termination *termination,
			struct h248_descriptor ***tail)
{
	struct h248_descriptor *one = iq_descriptor(work, H248_EVENTS, tail);

	if (!one)
		return -EINVAL;
	one->bare = !termination->events.armed;
	if (one->bare)
		return 0;
	if (iq_events_write(&termination->events, work->answer, &one->events))
		return iq_too_long(work);
	return 0;
}

/* A latch that has happened is not among the signals any more. */
static int audit_signals(struct iq_work *work,
			 const struct iq_termination *termination,
			 struct h248_descriptor ***tail)
{
	struct h248_descriptor *one = iq_descriptor(work, H248_SIGNALS, tail);
	const struct iq_side *side = termination->sides;
	struct h248_signal **last;

	if (!one)
		return -EINVAL;
	last = &one->signals;
	for (; side; side = side->next) {
		if (side->napt != IQ_NAPT_LATCH &&
		    side->napt != IQ_NAPT_RELATCH)
			continue;
		*last = iq_node(work, sizeof(**last));
		if (!*last)
			return -EINVAL;
		(*last)->name = SG_SLICE("ipnapt/latch");
		(*last)->stream = side->stream;
		if (iq_parameter(work, &(*last)->parameters, "napt",
				 side->napt == IQ_NAPT_LATCH ? "LATCH" :
							       "RELATCH"))
			return -EINVAL;
		last = &(*last)->next;
	}
	one->bare = !one->signals;
	return 0;
}

int iq_audit_packages(struct iq_work *work, struct h248_descriptor ***tail)
{
	struct h248_descriptor *one = iq_descriptor(work, H248_PACKAGES, tail);
	struct h248_package **last;

	if (!one)
		return -EINVAL;
	last = &one->packages;
	for (const struct iq_package *p = iq_packages; p->name; p++) {
		*last = iq_node(work, sizeof(**last));
		if (!*last)
			return -EINVAL;
		(*last)->name = sg_slice_of(p->name);
		(*last)->version = p->version;
		last = &(*last)->next;
	}
	return 0;
}

int iq_audit_nothing(struct iq_work *work, enum h248_token kind,
		     struct h248_descriptor ***tail)
{
	struct h248_descriptor *one = iq_descriptor(work, kind, tail);

	if (!one)
		return -EINVAL;
	one->bare = true;
	return 0;
}

int iq_audit_unknown(struct iq_work *work, enum h248_token kind)
{
	return iq_fault_set(&work->fault, IQ_UNKNOWN_DESCRIPTOR,
			    "%s is not used on Iq", h248_token_name(kind));
}

static int audit_item(struct iq_work *work,
		      const struct iq_termination *termination,
		      const struct h248_descriptor *item,
		      struct h248_descriptor ***tail)
{
	switch (item->kind) {
	case H248_MEDIA:
		return audit_media(work, termination, item, tail);
	case H248_EVENTS:
		return audit_events(work, termination, tail);
	case H248_SIGNALS:
		return audit_signals(work, termination, tail);
	case H248_STATISTICS:
		return iq_statistics(work, termination,
				     item->bare ? NULL : item->statistics,
				     tail);
	case H248_PACKAGES:
		return iq_audit_packages(work, tail);
	case H248_OBSERVED_EVENTS:
		return iq_audit_nothing(work, item->kind, tail);
	default:
		return iq_audit_unknown(work, item->kind);
	}
}

int iq_audit(struct iq_work *work, const struct iq_termination *termination,
	     const struct h248_descriptor *items,
	     struct h248_descriptor ***tail)
{
	int err = 0;

	for (; !err && items; items = items->next)
		err = audit_item(work, termination, items, tail);
	return err;
}
