/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets whose index is known: built, put through the loaded program, and
 * compared with what the reference makes of them under exactly that index.
 *
 * All give 0 when what left is right, EXCHANGE_WRONG when it is not, or the
 * enum sg_drop_reason of a drop.
 */
#ifndef SRTPGATE_TEST_EXCHANGE_H
#define SRTPGATE_TEST_EXCHANGE_H

#include "rig.h"

enum { EXCHANGE_WRONG = -1 };

/* Plain RTP or RTCP of @ssrc; @packet has room for 256 bytes. */
void exchange_build(bool rtcp, __u32 ssrc, __u64 index, __u8 *packet,
		    __u32 *length);

/* A packet that @key's owner made under @index; the stream opens only. */
int exchange_open(struct rig *rig, const struct scene *scene,
		  const struct test_key *key, bool rtcp, __u32 ssrc,
		  __u64 index);

/* A plain packet that must leave under @index of the scene's seal key. */
int exchange_seal(struct rig *rig, const struct scene *scene, bool rtcp,
		  __u32 ssrc, __u64 index);

#endif /* SRTPGATE_TEST_EXCHANGE_H */
