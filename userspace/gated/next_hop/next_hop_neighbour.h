/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Neighbours (RFC 826, RFC 4861): the addresses that frames are sent to, a
 * gateway's or a destination's own, and their link-layer addresses. The
 * kernel resolves them; here is when it has to. A neighbour lives as long as
 * hops are attached to it.
 */
#ifndef SRTPGATE_NEXT_HOP_NEIGHBOUR_H
#define SRTPGATE_NEXT_HOP_NEIGHBOUR_H

#include <stdbool.h>
#include <sys/queue.h>

#include "gated/next_hop/next_hop_question.h"
#include "gated/rtnetlink.h"

struct hop;
struct next_hops;

enum { HOP_WHEEL = 64 };	/* ticks ahead that can be scheduled */

enum hop_resolution { HOP_UNKNOWN, HOP_RESOLVED, HOP_FAILED };

struct hop_neighbour {
	LIST_ENTRY(hop_neighbour) chain;
	LIST_ENTRY(hop_neighbour) timed;
	TAILQ_ENTRY(hop_neighbour) work;
	LIST_HEAD(, hop) hops;
	__be32 address[4];
	__u32 ifindex;
	enum hop_resolution resolution;
	enum hop_ask ask;	/* is in the queue of questions for this */
	bool waiting;		/* is in a slot of the wheel */
	__u32 backoff;		/* ticks */
	__u32 used_at;		/* tick when it was last probed */
	__u8 mac[6];		/* if RESOLVED */
};

LIST_HEAD(hop_neighbour_list, hop_neighbour);

struct hop_neighbours {
	struct hop_neighbour_list *bucket; /* by hop_hash() */
	struct hop_neighbour_list wheel[HOP_WHEEL]; /* by tick */
};

/* Negative errno. Freeing also what was never allocated is harmless. */
int hop_neighbours_allocate(struct next_hops *t);
void hop_neighbours_free(struct next_hops *t);

/*
 * Points @hop at the neighbour @address on @ifindex, which is made and asked
 * for if need be; without memory at none. The caller publishes the hop.
 */
void hop_attach(struct next_hops *t, struct hop *hop, const __be32 address[4],
		__u32 ifindex);
void hop_detach(struct next_hops *t, struct hop *hop);

/* What the kernel says of a neighbour: its hops are published. */
void hop_neighbour_update(struct next_hops *t,
			  const struct rt_neighbour *message);

/* Probes now; again in the same tick: nothing. */
void hop_neighbour_want(struct next_hops *t, struct hop_neighbour *neighbour);

/* Asks what the kernel knows of every one. */
void hop_neighbours_look(struct next_hops *t);

/* Once in a tick: probes whose time has come. */
void hop_neighbours_tick(struct next_hops *t);

#endif /* SRTPGATE_NEXT_HOP_NEIGHBOUR_H */
