/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside store.h: its folder, and who may change what is in it. */
#ifndef SRTPGATE_UE_STORE_PRIVATE_H
#define SRTPGATE_UE_STORE_PRIVATE_H

#include <limits.h>

#include "lib/seal.h"
#include "ue/store.h"

struct store {
	struct seal *seal;
	char path[CONFIG_TEXT];
};

int store_path(char path[PATH_MAX], const char *folder, const char *name,
	       const char *suffix, struct fault *fault);

/* Waits for other commands. A descriptor to close, or a negative errno. */
int store_lock(const struct store *store, struct fault *fault);

/* The memory of what was seen begins. */
int store_seen_make(struct store *store, struct fault *fault);

#endif /* SRTPGATE_UE_STORE_PRIVATE_H */
