// SPDX-License-Identifier: GPL-2.0-only
/* Prometheus's text format: labels of other people's making. */
#include <event2/buffer.h>
#include <string.h>

#include "../lib/ktap.h"
#include "lib/prometheus.h"

static void test_label(const char *text, const char *line, const char *what)
{
	struct evbuffer *out = evbuffer_new();

	if (!out)
		ktap_bail_out("out of memory");
	prometheus_one_of(out, "n", "l", text, 7);
	evbuffer_add(out, "", 1);
	ktap(!strcmp((char *)evbuffer_pullup(out, -1), line), what);
	evbuffer_free(out);
}

int main(void)
{
	test_label("kms.example", "n{l=\"kms.example\"} 7\n", "a plain label");
	test_label("a\"} 1\nb\\", "n{l=\"a\\\"} 1\\nb\\\\\"} 7\n",
		   "quote, backslash and line feed do not end one");
	return ktap_finish();
}
