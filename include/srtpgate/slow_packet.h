/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One packet that userspace converts, between the programs slow_begin,
 * slow_commit and slow_finish and whoever runs them: bpf/slow.h,
 * gated/slow/slow_crypto.h.
 *
 * The single value of the map `slow_packet`, memory-mapped. It is of the
 * loaded object, and so of one process: never pinned, and no part of
 * SG_LAYOUT_VERSION. Host order.
 */
#ifndef SRTPGATE_SLOW_PACKET_H
#define SRTPGATE_SLOW_PACKET_H

#include "srtpgate/fastpath.h"

/* slow_begin, slow_commit: all is well, go on. Else a verdict. */
enum { SG_SLOW_GO_ON = XDP_REDIRECT + 1 };

/* A key of the stream, and the index to use it with. */
struct sg_slow_key {
	__u32 slot;		/* in `keys`; 0: none */
	__u32 generation;
	__u32 reason;		/* enum sg_drop_reason, why it cannot be this
				 * one, if the MKI does not say so already */
	__u32 pad;
	__u64 index;		/* of RTP 48 bits, of RTCP 31 */
	__u64 second;		/* to try when .index was a wrong guess */
};

struct sg_slow_packet {
	/* From slow_begin. */
	__u32 offset;		/* bytes of the frame before the UDP payload, */
	__u32 length;		/* and of that */
	__u32 rtcp;
	__u32 opens;		/* the stream has keys to open with: */
	struct sg_slow_key open[SG_OPEN_KEYS];

	/* To slow_commit, what came of opening, and to slow_finish. */
	__u32 reason;		/* enum sg_drop_reason to drop it for, or 0 */
	__u32 opened;		/* which of .open it was, */
	__u32 retried;		/* at its .second index */
	__u32 pad;

	/* From slow_commit: an index that was never used. */
	struct sg_slow_key seal;
};

_Static_assert(sizeof(struct sg_slow_packet) == 160, "layout");

#endif /* SRTPGATE_SLOW_PACKET_H */
