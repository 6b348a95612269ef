/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steer: a datagram for an endpoint that reached the kernel's stack goes to
 * the slow path's socket: reassembled fragments, packets with IP options or
 * extension headers, all of an interface without XDP. Sockets of others are
 * looked up as ever, also on the same addresses.
 */
#ifndef SRTPGATE_STEER_H
#define SRTPGATE_STEER_H

#include <linux/in.h>

#include "parse.h"

enum { FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 }; /* AF_INET, AF_INET6 */

static __inline_always void local_address(const struct bpf_sk_lookup *ctx,
					  __be32 address[4])
{
	if (ctx->family == FAMILY_IPV4) {
		map_ipv4(address, ctx->local_ip4);
		return;
	}
	for (int i = 0; i < 4; i++)
		address[i] = ctx->local_ip6[i];
}

static __inline_always bool is_for_endpoint(const struct bpf_sk_lookup *ctx)
{
	struct sg_interface_key interface_key = {
		.ifindex = ctx->ingress_ifindex,
	};
	struct sg_address_key address = { .pad = 0 };
	const struct sg_interface *interface;
	const struct sg_endpoint *entry;
	__u32 *row, index;

	interface = bpf_map_lookup_elem(&interfaces, &interface_key);
	if (!interface)
		return false;
	address.realm = interface->realm;
	local_address(ctx, address.address);
	row = bpf_map_lookup_elem(&addresses, &address);
	if (!row)
		return false;
	index = *row * SG_PORTS + (__u16)ctx->local_port;
	entry = bpf_map_lookup_elem(&endpoints, &index);
	return entry && entry->stream;
}

SEC("sk_lookup")
int steer(struct bpf_sk_lookup *ctx)
{
	__u32 place = ctx->family == FAMILY_IPV6 ? SG_SOCKET_IPV6 :
						   SG_SOCKET_IPV4;
	struct bpf_sock *socket;

	if (ctx->protocol != IPPROTO_UDP || !is_for_endpoint(ctx))
		return SK_PASS;
	socket = bpf_map_lookup_elem(&sockets, &place);
	if (!socket)
		return SK_PASS;
	bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	return SK_PASS;
}

#endif /* SRTPGATE_STEER_H */
