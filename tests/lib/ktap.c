// SPDX-License-Identifier: GPL-2.0-only
#include "ktap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int results;
static int failures;

static void result(bool ok, const char *name, va_list arguments)
{
	if (!results) {
		setvbuf(stdout, NULL, _IOLBF, 0);
		puts("TAP version 13");
	}
	printf("%sok %d ", ok ? "" : "not ", ++results);
	vprintf(name, arguments);
}

bool ktap(bool ok, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	result(ok, name, arguments);
	va_end(arguments);
	putchar('\n');
	failures += !ok;
	return ok;
}

void ktap_skip(const char *reason, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	result(true, name, arguments);
	va_end(arguments);
	printf(" # SKIP %s\n", reason);
}

void ktap_note(const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

int ktap_finish(void)
{
	printf("1..%d\n", results);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

void ktap_bail_out(const char *format, ...)
{
	va_list arguments;

	printf("Bail out! ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	exit(EXIT_FAILURE);
}
