/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the generator's BPF programs and the benchmarks agree on: prepared
 * frames, flows, and the payload pattern by which the sink knows a packet
 * that arrived intact.
 *
 * Every frame is Ethernet, IPv4 without options, UDP with checksum 0 (so
 * that no peer pays for a sum that a network card would have verified), RTP
 * without CSRCs and extension.
 */
#ifndef BENCH_GENERATOR_H
#define BENCH_GENERATOR_H

#include <linux/types.h>

enum {
	BENCH_UDP = 14 + 20,		/* offset of the UDP header */
	BENCH_RTP = BENCH_UDP + 8,	/* of the RTP header */
	BENCH_PAYLOAD = BENCH_RTP + 12,	/* of the payload */
	BENCH_FRAME_MAX = 1272,
	BENCH_TAG = 10,			/* bytes: HMAC-SHA1-80 */

	BENCH_AHEAD = 4,	/* packets ahead that cache lines are fetched */
	BENCH_TOUCHED = 320,	/* bytes of a frame that are */

	BENCH_CALL_PAYLOAD = 160,	/* of the packets that really move */
	BENCH_CALL_FRAME = BENCH_PAYLOAD + BENCH_CALL_PAYLOAD,
	BENCH_FLOWS = 64,
	BENCH_BURST = 64,	/* packets at once: one poll of NAPI */
	BENCH_SINK_PORT = 30000,	/* of flow 0; flow n has the n-th next */

	/* Local ports 10000, 10002, ... 49998, then the next address. */
	BENCH_LOCAL_PORT = 10000,
	BENCH_PORTS = 20000,
	BENCH_REMOTE_PORT = 4000,
};

/* Value of `frames`: one prepared frame. */
struct bench_frame {
	__u32 length;
	__u32 pad;
	__u8 bytes[BENCH_FRAME_MAX];
};

enum bench_kind {
	BENCH_PROTECTED = 0,	/* arrives as SRTP, leaves as RTP */
	BENCH_PLAIN = 1,	/* arrives as RTP */
};

/* Slots of `targets`: what `drive` calls. */
enum bench_target {
	BENCH_GATEWAY,
	BENCH_OWN,	/* which makes its own key stream */
	BENCH_EMPTY,
	BENCH_TARGETS
};

/* Value of `flows`: what the live generator writes over a frame. */
struct bench_flow {
	__be16 source;		/* UDP ports, network order */
	__be16 destination;
	__u32 kind;		/* enum bench_kind */
};

/* How many intact packets the sink had at some time. */
struct bench_mark {
	__u64 at;		/* ns, CLOCK_MONOTONIC; 0: never */
	__u64 valid;
};

/* Record of `samples`: a sealed packet as it reached the sink. */
struct bench_sample {
	__u32 flow;
	__u32 length;
	__u8 packet[12 + BENCH_CALL_PAYLOAD + BENCH_TAG];
	__u8 pad[2];
};

/* 64-bit word @n of the payload of the packet with sequence number @seq. */
static inline __u64 bench_word(__u16 seq, __u32 n)
{
	return (seq + 1ULL) * 0x9e3779b97f4a7c15ULL + n;
}

#endif /* BENCH_GENERATOR_H */
