/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Seal: RTP to SRTP and RTCP to SRTCP (RFC 3711 3.3, 3.4). The index is
 * taken and committed under the lock before anything is encrypted, so no
 * two packets, on whatever CPUs, share keystream: of a duplicate only the
 * first leaves.
 */
#ifndef SRTPGATE_SEAL_H
#define SRTPGATE_SEAL_H

#include "gcm.h"
#include "kfunc.h"
#include "lifetime.h"

static __inline_always __u32 seal_rtp_index(struct sg_source *source,
					    const struct packet *packet,
					    __u64 *index)
{
	*index = index_estimate(source->sealed.next, packet->sequence);
	if (*index >= RTP_INDEX_LIMIT)
		return SG_DROP_KEY_EXHAUSTED;
	switch (window_check(&source->sealed, *index)) {
	case 0:
		window_commit(&source->sealed, *index);
		return 0;
	case SG_DROP_REPLAYED:
		return SG_DROP_SEAL_DUPLICATE;
	default:
		return SG_DROP_SEAL_TOO_OLD;
	}
}

/*
 * RTCP does not bring its index along, as RTP does: two ends that seal with
 * one key would take the same for different packets, and so the same keystream
 * (RFC 3711 9.1). Who comes second has the upper half for itself.
 */
static __inline_always __u32 seal_rtcp_index(struct sg_source *source,
					     const struct sg_key *key,
					     __u64 *index)
{
	__u64 first = key->flags & SG_KEY_SHARED ? RTCP_INDEX_LIMIT / 2 : 0;

	if (source->rtcp_sealed >= RTCP_INDEX_LIMIT - first)
		return SG_DROP_KEY_EXHAUSTED;
	*index = first + source->rtcp_sealed++;
	return 0;
}

/* Takes an index that was never used: 0, or enum sg_drop_reason. */
static __inline_always __u32 seal_commit(const struct packet *packet,
					 const struct sg_key *key,
					 const struct sg_stream *stream,
					 struct sg_state *state, bool counted,
					 __u32 octets, __u64 *index)
{
	__u32 slot = source_slot(state, packet, stream);
	__u64 limit = lifetime(key, packet->rtcp);
	struct sg_state_rest *rest = NULL;
	struct sg_usage *usage = NULL;
	struct sg_source *source;
	__u32 reason;

	if (slot >= SG_SOURCES)
		return SG_DROP_SSRC_LIMIT;
	if (unlikely(slot)) {
		rest = source_rest(stream);
		if (!rest)
			return SG_DROP_INTERNAL;
	}
	if (unlikely(limit)) {
		usage = usage_sealed(stream);
		if (!usage)
			return SG_DROP_INTERNAL;
	}

	bpf_spin_lock(&state->lock);
	source = source_at(state, rest, slot);
	reason = source_current(state, source, slot, packet, stream);
	if (!reason && usage)
		reason = usage_check(usage, stream, key->generation, limit,
				     packet->rtcp);
	if (reason)
		goto out;
	reason = packet->rtcp ? seal_rtcp_index(source, key, index) :
				seal_rtp_index(source, packet, index);
	if (!reason && usage)
		usage_count(state, usage, packet->rtcp);
	if (!reason && !counted)
		source_count(state, source, packet, *index, octets,
			     stream->clock_rate);
out:
	bpf_spin_unlock(&state->lock);
	return reason;
}

/* Writes MKI and @tag bytes of the digest at @end; returns what follows. */
__noinline __u32 seal_trailer(struct work *work, const struct sg_key *key,
			      __u32 end, __u32 tag)
{
	__u32 mki;

	if (!work || !key)
		return 0;
	end = BOUND(end, SG_RTP_MAX);
	mki = mki_length(key);
	for (__u32 i = 0; i < SG_MKI_MAX && mki; i++)
		work->data[HEADROOM + end + i] = key->mki[i];
	end += mki;
	store32(work, end, bpf_htonl(work->digest[0]));
	store32(work, end + 4, bpf_htonl(work->digest[1]));
	store32(work, end + 8, bpf_htonl(work->digest[2]));
	return end + tag;
}

/* What is behind @end is authenticated with the packet. */
static __inline_always void seal_rtp(struct work *work,
				     const struct sg_key *key, __u32 end,
				     __u64 index)
{
	if (key->rtp_tag) {
		store32(work, end, bpf_htonl(index >> 16));
		engine_mac(work, &key->rtp.hmac, end + ROC_SIZE);
	}
	work->packet.length = seal_trailer(work, key, end,
					   tag_length(key->rtp_tag));
}

static __inline_always void seal_rtcp(struct work *work,
				      const struct sg_key *key, __u32 end,
				      __u64 index)
{
	__u32 word = index;

	if (encrypts(key, true))
		word |= SRTCP_E_BIT;
	store32(work, end, bpf_htonl(word));
	end += SRTCP_INDEX_SIZE;
	engine_mac(work, &key->rtcp.hmac, end);
	work->packet.length = seal_trailer(work, key, end,
					   tag_length(key->rtcp_tag));
}

/* Encrypts and authenticates under an index that seal_commit() gave out. */
__noinline int protect(struct work *work, const struct sg_key *key,
		       __u64 index)
{
	__u32 header, end;

	if (!work || !key)
		return SG_DROP_INTERNAL;
	header = work->packet.rtcp ? RTCP_HEADER : work->packet.header;
	if (encrypts(key, work->packet.rtcp))
		counter_cipher(work, key, index, header,
			       work->packet.length - header);
	end = BOUND(work->packet.length, SG_RTP_MAX);
	if (work->packet.rtcp)
		seal_rtcp(work, key, end, index);
	else
		seal_rtp(work, key, end, index);
	return 0;
}

/* @counted: the packet was opened first, and counted there. */
static __inline_always int seal(struct work *work,
				const struct sg_stream *stream,
				struct sg_state *state, bool counted)
{
	struct packet *packet = &work->packet;
	__u32 header = packet->rtcp ? RTCP_HEADER : packet->header;
	struct sg_key *key = stream_key(stream->seal_key);
	__u64 index = 0;
	__u32 reason;

	if (!key)
		return drop_from(state, SG_DROP_STALE);
	if (packet->length > SG_RTP_MAX - TRAILER_MAX - SRTCP_INDEX_SIZE)
		return drop_from(state, SG_DROP_TOO_LONG);
	reason = seal_commit(packet, key, stream, state, counted,
			     packet->length - header, &index);
	if (!reason && !kfunc_seal(work, key, index))
		return CONTINUE;
	work->key = stream->seal_key;
	if (!reason && unlikely(key->flags & SG_KEY_GCM))
		reason = gcm_protect(work, key, stream->seal_key, index);
	else if (!reason)
		reason = protect(work, key, index);
	return reason ? drop_from(state, reason) : CONTINUE;
}

#endif /* SRTPGATE_SEAL_H */
