/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned maps of srtpgate/fastpath.h. The sizes here are the smallest
 * that make sense; srtpgated sets those of its configuration before loading.
 */
#ifndef SRTPGATE_BPF_MAPS_H
#define SRTPGATE_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "srtpgate/fastpath.h"
#include "srtpgate/keystream.h"
#include "srtpgate/powers.h"

enum {
	MIN_STREAMS = 64,
	MIN_ROWS = 2,
	MAX_INTERFACES = 256,
	MAX_ADDRESSES = 1024,
	EVENTS_BYTES = 256 << 10,
	CAPTURES_BYTES = 1 << 20,
	ASKS_BYTES = 256 << 10,
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_INTERFACES);
	__type(key, struct sg_interface_key);
	__type(value, struct sg_interface);
} interfaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ADDRESSES);
	__type(key, struct sg_address_key);
	__type(value, __u32);
} addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MIN_ROWS * SG_PORTS);
	__type(key, __u32);
	__type(value, struct sg_endpoint);
} endpoints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* begins at a cache line */
	__uint(max_entries, MIN_STREAMS);
	__type(key, __u32);
	__type(value, struct sg_stream);
} streams SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* begins at a cache line */
	__uint(max_entries, MIN_STREAMS);
	__type(key, __u32);
	__type(value, struct sg_key);
} keys SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* likewise; its lock forbids mmap */
	__uint(max_entries, MIN_STREAMS);
	__type(key, __u32);
	__type(value, struct sg_state_first);
} states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MIN_STREAMS);
	__type(key, __u32);
	__type(value, struct sg_state_rest);
} sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MIN_STREAMS);
	__type(key, __u32);
	__type(value, struct sg_context);
} contexts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MIN_STREAMS);
	__type(key, __u32);
	__type(value, struct sg_next_hop);
} next_hops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, MAX_INTERFACES);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SG_REASON_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sg_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENTS_BYTES);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CAPTURES_BYTES);
} captures SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, SG_SOCKETS);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sg_slow);
} slow_path SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* begins at a cache line */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sg_ahead);
} ahead SEC(".maps");

/* These three are of the loaded object: srtpgate/keystream.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* likewise */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sg_keystream);
} keystream SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* likewise */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sg_powers);
} powers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, ASKS_BYTES);
} asks SEC(".maps");

#endif /* SRTPGATE_BPF_MAPS_H */
