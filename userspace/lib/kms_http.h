/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to a key management server: MIKEY in base64 over HTTP or HTTPS
 * (TS 33.328 Annex A), one connection each or kept ones. Nothing here waits:
 * the answer comes from the event loop.
 */
#ifndef SRTPGATE_LIB_KMS_HTTP_H
#define SRTPGATE_LIB_KMS_HTTP_H

#include <event2/event.h>
#include <openssl/ssl.h>

#include "lib/fault.h"
#include "lib/kms_http_pool.h"
#include "lib/slice.h"

struct kms_http;

struct kms_http_server {
	const char *name;	/* its domain name, also in its certificate */
	const char *address;	/* "192.0.2.7:8443"; to look up a name waits */
	SSL_CTX *tls;		/* NULL: HTTP, for MIKEY protects itself */
	int timeout;		/* s, from the question to the whole answer */
};

/*
 * @octets: a MIKEY message, which may be an Error, and @fault is NULL. Or
 * @fault says why there is none: EAGAIN: no answer in time, or one of HTTP's
 * errors; EPROTO: one that is no MIKEY.
 */
typedef void kms_http_answered(void *arg, const struct fault *fault,
			       struct sg_slice octets);

/*
 * Sends @octets, a REQUEST_INIT or RESOLVE_INIT, to @server, which lives as
 * long as the question. @done is called once, later. NULL with @fault.
 */
struct kms_http *kms_http_ask(struct event_base *base,
			      const struct kms_http_server *server,
			      struct sg_slice octets, kms_http_answered *done,
			      void *arg, struct fault *fault);

/* The same on a connection of @pool, which is for this server. */
struct kms_http *kms_http_ask_kept(struct event_base *base,
				   const struct kms_http_server *server,
				   struct kms_http_pool *pool,
				   struct sg_slice octets,
				   kms_http_answered *done, void *arg,
				   struct fault *fault);

/* @done will not be called. NULL is ignored. */
void kms_http_cancel(struct kms_http *call);

#endif /* SRTPGATE_LIB_KMS_HTTP_H */
