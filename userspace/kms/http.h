/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HTTP (TS 33.328 Annex A): POST /keymanagement?requesttype=ticketrequest or
 * ticketresolve, with MIKEY in base64 both ways. Ua is in the clear, for MIKEY
 * protects itself, or in TLS; Zk in TLS with certificates on both sides.
 */
#ifndef SRTPGATE_KMS_HTTP_H
#define SRTPGATE_KMS_HTTP_H

#include "kms/kms.h"

struct http;

/* Opens what the configuration says. Negative errno with @fault. */
int http_open(struct http **http, struct kms *kms, struct fault *fault);

/*
 * Nobody new is let in. What was or will be asked over the connections there
 * are is answered, and each closed with its answer.
 */
void http_drain(struct http *http);

/* After http_drain(): all is answered, and nobody asks any more. */
bool http_drained(const struct http *http);

/* Queries whose answer takes a while, such as those that go to a BSF. */
size_t http_waiting(const struct http *http);

/* Queries on their way get no answer. NULL is ignored. */
void http_close(struct http *http);

#endif /* SRTPGATE_KMS_HTTP_H */
