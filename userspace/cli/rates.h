/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened between two snapshots: totals a second, and the streams in
 * the order of whatever the reader asks for.
 */
#ifndef SRTPGATE_RATES_H
#define SRTPGATE_RATES_H

#include "cli/snapshot.h"

enum sort_key { BY_PACKETS, BY_DROPS, BY_LOSS, BY_JITTER };

struct stream_rate {
	const struct context_view *view; /* in the later snapshot */
	int direction;
	double packets;		/* a second, RTP and RTCP */
	double octets;		/* a second, UDP payload */
	double drops;		/* a second */
	double loss;		/* %, of the RTP expected meanwhile; -1: none was */
	double jitter;		/* ms, -1: unknown */
	bool replaying, forging; /* replays, wrong tags since the earlier one */
};

struct rates {
	double packets, octets, drops, passes;	/* a second */
	double reasons[SG_REASON_SLOTS];	/* a second */
	size_t count;
	struct stream_rate *streams;		/* sorted, largest first */
};

/* -ENOMEM. @now must outlive @rates; free with rates_free(). */
int rates_make(struct rates *rates, const struct snapshot *before,
	       const struct snapshot *now, enum sort_key key);
void rates_free(struct rates *rates);

#endif /* SRTPGATE_RATES_H */
