// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int fault_set(struct fault *fault, int error, const char *format, ...)
{
	va_list args;

	fault->error = error;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	/* A request's own words may be cut inside a UTF-8 character. */
	for (char *c = fault->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return -error;
}

int fault_usage(struct fault *fault)
{
	*fault = (struct fault){ EINVAL, "" };
	return -EINVAL;
}
