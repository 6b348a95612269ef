/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside mikey_exchange.h: what queries and the replies to them share. */
#ifndef SRTPGATE_MIKEY_QUERY_H
#define SRTPGATE_MIKEY_QUERY_H

#include "lib/mikey_exchange.h"

/* The keys of @query or, with MIKEY_PHASE_RESP, of its reply. */
int mikey_query_derive(struct mikey_message_keys *keys,
		       const struct mikey_query *query,
		       const struct mikey_secret *psk, enum mikey_phase phase);

#endif /* SRTPGATE_MIKEY_QUERY_H */
