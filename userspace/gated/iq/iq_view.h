/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Iq as the control socket shows it, docs/control.md: the association with
 * its counters, and contexts as their controller made them. Of keys only what
 * the data plane may show. Each returns a new reference, NULL without memory.
 */
#ifndef SRTPGATE_IQ_VIEW_H
#define SRTPGATE_IQ_VIEW_H

#include <jansson.h>

#include "gated/iq/iq.h"

json_t *iq_view(struct iq *iq);
json_t *iq_view_context(struct iq *iq, const struct iq_context *context);

/* {"contexts": [...]}, by ContextID. */
json_t *iq_view_contexts(struct iq *iq);

#endif /* SRTPGATE_IQ_VIEW_H */
