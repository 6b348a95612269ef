/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU working memory: a packet is copied here once, converted in place,
 * given its new headers directly in front, and stored back in one go. The
 * BPF stack (512 bytes) holds none of it.
 *
 * An XDP program is not re-entered on its CPU, so no lock is needed.
 */
#ifndef SRTPGATE_WORK_H
#define SRTPGATE_WORK_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "srtpgate/fastpath.h"

#define __inline_always inline __attribute__((always_inline))

enum {
	HEADROOM = 128,	/* bytes before the UDP payload, for new headers */
	TAILROOM = 128,	/* bytes behind it: tag, MKI, SHA-1 padding */
	WORK_DATA = HEADROOM + SG_RTP_MAX + TAILROOM,
};

struct work {
	/* UDP payload from [HEADROOM] on, so that it starts aligned. */
	__u8 data[WORK_DATA] __attribute__((aligned(64)));

	/* engine: nothing here survives a call of it */
	__u64 round_key[88];	/* AES, eleven keys of eight bit planes */
	__u64 plane[8];		/* AES state, one batch of four blocks */
	__u64 keystream[8];	/* that batch, as bytes */
	__u32 schedule[80];	/* SHA-1 message schedule */

	/* engine: in and out */
	__u64 iv[2];		/* AES-CM: compact form, without counter */
	__u32 digest[5];	/* HMAC-SHA1, host order words */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} work SEC(".maps");

#endif /* SRTPGATE_WORK_H */
