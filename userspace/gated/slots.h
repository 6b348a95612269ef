/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free slots of one array map. A released slot keeps its bytes for
 * SG_GRACE_MS, because a packet in flight may still read it, is then
 * zeroed, and only then taken again (srtpgate/fastpath.h).
 *
 * Slots below @spare are somebody's home (srtpgate/home.h), and are left to him
 * as long as there are others.
 */
#ifndef SRTPGATE_SLOTS_H
#define SRTPGATE_SLOTS_H

#include <event2/event.h>
#include <stdbool.h>

#include "srtpgate/fastpath.h"

struct slots;

/*
 * Zeroes slot @slot of whatever @arg manages, after which it may take the slot
 * again.
 */
typedef void slots_zero(void *arg, __u32 slot);

/*
 * Slots @first to @size - 1, from @spare on nobody's home; all are taken until
 * slots_free_rest. Negative errno. The caller owns *@slots.
 */
int slots_open(struct slots **slots, struct event_base *base, __u32 first,
	       __u32 spare, __u32 size, slots_zero *zero, void *arg);
void slots_close(struct slots *slots);

/* A restarted daemon found @slot in use. -EINVAL: out of range or claimed. */
int slots_claim(struct slots *slots, __u32 slot);
bool slots_is_claimed(const struct slots *slots, __u32 slot);
bool slots_is_free(const struct slots *slots, __u32 slot);

/* After the claims: what was not claimed is free. */
void slots_free_rest(struct slots *slots);

/*
 * A zeroed slot, @home if that is free; @home 0: any. -ENOSPC: all in use or in
 * their grace time.
 */
int slots_take(struct slots *slots, __u32 home, __u32 *slot);

/* Gives @slot back; before slots_free_rest it only undoes the claim. */
void slots_release(struct slots *slots, __u32 slot);

/* Slots that are not free, those in their grace time not counted. */
__u32 slots_used(const struct slots *slots);

#endif /* SRTPGATE_SLOTS_H */
