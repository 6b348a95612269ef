/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket protection keys: a ring, in one file that all replicas of a server
 * have. Tickets carry the number of their key in THDR (RFC 6043 A.1), so any
 * replica opens them, and none keeps anything about them.
 *
 * Each line of the file is a number, the time from which the key seals, in
 * UTC, and the key in base64:
 *
 *	7 2026-11-21T15:00:00Z 3q2+7wAA...
 *
 * The newest whose time has come seals; every key opens. So a new one is
 * added with a time at which all replicas have it, and an old one goes when
 * the last of its tickets has ended. Times are seconds since 1970.
 */
#ifndef SRTPGATE_KMS_TICKET_KEYS_H
#define SRTPGATE_KMS_TICKET_KEYS_H

#include "lib/fault.h"
#include "lib/mikey_key.h"

enum {
	TICKET_KEYS_MAX = 256,
	TICKET_KEY_SIZE = 32,	/* octets */
	TICKET_KEY_LABEL = 4,	/* octets of the number in THDR */
};

struct ticket_key {
	__u32 number;
	__u64 from;
	char label[TICKET_KEY_LABEL]; /* the number, as in THDR */
	struct mikey_secret secret;
};

struct ticket_keys {
	struct ticket_key key[TICKET_KEYS_MAX]; /* by .from */
	int keys;
};

/* Negative errno with @fault; @keys is empty then. */
int ticket_keys_load(struct ticket_keys *keys, const char *path,
		     struct fault *fault);
int ticket_keys_save(const struct ticket_keys *keys, const char *path,
		     struct fault *fault);

/* Appends a fresh one, later than all others. -EINVAL, -ENOSPC, -EIO. */
int ticket_keys_add(struct ticket_keys *keys, __u64 from, struct fault *fault);

/*
 * Removes those that no ticket can need which lived @lifetime seconds at
 * most. Returns how many; the one that seals stays.
 */
int ticket_keys_prune(struct ticket_keys *keys, __u64 now, __u64 lifetime);

/* The one to seal with; NULL: no time has come. */
const struct ticket_key *ticket_keys_current(const struct ticket_keys *keys,
					     __u64 now);

/* The one whose number is in @label, a ticket's THDR; NULL. */
const struct ticket_key *ticket_keys_find(const struct ticket_keys *keys,
					  struct sg_slice label);

void ticket_keys_wipe(struct ticket_keys *keys);

#endif /* SRTPGATE_KMS_TICKET_KEYS_H */
