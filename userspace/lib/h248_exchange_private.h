/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the exchange: peers, what is repeated until it is answered, replies
 * that are kept, requests that came and requests that went. Times are ms of
 * the exchange's clock. All of it zeroes octets that it gives up.
 */
#ifndef SRTPGATE_H248_EXCHANGE_PRIVATE_H
#define SRTPGATE_H248_EXCHANGE_PRIVATE_H

#include <event2/event.h>
#include <sys/queue.h>

#include "lib/h248_exchange.h"

enum {
	H248_PARTY_BUCKETS = 1024,
	H248_REQUEST_BUCKETS = 16384,
	H248_ACK_RANGES = 16,	/* of one peer that wait to be sent */
};

/* -- h248_exchange_repeat.c: a heap of moments ----------------------------- */

/* Something that has its next moment; the first member of what it is of. */
struct h248_repeat {
	size_t place;		/* in the heap, from 1; 0: not there */
	__u64 due;
	__u64 until;		/* no repeats from then on */
	__u32 pause;
	/* At .due; starts @repeat anew or stops it. */
	void (*fire)(struct h248_exchange *x, struct h248_repeat *repeat);
};

/* Also moves one that is there, which cannot fail; else -ENOMEM. */
int h248_repeat_start(struct h248_exchange *x, struct h248_repeat *repeat,
		      __u64 due);
void h248_repeat_stop(struct h248_exchange *x, struct h248_repeat *repeat);

/* The next moment after a pause of @pause, a little at random. */
__u64 h248_repeat_after(struct h248_exchange *x,
			const struct h248_repeat *repeat);

/* Starts again after twice the pause. */
void h248_repeat_later(struct h248_exchange *x, struct h248_repeat *repeat);

/* -- h248_exchange_party.c ------------------------------------------------- */

struct h248_party {
	struct h248_repeat acking; /* when .acks are to go at the latest */
	struct h248_party *chain;
	TAILQ_ENTRY(h248_party) idle; /* while .users is 0 */
	unsigned users;
	struct h248_address address;
	__u32 hash;
	TAILQ_HEAD(, h248_request) requests; /* ours, the oldest first */
	unsigned request_count;

	/* Round trips, scaled as in Jacobson's and RFC 6298's appendix. */
	bool measured;
	__s32 smoothed;		/* 1/8 ms */
	__s32 variation;	/* 1/4 ms */
	__u32 pause;		/* before a first repeat */

	struct h248_ack acks[H248_ACK_RANGES];
	unsigned ack_count;
	__u8 ack_version;	/* of the header they go in */
};

/* NULL: no memory. One without users is remembered for a while. */
struct h248_party *h248_party_take(struct h248_exchange *x,
				 const struct h248_address *address);
struct h248_party *h248_party_find(struct h248_exchange *x,
				 const struct h248_address *address);
struct h248_party *h248_party_hold(struct h248_exchange *x,
				   struct h248_party *party);
void h248_party_drop(struct h248_exchange *x, struct h248_party *party);
void h248_parties_close(struct h248_exchange *x);

/* Tells of a round trip; of a pause that proved too short. */
void h248_party_measured(struct h248_exchange *x, struct h248_party *party,
			__u64 trip);
void h248_party_missed(struct h248_party *party, __u32 pause);

/* @id is to be acknowledged: at once; or with the next request, or soon. */
void h248_party_ack(struct h248_exchange *x, struct h248_party *party,
		   __u8 version, __u32 id);
void h248_party_ack_later(struct h248_exchange *x, struct h248_party *party,
			 __u8 version, __u32 id);

/* What waits, as a list; it waits no longer. NULL: nothing. */
const struct h248_ack *h248_party_acks(struct h248_exchange *x,
				      struct h248_party *party);

/* -- h248_exchange_retained.c ---------------------------------------------- */

enum h248_retained_state {
	H248_WORKING,		/* its reply will follow */
	H248_KEPT,
	H248_ACKED,		/* only its id is kept, to know duplicates */
};

TAILQ_HEAD(h248_retained_queue, h248_retained);

/* A request that came, and its reply. */
struct h248_retained {
	TAILQ_ENTRY(h248_retained) order;
	struct h248_retained *chain;
	struct h248_party *party;
	struct h248_late *late;	/* repeats the reply; mostly NULL */
	__u64 until;
	__u32 id;
	__u32 size;
	enum h248_retained_state state;
	char text[];
};

int h248_retained_open(struct h248_exchange *x);
void h248_retained_close(struct h248_exchange *x);

struct h248_retained *h248_retained_find(struct h248_exchange *x,
					 const struct h248_party *party,
					 __u32 id);

/* A request that is being worked on. NULL: no memory. */
struct h248_retained *h248_retained_work(struct h248_exchange *x,
					 struct h248_party *party, __u32 id);

/* The reply, in place of H248_WORKING; the oldest make room. */
struct h248_retained *h248_retained_keep(struct h248_exchange *x,
					 struct h248_party *party, __u32 id,
					 const char *text, size_t size,
					 __u64 until);

/*
 * What a message acknowledges. An ack only saves memory, so that numbers
 * beyond what takes a millisecond are left to LONG-TIMER.
 */
void h248_retained_acked(struct h248_exchange *x,
			 const struct h248_party *party,
			 const struct h248_ack *acks);

/* Ends at most @most whose time is over. */
void h248_retained_expire(struct h248_exchange *x, unsigned most);

/* When there will be something to expire; UINT64_MAX: never. */
__u64 h248_retained_due(const struct h248_exchange *x);

/* -- h248_exchange_incoming.c, of the message being read ------------------- */

void h248_incoming_request(struct h248_exchange *x, struct h248_party *party,
			   const struct h248_transaction *request);

/* Ends the repeats of a late reply. */
void h248_late_stop(struct h248_exchange *x, struct h248_retained *reply);

/* -- h248_exchange_outgoing.c, likewise ------------------------------------ */

void h248_outgoing_reply(struct h248_exchange *x, struct h248_party *party,
			 const struct h248_transaction *reply);
void h248_outgoing_pending(struct h248_exchange *x, struct h248_party *party,
			   __u32 id);
void h248_outgoing_error(struct h248_exchange *x, struct h248_party *party,
			 const struct h248_error *error);
void h248_outgoing_close(struct h248_exchange *x);

/* -- h248_exchange.c ------------------------------------------------------- */

/* So many times a second. */
struct h248_limit {
	__u64 second;
	unsigned count;
};

struct h248_exchange {
	struct h248_exchange_user user;
	struct h248_exchange_options options;
	struct h248_exchange_counters counters;

	__u64 (*clock)(void);	/* tests have their own */
	__u64 now;		/* of the last look at it */
	struct event *timer;
	__u64 armed;		/* for when .timer is set */
	__u64 random;		/* state of the generator for pauses */
	__u32 seed;		/* of hashes */

	struct h248_message message; /* being read */
	char *arena;
	char *answer_arena;
	char *out;		/* H248_MESSAGE_MAX octets to print to */

	struct h248_repeat **heap; /* from 1 */
	size_t heap_count, heap_size;

	struct h248_party *parties[H248_PARTY_BUCKETS];
	TAILQ_HEAD(, h248_party) idle;
	unsigned idle_count;

	struct h248_retained **buckets;
	__u32 bucket_mask;
	struct h248_retained_queue kept; /* and acked, the oldest first */
	struct h248_retained_queue working;
	size_t retained;	/* number of .kept */
	size_t retained_size;	/* and octets */

	struct h248_request *requests[H248_REQUEST_BUCKETS];
	__u32 next_id;

	struct h248_limit strangers, faults;
};

/* Looks at the clock; sets the timer for what is due first. */
void h248_exchange_enter(struct h248_exchange *x);
void h248_exchange_leave(struct h248_exchange *x);

/* The next moment at which there is something to do; and doing it. */
__u64 h248_exchange_due(const struct h248_exchange *x);
void h248_exchange_tick(struct h248_exchange *x);

/* A number from the generator. */
__u32 h248_exchange_random(struct h248_exchange *x);

int h248_exchange_send(struct h248_exchange *x,
		       const struct h248_address *to, const char *text,
		       size_t size);

/*
 * Prints a message of @version with @transactions or @error to .out.
 * Returns the octets, which are to be zeroed, or as h248_print().
 */
int h248_exchange_print(struct h248_exchange *x, __u8 version,
			struct h248_transaction *transactions,
			struct h248_error *error);

/* The same, sent and forgotten. */
void h248_exchange_tell(struct h248_exchange *x,
			const struct h248_address *to, __u8 version,
			struct h248_transaction *transactions,
			struct h248_error *error);

#endif /* SRTPGATE_H248_EXCHANGE_PRIVATE_H */
