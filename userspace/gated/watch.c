// SPDX-License-Identifier: GPL-2.0-only
#include "gated/watch.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "gated/iq/iq_plane.h"

struct watch {
	struct gate *gate;
	struct ring_buffer *ring;
	struct event *readable;
};

static void on_latch(struct gate *gate, __u32 state)
{
	struct context *context = NULL;

	if (state / 2 < gate->data.maps.contexts_size)
		context = gate->contexts.by_slot[state / 2];
	if (!context)
		return;
	context_latched(context, state % 2);
	if (gate->iq)
		iq_plane_latched(gate->iq, context, state % 2);
}

static bool on_succeed(void *arg, struct context *context, int direction,
		       __u32 *next)
{
	struct gate *gate = arg;

	return gate->iq && iq_plane_succeed(gate->iq, context, direction, next);
}

static void on_lifetime(void *arg, const struct lifetime_news *news)
{
	struct gate *gate = arg;

	if (gate->iq)
		iq_plane_lifetime(gate->iq, news);
}

static int on_event(void *arg, void *data, size_t size)
{
	const struct sg_event *event = data;
	struct gate *gate = arg;

	if (size < sizeof(*event))
		return 0;
	if (event->type == SG_EVENT_LATCH)
		on_latch(gate, event->state);
	else if (event->type == SG_EVENT_NEXT_HOP)
		next_hop_wanted(gate->next_hops, event->state);
	return 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	(void)fd;
	(void)what;
	ring_buffer__consume(watch->ring);
}

int watch_open(struct watch **out, struct gate *gate)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int err = -ENOMEM;

	if (!watch)
		return err;
	watch->ring = ring_buffer__new(gate->data.maps.events, on_event, gate,
				       NULL);
	if (!watch->ring) {
		err = -errno;
		goto err_watch;
	}
	watch->readable = event_new(gate->base,
				    ring_buffer__epoll_fd(watch->ring),
				    EV_READ | EV_PERSIST, on_readable, watch);
	if (!watch->readable || event_add(watch->readable, NULL))
		goto err_watch;
	gate->contexts.lifetimes.succeed = on_succeed;
	gate->contexts.lifetimes.tell = on_lifetime;
	gate->contexts.lifetimes.arg = gate;
	*out = watch;
	return 0;

err_watch:
	watch_close(watch);
	return err;
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->readable)
		event_free(watch->readable);
	ring_buffer__free(watch->ring);
	free(watch);
}
