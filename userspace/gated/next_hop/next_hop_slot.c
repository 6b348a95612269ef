// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop_slot.h"

#include <string.h>

#include "gated/next_hop/next_hop_table.h"

/*
 * What @hop's slot should say. False: not known yet, what it says stays,
 * so that a changed gateway is taken when it is resolved and not before.
 */
static bool compose(struct next_hops *t, const struct hop *hop,
		    struct sg_next_hop *next)
{
	const struct hop_neighbour *neighbour = hop->neighbour;
	int err;

	memset(next, 0, sizeof(*next));
	if (!hop->answered)
		return false;
	if (!neighbour)
		return true;
	next->state = SG_NEXT_HOP_INCOMPLETE;
	err = hop_link_describe(&t->links, neighbour->ifindex, next);
	if (err == -EAGAIN)
		return false;
	if (err) {
		/* No frame leaves there; the slow path's packets may. */
		next->ifindex = neighbour->ifindex;
		return true;
	}
	if (hop->mtu && hop->mtu < next->mtu)
		next->mtu = hop->mtu;
	if (neighbour->resolution == HOP_UNKNOWN)
		return t->slots[hop_number(t, hop)].word2 != next->word2;
	if (neighbour->resolution == HOP_RESOLVED) {
		memcpy(next->destination, neighbour->mac,
		       sizeof(next->destination));
		next->state = SG_NEXT_HOP_REACHABLE;
	}
	return true;
}

static void store(__u64 *word, __u64 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/*
 * The program reads word0 first: whoever sees REACHABLE sees the rest. A
 * packet that read word0 just before a change of interface may still leave
 * with the old link-layer address, as packets in flight do.
 */
static void store_all(struct sg_next_hop *slot, const struct sg_next_hop *next)
{
	const struct sg_next_hop incomplete = {
		.state = SG_NEXT_HOP_INCOMPLETE
	};

	if (slot->word1 != next->word1 || slot->word2 != next->word2) {
		if (slot->state == SG_NEXT_HOP_REACHABLE &&
		    slot->word2 != next->word2)
			store(&slot->word0, incomplete.word0);
		store(&slot->word2, next->word2);
		store(&slot->word1, next->word1);
	}
	if (slot->word0 != next->word0)
		store(&slot->word0, next->word0);
}

void hop_publish(struct next_hops *t, struct hop *hop)
{
	struct sg_next_hop next;
	bool resolved;

	if (!compose(t, hop, &next))
		return;
	store_all(&t->slots[hop_number(t, hop)], &next);
	resolved = next.state == SG_NEXT_HOP_REACHABLE;
	if (resolved == hop->resolved)
		return;
	if (hop->use == HOP_LIVE)
		t->unresolved += resolved ? -1 : 1;
	hop->resolved = resolved;
	hop_listen(t, hop);
}

void hops_publish(struct next_hops *t)
{
	for (__u32 i = SG_RESERVED_SLOTS; i < t->size; i++)
		if (t->hops[i].use != HOP_FREE)
			hop_publish(t, &t->hops[i]);
}

void hop_listen(struct next_hops *t, const struct hop *hop)
{
	store(&t->slots[hop_number(t, hop)].used, 0);
}

void hop_clear(struct next_hops *t, const struct hop *hop)
{
	struct sg_next_hop *slot = &t->slots[hop_number(t, hop)];

	store(&slot->word0, 0);
	store(&slot->word1, 0);
	store(&slot->word2, 0);
	store(&slot->used, 0);
}
