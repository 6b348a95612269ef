/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes key stream ahead of the packets that ask for it: what the process of
 * ahead.h does, without the process. docs/engine.md, srtpgate/keystream.h.
 */
#ifndef SRTPGATE_AHEAD_MAKER_H
#define SRTPGATE_AHEAD_MAKER_H

#include "lib/srtp_ahead.h"
#include "lib/srtp_powers.h"

struct gateway;
struct ring_buffer;

/* The program's side of it, in memory of which forked processes have a part. */
struct ahead_setup {
	struct srtp_cache cache;
	struct sg_powers *powers; /* the map `powers` */
	__u32 powers_mask;	/* its entries less one */
	const struct sg_key *key; /* the map `keys`: read-only */
	__u32 key_count;
	__u32 *heard;		/* the program's: somebody reads what it asks */
	struct sg_ahead *counters;
	struct ring_buffer *asks;
	struct ahead_maker *maker; /* whom they are read by */
};

/*
 * Has a @skeleton that is not loaded yet look for key stream in @entries, a
 * power of two, SG_POWERS_SHARE or more, and for tables for GHASH.
 */
void ahead_set_size(struct gateway *skeleton, __u32 entries);

/*
 * Of a loaded @skeleton; readies OpenSSL as well. Negative errno; in either
 * case ahead_tear_down() it.
 */
int ahead_set_up(struct ahead_setup *setup, const struct gateway *skeleton);
void ahead_tear_down(struct ahead_setup *setup);

/* NULL: out of memory. @setup must live as long, and has one maker. */
struct ahead_maker *ahead_maker_new(struct ahead_setup *setup);
/* Forgets all keys. NULL: does nothing. */
void ahead_maker_free(struct ahead_maker *maker);

/* Does what was asked for since the last time; @now: ns. How many asked. */
int ahead_maker_work(struct ahead_maker *maker, __u64 now);

/* ms until ahead_maker_work() should be called again. */
int ahead_maker_pause(const struct ahead_maker *maker);

/*
 * Forgets keys that are gone, and streams that have ended, and empties the
 * entries of both.
 */
void ahead_maker_sweep(struct ahead_maker *maker, __u64 now);

/* Tells the program that nobody hears it, and empties all entries. */
void ahead_end(const struct ahead_setup *setup);

/*
 * All of that, until the socket @parent ends: the life of the process. Negative
 * errno.
 */
int ahead_run(struct ahead_setup *setup, int parent);

#endif /* SRTPGATE_AHEAD_MAKER_H */
