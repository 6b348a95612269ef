/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH with tables: what the program and the process that makes them agree on.
 * docs/engine.md has the reasons.
 *
 * GHASH (NIST SP 800-38D 6.4) is the sum of X(i) * H^(n - i + 1), and what it
 * is over, X(i), is on the wire. So multiples of the powers of H may be looked
 * up by its bits, which nobody need hide; by the sum, which is secret, nothing
 * ever is.
 *
 * The map `powers` is a cache of entries as `keystream` is, by the same rules:
 * srtpgate/keystream.h.
 */
#ifndef SRTPGATE_POWERS_H
#define SRTPGATE_POWERS_H

#include <linux/types.h>

enum {
	SG_POWERS = 6,		/* of a key */
	SG_POWERS_BLOCKS = 96,	/* of a packet at most; longer ones do without */
	/*
	 * Header and payload, bytes: one block is for the lengths, and the last
	 * ones of both may be of one byte.
	 */
	SG_POWERS_LENGTH = 16 * SG_POWERS_BLOCKS - 1 - 2 * 15,
	SG_POWERS_SHARE = 32,	/* entries of `keystream` for each one here */
};

/*
 * An entry: of the key in a slot of `keys`, at the slot modulo the entries'
 * number. .multiple[i][n] is n * H^(SG_POWERS - i), as two host order words,
 * the first bytes first; n's highest bit is the coefficient of x^0, as in a
 * byte.
 *
 * .turn is odd while the entry is written; see struct sg_keystream.
 */
struct sg_powers {
	__u64 multiple[SG_POWERS][16][2];
	__u32 turn;
	__u32 generation;	/* of the key; 0: the entry is empty */
	__u64 key;		/* sg_key.rtp.salt[0], as in sg_keystream */
	__u64 pad[6];
};

_Static_assert(sizeof(struct sg_powers) % 64 == 0,
	       "an entry is no whole number of cache lines");

#endif /* SRTPGATE_POWERS_H */
