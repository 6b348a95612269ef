// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop_route.h"

#include <errno.h>
#include <string.h>

#include "gated/next_hop/next_hop_table.h"
#include "lib/address.h"

enum {
	DEBOUNCE_MS = 50,
	ALL_DIRTY = HOP_PREFIXES + 1,
};

void hop_route_update(struct next_hops *t, __u32 slot,
		      const struct rt_route *route)
{
	struct hop *hop = slot < t->size ? &t->hops[slot] : NULL;

	/* A slot may have gone to another address meanwhile. */
	if (!hop || hop->use == HOP_FREE ||
	    (route && !sg_address_equal(route->prefix, hop->address)))
		return;
	hop->answered = true;
	if (route && route->unicast) {
		hop->mtu = route->mtu;
		hop_attach(t, hop,
			   route->has_gateway ? route->gateway : hop->address,
			   route->ifindex);
	} else {
		hop_detach(t, hop);
	}
	hop_publish(t, hop);
}

void hop_routes_changed(struct next_hops *t, const struct rt_route *route)
{
	const struct timeval soon = { .tv_usec = DEBOUNCE_MS * 1000 };
	struct hop_routes *routes = &t->routes;

	if (route && routes->dirty_count < HOP_PREFIXES) {
		memcpy(routes->dirty[routes->dirty_count].address,
		       route->prefix, sizeof(route->prefix));
		routes->dirty[routes->dirty_count].length = route->length;
		routes->dirty_count++;
	} else {
		routes->dirty_count = ALL_DIRTY;
	}
	if (!evtimer_pending(routes->sweep, NULL))
		evtimer_add(routes->sweep, &soon);
}

static bool is_dirty(const struct hop_routes *routes, const struct hop *hop)
{
	if (routes->dirty_count == ALL_DIRTY)
		return true;
	for (__u32 i = 0; i < routes->dirty_count; i++)
		if (rtnetlink_prefix_equal(routes->dirty[i].address,
					   hop->address,
					   routes->dirty[i].length))
			return true;
	return false;
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct next_hops *t = arg;

	(void)fd, (void)what;
	for (__u32 i = SG_RESERVED_SLOTS; i < t->size; i++)
		if (t->hops[i].use != HOP_FREE &&
		    is_dirty(&t->routes, &t->hops[i]))
			hop_ask_route(t, &t->hops[i]);
	t->routes.dirty_count = 0;
	hop_questions_send(t);
}

int hop_routes_open(struct next_hops *t)
{
	t->routes.sweep = evtimer_new(t->base, on_sweep, t);
	return t->routes.sweep ? 0 : -ENOMEM;
}

void hop_routes_close(struct next_hops *t)
{
	if (t->routes.sweep)
		event_free(t->routes.sweep);
}
