/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of docs/control.md's JSON that daemon and command have in common:
 * one says it from what it holds, the other from the pinned maps. New
 * references; NULL when out of memory.
 */
#ifndef SRTPGATE_LIB_VIEW_H
#define SRTPGATE_LIB_VIEW_H

#include <jansson.h>

#include "lib/lifetime.h"
#include "lib/maps.h"
#include "lib/quality.h"

json_t *sg_view_transport(const struct sg_transport *transport);

/* ms since @then, null: never; both ns, CLOCK_MONOTONIC. */
json_t *sg_view_age(__u64 then, __u64 now);

/* @ms as it is; null: negative, not known. */
json_t *sg_view_ms(double ms);

/* Suite, fingerprint, MKI, lifetime, ...: what of a key is not secret. */
json_t *sg_view_key(const struct sg_key *key);

/* A source filter; ports in host order, @high 0: any. */
json_t *sg_view_filter(const __be32 address[4], __u8 prefix, __u16 low,
		       __u16 high, bool latch);

/* The SSRCs of a stream; @clock_rate 0: not known. */
json_t *sg_view_sources(const struct sg_state *state, __u32 clock_rate);

/* How far those keys of a stream have got that have a lifetime; NULL: none. */
json_t *sg_view_lifetimes(const struct sg_maps *maps,
			  const struct sg_stream *stream,
			  const struct sg_state *state);

/* @now: ns, CLOCK_MONOTONIC; @last_drop: of the state, 0: none. */
json_t *sg_view_counters(const struct sg_totals *totals, __u32 last_drop,
			 __u64 now);

/* What the receivers report; @now: ns, CLOCK_MONOTONIC. */
json_t *sg_view_reception(const struct sg_reception *reception, __u64 now);

/* enum sg_silence by its name, or null. */
json_t *sg_view_silence(__u8 silence);

/* How json_dumps() is to write any of this: no digits that mean nothing. */
#define SG_VIEW_FORMAT (JSON_COMPACT | JSON_REAL_PRECISION(12))

#endif /* SRTPGATE_LIB_VIEW_H */
