/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next hops: for every remote address a slot of the map `next_hops`, kept
 * current from route, neighbour, link and address events of rtnetlink for
 * as long as a stream refers to it. A stream holds the slot's number, so a
 * route change never touches a stream.
 *
 * XDP takes packets from the stack, so the stack's neighbour entries would
 * go stale under full load: entries in use are probed again before that.
 */
#ifndef SRTPGATE_NEXT_HOP_H
#define SRTPGATE_NEXT_HOP_H

#include <event2/event.h>

#include "srtpgate/fastpath.h"

struct next_hops;

/*
 * Opens rtnetlink, maps @map_fd (`next_hops`, @size entries) into memory and
 * watches events on @base. @devices_fd: the devmap, every outgoing interface
 * is entered there. Negative errno. The caller owns *@table.
 */
int next_hops_open(struct next_hops **table, struct event_base *base,
		   int map_fd, __u32 size, int devices_fd);
void next_hops_close(struct next_hops *table);

/*
 * Takes a reference to the slot for @address (IPv4-mapped or IPv6, network
 * order) as routed by the kernel; @ifindex restricts the route to the
 * realm's interface. Resolution goes on in the background.
 * 0 and *@slot; -ENOSPC: all slots in use.
 */
int next_hop_get(struct next_hops *table, const __be32 address[4],
		 __u32 ifindex, __u32 *slot);

/* Takes over a slot that a restarted daemon found in a pinned stream. */
int next_hop_adopt(struct next_hops *table, const __be32 address[4],
		   __u32 ifindex, __u32 slot);

/* Drops a reference; the slot is cleared SG_GRACE_MS after the last one. */
void next_hop_put(struct next_hops *table, __u32 slot);

/* A packet met slot @slot unresolved (SG_EVENT_NEXT_HOP): probe at once. */
void next_hop_wanted(struct next_hops *table, __u32 slot);

/* Slots in use and how many of them have no link-layer address now. */
void next_hops_count(const struct next_hops *table, __u32 *used,
		     __u32 *unresolved);

#endif /* SRTPGATE_NEXT_HOP_H */
