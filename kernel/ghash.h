/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GHASH (NIST SP 800-38D 6.4) by carry-less multiplication.
 *
 * In memory the first bit of a block is the coefficient of x^0, so with the
 * bytes reversed a register holds its polynomial with the bits reversed.
 * Of such operands the product is one bit too low; the key is multiplied by
 * x once instead. Blocks are taken up to eight at a time, each times a power
 * of the key of its own, and reduced together.
 */
#ifndef SRTP_GHASH_H
#define SRTP_GHASH_H

#include "simd.h"

enum { GHASH_BLOCK = 16, GHASH_POWERS = 8 };

/* x^128 is x^7 + x^2 + x + 1: in reverse, from the top. */
static FORCE_INLINE v128 ghash_polynomial(void)
{
	return (v128){ 1, 0xc200000000000000 };
}

/* A product of 256 bits; the middle overlaps both others by 64. */
struct ghash_product {
	v128 low, middle, high;
};

struct ghash_key {
	v128 power[GHASH_POWERS]; /* of the key, 1 and up, each times x */
};

static FORCE_INLINE void ghash_multiply(struct ghash_product *sum, v128 a,
					v128 b)
{
	sum->low ^= multiply_carryless(a, b, 0x00);
	sum->middle ^= multiply_carryless(a, b, 0x01) ^
		       multiply_carryless(a, b, 0x10);
	sum->high ^= multiply_carryless(a, b, 0x11);
}

/* Twice adds the multiple of the polynomial that clears the lowest 64 bits. */
static FORCE_INLINE v128 ghash_reduce(const struct ghash_product *product)
{
	const v128 polynomial = ghash_polynomial();
	v128 middle = product->middle;

	middle ^= multiply_carryless(polynomial, product->low, 0x01);
	middle ^= swap_halves(product->low);
	return product->high ^ swap_halves(middle) ^
	       multiply_carryless(polynomial, middle, 0x01);
}

/*
 * As many powers as hashing of @blocks blocks wants, of @key, which is
 * sg_session_key.ghash. More than a few are for long packets only.
 */
static FORCE_INLINE void ghash_expand(struct ghash_key *out,
				      const __u64 key[2], __u32 powers)
{
	__u64 high = key[0], low = key[1];
	v128 carry = both(0 - (high >> 63));
	v128 first = { low << 1, high << 1 | low >> 63 };

	first ^= carry & ghash_polynomial();
	out->power[0] = first;
	for (__u32 i = 1; i < powers; i++) {
		struct ghash_product product = { .low = { 0 } };

		/* Of two halves: fewer wait for one another. */
		ghash_multiply(&product, out->power[i / 2],
			       out->power[(i - 1) / 2]);
		out->power[i] = ghash_reduce(&product);
	}
}

/* What is hashed: two parts, each padded with zeros, and their lengths. */
struct ghash_input {
	const __u8 *part[2];
	__u32 length[2];	/* bytes */
};

static FORCE_INLINE __u32 ghash_blocks(__u32 bytes)
{
	return (bytes + GHASH_BLOCK - 1) / GHASH_BLOCK;
}

/* Block @n; up to 15 bytes behind a part are read. */
static FORCE_INLINE v128 ghash_block(const struct ghash_input *in, __u32 n)
{
	for (int i = 0; i < 2; i++) {
		__u32 at = n * GHASH_BLOCK, left = in->length[i] - at;

		if (at < in->length[i])
			return reverse_bytes(first_bytes(
				load(in->part[i] + at),
				left < GHASH_BLOCK ? left : GHASH_BLOCK));
		n -= ghash_blocks(in->length[i]);
	}
	return (v128){ 8 * in->length[1], 8 * in->length[0] };
}

static v128 ghash(const __u64 key[2], const struct ghash_input *in)
{
	__u32 blocks = ghash_blocks(in->length[0]) +
		       ghash_blocks(in->length[1]) + 1;
	__u32 powers = blocks > 3 * GHASH_POWERS ? GHASH_POWERS :
						   GHASH_POWERS / 2;
	struct ghash_key expanded;
	v128 sum = { 0 };

	ghash_expand(&expanded, key, powers);
	for (__u32 n = 0; n < blocks;) {
		__u32 left = blocks - n;
		struct ghash_product product = { .low = { 0 } };

		if (left > powers)
			left = powers;
		while (left--) {
			ghash_multiply(&product, expanded.power[left],
				       sum ^ ghash_block(in, n++));
			sum = both(0);
		}
		sum = ghash_reduce(&product);
	}
	wipe(&expanded, sizeof(expanded));
	return reverse_bytes(sum);
}

#endif /* SRTP_GHASH_H */
