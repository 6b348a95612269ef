/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the map `keys`. A key is derived, written to a fresh slot and
 * forgotten here: only its slot number is kept. Nothing reads a key back
 * except to see whether a request brings the same one again.
 */
#ifndef SRTPGATE_KEYRING_H
#define SRTPGATE_KEYRING_H

#include <stdbool.h>

#include "gated/slots.h"
#include "lib/master_key.h"

struct keyring {
	int fd;			/* the map `keys` */
	struct slots *slots;
	__u32 generation;	/* of the key installed last */
};

/* slots_zero for the map `keys`; @arg is the keyring. */
void keyring_zero(void *arg, __u32 slot);

/*
 * The slot of @key: the one of the @count slots in @known that holds it
 * already, else a fresh one. -ENOSPC, or the errno of derivation or map.
 */
int keyring_get(struct keyring *ring, const struct sg_master_key *key,
		const __u32 *known, int count, __u32 *slot);

/* Whether both slots encrypt with the same keystream. */
bool keyring_same_keystream(const struct keyring *ring, __u32 a, __u32 b);

/* What may be shown of a key; negative errno. */
struct keyring_label {
	enum sg_suite suite;
	__u32 generation;
	__u8 mki_length;
	__u8 mki[SG_MKI_MAX];
};

int keyring_label(const struct keyring *ring, __u32 slot,
		  struct keyring_label *label);

#endif /* SRTPGATE_KEYRING_H */
