/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One call as its controller knows it: a context, at most two terminations,
 * at most two streams in each. Orders are made up at random; what a reply
 * says is entered only when the order succeeded, as the gateway does it.
 */
#ifndef TOOLS_MGC_CALL_H
#define TOOLS_MGC_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/h248.h"
#include "../../lib/random.h"

enum { CALL_LEGS = 2, CALL_STREAMS = 2, CALL_NAME = 65 };

struct call_stream {
	bool there, secure, keyed;
	enum h248_token mode;
	unsigned int port;	/* ours to be told */
	unsigned int remote;	/* 0: not told the gateway yet */
};

struct call_leg {
	bool there;
	bool access;		/* realm "access", else "core" */
	char name[CALL_NAME];	/* "": not answered yet */
	struct call_stream stream[CALL_STREAMS];
};

struct call {
	uint32_t id;		/* ContextID; 0: there is no context */
	struct call_leg leg[CALL_LEGS];
};

/* What an order is meant to come to. */
enum call_outcome { CALL_SUCCEEDS, CALL_FAILS };

/*
 * Writes one action about @now; @next is the call afterwards, if it succeeds.
 * @valid: make no mistakes.
 */
enum call_outcome call_order(const struct call *now, struct call *next,
			     struct random *random, bool valid, FILE *out);

/*
 * Enters in @next what @reply says of names, ids and ports. A sentence about
 * what is wrong with it, or NULL.
 */
const char *call_learn(struct call *next, const struct h248_action *reply);

/* Compares with an audit of the context ("AV=*{AT{M}}"); the same. */
const char *call_compare(const struct call *call,
			 const struct h248_action *audit);

#endif /* TOOLS_MGC_CALL_H */
