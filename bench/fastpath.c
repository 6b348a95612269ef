// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "fastpath.h"
#include "gated/ahead_maker.h"
#include "gateway.skel.h"
#include "generator.h"
#include "lib/maps.h"
#include "result.h"

enum { SPARE = 1024 };	/* slots of a map beyond the streams' own */

static void update(const struct bpf_map *map, const void *key,
		   const void *value)
{
	if (bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY))
		result_fail("map %s: update: %s", bpf_map__name(map),
			    strerror(errno));
}

static int quiet(enum libbpf_print_level level, const char *format,
		 va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

/* As srtpgated sizes them for a configured number of streams. */
static void size_maps(struct gateway *skeleton, __u32 streams)
{
	__u32 slots = streams + streams / 8 + SPARE;
	struct bpf_map *map;

	bpf_object__for_each_map(map, skeleton->obj)
		bpf_map__set_pin_path(map, NULL);
	bpf_map__set_max_entries(skeleton->maps.contexts, streams / 2 + SPARE);
	bpf_map__set_max_entries(skeleton->maps.states, streams + 2 * SPARE);
	bpf_map__set_max_entries(skeleton->maps.sources, streams + 2 * SPARE);
	bpf_map__set_max_entries(skeleton->maps.streams, slots);
	bpf_map__set_max_entries(skeleton->maps.endpoints,
				 FASTPATH_ROWS * SG_PORTS);
	bpf_map__set_max_entries(skeleton->maps.keys,
				 streams / 2 * 3 + SPARE);
	bpf_map__set_max_entries(skeleton->maps.next_hops, streams + SPARE);
	bpf_map__set_max_entries(skeleton->maps.ahead,
				 libbpf_num_possible_cpus());
}

/* Streams of consecutive ports and addresses have consecutive homes. */
static void make_homes(struct fastpath *path, __u32 streams)
{
	path->homes.count = (streams + 1) & ~1u;
	path->homes.stride = BENCH_PORTS;
	path->skeleton->rodata->home_count = path->homes.count;
	path->skeleton->rodata->home_stride = path->homes.stride;
	path->spare = SG_FIRST_HOME + path->homes.count;
	path->slot = calloc(streams, sizeof(*path->slot));
	path->taken = calloc(path->spare, sizeof(*path->taken));
	if (!path->slot || !path->taken)
		result_fail("out of memory");
}

void fastpath_open(struct fastpath *path, __u32 streams, __u32 keystream)
{
	libbpf_set_print(quiet);
	memset(path, 0, sizeof(*path));
	path->skeleton = gateway__open();
	if (!path->skeleton)
		result_fail("the fast path does not open: %s", strerror(errno));
	size_maps(path->skeleton, streams);
	make_homes(path, streams);
	if (keystream)
		ahead_set_size(path->skeleton, keystream);
	if (gateway__load(path->skeleton))
		result_fail("the fast path does not load: %s; run as root on "
			    "a kernel from 6.1 on", strerror(errno));
	path->program = bpf_program__fd(path->skeleton->progs.srtpgate);
}

void fastpath_close(struct fastpath *path)
{
	gateway__destroy(path->skeleton);
	free(path->slot);
	free(path->taken);
}

void fastpath_connect(struct fastpath *path, __u32 from, __u32 to,
		      const __u8 from_mac[6], const __u8 to_mac[6])
{
	struct sg_interface_key key = { .ifindex = from };
	struct sg_interface interface = { .realm = FASTPATH_REALM };
	struct sg_next_hop hop = { 0 };
	__u32 slot = FASTPATH_HOP;

	memcpy(hop.source, from_mac, sizeof(hop.source));
	memcpy(hop.destination, to_mac, sizeof(hop.destination));
	hop.state = SG_NEXT_HOP_REACHABLE;
	hop.mtu = 1500;
	hop.ifindex = to;
	update(path->skeleton->maps.interfaces, &key, &interface);
	update(path->skeleton->maps.devices, &to, &to);
	update(path->skeleton->maps.next_hops, &slot, &hop);
}

void fastpath_place(struct fastpath *path, const struct netns_plan *plan,
		    __u32 streams)
{
	const struct netns_port *ports = plan->port;

	netns_enter(plan, NETNS_GW);
	fastpath_open(path, streams, 0);
	fastpath_connect(path, ports[PORT_IN].ifindex, ports[PORT_OUT].ifindex,
			 ports[PORT_OUT].mac, ports[PORT_SINK].mac);
}

struct fastpath_stream fastpath_across(const struct netns_plan *plan,
				       __be16 port)
{
	return (struct fastpath_stream){
		.local = plan->port[PORT_IN].address,
		.remote = plan->port[PORT_GEN].address,
		.source = plan->port[PORT_OUT].address,
		.destination = plan->port[PORT_SINK].address,
		.local_port = port,
		.source_port = port,
	};
}

void fastpath_key(struct sg_key *key, const struct sg_master_key *master)
{
	int err = sg_master_key_derive(key, master);

	if (err)
		result_fail("key derivation: %s", strerror(-err));
}

static void set_transport(struct sg_transport *transport, __be32 address,
			  __be16 port)
{
	transport->address[2] = htonl(0xffff);
	transport->address[3] = address;
	transport->rtp = port;
	transport->rtcp = htons(ntohs(port) + 1);
}

static void install_key(struct fastpath *path, __u32 slot,
			const struct sg_key *key)
{
	struct sg_key copy = *key;

	copy.generation = path->generation;
	update(path->skeleton->maps.keys, &slot, &copy);
}

/* Of the address where @stream is to arrive; a new one, if need be. */
static __u32 find_row(struct fastpath *path, const struct sg_stream *stream)
{
	struct sg_address_key key = { .realm = FASTPATH_REALM };
	struct bpf_map *addresses = path->skeleton->maps.addresses;
	__u32 row;

	memcpy(key.address, stream->local.address, sizeof(key.address));
	if (bpf_map_lookup_elem(bpf_map__fd(addresses), &key, &row)) {
		row = path->rows++;
		if (row >= FASTPATH_ROWS)
			result_fail("more than %d local addresses",
				    FASTPATH_ROWS);
		update(addresses, &key, &row);
	}
	return row;
}

static void set_endpoint(struct fastpath *path, __u32 row, __be16 port,
			 const struct sg_endpoint *endpoint)
{
	__u32 index = row * SG_PORTS + ntohs(port);

	update(path->skeleton->maps.endpoints, &index, endpoint);
}

static __u32 choose_slot(struct fastpath *path, __u32 row, __be16 port)
{
	__u32 home = sg_home(&path->homes, row, ntohs(port));

	if (path->taken[home])
		return path->spare++;
	path->taken[home] = true;
	return home;
}

void fastpath_install(struct fastpath *path, __u32 number,
		      const struct fastpath_stream *spec)
{
	struct sg_stream stream = {
		.generation = ++path->generation,
		.flags = SG_STREAM_GATE_OPEN,
		.epoch = 1,
		.next_hop = FASTPATH_HOP,
		.local_realm = FASTPATH_REALM,
		.dscp = SG_DSCP_COPY,
		.source_prefix = SG_PREFIX_EXACT,
		.clock_rate = 8000,
	};
	struct sg_endpoint endpoint = { .generation = stream.generation };
	__u32 row, slot;

	set_transport(&stream.local, spec->local, spec->local_port);
	set_transport(&stream.remote, spec->remote, spec->remote_port);
	set_transport(&stream.source, spec->source, spec->source_port);
	set_transport(&stream.destination, spec->destination,
		      spec->destination_port);
	row = find_row(path, &stream);
	slot = choose_slot(path, row, stream.local.rtp);
	path->slot[number] = slot;
	endpoint.stream = endpoint.state = endpoint.key = slot;
	stream.state = slot;
	stream.open_key[0] = spec->open ? slot : 0;
	stream.seal_key = spec->seal ? slot : 0;
	if (spec->open || spec->seal)
		install_key(path, slot, spec->open ? spec->open : spec->seal);
	update(path->skeleton->maps.streams, &slot, &stream);
	set_endpoint(path, row, stream.local.rtp, &endpoint);
	set_endpoint(path, row, stream.local.rtcp, &endpoint);
}

__u64 fastpath_packets(const struct fastpath *path, __u32 number)
{
	int fd = bpf_map__fd(path->skeleton->maps.states);
	__u32 slot = path->slot[number];
	struct sg_state state;

	if (bpf_map_lookup_elem_flags(fd, &slot, &state, BPF_F_LOCK))
		result_fail("state %u: %s", slot, strerror(errno));
	return state.packets;
}

/* The kernel tells what a map is charged with in its descriptor's fdinfo. */
static __u64 map_memory(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	if (!info)
		result_fail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), info))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	fclose(info);
	return bytes;
}

__u64 fastpath_memory(const struct fastpath *path)
{
	struct bpf_map *map;
	__u64 bytes = 0;

	bpf_object__for_each_map(map, path->skeleton->obj)
		bytes += map_memory(bpf_map__fd(map));
	return bytes;
}

void fastpath_explain(const struct fastpath *path)
{
	int fd = bpf_map__fd(path->skeleton->maps.counters);
	int cpus = libbpf_num_possible_cpus();
	__u64 *value = calloc(cpus, sizeof(*value));

	for (__u32 reason = 1; value && reason < SG_REASON_SLOTS; reason++) {
		__u64 total = 0;

		if (bpf_map_lookup_elem(fd, &reason, value))
			continue;
		for (int cpu = 0; cpu < cpus; cpu++)
			total += value[cpu];
		if (total)
			result_note("%llu packets: %s",
				    (unsigned long long)total,
				    sg_reason_name(reason));
	}
	free(value);
}
