/* SPDX-License-Identifier: GPL-2.0-only */
/* A running server's metrics as a page for people. */
#ifndef SRTPGATE_KMS_STATUS_VIEW_H
#define SRTPGATE_KMS_STATUS_VIEW_H

#include <stdio.h>

#include "kms/samples.h"

struct status_view {
	const char *name;	/* the server's */
	const struct samples *now;
	const struct samples *before; /* NULL: no rates */
	const char *end;	/* of a line */
	FILE *out;
};

void status_view_print(const struct status_view *view);

#endif /* SRTPGATE_KMS_STATUS_VIEW_H */
