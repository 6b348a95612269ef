/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source in front of a slower one, a BSF: remembers its answers, asks it
 * only once for all who want to know the same at the same time, and never
 * holds more than it was given room for, whoever asks for what: B-TIDs come
 * from people who have not proved yet that they are anybody.
 */
#ifndef SRTPGATE_KMS_USER_CACHE_H
#define SRTPGATE_KMS_USER_CACHE_H

#include "kms/user.h"

struct user_cache;

struct user_cache_limits {
	size_t users;		/* remembered; those unused longest give way */
	size_t strangers;	/* the same, of B-TIDs that are refused */
	size_t questions;	/* under way; more are answered -EAGAIN */
	__u32 user_s;		/* seconds a user is remembered, at most */
	__u32 stranger_s;	/* and a refusal; -EAGAIN never is */
};

extern const struct user_cache_limits user_cache_limits;

/* NULL: no memory. @behind stays the caller's, and has to outlive it. */
struct user_cache *user_cache_new(const struct user_source *behind,
				  const struct user_cache_limits *limits);
/* Nobody who still waits is told. */
void user_cache_free(struct user_cache *cache);

/* Valid as long as the cache. */
const struct user_source *user_cache_source(struct user_cache *cache);

struct user_cache_counts {
	__u64 hits, misses, merged, full;
	size_t users, strangers, questions;
};

void user_cache_count(const struct user_cache *cache,
		      struct user_cache_counts *counts);

#endif /* SRTPGATE_KMS_USER_CACHE_H */
