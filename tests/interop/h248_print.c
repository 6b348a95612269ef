// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads H.248 messages and writes them again, for others to judge.
 *
 * h248_print long|compact FROM TO: each file of folder FROM, but those called
 * bad-*, into one of the same name in folder TO. Exit status 1 when one of
 * them could not be read or written.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/h248.h"

enum { TEXT_MAX = 64 * 1024 };

static char text[TEXT_MAX], out[2 * TEXT_MAX], arena[16 * TEXT_MAX];

static int convert(const char *from, const char *to, enum h248_form form)
{
	FILE *in = fopen(from, "r"), *file = fopen(to, "w");
	struct h248_message message;
	struct h248_fault fault;
	int size = -1;

	if (!in || !file) {
		perror(in ? to : from);
		exit(EXIT_FAILURE);
	}
	if (h248_parse(&message, arena, sizeof(arena), text,
		       fread(text, 1, sizeof(text), in), &fault))
		fprintf(stderr, "%s:%u:%u: error %d: %s\n", from, fault.line,
			fault.column, fault.code, fault.text);
	else
		size = h248_print(out, sizeof(out), &message, form);
	if (size >= 0)
		fwrite(out, 1, size, file);
	h248_message_wipe(&message);
	fclose(in);
	return fclose(file) || size < 0;
}

int main(int argc, char **argv)
{
	enum h248_form form;
	char from[4096], to[4096];
	struct dirent *entry;
	int failed = 0;
	DIR *folder;

	folder = argc == 4 ? opendir(argv[2]) : NULL;
	if (!folder) {
		fprintf(stderr, "usage: h248_print long|compact FROM TO\n");
		return EXIT_FAILURE;
	}
	form = strcmp(argv[1], "long") ? H248_COMPACT : H248_LONG;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' ||
		    !strncmp(entry->d_name, "bad-", 4))
			continue;
		snprintf(from, sizeof(from), "%s/%s", argv[2], entry->d_name);
		snprintf(to, sizeof(to), "%s/%s", argv[3], entry->d_name);
		failed |= convert(from, to, form);
	}
	closedir(folder);
	return failed;
}
