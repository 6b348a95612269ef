/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a key with a lifetime has got in one stream (RFC 4568 6.1): the
 * data plane counts in sg_state_rest what sg_key.lifetime limits.
 */
#ifndef SRTPGATE_LIB_LIFETIME_H
#define SRTPGATE_LIB_LIFETIME_H

#include "lib/maps.h"

struct sg_lifetime {
	__u32 slot;		/* in `keys` */
	__u32 fingerprint;
	bool seals;		/* else it opens */
	__u64 limit;		/* packets, of RTP; of RTCP at most 2^31 */
	struct sg_usage used;	/* zero while no packet came */
};

enum { SG_LIFETIMES = SG_OPEN_KEYS + 1 };

/*
 * Those of the keys of @stream that have a lifetime; @state is its state.
 * Returns how many.
 */
int sg_lifetimes(struct sg_lifetime lives[SG_LIFETIMES],
		 const struct sg_maps *maps, const struct sg_stream *stream,
		 const struct sg_state *state);

/* Packets of RTCP that the key is good for (RFC 3711 9.2). */
__u64 sg_lifetime_rtcp(const struct sg_lifetime *life);

/* What share is used up, RTP's or RTCP's, whichever is more: 0 to 1. */
double sg_lifetime_share(const struct sg_lifetime *life);

#endif /* SRTPGATE_LIB_LIFETIME_H */
