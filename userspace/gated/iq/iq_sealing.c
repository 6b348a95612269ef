// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_sealing.h"

#include "gated/lifetime.h"

/* The first key of which none of @bits was told; 0: there is none. */
static __u32 first_without(const struct keyring *keys,
			   const struct iq_crypto *crypto, __u8 bits)
{
	for (int i = 0; i < SG_OPEN_KEYS && crypto->slot[i]; i++)
		if (!(keyring_told(keys, crypto->slot[i]) & bits))
			return crypto->slot[i];
	return 0;
}

__u32 iq_sealing_key(const struct keyring *keys, const struct iq_crypto *crypto)
{
	static const __u8 warned = LIFETIME_WARNED << LIFETIME_SEALS;
	__u32 slot = first_without(keys, crypto, LIFETIME_LEFT | warned);

	if (!slot)
		slot = first_without(keys, crypto, LIFETIME_LEFT);
	return slot ? slot : crypto->slot[0];
}

void iq_sealing_switched(struct keyring *keys, __u32 from, __u32 to)
{
	if (from && from != to)
		keyring_tell(keys, from,
			     keyring_told(keys, from) | LIFETIME_LEFT);
}
