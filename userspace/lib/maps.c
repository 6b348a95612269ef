// SPDX-License-Identifier: GPL-2.0-only
#include "lib/maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

/* What this build expects of each map; ring buffers have no values. */
enum {
	VALUE_interfaces = sizeof(struct sg_interface),
	VALUE_addresses = sizeof(__u32),
	VALUE_endpoints = sizeof(struct sg_endpoint),
	VALUE_streams = sizeof(struct sg_stream),
	VALUE_keys = sizeof(struct sg_key),
	VALUE_states = sizeof(struct sg_state_first),
	VALUE_sources = sizeof(struct sg_state_rest),
	VALUE_contexts = sizeof(struct sg_context),
	VALUE_next_hops = sizeof(struct sg_next_hop),
	VALUE_devices = sizeof(__u32),
	VALUE_counters = sizeof(__u64),
	VALUE_settings = sizeof(struct sg_settings),
	VALUE_events = 0,
	VALUE_captures = 0,
	VALUE_sockets = sizeof(__u64),
	VALUE_slow_path = sizeof(struct sg_slow),
	VALUE_ahead = sizeof(struct sg_ahead),
};

static const struct {
	const char *name;
	size_t fd;		/* offset in struct sg_maps */
	__u32 value_size;
} table[] = {
#define ENTRY(name) { #name, offsetof(struct sg_maps, name), VALUE_##name },
	SG_MAPS(ENTRY)
#undef ENTRY
};

enum {
	MAPS = sizeof(table) / sizeof(table[0]),
	STATE_TRIES = 100,
	STATES_AT_ONCE = 16,	/* 50 kB of stack */
};

static int *map_fd(struct sg_maps *maps, int index)
{
	return (int *)((char *)maps + table[index].fd);
}

static int open_map(int *fd, const char *root, int index)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/v%d/%s", root, SG_LAYOUT_VERSION,
		 table[index].name);
	*fd = bpf_obj_get(path);
	if (*fd < 0)
		return *fd == -EACCES ? -EPERM : *fd;
	err = bpf_obj_get_info_by_fd(*fd, &info, &size);
	if (err)
		return err;
	return info.value_size == table[index].value_size ? 0 : -EPROTO;
}

void *sg_map_mmap(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			    0);

	return memory == MAP_FAILED ? NULL : memory;
}

void sg_map_unmap(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

static int map_size(int fd, __u32 *entries)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (!err)
		*entries = info.max_entries;
	return err;
}

int sg_maps_open(struct sg_maps *maps, const char *root)
{
	int err = 0;

	if (!root || !*root)
		root = SG_PIN_ROOT;
	memset(maps, 0, sizeof(*maps));
	for (int i = 0; i < MAPS; i++)
		*map_fd(maps, i) = -1;
	for (int i = 0; !err && i < MAPS; i++)
		err = open_map(map_fd(maps, i), root, i);
	if (!err)
		err = map_size(maps->contexts, &maps->contexts_size);
	if (!err)
		err = map_size(maps->streams, &maps->streams_size);
	if (!err)
		err = map_size(maps->keys, &maps->keys_size);
	if (!err)
		err = map_size(maps->endpoints, &maps->rows);
	maps->rows /= SG_PORTS;
	if (err)
		sg_maps_close(maps);
	return err;
}

void sg_maps_close(struct sg_maps *maps)
{
	for (int i = 0; i < MAPS; i++) {
		if (*map_fd(maps, i) >= 0)
			close(*map_fd(maps, i));
		*map_fd(maps, i) = -1;
	}
}

/* The kernel names the slot before, and says -ENOENT at the array's end. */
int sg_map_read(int fd, __u32 first, __u32 count, void *values, __u64 flags)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options, .elem_flags = flags);
	__u32 before = first - 1, next, got = count;
	__u32 *keys = calloc(count, sizeof(*keys));
	int err;

	if (!keys)
		return -ENOMEM;
	err = bpf_map_lookup_batch(fd, first ? &before : NULL, &next, keys,
				   values, &got, &options);
	free(keys);
	if (err && err != -ENOENT)
		return err;
	return got == count ? 0 : -ERANGE;
}

/*
 * A change of the second part is a turn, counted under the same hold of the
 * lock. So when two copies of the first part, before and after, tell of the
 * same turn, nobody changed the second meanwhile: whoever began in between had
 * either ended, and counted, or made the second copy wait until it had.
 */
int sg_maps_state(const struct sg_maps *maps, __u32 slot,
		  struct sg_state *state)
{
	__u16 turn;
	int err;

	err = bpf_map_lookup_elem_flags(maps->states, &slot, state, BPF_F_LOCK);
	for (int i = 0; !err && i < STATE_TRIES; i++) {
		turn = state->turn;
		err = bpf_map_lookup_elem(maps->sources, &slot,
					  &state->source[1]);
		if (!err)
			err = bpf_map_lookup_elem_flags(maps->states, &slot,
							state, BPF_F_LOCK);
		if (state->turn == turn)
			break;
	}
	return err;
}

static __u16 turn_of(const struct sg_state_first *first)
{
	__u16 turn;

	memcpy(&turn, (const char *)first + offsetof(struct sg_state, turn),
	       sizeof(turn));
	return turn;
}

/* As above, three copies for all; what changed meanwhile is read by itself. */
static int read_states(const struct sg_maps *maps, __u32 first, __u32 count,
		       struct sg_state *states)
{
	struct sg_state_first before[STATES_AT_ONCE], after[STATES_AT_ONCE];
	struct sg_state_rest rest[STATES_AT_ONCE];
	int err = sg_map_read(maps->states, first, count, before, BPF_F_LOCK);

	if (!err)
		err = sg_map_read(maps->sources, first, count, rest, 0);
	if (!err)
		err = sg_map_read(maps->states, first, count, after,
				  BPF_F_LOCK);
	for (__u32 i = 0; !err && i < count; i++) {
		memcpy(&states[i], &after[i], sizeof(after[i]));
		memcpy(&states[i].source[1], &rest[i], sizeof(rest[i]));
		if (turn_of(&before[i]) != states[i].turn)
			err = sg_maps_state(maps, first + i, &states[i]);
	}
	return err;
}

int sg_maps_states(const struct sg_maps *maps, __u32 first, __u32 count,
		   struct sg_state *states)
{
	int err = 0;

	for (__u32 i = 0, n; !err && i < count; i += n) {
		n = count - i < STATES_AT_ONCE ? count - i : STATES_AT_ONCE;
		err = read_states(maps, first + i, n, &states[i]);
	}
	return err;
}

int sg_maps_set_state(const struct sg_maps *maps, __u32 slot,
		      const struct sg_state *state)
{
	int err = bpf_map_update_elem(maps->sources, &slot, &state->source[1],
				      BPF_ANY);

	if (err)
		return err;
	return bpf_map_update_elem(maps->states, &slot, state, BPF_F_LOCK);
}

static int write_pair(int fd, const __u32 slots[2], const void *values,
		      __u64 flags)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options, .elem_flags = flags);
	__u32 count = 2;

	return bpf_map_update_batch(fd, slots, values, &count, &options);
}

int sg_maps_zero_states(const struct sg_maps *maps, __u32 context)
{
	static const struct sg_state_first no_first[2];
	static const struct sg_state_rest no_rest[2];
	const __u32 slots[2] = { 2 * context, 2 * context + 1 };
	int err = write_pair(maps->sources, slots, no_rest, 0);

	return err ? err : write_pair(maps->states, slots, no_first,
				      BPF_F_LOCK);
}

/* One word, which nobody writes in two steps: packets need not wait. */
int sg_maps_last_seen(const struct sg_maps *maps, __u32 slot, __u64 *last_seen)
{
	union {
		struct sg_state_first first;
		__u64 word[sizeof(struct sg_state_first) / sizeof(__u64)];
	} copy;
	int err = bpf_map_lookup_elem(maps->states, &slot, &copy);

	if (!err)
		*last_seen = copy.word[offsetof(struct sg_state, last_seen) /
				       sizeof(__u64)];
	return err;
}

int sg_maps_stream(const struct sg_maps *maps, __u32 slot,
		   struct sg_stream *stream)
{
	return bpf_map_lookup_elem(maps->streams, &slot, stream);
}

int sg_maps_context(const struct sg_maps *maps, __u32 slot,
		    struct sg_context *context)
{
	return bpf_map_lookup_elem(maps->contexts, &slot, context);
}

int sg_maps_counters(const struct sg_maps *maps, __u64 *total)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values;
	int err = 0;

	if (cpus < 0)
		return cpus;
	values = calloc(cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (__u32 i = 0; !err && i < SG_REASON_SLOTS; i++) {
		err = bpf_map_lookup_elem(maps->counters, &i, values);
		total[i] = 0;
		for (int cpu = 0; !err && cpu < cpus; cpu++)
			total[i] += values[cpu];
	}
	free(values);
	return err;
}

const struct sg_slow_row sg_slow_rows[] = {
#define ROW(symbol, field, name, text)                                         \
	{ name, text, offsetof(struct sg_slow, field) },
	SG_SLOW_COUNTERS(ROW)
#undef ROW
};

int sg_maps_slow(const struct sg_maps *maps, struct sg_slow *slow)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(maps->slow_path, &zero, slow);
}

int sg_maps_ahead(const struct sg_maps *maps, struct sg_ahead *sum)
{
	struct sg_ahead one;
	__u32 count, cpu;
	int err = map_size(maps->ahead, &count);

	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; !err && cpu < count; cpu++) {
		err = bpf_map_lookup_elem(maps->ahead, &cpu, &one);
		if (err)
			break;
		sum->hits += one.hits;
		sum->misses += one.misses;
		sum->unheard += one.unheard;
		sum->made += one.made;
		sum->restarted += one.restarted;
	}
	return err;
}

/* The value is mapped, so that the word beside it is nobody's to overwrite. */
int sg_maps_instance(const struct sg_maps *maps, __u64 *instance)
{
	struct sg_settings *settings =
		sg_map_mmap(maps->settings, sizeof(*settings));
	__u64 none = 0, chosen;

	if (!settings)
		return -errno;
	do {
		if (getrandom(&chosen, sizeof(chosen), 0) != sizeof(chosen)) {
			sg_map_unmap(settings, sizeof(*settings));
			return -EIO;
		}
	} while (!chosen);
	*instance = __atomic_compare_exchange_n(&settings->instance, &none,
						chosen, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST) ?
			    chosen : none;
	sg_map_unmap(settings, sizeof(*settings));
	return 0;
}

void sg_state_totals(const struct sg_state *state, __u32 clock_rate,
		     struct sg_totals *totals)
{
	__u64 received = state->received_retired;
	__u64 newest = 0;

	memset(totals, 0, sizeof(*totals));
	totals->packets = state->packets;
	totals->octets = state->octets;
	totals->rtcp_packets = state->rtcp_packets;
	totals->rtcp_octets = state->rtcp_octets;
	totals->replayed = state->replayed;
	totals->auth_failed = state->auth_failed;
	totals->roc_retried = state->roc_retried;
	totals->dropped = state->dropped;
	totals->last_seen = state->last_seen;
	totals->expected = state->expected_retired;
	totals->jitter = clock_rate ? 0.0 : -1.0;
	for (int i = 0; i < SG_SOURCES; i++) {
		const struct sg_source *source = &state->source[i];
		__u64 next = source->received.next;

		if (!(state->live >> i & 1) || !source->packets)
			continue;
		if (!next) /* a sealed stream has only that window */
			next = source->sealed.next;
		if (next > source->first)
			totals->expected += next - source->first;
		received += source->packets;
		if (clock_rate && source->last_seen >= newest) {
			newest = source->last_seen;
			totals->jitter = source->jitter / 16.0 * 1000.0 /
					 clock_rate;
		}
	}
	if (totals->expected > received)
		totals->lost = totals->expected - received;
}

static const struct {
	__u32 number;
	const char *name;
	const char *text;
} reasons[] = {
#define DROP(symbol, name, text) { SG_DROP_##symbol, name, text },
#define PASS(symbol, name, text) { SG_PASS_##symbol, name, text },
	SG_DROP_REASONS(DROP)
	SG_PASS_REASONS(PASS)
#undef DROP
#undef PASS
};

enum { REASONS = sizeof(reasons) / sizeof(reasons[0]) };

const char *sg_reason_name(__u32 reason)
{
	for (int i = 0; i < REASONS; i++)
		if (reasons[i].number == reason)
			return reasons[i].name;
	return NULL;
}

const char *sg_reason_text(__u32 reason)
{
	for (int i = 0; i < REASONS; i++)
		if (reasons[i].number == reason)
			return reasons[i].text;
	return NULL;
}

const char *sg_silence_name(__u8 silence)
{
	switch (silence) {
	case SG_NEVER_STARTED:
		return "never-started";
	case SG_STOPPED:
		return "stopped";
	default:
		return NULL;
	}
}
