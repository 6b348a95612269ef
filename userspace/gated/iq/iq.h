/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Iq (TS 29.334): the gateway as an H.248 media gateway. A message's way:
 *
 *   transport -> exchange (once only) -> association (who may) -> command
 *   -> context copy, sides -> commit: data plane, journal
 *   -> journal commit -> reply
 */
#ifndef SRTPGATE_IQ_H
#define SRTPGATE_IQ_H

#include "gated/gate.h"
#include "gated/iq/iq_association.h"
#include "gated/iq/iq_context.h"
#include "gated/journal.h"
#include "lib/h248_exchange.h"

struct iq_realms;

struct iq_counters {
	__u64 commands[8];	/* Add, Modify, Subtract, Move, AuditValue,
				 * AuditCapability, Notify, ServiceChange */
	__u64 failed;		/* transactions answered by an error */
	__u64 notified;
	__u64 notify_failed;	/* answered by an error, or not at all */
	__u64 registrations;
};

struct iq {
	struct gate *gate;
	struct iq_ground ground;
	struct h248_transport *transport;
	struct h248_exchange *exchange;
	struct journal *journal; /* NULL: none is configured */
	struct h248_address named; /* whose name in the journal is .name */
	char name[H248_ADDRESS_TEXT];
	struct iq_association *association;
	struct iq_contexts contexts;
	struct iq_root_events root;
	struct event *root_timer;
	bool root_asked;	/* it/ito is told, and not answered yet */
	struct iq_realms *realms;
	struct event *flush;	/* soon: what timers have sent */
	__u32 lost;		/* contexts that could not be put back */
	bool out_of_service;	/* ROOT, by order of the controller */
	struct iq_counters counters;
};

/*
 * Opens sockets and journal, and puts back what the journal tells of; the
 * data plane's contexts have been adopted before. The association begins
 * with the loop. Negative errno with @fault; 0 and *@iq NULL: the
 * configuration has no "iq".
 */
int iq_open(struct iq **iq, struct gate *gate, struct fault *fault);

/*
 * After contexts_settle(): the data plane is made to agree with what was put
 * back, and what nobody put back ends. Negative errno with @fault.
 */
int iq_start(struct iq *iq, struct gate *gate, struct fault *fault);
void iq_close(struct iq *iq);

/*
 * Carries out a transaction request (h248_exchange_user.request): all of an
 * action or nothing of it. In iq_command.c.
 */
int iq_execute(struct iq *iq, const struct h248_address *from,
	       const struct h248_message *message,
	       const struct h248_transaction *request,
	       struct h248_message *answer, struct h248_transaction *reply);

/* Keeps @context's record, or drops it (@context NULL). */
void iq_journal_context(struct iq *iq, __u32 id,
			const struct iq_context *context);
/*
 * Keeps association and ROOT, and the TransactionIDs up to IQ_IDS_AHEAD from
 * now as used: a restarted daemon begins behind them.
 */
enum { IQ_IDS_AHEAD = 1024 };
void iq_journal_state(struct iq *iq);

/* Ends all contexts, as if the controller had subtracted them. */
void iq_end_contexts(struct iq *iq);

#endif /* SRTPGATE_IQ_H */
