/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pinned maps say at one moment: contexts, streams and counters.
 * Large gateways are read in batches, and only the states of contexts in
 * use; each state is a consistent copy, the whole is not one instant.
 */
#ifndef SRTPGATE_SNAPSHOT_H
#define SRTPGATE_SNAPSHOT_H

#include "lib/maps.h"

struct stream_view {
	__u32 slot;		/* in `streams`, 0: none in this direction */
	__u32 last_drop;
	struct sg_stream stream;
	struct sg_totals totals;
};

struct context_view {
	__u32 slot;		/* in `contexts`; its states are 2 * slot, + 1 */
	struct sg_context context;
	struct stream_view stream[2];
};

struct snapshot {
	__u64 time;		/* ns, CLOCK_MONOTONIC */
	__u64 counters[SG_REASON_SLOTS];
	size_t count, space;
	struct context_view *contexts; /* by slot */
};

/* Negative errno; free with snapshot_free() in any case. */
int snapshot_read(struct snapshot *snapshot, const struct sg_maps *maps);
void snapshot_free(struct snapshot *snapshot);

/* The context called @name, alone. -ENOENT: there is none. */
int snapshot_find(struct context_view *view, const struct sg_maps *maps,
		  const char *name);

/* Both states of @view's streams, whole. Negative errno. */
int snapshot_states(const struct context_view *view, const struct sg_maps *maps,
		    struct sg_state state[2]);

/* The same context, if it still lives, in another snapshot; or NULL. */
const struct context_view *snapshot_match(const struct snapshot *snapshot,
					  const struct context_view *view);

/* "open", "seal", "open+seal", "relay" or "opaque". */
const char *stream_operation(const struct sg_stream *stream);

/* "fast", "slow", or "none" with *@why. */
const char *stream_path(const struct sg_maps *maps,
			const struct sg_stream *stream, const char **why);

/* Packets dropped for all reasons; packets left to the kernel. */
__u64 snapshot_drops(const struct snapshot *snapshot);
__u64 snapshot_passes(const struct snapshot *snapshot);

#endif /* SRTPGATE_SNAPSHOT_H */
