/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams as the frames that the program takes, and back. Pure functions.
 *
 * A frame has no more than the program reads: Ethernet without link-layer
 * addresses, a VLAN tag that stands for the realm (the self-test's has none), IP without options or
 * extension headers as if it had never been in fragments, UDP without a
 * checksum (the kernel has verified it).
 */
#ifndef SRTPGATE_SLOW_FRAME_H
#define SRTPGATE_SLOW_FRAME_H

#include <stddef.h>

#include "srtpgate/fastpath.h"

enum {
	SLOW_HEADERS = 14 + 4 + 40 + 8,	/* the most there can be */
	/* One byte more than is carried: the program sees that it is too long. */
	SLOW_PAYLOAD = SG_RTP_MAX + 1,
	SLOW_FRAME = SLOW_HEADERS + SLOW_PAYLOAD,
};

/* Addresses IPv4-mapped or IPv6, they and ports in network order. */
struct slow_packet {
	__be32 from[4], to[4];
	__be16 from_port, to_port;
	__u8 traffic_class;
	__u8 ttl;
	__u16 tag;		/* VLAN identifier; 0: none */
	__u32 ifindex;
	const void *udp;	/* header and payload of a parsed frame */
	size_t udp_size;
};

/*
 * Writes the headers of @packet in front of @payload, which lies @length (at
 * most SLOW_PAYLOAD) bytes long behind SLOW_HEADERS bytes of room. Returns
 * where the frame begins; it ends with the payload.
 */
void *slow_frame_build(const struct slow_packet *packet, void *payload,
		       size_t length);

/*
 * What SG_SLOW_SEND is about, .udp within @frame. -EBADMSG: not a frame that
 * the program makes.
 */
int slow_frame_parse(struct slow_packet *packet, const void *frame,
		     size_t size);

#endif /* SRTPGATE_SLOW_FRAME_H */
