// SPDX-License-Identifier: GPL-2.0-only
/* A binary heap of what has a next moment, so that one timer serves all. */
#include <errno.h>
#include <stdlib.h>

#include "lib/h248_exchange_private.h"

static void put(struct h248_exchange *x, size_t place,
		struct h248_repeat *repeat)
{
	x->heap[place] = repeat;
	repeat->place = place;
}

static void move_up(struct h248_exchange *x, struct h248_repeat *repeat)
{
	size_t place = repeat->place;

	while (place > 1 && x->heap[place / 2]->due > repeat->due) {
		put(x, place, x->heap[place / 2]);
		place /= 2;
	}
	put(x, place, repeat);
}

static void move_down(struct h248_exchange *x, struct h248_repeat *repeat)
{
	size_t place = repeat->place, child;

	while ((child = 2 * place) <= x->heap_count) {
		if (child < x->heap_count &&
		    x->heap[child + 1]->due < x->heap[child]->due)
			child++;
		if (x->heap[child]->due >= repeat->due)
			break;
		put(x, place, x->heap[child]);
		place = child;
	}
	put(x, place, repeat);
}

static int make_room(struct h248_exchange *x)
{
	size_t size = 2 * x->heap_size + 64;
	struct h248_repeat **heap;

	if (x->heap_count + 1 < x->heap_size)
		return 0;
	heap = realloc(x->heap, size * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	x->heap = heap;
	x->heap_size = size;
	return 0;
}

int h248_repeat_start(struct h248_exchange *x, struct h248_repeat *repeat,
		      __u64 due)
{
	if (!repeat->place) {
		int err = make_room(x);

		if (err)
			return err;
		put(x, ++x->heap_count, repeat);
	}
	repeat->due = due;
	move_up(x, repeat);
	move_down(x, repeat);
	return 0;
}

void h248_repeat_stop(struct h248_exchange *x, struct h248_repeat *repeat)
{
	struct h248_repeat *last;
	size_t place = repeat->place;

	if (!place)
		return;
	repeat->place = 0;
	last = x->heap[x->heap_count--];
	if (last == repeat)
		return;
	put(x, place, last);
	move_up(x, last);
	move_down(x, last);
}

__u64 h248_repeat_after(struct h248_exchange *x,
			const struct h248_repeat *repeat)
{
	/* Up to a quarter more, so that repeats do not come in step. */
	__u64 due = x->now + repeat->pause +
		    h248_exchange_random(x) % (repeat->pause / 4 + 1);

	return due < repeat->until ? due : repeat->until;
}

void h248_repeat_later(struct h248_exchange *x, struct h248_repeat *repeat)
{
	repeat->pause = repeat->pause < x->options.repeat_most_ms / 2 ?
			2 * repeat->pause : x->options.repeat_most_ms;
	h248_repeat_start(x, repeat, h248_repeat_after(x, repeat));
}
