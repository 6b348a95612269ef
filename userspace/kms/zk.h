/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zk, the client's side: RESOLVE_INIT to the KMS that made a ticket (RFC 6043
 * 10, TS 33.328 6.2.3.8), in HTTP over TLS, in which both have certificates.
 * A peer is who it says when its certificate comes from our authority for
 * peers and has its name.
 */
#ifndef SRTPGATE_KMS_ZK_H
#define SRTPGATE_KMS_ZK_H

#include "kms/config.h"
#include "lib/kms_http.h"
#include "lib/mikey_key.h"

struct zk;
struct zk_call;

struct zk_peer {
	const struct config_peer *config;
	struct mikey_secret key;
	struct zk *zk;
	struct kms_http_server server;
	struct kms_http_pool *pool;
	struct fault told;	/* why it cannot be asked; "": it can */
};

/* 0: @octets, MIKEY; -EAGAIN: no answer; -EPROTO: one that is no MIKEY. */
typedef void zk_answered(void *arg, int err, struct sg_slice octets);

/* *@zk stays NULL when there are no peers. Negative errno with @fault. */
int zk_open(struct zk **zk, struct event_base *base,
	    const struct config *config, struct fault *fault);
void zk_close(struct zk *zk);

/* NULL: none of that name. */
struct zk_peer *zk_find(struct zk *zk, struct sg_slice name);

/*
 * Whose certificate is on the other end of @ssl, in a connection to our Zk
 * listener; NULL: none that we know.
 */
struct zk_peer *zk_who(struct zk *zk, SSL *ssl);

/*
 * Sends @octets, RESOLVE_INIT, to @peer. @done is called once, later. NULL:
 * it cannot be sent.
 */
struct zk_call *zk_ask(struct zk_peer *peer, struct sg_slice octets,
		       zk_answered *done, void *arg);

/* @done will not be called. NULL is ignored. */
void zk_cancel(struct zk_call *call);

#endif /* SRTPGATE_KMS_ZK_H */
