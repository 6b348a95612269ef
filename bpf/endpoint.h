/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Endpoint: from where a packet arrived (interface, VLAN) and what it is
 * addressed to, to the stream that converts it.
 */
#ifndef SRTPGATE_ENDPOINT_H
#define SRTPGATE_ENDPOINT_H

#include "packet.h"

static __inline_always bool same_address(const __be32 a[4], const __be32 b[4])
{
	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) |
		 (a[3] ^ b[3]));
}

/*
 * The stream that @key's endpoint refers to. A hash element may be recycled
 * for another key while we read it, and a stream slot be reused after its
 * grace time: so the stream must say itself that it is the one.
 */
static __inline_always struct sg_stream *
endpoint_stream(struct packet *packet, const struct sg_endpoint_key *key)
{
	union sg_endpoint *entry = bpf_map_lookup_elem(&endpoints, key);
	union sg_endpoint endpoint;
	struct sg_stream *stream;

	if (!entry)
		return NULL;
	endpoint.word = *(volatile __u64 *)&entry->word;
	packet->slot = endpoint.stream;
	stream = bpf_map_lookup_elem(&streams, &packet->slot);
	if (!stream || stream->generation != endpoint.generation ||
	    stream->local_realm != key->realm ||
	    !same_address(stream->local.address, key->address) ||
	    (stream->local.rtp != key->port && stream->local.rtcp != key->port))
		return NULL;
	return stream;
}

/* Fills *@found, or returns a verdict. */
static __inline_always int endpoint(struct packet *packet, struct xdp_md *ctx,
				    struct sg_stream **found)
{
	struct sg_interface_key interface_key = {
		.ifindex = ctx->ingress_ifindex,
		.vlan = packet->vlan,
	};
	struct sg_interface *interface;
	struct sg_endpoint_key key;

	interface = bpf_map_lookup_elem(&interfaces, &interface_key);
	if (!interface)
		return pass(SG_PASS_NO_REALM);

	__builtin_memcpy(key.address, packet->destination, sizeof(key.address));
	key.port = packet->destination_port;
	key.realm = interface->realm;
	*found = endpoint_stream(packet, &key);
	if (likely(*found))
		return CONTINUE;

	/* None, or caught while it was being replaced: look once more. */
	if (!bpf_map_lookup_elem(&endpoints, &key))
		return pass(SG_PASS_NO_ENDPOINT);
	*found = endpoint_stream(packet, &key);
	return *found ? CONTINUE : drop(SG_DROP_STALE);
}

#endif /* SRTPGATE_ENDPOINT_H */
