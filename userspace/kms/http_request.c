// SPDX-License-Identifier: GPL-2.0-only
#include "kms/http_request.h"

#include "lib/cursor.h"

enum class {
	TOKEN = 1,		/* RFC 9110 5.6.2 */
	VISIBLE = 2,
	TEXT = 4,		/* VISIBLE, blanks, tabs, octets above ASCII */
	HEX = 8,
};

static const __u8 classes[256] = {
	['\t'] = TEXT,
	[' '] = TEXT,
	['!'] = TOKEN | VISIBLE | TEXT,
	['"'] = VISIBLE | TEXT,
	['#' ... '\''] = TOKEN | VISIBLE | TEXT,
	['(' ... ')'] = VISIBLE | TEXT,
	['*' ... '+'] = TOKEN | VISIBLE | TEXT,
	[','] = VISIBLE | TEXT,
	['-' ... '.'] = TOKEN | VISIBLE | TEXT,
	['/'] = VISIBLE | TEXT,
	['0' ... '9'] = TOKEN | VISIBLE | TEXT | HEX,
	[':' ... '@'] = VISIBLE | TEXT,
	['A' ... 'F'] = TOKEN | VISIBLE | TEXT | HEX,
	['G' ... 'Z'] = TOKEN | VISIBLE | TEXT,
	['[' ... ']'] = VISIBLE | TEXT,
	['^' ... '`'] = TOKEN | VISIBLE | TEXT,
	['a' ... 'f'] = TOKEN | VISIBLE | TEXT | HEX,
	['g' ... 'z'] = TOKEN | VISIBLE | TEXT,
	['{'] = VISIBLE | TEXT,
	['|'] = TOKEN | VISIBLE | TEXT,
	['}'] = VISIBLE | TEXT,
	['~'] = TOKEN | VISIBLE | TEXT,
	[0x80 ... 0xff] = TEXT,
};

/* What the head says about the message, besides what others ask for. */
struct framing {
	bool is_1_0;
	int hosts;
	bool counted, chunked;
	__u64 length;		/* if .counted */
};

/* A line end is CRLF and nothing else: others read others differently. */
static bool accept_end(struct sg_cursor *c)
{
	return sg_cursor_accept(c, '\r') && sg_cursor_accept(c, '\n');
}

/* -- the first line -------------------------------------------------------- */

/* RFC 9112 3.2: "/path?query"; of a proxy's "http://host/path?query" that. */
static int read_target(struct http_request *request, struct sg_slice target)
{
	struct sg_cursor c = sg_cursor_of_slice(target);
	struct sg_slice scheme;

	if (target.size && *target.at != '/') {
		if (!sg_cursor_field(&c, ':', &scheme) ||
		    !(sg_slice_is_nocase(scheme, "http") ||
		      sg_slice_is_nocase(scheme, "https")) ||
		    !sg_cursor_accept(&c, '/') || !sg_cursor_accept(&c, '/'))
			return -400;
		while (sg_cursor_left(&c) && sg_cursor_peek(&c) != '/')
			sg_cursor_take(&c, 1);
	}
	request->path = sg_cursor_until(&c, '?');
	request->query = sg_cursor_rest(&c);
	return request->path.size ? 0 : -400;
}

static int read_first_line(struct http_request *request,
			   struct framing *framing, struct sg_cursor *c)
{
	struct sg_slice target, version;

	request->method = sg_cursor_span(c, classes, TOKEN);
	if (!request->method.size || !sg_cursor_accept(c, ' '))
		return -400;
	target = sg_cursor_span(c, classes, VISIBLE);
	if (!sg_cursor_accept(c, ' '))
		return -400;
	version = sg_cursor_span(c, classes, VISIBLE);
	if (!accept_end(c) || version.size != 8 ||
	    memcmp(version.at, "HTTP/", 5))
		return -400;
	framing->is_1_0 = sg_slice_is(version, "HTTP/1.0");
	if (!framing->is_1_0 && !sg_slice_is(version, "HTTP/1.1"))
		return -505;
	return read_target(request, target);
}

/* -- fields ---------------------------------------------------------------- */

static int take_length(struct framing *framing, struct sg_slice value)
{
	/* Said twice, or "1, 1": there is no telling what others count. */
	if (framing->counted ||
	    !sg_slice_number(value, 1ULL << 62, &framing->length))
		return -400;
	framing->counted = true;
	return 0;
}

static int take_coding(struct framing *framing, struct sg_slice value)
{
	if (!sg_slice_is_nocase(value, "chunked"))
		return -501;
	if (framing->chunked)
		return -400;
	framing->chunked = true;
	return 0;
}

static void take_connection(struct http_request *request,
			    struct sg_slice value)
{
	struct sg_cursor c = sg_cursor_of_slice(value);

	while (sg_cursor_left(&c)) {
		struct sg_slice word = sg_slice_trim(sg_cursor_until(&c, ','));

		request->close |= sg_slice_is_nocase(word, "close");
	}
}

static int take_field(struct http_request *request, struct framing *framing,
		      struct sg_slice name, struct sg_slice value)
{
	struct sg_cursor c = sg_cursor_of_slice(value);

	if (sg_slice_is_nocase(name, "content-length"))
		return take_length(framing, value);
	if (sg_slice_is_nocase(name, "transfer-encoding"))
		return take_coding(framing, value);
	if (sg_slice_is_nocase(name, "host"))
		framing->hosts++;
	else if (sg_slice_is_nocase(name, "connection"))
		take_connection(request, value);
	else if (sg_slice_is_nocase(name, "expect"))
		request->expects = sg_slice_is_nocase(value, "100-continue");
	/* RFC 3830 10.1: there may be parameters, such as version=1. */
	else if (sg_slice_is_nocase(name, "content-type"))
		request->media = sg_slice_trim(sg_cursor_until(&c, ';'));
	return 0;
}

/* A blank in front of the colon, a line that goes on: RFC 9112 5.1, 5.2. */
static int read_field(struct http_request *request, struct framing *framing,
		      struct sg_cursor *c)
{
	struct sg_slice name = sg_cursor_span(c, classes, TOKEN);
	struct sg_slice value;

	if (!name.size || !sg_cursor_accept(c, ':'))
		return -400;
	value = sg_slice_trim(sg_cursor_span(c, classes, TEXT));
	if (!accept_end(c))
		return -400;
	return take_field(request, framing, name, value);
}

static int read_head(struct http_request *request, struct framing *framing,
		     struct sg_cursor *c)
{
	int err = read_first_line(request, framing, c);

	while (!err && sg_cursor_peek(c) != '\r')
		err = read_field(request, framing, c);
	if (err)
		return err;
	if (!accept_end(c) || sg_cursor_left(c))
		return -400;
	if (framing->hosts > 1 || (!framing->hosts && !framing->is_1_0))
		return -400;
	/* RFC 9112 6.1: how requests are smuggled. */
	if (framing->chunked && (framing->counted || framing->is_1_0))
		return -400;
	/* Of 1.0 there are only old clients: none needs more than one. */
	if (framing->is_1_0) {
		request->close = true;
		request->expects = false;
	}
	return 0;
}

/* -- chunks ---------------------------------------------------------------- */

/* RFC 9112 7.1: its size; -1: not all there yet; or a status. */
static int read_chunk_size(struct sg_cursor *c)
{
	struct sg_slice digits = sg_cursor_span(c, classes, HEX);
	int size = 0;

	if (digits.size > 6)
		return -413;
	for (size_t i = 0; i < digits.size; i++) {
		int digit = digits.at[i] | 0x20;

		size = size * 16 +
		       (digit <= ('9' | 0x20) ? digit - '0' : digit - 'a' + 10);
	}
	/* Extensions say nothing to us. */
	if (sg_cursor_peek(c) == ';' || sg_cursor_peek(c) == ' ')
		sg_cursor_span(c, classes, TEXT);
	if (sg_cursor_left(c) < 2)
		return digits.size || !sg_cursor_left(c) ? -1 : -400;
	return accept_end(c) && digits.size ? size : -400;
}

/* Fields behind the last chunk, of which we know none; as above, or 0. */
static int skip_trailer(struct sg_cursor *c)
{
	const char *from = c->at;

	while (sg_cursor_left(c) >= 2) {
		bool last = sg_cursor_peek(c) == '\r';

		sg_cursor_span(c, classes, TEXT);
		if (sg_cursor_left(c) < 2)
			break;
		if (!accept_end(c) || c->at - from > HTTP_HEAD_MAX)
			return -400;
		if (last)
			return 0;
	}
	return c->at - from > HTTP_HEAD_MAX ? -400 : -1;
}

/* What read_chunk_size() returned last: 0, -1 or a status. */
static int walk_chunks(struct sg_cursor *c, char *to, size_t *total)
{
	int size;

	*total = 0;
	while ((size = read_chunk_size(c)) > 0) {
		struct sg_slice data = sg_cursor_take(c, size);

		if (*total + size > HTTP_BODY_MAX)
			return -413;
		if (c->failed || sg_cursor_left(c) < 2)
			return -1;
		if (to)
			memmove(to + *total, data.at, data.size);
		*total += size;
		if (!accept_end(c))
			return -400;
	}
	return size ? size : skip_trailer(c);
}

/* Nothing is moved before all of it is there. */
static int read_chunks(struct http_request *request, struct sg_cursor *c)
{
	const struct sg_cursor first = *c;
	char *to = (char *)c->at;
	size_t total;
	int err = walk_chunks(c, NULL, &total);

	if (err)
		return err;
	*c = first;
	walk_chunks(c, to, &total);
	request->body = (struct sg_slice){ to, total };
	return 0;
}

/* -- all ------------------------------------------------------------------- */

/* RFC 9112 2.2: empty lines in front of a request are none of it. */
static size_t skip_empty_lines(const char *octets, size_t size)
{
	size_t at = 0;

	while (size - at >= 2 && octets[at] == '\r' && octets[at + 1] == '\n')
		at += 2;
	return at;
}

/* Octets up to the body; 0: not all there yet. */
static size_t head_size(const char *octets, size_t size)
{
	const char *end = memmem(octets, size, "\r\n\r\n", 4);

	return end ? end + 4 - octets : 0;
}

/* A first line that ends so will have no end that we know. */
static bool ends_in_lf(const char *octets, size_t size)
{
	const char *lf = memchr(octets, '\n', size);

	return lf && (lf == octets || lf[-1] != '\r');
}

int http_request_parse(struct http_request *request, char *octets, size_t size)
{
	size_t skipped = skip_empty_lines(octets, size);
	size_t head = head_size(octets + skipped, size - skipped);
	struct framing framing = { 0 };
	struct sg_cursor c = sg_cursor_of(octets + skipped, head);
	int err;

	*request = (struct http_request){ 0 };
	if (skipped + head > HTTP_HEAD_MAX || (!head && size > HTTP_HEAD_MAX))
		return -400;
	if (!head)
		return ends_in_lf(octets + skipped, size - skipped) ?
			       -400 : (int)size + 1;
	err = read_head(request, &framing, &c);
	if (err)
		return err;
	if (framing.length > HTTP_BODY_MAX)
		return -413;
	c.end = octets + size;
	if (framing.chunked) {
		err = read_chunks(request, &c);
		if (err == -1 && size >= HTTP_REQUEST_MAX)
			return -413;
		if (err)
			return err == -1 ? (int)size + 1 : err;
	} else if (sg_cursor_left(&c) < framing.length) {
		return skipped + head + framing.length;
	} else {
		request->body = sg_cursor_take(&c, framing.length);
	}
	return c.at - octets;
}
