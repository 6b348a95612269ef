/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the frames that the generator's programs send: see generator.h. */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <linux/types.h>

#include "generator.h"

/* Where frames go; addresses in network order. */
struct frame_link {
	__u8 from_mac[6], to_mac[6];
	__be32 from, to;
};

/* A libbpf array map with BPF_F_MMAPABLE in memory; NULL and errno. */
struct bench_frame *frames_map(int map_fd, __u32 count);
void frames_unmap(struct bench_frame *frames, __u32 count);

/* The RTP packet of sequence number @index mod 2^16; returns its length. */
__u32 frame_rtp(__u8 *rtp, __u64 index, __u32 payload);

/* Writes Ethernet, IPv4 and UDP around the @length bytes at BENCH_RTP. */
void frame_wrap(struct bench_frame *frame, const struct frame_link *link,
		__u32 length);

#endif /* BENCH_FRAMES_H */
