/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packet indices: estimating one from a sequence number (RFC 3711 3.3.1,
 * appendix A) and the sliding window that knows which were seen (3.3.2),
 * with the ring of RFC 6479 so that it never shifts bits.
 */
#ifndef SRTPGATE_WINDOW_H
#define SRTPGATE_WINDOW_H

#include "packet.h"

#define RTP_INDEX_LIMIT (1ULL << 48)
#define RTCP_INDEX_LIMIT (1ULL << 31)

enum { SEQUENCE_MEDIAN = 1 << 15 };

/*
 * The index that @sequence most likely stands for, given the window's
 * highest. A first packet, and one from before the start, count as ROC 0.
 */
static __inline_always __u64 index_estimate(__u64 next, __u16 sequence)
{
	__u64 highest = next - 1;
	__u32 low = highest & 0xffff;
	__u64 roc = highest >> 16;

	if (!next)
		return sequence;
	if (low < SEQUENCE_MEDIAN) {
		if (sequence > low + SEQUENCE_MEDIAN && roc)
			roc--;
	} else if (sequence < low - SEQUENCE_MEDIAN) {
		roc++;
	}
	return roc << 16 | sequence;
}

/* 0, or why @index cannot be accepted: enum sg_drop_reason. */
static __inline_always __u32 window_check(const struct sg_window *window,
					  __u64 index)
{
	__u64 next = window->next;

	if (index >= next)
		return 0;
	if (next - index > SG_WINDOW_SIZE)
		return SG_DROP_TOO_OLD;
	if (window->seen[index / 64 % SG_WINDOW_WORDS] >> (index % 64) & 1)
		return SG_DROP_REPLAYED;
	return 0;
}

/*
 * Marks @index, which window_check() let through. The ring words between
 * the old top and the new one hold nothing yet and are cleared.
 */
static __inline_always void window_commit(struct sg_window *window,
					  __u64 index)
{
	__u64 bit = 1ULL << (index % 64);
	__u64 word = index / 64;
	__u64 ahead;

	if (index >= window->next) {
		ahead = word - (window->next ? (window->next - 1) / 64 : word);
		if (!window->next)
			ahead = SG_WINDOW_WORDS;
		for (__u32 i = 0; i < SG_WINDOW_WORDS; i++) {
			if (i < ahead)
				window->seen[(word - i) % SG_WINDOW_WORDS] = 0;
		}
		window->next = index + 1;
	}
	window->seen[word % SG_WINDOW_WORDS] |= bit;
}

static __inline_always void window_reset(struct sg_window *window)
{
	window->next = 0;
	window->key = 0;
	window->oldest_key = 0;
}

static __inline_always void window_keep(struct sg_window_top *top,
					const struct sg_window *window)
{
	top->next = window->next;
	top->key = window->key;
	top->oldest_key = window->oldest_key;
}

/* Only the top is remembered, so all below it counts as seen. */
static __inline_always void window_restore(struct sg_window *window,
					   const struct sg_window_top *top)
{
	__u64 highest = top->next - 1;

	window->next = top->next;
	window->key = top->key;
	window->oldest_key = top->oldest_key;
	if (!top->next)
		return;
	for (__u32 i = 0; i < SG_WINDOW_WORDS; i++)
		window->seen[i] = ~0ULL;
	/* Above the top nothing was seen, although the word is shared. */
	window->seen[highest / 64 % SG_WINDOW_WORDS] =
		~0ULL >> (63 - highest % 64);
}

/* A newer key makes old indices meaningless: only it and newer ones count. */
static __inline_always void window_restart(struct sg_window *window,
					   __u32 generation)
{
	window->next = 0;
	window->oldest_key = generation;
}

#endif /* SRTPGATE_WINDOW_H */
