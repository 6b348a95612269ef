/* SPDX-License-Identifier: GPL-2.0-only */
/* When a stream's indices start anew: RFC 4568 7.1.4, docs/control.md. */
#ifndef SRTPGATE_REKEY_H
#define SRTPGATE_REKEY_H

#include <stdbool.h>

/* What a change does to one side of a stream: where it opens, or seals. */
struct rekey_side {
	bool keyed;	/* has a key after the change */
	bool was_keyed;
	bool same_key;	/* with the keystream it had before */
	bool moved;	/* the side's remote transport address changed */
};

/*
 * Whether the stream starts at rollover counter 0 again. Never under a key
 * that has been used: that would encrypt two packets with one keystream.
 */
bool rekey_restarts(const struct rekey_side *open,
		    const struct rekey_side *seal);

#endif /* SRTPGATE_REKEY_H */
