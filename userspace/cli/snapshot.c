// SPDX-License-Identifier: GPL-2.0-only
#include "cli/snapshot.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "lib/clock.h"

enum {
	CONTEXT_BATCH = 1024,
	STREAM_BATCH = 1024,
	STATE_BATCH = 64,
	FEW = 64,		/* contexts that are looked up one by one */
};

static struct context_view *add(struct snapshot *snapshot)
{
	if (snapshot->count == snapshot->space) {
		size_t space = snapshot->space ? 2 * snapshot->space : 64;
		struct context_view *contexts = reallocarray(
			snapshot->contexts, space, sizeof(*contexts));

		if (!contexts)
			return NULL;
		snapshot->contexts = contexts;
		snapshot->space = space;
	}
	return memset(&snapshot->contexts[snapshot->count++], 0,
		      sizeof(*snapshot->contexts));
}

static void fill_context(struct context_view *view, __u32 slot,
			 const struct sg_context *context)
{
	view->slot = slot;
	view->context = *context;
	view->context.name[SG_NAME_MAX - 1] = '\0';
}

static int read_contexts(struct snapshot *snapshot, const struct sg_maps *maps)
{
	struct sg_context *batch = calloc(CONTEXT_BATCH, sizeof(*batch));
	int err = batch ? 0 : -ENOMEM;
	__u32 count;

	for (__u32 at = SG_RESERVED_SLOTS; !err && at < maps->contexts_size;
	     at += count) {
		count = maps->contexts_size - at;
		if (count > CONTEXT_BATCH)
			count = CONTEXT_BATCH;
		err = sg_map_read(maps->contexts, at, count, batch, 0);
		for (__u32 i = 0; !err && i < count; i++) {
			struct context_view *view;

			if (!batch[i].used)
				continue;
			view = add(snapshot);
			if (!view)
				err = -ENOMEM;
			else
				fill_context(view, at + i, &batch[i]);
		}
	}
	free(batch);
	return err;
}

static int read_stream(struct context_view *view, const struct sg_maps *maps,
		       int direction)
{
	struct stream_view *stream = &view->stream[direction];

	stream->slot = view->context.stream[direction];
	if (!stream->slot)
		return 0;
	return sg_maps_stream(maps, stream->slot, &stream->stream);
}

/* Streams lie scattered: many are cheaper read with all that lie between. */
static int read_all_streams(struct snapshot *snapshot,
			    const struct sg_maps *maps)
{
	struct sg_stream *all = calloc(maps->streams_size, sizeof(*all));
	int err = all ? 0 : -ENOMEM;
	__u32 count;

	for (__u32 at = 0; !err && at < maps->streams_size; at += count) {
		count = maps->streams_size - at;
		if (count > STREAM_BATCH)
			count = STREAM_BATCH;
		err = sg_map_read(maps->streams, at, count, all + at, 0);
	}
	for (size_t i = 0; !err && i < 2 * snapshot->count; i++) {
		struct context_view *view = &snapshot->contexts[i / 2];
		__u32 slot = view->context.stream[i % 2];

		if (slot >= maps->streams_size)
			continue;
		view->stream[i % 2].slot = slot;
		view->stream[i % 2].stream = all[slot];
	}
	free(all);
	return err;
}

static int read_streams(struct snapshot *snapshot, const struct sg_maps *maps)
{
	int err = 0;

	if (snapshot->count > FEW)
		return read_all_streams(snapshot, maps);
	for (size_t i = 0; !err && i < 2 * snapshot->count; i++)
		err = read_stream(&snapshot->contexts[i / 2], maps, i % 2);
	return err;
}

static void fill_state(struct stream_view *stream, const struct sg_state *state)
{
	sg_state_totals(state, stream->stream.clock_rate, &stream->totals);
	stream->last_drop = state->last_drop;
}

/* Only a stream with several sources has something in the second part. */
static int read_state(struct stream_view *stream, const struct sg_maps *maps,
		      __u32 slot, const struct sg_state_first *first)
{
	struct sg_state state = { 0 };
	int err = 0;

	memcpy(&state, first, sizeof(*first));
	if (state.live >> 1)
		err = sg_maps_state(maps, slot, &state);
	if (!err)
		fill_state(stream, &state);
	return err;
}

/* The states of contexts that follow each other, in one batch. */
static int read_run(struct snapshot *snapshot, const struct sg_maps *maps,
		    size_t first, size_t last, struct sg_state_first *batch)
{
	__u32 at = 2 * snapshot->contexts[first].slot;
	__u32 count = 2 * snapshot->contexts[last].slot + 2 - at;
	int err = sg_map_read(maps->states, at, count, batch, BPF_F_LOCK);

	for (size_t i = first; !err && i <= last; i++) {
		struct context_view *view = &snapshot->contexts[i];

		for (int side = 0; !err && side < 2; side++)
			err = read_state(&view->stream[side], maps,
					 2 * view->slot + side,
					 &batch[2 * view->slot + side - at]);
	}
	return err;
}

static int read_states(struct snapshot *snapshot, const struct sg_maps *maps)
{
	struct sg_state_first *batch = calloc(STATE_BATCH, sizeof(*batch));
	size_t first = 0, last;
	int err = batch ? 0 : -ENOMEM;

	while (!err && first < snapshot->count) {
		const struct context_view *views = snapshot->contexts;

		last = first;
		while (last + 1 < snapshot->count &&
		       views[last + 1].slot - views[first].slot <
			       STATE_BATCH / 2)
			last++;
		err = read_run(snapshot, maps, first, last, batch);
		first = last + 1;
	}
	free(batch);
	return err;
}

int snapshot_read(struct snapshot *snapshot, const struct sg_maps *maps)
{
	int err;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->time = clock_ns();
	err = sg_maps_counters(maps, snapshot->counters);
	if (!err)
		err = read_contexts(snapshot, maps);
	if (!err)
		err = read_streams(snapshot, maps);
	if (!err)
		err = read_states(snapshot, maps);
	return err;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot->contexts);
	memset(snapshot, 0, sizeof(*snapshot));
}

int snapshot_states(const struct context_view *view, const struct sg_maps *maps,
		    struct sg_state state[2])
{
	int err = 0;

	for (int i = 0; !err && i < 2; i++)
		err = sg_maps_state(maps, 2 * view->slot + i, &state[i]);
	return err;
}

int snapshot_find(struct context_view *view, const struct sg_maps *maps,
		  const char *name)
{
	struct snapshot all = { 0 };
	struct sg_state state[2];
	int err = read_contexts(&all, maps);
	size_t i = 0;

	while (!err && i < all.count &&
	       strcmp(all.contexts[i].context.name, name) != 0)
		i++;
	if (!err && i == all.count)
		err = -ENOENT;
	if (!err)
		*view = all.contexts[i];
	if (!err)
		err = snapshot_states(view, maps, state);
	for (int side = 0; !err && side < 2; side++) {
		err = read_stream(view, maps, side);
		if (!err)
			fill_state(&view->stream[side], &state[side]);
	}
	snapshot_free(&all);
	return err;
}

static int by_slot(const void *a, const void *b)
{
	const struct context_view *left = a, *right = b;

	return left->slot < right->slot ? -1 : left->slot > right->slot;
}

const struct context_view *snapshot_match(const struct snapshot *snapshot,
					  const struct context_view *view)
{
	const struct context_view *found =
		snapshot->count ? bsearch(view, snapshot->contexts,
					  snapshot->count, sizeof(*view),
					  by_slot) :
				  NULL;

	if (found && found->context.created == view->context.created &&
	    !strcmp(found->context.name, view->context.name))
		return found;
	return NULL;
}

const char *stream_operation(const struct sg_stream *stream)
{
	bool open = false;

	for (int i = 0; i < SG_OPEN_KEYS; i++)
		open |= stream->open_key[i] != 0;
	if (open)
		return stream->seal_key ? "open+seal" : "open";
	if (stream->seal_key)
		return "seal";
	return stream->flags & SG_STREAM_OPAQUE ? "opaque" : "relay";
}

const char *stream_path(const struct sg_maps *maps,
			const struct sg_stream *stream, const char **why)
{
	bool slow = stream->flags & SG_STREAM_SLOW;
	struct sg_next_hop hop;
	__u32 slot = stream->next_hop;

	*why = NULL;
	if (stream->flags & SG_STREAM_UNCONNECTED)
		*why = "no remote";
	else if (!(stream->flags & SG_STREAM_GATE_OPEN))
		*why = "gate closed";
	else if (bpf_map_lookup_elem(maps->next_hops, &slot, &hop) ||
		 hop.state == SG_NEXT_HOP_NONE)
		*why = "no route";
	else if (hop.state != SG_NEXT_HOP_REACHABLE && !(slow && hop.ifindex))
		*why = "next hop unresolved";
	return *why ? "none" : slow ? "slow" : "fast";
}

static __u64 sum(const struct snapshot *snapshot, __u32 first, __u32 end)
{
	__u64 total = 0;

	for (__u32 i = first; i < end; i++)
		total += snapshot->counters[i];
	return total;
}

__u64 snapshot_drops(const struct snapshot *snapshot)
{
	return sum(snapshot, SG_DROP_NONE + 1, SG_DROP_REASON_COUNT);
}

__u64 snapshot_passes(const struct snapshot *snapshot)
{
	return sum(snapshot, SG_PASS_BEFORE_FIRST + 1, SG_PASS_REASON_END);
}
