/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources: the SSRCs of a stream. SG_SOURCES of them have full state; the
 * least recently used one gives it up to a newcomer but keeps its indices
 * (struct sg_retired), so that no packet is accepted twice and no keystream
 * used twice when it comes back.
 *
 * A receiver makes state only after authentication (RFC 3711 3.2.3 leaves
 * the set of SSRCs to the receiver; a flood of forged ones must not).
 */
#ifndef SRTPGATE_SOURCE_H
#define SRTPGATE_SOURCE_H

#include <linux/udp.h>

#include "packet.h"
#include "window.h"

/* One bit per slot whose SSRC is @ssrc; without a branch per slot. */
static __inline_always __u32 source_matches(const struct sg_state *state,
					    __u32 ssrc)
{
	__u32 matches = 0;

	for (__u32 i = 0; i < SG_SOURCES; i++) {
		__u64 difference = state->ssrc[i] ^ ssrc;

		matches |= (__u32)((difference - 1) >> 63) << i;
	}
	return matches & state->live;
}

/* The slot of @ssrc, or SG_SOURCES. Without the lock it is only a hint. */
static __inline_always __u32 source_find(const struct sg_state *state,
					 __u32 ssrc)
{
	__u32 one = source_matches(state, ssrc);
	__u32 slot;

	if (!one)
		return SG_SOURCES;
	/* At most one bit is set: its number, by bits 0, 1 and 2. */
	slot = !!(one & 0xaa) | !!(one & 0xcc) << 1 | !!(one & 0xf0) << 2;
	return slot & (SG_SOURCES - 1);
}

/*
 * The second part of @stream's state, with the sources from 1 on. It is looked
 * up before the lock is taken, as no helper may be called under it.
 */
static __inline_always struct sg_state_rest *
source_rest(const struct sg_stream *stream)
{
	__u32 slot = stream->state;

	return bpf_map_lookup_elem(&sources, &slot);
}

/*
 * Source @slot; @rest is NULL for source 0, and nothing is looked up then.
 * Masked, because not every verifier knows what the caller has checked.
 */
static __inline_always struct sg_source *
source_at(struct sg_state *state, struct sg_state_rest *rest, __u32 slot)
{
	if (likely(!rest))
		return &state->source[0];
	asm volatile("" : "+r"(slot));
	slot = (slot - 1) & (SG_SOURCES - 1);
	return &rest->source[slot < SG_SOURCES - 1 ? slot : 0];
}

static __inline_always bool source_is(const struct sg_state *state,
				      __u32 slot, __u32 ssrc)
{
	asm volatile("" : "+r"(slot));
	slot &= SG_SOURCES - 1;
	return state->live >> slot & 1 && state->ssrc[slot] == ssrc;
}

/* Indices start anew: another epoch means another key (RFC 4568 7.1.4). */
static __inline_always void source_restart(struct sg_source *source,
					   __u32 epoch)
{
	source->epoch = epoch;
	source->first = 0;
	source->packets = 0;
	window_reset(&source->received);
	window_reset(&source->sealed);
	window_reset(&source->rtcp_received);
	source->rtcp_sealed = 0;
}

/* 0, or SG_DROP_STALE: the packet holds an older configuration. */
static __inline_always __u32 source_epoch(struct sg_source *source,
					  __u32 epoch)
{
	if (likely(source->epoch == epoch))
		return 0;
	if ((__s32)(source->epoch - epoch) > 0)
		return SG_DROP_STALE;
	source_restart(source, epoch);
	return 0;
}

/*
 * Under the lock, before @source, which is @slot, is changed: is it still the
 * packet's? 0, or SG_DROP_STALE.
 */
static __inline_always __u32 source_current(struct sg_state *state,
					    struct sg_source *source,
					    __u32 slot,
					    const struct packet *packet,
					    const struct sg_stream *stream)
{
	if (!source_is(state, slot, packet->ssrc))
		return SG_DROP_STALE;
	if (unlikely(slot))
		state->turn++;
	return source_epoch(source, stream->epoch);
}

/* RFC 3550 A.3, for sources that are about to be forgotten. */
static __inline_always void source_account(struct sg_state_rest *rest,
					   const struct sg_source *source)
{
	__u64 next = source->received.next ? source->received.next :
					     source->sealed.next;

	if (source->packets && next > source->first)
		rest->expected_retired += next - source->first;
	rest->received_retired += source->packets;
}

static __inline_always void source_retire(struct sg_retired *retired,
					  const struct sg_source *source)
{
	retired->ssrc = source->ssrc;
	retired->epoch = source->epoch;
	retired->used = 1;
	retired->rtcp_sealed = source->rtcp_sealed;
	window_keep(&retired->received, &source->received);
	window_keep(&retired->sealed, &source->sealed);
	window_keep(&retired->rtcp_received, &source->rtcp_received);
}

static __inline_always void source_clear(struct sg_source *source, __u32 ssrc,
					 __u32 epoch)
{
	source->ssrc = ssrc;
	source->jitter = 0;
	source->transit = 0;
	source->last_seen = 0;
	source->octets = 0;
	source->rtcp_packets = 0;
	source->rtcp_octets = 0;
	source_restart(source, epoch);
}

static __inline_always void source_restore(struct sg_source *source,
					   const struct sg_retired *retired)
{
	window_restore(&source->received, &retired->received);
	window_restore(&source->sealed, &retired->sealed);
	window_restore(&source->rtcp_received, &retired->rtcp_received);
	source->rtcp_sealed = retired->rtcp_sealed;
}

/*
 * Choices made by walking the slots go through this per-CPU memory: the
 * verifier would otherwise follow every outcome to the end of the program.
 */
struct source_choice {
	__u32 victim;	/* slot to use */
	__u32 record;	/* retired record of the SSRC, or SG_RETIRED */
	__u32 room;	/* retired record free to take, or SG_RETIRED */
	__u32 pad;
	struct sg_retired kept;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct source_choice);
} choices SEC(".maps");

static __inline_always void choose_slot(const struct sg_state *state,
					const struct sg_state_rest *rest,
					struct source_choice *choice)
{
	__u64 oldest = ~0ULL;

	choice->victim = 0;
	for (__u32 i = 0; i < SG_SOURCES; i++) {
		__u64 last = i ? rest->source[i - 1].last_seen :
				 state->source[0].last_seen;
		__u64 seen = state->live >> i & 1 ? last + 1 : 0;

		if (seen < oldest) {
			oldest = seen;
			choice->victim = i;
		}
	}
}

static __inline_always void choose_record(const struct sg_state_rest *rest,
					  struct source_choice *choice,
					  __u32 ssrc, __u32 epoch)
{
	choice->record = SG_RETIRED;
	choice->room = SG_RETIRED;
	for (__u32 i = 0; i < SG_RETIRED; i++) {
		const struct sg_retired *retired = &rest->retired[i];

		if (!retired->used || retired->epoch != epoch)
			choice->room = i;
		else if (retired->ssrc == ssrc)
			choice->record = i;
	}
}

/* Whether indices of @source guard a key, open's or seal's. */
static __inline_always bool source_guards(const struct sg_source *source)
{
	return source->received.key || source->rtcp_received.key ||
	       source->sealed.next || source->rtcp_sealed;
}

/*
 * Gives @ssrc a slot. A source that makes way for it is retired if its
 * indices guard a key; where no record is free for that the newcomer is
 * turned away. Returns the slot, or SG_SOURCES.
 */
static __noinline __u32 source_create(struct sg_state *state,
				      const struct packet *packet,
				      const struct sg_stream *stream)
{
	struct sg_state_rest *rest = source_rest(stream);
	__u32 ssrc = packet->ssrc, epoch = stream->epoch;
	struct source_choice *choice;
	struct sg_source *source;
	__u32 zero = 0, slot, record, room;

	choice = bpf_map_lookup_elem(&choices, &zero);
	if (!choice || !rest)
		return SG_SOURCES;

	bpf_spin_lock(&state->lock);
	slot = source_find(state, ssrc);
	if (slot < SG_SOURCES)
		goto out;

	choose_slot(state, rest, choice);
	choose_record(rest, choice, ssrc, epoch);
	slot = *(volatile __u32 *)&choice->victim & (SG_SOURCES - 1);
	record = *(volatile __u32 *)&choice->record;
	room = *(volatile __u32 *)&choice->room;
	source = source_at(state, slot ? rest : NULL, slot);
	state->turn++;

	/* Its own record, if it comes back, has room for the one that goes. */
	choice->kept.used = 0;
	if (record < SG_RETIRED) {
		choice->kept = rest->retired[record];
		rest->retired[record].used = 0;
		room = record;
	}
	if (state->live >> slot & 1) {
		if (source->epoch == epoch && source_guards(source)) {
			if (room >= SG_RETIRED) {
				slot = SG_SOURCES;
				goto out;
			}
			source_retire(&rest->retired[room], source);
		}
		source_account(rest, source);
	}
	source_clear(source, ssrc, epoch);
	if (choice->kept.used)
		source_restore(source, &choice->kept);
	state->ssrc[slot] = ssrc;
	state->live |= 1U << slot;
out:
	bpf_spin_unlock(&state->lock);
	return slot;
}

/* The slot of the packet's SSRC, given to it if need be, or SG_SOURCES. */
static __inline_always __u32 source_slot(struct sg_state *state,
					 const struct packet *packet,
					 const struct sg_stream *stream)
{
	__u32 slot = source_find(state, packet->ssrc);

	if (likely(slot < SG_SOURCES))
		return slot;
	return source_create(state, packet, stream);
}

/* The record of a retired @ssrc, or SG_RETIRED. */
static __noinline __u32 source_recall(const struct sg_state_rest *rest,
				      __u32 ssrc, __u32 epoch)
{
	for (__u32 i = 0; i < SG_RETIRED; i++) {
		const struct sg_retired *retired = &rest->retired[i];

		if (retired->used && retired->ssrc == ssrc &&
		    retired->epoch == epoch)
			return i;
	}
	return SG_RETIRED;
}

/*
 * Interarrival jitter (RFC 3550 6.4.1). The clock rate is scaled to 2^32 /
 * 10^9 within 0.003 %, which differences of neighbouring packets do not see.
 */
static __inline_always void source_jitter(struct sg_source *source,
					  const struct packet *packet,
					  __u32 clock_rate)
{
	__u64 scaled = (__u64)clock_rate * 4398 >> 10;
	__u32 arrival = (packet->now >> 10) * scaled >> 22;
	__u32 transit = arrival - packet->timestamp;
	__s32 difference = transit - source->transit;

	source->transit = transit;
	if (!source->packets)
		return;
	if (difference < 0)
		difference = -difference;
	source->jitter += difference - ((source->jitter + 8) >> 4);
}

/*
 * Counts one accepted packet under the lock. @index: of RTP; @octets: its
 * payload without header, MKI and tag.
 */
static __inline_always void source_count(struct sg_state *state,
					 struct sg_source *source,
					 const struct packet *packet,
					 __u64 index, __u32 octets,
					 __u32 clock_rate)
{
	__u32 received = packet->udp_length - (__u32)sizeof(struct udphdr);

	source->last_seen = packet->now;
	state->last_seen = packet->now;
	if (packet->rtcp) {
		source->rtcp_packets++;
		source->rtcp_octets += octets;
		state->rtcp_packets++;
		state->rtcp_octets += received;
		return;
	}
	if (!source->packets)
		source->first = index;
	source_jitter(source, packet, clock_rate);
	source->packets++;
	source->octets += octets;
	state->packets++;
	state->octets += received;
}

#endif /* SRTPGATE_SOURCE_H */
