// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop.h"

#include <errno.h>
#include <stdlib.h>

#include "gated/next_hop/next_hop_table.h"
#include "lib/address.h"
#include "lib/maps.h"

int next_hop_get(struct next_hops *t, const __be32 address[4], __u32 ifindex,
		 __u32 *slot)
{
	struct hop *hop = hop_find(t, address, ifindex);

	if (!hop) {
		hop = TAILQ_FIRST(&t->free);
		if (!hop)
			return -ENOSPC;
		/* It may hold what a former daemon left and nobody adopted. */
		hop_clear(t, hop);
		hop_begin(t, hop, address, ifindex);
	}
	hop_hold(t, hop);
	hop_questions_send(t);
	*slot = hop_number(t, hop);
	return 0;
}

int next_hop_adopt(struct next_hops *t, const __be32 address[4],
		   __u32 ifindex, __u32 slot)
{
	struct hop *hop;

	if (slot < SG_RESERVED_SLOTS || slot >= t->size)
		return -EINVAL;
	hop = &t->hops[slot];
	if (hop->use == HOP_FREE)
		hop_begin(t, hop, address, ifindex);
	else if (hop->ifindex != ifindex ||
		 !sg_address_equal(hop->address, address))
		return -EBUSY;
	hop_hold(t, hop);
	hop_questions_send(t);
	return 0;
}

void next_hop_put(struct next_hops *t, __u32 slot)
{
	if (slot < t->size)
		hop_release(t, &t->hops[slot]);
}

void next_hop_wanted(struct next_hops *t, __u32 slot)
{
	struct hop *hop;

	/* A new socket begins with all questions anyway. */
	if (slot >= t->size || !t->kernel.sock)
		return;
	hop = &t->hops[slot];
	if (hop->use != HOP_LIVE || hop->resolved)
		return;
	if (hop->neighbour)
		hop_neighbour_want(t, hop->neighbour);
	else
		hop_ask_route(t, hop);
	hop_questions_send(t);
}

void next_hops_count(const struct next_hops *t, __u32 *used, __u32 *unresolved)
{
	*used = t->used;
	*unresolved = t->unresolved;
}

/* -- opening and closing ----------------------------------------------------- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct next_hops *t = arg;

	(void)fd, (void)what;
	t->now++;
	hop_kernel_tick(t);
	hop_neighbours_tick(t);
	hop_table_tick(t);
	hop_questions_send(t);
}

static int start_tick(struct next_hops *t)
{
	const struct timeval tick = { .tv_sec = HOP_TICK_MS / 1000 };

	t->tick = event_new(t->base, -1, EV_PERSIST, on_tick, t);
	return t->tick && !event_add(t->tick, &tick) ? 0 : -ENOMEM;
}

int next_hops_open(struct next_hops **table, struct event_base *base,
		   int map_fd, __u32 size, int devices_fd)
{
	struct next_hops *t = calloc(1, sizeof(*t));
	int err;

	*table = NULL;
	if (!t)
		return -ENOMEM;
	t->base = base;
	t->size = size;
	t->links.devices_fd = devices_fd;
	hop_questions_init(&t->questions);
	t->slots = sg_map_mmap(map_fd, size * sizeof(*t->slots));
	err = t->slots ? hop_table_allocate(t) : -errno;
	if (!err)
		err = hop_neighbours_allocate(t);
	if (!err)
		err = hop_routes_open(t);
	if (!err)
		err = start_tick(t);
	if (!err)
		err = hop_kernel_open(t);
	if (err) {
		next_hops_close(t);
		return err;
	}
	hop_questions_send(t);
	*table = t;
	return 0;
}

void next_hops_close(struct next_hops *t)
{
	if (!t)
		return;
	hop_kernel_close(t);
	if (t->tick)
		event_free(t->tick);
	hop_routes_close(t);
	hop_links_free(&t->links);
	hop_neighbours_free(t);
	hop_table_free(t);
	sg_map_unmap(t->slots, t->size * sizeof(*t->slots));
	free(t);
}
