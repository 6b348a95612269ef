/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the H.248 printer: the buffer being filled. What goes wrong is kept
 * in .err, the first thing only; all that is written after it is dropped.
 */
#ifndef SRTPGATE_H248_WRITER_H
#define SRTPGATE_H248_WRITER_H

#include <errno.h>

#include "lib/h248.h"

struct h248_writer {
	char *at;
	char *end;
	enum h248_form form;
	int err;		/* 0, -ENOSPC or -EINVAL */
};

static inline void h248_put(struct h248_writer *w, struct sg_slice text)
{
	if (text.size > (size_t)(w->end - w->at)) {
		w->err = w->err ? w->err : -ENOSPC;
		w->at = w->end;
		return;
	}
	if (text.size)
		memcpy(w->at, text.at, text.size);
	w->at += text.size;
}

#define h248_put_text(w, literal) h248_put(w, SG_SLICE(literal))

static inline void h248_invalid(struct h248_writer *w)
{
	w->err = w->err ? w->err : -EINVAL;
}

static inline void h248_put_token(struct h248_writer *w, enum h248_token token)
{
	h248_put(w, h248_token_text(token, w->form));
}

/* Punctuation with the blanks of the form. */
static inline void h248_equals(struct h248_writer *w)
{
	h248_put(w, w->form == H248_LONG ? SG_SLICE(" = ") : SG_SLICE("="));
}

static inline void h248_open(struct h248_writer *w)
{
	h248_put(w, w->form == H248_LONG ? SG_SLICE(" { ") : SG_SLICE("{"));
}

static inline void h248_close(struct h248_writer *w)
{
	h248_put(w, w->form == H248_LONG ? SG_SLICE(" }") : SG_SLICE("}"));
}

static inline void h248_comma(struct h248_writer *w)
{
	h248_put(w, w->form == H248_LONG ? SG_SLICE(", ") : SG_SLICE(","));
}

/* Between the members of a list: nothing before the first. */
static inline void h248_next_member(struct h248_writer *w, bool *first)
{
	if (!*first)
		h248_comma(w);
	*first = false;
}

void h248_put_number(struct h248_writer *w, __u32 number);

/* One or more SafeChars, else -EINVAL. */
void h248_put_word(struct h248_writer *w, struct sg_slice word);

/* The word @token, "=" and a number. */
void h248_put_numbered(struct h248_writer *w, enum h248_token token,
		       __u32 number);

void h248_put_value(struct h248_writer *w, const struct h248_value *value);

/* Of each: name, relation, values. */
void h248_put_parameters(struct h248_writer *w,
			 const struct h248_parameter *list, bool *first);

void h248_put_mid(struct h248_writer *w, const struct h248_mid *mid);
void h248_put_error(struct h248_writer *w, const struct h248_error *error);

/* Between braces, each line ended by CRLF. */
void h248_put_sdp(struct h248_writer *w, struct sg_slice sdp);

/* -- h248_print_item.c ---------------------------------------------------------- */

void h248_put_media(struct h248_writer *w, const struct h248_media *media);
void h248_put_events(struct h248_writer *w, const struct h248_events *events);
void h248_put_signals(struct h248_writer *w, const struct h248_signal *list);

/* -- h248_print_descriptor.c ----------------------------------------------------- */

void h248_put_descriptors(struct h248_writer *w,
			  const struct h248_descriptor *list, bool *first);

#endif /* SRTPGATE_H248_WRITER_H */
