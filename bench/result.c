// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

static FILE *results;

void result_open(const char *path)
{
	results = fopen(path, "a");
	if (!results)
		result_fail("cannot open %s: %s", path, strerror(errno));
	setlinebuf(results);
}

void result_row(const char *name, double value, const char *unit,
		const char *peer, double peer_value, const char *goal)
{
	fprintf(results, "row\t%s\t%.6g\t%s\t%s\t%.6g\t%s\n", name, value, unit,
		peer ? peer : "-", peer ? peer_value : 0.0, goal);
}

void result_skip(const char *name, const char *reason)
{
	fprintf(results, "skip\t%s\t%s\n", name, reason);
}

static void say(const char *format, va_list arguments)
{
	fputs("# ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void result_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void result_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	exit(1);
}
