/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ticket is wanted, and where it comes from (TS 33.328 B.1.2, steps 1
 * to 9): our store, our KMS, or ourselves.
 */
#ifndef SRTPGATE_UE_WISH_H
#define SRTPGATE_UE_WISH_H

#include "ue/ue.h"

enum wish_source {
	WISH_STORED,		/* the store, or else the KMS */
	WISH_FRESH,		/* the KMS */
	WISH_OWN,		/* the store, or else ourselves */
};

struct wish {
	struct sg_slice recipient[MIKEY_RECIPIENTS_MAX];
	int recipients;
	__u16 flags;		/* what D, K, L and M are does not matter */
	enum mikey_key_kind kind; /* of the session key: a TGK or GTGK */
	__u8 prf;		/* a suite: keys are as long as its own */
	long lifetime;		/* s */
	enum wish_source source;
	__u64 needed;		/* NTP seconds up to which it must live */
};

/* A wish for a call to @recipient, as configured. */
struct wish wish_call(const struct ue *ue, struct sg_slice recipient);

/* @seconds: as a person says them. False: it is no lifetime. */
bool wish_set_lifetime(struct wish *wish, const char *seconds);

/*
 * Changes the recipients and the source of a wish for a call as the rule of
 * "calls" for its recipient says. -EINVAL with @fault.
 */
int wish_by_policy(const struct ue *ue, struct wish *wish, struct fault *fault);

/*
 * Finds a ticket in the store, or makes one, or requests one, and keeps it
 * there. The caller wipes @ticket. Negative errno with @fault.
 */
int wish_obtain(struct ue *ue, const struct wish *wish, struct ticket *ticket,
		struct fault *fault);

/* By these ways alone. */
int wish_make(struct ue *ue, const struct wish *wish, struct ticket *ticket,
	      struct fault *fault);
int wish_request(struct ue *ue, const struct wish *wish, struct ticket *ticket,
		 struct fault *fault);

/* Does @ticket, of ours, fulfil @wish now? */
bool wish_fits(const struct ue *ue, const struct wish *wish,
	       const struct ticket *ticket);

#endif /* SRTPGATE_UE_WISH_H */
