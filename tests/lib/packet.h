/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds frames from words, and checks frames that came out to the last
 * field, so that no test needs hexadecimal.
 *
 * Addresses are IPv6 or IPv4-mapped, network order, as in fastpath.h.
 */
#ifndef SRTPGATE_TEST_PACKET_H
#define SRTPGATE_TEST_PACKET_H

#include <stdbool.h>

#include <linux/types.h>

enum {
	FRAME_MAX = 4096,	/* room for any frame here */
	RTP_HEADER = 12,	/* bytes, RFC 3550 5.1 */
	RTCP_HEADER = 8,	/* bytes, RFC 3550 6.4.1 up to the SSRC */
};

/* What surrounds a UDP payload. */
struct flow {
	__u8 to_mac[6], from_mac[6];
	__u16 vlan[2];		/* outer first; 0: none */
	__be32 from[4], to[4];	/* IPv4 when @to is IPv4-mapped */
	__be16 from_port, to_port;
	__u8 dscp;
	__u8 ttl;
};

/* "10.0.0.1" or "fd00::1"; aborts on anything else. */
void address_set(__be32 address[4], const char *text);
bool address_is_ipv4(const __be32 address[4]);

/* Returns the bytes written to @frame[FRAME_MAX], all checksums right. */
__u32 frame_build(__u8 *frame, const struct flow *flow, const void *payload,
		  __u32 length);

/* Corrects the IPv4 header checksum and lengths after a test's change. */
void frame_fix_ipv4(__u8 *frame);

/*
 * Checks every length and checksum and fills @flow, @payload and @length.
 * NULL when all is right, else what is wrong. A UDP checksum must be there:
 * the gateway always writes one.
 */
const char *frame_check(const __u8 *frame, __u32 size, struct flow *flow,
			const __u8 **payload, __u32 *length);

/* One RTP packet's shape; the bytes of CSRCs, extension, payload: @fill. */
struct rtp {
	__u32 ssrc;
	__u16 sequence;
	__u32 timestamp;
	__u8 payload_type;	/* 0 to 127 */
	bool marker;
	__u8 csrcs;		/* 0 to 15 */
	bool extension;
	__u8 extension_words;
	__u8 padding;		/* bytes of padding in @payload; 0: P bit 0 */
	__u32 payload;		/* bytes */
	__u8 fill;		/* first byte of a running pattern */
};

/* Returns the bytes written. */
__u32 rtp_build(__u8 *to, const struct rtp *rtp);

/* A sender report of @words 32-bit words after the header's two. */
__u32 rtcp_build(__u8 *to, __u32 ssrc, __u32 words, __u8 fill);

/* RFC 5761 4: RTCP by its packet type, 192 to 223. */
bool rtcp_by_type(const __u8 *payload, __u32 length);

__u16 get16(const void *from);	/* network order, any alignment */
__u32 get32(const void *from);
void put16(void *to, __u16 value);
void put32(void *to, __u32 value);

#endif /* SRTPGATE_TEST_PACKET_H */
