/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon may do: all of root's while it loads and attaches the
 * data plane, then one capability and some sixty system calls.
 */
#ifndef SRTPGATE_PRIVILEGE_H
#define SRTPGATE_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/fault.h"

struct privilege {
	uid_t uid;
	gid_t gid;
};

/* Finds user and group. -ENOENT with @fault. */
int privilege_find(struct privilege *privilege, const char *user,
		   const char *group, struct fault *fault);

/* No core dumps, no ptrace, memory that may be locked: before any key. */
void privilege_prepare(void);

/*
 * Becomes the user, for good; @connects as in sandbox.h. Negative errno with
 * @fault.
 */
int privilege_drop(const struct privilege *privilege, bool connects,
		   struct fault *fault);

/* The same without any capability or system call filter. */
int privilege_drop_all(const struct privilege *privilege, struct fault *fault);

#endif /* SRTPGATE_PRIVILEGE_H */
