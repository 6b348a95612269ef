// SPDX-License-Identifier: GPL-2.0-only
#include "gated/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"

enum {
	FORMAT = 1,		/* of the tables */
	LONG_TIMER = 30000,	/* ms a reply is worth keeping, H.248.1 D.1 */
};

enum query {
	BEGIN,
	COMMIT,
	ROLLBACK,
	PUT_CONTEXT,
	DROP_CONTEXT,
	PUT_REPLY,
	DROP_REPLY,
	PUT_STATE,
	CONTEXTS,
	REPLIES,
	STATE,
	QUERIES,
};

static const char *const queries[QUERIES] = {
	[BEGIN] = "BEGIN",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[PUT_CONTEXT] = "REPLACE INTO contexts VALUES (?, ?)",
	[DROP_CONTEXT] = "DELETE FROM contexts WHERE id = ?",
	[PUT_REPLY] = "REPLACE INTO replies VALUES (?, ?, ?, ?)",
	[DROP_REPLY] = "DELETE FROM replies WHERE id = ? AND peer = ?",
	[PUT_STATE] = "REPLACE INTO state VALUES (0, ?)",
	[CONTEXTS] = "SELECT id, record FROM contexts ORDER BY id",
	[REPLIES] = "SELECT id, peer, at, text FROM replies",
	[STATE] = "SELECT id, record FROM state WHERE id = 0",
};

/*
 * With the lock kept for good the index of the write-ahead log is memory of
 * ours, and both files stay open: a sandbox in which nothing can be opened
 * is enough. What was written survives our death without any fsync(2).
 */
static const char *const settings[] = {
	"PRAGMA locking_mode = EXCLUSIVE",
	"PRAGMA synchronous = OFF",
	"PRAGMA page_size = 4096",
	"PRAGMA journal_mode = WAL",
	"PRAGMA wal_autocheckpoint = 4000",	/* pages */
	"PRAGMA journal_size_limit = 16777216", /* octets, after a checkpoint */
	"PRAGMA cache_size = -16384",		/* KiB */
	"PRAGMA temp_store = MEMORY",
	"PRAGMA secure_delete = OFF",		/* nothing here is secret */
	"PRAGMA trusted_schema = OFF",
};

static const char *const tables[] = {
	"CREATE TABLE meta (version INTEGER, instance INTEGER)",
	"CREATE TABLE contexts (id INTEGER PRIMARY KEY, record BLOB)",
	"CREATE TABLE replies (id INTEGER, peer TEXT, at INTEGER, text BLOB, "
	"PRIMARY KEY (id, peer)) WITHOUT ROWID",
	"CREATE TABLE state (id INTEGER PRIMARY KEY, record BLOB)",
};

struct journal {
	sqlite3 *database;
	sqlite3_stmt *statement[QUERIES];
	bool begun;		/* there are changes to commit */
	bool failed;		/* one of them could not be made */
	bool warned;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* -- changes ---------------------------------------------------------------- */

static int refused(struct journal *journal)
{
	journal->failed = true;
	if (!journal->warned)
		sg_warning("the journal cannot be written (%s): a restart "
			   "would end calls that changed meanwhile; make room "
			   "where it is",
			   sqlite3_errmsg(journal->database));
	journal->warned = true;
	return -EIO;
}

/* Runs a statement whose parameters are bound, to its end. */
static int run(struct journal *journal, enum query query)
{
	sqlite3_stmt *statement = journal->statement[query];
	int result = sqlite3_step(statement);

	if (result != SQLITE_DONE)
		refused(journal);
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : -EIO;
}

/* What follows a change that failed is not written either: all or nothing. */
static int change(struct journal *journal)
{
	if (!journal->begun && !run(journal, BEGIN))
		journal->begun = true;
	return journal->failed ? -EIO : 0;
}

int journal_put_context(struct journal *journal, __u32 id, const void *record,
			size_t size)
{
	sqlite3_stmt *statement = journal->statement[PUT_CONTEXT];

	if (change(journal))
		return -EIO;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_blob64(statement, 2, record, size, SQLITE_STATIC);
	return run(journal, PUT_CONTEXT);
}

int journal_drop_context(struct journal *journal, __u32 id)
{
	if (change(journal))
		return -EIO;
	sqlite3_bind_int64(journal->statement[DROP_CONTEXT], 1, id);
	return run(journal, DROP_CONTEXT);
}

int journal_put_reply(struct journal *journal, const char *peer, __u32 id,
		      const void *text, size_t size)
{
	sqlite3_stmt *statement = journal->statement[PUT_REPLY];

	if (change(journal))
		return -EIO;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_text(statement, 2, peer, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 3, clock_ms());
	sqlite3_bind_blob64(statement, 4, text, size, SQLITE_STATIC);
	return run(journal, PUT_REPLY);
}

int journal_drop_reply(struct journal *journal, const char *peer, __u32 id)
{
	sqlite3_stmt *statement = journal->statement[DROP_REPLY];

	if (change(journal))
		return -EIO;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_text(statement, 2, peer, -1, SQLITE_STATIC);
	return run(journal, DROP_REPLY);
}

int journal_put_state(struct journal *journal, const void *record, size_t size)
{
	if (change(journal))
		return -EIO;
	sqlite3_bind_blob64(journal->statement[PUT_STATE], 1, record, size,
			    SQLITE_STATIC);
	return run(journal, PUT_STATE);
}

int journal_commit(struct journal *journal)
{
	int err = 0;

	if (journal->begun && !journal->failed)
		run(journal, COMMIT);
	if (journal->failed) {
		/* SQLite may have done so itself. */
		if (!sqlite3_get_autocommit(journal->database))
			run(journal, ROLLBACK);
		err = -EIO;
	}
	journal->begun = false;
	journal->failed = false;
	return err;
}

/* -- reading back ----------------------------------------------------------- */

typedef int row(void *arg, sqlite3_stmt *statement);

/* Calls @each for every row of @query. */
static int read_rows(struct journal *journal, enum query query, row *each,
		     void *arg)
{
	sqlite3_stmt *statement = journal->statement[query];
	int err = 0, result;

	do {
		result = sqlite3_step(statement);
		if (result == SQLITE_ROW)
			err = each(arg, statement);
	} while (result == SQLITE_ROW && err >= 0);
	sqlite3_reset(statement);
	if (err < 0)
		return err;
	return result == SQLITE_DONE ? 0 : -EIO;
}

struct reader {
	journal_record *record;
	journal_reply *reply;
	void *arg;
	__u64 now;		/* ms */
	int rows;
};

static int read_record(void *arg, sqlite3_stmt *statement)
{
	struct reader *reader = arg;

	reader->rows++;
	return reader->record(reader->arg, sqlite3_column_int64(statement, 0),
			      sqlite3_column_blob(statement, 1),
			      sqlite3_column_bytes(statement, 1));
}

static int read_reply(void *arg, sqlite3_stmt *statement)
{
	const char *peer = (const char *)sqlite3_column_text(statement, 1);
	struct reader *reader = arg;
	__u64 age = reader->now - sqlite3_column_int64(statement, 2);

	if (!peer || age > LONG_TIMER)
		return 0;
	return reader->reply(reader->arg, peer,
			     sqlite3_column_int64(statement, 0),
			     sqlite3_column_blob(statement, 3),
			     sqlite3_column_bytes(statement, 3), age);
}

int journal_contexts(struct journal *journal, journal_record *each, void *arg)
{
	struct reader reader = { .record = each, .arg = arg };

	return read_rows(journal, CONTEXTS, read_record, &reader);
}

int journal_replies(struct journal *journal, journal_reply *each, void *arg)
{
	struct reader reader = { .reply = each, .arg = arg, .now = clock_ms() };

	return read_rows(journal, REPLIES, read_reply, &reader);
}

int journal_state(struct journal *journal, journal_record *one, void *arg)
{
	struct reader reader = { .record = one, .arg = arg };
	int err = read_rows(journal, STATE, read_record, &reader);

	return err || reader.rows ? err : -ENOENT;
}

/* -- opening ---------------------------------------------------------------- */

/* Makes the file, or makes it ours alone. */
static int prepare_file(const char *path, struct fault *fault)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat status;
	int err = 0;

	if (fd < 0)
		return fault_set(fault, errno,
				 "the journal %s cannot be opened: %s", path,
				 strerror(errno));
	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		err = fault_set(fault, EINVAL,
				"the journal %s is no regular file", path);
	else if (fchmod(fd, 0600))
		err = fault_set(fault, errno,
				"the mode of the journal %s cannot be set: %s",
				path, strerror(errno));
	close(fd);
	return err;
}

static int execute(struct journal *journal, const char *const *texts,
		   size_t count)
{
	int result = SQLITE_OK;

	for (size_t i = 0; !result && i < count; i++)
		result = sqlite3_exec(journal->database, texts[i], NULL, NULL,
				      NULL);
	return result;
}

/* The number that a query must yield. */
static int ask(struct journal *journal, const char *text, __u64 *number)
{
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(journal->database, text, -1, &statement,
					NULL);

	if (result)
		return result;
	result = sqlite3_step(statement);
	*number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	if (result == SQLITE_ROW)
		return SQLITE_OK;
	return result == SQLITE_DONE ? SQLITE_CORRUPT : result;
}

/* SQLITE_CORRUPT: a page of the file is not what SQLite wrote. */
static int check_pages(struct journal *journal)
{
	__u64 broken;
	int result = ask(journal,
			 "SELECT count(*) FROM pragma_quick_check(1) "
			 "WHERE quick_check <> 'ok'",
			 &broken);

	return !result && broken ? SQLITE_CORRUPT : result;
}

static int make_tables(struct journal *journal, __u64 instance)
{
	int result = execute(journal, tables, COUNT(tables));
	char text[96];
	const char *const insert = text;

	snprintf(text, sizeof(text), "INSERT INTO meta VALUES (%d, %lld)",
		 FORMAT, (long long)instance);
	return result ? result : execute(journal, &insert, 1);
}

/* SQLITE_CORRUPT: there are other tables than ours. */
static int check_tables(struct journal *journal)
{
	int result = SQLITE_OK;
	__u64 rows = 1;
	char text[256];

	for (size_t i = 0; !result && rows == 1 && i < COUNT(tables); i++) {
		snprintf(text, sizeof(text),
			 "SELECT count(*) FROM sqlite_schema WHERE sql = '%s'",
			 tables[i]);
		result = ask(journal, text, &rows);
	}
	return !result && rows != 1 ? SQLITE_CORRUPT : result;
}

/* SQLITE_MISMATCH: of another format or of other maps. */
static int check_origin(struct journal *journal, __u64 instance)
{
	char text[96];
	__u64 rows;
	int result;

	snprintf(text, sizeof(text),
		 "SELECT version = %d AND instance = %lld FROM meta", FORMAT,
		 (long long)instance);
	result = ask(journal, text, &rows);
	return !result && !rows ? SQLITE_MISMATCH : result;
}

static int check(struct journal *journal, __u64 instance)
{
	__u64 tables;
	int result = check_pages(journal);

	if (!result)
		result = ask(journal, "SELECT count(*) FROM sqlite_schema",
			     &tables);
	if (!result && !tables)
		result = make_tables(journal, instance);
	if (!result)
		result = check_tables(journal);
	return result ? result : check_origin(journal, instance);
}

static int prepare(struct journal *journal)
{
	int result = SQLITE_OK;

	for (int i = 0; !result && i < QUERIES; i++)
		result = sqlite3_prepare_v3(journal->database, queries[i], -1,
					    SQLITE_PREPARE_PERSISTENT,
					    &journal->statement[i], NULL);
	return result;
}

static void close_database(struct journal *journal)
{
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(journal->statement[i]);
	sqlite3_close(journal->database);
	memset(journal, 0, sizeof(*journal));
}

/* Returns SQLite's verdict. */
static int open_database(struct journal *journal, const char *path,
			 __u64 instance)
{
	int keep = 1, result;

	result = sqlite3_open_v2(path, &journal->database,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				 NULL);
	if (!result)
		result = execute(journal, settings, COUNT(settings));
	if (!result)
		result = check(journal, instance);
	if (!result)
		result = prepare(journal);
	/* A sandbox permits no unlink(2) either. */
	if (!result)
		result = sqlite3_file_control(journal->database, NULL,
					      SQLITE_FCNTL_PERSIST_WAL, &keep);
	return result;
}

static int prepare_and_open(struct journal *journal, const char *path,
			    __u64 instance, struct fault *fault)
{
	int err = prepare_file(path, fault);

	return err ? err : open_database(journal, path, instance);
}

/* What an empty file mends. */
static bool is_mendable(int result)
{
	return result == SQLITE_CORRUPT || result == SQLITE_NOTADB ||
	       result == SQLITE_MISMATCH || result == SQLITE_ERROR;
}

/* Kept as PATH.old: a path with a slip of the pen may be anybody's file. */
static void put_aside(const char *path, int why)
{
	static const char *const suffix[] = { "-wal", "-journal" };
	char name[PATH_MAX];

	if (why == SQLITE_MISMATCH)
		sg_warning("the journal %s is of another run of the data plane "
			   "or of another version; it begins anew, the old one "
			   "is %s.old", path, path);
	else
		sg_warning("the journal %s is damaged, or is none (%s); it "
			   "begins anew, without the calls that it told of; "
			   "the old one is %s.old",
			   path, sqlite3_errstr(why), path);
	snprintf(name, sizeof(name), "%s.old", path);
	if (rename(path, name))
		unlink(path);
	for (size_t i = 0; i < COUNT(suffix); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffix[i]);
		unlink(name);
	}
}

int journal_open(struct journal **opened, const char *path, __u64 instance,
		 struct fault *fault)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int result;

	if (!journal)
		return fault_set(fault, ENOMEM, "out of memory");
	/* Only the loop's thread comes here. Both must precede first use. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	result = prepare_and_open(journal, path, instance, fault);
	if (is_mendable(result)) {
		close_database(journal);
		put_aside(path, result);
		result = prepare_and_open(journal, path, instance, fault);
	}
	if (result > 0)
		result = fault_set(fault, EIO,
				   "the journal %s cannot be used: %s", path,
				   sqlite3_errstr(result));
	if (!result) {
		*opened = journal;
		return 0;
	}
	journal_close(journal);
	return result;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	close_database(journal);
	free(journal);
}
