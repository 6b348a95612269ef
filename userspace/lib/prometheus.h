/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics for Prometheus, in its text format, over HTTP at /metrics. */
#ifndef SRTPGATE_PROMETHEUS_H
#define SRTPGATE_PROMETHEUS_H

#include <event2/buffer.h>
#include <event2/event.h>
#include <linux/types.h>

#include "lib/fault.h"

struct prometheus;

typedef void prometheus_write(struct evbuffer *out, void *arg);

/*
 * Serves at @where, "address:port", what @write writes. With an empty @where
 * *@prometheus stays NULL. Negative errno with @fault.
 */
int prometheus_open(struct prometheus **prometheus, struct event_base *base,
		    const char *where, prometheus_write *write, void *arg,
		    struct fault *fault);
/* NULL is ignored. */
void prometheus_close(struct prometheus *prometheus);

/* The lines that describe @name; @type is "gauge" or "counter". */
void prometheus_head(struct evbuffer *out, const char *name, const char *type,
		     const char *help);

/* With their description. */
void prometheus_gauge(struct evbuffer *out, const char *name, const char *help,
		      __u64 value);
void prometheus_counter(struct evbuffer *out, const char *name,
			const char *help, __u64 value);

/*
 * One line with a label, behind prometheus_head(). @text is escaped as the
 * format wants it.
 */
void prometheus_one_of(struct evbuffer *out, const char *name,
		       const char *label, const char *text, __u64 value);

/* How long something took, counted by bounds from 50 us to 5 s. */
enum { PROMETHEUS_BOUNDS = 16 };

struct prometheus_histogram {
	__u64 count[PROMETHEUS_BOUNDS + 1]; /* the last: longer than all */
	__u64 sum;		/* ns */
};

void prometheus_observe(struct prometheus_histogram *histogram, __u64 ns);

/* In seconds, as Prometheus wants it. */
void prometheus_histogram(struct evbuffer *out, const char *name,
			  const char *help,
			  const struct prometheus_histogram *histogram);

#endif /* SRTPGATE_PROMETHEUS_H */
