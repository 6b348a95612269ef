/* SPDX-License-Identifier: GPL-2.0-only */
/* Notify: tells the controller of an event that it asked for. */
#ifndef SRTPGATE_IQ_NOTIFY_H
#define SRTPGATE_IQ_NOTIFY_H

#include "gated/iq/iq.h"

/*
 * Sends Notify for @termination of @context ("ROOT", H248_CONTEXT_NULL):
 * what was observed of RequestID @request. An error in the answer is counted
 * and logged; what it means is the controller's business, which subtracts
 * what it does not know (TS 23.334 5.8). -ENOTCONN: not registered.
 * @done (may be NULL) is called with @iq after that.
 */
int iq_notify(struct iq *iq, __u32 context, const char *termination,
	      __u32 request, const char *event,
	      struct h248_parameter *parameters, h248_answered *done);

#endif /* SRTPGATE_IQ_NOTIFY_H */
