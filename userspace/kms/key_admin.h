/* SPDX-License-Identifier: GPL-2.0-only */
/* `srtpgate-kms key`: the ring of ticket keys from the command line. */
#ifndef SRTPGATE_KMS_KEY_ADMIN_H
#define SRTPGATE_KMS_KEY_ADMIN_H

#include "lib/fault.h"

extern const char key_admin_usage[];

/*
 * Carries out @argv[0], "add", "list" or "prune", on the ring at @path.
 * -EINVAL with an empty @fault text: wrong arguments. No key is ever shown.
 */
int key_admin_run(const char *path, int argc, char **argv,
		  struct fault *fault);

#endif /* SRTPGATE_KMS_KEY_ADMIN_H */
