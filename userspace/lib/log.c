// SPDX-License-Identifier: GPL-2.0-only
#include "lib/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *name = "srtpgate";
static bool journal;
static int threshold = LOG_INFO;

void sg_log_open(const char *program)
{
	name = program;
	journal = getenv("JOURNAL_STREAM") != NULL;
}

void sg_log_verbose(void)
{
	threshold = LOG_DEBUG;
}

/* One write(2) a line, so that lines of several processes do not mix. */
void sg_log(int priority, const char *format, ...)
{
	char line[1024];
	size_t length;
	va_list args;

	if (priority > threshold)
		return;
	if (journal)
		length = snprintf(line, sizeof(line), "<%d>", priority);
	else
		length = snprintf(line, sizeof(line), "%s: %s", name,
				  priority <= LOG_ERR	     ? "error: "
				  : priority == LOG_WARNING ? "warning: "
							     : "");
	va_start(args, format);
	vsnprintf(line + length, sizeof(line) - 1 - length, format, args);
	va_end(args);
	length = strlen(line);
	line[length++] = '\n';
	if (write(STDERR_FILENO, line, length) < 0)
		return; /* nowhere left to complain */
}
