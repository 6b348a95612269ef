/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parse: Ethernet, one VLAN tag, IPv4 or IPv6, UDP. Whatever cannot be a
 * packet of ours is left to the kernel untouched. Lengths are only noted
 * here: they are judged once the packet is known to be for a termination.
 */
#ifndef SRTPGATE_PARSE_H
#define SRTPGATE_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "packet.h"

enum {
	VLAN_ID_MASK = 0x0fff,
	IPV4_WORDS = 5,			/* header without options */
	IPV4_FRAGMENT_MASK = 0x3fff,	/* more-fragments and offset */
};

struct vlan_tag {
	__be16 control;
	__be16 ethertype;
};

/* Where reading goes on, and where it must stop. */
struct cursor {
	void *position;
	void *end;
};

/* The next @size bytes, or NULL when the frame ends before. */
static __inline_always void *take(struct cursor *cursor, __u32 size)
{
	void *taken = cursor->position;

	if (taken + size > cursor->end)
		return NULL;
	cursor->position = taken + size;
	return taken;
}

static __inline_always void map_ipv4(__be32 mapped[4], __be32 address)
{
	mapped[0] = 0;
	mapped[1] = 0;
	mapped[2] = bpf_htonl(0xffff);
	mapped[3] = address;
}

/* One's complement sum of the header's ten halfwords; 0xffff: intact. */
static __inline_always __u32 ipv4_sum(const struct iphdr *ip)
{
	const __u16 *half = (const void *)ip;
	__u32 sum = 0;

	for (int i = 0; i < IPV4_WORDS * 2; i++)
		sum += half[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __inline_always int parse_ipv4(struct packet *packet,
				      struct cursor *cursor)
{
	struct iphdr *ip = take(cursor, sizeof(*ip));

	if (!ip || ip->version != 4 || ip->ihl < IPV4_WORDS)
		return pass(SG_PASS_NOT_IP);
	if (ip->protocol != IPPROTO_UDP)
		return pass(SG_PASS_NOT_UDP);
	if (ip->ihl != IPV4_WORDS)
		return pass(SG_PASS_IP_OPTIONS);
	if (ip->frag_off & bpf_htons(IPV4_FRAGMENT_MASK))
		return pass(SG_PASS_FRAGMENT);
	if (ipv4_sum(ip) != 0xffff)
		return pass(SG_PASS_NOT_IP);

	map_ipv4(packet->source, ip->saddr);
	map_ipv4(packet->destination.address, ip->daddr);
	packet->traffic_class = ip->tos;
	packet->ttl = ip->ttl;
	packet->ip_payload = bpf_ntohs(ip->tot_len) - sizeof(*ip);
	return CONTINUE;
}

static __inline_always int parse_ipv6(struct packet *packet,
				      struct cursor *cursor)
{
	struct ipv6hdr *ip = take(cursor, sizeof(*ip));

	if (!ip || ip->version != 6)
		return pass(SG_PASS_NOT_IP);
	switch (ip->nexthdr) {
	case IPPROTO_UDP:
		break;
	case IPPROTO_FRAGMENT:
		return pass(SG_PASS_FRAGMENT);
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return pass(SG_PASS_IP_OPTIONS);
	default:
		return pass(SG_PASS_NOT_UDP);
	}

	for (int i = 0; i < 4; i++) {
		packet->source[i] = ip->saddr.in6_u.u6_addr32[i];
		packet->destination.address[i] = ip->daddr.in6_u.u6_addr32[i];
	}
	packet->traffic_class = ip->priority << 4 | ip->flow_lbl[0] >> 4;
	packet->ttl = ip->hop_limit;
	packet->ip_payload = bpf_ntohs(ip->payload_len);
	return CONTINUE;
}

static __inline_always int parse_udp(struct packet *packet,
				     struct cursor *cursor, void *frame)
{
	struct udphdr *udp = take(cursor, sizeof(*udp));

	if (!udp)
		return pass(SG_PASS_NOT_UDP);
	packet->source_port = udp->source;
	packet->destination_port = udp->dest;
	packet->udp_length = bpf_ntohs(udp->len);
	packet->udp_offset = (void *)udp - frame;
	return CONTINUE;
}

static __inline_always int parse(struct packet *packet, struct xdp_md *ctx)
{
	struct cursor cursor = {
		.position = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
	};
	void *frame = cursor.position;
	struct ethhdr *ethernet = take(&cursor, sizeof(*ethernet));
	struct vlan_tag *tag;
	__be16 ethertype;
	int verdict;

	if (!ethernet)
		return pass(SG_PASS_NOT_IP);
	ethertype = ethernet->h_proto;
	packet->vlan = 0;
	if (ethertype == bpf_htons(ETH_P_8021Q) ||
	    ethertype == bpf_htons(ETH_P_8021AD)) {
		tag = take(&cursor, sizeof(*tag));
		if (!tag)
			return pass(SG_PASS_NOT_IP);
		packet->vlan = bpf_ntohs(tag->control) & VLAN_ID_MASK;
		ethertype = tag->ethertype;
	}

	if (ethertype == bpf_htons(ETH_P_IP))
		verdict = parse_ipv4(packet, &cursor);
	else if (ethertype == bpf_htons(ETH_P_IPV6))
		verdict = parse_ipv6(packet, &cursor);
	else
		return pass(SG_PASS_NOT_IP);
	if (verdict != CONTINUE)
		return verdict;
	return parse_udp(packet, &cursor, frame);
}

#endif /* SRTPGATE_PARSE_H */
