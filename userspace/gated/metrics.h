/* SPDX-License-Identifier: GPL-2.0-only */
/* Prometheus metrics over HTTP, at /metrics of the configured address. */
#ifndef SRTPGATE_METRICS_H
#define SRTPGATE_METRICS_H

#include "gated/gate.h"

struct metrics;

/* *@metrics stays NULL when none are configured. Negative errno, @fault. */
int metrics_open(struct metrics **metrics, struct gate *gate,
		 struct fault *fault);
void metrics_close(struct metrics *metrics);

#endif /* SRTPGATE_METRICS_H */
