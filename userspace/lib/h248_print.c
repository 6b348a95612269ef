// SPDX-License-Identifier: GPL-2.0-only
/* Writes messages, transactions, contexts and commands. */
#include <stdio.h>

#include "lib/h248_writer.h"

/* -- commands ------------------------------------------------------------------- */

static void context_list(struct h248_writer *w,
			 const struct h248_termination *list)
{
	bool first = true;

	h248_put_token(w, H248_CONTEXT);
	h248_open(w);
	for (; list; list = list->next) {
		h248_next_member(w, &first);
		h248_put_word(w, list->name);
	}
	h248_close(w);
}

static void command(struct h248_writer *w, const struct h248_command *c)
{
	bool first = true;

	if (c->optional)
		h248_put_text(w, "O-");
	if (c->wildcarded)
		h248_put_text(w, "W-");
	h248_put_token(w, c->verb);
	h248_equals(w);
	if (c->context_list) {
		context_list(w, c->context_list);
		return;
	}
	h248_put_word(w, c->termination.name);
	if (!c->descriptors)
		return;
	h248_open(w);
	h248_put_descriptors(w, c->descriptors, &first);
	h248_close(w);
}

/* -- contexts -------------------------------------------------------------------- */

static void topology(struct h248_writer *w, const struct h248_topology *t)
{
	bool first = true;

	h248_put_token(w, H248_TOPOLOGY);
	h248_open(w);
	for (; t; t = t->next) {
		h248_next_member(w, &first);
		h248_put_word(w, t->a.name);
		h248_comma(w);
		h248_put_word(w, t->b.name);
		h248_comma(w);
		h248_put_token(w, t->direction);
		if (t->stream) {
			h248_comma(w);
			h248_put_numbered(w, H248_STREAM, t->stream);
		}
	}
	h248_close(w);
}

static void properties(struct h248_writer *w, const struct h248_properties *p,
		       bool *first)
{
	if (p->topology) {
		h248_next_member(w, first);
		topology(w, p->topology);
	}
	if (p->has_priority) {
		h248_next_member(w, first);
		h248_put_numbered(w, H248_PRIORITY, p->priority);
	}
	if (p->emergency) {
		h248_next_member(w, first);
		h248_put_token(w, p->emergency);
	}
	if (p->ieps) {
		h248_next_member(w, first);
		h248_put_token(w, H248_IEPS_CALL);
		h248_equals(w);
		h248_put_token(w, p->ieps);
	}
}

static void audited(struct h248_writer *w, enum h248_token word, bool asked,
		    bool *first)
{
	if (!asked)
		return;
	h248_next_member(w, first);
	h248_put_token(w, word);
}

static void context_audit(struct h248_writer *w,
			  const struct h248_context_audit *a, bool *first)
{
	bool inner = true;

	if (!a->present)
		return;
	h248_next_member(w, first);
	h248_put_token(w, H248_CONTEXT_AUDIT);
	h248_open(w);
	audited(w, H248_TOPOLOGY, a->topology, &inner);
	audited(w, H248_EMERGENCY, a->emergency, &inner);
	audited(w, H248_PRIORITY, a->priority, &inner);
	audited(w, H248_IEPS_CALL, a->ieps, &inner);
	if (inner)
		h248_invalid(w);
	h248_close(w);
}

static void context_id(struct h248_writer *w, __u32 context)
{
	switch (context) {
	case H248_CONTEXT_NULL:
		h248_put_text(w, "-");
		break;
	case H248_CONTEXT_CHOOSE:
		h248_put_text(w, "$");
		break;
	case H248_CONTEXT_ALL:
		h248_put_text(w, "*");
		break;
	default:
		h248_put_number(w, context);
	}
}

static void action_members(struct h248_writer *w, const struct h248_action *a,
			   bool *first)
{
	properties(w, &a->properties, first);
	context_audit(w, &a->audit, first);
	for (const struct h248_command *c = a->commands; c; c = c->next) {
		h248_next_member(w, first);
		command(w, c);
	}
	if (a->error) {
		h248_next_member(w, first);
		h248_put_error(w, a->error);
	}
}

static bool is_empty(const struct h248_action *a)
{
	const struct h248_properties *p = &a->properties;

	return !p->topology && !p->has_priority && !p->emergency && !p->ieps &&
	       !a->audit.present && !a->commands && !a->error;
}

static void action(struct h248_writer *w, const struct h248_action *a)
{
	bool first = true;

	h248_put_token(w, H248_CONTEXT);
	h248_equals(w);
	context_id(w, a->context);
	if (is_empty(a))
		return;
	h248_open(w);
	action_members(w, a, &first);
	h248_close(w);
}

/* -- transactions ------------------------------------------------------------------ */

static void acks(struct h248_writer *w, const struct h248_ack *list)
{
	bool first = true;

	h248_open(w);
	for (; list; list = list->next) {
		h248_next_member(w, &first);
		h248_put_number(w, list->first);
		if (list->last == list->first)
			continue;
		h248_put_text(w, "-");
		h248_put_number(w, list->last);
	}
	if (first)
		h248_invalid(w);
	h248_close(w);
}

static void transaction_members(struct h248_writer *w,
				const struct h248_transaction *t)
{
	bool first = true;

	if (t->ack_required) {
		h248_next_member(w, &first);
		h248_put_token(w, H248_IMM_ACK_REQUIRED);
	}
	if (t->error) {
		h248_next_member(w, &first);
		h248_put_error(w, t->error);
		return;
	}
	for (const struct h248_action *a = t->actions; a; a = a->next) {
		h248_next_member(w, &first);
		action(w, a);
	}
	if (!t->actions)
		h248_invalid(w);
}

static void transaction(struct h248_writer *w,
			const struct h248_transaction *t)
{
	h248_put_token(w, t->kind);
	if (t->kind == H248_RESPONSE_ACK) {
		acks(w, t->acks);
		return;
	}
	if (!t->id)
		h248_invalid(w);
	h248_equals(w);
	h248_put_number(w, t->id);
	h248_open(w);
	if (t->kind != H248_PENDING)
		transaction_members(w, t);
	h248_close(w);
}

/* -- messages ------------------------------------------------------------------------ */

static void authentication(struct h248_writer *w,
			   const struct h248_authentication *a)
{
	char text[64];

	if (!a->present)
		return;
	h248_put_token(w, H248_AUTHENTICATION);
	h248_equals(w);
	snprintf(text, sizeof(text), "0x%08X:0x%08X:0x", a->spi, a->sequence);
	h248_put(w, sg_slice_of(text));
	h248_put_word(w, a->data);
	h248_put_text(w, " ");
}

static void header(struct h248_writer *w, const struct h248_message *m)
{
	authentication(w, &m->authentication);
	h248_put_token(w, H248_MEGACO);
	h248_put_text(w, "/");
	h248_put_number(w, m->version);
	h248_put_text(w, " ");
	h248_put_mid(w, &m->mid);
	h248_put_text(w, " ");
}

int h248_print(char *buffer, size_t size, const struct h248_message *message,
	       enum h248_form form)
{
	struct h248_writer w = { buffer, buffer + size, form, 0 };
	bool first = true;

	header(&w, message);
	if (message->error)
		h248_put_error(&w, message->error);
	for (const struct h248_transaction *t = message->transactions; t;
	     t = t->next) {
		if (!first && form == H248_LONG)
			h248_put_text(&w, " ");
		first = false;
		transaction(&w, t);
	}
	if (!message->error == !message->transactions)
		h248_invalid(&w);
	return w.err ? w.err : w.at - buffer;
}
