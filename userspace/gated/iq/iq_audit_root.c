// SPDX-License-Identifier: GPL-2.0-only
/* What an Audit asks of ROOT (H.248.1 E.2, H.248.41 Amd. 1). */
#include <errno.h>

#include "gated/iq/iq_command.h"
#include "gated/iq/iq_realms.h"

/*
 * The normal times are ms. Every request is answered from within the call
 * that takes it, but the journal may have to be waited for.
 */
enum { MG_EXECUTION_TIME = 100, MGC_EXECUTION_TIME = 1000 };

/*
 * ipra/ar: the realms whose interface is up, as ipdc/realm knows them; one
 * empty name when there is none.
 */
static int add_realms(struct iq_work *work, struct h248_parameter **list)
{
	const struct config *config = work->iq->ground.config;
	struct h248_parameter *realms;
	struct h248_value *value = NULL;

	if (iq_parameter(work, list, "ipra/ar", ""))
		return -EINVAL;
	for (realms = *list; realms->next; realms = realms->next)
		;
	realms->relation = H248_ALL_OF;
	realms->value.quoted = true;
	for (int i = 0; i < config->realm_count; i++) {
		if (!iq_realm_is_available(work->iq, &config->realm[i]))
			continue;
		if (value) {
			value->next = iq_node(work, sizeof(*value));
			value = value->next;
		} else {
			value = &realms->value;
		}
		if (!value)
			return -EINVAL;
		value->text = sg_slice_of(config->realm[i].name);
		value->quoted = true;
	}
	return 0;
}

static int properties(struct iq_work *work, struct h248_parameter **list)
{
	const struct {
		const char *name;
		__u64 value;
	} numbers[] = {
		{ "root/maxNrOfContexts",
		  work->iq->gate->data.maps.contexts_size - SG_RESERVED_SLOTS },
		{ "root/maxTerminationsPerContext", IQ_TERMINATIONS },
		{ "root/normalMGExecutionTime", MG_EXECUTION_TIME },
		{ "root/normalMGCExecutionTime", MGC_EXECUTION_TIME },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (iq_parameter_number(work, list, numbers[i].name,
					numbers[i].value))
			return -EINVAL;
	return add_realms(work, list);
}

static int audit_state(struct iq_work *work, const struct h248_state *asked,
		       struct h248_state *state)
{
	bool all = !asked ||
		   (!asked->service && !asked->buffer && !asked->properties);
	struct h248_parameter *list = NULL;

	state->present = true;
	if (all || asked->service)
		state->service = work->root_out_of_service ?
					 H248_OUT_OF_SERVICE :
					 H248_IN_SERVICE;
	if (asked && asked->buffer)
		state->buffer = H248_OFF;
	if (!all && !asked->properties)
		return 0;
	if (properties(work, &list))
		return -EINVAL;
	return iq_pick(work, list, all ? NULL : asked->properties,
		       IQ_UNKNOWN_PROPERTY, &state->properties);
}

/*
 * Properties of ROOT stand in TerminationState; who asks for them in
 * LocalControl, where Annex B lets them stand too, means the same.
 */
static int audit_media(struct iq_work *work, const struct h248_descriptor *item,
		       struct h248_descriptor ***tail)
{
	const struct h248_media *asked = item->bare ? NULL : &item->media;
	const struct h248_stream *stream = asked ? asked->streams : NULL;
	struct h248_state wanted = { .present = true }, state = { 0 };
	struct h248_descriptor *one;

	if (asked && asked->state.present)
		wanted = asked->state;
	else if (stream)
		wanted.properties = stream->control.properties;
	if (stream && !wanted.properties)
		return iq_fault_set(&work->fault, IQ_ILLEGAL_DESCRIPTOR,
				    "ROOT has no streams");
	if (audit_state(work, asked ? &wanted : NULL, &state))
		return -EINVAL;
	one = iq_descriptor(work, H248_MEDIA, tail);
	if (!one)
		return -EINVAL;
	one->media.state = state;
	return 0;
}

static int audit_events(struct iq_work *work, struct h248_descriptor ***tail)
{
	struct h248_descriptor *one = iq_descriptor(work, H248_EVENTS, tail);

	if (!one)
		return -EINVAL;
	one->bare = !work->root.armed;
	if (one->bare)
		return 0;
	return iq_root_events_write(&work->root, work->answer, &one->events) ?
		       iq_too_long(work) :
		       0;
}

static int audit_item(struct iq_work *work, const struct h248_descriptor *item,
		      struct h248_descriptor ***tail)
{
	switch (item->kind) {
	case H248_MEDIA:
		return audit_media(work, item, tail);
	case H248_EVENTS:
		return audit_events(work, tail);
	case H248_PACKAGES:
		return iq_audit_packages(work, tail);
	case H248_SIGNALS:
	case H248_OBSERVED_EVENTS:
		return iq_audit_nothing(work, item->kind, tail);
	case H248_STATISTICS:
		return iq_fault_set(&work->fault, IQ_ILLEGAL_DESCRIPTOR,
				    "ROOT has no statistics");
	default:
		return iq_audit_unknown(work, item->kind);
	}
}

int iq_audit_root(struct iq_work *work, const struct h248_descriptor *items,
		  struct h248_descriptor ***tail)
{
	int err = 0;

	for (; !err && items; items = items->next)
		err = audit_item(work, items, tail);
	return err;
}
