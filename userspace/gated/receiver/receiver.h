/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gateway as an authorised receiver of keys (RFC 6043 12.1, TS 33.328):
 * asks the key management server for the keys of a call of two others. Who
 * may is in the configuration, in what is asked and in the server's policy;
 * each question and what came of it is in the log. Nothing here waits.
 */
#ifndef SRTPGATE_RECEIVER_H
#define SRTPGATE_RECEIVER_H

#include "gated/receiver/receiver_call.h"
#include "lib/prometheus.h"

struct receiver;
struct receiver_question;

/* @keys are for now only; or NULL, and @fault says why. */
typedef void receiver_answered(void *arg, const struct receiver_keys *keys,
			       const struct fault *fault);

/*
 * Reads the key and what TLS needs, while that still can be. *@receiver stays
 * NULL when there is no "kms". Negative errno with @fault.
 */
int receiver_open(struct receiver **receiver, struct event_base *base,
		  const struct config_kms *config, struct fault *fault);
void receiver_close(struct receiver *receiver);

/*
 * Asks for the keys of @said, for @context, on behalf of @who; both are for
 * the log. @done is called once, later. NULL with @fault: EOPNOTSUPP: there is
 * no "kms"; EPERM: it may not; EBUSY: too many wait; or what is wrong with
 * @said, which need not live on.
 */
struct receiver_question *receiver_ask(struct receiver *receiver,
				       const struct spec_mikey *said,
				       const char *context, const char *who,
				       receiver_answered *done, void *arg,
				       struct fault *fault);

/* @done will not be called. NULL is ignored. */
void receiver_cancel(struct receiver_question *question);

/* Writes the metrics; nothing for NULL. */
void receiver_metrics(struct evbuffer *out, const struct receiver *receiver);

#endif /* SRTPGATE_RECEIVER_H */
