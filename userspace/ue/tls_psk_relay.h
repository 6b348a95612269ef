/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TLS session between a TCP connection and two descriptors, up to the end
 * of both directions.
 */
#ifndef SRTPGATE_UE_TLS_PSK_RELAY_H
#define SRTPGATE_UE_TLS_PSK_RELAY_H

#include "ue/tls_psk_context.h"

enum { TLS_PSK_HANDSHAKE = 10000 }; /* ms, at most */

/*
 * TCP to @address, "192.0.2.1:2855" or "[2001:db8::1]:2855"; or one
 * connection from outside to that. Returns a descriptor, or a negative errno
 * with @fault.
 */
int tls_psk_connect(const char *address, struct fault *fault);
int tls_psk_accept(const char *address, struct fault *fault);

/*
 * Shakes hands over @socket and passes on what is between @in and @out and
 * the other side. The end of @in is told the other side, and what it sends
 * is still read: 0 is that both said their end. -ECONNRESET: it was cut off,
 * so something may be missing; -EACCES: not with our key; -ETIMEDOUT: no
 * handshake in time. Ignores SIGPIPE.
 */
int tls_psk_relay(SSL_CTX *context, int socket, int in, int out,
		  struct fault *fault);

#endif /* SRTPGATE_UE_TLS_PSK_RELAY_H */
