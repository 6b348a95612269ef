// SPDX-License-Identifier: GPL-2.0-only
#include "rig.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gated/ahead_maker.h"
#include "gateway.skel.h"
#include "ktap.h"
#include "lib/engine.h"
#include "lib/maps.h"
#include "random.h"

enum {
	LOOPBACK = 1,		/* ifindex of packets in BPF_PROG_RUN */
	KEYS_PER_STREAM = SG_OPEN_KEYS + 1,
	FIRST_PORT = 20000,
	PORTS = 400,		/* pairs, before the next thousand */
	WARNING_MAX = 1000,	/* bytes */
	CACHE_BYTES = RIG_KEYSTREAM * sizeof(struct sg_keystream),
	POWERS_BYTES = RIG_POWERS * sizeof(struct sg_powers),
};

static const __u8 our_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const __u8 sender_mac[6] = { 2, 0, 0, 0, 0, 2 };
static const __u8 next_hop_mac[6] = { 2, 0, 0, 0, 0, 3 };

static int map_fd(const struct bpf_map *map)
{
	return bpf_map__fd(map);
}

static void update(const struct bpf_map *map, const void *key,
		   const void *value)
{
	int err = bpf_map_update_elem(map_fd(map), key, value, BPF_ANY);

	if (err)
		ktap_bail_out("map %s: update: %s", bpf_map__name(map),
			      strerror(-err));
}

/* Warnings; of a verifier log, which is one of them, only the end. */
static int warn(enum libbpf_print_level level, const char *format,
		va_list arguments)
{
	static char text[1 << 20];
	size_t length;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(text, sizeof(text), format, arguments);
	length = strlen(text);
	fputs(length > WARNING_MAX ? text + length - WARNING_MAX : text,
	      stderr);
	return 0;
}

static void size_maps(struct gateway *skeleton, __u32 streams)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, skeleton->obj)
		bpf_map__set_pin_path(map, NULL);
	bpf_map__set_max_entries(skeleton->maps.endpoints, RIG_ROWS * SG_PORTS);
	bpf_map__set_max_entries(skeleton->maps.streams, streams);
	bpf_map__set_max_entries(skeleton->maps.states, streams);
	bpf_map__set_max_entries(skeleton->maps.sources, streams);
	bpf_map__set_max_entries(skeleton->maps.contexts, streams);
	bpf_map__set_max_entries(skeleton->maps.next_hops, streams);
	bpf_map__set_max_entries(skeleton->maps.keys,
				 KEYS_PER_STREAM * streams);
	bpf_map__set_max_entries(skeleton->maps.ahead,
				 libbpf_num_possible_cpus());
}

const struct rig_way *rig_way;

/* Where the module is loaded, the tests are its: tests/vm/module.sh. */
static enum sg_engine rig_engine(void)
{
	static enum sg_engine engine;

	if (!engine) {
		engine = sg_engine_find();
		if (engine == SG_ENGINE_KFUNC)
			ktap_note("the engine is srtp_kfuncs.ko");
	}
	return engine;
}

int rig_open_sized(struct rig *rig, __u32 streams)
{
	__u32 loopback = LOOPBACK;
	int err;

	memset(rig, 0, sizeof(*rig));
	libbpf_set_print(warn);
	rig->skeleton = gateway__open();
	if (!rig->skeleton)
		return -errno;
	size_maps(rig->skeleton, streams);
	rig->skeleton->rodata->kfuncs = rig_engine() == SG_ENGINE_KFUNC;
	ahead_set_size(rig->skeleton, RIG_KEYSTREAM);
	/* Homes are other streams' or none, which must make no difference. */
	rig->skeleton->rodata->home_count = streams & ~1u;
	rig->skeleton->rodata->home_stride = 2;
	err = gateway__load(rig->skeleton);
	if (err) {
		gateway__destroy(rig->skeleton);
		return err;
	}
	rig->program = bpf_program__fd(rig->skeleton->progs.srtpgate);
	rig->cache.mask = RIG_KEYSTREAM - 1;
	rig->cache.entry = sg_map_mmap(map_fd(rig->skeleton->maps.keystream),
				       CACHE_BYTES);
	rig->powers = sg_map_mmap(map_fd(rig->skeleton->maps.powers),
				  POWERS_BYTES);
	if (!rig->cache.entry || !rig->powers)
		return -errno;
	if (rig_way)
		rig_way->open(rig->skeleton);
	rig->per_cpu = calloc(SG_REASON_SLOTS * libbpf_num_possible_cpus(),
			      sizeof(*rig->per_cpu));
	rig_interface(rig, 0, true);
	update(rig->skeleton->maps.devices, &loopback, &loopback);
	return 0;
}

void rig_open(struct rig *rig)
{
	int err = rig_open_sized(rig, RIG_STREAMS);

	if (err)
		ktap_bail_out("the fast path does not load: %s (root? see "
			      "scripts/deps.sh)", strerror(-err));
}

void rig_close(struct rig *rig)
{
	if (rig_way)
		rig_way->close();
	sg_map_unmap(rig->powers, POWERS_BYTES);
	sg_map_unmap(rig->cache.entry, CACHE_BYTES);
	gateway__destroy(rig->skeleton);
	free(rig->per_cpu);
}

__u32 rig_instructions(const struct rig *rig)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(rig->program, &info, &size))
		return 0;
	return info.verified_insns;
}

static void set_interface(struct rig *rig, __u16 vlan,
			  const struct sg_interface *interface)
{
	struct sg_interface_key key = { .ifindex = LOOPBACK, .vlan = vlan };

	if (interface)
		update(rig->skeleton->maps.interfaces, &key, interface);
	else
		bpf_map_delete_elem(map_fd(rig->skeleton->maps.interfaces),
				    &key);
}

void rig_interface(struct rig *rig, __u16 vlan, bool present)
{
	struct sg_interface interface = { .realm = SG_SELFTEST_REALM };

	set_interface(rig, vlan, present ? &interface : NULL);
}

void rig_other_realm(struct rig *rig, __u16 vlan)
{
	struct sg_interface interface = { .realm = SG_SELFTEST_REALM - 1 };

	set_interface(rig, vlan, &interface);
}

void rig_worker(struct rig *rig, __u16 vlan)
{
	struct sg_interface interface = { .realm = SG_SELFTEST_REALM,
					  .flags = SG_INTERFACE_SLOW };

	set_interface(rig, vlan, &interface);
}

void rig_slow_path(struct rig *rig, bool present)
{
	struct sg_slow slow = { .owner = present };
	__u32 zero = 0;

	update(rig->skeleton->maps.slow_path, &zero, &slow);
}

int rig_events(const struct rig *rig)
{
	return map_fd(rig->skeleton->maps.events);
}

int rig_captures(const struct rig *rig)
{
	return map_fd(rig->skeleton->maps.captures);
}

void rig_capture(struct rig *rig, __u32 state, __u32 mask)
{
	struct sg_settings settings = { .capture = state,
					.capture_mask = mask };
	__u32 zero = 0;

	update(rig->skeleton->maps.settings, &zero, &settings);
}

/* -- scenes ------------------------------------------------------------------ */

void test_key_set(struct test_key *key, enum sg_suite suite, __u64 seed)
{
	struct random random = { seed };
	__u8 bytes[SG_INLINE_MAX];

	memset(key, 0, sizeof(*key));
	key->master.suite = suite;
	random_bytes(&random, bytes, sizeof(bytes));
	sg_master_key_set(&key->master, bytes);
}

static void set_flow(struct flow *flow, const struct sg_stream *stream,
		     bool rtcp)
{
	const struct sg_transport *from = &stream->remote;
	const struct sg_transport *to = &stream->local;

	memset(flow, 0, sizeof(*flow));
	memcpy(flow->to_mac, our_mac, sizeof(flow->to_mac));
	memcpy(flow->from_mac, sender_mac, sizeof(flow->from_mac));
	memcpy(flow->from, from->address, sizeof(flow->from));
	memcpy(flow->to, to->address, sizeof(flow->to));
	flow->from_port = rtcp ? from->rtcp : from->rtp;
	flow->to_port = rtcp ? to->rtcp : to->rtp;
	flow->ttl = RIG_TTL;
	flow->dscp = 46;
}

static void set_flows(struct scene *scene)
{
	set_flow(&scene->rtp, &scene->stream, false);
	set_flow(&scene->rtcp, &scene->stream, true);
}

void scene_set_family(struct scene *scene, bool in_ipv6, bool out_ipv6)
{
	struct sg_stream *stream = &scene->stream;

	address_set(stream->local.address, in_ipv6 ? "fd99:1::1" : "10.99.1.1");
	address_set(stream->remote.address,
		    in_ipv6 ? "fd99:1::2" : "10.99.1.2");
	address_set(stream->source.address,
		    out_ipv6 ? "fd99:2::1" : "10.99.2.1");
	address_set(stream->destination.address,
		    out_ipv6 ? "fd99:2::2" : "10.99.2.2");
	set_flows(scene);
}

static void set_ports(struct sg_transport *transport, __u16 port, bool mux)
{
	transport->rtp = htons(port);
	transport->rtcp = htons(mux ? port : port + 1);
}

void scene_set_mux(struct scene *scene, bool in, bool out)
{
	struct sg_stream *stream = &scene->stream;
	__u16 port = FIRST_PORT + 2 * (scene->slot % PORTS);

	set_ports(&stream->local, port, in);
	set_ports(&stream->remote, port + 1000, in);
	set_ports(&stream->source, port + 2000, out);
	set_ports(&stream->destination, port + 3000, out);
	stream->flags &= ~(SG_STREAM_RTCP_MUX | SG_STREAM_RTCP_MUX_OUT);
	stream->flags |= in ? SG_STREAM_RTCP_MUX : 0;
	stream->flags |= out ? SG_STREAM_RTCP_MUX_OUT : 0;
	set_flows(scene);
}

void scene_init(struct scene *scene, __u32 slot, enum sg_suite open,
		enum sg_suite seal)
{
	memset(scene, 0, sizeof(*scene));
	scene->slot = slot;
	scene->stream = (struct sg_stream){
		.flags = SG_STREAM_GATE_OPEN,
		.state = slot,
		.epoch = 1,
		.next_hop = slot,
		.local_realm = SG_SELFTEST_REALM,
		.dscp = SG_DSCP_COPY,
		.source_prefix = SG_PREFIX_EXACT,
		.clock_rate = 8000,
	};
	test_key_set(&scene->open[0], open, 2 * slot);
	test_key_set(&scene->seal, seal, 2 * slot + 1);
	memcpy(scene->next_hop.destination, next_hop_mac, 6);
	memcpy(scene->next_hop.source, our_mac, 6);
	scene->next_hop.state = SG_NEXT_HOP_REACHABLE;
	scene->next_hop.mtu = RIG_MTU;
	scene->next_hop.ifindex = LOOPBACK;
	scene_set_mux(scene, false, false);
	scene_set_family(scene, false, false);
}

/* -- installing -------------------------------------------------------------- */

void rig_write_key(struct rig *rig, __u32 slot, const struct sg_key *key)
{
	update(rig->skeleton->maps.keys, &slot, key);
}

/* A key keeps its generation for as long as it lives, as in the daemon. */
static __u32 install_key(struct rig *rig, struct test_key *test_key, __u32 slot)
{
	struct sg_master_key master;
	struct sg_key key;
	int err;

	if (test_key->master.suite == SG_SUITE_NONE)
		return 0;
	master = test_key->master;
	if (rig_way)
		rig_way->change(&master);
	err = sg_master_key_derive(&key, &master);
	if (err)
		ktap_bail_out("key derivation: %s", strerror(-err));
	if (!test_key->generation)
		test_key->generation = ++rig->generation;
	key.generation = test_key->generation;
	rig_write_key(rig, slot, &key);
	return slot;
}

void rig_write_stream(struct rig *rig, const struct scene *scene)
{
	update(rig->skeleton->maps.streams, &scene->slot, &scene->stream);
}

void rig_write_next_hop(struct rig *rig, const struct scene *scene)
{
	update(rig->skeleton->maps.next_hops, &scene->stream.next_hop,
	       &scene->next_hop);
}

/* The row of the scene's local address, given to it when it is first used. */
static __u32 endpoint_row(struct rig *rig, const struct scene *scene)
{
	struct sg_address_key key = { .realm = scene->stream.local_realm };
	struct bpf_map *addresses = rig->skeleton->maps.addresses;
	__u32 row;

	memcpy(key.address, scene->stream.local.address, sizeof(key.address));
	if (!bpf_map_lookup_elem(map_fd(addresses), &key, &row))
		return row;
	row = rig->rows++;
	if (row >= RIG_ROWS)
		ktap_bail_out("more than %d local addresses", RIG_ROWS);
	update(addresses, &key, &row);
	return row;
}

static void set_endpoint(struct rig *rig, const struct scene *scene,
			 __be16 port, const struct sg_endpoint *endpoint)
{
	__u32 index = endpoint_row(rig, scene) * SG_PORTS + ntohs(port);

	if (port)
		update(rig->skeleton->maps.endpoints, &index, endpoint);
}

static void publish_endpoint(struct rig *rig, const struct scene *scene,
			     __be16 port)
{
	struct sg_endpoint endpoint = {
		.stream = scene->slot,
		.generation = scene->stream.generation,
		.state = scene->stream.state,
		.key = scene->stream.open_key[0],
	};

	set_endpoint(rig, scene, port, &endpoint);
}

void rig_publish(struct rig *rig, struct scene *scene)
{
	struct sg_stream *stream = &scene->stream;
	__u32 first_key = KEYS_PER_STREAM * scene->slot;

	stream->generation = ++rig->generation;
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		stream->open_key[i] = install_key(rig, &scene->open[i],
						  first_key + i);
	stream->seal_key = install_key(rig, &scene->seal,
				       first_key + SG_OPEN_KEYS);
	rig_write_next_hop(rig, scene);
	rig_write_stream(rig, scene);
	publish_endpoint(rig, scene, stream->local.rtp);
	publish_endpoint(rig, scene, stream->local.rtcp);
}

void rig_install(struct rig *rig, struct scene *scene)
{
	static const struct sg_state fresh;

	rig_set_state(rig, scene->stream.state, &fresh);
	rig_publish(rig, scene);
}

void rig_remove(struct rig *rig, const struct scene *scene)
{
	static const struct sg_endpoint none;

	set_endpoint(rig, scene, scene->stream.local.rtp, &none);
	set_endpoint(rig, scene, scene->stream.local.rtcp, &none);
}

static struct sg_maps state_maps(const struct rig *rig)
{
	return (struct sg_maps){
		.states = map_fd(rig->skeleton->maps.states),
		.sources = map_fd(rig->skeleton->maps.sources),
	};
}

void rig_state(struct rig *rig, __u32 slot, struct sg_state *state)
{
	struct sg_maps maps = state_maps(rig);
	int err = sg_maps_state(&maps, slot, state);

	if (err)
		ktap_bail_out("state %u: %s", slot, strerror(-err));
}

void rig_states(struct rig *rig, __u32 first, __u32 count,
		struct sg_state *states)
{
	struct sg_maps maps = state_maps(rig);
	int err = sg_maps_states(&maps, first, count, states);

	if (err)
		ktap_bail_out("states from %u: %s", first, strerror(-err));
}

void rig_set_state(struct rig *rig, __u32 slot, const struct sg_state *state)
{
	update(rig->skeleton->maps.sources, &slot, &state->source[1]);
	update(rig->skeleton->maps.states, &slot, state);
}

void rig_ahead(const struct rig *rig, struct sg_ahead *ahead)
{
	struct sg_maps maps = { .ahead = map_fd(rig->skeleton->maps.ahead) };
	int err = sg_maps_ahead(&maps, ahead);

	if (err)
		ktap_bail_out("map ahead: %s", strerror(-err));
}

struct sg_source *state_source(struct sg_state *state, __u32 ssrc)
{
	for (int i = 0; i < SG_SOURCES; i++)
		if (state->live >> i & 1 && state->ssrc[i] == ssrc)
			return &state->source[i];
	return NULL;
}

struct sg_source *state_add_source(struct sg_state *state,
				   const struct scene *scene, __u32 ssrc)
{
	int free = __builtin_ctz(~state->live);
	struct sg_source *source = &state->source[free];

	if (free >= SG_SOURCES)
		ktap_bail_out("no free source in the state");
	memset(source, 0, sizeof(*source));
	source->ssrc = ssrc;
	source->epoch = scene->stream.epoch;
	source->received.key = scene->open[0].generation;
	source->rtcp_received.key = scene->open[0].generation;
	state->ssrc[free] = ssrc;
	state->live |= 1u << free;
	return source;
}

/* -- running ----------------------------------------------------------------- */

static void read_counters(struct rig *rig, __u64 total[SG_REASON_SLOTS])
{
	__u32 keys[SG_REASON_SLOTS], batch, count = SG_REASON_SLOTS;
	int cpus = libbpf_num_possible_cpus();
	int err;

	err = bpf_map_lookup_batch(map_fd(rig->skeleton->maps.counters), NULL,
				   &batch, keys, rig->per_cpu, &count, NULL);
	if ((err && err != -ENOENT) || count != SG_REASON_SLOTS)
		ktap_bail_out("counters: %s", strerror(-err));
	for (__u32 i = 0; i < SG_REASON_SLOTS; i++) {
		total[keys[i]] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			total[keys[i]] += rig->per_cpu[i * cpus + cpu];
	}
}

void rig_sync(struct rig *rig)
{
	read_counters(rig, rig->total);
}

/* What is left to the kernel, both ways have counted. */
static __u64 step(__u32 reason)
{
	return rig_way && reason > SG_PASS_BEFORE_FIRST ? 2 : 1;
}

/* Which counter moved by one since it was last read. More: bail out. */
static __u32 counter_moved(struct rig *rig)
{
	__u64 total[SG_REASON_SLOTS];
	__u32 moved = 0;

	read_counters(rig, total);
	for (__u32 i = 0; i < SG_REASON_SLOTS; i++) {
		if (total[i] == rig->total[i])
			continue;
		if (moved || total[i] != rig->total[i] + step(i))
			ktap_bail_out("counters %u and %u moved at once", moved,
				      i);
		moved = i;
	}
	memcpy(rig->total, total, sizeof(rig->total));
	return moved;
}

int rig_run_raw(const struct rig *rig, const __u8 *frame, __u32 size, __u8 *out,
		__u32 *out_size)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
		    .data_size_in = size, .data_out = out,
		    .data_size_out = FRAME_MAX, .repeat = 1);
	int verdict = XDP_PASS, err;

	*out_size = FRAME_MAX;
	if (rig_way)
		verdict = rig_way->convert(frame, size, out, out_size);
	if (verdict != XDP_PASS)
		return verdict;
	err = bpf_prog_test_run_opts(rig->program, &options);
	if (err)
		return err;
	*out_size = options.data_size_out;
	return options.retval;
}

int rig_try(struct rig *rig, const __u8 *frame, __u32 size,
	    struct outcome *outcome)
{
	int verdict = rig_run_raw(rig, frame, size, outcome->frame,
				  &outcome->size);

	if (verdict < 0)
		return verdict;
	outcome->verdict = verdict;
	/* Forwarding moves none: the next packet that is not shows it. */
	outcome->reason = verdict == XDP_REDIRECT ? 0 : counter_moved(rig);
	return 0;
}

void rig_run(struct rig *rig, const __u8 *frame, __u32 size,
	     struct outcome *outcome)
{
	int err = rig_try(rig, frame, size, outcome);

	if (err)
		ktap_bail_out("BPF_PROG_RUN of %u bytes: %s", size,
			      strerror(-err));
}

void rig_send(struct rig *rig, const struct scene *scene, bool rtcp,
	      const void *payload, __u32 length, struct outcome *outcome)
{
	__u8 frame[FRAME_MAX];
	__u32 size = frame_build(frame, rtcp ? &scene->rtcp : &scene->rtp,
				 payload, length);

	rig_run(rig, frame, size, outcome);
}

static const char *check_flow(const struct flow *flow,
			      const struct scene *scene, bool rtcp)
{
	const struct sg_stream *stream = &scene->stream;
	const struct sg_transport *from = &stream->source;
	const struct sg_transport *to = &stream->destination;

	if (memcmp(flow->to_mac, scene->next_hop.destination, 6) ||
	    memcmp(flow->from_mac, scene->next_hop.source, 6))
		return "link-layer address is not the next hop's";
	if (flow->vlan[0] != scene->next_hop.vlan || flow->vlan[1])
		return "VLAN tag is not the next hop's";
	if (memcmp(flow->from, from->address, sizeof(flow->from)) ||
	    memcmp(flow->to, to->address, sizeof(flow->to)))
		return "addresses are not the outgoing side's";
	if (flow->from_port != (rtcp ? from->rtcp : from->rtp) ||
	    flow->to_port != (rtcp ? to->rtcp : to->rtp))
		return "ports are not the outgoing side's";
	if (flow->ttl != scene->rtp.ttl - 1)
		return "TTL is wrong";
	if (flow->dscp != (stream->dscp == SG_DSCP_COPY ? scene->rtp.dscp :
							  stream->dscp))
		return "DSCP is wrong";
	return NULL;
}

const char *outcome_forwarded(const struct outcome *outcome,
			      const struct scene *scene, bool rtcp,
			      const __u8 **payload, __u32 *length)
{
	struct flow flow;
	const char *wrong;

	if (outcome->verdict != XDP_REDIRECT)
		return "not forwarded";
	wrong = frame_check(outcome->frame, outcome->size, &flow, payload,
			    length);
	return wrong ? wrong : check_flow(&flow, scene, rtcp);
}
