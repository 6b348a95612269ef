// SPDX-License-Identifier: GPL-2.0-only
#include "lib/base64.h"

#include <errno.h>

#include "lib/secret.h"

/*
 * Blocks of a known size, so that the compiler converts all of one at once, with
 * vectors: bodies of HTTP are converted here, too.
 */
enum { CHARACTERS = 16, OCTETS = CHARACTERS / 4 * 3 };

/* @first + x - @low where @low <= x <= @high, else 0, without a branch. */
static __u8 mapped(__u8 x, __u8 low, __u8 high, __u8 first)
{
	__u8 inside = -(__u8)((__u8)(x - low) <= (__u8)(high - low));

	return (x - low + first) & inside;
}

/* One more than the value of a character; 0: it is not base64. */
static __u8 value_of(__u8 c)
{
	return mapped(c, 'A', 'Z', 1) | mapped(c, 'a', 'z', 27) |
	       mapped(c, '0', '9', 53) | mapped(c, '+', '+', 63) |
	       mapped(c, '/', '/', 64);
}

/* The distance to @value's range of characters, added up from range to range. */
static __u8 character_of(__u8 value)
{
	__u8 beyond_upper = -(__u8)(value > 25);
	__u8 beyond_lower = -(__u8)(value > 51);
	__u8 beyond_digits = -(__u8)(value > 61);
	__u8 beyond_plus = -(__u8)(value > 62);

	return 'A' + value + (beyond_upper & ('a' - 'A' - 26)) -
	       (beyond_lower & ('a' + 26 - '0')) -
	       (beyond_digits & ('9' + 1 - '+')) +
	       (beyond_plus & ('/' - '+' - 1));
}

/* In place; returns not 0 when a character is not base64. */
static __u8 decode_block(__u8 value[CHARACTERS], __u8 out[OCTETS])
{
	__u8 bad = 0;

	for (int i = 0; i < CHARACTERS; i++)
		value[i] = value_of(value[i]) - 1;
	for (int i = 0; i < CHARACTERS; i++)
		bad |= value[i] & 0x80;
	for (int i = 0; i < CHARACTERS / 4; i++) {
		const __u8 *v = &value[4 * i];

		out[3 * i] = v[0] << 2 | (v[1] & 63) >> 4;
		out[3 * i + 1] = v[1] << 4 | (v[2] & 63) >> 2;
		out[3 * i + 2] = v[2] << 6 | (v[3] & 63);
	}
	return bad;
}

static void encode_block(__u8 out[CHARACTERS], const __u8 octets[OCTETS])
{
	for (int i = 0; i < CHARACTERS / 4; i++) {
		const __u8 *o = &octets[3 * i];

		out[4 * i] = o[0] >> 2;
		out[4 * i + 1] = (o[0] << 4 | o[1] >> 4) & 63;
		out[4 * i + 2] = (o[1] << 2 | o[2] >> 6) & 63;
		out[4 * i + 3] = o[2] & 63;
	}
	for (int i = 0; i < CHARACTERS; i++)
		out[i] = character_of(out[i]);
}

/* Length without padding; only a last group may have some, at most two. */
static size_t unpadded(struct sg_slice text)
{
	size_t size = text.size;

	if (size % 4 == 0)
		for (int i = 0; i < 2 && size && text.at[size - 1] == '='; i++)
			size--;
	return size;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

int sg_base64_decode(__u8 *out, size_t size, struct sg_slice text)
{
	size_t characters = unpadded(text), octets = characters * 3 / 4;
	__u8 from[CHARACTERS], block[OCTETS], bad = characters % 4 == 1;

	if (octets > size) {
		sg_secret_zero(out, size);
		return -ENOSPC;
	}
	for (size_t at = 0, to = 0; at < characters; at += CHARACTERS) {
		memset(from, 'A', sizeof(from));
		memcpy(from, text.at + at, least(CHARACTERS, characters - at));
		bad |= decode_block(from, block);
		memcpy(out + to, block, least(OCTETS, octets - to));
		to += OCTETS;
	}
	sg_secret_zero(from, sizeof(from));
	sg_secret_zero(block, sizeof(block));
	if (bad) {
		sg_secret_zero(out, size);
		return -EINVAL;
	}
	return octets;
}

void sg_base64_encode(char *out, const __u8 *octets, size_t size)
{
	__u8 block[CHARACTERS], from[OCTETS];

	for (size_t at = 0; at < size; at += OCTETS) {
		size_t here = least(OCTETS, size - at);

		memset(from, 0, sizeof(from));
		memcpy(from, octets + at, here);
		encode_block(block, from);
		for (size_t i = (here * 4 + 2) / 3; i < CHARACTERS; i++)
			block[i] = '=';
		memcpy(out, block, SG_BASE64_SIZE(here));
		out += SG_BASE64_SIZE(here);
	}
	sg_secret_zero(from, sizeof(from));
	sg_secret_zero(block, sizeof(block));
}
