/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From sides to the data plane. A stream that both terminations of a context
 * have is joined there (gated/context.h); the ports of one that only one of
 * them has swallow what comes. Both ways stay closed while a side that is to
 * be secure lacks one of its keys: it never carries plain media (TS 33.328
 * 6.2.1.1).
 */
#ifndef SRTPGATE_IQ_PLANE_H
#define SRTPGATE_IQ_PLANE_H

#include "gated/iq/iq_context.h"

/*
 * Makes the data plane agree with @next instead of @old (NULL: nothing);
 * @next takes over @old's links. All or nothing; -EINVAL with @fault.
 */
int iq_plane_apply(struct iq *iq, struct iq_context *next,
		   struct iq_context *old, struct iq_fault *fault);

/*
 * After a restart: finds @context's links among what was adopted, makes them
 * agree with it and catches up with latches. -EINVAL: not possible.
 */
int iq_plane_adopt(struct iq *iq, struct iq_context *context);

/*
 * Ends what was joined for contexts that are not there any more (@iq NULL:
 * for all); returns how many.
 */
int iq_plane_remove_orphans(struct iq *iq, struct contexts *all);

/* What went through one stream at one termination. */
struct iq_traffic {
	__u64 packets_received, octets_received;	/* RTP, accepted */
	__u64 packets_sent, octets_sent;
	__u64 expected, lost;
	double jitter;		/* ms; -1: not known */
	double round_trip;	/* ms to the peer and back, average; -1 */
	__u32 clock_rate;	/* of what is sent to the peer */
	__u64 last_received, last_sent;	/* ns, CLOCK_MONOTONIC; 0: never */
	__u64 dropped;
};

/* Zero when the stream is not joined. @index: of the termination. */
void iq_plane_traffic(struct iq *iq, const struct iq_context *context,
		      int index, __u16 stream, struct iq_traffic *traffic);

/*
 * The data plane's context @joined has latched at termination @index: the
 * side follows. Called from watch.c; does nothing when it is none of Iq's.
 */
void iq_plane_latched(struct iq *iq, struct context *joined, int index);

/*
 * The key that seals stream @direction of the data plane's context comes near
 * its end: true when its a=crypto has a further one, which seals now; *@next
 * is that one's fingerprint.
 */
bool iq_plane_succeed(struct iq *iq, struct context *joined, int direction,
		      __u32 *next);

/*
 * A key of the data plane's context has reached its lifetime, or will soon.
 * No package of TS 29.334 has an event for that: g/cause, whose Generalcause is
 * FP at the end and FT before it or when another key has succeeded it. The
 * latter only with "key_warning" in the configuration, because controllers may
 * release on any g/cause.
 */
void iq_plane_lifetime(struct iq *iq, const struct lifetime_news *news);

#endif /* SRTPGATE_IQ_PLANE_H */
