/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's part of srtpgate/home.h: ports are chosen so that the two
 * terminations of a context have homes side by side, and slots so that its
 * streams are at home.
 *
 * The termination of the lower number has the even home. So it takes every
 * other pair of ports, and where there are fewer than two for each context the
 * last ones to come are not at home.
 */
#ifndef SRTPGATE_GATED_HOME_H
#define SRTPGATE_GATED_HOME_H

#include <stdbool.h>

#include "gated/config.h"
#include "gated/slots.h"
#include "lib/maps.h"

/*
 * As many as streams fit into the maps. Addresses of one realm have theirs
 * spread evenly.
 */
struct sg_homes homes_plan(const struct config *config,
			   const struct sg_maps *maps);

/* Of what arrives there; 0: @address is none of @realm's, or homeless. */
__u32 home_of(const struct realm *realm, const __be32 address[4],
	      __be16 port);

/* The other of two that are side by side; 0: none. */
static inline __u32 home_beside(__u32 home)
{
	return home ? home ^ 1 : 0;
}

/* The slot in `contexts` of streams at @home and the one above; 0: none. */
static inline __u32 home_context(__u32 home)
{
	return home & 1 ? 0 : home / 2;
}

/*
 * Takes a free even port of @address, and when @pair the one above. @opposite
 * is the home of the other termination: if possible the port's is beside it,
 * or (0: there is none) the even one of a context that is free in @contexts,
 * which may be NULL. -EADDRINUSE: none left.
 */
int home_choose_port(struct realm *realm, const __be32 address[4],
		     __u32 opposite, const struct slots *contexts, bool pair,
		     __u16 *port);

#endif /* SRTPGATE_GATED_HOME_H */
