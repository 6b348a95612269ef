/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed tables of options: a group of the configuration file in, checked
 * against ranges and defaults, a structure out.
 */
#ifndef SRTPGATE_CONFIG_TABLE_H
#define SRTPGATE_CONFIG_TABLE_H

#include <libconfig.h>
#include <stddef.h>

#include "lib/fault.h"

enum option_type {
	OPTION_TEXT,	/* char array */
	OPTION_CHOICE,	/* char array; one word of .choices */
	OPTION_NUMBER,	/* long, or __u16 when .size says so */
	OPTION_BOOL,	/* bool; default in .number */
	OPTION_NESTED,	/* read by code of its own */
};

struct option {
	const char *name;
	enum option_type type;
	size_t offset, size;
	const char *text;	/* default; NULL: must be there */
	const char *choices;	/* " a b "; "" is one of "  a b " */
	long number, min, max;	/* default and range */
};

#define FIELD(of, field)                                                       \
	.offset = offsetof(of, field), .size = sizeof(((of *)0)->field)
#define TEXT(of, field) .name = #field, .type = OPTION_TEXT, FIELD(of, field)
#define NUMBER(of, field, low, high)                                           \
	.type = OPTION_NUMBER, FIELD(of, field), .min = low, .max = high

/*
 * Fills @to with what @group (NULL: nothing) says, and defaults. @table ends
 * with a NULL name. -EINVAL with @fault.
 */
int config_table_read(const struct option *table,
		      const config_setting_t *group, void *to,
		      struct fault *fault);

/* The same of a setting that may be no group; @name as the fault calls it. */
int config_group_read(const struct option *table,
		      const config_setting_t *group, const char *name, void *to,
		      struct fault *fault);

/*
 * How many groups @list has; NULL is none. -EINVAL with @fault, which calls it
 * @name: it is no list, or has less than @min or more than @max.
 */
int config_list_count(const config_setting_t *list, const char *name, int min,
		      int max, struct fault *fault);

/*
 * Reads the file @path. Negative errno with @fault: there is nothing to be
 * destroyed; else config_destroy() is due.
 */
int config_file_open(config_t *file, const char *path, struct fault *fault);

#endif /* SRTPGATE_CONFIG_TABLE_H */
