/* SPDX-License-Identifier: GPL-2.0-only */
/* What the operator sees of a running server: once, or again and again. */
#ifndef SRTPGATE_KMS_STATUS_H
#define SRTPGATE_KMS_STATUS_H

#include "kms/config.h"

extern const char status_usage[];

/*
 * Carries out @argv[0], "status" or "top", with its options. -EINVAL with an
 * empty @fault text: wrong arguments.
 */
int status_run(const struct config *config, int argc, char **argv,
	       struct fault *fault);

#endif /* SRTPGATE_KMS_STATUS_H */
