/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What open and seal share: keys, the trailer that SRTP adds to a packet
 * (RFC 3711 3.1, 3.4: MKI, then tag) and relaying packets without either.
 */
#ifndef SRTPGATE_SRTP_H
#define SRTPGATE_SRTP_H

#include "engine.h"
#include "keystream.h"
#include "media.h"
#include "source.h"

enum {
	TAG_MAX = 16,
	ROC_SIZE = 4,		/* authenticated behind the packet */
	SRTCP_INDEX_SIZE = 4,	/* with the E bit, before the MKI */
	TRAILER_MAX = sizeof(((struct work *)0)->trailer),
};

#define SRTCP_E_BIT (1U << 31)

_Static_assert((int)TAG_MAX + (int)SG_MKI_MAX <= (int)TRAILER_MAX,
	       "MKI and tag exceed what open saves");
_Static_assert((int)ROC_SIZE + 64 + 8 <= (int)TAILROOM,
	       "SHA-1's padding runs out of working memory");

/* The key in @slot; NULL: none, or the slot was given up. */
static __inline_always struct sg_key *any_key(__u32 slot)
{
	struct sg_key *key;

	if (!slot)
		return NULL;
	key = bpf_map_lookup_elem(&keys, &slot);
	return key && key->generation ? key : NULL;
}

/* The same; NULL as well: of the slow path, without session keys in it. */
static __inline_always struct sg_key *stream_key(__u32 slot)
{
	struct sg_key *key = any_key(slot);

	return key && !(key->flags & SG_KEY_USER) ? key : NULL;
}

static __inline_always bool opens(const struct sg_stream *stream)
{
	return stream->open_key[0] | stream->open_key[1] | stream->open_key[2];
}

static __inline_always __u32 mki_length(const struct sg_key *key)
{
	return BOUND(key->mki_length, SG_MKI_MAX);
}

static __inline_always __u32 tag_length(__u32 configured)
{
	return BOUND(configured, TAG_MAX);
}

/* Not UNENCRYPTED_SRTP or UNENCRYPTED_SRTCP (RFC 4568 6.3.2). */
static __inline_always bool encrypts(const struct sg_key *key, bool rtcp)
{
	return !(key->flags & (rtcp ? SG_KEY_PLAIN_RTCP : SG_KEY_PLAIN_RTP));
}

/*
 * Encrypts or decrypts @length bytes at @offset in counter mode: with key stream
 * that is ready, or with its own.
 */
static __inline_always void counter_cipher(struct work *work,
					   const struct sg_key *key, __u64 index,
					   __u32 offset, __u32 length)
{
	const struct sg_session_key *session =
		work->packet.rtcp ? &key->rtcp : &key->rtp;

	if (keystream_mask && !work->packet.rtcp &&
	    likely(keystream_cipher(work, key, index, offset, length)))
		return;
	engine_iv(work, session, IV_CM, work->packet.ssrc, index);
	engine_cipher(work, session, key->flags, offset, length);
}

/* Neither opened nor sealed: the source is kept for its statistics only. */
static __inline_always int relay(const struct packet *packet,
				 const struct sg_stream *stream,
				 struct sg_state *state)
{
	__u32 slot = source_slot(state, packet, stream);
	struct sg_state_rest *rest = NULL;
	struct sg_source *source;
	__u64 index = 0;

	if (slot >= SG_SOURCES)
		return CONTINUE; /* forwarded, but not counted by SSRC */
	if (unlikely(slot)) {
		rest = source_rest(stream);
		if (!rest)
			return drop_from(state, SG_DROP_INTERNAL);
	}

	bpf_spin_lock(&state->lock);
	source = source_at(state, rest, slot);
	if (!source_current(state, source, slot, packet, stream)) {
		if (!packet->rtcp) {
			index = index_estimate(source->received.next,
					       packet->sequence);
			if (!window_check(&source->received, index))
				window_commit(&source->received, index);
		}
		source_count(state, source, packet, index, packet->length,
			     stream->clock_rate);
	}
	bpf_spin_unlock(&state->lock);
	return CONTINUE;
}

#endif /* SRTPGATE_SRTP_H */
