// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_answer.h"

#include <stdio.h>

static const struct h248_error *error_of(const struct h248_action *action)
{
	const struct h248_descriptor *d;

	for (const struct h248_command *c = action->commands; c; c = c->next) {
		d = h248_descriptor_find(c->descriptors, H248_ERROR);
		if (d)
			return &d->error;
	}
	return action->error;
}

const struct h248_error *iq_answer_error(const struct h248_answer *answer)
{
	const struct h248_error *error = answer->error;
	const struct h248_action *action =
		answer->reply ? answer->reply->actions : NULL;

	for (; !error && action; action = action->next)
		error = error_of(action);
	return error;
}

const struct h248_services *
iq_answer_services(const struct h248_answer *answer)
{
	const struct h248_action *action =
		answer->reply ? answer->reply->actions : NULL;
	const struct h248_descriptor *d;

	for (; action; action = action->next)
		for (const struct h248_command *c = action->commands; c;
		     c = c->next) {
			d = h248_descriptor_find(c->descriptors, H248_SERVICES);
			if (d && !d->bare)
				return d->services;
		}
	return NULL;
}

const char *iq_answer_show(char text[IQ_ANSWER_TEXT],
			   const struct h248_error *error)
{
	char shown[SG_SHOWN_TEXT];

	if (error->text.size)
		snprintf(text, IQ_ANSWER_TEXT, "error %u, %s", error->code,
			 sg_slice_show(shown, error->text));
	else
		snprintf(text, IQ_ANSWER_TEXT, "error %u", error->code);
	return text;
}
