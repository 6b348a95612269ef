/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lifetime: how many packets a key may open or seal (RFC 4568 6.1), SRTP and
 * SRTCP apart, counted in the second part of a state under the state's lock.
 * A key without a lifetime, as most are, costs one branch.
 */
#ifndef SRTPGATE_LIFETIME_H
#define SRTPGATE_LIFETIME_H

#include "srtp.h"

/* The packets that @key is good for; 0: any number, nothing is counted. */
static __inline_always __u64 lifetime(const struct sg_key *key, bool rtcp)
{
	if (likely(!(key->flags & SG_KEY_LIMITED)))
		return 0;
	if (rtcp && key->lifetime > RTCP_INDEX_LIMIT)
		return RTCP_INDEX_LIMIT; /* RFC 3711 9.2 */
	return key->lifetime;
}

/* Whether the key of @generation is one that @stream opens with. */
static __inline_always bool stream_opens_with(const struct sg_stream *stream,
					      __u32 generation)
{
	for (__u32 i = 0; i < SG_OPEN_KEYS; i++) {
		const struct sg_key *key = any_key(stream->open_key[i]);

		if (key && key->generation == generation)
			return true;
	}
	return false;
}

/*
 * Which of .opened is the key's; else one that is free or whose key the
 * stream has no more: there are as many as a stream has keys.
 */
__noinline __u32 usage_choose(const struct sg_stream *stream, __u32 generation)
{
	const struct sg_state_rest *rest;

	if (!stream)
		return 0;
	rest = source_rest(stream);
	if (!rest)
		return 0;
	for (__u32 i = 0; i < SG_OPEN_KEYS; i++)
		if (rest->opened[i].generation == generation)
			return i;
	for (__u32 i = 0; i < SG_OPEN_KEYS; i++)
		if (!stream_opens_with(stream, rest->opened[i].generation))
			return i;
	return 0;
}

/*
 * Where the key of @generation is counted; NULL: the map has no such slot.
 * Opaque, for the compiler not to add to what may still be NULL.
 */
static __inline_always struct sg_usage *
usage_opened(const struct sg_stream *stream, __u32 generation)
{
	__u32 i = usage_choose(stream, generation);
	struct sg_state_rest *rest = source_rest(stream);

	if (!rest)
		return NULL;
	OPAQUE(rest);
	return &rest->opened[BOUND(i, SG_OPEN_KEYS - 1)];
}

static __inline_always struct sg_usage *
usage_sealed(const struct sg_stream *stream)
{
	struct sg_state_rest *rest = source_rest(stream);

	if (!rest)
		return NULL;
	OPAQUE(rest);
	return &rest->sealed;
}

/*
 * Under the lock: may the key of @generation have one more of its @lifetime?
 * 0, KEY_EXPIRED, or STALE: another key counts here since @stream was
 * replaced, or another CPU gave the record to one just now.
 */
static __inline_always __u32 usage_check(struct sg_usage *usage,
					 const struct sg_stream *stream,
					 __u32 generation, __u64 lifetime,
					 bool rtcp)
{
	__s32 newer = stream->generation - usage->stream;

	if (usage->generation != generation) {
		if (usage->generation && newer <= 0)
			return SG_DROP_STALE;
		usage->generation = generation;
		usage->rtp = 0;
		usage->rtcp = 0;
	}
	if (newer > 0)
		usage->stream = stream->generation;
	return (rtcp ? usage->rtcp : usage->rtp) < lifetime ?
		       0 : SG_DROP_KEY_EXPIRED;
}

static __inline_always void usage_count(struct sg_state *state,
					struct sg_usage *usage, bool rtcp)
{
	state->turn++;
	if (rtcp)
		usage->rtcp++;
	else
		usage->rtp++;
}

#endif /* SRTPGATE_LIFETIME_H */
