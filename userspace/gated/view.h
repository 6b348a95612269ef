/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the control socket shows, as docs/control.md describes it. Keys are
 * not among it. Each returns a new reference, NULL without memory.
 */
#ifndef SRTPGATE_VIEW_H
#define SRTPGATE_VIEW_H

#include <jansson.h>

#include "gated/gate.h"

json_t *view_status(struct gate *gate);
json_t *view_context(const struct context *context);

/* What may be shown of the key in @slot; null: no such slot. */
json_t *view_key(const struct keyring *ring, __u32 slot);

/* The list of both streams; @states: their counters, NULL: as of now. */
json_t *view_streams(const struct context *context,
		     const struct sg_state states[2]);

#endif /* SRTPGATE_VIEW_H */
