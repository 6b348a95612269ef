/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Home: the slot of `streams`, `states` and `keys` where all that a packet
 * needs is likely to be, by nothing but where it arrives.
 *
 * With many streams the entry in `endpoints` is in no cache, and what it names
 * is in none either: one wait after the other. So the program asks for what is
 * at home while it waits for the entry, and the daemon puts it there, if that
 * place is free. Nothing is believed of it: what is elsewhere takes longer.
 */
#ifndef SRTPGATE_HOME_H
#define SRTPGATE_HOME_H

#include "srtpgate/fastpath.h"

/*
 * A context's two streams have two homes side by side, an even one and the one
 * above it, as their slots in `states` are.
 */
enum { SG_FIRST_HOME = 2 * SG_RESERVED_SLOTS };

struct sg_homes {
	__u32 count;	/* even; 0: there are none */
	__u32 stride;	/* homes from one row to the next, even */
};

/* Of what arrives at @port, and at the next one, of @row in `endpoints`. */
static inline __u32 sg_home(const struct sg_homes *homes, __u32 row, __u16 port)
{
	return SG_FIRST_HOME +
	       (row * homes->stride + port / 2) % homes->count;
}

#endif /* SRTPGATE_HOME_H */
