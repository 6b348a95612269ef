// SPDX-License-Identifier: GPL-2.0-only
/* Requests that went: repeated until they are answered or given up. */
#include <errno.h>
#include <stdlib.h>

#include "lib/h248_exchange_private.h"
#include "lib/secret.h"

enum { PENDINGS_MOST = 16 };	/* that put off the end */

struct h248_request {
	struct h248_repeat repeat;
	struct h248_request *chain;
	TAILQ_ENTRY(h248_request) order; /* among those to .party */
	struct h248_party *party;
	h248_answered *done;
	void *arg;
	__u64 sent;
	__u32 id;
	__u32 size;
	bool repeated;
	unsigned pendings;
	char text[];
};

/* -- the table ------------------------------------------------------------- */

/* Ids are given one after the other: they spread by themselves. */
static struct h248_request **bucket(struct h248_exchange *x, __u32 id)
{
	return &x->requests[id % H248_REQUEST_BUCKETS];
}

static struct h248_request *find(struct h248_exchange *x, __u32 id)
{
	struct h248_request *r = *bucket(x, id);

	while (r && r->id != id)
		r = r->chain;
	return r;
}

/* Of @party: nobody else may answer. */
static struct h248_request *find_of(struct h248_exchange *x,
				    const struct h248_party *party, __u32 id)
{
	struct h248_request *r = find(x, id);

	return r && r->party == party ? r : NULL;
}

static void enter(struct h248_exchange *x, struct h248_request *r)
{
	struct h248_request **chain = bucket(x, r->id);

	r->chain = *chain;
	*chain = r;
	TAILQ_INSERT_TAIL(&r->party->requests, r, order);
	r->party->request_count++;
}

static void leave(struct h248_exchange *x, struct h248_request *r)
{
	struct h248_request **chain = bucket(x, r->id);

	while (*chain != r)
		chain = &(*chain)->chain;
	*chain = r->chain;
	TAILQ_REMOVE(&r->party->requests, r, order);
	r->party->request_count--;
	h248_repeat_stop(x, &r->repeat);
}

/* Its text may hold keys. */
static void destroy(struct h248_exchange *x, struct h248_request *r)
{
	h248_party_drop(x, r->party);
	sg_secret_zero(r->text, r->size);
	free(r);
}

/* -- the end --------------------------------------------------------------- */

/* Whoever asked may ask again or abandon from within: all is tidy before. */
static void finish(struct h248_exchange *x, struct h248_request *r,
		   const struct h248_answer *answer)
{
	h248_answered *done = r->done;
	void *arg = r->arg;

	leave(x, r);
	destroy(x, r);
	if (done)
		done(arg, answer);
}

static void give_up(struct h248_exchange *x, struct h248_request *r)
{
	struct h248_answer none = { 0 };

	x->counters.given_up++;
	finish(x, r, &none);
}

static void answered(struct h248_exchange *x, struct h248_request *r,
		     const struct h248_transaction *reply,
		     const struct h248_error *error)
{
	struct h248_answer answer = { &x->message, reply, error };

	x->counters.answered++;
	finish(x, r, &answer);
}

void h248_outgoing_reply(struct h248_exchange *x, struct h248_party *party,
			 const struct h248_transaction *reply)
{
	struct h248_request *r = find_of(x, party, reply->id);
	__u8 version = x->message.version;

	/* Also one that is known already: the first ack may be lost. */
	if (reply->ack_required)
		h248_party_ack(x, party, version, reply->id);
	if (!r) {
		x->counters.stray++;
		return;
	}
	if (!reply->ack_required && x->options.acks)
		h248_party_ack_later(x, party, version, reply->id);
	if (!r->repeated && !r->pendings)
		h248_party_measured(x, party, x->now - r->sent);
	answered(x, r, reply, reply->error);
}

void h248_outgoing_error(struct h248_exchange *x, struct h248_party *party,
			 const struct h248_error *error)
{
	if (party->request_count == 1)
		answered(x, TAILQ_FIRST(&party->requests), NULL, error);
	else
		x->counters.stray++;
}

/* -- repeats --------------------------------------------------------------- */

static void fire(struct h248_exchange *x, struct h248_repeat *repeat)
{
	struct h248_request *r = (struct h248_request *)repeat;

	if (x->now >= repeat->until) {
		give_up(x, r);
		return;
	}
	r->repeated = true;
	x->counters.retransmitted++;
	h248_repeat_later(x, repeat);
	if (!r->pendings)
		h248_party_missed(r->party, repeat->pause);
	h248_exchange_send(x, &r->party->address, r->text, r->size);
}

/* H.248.1 D.1.4: the peer has it, and needs time. */
void h248_outgoing_pending(struct h248_exchange *x, struct h248_party *party,
			   __u32 id)
{
	struct h248_request *r = find_of(x, party, id);
	__u64 end = x->now + x->options.pending_ms;

	if (!r) {
		x->counters.stray++;
		return;
	}
	if (r->pendings++ >= PENDINGS_MOST)
		return;
	r->repeat.pause = x->options.repeat_most_ms;
	r->repeat.until = end + x->options.give_up_ms;
	h248_repeat_start(x, &r->repeat, end);
}

/* -- the beginning --------------------------------------------------------- */

static __u32 take_id(struct h248_exchange *x)
{
	__u32 id;

	do {
		id = x->next_id++;
		x->next_id += !x->next_id; /* 0 is no id */
	} while (find(x, id));
	return id;
}

static int print(struct h248_exchange *x, struct h248_party *party, __u32 id,
		 __u8 version, const struct h248_action *actions)
{
	struct h248_transaction request = {
		.kind = H248_TRANSACTION, .id = id,
		.actions = (struct h248_action *)actions,
	};
	struct h248_transaction acks = {
		.next = &request, .kind = H248_RESPONSE_ACK,
		.acks = (struct h248_ack *)h248_party_acks(x, party),
	};

	return h248_exchange_print(x, version, acks.acks ? &acks : &request,
				   NULL);
}

/* With what was printed to .out. */
static struct h248_request *create(struct h248_exchange *x,
				   struct h248_party *party, __u32 id,
				   size_t size)
{
	struct h248_request *r = malloc(sizeof(*r) + size);

	if (!r)
		return NULL;
	*r = (struct h248_request){
		.repeat = {
			.until = x->now + x->options.give_up_ms,
			.pause = party->pause,
			.fire = fire,
		},
		.party = h248_party_hold(x, party),
		.sent = x->now, .id = id, .size = size,
	};
	/* SCTP and TCP repeat by themselves, while their connection lasts. */
	if (party->address.protocol != H248_UDP)
		r->repeat.pause = x->options.repeat_most_ms;
	memcpy(r->text, x->out, size);
	enter(x, r);
	return r;
}

static int begin(struct h248_exchange *x, struct h248_party *party, __u32 id,
		 size_t size, h248_answered *done, void *arg)
{
	struct h248_request *r = create(x, party, id, size);
	int err;

	if (!r)
		return -ENOMEM;
	r->done = done;
	r->arg = arg;
	err = h248_repeat_start(x, &r->repeat,
				h248_repeat_after(x, &r->repeat));
	if (!err)
		err = h248_exchange_send(x, &party->address, r->text, size);
	if (!err) {
		x->counters.requested++;
		return 0;
	}
	leave(x, r);
	destroy(x, r);
	return err;
}

int h248_exchange_request(struct h248_exchange *x,
			  const struct h248_address *to, __u8 version,
			  const struct h248_action *actions,
			  h248_answered *done, void *arg)
{
	struct h248_party *party = h248_party_take(x, to);
	__u32 id;
	int err;

	if (!party)
		return -ENOMEM;
	h248_exchange_enter(x);
	id = take_id(x);
	err = print(x, party, id, version, actions);
	if (err >= 0) {
		size_t size = err;

		err = begin(x, party, id, size, done, arg);
		sg_secret_zero(x->out, size);
	}
	h248_party_drop(x, party);
	h248_exchange_leave(x);
	return err;
}

static void forget_all(struct h248_exchange *x, struct h248_party *party)
{
	struct h248_request *r;

	while ((r = TAILQ_FIRST(&party->requests))) {
		leave(x, r);
		destroy(x, r);
	}
}

void h248_exchange_abandon(struct h248_exchange *x,
			   const struct h248_address *to)
{
	struct h248_party *party = h248_party_find(x, to);

	if (!party)
		return;
	h248_party_hold(x, party);
	forget_all(x, party);
	h248_party_drop(x, party);
}

void h248_outgoing_close(struct h248_exchange *x)
{
	for (int i = 0; i < H248_REQUEST_BUCKETS; i++)
		while (x->requests[i]) {
			struct h248_request *r = x->requests[i];

			leave(x, r);
			destroy(x, r);
		}
}

__u32 h248_exchange_next_id(const struct h248_exchange *x)
{
	return x->next_id;
}
