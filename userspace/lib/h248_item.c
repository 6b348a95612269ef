// SPDX-License-Identifier: GPL-2.0-only
/* What packages define: properties, parameters, statistics; their versions. */
#include "lib/h248_tree.h"

/* -- values ----------------------------------------------------------------- */

/* Values after the first, up to @close. */
static bool more_values(struct h248_reader *r, struct h248_value *value,
			char close)
{
	while (h248_accept(r, ',')) {
		value->next = h248_node(r, sizeof(*value));
		value = value->next;
		if (!value || !h248_value(r, value, "a value"))
			return false;
	}
	return h248_expect(r, close, "the list of values");
}

static bool list_or_range(struct h248_reader *r, struct h248_parameter *p)
{
	struct h248_value *high;

	p->relation = H248_ALL_OF;
	if (!h248_value(r, &p->value, "a value"))
		return false;
	if (!h248_accept(r, ':'))
		return more_values(r, &p->value, ']');
	p->relation = H248_RANGE;
	high = p->value.next = h248_node(r, sizeof(*high));
	return high && h248_value(r, high, "the range's upper end") &&
	       h248_expect(r, ']', "the range");
}

static bool equal(struct h248_reader *r, struct h248_parameter *p)
{
	if (h248_accept(r, '['))
		return list_or_range(r, p);
	if (h248_accept(r, '{')) {
		p->relation = H248_ONE_OF;
		return h248_value(r, &p->value, "a value") &&
		       more_values(r, &p->value, '}');
	}
	p->relation = H248_EQUAL;
	return h248_value(r, &p->value, "a value");
}

/* parmValue, behind the name. */
static bool relation(struct h248_reader *r, struct h248_parameter *p,
		     bool optional)
{
	if (h248_accept(r, '='))
		return equal(r, p);
	if (h248_accept(r, '#'))
		p->relation = H248_UNEQUAL;
	else if (h248_accept(r, '<'))
		p->relation = H248_LESS;
	else if (h248_accept(r, '>'))
		p->relation = H248_GREATER;
	else
		return optional || h248_missing(r, '=', "the name");
	return h248_value(r, &p->value, "a value");
}

bool h248_twice(struct h248_reader *r, int code, struct sg_slice name)
{
	char text[SG_SHOWN_TEXT];

	return h248_fail(r, code, name.at, "%s stands here twice",
			 sg_slice_show(text, name));
}

bool h248_not_an_item(struct h248_reader *r, struct sg_slice name,
		      const char *what)
{
	char text[SG_SHOWN_TEXT];

	return h248_fail(r, r->syntax, name.at,
			 "%s is no %s: package/name is wanted",
			 sg_slice_show(text, name), what);
}

bool h248_read_parameter(struct h248_reader *r, struct h248_parameter **list,
			 struct sg_slice name, int code, bool optional)
{
	struct h248_parameter *p;
	int count = 0;

	while (*list) {
		if (sg_slice_equal_nocase((*list)->name, name))
			return h248_twice(r, code, name);
		if (++count == H248_PROPERTIES_MAX)
			return h248_fail(r, 510, name.at,
					 "more than %d parameters stand here",
					 H248_PROPERTIES_MAX);
		list = &(*list)->next;
	}
	p = h248_node(r, sizeof(*p));
	if (!p)
		return false;
	p->name = name;
	*list = p;
	return relation(r, p, optional);
}

bool h248_read_property(struct h248_reader *r, struct h248_parameter **list,
			struct sg_slice name)
{
	if (!h248_is_package_name(name))
		return h248_not_an_item(r, name, "property");
	return h248_read_parameter(r, list, name, 456, r->audit);
}

bool h248_read_statistics(struct h248_reader *r, struct h248_parameter **list)
{
	struct sg_slice name;

	if (!h248_expect(r, '{', "Statistics"))
		return false;
	do {
		if (!h248_word(r, &name, "a statistic"))
			return false;
		if (!h248_is_package_name(name))
			return h248_not_an_item(r, name, "statistic");
		if (!h248_read_parameter(r, list, name, 456, true))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Statistics");
}

bool h248_read_stream_of(struct h248_reader *r, __u16 *stream)
{
	return h248_expect(r, '=', "Stream") && h248_stream_id(r, stream);
}

/* -- packages ---------------------------------------------------------------- */

static bool package(struct h248_reader *r, struct h248_package *package)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word, version;
	__u64 number;

	if (!h248_word(r, &word, "a package"))
		return false;
	package->name = word;
	while (package->name.size &&
	       package->name.at[--package->name.size] != '-')
		;
	version = (struct sg_slice){ word.at + package->name.size + 1,
				     word.size - package->name.size - 1 };
	if (!package->name.size ||
	    !h248_is_all(package->name, H248_CLASS_NAME) ||
	    !sg_slice_number(version, 65535, &number))
		return h248_fail(r, r->syntax, word.at,
				 "%s is no package: name-version is wanted",
				 sg_slice_show(text, word));
	package->version = number;
	return true;
}

bool h248_read_packages(struct h248_reader *r, struct h248_package **tail)
{
	if (!h248_expect(r, '{', "Packages"))
		return false;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !package(r, *tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Packages");
}
