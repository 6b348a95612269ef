// SPDX-License-Identifier: GPL-2.0-only
#include "lib/host_port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int sg_host_port(const char *text, char *host, size_t size, int *port)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (!length || length >= size ||
	    sscanf(colon, ":%d", port) != 1 || *port < 1 || *port > 65535)
		return -EINVAL;
	if (text[0] == '[' && colon[-1] == ']') {
		text++;
		length -= 2;
	}
	snprintf(host, size, "%.*s", (int)length, text);
	return 0;
}
