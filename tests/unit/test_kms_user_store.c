// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store of users: what the command line puts into the file is what the
 * server finds, at start and while it runs, with and without a seal; once it
 * runs it opens no file. USERS=1000000 measures with so many.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "../lib/random.h"
#include "kms/user_admin.h"
#include "kms/user_file.h"
#include "kms/user_store.h"
#include "lib/clock.h"

enum { WAIT = 10000 };		/* ms for what comes by itself */

#define KEY "naf:000102030405060708090a0b0c0d0e0f" \
	    "101112131415161718191a1b1c1d1e1f\n"

static char folder[] = "/tmp/test_kms_user_store.XXXXXX";
static char path[64], seal[64], wrong_seal[64], log_path[64];
static char printed[4096];
static struct event_base *base;

/* Runs a command with @in on its standard input. */
static int run_sealed(const char *seal, const char *in, struct fault *fault,
		      int argc, char **argv)
{
	struct user_admin admin = { path, seal, "kms.a.example", NULL, NULL };
	int err;

	memset(printed, 0, sizeof(printed));
	admin.in = fmemopen((char *)in, strlen(in), "r");
	admin.out = fmemopen(printed, sizeof(printed), "w");
	err = user_admin_run(&admin, argc, argv, fault);
	fclose(admin.in);
	fclose(admin.out);
	return err;
}

#define run(seal, in, fault, ...)                                              \
	run_sealed(seal, in, fault,                                            \
		   sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *),        \
		   (char *[]){ __VA_ARGS__ })

static void remove_files(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[80];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		ktap_bail_out("%s cannot be written", name);
	close(fd);
}

static bool file_holds(const void *octets, size_t size)
{
	static char content[1 << 16];
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, content, sizeof(content));

	close(fd);
	return got > 0 && memmem(content, got, octets, size);
}

/* -- questions ------------------------------------------------------------- */

struct answer {
	int times, err;
	struct user user;
};

static void take(void *arg, int err, const struct user *user)
{
	struct answer *answer = arg;

	answer->times++;
	answer->err = err;
	if (user)
		answer->user = *user;
}

static int ask(struct user_store *store, const char *btid,
	       struct answer *answer)
{
	const struct user_source *source = user_store_source(store);

	memset(answer, 0, sizeof(*answer));
	if (source->find(source->source, sg_slice_of(btid), take, answer) ||
	    answer->times != 1)
		return -EPROTO;
	return answer->err;
}

static struct user_store *open_store(const char *seal)
{
	struct user_store *store;
	struct fault fault;

	if (user_store_open(&store, base, path, seal, &fault))
		ktap_bail_out("%s", fault.text);
	return store;
}

/* Turns the event loop until @btid is answered with @err. */
static bool becomes(struct user_store *store, const char *btid, int err)
{
	static struct answer answer;
	static const struct timeval tick = { 0, 10000 };
	__u64 end = clock_ms() + WAIT;

	while (ask(store, btid, &answer) != err && clock_ms() < end) {
		event_base_loopexit(base, &tick);
		event_base_dispatch(base);
	}
	return answer.err == err;
}

/* -- cases ----------------------------------------------------------------- */

static struct answer answer;

static void test_commands(void)
{
	struct fault fault;

	ktap(run(NULL, "", &fault, "list") == -ENOENT &&
	     strstr(fault.text, path), "there is no file yet");
	ktap(!run(NULL, KEY, &fault, "add", "a@b", "0", "sip:alice@a.example",
		  "sip:al@a.example") &&
	     !run(NULL, KEY, &fault, "add", "c@b", "4000000000",
		  "sip:carol@a.example"), "users are added");
	ktap(!run(NULL, "", &fault, "list") &&
	     !strcmp(printed, "a@b 0 alice@a.example al@a.example\n"
			      "c@b 4000000000 carol@a.example\n"),
	     "and listed");
	ktap(!run(NULL, "", &fault, "remove", "c@b") &&
	     run(NULL, "", &fault, "remove", "c@b") == -ENOENT &&
	     !run(NULL, "", &fault, "list") && !strstr(printed, "c@b"),
	     "and removed, once");
	ktap(run(NULL, "", &fault, "add", "d@b", "0", "sip:d@b") == -EINVAL &&
	     strstr(fault.text, "standard input"), "a key is asked for");
	ktap(run(NULL, KEY, &fault, "add", "d@b", "0", "tel:1") == -EINVAL &&
	     strstr(fault.text, "tel:1"), "an identity has to be one");
	ktap(run(NULL, "", &fault, "add", "d@b") == -EINVAL &&
	     !fault.text[0] &&
	     run(NULL, "", &fault, "bake") == -EINVAL && !fault.text[0] &&
	     run(NULL, "", &fault, "list", "all") == -EINVAL && !fault.text[0],
	     "what is no command draws the usage");
}

static void test_import(void)
{
	static const char good[] = "# two users\n\n"
		"e@b +100 " "naf:00000000000000000000000000000000"
		"00000000000000000000000000000001 sip:e@a.example\n"
		"old@b 1000 " "naf:00000000000000000000000000000000"
		"00000000000000000000000000000001 sip:o@a.example\r\n";
	static const char bad[] =
		"f@b 0 naf:00000000000000000000000000000000"
		"00000000000000000000000000000001 sip:f@a.example\n"
		"g@b 0 naf:0000 sip:g@a.example\n";
	struct fault fault;

	ktap(!run(NULL, good, &fault, "import") &&
	     !run(NULL, "", &fault, "list") && strstr(printed, "e@b") &&
	     !strstr(printed, "old@b"), "lines are imported, old ones dropped");
	ktap(run(NULL, bad, &fault, "import") == -EINVAL &&
	     strstr(fault.text, "line 2: ") &&
	     !run(NULL, "", &fault, "list") && !strstr(printed, "f@b"),
	     "with one bad line nothing is");
}

static void test_store(void)
{
	struct user_store *store = open_store(NULL);
	static char lines[1000 * 100];
	struct fault fault;
	int size = 0;

	ktap(!ask(store, "a@b", &answer) && answer.user.naf_key.size == 32 &&
	     answer.user.naf_key.octets[31] == 31 &&
	     answer.user.identities == 2 &&
	     !strcmp(answer.user.identity[1], "al@a.example"),
	     "the store knows who is in the file");
	ktap(ask(store, "c@b", &answer) == -ENOENT &&
	     ask(store, "A@b", &answer) == -ENOENT &&
	     ask(store, "", &answer) == -ENOENT && user_store_count(store) == 2,
	     "and nobody else");
	ktap(!run(NULL, KEY, &fault, "add", "n@b", "0", "sip:n@a.example") &&
	     becomes(store, "n@b", 0), "who is added is known soon");
	ktap(!run(NULL, KEY, &fault, "add", "n@b", "1000", "sip:n@a.example") &&
	     becomes(store, "n@b", -ENOENT), "until his time has passed");
	for (int i = 0; i < 1000; i++)
		size += sprintf(lines + size, "%d@many 0 naf:%064d sip:m@b\n",
				i, i);
	ktap(!run(NULL, lines, &fault, "import") &&
	     becomes(store, "999@many", 0), "and many at once");
	ktap(!run(NULL, "", &fault, "remove", "a@b") &&
	     becomes(store, "a@b", -ENOENT), "who is removed is forgotten");
	user_store_close(store);
}

static void test_private(void)
{
	struct user_store *store;
	struct stat status;
	struct fault fault;

	ktap(!stat(path, &status) && (status.st_mode & 07777) == 0600,
	     "nobody else reads the file");
	chmod(path, 0640);
	ktap(user_store_open(&store, base, path, NULL, &fault) == -EACCES &&
	     strstr(fault.text, "chmod"), "else it is refused");
	chmod(path, 0600);
	write_file(seal, "x", 0600);
	ktap(user_store_open(&store, base, path, seal, &fault) == -EINVAL &&
	     strstr(fault.text, "openssl"), "a seal has to be one");
	write_file(seal, "0123456789abcdef0123456789abcdef"
			 "0123456789abcdef0123456789abcdef\n", 0600);
	ktap(user_store_open(&store, base, path, seal, &fault) ==
	     -EKEYREJECTED, "a file without a seal has none");
	unlink(path);
	write_file(path, "root:x:0:0:root:/root:/bin/bash\n", 0600);
	ktap(user_store_open(&store, base, path, NULL, &fault) < 0 &&
	     run(NULL, KEY, &fault, "add", "a@b", "0", "sip:a@b") < 0 &&
	     file_holds("root:x:0", 8), "another file is left as it is");
}

static void test_seal(void)
{
	__u8 key[32];
	struct user_store *store;
	struct fault fault;
	int fd;

	for (int i = 0; i < 32; i++)
		key[i] = i;
	remove_files();
	run(NULL, KEY, &fault, "add", "a@b", "0", "sip:alice@a.example");
	ktap(file_holds(key, 32), "without a seal the key is in the file");
	remove_files();
	ktap(!run(seal, KEY, &fault, "add", "a@b", "0",
		  "sip:alice@a.example") &&
	     !run(seal, KEY, &fault, "add", "c@b", "0",
		  "sip:carol@a.example") &&
	     !file_holds(key, 8) && file_holds("alice@", 6),
	     "with one it is not");
	store = open_store(seal);
	ktap(!ask(store, "a@b", &answer) &&
	     !memcmp(answer.user.naf_key.octets, key, 32), "but found");
	user_store_close(store);
	write_file(wrong_seal, "1123456789abcdef0123456789abcdef"
			       "0123456789abcdef0123456789abcdef\n", 0600);
	ktap(user_store_open(&store, base, path, NULL, &fault) ==
	     -EKEYREJECTED &&
	     user_store_open(&store, base, path, wrong_seal, &fault) ==
	     -EKEYREJECTED, "not without it and not with another");
	/* Somebody who may write the file makes himself Alice. */
	fd = open(path, O_RDWR);
	for (off_t at = 0; at < 65536; at++) {
		char text[6];

		if (pread(fd, text, 6, at) == 6 && !memcmp(text, "carol@", 6) &&
		    pwrite(fd, "alice@", 6, at) != 6)
			ktap_bail_out("the file cannot be written");
	}
	close(fd);
	store = open_store(seal);
	ktap(ask(store, "c@b", &answer) == -ENOENT &&
	     !ask(store, "a@b", &answer),
	     "a row that was changed by hand is not served");
	user_store_close(store);
}

/* Kills this process if it opens or removes a file from now on. */
static void forbid_files(void)
{
	static const int calls[] = {
		SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(creat),
		SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
		SCMP_SYS(fchown),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, calls[i], 0);
	if (seccomp_load(filter))
		_exit(3);
	seccomp_release(filter);
}

/* The reader in its sandbox, this process the writer. */
static void test_sandbox(void)
{
	struct user_store *store;
	struct fault fault;
	int status, done = 0, ends[2];
	char name[16];
	pid_t child;

	remove_files();
	run(NULL, KEY, &fault, "add", "0@b", "0", "sip:a@b.example");
	if (pipe(ends))
		ktap_bail_out("no pipe");
	fflush(stdout);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		event_reinit(base);
		store = open_store(NULL);
		forbid_files();
		if (write(ends[1], "", 1) != 1)
			_exit(4);
		_exit(becomes(store, "39@b", 0) && becomes(store, "3@b", 0) &&
		      user_store_count(store) == 40 ? 0 : 1);
	}
	close(ends[1]);
	if (read(ends[0], name, 1) != 1)
		ktap_bail_out("no reader");
	for (int i = 1; i < 40; i++) {
		snprintf(name, sizeof(name), "%d@b", i);
		done += !run(NULL, KEY, &fault, "add", name, "0",
			     "sip:a@b.example");
	}
	waitpid(child, &status, 0);
	close(ends[0]);
	ktap(done == 39 && WIFEXITED(status) && !WEXITSTATUS(status),
	     "a reader that opens no file learns of %d changes (status %x)",
	     done, status);
}

/* -- many ------------------------------------------------------------------ */

static void fill(__u32 count)
{
	static struct user user;
	struct user_file *file;
	struct fault fault;
	char btid[64];

	remove_files();
	if (user_file_open(&file, path, seal, true, &fault) ||
	    user_file_begin(file, &fault))
		ktap_bail_out("%s", fault.text);
	user.naf_key.size = NAF_KEY_SIZE;
	for (__u32 i = 0; i < count; i++) {
		snprintf(btid, sizeof(btid),
			 "AAAAAAAAAAAAAAAA%08x@bsf.ims.example", i);
		memcpy(user.naf_key.octets, &i, sizeof(i));
		user.identities = 0;
		snprintf(user.identity[user.identities++], 64,
			 "user%u@ims.example", i);
		if (user_file_put(file, sg_slice_of(btid), &user, &fault))
			ktap_bail_out("%s", fault.text);
	}
	user_file_commit(file, &fault);
	user_file_close(file);
}

static void test_many(void)
{
	__u32 count = random_setting("USERS", 20000), number, found = 0;
	struct random chance = { 1 };
	struct user_store *store;
	struct rusage before, after;
	__u64 start;
	char btid[64];

	fill(count);
	getrusage(RUSAGE_SELF, &before);
	start = clock_ms();
	store = open_store(seal);
	getrusage(RUSAGE_SELF, &after);
	ktap_note("%u users: read in %llu ms, %ld octets each", count,
		  clock_ms() - start,
		  (after.ru_maxrss - before.ru_maxrss) * 1024 / count);
	start = clock_ns();
	for (int i = 0; i < 100000; i++) {
		number = random_below(&chance, count);
		snprintf(btid, sizeof(btid),
			 "AAAAAAAAAAAAAAAA%08x@bsf.ims.example", number);
		found += !user_store_source(store)->find(
				 store, sg_slice_of(btid), take, &answer) &&
			 !memcmp(answer.user.naf_key.octets, &number, 4);
	}
	ktap_note("a question: %llu ns", (clock_ns() - start) / 100000);
	ktap(found == 100000 && user_store_count(store) == count,
	     "each of %u users is found", count);
	user_store_close(store);
}

int main(void)
{
	int fd;

	if (!mkdtemp(folder))
		ktap_bail_out("no folder in /tmp");
	snprintf(path, sizeof(path), "%s/users", folder);
	snprintf(seal, sizeof(seal), "%s/seal", folder);
	snprintf(wrong_seal, sizeof(wrong_seal), "%s/wrong", folder);
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	fd = open(log_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		ktap_bail_out("no log");
	close(fd);
	base = event_base_new();
	test_commands();
	test_import();
	test_store();
	test_private();
	test_seal();
	test_sandbox();
	test_many();
	event_base_free(base);
	remove_files();
	unlink(seal);
	unlink(wrong_seal);
	unlink(log_path);
	rmdir(folder);
	return ktap_finish();
}
