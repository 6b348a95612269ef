/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path's maps by file descriptor, from wherever they are pinned.
 * Reading needs no daemon; this is how the CLI sees the gateway while
 * srtpgated is down.
 *
 * Pin path: <root>/v<SG_LAYOUT_VERSION>/<map name>, the link of interface
 * eth0 beside it as link-eth0. The default root is /sys/fs/bpf/srtpgate.
 */
#ifndef SRTPGATE_MAPS_H
#define SRTPGATE_MAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "srtpgate/fastpath.h"
#include "srtpgate/home.h"
#include "srtpgate/keystream.h"

#define SG_PIN_ROOT "/sys/fs/bpf/srtpgate"

/* X(name): every map of the fast path that is pinned. */
#define SG_MAPS(X)                                                             \
	X(interfaces)                                                          \
	X(addresses)                                                           \
	X(endpoints)                                                           \
	X(streams)                                                             \
	X(keys)                                                                \
	X(states)                                                              \
	X(sources)                                                             \
	X(contexts)                                                            \
	X(next_hops)                                                           \
	X(devices)                                                             \
	X(counters)                                                            \
	X(settings)                                                            \
	X(events)                                                              \
	X(captures)                                                            \
	X(sockets)                                                             \
	X(slow_path)                                                           \
	X(ahead)

struct sg_maps {
#define SG_MAPS_FD(name) int name;
	SG_MAPS(SG_MAPS_FD)
#undef SG_MAPS_FD
	__u32 contexts_size;	/* entries; states, sources: twice as many */
	__u32 streams_size;	/* entries, incl. reserved and spare slots */
	__u32 keys_size;
	__u32 rows;		/* of endpoints, SG_PORTS entries each */
	struct sg_homes homes;	/* of the daemon: gated/home.h */
};

/*
 * Opens all maps pinned below @root ("" or NULL: SG_PIN_ROOT).
 * -ENOENT: nothing pinned, no gateway was ever started here.
 * -EPERM, -EPROTO: no permission; pinned with another value size.
 */
int sg_maps_open(struct sg_maps *maps, const char *root);
void sg_maps_close(struct sg_maps *maps);

/*
 * The first @size octets of an array's values in memory, for reading and
 * writing, until sg_map_unmap(). NULL with errno.
 */
void *sg_map_mmap(int fd, size_t size);
void sg_map_unmap(void *memory, size_t size); /* NULL: does nothing */

/*
 * Copies of @count values of an array, from slot @first on, in one system call.
 * @flags: 0, or BPF_F_LOCK. Negative errno; -ERANGE: it has not so many.
 */
int sg_map_read(int fd, __u32 first, __u32 count, void *values, __u64 flags);

/*
 * One consistent copy of a state slot, of both its parts. Negative errno of the
 * look-up. While packets of other sources than source[0] keep coming faster
 * than it can be read, the copy is of successive packets.
 */
int sg_maps_state(const struct sg_maps *maps, __u32 slot,
		  struct sg_state *state);

/* The same of @count states from @first on, in few system calls. */
int sg_maps_states(const struct sg_maps *maps, __u32 first, __u32 count,
		   struct sg_state *states);

/* Writes both parts; nothing may refer to the slot. Negative errno. */
int sg_maps_set_state(const struct sg_maps *maps, __u32 slot,
		      const struct sg_state *state);

/* Zeroes the two states of a context slot, likewise. Negative errno. */
int sg_maps_zero_states(const struct sg_maps *maps, __u32 context);

/* ns, CLOCK_MONOTONIC, of a state's last packet; 0: none. Negative errno. */
int sg_maps_last_seen(const struct sg_maps *maps, __u32 slot, __u64 *last_seen);

/* Copies of immutable slots and of a context; negative errno. */
int sg_maps_stream(const struct sg_maps *maps, __u32 slot,
		   struct sg_stream *stream);
int sg_maps_context(const struct sg_maps *maps, __u32 slot,
		    struct sg_context *context);

/* Sums the per-CPU counters into @total[SG_REASON_SLOTS]; negative errno. */
int sg_maps_counters(const struct sg_maps *maps, __u64 *total);

/* The sum of all CPUs' counters; negative errno. */
int sg_maps_ahead(const struct sg_maps *maps, struct sg_ahead *sum);

/* The counters of the slow path; negative errno. */
int sg_maps_slow(const struct sg_maps *maps, struct sg_slow *slow);

/* X-macro SG_SLOW_COUNTERS as a table, SG_SLOW_ROWS long. */
struct sg_slow_row {
	const char *name;
	const char *text;
	size_t offset;		/* in struct sg_slow */
};

extern const struct sg_slow_row sg_slow_rows[];
enum {
#define SG_SLOW_ROW(symbol, field, name, text) SG_SLOW_##symbol,
	SG_SLOW_COUNTERS(SG_SLOW_ROW)
#undef SG_SLOW_ROW
	SG_SLOW_ROWS
};

static inline __u64 sg_slow_value(const struct sg_slow *slow, int row)
{
	return *(const __u64 *)((const char *)slow + sg_slow_rows[row].offset);
}

/*
 * The number that names this set of maps, chosen at random when it has none
 * yet: what was noted about other maps does not belong to these. Negative
 * errno.
 */
int sg_maps_instance(const struct sg_maps *maps, __u64 *instance);

/* What a state says once its sources are summed: see RFC 3550 A.3. */
struct sg_totals {
	__u64 packets, octets;
	__u64 rtcp_packets, rtcp_octets;
	__u64 expected, lost;	/* RTP; lost is 0 when duplicates exceed it */
	double jitter;		/* ms, of the source last seen; -1: no clock rate */
	__u64 replayed, auth_failed, roc_retried, dropped;
	__u64 last_seen;	/* ns, CLOCK_MONOTONIC; 0: never */
};

/* @clock_rate: of the stream, 0 when unknown. */
void sg_state_totals(const struct sg_state *state, __u32 clock_rate,
		     struct sg_totals *totals);

/* "auth-failed" for a number, pass reasons included; NULL: no such reason. */
const char *sg_reason_name(__u32 reason);
const char *sg_reason_text(__u32 reason);

/* "never-started" or "stopped" for enum sg_silence; NULL: it is not silent. */
const char *sg_silence_name(__u8 silence);

#endif /* SRTPGATE_MAPS_H */
