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

struct source_state {
	bool store;
	size_t users;		/* if .store: in memory */
	bool bsf, reachable;	/* there is one, and it can be asked */
	struct user_cache_counts cache; /* in front of the BSF */
};

/* @source may be NULL. */
void source_look(const struct source *source, struct source_state *state);

#endif /* SRTPGATE_KMS_SOURCE_H */
