/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The association with a controller: registration, heartbeat, fail-over
 * (H.248.1 11, TS 29.334 5.12, 6.1). One controller at a time is ours; it is
 * the one that may give orders.
 */
#ifndef SRTPGATE_IQ_ASSOCIATION_H
#define SRTPGATE_IQ_ASSOCIATION_H

#include "gated/iq/iq_fault.h"
#include "lib/h248_exchange.h"

struct iq;
struct iq_association;

enum iq_association_state {
	IQ_IDLE,		/* it has left */
	IQ_CONNECTING,		/* or waiting to try again */
	IQ_REGISTERING,		/* ServiceChange sent; requests get 505 */
	IQ_REGISTERED,
	IQ_LEAVING,		/* Graceful: no new contexts */
};

/*
 * Begins to register with the first controller of the configuration by
 * Restart, 901 or (@warm) 902, after which the controller knows of no
 * context; or (@mgc not "", from the journal) takes up the association with
 * that one where it stood: Disconnected, 900, keeps all contexts, and
 * Failover, 909, with another when it is not configured any more. All of
 * that happens in the loop. -ENOMEM.
 */
int iq_association_open(struct iq *iq, bool warm, const char *mgc,
			__u8 version);

/*
 * ServiceChange Graceful 905, and Forced 905 once no context is left; or
 * Forced at once. Afterwards the association is idle until a restart.
 */
void iq_association_leave(struct iq *iq, bool graceful);
void iq_association_close(struct iq *iq);

enum iq_association_state iq_association_state(const struct iq *iq);
/* "registered", ... */
const char *iq_association_state_name(const struct iq *iq);

/* The controller that knows our contexts, as configured; NULL: none does. */
const struct h248_address *iq_association_mgc(const struct iq *iq);
/* The address that we talk to, or try to. */
const struct h248_address *iq_association_peer(const struct iq *iq);
/* Agreed upon; 0: not registered yet. */
__u8 iq_association_version(const struct iq *iq);
/* ms, CLOCK_MONOTONIC, of the last message from it; 0: never. */
__u64 iq_association_heard_at(const struct iq *iq);

/* For the exchange: is @from a controller of ours? Notes that it lives. */
bool iq_association_heard(struct iq *iq, const struct h248_address *from);

/* 0, or -EINVAL with what answers all requests of @from now: 505, 504. */
int iq_association_admit(struct iq *iq, const struct h248_address *from,
			 struct iq_fault *fault);

/*
 * A ServiceChange that the controller sent on ROOT: HandOff to an MgcIdToTry
 * that is configured, which follows when the reply has gone. 449: it is not;
 * 472: there is none; 501: another method.
 */
int iq_association_order(struct iq *iq, const struct h248_services *services,
			 struct iq_fault *fault);

/* The transport has news of a connection. */
void iq_association_up(struct iq *iq, const struct h248_address *peer);
void iq_association_down(struct iq *iq, const struct h248_address *peer);

/*
 * Sends @actions to our controller; as h248_exchange_request(). -ENOTCONN:
 * not registered; -EBUSY: too many wait for an answer. No answer means that
 * the association is lost.
 */
int iq_association_request(struct iq *iq, const struct h248_action *actions,
			   h248_answered *done, void *arg);

#endif /* SRTPGATE_IQ_ASSOCIATION_H */
