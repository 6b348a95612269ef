// SPDX-License-Identifier: GPL-2.0-only
#include "packet.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHER = 14,
	TAG = 4,
	IPV4 = 20,
	IPV6 = 40,
	UDP = 8,
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
	PROTOCOL_UDP = 17,
};

__u16 get16(const void *from)
{
	__u16 value;

	memcpy(&value, from, sizeof(value));
	return ntohs(value);
}

__u32 get32(const void *from)
{
	__u32 value;

	memcpy(&value, from, sizeof(value));
	return ntohl(value);
}

void put16(void *to, __u16 value)
{
	value = htons(value);
	memcpy(to, &value, sizeof(value));
}

void put32(void *to, __u32 value)
{
	value = htonl(value);
	memcpy(to, &value, sizeof(value));
}

void address_set(__be32 address[4], const char *text)
{
	if (inet_pton(AF_INET, text, &address[3]) == 1) {
		address[0] = 0;
		address[1] = 0;
		address[2] = htonl(0xffff);
	} else if (inet_pton(AF_INET6, text, address) != 1) {
		abort();
	}
}

bool address_is_ipv4(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == htonl(0xffff);
}

static __u32 sum(__u32 total, const __u8 *from, __u32 size)
{
	for (; size > 1; size -= 2, from += 2)
		total += get16(from);
	if (size)
		total += *from << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

/* Over pseudo header and datagram; 0xffff when a checksum in it is right. */
static __u32 udp_sum(const struct flow *flow, const __u8 *udp, __u32 size)
{
	__u32 skip = address_is_ipv4(flow->to) ? 12 : 0;
	__u32 total = PROTOCOL_UDP + size;

	total = sum(total, (const __u8 *)flow->from + skip, 16 - skip);
	total = sum(total, (const __u8 *)flow->to + skip, 16 - skip);
	return sum(total, udp, size);
}

static __u8 *put_link(__u8 *at, const struct flow *flow)
{
	bool ipv4 = address_is_ipv4(flow->to);

	memcpy(at, flow->to_mac, 6);
	memcpy(at + 6, flow->from_mac, 6);
	at += 12;
	for (int i = 0; i < 2 && flow->vlan[i]; i++, at += TAG) {
		put16(at, !i && flow->vlan[1] ? TYPE_QINQ : TYPE_VLAN);
		put16(at + 2, flow->vlan[i]);
	}
	put16(at, ipv4 ? TYPE_IPV4 : TYPE_IPV6);
	return at + 2;
}

static __u8 *put_ipv4(__u8 *ip, const struct flow *flow, __u32 udp_size)
{
	memset(ip, 0, IPV4);
	ip[0] = 0x45;
	ip[1] = flow->dscp << 2;
	put16(ip + 2, IPV4 + udp_size);
	put16(ip + 6, 0x4000); /* don't fragment */
	ip[8] = flow->ttl;
	ip[9] = PROTOCOL_UDP;
	memcpy(ip + 12, &flow->from[3], 4);
	memcpy(ip + 16, &flow->to[3], 4);
	put16(ip + 10, ~sum(0, ip, IPV4));
	return ip + IPV4;
}

static __u8 *put_ipv6(__u8 *ip, const struct flow *flow, __u32 udp_size)
{
	put32(ip, 6u << 28 | flow->dscp << 22);
	put16(ip + 4, udp_size);
	ip[6] = PROTOCOL_UDP;
	ip[7] = flow->ttl;
	memcpy(ip + 8, flow->from, 16);
	memcpy(ip + 24, flow->to, 16);
	return ip + IPV6;
}

__u32 frame_build(__u8 *frame, const struct flow *flow, const void *payload,
		  __u32 length)
{
	__u8 *at = put_link(frame, flow);
	__u32 checksum;

	if (address_is_ipv4(flow->to))
		at = put_ipv4(at, flow, UDP + length);
	else
		at = put_ipv6(at, flow, UDP + length);
	memcpy(at, &flow->from_port, 2);
	memcpy(at + 2, &flow->to_port, 2);
	put16(at + 4, UDP + length);
	put16(at + 6, 0);
	memcpy(at + UDP, payload, length);
	checksum = (__u16)~udp_sum(flow, at, UDP + length);
	put16(at + 6, checksum ? checksum : 0xffff);
	return at + UDP + length - frame;
}

void frame_fix_ipv4(__u8 *frame)
{
	__u8 *ip = frame + ETHER;

	put16(ip + 10, 0);
	put16(ip + 10, ~sum(0, ip, (ip[0] & 15) * 4));
}

static const char *check_link(const __u8 **at, const __u8 *end,
			      struct flow *flow, __u16 *type)
{
	if (end - *at < ETHER + 2 * TAG)
		return "frame is shorter than its link header";
	memcpy(flow->to_mac, *at, 6);
	memcpy(flow->from_mac, *at + 6, 6);
	*at += 12;
	for (int i = 0; i < 2; i++, *at += TAG) {
		*type = get16(*at);
		if (*type != TYPE_VLAN)
			break;
		flow->vlan[i] = get16(*at + 2);
	}
	*type = get16(*at);
	*at += 2;
	return NULL;
}

static const char *check_ipv4(const __u8 **at, const __u8 *end,
			      struct flow *flow)
{
	const __u8 *ip = *at;

	if (end - ip < IPV4 || ip[0] != 0x45)
		return "not a plain IPv4 header";
	if (get16(ip + 2) != end - ip)
		return "IPv4 total length is not the frame's";
	if (sum(0, ip, IPV4) != 0xffff)
		return "IPv4 header checksum is wrong";
	if (ip[9] != PROTOCOL_UDP || get16(ip + 6) & 0x3fff)
		return "not an unfragmented UDP datagram";
	flow->dscp = ip[1] >> 2;
	flow->ttl = ip[8];
	address_set(flow->from, "0.0.0.0");
	address_set(flow->to, "0.0.0.0");
	memcpy(&flow->from[3], ip + 12, 4);
	memcpy(&flow->to[3], ip + 16, 4);
	*at += IPV4;
	return NULL;
}

static const char *check_ipv6(const __u8 **at, const __u8 *end,
			      struct flow *flow)
{
	const __u8 *ip = *at;

	if (end - ip < IPV6 || ip[0] >> 4 != 6)
		return "not an IPv6 header";
	if (get16(ip + 4) != end - ip - IPV6)
		return "IPv6 payload length is not the frame's";
	if (ip[6] != PROTOCOL_UDP)
		return "IPv6 next header is not UDP";
	flow->dscp = get32(ip) >> 22 & 63;
	flow->ttl = ip[7];
	memcpy(flow->from, ip + 8, 16);
	memcpy(flow->to, ip + 24, 16);
	*at += IPV6;
	return NULL;
}

static const char *check_udp(const __u8 *udp, const __u8 *end,
			     struct flow *flow)
{
	if (end - udp < UDP || get16(udp + 4) != end - udp)
		return "UDP length is not the frame's";
	memcpy(&flow->from_port, udp, 2);
	memcpy(&flow->to_port, udp + 2, 2);
	if (!get16(udp + 6))
		return "UDP checksum is missing";
	if (udp_sum(flow, udp, end - udp) != 0xffff)
		return "UDP checksum is wrong";
	return NULL;
}

const char *frame_check(const __u8 *frame, __u32 size, struct flow *flow,
			const __u8 **payload, __u32 *length)
{
	const __u8 *end = frame + size;
	const __u8 *at = frame;
	const char *wrong;
	__u16 type;

	memset(flow, 0, sizeof(*flow));
	wrong = check_link(&at, end, flow, &type);
	if (wrong)
		return wrong;
	if (type == TYPE_IPV4)
		wrong = check_ipv4(&at, end, flow);
	else if (type == TYPE_IPV6)
		wrong = check_ipv6(&at, end, flow);
	else
		wrong = "neither IPv4 nor IPv6";
	if (wrong)
		return wrong;
	wrong = check_udp(at, end, flow);
	if (wrong)
		return wrong;
	*payload = at + UDP;
	*length = end - *payload;
	return NULL;
}

static __u8 *put_pattern(__u8 *at, __u32 size, __u8 *fill)
{
	while (size--)
		*at++ = (*fill)++ * 167;
	return at;
}

__u32 rtp_build(__u8 *to, const struct rtp *rtp)
{
	__u8 fill = rtp->fill;
	__u8 *at = to;

	at[0] = 2 << 6 | (rtp->padding ? 1 << 5 : 0) |
		(rtp->extension ? 1 << 4 : 0) | rtp->csrcs;
	at[1] = rtp->marker << 7 | rtp->payload_type;
	put16(at + 2, rtp->sequence);
	put32(at + 4, rtp->timestamp);
	put32(at + 8, rtp->ssrc);
	at = put_pattern(at + RTP_HEADER, rtp->csrcs * 4, &fill);
	if (rtp->extension) {
		put16(at, 0xbede); /* RFC 8285 4.2 */
		put16(at + 2, rtp->extension_words);
		at = put_pattern(at + 4, rtp->extension_words * 4, &fill);
	}
	at = put_pattern(at, rtp->payload, &fill);
	if (rtp->padding)
		at[-1] = rtp->padding;
	return at - to;
}

__u32 rtcp_build(__u8 *to, __u32 ssrc, __u32 words, __u8 fill)
{
	to[0] = 2 << 6;
	to[1] = 200;
	put16(to + 2, 1 + words);
	put32(to + 4, ssrc);
	return put_pattern(to + RTCP_HEADER, words * 4, &fill) - to;
}

bool rtcp_by_type(const __u8 *payload, __u32 length)
{
	return length > 1 && payload[1] >= 192 && payload[1] <= 223;
}
