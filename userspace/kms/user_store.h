/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local store: users of a file (user_file.h), for a KMS without a BSF.
 * All are held in memory, so that a question costs a look into a table;
 * what other processes change in the file is there within two seconds.
 */
#ifndef SRTPGATE_KMS_USER_STORE_H
#define SRTPGATE_KMS_USER_STORE_H

#include "kms/user.h"
#include "lib/fault.h"

struct event_base;
struct user_store;

/*
 * Reads the file, which must exist; afterwards no file is opened any more.
 * Negative errno with @fault.
 */
int user_store_open(struct user_store **store, struct event_base *base,
		    const char *path, const char *seal, struct fault *fault);
void user_store_close(struct user_store *store);

/* Valid as long as the store. It answers from within its find(). */
const struct user_source *user_store_source(struct user_store *store);

/* Users in memory. */
size_t user_store_count(const struct user_store *store);

#endif /* SRTPGATE_KMS_USER_STORE_H */
