// SPDX-License-Identifier: GPL-2.0-only
#include "cli/table.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CELL = 104, GAP = 2 };

struct table_cell {
	enum style style;
	char text[CELL];
};

static bool colours, utf8;

void style_open(void)
{
	const char *refused = getenv("NO_COLOR"), *term = getenv("TERM");

	setlocale(LC_CTYPE, "");
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	colours = isatty(STDOUT_FILENO) && !(refused && *refused) && term &&
		  strcmp(term, "dumb") != 0;
}

const char *style_on(enum style style)
{
	static const char *const sequence[] = {
		[PLAIN] = "",	      [BOLD] = "\033[1m",  [DIM] = "\033[2m",
		[RED] = "\033[31m",   [YELLOW] = "\033[33m",
		[GREEN] = "\033[32m", [CYAN] = "\033[36m",
		[REVERSE] = "\033[7m",
	};

	return colours ? sequence[style] : "";
}

const char *style_off(void)
{
	return colours ? "\033[0m" : "";
}

bool style_utf8(void)
{
	return utf8;
}

const char *style_arrow(void)
{
	return utf8 ? "→" : "->";
}

/* Terminal columns: UTF-8 continuation bytes take none. */
static int columns_of(const char *string)
{
	int count = 0;

	for (; *string; string++)
		count += (*string & 0xc0) != 0x80;
	return count;
}

static struct table_cell *add_cell(struct table *table)
{
	size_t used = table->rows * table->columns + table->filled;

	if (used == table->space) {
		size_t space = table->space ? 2 * table->space : 256;
		struct table_cell *cells =
			reallocarray(table->cells, space, sizeof(*cells));

		if (!cells)
			return NULL;
		table->cells = cells;
		table->space = space;
	}
	if (++table->filled == table->columns) {
		table->filled = 0;
		table->rows++;
	}
	return &table->cells[used];
}

void table_open(struct table *table, const char *const headings[])
{
	memset(table, 0, sizeof(*table));
	while (headings[table->columns] && table->columns < TABLE_COLUMNS)
		table->columns++;
	for (int i = 0; i < table->columns; i++) {
		bool right = headings[i][0] == '>';

		table->right |= (__u32)right << i;
		table_cell(table, BOLD, "%s", headings[i] + right);
	}
}

void table_cell(struct table *table, enum style style, const char *format, ...)
{
	struct table_cell *cell = add_cell(table);
	va_list args;

	if (!cell)
		return;
	cell->style = style;
	va_start(args, format);
	vsnprintf(cell->text, sizeof(cell->text), format, args);
	va_end(args);
}

void table_mark(struct table *table, int column)
{
	if (table->cells && column < table->columns)
		table->cells[column].style = REVERSE;
}

size_t table_rows(const struct table *table)
{
	return table->rows ? table->rows - 1 : 0;
}

/* Prints @text in @room columns; returns how many it took. */
static int print_cut(FILE *out, const char *text, int room)
{
	int count = 0;

	for (; *text; text++) {
		if ((*text & 0xc0) != 0x80 && ++count > room)
			return count - 1;
		fputc(*text, out);
	}
	return count;
}

static int pad(FILE *out, int count, int room)
{
	int spaces = count < room ? count : room;

	if (spaces > 0)
		fprintf(out, "%*s", spaces, "");
	return spaces > 0 ? spaces : 0;
}

static void print_row(const struct table *table, FILE *out, size_t row,
		      const int *widths, int room)
{
	for (int i = 0; i < table->columns && room > 0; i++) {
		const struct table_cell *cell =
			&table->cells[row * table->columns + i];
		int space = widths[i] - columns_of(cell->text);
		bool right = table->right >> i & 1;

		if (i)
			room -= pad(out, GAP, room);
		if (right)
			room -= pad(out, space, room);
		fputs(style_on(cell->style), out);
		room -= print_cut(out, cell->text, room);
		if (cell->style != PLAIN)
			fputs(style_off(), out);
		if (!right && i < table->columns - 1)
			room -= pad(out, space, room);
	}
}

void table_print(const struct table *table, FILE *out, size_t first,
		 size_t last, int width, const char *end)
{
	int widths[TABLE_COLUMNS] = { 0 };
	int room = width ? width : 1 << 20;

	if (last > table_rows(table))
		last = table_rows(table);
	for (size_t row = 0; row <= last; row++) {
		if (row && row <= first)
			continue;
		for (int i = 0; i < table->columns; i++) {
			int columns = columns_of(
				table->cells[row * table->columns + i].text);

			if (columns > widths[i])
				widths[i] = columns;
		}
	}
	print_row(table, out, 0, widths, room);
	fputs(end, out);
	for (size_t row = first + 1; row <= last; row++) {
		print_row(table, out, row, widths, room);
		fputs(end, out);
	}
}

void table_close(struct table *table)
{
	free(table->cells);
	memset(table, 0, sizeof(*table));
}

const char *format_count(text out, __u64 value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", value);
	char *to = out;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

const char *format_rate(text out, double value)
{
	if (value > 0 && value < 10)
		snprintf(out, TEXT_SIZE, "%.1f", value);
	else
		format_count(out, value > 0 ? value + 0.5 : 0);
	return out;
}

const char *format_duration(text out, __u64 seconds)
{
	if (seconds < 120)
		snprintf(out, TEXT_SIZE, "%llu s", seconds);
	else if (seconds < 2 * 3600)
		snprintf(out, TEXT_SIZE, "%llu min", seconds / 60);
	else if (seconds < 48 * 3600)
		snprintf(out, TEXT_SIZE, "%llu h %llu min", seconds / 3600,
			 seconds / 60 % 60);
	else
		snprintf(out, TEXT_SIZE, "%llu d %llu h", seconds / 86400,
			 seconds / 3600 % 24);
	return out;
}

const char *format_age(text out, __u64 now, __u64 then)
{
	__u64 age = now > then ? now - then : 0;
	text duration;

	if (!then)
		snprintf(out, TEXT_SIZE, "never");
	else if (age < 10000000000ULL)
		snprintf(out, TEXT_SIZE, "%.1f s ago", age / 1e9);
	else
		snprintf(out, TEXT_SIZE, "%s ago",
			 format_duration(duration, age / 1000000000));
	return out;
}
