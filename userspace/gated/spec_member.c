// SPDX-License-Identifier: GPL-2.0-only
#include "gated/spec_member.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* -- plain values ---------------------------------------------------------- */

int spec_must(struct spec_place *place, const char *name, const char *what)
{
	return fault_set(place->fault, EINVAL, "%s%s must be %s", place->path,
			 name, what);
}

int spec_read_number(struct spec_place *place, const char *name, json_t *value,
		     json_int_t min, json_int_t max, json_int_t *number)
{
	char range[64];

	*number = json_integer_value(value);
	if (json_is_integer(value) && *number >= min && *number <= max)
		return 0;
	snprintf(range, sizeof(range), "a number from %lld to %lld",
		 (long long)min, (long long)max);
	return spec_must(place, name, range);
}

int spec_read_text(struct spec_place *place, const char *name, json_t *value,
		   char *to, size_t size)
{
	if (!json_is_string(value) || !json_string_length(value) ||
	    json_string_length(value) >= size)
		return spec_must(place, name, "a name of permitted length");
	strcpy(to, json_string_value(value));
	return 0;
}

int spec_read_flag(struct spec_place *place, const char *name, json_t *value,
		   bool *flag)
{
	if (!json_is_boolean(value))
		return spec_must(place, name, "true or false");
	*flag = json_is_true(value);
	return 0;
}

/* -- objects ---------------------------------------------------------------- */

static const struct spec_member *find(const struct spec_member *table,
				      const char *name, enum spec_method method)
{
	for (; table->name; table++)
		if (table->methods & method && !strcmp(table->name, name))
			return table;
	return NULL;
}

int spec_read_object(struct spec_place *place, const char *name, json_t *object,
		     const struct spec_member *table, enum spec_method method,
		     void *to, unsigned int *has)
{
	struct spec_place inner = { .fault = place->fault };
	const char *key;
	json_t *value;
	int err;

	if (!json_is_object(object))
		return spec_must(place, name, "an object");
	snprintf(inner.path, sizeof(inner.path), "%.40s%.20s%s", place->path,
		 name, *name ? "." : "");
	json_object_foreach(object, key, value) {
		const struct spec_member *member = find(table, key, method);

		if (!member)
			return fault_set(place->fault, EINVAL,
					 "unknown member \"%s%.40s\"; see the "
					 "method in docs/control.md",
					 inner.path, key);
		err = member->read(&inner, key, value, to);
		if (err)
			return err;
		if (has)
			*has |= member->has;
	}
	return 0;
}
