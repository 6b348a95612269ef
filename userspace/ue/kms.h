/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to our KMS: REQUEST_INIT and RESOLVE_INIT, and its answers. */
#ifndef SRTPGATE_UE_KMS_H
#define SRTPGATE_UE_KMS_H

#include "lib/mikey_exchange.h"
#include "ue/ue.h"

/* A question and its answer; slices of both lie in it. */
struct kms_dialogue {
	struct mikey_query query;
	struct mikey_reply reply; /* secret */
	__u8 rand[32];		/* as long as a NAF-Key: RFC 6043 12.1 */
	__u8 question[MIKEY_MESSAGE_MAX];
	__u8 answer[MIKEY_MESSAGE_MAX];
	int answered;		/* octets */
};

/*
 * Asks what .query has in .type, .prf, .requester, .body and
 * .initiator_data; the rest of it is filled here. Verifies the answer; the
 * caller wipes. Negative errno with @fault.
 */
int kms_ask(struct ue *ue, struct kms_dialogue *dialogue, struct fault *fault);

/* Is there what shows who we are? Asks nobody. */
int kms_check(const struct ue *ue, struct fault *fault);

void kms_dialogue_wipe(struct kms_dialogue *dialogue);

#endif /* SRTPGATE_UE_KMS_H */
