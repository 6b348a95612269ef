/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the H.248 transport: what the two kinds of SCTP have in common,
 * which is a socket of one-to-many style (RFC 6458 3). Associations have
 * numbers there; here they become peers.
 */
#ifndef SRTPGATE_H248_SCTP_H
#define SRTPGATE_H248_SCTP_H

#include <linux/types.h>

#include "lib/h248_carrier.h"

enum {
	H248_SCTP_PPID = 7,	/* H.248, by IANA's list */
	H248_SCTP_BACKLOG = 16,
	H248_SCTP_BUFFER = 1 << 20, /* octets of the socket, either way */
};

/*
 * RFC 9260 16 would have us wait for minutes until an association is given
 * up; heartbeats are left as they are there.
 */
struct h248_sctp_timing {
	__u32 rto_initial_ms, rto_min_ms, rto_max_ms;
	__u16 init_attempts;
	__u16 retransmissions;	/* in a row, Association.Max.Retrans */
};
extern struct h248_sctp_timing h248_sctp_timing;

struct h248_sctp;

/* What one kind of SCTP does; negative errno. */
struct h248_sctp_stack {
	/* Begins an association; what becomes of it is told below. */
	int (*begin)(struct h248_sctp *sctp, const struct h248_address *peer);

	/* -EAGAIN: later. */
	int (*put)(struct h248_sctp *sctp, __u32 id, const char *text,
		   size_t size);

	/* Ends it in good order, or at once. */
	void (*end)(struct h248_sctp *sctp, __u32 id, bool at_once);
};

struct h248_sctp {
	struct h248_transport transport;
	const struct h248_sctp_stack *stack;
	struct h248_peers peers;
	struct event *retry;	/* while a socket's buffer is full */
	bool given;		/* a message, since the last .idle */

	/* What was read last: a notification, or text. */
	char in[H248_MESSAGE_MAX] __attribute__((aligned(8)));
};

/* For .open, and at the end of .close. Negative errno. */
int h248_sctp_open(struct h248_sctp *sctp, const struct h248_sctp_stack *stack);
void h248_sctp_close(struct h248_sctp *sctp);

/* The rest of a carrier. */
int h248_sctp_connect(struct h248_transport *transport,
		      const struct h248_address *peer);
void h248_sctp_disconnect(struct h248_transport *transport,
			  const struct h248_address *peer);
int h248_sctp_send(struct h248_transport *transport,
		   const struct h248_address *to, const char *text,
		   size_t size);
void h248_sctp_flush(struct h248_transport *transport);

/* -- what a stack tells ------------------------------------------------------ */

/* As .sac_state of RFC 6458 6.1.1. */
enum h248_sctp_state {
	H248_SCTP_UP,
	H248_SCTP_RESTARTED,
	H248_SCTP_DOWN,
};
void h248_sctp_changed(struct h248_sctp *sctp, const struct h248_address *peer,
		       __u32 id, enum h248_sctp_state state);

/* @size octets in .in; @whole: a message ends with them. */
void h248_sctp_read(struct h248_sctp *sctp, __u32 id, size_t size, bool whole);

/* The rest of a message will never come. */
void h248_sctp_broken(struct h248_sctp *sctp, __u32 id);

/* All has been read. */
void h248_sctp_pause(struct h248_sctp *sctp);

#endif /* SRTPGATE_H248_SCTP_H */
