/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CSB updates: TRANSFER_INIT and TRANSFER_RESP once more within a transfer,
 * without ticket and RANDs, from either side (RFC 6043 5.2). They change
 * crypto sessions, and with L or M the keys.
 *
 * Both directions use one key, and KEMAC's keystream depends on T alone, so
 * every T of a CSB must be later than all before it, whoever sent them. The
 * caller keeps the last one. Errors as in mikey_exchange.h.
 */
#ifndef SRTPGATE_MIKEY_UPDATE_H
#define SRTPGATE_MIKEY_UPDATE_H

#include "lib/mikey_exchange.h"

/* What goes on after a transfer; secret. */
struct mikey_csb {
	const struct mikey_suite *suite;
	__u32 csb_id;
	struct mikey_message_keys keys;
	__u64 last;		/* the latest T, as on the wire */
};

struct mikey_update {
	enum mikey_data_type type; /* MIKEY_TRANSFER_INIT or _RESP */
	bool wants_response;	/* V, of TRANSFER_INIT */
	struct mikey_time t;	/* MIKEY_NTP_UTC */
	struct sg_slice initiator, responder; /* of this update; in the MAC of
				* TRANSFER_INIT also when they are not said */
	struct mikey_sessions sessions;
	struct mikey_kemac kemac; /* parsed */
	bool has_kemac;
	struct sg_slice octets;	/* parsed */
	struct sg_slice tag;
};

/*
 * The keys are those of the transfer's last message: @answer's with @key as
 * it had, or with @answer NULL TRANSFER_INIT's with MPKi.
 */
int mikey_csb_open(struct mikey_csb *csb, const struct mikey_transfer *transfer,
		   const struct mikey_answer *answer,
		   const struct mikey_secret *key);
void mikey_csb_wipe(struct mikey_csb *csb);

/* @to: the parsed TRANSFER_INIT that a TRANSFER_RESP answers. Moves .last. */
int mikey_update_print(__u8 *buffer, size_t size, struct mikey_csb *csb,
		       const struct mikey_update *update,
		       const struct mikey_update *to,
		       const struct mikey_keys *own);

/*
 * Fill in identities that it leaves out before mikey_update_verify(), which
 * moves .last too. A T not later than that is -ESTALE, Invalid TS.
 */
int mikey_update_parse(struct mikey_update *update, const struct mikey_csb *csb,
		       struct sg_slice octets, struct mikey_fault *fault);
int mikey_update_verify(const struct mikey_update *update,
			struct mikey_csb *csb, const struct mikey_update *to,
			struct mikey_keys *own, struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_UPDATE_H */
