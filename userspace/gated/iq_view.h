/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the control socket shows of Iq, as docs/control.md describes it. Keys
 * are not among it. Each returns a new reference, NULL without memory.
 */
#ifndef SRTPGATE_IQ_VIEW_H
#define SRTPGATE_IQ_VIEW_H

#include <jansson.h>

#include "gated/iq.h"

/* Association, transport and counters; the contexts are counted. */
json_t *iq_view(struct iq *iq);

/* Every context with its terminations and their streams. */
json_t *iq_view_contexts(struct iq *iq);

#endif /* SRTPGATE_IQ_VIEW_H */
