/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `srtpgate-kms user`: the file of users from the command line. Keys come
 * from standard input or a file, never as arguments; none is ever printed.
 */
#ifndef SRTPGATE_KMS_USER_ADMIN_H
#define SRTPGATE_KMS_USER_ADMIN_H

#include <stdio.h>

#include "lib/fault.h"

/* Where users are, as the server's configuration says. */
struct user_admin {
	const char *path;	/* the file of users */
	const char *seal;	/* the file with its seal; NULL: none */
	const char *name;	/* of the KMS, for keys that come as Ks */
	FILE *in, *out;
};

extern const char user_admin_usage[];

/*
 * Carries out a command: @argv[0] is "add", "list", "remove" or "import",
 * behind it its arguments; docs/kms-users.md. The file is made where there is
 * none, by add and import. -EINVAL with an empty @fault text: the arguments
 * are not those of a command, see user_admin_usage. Other errors: a sentence
 * in @fault; an import changes all or nothing.
 */
int user_admin_run(const struct user_admin *admin, int argc, char **argv,
		   struct fault *fault);

#endif /* SRTPGATE_KMS_USER_ADMIN_H */
