/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call of two others as an authorised receiver of its keys sees it: the
 * TRANSFER messages that went by in its SDP (RFC 6043 4.2.2, RFC 4567), which
 * question to a key management server fits them, and what the answer opens.
 * Pure: whoever calls brings times and RANDs.
 *
 * Keys that the initiator's KMS forked are asked for as the responder got
 * them, with his IDRr and RANDRkms: docs/authorised-receiver.md. Keys that
 * nobody forked are asked for as ourselves.
 */
#ifndef SRTPGATE_RECEIVER_CALL_H
#define SRTPGATE_RECEIVER_CALL_H

#include "gated/config.h"
#include "gated/spec.h"
#include "lib/mikey_exchange.h"

/* It points into itself: it is not copied. */
struct receiver_call {
	struct mikey_transfer transfer;
	struct mikey_answer answer; /* empty: none */
	int cs;			/* the offerer's stream; the answerer's is +1 */
	__u8 offer_octets[MIKEY_MESSAGE_MAX];
	__u8 answer_octets[MIKEY_MESSAGE_MAX];
};

/* What packets are under, each way. Secret. */
struct receiver_keys {
	struct sg_master_key offerer, answerer;
};

/*
 * Reads what @said has and checks all that needs no key; the ticket's time
 * at @now, in seconds since 1970. When the TRANSFER messages were sent does
 * not matter: a call may have begun long ago. -EINVAL, -ENOTSUP, -ESTALE, ...
 * with @fault.
 */
int receiver_call_read(struct receiver_call *call,
		       const struct spec_mikey *said, __u64 now,
		       struct fault *fault);

/* Whom the initiator called: who answered, or else whom he wanted. */
struct sg_slice receiver_call_responder(const struct receiver_call *call);

/* Does the configuration allow to open it? -EPERM with @fault. */
int receiver_call_permit(const struct receiver_call *call,
			 const struct config_kms *config, struct fault *fault);

/* All of a RESOLVE_INIT but .csb_id, .t and .rand. */
void receiver_call_query(struct mikey_query *query,
			 const struct receiver_call *call,
			 const struct config_kms *config);

/*
 * Proves the call's messages with the keys of @reply and derives what both
 * streams are under. -EBADMSG: they were not made with these keys; and as
 * mikey_medium_derive(); with @fault. Zero then.
 */
int receiver_call_open(struct receiver_keys *keys,
		       const struct receiver_call *call,
		       const struct mikey_reply *reply, struct fault *fault);

#endif /* SRTPGATE_RECEIVER_CALL_H */
