/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forward: new headers in front of the payload, the frame resized and
 * written back, and out by redirect to the cached next hop. What the slow path
 * handed in goes back to it (enum sg_slow_verdict).
 */
#ifndef SRTPGATE_FORWARD_H
#define SRTPGATE_FORWARD_H

#include "capture.h"
#include "checksum.h"
#include "parse.h"
#include "srtp.h"

enum {
	UDP_AT = HEADROOM - sizeof(struct udphdr),
	IPV4_AT = UDP_AT - sizeof(struct iphdr),
	IPV6_AT = UDP_AT - sizeof(struct ipv6hdr),
	IPV4_DONT_FRAGMENT = 0x4000,
	ECN_MASK = 0x03,
	LEAST_MTU = 576,	/* less is not asked for: RFC 791 3.1 */
	LONGEST_GROWTH = 48 + 64, /* headers, and all that keys may add */
};

_Static_assert((int)IPV6_AT >= (int)sizeof(struct ethhdr) +
				       (int)sizeof(struct vlan_tag),
	       "headers run out of working memory");

static __inline_always int next_hop(struct forwarding *forwarding,
				    const struct packet *packet,
				    const struct sg_stream *stream,
				    struct sg_state *state)
{
	__u32 slot = stream->next_hop;
	struct sg_next_hop *hop = bpf_map_lookup_elem(&next_hops, &slot);

	if (!hop)
		return drop_from(state, SG_DROP_INTERNAL);
	forwarding->hop.word0 = *(volatile __u64 *)&hop->word0;
	forwarding->hop.word1 = *(volatile __u64 *)&hop->word1;
	forwarding->hop.word2 = *(volatile __u64 *)&hop->word2;
	if (likely(forwarding->hop.state == SG_NEXT_HOP_REACHABLE))
		return CONTINUE;
	/* The kernel resolves what the slow path sends. */
	if (packet->slow && forwarding->hop.ifindex)
		return CONTINUE;
	/* The first packet to wait asks the daemon to solicit. */
	if (!__sync_fetch_and_add(&hop->used, 1))
		report(packet, slot, SG_EVENT_NEXT_HOP);
	return drop_from(state, SG_DROP_NO_NEIGHBOUR);
}

/* Bytes that a key adds to a packet. */
static __inline_always __u32 trailer(__u32 slot, bool rtcp)
{
	const struct sg_key *key = bpf_map_lookup_elem(&keys, &slot);

	if (!slot || !key)
		return 0;
	if (rtcp)
		return key->mki_length + key->rtcp_tag + SRTCP_INDEX_SIZE;
	return key->mki_length + key->rtp_tag;
}

/*
 * Would the packet exceed the outgoing MTU, and is there a slow path, whose
 * packets the kernel fragments? Asked before anything is committed.
 */
static __noinline bool outgrows(const struct packet *packet,
				const struct sg_stream *stream)
{
	bool ipv6 = is_ipv6(stream->destination.address);
	__u32 length = packet->length + sizeof(struct udphdr) +
		       (ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
	__u32 slot = stream->next_hop, zero = 0;
	const struct sg_next_hop *hop = bpf_map_lookup_elem(&next_hops, &slot);
	const struct sg_slow *slow = bpf_map_lookup_elem(&slow_path, &zero);

	if (!hop || !slow || !slow->owner)
		return false;
	length += trailer(stream->seal_key, packet->rtcp);
	length -= trailer(stream->open_key[0], packet->rtcp);
	return length > hop->mtu && hop->state == SG_NEXT_HOP_REACHABLE;
}

/* RFC 2474 3: the DSCP is the operator's; RFC 3168: ECN is end to end. */
static __inline_always __u8 traffic_class(const struct packet *packet,
					  const struct sg_stream *stream)
{
	if (stream->dscp == SG_DSCP_COPY)
		return packet->traffic_class;
	return stream->dscp << 2 | (packet->traffic_class & ECN_MASK);
}

static __inline_always int hop_limit(struct forwarding *forwarding,
				     const struct packet *packet,
				     struct sg_state *state)
{
	if (packet->ttl <= 1)
		return drop_from(state, SG_DROP_TTL_EXPIRED);
	forwarding->ttl = packet->ttl - 1;
	return CONTINUE;
}

static __inline_always void write_udp(const struct forwarding *forwarding,
				      const struct packet *packet,
				      const struct sg_stream *stream,
				      struct work *work)
{
	struct udphdr *udp = (void *)&work->data[UDP_AT];

	udp->source = packet->rtcp ? stream->source.rtcp : stream->source.rtp;
	udp->dest = packet->rtcp ? stream->destination.rtcp :
				   stream->destination.rtp;
	udp->len = bpf_htons(forwarding->payload + sizeof(*udp));
	udp->check = 0;
	udp->check = udp_checksum(work, stream, forwarding->ipv6,
				  forwarding->payload);
}

static __inline_always void write_ipv4(const struct forwarding *forwarding,
				       const struct sg_stream *stream,
				       struct work *work)
{
	struct iphdr *ip = (void *)&work->data[IPV4_AT];

	ip->version = 4;
	ip->ihl = IPV4_WORDS;
	ip->tos = forwarding->traffic_class;
	ip->tot_len = bpf_htons(forwarding->payload + sizeof(*ip) +
				sizeof(struct udphdr));
	/* Never fragmented, so the identification says nothing: RFC 6864 4. */
	ip->id = 0;
	ip->frag_off = bpf_htons(IPV4_DONT_FRAGMENT);
	ip->ttl = forwarding->ttl;
	ip->protocol = IPPROTO_UDP;
	ip->check = 0;
	ip->saddr = stream->source.address[3];
	ip->daddr = stream->destination.address[3];
	ip->check = ~ipv4_sum(ip);
}

static __inline_always void write_ipv6(const struct forwarding *forwarding,
				       const struct sg_stream *stream,
				       struct work *work)
{
	struct ipv6hdr *ip = (void *)&work->data[IPV6_AT];

	ip->version = 6;
	ip->priority = forwarding->traffic_class >> 4;
	ip->flow_lbl[0] = forwarding->traffic_class << 4;
	ip->flow_lbl[1] = 0;
	ip->flow_lbl[2] = 0;
	ip->payload_len = bpf_htons(forwarding->payload +
				    sizeof(struct udphdr));
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = forwarding->ttl;
	__builtin_memcpy(&ip->saddr, stream->source.address, sizeof(ip->saddr));
	__builtin_memcpy(&ip->daddr, stream->destination.address,
			 sizeof(ip->daddr));
}

/* Ethernet in front of the IP header at @ip; returns where the frame starts. */
static __inline_always __u32 write_ethernet(const struct forwarding *forwarding,
					    struct work *work, __u32 ip)
{
	__be16 ethertype = forwarding->ipv6 ? bpf_htons(ETH_P_IPV6) :
					      bpf_htons(ETH_P_IP);
	struct ethhdr *ethernet;
	struct vlan_tag *tag;

	if (unlikely(forwarding->hop.vlan)) {
		ip -= sizeof(*tag);
		tag = (void *)&work->data[ip];
		tag->control = bpf_htons(forwarding->hop.vlan);
		tag->ethertype = ethertype;
		ethertype = bpf_htons(ETH_P_8021Q);
	}
	ip -= sizeof(*ethernet);
	ethernet = (void *)&work->data[ip];
	__builtin_memcpy(ethernet->h_dest, forwarding->hop.destination,
			 ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, forwarding->hop.source, ETH_ALEN);
	ethernet->h_proto = ethertype;
	return ip;
}

/*
 * Makes the frame @length bytes long. It grows at the head, where every
 * driver keeps 256 bytes: the tail has no such promise, and veth has none
 * to give for one length in ten. All bytes are written anew anyway.
 */
static __inline_always bool resize(struct xdp_md *ctx, __u32 from, __u32 to)
{
	if (to > from)
		return !bpf_xdp_adjust_head(ctx, (int)from - (int)to);
	if (to < from)
		return !bpf_xdp_adjust_tail(ctx, (int)to - (int)from);
	return true;
}

static __inline_always bool write_frame(struct xdp_md *ctx, struct work *work,
					const struct packet *packet,
					__u32 start, __u32 payload)
{
	__u32 length = HEADROOM - start + payload;

	if (!resize(ctx, packet->frame_length, length))
		return false;
	length = BOUND(length, HEADROOM + SG_RTP_MAX);
	start = BOUND(start, HEADROOM - ETH_HLEN);
	if (length < ETH_HLEN)
		return false;
	return frame_write(ctx, work, start, length);
}

static __inline_always int forward(struct packet *packet, struct work *work,
				   struct xdp_md *ctx,
				   const struct sg_stream *stream,
				   struct sg_state *state)
{
	struct forwarding *forwarding = &work->forwarding;
	__u32 ip, start, payload;
	int verdict;

	payload = BOUND(packet->length, SG_RTP_MAX);
	forwarding->payload = payload;
	forwarding->traffic_class = traffic_class(packet, stream);
	forwarding->ipv6 = is_ipv6(stream->destination.address);
	ip = forwarding->ipv6 ? (__u32)IPV6_AT : (__u32)IPV4_AT;

	verdict = next_hop(forwarding, packet, stream, state);
	if (verdict != CONTINUE)
		return verdict;
	verdict = hop_limit(forwarding, packet, state);
	if (verdict != CONTINUE)
		return verdict;
	/* The kernel fragments what the slow path sends. */
	if (HEADROOM - ip + payload > forwarding->hop.mtu && !packet->slow)
		return drop_from(state, SG_DROP_MTU_EXCEEDED);
	if (packet->slow)
		*(__u32 *)forwarding->hop.destination = forwarding->hop.ifindex;

	write_udp(forwarding, packet, stream, work);
	if (forwarding->ipv6)
		write_ipv6(forwarding, stream, work);
	else
		write_ipv4(forwarding, stream, work);
	start = write_ethernet(forwarding, work, ip);
	if (!write_frame(ctx, work, packet, start, payload))
		return drop_from(state, SG_DROP_RESIZE_FAILED);
	if (packet->slow)
		return SG_SLOW_SEND;

	verdict = bpf_redirect_map(&devices, forwarding->hop.ifindex, 0);
	return verdict == XDP_REDIRECT ? verdict :
					 drop_from(state, SG_DROP_INTERNAL);
}

#endif /* SRTPGATE_FORWARD_H */
