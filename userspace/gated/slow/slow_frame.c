// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow/slow_frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <string.h>

#include "lib/address.h"
#include "lib/cursor.h"

enum {
	VLAN_ID_MASK = 0x0fff,
	IPV4_PLAIN = 0x45,	/* version 4, no options */
};

/* -- building ---------------------------------------------------------------- */

static __u16 ipv4_checksum(const struct iphdr *ip)
{
	const __u16 *half = (const __u16 *)ip;
	__u32 sum = 0;

	for (size_t i = 0; i < sizeof(*ip) / 2; i++)
		sum += half[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void *put_ipv4(const struct slow_packet *packet, char *udp, size_t size)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tos = packet->traffic_class,
		.tot_len = htons(sizeof(ip) + size),
		.ttl = packet->ttl,
		.protocol = IPPROTO_UDP,
		.saddr = packet->from[3],
		.daddr = packet->to[3],
	};

	ip.check = ipv4_checksum(&ip);
	return memcpy(udp - sizeof(ip), &ip, sizeof(ip));
}

static void *put_ipv6(const struct slow_packet *packet, char *udp, size_t size)
{
	struct ipv6hdr ip = {
		.version = 6,
		.priority = packet->traffic_class >> 4,
		.flow_lbl = { packet->traffic_class << 4 },
		.payload_len = htons(size),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = packet->ttl,
	};

	memcpy(&ip.saddr, packet->from, sizeof(ip.saddr));
	memcpy(&ip.daddr, packet->to, sizeof(ip.daddr));
	return memcpy(udp - sizeof(ip), &ip, sizeof(ip));
}

void *slow_frame_build(const struct slow_packet *packet, void *payload,
		       size_t length)
{
	bool ipv4 = sg_address_is_ipv4(packet->to);
	struct udphdr udp = {
		.source = packet->from_port,
		.dest = packet->to_port,
		.len = htons(sizeof(udp) + length),
	};
	const __be16 types[] = {
		htons(ETH_P_8021Q), htons(packet->tag),
		htons(ipv4 ? ETH_P_IP : ETH_P_IPV6),
	};
	size_t skip = packet->tag ? 0 : 2 * sizeof(*types);
	char *at = (char *)payload - sizeof(udp);

	memcpy(at, &udp, sizeof(udp));
	at = ipv4 ? put_ipv4(packet, at, sizeof(udp) + length) :
		    put_ipv6(packet, at, sizeof(udp) + length);
	at -= sizeof(types) - skip;
	memcpy(at, (const char *)types + skip, sizeof(types) - skip);
	at -= 2 * ETH_ALEN;
	memset(at, 0, 2 * ETH_ALEN);
	return at;
}

/* -- parsing ----------------------------------------------------------------- */

static void map_ipv4(__be32 mapped[4], __u32 address)
{
	mapped[0] = 0;
	mapped[1] = 0;
	mapped[2] = htonl(0xffff);
	mapped[3] = htonl(address);
}

static void take_ipv4(struct slow_packet *packet, struct sg_cursor *at)
{
	at->failed |= sg_cursor_u8(at) != IPV4_PLAIN;
	packet->traffic_class = sg_cursor_u8(at);
	packet->udp_size = sg_cursor_u16(at) - sizeof(struct iphdr);
	sg_cursor_u32(at);	/* identification, fragment */
	packet->ttl = sg_cursor_u8(at);
	at->failed |= sg_cursor_u8(at) != IPPROTO_UDP;
	sg_cursor_u16(at);	/* checksum */
	map_ipv4(packet->from, sg_cursor_u32(at));
	map_ipv4(packet->to, sg_cursor_u32(at));
}

static void take_ipv6(struct slow_packet *packet, struct sg_cursor *at)
{
	__u32 word = sg_cursor_u32(at);

	at->failed |= word >> 28 != 6;
	packet->traffic_class = word >> 20;
	packet->udp_size = sg_cursor_u16(at);
	at->failed |= sg_cursor_u8(at) != IPPROTO_UDP;
	packet->ttl = sg_cursor_u8(at);
	for (int i = 0; i < 4; i++)
		packet->from[i] = htonl(sg_cursor_u32(at));
	for (int i = 0; i < 4; i++)
		packet->to[i] = htonl(sg_cursor_u32(at));
}

int slow_frame_parse(struct slow_packet *packet, const void *frame,
		     size_t size)
{
	struct sg_cursor at = sg_cursor_of(frame, size);
	struct sg_slice to = sg_cursor_take(&at, ETH_ALEN);
	__u16 ethertype;

	memset(packet, 0, sizeof(*packet));
	sg_cursor_take(&at, ETH_ALEN);
	ethertype = sg_cursor_u16(&at);
	if (ethertype == ETH_P_8021Q) {
		packet->tag = sg_cursor_u16(&at) & VLAN_ID_MASK;
		ethertype = sg_cursor_u16(&at);
	}
	if (ethertype == ETH_P_IP)
		take_ipv4(packet, &at);
	else if (ethertype == ETH_P_IPV6)
		take_ipv6(packet, &at);
	else
		return -EBADMSG;
	packet->udp = at.at;
	if (at.failed || packet->udp_size != sg_cursor_left(&at))
		return -EBADMSG;
	memcpy(&packet->ifindex, to.at, sizeof(packet->ifindex));
	packet->from_port = htons(sg_cursor_u16(&at));
	packet->to_port = htons(sg_cursor_u16(&at));
	return at.failed ? -EBADMSG : 0;
}
