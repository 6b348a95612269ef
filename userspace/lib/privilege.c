// SPDX-License-Identifier: GPL-2.0-only
#include "lib/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/log.h"

int privilege_find(struct privilege *privilege, const char *user,
		   const char *group, struct fault *fault)
{
	const struct passwd *passwd = getpwnam(user);
	const struct group *entry = getgrnam(group);

	if (!passwd)
		return fault_set(fault, ENOENT,
				 "user \"%s\" does not exist; make it with "
				 "adduser --system, or configure another "
				 "\"user\"",
				 user);
	if (!entry)
		return fault_set(fault, ENOENT,
				 "group \"%s\" does not exist; make it with "
				 "addgroup --system, or configure another "
				 "\"group\"",
				 group);
	privilege->uid = passwd->pw_uid;
	privilege->gid = entry->gr_gid;
	return 0;
}

void privilege_prepare(void)
{
	struct rlimit none = { 0, 0 };
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	/* Before 5.11 maps counted; mlockall() counts still. */
	setrlimit(RLIMIT_MEMLOCK, &all);
}

/*
 * Keys must not be swapped. Under a limit, memory of the future must stay
 * out of it: an allocation above the limit would fail.
 */
void privilege_lock_memory(void)
{
	struct rlimit limit = { 0, 0 };
	bool all;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	all = limit.rlim_cur == RLIM_INFINITY;
	if (mlockall(MCL_CURRENT | MCL_ONFAULT | (all ? MCL_FUTURE : 0)) ||
	    !all)
		sg_warning("not all memory can be locked, so keys may be "
			   "swapped; set LimitMEMLOCK=infinity, or use no "
			   "swap");
}

static int keep(int capability)
{
	const cap_value_t kept = capability;
	cap_t set = cap_init();
	int err = 0;

	if (!set)
		return -errno;
	if ((capability != PRIVILEGE_NONE &&
	     (cap_set_flag(set, CAP_PERMITTED, 1, &kept, CAP_SET) ||
	      cap_set_flag(set, CAP_EFFECTIVE, 1, &kept, CAP_SET))) ||
	    cap_set_proc(set))
		err = -errno;
	cap_free(set);
	return err;
}

static void drop_bounding_set(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
}

static int become(const struct privilege *privilege)
{
	if (!privilege->uid)
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1) ||
	    setgroups(1, &privilege->gid) ||
	    setresgid(privilege->gid, privilege->gid, privilege->gid) ||
	    setresuid(privilege->uid, privilege->uid, privilege->uid))
		return -errno;
	return 0;
}

int privilege_become(const struct privilege *privilege, int capability,
		     struct fault *fault)
{
	int err;

	drop_bounding_set();
	err = become(privilege);
	if (!err)
		err = keep(capability);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	if (err)
		return fault_set(fault, -err,
				 "privileges cannot be given up: %s; start "
				 "this as root",
				 strerror(-err));
	/* A change of user makes a process dumpable again. */
	prctl(PR_SET_DUMPABLE, 0);
	return 0;
}

int privilege_drop(const struct privilege *privilege, int capability,
		   struct fault *fault)
{
	privilege_lock_memory();
	return privilege_become(privilege, capability, fault);
}
