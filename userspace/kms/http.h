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
 * Nobody new is let in; what was asked is answered, and then each connection
 * closed. With the last one http_count() is 0.
 */
void http_drain(struct http *http);

/* Connections. */
size_t http_count(const struct http *http);

/* Queries on their way get no answer. NULL is ignored. */
void http_close(struct http *http);

#endif /* SRTPGATE_KMS_HTTP_H */
