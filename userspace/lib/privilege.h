/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a daemon may do: all of root's while it starts, then one capability or
 * none. Its system calls are the business of sandbox.h.
 */
#ifndef SRTPGATE_PRIVILEGE_H
#define SRTPGATE_PRIVILEGE_H

#include <sys/types.h>

#include "lib/fault.h"

struct privilege {
	uid_t uid;		/* 0: the user stays */
	gid_t gid;
};

/* Finds user and group. -ENOENT with @fault. */
int privilege_find(struct privilege *privilege, const char *user,
		   const char *group, struct fault *fault);

/* No core dumps, no ptrace, memory that may be locked: before any key. */
void privilege_prepare(void);

/* Keeps keys out of swap; where that cannot be it says so. */
void privilege_lock_memory(void);

enum { PRIVILEGE_NONE = -1 };

/*
 * Becomes the user, for good, and keeps @capability, a CAP_*, or none.
 * Negative errno with @fault.
 */
int privilege_become(const struct privilege *privilege, int capability,
		     struct fault *fault);

/* The same of a daemon, whose memory must not be swapped. */
int privilege_drop(const struct privilege *privilege, int capability,
		   struct fault *fault);

#endif /* SRTPGATE_PRIVILEGE_H */
