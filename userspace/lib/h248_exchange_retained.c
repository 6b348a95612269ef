// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that came and their replies, for "at most once" (H.248.1 D.1.1):
 * a hash table by peer and TransactionID, and queues by age. All replies
 * live equally long, so the oldest is the first to go.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/h248_exchange_private.h"
#include "lib/secret.h"

enum {
	BUCKET_SHARE = 128,	/* octets of .retained_max for each bucket */
	BUCKETS_LEAST = 1 << 8,
	BUCKETS_MOST = 1 << 22,
	ACKS_MOST = 1 << 14,	/* numbers of one message, a ms or so */
};

/* -- the table ------------------------------------------------------------- */

int h248_retained_open(struct h248_exchange *x)
{
	size_t wanted = x->options.retained_max / BUCKET_SHARE;
	size_t count = BUCKETS_LEAST;

	while (count < wanted && count < BUCKETS_MOST)
		count *= 2;
	TAILQ_INIT(&x->kept);
	TAILQ_INIT(&x->working);
	x->buckets = calloc(count, sizeof(*x->buckets));
	x->bucket_mask = count - 1;
	return x->buckets ? 0 : -ENOMEM;
}

/*
 * Numbers that follow each other are neighbours in memory; where each run
 * of them begins, no peer can foretell.
 */
static struct h248_retained **bucket(struct h248_exchange *x,
				     const struct h248_party *party, __u32 id)
{
	__u32 hash = (party->hash ^ id >> 6) * 0x9e3779b1;

	hash = (hash ^ hash >> 15 ^ x->seed) * 0x85ebca6b;
	hash ^= hash >> 13;
	return &x->buckets[((hash & ~63u) + (id & 63)) & x->bucket_mask];
}

struct h248_retained *h248_retained_find(struct h248_exchange *x,
					 const struct h248_party *party,
					 __u32 id)
{
	struct h248_retained *r = *bucket(x, party, id);

	while (r && (r->id != id || r->party != party))
		r = r->chain;
	return r;
}

static struct h248_retained_queue *queue_of(struct h248_exchange *x,
					    const struct h248_retained *r)
{
	return r->state == H248_WORKING ? &x->working : &x->kept;
}

static size_t octets(const struct h248_retained *r)
{
	return sizeof(*r) + r->size;
}

static void count(struct h248_exchange *x, const struct h248_retained *r)
{
	if (r->state == H248_WORKING)
		return;
	x->retained++;
	x->retained_size += octets(r);
}

static void uncount(struct h248_exchange *x, const struct h248_retained *r)
{
	if (r->state == H248_WORKING)
		return;
	x->retained--;
	x->retained_size -= octets(r);
}

static struct h248_retained *create(struct h248_exchange *x,
				    struct h248_party *party, __u32 id,
				    enum h248_retained_state state,
				    const char *text, size_t size)
{
	struct h248_retained **chain = bucket(x, party, id);
	struct h248_retained *r = malloc(sizeof(*r) + size);

	if (!r)
		return NULL;
	*r = (struct h248_retained){
		.chain = *chain, .party = h248_party_hold(x, party),
		.id = id, .size = size, .state = state,
	};
	if (size)
		memcpy(r->text, text, size);
	*chain = r;
	TAILQ_INSERT_TAIL(queue_of(x, r), r, order);
	count(x, r);
	return r;
}

static void destroy(struct h248_exchange *x, struct h248_retained *r)
{
	struct h248_retained **chain = bucket(x, r->party, r->id);

	while (*chain != r)
		chain = &(*chain)->chain;
	*chain = r->chain;
	TAILQ_REMOVE(queue_of(x, r), r, order);
	uncount(x, r);
	h248_late_stop(x, r);
	h248_party_drop(x, r->party);
	sg_secret_zero(r->text, r->size);
	free(r);
}

void h248_retained_close(struct h248_exchange *x)
{
	if (!x->buckets)
		return;
	while (!TAILQ_EMPTY(&x->kept))
		destroy(x, TAILQ_FIRST(&x->kept));
	while (!TAILQ_EMPTY(&x->working))
		destroy(x, TAILQ_FIRST(&x->working));
	free(x->buckets);
}

/* -- in and out ------------------------------------------------------------ */

static void release(struct h248_exchange *x, const struct h248_retained *r)
{
	if (x->user.release && r->state == H248_KEPT)
		x->user.release(x->user.arg, &r->party->address, r->id);
}

static void end(struct h248_exchange *x, struct h248_retained *r)
{
	release(x, r);
	destroy(x, r);
}

void h248_exchange_forget(struct h248_exchange *x)
{
	while (!TAILQ_EMPTY(&x->kept))
		end(x, TAILQ_FIRST(&x->kept));
}

void h248_retained_expire(struct h248_exchange *x, unsigned most)
{
	struct h248_retained *r;

	while (most-- && (r = TAILQ_FIRST(&x->kept)) && r->until <= x->now)
		end(x, r);
}

__u64 h248_retained_due(const struct h248_exchange *x)
{
	const struct h248_retained *r = TAILQ_FIRST(&x->kept);

	/* A little later will do, and means fewer wake-ups. */
	return r ? r->until + x->options.long_timer_ms / 64 : UINT64_MAX;
}

struct h248_retained *h248_retained_work(struct h248_exchange *x,
					 struct h248_party *party, __u32 id)
{
	return create(x, party, id, H248_WORKING, NULL, 0);
}

struct h248_retained *h248_retained_keep(struct h248_exchange *x,
					 struct h248_party *party, __u32 id,
					 const char *text, size_t size,
					 __u64 until)
{
	struct h248_retained *r = h248_retained_find(x, party, id);

	if (r)
		destroy(x, r);
	/* Each new one takes two old ones away: no long pauses later. */
	h248_retained_expire(x, 2);
	while (!TAILQ_EMPTY(&x->kept) &&
	       x->retained_size + sizeof(*r) + size > x->options.retained_max)
		end(x, TAILQ_FIRST(&x->kept));
	r = create(x, party, id, H248_KEPT, text, size);
	if (r)
		r->until = until;
	return r;
}

/* -- acks ------------------------------------------------------------------ */

/*
 * The reply goes; its id stays until LONG-TIMER, because the network may
 * still hold duplicates of the request (H.248.1 D.1.1).
 */
static void acknowledge(struct h248_exchange *x, struct h248_retained *r)
{
	struct h248_retained **chain = bucket(x, r->party, r->id);
	struct h248_retained *small;

	if (r->state != H248_KEPT)
		return;
	h248_late_stop(x, r);
	release(x, r);
	uncount(x, r);
	r->state = H248_ACKED;
	small = malloc(sizeof(*small));
	if (small) {
		while (*chain != r)
			chain = &(*chain)->chain;
		*small = *r;
		small->size = 0;
		*chain = small;
		TAILQ_INSERT_AFTER(&x->kept, r, small, order);
		TAILQ_REMOVE(&x->kept, r, order);
		sg_secret_zero(r->text, r->size);
		free(r);
		r = small;
	}
	count(x, r);
}

static bool is_in(const struct h248_ack *ack, __u32 id)
{
	return ack->first <= id && id <= ack->last;
}

/* A range of more numbers than there are replies: look at those. */
static void walk(struct h248_exchange *x, const struct h248_party *party,
		 const struct h248_ack *ack, unsigned *left)
{
	struct h248_retained *r = TAILQ_FIRST(&x->kept), *next;

	for (; r && *left; r = next, --*left) {
		next = TAILQ_NEXT(r, order);
		if (r->party == party && is_in(ack, r->id))
			acknowledge(x, r);
	}
}

static void look_up(struct h248_exchange *x, const struct h248_party *party,
		    const struct h248_ack *ack, unsigned *left)
{
	for (__u64 id = ack->first; id <= ack->last && *left; id++, --*left) {
		struct h248_retained *r = h248_retained_find(x, party, id);

		if (r)
			acknowledge(x, r);
	}
}

void h248_retained_acked(struct h248_exchange *x,
			 const struct h248_party *party,
			 const struct h248_ack *acks)
{
	unsigned left = ACKS_MOST;

	for (; acks; acks = acks->next)
		if (acks->last - acks->first < x->retained)
			look_up(x, party, acks, &left);
		else
			walk(x, party, acks, &left);
}
