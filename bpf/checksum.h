/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internet checksums (RFC 1071). The UDP checksum is always computed in
 * full: the one that came in may be unfinished (a local sender leaves it to
 * hardware that the frame never meets), and every payload byte changes.
 */
#ifndef SRTPGATE_CHECKSUM_H
#define SRTPGATE_CHECKSUM_H

#include <linux/in.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "media.h"

enum {
	CSUM_CHUNK = 64,	/* bytes to a turn of the loop */
};

static __inline_always __u32 csum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/*
 * Sums the UDP header in front of the payload and the @length payload bytes,
 * whose last chunk is filled up with zeros, onto @sum.
 */
__noinline __u64 csum_payload(struct work *work, __u32 length, __u64 sum)
{
	__u32 at = HEADROOM - (__u32)sizeof(struct udphdr);
	__u64 *rest, other = 0;
	const __be32 *word;

	if (!work)
		return 0;
	length = BOUND(length, SG_RTP_MAX);
	rest = (__u64 *)&work->data[HEADROOM + length];
#pragma clang loop unroll(full)
	for (int i = 0; i < CSUM_CHUNK / 8; i++)
		rest[i] = 0;
	/* An old verifier has to be told in each turn that @at is in bounds. */
	asm volatile("" : "+r"(length));
	/* Two sums, as each addition waits for the one before. */
#pragma clang loop unroll(disable)
	for (; at < HEADROOM + length; at += CSUM_CHUNK) {
		if (unlikely(at > WORK_DATA - CSUM_CHUNK))
			break;
		word = (const __be32 *)&work->data[at];
#pragma clang loop unroll(full)
		for (int i = 0; i < CSUM_CHUNK / 4; i += 2) {
			sum += word[i];
			other += word[i + 1];
		}
	}
	return sum + other;
}

/* Sum over the pseudo header's addresses, protocol and length. */
static __inline_always __u64 csum_pseudo(const struct sg_stream *stream,
					 bool ipv6, __u32 udp_length)
{
	const __be32 *from = stream->source.address;
	const __be32 *to = stream->destination.address;
	__u64 sum = (__u64)from[3] + to[3];

	/* An IPv4-mapped prefix is not part of IPv4's pseudo header. */
	if (ipv6)
		for (int i = 0; i < 3; i++)
			sum += (__u64)from[i] + to[i];
	return sum + bpf_htonl(udp_length) + bpf_htonl(IPPROTO_UDP);
}

/* The checksum field; zero would mean "none", so it is sent as all ones. */
static __inline_always __u16 udp_checksum(struct work *work,
					  const struct sg_stream *stream,
					  bool ipv6, __u32 payload)
{
	__u64 sum = csum_pseudo(stream, ipv6,
				payload + sizeof(struct udphdr));
	__u16 checksum = ~csum_fold(csum_payload(work, payload, sum));

	return checksum ? checksum : 0xffff;
}

#endif /* SRTPGATE_CHECKSUM_H */
