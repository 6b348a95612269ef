// SPDX-License-Identifier: GPL-2.0-only
#include "lib/base64.h"

#include <errno.h>

#include "lib/secret.h"

/* @first + x - @low where @low <= x <= @high, else 0, without a branch. */
static __u32 mapped(__u32 x, __u32 low, __u32 high, __u32 first)
{
	__u32 inside = -(__u32)((x >= low) & (x <= high));

	return (x - low + first) & inside;
}

/* One more than the value of a character; 0: it is not base64. */
static __u32 value_of(__u8 c)
{
	return mapped(c, 'A', 'Z', 1) | mapped(c, 'a', 'z', 27) |
	       mapped(c, '0', '9', 53) | mapped(c, '+', '+', 63) |
	       mapped(c, '/', '/', 64);
}

static char character_of(__u32 value)
{
	return mapped(value, 0, 25, 'A') | mapped(value, 26, 51, 'a') |
	       mapped(value, 52, 61, '0') | mapped(value, 62, 62, '+') |
	       mapped(value, 63, 63, '/');
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

int sg_base64_decode(__u8 *out, size_t size, struct sg_slice text)
{
	size_t characters = unpadded(text), octets = characters * 3 / 4;
	__u32 group = 0, bad = characters % 4 == 1;
	size_t written = 0;

	if (octets > size) {
		sg_secret_zero(out, size);
		return -ENOSPC;
	}
	for (size_t i = 0; i < characters; i++) {
		__u32 value = value_of(text.at[i]);

		bad |= !value;
		group = group << 6 | ((value - 1) & 63);
		if (i % 4)
			out[written++] = group >> (6 - i % 4 * 2);
	}
	sg_secret_zero(&group, sizeof(group));
	if (bad) {
		sg_secret_zero(out, size);
		return -EINVAL;
	}
	return octets;
}

void sg_base64_encode(char *out, const __u8 *octets, size_t size)
{
	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		__u32 group = octets[i] << 16;

		if (left > 1)
			group |= octets[i + 1] << 8;
		if (left > 2)
			group |= octets[i + 2];
		*out++ = character_of(group >> 18);
		*out++ = character_of(group >> 12 & 63);
		*out++ = left > 1 ? character_of(group >> 6 & 63) : '=';
		*out++ = left > 2 ? character_of(group & 63) : '=';
	}
}
