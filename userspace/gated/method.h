/* SPDX-License-Identifier: GPL-2.0-only */
/* The methods of the control socket, by name: docs/control.md. */
#ifndef SRTPGATE_METHOD_H
#define SRTPGATE_METHOD_H

#include <jansson.h>

#include "gated/gate.h"

struct method_wait;

/* @result is the callee's; or NULL, and @fault says why. */
typedef void method_answered(void *arg, json_t *result,
			     const struct fault *fault);

/* Who calls, and how he hears of what takes time. */
struct method_caller {
	const char *who;	/* for the log */
	method_answered *done;
	void *arg;
	struct method_wait *wait; /* out: he hears of it later, once */
};

/*
 * Calls @method with @params (NULL: none). A new reference; or NULL: with
 * caller->wait, or else with @fault.
 */
json_t *method_call(struct gate *gate, const char *method, json_t *params,
		    struct method_caller *caller, struct fault *fault);

/* caller->done will not be called, and nothing is changed. NULL is ignored. */
void method_cancel(struct method_wait *wait);

#endif /* SRTPGATE_METHOD_H */
