// SPDX-License-Identifier: GPL-2.0-only
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "ktap.h"

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_line(struct vector *vector, const char *line)
{
	const char *hex = strchr(line, ' ');
	size_t digits;

	if (!hex || hex - line >= (int)sizeof(vector->name))
		return false;
	memcpy(vector->name, line, hex - line);
	vector->name[hex - line] = '\0';
	digits = strspn(++hex, "0123456789abcdef");
	if (digits % 2 || hex[digits] != '\n')
		return false;
	vector->size = digits / 2;
	vector->octets = malloc(vector->size + 1);
	for (size_t i = 0; i < vector->size; i++)
		vector->octets[i] = nibble(hex[2 * i]) << 4 |
				    nibble(hex[2 * i + 1]);
	return true;
}

void vectors_load(struct vectors *vectors, const char *path)
{
	static char line[65536];
	FILE *in = fopen(path, "r");

	if (!in)
		ktap_bail_out("%s cannot be read", path);
	vectors->vectors = 0;
	while (fgets(line, sizeof(line), in)) {
		if (line[0] == '#')
			continue;
		if (vectors->vectors == VECTORS_MAX ||
		    !read_line(&vectors->vector[vectors->vectors++], line))
			ktap_bail_out("%s has a bad line: %.40s", path, line);
	}
	fclose(in);
}

void vectors_free(struct vectors *vectors)
{
	while (vectors->vectors)
		free(vectors->vector[--vectors->vectors].octets);
}

struct sg_slice vectors_get(const struct vectors *vectors, const char *name)
{
	for (int i = 0; i < vectors->vectors; i++)
		if (!strcmp(vectors->vector[i].name, name))
			return (struct sg_slice){
				(char *)vectors->vector[i].octets,
				vectors->vector[i].size
			};
	ktap_bail_out("there is no vector %s", name);
}

bool vectors_same(const struct vectors *vectors, const char *name,
		  const void *octets, size_t size)
{
	return sg_slice_equal(vectors_get(vectors, name),
			      (struct sg_slice){ octets, size });
}
