/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the map `keys`. A key is derived, written to a fresh slot and
 * forgotten here: only its slot number is kept. Nothing reads a key back
 * except to see whether a request brings one that is there already.
 *
 * A slot lives as long as somebody holds a reference to it.
 */
#ifndef SRTPGATE_KEYRING_H
#define SRTPGATE_KEYRING_H

#include <stdbool.h>

#include "gated/slots.h"
#include "lib/maps.h"
#include "lib/master_key.h"

struct keyring {
	struct sg_key *key;	/* the map `keys`, in memory */
	__u32 size;		/* slots */
	struct slots *slots;
	__u32 generation;	/* of the key installed last */
	bool no_slow_path;	/* keys that need it are refused */
	__u32 *references;	/* by slot */
	__u32 *first;		/* by hash: a slot, 0: none */
	__u32 *next;		/* by slot: one of the same hash */
};

/* Maps the map into memory; what it holds has no references yet. */
int keyring_open(struct keyring *ring, struct event_base *base,
		 const struct sg_maps *maps);
void keyring_close(struct keyring *ring);

/*
 * A slot with @key and one more reference to it: the one of the @count slots
 * in @known that has it already, else a fresh one, @home if it can be
 * (slots_take). -ENOSPC; -EOPNOTSUPP: it
 * needs the slow path, which is off; or the errno of the derivation.
 */
int keyring_get(struct keyring *ring, const struct sg_master_key *key,
		const __u32 *known, int count, __u32 home, __u32 *slot);

/* One reference more, one less; slot 0 and slots without any are ignored. */
void keyring_hold(struct keyring *ring, __u32 slot);
void keyring_put(struct keyring *ring, __u32 slot);

/*
 * One reference to a key that was there before the daemon. -EINVAL: there is
 * none.
 */
int keyring_claim(struct keyring *ring, __u32 slot);

/* After the claims: zeroes all other keys and says how many there were. */
int keyring_settle(struct keyring *ring);

/*
 * Another slot in use, and none of the @count in @except, whose key encrypts
 * with the same keystream as that in @slot; 0: none. MKI, lifetime, tag and
 * key derivation rate make no difference to that.
 */
__u32 keyring_twin(const struct keyring *ring, __u32 slot, const __u32 *except,
		   int count);

/* Whether both slots encrypt with the same keystream. */
bool keyring_same_keystream(const struct keyring *ring, __u32 a, __u32 b);

/* What may be shown of a key. -EINVAL: no such slot. */
struct keyring_label {
	enum sg_suite suite;
	__u32 generation;
	__u32 fingerprint;	/* lib/master_key.h */
	__u64 lifetime;		/* packets; 0: not limited */
	bool slow;		/* SG_KEY_USER */
	bool untagged_rtp;	/* UNAUTHENTICATED_SRTP */
};

int keyring_label(const struct keyring *ring, __u32 slot,
		  struct keyring_label *label);

/* What people were told of the key: sg_key.told, which outlives the daemon. */
__u8 keyring_told(const struct keyring *ring, __u32 slot);
void keyring_tell(struct keyring *ring, __u32 slot, __u8 told);

#endif /* SRTPGATE_KEYRING_H */
