/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The association with a controller: registration, heartbeat, fail-over
 * (H.248.1 11, TS 29.334 5.12, 6.1). One controller at a time is ours; it is
 * the one that may give orders.
 */
#ifndef SRTPGATE_IQ_ASSOCIATION_H
#define SRTPGATE_IQ_ASSOCIATION_H

#include "gated/iq_fault.h"
#include "lib/h248_exchange.h"

struct iq;
struct iq_association;

enum iq_association_state {
	IQ_IDLE,		/* no controller is configured */
	IQ_CONNECTING,
	IQ_REGISTERING,		/* ServiceChange sent; others get 505 */
	IQ_REGISTERED,
	IQ_LEAVING,		/* Graceful: no new contexts */
};

/*
 * Begins to register with the first controller of the configuration, or
 * (@mgc not "", from the journal) takes up the association with it where it
 * stood: Disconnected, 900, keeps all contexts; otherwise Restart, 901 or
 * (@warm) 902. -ENOMEM.
 */
int iq_association_open(struct iq *iq, bool warm, const char *mgc,
			__u8 version);

/* ServiceChange Forced 905 to the controller, if it is registered. */
void iq_association_leave(struct iq *iq, bool graceful);
void iq_association_close(struct iq *iq);

enum iq_association_state iq_association_state(const struct iq *iq);
const struct h248_address *iq_association_mgc(const struct iq *iq);
__u8 iq_association_version(const struct iq *iq);

/* For the exchange: is @from a controller of ours? Notes that it lives. */
bool iq_association_heard(struct iq *iq, const struct h248_address *from);

/* 0, or what answers all requests of @from just now: 505, 504. */
int iq_association_admit(struct iq *iq, const struct h248_address *from,
			 struct iq_fault *fault);

/* A ServiceChange that the controller sent on ROOT: HandOff, ... */
int iq_association_order(struct iq *iq, const struct h248_services *services,
			 struct iq_fault *fault);

/* The transport has news of a connection. */
void iq_association_up(struct iq *iq, const struct h248_address *peer);
void iq_association_down(struct iq *iq, const struct h248_address *peer);

/* Sends @actions to our controller; as h248_exchange_request(). */
int iq_association_request(struct iq *iq, const struct h248_action *actions,
			   h248_answered *done, void *arg);

#endif /* SRTPGATE_IQ_ASSOCIATION_H */
