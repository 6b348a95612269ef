/* SPDX-License-Identifier: GPL-2.0-only */
/* The source of users that the configuration says: user_store.h or zn.h. */
#ifndef SRTPGATE_KMS_SOURCE_H
#define SRTPGATE_KMS_SOURCE_H

#include "kms/config.h"
#include "kms/user_cache.h"

struct event_base;
struct source;

/*
 * *@source stays NULL when there is none. Opens all files and looks up all
 * names that will be needed. Negative errno with @fault.
 */
int source_open(struct source **source, struct event_base *base,
		const struct config *config, struct fault *fault);
/* NULL is ignored. */
void source_close(struct source *source);

/* NULL: none. */
const struct user_source *source_users(const struct source *source);

/* Of the cache; false: there is none. */
bool source_count(const struct source *source,
		  struct user_cache_counts *counts);

#endif /* SRTPGATE_KMS_SOURCE_H */
