/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Endpoint: from where a packet arrived (interface, VLAN) and what it is
 * addressed to, to the stream that converts it.
 */
#ifndef SRTPGATE_ENDPOINT_H
#define SRTPGATE_ENDPOINT_H

#include <bpf/bpf_endian.h>

#include "home.h"
#include "packet.h"

static __inline_always bool same_address(const __be32 a[4], const __be32 b[4])
{
	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) |
		 (a[3] ^ b[3]));
}

static __inline_always bool is_ipv6(const __be32 address[4])
{
	return address[0] | address[1] | (address[2] ^ bpf_htonl(0xffff));
}

/* The entry for the packet's destination; NULL: not an address of ours. */
static __inline_always struct sg_endpoint *
endpoint_entry(struct packet *packet, __u16 realm)
{
	__u16 port = bpf_ntohs(packet->destination_port);
	struct sg_endpoint *entry;
	__u32 *row, index;

	packet->destination.realm = realm;
	packet->destination.pad = 0;
	row = bpf_map_lookup_elem(&addresses, &packet->destination);
	if (!row)
		return NULL;
	/* The clock would wait for whatever memory was asked of before. */
	packet->now = bpf_ktime_get_ns();
	index = *row * SG_PORTS + port;
	entry = bpf_map_lookup_elem(&endpoints, &index);
	if (entry)
		TOUCH(entry->word);
	packet->home = touch_home(*row, port);
	return entry;
}

/* Fills *@found, or returns a verdict. */
static __inline_always int endpoint(struct packet *packet, struct xdp_md *ctx,
				    struct sg_stream **found)
{
	struct sg_interface_key interface_key = {
		.ifindex = ctx->ingress_ifindex,
		.vlan = packet->vlan,
	};
	struct sg_endpoint *entry, endpoint;
	struct sg_interface *interface;
	struct sg_stream *stream;

	interface = bpf_map_lookup_elem(&interfaces, &interface_key);
	if (!interface)
		return pass(SG_PASS_NO_REALM);
	packet->slow = interface->flags & SG_INTERFACE_SLOW;
	entry = endpoint_entry(packet, interface->realm);
	if (!entry)
		return pass(SG_PASS_NO_ENDPOINT);
	endpoint.word = *(volatile __u64 *)&entry->word;
	if (!endpoint.stream)
		return pass(SG_PASS_NO_ENDPOINT);

	packet->slot = endpoint.stream;
	stream = bpf_map_lookup_elem(&streams, &packet->slot);
	if (!stream)
		return drop(SG_DROP_INTERNAL);
	touch_rest(entry, packet->slot, packet->home);
	/* The slot's grace time is over, and it is another stream's now. */
	if (stream->generation != endpoint.generation)
		return drop(SG_DROP_STALE);
	*found = stream;
	return CONTINUE;
}

/* The slow path converts the stream in userspace, as the program cannot. */
static __inline_always bool has_user_key(const struct sg_stream *stream)
{
	bool has = false;

	for (int i = 0; i <= SG_OPEN_KEYS; i++) {
		__u32 slot = i < SG_OPEN_KEYS ? stream->open_key[i] :
						stream->seal_key;
		const struct sg_key *key = bpf_map_lookup_elem(&keys, &slot);

		has |= key && key->flags & SG_KEY_USER;
	}
	return has;
}

/* A packet of a stream that is the slow path's. */
static __noinline int slow(const struct packet *packet,
			   const struct sg_stream *stream)
{
	if (!packet->slow)
		return pass(SG_PASS_SLOW_PATH);
	return has_user_key(stream) ? (int)SG_SLOW_CRYPTO : CONTINUE;
}

#endif /* SRTPGATE_ENDPOINT_H */
