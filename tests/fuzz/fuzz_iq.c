// SPDX-License-Identifier: GPL-2.0-only
/*
 * Iq from message to reply: octets are messages of three peers, one after
 * the other, of whom only the first is our controller. Each ends with NUL;
 * what stands first says whose it is, or what it is instead:
 *
 *   1 2 3	a message of that peer
 *   t		a second passes, or as many as there are octets behind
 *   p k	the data plane, the keyring refuse during the next message
 *   l		the gateway is leaving, or is not any more
 *   r		the daemon restarts; with an octet behind, what the data plane
 *		has does not fit any more
 *
 * After each of them ports, keys, watches and contexts are those that the
 * contexts show, and the journal tells exactly of these. A reply can be
 * read, answers a request, and shows no key. What was refused has changed
 * nothing. In the end all is subtracted, and nothing is left.
 */
#include <stdio.h>

#include "../lib/fake_iq.h"
#include "canary.h"
#include "exchange.h"
#include "gated/iq/iq_record.h"

/* Of config.c no more is needed. */
struct realm *config_realm_number(struct config *config, __u16 number)
{
	for (int i = 0; i < config->realm_count; i++)
		if (config->realm[i].number == number)
			return &config->realm[i];
	return NULL;
}

/* All keys of all lines a=crypto. */
static void mark_keys(char *text, size_t size)
{
	char *end = text + size, *at = text;

	while ((at = memmem(at, end - at, "\na=crypto:", 10))) {
		at += 10;
		while (at < end && *at && *at != '\n' && *at != '}') {
			if (end - at > 7 && !memcmp(at, "inline:", 7))
				mark_key(at + 7, end, 2);
			at++;
		}
	}
}

/* -- the journal -------------------------------------------------------------- */

static struct record {
	__u32 id; /* 0: none */
	int size;
	unsigned char octets[IQ_RECORD_MAX];
} journal[CONTEXTS_MAX + 1];
static unsigned journal_changes;

static struct record *record_of(__u32 id)
{
	for (int i = 0; i <= CONTEXTS_MAX; i++)
		if (journal[i].id == id)
			return &journal[i];
	return NULL;
}

/* There may be anything between members, and behind the end of texts. */
#define MEMBER(name) \
	{offsetof(struct iq_side, name), sizeof(((struct iq_side *)0)->name)}
#define MEMBERS_OF_CRYPTO(name)                                  \
	MEMBER(name.suite), MEMBER(name.tag), MEMBER(name.slot), \
		MEMBER(name.generation)

static const struct {
	size_t at, size;
} members[] = {
	MEMBER(stream),
	MEMBER(realm),
	MEMBER(mode),
	MEMBER(reserve_value),
	MEMBER(reserve_group),
	MEMBER(filter_address),
	MEMBER(filter_ports),
	MEMBER(filter_prefix),
	MEMBER(filter),
	MEMBER(filter_low),
	MEMBER(filter_high),
	MEMBER(explicit_address),
	MEMBER(explicit_port),
	MEMBER(departure),
	MEMBER(departure_port),
	MEMBER(rtcp),
	MEMBER(police),
	MEMBER(sustained),
	MEMBER(peak),
	MEMBER(burst),
	MEMBER(delay_variation),
	MEMBER(dscp),
	MEMBER(napt),
	MEMBER(peer),
	MEMBER(has_local),
	MEMBER(secure),
	MEMBER(mux),
	MEMBER(local),
	MEMBER(port),
	MEMBER(chosen),
	MEMBERS_OF_CRYPTO(send),
	MEMBER(has_remote),
	MEMBER(remote_secure),
	MEMBER(refused),
	MEMBER(remote),
	MEMBERS_OF_CRYPTO(receive),
	MEMBER(clock_rate),
};

static bool same_side(const struct iq_side *a, const struct iq_side *b)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (memcmp((const char *)a + members[i].at,
			   (const char *)b + members[i].at, members[i].size))
			return false;
	return !strcmp(a->media, b->media) &&
	       !strcmp(a->protocol, b->protocol) &&
	       !strcmp(a->formats, b->formats);
}

static bool same_sides(const struct iq_side *a, const struct iq_side *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!same_side(a, b))
			return false;
	return !a && !b;
}

static bool same_events(const struct iq_events *a, const struct iq_events *b)
{
	return a->armed == b->armed && a->request == b->request &&
	       a->heartbeat == b->heartbeat && a->inactivity == b->inactivity &&
	       a->direction == b->direction && a->cause == b->cause;
}

static bool same_termination(const struct iq_termination *a,
			     const struct iq_termination *b)
{
	if (!a || !b)
		return a == b;
	return !strcmp(a->name, b->name) && a->id == b->id &&
	       a->realm == b->realm && a->out_of_service == b->out_of_service &&
	       a->silence_told == b->silence_told &&
	       same_events(&a->events, &b->events) &&
	       same_sides(a->sides, b->sides);
}

static bool same_context(const struct iq_context *a, const struct iq_context *b)
{
	return a->id == b->id && a->has_priority == b->has_priority &&
	       a->priority == b->priority && a->emergency == b->emergency &&
	       a->created == b->created &&
	       same_termination(a->termination[0], b->termination[0]) &&
	       same_termination(a->termination[1], b->termination[1]);
}

static void check_record(const struct iq_context *context,
			 const struct record *record)
{
	struct iq_context *again;

	require(record->size > 0);
	require(!iq_record_read(&again, &gate.config, record->octets,
				record->size));
	require(same_context(context, again));
	iq_context_free(again);
}

void iq_journal_context(struct iq *one, __u32 id,
			const struct iq_context *context)
{
	struct record *record = record_of(id);

	(void)one;
	journal_changes++;
	if (!record)
		record = record_of(0);
	require(record);
	record->id = context ? id : 0;
	if (!context)
		return;
	record->size = iq_record_write(context, record->octets,
				       sizeof(record->octets));
	check_record(context, record);
}

static int check_journal(struct iq *one, struct iq_context *context, void *arg)
{
	static unsigned char octets[IQ_RECORD_MAX];
	const struct record *record = record_of(context->id);
	__u32 *count = arg;

	(void)one;
	++*count;
	require(record && context->id);
	require(iq_record_write(context, octets, sizeof(octets)) ==
		record->size);
	require(!memcmp(octets, record->octets, record->size));
	return 0;
}

static void check_all(void)
{
	__u32 count = 0, records = 0;

	require(balanced());
	iq_contexts_each(&iq, check_journal, &count);
	for (int i = 0; i <= CONTEXTS_MAX; i++)
		records += journal[i].id != 0;
	require(count == records && count <= CONTEXTS_MAX);
}

/* -- requests and replies --------------------------------------------------------- */

static unsigned executed, replies_due;
static bool actions_due;	/* the next reply is not an error alone */

static unsigned count_kind(const struct h248_message *message,
			   enum h248_token kind)
{
	const struct h248_transaction *t = message->transactions;
	unsigned count = 0;

	for (; t; t = t->next)
		count += t->kind == kind;
	return count;
}

/* -1: it cannot be read. */
static int count_in(const char *text, size_t size, enum h248_token kind)
{
	static char arena[H248_ARENA_SIZE(H248_MESSAGE_MAX)];
	struct h248_message message;
	struct h248_fault fault;
	char *copy = malloc(size + !size);
	int count = -1;

	memcpy(copy, text, size);
	if (!h248_parse(&message, arena, sizeof(arena), copy, size, &fault))
		count = count_kind(&message, kind);
	h248_message_wipe(&message);
	free(copy);
	return count;
}

static int on_send(void *arg, const struct h248_address *to, const char *text,
		   size_t size)
{
	int replies = count_in(text, size, H248_REPLY);

	(void)arg;
	(void)to;
	require(replies >= 0 && (unsigned)replies <= replies_due);
	replies_due -= replies;
	require(!shows_canary(text, size));
	require(!actions_due || memmem(text, size, "{C=", 3));
	actions_due = false;
	return 0;
}

static bool on_heard(void *arg, const struct h248_address *from)
{
	(void)arg;
	return h248_address_compare(from, &peers[2]);
}

static bool has_error(const struct h248_command *command)
{
	return h248_descriptor_find(command->descriptors, H248_ERROR);
}

/* 1: it failed; 0: it did not; -1: an optional command might have. */
static int outcome(const struct h248_transaction *reply)
{
	int result = 0;

	if (reply->error)
		return 1;
	for (const struct h248_action *a = reply->actions; a; a = a->next) {
		if (a->error)
			return 1;
		for (const struct h248_command *c = a->commands; c; c = c->next)
			result = has_error(c) ? -1 : result;
	}
	return result;
}

/* One action other than of all contexts: all of it or nothing. */
static bool is_single(const struct h248_transaction *request)
{
	return request->actions && !request->actions->next &&
	       request->actions->context != H248_CONTEXT_ALL;
}

static __u64 count_commands(const struct h248_transaction *request)
{
	__u64 count = 0;

	for (const struct h248_action *a = request->actions; a; a = a->next)
		for (const struct h248_command *c = a->commands; c; c = c->next)
			count++;
	return count;
}

static __u64 commands_counted(void)
{
	__u64 sum = 0;

	for (int i = 0; i < 8; i++)
		sum += iq.counters.commands[i];
	return sum;
}

static int on_request(void *arg, const struct h248_address *from,
		      const struct h248_message *message,
		      const struct h248_transaction *request,
		      struct h248_message *answer,
		      struct h248_transaction *reply)
{
	const __u64 failed = iq.counters.failed, commands = commands_counted();
	const unsigned changes = journal_changes;
	int result, err;

	(void)arg;
	executed++;
	admitted = h248_address_compare(from, &peers[0]) ? 504 : 0;
	err = iq_execute(&iq, from, message, request, answer, reply);
	require(!err);
	actions_due = !reply->error;
	result = outcome(reply);
	if (result >= 0)
		require(iq.counters.failed - failed == (__u64)result);
	if (iq.counters.failed != failed && (admitted || is_single(request)))
		require(journal_changes == changes);
	require(commands_counted() - commands <= count_commands(request));
	if (iq.counters.failed == failed)
		require(commands_counted() - commands ==
			count_commands(request));
	return 0;
}

static const struct h248_exchange_user user = {
	.send = on_send,
	.heard = on_heard,
	.request = on_request,
};

static void receive(int peer, const unsigned char *data, size_t size)
{
	const __u64 counted = x->counters.executed;
	char *text = malloc(size + !size);
	int requests;

	memcpy(text, data, size);
	mark_keys(text, size);
	requests = count_in(text, size, H248_TRANSACTION);
	/* The request in which reading ended. */
	replies_due = requests >= 0 ? requests : 1;
	executed = 0;
	receive_text(peer, text, size);
	require(executed <= replies_due || requests >= 0);
	require(x->counters.executed - counted == executed);
	free(text);
	replies_due = 0;
	plane_fails = keys_fail = false;
}

/* -- what else happens ------------------------------------------------------------ */

static void renew_ports(void)
{
	for (int i = 0; i < gate.config.realm_count; i++)
		for (int j = 0; j < 2; j++) {
			struct ports **ports = &gate.config.realm[i].ports[j];
			__u16 first = i ? 30000 : 40000;

			ports_free(*ports);
			*ports = ports_new(first, first + ports_each - 1);
		}
}

/* Of all that the daemon had the journal and the maps are left. */
static void restart(bool adoptable)
{
	const __u32 ports = ports_used(), keys = keys_held();
	const __u32 contexts = iq.contexts.count;
	struct iq_contexts last = iq.contexts;
	__u32 lost;

	iq_contexts_close(&iq);
	require(!watches);
	memset(references, 0, sizeof(references));
	renew_ports();
	for (int i = 0; i <= CONTEXTS_MAX; i++) {
		struct record *one = &journal[i];
		struct iq_context *context;

		if (!one->id)
			continue;
		require(!iq_record_read(&context, &gate.config, one->octets,
					one->size));
		require(!iq_context_restore(&iq, context));
	}
	iq.contexts.last_id = last.last_id;
	iq.contexts.last_termination = last.last_termination;
	adoption_fails = !adoptable;
	require(!iq_contexts_adopt(&iq, &lost));
	require(lost == (adoptable ? 0 : contexts));
	if (adoptable)
		require(ports_used() == ports && keys_held() == keys);
	else
		require(nothing_held());
}

static void step(const unsigned char *data, size_t size)
{
	switch (size ? data[0] : 0) {
	case '1':
	case '2':
	case '3':
		receive(data[0] - '1', data + 1, size - 1);
		break;
	case 't':
		pass(size * 1000);
		break;
	case 'p':
		plane_fails = true;
		break;
	case 'k':
		keys_fail = true;
		break;
	case 'l':
		association =
			association == IQ_LEAVING ? IQ_REGISTERED : IQ_LEAVING;
		break;
	case 'r':
		restart(size == 1);
		break;
	}
	check_all();
}

/* -- runs -------------------------------------------------------------------------- */

static void set_up(void)
{
	struct h248_exchange_options options = exchange_options();

	options.retained_max = 1 << 16;
	renew_exchange(&options, &user);
	memset(key_generation, 0, keys_top * sizeof(key_generation[0]));
	keys_top = 0;
	ports_each = 40;
	for (int i = 0; i <= CONTEXTS_MAX; i++)
		journal[i].id = 0;
	new_gateway();
}

static void subtract_all(void)
{
	static char arena[H248_ARENA_SIZE(128)];
	char text[] = "!/2 m T=1{C=*{W-S=*{AT{}}}}";
	struct h248_transaction reply = {0};
	struct h248_message message, answer;
	static char answer_arena[4096];
	struct h248_fault fault;
	bool any = iq.contexts.count;

	admitted = 0;
	plane_fails = false;
	require(!h248_parse(&message, arena, sizeof(arena), text, strlen(text),
			    &fault));
	h248_message_init(&answer, answer_arena, sizeof(answer_arena));
	iq_execute(&iq, &peers[0], &message, message.transactions, &answer,
		   &reply);
	require(!reply.error && reply.actions && !reply.actions->next);
	require(outcome(&reply) == (any ? 0 : -1));
	check_all();
	require(nothing_held());
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (shows_canary((const char *)data, size))
		return 0;
	set_up();
	each_step(data, size, step);
	subtract_all();
	let_all_expire();
	return 0;
}
