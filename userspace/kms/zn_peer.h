/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One peer of ours in Diameter, a BSF or an agent on the way to it: connects,
 * exchanges capabilities, watches over it (RFC 6733 5.6, RFC 3539 3.4.1), and
 * connects again when it is lost.
 */
#ifndef SRTPGATE_KMS_ZN_PEER_H
#define SRTPGATE_KMS_ZN_PEER_H

#include <openssl/ssl.h>
#include <sys/socket.h>

#include "kms/zn_message.h"

struct event_base;
struct zn_peer;

struct zn_timing {
	__u32 connect_ms;	/* until capabilities are exchanged, at most */
	__u32 retry_ms;		/* before the second try; each waits longer */
	__u32 retry_max_ms;
	__u32 watchdog_ms;	/* of silence, and then again: it is lost */
	__u32 answer_ms;	/* a question waits so long */
};

struct zn_peer_setting {
	const char *name;	/* for the log */
	const char *host;	/* its Origin-Host; NULL: any, not with TLS */
	struct sockaddr_storage address;
	socklen_t size;
	bool tls;
};

struct zn_peer_owner {
	/* An answer that is not the peer's own matter. */
	void (*answer)(void *arg, const struct diameter_header *header,
		       struct sg_cursor avps);
	/* It was open, and is no longer. */
	void (*lost)(void *arg, struct zn_peer *peer);
	void *arg;
};

/* NULL: no memory. All pointers have to outlive it. */
struct zn_peer *zn_peer_new(struct event_base *base,
			    const struct zn_self *self,
			    const struct zn_peer_setting *setting, SSL_CTX *tls,
			    const struct zn_timing *timing,
			    const struct zn_peer_owner *owner);
/* Says farewell, does not wait for an answer. */
void zn_peer_free(struct zn_peer *peer);

bool zn_peer_is_open(const struct zn_peer *peer);

/* -ENOTCONN, -ENOBUFS. */
int zn_peer_send(struct zn_peer *peer, const void *message, size_t size);

#endif /* SRTPGATE_KMS_ZN_PEER_H */
