/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a next hop in the map `next_hops`, which the program reads at
 * any moment: what they should say follows from the hop's route, neighbour
 * and link.
 */
#ifndef SRTPGATE_NEXT_HOP_SLOT_H
#define SRTPGATE_NEXT_HOP_SLOT_H

#include "srtpgate/fastpath.h"

struct hop;
struct next_hops;

/*
 * Stores what is known of @hop by now, and counts it as resolved or not. A
 * reader sees the words of before or of after: never REACHABLE with
 * addresses of another interface.
 */
void hop_publish(struct next_hops *t, struct hop *hop);
void hops_publish(struct next_hops *t); /* all that are not free */

/*
 * The program reports the first packet that meets an unresolved slot, that
 * is when .used was 0: from here on the next packet is reported again.
 */
void hop_listen(struct next_hops *t, const struct hop *hop);

/* No next hop: all words 0. */
void hop_clear(struct next_hops *t, const struct hop *hop);

#endif /* SRTPGATE_NEXT_HOP_SLOT_H */
