// SPDX-License-Identifier: GPL-2.0-only
#include "kms/sandbox.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "lib/filter.h"

/* To read files anew on SIGHUP; and for SQLite, whose files are open. */
static const int file_calls[] = {
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(statx), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),
};

enum { WRITES = O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE | O_APPEND };

/* libconfig includes files, so their folders may be listed, but not changed. */
static int add_files(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp reading =
		SCMP_A2(SCMP_CMP_MASKED_EQ,
			WRITES & ~(O_TMPFILE & O_DIRECTORY), O_RDONLY);
	const struct scmp_arg_cmp appending =
		SCMP_A2(SCMP_CMP_MASKED_EQ,
			WRITES & ~(O_TMPFILE & O_DIRECTORY),
			O_WRONLY | O_CREAT | O_APPEND);
	int err = filter_add_calls(filter, SCMP_ACT_ALLOW, file_calls,
				   FILTER_COUNT(file_calls));

	if (!err)
		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					     SCMP_SYS(openat), 1, &reading);
	if (!err)
		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					     SCMP_SYS(openat), 1, &appending);
	return err;
}

static int add(scmp_filter_ctx filter, unsigned int connects)
{
	int err = filter_add_server(filter);

	if (!err)
		err = add_files(filter);
	if (!err && connects)
		err = filter_add_connecting(filter, SOCK_STREAM, 0);
	return err;
}

int sandbox_enter(bool connects, struct fault *fault)
{
	return filter_enter(add, connects, fault);
}
