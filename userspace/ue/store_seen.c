// SPDX-License-Identifier: GPL-2.0-only
/* Which TRANSFER_INITs this terminal has seen, whatever command it was. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "lib/private_file.h"
#include "ue/store_private.h"

enum { SEEN_ROWS = 1024 };	/* a power of two */

/* When the memory began, and what is in it. */
struct seen {
	__u64 opened;
	struct mikey_seen row[SEEN_ROWS];
};

static int write_seen(struct store *store, const struct seen *seen,
		      struct fault *fault)
{
	char path[PATH_MAX];
	int err = store_path(path, store->path, "seen", "", fault);

	return err ? err :
		     store_write_file(store, path, "seen",
				      (struct sg_slice){ (const char *)seen,
						 sizeof(*seen) }, fault);
}

int store_seen_make(struct store *store, struct fault *fault)
{
	const struct seen seen = { .opened = time(NULL) + MIKEY_UNIX_EPOCH };

	return write_seen(store, &seen, fault);
}

static int read_seen(struct store *store, struct seen *seen, const char *path,
		     struct fault *fault)
{
	char *text;
	int size = store_read_file(store, path, "seen", &text, fault);

	if (size < 0)
		return size;
	if (size == sizeof(*seen))
		memcpy(seen, text, sizeof(*seen));
	private_file_free(text, size);
	return size == sizeof(*seen) ?
		       0 :
		       fault_set(fault, EINVAL, "%s cannot be read", path);
}

static int remember(struct store *store, const struct mikey_time *t,
		    struct sg_slice tag, __u32 skew, struct fault *fault)
{
	__u64 now = time(NULL) + MIKEY_UNIX_EPOCH;
	struct mikey_replay replay;
	struct mikey_fault why = { 0 };
	char path[PATH_MAX];
	struct seen seen;
	int err = store_path(path, store->path, "seen", "", fault);

	if (!err)
		err = read_seen(store, &seen, path, fault);
	if (err)
		return err;
	replay = (struct mikey_replay){ seen.row, SEEN_ROWS, skew,
					seen.opened };
	err = mikey_replay_check(&replay, t, tag, now, &why);
	if (err)
		return fault_set(fault, -err, "the call is refused: %s",
				 why.text);
	return write_seen(store, &seen, fault);
}

int store_seen(struct store *store, const struct mikey_time *t,
	       struct sg_slice tag, __u32 skew, struct fault *fault)
{
	int fd = store_lock(store, fault), err;

	if (fd < 0)
		return fd;
	err = remember(store, t, tag, skew, fault);
	close(fd);
	return err;
}
