/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of bootstrapped users, an SQLite database: of each the B-TID, the
 * NAF-Key, its end and the KMS user identities. Never Ks: whoever had that
 * could be the user at every other service. Several processes may use it at
 * once; every change has a number greater than those before it, so that a
 * reader asks only for what is new.
 */
#ifndef SRTPGATE_KMS_USER_FILE_H
#define SRTPGATE_KMS_USER_FILE_H

#include "kms/user.h"
#include "lib/fault.h"

struct user_file;

/*
 * Opens the file; with @make makes it where there is none, in a folder that
 * must be the service's: SQLite puts PATH-wal and PATH-shm beside it. Keys are
 * sealed by the key in the file @seal, or are not when that is NULL: as the
 * file was made. Afterwards no file is opened any more. Negative errno with
 * @fault.
 */
int user_file_open(struct user_file **file, const char *path, const char *seal,
		   bool make, struct fault *fault);
void user_file_close(struct user_file *file);

/*
 * Changes gather from user_file_begin() to user_file_commit(); without these
 * each is lasting at once. -EIO with @fault. put() has a user whose key has
 * NAF_KEY_SIZE octets; drop() says -ENOENT of a B-TID that is not there.
 */
int user_file_begin(struct user_file *file, struct fault *fault);
int user_file_commit(struct user_file *file, struct fault *fault);
int user_file_put(struct user_file *file, struct sg_slice btid,
		  const struct user *user, struct fault *fault);
int user_file_drop(struct user_file *file, struct sg_slice btid,
		   struct fault *fault);
/* Forgets those whose time has passed at @now, s since 1970. */
int user_file_purge(struct user_file *file, __u64 now, struct fault *fault);

/* Has another process changed it since this was asked last? Cheap. */
bool user_file_changed(struct user_file *file);

/* One change: @user is NULL when the user was dropped. Nonzero ends it. */
typedef int user_file_row(void *arg, struct sg_slice btid,
			  const struct user *user);

/*
 * Reads at most @rows changes behind number *@at, in their order, and moves
 * *@at on. Returns how many; 0: there is no more. A row whose key cannot be
 * unsealed counts and is left out, with a warning for the first. -EIO.
 */
int user_file_read(struct user_file *file, __u64 *at, int rows,
		   user_file_row *each, void *arg);

#endif /* SRTPGATE_KMS_USER_FILE_H */
