/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call that waits for its answers, of which a forked call has several: our
 * TRANSFER_INIT and the keys that its ticket gave us. A sealed file.
 */
#ifndef SRTPGATE_UE_OFFER_H
#define SRTPGATE_UE_OFFER_H

#include "ue/ue.h"

enum { OFFER_RECORD_MAX = MIKEY_MESSAGE_MAX + MIKEY_KEYS_SIZE_MAX +
			  MIKEY_ID_MAX + 64 };

struct offer {
	struct mikey_transfer transfer; /* slices lie in .octets */
	struct sg_slice callee;
	struct mikey_keys keys;	/* the ticket's, not forked: secret */
	__u8 octets[OFFER_RECORD_MAX];
};

/* Negative errno with @fault. The caller zeroes @offer, in either case. */
int offer_read(struct ue *ue, const char *path, struct offer *offer,
	       struct fault *fault);

#endif /* SRTPGATE_UE_OFFER_H */
