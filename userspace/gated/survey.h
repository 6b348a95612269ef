/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The survey: looks at all contexts in turn, a slice of them at a time, so
 * that 50,000 never stall the event loop, for what the fast path cannot tell
 * by itself: silence (silence.h), and how calls are, from a sample.
 *
 * A round takes SURVEY_ROUND_MS at least, and 10 s with 50,000 contexts:
 * SURVEY_SLICE contexts each SURVEY_PAUSE_MS, some 0.5 ms of work.
 */
#ifndef SRTPGATE_SURVEY_H
#define SRTPGATE_SURVEY_H

#include "gated/gate.h"
#include "gated/silence.h"

enum {
	SURVEY_SLICE = 256,
	SURVEY_PAUSE_MS = 50,
	SURVEY_ROUND_MS = 1000,
	SURVEY_SAMPLE = 512,	/* contexts a round whose quality is read */
	SURVEY_LIMITS = 3,
};

/* MOS below which all, nearly all, many users are dissatisfied (G.107 B). */
extern const double survey_limits[SURVEY_LIMITS];

/* Of one round; what is not silent, and whose quality is known. */
struct survey_figures {
	__u32 silent[SG_STOPPED + 1]; /* streams, by enum sg_silence */
	__u32 rated;		/* streams of the sample that have a MOS */
	double mos_sum, mos_lowest;
	__u32 below[SURVEY_LIMITS];
	__u32 timed;		/* those that have a round trip */
	double round_trip_sum, round_trip_longest; /* ms */
};

/* -ENOMEM. gate->survey stays NULL then. */
int survey_open(struct gate *gate);
void survey_close(struct survey *survey);

/* Of the last round that ended, and since the daemon began. */
const struct survey_figures *survey_figures(const struct survey *survey);
const struct silence *survey_silence(const struct survey *survey);

#endif /* SRTPGATE_SURVEY_H */
