/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Members of a request's JSON objects: each has a row in a table, which says
 * where it is allowed and who reads it. What is wrong is told in one sentence
 * with the path to it. Negative errno; -EINVAL with the place's fault.
 */
#ifndef SRTPGATE_SPEC_MEMBER_H
#define SRTPGATE_SPEC_MEMBER_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/fault.h"

/* Where in the request we are, for messages. */
struct spec_place {
	struct fault *fault;
	char path[64];
};

/* A member that an object may have. */
struct spec_member {
	const char *name;
	unsigned int methods;	/* enum spec_method: where it is allowed */
	unsigned int has;	/* bit of spec_termination.has, or 0 */
	int (*read)(struct spec_place *place, const char *name, json_t *value,
		    void *to);
};

enum spec_method {
	SPEC_IN_ADD = 1,
	SPEC_IN_CHANGE = 2,
	SPEC_IN_NAME = 4,
	SPEC_IN_ANY = 7,
};

/* "PATH.NAME must be WHAT": -EINVAL. */
int spec_must(struct spec_place *place, const char *name, const char *what);

int spec_read_number(struct spec_place *place, const char *name, json_t *value,
		     json_int_t min, json_int_t max, json_int_t *number);
int spec_read_flag(struct spec_place *place, const char *name, json_t *value,
		   bool *flag);

/* @to of @size bytes gets the text and its NUL. */
int spec_read_text(struct spec_place *place, const char *name, json_t *value,
		   char *to, size_t size);

/*
 * Every member of @object by its row of @table, whose last one has no name,
 * into @to; *@has (NULL: not wanted) collects what was there.
 */
int spec_read_object(struct spec_place *place, const char *name, json_t *object,
		     const struct spec_member *table, enum spec_method method,
		     void *to, unsigned int *has);

#endif /* SRTPGATE_SPEC_MEMBER_H */
