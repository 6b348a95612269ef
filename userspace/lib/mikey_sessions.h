/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside mikey_exchange.h: the crypto sessions of the TRANSFER messages. */
#ifndef SRTPGATE_MIKEY_SESSIONS_H
#define SRTPGATE_MIKEY_SESSIONS_H

#include "lib/mikey_exchange.h"

/* Copies the CS ID map; appends the SPs. -EINVAL: more than there may be. */
int mikey_sessions_fill(struct mikey_message *message,
			const struct mikey_sessions *sessions);
void mikey_sessions_add_policies(struct mikey_message *message,
				 const struct mikey_sessions *sessions);

/*
 * The other way round. -EINVAL, Invalid SP: two policies of one number, or
 * no GENERIC-ID map (RFC 6043 4.2.2).
 */
int mikey_sessions_take(struct mikey_sessions *sessions,
			const struct mikey_message *message,
			struct mikey_fault *fault);

/*
 * Is @answer one to @offer (RFC 6043 4.2.2.3): the same sessions, each with
 * session data, an SPI, and one policy that either side has said? A protocol
 * without policies, as TLS, has none. -EINVAL, Invalid SP.
 */
int mikey_sessions_check(const struct mikey_sessions *answer,
			 const struct mikey_sessions *offer,
			 struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_SESSIONS_H */
