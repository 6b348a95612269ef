/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routes: which way to a hop's address. The kernel decides, its answer
 * attaches the hop to a neighbour.
 *
 * A route event names a prefix. Events are collected for a moment and then
 * compared with all hops in one pass (about 1 ms for 100,000); what matches
 * is asked again.
 */
#ifndef SRTPGATE_NEXT_HOP_ROUTE_H
#define SRTPGATE_NEXT_HOP_ROUTE_H

#include <event2/event.h>

#include "gated/rtnetlink.h"

struct next_hops;

enum { HOP_PREFIXES = 32 };	/* collected; more: all is asked again */

struct hop_routes {
	struct event *sweep;
	struct {
		__be32 address[4];
		__u8 length;
	} dirty[HOP_PREFIXES];
	__u32 dirty_count;	/* > HOP_PREFIXES: all */
};

/* Negative errno. Closing also what was never opened is harmless. */
int hop_routes_open(struct next_hops *t);
void hop_routes_close(struct next_hops *t);

/* The kernel's answer for the hop of @slot; @route NULL: there is none. */
void hop_route_update(struct next_hops *t, __u32 slot,
		      const struct rt_route *route);

/* Routes of @route's prefix may have changed; NULL: any may. */
void hop_routes_changed(struct next_hops *t, const struct rt_route *route);

#endif /* SRTPGATE_NEXT_HOP_ROUTE_H */
