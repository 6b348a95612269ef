// SPDX-License-Identifier: GPL-2.0-only
/* Slots: grace before reuse, zeroing, claims of a restarted daemon. */
#include <string.h>

#include "../lib/fake_clock.h"
#include "../../userspace/gated/slots.c"
#include "../lib/ktap.h"

enum { FIRST = 8, SPARE = 16, SIZE = 24, FREE = SIZE - FIRST, TURNS = 1000000 };

static int zeroed[SIZE];

static void note_zero(void *arg, __u32 slot)
{
	(void)arg;
	zeroed[slot]++;
}

static struct slots *open_slots(struct event_base *base)
{
	struct slots *slots;

	memset(zeroed, 0, sizeof(zeroed));
	if (slots_open(&slots, base, FIRST, SPARE, SIZE, note_zero, NULL))
		ktap_bail_out("no memory");
	return slots;
}

static void test_grace(struct event_base *base)
{
	struct slots *slots = open_slots(base);
	__u32 slot, last = 0;
	int got = 0;

	slots_free_rest(slots);
	while (!slots_take(slots, 0, &slot)) {
		got += slot >= FIRST && slot < SIZE;
		last = slot;
	}
	ktap(got == FREE && slots_used(slots) == FREE, "all slots are given");
	now_ms = 1000;
	slots_release(slots, last);
	now_ms += SG_GRACE_MS - 1;
	clean(-1, 0, slots);
	ktap(slots_take(slots, 0, &slot) == -ENOSPC && !zeroed[last],
	     "a slot in its grace time keeps its bytes");
	now_ms++;
	clean(-1, 0, slots);
	ktap(zeroed[last] == 1 && !slots_take(slots, 0, &slot) && slot == last,
	     "then it is zeroed and given again");
	slots_release(slots, last);
	slots_release(slots, last);
	ktap(slots_used(slots) == FREE - 1, "releasing twice counts once");
	slots_release(slots, 1);
	slots_release(slots, SIZE);
	ktap(slots_used(slots) == FREE - 1, "strange slots are not released");
	slots_close(slots);
}

static void test_claims(struct event_base *base)
{
	struct slots *slots = open_slots(base);
	__u32 slot;
	bool met = false;

	ktap(!slots_claim(slots, FIRST) && slots_claim(slots, FIRST) &&
	     slots_claim(slots, FIRST - 1) && slots_claim(slots, SIZE),
	     "a slot is claimed once, and only one of ours");
	slots_claim(slots, FIRST + 1);
	slots_release(slots, FIRST + 1);
	slots_free_rest(slots);
	ktap(slots_used(slots) == 1, "a claim that is undone leaves it free");
	while (!slots_take(slots, 0, &slot))
		met |= slot == FIRST;
	ktap(!met, "what is claimed is not given");
	slots_close(slots);
}

static void test_homes(struct event_base *base)
{
	struct slots *slots = open_slots(base);
	__u32 slot, other, last = 0;

	slots_free_rest(slots);
	ktap(!slots_take(slots, FIRST + 3, &slot) && slot == FIRST + 3,
	     "a home that is free is given");
	ktap(!slots_take(slots, FIRST + 3, &other) && other == SPARE,
	     "instead of one that is not, a spare slot");
	slots_release(slots, slot);
	ktap(!slots_take(slots, slot, &other) && other == SPARE + 1,
	     "nor is a home given in its grace time");
	now_ms += SG_GRACE_MS;
	clean(-1, 0, slots);
	ktap(slots_is_free(slots, slot) && !slots_take(slots, slot, &other) &&
	     other == slot, "after it, it is");
	for (int i = 2; i < SIZE - SPARE; i++)
		slots_take(slots, 0, &last);
	ktap(last == SIZE - 1 && !slots_take(slots, 0, &slot) && slot < SPARE,
	     "homes go to others when there are no spare slots");
	slots_close(slots);
}

/* The slot is given back to who had it, from where it was zeroed. */
static struct slots *eager;
static __u32 returned;

static void take_again(void *arg, __u32 slot)
{
	(void)arg;
	slots_take(eager, slot, &returned);
}

static void test_return(struct event_base *base)
{
	__u32 slot;

	if (slots_open(&eager, base, FIRST, SPARE, SIZE, take_again, NULL))
		ktap_bail_out("no memory");
	slots_free_rest(eager);
	slots_take(eager, FIRST + 1, &slot);
	slots_release(eager, slot);
	now_ms += SG_GRACE_MS;
	clean(-1, 0, eager);
	ktap(returned == slot && !slots_is_free(eager, slot) &&
	     slots_used(eager) == 1, "who zeroes a slot may take it");
	slots_close(eager);
}

static void test_churn(struct event_base *base)
{
	struct slots *slots = open_slots(base);
	__u32 taken[FREE], count = 0, seed = 1;
	bool early = false;

	slots_free_rest(slots);
	for (int i = 0; i < TURNS; i++) {
		seed = seed * 1664525 + 1013904223;
		now_ms += seed >> 23;
		clean(-1, 0, slots);
		if (seed >> 16 & 1) {
			__u32 home = seed >> 17 & 1 ? seed >> 18 & 31 : 0;
			int before = slots_take(slots, home, &taken[count]);

			count += !before;
		} else if (count) {
			__u32 slot = taken[--count];
			int zeros = zeroed[slot];

			slots_release(slots, slot);
			clean(-1, 0, slots);
			early |= zeroed[slot] != zeros;
		}
	}
	ktap(!early, "a million turns: none was zeroed at once");
	ktap(slots_used(slots) == count, "a million turns: none was lost");
	slots_close(slots);
}

int main(void)
{
	struct event_base *base = event_base_new();

	if (!base)
		ktap_bail_out("no memory");
	test_grace(base);
	test_claims(base);
	test_homes(base);
	test_return(base);
	test_churn(base);
	event_base_free(base);
	return ktap_finish();
}
