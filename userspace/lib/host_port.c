// SPDX-License-Identifier: GPL-2.0-only
#include "lib/host_port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/slice.h"

int sg_host_port(const char *text, char *host, size_t size, int *port)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	__u64 number;

	if (!length || length >= size ||
	    !sg_slice_number(sg_slice_of(colon + 1), 65535, &number) || !number)
		return -EINVAL;
	*port = number;
	if (text[0] == '[' && colon[-1] == ']') {
		text++;
		length -= 2;
	}
	snprintf(host, size, "%.*s", (int)length, text);
	return 0;
}
