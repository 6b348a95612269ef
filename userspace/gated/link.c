// SPDX-License-Identifier: GPL-2.0-only
#include "gated/link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

static int create(const struct dataplane *data, const struct realm *realm,
		  __u32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	return bpf_link_create(data->program, realm->ifindex, BPF_XDP, &opts);
}

static int attach(const struct dataplane *data, const struct realm *realm,
		  const char *mode, struct fault *fault)
{
	int fd = -EOPNOTSUPP;

	if (strcmp(mode, "generic"))
		fd = create(data, realm, XDP_FLAGS_DRV_MODE);
	if (fd == -EBUSY)
		return fault_set(fault, EBUSY,
				 "another XDP program is on \"%s\"; detach it "
				 "with ip link set dev %s xdp off, or if it is "
				 "srtpgate's own, with srtpgated --flush",
				 realm->interface, realm->interface);
	if (fd >= 0)
		return fd;
	if (!strcmp(mode, "native"))
		return fault_set(fault, -fd,
				 "the driver of \"%s\" refuses native XDP "
				 "(%s); use xdp = \"generic\", which is slow, "
				 "or xdp = \"none\", which is slower",
				 realm->interface, strerror(-fd));
	fd = create(data, realm, XDP_FLAGS_SKB_MODE);
	if (fd < 0)
		return fault_set(fault, -fd,
				 "the data plane cannot be attached to \"%s\": "
				 "%s; with xdp = \"none\" the slow path takes "
				 "its packets from the kernel",
				 realm->interface, strerror(-fd));
	return fd;
}

static const char *mode_of(const struct realm *realm)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);

	if (bpf_xdp_query(realm->ifindex, 0, &opts))
		return "unknown";
	return opts.attach_mode == XDP_ATTACHED_SKB ? "generic" : "native";
}

/* Links outlive their interface; another of the same name is another. */
static bool is_attached(int link, const struct realm *realm)
{
	struct bpf_link_info info = { 0 };
	__u32 size = sizeof(info);

	return !bpf_obj_get_info_by_fd(link, &info, &size) &&
	       info.xdp.ifindex == realm->ifindex;
}

static bool mode_fits(const struct realm *realm, const char *mode)
{
	return !strcmp(mode, "auto") || !strcmp(mode, mode_of(realm));
}

/* True when the pinned link of a former daemon now runs our program. */
static bool take_over(const struct dataplane *data, const struct realm *realm,
		      const char *mode, const char *path)
{
	int link = bpf_obj_get(path);
	bool done;

	if (link < 0)
		return false;
	done = is_attached(link, realm) && mode_fits(realm, mode) &&
	       !bpf_link_update(link, data->program, NULL);
	close(link);
	if (!done)
		unlink(path);
	return done;
}

static int attach_new(const struct dataplane *data, const struct realm *realm,
		      const char *mode, const char *path, struct fault *fault)
{
	int link = attach(data, realm, mode, fault);
	int err;

	if (link < 0)
		return link;
	err = bpf_obj_pin(link, path);
	close(link);
	if (err)
		return fault_set(fault, -err, "%s cannot be pinned: %s", path,
				 strerror(-err));
	return 0;
}

static int attach_realm(const struct dataplane *data, struct realm *realm,
			const struct pin *pin, struct fault *fault)
{
	const char *mode = realm->xdp;
	char path[PATH_MAX];
	bool taken;
	int err = 0;

	realm->mode = mode;
	if (realm_is_slow(realm))
		return 0;
	pin_link_path(pin, realm->interface, path);
	taken = take_over(data, realm, mode, path);
	if (!taken)
		err = attach_new(data, realm, mode, path, fault);
	if (err)
		return err;
	realm->mode = mode_of(realm);
	sg_notice("%s \"%s\" in %s mode",
		  taken ? "replaced the data plane on" :
			  "attached the data plane to",
		  realm->interface, realm->mode);
	if (!strcmp(realm->mode, "generic") && strcmp(mode, "generic"))
		sg_warning("the driver of \"%s\" has no native XDP: generic "
			   "mode costs most of the speed; use another driver, "
			   "or set xdp = \"generic\" to accept it",
			   realm->interface);
	return 0;
}

/* Realms may share an interface, each with a VLAN of its own. */
static struct realm *attached_before(struct config *config, int number)
{
	for (int i = 0; i < number; i++)
		if (config->realm[i].ifindex == config->realm[number].ifindex)
			return &config->realm[i];
	return NULL;
}

static bool is_configured(const struct config *config, const char *interface)
{
	for (int i = 0; i < config->realm_count; i++)
		if (!strcmp(config->realm[i].interface, interface))
			return !realm_is_slow(&config->realm[i]);
	return false;
}

static void detach_others(const struct config *config, const struct pin *pin)
{
	DIR *directory = opendir(pin->directory);
	char interface[IF_NAMESIZE];
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		if (!pin_link_interface(entry->d_name, interface,
					sizeof(interface)) ||
		    is_configured(config, interface))
			continue;
		if (!unlinkat(dirfd(directory), entry->d_name, 0))
			sg_notice("detached the data plane from \"%s\", which "
				  "is no realm's, or one's without XDP",
				  interface);
	}
	closedir(directory);
}

int links_attach(const struct dataplane *data, struct config *config,
		 const struct pin *pin, struct fault *fault)
{
	detach_others(config, pin);
	for (int i = 0; i < config->realm_count; i++) {
		struct realm *shared = attached_before(config, i);
		int err;

		if (shared) {
			config->realm[i].mode = shared->mode;
			continue;
		}
		err = attach_realm(data, &config->realm[i], pin, fault);
		if (err)
			return err;
	}
	return 0;
}
