// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/address.h"

int hop_table_allocate(struct next_hops *t)
{
	__u32 buckets = 1024;

	while (buckets < t->size)
		buckets *= 2;
	t->hash_mask = buckets - 1;
	t->hops = calloc(t->size, sizeof(*t->hops));
	t->bucket = calloc(buckets, sizeof(*t->bucket));
	if (!t->hops || !t->bucket)
		return -ENOMEM;
	TAILQ_INIT(&t->free);
	TAILQ_INIT(&t->dying);
	for (__u32 i = SG_RESERVED_SLOTS; i < t->size; i++)
		TAILQ_INSERT_TAIL(&t->free, &t->hops[i], turn);
	if (getrandom(&t->hash_seed, sizeof(t->hash_seed), 0) !=
	    sizeof(t->hash_seed))
		return -EIO;
	return 0;
}

void hop_table_free(struct next_hops *t)
{
	free(t->bucket);
	free(t->hops);
}

__u32 hop_hash(const struct next_hops *t, const __be32 address[4],
	       __u32 ifindex)
{
	__u64 sum = t->hash_seed ^ ifindex;

	for (int i = 0; i < 4; i++) {
		sum = (sum ^ address[i]) * 0x9e3779b97f4a7c15ULL;
		sum ^= sum >> 32;
	}
	return sum & t->hash_mask;
}

struct hop *hop_find(struct next_hops *t, const __be32 address[4],
		     __u32 ifindex)
{
	struct hop *hop;

	LIST_FOREACH(hop, &t->bucket[hop_hash(t, address, ifindex)], chain)
		if (hop->ifindex == ifindex &&
		    sg_address_equal(hop->address, address))
			return hop;
	return NULL;
}

void hop_begin(struct next_hops *t, struct hop *hop, const __be32 address[4],
	       __u32 ifindex)
{
	TAILQ_REMOVE(&t->free, hop, turn);
	hop->use = HOP_LIVE;
	memcpy(hop->address, address, sizeof(hop->address));
	hop->ifindex = ifindex;
	LIST_INSERT_HEAD(&t->bucket[hop_hash(t, address, ifindex)], hop, chain);
	t->used++;
	hop->resolved = t->slots[hop_number(t, hop)].state ==
			SG_NEXT_HOP_REACHABLE;
	t->unresolved += !hop->resolved;
	hop_ask_route(t, hop);
}

void hop_hold(struct next_hops *t, struct hop *hop)
{
	hop->references++;
	if (hop->use != HOP_DYING)
		return;
	TAILQ_REMOVE(&t->dying, hop, turn);
	hop->use = HOP_LIVE;
	t->used++;
	t->unresolved += !hop->resolved;
}

void hop_release(struct next_hops *t, struct hop *hop)
{
	if (hop->use != HOP_LIVE || --hop->references)
		return;
	hop->use = HOP_DYING;
	hop->died = t->now;
	TAILQ_INSERT_TAIL(&t->dying, hop, turn);
	t->used--;
	t->unresolved -= !hop->resolved;
}

static void end(struct next_hops *t, struct hop *hop)
{
	hop_detach(t, hop);
	hop_unask_route(t, hop);
	LIST_REMOVE(hop, chain);
	TAILQ_REMOVE(&t->dying, hop, turn);
	memset(hop, 0, sizeof(*hop));
	TAILQ_INSERT_TAIL(&t->free, hop, turn);
	hop_clear(t, hop);
}

void hop_table_tick(struct next_hops *t)
{
	enum { GRACE = SG_GRACE_MS / HOP_TICK_MS };
	struct hop *hop;

	while ((hop = TAILQ_FIRST(&t->dying)) && t->now - hop->died > GRACE)
		end(t, hop);
}
