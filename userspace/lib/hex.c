// SPDX-License-Identifier: GPL-2.0-only
#include "lib/hex.h"

#include <errno.h>

#include "lib/secret.h"

/* All ones where @low <= @c <= @high, else 0. */
static int between(int c, int low, int high)
{
	return ~((c - low) | (high - c)) >> 31;
}

/* 0 to 15; of what is no digit, -1. */
static int digit(int c)
{
	int value = between(c, '0', '9') & (c - '0' + 1);

	value |= between(c, 'a', 'f') & (c - 'a' + 11);
	value |= between(c, 'A', 'F') & (c - 'A' + 11);
	return value - 1;
}

int sg_hex_decode(__u8 *out, size_t size, struct sg_slice text)
{
	int bad = 0;

	memset(out, 0, size);
	if (text.size != 2 * size)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		int high = digit((__u8)text.at[2 * i]);
		int low = digit((__u8)text.at[2 * i + 1]);

		bad |= high | low;
		out[i] = (high & 15) << 4 | (low & 15);
	}
	if (bad >= 0)
		return 0;
	sg_secret_zero(out, size);
	return -EINVAL;
}

void sg_hex_encode(char *out, const __u8 *octets, size_t size)
{
	for (size_t i = 0; i < 2 * size; i++) {
		int digit = octets[i / 2] >> (i & 1 ? 0 : 4) & 15;

		*out++ = '0' + digit + ((9 - digit) >> 31 & ('a' - '0' - 10));
	}
	*out = '\0';
}
