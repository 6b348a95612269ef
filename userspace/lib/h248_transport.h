/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries H.248 messages between hosts, in the caller's event loop:
 *
 *   UDP	one message a datagram
 *   SCTP	one message a user message, payload protocol identifier 7
 *		(TS 29.334 5.12); the kernel's SCTP where there is one, else
 *		libusrsctp over a raw socket
 *   TCP	TPKT frames (RFC 1006), which no profile has: for labs
 *
 * It knows nothing of what it carries. Messages may hold keys: every buffer
 * here is zeroed when its message has gone on.
 */
#ifndef SRTPGATE_H248_TRANSPORT_H
#define SRTPGATE_H248_TRANSPORT_H

#include <event2/event.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum h248_protocol { H248_UDP, H248_SCTP, H248_TCP };

enum {
	H248_PORT = 2944,	/* of the text encoding */
	H248_MESSAGE_MAX = 65507, /* octets of one message */
	H248_ADDRESS_TEXT = 56,	/* with the final NUL */
};

struct h248_address {
	enum h248_protocol protocol;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

/*
 * "192.0.2.1", "192.0.2.1:2944", "2001:db8::1", "[2001:db8::1]:2944"; the
 * protocol is left alone. -EINVAL.
 */
int h248_address_parse(struct h248_address *address, const char *text);
const char *h248_address_format(char text[H248_ADDRESS_TEXT],
				const struct h248_address *address);

/* In host order. */
__u16 h248_address_port(const struct h248_address *address);
void h248_address_set_port(struct h248_address *address, __u16 port);

/* 0.0.0.0 or ::, whatever the port. */
bool h248_address_is_wildcard(const struct h248_address *address);

/* Protocol, address and port; a total order for tables: <0, 0, >0. */
int h248_address_compare(const struct h248_address *a,
			 const struct h248_address *b);

/*
 * Whom the transport tells, from the event loop. All but .message may be
 * NULL. Each may call anything here but h248_transport_close().
 */
struct h248_transport_user {
	void *arg;

	/* The octets may be changed, and are zeroed on return. */
	void (*message)(void *arg, const struct h248_address *from, char *text,
			size_t size);

	/* All that had arrived has been given: the moment to answer. */
	void (*idle)(void *arg);

	/*
	 * A connection is up, or ended; also one that could not be made:
	 * that may be told at once, so pause before the next attempt.
	 */
	void (*up)(void *arg, const struct h248_address *peer);
	void (*down)(void *arg, const struct h248_address *peer);
};

struct h248_transport;

/*
 * Binds to @local and takes in what comes; with SCTP and TCP connections of
 * others too. The caller owns *@transport. Negative errno;
 * -EPROTONOSUPPORT: neither the kernel nor this build has SCTP.
 */
int h248_transport_open(struct h248_transport **transport,
			struct event_base *base,
			const struct h248_address *local,
			const struct h248_transport_user *user);
void h248_transport_close(struct h248_transport *transport);

/*
 * Begins to connect to @peer; .up or .down follows. UDP: .up at once, from
 * within the call. Does nothing when the connection is up or in the making.
 * Negative errno: it could not begin, and nothing follows.
 */
int h248_transport_connect(struct h248_transport *transport,
			   const struct h248_address *peer);

/* Ends the connection, without .down; what still waits is lost. */
void h248_transport_disconnect(struct h248_transport *transport,
			       const struct h248_address *peer);

/*
 * Takes a copy of a message for @to, which leaves at the next flush; with
 * UDP @to may be anybody. -ENOTCONN; -EMSGSIZE: empty or over-long;
 * -ENOBUFS: too much is waiting; -EAFNOSUPPORT: an address of another
 * protocol or family.
 */
int h248_transport_send(struct h248_transport *transport,
			const struct h248_address *to, const char *text,
			size_t size);
void h248_transport_flush(struct h248_transport *transport);

/* "udp", "sctp (kernel)", "sctp (usrsctp)", "tcp": for people. */
const char *h248_transport_name(const struct h248_transport *transport);

#endif /* SRTPGATE_H248_TRANSPORT_H */
