/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key stream that a process made ahead of the packet, srtpgate/keystream.h:
 * what is found is what the engine would have made, or it is not used.
 */
#ifndef SRTPGATE_BPF_KEYSTREAM_H
#define SRTPGATE_BPF_KEYSTREAM_H

#include "engine.h"

/* Set before the program is loaded. Entries less one; 0: there are none. */
const volatile __u32 keystream_mask = 0;
/* This processor may do a load before an earlier one: not those of x86. */
const volatile __u32 keystream_unordered = 0;

/* Not 0: a process reads `asks`. */
__u32 keystream_heard = 0;

enum {
	KEYSTREAM_TURN = 32, /* bytes copied or added at once */
	KEYSTREAM_MAX = SG_KEYSTREAM_CHUNKS * SG_KEYSTREAM_CHUNK,
};

_Static_assert(SG_KEYSTREAM_CHUNK % KEYSTREAM_TURN == 0,
	       "a chunk is no whole number of turns");

/*
 * Between the loads that a sequence word guards: no load behind it is done
 * before those in front of it. BPF of 6.1 has no barrier, but an atomic
 * operation that returns a value is a full one.
 */
static __inline_always void keystream_fence(struct work *w)
{
	__u32 before;

	if (keystream_unordered) {
		before = __sync_lock_test_and_set(&w->fence, 1);
		OPAQUE(before);
	}
	asm volatile("" ::: "memory");
}

/*
 * Copies the first @length bytes of the entry of @chunk, if it is that of
 * @key: its .ask. Less than 0: it is none, is too short, or is being written.
 */
static __inline_always int keystream_copy(struct work *w,
					  const struct sg_key *key,
					  __u64 index, __u32 chunk,
					  __u32 length)
{
	const volatile struct sg_keystream *entry;
	__u64 word, differs, *to;
	__u32 place, at;

	place = sg_keystream_place(key->generation, w->packet.ssrc, index,
				   chunk, keystream_mask);
	entry = bpf_map_lookup_elem(&keystream, &place);
	if (!entry)
		return -1;
	word = entry->word;
	keystream_fence(w);
	differs = entry->key ^ key->rtp.salt[0];
	differs |= entry->place ^ (index << 16 | chunk);
	differs |= (entry->generation ^ key->generation) |
		   (entry->ssrc ^ w->packet.ssrc);
	if (differs || word & 1 || length > (__u16)(word >> 32))
		return -1;
	at = chunk % SG_KEYSTREAM_GCM * SG_KEYSTREAM_CHUNK;
	OPAQUE(at);
	if (at > KEYSTREAM_MAX - SG_KEYSTREAM_CHUNK)
		return -1;
	to = (__u64 *)&w->stream[at];
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < SG_KEYSTREAM_CHUNK / 8; i++) {
		if (i % (KEYSTREAM_TURN / 8) == 0 && 8 * i >= length)
			break;
		to[i] = entry->stream[i];
	}
	keystream_fence(w);
	return entry->word == word ? (int)(word >> 48) : -1;
}

/*
 * What this CPU counts; NULL: the map is of fewer. A softirq may interrupt a
 * process in BPF_PROG_RUN, and then one of two packets is not counted.
 */
static __inline_always struct sg_ahead *keystream_counters(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&ahead, &cpu);
}

static __inline_always void keystream_count(bool hit)
{
	struct sg_ahead *counters = keystream_counters();

	if (counters && hit)
		counters->hits++;
	else if (counters)
		counters->misses++;
}

/* Notes what to ask for, when the packet has proven to be authentic. */
static __inline_always void keystream_note(struct work *w,
					   const struct sg_key *key,
					   __u64 index, __u32 length)
{
	struct sg_ask *ask = &w->ask[w->asks & 1];

	ask->index = index;
	ask->slot = w->key;
	ask->generation = key->generation;
	ask->ssrc = w->packet.ssrc;
	ask->length = length;
	w->asks++;
}

/*
 * Finds @length bytes of key stream of the RTP packet at @index under @key, and
 * copies them to w->stream: @length, or 0.
 */
static __inline_always __u32 keystream_get(struct work *w,
					   const struct sg_key *key,
					   __u64 index, __u32 length)
{
	__u32 chunk = 0, done, ask = 0;
	int found = -1;

	if (key->flags & SG_KEY_GCM)
		chunk = SG_KEYSTREAM_GCM;
#pragma clang loop unroll(disable)
	for (done = 0; done < KEYSTREAM_MAX; done += SG_KEYSTREAM_CHUNK) {
		__u32 left = length - done;

		if (left > SG_KEYSTREAM_CHUNK)
			left = SG_KEYSTREAM_CHUNK;
		found = keystream_copy(w, key, index, chunk++, left);
		if (found < 0)
			break;
		ask |= found;
		if (done + left >= length)
			break;
	}
	if (done >= KEYSTREAM_MAX)
		found = -1;
	if (found < 0)
		ask = index % SG_KEYSTREAM_STEP == 0;
	if (unlikely(ask))
		keystream_note(w, key, index, length);
	keystream_count(found >= 0);
	return found < 0 ? 0 : length;
}

/* Adds w->stream from byte @from on to @length bytes of payload. */
static __inline_always void keystream_xor(struct work *w, __u32 from,
					  __u32 offset, __u32 length)
{
	offset += HEADROOM;
#pragma clang loop unroll(disable)
	for (__u32 done = 0; done < KEYSTREAM_MAX; done += KEYSTREAM_TURN) {
		__u32 at = from + done, to = offset + done;
		const __u64 *stream;
		__u64 *data;

		OPAQUE(at);
		OPAQUE(to);
		if (done >= length || at > KEYSTREAM_MAX - KEYSTREAM_TURN ||
		    to > OUTER_AT)
			break;
		stream = (const __u64 *)&w->stream[at];
		data = (__u64 *)&w->data[to];
#pragma clang loop unroll(full)
		for (int i = 0; i < KEYSTREAM_TURN / 8; i++)
			data[i] ^= stream[i];
	}
}

/*
 * Encrypts or decrypts @length bytes at @offset of the RTP packet at @index
 * under @key, whose slot is w->key: @length, or 0, and nothing was done.
 */
__noinline int keystream_cipher(struct work *w, const struct sg_key *key,
				__u64 index, __u32 offset, __u32 length)
{
	if (!w || !key || !keystream_get(w, key, index, length))
		return 0;
	keystream_xor(w, 0, offset, length);
	return length;
}

/* The second step alone, for GCM: the tag is between them. */
__noinline int keystream_add(struct work *w, __u32 from, __u32 offset,
			     __u32 length)
{
	if (w)
		keystream_xor(w, from, offset, length);
	return 0;
}

/* Tells the process of the notes. */
__noinline int keystream_ask(struct work *w)
{
	struct sg_ahead *counters;

	if (!w || !keystream_heard)
		return 0;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < 2; i++) {
		if (i >= w->asks)
			break;
		if (!bpf_ringbuf_output(&asks, &w->ask[i], sizeof(w->ask[i]),
					BPF_RB_NO_WAKEUP))
			continue;
		counters = keystream_counters();
		if (counters)
			counters->unheard++;
	}
	return 0;
}

#endif /* SRTPGATE_BPF_KEYSTREAM_H */
