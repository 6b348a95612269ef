// SPDX-License-Identifier: GPL-2.0-only
#include "ue/message_seen.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>

enum { WAIT = 5000 };		/* ms, for another process */

static const char schema[] =
	"PRAGMA synchronous = FULL;"
	"CREATE TABLE IF NOT EXISTS seen ("
	" tag BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;";

static int fail(sqlite3 *db, const char *path, struct fault *fault)
{
	return fault_set(fault, EIO,
			 "%s, which remembers messages, cannot be used: %s",
			 path, db ? sqlite3_errmsg(db) : "out of memory");
}

/* Runs @sql with @number as its 2nd parameter and @tag, if any, as 1st. */
static int run(sqlite3 *db, const char *sql, struct sg_slice tag, __u64 number)
{
	sqlite3_stmt *statement;
	int err = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (err)
		return err;
	if (tag.size)
		sqlite3_bind_blob(statement, 1, tag.at, tag.size,
				  SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, number);
	sqlite3_step(statement);
	return sqlite3_finalize(statement);
}

static int remember(sqlite3 *db, struct sg_slice tag, __u64 until, __u64 now)
{
	struct sg_slice none = { 0 };
	int err = sqlite3_exec(db, schema, NULL, NULL, NULL);

	if (!err)
		err = run(db, "DELETE FROM seen WHERE until < ?2", none, now);
	return err ?: run(db, "INSERT INTO seen VALUES (?1, ?2)", tag, until);
}

int message_seen(const char *path, struct sg_slice tag, __u64 until, __u64 now,
		 struct fault *fault)
{
	mode_t mask = umask(077);
	sqlite3 *db = NULL;
	int err = sqlite3_open(path, &db);

	umask(mask);
	if (!err)
		err = sqlite3_busy_timeout(db, WAIT);
	if (!err)
		err = remember(db, tag, until, now);
	if (err == SQLITE_CONSTRAINT)
		err = fault_set(fault, EALREADY,
				"the message was opened before, or another "
				"under its ticket, which is good for one");
	else if (err)
		err = fail(db, path, fault);
	sqlite3_close(db);
	return err;
}
