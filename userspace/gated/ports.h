/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The media ports of one local address. A released port rests for
 * PORTS_REST_MS before it is chosen again, so that late packets of one call
 * do not reach the next.
 *
 * Time is the caller's monotonic clock in milliseconds.
 */
#ifndef SRTPGATE_PORTS_H
#define SRTPGATE_PORTS_H

#include <linux/types.h>
#include <stdbool.h>

enum { PORTS_REST_MS = 2000, PORTS_TRIES = 64 };

struct ports;

/* Ports @min to @max, both included. NULL: no memory. */
struct ports *ports_new(__u16 min, __u16 max);
void ports_free(struct ports *ports);

/*
 * Chooses a free even port and takes it and, when @pair, the port above. Of the
 * even ports every other one is in the same lane: bit 1 of its number, @lane,
 * whose ports come first. -EADDRINUSE: none left.
 */
int ports_choose(struct ports *ports, __u64 now, bool pair, int lane,
		 __u16 *port);

/*
 * The same of @lane alone, and a port that @fits. -EADDRINUSE: of the next
 * PORTS_TRIES that are free, none does.
 */
typedef bool ports_fits(const void *arg, __u16 port);

int ports_choose_fit(struct ports *ports, __u64 now, bool pair, int lane,
		     ports_fits *fits, const void *arg, __u16 *port);

/*
 * The same with one port to choose from. -EADDRINUSE: it is odd, none of ours,
 * taken, or rests.
 */
int ports_choose_this(struct ports *ports, __u64 now, bool pair, __u16 port);

/*
 * Takes @port because the controller asked for it; one that rests is given
 * out. -ERANGE: not one of ours; -EADDRINUSE: taken.
 */
int ports_claim(struct ports *ports, __u16 port);

/* Gives @port back; a port outside the range or not taken is ignored. */
void ports_release(struct ports *ports, __u64 now, __u16 port);

void ports_count(struct ports *ports, __u64 now, __u32 *used, __u32 *resting);

#endif /* SRTPGATE_PORTS_H */
