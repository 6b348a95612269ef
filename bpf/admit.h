/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Admit: the gate, the remote source filter and policing. Nothing here has
 * been authenticated yet, so nothing is learned here.
 */
#ifndef SRTPGATE_ADMIT_H
#define SRTPGATE_ADMIT_H

#include "endpoint.h"
#include "packet.h"

#define NS_PER_S 1000000000ULL

static __inline_always bool source_admitted(const struct packet *packet,
					    const struct sg_stream *stream)
{
	__be16 port = packet->rtcp ? stream->remote.rtcp : stream->remote.rtp;

	if (!(stream->flags & SG_STREAM_ANY_ADDRESS) &&
	    !same_address(packet->source, stream->remote.address))
		return false;
	return stream->flags & SG_STREAM_ANY_PORT ||
	       packet->source_port == port;
}

/* A token bucket that counts in nanoseconds of credit. */
static __noinline bool within_rate(struct sg_state *state, __u64 now,
				   __u32 rate, __u32 burst)
{
	__u64 cost, most, credit;
	bool within;

	if (!rate)
		return true;
	cost = NS_PER_S / rate;
	most = cost * ((__u64)burst + 1);
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
	if (!source_admitted(packet, stream))
		return drop_from(state, SG_DROP_SOURCE_MISMATCH);
	if (unlikely(stream->rate) &&
	    !within_rate(state, packet->now, stream->rate, stream->burst))
		return drop_from(state, SG_DROP_POLICED);
	return CONTINUE;
}

#endif /* SRTPGATE_ADMIT_H */
