// SPDX-License-Identifier: GPL-2.0-only
/* Opens, reads messages, and wakes up for what is due. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/clock.h"
#include "lib/h248_exchange_private.h"
#include "lib/h248_reader.h"
#include "lib/secret.h"

enum {
	STRANGERS_A_SECOND = 10, /* messages of theirs that are read */
	FAULTS_A_SECOND = 100,	/* answered by an error of the message */
};

/* -- time ------------------------------------------------------------------ */

void h248_exchange_enter(struct h248_exchange *x)
{
	x->now = x->clock();
}

__u64 h248_exchange_due(const struct h248_exchange *x)
{
	__u64 due = h248_retained_due(x);

	if (x->heap_count && x->heap[1]->due < due)
		due = x->heap[1]->due;
	return due;
}

void h248_exchange_leave(struct h248_exchange *x)
{
	__u64 due = h248_exchange_due(x), wait;
	struct timeval time;

	if (due >= x->armed)
		return; /* the timer that is set may come too early */
	wait = due > x->now ? due - x->now : 0;
	time.tv_sec = wait / 1000;
	time.tv_usec = wait % 1000 * 1000;
	x->armed = evtimer_add(x->timer, &time) ? UINT64_MAX : due;
}

void h248_exchange_tick(struct h248_exchange *x)
{
	x->armed = UINT64_MAX;
	h248_exchange_enter(x);
	while (x->heap_count && x->heap[1]->due <= x->now)
		x->heap[1]->fire(x, x->heap[1]);
	h248_retained_expire(x, UINT_MAX);
	h248_exchange_leave(x);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	h248_exchange_tick(arg);
}

/* -- messages that go ------------------------------------------------------ */

int h248_exchange_send(struct h248_exchange *x,
		       const struct h248_address *to, const char *text,
		       size_t size)
{
	int err = x->user.send(x->user.arg, to, text, size);

	x->counters.sent += !err;
	return err;
}

int h248_exchange_print(struct h248_exchange *x, __u8 version,
			struct h248_transaction *transactions,
			struct h248_error *error)
{
	struct h248_message message = {
		.version = version, .mid = x->options.mid,
		.transactions = transactions, .error = error,
	};
	int size = h248_print(x->out, H248_MESSAGE_MAX, &message,
			      x->options.form);

	if (size < 0)
		sg_secret_zero(x->out, H248_MESSAGE_MAX);
	return size;
}

void h248_exchange_tell(struct h248_exchange *x,
			const struct h248_address *to, __u8 version,
			struct h248_transaction *transactions,
			struct h248_error *error)
{
	int size = h248_exchange_print(x, version, transactions, error);

	if (size >= 0)
		h248_exchange_send(x, to, x->out, size);
}

/* -- messages that are refused --------------------------------------------- */

static bool is_allowed(struct h248_exchange *x, struct h248_limit *limit,
		       unsigned most)
{
	if (x->now / 1000 != limit->second) {
		limit->second = x->now / 1000;
		limit->count = 0;
	}
	return limit->count++ < most;
}

static bool has_request(const struct h248_message *message)
{
	const struct h248_transaction *t = message->transactions;

	while (t && t->kind != H248_TRANSACTION)
		t = t->next;
	return t;
}

/*
 * Each request of one who may not ask gets error 402: a few octets a
 * request, and few a second, so that we are no reflector.
 */
static void refuse_stranger(struct h248_exchange *x,
			    const struct h248_address *from)
{
	struct h248_error error = { 402, SG_SLICE("Unauthorized") };
	struct h248_transaction replies[H248_TRANSACTIONS_MAX];
	const struct h248_transaction *t = x->message.transactions;
	int count = 0;

	for (; t && count < H248_TRANSACTIONS_MAX; t = t->next) {
		if (t->kind != H248_TRANSACTION)
			continue;
		replies[count] = (struct h248_transaction){
			.kind = H248_REPLY, .id = t->id, .error = &error,
		};
		if (count)
			replies[count - 1].next = &replies[count];
		count++;
	}
	if (count)
		h248_exchange_tell(x, from, x->message.version, replies, NULL);
}

static void refuse_message(struct h248_exchange *x,
			   const struct h248_address *to, __u8 version,
			   struct h248_error *error)
{
	if (is_allowed(x, &x->faults, FAULTS_A_SECOND))
		h248_exchange_tell(x, to, version, NULL, error);
}

/*
 * A message that cannot be read may show that a request is in it: the word
 * and "=" outside of all braces. A mistake here costs or saves one answer.
 */
static bool shows_request(const char *text, size_t size)
{
	struct sg_cursor in = sg_cursor_of(text, size);
	struct sg_slice word = { 0 }, letters;
	size_t depth = 0;

	while (sg_cursor_left(&in)) {
		letters = sg_cursor_span(&in, h248_class, H248_CLASS_ALPHA);
		if (letters.size)
			word = letters;
		else if (sg_cursor_accept(&in, '"'))
			sg_cursor_until(&in, '"');
		else if (sg_cursor_accept(&in, '{'))
			depth++;
		else if (sg_cursor_accept(&in, '}'))
			depth -= depth > 0;
		else if (*in.at++ == '=' && !depth &&
			 h248_token_find(word) == H248_TRANSACTION)
			return true;
	}
	return false;
}

/*
 * Nothing of a message that does not parse is carried out. What is not a
 * request gets no answer, lest two of us send each other errors for ever.
 */
static void refuse_malformed(struct h248_exchange *x,
			     const struct h248_address *to,
			     const struct h248_fault *fault,
			     const char *text, size_t size)
{
	struct h248_error error = { fault->code, sg_slice_of(fault->text) };
	struct h248_transaction reply = {
		.kind = H248_REPLY, .id = fault->transaction, .error = &error,
	};
	__u8 version = x->message.version;

	if (version < 1 || version > 3)
		version = 1; /* 406: what everybody knows */
	if (fault->transaction)
		h248_exchange_tell(x, to, version, &reply, NULL);
	else if (shows_request(text, size))
		refuse_message(x, to, version, &error);
}

/* -- messages that come ---------------------------------------------------- */

static void take_transaction(struct h248_exchange *x, struct h248_party *party,
			     const struct h248_transaction *t)
{
	switch (t->kind) {
	case H248_TRANSACTION:
		h248_incoming_request(x, party, t);
		break;
	case H248_REPLY:
		h248_outgoing_reply(x, party, t);
		break;
	case H248_PENDING:
		h248_outgoing_pending(x, party, t->id);
		break;
	default:
		h248_retained_acked(x, party, t->acks);
	}
}

static void take_message(struct h248_exchange *x, struct h248_party *party)
{
	const struct h248_message *message = &x->message;
	struct h248_error error = {
		413, SG_SLICE("More than 10 transactions in a message")
	};

	if (message->error)
		h248_outgoing_error(x, party, message->error);
	if (message->count > H248_TRANSACTIONS_MAX && has_request(message)) {
		refuse_message(x, &party->address, message->version, &error);
		return;
	}
	for (const struct h248_transaction *t = message->transactions; t;
	     t = t->next)
		take_transaction(x, party, t);
}

static void receive_known(struct h248_exchange *x,
			  const struct h248_address *from)
{
	struct h248_party *party = h248_party_take(x, from);

	if (!party)
		return;
	take_message(x, party);
	h248_party_drop(x, party);
}

static void receive(struct h248_exchange *x, const struct h248_address *from,
		    bool heard, char *text, size_t size)
{
	struct h248_fault fault;
	int err = h248_parse(&x->message, x->arena,
			     H248_ARENA_SIZE(H248_MESSAGE_MAX), text, size,
			     &fault);

	x->counters.malformed += err != 0;
	if (!err && heard)
		receive_known(x, from);
	else if (!err)
		refuse_stranger(x, from);
	else if (heard)
		refuse_malformed(x, from, &fault, text, size);
	h248_message_wipe(&x->message);
}

void h248_exchange_receive(struct h248_exchange *x,
			   const struct h248_address *from, char *text,
			   size_t size)
{
	bool heard = x->user.heard(x->user.arg, from);

	h248_exchange_enter(x);
	x->counters.received++;
	x->counters.unknown_peer += !heard;
	/* A flood of strangers is not worth reading. */
	if (heard || is_allowed(x, &x->strangers, STRANGERS_A_SECOND))
		receive(x, from, heard, text, size);
	else
		sg_secret_zero(text, size);
	h248_exchange_leave(x);
}

/* -- opening --------------------------------------------------------------- */

void h248_exchange_defaults(struct h248_exchange_options *options)
{
	*options = (struct h248_exchange_options){
		.first_id = 1,
		.long_timer_ms = 30000,
		.repeat_ms = 500,
		.repeat_most_ms = 4000,
		.give_up_ms = 20000,
		.pending_ms = 5000,
		.retained_max = 128 << 20,
	};
}

static int seed(struct h248_exchange *x)
{
	__u64 random[2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -errno;
	x->seed = random[0];
	x->random = random[1] | 1; /* the generator stays at 0 */
	return 0;
}

/* xorshift, Marsaglia 2003. */
__u32 h248_exchange_random(struct h248_exchange *x)
{
	x->random ^= x->random << 13;
	x->random ^= x->random >> 7;
	x->random ^= x->random << 17;
	return x->random >> 16;
}

static bool is_usable(const struct h248_exchange_options *options)
{
	return options->mid.kind != H248_MID_NONE && options->first_id &&
	       options->long_timer_ms && options->repeat_ms &&
	       options->repeat_most_ms >= options->repeat_ms;
}

static int open_parts(struct h248_exchange *x, struct event_base *base)
{
	int err;

	x->timer = evtimer_new(base, on_timer, x);
	/* Big, but pages that are never touched cost nothing. */
	x->arena = malloc(H248_ARENA_SIZE(H248_MESSAGE_MAX));
	x->answer_arena = malloc(H248_ARENA_SIZE(H248_MESSAGE_MAX));
	x->out = malloc(H248_MESSAGE_MAX);
	if (!x->timer || !x->arena || !x->answer_arena || !x->out)
		return -ENOMEM;
	err = seed(x);
	return err ? err : h248_retained_open(x);
}

int h248_exchange_open(struct h248_exchange **out, struct event_base *base,
		       const struct h248_exchange_options *options,
		       const struct h248_exchange_user *user)
{
	struct h248_exchange *x;
	int err;

	if (!is_usable(options))
		return -EINVAL;
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->user = *user;
	x->options = *options;
	x->next_id = options->first_id;
	x->clock = clock_ms;
	x->armed = UINT64_MAX;
	TAILQ_INIT(&x->idle);
	err = open_parts(x, base);
	if (err) {
		h248_exchange_close(x);
		return err;
	}
	*out = x;
	return 0;
}

void h248_exchange_close(struct h248_exchange *x)
{
	if (!x)
		return;
	h248_outgoing_close(x);
	h248_retained_close(x);
	h248_parties_close(x);
	free(x->heap);
	free(x->out);
	free(x->answer_arena);
	free(x->arena);
	if (x->timer)
		event_free(x->timer);
	free(x);
}

const struct h248_exchange_counters *
h248_exchange_counters(const struct h248_exchange *x)
{
	return &x->counters;
}
