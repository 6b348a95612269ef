/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output for people: tables, colours, numbers and ages. Colour appears on
 * a terminal only, and not with NO_COLOR set (https://no-color.org).
 */
#ifndef SRTPGATE_TABLE_H
#define SRTPGATE_TABLE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>

enum style { PLAIN, BOLD, DIM, RED, YELLOW, GREEN, CYAN, REVERSE };

enum { TABLE_COLUMNS = 16, TEXT_SIZE = 64 };

struct table {
	int columns;
	__u32 right;		/* bit n: column n is right-aligned */
	size_t rows, space;
	struct table_cell *cells; /* the heading is row 0 */
	int filled;		/* cells of the row under way */
};

/* Reads the terminal, the locale and the environment; call it once. */
void style_open(void);

/* The escape sequence that starts @style, "" without colours. */
const char *style_on(enum style style);
const char *style_off(void);

/* Whether the locale can show more than ASCII. */
bool style_utf8(void);

/* "→" or "->", as the locale has it. */
const char *style_arrow(void);

/* @headings: names, ">" in front of right-aligned ones, NULL at the end. */
void table_open(struct table *table, const char *const headings[]);
void table_cell(struct table *table, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Shows that rows are sorted by @column. */
void table_mark(struct table *table, int column);

/*
 * Prints rows @first to @last - 1 of the body below the heading, each cut
 * to @width terminal columns (0: not cut), and ends each line with @end.
 */
void table_print(const struct table *table, FILE *out, size_t first,
		 size_t last, int width, const char *end);
void table_close(struct table *table);

/* Body rows so far. */
size_t table_rows(const struct table *table);

/* Each writes into @text and returns it. */
typedef char text[TEXT_SIZE];
const char *format_count(text out, __u64 value);	   /* 12,345 */
const char *format_rate(text out, double value);	   /* 12,345 or 1.5 */
const char *format_age(text out, __u64 now, __u64 then);   /* 0.3 s ago */
const char *format_duration(text out, __u64 seconds);	   /* 2 d 3 h */

#endif /* SRTPGATE_TABLE_H */
