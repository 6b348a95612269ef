// SPDX-License-Identifier: GPL-2.0-only
/* Slots: grace before reuse, zeroing, claims of a restarted daemon. */
#include <string.h>

#include "../lib/fake_clock.h"
#include "../../userspace/gated/slots.c"
#include "../lib/ktap.h"

enum { FIRST = 8, SIZE = 24, FREE = SIZE - FIRST, TURNS = 1000000 };

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
	if (slots_open(&slots, base, FIRST, SIZE, note_zero, NULL))
		ktap_bail_out("no memory");
	return slots;
}

static void test_grace(struct event_base *base)
{
	struct slots *slots = open_slots(base);
	__u32 slot, last = 0;
	int got = 0;

	slots_free_rest(slots);
	while (!slots_take(slots, &slot)) {
		got += slot >= FIRST && slot < SIZE;
		last = slot;
	}
	ktap(got == FREE && slots_used(slots) == FREE, "all slots are given");
	now_ms = 1000;
	slots_release(slots, last);
	now_ms += SG_GRACE_MS - 1;
	clean(-1, 0, slots);
	ktap(slots_take(slots, &slot) == -ENOSPC && !zeroed[last],
	     "a slot in its grace time keeps its bytes");
	now_ms++;
	clean(-1, 0, slots);
	ktap(zeroed[last] == 1 && !slots_take(slots, &slot) && slot == last,
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
	while (!slots_take(slots, &slot))
		met |= slot == FIRST;
	ktap(!met, "what is claimed is not given");
	slots_close(slots);
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
			int before = slots_take(slots, &taken[count]);

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
	test_churn(base);
	event_base_free(base);
	return ktap_finish();
}
