// SPDX-License-Identifier: GPL-2.0-only
#include "ue/text_file.h"

#include <errno.h>
#include <stdio.h>

int text_file_read(struct sg_slice *read, char *text, size_t size,
		   const char *path, struct fault *fault)
{
	bool given = path && strcmp(path, "-");
	FILE *file = given ? fopen(path, "re") : stdin;
	const char *name = given ? path : "standard input";
	int err = 0;

	if (!file)
		return fault_set(fault, errno, "%s cannot be read: %s", name,
				 strerror(errno));
	*read = (struct sg_slice){ text, fread(text, 1, size, file) };
	if (ferror(file))
		err = fault_set(fault, EIO, "%s cannot be read", name);
	else if (read->size == size)
		err = fault_set(fault, EFBIG, "%s has more than %zu octets",
				name, size - 1);
	if (given)
		fclose(file);
	return err;
}
