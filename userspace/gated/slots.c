// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slots.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/clock.h"

/*
 * One ring in the order of release. From head to clean: zeroed and free.
 * From clean to tail: in their grace time, the oldest first.
 */
struct slots {
	slots_zero *zero;
	void *arg;
	struct event *timer;
	__u32 first, size;
	__u64 head, clean, tail;	/* count up; modulo size in the ring */
	bool settled;			/* slots_free_rest was called */
	bool *taken;
	struct {
		__u64 due;		/* ms */
		__u32 slot;
	} ring[];
};

static void arm(struct slots *slots)
{
	__u64 due = slots->ring[slots->clean % slots->size].due;
	__u64 now = clock_ms();
	__u64 wait = due > now ? due - now : 0;
	struct timeval time = { .tv_sec = wait / 1000,
				.tv_usec = wait % 1000 * 1000 };

	if (slots->clean != slots->tail)
		evtimer_add(slots->timer, &time);
}

static void clean(evutil_socket_t fd, short what, void *arg)
{
	struct slots *slots = arg;
	__u64 now = clock_ms();

	(void)fd;
	(void)what;
	for (; slots->clean != slots->tail; slots->clean++) {
		if (slots->ring[slots->clean % slots->size].due > now)
			break;
		slots->zero(slots->arg,
			    slots->ring[slots->clean % slots->size].slot);
	}
	arm(slots);
}

int slots_open(struct slots **out, struct event_base *base, __u32 first,
	       __u32 size, slots_zero *zero, void *arg)
{
	struct slots *slots;

	slots = calloc(1, sizeof(*slots) + size * sizeof(slots->ring[0]));
	if (!slots)
		return -ENOMEM;
	slots->zero = zero;
	slots->arg = arg;
	slots->first = first;
	slots->size = size;
	slots->taken = calloc(size, sizeof(*slots->taken));
	slots->timer = evtimer_new(base, clean, slots);
	if (!slots->taken || !slots->timer) {
		slots_close(slots);
		return -ENOMEM;
	}
	*out = slots;
	return 0;
}

void slots_close(struct slots *slots)
{
	if (!slots)
		return;
	if (slots->timer)
		event_free(slots->timer);
	free(slots->taken);
	free(slots);
}

int slots_claim(struct slots *slots, __u32 slot)
{
	if (slot < slots->first || slot >= slots->size || slots->taken[slot])
		return -EINVAL;
	slots->taken[slot] = true;
	return 0;
}

bool slots_is_claimed(const struct slots *slots, __u32 slot)
{
	return slot < slots->size && slots->taken[slot];
}

void slots_free_rest(struct slots *slots)
{
	for (__u32 slot = slots->first; slot < slots->size; slot++)
		if (!slots->taken[slot])
			slots->ring[slots->tail++ % slots->size].slot = slot;
	slots->clean = slots->tail;
	slots->settled = true;
}

int slots_take(struct slots *slots, __u32 *slot)
{
	if (slots->head == slots->clean)
		return -ENOSPC;
	*slot = slots->ring[slots->head++ % slots->size].slot;
	slots->taken[*slot] = true;
	return 0;
}

void slots_release(struct slots *slots, __u32 slot)
{
	if (slot < slots->first || slot >= slots->size || !slots->taken[slot])
		return;
	slots->taken[slot] = false;
	if (!slots->settled)
		return;
	slots->ring[slots->tail % slots->size].slot = slot;
	slots->ring[slots->tail % slots->size].due = clock_ms() + SG_GRACE_MS;
	slots->tail++;
	if (!evtimer_pending(slots->timer, NULL))
		arm(slots);
}

__u32 slots_used(const struct slots *slots)
{
	return slots->size - slots->first - (slots->tail - slots->head);
}
