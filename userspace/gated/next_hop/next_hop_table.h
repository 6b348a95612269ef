/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of next hops, and all the state that its parts share. A hop is a
 * destination: its slot, and the route the kernel gave for it. Hops point at
 * the neighbour that the route leads to, so one neighbour event finds its
 * hops without a search; neighbours point at nothing but their link's number.
 *
 * The parts, each a file next_hop_*.c with its header:
 *   kernel	hears messages, and hands them to the next three
 *   link	devices that frames leave by
 *   neighbour	link-layer addresses, and when to probe
 *   route	which neighbour leads to a hop
 *   question	what waits to be asked of the kernel
 *   slot	the words that the program reads
 */
#ifndef SRTPGATE_NEXT_HOP_TABLE_H
#define SRTPGATE_NEXT_HOP_TABLE_H

#include "gated/next_hop/next_hop.h"
#include "gated/next_hop/next_hop_kernel.h"
#include "gated/next_hop/next_hop_link.h"
#include "gated/next_hop/next_hop_neighbour.h"
#include "gated/next_hop/next_hop_question.h"
#include "gated/next_hop/next_hop_route.h"
#include "gated/next_hop/next_hop_slot.h"

enum { HOP_TICK_MS = 1000 };

/* DYING: no references, but the program may still be reading the slot. */
enum hop_use { HOP_FREE, HOP_LIVE, HOP_DYING };

struct hop {
	TAILQ_ENTRY(hop) turn;	/* among the free or the dying */
	TAILQ_ENTRY(hop) work;	/* among the questions */
	LIST_ENTRY(hop) chain;
	LIST_ENTRY(hop) peer;	/* of the same neighbour */
	struct hop_neighbour *neighbour; /* NULL: no route, or not known yet */
	__be32 address[4];
	__u32 ifindex;		/* the caller's restriction, 0: none */
	__u32 references;
	__u32 died;		/* tick */
	__u16 mtu;		/* of the route, 0: the link's */
	__u8 use;		/* enum hop_use */
	bool queued;		/* its route is to be asked for */
	bool answered;		/* and was, at least once */
	bool resolved;		/* the slot says REACHABLE */
};

struct next_hops {
	struct event_base *base;
	struct event *tick;
	__u32 now;		/* ticks */

	__u32 size;		/* slots, with the reserved ones */
	struct sg_next_hop *slots; /* the map */
	struct hop *hops;	/* by slot */
	LIST_HEAD(, hop) *bucket; /* by hop_hash() */
	__u32 hash_mask, hash_seed;
	TAILQ_HEAD(, hop) free, dying;
	__u32 used, unresolved;	/* of the live ones */

	struct hop_links links;
	struct hop_neighbours neighbours;
	struct hop_routes routes;
	struct hop_questions questions;
	struct hop_kernel kernel;
};

/* @t->size hops, all free but the reserved ones. Negative errno. */
int hop_table_allocate(struct next_hops *t);
void hop_table_free(struct next_hops *t);

/* The slot of @hop. */
static inline __u32 hop_number(const struct next_hops *t,
			       const struct hop *hop)
{
	return hop - t->hops;
}

/* 0..t->hash_mask, other values in each process. */
__u32 hop_hash(const struct next_hops *t, const __be32 address[4],
	       __u32 ifindex);

/* NULL: there is none. */
struct hop *hop_find(struct next_hops *t, const __be32 address[4],
		     __u32 ifindex);

/*
 * Puts a free @hop to use, which keeps what its slot says, and asks for its
 * route. The caller takes the first reference.
 */
void hop_begin(struct next_hops *t, struct hop *hop, const __be32 address[4],
	       __u32 ifindex);
void hop_hold(struct next_hops *t, struct hop *hop);
void hop_release(struct next_hops *t, struct hop *hop);

/* Once in a tick: clears and frees the slots whose grace is over. */
void hop_table_tick(struct next_hops *t);

#endif /* SRTPGATE_NEXT_HOP_TABLE_H */
