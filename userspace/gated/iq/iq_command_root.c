// SPDX-License-Identifier: GPL-2.0-only
/* Commands of the null context: on ROOT. */
#include <errno.h>

#include "gated/iq/iq_command.h"

static const struct h248_descriptor *
audit_of(const struct h248_command *command)
{
	return h248_descriptor_find(command->descriptors, H248_AUDIT);
}

static int read_state(struct iq_work *work, const struct h248_state *state)
{
	const struct h248_parameter *property = state->properties;
	struct sg_slice name;

	if (property) {
		name = property->name;
		if (iq_name_matches(SG_SLICE("root/*"), name) ||
		    sg_slice_is_nocase(name, "ipra/ar"))
			return iq_fault_value(&work->fault, IQ_READ_ONLY, name);
		return iq_item_unknown(name, IQ_UNKNOWN_PROPERTY, &work->fault);
	}
	if (state->service == H248_TEST)
		return iq_fault_set(&work->fault, IQ_UNSUPPORTED_VALUE,
				    "Test: the gateway does not test itself "
				    "by order");
	if (state->service)
		work->root_out_of_service =
			state->service == H248_OUT_OF_SERVICE;
	return 0;
}

static int read_media(struct iq_work *work, const struct h248_media *media)
{
	if (media->streams)
		return iq_fault_set(&work->fault, IQ_ILLEGAL_DESCRIPTOR,
				    "ROOT has no streams");
	return read_state(work, &media->state);
}

static int apply(struct iq_work *work, const struct h248_descriptor *one)
{
	switch (one->kind) {
	case H248_EVENTS:
		work->root_changed = true;
		return iq_root_events_read(&work->root, &one->events,
					   &work->fault);
	case H248_MEDIA:
		work->root_changed = true;
		return read_media(work, &one->media);
	case H248_SIGNALS:
		if (!one->bare && one->signals)
			return iq_item_unknown(one->signals->name,
					       IQ_NO_SUCH_SIGNAL, &work->fault);
		return 0;
	case H248_AUDIT:
		return 0;
	default:
		return iq_audit_unknown(work, one->kind);
	}
}

static int reply(struct iq_work *work, const struct h248_command *command)
{
	const struct h248_descriptor *audit = audit_of(command);
	struct h248_command *one = iq_reply(work, command, SG_SLICE("ROOT"));
	struct h248_descriptor **tail;

	if (!one)
		return -EINVAL;
	tail = &one->descriptors;
	return iq_audit_root(work, audit ? audit->audit : NULL, &tail);
}

static int modify(struct iq_work *work, const struct h248_command *command)
{
	const struct h248_descriptor *one = command->descriptors;
	int err = 0;

	for (; !err && one; one = one->next)
		err = apply(work, one);
	return err ? err : reply(work, command);
}

static int change_service(struct iq_work *work,
			  const struct h248_command *command)
{
	const struct h248_descriptor *services =
		h248_descriptor_find(command->descriptors, H248_SERVICES);
	int err = iq_association_order(work->iq, services->services,
				       &work->fault);

	return err ? -EINVAL : reply(work, command);
}

/* Terminations are ephemeral: none of them is ever in the null context. */
static int find_root(struct iq_work *work, const struct h248_command *command)
{
	unsigned int found;

	if (sg_slice_is_nocase(command->termination.name, "ROOT"))
		return 0;
	return iq_select(work, &command->termination, &found);
}

int iq_command_run_root(struct iq_work *work,
			const struct h248_command *command)
{
	int err = find_root(work, command);

	if (err)
		return err;
	switch (command->verb) {
	case H248_MODIFY:
		return modify(work, command);
	case H248_AUDIT_VALUE:
		return reply(work, command);
	case H248_SERVICE_CHANGE:
		return change_service(work, command);
	default:
		return iq_fault_set(&work->fault, IQ_UNKNOWN_ACTION,
				    "%s is nothing for the null context",
				    h248_token_name(command->verb));
	}
}
