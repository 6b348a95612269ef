// SPDX-License-Identifier: GPL-2.0-only
#include "lib/siphash.h"

static __u64 rotate(__u64 x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix(__u64 v[4], int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

/* Up to eight octets, the first of them the lowest. */
static __u64 word(const char *at, size_t size)
{
	__u64 word = 0;

	for (size_t i = 0; i < size; i++)
		word |= (__u64)(__u8)at[i] << 8 * i;
	return word;
}

static void absorb(__u64 v[4], __u64 word)
{
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
}

__u64 sg_siphash(const __u64 seed[2], struct sg_slice text)
{
	__u64 v[4] = {
		seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
		seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573,
	};
	size_t whole = text.size & ~7ull;

	for (size_t i = 0; i < whole; i += 8)
		absorb(v, word(text.at + i, 8));
	absorb(v, word(text.at + whole, text.size - whole) |
			  (__u64)text.size << 56);
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
