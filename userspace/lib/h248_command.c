// SPDX-License-Identifier: GPL-2.0-only
/* Commands and their replies. */
#include "lib/h248_tree.h"

#define BIT(kind) (1u << H248_##kind)

enum {
	CONFIGURES = BIT(MEDIA) | BIT(EVENTS) | BIT(SIGNALS) | BIT(MODEM) |
		     BIT(MUX) | BIT(DIGIT_MAP) | BIT(EVENT_BUFFER) |
		     BIT(STATISTICS) | BIT(AUDIT),
	RETURNED = (CONFIGURES & ~BIT(AUDIT)) | BIT(OBSERVED_EVENTS) |
		   BIT(PACKAGES) | BIT(ERROR),
};

/* What may stand in a command, and in its reply; .must: has to, H248_NONE. */
static const struct rule {
	enum h248_token verb;
	__u32 request;
	enum h248_token must;
	__u32 reply;
} rules[] = {
	{ H248_ADD, CONFIGURES, H248_NONE, RETURNED },
	{ H248_MODIFY, CONFIGURES, H248_NONE, RETURNED },
	{ H248_MOVE, CONFIGURES, H248_NONE, RETURNED },
	{ H248_SUBTRACT, BIT(AUDIT), H248_NONE, RETURNED },
	{ H248_AUDIT_VALUE, BIT(AUDIT), H248_AUDIT, RETURNED },
	{ H248_AUDIT_CAPABILITY, BIT(AUDIT), H248_AUDIT, RETURNED },
	{ H248_NOTIFY, BIT(OBSERVED_EVENTS) | BIT(ERROR),
	  H248_OBSERVED_EVENTS, BIT(ERROR) },
	{ H248_SERVICE_CHANGE, BIT(SERVICES), H248_SERVICES,
	  BIT(SERVICES) | BIT(ERROR) },
};

static const struct rule *rule_of(enum h248_token verb)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].verb == verb)
			return &rules[i];
	return NULL;
}

/* Takes "O-" or "W-" from the front of @word. */
static bool prefix(struct sg_slice *word, char letter)
{
	if (word->size < 3 || (word->at[0] | 0x20) != letter ||
	    word->at[1] != '-')
		return false;
	word->at += 2;
	word->size -= 2;
	return true;
}

bool h248_read_verb(struct h248_reader *r, struct sg_slice word,
		    struct h248_command *command)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice verb = word;

	command->optional = prefix(&verb, 'o');
	command->wildcarded = prefix(&verb, 'w');
	command->verb = h248_token_find(verb);
	if (!rule_of(command->verb))
		return h248_fail(r, 443, word.at, "%s is no command",
				 sg_slice_show(text, word));
	if (r->reply && verb.size != word.size)
		return h248_fail(r, r->syntax, word.at,
				 "a reply repeats the command without O- and W-");
	return true;
}

/* H.248.1 7.2.8: ServiceChange must say how and why. */
static bool complete(struct h248_reader *r, const struct h248_command *command,
		     const char *at)
{
	const struct h248_services *s = command->descriptors->services;

	if (command->verb != H248_SERVICE_CHANGE || r->reply)
		return true;
	if (!s->method && !s->method_extension.size)
		return h248_fail(r, 457, at, "Method is missing in Services");
	return s->has_reason ||
	       h248_fail(r, 457, at, "Reason is missing in Services");
}

static bool descriptors(struct h248_reader *r, struct h248_command *command,
			const struct rule *rule)
{
	struct h248_descriptor **tail = &command->descriptors;
	__u32 legal = r->reply ? rule->reply : rule->request, seen = 0;
	const char *at = r->in.at;

	do {
		if (!h248_read_next_descriptor(r, legal, &seen, &tail))
			return false;
	} while (h248_accept(r, ','));
	if (!r->reply && rule->must && !(seen & 1u << rule->must))
		return h248_fail(r, r->syntax, at, "%s must stand in %s",
				 h248_token_name(rule->must),
				 h248_token_name(rule->verb));
	return complete(r, command, at) &&
	       h248_expect(r, '}', h248_token_name(command->verb));
}

/* AuditValue = Context { TerminationID, ... }, answer to a context's audit. */
static bool context_list(struct h248_reader *r, struct h248_command *command)
{
	struct h248_termination **tail = &command->context_list;

	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !h248_termination(r, *tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "the context's terminations");
}

static bool is_context_list(const struct h248_reader *r,
			    const struct h248_command *command)
{
	return r->reply &&
	       (command->verb == H248_AUDIT_VALUE ||
		command->verb == H248_AUDIT_CAPABILITY) &&
	       h248_token_find(command->termination.name) == H248_CONTEXT;
}

bool h248_read_command(struct h248_reader *r, struct h248_command *command)
{
	const struct rule *rule = rule_of(command->verb);

	if (!h248_expect(r, '=', h248_token_name(command->verb)) ||
	    !h248_termination(r, &command->termination))
		return false;
	if (h248_accept(r, '{'))
		return is_context_list(r, command) ?
			       context_list(r, command) :
			       descriptors(r, command, rule);
	if (r->reply || !rule->must)
		return true;
	return h248_missing(r, '{', h248_token_name(command->verb));
}
