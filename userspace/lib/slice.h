/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run of octets inside somebody else's buffer, not terminated. It lives
 * as long as the buffer. Nothing here is for secrets: see secret.h.
 */
#ifndef SRTPGATE_SLICE_H
#define SRTPGATE_SLICE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct sg_slice {
	const char *at;
	size_t size;		/* octets */
};

/* Of a string literal, and of a string that ends with NUL. */
#define SG_SLICE(literal) ((struct sg_slice){ (literal), sizeof(literal) - 1 })

static inline struct sg_slice sg_slice_of(const char *text)
{
	return (struct sg_slice){ text, strlen(text) };
}

bool sg_slice_equal(struct sg_slice a, struct sg_slice b);

/* Letters of ASCII without regard to case. */
bool sg_slice_equal_nocase(struct sg_slice a, struct sg_slice b);

bool sg_slice_is(struct sg_slice slice, const char *text);
bool sg_slice_is_nocase(struct sg_slice slice, const char *text);

/* Without blanks, tabs, CR and LF at both ends. */
struct sg_slice sg_slice_trim(struct sg_slice slice);

/* All of @slice is a decimal number of at most @max; else *@value is kept. */
bool sg_slice_number(struct sg_slice slice, __u64 max, __u64 *value);

/*
 * For error sentences: the slice in double quotes, octets that do not print
 * as '?'. One longer than SG_SHOWN_MAX octets is only measured, so that a
 * stray key never gets into a message. Returns @text.
 */
enum { SG_SHOWN_MAX = 32, SG_SHOWN_TEXT = 40 };
const char *sg_slice_show(char text[SG_SHOWN_TEXT], struct sg_slice slice);

#endif /* SRTPGATE_SLICE_H */
