// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* An error text stands in quotes, and MGCs have been met that count braces. */
static char plain(char c)
{
	if (c == '"')
		return '\'';
	return c < ' ' || c > '~' || c == '{' || c == '}' ? '?' : c;
}

int iq_fault_set(struct iq_fault *fault, enum iq_error code,
		 const char *format, ...)
{
	va_list arguments;

	fault->code = code;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	for (char *c = fault->text; *c; c++)
		*c = plain(*c);
	return -EINVAL;
}

int iq_fault_value(struct iq_fault *fault, enum iq_error code,
		   struct sg_slice value)
{
	if (!value.size)
		return iq_fault_set(fault, code, "(empty)");
	if (value.size > SG_SHOWN_MAX)
		return iq_fault_set(fault, code, "(%zu characters)",
				    value.size);
	return iq_fault_set(fault, code, "%.*s", (int)value.size, value.at);
}
