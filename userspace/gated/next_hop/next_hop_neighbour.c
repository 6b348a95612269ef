// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop_neighbour.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#include "gated/next_hop/next_hop_table.h"
#include "lib/address.h"

enum {
	/* RFC 1122 2.3.2.1: at most one request a second for an address. */
	RETRY_FIRST = 1,	/* ticks; doubles up to RETRY_LAST */
	RETRY_LAST = 32,
	CONFIRM = 5,		/* ticks from STALE to the next probe */
};

_Static_assert((int)HOP_WHEEL > RETRY_LAST && (int)HOP_WHEEL > CONFIRM,
	       "the wheel is too small for a pause");

/* -- the table --------------------------------------------------------------- */

int hop_neighbours_allocate(struct next_hops *t)
{
	t->neighbours.bucket = calloc(t->hash_mask + 1,
				      sizeof(*t->neighbours.bucket));
	return t->neighbours.bucket ? 0 : -ENOMEM;
}

static struct hop_neighbour_list *bucket_of(struct next_hops *t,
					    const __be32 address[4],
					    __u32 ifindex)
{
	return &t->neighbours.bucket[hop_hash(t, address, ifindex)];
}

static struct hop_neighbour *find(struct next_hops *t,
				  const __be32 address[4], __u32 ifindex)
{
	struct hop_neighbour *neighbour;

	LIST_FOREACH(neighbour, bucket_of(t, address, ifindex), chain)
		if (neighbour->ifindex == ifindex &&
		    sg_address_equal(neighbour->address, address))
			return neighbour;
	return NULL;
}

static struct hop_neighbour *find_or_make(struct next_hops *t,
					  const __be32 address[4],
					  __u32 ifindex)
{
	struct hop_neighbour *neighbour = find(t, address, ifindex);

	if (neighbour)
		return neighbour;
	neighbour = calloc(1, sizeof(*neighbour));
	if (!neighbour)
		return NULL;
	memcpy(neighbour->address, address, sizeof(neighbour->address));
	neighbour->ifindex = ifindex;
	neighbour->backoff = RETRY_FIRST;
	LIST_INSERT_HEAD(bucket_of(t, address, ifindex), neighbour, chain);
	hop_ask_neighbour(t, neighbour, HOP_ASK_LOOK);
	return neighbour;
}

/* -- time -------------------------------------------------------------------- */

static void unschedule(struct hop_neighbour *neighbour)
{
	if (neighbour->waiting)
		LIST_REMOVE(neighbour, timed);
	neighbour->waiting = false;
}

static void schedule(struct next_hops *t, struct hop_neighbour *neighbour,
		     __u32 ticks)
{
	unschedule(neighbour);
	LIST_INSERT_HEAD(&t->neighbours.wheel[(t->now + ticks) % HOP_WHEEL],
			 neighbour, timed);
	neighbour->waiting = true;
}

static void back_off(struct next_hops *t, struct hop_neighbour *neighbour)
{
	schedule(t, neighbour, neighbour->backoff);
	if (neighbour->backoff < RETRY_LAST)
		neighbour->backoff *= 2;
}

void hop_neighbours_tick(struct next_hops *t)
{
	struct hop_neighbour_list *due =
		&t->neighbours.wheel[t->now % HOP_WHEEL];
	struct hop_neighbour *neighbour;

	while ((neighbour = LIST_FIRST(due))) {
		unschedule(neighbour);
		hop_ask_neighbour(t, neighbour, HOP_ASK_USE);
		if (neighbour->resolution != HOP_RESOLVED)
			back_off(t, neighbour);
	}
}

/* -- hops -------------------------------------------------------------------- */

static void free_neighbour(struct next_hops *t, struct hop_neighbour *neighbour)
{
	unschedule(neighbour);
	hop_unask_neighbour(t, neighbour);
	LIST_REMOVE(neighbour, chain);
	free(neighbour);
}

void hop_neighbours_free(struct next_hops *t)
{
	struct hop_neighbour_list *bucket = t->neighbours.bucket;
	struct hop_neighbour *neighbour;

	for (__u32 i = 0; bucket && i <= t->hash_mask; i++)
		while ((neighbour = LIST_FIRST(&bucket[i])))
			free_neighbour(t, neighbour);
	free(bucket);
}

void hop_detach(struct next_hops *t, struct hop *hop)
{
	struct hop_neighbour *neighbour = hop->neighbour;

	if (!neighbour)
		return;
	LIST_REMOVE(hop, peer);
	hop->neighbour = NULL;
	if (LIST_EMPTY(&neighbour->hops))
		free_neighbour(t, neighbour);
}

void hop_attach(struct next_hops *t, struct hop *hop, const __be32 address[4],
		__u32 ifindex)
{
	struct hop_neighbour *neighbour = find_or_make(t, address, ifindex);

	if (neighbour == hop->neighbour)
		return;
	hop_detach(t, hop);
	if (!neighbour)
		return;
	hop->neighbour = neighbour;
	LIST_INSERT_HEAD(&neighbour->hops, hop, peer);
}

static void publish(struct next_hops *t, struct hop_neighbour *neighbour)
{
	struct hop *hop;

	LIST_FOREACH(hop, &neighbour->hops, peer)
		hop_publish(t, hop);
}

/* -- resolution -------------------------------------------------------------- */

/*
 * RFC 4861 7.3.3 probes a STALE entry when a packet is sent to it. The
 * kernel does not see ours, so it is told after a while that there are some.
 */
static void resolved(struct next_hops *t, struct hop_neighbour *neighbour,
		     const struct rt_neighbour *message)
{
	bool change = neighbour->resolution != HOP_RESOLVED ||
		      memcmp(neighbour->mac, message->mac,
			     sizeof(neighbour->mac)) != 0;

	neighbour->backoff = RETRY_FIRST;
	if (message->state & NUD_STALE)
		schedule(t, neighbour, CONFIRM);
	else
		unschedule(neighbour);
	if (!change)
		return;
	neighbour->resolution = HOP_RESOLVED;
	memcpy(neighbour->mac, message->mac, sizeof(neighbour->mac));
	publish(t, neighbour);
}

/* After a failed attempt the next packet need not wait for the back-off. */
static void listen_again(struct next_hops *t, struct hop_neighbour *neighbour)
{
	struct hop *hop;

	LIST_FOREACH(hop, &neighbour->hops, peer)
		hop_listen(t, hop);
}

static void unresolved(struct next_hops *t, struct hop_neighbour *neighbour,
		       __u16 state)
{
	bool change = neighbour->resolution != HOP_FAILED;

	neighbour->resolution = HOP_FAILED;
	/* An address that is gone, or was never heard of: ask at once. */
	if (change && !(state & NUD_INCOMPLETE))
		hop_ask_neighbour(t, neighbour, HOP_ASK_USE);
	if (change || !neighbour->waiting)
		back_off(t, neighbour);
	if (state & NUD_FAILED)
		listen_again(t, neighbour);
	if (change)
		publish(t, neighbour);
}

void hop_neighbour_update(struct next_hops *t,
			  const struct rt_neighbour *message)
{
	enum {
		VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE |
			NUD_DELAY | NUD_PROBE
	};
	struct hop_neighbour *neighbour =
		find(t, message->address, message->ifindex);

	if (!neighbour)
		return;
	if ((message->state & VALID) && message->has_mac)
		resolved(t, neighbour, message);
	else
		unresolved(t, neighbour, message->state);
}

void hop_neighbour_want(struct next_hops *t, struct hop_neighbour *neighbour)
{
	if (neighbour->used_at != t->now)
		hop_ask_neighbour(t, neighbour, HOP_ASK_USE);
}

void hop_neighbours_look(struct next_hops *t)
{
	struct hop_neighbour *neighbour;

	for (__u32 i = 0; i <= t->hash_mask; i++)
		LIST_FOREACH(neighbour, &t->neighbours.bucket[i], chain)
			hop_ask_neighbour(t, neighbour, HOP_ASK_LOOK);
}
