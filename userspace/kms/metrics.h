/* SPDX-License-Identifier: GPL-2.0-only */
/* What the server has done, for lib/prometheus.h. */
#ifndef SRTPGATE_KMS_METRICS_H
#define SRTPGATE_KMS_METRICS_H

#include "kms/kms.h"
#include "lib/prometheus.h"

/* A prometheus_write; @arg is the struct kms. */
void metrics_write(struct evbuffer *out, void *arg);

#endif /* SRTPGATE_KMS_METRICS_H */
