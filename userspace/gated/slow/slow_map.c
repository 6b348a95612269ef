// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow/slow_map.h"

#include <bpf/bpf.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

struct sg_slow *slow_map(int fd)
{
	void *map = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);

	return map == MAP_FAILED ? NULL : map;
}

void slow_unmap(struct sg_slow *slow)
{
	if (slow)
		munmap(slow, sysconf(_SC_PAGESIZE));
}

void slow_dismiss(const char *path)
{
	int fd = bpf_obj_get(path);
	struct sg_slow *slow = fd < 0 ? NULL : slow_map(fd);

	if (slow)
		slow_set_owner(slow, 0);
	slow_unmap(slow);
	if (fd >= 0)
		close(fd);
}
