// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

#include "result.h"

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->at, text->end - text->at, format, arguments);
	va_end(arguments);
	if (length < 0 || length >= text->end - text->at)
		result_fail("a request exceeds its buffer");
	text->at += length;
}
