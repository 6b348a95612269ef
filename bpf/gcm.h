/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-GCM as SRTP has it (RFC 7714): SRTP is header, cipher text, tag, MKI;
 * SRTCP is header, cipher text, tag, ESRTCP word, MKI.
 *
 * Counter 1 of a packet makes the tag's mask, 2 and up are for the payload.
 * The engine makes four blocks at once, so the first batch, counters 0 to 3,
 * is made aside: with it a tag is verified before anything is decrypted.
 */
#ifndef SRTPGATE_GCM_H
#define SRTPGATE_GCM_H

#include "powers.h"
#include "srtp.h"

/* Where in work.data. */
enum {
	GCM_STREAM_AT = OUTER_AT, /* the first batch of key stream */
	GCM_MASK = 16, /* in that */
	GCM_MASK_AT = GCM_STREAM_AT + GCM_MASK,
	GCM_FIRST_AT = GCM_STREAM_AT + 32, /* payload's, of GCM_FIRST bytes */
	GCM_LENGTHS_AT = GCM_STREAM_AT - 16,
	GCM_HEADER_AT = GCM_STREAM_AT - 32, /* SRTCP: what is not encrypted */

	GCM_FIRST = 32,
	GCM_TAG = 16,
};

/* Neither 0 nor a drop reason: gcm_begin() is needed to know. */
enum { PENDING = -1 };

_Static_assert((int)HEADROOM + (int)SG_RTP_MAX + 64 <= (int)GCM_HEADER_AT,
	       "GCM's own data overlaps the packet");

static __inline_always __u64 *gcm_at(struct work *work, __u32 at)
{
	return (__u64 *)&work->data[at];
}

static __inline_always const struct sg_session_key *
gcm_session(const struct work *work, const struct sg_key *key)
{
	return work->packet.rtcp ? &key->rtcp : &key->rtp;
}

/* Looks for what is ready for @length bytes of payload: 0, there is nothing. */
__noinline int gcm_find(struct work *work, __u32 slot, __u64 index,
			__u32 length)
{
	const __u64 *ready;
	const struct sg_key *key;
	__u64 *mask;

	if (!work)
		return 0;
	key = stream_key(slot);
	if (!key)
		return 0;
	work->ready = keystream_get(work, key, index,
				    SG_KEYSTREAM_MASK + length);
	if (!work->ready)
		return 0;
	ready = (const __u64 *)work->stream;
	mask = gcm_at(work, GCM_MASK_AT);
	mask[0] = ready[0];
	mask[1] = ready[1];
	return 1;
}

__noinline int gcm_first_batch(struct work *work, __u32 slot, __u64 index)
{
	const struct sg_session_key *session;
	const struct sg_key *key;
	__u64 *stream;

	if (!work)
		return 0;
	key = stream_key(slot);
	if (!key)
		return 0;
	session = gcm_session(work, key);
	stream = gcm_at(work, GCM_STREAM_AT);
	for (int i = 0; i < AES_BATCH / 8; i++)
		stream[i] = 0;
	engine_iv(work, session, IV_GCM, work->packet.ssrc, index);
	engine_cipher(work, session, key->flags, GCM_STREAM_AT - HEADROOM,
		      AES_BATCH);
	return 0;
}

/*
 * The first batch of the packet with @index under the key in @slot, or what is
 * ready for all @length bytes of its payload: one call.
 */
static __inline_always void gcm_begin(struct work *work, __u32 slot,
				      __u64 index, __u32 length)
{
	work->ready = 0;
	work->key = slot;
	if (keystream_mask && !work->packet.rtcp &&
	    likely(gcm_find(work, slot, index, length)))
		return;
	gcm_first_batch(work, slot, index);
}

/* Encrypts or decrypts behind gcm_first_batch(). */
__noinline int gcm_own_cipher(struct work *work, const struct sg_key *key,
			      __u32 offset, __u32 length)
{
	const __u64 *stream;
	__u64 *data;

	if (!work || !key)
		return 0;
	stream = gcm_at(work, GCM_FIRST_AT);
	data = gcm_at(work, HEADROOM + BOUND(offset, SG_RTP_MAX));
	for (int i = 0; i < GCM_FIRST / 8; i++)
		data[i] ^= stream[i];
	if (length <= GCM_FIRST)
		return 0;
	work->batch = 1;
	engine_cipher(work, gcm_session(work, key), key->flags,
		      offset + GCM_FIRST, length - GCM_FIRST);
	return 0;
}

/* The same behind gcm_begin(). */
static __inline_always void gcm_cipher(struct work *work,
				       const struct sg_key *key, __u32 offset,
				       __u32 length)
{
	if (work->ready)
		keystream_add(work, SG_KEYSTREAM_MASK, offset, length);
	else
		gcm_own_cipher(work, key, offset, length);
}

/*
 * Puts GHASH into work->hash: of @header bytes at @at of work.data, which are
 * not encrypted, and @length bytes of payload at @offset, which are.
 */
static __inline_always void gcm_hash(struct work *work,
				     const struct sg_session_key *session,
				     __u32 at, __u32 header, __u32 offset,
				     __u32 length)
{
	__u64 *lengths = gcm_at(work, GCM_LENGTHS_AT);

	lengths[0] = bpf_cpu_to_be64((__u64)header * 8);
	lengths[1] = bpf_cpu_to_be64((__u64)length * 8);
	work->part[0] = (struct hashed){ at, header };
	work->part[1] = (struct hashed){ HEADROOM + offset, length };
	work->parts = length ? 2 : 1;
	work->part[work->parts++ & 3] =
		(struct hashed){ GCM_LENGTHS_AT, GHASH_BLOCK };
	engine_ghash(work, session);
}

/* GHASH of an SRTCP packet whose first @end bytes are followed by @word. */
static __inline_always void gcm_rtcp_hash(struct work *work,
					  const struct sg_session_key *session,
					  __u32 end, __u32 word)
{
	__u64 *header = gcm_at(work, GCM_HEADER_AT);
	__be32 before;

	if (word & SRTCP_E_BIT) {
		header[0] = *gcm_at(work, HEADROOM);
		*(__be32 *)&header[1] = bpf_htonl(word);
		gcm_hash(work, session, GCM_HEADER_AT, RTCP_HEADER + 4,
			 RTCP_HEADER, end - RTCP_HEADER);
		return;
	}
	/* RFC 7714 9.3: all is in the clear, the word right behind it. */
	before = load32(work, end);
	store32(work, end, bpf_htonl(word));
	gcm_hash(work, session, HEADROOM, end + 4, 0, 0);
	store32(work, end, before);
}

/* Constant time; the tag is at @end. */
static __inline_always int gcm_tag_matches(struct work *work, __u32 end)
{
	const __u64 *tag = gcm_at(work, HEADROOM + end);

	return !((work->hash[0] ^ bpf_be64_to_cpu(tag[0])) |
		 (work->hash[1] ^ bpf_be64_to_cpu(tag[1])));
}

/* Puts into work->hash the tag of the packet whose payload ends at @end. */
__noinline int gcm_packet_tag(struct work *work, const struct sg_key *key,
			      __u32 end, __u32 word)
{
	const __u64 *mask;
	__u32 header;

	if (!work || !key)
		return 0;
	end = BOUND(end, SG_RTP_MAX);
	header = work->packet.header;
	if (work->packet.rtcp)
		gcm_rtcp_hash(work, &key->rtcp, end, word);
	else if (!powers_mask || !powers_hash(work, key, header, end - header))
		gcm_hash(work, &key->rtp, HEADROOM, header, header,
			 end - header);
	mask = gcm_at(work, GCM_MASK_AT);
	work->hash[0] ^= bpf_be64_to_cpu(mask[0]);
	work->hash[1] ^= bpf_be64_to_cpu(mask[1]);
	return 0;
}

/* True when the tag is @key's, whose gcm_begin() it was. */
static __inline_always int gcm_authentic(struct work *work,
					 const struct sg_key *key)
{
	__u32 end = work->opening.end;

	if (work->packet.rtcp)
		end -= SRTCP_INDEX_SIZE;
	end = BOUND(end, SG_RTP_MAX);
	gcm_packet_tag(work, key, end, work->opening.word);
	return gcm_tag_matches(work, end);
}

/* Writes tag, @word of SRTCP, and MKI at @end; returns what follows. */
static __inline_always __u32 gcm_trailer(struct work *work,
					 const struct sg_key *key, __u32 end,
					 __u32 word)
{
	__u64 *tag = gcm_at(work, HEADROOM + end);
	__u32 mki = mki_length(key);

	tag[0] = bpf_cpu_to_be64(work->hash[0]);
	tag[1] = bpf_cpu_to_be64(work->hash[1]);
	end += GCM_TAG;
	if (work->packet.rtcp) {
		store32(work, end, bpf_htonl(word));
		end += SRTCP_INDEX_SIZE;
	}
	for (__u32 i = 0; i < SG_MKI_MAX && mki; i++)
		work->data[HEADROOM + end + i] = key->mki[i];
	return end + mki;
}

/* Authenticates what gcm_cipher() encrypted. */
__noinline int gcm_finish(struct work *work, const struct sg_key *key,
			  __u32 word)
{
	__u32 end;

	if (!work || !key)
		return 0;
	end = BOUND(work->packet.length, SG_RTP_MAX);
	gcm_packet_tag(work, key, end, word);
	work->packet.length = gcm_trailer(work, key, end, word);
	return 0;
}

/* Encrypts and authenticates under an index that seal_commit() gave out. */
static __inline_always int gcm_protect(struct work *work,
				       const struct sg_key *key, __u32 slot,
				       __u64 index)
{
	__u32 header = work->packet.rtcp ? RTCP_HEADER : work->packet.header;
	__u32 length = work->packet.length - header;
	__u32 word = index;

	gcm_begin(work, slot, index, length);
	if (encrypts(key, work->packet.rtcp)) {
		word |= SRTCP_E_BIT;
		gcm_cipher(work, key, header, length);
	}
	gcm_finish(work, key, word);
	return 0;
}

#endif /* SRTPGATE_GCM_H */
