/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection that carries Diameter, over TCP or TLS (RFC 6733 2.1, 13.1).
 * Keys travel in it: what was read or sent is zeroed, in OpenSSL too.
 */
#ifndef SRTPGATE_KMS_ZN_WIRE_H
#define SRTPGATE_KMS_ZN_WIRE_H

#include <openssl/ssl.h>
#include <sys/socket.h>

#include "lib/slice.h"

struct event_base;
struct zn_wire;

enum { ZN_WIRE_QUEUE = 262144 };	/* octets that wait to be sent */

/* Each is called from the event loop alone. */
struct zn_wire_owner {
	void (*up)(void *arg);
	/* One whole message. Negative: this is nothing to go on with. */
	int (*message)(void *arg, struct sg_slice message);
	/* It is over; zn_wire_close() is the owner's to call. */
	void (*down)(void *arg, const char *why);
	void *arg;
};

/*
 * Begins to connect. With @tls the certificate of the other end has to be one
 * for @host. Negative errno.
 */
int zn_wire_open(struct zn_wire **wire, struct event_base *base,
		 const struct sockaddr *to, socklen_t size, SSL_CTX *tls,
		 const char *host, const struct zn_wire_owner *owner);

/* Not from within message(). NULL is ignored. */
void zn_wire_close(struct zn_wire *wire);

/* Queues a message; -ENOBUFS: the other end takes nothing any more. */
int zn_wire_send(struct zn_wire *wire, const void *message, size_t size);

/* Our own end of it. */
int zn_wire_address(const struct zn_wire *wire, struct sockaddr_storage *own);

#endif /* SRTPGATE_KMS_ZN_WIRE_H */
