/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the H.248 transport: what is said to a socket of either kind of SCTP,
 * and heard of it, in the words of RFC 6458. Each kind has a header of its own,
 * which numbers and lays out those words differently; so this is included
 * behind one of them, in one file each, which brings two functions along.
 */
#ifndef SRTPGATE_H248_SCTP_SOCKET_H
#define SRTPGATE_H248_SCTP_SOCKET_H

#include "lib/h248_sctp.h"

/* As setsockopt() of SCTP's own level; negative errno. */
static int set(struct h248_sctp *sctp, int option, const void *value,
	       socklen_t size);

/* Sends @text, or, with flags that end the association, nothing. */
static int transmit(struct h248_sctp *sctp, const struct sctp_sndinfo *info,
		    const char *text, size_t size);

/* -- out: of struct h248_sctp_stack --------------------------------------------- */

static int put(struct h248_sctp *sctp, __u32 id, const char *text, size_t size)
{
	struct sctp_sndinfo info = {
		.snd_ppid = htonl(H248_SCTP_PPID),
		.snd_assoc_id = id,
	};

	return transmit(sctp, &info, text, size);
}

static void end(struct h248_sctp *sctp, __u32 id, bool at_once)
{
	struct sctp_sndinfo info = {
		.snd_flags = at_once ? SCTP_ABORT : SCTP_EOF,
		.snd_assoc_id = id,
	};

	transmit(sctp, &info, "", 0);
}

/* -- in ------------------------------------------------------------------------- */

static void changed(struct h248_sctp *sctp, const struct h248_address *peer,
		    const struct sctp_assoc_change *change)
{
	static const enum h248_sctp_state states[] = {
		[SCTP_COMM_UP] = H248_SCTP_UP,
		[SCTP_COMM_LOST] = H248_SCTP_DOWN,
		[SCTP_RESTART] = H248_SCTP_RESTARTED,
		[SCTP_SHUTDOWN_COMP] = H248_SCTP_DOWN,
		[SCTP_CANT_STR_ASSOC] = H248_SCTP_DOWN,
	};

	if (change->sac_state < sizeof(states) / sizeof(*states))
		h248_sctp_changed(sctp, peer, change->sac_assoc_id,
				  states[change->sac_state]);
}

/* A notification of @size octets in .in; @peer: NULL: it cannot be told. */
static void notified(struct h248_sctp *sctp, const struct h248_address *peer,
		     size_t size)
{
	const union sctp_notification *n = (const void *)sctp->in;

	if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE && peer &&
	    size >= sizeof(n->sn_assoc_change))
		changed(sctp, peer, &n->sn_assoc_change);
	if (n->sn_header.sn_type == SCTP_PARTIAL_DELIVERY_EVENT &&
	    size >= sizeof(n->sn_pdapi_event))
		h248_sctp_broken(sctp, n->sn_pdapi_event.pdapi_assoc_id);
}

/* -- options -------------------------------------------------------------------- */

static void set_timing(struct h248_sctp *sctp)
{
	const struct h248_sctp_timing *timing = &h248_sctp_timing;
	struct sctp_initmsg init = {
		.sinit_max_attempts = timing->init_attempts,
		.sinit_max_init_timeo = timing->rto_max_ms,
	};
	struct sctp_rtoinfo rto = {
		.srto_initial = timing->rto_initial_ms,
		.srto_max = timing->rto_max_ms,
		.srto_min = timing->rto_min_ms,
	};
	struct sctp_assocparams association = {
		.sasoc_asocmaxrxt = timing->retransmissions,
	};

	set(sctp, SCTP_INITMSG, &init, sizeof(init));
	set(sctp, SCTP_RTOINFO, &rto, sizeof(rto));
	set(sctp, SCTP_ASSOCINFO, &association, sizeof(association));
}

/* Messages of several associations may come in turns, parts of one not. */
static int set_options(struct h248_sctp *sctp)
{
	struct sctp_event changes = { .se_type = SCTP_ASSOC_CHANGE, .se_on = 1 };
	struct sctp_event breaks = {
		.se_type = SCTP_PARTIAL_DELIVERY_EVENT,
		.se_on = 1,
	};
	int on = 1, err;

	set(sctp, SCTP_NODELAY, &on, sizeof(on));
	set_timing(sctp);
	err = set(sctp, SCTP_FRAGMENT_INTERLEAVE, &on, sizeof(on));
	if (!err)
		err = set(sctp, SCTP_RECVRCVINFO, &on, sizeof(on));
	if (!err)
		err = set(sctp, SCTP_EVENT, &changes, sizeof(changes));
	if (!err)
		err = set(sctp, SCTP_EVENT, &breaks, sizeof(breaks));
	return err;
}

#endif /* SRTPGATE_H248_SCTP_SOCKET_H */
