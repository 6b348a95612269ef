// SPDX-License-Identifier: GPL-2.0-only
/* Requests that came: carried out once, answered as often as they come. */
#include <errno.h>
#include <stdlib.h>

#include "lib/h248_exchange_private.h"
#include "lib/secret.h"

/* A reply that came late, and is repeated until it is acknowledged. */
struct h248_late {
	struct h248_repeat repeat;
	struct h248_retained *reply;
};

static void send_again(struct h248_exchange *x, const struct h248_retained *r)
{
	h248_exchange_send(x, &r->party->address, r->text, r->size);
}

/* -- late replies ---------------------------------------------------------- */

void h248_late_stop(struct h248_exchange *x, struct h248_retained *reply)
{
	if (!reply->late)
		return;
	h248_repeat_stop(x, &reply->late->repeat);
	free(reply->late);
	reply->late = NULL;
}

static void fire(struct h248_exchange *x, struct h248_repeat *repeat)
{
	struct h248_late *late = (struct h248_late *)repeat;

	if (x->now >= repeat->until) {
		h248_late_stop(x, late->reply);
		return;
	}
	x->counters.retransmitted++;
	send_again(x, late->reply);
	h248_repeat_later(x, repeat);
}

/* Without memory the requester's own repeats have to fetch the reply. */
static void repeat_late(struct h248_exchange *x, struct h248_retained *reply)
{
	struct h248_late *late = calloc(1, sizeof(*late));

	if (!late)
		return;
	late->reply = reply;
	late->repeat.fire = fire;
	late->repeat.pause = reply->party->pause;
	late->repeat.until = x->now + x->options.give_up_ms;
	reply->late = late;
	if (h248_repeat_start(x, &late->repeat,
			      h248_repeat_after(x, &late->repeat)))
		h248_late_stop(x, reply);
}

/* -- answers --------------------------------------------------------------- */

static struct h248_error error_of(int err)
{
	if (err == -ENOSPC)
		return (struct h248_error){
			533, SG_SLICE("Response exceeds maximum PDU size")
		};
	return (struct h248_error){
		500, SG_SLICE("Internal software failure")
	};
}

/* Prints @reply, or why it cannot be. */
static int print_reply(struct h248_exchange *x, __u8 version,
		       struct h248_transaction *reply)
{
	int size = h248_exchange_print(x, version, reply, NULL);
	struct h248_error error;

	if (size >= 0)
		return size;
	error = error_of(size);
	reply->actions = NULL;
	reply->error = &error;
	size = h248_exchange_print(x, version, reply, NULL);
	reply->error = NULL;
	return size;
}

static int answer(struct h248_exchange *x, struct h248_party *party,
		  __u8 version, struct h248_transaction *reply)
{
	const struct h248_address *to = &party->address;
	struct h248_retained *r;
	int size = print_reply(x, version, reply);

	if (size < 0)
		return size;
	r = h248_retained_keep(x, party, reply->id, x->out, size,
			       x->now + x->options.long_timer_ms);
	if (r && x->user.retain)
		x->user.retain(x->user.arg, to, reply->id, r->text, size);
	h248_exchange_send(x, to, x->out, size);
	sg_secret_zero(x->out, size);
	if (r && reply->ack_required)
		repeat_late(x, r);
	return 0;
}

/* -- requests -------------------------------------------------------------- */

static void pend(struct h248_exchange *x, struct h248_party *party, __u32 id)
{
	struct h248_transaction t = { .kind = H248_PENDING, .id = id };

	x->counters.pending++;
	h248_exchange_tell(x, &party->address, x->message.version, &t, NULL);
}

static void repeat_answer(struct h248_exchange *x, struct h248_retained *r)
{
	x->counters.repeated++;
	if (r->state == H248_WORKING)
		pend(x, r->party, r->id);
	else if (r->state == H248_KEPT)
		send_again(x, r);
}

static void carry_out(struct h248_exchange *x, struct h248_party *party,
		      const struct h248_transaction *request)
{
	struct h248_transaction reply = { 0 };
	struct h248_message message;
	struct h248_error error;
	int err;

	x->counters.executed++;
	h248_message_init(&message, x->answer_arena,
			  H248_ARENA_SIZE(H248_MESSAGE_MAX));
	message.version = x->message.version;
	err = x->user.request(x->user.arg, &party->address, &x->message,
			      request, &message, &reply);
	if (err == -EINPROGRESS &&
	    h248_retained_work(x, party, request->id))
		goto wipe;
	if (err) {
		error = error_of(err);
		reply = (struct h248_transaction){ .error = &error };
	}
	reply.kind = H248_REPLY;
	reply.id = request->id;
	reply.ack_required = false;
	reply.next = NULL;
	answer(x, party, message.version, &reply);
wipe:
	h248_message_wipe(&message);
}

void h248_incoming_request(struct h248_exchange *x, struct h248_party *party,
			   const struct h248_transaction *request)
{
	struct h248_retained *r = h248_retained_find(x, party, request->id);

	if (r)
		repeat_answer(x, r);
	else
		carry_out(x, party, request);
}

/* -- from outside ---------------------------------------------------------- */

static struct h248_retained *find(struct h248_exchange *x,
				  const struct h248_address *from, __u32 id)
{
	struct h248_party *party = h248_party_find(x, from);

	return party ? h248_retained_find(x, party, id) : NULL;
}

int h248_exchange_reply(struct h248_exchange *x,
			const struct h248_address *from, __u32 id,
			const struct h248_message *message,
			const struct h248_transaction *reply)
{
	struct h248_retained *r = find(x, from, id);
	struct h248_transaction t = {
		.kind = H248_REPLY, .id = id, .ack_required = true,
		.error = reply->error, .actions = reply->actions,
	};
	struct h248_party *party;
	int err;

	if (!r || r->state != H248_WORKING)
		return -ENOENT;
	h248_exchange_enter(x);
	party = h248_party_hold(x, r->party);
	err = answer(x, party, message->version, &t);
	h248_party_drop(x, party);
	h248_exchange_leave(x);
	return err;
}

int h248_exchange_restore(struct h248_exchange *x,
			  const struct h248_address *from, __u32 id,
			  const char *text, size_t size, __u32 age_ms)
{
	struct h248_party *party;
	int err = 0;

	if (age_ms >= x->options.long_timer_ms)
		return -ETIME;
	h248_exchange_enter(x);
	party = h248_party_take(x, from);
	if (!party)
		return -ENOMEM;
	if (h248_retained_find(x, party, id))
		err = -EEXIST;
	else if (!h248_retained_keep(x, party, id, text, size, x->now +
				     x->options.long_timer_ms - age_ms))
		err = -ENOMEM;
	h248_party_drop(x, party);
	h248_exchange_leave(x);
	return err;
}
