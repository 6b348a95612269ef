// SPDX-License-Identifier: GPL-2.0-only
/*
 * The journal: what was committed survives a kill at any instant, whole;
 * what is damaged or foreign is thrown away; a full disk ends nothing; and
 * once it is open no file is opened any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sqlite3.h>
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
#include "gated/journal.h"
#include "gated/sandbox.h"

enum {
	INSTANCE = 4711,
	GROUP = 8,		/* contexts that change together */
	KILLS = 50,
	DAMAGES = 200,
	MANY = 20000,
	ROOM = 32768,
};

static const char peer[] = "192.0.2.10:2944";
static char folder[] = "/tmp/test_journal.XXXXXX";
static char path[64], log_path[64];
static struct random chance;

static struct journal *open_of(__u64 instance)
{
	struct journal *journal;
	struct fault fault;

	if (journal_open(&journal, path, instance, &fault))
		ktap_bail_out("%s", fault.text);
	return journal;
}

static void remove_files(void)
{
	static const char *const suffixes[] = { "", "-wal", ".old" };
	char name[80];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

/* -- what is found ---------------------------------------------------------- */

struct found {
	__u32 contexts, replies, states;
	__u32 last_id;
	__u64 stamp;		/* of all records */
	bool torn;		/* one is not whole, or of another stamp */
	char text[64];		/* of the reply read last */
};

/* A record says its stamp over and over, in an odd number of octets. */
static size_t write_record(__u8 record[ROOM], __u64 stamp, size_t size)
{
	for (size_t i = 0; i < size; i++)
		record[i] = stamp >> i % 8 * 8;
	return size;
}

static void check_record(struct found *found, const __u8 *record, size_t size)
{
	__u64 stamp = 0;

	for (size_t i = 0; i < size && i < 8; i++)
		stamp |= (__u64)record[i] << 8 * i;
	for (size_t i = 8; i < size; i++)
		found->torn |= record[i] != record[i - 8];
	found->torn |= size < 8 || (found->stamp && stamp != found->stamp);
	found->stamp = stamp;
}

static int find_context(void *arg, __u32 id, const void *record, size_t size)
{
	struct found *found = arg;

	found->contexts++;
	found->last_id = id;
	check_record(found, record, size);
	return 0;
}

static int find_reply(void *arg, const char *from, __u32 id, const void *text,
		      size_t size, __u32 age)
{
	struct found *found = arg;

	found->replies++;
	found->torn |= strcmp(from, peer) || age > 10000;
	snprintf(found->text, sizeof(found->text), "%u %.*s", id, (int)size,
		 (const char *)text);
	return 0;
}

static int find_state(void *arg, __u32 id, const void *record, size_t size)
{
	struct found *found = arg;

	(void)id;
	found->states++;
	check_record(found, record, size);
	return 0;
}

static int find_all(struct journal *journal, struct found *found)
{
	int err;

	memset(found, 0, sizeof(*found));
	err = journal_contexts(journal, find_context, found);
	if (!err)
		err = journal_replies(journal, find_reply, found);
	if (!err)
		err = journal_state(journal, find_state, found);
	return err == -ENOENT ? 0 : err;
}

/* -- cases ------------------------------------------------------------------ */

static int refuse(void *arg, __u32 id, const void *record, size_t size)
{
	(void)record;
	(void)size;
	*(__u32 *)arg = id;
	return -ECANCELED;
}

static void test_return(void)
{
	struct journal *journal = open_of(INSTANCE);
	__u8 record[ROOM];
	struct found found;
	__u32 id = 0;
	int err;

	ktap(journal_state(journal, find_state, &found) == -ENOENT,
	     "a new journal has no state");
	write_record(record, 7, ROOM);
	err = journal_put_context(journal, 0xfffffffd, record, 300) ||
	      journal_put_context(journal, 2, record, 20) ||
	      journal_put_context(journal, 2, record, ROOM) ||
	      journal_put_context(journal, 3, record, 20) ||
	      journal_drop_context(journal, 3) ||
	      journal_drop_context(journal, 4) ||
	      journal_put_reply(journal, peer, 0xffffffff, "late", 4) ||
	      journal_put_reply(journal, peer, 9, "early", 5) ||
	      journal_put_reply(journal, "192.0.2.11:2944", 9, "other", 5) ||
	      journal_drop_reply(journal, "192.0.2.11:2944", 9) ||
	      journal_put_state(journal, record, 8) ||
	      journal_put_state(journal, record, 64) || journal_commit(journal);
	ktap(!err, "changes are committed");
	ktap(!journal_commit(journal), "nothing is committed as well");
	journal_close(journal);

	journal = open_of(INSTANCE);
	ktap(!find_all(journal, &found) && !found.torn && found.stamp == 7 &&
	     found.contexts == 2 && found.last_id == 0xfffffffd &&
	     found.replies == 2 && found.states == 1 &&
	     !strcmp(found.text, "4294967295 late"),
	     "all of them are read back");
	ktap(journal_contexts(journal, refuse, &id) == -ECANCELED && id == 2,
	     "a callback ends the reading");
	journal_close(journal);
}

static bool is_private(const char *suffix)
{
	struct stat status;
	char name[80];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return !stat(name, &status) && (status.st_mode & 07777) == 0600;
}

static bool is_there(const char *suffix)
{
	char name[80];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return !access(name, F_OK);
}

static int count_text(const char *text)
{
	FILE *file = fopen(log_path, "r");
	int count = 0;
	char line[1024];

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return count;
}

static void test_instance(void)
{
	struct journal *journal;
	struct found found;
	struct fault fault;

	chmod(path, 0644);
	journal = open_of(INSTANCE);
	ktap(is_private("") && is_private("-wal"),
	     "nobody else reads the files");
	ktap(!is_there("-shm"), "no memory is shared through a file");
	ktap(journal_open(&journal, folder, INSTANCE, &fault) < 0 &&
	     fault.error && strstr(fault.text, folder),
	     "a folder is no journal, and stays");
	journal_close(journal);
	journal = open_of(INSTANCE + 1);
	ktap(!find_all(journal, &found) && !found.contexts && !found.replies &&
	     !found.states && count_text("another run") == 1,
	     "what is of other maps is thrown away with a warning");
	journal_close(journal);
}

/* Writes groups, each of one stamp, and tells of each when it is committed. */
static void write_for_ever(int to)
{
	struct journal *journal = open_of(INSTANCE);
	__u8 record[ROOM];
	struct found found;
	__u64 stamp;

	find_all(journal, &found);
	for (stamp = found.stamp + 1;; stamp++) {
		__u32 last = stamp % GROUP + 1;

		for (__u32 id = 1; id <= GROUP; id++)
			journal_put_context(
				journal, id, record,
				write_record(record, stamp,
					     8 + random_below(&chance, 1500)));
		journal_drop_context(journal, last);
		journal_put_reply(journal, peer, stamp, record, 300);
		journal_drop_reply(journal, peer, stamp - 1);
		journal_put_state(journal, record, 8);
		if (journal_commit(journal) ||
		    write(to, &stamp, sizeof(stamp)) != sizeof(stamp))
			_exit(1);
	}
}

/* The last group of which a child told that was killed some time later. */
static __u64 write_and_die(void)
{
	__u64 stamp = 0, one;
	int ends[2], status;
	pid_t child;

	if (pipe(ends))
		ktap_bail_out("no pipe");
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		write_for_ever(ends[1]);
	}
	close(ends[1]);
	/* It writes; the moment of its death is anybody's guess. */
	for (__u32 left = random_below(&chance, 300);
	     read(ends[0], &one, sizeof(one)) == sizeof(one); left--) {
		stamp = one;
		if (!left)
			kill(child, SIGKILL);
	}
	close(ends[0]);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? stamp : 0;
}

static void test_kill(void)
{
	int whole = 0, kept = 0;

	remove_files();
	for (int i = 0; i < KILLS; i++) {
		__u64 told = write_and_die();
		struct journal *journal = open_of(INSTANCE);
		struct found found;

		whole += !find_all(journal, &found) && !found.torn &&
			 found.contexts == GROUP - 1 && found.replies == 1 &&
			 found.states == 1;
		kept += told && found.stamp >= told && found.stamp <= told + 1;
		journal_close(journal);
		/* The child's own chance begins where ours is. */
		random_next(&chance);
	}
	ktap(whole == KILLS, "%d kills: no transaction is halved", KILLS);
	ktap(kept == KILLS, "%d kills: what was committed is there", KILLS);
}

static void fill(struct journal *journal, __u32 count)
{
	__u8 record[ROOM];

	write_record(record, 5, ROOM);
	for (__u32 id = 1; id <= count; id++)
		journal_put_context(journal, id, record, 300);
	journal_put_state(journal, record, 8);
	journal_commit(journal);
}

static void damage(void)
{
	int fd = open(path, O_RDWR);
	struct stat status;
	__u8 octet;

	fstat(fd, &status);
	for (int i = random_below(&chance, 20); i >= 0; i--) {
		octet = random_next(&chance);
		if (pwrite(fd, &octet, 1,
			   random_below(&chance, status.st_size)) != 1)
			ktap_bail_out("cannot damage the file");
	}
	if (random_once_in(&chance, 4) &&
	    ftruncate(fd, random_below(&chance, status.st_size)))
		ktap_bail_out("cannot cut the file");
	close(fd);
}

static void test_damage(void)
{
	int usable = 0, wrong = 0;

	for (int i = 0; i < DAMAGES; i++) {
		struct journal *journal;
		struct found found;

		remove_files();
		journal = open_of(INSTANCE);
		fill(journal, 100);
		journal_close(journal);
		damage();
		journal = open_of(INSTANCE);
		find_all(journal, &found);
		fill(journal, 20);
		usable += !find_all(journal, &found) && found.states == 1 &&
			  found.contexts >= 20;
		wrong += found.contexts > 100;
		journal_close(journal);
	}
	ktap(usable == DAMAGES && !wrong,
	     "%d damaged files: each serves again at once", DAMAGES);
	ktap(count_text("is damaged") > DAMAGES / 4, "and a warning was given");
}

static bool old_is(const char *text)
{
	char name[sizeof(path) + 8], found[64] = "";
	FILE *file;

	snprintf(name, sizeof(name), "%s.old", path);
	file = fopen(name, "r");
	if (!file)
		return false;
	if (!fgets(found, sizeof(found), file))
		found[0] = '\0';
	fclose(file);
	return !strcmp(found, text);
}

static void test_foreign(void)
{
	static const char *const contents[] = {
		"root:x:0:0:root:/root:/bin/bash\n",
		"SQLite format 3", "",
	};
	struct journal *journal;
	struct found found;
	sqlite3 *other;
	int good = 0, kept = 0;

	for (int i = 0; i < 3; i++) {
		FILE *file;

		remove_files();
		file = fopen(path, "w");
		fputs(contents[i], file);
		fclose(file);
		journal = open_of(INSTANCE);
		fill(journal, 3);
		good += !find_all(journal, &found) && found.contexts == 3;
		journal_close(journal);
		kept += !*contents[i] || old_is(contents[i]);
	}
	ktap(good == 3, "a foreign or empty file becomes a journal");
	ktap(kept == 3, "and what it was is kept");
	remove_files();
	sqlite3_open(path, &other);
	sqlite3_exec(other, "CREATE TABLE contexts (id, record)", NULL, NULL,
		     NULL);
	sqlite3_close(other);
	journal = open_of(INSTANCE);
	fill(journal, 3);
	fill(journal, 3);
	ktap(!find_all(journal, &found) && found.contexts == 3,
	     "and so does a database of others");
	journal_close(journal);
}

static void limit_files(rlim_t octets)
{
	struct rlimit limit = { octets, RLIM_INFINITY };

	setrlimit(RLIMIT_FSIZE, &limit);
}

static void test_full(void)
{
	struct journal *journal;
	struct found found;
	__u8 record[ROOM];
	int refused = 0;

	remove_files();
	journal = open_of(INSTANCE);
	fill(journal, 100);
	write_record(record, 6, ROOM);
	limit_files(64 * 1024);
	for (int i = 0; i < 10; i++) {
		for (__u32 id = 1; id <= 100; id++)
			journal_put_context(journal, id, record, ROOM);
		refused += journal_commit(journal) == -EIO;
	}
	limit_files(RLIM_INFINITY);
	ktap(refused == 10 && count_text("cannot be written") == 1,
	     "a full disk is told of, once to people");
	ktap(!find_all(journal, &found) && !found.torn && found.stamp == 5 &&
	     found.contexts == 100, "and what was there stays as it was");
	ktap(!journal_put_state(journal, record, 8) && !journal_commit(journal),
	     "with room again it goes on");
	journal_close(journal);
}

/* Kills this process if it opens, makes or removes a file from now on. */
static bool forbid_files(void)
{
	static const int calls[] = {
		SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(creat),
		SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
		SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(fchown),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool set = filter;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		set &= !seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
					 calls[i], 0);
	set &= !seccomp_load(filter);
	seccomp_release(filter);
	return set;
}

/* More than the log and the cache hold, changed at random. */
static void work_hard(struct journal *journal)
{
	__u8 record[ROOM];
	__u32 id = 0;

	for (__u32 i = 0; i < MANY; i++) {
		size_t size = 8 + random_below(&chance, 2000);

		id = random_below(&chance, MANY / 2);
		write_record(record, 9, size);
		if (random_once_in(&chance, 4))
			journal_drop_context(journal, id);
		else
			journal_put_context(journal, id, record, size);
		journal_put_reply(journal, peer, i, record, size / 4);
		if (i >= 100)
			journal_drop_reply(journal, peer, i - 100);
		if (random_once_in(&chance, 8) && journal_commit(journal))
			_exit(1);
	}
	_exit(journal_commit(journal) ? 2 : 0);
}

static void test_sandbox(void)
{
	struct journal *journal;
	struct fault fault;
	struct found found;
	int status;
	pid_t child;

	remove_files();
	fflush(stdout);
	child = fork();
	if (!child) {
		journal = open_of(INSTANCE);
		if (!forbid_files() || sandbox_enter(false, &fault))
			_exit(3);
		work_hard(journal);
	}
	waitpid(child, &status, 0);
	ktap(WIFEXITED(status) && !WEXITSTATUS(status),
	     "%d changes open no file and wait for no disk (status %x)",
	     2 * MANY, status);
	journal = open_of(INSTANCE);
	ktap(!find_all(journal, &found) && found.replies == 100 &&
	     found.contexts > MANY / 4, "and are read back");
	journal_close(journal);
}

static void open_log(void)
{
	int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		ktap_bail_out("no log");
	close(fd);
}

int main(void)
{
	__u64 seed = random_setting("SEED", time(NULL));

	ktap_note("SEED=%llu", seed);
	chance.state = seed;
	if (!mkdtemp(folder))
		ktap_bail_out("no folder in /tmp");
	snprintf(path, sizeof(path), "%s/journal", folder);
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	signal(SIGXFSZ, SIG_IGN);
	open_log();
	test_return();
	test_instance();
	test_kill();
	test_damage();
	test_foreign();
	test_full();
	test_sandbox();
	remove_files();
	unlink(log_path);
	rmdir(folder);
	return ktap_finish();
}
