// SPDX-License-Identifier: GPL-2.0-only
#include "mgc_fuzz.h"

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mgc_call.h"

enum {
	CALLERS_MAX = 64,
	REPEAT_MS = 150,
	GIVE_UP_MS = 30000,
	START_MS = 10000,	/* of the gateway, until it has registered */
	ORDER_MAX = 8192,
	LOST = 10,		/* one message in so many */
	DOUBLED = 8,
	GARBAGE = 12,
};

struct text {
	uint32_t id;		/* TransactionID; 0: there is none */
	size_t size;
	char at[ORDER_MAX];
};

struct caller {
	struct call now, next;
	enum call_outcome outcome;
	struct text order;	/* without an answer yet */
	struct text reply;	/* the last one, also if it was lost */
	uint64_t began, sent;	/* ms */
};

static struct caller callers[CALLERS_MAX];
static struct {
	unsigned int orders, succeeded, refused, no_resources, not_registered,
		repeated, identical, garbage;
} counts;
static struct mgc_peer *peer;
static struct random fate;
static const struct mgc_fuzz *options;
static bool failed;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static void complain(const struct caller *caller, const char *what)
{
	failed = true;
	printf("wrong: %s\n", what);
	mgc_say("order", caller->order.at, caller->order.size);
	mgc_say("answer", peer->text, peer->size);
}

/* -- sending ----------------------------------------------------------------- */

static void send_order(struct caller *caller)
{
	caller->sent = now_ms();
	if (random_once_in(&fate, LOST))
		return;
	mgc_send(peer, caller->order.at, caller->order.size);
	if (random_once_in(&fate, DOUBLED))
		mgc_send(peer, caller->order.at, caller->order.size);
}

static void begin(struct caller *caller)
{
	struct text *order = &caller->order;
	FILE *out = fmemopen(order->at, sizeof(order->at), "w");

	if (!out)
		err(2, "memory");
	order->id = peer->next_id++;
	fprintf(out, "!/2 %s T=%u{", peer->name, order->id);
	caller->outcome = call_order(&caller->now, &caller->next, &fate,
				     options->valid, out);
	fputs("}", out);
	order->size = ftell(out);
	fclose(out);
	caller->began = now_ms();
	counts.orders++;
	send_order(caller);
}

/* A message cut short is none: nothing may come of it. */
static void send_garbage(void)
{
	struct call nobody = {}, next;
	char text[ORDER_MAX];
	FILE *out = fmemopen(text, sizeof(text), "w");
	long size;

	if (!out)
		err(2, "memory");
	fprintf(out, "!/2 %s T=%u{", peer->name, peer->next_id++);
	call_order(&nobody, &next, &fate, false, out);
	fputs("}", out);
	size = ftell(out);
	fclose(out);
	mgc_send(peer, text, random_below(&fate, size));
	counts.garbage++;
}

static void send_due(bool more)
{
	for (unsigned int i = 0; i < options->callers; i++) {
		struct caller *caller = &callers[i];

		if (!caller->order.id && more) {
			begin(caller);
		} else if (caller->order.id &&
			   now_ms() - caller->began > GIVE_UP_MS) {
			peer->size = 0;
			complain(caller, "an order was never answered");
			return;
		} else if (caller->order.id &&
			   now_ms() - caller->sent > REPEAT_MS) {
			counts.repeated++;
			send_order(caller);
		}
	}
	if (!options->valid && more && random_once_in(&fate, GARBAGE))
		send_garbage();
}

/* -- answers ------------------------------------------------------------------ */

static uint16_t code_of(const struct h248_transaction *reply)
{
	const struct h248_action *action = reply->actions;
	const struct h248_command *last;
	const struct h248_descriptor *error;

	if (reply->error)
		return reply->error->code;
	if (action->error)
		return action->error->code;
	for (last = action->commands; last && last->next;)
		last = last->next;
	error = last ? h248_descriptor_find(last->descriptors, H248_ERROR)
		     : NULL;
	return error ? error->error.code : 0;
}

static void enter(struct caller *caller, const struct h248_transaction *reply)
{
	uint16_t code = code_of(reply);
	const char *wrong = NULL;

	if (code == 505 || code == 504) {
		counts.not_registered++;
	} else if (code == 510 && caller->outcome == CALL_SUCCEEDS) {
		counts.no_resources++;
	} else if (code && caller->outcome == CALL_SUCCEEDS) {
		wrong = "a good order was refused";
	} else if (!code && caller->outcome == CALL_FAILS) {
		wrong = "a wrong order was carried out";
	} else if (code) {
		counts.refused++;
	} else {
		wrong = call_learn(&caller->next, reply->actions);
		caller->now = caller->next;
		counts.succeeded++;
	}
	if (wrong)
		complain(caller, wrong);
	caller->order.id = 0;
}

/* A repeated request is answered by the same octets. */
static void check_repeat(struct caller *caller)
{
	if (peer->size == caller->reply.size &&
	    !memcmp(peer->text, caller->reply.at, peer->size))
		counts.identical++;
	else
		complain(caller, "a repeat was answered differently");
}

static void take(struct caller *caller, const struct h248_transaction *reply)
{
	bool lost = random_once_in(&fate, LOST);

	if (reply->kind == H248_PENDING)
		return;
	if (caller->reply.id == reply->id) {
		check_repeat(caller);
	} else if (peer->size <= sizeof(caller->reply.at)) {
		caller->reply.id = reply->id;
		caller->reply.size = peer->size;
		memcpy(caller->reply.at, peer->text, peer->size);
	}
	if (caller->order.id == reply->id && !lost)
		enter(caller, reply);
}

static void receive(void)
{
	peer->mute = random_once_in(&fate, 4);
	if (!mgc_receive(peer, 5))
		return;
	for (unsigned int i = 0; i < options->callers; i++) {
		struct caller *caller = &callers[i];
		const struct h248_transaction *reply = NULL;

		if (caller->order.id)
			reply = mgc_reply(peer, caller->order.id);
		if (!reply && caller->reply.id)
			reply = mgc_reply(peer, caller->reply.id);
		if (reply)
			take(caller, reply);
	}
}

/* -- the end --------------------------------------------------------------------- */

static bool outstanding(void)
{
	for (unsigned int i = 0; i < options->callers; i++)
		if (callers[i].order.id)
			return true;
	return false;
}

/* The answer to one order, repeated as need be. */
static const struct h248_transaction *ask(const char *actions)
{
	uint64_t end = now_ms() + GIVE_UP_MS;
	uint32_t id = peer->next_id++;
	char text[256];
	int size = snprintf(text, sizeof(text), "!/2 %s T=%u{%s}", peer->name,
			    id, actions);
	const struct h248_transaction *reply;

	peer->mute = false;
	while (now_ms() < end) {
		mgc_send(peer, text, size);
		for (int i = 0; i < 20; i++) {
			if (!mgc_receive(peer, 20))
				continue;
			reply = mgc_reply(peer, id);
			if (reply && reply->kind == H248_REPLY)
				return reply;
		}
	}
	return NULL;
}

static struct caller *caller_of(uint32_t context)
{
	for (unsigned int i = 0; i < options->callers; i++)
		if (callers[i].now.id == context)
			return &callers[i];
	return NULL;
}

/* How many contexts there are, each as its caller knows it; -1: not so. */
static int audit(const struct h248_transaction *reply)
{
	int contexts = 0;

	for (const struct h248_action *a = reply->actions; a; a = a->next) {
		struct caller *caller = caller_of(a->context);
		const char *wrong;

		wrong = caller ? call_compare(&caller->now, a)
			       : "nobody knows of a context";
		if (wrong) {
			printf("wrong: audit of context %u: %s\n", a->context,
			       wrong);
			mgc_say("audit", peer->text, peer->size);
			return -1;
		}
		contexts++;
	}
	return contexts;
}

static int count_calls(void)
{
	int calls = 0;

	for (unsigned int i = 0; i < options->callers; i++)
		calls += callers[i].now.id != 0;
	return calls;
}

/* A gateway that has just been started answers once it has registered. */
static const struct h248_transaction *ask_for_all(void)
{
	uint64_t end = now_ms() + START_MS;
	const struct h248_transaction *reply;

	while ((reply = ask("C=*{AV=*{AT{M}}}")) &&
	       code_of(reply) == 505 && now_ms() < end)
		mgc_receive(peer, 100);
	return reply;
}

static void compare(void)
{
	const struct h248_transaction *reply = ask_for_all();
	int calls = count_calls(), contexts;

	if (!reply) {
		puts("wrong: the audit was not answered");
		failed = true;
		return;
	}
	contexts = code_of(reply) ? 0 : audit(reply);
	if (contexts == calls)
		return;
	printf("wrong: %d contexts at the gateway, %d here\n", contexts, calls);
	failed = true;
}

static void end_all(void)
{
	const struct h248_transaction *reply = ask("C=*{W-S=*{AT{}}}");

	if (reply && !code_of(reply) == !!count_calls())
		return;
	puts("wrong: not all could be subtracted");
	mgc_say("answer", peer->text, peer->size);
	failed = true;
}

static volatile sig_atomic_t ended;

static void on_end(int signal)
{
	(void)signal;
	ended = 1;
}

int mgc_fuzz_run(struct mgc_peer *with, const struct mgc_fuzz *fuzz)
{
	uint64_t end = now_ms() + fuzz->seconds * 1000ull;
	bool more = true;

	if (!fuzz->callers || fuzz->callers > CALLERS_MAX)
		errx(2, "1 to %d callers", CALLERS_MAX);
	peer = with;
	options = fuzz;
	fate.state = fuzz->seed;
	signal(SIGTERM, on_end);
	puts("listening");
	fflush(stdout);
	while (!peer->registrations)
		mgc_receive(peer, 100);
	while (!failed && (more || outstanding())) {
		more = !ended && now_ms() < end &&
		       (!fuzz->steps || counts.orders < fuzz->steps);
		send_due(more);
		receive();
	}
	if (!failed)
		compare();
	if (!failed)
		end_all();
	printf("{\"seed\": %llu, \"orders\": %u, \"succeeded\": %u, "
	       "\"refused\": %u, \"no_resources\": %u, \"not_registered\": %u, "
	       "\"repeated\": %u, \"identical\": %u, \"garbage\": %u, "
	       "\"registrations\": %u, \"failed\": %s}\n",
	       (unsigned long long)fuzz->seed, counts.orders, counts.succeeded,
	       counts.refused, counts.no_resources, counts.not_registered,
	       counts.repeated, counts.identical, counts.garbage,
	       peer->registrations, failed ? "true" : "false");
	return failed;
}
