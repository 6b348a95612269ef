// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "lib/clock.h"

enum slot_state { SLOT_UNCLAIMED, SLOT_TAKEN, SLOT_RESTING, SLOT_FREE };

struct slot {
	TAILQ_ENTRY(slot) order;	/* in one of the lists, the oldest first */
	__u64 due;			/* ms, of its grace time */
	enum slot_state state;
};

TAILQ_HEAD(slot_list, slot);

struct slots {
	slots_zero *zero;
	void *arg;
	struct event *timer;
	__u32 first, spare, size, used;
	bool settled;			/* slots_free_rest was called */
	struct slot_list resting, home, nobody;
	struct slot slot[];
};

static bool is_ours(const struct slots *slots, __u32 slot)
{
	return slot >= slots->first && slot < slots->size;
}

static struct slot_list *free_list(struct slots *slots, __u32 slot)
{
	return slot < slots->spare ? &slots->home : &slots->nobody;
}

static void set_free(struct slots *slots, __u32 slot)
{
	slots->slot[slot].state = SLOT_FREE;
	TAILQ_INSERT_TAIL(free_list(slots, slot), &slots->slot[slot], order);
}

static void arm(struct slots *slots)
{
	const struct slot *oldest = TAILQ_FIRST(&slots->resting);
	__u64 now = clock_ms(), wait;
	struct timeval time;

	if (!oldest)
		return;
	wait = oldest->due > now ? oldest->due - now : 0;
	time.tv_sec = wait / 1000;
	time.tv_usec = wait % 1000 * 1000;
	evtimer_add(slots->timer, &time);
}

static void clean(evutil_socket_t fd, short what, void *arg)
{
	struct slots *slots = arg;
	__u64 now = clock_ms();
	struct slot *oldest;

	(void)fd;
	(void)what;
	while ((oldest = TAILQ_FIRST(&slots->resting)) && oldest->due <= now) {
		TAILQ_REMOVE(&slots->resting, oldest, order);
		set_free(slots, oldest - slots->slot);
		slots->zero(slots->arg, oldest - slots->slot);
	}
	arm(slots);
}

int slots_open(struct slots **out, struct event_base *base, __u32 first,
	       __u32 spare, __u32 size, slots_zero *zero, void *arg)
{
	struct slots *slots;

	slots = calloc(1, sizeof(*slots) + size * sizeof(slots->slot[0]));
	if (!slots)
		return -ENOMEM;
	slots->zero = zero;
	slots->arg = arg;
	slots->first = first;
	slots->spare = spare;
	slots->size = size;
	slots->used = size - first;
	TAILQ_INIT(&slots->resting);
	TAILQ_INIT(&slots->home);
	TAILQ_INIT(&slots->nobody);
	slots->timer = evtimer_new(base, clean, slots);
	if (!slots->timer) {
		slots_close(slots);
		return -ENOMEM;
	}
	*out = slots;
	return 0;
}

void slots_close(struct slots *slots)
{
	if (slots && slots->timer)
		event_free(slots->timer);
	free(slots);
}

int slots_claim(struct slots *slots, __u32 slot)
{
	if (!is_ours(slots, slot) ||
	    slots->slot[slot].state != SLOT_UNCLAIMED)
		return -EINVAL;
	slots->slot[slot].state = SLOT_TAKEN;
	return 0;
}

bool slots_is_claimed(const struct slots *slots, __u32 slot)
{
	return slot < slots->size && slots->slot[slot].state == SLOT_TAKEN;
}

bool slots_is_free(const struct slots *slots, __u32 slot)
{
	return slot < slots->size && slots->slot[slot].state == SLOT_FREE;
}

void slots_free_rest(struct slots *slots)
{
	for (__u32 slot = slots->first; slot < slots->size; slot++) {
		if (slots->slot[slot].state != SLOT_UNCLAIMED)
			continue;
		set_free(slots, slot);
		slots->used--;
	}
	slots->settled = true;
}

int slots_take(struct slots *slots, __u32 home, __u32 *taken)
{
	struct slot *slot = TAILQ_FIRST(&slots->nobody);

	if (slots_is_free(slots, home))
		slot = &slots->slot[home];
	else if (!slot)
		slot = TAILQ_FIRST(&slots->home);
	if (!slot)
		return -ENOSPC;
	*taken = slot - slots->slot;
	TAILQ_REMOVE(free_list(slots, *taken), slot, order);
	slot->state = SLOT_TAKEN;
	slots->used++;
	return 0;
}

void slots_release(struct slots *slots, __u32 slot)
{
	struct slot *gone = &slots->slot[slot];

	if (!is_ours(slots, slot) || gone->state != SLOT_TAKEN)
		return;
	gone->state = SLOT_UNCLAIMED;
	if (!slots->settled)
		return;
	slots->used--;
	gone->state = SLOT_RESTING;
	gone->due = clock_ms() + SG_GRACE_MS;
	TAILQ_INSERT_TAIL(&slots->resting, gone, order);
	if (!evtimer_pending(slots->timer, NULL))
		arm(slots);
}

__u32 slots_used(const struct slots *slots)
{
	return slots->used;
}
