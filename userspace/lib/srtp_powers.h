/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of the map `powers` (srtpgate/powers.h): tables for GHASH. Without a
 * branch or a look-up that depends on the key.
 */
#ifndef SRTPGATE_SRTP_POWERS_H
#define SRTPGATE_SRTP_POWERS_H

#include "lib/srtp_ahead.h"
#include "srtpgate/powers.h"

/* Writes the tables of @ahead's key, which is of GCM. */
void srtp_powers_make(struct sg_powers *entry, const struct srtp_ahead *ahead);

/* Whether that is what @entry holds. */
bool srtp_powers_are(const struct sg_powers *entry,
		     const struct srtp_ahead *ahead);

/* Empties @entry, so that nothing of it can be used or read any more. */
void srtp_powers_zero(struct sg_powers *entry);

#endif /* SRTPGATE_SRTP_POWERS_H */
