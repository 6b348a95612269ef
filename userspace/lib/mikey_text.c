// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_text.h"

#include <errno.h>

#include "lib/cursor.h"

enum { BODY_MAX = SG_BASE64_SIZE(16384) };

static const char protocol[] = "mikey ";

int mikey_attribute_parse(__u8 *buffer, size_t size, struct sg_slice value)
{
	struct sg_cursor c = sg_cursor_of_slice(value);
	struct sg_slice base64;

	if (!sg_slice_is_nocase(sg_cursor_word(&c), "mikey"))
		return -ENOTSUP;
	base64 = sg_cursor_word(&c);
	if (!base64.size || sg_cursor_word(&c).size)
		return -EINVAL;
	return sg_base64_decode(buffer, size, base64);
}

int mikey_body_print(char *buffer, size_t size, struct sg_slice message)
{
	size_t needed = SG_BASE64_SIZE(message.size);

	if (needed > size)
		return -ENOSPC;
	sg_base64_encode(buffer, (const __u8 *)message.at, message.size);
	return needed;
}

int mikey_attribute_print(char *buffer, size_t size, struct sg_slice message)
{
	size_t begin = sizeof(protocol) - 1;
	int written;

	if (size < begin)
		return -ENOSPC;
	memcpy(buffer, protocol, begin);
	written = mikey_body_print(buffer + begin, size - begin, message);
	return written < 0 ? written : (int)begin + written;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int mikey_body_parse(__u8 *buffer, size_t size, struct sg_slice body)
{
	char text[BODY_MAX];
	size_t length = 0;
	int octets = body.size ? sg_base64_decode(buffer, size, body) : -EINVAL;

	/* Most are one line. */
	if (octets >= 0)
		return octets;
	for (size_t i = 0; i < body.size; i++) {
		if (is_blank(body.at[i]))
			continue;
		if (length == sizeof(text))
			return -ENOSPC;
		text[length++] = body.at[i];
	}
	if (!length)
		return -EINVAL;
	return sg_base64_decode(buffer, size,
				(struct sg_slice){ text, length });
}
