/* SPDX-License-Identifier: GPL-2.0-only */
/* The running daemon, as its methods, metrics and events see it. */
#ifndef SRTPGATE_GATE_H
#define SRTPGATE_GATE_H

#include "gated/context.h"
#include "gated/dataplane.h"

struct ahead;
struct iq;
struct receiver;
struct slow;
struct survey;

struct gate {
	struct config config;
	struct pin pin;
	struct dataplane data;
	struct endpoints endpoints;
	struct event_base *base;
	struct next_hops *next_hops;
	struct contexts contexts;
	struct iq *iq;		/* NULL: not configured */
	struct receiver *receiver; /* NULL: not configured */
	struct survey *survey;	/* NULL: not begun yet */
	struct slow *slow;	/* NULL: not configured */
	struct ahead *ahead;	/* NULL: likewise, or of no use */
	__u64 started;		/* ms, CLOCK_MONOTONIC */
};

#endif /* SRTPGATE_GATE_H */
