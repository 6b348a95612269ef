/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which key of an a=crypto with several seals (RFC 4568 6.1: its MKI tells the
 * receiver): the first, until it comes near the end of its lifetime, then the
 * next. One that another has followed never seals again by itself, for its
 * packets are not counted any more. All that is known of that is in
 * sg_key.told, so it outlives the daemon.
 */
#ifndef SRTPGATE_IQ_SEALING_H
#define SRTPGATE_IQ_SEALING_H

#include "gated/iq/iq_side.h"

/* The slot of the key of @crypto that is to seal; 0: it has none. */
__u32 iq_sealing_key(const struct keyring *keys,
		     const struct iq_crypto *crypto);

/* The key in slot @from has sealed (0: none has), now that in @to does. */
void iq_sealing_switched(struct keyring *keys, __u32 from, __u32 to);

#endif /* SRTPGATE_IQ_SEALING_H */
