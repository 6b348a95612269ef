/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events that the controller armed, on terminations and on ROOT, and what
 * comes of them: Notify requests.
 */
#ifndef SRTPGATE_IQ_EVENT_H
#define SRTPGATE_IQ_EVENT_H

#include "gated/iq/iq_fault.h"
#include "lib/h248.h"

struct iq;
struct iq_context;
struct iq_termination;

enum iq_direction { IQ_IN = 1, IQ_OUT = 2, IQ_BOTH = 3 };

/* The Events descriptor of a termination; plain data. */
struct iq_events {
	bool armed;
	__u32 request;		/* RequestID */
	__u32 heartbeat;	/* hangterm/thb, s; 0: not asked for */
	__u32 inactivity;	/* adid/ipstop, s; 0: not asked for */
	__u8 direction;		/* of adid/ipstop, enum iq_direction */
	bool cause;		/* g/cause */
};

/* it/ito without mit: the configuration's "heartbeat". */
#define IQ_IDLE_DEFAULT 0xffffffffu

/* And of ROOT. */
struct iq_root_events {
	bool armed;
	__u32 request;
	__u32 idle;		/* it/ito mit, in 10 ms; 0: not asked for */
	bool overload;		/* ocp/mg_overload */
	bool realms;		/* ipra/arc */
};

/* A bare descriptor clears. Errors 440, 451, 454, 457, 449. */
int iq_events_read(struct iq_events *events,
		   const struct h248_events *descriptor,
		   struct iq_fault *fault);
int iq_root_events_read(struct iq_root_events *events,
			const struct h248_events *descriptor,
			struct iq_fault *fault);

/* The same as an audit shows it, in @message's arena. Negative errno. */
int iq_events_write(const struct iq_events *events,
		    struct h248_message *message,
		    struct h248_events *descriptor);
int iq_root_events_write(const struct iq_root_events *events,
			 struct h248_message *message,
			 struct h248_events *descriptor);

/* A termination's timers: opaque, owned by the termination. */
struct iq_watch;

/*
 * Follows @termination->events from now on; called when a context was
 * committed, whether or not its events changed, and before it goes.
 */
void iq_watch_update(struct iq *iq, struct iq_context *context,
		     struct iq_termination *termination);
void iq_watch_free(struct iq_watch *watch);

/* Tells the controller, if it asked: g/cause with "FT" (temporary), ... */
void iq_event_cause(struct iq *iq, const struct iq_context *context,
		    const struct iq_termination *termination,
		    const char *general, const char *failure);

/* ROOT: an Add was refused or delayed for overload (H.248.11). */
void iq_event_overload(struct iq *iq);

/* ROOT: @realm has become reachable, or unreachable (H.248.41 Amd. 1). */
void iq_event_realm(struct iq *iq, const char *realm, bool available);

/* Arms @iq->root: after a Modify of ROOT, a restart, a registration. */
void iq_root_update(struct iq *iq);

#endif /* SRTPGATE_IQ_EVENT_H */
