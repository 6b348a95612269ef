/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the H.248 parser: the lexical level. Every function here leaves the
 * reader at the next thing that counts, behind white space and comments,
 * except where it says otherwise. False means that the fault is written.
 */
#ifndef SRTPGATE_H248_READER_H
#define SRTPGATE_H248_READER_H

#include "lib/cursor.h"
#include "lib/h248.h"

enum {
	/* Of the properties of one descriptor, so that looking for the same
	 * one twice is cheap whatever comes. */
	H248_PROPERTIES_MAX = 256,
	H248_STREAMS_MAX = 256,
	/* Characters of a TerminationID, device or domain, Annex B.2. */
	H248_NAME_MAX = 64,
};

struct h248_reader {
	struct sg_cursor in;
	struct h248_message *message;
	struct h248_fault *fault;
	int syntax;		/* error code of a syntax error here */
	bool reply;
	bool audit;		/* inside Audit: values may be missing */
};

/* H.248.8 codes of syntax errors, by how deep they are. */
enum {
	H248_IN_MESSAGE = 400,
	H248_IN_TRANSACTION = 403,
	H248_IN_ACTION = 422,
	H248_IN_COMMAND = 442,
};

/* A broken reply is not answered as a request would be. */
static inline void h248_enter(struct h248_reader *r, int code)
{
	r->syntax = r->reply ? H248_IN_MESSAGE : code;
}

/* Classes of characters, bits of h248_class[octet]. */
enum {
	H248_CLASS_SAFE = 1,	/* SafeChar */
	H248_CLASS_BLANK = 2,	/* white space */
	H248_CLASS_NAME = 4,	/* of a NAME, behind its first letter */
	H248_CLASS_TERMINATION = 8,
	H248_CLASS_QUOTED = 16,	/* within quotes */
	H248_CLASS_HEX = 32,
	H248_CLASS_DOMAIN = 64,
	H248_CLASS_ALPHA = 128,
};
extern const __u8 h248_class[256];

/* All of @text has a bit of @bits. */
bool h248_is_all(struct sg_slice text, __u8 bits);

/* Refuses the message: a sentence about what stands at @at. */
bool h248_fail(struct h248_reader *r, int code, const char *at,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The syntax error that something else than @wanted stands here. */
bool h248_unexpected(struct h248_reader *r, const char *wanted);

/* Zeroed, from the arena; NULL and the fault when it is full. */
void *h248_node(struct h248_reader *r, size_t size);

/* Steps over comments and what white space is left. */
void h248_skip_comments(struct h248_reader *r);

static inline void h248_skip(struct h248_reader *r)
{
	while (r->in.at < r->in.end &&
	       h248_class[(__u8)*r->in.at] & H248_CLASS_BLANK)
		r->in.at++;
	if (r->in.at < r->in.end && *r->in.at == ';')
		h248_skip_comments(r);
}

static inline int h248_next(const struct h248_reader *r)
{
	return sg_cursor_peek(&r->in);
}

static inline bool h248_accept(struct h248_reader *r, char c)
{
	if (!sg_cursor_accept(&r->in, c))
		return false;
	h248_skip(r);
	return true;
}

bool h248_missing(struct h248_reader *r, char c, const char *after);

/* @c must come; @after says in the fault what it belongs to. */
static inline bool h248_expect(struct h248_reader *r, char c, const char *after)
{
	return h248_accept(r, c) || h248_missing(r, c, after);
}

/* One or more SafeChars; @what is what they are to be. */
bool h248_word(struct h248_reader *r, struct sg_slice *word, const char *what);

/* A word of the protocol or H248_NONE; @word is what stands there. */
bool h248_keyword(struct h248_reader *r, enum h248_token *token,
		  struct sg_slice *word, const char *what);

/* A decimal number; one above @max is fault @code. */
bool h248_number(struct h248_reader *r, __u32 max, int code, __u32 *number,
		 const char *what);

/* A StreamID, 1 to 65535. */
bool h248_stream_id(struct h248_reader *r, __u16 *id);

/* A quoted string, or else a word. */
bool h248_value(struct h248_reader *r, struct h248_value *value,
		const char *what);
bool h248_quoted(struct h248_reader *r, struct sg_slice *text);

/*
 * All from here, which is "{" or not, to its closing brace or the end of
 * the word, uninterpreted: quoted strings may hold braces.
 */
bool h248_raw(struct h248_reader *r, struct sg_slice *text);

/* Octets between braces, SDP: no comments and no strings in there. */
bool h248_octets(struct h248_reader *r, struct sg_slice *text,
		 const char *after);

/* "20261121T10203000" */
bool h248_is_time(struct sg_slice word);

/* pkgdName: "gm/saf"; either part may be a star. */
bool h248_is_package_name(struct sg_slice word);

/*
 * mId; @ports: a number alone is a port. White space behind it may be left:
 * in a header there must be some. In h248_mid.c.
 */
bool h248_mid(struct h248_reader *r, struct h248_mid *mid, bool ports);

/* TerminationID; a malformed one is error 410. */
bool h248_termination(struct h248_reader *r,
		      struct h248_termination *termination);

#endif /* SRTPGATE_H248_READER_H */
