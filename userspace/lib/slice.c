// SPDX-License-Identifier: GPL-2.0-only
#include "lib/slice.h"

#include <stdio.h>

bool sg_slice_equal(struct sg_slice a, struct sg_slice b)
{
	return a.size == b.size && (!a.size || !memcmp(a.at, b.at, a.size));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool sg_slice_equal_nocase(struct sg_slice a, struct sg_slice b)
{
	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

bool sg_slice_is(struct sg_slice slice, const char *text)
{
	return sg_slice_equal(slice, sg_slice_of(text));
}

bool sg_slice_is_nocase(struct sg_slice slice, const char *text)
{
	return sg_slice_equal_nocase(slice, sg_slice_of(text));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sg_slice sg_slice_trim(struct sg_slice slice)
{
	while (slice.size && is_blank(slice.at[0])) {
		slice.at++;
		slice.size--;
	}
	while (slice.size && is_blank(slice.at[slice.size - 1]))
		slice.size--;
	return slice;
}

bool sg_slice_number(struct sg_slice slice, __u64 max, __u64 *value)
{
	__u64 number = 0;

	for (size_t i = 0; i < slice.size; i++) {
		__u8 digit = slice.at[i] - '0';

		if (digit > 9 || digit > max || number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (slice.size)
		*value = number;
	return slice.size;
}

const char *sg_slice_show(char text[SG_SHOWN_TEXT], struct sg_slice slice)
{
	char *out = text;

	if (slice.size > SG_SHOWN_MAX) {
		snprintf(text, SG_SHOWN_TEXT, "(%zu characters)", slice.size);
		return text;
	}
	*out++ = '"';
	for (size_t i = 0; i < slice.size; i++) {
		char c = slice.at[i];

		*out++ = c >= ' ' && c <= '~' && c != '"' ? c : '?';
	}
	*out++ = '"';
	*out = '\0';
	return text;
}
