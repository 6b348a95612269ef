// SPDX-License-Identifier: GPL-2.0-only
/* Contexts: their properties, audits and commands. */
#include "lib/h248_tree.h"

static bool topology_triple(struct h248_reader *r, struct h248_topology *t)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word;

	if (!h248_termination(r, &t->a) ||
	    !h248_expect(r, ',', "the first termination") ||
	    !h248_termination(r, &t->b) ||
	    !h248_expect(r, ',', "the second termination") ||
	    !h248_keyword(r, &t->direction, &word, "a direction"))
		return false;
	return t->direction == H248_BOTHWAY || t->direction == H248_ISOLATE ||
	       t->direction == H248_ONEWAY ||
	       h248_fail(r, r->syntax, word.at, "%s is no direction",
			 sg_slice_show(text, word));
}

/* Behind a triple's direction: "Stream=1", or nothing of it. */
static bool is_stream(const struct h248_reader *r)
{
	struct sg_cursor in = r->in;
	struct sg_slice word = sg_cursor_span(&in, h248_class, H248_CLASS_SAFE);

	sg_cursor_span(&in, h248_class, H248_CLASS_BLANK);
	return h248_token_find(word) == H248_STREAM &&
	       sg_cursor_peek(&in) == '=';
}

static bool topology(struct h248_reader *r, struct h248_topology **tail)
{
	struct sg_slice word;
	bool more;

	if (!h248_expect(r, '{', "Topology"))
		return false;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !topology_triple(r, *tail))
			return false;
		more = h248_accept(r, ',');
		if (more && is_stream(r)) {
			if (!h248_word(r, &word, "Stream") ||
			    !h248_expect(r, '=', "Stream") ||
			    !h248_stream_id(r, &(*tail)->stream))
				return false;
			more = h248_accept(r, ',');
		}
		tail = &(*tail)->next;
	} while (more);
	return h248_expect(r, '}', "Topology");
}

static bool context_audit(struct h248_reader *r, struct h248_context_audit *a)
{
	char text[SG_SHOWN_TEXT];
	enum h248_token token;
	struct sg_slice word;

	a->present = true;
	if (!h248_expect(r, '{', "ContextAudit"))
		return false;
	do {
		if (!h248_keyword(r, &token, &word, "a property of the context"))
			return false;
		a->topology |= token == H248_TOPOLOGY;
		a->emergency |= token == H248_EMERGENCY;
		a->priority |= token == H248_PRIORITY;
		a->ieps |= token == H248_IEPS_CALL;
		if (token != H248_TOPOLOGY && token != H248_EMERGENCY &&
		    token != H248_PRIORITY && token != H248_IEPS_CALL)
			return h248_fail(r, r->syntax, word.at,
					 "%s is no property of a context",
					 sg_slice_show(text, word));
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "ContextAudit");
}

static bool priority(struct h248_reader *r, struct h248_properties *p)
{
	__u32 number;

	if (!h248_expect(r, '=', "Priority") ||
	    !h248_number(r, 65535, 449, &number, "Priority"))
		return false;
	p->has_priority = true;
	p->priority = number;
	return true;
}

static bool ieps(struct h248_reader *r, struct h248_properties *p)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word;

	if (!h248_expect(r, '=', "IEPSCall") ||
	    !h248_keyword(r, &p->ieps, &word, "ON or OFF"))
		return false;
	return p->ieps == H248_ON || p->ieps == H248_OFF ||
	       h248_fail(r, 449, word.at, "IEPSCall %s is not known",
			 sg_slice_show(text, word));
}

/* A property or audit of the context; others are commands: *@other. */
static bool property(struct h248_reader *r, struct h248_action *action,
		     enum h248_token token, bool *other)
{
	struct h248_properties *p = &action->properties;

	switch (token) {
	case H248_EMERGENCY:
	case H248_EMERGENCY_OFF:
		p->emergency = token;
		return true;
	case H248_PRIORITY:
		return priority(r, p);
	case H248_IEPS_CALL:
		return ieps(r, p);
	case H248_TOPOLOGY:
		if (p->topology)
			return h248_fail(r, 448, r->in.at,
					 "Topology stands here twice");
		return topology(r, &p->topology);
	case H248_CONTEXT_AUDIT:
		return context_audit(r, &action->audit);
	default:
		*other = true;
		return true;
	}
}

static bool read_command(struct h248_reader *r, struct sg_slice word,
			 struct h248_command **slot)
{
	bool ok;

	*slot = h248_node(r, sizeof(**slot));
	if (!*slot || !h248_read_verb(r, word, *slot))
		return false;
	h248_enter(r, H248_IN_COMMAND);
	ok = h248_read_command(r, *slot);
	if (ok)
		h248_enter(r, H248_IN_ACTION);
	return ok;
}

/* Properties, then commands; in a reply an error may be the last. */
static bool action_members(struct h248_reader *r, struct h248_action *action)
{
	struct h248_command **tail = &action->commands;
	enum h248_token token;
	struct sg_slice word;
	bool other = false;

	do {
		if (action->error)
			return h248_unexpected(r, "\"}\" behind the Error");
		if (!h248_keyword(r, &token, &word, "a command"))
			return false;
		if (!other && !property(r, action, token, &other))
			return false;
		if (!other)
			continue;
		if (token == H248_ERROR && r->reply) {
			action->error = h248_node(r, sizeof(*action->error));
			if (!action->error ||
			    !h248_read_error(r, action->error))
				return false;
			continue;
		}
		if (!read_command(r, word, tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "the actions of the context");
}

static bool context_id(struct h248_reader *r, __u32 *context)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word;
	__u64 number;

	if (!h248_word(r, &word, "a ContextID"))
		return false;
	if (sg_slice_is(word, "$"))
		*context = H248_CONTEXT_CHOOSE;
	else if (sg_slice_is(word, "*"))
		*context = H248_CONTEXT_ALL;
	else if (sg_slice_is(word, "-"))
		*context = H248_CONTEXT_NULL;
	else if (sg_slice_number(word, ~0u, &number))
		*context = number;
	else
		return h248_fail(r, 410, word.at,
				 "%s is no ContextID: a number, \"-\", \"$\" or \"*\" is",
				 sg_slice_show(text, word));
	return true;
}

bool h248_read_action(struct h248_reader *r, struct h248_action *action)
{
	char text[SG_SHOWN_TEXT];
	enum h248_token token;
	struct sg_slice word;
	bool ok;

	if (!h248_keyword(r, &token, &word, "Context"))
		return false;
	if (token != H248_CONTEXT)
		return h248_fail(r, 421, word.at, "%s is no action: Context is",
				 sg_slice_show(text, word));
	h248_enter(r, H248_IN_ACTION);
	if (!h248_expect(r, '=', "Context") ||
	    !context_id(r, &action->context))
		return false;
	if (h248_accept(r, '{'))
		ok = action_members(r, action);
	else
		ok = r->reply || h248_missing(r, '{', "Context");
	if (ok)
		h248_enter(r, H248_IN_TRANSACTION);
	return ok;
}
