// SPDX-License-Identifier: GPL-2.0-only
#include "gated/dataplane.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "gated/ahead_maker.h"
#include "gated/home.h"
#include "gateway.skel.h"
#include "lib/engine.h"
#include "lib/log.h"

enum {
	SPARE_SLOTS = 1024,	/* for changes, which make before they break */
	SPARE_NEXT_HOPS = 64,
	SPARE_ROWS = 9,		/* addresses to come, and the self-test's */
	LOG_END = 4000,		/* bytes of a message that are logged */
	MOST_TAGS = 2 * CONFIG_REALMS, /* those of now and those of before */
};

/* For those who ask: one sentence a line; of a verifier log its end. */
static int print(enum libbpf_print_level level, const char *format,
		 va_list args)
{
	char *text, *line, *rest;
	int length;

	if (level == LIBBPF_DEBUG)
		return 0;
	length = vasprintf(&text, format, args);
	if (length < 0)
		return 0;
	rest = text + (length > LOG_END ? length - LOG_END : 0);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			sg_debug("%s", line);
	free(text);
	return 0;
}

static void set_sizes(struct gateway *skeleton, const struct config *config)
{
	__u32 streams = config->streams, rows = SPARE_ROWS;
	__u32 contexts = streams / 2 + SG_RESERVED_SLOTS;
	__u32 slots = streams + streams / 8 + SPARE_SLOTS;

	for (int i = 0; i < config->realm_count; i++)
		rows += config->realm[i].address_count;
	bpf_map__set_max_entries(skeleton->maps.contexts, contexts);
	bpf_map__set_max_entries(skeleton->maps.states, 2 * contexts);
	bpf_map__set_max_entries(skeleton->maps.sources, 2 * contexts);
	bpf_map__set_max_entries(skeleton->maps.streams, slots);
	bpf_map__set_max_entries(skeleton->maps.endpoints, rows * SG_PORTS);
	bpf_map__set_max_entries(skeleton->maps.keys,
				 streams / 2 * 3 + SPARE_SLOTS);
	bpf_map__set_max_entries(skeleton->maps.next_hops,
				 streams + SPARE_NEXT_HOPS);
	bpf_map__set_max_entries(skeleton->maps.ahead,
				 libbpf_num_possible_cpus());
}

static int refuse(const char *path, struct fault *fault)
{
	return fault_set(fault, EPROTO,
			 "%s was made by another build of this version; run "
			 "srtpgated --flush, which ends all contexts",
			 path);
}

/* The kernel adds a flag of its own to device maps. */
static bool same_kind(const struct bpf_map *map,
		      const struct bpf_map_info *info)
{
	return info->type == bpf_map__type(map) &&
	       info->key_size == bpf_map__key_size(map) &&
	       info->value_size == bpf_map__value_size(map) &&
	       (info->map_flags & ~BPF_F_RDONLY_PROG) ==
		       bpf_map__map_flags(map);
}

/* Lets @map use the one that is pinned at @path, if there is one. */
static int adopt_map(struct bpf_map *map, const char *path, bool *resized,
		     struct fault *fault)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = bpf_obj_get(path);
	int err;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fault_set(fault, -fd, "%s cannot be opened: %s", path,
				 strerror(-fd));
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (err || !same_kind(map, &info))
		err = refuse(path, fault);
	else if (info.max_entries != bpf_map__max_entries(map) &&
		 strcmp(bpf_map__name(map), "endpoints"))
		*resized = true;
	if (!err && bpf_map__reuse_fd(map, fd))
		err = refuse(path, fault);
	close(fd);
	return err;
}

/* X-macro glue: every pinned map of the skeleton, by name. */
struct entry {
	const char *name;
	struct bpf_map *map;
	int *fd;
};

#define ENTRY(map) { #map, data->skeleton->maps.map, &data->maps.map },
#define ENTRIES(data) { SG_MAPS(ENTRY) }

enum {
#define COUNT(map) COUNT_##map,
	SG_MAPS(COUNT)
#undef COUNT
	ENTRY_COUNT
};

static int adopt_maps(struct dataplane *data, const struct pin *pin,
		      struct fault *fault)
{
	struct entry entries[ENTRY_COUNT] = ENTRIES(data);
	bool resized = false;
	char path[PATH_MAX];
	int err = 0;

	for (int i = 0; !err && i < ENTRY_COUNT; i++)
		err = adopt_map(entries[i].map,
				pin_map_path(pin, entries[i].name, path),
				&resized, fault);
	if (!err && resized)
		sg_warning("the pinned maps keep their size, which is not that "
			   "of \"streams\" in the configuration; to resize "
			   "them, end all contexts with srtpgated --flush");
	return err;
}

static int pin_maps(struct dataplane *data, const struct pin *pin,
		    struct fault *fault)
{
	struct entry entries[ENTRY_COUNT] = ENTRIES(data);
	char path[PATH_MAX];

	for (int i = 0; i < ENTRY_COUNT; i++) {
		int err;

		*entries[i].fd = bpf_map__fd(entries[i].map);
		pin_map_path(pin, entries[i].name, path);
		if (!access(path, F_OK))
			continue;
		err = bpf_obj_pin(*entries[i].fd, path);
		if (err)
			return fault_set(fault, -err,
					 "%s cannot be pinned: %s", path,
					 strerror(-err));
	}
	return 0;
}

/* Sizes of pinned maps may come from two starts, the first one killed. */
static int note_sizes(struct dataplane *data, struct fault *fault)
{
	struct gateway *skeleton = data->skeleton;
	__u32 states = bpf_map__max_entries(skeleton->maps.states);
	__u32 sources = bpf_map__max_entries(skeleton->maps.sources);

	data->maps.contexts_size =
		bpf_map__max_entries(skeleton->maps.contexts);
	data->maps.streams_size = bpf_map__max_entries(skeleton->maps.streams);
	data->maps.rows =
		bpf_map__max_entries(skeleton->maps.endpoints) / SG_PORTS;
	data->maps.keys_size = bpf_map__max_entries(skeleton->maps.keys);
	data->next_hops_size = bpf_map__max_entries(skeleton->maps.next_hops);
	if (states == 2 * data->maps.contexts_size && sources == states)
		return 0;
	return fault_set(fault, EPROTO,
			 "the pinned maps do not fit each other; run srtpgated "
			 "--flush, which ends all contexts");
}

static void set_homes(struct dataplane *data, const struct config *config)
{
	data->maps.homes = homes_plan(config, &data->maps);
	data->skeleton->rodata->home_count = data->maps.homes.count;
	data->skeleton->rodata->home_stride = data->maps.homes.stride;
}

static int load(struct dataplane *data, const struct config *config,
		struct fault *fault)
{
	int err;

	set_homes(data, config);
	err = gateway__load(data->skeleton);

	if (err == -EPERM)
		return fault_set(fault, EPERM,
				 "the kernel does not permit loading the data "
				 "plane; start srtpgated as root");
	if (err)
		return fault_set(fault, -err,
				 "the kernel does not load the data plane: %s; "
				 "srtpgated -v says why",
				 strerror(-err));
	data->program = bpf_program__fd(data->skeleton->progs.srtpgate);
	data->steer = bpf_program__fd(data->skeleton->progs.steer);
	return 0;
}

/*
 * A killed srtpgate capture leaves its wish behind, and every packet of that
 * context is copied for nobody. A living one holds the folder's lock.
 */
static void end_capture(const struct dataplane *data, const struct pin *pin)
{
	int fd = open(pin->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sg_settings settings;
	__u32 zero = 0;

	if (fd < 0)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB) &&
	    !bpf_map_lookup_elem(data->maps.settings, &zero, &settings) &&
	    settings.capture) {
		settings.capture = 0;
		bpf_map_update_elem(data->maps.settings, &zero, &settings,
				    BPF_ANY);
	}
	close(fd);
}

/*
 * Entries of the map `keystream`, a power of two; 0: the program is to look for
 * none. Whoever makes it needs a CPU of its own, and the module has no use for
 * it.
 */
static __u32 keystream_entries(const struct config *config,
			       enum sg_engine engine)
{
	__u32 most = ((__u64)config->keystream_memory << 20) /
		     sizeof(struct sg_keystream), entries = 1;

	if (strcmp(config->keystream, "ahead") || engine == SG_ENGINE_KFUNC ||
	    sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return 0;
	while (entries <= most / 2)
		entries *= 2;
	return entries;
}

/* Up to the loaded program; what is open on failure, the caller closes. */
static int open_program(struct dataplane *data, const struct config *config,
			const struct pin *pin, enum sg_engine engine,
			struct fault *fault)
{
	struct bpf_map *map;
	__u32 keystream;
	int err;

	memset(data, 0, sizeof(*data));
	err = sg_engine_keep_calls(engine == SG_ENGINE_KFUNC);
	if (!err)
		data->skeleton = gateway__open();
	if (!data->skeleton)
		return fault_set(fault, errno,
				 "the data plane cannot be opened: %s",
				 strerror(errno));
	bpf_object__for_each_map(map, data->skeleton->obj)
		bpf_map__set_pin_path(map, NULL);
	set_sizes(data->skeleton, config);
	data->skeleton->rodata->kfuncs = engine == SG_ENGINE_KFUNC;
	keystream = keystream_entries(config, engine);
	if (keystream)
		ahead_set_size(data->skeleton, keystream);
	err = adopt_maps(data, pin, fault);
	if (!err)
		err = note_sizes(data, fault);
	if (!err)
		err = load(data, config, fault);
	return err;
}

/* For srtpgate status. */
static void note_engine(const struct dataplane *data, enum sg_engine engine)
{
	struct sg_settings *settings =
		sg_map_mmap(data->maps.settings, sizeof(*settings));

	if (settings)
		settings->engine = engine;
	sg_map_unmap(settings, sizeof(*settings));
	if (engine != SG_ENGINE_KFUNC)
		sg_notice("the engine is the XDP program's own: %s",
			sg_engine_why(engine));
	else
		sg_notice("the engine is srtp_kfuncs.ko");
}

int dataplane_open(struct dataplane *data, const struct config *config,
		   const struct pin *pin, struct fault *fault)
{
	enum sg_engine engine = SG_ENGINE_BPF_WANTED;
	int err;

	libbpf_set_print(print);
	if (strcmp(config->engine, "bpf"))
		engine = sg_engine_find();
	err = open_program(data, config, pin, engine, fault);
	if (err && engine == SG_ENGINE_KFUNC) {
		sg_warning("%s; trying without srtp_kfuncs.ko", fault->text);
		dataplane_close(data);
		engine = SG_ENGINE_BPF_REFUSED;
		err = open_program(data, config, pin, engine, fault);
	}
	if (!err)
		err = pin_maps(data, pin, fault);
	if (err) {
		dataplane_close(data);
		return err;
	}
	end_capture(data, pin);
	note_engine(data, engine);
	return 0;
}

void dataplane_close(struct dataplane *data)
{
	gateway__destroy(data->skeleton);
	data->skeleton = NULL;
}

/* -- where packets come in ---------------------------------------------------- */

/*
 * The tag of a realm in the slow path's frames: the one that it has, because
 * a former daemon's worker uses it still, or one that is nobody's.
 */
static __u16 find_tag(int fd, const struct realm *realm)
{
	struct sg_interface_key key = { .ifindex = SG_LOOPBACK };
	struct sg_interface value;
	__u16 free = 0;

	for (key.vlan = MOST_TAGS; key.vlan; key.vlan--) {
		if (bpf_map_lookup_elem(fd, &key, &value))
			free = key.vlan;
		else if (value.realm == realm->number)
			return key.vlan;
	}
	return free;
}

static int enter(int fd, __u32 ifindex, __u16 vlan, __u16 realm, __u16 flags)
{
	struct sg_interface_key key = { .ifindex = ifindex, .vlan = vlan };
	struct sg_interface value = { .realm = realm, .flags = flags };

	return bpf_map_update_elem(fd, &key, &value, BPF_ANY);
}

static int enter_realm(int fd, struct realm *realm, bool slow_path)
{
	int err = enter(fd, realm->ifindex, realm->vlan, realm->number, 0);

	if (err || !slow_path)
		return err;
	if (realm->route_ifindex != realm->ifindex)
		err = enter(fd, realm->route_ifindex, 0, realm->number,
			    SG_INTERFACE_VLAN_DEVICE);
	realm->tag = find_tag(fd, realm);
	return err ? err : enter(fd, SG_LOOPBACK, realm->tag, realm->number,
				 SG_INTERFACE_SLOW);
}

static bool is_realm(const struct config *config,
		     const struct sg_interface_key *key)
{
	for (int i = 0; i < config->realm_count; i++) {
		const struct realm *realm = &config->realm[i];

		if (key->ifindex == realm->ifindex && key->vlan == realm->vlan)
			return true;
		if (!config->slow_path)
			continue;
		if (key->ifindex == realm->route_ifindex && !key->vlan)
			return true;
		if (key->ifindex == SG_LOOPBACK && key->vlan == realm->tag)
			return true;
	}
	return false;
}

static void remove_others(int fd, const struct config *config)
{
	struct sg_interface_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(fd, &key, &next);
		if (!is_realm(config, &key))
			bpf_map_delete_elem(fd, &key);
	}
}

int dataplane_set_realms(struct dataplane *data, struct config *config,
			 struct fault *fault)
{
	for (int i = 0; i < config->realm_count; i++) {
		struct realm *realm = &config->realm[i];
		int err = enter_realm(data->maps.interfaces, realm,
				      config->slow_path);

		if (err)
			return fault_set(fault, -err,
					 "realm \"%s\" cannot be entered in "
					 "the data plane: %s",
					 realm->name, strerror(-err));
	}
	remove_others(data->maps.interfaces, config);
	return 0;
}
