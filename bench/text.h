/* SPDX-License-Identifier: GPL-2.0-only */
/* A request that grows in a buffer of the caller's; it ends with NUL. */
#ifndef BENCH_TEXT_H
#define BENCH_TEXT_H

struct text {
	char *start, *at, *end;
};

/* Of an array; empty. */
#define TEXT(buffer) \
	((struct text){ (buffer), (buffer), (buffer) + sizeof(buffer) })

/* Exits with a message when the buffer is full. */
void text_add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* BENCH_TEXT_H */
