// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user_admin.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "kms/user_file.h"
#include "kms/user_line.h"
#include "lib/secret.h"

enum { LINE_MAX_SIZE = 32768, AT_ONCE = 1000 };

const char user_admin_usage[] =
	"usage: srtpgate-kms user add B-TID EXPIRES IMPU... < KEY\n"
	"       srtpgate-kms user list\n"
	"       srtpgate-kms user remove B-TID...\n"
	"       srtpgate-kms user import [FILE]\n";

/* -- add ------------------------------------------------------------------- */

/* Reads into @line; without the buffer of stdio, which nobody zeroes. */
static int read_line(FILE *in, char *line, size_t size, struct fault *fault)
{
	setvbuf(in, NULL, _IONBF, 0);
	if (!fgets(line, size, in))
		return fault_set(fault, EINVAL,
				 "the key is expected on standard input");
	return 0;
}

static int read_arguments(struct user *user, int argc, char **argv,
			  const struct user_admin *admin, struct fault *fault)
{
	struct sg_slice btid = sg_slice_of(argv[1]);
	char line[512];
	int err;

	err = user_read_btid(btid, fault);
	if (!err)
		err = user_read_expires(user, sg_slice_of(argv[2]), time(NULL),
					fault);
	for (int i = 3; !err && i < argc; i++)
		if (!user_add_impu(user, sg_slice_of(argv[i])))
			err = fault_set(fault, EINVAL,
					"%s is no SIP URI, sip:user@domain",
					argv[i]);
	if (!err)
		err = read_line(admin->in, line, sizeof(line), fault);
	if (!err)
		err = user_read_key(user, sg_slice_trim(sg_slice_of(line)),
				    btid, admin->name, fault);
	sg_secret_zero(line, sizeof(line));
	return err;
}

static int add(const struct user_admin *admin, struct user_file *file,
	       int argc, char **argv, struct fault *fault)
{
	static struct user user;
	int err;

	user_wipe(&user);
	err = read_arguments(&user, argc, argv, admin, fault);
	if (!err)
		err = user_file_put(file, sg_slice_of(argv[1]), &user, fault);
	user_wipe(&user);
	return err;
}

/* -- import ---------------------------------------------------------------- */

static int import_line(const struct user_admin *admin, struct user_file *file,
		       char *line, struct fault *fault)
{
	static struct user user;
	struct sg_slice text = sg_slice_trim(sg_slice_of(line)), btid;
	int err;

	if (!text.size || *text.at == '#')
		return 0;
	err = user_read_line(&user, &btid, text, time(NULL), admin->name,
			     fault);
	if (!err)
		err = user_file_put(file, btid, &user, fault);
	user_wipe(&user);
	return err;
}

static int import_lines(const struct user_admin *admin,
			struct user_file *file, FILE *in, char *line,
			struct fault *fault)
{
	struct fault why;
	int number = 0, err = 0;

	while (!err && fgets(line, LINE_MAX_SIZE, in)) {
		number++;
		if (!strchr(line, '\n') && !feof(in))
			err = fault_set(&why, E2BIG, "it is too long");
		else
			err = import_line(admin, file, line, &why);
	}
	if (!err && ferror(in))
		err = fault_set(&why, EIO, "what follows cannot be read");
	return err ? fault_set(fault, -err, "line %d: %.200s", number,
			       why.text) : 0;
}

/* Nothing is lasting before the last line was understood. */
static int import_from(const struct user_admin *admin, struct user_file *file,
		       FILE *in, struct fault *fault)
{
	static char line[LINE_MAX_SIZE], ahead[LINE_MAX_SIZE];
	int err = user_file_begin(file, fault);

	if (err)
		return err;
	setvbuf(in, ahead, _IOFBF, sizeof(ahead));
	err = import_lines(admin, file, in, line, fault);
	sg_secret_zero(line, sizeof(line));
	sg_secret_zero(ahead, sizeof(ahead));
	if (!err)
		err = user_file_purge(file, time(NULL), fault);
	return err ? err : user_file_commit(file, fault);
}

static int import(const struct user_admin *admin, struct user_file *file,
		  int argc, char **argv, struct fault *fault)
{
	FILE *in = admin->in;
	int err;

	if (argc > 1) {
		in = fopen(argv[1], "re");
		if (!in)
			return fault_set(fault, errno, "%s cannot be read: %s",
					 argv[1], strerror(errno));
	}
	err = import_from(admin, file, in, fault);
	if (argc > 1)
		fclose(in);
	return err;
}

/* -- list, remove ---------------------------------------------------------- */

static int print_user(void *arg, struct sg_slice btid, const struct user *user)
{
	FILE *out = arg;

	if (!user)
		return 0;
	fprintf(out, "%.*s %llu", (int)btid.size, btid.at, user->expires);
	for (int i = 0; i < user->identities; i++)
		fprintf(out, " %s", user->identity[i]);
	putc('\n', out);
	return 0;
}

static int list(const struct user_admin *admin, struct user_file *file,
		int argc, char **argv, struct fault *fault)
{
	__u64 at = 0;
	int rows;

	(void)argc;
	(void)argv;
	do {
		rows = user_file_read(file, &at, AT_ONCE, print_user,
				      admin->out);
	} while (rows > 0);
	if (rows < 0 || fflush(admin->out))
		return fault_set(fault, EIO, "the users cannot be listed");
	return 0;
}

static int remove_users(const struct user_admin *admin, struct user_file *file,
			int argc, char **argv, struct fault *fault)
{
	int err = 0;

	(void)admin;
	for (int i = 1; !err && i < argc; i++) {
		err = user_file_drop(file, sg_slice_of(argv[i]), fault);
		if (err == -ENOENT)
			fault_set(fault, ENOENT, "there is no user %s",
				  argv[i]);
	}
	return err;
}

/* -- commands -------------------------------------------------------------- */

static const struct command {
	const char *name;
	int min, max;		/* arguments behind the name */
	bool makes;		/* the file, where there is none */
	int (*run)(const struct user_admin *admin, struct user_file *file,
		   int argc, char **argv, struct fault *fault);
} commands[] = {
	{ "add", 3, 2 + USER_IDENTITIES_MAX, true, add },
	{ "list", 0, 0, false, list },
	{ "remove", 1, 1000, false, remove_users },
	{ "import", 0, 1, true, import },
};

int user_admin_run(const struct user_admin *admin, int argc, char **argv,
		   struct fault *fault)
{
	const struct command *command = commands;
	const struct command *end = command + sizeof(commands) /
						      sizeof(*commands);
	struct user_file *file;
	int err;

	while (command < end && (argc < 1 || strcmp(argv[0], command->name)))
		command++;
	if (command == end || argc - 1 < command->min ||
	    argc - 1 > command->max)
		return fault_usage(fault);
	err = user_file_open(&file, admin->path, admin->seal, command->makes,
			     fault);
	if (err)
		return err;
	err = command->run(admin, file, argc, argv, fault);
	user_file_close(file);
	return err;
}
