/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transactions (H.248.1 8, 9 and D.1), for gateway and controller alike:
 * requests are carried out at most once whatever the transport repeats or
 * loses, and each of ours is answered or given up.
 *
 *   Incoming: the reply to a request is kept for .long_timer_ms and answers
 *   every repeat; once it is acknowledged, only the id is kept, and repeats
 *   are ignored. A request that is still being worked on is answered by
 *   Pending.
 *   Outgoing: repeated with growing pauses (from the measured round-trip
 *   time on), slower after a Pending, given up after .give_up_ms.
 *
 * Peers are told apart by transport address, not by mId, which may be
 * anything. Bytes in and out go through the caller, so that all of it can be
 * tested without a socket; time is the event base's.
 */
#ifndef SRTPGATE_H248_EXCHANGE_H
#define SRTPGATE_H248_EXCHANGE_H

#include "lib/h248.h"
#include "lib/h248_transport.h"

enum { H248_TRANSACTIONS_MAX = 10 };	/* a message, TS 29.334 5.10 */

/* The answer to one of our requests; all NULL: none came. */
struct h248_answer {
	const struct h248_message *message;
	const struct h248_transaction *reply;
	const struct h248_error *error; /* of the message or of the reply */
};

typedef void h248_answered(void *arg, const struct h248_answer *answer);

struct h248_exchange_user {
	void *arg;

	/* As h248_transport_send(). */
	int (*send)(void *arg, const struct h248_address *to,
		    const char *text, size_t size);

	/*
	 * May @from give orders? Else a few of its requests a second get
	 * error 402, and all else is ignored, replies too. Called for every
	 * message, also to learn that the peer is alive.
	 */
	bool (*heard)(void *arg, const struct h248_address *from);

	/*
	 * Carries out @request and fills @reply (its .actions or .error)
	 * with nodes of @answer's arena (h248_alloc) and texts that live
	 * until the return or belong to @request; the exchange sets the
	 * rest, and prints with @answer's .version, which it presets to the
	 * request's. Returns 0; or -EINPROGRESS: h248_exchange_reply() will
	 * follow.
	 */
	int (*request)(void *arg, const struct h248_address *from,
		       const struct h248_message *message,
		       const struct h248_transaction *request,
		       struct h248_message *answer,
		       struct h248_transaction *reply);

	/*
	 * The whole message that answers request @id, about to be sent; and
	 * the end of its time, or its acknowledgement. For journals; may be
	 * NULL. They call nothing of the exchange.
	 */
	void (*retain)(void *arg, const struct h248_address *from, __u32 id,
		       const char *text, size_t size);
	void (*release)(void *arg, const struct h248_address *from, __u32 id);
};

struct h248_exchange_options {
	struct h248_mid mid;	/* ours; the name belongs to the caller */
	enum h248_form form;
	__u32 first_id;		/* TransactionID of the first request */
	__u32 long_timer_ms;	/* LONG-TIMER, 30000 */
	__u32 repeat_ms;	/* first pause before a round trip is known */
	__u32 repeat_most_ms;	/* longest pause */
	__u32 give_up_ms;	/* T-MAX */
	__u32 pending_ms;	/* longest wait for the end after a Pending */
	size_t retained_max;	/* octets of replies kept, each with some 80
				 * of overhead; the oldest go */
	bool acks;		/* acknowledge replies with the next request
				 * or soon; else only where they ask for it */
};

/* LONG-TIMER and the others as in H.248.1 D.1, mId and form unset. */
void h248_exchange_defaults(struct h248_exchange_options *options);

struct h248_exchange_counters {
	__u64 received, sent;	/* messages */
	__u64 malformed, unknown_peer;
	__u64 executed, repeated, pending;	/* requests that came */
	__u64 requested, retransmitted, answered, given_up; /* and went */
	__u64 stray;		/* replies and errors that answer nothing */
};

struct h248_exchange;

int h248_exchange_open(struct h248_exchange **exchange,
		       struct event_base *base,
		       const struct h248_exchange_options *options,
		       const struct h248_exchange_user *user);

/* Forgets all without telling anybody. Not from within a callback. */
void h248_exchange_close(struct h248_exchange *exchange);

/*
 * One message from @from; its octets are zeroed. Not from within a callback.
 *
 * More than H248_TRANSACTIONS_MAX with a request among them: error 413, and
 * nothing of the message is done. So too when it does not parse: the request
 * with the fault gets an error reply, a fault outside of requests an error
 * of the message; one that shows no request is dropped.
 */
void h248_exchange_receive(struct h248_exchange *exchange,
			   const struct h248_address *from, char *text,
			   size_t size);

/*
 * Sends a request with @actions, printed at once, in a message with header
 * @version. @done is called once, never from within; NULL: nobody asks.
 * Negative errno: it was not sent, @done will not be called.
 */
int h248_exchange_request(struct h248_exchange *exchange,
			  const struct h248_address *to, __u8 version,
			  const struct h248_action *actions,
			  h248_answered *done, void *arg);

/* Forgets all requests to @to without telling anybody: it is lost. */
void h248_exchange_abandon(struct h248_exchange *exchange,
			   const struct h248_address *to);

/*
 * Drops all replies that are kept: they belong to an association that is
 * over, and a controller that was restarted counts its TransactionIDs anew.
 */
void h248_exchange_forget(struct h248_exchange *exchange);

/*
 * The late reply to request @id of @from, with the nodes and the .version of
 * @answer. It asks for an acknowledgement, and is repeated until that comes
 * or .give_up_ms are over. -ENOENT: no such request is being worked on.
 */
int h248_exchange_reply(struct h248_exchange *exchange,
			const struct h248_address *from, __u32 id,
			const struct h248_message *answer,
			const struct h248_transaction *reply);

/*
 * Puts back a reply that .retain told of before a restart, @age_ms old; the
 * oldest first. -ETIME: its time is over. -EEXIST.
 */
int h248_exchange_restore(struct h248_exchange *exchange,
			  const struct h248_address *from, __u32 id,
			  const char *text, size_t size, __u32 age_ms);

/* The id that the next request will have: for the journal. */
__u32 h248_exchange_next_id(const struct h248_exchange *exchange);

const struct h248_exchange_counters *
h248_exchange_counters(const struct h248_exchange *exchange);

#endif /* SRTPGATE_H248_EXCHANGE_H */
