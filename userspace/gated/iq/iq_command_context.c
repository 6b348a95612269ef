// SPDX-License-Identifier: GPL-2.0-only
/* Commands on the terminations of a context. */
#include <errno.h>

#include "gated/iq/iq_command.h"

static const struct h248_descriptor *
audit_of(const struct h248_command *command)
{
	return h248_descriptor_find(command->descriptors, H248_AUDIT);
}

static const struct h248_media *media_of(const struct h248_command *command)
{
	const struct h248_descriptor *media =
		h248_descriptor_find(command->descriptors, H248_MEDIA);

	return media ? &media->media : NULL;
}

/* One reply for all, without anything of them: W- on a wildcard. */
static bool is_summary(const struct h248_command *command)
{
	return command->wildcarded && command->termination.all;
}

static int summary(struct iq_work *work, const struct h248_command *command)
{
	if (work->silent)
		return 0;
	return iq_reply(work, command, command->termination.name) ? 0 : -EINVAL;
}

/* -- Add and Modify -------------------------------------------------------- */

static int apply_one(struct iq_work *work, struct iq_termination *termination,
		     const struct h248_descriptor *one, struct realm *realm)
{
	switch (one->kind) {
	case H248_MEDIA:
		return iq_media_read(work, termination, &one->media, realm);
	case H248_EVENTS:
		return iq_events_read(&termination->events, &one->events,
				      &work->fault);
	case H248_SIGNALS:
	case H248_AUDIT:
		return 0;
	case H248_STATISTICS:
		return iq_fault_set(&work->fault, IQ_ILLEGAL_DESCRIPTOR,
				    "Statistics cannot be set");
	default:
		return iq_audit_unknown(work, one->kind);
	}
}

/* Signals last, wherever they stand: they are for streams. */
static int apply(struct iq_work *work, struct iq_termination *termination,
		 const struct h248_command *command, struct realm *realm)
{
	const struct h248_descriptor *one = command->descriptors, *signals;
	int err = 0;

	for (; !err && one; one = one->next)
		err = apply_one(work, termination, one, realm);
	signals = h248_descriptor_find(command->descriptors, H248_SIGNALS);
	if (err || !signals)
		return err;
	return iq_signals_read(work, termination,
			       signals->bare ? NULL : signals->signals);
}

static bool has_chosen(const struct iq_termination *termination,
		       const struct h248_media *asked)
{
	const struct h248_stream *one = asked ? asked->streams : NULL;

	for (; one; one = one->next)
		if (iq_termination_side(termination, one->id)->chosen)
			return true;
	return false;
}

/*
 * H.248.1 7.1: an Audit is answered together with what was chosen; there is
 * one Media for both, with everything if need be.
 */
static int audit_changed(struct iq_work *work,
			 const struct iq_termination *termination,
			 const struct h248_descriptor *items, bool chosen,
			 struct h248_descriptor ***tail)
{
	int err = 0;

	for (; !err && items; items = items->next) {
		struct h248_descriptor one = *items;

		one.next = NULL;
		if (one.kind == H248_MEDIA && chosen)
			one.bare = true;
		err = iq_audit(work, termination, &one, tail);
	}
	return err;
}

static int reply_changed(struct iq_work *work,
			 const struct h248_command *command,
			 const struct iq_termination *termination)
{
	const struct h248_descriptor *audit = audit_of(command);
	const struct h248_descriptor *items = audit ? audit->audit : NULL;
	const struct h248_media *media = media_of(command);
	struct h248_command *reply =
		iq_reply(work, command, sg_slice_of(termination->name));
	struct h248_descriptor **tail;
	int err = 0;

	if (!reply)
		return -EINVAL;
	tail = &reply->descriptors;
	if (!h248_descriptor_find(items, H248_MEDIA))
		err = iq_reply_media(work, termination, media, &tail);
	if (err)
		return err;
	return audit_changed(work, termination, items,
			     has_chosen(termination, media), &tail);
}

/* The interface that "ip/1/access/$" named and ipdc/realm are to agree. */
static int check_realm(struct iq_work *work, const struct iq_choice *choice,
		       const struct iq_termination *termination)
{
	char wanted[REALM_NAME], found[REALM_NAME];

	if (!termination->realm)
		return iq_fault_set(&work->fault, IQ_INFORMATION_MISSING,
				    "ipdc/realm");
	if (!choice->realm)
		return 0;
	iq_realm_label(wanted, choice->realm);
	iq_realm_label(found, termination->realm);
	if (!strcmp(wanted, found))
		return 0;
	return iq_fault_set(&work->fault, IQ_UNSUPPORTED_VALUE,
			    "%s: the name asks for a termination in %s",
			    termination->realm->name, choice->realm->name);
}

/* Without streams, the name or the only realm there is decides. */
static void settle_realm(const struct iq_work *work,
			 const struct iq_choice *choice,
			 struct iq_termination *termination)
{
	struct config *config = work->iq->ground.config;

	if (termination->realm)
		return;
	termination->realm = choice->realm;
	if (!termination->realm && config->realm_count == 1)
		termination->realm = &config->realm[0];
}

static int refuse_name(struct iq_work *work,
		       const struct h248_termination *wanted)
{
	char text[SG_SHOWN_TEXT];

	sg_slice_show(text, wanted->name);
	if (wanted->all)
		return iq_fault_set(&work->fault, IQ_BAD_IDENTIFIER,
				    "%s: * is not for Add", text);
	if (iq_context_of(work->iq, wanted->name) ||
	    (work->current && iq_termination_find(work->current, wanted->name)))
		return iq_fault_set(&work->fault, IQ_ALREADY_IN_CONTEXT,
				    "termination %s is in a context already",
				    text);
	return iq_fault_set(&work->fault, IQ_UNKNOWN_TERMINATION,
			    "there is no termination %s; add $ for a new one",
			    text);
}

static int add(struct iq_work *work, const struct h248_command *command)
{
	struct iq_termination *termination;
	struct iq_choice choice;
	int err;

	if (!command->termination.choose || command->termination.all)
		return refuse_name(work, &command->termination);
	err = iq_choice_read(work, &command->termination, &choice);
	if (!err)
		err = iq_work_step(work);
	if (err)
		return err;
	termination = iq_termination_add(work->iq, work->step, &work->fault);
	if (!termination)
		return -EINVAL;
	err = apply(work, termination, command, choice.realm);
	if (err)
		return err;
	settle_realm(work, &choice, termination);
	err = check_realm(work, &choice, termination);
	if (err)
		return err;
	iq_choice_name(&choice, termination);
	return reply_changed(work, command, termination);
}

static int modify(struct iq_work *work, const struct h248_command *command,
		  unsigned int found)
{
	int err = iq_work_step(work);

	for (int i = 0; !err && i < IQ_TERMINATIONS; i++) {
		if (!(found & 1u << i))
			continue;
		err = apply(work, work->step->termination[i], command, NULL);
		if (!err && !is_summary(command))
			err = reply_changed(work, command,
					    work->step->termination[i]);
	}
	if (!err && is_summary(command))
		err = summary(work, command);
	return err;
}

/* -- Subtract and AuditValue ----------------------------------------------- */

/* What @audit asks; without any, Subtract tells all statistics. */
static int reply_audited(struct iq_work *work,
			 const struct h248_command *command,
			 const struct iq_termination *termination)
{
	const struct h248_descriptor *audit = audit_of(command);
	struct h248_command *reply =
		iq_reply(work, command, sg_slice_of(termination->name));
	struct h248_descriptor **tail;

	if (!reply)
		return -EINVAL;
	tail = &reply->descriptors;
	if (!audit && command->verb == H248_SUBTRACT)
		return iq_statistics(work, termination, NULL, &tail);
	return iq_audit(work, termination, audit ? audit->audit : NULL, &tail);
}

static int audit_value(struct iq_work *work, const struct h248_command *command,
		       unsigned int found)
{
	int err = 0;

	if (is_summary(command))
		return summary(work, command);
	for (int i = 0; !err && i < IQ_TERMINATIONS; i++)
		if (found & 1u << i)
			err = reply_audited(work, command,
					    work->current->termination[i]);
	return err;
}

static int subtract(struct iq_work *work, const struct h248_command *command,
		    unsigned int found)
{
	int err = audit_value(work, command, found);

	if (!err)
		err = iq_work_step(work);
	for (int i = 0; !err && i < IQ_TERMINATIONS; i++)
		if (found & 1u << i)
			iq_termination_remove(work->iq, work->step,
					      work->step->termination[i],
					      work->current);
	return err;
}

/* -- ServiceChange --------------------------------------------------------- */

static int read_method(struct iq_work *work,
		       const struct h248_services *services,
		       bool *out_of_service)
{
	switch (services->method) {
	case H248_FORCED:
	case H248_GRACEFUL:
		*out_of_service = true;
		return 0;
	case H248_RESTART:
		*out_of_service = false;
		return 0;
	default:
		return iq_fault_set(&work->fault, IQ_UNSUPPORTED_VALUE,
				    "%s is nothing for a termination",
				    services->method ?
					    h248_token_name(services->method) :
					    "the method");
	}
}

static int change_service(struct iq_work *work,
			  const struct h248_command *command,
			  unsigned int found)
{
	const struct h248_descriptor *services =
		h248_descriptor_find(command->descriptors, H248_SERVICES);
	bool out_of_service = false;
	int err = read_method(work, services->services, &out_of_service);

	if (!err)
		err = iq_work_step(work);
	for (int i = 0; !err && i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = work->step->termination[i];

		if (!(found & 1u << i))
			continue;
		one->out_of_service = out_of_service;
		if (!is_summary(command) &&
		    !iq_reply(work, command, sg_slice_of(one->name)))
			err = -EINVAL;
	}
	if (!err && is_summary(command))
		err = summary(work, command);
	return err;
}

/* -- all of them ----------------------------------------------------------- */

int iq_command_run(struct iq_work *work, const struct h248_command *command)
{
	unsigned int found;
	int err;

	if (command->verb == H248_ADD)
		return add(work, command);
	err = iq_select(work, &command->termination, &found);
	if (err)
		return err;
	switch (command->verb) {
	case H248_MODIFY:
		return modify(work, command, found);
	case H248_SUBTRACT:
		return subtract(work, command, found);
	case H248_AUDIT_VALUE:
		return audit_value(work, command, found);
	default:
		return change_service(work, command, found);
	}
}
