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
	CSUM_CHUNK = 512,	/* bpf_csum_diff() takes no more at once */
	CSUM_CHUNKS = (SG_RTP_MAX + TAILROOM) / CSUM_CHUNK + 1,
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
 * whose tail is zeroed up to the next word, onto @sum.
 */
__noinline __u64 csum_payload(struct work *work, __u32 length, __u64 sum)
{
	__u32 left = BOUND(length, SG_RTP_MAX);
	__u32 at = HEADROOM - (__u32)sizeof(struct udphdr);
	__s64 part = csum_fold(sum);

	if (!work)
		return 0;
	store32(work, left, 0);
	left = (left + sizeof(struct udphdr) + 3) & ~3U;
	for (int i = 0; i < CSUM_CHUNKS && left; i++) {
		__u32 chunk = left < CSUM_CHUNK ? left : CSUM_CHUNK;

		if (at > WORK_DATA - CSUM_CHUNK)
			break;
		part = bpf_csum_diff(NULL, 0, (__be32 *)&work->data[at],
				     chunk & ~3U, part);
		at += chunk;
		left -= chunk;
	}
	return part;
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
