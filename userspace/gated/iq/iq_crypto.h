/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * a=crypto of Local and Remote: what of RFC 4568 the data plane can do, and
 * the way of a key into a slot.
 */
#ifndef SRTPGATE_IQ_CRYPTO_H
#define SRTPGATE_IQ_CRYPTO_H

#include "gated/iq/iq_side.h"
#include "lib/sdp.h"

/* One a=crypto as it was read, with a=extmap; its keys are secret. */
struct iq_offer {
	const struct sdes_suite *suite; /* NULL: there is none */
	__u32 tag;
	int keys;
	struct sg_master_key key[SG_OPEN_KEYS];
};

/*
 * The one a=crypto of @sdp's only media section, if there is one. -EINVAL
 * and @fault: 449 for what is not supported, 474 for what is malformed;
 * @offer is zero then.
 */
int iq_crypto_read(struct iq_offer *offer, const struct sdp *sdp,
		   struct iq_fault *fault);

/*
 * Makes @crypto what @offer says, of which @old (NULL: nothing) is the state
 * before the transaction: an unchanged key keeps its slot. @sends: nobody
 * else may hold any of its keys. For each slot @crypto has one reference, or
 * shares @old's; the first key's is @home (gated/home.h) if it can be.
 */
int iq_crypto_take(struct keyring *keys, struct iq_crypto *crypto,
		   const struct iq_crypto *old, const struct iq_offer *offer,
		   bool sends, __u32 home, struct iq_fault *fault);

/* Gives back what @gone holds and @kept (NULL: nothing) does not. */
void iq_crypto_release(struct keyring *keys, const struct iq_crypto *gone,
		       const struct iq_crypto *kept);

#endif /* SRTPGATE_IQ_CRYPTO_H */
