/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way to read octets that came from outside, text or binary: a
 * place in a buffer that cannot leave it. A read beyond the end yields
 * zeros or nothing, moves to the end and sets .failed, which stays set: a
 * parser of binary fields may read them all and ask once.
 *
 * The buffer belongs to the caller and must outlive cursor and slices.
 */
#ifndef SRTPGATE_CURSOR_H
#define SRTPGATE_CURSOR_H

#include "lib/slice.h"

struct sg_cursor {
	const char *start;
	const char *at;
	const char *end;
	bool failed;		/* something was read beyond the end */
};

static inline struct sg_cursor sg_cursor_of(const void *data, size_t size)
{
	const char *start = data;

	return (struct sg_cursor){ start, start, start + size, false };
}

static inline struct sg_cursor sg_cursor_of_slice(struct sg_slice slice)
{
	return sg_cursor_of(slice.at, slice.size);
}

static inline size_t sg_cursor_left(const struct sg_cursor *c)
{
	return c->end - c->at;
}

static inline struct sg_slice sg_cursor_rest(const struct sg_cursor *c)
{
	return (struct sg_slice){ c->at, sg_cursor_left(c) };
}

/* The next octet, 0 to 255; -1 at the end. */
static inline int sg_cursor_peek(const struct sg_cursor *c)
{
	return c->at < c->end ? (__u8)*c->at : -1;
}

/* Steps over the next octet if it is @wanted. */
static inline bool sg_cursor_accept(struct sg_cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* The next @size octets; when there are fewer, none, and .failed. */
struct sg_slice sg_cursor_take(struct sg_cursor *c, size_t size);

/* Integers in network order; 0 and .failed when the buffer is too short. */
__u8 sg_cursor_u8(struct sg_cursor *c);
__u16 sg_cursor_u16(struct sg_cursor *c);
__u32 sg_cursor_u32(struct sg_cursor *c);
__u64 sg_cursor_u64(struct sg_cursor *c);

/* The octets whose @set[octet] has a bit of @bits; maybe none. */
static inline struct sg_slice sg_cursor_span(struct sg_cursor *c,
					     const __u8 set[256], __u8 bits)
{
	const char *from = c->at;

	while (c->at < c->end && set[(__u8)*c->at] & bits)
		c->at++;
	return (struct sg_slice){ from, c->at - from };
}

/* Up to the next @stop, which is stepped over, or up to the end. */
struct sg_slice sg_cursor_until(struct sg_cursor *c, char stop);

/* The same into @field; true: there was a @stop behind it. */
bool sg_cursor_field(struct sg_cursor *c, char stop, struct sg_slice *field);

/* A line without its CRLF, LF or CR; the last one may have none. */
struct sg_slice sg_cursor_line(struct sg_cursor *c);

/* Text between blanks and tabs; empty at the end. */
struct sg_slice sg_cursor_word(struct sg_cursor *c);

/* Where @at is: both count from 1, the column in octets; CR LF is one end. */
void sg_cursor_position(const struct sg_cursor *c, const char *at,
			unsigned *line, unsigned *column);

#endif /* SRTPGATE_CURSOR_H */
