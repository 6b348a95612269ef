/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Silence: streams whose gate is open, and that nothing went through for as
 * long as the option "silence" says, RTCP included. A closed gate is no
 * silence, and opening it begins anew. Each change is told in the log once, up
 * to SILENCE_LINES of them in a round of the survey, and the rest as a number.
 *
 * This is for operators and says nothing to a controller, which asks for its
 * own events (iq_watch.c).
 */
#ifndef SRTPGATE_SILENCE_H
#define SRTPGATE_SILENCE_H

#include "gated/context.h"

enum {
	SILENCE_LINES = 10,
	SILENCE_ADOPTED = 1,	/* stream.opened: before this daemon began */
};

struct silence {
	__u64 period;		/* ms; 0: not watched for */
	__u64 began;		/* ms, when this daemon could first look */
	__u64 changes[SG_STOPPED + 1]; /* into each enum sg_silence */
	int told, untold;	/* of this round */
};

/*
 * What a stream is now, by the clock in ms; @seen: its last packet, 0: none.
 * Notes in @stream since when the gate is open. What a daemon before this one
 * found silent stays so, and what it found not gets a whole period.
 */
enum sg_silence silence_judge(const struct silence *silence,
			      struct stream *stream, bool open, __u64 seen,
			      __u64 now);

/* Judges stream @direction of @context, keeps and tells what changed. */
void silence_look(struct silence *silence, struct context *context,
		  int direction, __u64 seen, __u64 now);

/* Tells how many changes of this round got no line of their own. */
void silence_round_over(struct silence *silence);

#endif /* SRTPGATE_SILENCE_H */
