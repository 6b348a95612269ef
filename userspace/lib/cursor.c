// SPDX-License-Identifier: GPL-2.0-only
#include "lib/cursor.h"

struct sg_slice sg_cursor_take(struct sg_cursor *c, size_t size)
{
	struct sg_slice slice = { c->at, size };

	if (size > sg_cursor_left(c)) {
		c->failed = true;
		c->at = c->end;
		return (struct sg_slice){ c->end, 0 };
	}
	c->at += size;
	return slice;
}

static __u64 integer(struct sg_cursor *c, size_t size)
{
	struct sg_slice octets = sg_cursor_take(c, size);
	__u64 value = 0;

	for (size_t i = 0; i < octets.size; i++)
		value = value << 8 | (__u8)octets.at[i];
	return value;
}

__u8 sg_cursor_u8(struct sg_cursor *c)
{
	return integer(c, 1);
}

__u16 sg_cursor_u16(struct sg_cursor *c)
{
	return integer(c, 2);
}

__u32 sg_cursor_u32(struct sg_cursor *c)
{
	return integer(c, 4);
}

__u64 sg_cursor_u64(struct sg_cursor *c)
{
	return integer(c, 8);
}

bool sg_cursor_field(struct sg_cursor *c, char stop, struct sg_slice *field)
{
	field->at = c->at;
	while (c->at < c->end && *c->at != stop)
		c->at++;
	field->size = c->at - field->at;
	return sg_cursor_accept(c, stop);
}

struct sg_slice sg_cursor_until(struct sg_cursor *c, char stop)
{
	struct sg_slice field;

	sg_cursor_field(c, stop, &field);
	return field;
}

struct sg_slice sg_cursor_line(struct sg_cursor *c)
{
	struct sg_slice line = { c->at, 0 };

	while (c->at < c->end && *c->at != '\r' && *c->at != '\n')
		c->at++;
	line.size = c->at - line.at;
	sg_cursor_accept(c, '\r');
	sg_cursor_accept(c, '\n');
	return line;
}

static bool at_blank(const struct sg_cursor *c)
{
	return c->at < c->end && (*c->at == ' ' || *c->at == '\t');
}

struct sg_slice sg_cursor_word(struct sg_cursor *c)
{
	struct sg_slice word;

	while (at_blank(c))
		c->at++;
	word.at = c->at;
	while (c->at < c->end && !at_blank(c))
		c->at++;
	word.size = c->at - word.at;
	return word;
}

void sg_cursor_position(const struct sg_cursor *c, const char *at,
			unsigned *line, unsigned *column)
{
	struct sg_cursor from = { c->start, c->start, at, false };
	const char *begin = from.at;

	*line = 0;
	do {
		begin = from.at;
		sg_cursor_line(&from);
		++*line;
	} while (from.at < at);
	/* Right behind a line's end the next line has begun. */
	if (at > begin && (at[-1] == '\n' || at[-1] == '\r')) {
		++*line;
		begin = at;
	}
	*column = at - begin + 1;
}
