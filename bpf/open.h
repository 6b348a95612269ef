/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open: SRTP to RTP and SRTCP to RTCP, in the order of RFC 3711 3.3 and 3.4:
 * estimate the index on a copy, check for replay, authenticate, decrypt, and
 * only then commit the index. An unauthenticated packet changes nothing.
 */
#ifndef SRTPGATE_OPEN_H
#define SRTPGATE_OPEN_H

#include "gcm.h"
#include "kfunc.h"
#include "lifetime.h"

/* MKI and tag are kept aside: authenticating overwrites them. */
static __inline_always void save_trailer(struct work *work, __u32 length)
{
	const __u64 *last;

	length = BOUND(length, SG_RTP_MAX);
	last = (const void *)&work->data[HEADROOM - TRAILER_MAX + length];
	for (int i = 0; i < 4; i++)
		work->trailer[i] = last[i];
}

static __inline_always void restore_trailer(struct work *work, __u32 length)
{
	__u64 *last;

	length = BOUND(length, SG_RTP_MAX);
	last = (void *)&work->data[HEADROOM - TRAILER_MAX + length];
	for (int i = 0; i < 4; i++)
		last[i] = work->trailer[i];
}

/*
 * The functions that are neither static nor inlined here and in the engine
 * are verified once, on their own, not on every path that leads to them.
 */
__noinline int mki_differs(const struct work *work, const struct sg_key *key,
			   __u32 tag)
{
	const __u8 *trailer;
	__u32 length, first, differs = 0;

	if (!work || !key)
		return 1;
	trailer = (const void *)work->trailer;
	length = mki_length(key);
	first = TRAILER_MAX - tag - length;
	for (__u32 i = 0; i < SG_MKI_MAX; i++) {
		if (i < length)
			differs |= trailer[(first + i) % TRAILER_MAX] ^
				   key->mki[i];
	}
	return differs;
}

/* Constant time; the tag is the packet's last @length bytes: 10 or 4. */
static __inline_always bool tag_matches(const struct work *work, __u32 length)
{
	const __u8 *end = (const __u8 *)work->trailer + TRAILER_MAX;
	__u32 differs;

	if (length == 4)
		return work->digest[0] ==
		       bpf_ntohl(*(const __be32 *)(end - 4));
	differs = work->digest[0] ^ bpf_ntohl(*(const __be32 *)(end - 10));
	differs |= work->digest[1] ^ bpf_ntohl(*(const __be32 *)(end - 6));
	differs |= work->digest[2] >> 16 ^
		   bpf_ntohs(*(const __be16 *)(end - 2));
	return !differs;
}

/* True when the tag is @key's at @index, whose ROC is authenticated too. */
static __inline_always bool rtp_authentic(struct work *work,
					  const struct sg_key *key, __u32 end,
					  __u64 index)
{
	if (!key->rtp_tag)
		return true; /* UNAUTHENTICATED_SRTP */
	end = BOUND(end, SG_RTP_MAX);
	store32(work, end, bpf_htonl(index >> 16));
	engine_mac(work, &key->rtp.hmac, end + ROC_SIZE);
	return tag_matches(work, key->rtp_tag);
}

__noinline int rtcp_authentic(struct work *work, const struct sg_key *key,
			      __u32 end)
{
	if (!work || !key)
		return 0;
	end = BOUND(end, SG_RTP_MAX);
	engine_mac(work, &key->rtcp.hmac, end);
	return tag_matches(work, key->rtcp_tag);
}

/*
 * A copy of the source's window, to decide on before anything is known to be
 * authentic. Taken without the lock it may mix two packets' updates, which
 * at worst lets a replay through to open_commit(); so only a copy that would
 * refuse the packet is taken again under the lock.
 */
static __inline_always void copy_window(struct opening *opening,
					const struct packet *packet,
					const struct sg_source *source)
{
	opening->window = packet->rtcp ? source->rtcp_received :
					 source->received;
	if (!packet->rtcp)
		opening->index = index_estimate(opening->window.next,
						packet->sequence);
}

static __inline_always void opening_begin(struct opening *opening,
					  const struct packet *packet,
					  const struct sg_stream *stream,
					  struct sg_state *state)
{
	__u32 slot = source_find(state, packet->ssrc);
	const struct sg_retired *retired;
	struct sg_state_rest *rest = NULL;
	struct sg_source *source;
	__u32 record;

	opening->slot = slot;
	opening->retried = 0;
	opening->index = packet->sequence;
	window_reset(&opening->window);
	if (unlikely(slot)) {
		rest = source_rest(stream);
		if (!rest)
			return;
	}
	if (likely(slot < SG_SOURCES)) {
		source = source_at(state, rest, slot);
		if (unlikely(source->epoch != stream->epoch))
			return;
		copy_window(opening, packet, source);
		if (packet->rtcp || window_check(&opening->window,
						 opening->index)) {
			bpf_spin_lock(&state->lock);
			copy_window(opening, packet, source);
			bpf_spin_unlock(&state->lock);
		}
		return;
	}
	record = source_recall(rest, packet->ssrc, stream->epoch);
	if (record >= SG_RETIRED)
		return;
	retired = &rest->retired[record];
	window_restore(&opening->window, packet->rtcp ?
						 &retired->rtcp_received :
						 &retired->received);
	if (!packet->rtcp)
		opening->index = index_estimate(opening->window.next,
						packet->sequence);
}

/*
 * Whether a packet at this index may be of @key: 0, or enum sg_drop_reason.
 * Under a newer key than any before, an old index is no replay.
 */
static __inline_always __u32 key_timely(const struct opening *opening,
					const struct sg_key *key)
{
	const struct sg_window *window = &opening->window;

	if (key->generation < window->oldest_key)
		return SG_DROP_NO_KEY;
	if (key->generation > window->key)
		return 0;
	return window_check(window, opening->index);
}

/* Whether @key may have made this packet, before any cryptography: likewise. */
static __inline_always __u32 key_fits(const struct work *work,
				      const struct sg_key *key, __u32 tag)
{
	if (key->flags & SG_KEY_GCM)
		tag = 0; /* not behind the MKI */
	if (key->mki_length && mki_differs(work, key, tag))
		return SG_DROP_NO_KEY;
	return key_timely(&work->opening, key);
}

/*
 * RTP's index is a guess. It is guessed twice where a peer may honestly
 * differ from us: a first packet may come from beyond the first rollover,
 * and some peers restart at ROC 0 with a new key although RFC 3711 does not.
 */
static __inline_always __u64 second_guess(const struct work *work,
					  const struct sg_key *key)
{
	const struct opening *opening = &work->opening;

	if (!opening->window.next)
		return opening->index + (1 << 16);
	if (key->generation > opening->window.key)
		return work->packet.sequence;
	return opening->index;
}

/*
 * 0 when @key authenticates the packet, PENDING when it remains to be seen,
 * else enum sg_drop_reason. Inline, for a packet's way to the hash to have two
 * calls less.
 */
static __inline_always int rtp_try_key(struct work *work,
				       const struct sg_key *key)
{
	__u32 tag, trailer, reason, end;
	__u64 second;
	int opened;

	tag = tag_length(key->rtp_tag);
	trailer = tag + mki_length(key);
	if (work->packet.length < work->packet.header + trailer)
		return SG_DROP_BAD_HEADER;
	reason = key_fits(work, key, tag);
	if (reason)
		return reason;

	end = work->packet.length - trailer;
	work->opening.end = end;
	second = second_guess(work, key);
	opened = kfunc_open(work, key, second);
	if (opened != KFUNC_DECLINED)
		return opened;
	if (key->flags & SG_KEY_GCM)
		return PENDING;
	if (likely(rtp_authentic(work, key, end, work->opening.index)))
		return 0;
	if (second == work->opening.index)
		return SG_DROP_AUTH_FAILED;
	restore_trailer(work, work->packet.length);
	if (!rtp_authentic(work, key, end, second))
		return SG_DROP_AUTH_FAILED;
	work->opening.index = second;
	work->opening.retried = 1;
	return 0;
}

__noinline int rtcp_try_key(struct work *work, const struct sg_key *key)
{
	__u32 tag, trailer, word, at, reason;
	int opened;

	if (!work || !key)
		return SG_DROP_INTERNAL;
	tag = tag_length(key->rtcp_tag);
	trailer = tag + mki_length(key) + SRTCP_INDEX_SIZE;
	if (work->packet.length < RTCP_HEADER + trailer)
		return SG_DROP_BAD_HEADER;

	at = BOUND(work->packet.length - trailer, SG_RTP_MAX);
	word = bpf_ntohl(load32(work, key->flags & SG_KEY_GCM ? at + tag : at));
	work->opening.end = at + SRTCP_INDEX_SIZE;
	work->opening.index = word & ~SRTCP_E_BIT;
	reason = key_fits(work, key, tag);
	if (reason)
		return reason;
	if (!(word & SRTCP_E_BIT) == encrypts(key, true))
		return SG_DROP_NOT_ENCRYPTED;
	opened = kfunc_open(work, key, work->opening.index);
	if (opened != KFUNC_DECLINED)
		return opened;
	work->opening.word = word;
	if (key->flags & SG_KEY_GCM)
		return PENDING;
	return rtcp_authentic(work, key, work->opening.end) ?
		       0 : SG_DROP_AUTH_FAILED;
}

/*
 * Of the reasons that several keys give, a replay under one of them is the
 * one to report, and a key that was not meant says nothing.
 */
static __inline_always bool tells_more(int why, int reason)
{
	return why != SG_DROP_NO_KEY && reason != SG_DROP_REPLAYED &&
	       reason != SG_DROP_TOO_OLD;
}

/*
 * Authenticates with the current, the next or the previous key, from
 * opening.tried on, and notes which: 0, PENDING, or enum sg_drop_reason.
 */
__noinline int authenticate(struct work *work, const struct sg_stream *stream)
{
	const struct sg_key *key;
	__u32 length;
	int why;

	if (!work || !stream)
		return SG_DROP_INTERNAL;
	length = work->packet.length;
	for (__u32 i = 0; i < SG_OPEN_KEYS; i++) {
		if (i < work->opening.tried)
			continue;
		key = stream_key(stream->open_key[i]);
		if (!key)
			continue;
		restore_trailer(work, length);
		why = work->packet.rtcp ? rtcp_try_key(work, key) :
					  rtp_try_key(work, key);
		work->opening.tried = i + 1;
		if (!why || why == PENDING) {
			work->opening.key = stream->open_key[i];
			work->opening.generation = key->generation;
			return why;
		}
		if (tells_more(why, work->opening.reason))
			work->opening.reason = why;
	}
	return work->opening.reason;
}

/*
 * Whether the key that is PENDING authenticates the packet; if not, on with
 * the second guess or the next key.
 */
__noinline int gcm_authenticate(struct work *work,
				const struct sg_stream *stream)
{
	struct opening *opening;
	const struct sg_key *key;
	__u64 second;

	if (!work || !stream)
		return SG_DROP_INTERNAL;
	opening = &work->opening;
	key = stream_key(opening->key);
	if (!key)
		return SG_DROP_STALE;
	if (gcm_authentic(work, key))
		return 0;
	if (!work->packet.rtcp && !opening->retried) {
		opening->first = opening->index;
		second = second_guess(work, key);
		opening->retried = second != opening->index;
		opening->index = second;
		if (opening->retried)
			return PENDING;
	} else if (!work->packet.rtcp) {
		opening->index = opening->first;
		opening->retried = 0;
	}
	if (tells_more(SG_DROP_AUTH_FAILED, opening->reason))
		opening->reason = SG_DROP_AUTH_FAILED;
	return authenticate(work, stream);
}

/*
 * The cipher has no room on the stack below authenticate(), so what GCM needs
 * of it comes from here.
 */
static __inline_always int find_key(struct work *work,
				    const struct sg_stream *stream)
{
	int reason;

	work->opening.tried = 0;
	work->opening.opened = 0;
	work->opening.reason = SG_DROP_NO_KEY;
	save_trailer(work, work->packet.length);
	reason = authenticate(work, stream);
#pragma clang loop unroll(disable)
	for (int i = 0; i < 2 * SG_OPEN_KEYS; i++) {
		if (likely(reason != PENDING))
			return reason;
		work->asks = 0;
		gcm_begin(work, work->opening.key, work->opening.index,
			  work->opening.end - work->packet.header);
		reason = gcm_authenticate(work, stream);
	}
	return reason == PENDING ? SG_DROP_AUTH_FAILED : reason;
}

static __inline_always void decrypt(struct work *work,
				    const struct sg_key *key)
{
	__u32 header = work->packet.rtcp ? RTCP_HEADER : work->packet.header;
	struct opening *opening = &work->opening;
	__u32 end = opening->end;

	if (opening->opened) {
		conversion_end(work);
		return;
	}
	if (work->packet.rtcp)
		end -= SRTCP_INDEX_SIZE;
	work->packet.length = end;
	if (!encrypts(key, work->packet.rtcp))
		return;
	work->key = opening->key;
	if (key->flags & SG_KEY_GCM)
		gcm_cipher(work, key, header, end - header);
	else
		counter_cipher(work, key, opening->index, header, end - header);
}

static __inline_always __u32 commit_window(struct sg_window *window,
					   const struct opening *opening)
{
	__u32 reason;

	if (opening->generation < window->oldest_key)
		return SG_DROP_AUTH_FAILED;
	reason = window_check(window, opening->index);
	if (opening->generation > window->key) {
		if (window->next && (reason || opening->retried))
			window_restart(window, opening->generation);
		window->key = opening->generation;
		reason = 0;
	}
	if (!reason)
		window_commit(window, opening->index);
	return reason;
}

/* Commits the index and counts the packet: 0, or enum sg_drop_reason. */
static __inline_always __u32 open_commit(const struct opening *opening,
					 const struct packet *packet,
					 const struct sg_stream *stream,
					 struct sg_state *state, __u32 octets)
{
	struct sg_state_rest *rest = NULL;
	__u32 slot = opening->slot;
	struct sg_usage *usage = NULL;
	struct sg_source *source;
	__u32 reason;

	if (slot >= SG_SOURCES)
		slot = source_create(state, packet, stream);
	if (slot >= SG_SOURCES)
		return SG_DROP_SSRC_LIMIT;
	if (unlikely(slot)) {
		rest = source_rest(stream);
		if (!rest)
			return SG_DROP_INTERNAL;
	}
	if (unlikely(opening->lifetime)) {
		usage = usage_opened(stream, opening->generation);
		if (!usage)
			return SG_DROP_INTERNAL;
	}

	bpf_spin_lock(&state->lock);
	source = source_at(state, rest, slot);
	reason = source_current(state, source, slot, packet, stream);
	if (!reason && usage)
		reason = usage_check(usage, stream, opening->generation,
				     opening->lifetime, packet->rtcp);
	if (reason)
		goto out;
	reason = commit_window(packet->rtcp ? &source->rtcp_received :
					      &source->received, opening);
	if (reason)
		goto out;
	if (usage)
		usage_count(state, usage, packet->rtcp);
	if (unlikely(opening->retried))
		state->roc_retried++;
	source_count(state, source, packet, opening->index, octets,
		     stream->clock_rate);
out:
	bpf_spin_unlock(&state->lock);
	return reason;
}

static __inline_always int open(struct work *work,
				const struct sg_stream *stream,
				struct sg_state *state)
{
	struct opening *opening = &work->opening;
	struct packet *packet = &work->packet;
	const struct sg_key *key;
	__u32 reason, header;

	opening_begin(opening, packet, stream, state);
	if (opening->index >= RTP_INDEX_LIMIT)
		return drop_from(state, SG_DROP_KEY_EXHAUSTED);
	reason = find_key(work, stream);
	if (reason)
		return drop_from(state, reason);
	key = stream_key(opening->key);
	if (!key)
		return drop_from(state, SG_DROP_STALE);
	opening->lifetime = lifetime(key, packet->rtcp);
	decrypt(work, key);

	header = packet->rtcp ? RTCP_HEADER : packet->header;
	reason = open_commit(opening, packet, stream, state,
			     packet->length - header);
	return reason ? drop_from(state, reason) : CONTINUE;
}

#endif /* SRTPGATE_OPEN_H */
