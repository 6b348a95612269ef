/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Admit: the gate, the remote source filter and policing. Nothing here has
 * been authenticated yet, so nothing is learned here.
 */
#ifndef SRTPGATE_ADMIT_H
#define SRTPGATE_ADMIT_H

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "endpoint.h"
#include "packet.h"

#define NS_PER_S 1000000000ULL

/* The bits in which two halves of addresses differ, the first on top. */
static __inline_always __u64 difference(const __be32 a[2], const __be32 b[2])
{
	return (__u64)bpf_ntohl(a[0] ^ b[0]) << 32 | bpf_ntohl(a[1] ^ b[1]);
}

/* For prefixes that are neither all of the address nor nothing of it. */
static __noinline bool within_prefix(const struct packet *packet,
				     const struct sg_stream *stream)
{
	const __be32 *source = packet->source;
	const __be32 *remote = stream->remote.address;
	__u32 prefix = stream->source_prefix;

	if (prefix > SG_PREFIX_EXACT)
		return false;
	if (prefix <= 64)
		return !(difference(source, remote) >> (64 - prefix));
	return !difference(source, remote) &&
	       !(difference(source + 2, remote + 2) >> (128 - prefix));
}

static __inline_always bool address_admitted(const struct packet *packet,
					     const struct sg_stream *stream)
{
	if (likely(stream->source_prefix == SG_PREFIX_EXACT))
		return same_address(packet->source, stream->remote.address);
	return stream->source_prefix == SG_PREFIX_ANY ||
	       within_prefix(packet, stream);
}

/* The ends of a range are in it, so the comparison may always come first. */
static __inline_always bool port_admitted(const struct packet *packet,
					  const struct sg_stream *stream)
{
	__be16 port = packet->rtcp ? stream->remote.rtcp : stream->remote.rtp;
	__u16 sender = bpf_ntohs(packet->source_port);

	if (packet->source_port == port || stream->flags & SG_STREAM_ANY_PORT)
		return true;
	return stream->flags & SG_STREAM_PORT_RANGE &&
	       sender >= bpf_ntohs(stream->remote.rtp) &&
	       sender <= bpf_ntohs(stream->remote.rtcp);
}

/* Octets of the IP packet, header included. */
static __inline_always __u64 ip_length(const struct packet *packet)
{
	return packet->ip_payload + (is_ipv6(packet->source) ?
					     sizeof(struct ipv6hdr) :
					     sizeof(struct iphdr));
}

/* A token bucket that counts in nanoseconds of credit. */
static __noinline bool within_rate(struct sg_state *state,
				   const struct packet *packet,
				   const struct sg_stream *stream)
{
	__u64 cost, most, credit, now = packet->now, rate = stream->rate;
	bool within;

	if (!rate)
		return true;
	if (stream->flags & SG_STREAM_RATE_OCTETS) {
		cost = ip_length(packet) * NS_PER_S / rate;
		most = SG_BURST_OCTETS * NS_PER_S * stream->burst / rate;
	} else {
		cost = NS_PER_S / rate;
		most = cost * ((__u64)stream->burst + 1);
	}
	bpf_spin_lock(&state->lock);
	credit = state->policed_at ? state->tokens : most;
	/* Another CPU may have read its clock later, and come here sooner. */
	if (now > state->policed_at) {
		credit += now - state->policed_at;
		state->policed_at = now;
	}
	if (credit > most)
		credit = most;
	within = credit >= cost;
	state->tokens = within ? credit - cost : credit;
	bpf_spin_unlock(&state->lock);
	return within;
}

static __inline_always int admit(const struct packet *packet,
				 const struct sg_stream *stream,
				 struct sg_state *state)
{
	if (!(stream->flags & SG_STREAM_GATE_OPEN))
		return drop_from(state, SG_DROP_GATE_CLOSED);
	if (!address_admitted(packet, stream) || !port_admitted(packet, stream))
		return drop_from(state, SG_DROP_SOURCE_MISMATCH);
	if (unlikely(stream->rate) && !within_rate(state, packet, stream))
		return drop_from(state, SG_DROP_POLICED);
	return CONTINUE;
}

#endif /* SRTPGATE_ADMIT_H */
