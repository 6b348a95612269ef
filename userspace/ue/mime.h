/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MIME entities (RFC 2045, RFC 2046) as far as messages need them. Lines end
 * with CR LF or LF. Slices lie in what was read.
 */
#ifndef SRTPGATE_UE_MIME_H
#define SRTPGATE_UE_MIME_H

#include "lib/cursor.h"

enum { MIME_BOUNDARY_MAX = 70 }; /* RFC 2046 5.1.1 */

struct mime_entity {
	struct sg_slice headers; /* lines, without the empty one */
	struct sg_slice body;
};

/* False: there is no empty line. */
bool mime_split(struct mime_entity *entity, struct sg_slice octets);

/*
 * What a header field says, with the lines that continue it; false: it is not
 * there once.
 */
bool mime_field(struct sg_slice headers, const char *name,
		struct sg_slice *value);

/* Is the value of Content-Type, or the like, @wanted, parameters apart? */
bool mime_is(struct sg_slice value, const char *wanted);

/* A parameter's value, without quotes; false: none, or one with a '\'. */
bool mime_parameter(struct sg_slice value, const char *name,
		    struct sg_slice *found);

/*
 * The next part of a multipart body; false: there is none. The cursor begins
 * at the body.
 */
bool mime_next(struct sg_cursor *c, struct sg_slice boundary,
	       struct sg_slice *part);

#endif /* SRTPGATE_UE_MIME_H */
