// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gated/iq/iq.h"
#include "gated/iq/iq_plane.h"
#include "lib/clock.h"

enum {
	BUCKETS_MIN = 1024,
	BUCKETS_MAX = 1 << 22,
	/* The ids above mean "$" and "*" (H.248.1 6.1.1). */
	LAST_ID = 0xfffffffd,
};

/* -- the table ------------------------------------------------------------- */

/* Numbers are counted up, so that their low bits are a good hash. */
static int open_table(struct iq *iq)
{
	struct iq_contexts *all = &iq->contexts;
	__u32 size = BUCKETS_MIN;

	if (all->by_id)
		return 0;
	while (size < iq->gate->data.maps.contexts_size && size < BUCKETS_MAX)
		size *= 2;
	all->by_id = calloc(size, sizeof(*all->by_id));
	all->by_number = calloc(size, sizeof(*all->by_number));
	if (!all->by_id || !all->by_number) {
		free(all->by_id);
		free(all->by_number);
		all->by_id = NULL;
		return -ENOMEM;
	}
	all->mask = size - 1;
	return 0;
}

struct iq_context *iq_context_find(const struct iq *iq, __u32 id)
{
	const struct iq_contexts *all = &iq->contexts;
	struct iq_context *context;

	if (!all->by_id)
		return NULL;
	context = all->by_id[id & all->mask];
	while (context && context->id != id)
		context = context->chain;
	return context;
}

static struct iq_termination *find_number(const struct iq_contexts *all,
					  __u32 number)
{
	struct iq_termination *termination;

	if (!all->by_number)
		return NULL;
	termination = all->by_number[number & all->mask];
	while (termination && termination->id != number)
		termination = termination->chain;
	return termination;
}

static bool is_called(const struct iq_termination *termination,
		      struct sg_slice name)
{
	return sg_slice_is_nocase(name, termination->name);
}

__u32 iq_context_of(const struct iq *iq, struct sg_slice name)
{
	const char *slash = memrchr(name.at, '/', name.size);
	const struct iq_termination *termination;
	struct sg_slice digits;
	__u64 number;

	if (!slash)
		return 0;
	digits.at = slash + 1;
	digits.size = name.at + name.size - digits.at;
	if (!sg_slice_number(digits, ~0u, &number))
		return 0;
	termination = find_number(&iq->contexts, number);
	return termination && is_called(termination, name) ?
		       termination->context :
		       0;
}

static void enter(struct iq_contexts *all, struct iq_context *context)
{
	struct iq_context **first = &all->by_id[context->id & all->mask];

	context->chain = *first;
	*first = context;
	all->count++;
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = context->termination[i], **slot;

		if (!one)
			continue;
		slot = &all->by_number[one->id & all->mask];
		one->context = context->id;
		one->chain = *slot;
		*slot = one;
	}
}

static void leave(struct iq_contexts *all, struct iq_context *context)
{
	struct iq_context **at = &all->by_id[context->id & all->mask];

	while (*at != context)
		at = &(*at)->chain;
	*at = context->chain;
	all->count--;
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = context->termination[i], **slot;

		if (!one)
			continue;
		slot = &all->by_number[one->id & all->mask];
		while (*slot != one)
			slot = &(*slot)->chain;
		*slot = one->chain;
		one->context = 0;
	}
}

static int by_number(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

int iq_contexts_each(struct iq *iq,
		     int (*each)(struct iq *iq, struct iq_context *context,
				 void *arg),
		     void *arg)
{
	struct iq_contexts *all = &iq->contexts;
	__u32 count = 0, *ids;
	int err = 0;

	if (!all->count)
		return 0;
	ids = malloc(all->count * sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	for (__u32 i = 0; i <= all->mask; i++)
		for (struct iq_context *one = all->by_id[i]; one;
		     one = one->chain)
			ids[count++] = one->id;
	qsort(ids, count, sizeof(*ids), by_number);
	/* What @each does may end contexts. */
	for (__u32 i = 0; !err && i < count; i++) {
		struct iq_context *one = iq_context_find(iq, ids[i]);

		if (one)
			err = each(iq, one, arg);
	}
	free(ids);
	return err;
}

/* -- memory ---------------------------------------------------------------- */

static void free_termination(struct iq_termination *termination)
{
	struct iq_side *side = termination->sides;

	while (side) {
		struct iq_side *next = side->next;

		free(side);
		side = next;
	}
	if (termination->watch)
		iq_watch_free(termination->watch);
	free(termination);
}

void iq_context_free(struct iq_context *context)
{
	struct iq_link *link = context->links;

	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i])
			free_termination(context->termination[i]);
	while (link) {
		struct iq_link *next = link->next;

		free(link);
		link = next;
	}
	free(context);
}

static struct iq_termination *copy_termination(const struct iq_termination *old)
{
	struct iq_termination *copy = malloc(sizeof(*copy));
	struct iq_side **tail;

	if (!copy)
		return NULL;
	*copy = *old;
	copy->watch = NULL;
	copy->context = 0;
	copy->sides = NULL;
	tail = &copy->sides;
	for (const struct iq_side *side = old->sides; side; side = side->next) {
		*tail = malloc(sizeof(**tail));
		if (!*tail) {
			free_termination(copy);
			return NULL;
		}
		**tail = *side;
		(*tail)->next = NULL;
		tail = &(*tail)->next;
	}
	return copy;
}

static struct iq_context *fresh(struct iq *iq)
{
	struct iq_contexts *all = &iq->contexts;
	struct iq_context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	do {
		all->last_id = all->last_id < LAST_ID ? all->last_id + 1 : 1;
	} while (iq_context_find(iq, all->last_id));
	context->id = all->last_id;
	context->created = time(NULL);
	return context;
}

struct iq_context *iq_context_copy(struct iq *iq, const struct iq_context *old)
{
	struct iq_context *copy;

	if (!old)
		return fresh(iq);
	copy = malloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *old;
	copy->basis = (struct iq_context *)old;
	copy->links = NULL;
	memset(copy->termination, 0, sizeof(copy->termination));
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		if (!old->termination[i])
			continue;
		copy->termination[i] = copy_termination(old->termination[i]);
		if (!copy->termination[i]) {
			iq_context_free(copy);
			return NULL;
		}
	}
	return copy;
}

/* -- what a context holds -------------------------------------------------- */

static struct iq_termination *by_id(const struct iq_context *context, __u32 id)
{
	for (int i = 0; context && i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = context->termination[i];

		if (one && one->id == id)
			return one;
	}
	return NULL;
}

static void release_termination(struct iq *iq,
				const struct iq_termination *gone,
				const struct iq_context *kept)
{
	const struct iq_termination *same = by_id(kept, gone->id);

	for (const struct iq_side *side = gone->sides; side; side = side->next)
		iq_side_release(&iq->ground, side,
				same ? iq_termination_side(same, side->stream) :
				       NULL);
}

/* Gives back what @gone holds and @kept (NULL: nothing) does not. */
static void release(struct iq *iq, const struct iq_context *gone,
		    const struct iq_context *kept)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (gone->termination[i])
			release_termination(iq, gone->termination[i], kept);
}

void iq_context_give_up(struct iq *iq, struct iq_context *copy,
			const struct iq_context *old)
{
	while (copy && copy != old) {
		struct iq_context *basis = copy->basis;

		release(iq, copy, basis);
		iq_context_free(copy);
		copy = basis;
	}
}

/* -- what is in a context -------------------------------------------------- */

struct iq_termination *iq_termination_find(const struct iq_context *context,
					   struct sg_slice name)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i] &&
		    is_called(context->termination[i], name))
			return context->termination[i];
	return NULL;
}

static __u32 fresh_number(struct iq_contexts *all)
{
	do {
		all->last_termination++;
	} while (!all->last_termination ||
		 find_number(all, all->last_termination));
	return all->last_termination;
}

struct iq_termination *iq_termination_add(struct iq *iq,
					  struct iq_context *context,
					  struct iq_fault *fault)
{
	int i = 0;

	while (i < IQ_TERMINATIONS && context->termination[i])
		i++;
	if (i == IQ_TERMINATIONS) {
		iq_fault_set(fault, IQ_TOO_MANY_TERMINATIONS,
			     "a context has at most %d terminations",
			     IQ_TERMINATIONS);
		return NULL;
	}
	context->termination[i] = calloc(1, sizeof(*context->termination[i]));
	if (!context->termination[i]) {
		iq_fault_set(fault, IQ_NO_RESOURCES, "out of memory");
		return NULL;
	}
	context->termination[i]->id = fresh_number(&iq->contexts);
	return context->termination[i];
}

void iq_termination_remove(struct iq *iq, struct iq_context *copy,
			   struct iq_termination *termination,
			   const struct iq_context *old)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (copy->termination[i] == termination)
			copy->termination[i] = NULL;
	release_termination(iq, termination, old);
	free_termination(termination);
}

struct iq_side *iq_termination_side(const struct iq_termination *termination,
				    __u16 stream)
{
	struct iq_side *side = termination->sides;

	while (side && side->stream != stream)
		side = side->next;
	return side;
}

/* -- commit ---------------------------------------------------------------- */

static bool is_empty(const struct iq_context *context)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i])
			return false;
	return true;
}

/* Timers follow the terminations that stay; those of others are stopped. */
static void move_watches(struct iq *iq, struct iq_context *next,
			 struct iq_context *old)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		struct iq_termination *was = old->termination[i], *is;

		if (!was)
			continue;
		is = by_id(next, was->id);
		if (is) {
			is->watch = was->watch;
			was->watch = NULL;
			continue;
		}
		memset(&was->events, 0, sizeof(was->events));
		iq_watch_update(iq, old, was);
	}
}

static void update_watches(struct iq *iq, struct iq_context *context)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i])
			iq_watch_update(iq, context, context->termination[i]);
}

/* Gives back what each copy does not need of the one before, and these. */
static void settle(struct iq *iq, struct iq_context *copy)
{
	struct iq_context *kept = copy, *gone = copy->basis;

	while (gone) {
		release(iq, gone, kept);
		if (kept != copy)
			iq_context_free(kept);
		kept = gone;
		gone = gone->basis;
	}
	if (kept != copy)
		iq_context_free(kept);
	copy->basis = NULL;
}

int iq_context_commit(struct iq *iq, struct iq_context *copy,
		      struct iq_context *old, struct iq_context **now,
		      struct iq_fault *fault)
{
	struct iq_contexts *all = &iq->contexts;
	bool gone = is_empty(copy);
	__u32 id = copy->id;
	int err;

	if (open_table(iq))
		return iq_fault_set(fault, IQ_NO_RESOURCES, "out of memory");
	err = iq_plane_apply(iq, copy, old, fault);
	if (err)
		return err;
	if (old)
		leave(all, old);
	if (!gone)
		enter(all, copy);
	if (old)
		move_watches(iq, copy, old);
	settle(iq, copy);
	if (!gone)
		update_watches(iq, copy);
	iq_journal_context(iq, id, gone ? NULL : copy);
	if (gone)
		iq_context_free(copy);
	if (now)
		*now = gone ? NULL : copy;
	return 0;
}

/* -- restart --------------------------------------------------------------- */

static void forget_keys(struct iq_crypto *crypto)
{
	memset(crypto, 0, sizeof(*crypto));
}

/* A slot may have got another key after the record was written. */
static void hold_keys(struct iq *iq, struct iq_crypto *crypto)
{
	struct keyring *keys = iq->ground.keys;
	struct keyring_label label;

	for (int i = 0; i < SG_OPEN_KEYS; i++) {
		__u32 slot = crypto->slot[i];

		if (!slot || (!keyring_label(keys, slot, &label) &&
			      label.generation == crypto->generation[i] &&
			      !keyring_claim(keys, slot)))
			continue;
		while (i--)
			keyring_put(keys, crypto->slot[i]);
		forget_keys(crypto);
		return;
	}
}

static int claim_ports(struct iq_side *side)
{
	struct ports *ports = NULL;

	if (side->realm)
		ports = realm_ports(side->realm, side->local.address);
	for (int i = 0; i < 2; i++) {
		int err;

		if (!side->port[i] || (i && side->port[1] == side->port[0]))
			continue;
		err = ports ? ports_claim(ports, side->port[i]) : -ERANGE;
		if (err) {
			if (i && side->port[0])
				ports_release(ports, clock_ms(), side->port[0]);
			memset(side->port, 0, sizeof(side->port));
			return err;
		}
	}
	return 0;
}

/* A side that does not get its ports holds nothing. */
static int hold_side(struct iq *iq, struct iq_side *side)
{
	int err = claim_ports(side);

	if (err) {
		forget_keys(&side->send);
		forget_keys(&side->receive);
		return err;
	}
	hold_keys(iq, &side->send);
	hold_keys(iq, &side->receive);
	return 0;
}

static int hold(struct iq *iq, struct iq_context *context)
{
	int err = 0;

	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = context->termination[i];

		for (struct iq_side *side = one ? one->sides : NULL; side;
		     side = side->next) {
			int failed = hold_side(iq, side);

			err = err ? err : failed;
		}
	}
	return err;
}

static void learn_numbers(struct iq_contexts *all,
			  const struct iq_context *context)
{
	if (context->id > all->last_id)
		all->last_id = context->id;
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i] &&
		    context->termination[i]->id > all->last_termination)
			all->last_termination = context->termination[i]->id;
}

int iq_context_restore(struct iq *iq, struct iq_context *context)
{
	int err;

	if (is_empty(context) || iq_context_find(iq, context->id))
		return -EINVAL;
	err = open_table(iq);
	if (err)
		return err;
	err = hold(iq, context);
	if (err)
		goto err_release;
	learn_numbers(&iq->contexts, context);
	enter(&iq->contexts, context);
	return 0;

err_release:
	release(iq, context, NULL);
	return err;
}

static int adopt(struct iq *iq, struct iq_context *context, void *arg)
{
	__u32 id = context->id, *lost = arg;

	if (!iq_plane_adopt(iq, context)) {
		/* Catching up with a latch commits another copy of it. */
		update_watches(iq, iq_context_find(iq, id));
		return 0;
	}
	leave(&iq->contexts, context);
	release(iq, context, NULL);
	iq_context_free(context);
	iq_journal_context(iq, id, NULL);
	(*lost)++;
	return 0;
}

int iq_contexts_adopt(struct iq *iq, __u32 *lost)
{
	*lost = 0;
	return iq_contexts_each(iq, adopt, lost);
}

void iq_contexts_close(struct iq *iq)
{
	struct iq_contexts *all = &iq->contexts;

	for (__u32 i = 0; all->by_id && i <= all->mask; i++) {
		struct iq_context *one = all->by_id[i];

		while (one) {
			struct iq_context *next = one->chain;

			iq_context_free(one);
			one = next;
		}
	}
	free(all->by_id);
	free(all->by_number);
	memset(all, 0, sizeof(*all));
}
