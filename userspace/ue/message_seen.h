/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that were opened, by the tags of their TRANSFER_INITs, in a file:
 * none is opened twice (RFC 3830 5.4), also not by another process or after a
 * restart.
 */
#ifndef SRTPGATE_UE_MESSAGE_SEEN_H
#define SRTPGATE_UE_MESSAGE_SEEN_H

#include "lib/fault.h"
#include "lib/slice.h"

/*
 * Remembers @tag, of at most 32 octets, up to @until; forgets what ended
 * before @now (NTP seconds both). 0 means that it is on disk. -EALREADY: it
 * was there; another negative errno: it is not sure that it will be
 * remembered; with @fault.
 */
int message_seen(const char *path, struct sg_slice tag, __u64 until, __u64 now,
		 struct fault *fault);

#endif /* SRTPGATE_UE_MESSAGE_SEEN_H */
