/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU working memory: a packet is copied here once, converted in place,
 * given its new headers directly in front, and stored back in one go. The
 * BPF stack (512 bytes) holds none of it. What is known of the packet is here
 * too: the verifier then follows fewer paths than with variables.
 *
 * For frames of interfaces an XDP program is not re-entered on its CPU, so no
 * lock is needed. BPF_PROG_RUN has memory of its own: older kernels let softirqs,
 * and other processes that run a program, come in between.
 */
#ifndef SRTPGATE_WORK_H
#define SRTPGATE_WORK_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "srtpgate/keystream.h"
#include "srtpgate/kfunc.h"
#include "srtpgate/powers.h"

#define __inline_always inline __attribute__((always_inline))

enum {
	HEADROOM = 128,	/* bytes before the UDP payload, for new headers */
	/*
	 * Bytes behind it for tag, MKI and SHA-1's padding, and at the end
	 * HMAC's outer block or what GCM keeps.
	 */
	TAILROOM = 256,
	WORK_DATA = HEADROOM + SG_RTP_MAX + TAILROOM,
};

/* What the steps of the journey tell one another about the packet. */
struct packet {
	/* frame, as parsed */
	__be32 source[4];	/* IPv4-mapped or IPv6 */
	struct sg_address_key destination;
	__be16 source_port;
	__be16 destination_port;
	__u16 vlan;		/* VLAN identifier, 0: untagged */
	__u16 slow;		/* it is the slow path's worker's frame */
	__u16 udp_offset;	/* bytes from the start of the frame */
	__u16 udp_length;	/* as the UDP header claims */
	__u32 ip_payload;	/* bytes behind the IP header, as it claims */
	__u32 frame_length;	/* bytes, all fragments of the xdp_buff */
	__u8 traffic_class;	/* DSCP and ECN */
	__u8 ttl;

	/* RTP or RTCP, at work.data[HEADROOM] */
	__u8 rtcp;		/* by RFC 5761 */
	__u16 sequence;
	__u32 ssrc;
	__u32 timestamp;
	__u32 length;		/* bytes now; open shrinks, seal grows it */
	__u32 header;		/* RTP: bytes in front of the payload */

	__u64 now;		/* ns, CLOCK_MONOTONIC */
	__u32 slot;		/* of the stream, for reports */
	__u32 home;		/* where it was looked for: home.h */
};

/* What open knows of a packet before it is committed. */
struct opening {
	struct sg_window window; /* the source's, as it was before */
	__u64 index;
	__u64 first;		/* the first guess of it */
	__u64 lifetime;		/* of the key, 0: not counted */
	__u32 slot;		/* of the source, or SG_SOURCES */
	__u32 end;		/* bytes in front of MKI and tag */
	__u32 key;		/* slot of the key that authenticated it, */
	__u32 generation;	/* and the key's generation */
	__u32 retried;		/* the second guess was right */
	__u32 word;		/* SRTCP: E bit and index */
	__u32 tried;		/* keys of the stream that were not it */
	__u32 opened;		/* decrypted, too: by the module */
	int reason;		/* why not: enum sg_drop_reason */
};

/* What the new headers need besides the stream. */
struct forwarding {
	struct sg_next_hop hop;	/* a copy, each word read in one go */
	__u32 payload;		/* bytes of UDP payload */
	__u8 traffic_class;
	__u8 ttl;
	__u8 ipv6;
	__u8 pad;
};

/* A part of what GHASH is over; it is padded to whole blocks. */
struct hashed {
	__u32 at;		/* in work.data */
	__u32 length;		/* bytes */
};

struct work {
	__u32 busy;		/* a process is in the program, on this CPU */
	struct packet packet;
	struct opening opening;
	struct forwarding forwarding;

	/* UDP payload from [HEADROOM] on, so that it starts aligned. */
	__u8 data[WORK_DATA] __attribute__((aligned(64)));

	__u64 trailer[4];	/* last bytes as received: MKI and tag */

	/* engine: nothing here survives a call of it */
	__u64 round_key[112];	/* AES, fourteen keys of eight bit planes */
	__u32 schedule[80];	/* SHA-1 message schedule */

	/* engine: in and out */
	__u64 iv[2];		/* AES-CM: compact form, without counter */
	__u32 digest[5];	/* HMAC-SHA1, host order words */
	__u32 batch;		/* AES: number of the first batch */
	struct hashed part[4];	/* GHASH: its input, used up */
	__u64 hash[2];		/* GHASH, host order words */
	__u32 parts;
	__u32 fence;		/* see keystream.h */

	/* Key stream ahead of the packet: keystream.h */
	__u32 key;		/* slot of the key at hand */
	__u32 ready;		/* GCM: .stream is the packet's */
	__u32 asks;		/* notes of what to ask for: */
	__u32 blocks;		/* of .nibble: powers.h */
	struct sg_ask ask[2];
	__u8 stream[SG_KEYSTREAM_CHUNKS * SG_KEYSTREAM_CHUNK]
		__attribute__((aligned(64)));

	/* powers.h: a block's high nibbles, then its low ones, times 16 */
	__u64 nibble[SG_POWERS_BLOCKS][4];

	struct sg_conversion conversion; /* the module's: in and out */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct work);
} work SEC(".maps");

/* This CPU's memory, until .busy is 0 again; NULL: another process has it. */
static __inline_always struct work *work_take(const struct xdp_md *ctx)
{
	__u32 of_process = ctx->ingress_ifindex == SG_LOOPBACK;
	struct work *memory = bpf_map_lookup_elem(&work, &of_process);

	if (memory && of_process &&
	    __sync_lock_test_and_set(&memory->busy, 1))
		return NULL;
	return memory;
}

#endif /* SRTPGATE_WORK_H */
