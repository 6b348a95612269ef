/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a running server says of itself: its metrics, fetched and read. So the
 * operator sees what his monitoring sees, and the server has one door for both.
 */
#ifndef SRTPGATE_KMS_SAMPLES_H
#define SRTPGATE_KMS_SAMPLES_H

#include "lib/fault.h"
#include "lib/slice.h"

enum { SAMPLES_MAX = 256, SAMPLES_TEXT = 64 << 10 };

/* name{anything="label"} value */
struct sample {
	struct sg_slice name;
	struct sg_slice label;	/* empty: none */
	double value;
};

struct samples {
	__u64 when;		/* ns, CLOCK_MONOTONIC */
	int count;
	struct sample sample[SAMPLES_MAX];
	char text[SAMPLES_TEXT];
};

/* From @where, "address:port". Negative errno with @fault. */
int samples_fetch(struct samples *samples, const char *where,
		  struct fault *fault);

/* Of the text of metrics, as fetched, which must stay. */
void samples_parse(struct samples *samples, struct sg_slice text);

/* NULL: there is none of that name and label; @label NULL: any. */
const struct sample *samples_find(const struct samples *samples,
				  const char *name, const char *label);

/* Its value; 0 when there is none. */
double samples_value(const struct samples *samples, const char *name,
		     const char *label);

#endif /* SRTPGATE_KMS_SAMPLES_H */
