// SPDX-License-Identifier: GPL-2.0-only
#include "gated/pin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "gated/slow/slow_map.h"
#include "lib/log.h"
#include "srtpgate/fastpath.h"

#define BPFFS "/sys/fs/bpf"
#define LINK_PREFIX "link-"

/* bpffs keeps file names with dots to itself; ':' is in no interface's. */
enum { DOT = ':' };

static bool on_bpffs(const char *path)
{
	struct statfs file_system;

	return !statfs(path, &file_system) &&
	       file_system.f_type == BPF_FS_MAGIC;
}

/* On one, or will be once it is made. */
static bool below_bpffs(const char *path)
{
	char part[PATH_MAX];
	char *slash;

	snprintf(part, sizeof(part), "%s", path);
	while (access(part, F_OK) && (slash = strrchr(part, '/')) &&
	       slash != part)
		*slash = '\0';
	return on_bpffs(part);
}

static int make_directories(const char *path)
{
	char part[PATH_MAX];

	for (const char *end = path; end; end = strchr(end + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		if (*part && mkdir(part, 0700) && errno != EEXIST)
			return -errno;
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static int mount_bpffs(const char *root, struct fault *fault)
{
	const char *where = root;

	if (!strncmp(root, BPFFS "/", strlen(BPFFS "/")))
		where = BPFFS;
	else if (make_directories(root))
		return fault_set(fault, errno, "%s cannot be made: %s", root,
				 strerror(errno));
	if (mount("bpf", where, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0700"))
		return fault_set(fault, errno,
				 "there is no bpffs at %s and it cannot be "
				 "mounted (%s); try mount -t bpf bpf %s",
				 where, strerror(errno), where);
	sg_notice("mounted bpffs at %s", where);
	return 0;
}

static void report_other_layouts(const char *root)
{
	DIR *directory = opendir(root);
	struct dirent *entry;
	int version;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (sscanf(entry->d_name, "v%d", &version) == 1 &&
		    version != SG_LAYOUT_VERSION)
			sg_warning("%s/%s holds the data plane of another "
				   "version, whose contexts stay as they are; "
				   "srtpgated --flush removes it",
				   root, entry->d_name);
	closedir(directory);
}

static int lock(struct pin *pin, const char *root, struct fault *fault)
{
	pin->lock = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (pin->lock < 0)
		return fault_set(fault, errno, "%s cannot be opened: %s", root,
				 strerror(errno));
	if (!flock(pin->lock, LOCK_EX | LOCK_NB))
		return 0;
	pin_close(pin);
	return fault_set(fault, EBUSY,
			 "another srtpgated is running with pin = \"%s\"; "
			 "stop it, or configure another pin",
			 root);
}

int pin_open(struct pin *pin, const char *root, struct fault *fault)
{
	int err = below_bpffs(root) ? 0 : mount_bpffs(root, fault);

	if (err)
		return err;
	snprintf(pin->directory, sizeof(pin->directory), "%s/v%d", root,
		 SG_LAYOUT_VERSION);
	err = make_directories(pin->directory);
	if (err)
		return fault_set(fault, -err,
				 "%s cannot be made: %s; bpffs permits no dots "
				 "in names",
				 pin->directory, strerror(-err));
	err = lock(pin, root, fault);
	if (!err)
		report_other_layouts(root);
	return err;
}

void pin_close(struct pin *pin)
{
	if (pin->lock >= 0)
		close(pin->lock);
	pin->lock = -1;
}

const char *pin_map_path(const struct pin *pin, const char *map,
			 char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", pin->directory, map);
	return path;
}

const char *pin_link_path(const struct pin *pin, const char *interface,
			  char path[PATH_MAX])
{
	int start = snprintf(path, PATH_MAX, "%s/" LINK_PREFIX, pin->directory);

	snprintf(path + start, PATH_MAX - start, "%s", interface);
	for (char *dot = path + start; *dot; dot++)
		if (*dot == '.')
			*dot = DOT;
	return path;
}

const char *pin_link_interface(const char *file, char *name, size_t size)
{
	if (strncmp(file, LINK_PREFIX, strlen(LINK_PREFIX)))
		return NULL;
	snprintf(name, size, "%s", file + strlen(LINK_PREFIX));
	for (char *dot = name; *dot; dot++)
		if (*dot == DOT)
			*dot = '.';
	return name;
}

/* Its processes know nothing of the pins; this is how they are told. */
static void dismiss_slow_path(const char *root, const char *layout)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/slow_path", root, layout);
	slow_dismiss(path);
}

/* Links first, so that no program is left with half of its maps' names. */
static int flush_layout(const char *root, int root_fd, const char *name)
{
	int fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int removed = 0;

	if (!directory)
		return 0;
	dismiss_slow_path(root, name);
	for (int links = 1; links >= 0; links--) {
		rewinddir(directory);
		while ((entry = readdir(directory))) {
			bool link = !strncmp(entry->d_name, LINK_PREFIX,
					     strlen(LINK_PREFIX));

			if (link == links && !unlinkat(fd, entry->d_name, 0))
				removed++;
		}
	}
	closedir(directory);
	unlinkat(root_fd, name, AT_REMOVEDIR);
	return removed;
}

int pin_flush(const char *root, struct fault *fault)
{
	struct pin pin = { .lock = -1 };
	struct dirent *entry;
	int removed = 0, version, err;
	DIR *directory;

	if (!on_bpffs(root)) {
		sg_notice("nothing is pinned at %s", root);
		return 0;
	}
	err = lock(&pin, root, fault);
	if (err)
		return err;
	directory = opendir(root);
	while (directory && (entry = readdir(directory)))
		if (sscanf(entry->d_name, "v%d", &version) == 1)
			removed += flush_layout(root, pin.lock,
						entry->d_name);
	if (directory)
		closedir(directory);
	pin_close(&pin);
	if (!removed)
		sg_notice("nothing is pinned at %s", root);
	else
		sg_notice("removed %d pinned maps and links at %s; the data "
			  "plane is detached",
			  removed, root);
	return 0;
}
