/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH of an RTP packet with the tables of srtpgate/powers.h: what is found is
 * what ghash.h would have computed, or it is not used. Look-ups go by what is on
 * the wire, never by the sum, which is secret.
 *
 * A batch of blocks is done at once, each times a power of its own. Their
 * nibbles at the same place share what follows, the multiplication by x^4: a
 * shift. What it shifts out is gathered, and reduced once.
 */
#ifndef SRTPGATE_BPF_POWERS_H
#define SRTPGATE_BPF_POWERS_H

#include "keystream.h"

/* Set before the program is loaded. Entries less one; 0: there are none. */
const volatile __u32 powers_mask = 0;

enum { POWERS_TABLE = 16 * 2 }; /* words */

_Static_assert(SG_POWERS_BLOCKS % SG_POWERS == 0, "room for half a batch");

/* A part's last block, at @part.at: zeros behind its @part.length bytes. */
static __inline_always void powers_trim(struct work *w,
					const volatile struct hashed *part)
{
	__u64 *nibble = w->nibble[BOUND(part->at, SG_POWERS_BLOCKS - 1)];
	__s64 count = ((part->length - 1) & (GHASH_BLOCK - 1)) + 1;
	__u64 high = ghash_mask(count), low = ghash_mask(count - 8);

	nibble[0] &= high;
	nibble[1] &= low;
	nibble[2] &= high;
	nibble[3] &= low;
}

/* A block's nibbles, each as the place of its multiple in a table. */
static __inline_always void powers_put(__u64 *nibble, __u64 high, __u64 low)
{
	nibble[0] = high & 0xf0f0f0f0f0f0f0f0;
	nibble[1] = low & 0xf0f0f0f0f0f0f0f0;
	nibble[2] = high << 4 & 0xf0f0f0f0f0f0f0f0;
	nibble[3] = low << 4 & 0xf0f0f0f0f0f0f0f0;
}

/*
 * Takes the @blocks blocks of a packet, of which those up to @before are of its
 * @header bytes, from @first on. Turns differ in nothing but data, for the
 * verifier.
 */
static __inline_always void powers_take(struct work *w, __u32 header,
					__u32 before, __u32 blocks, __u32 first)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < SG_POWERS_BLOCKS; i++) {
		__u32 at = HEADROOM + i * GHASH_BLOCK, to = first + i;
		__s32 payload = (__s32)(before - 1 - i) >> 31;
		const __u64 *data;

		if (i >= blocks)
			break;
		OPAQUE(payload);
		at -= (before * GHASH_BLOCK - header) & payload;
		OPAQUE(at);
		OPAQUE(to);
		if (at > OUTER_AT || to >= SG_POWERS_BLOCKS)
			break;
		data = (const __u64 *)&w->data[at];
		powers_put(w->nibble[to], data[0], data[1]);
	}
}

/*
 * The blocks of a packet with @header bytes that are not encrypted and @length
 * that are, the last block's lengths included, and in front of them as many
 * blocks of zeros as whole batches take: w->blocks in all.
 *
 * What is needed behind the loop is in memory, or the verifier would know from
 * each turn how many there were, and follow all that comes for each of them.
 */
static __inline_always void powers_stage(struct work *w, __u32 header,
					 __u32 length)
{
	__u32 before = (header + GHASH_BLOCK - 1) / GHASH_BLOCK;
	__u32 blocks = before + (length + GHASH_BLOCK - 1) / GHASH_BLOCK;
	__u32 last = blocks / SG_POWERS * SG_POWERS + SG_POWERS - 1;
	volatile struct hashed *part = w->part;
	__u32 first = last - blocks;

	part[0].at = first + before - 1;
	part[0].length = header;
	part[1].at = last - 1;
	part[1].length = length;
	w->blocks = last + 1;
	for (int i = 0; i < SG_POWERS - 1; i++)
		powers_put(w->nibble[i], 0, 0);
	powers_put(w->nibble[BOUND(last, SG_POWERS_BLOCKS - 1)],
		   bpf_cpu_to_be64((__u64)header * 8),
		   bpf_cpu_to_be64((__u64)length * 8));
	powers_take(w, header, before, blocks, first);
	powers_trim(w, &part[0]);
	powers_trim(w, &part[1]);
}

/* What of @table *@nibble is the place of. */
static __inline_always const volatile __u64 *
powers_look_up(const volatile __u8 *table, const __u8 *nibble)
{
	const volatile __u8 *multiple = table + *nibble;

	OPAQUE(multiple);
	return (const volatile __u64 *)multiple;
}

/*
 * Multiplies @sum by x^4 and adds what the blocks have at @nibble, in their
 * first half, and in the second, which is x^64 further on.
 */
static __inline_always void powers_step(__u64 sum[4],
					const volatile __u8 *table,
					const __u8 *nibble)
{
	sum[3] = sum[3] >> 4 | sum[2] << 60;
	sum[2] = sum[2] >> 4 | sum[1] << 60;
	sum[1] = sum[1] >> 4 | sum[0] << 60;
	sum[0] >>= 4;
#pragma clang loop unroll(full)
	for (int i = 0; i < SG_POWERS; i++) {
		const __u8 *at = nibble + i * 2 * GHASH_BLOCK;
		int power = i * POWERS_TABLE;
		const volatile __u64 *first = powers_look_up(table, at);
		const volatile __u64 *second = powers_look_up(table, at + 8);
		__u64 middle = first[power + 1] ^ second[power];

		/* By itself, or all would have to wait for one another. */
		OPAQUE(middle);
		sum[0] ^= first[power];
		sum[1] ^= middle;
		sum[2] ^= second[power + 1];
	}
}

/* Adds to @high and @low a batch, from @nibble on. */
static __inline_always void powers_batch(__u64 *high, __u64 *low,
					 const volatile __u8 *table,
					 const __u8 *nibble)
{
	__u64 sum[4] = { 0 }, rest[2];

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < 8; i++) {
		const __u8 *at = nibble + 7 - i;

		powers_step(sum, table, at + GHASH_BLOCK);
		powers_step(sum, table, at);
	}
	ghash_reduce(&rest[0], &rest[1], sum[0], sum[1], sum[2], sum[3]);
	*high ^= rest[0];
	*low ^= rest[1];
}

/* All batches, each added to the sum of those before times H^SG_POWERS. */
static __inline_always void powers_sum(struct work *w,
				       const volatile struct sg_powers *entry)
{
	__u64 *factor = (__u64 *)w->schedule, high = 0, low = 0;
	__u32 blocks = *(volatile __u32 *)&w->blocks;

	if (blocks > SG_POWERS) {
		__u64 power[2] = { entry->multiple[0][8][0],
				   entry->multiple[0][8][1] };

		ghash_expand(factor, power);
	}
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < SG_POWERS_BLOCKS; i += SG_POWERS) {
		if (i >= blocks)
			break;
		if (i)
			ghash_multiply(&high, &low, factor);
		powers_batch(&high, &low,
			     (const volatile __u8 *)entry->multiple,
			     (const __u8 *)w->nibble[i]);
	}
	w->hash[0] = high;
	w->hash[1] = low;
}

/*
 * Has all of the tables fetched into the cache at the same time: the sum would
 * wait for few at once.
 */
static __inline_always void powers_fetch(const volatile __u64 *table)
{
#pragma clang loop unroll(full)
	for (int at = 0; at < SG_POWERS * POWERS_TABLE; at += 64 / 8)
		(void)table[at];
}

/*
 * Puts GHASH of the RTP packet under @key, whose slot is w->key, into w->hash:
 * of @header bytes, and @length bytes behind them. 0: there are no tables, or
 * somebody writes them, and nothing was done.
 */
__noinline int powers_hash(struct work *w, const struct sg_key *key,
			   __u32 header, __u32 length)
{
	const volatile struct sg_powers *entry;
	__u32 place, turn;

	if (!w || !key || header + length > SG_POWERS_LENGTH)
		return 0;
	place = w->key & powers_mask;
	entry = bpf_map_lookup_elem(&powers, &place);
	if (!entry)
		return 0;
	turn = entry->turn;
	keystream_fence(w);
	if (turn & 1 || entry->generation != key->generation ||
	    entry->key != key->rtp.salt[0])
		return 0;
	powers_fetch(entry->multiple[0][0]);
	powers_stage(w, header, length);
	powers_sum(w, entry);
	keystream_fence(w);
	return entry->turn == turn;
}

#endif /* SRTPGATE_BPF_POWERS_H */
