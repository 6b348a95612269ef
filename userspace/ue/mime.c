// SPDX-License-Identifier: GPL-2.0-only
#include "ue/mime.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool mime_split(struct mime_entity *entity, struct sg_slice octets)
{
	struct sg_cursor c = sg_cursor_of_slice(octets);

	while (sg_cursor_left(&c)) {
		size_t read = c.at - c.start;

		if (sg_cursor_line(&c).size)
			continue;
		entity->headers = (struct sg_slice){ octets.at, read };
		entity->body = sg_cursor_rest(&c);
		return true;
	}
	return false;
}

/* -- header fields --------------------------------------------------------- */

/* A line and those behind it that begin with a blank (RFC 5322 2.2.3). */
static struct sg_slice take_field(struct sg_cursor *c)
{
	struct sg_slice field = sg_cursor_line(c);

	while (sg_cursor_left(c) && is_blank(*c->at)) {
		struct sg_slice more = sg_cursor_line(c);

		field.size = more.at + more.size - field.at;
	}
	return field;
}

bool mime_field(struct sg_slice headers, const char *name,
		struct sg_slice *value)
{
	struct sg_cursor c = sg_cursor_of_slice(headers);
	int found = 0;

	while (sg_cursor_left(&c)) {
		struct sg_cursor field = sg_cursor_of_slice(take_field(&c));
		struct sg_slice said;

		if (!sg_cursor_field(&field, ':', &said) ||
		    !sg_slice_is_nocase(sg_slice_trim(said), name))
			continue;
		*value = sg_slice_trim(sg_cursor_rest(&field));
		found++;
	}
	return found == 1;
}

bool mime_is(struct sg_slice value, const char *wanted)
{
	struct sg_cursor c = sg_cursor_of_slice(value);

	return sg_slice_is_nocase(sg_slice_trim(sg_cursor_until(&c, ';')),
				  wanted);
}

/* Up to the next ';' outside of quotes, which is stepped over. */
static struct sg_slice take_parameter(struct sg_cursor *c)
{
	struct sg_slice parameter = { c->at, 0 };
	bool quoted = false;

	for (; c->at < c->end && (quoted || *c->at != ';'); c->at++)
		quoted ^= *c->at == '"';
	parameter.size = c->at - parameter.at;
	sg_cursor_accept(c, ';');
	return parameter;
}

static bool unquote(struct sg_slice *text)
{
	if (memchr(text->at, '\\', text->size))
		return false;
	if (text->size < 2 || text->at[0] != '"')
		return text->size && text->at[0] != '"';
	if (text->at[text->size - 1] != '"')
		return false;
	text->at++;
	text->size -= 2;
	return text->size && !memchr(text->at, '"', text->size);
}

bool mime_parameter(struct sg_slice value, const char *name,
		    struct sg_slice *found)
{
	struct sg_cursor c = sg_cursor_of_slice(value);

	take_parameter(&c);	/* the value itself */
	while (sg_cursor_left(&c)) {
		struct sg_cursor p = sg_cursor_of_slice(take_parameter(&c));
		struct sg_slice said;

		if (!sg_cursor_field(&p, '=', &said) ||
		    !sg_slice_is_nocase(sg_slice_trim(said), name))
			continue;
		*found = sg_slice_trim(sg_cursor_rest(&p));
		return unquote(found);
	}
	return false;
}

/* -- multipart ------------------------------------------------------------- */

/* "--boundary" and blanks; *@last: "--boundary--" (RFC 2046 5.1.1). */
static bool is_delimiter(struct sg_slice line, struct sg_slice boundary,
			 bool *last)
{
	struct sg_slice rest;

	if (line.size < boundary.size + 2 || memcmp(line.at, "--", 2) ||
	    memcmp(line.at + 2, boundary.at, boundary.size))
		return false;
	rest = (struct sg_slice){ line.at + 2 + boundary.size,
				  line.size - 2 - boundary.size };
	rest = sg_slice_trim(rest);
	*last = sg_slice_is(rest, "--");
	return !rest.size || *last;
}

/* Without the line end before a delimiter, which is the delimiter's. */
static struct sg_slice up_to(const char *from, const char *line)
{
	size_t size = line - from;

	if (size && from[size - 1] == '\n')
		size--;
	if (size && from[size - 1] == '\r')
		size--;
	return (struct sg_slice){ from, size };
}

/* Moves behind the next delimiter; what was before it is @before. */
static bool find_delimiter(struct sg_cursor *c, struct sg_slice boundary,
			   struct sg_slice *before, bool *last)
{
	const char *from = c->at;

	while (sg_cursor_left(c)) {
		struct sg_slice line = sg_cursor_line(c);

		if (!is_delimiter(line, boundary, last))
			continue;
		*before = up_to(from, line.at);
		return true;
	}
	return false;
}

bool mime_next(struct sg_cursor *c, struct sg_slice boundary,
	       struct sg_slice *part)
{
	struct sg_cursor ahead;
	bool last = false;

	/* The preamble; later, the cursor is behind a delimiter. */
	if (c->at == c->start && !find_delimiter(c, boundary, part, &last))
		return false;
	if (last)
		return false;
	ahead = *c;
	if (!find_delimiter(&ahead, boundary, part, &last))
		return false;
	if (last)
		ahead.at = ahead.end;
	*c = ahead;
	return true;
}
