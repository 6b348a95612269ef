// SPDX-License-Identifier: GPL-2.0-only
#include "gated/steer.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN_NAMESPACE "/proc/self/ns/net"

static const char *link_path(const struct pin *pin, char path[PATH_MAX])
{
	return pin_map_path(pin, "steer", path);
}

/* Links outlive their namespace; that of another is another's. */
static bool is_here(int link)
{
	struct bpf_link_info info = { 0 };
	__u32 size = sizeof(info);
	struct stat own;

	return !bpf_obj_get_info_by_fd(link, &info, &size) &&
	       !stat(OWN_NAMESPACE, &own) &&
	       info.netns.netns_ino == own.st_ino;
}

static bool take_over(int program, const char *path)
{
	int link = bpf_obj_get(path);
	bool done;

	if (link < 0)
		return false;
	done = is_here(link) && !bpf_link_update(link, program, NULL);
	close(link);
	if (!done)
		unlink(path);
	return done;
}

static int attach_new(int program, const char *path)
{
	int space = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
	int link, err;

	if (space < 0)
		return -errno;
	link = bpf_link_create(program, space, BPF_SK_LOOKUP, NULL);
	close(space);
	if (link < 0)
		return link;
	err = bpf_obj_pin(link, path);
	close(link);
	return err;
}

int steer_attach(const struct dataplane *data, const struct pin *pin,
		 struct fault *fault)
{
	char path[PATH_MAX];
	int err;

	if (take_over(data->steer, link_path(pin, path)))
		return 0;
	err = attach_new(data->steer, path);
	if (err)
		return fault_set(fault, -err,
				 "packets cannot be steered to the slow path: "
				 "%s; set slow_path = false to do without",
				 strerror(-err));
	return 0;
}

void steer_detach(const struct pin *pin)
{
	char path[PATH_MAX];

	unlink(link_path(pin, path));
}
