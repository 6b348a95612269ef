/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a call's TRANSFER messages and session keys to SRTP: the master key,
 * salt, suite and MKI of one crypto session, which is one stream one way.
 */
#ifndef SRTPGATE_MIKEY_MEDIUM_H
#define SRTPGATE_MIKEY_MEDIUM_H

#include "lib/master_key.h"
#include "lib/mikey_exchange.h"
#include "lib/mikey_srtp.h"

struct mikey_medium {
	struct sg_master_key key; /* secret; .mki is the SPI of the session */
	struct mikey_stream stream;
	bool has_stream;	/* an offer may not say it */
};

/*
 * Derives what goes with crypto session @cs. @answer may be empty (all zero)
 * when the ticket has no F. @keys are the session keys of the ticket, MPKs
 * among them are passed over, then those that the initiator and the responder
 * sent; which one counts says the session's SPI. -ENOENT: no such session;
 * -ENOKEY: no key, or more than one, has its SPI; -ENOTSUP: the policy is
 * none that we have; -EINVAL; all with @fault. @medium is zero then.
 */
int mikey_medium_derive(struct mikey_medium *medium,
			const struct mikey_transfer *transfer,
			const struct mikey_answer *answer,
			const struct mikey_keys *const *keys, int count,
			__u8 cs, struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_MEDIUM_H */
