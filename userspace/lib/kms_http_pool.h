/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections to one key management server that are kept for its next
 * questions: a handshake of TLS with two certificates costs more than ten
 * questions do. Each is for one question at a time. What the other end closes,
 * what nobody used for some seconds, and what is older than a minute, for a
 * certificate may end meanwhile, is not given out.
 */
#ifndef SRTPGATE_LIB_KMS_HTTP_POOL_H
#define SRTPGATE_LIB_KMS_HTTP_POOL_H

#include <linux/types.h>
#include <openssl/ssl.h>
#include <stdbool.h>

struct evhttp_connection;
struct kms_http_pool;

/* .ssl has a reference of its own; NULL: no TLS. */
struct kms_http_kept {
	struct evhttp_connection *connection;
	SSL *ssl;
	__u64 made;		/* ms, CLOCK_MONOTONIC */
};

/* NULL: no memory. */
struct kms_http_pool *kms_http_pool_new(void);
/* Not while a question is under way. NULL is ignored. */
void kms_http_pool_free(struct kms_http_pool *pool);

/* False: there is none; else @kept is the caller's. */
bool kms_http_pool_take(struct kms_http_pool *pool,
			struct kms_http_kept *kept);

/*
 * Whatever became of it: what cannot be used again is freed another time, for
 * this may be its own callback.
 */
void kms_http_pool_put(struct kms_http_pool *pool,
		       const struct kms_http_kept *kept);

#endif /* SRTPGATE_LIB_KMS_HTTP_POOL_H */
