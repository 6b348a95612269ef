// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_time.h"

#include <errno.h>

#include "lib/cursor.h"

enum { PROBES = 16 };

int mikey_seconds(const struct mikey_time *t, __u64 *seconds)
{
	__u64 value = t->type == MIKEY_NTP_UTC_32 ? t->value : t->value >> 32;

	*seconds = 0;
	if (t->type == MIKEY_COUNTER)
		return -EINVAL;
	*seconds = value & 1u << 31 ? value : value + (1ull << 32);
	return 0;
}

struct mikey_time mikey_time_make(__u64 seconds, __u32 fraction)
{
	return (struct mikey_time){ MIKEY_NTP_UTC, seconds << 32 | fraction };
}

struct mikey_time mikey_time_next(__u64 *last, __u64 seconds, __u32 fraction,
				  __u8 replica)
{
	__u64 ticks = (seconds << 32 | fraction) >> 8;

	if (ticks <= *last)
		ticks = *last + 1;
	*last = ticks;
	return (struct mikey_time){ MIKEY_NTP_UTC, ticks << 8 | replica };
}

int mikey_time_check(const struct mikey_time *t, __u64 now, __u32 skew,
		     struct mikey_fault *fault)
{
	__u64 seconds;

	if (mikey_seconds(t, &seconds))
		return mikey_fail(fault, -ESTALE, MIKEY_INVALID_TS,
				  "the timestamp is a counter");
	if (seconds + skew < now || seconds > now + skew)
		return mikey_fail(fault, -ESTALE, MIKEY_INVALID_TS,
				  "the timestamp is too far from our clock");
	return 0;
}

/* -- replay ---------------------------------------------------------------- */

void mikey_replay_init(struct mikey_replay *replay, struct mikey_seen *row,
		       __u32 rows, __u32 skew, __u64 now)
{
	*replay = (struct mikey_replay){ row, rows, skew, now };
	memset(row, 0, rows * sizeof(*row));
}

/* Tags are as good as random: their first octets choose the rows to try. */
static __u32 first_row(struct sg_slice tag)
{
	struct sg_cursor c = sg_cursor_of_slice(tag);

	return sg_cursor_u32(&c);
}

static int remember(struct mikey_replay *replay, struct sg_slice tag,
		    __u64 until, __u64 now, struct mikey_fault *fault)
{
	__u32 at = first_row(tag);
	struct mikey_seen *room = NULL;

	for (int i = 0; i < PROBES; i++) {
		struct mikey_seen *row =
			&replay->row[(at + i) & (replay->rows - 1)];

		if (row->until < now)
			room = room ? room : row;
		else if (!memcmp(row->tag, tag.at, sizeof(row->tag)))
			return mikey_fail(fault, -EALREADY, MIKEY_INVALID_TS,
					  "the message was seen before");
	}
	if (!room)
		return mikey_fail(fault, -ENOBUFS, MIKEY_INVALID_TS,
				  "no room to remember one more message");
	memcpy(room->tag, tag.at, sizeof(room->tag));
	room->until = until;
	return 0;
}

int mikey_replay_check(struct mikey_replay *replay, const struct mikey_time *t,
		       struct sg_slice tag, __u64 now,
		       struct mikey_fault *fault)
{
	__u64 seconds;

	if (mikey_seconds(t, &seconds) ||
	    tag.size < sizeof(replay->row->tag))
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_TS,
				  "the message cannot be remembered");
	/* RFC 3830 5.4: what came before us may have been used. */
	if (seconds < replay->opened && now < replay->opened + replay->skew)
		return mikey_fail(fault, -EALREADY, MIKEY_INVALID_TS,
				  "the message is older than our memory");
	return remember(replay, tag, seconds + replay->skew, now, fault);
}
