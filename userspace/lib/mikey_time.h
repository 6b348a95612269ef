/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MIKEY's timestamps, and what was seen before.
 *
 * Seconds are those of NTP since 1900, both its eras in one number: with bit
 * 31 a 32-bit value lies in 1968 to 2036, without it in 2036 to 2104 (RFC
 * 4330 3). So none is 0.
 */
#ifndef SRTPGATE_MIKEY_TIME_H
#define SRTPGATE_MIKEY_TIME_H

#include "lib/mikey.h"

#define MIKEY_UNIX_EPOCH 2208988800ull /* NTP seconds in 1970 */

/* -EINVAL: a counter, which says nothing about when. */
int mikey_seconds(const struct mikey_time *t, __u64 *seconds);

/* An NTP-UTC timestamp; @fraction in 2^-32 s. */
struct mikey_time mikey_time_make(__u64 seconds, __u32 fraction);

/*
 * The next T of a process that must never use one twice (RFC 6043 and the
 * keystream of KEMAC): @last or the clock, whichever is later, plus one; its
 * low eight bits are @replica's.
 */
struct mikey_time mikey_time_next(__u64 *last, __u64 seconds, __u32 fraction,
				  __u8 replica);

/*
 * 0: not more than @skew seconds from @now. -ESTALE, with Invalid TS. A
 * COUNTER is refused too: it would allow the same T twice.
 */
int mikey_time_check(const struct mikey_time *t, __u64 now, __u32 skew,
		     struct mikey_fault *fault);

/*
 * Authenticated messages of the last skew seconds, by their tags (RFC 3830
 * 5.4). The rows are the caller's. When all are taken by messages that may
 * still be replayed, nothing new is accepted: better a refused call than a
 * replayed one.
 */
struct mikey_seen {
	__u8 tag[16];		/* the beginning of V's or the signature */
	__u64 until;		/* 0: free */
};

struct mikey_replay {
	struct mikey_seen *row;
	__u32 rows;		/* a power of two */
	__u32 skew;		/* seconds */
	__u64 opened;		/* when the memory began */
};

void mikey_replay_init(struct mikey_replay *replay, struct mikey_seen *row,
		       __u32 rows, __u32 skew, __u64 now);

/*
 * Call it with the tag of a message whose T mikey_time_check() passed and
 * whose V is right; it is remembered. -EALREADY: a replay, or sent before
 * the memory began; -ENOBUFS: no room. With Invalid TS.
 */
int mikey_replay_check(struct mikey_replay *replay, const struct mikey_time *t,
		       struct sg_slice tag, __u64 now,
		       struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_TIME_H */
