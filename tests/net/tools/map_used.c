// SPDX-License-Identifier: GPL-2.0-only
/*
 * map_used FILE...: how many entries of each pinned BPF array are not all
 * zero, one number a line. The first ones are no context's, and not counted.
 */
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>

enum { RESERVED = 8 };	/* as srtpgate/fastpath.h has it */

static bool is_zero(const unsigned char *value, uint32_t size)
{
	while (size && !*value) {
		value++;
		size--;
	}
	return !size;
}

static unsigned int count(const char *path)
{
	int fd = bpf_obj_get(path);
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info), batch = 0, many;
	uint32_t *keys;
	unsigned char *values;
	unsigned int used = 0;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		err(2, "%s", path);
	many = info.max_entries;
	keys = calloc(many, sizeof(*keys));
	values = calloc(many, info.value_size);
	if (!keys || !values ||
	    bpf_map_lookup_batch(fd, NULL, &batch, keys, values, &many, NULL))
		err(2, "%s", path);
	for (uint32_t i = RESERVED; i < many; i++)
		used += !is_zero(values + (size_t)i * info.value_size,
				 info.value_size);
	free(keys);
	free(values);
	return used;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("%u\n", count(argv[i]));
	return argc < 2;
}
