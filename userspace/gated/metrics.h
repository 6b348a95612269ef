/* SPDX-License-Identifier: GPL-2.0-only */
/* Prometheus metrics over HTTP, at /metrics of the configured address. */
#ifndef SRTPGATE_METRICS_H
#define SRTPGATE_METRICS_H

#include "gated/gate.h"
#include "lib/prometheus.h"

/* *@metrics stays NULL when none are configured. Negative errno, @fault. */
int metrics_open(struct prometheus **metrics, struct gate *gate,
		 struct fault *fault);

#endif /* SRTPGATE_METRICS_H */
