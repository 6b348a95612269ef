// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/seal.h"
#include "lib/secret.h"

enum {
	FORMAT = 1,		/* of the tables */
	BUSY = 10000,		/* ms to wait for another process's change */
	SEALED_SIZE = NAF_KEY_SIZE + SEAL_MORE,
	ABOUT_MAX = USER_BTID_MAX + 1 + sizeof(__u64) +
		    USER_IDENTITIES_MAX * (USER_IDENTITY_MAX + 1),
};

enum query {
	BEGIN,
	COMMIT,
	PUT,
	DROP,
	PURGE,
	VERSION,
	CHANGES,
	QUERIES,
};

/* REPLACE gives a new number, greater than all there ever were. */
static const char *const queries[QUERIES] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[PUT] = "REPLACE INTO users (btid, expires, key, identities) "
		"VALUES (?, ?, ?, ?)",
	[DROP] = "REPLACE INTO users (btid, expires) "
		 "SELECT btid, expires FROM users "
		 "WHERE btid = ? AND key IS NOT NULL",
	[PURGE] = "DELETE FROM users WHERE expires BETWEEN 1 AND ?",
	[VERSION] = "PRAGMA data_version",
	[CHANGES] = "SELECT change, btid, expires, key, identities FROM users "
		    "WHERE change > ? ORDER BY change LIMIT ?",
};

/*
 * With a log beside it readers and writers do not wait for each other, and
 * who has read once needs to open nothing more.
 */
static const char *const settings[] = {
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA secure_delete = ON",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA cache_size = -4096",		/* KiB */
	"PRAGMA trusted_schema = OFF",
};

/* A user without a key is one that was dropped. */
static const char *const tables[] = {
	"BEGIN IMMEDIATE",
	"CREATE TABLE IF NOT EXISTS meta (format INTEGER, seal BLOB)",
	"CREATE TABLE IF NOT EXISTS users (change INTEGER PRIMARY KEY AUTOINCREMENT, "
	"btid TEXT UNIQUE, expires INTEGER, key BLOB, identities TEXT)",
};

struct user_file {
	sqlite3 *database;
	sqlite3_stmt *statement[QUERIES];
	struct seal *seal;
	__s64 version;		/* of what was read */
	bool warned;
	struct user user;	/* the row that is read or written */
	char about[ABOUT_MAX];	/* what its seal is of */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a seal with no key in it is of: it tells whether the key is right. */
static const struct sg_slice check = { "srtpgate-kms users", 18 };

static int refused(struct user_file *file, struct fault *fault)
{
	return fault_set(fault, EIO, "the file of users cannot be used: %s",
			 sqlite3_errmsg(file->database));
}

/* Runs a statement whose parameters are bound, to its end. */
static int run(struct user_file *file, enum query query, struct fault *fault)
{
	sqlite3_stmt *statement = file->statement[query];
	int err = 0;

	if (sqlite3_step(statement) != SQLITE_DONE)
		err = refused(file, fault);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return err;
}

/* -- rows ------------------------------------------------------------------ */

/* The identities of @user, a line each, at @at. */
static size_t write_identities(char *at, const struct user *user)
{
	char *begin = at;

	for (int i = 0; i < user->identities; i++) {
		at = stpcpy(at, user->identity[i]);
		*at++ = '\n';
	}
	return at - begin;
}

static void read_identities(struct user *user, struct sg_slice text)
{
	const char *end;

	user->identities = 0;
	while (user->identities < USER_IDENTITIES_MAX && text.size &&
	       (end = memchr(text.at, '\n', text.size))) {
		size_t size = end - text.at;

		if (size > USER_IDENTITY_MAX)
			break;
		memcpy(user->identity[user->identities], text.at, size);
		user->identity[user->identities++][size] = '\0';
		text.at += size + 1;
		text.size -= size + 1;
	}
}

/* Everything in the row but its key. */
static struct sg_slice about(struct user_file *file, struct sg_slice btid,
			     __u64 expires, struct sg_slice identities)
{
	char *at = file->about;

	at = mempcpy(at, btid.at, btid.size);
	*at++ = '\0';
	for (int i = 7; i >= 0; i--)
		*at++ = expires >> 8 * i;
	at = mempcpy(at, identities.at, identities.size);
	return (struct sg_slice){ file->about, at - file->about };
}

static struct sg_slice column(sqlite3_stmt *statement, int number)
{
	struct sg_slice slice;

	slice.at = sqlite3_column_blob(statement, number);
	slice.size = sqlite3_column_bytes(statement, number);
	return slice;
}

static int read_key(struct user_file *file, struct sg_slice btid,
		    struct sg_slice key, struct sg_slice identities)
{
	struct user *user = &file->user;

	user->naf_key.size = NAF_KEY_SIZE;
	if (file->seal && key.size == SEALED_SIZE)
		return seal_break(file->seal, user->naf_key.octets,
				  (const __u8 *)key.at, NAF_KEY_SIZE,
				  about(file, btid, user->expires,
					identities));
	if (file->seal || key.size != NAF_KEY_SIZE)
		return -EBADMSG;
	memcpy(user->naf_key.octets, key.at, NAF_KEY_SIZE);
	return 0;
}

static void warn(struct user_file *file, struct sg_slice btid)
{
	char text[SG_SHOWN_TEXT];

	if (!file->warned)
		sg_warning("the file of users has a damaged row, of %s; "
			   "such users are not served; add them again",
			   sg_slice_show(text, btid));
	file->warned = true;
}

static int read_row(struct user_file *file, sqlite3_stmt *row,
		    user_file_row *each, void *arg)
{
	struct sg_slice btid = column(row, 1), identities = column(row, 4);
	struct user *user = &file->user;
	int err;

	if (btid.size > USER_BTID_MAX ||
	    identities.size > ABOUT_MAX - USER_BTID_MAX - 1 - sizeof(__u64)) {
		warn(file, btid);
		return 0;
	}
	if (sqlite3_column_type(row, 3) == SQLITE_NULL)
		return each(arg, btid, NULL);
	user->expires = sqlite3_column_int64(row, 2);
	read_identities(user, identities);
	err = read_key(file, btid, column(row, 3), identities);
	if (err)
		warn(file, btid);
	/* Nobody is served with what an earlier row said. */
	err = each(arg, btid, err ? NULL : user);
	mikey_secret_wipe(&user->naf_key);
	return err;
}

int user_file_read(struct user_file *file, __u64 *at, int rows,
		   user_file_row *each, void *arg)
{
	sqlite3_stmt *statement = file->statement[CHANGES];
	int result, err = 0, count = 0;

	sqlite3_bind_int64(statement, 1, *at);
	sqlite3_bind_int(statement, 2, rows);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW && !err) {
		*at = sqlite3_column_int64(statement, 0);
		err = read_row(file, statement, each, arg);
		count++;
	}
	sqlite3_reset(statement);
	if (err)
		return err;
	return result == SQLITE_DONE ? count : -EIO;
}

bool user_file_changed(struct user_file *file)
{
	sqlite3_stmt *statement = file->statement[VERSION];
	__s64 version = file->version;

	if (sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	if (version == file->version)
		return false;
	file->version = version;
	return true;
}

/* -- changes --------------------------------------------------------------- */

int user_file_begin(struct user_file *file, struct fault *fault)
{
	return run(file, BEGIN, fault);
}

int user_file_commit(struct user_file *file, struct fault *fault)
{
	return run(file, COMMIT, fault);
}

/* The key as the file has it: sealed or not. Returns its octets. */
static int write_key(struct user_file *file, __u8 out[SEALED_SIZE],
		     const struct user *user, struct sg_slice about)
{
	int err;

	if (!file->seal) {
		memcpy(out, user->naf_key.octets, NAF_KEY_SIZE);
		return NAF_KEY_SIZE;
	}
	err = seal_shut(file->seal, out, user->naf_key.octets, NAF_KEY_SIZE,
			about);
	return err ? err : SEALED_SIZE;
}

int user_file_put(struct user_file *file, struct sg_slice btid,
		  const struct user *user, struct fault *fault)
{
	sqlite3_stmt *statement = file->statement[PUT];
	char text[USER_IDENTITIES_MAX * (USER_IDENTITY_MAX + 1)];
	struct sg_slice identities = { text, write_identities(text, user) };
	__u8 key[SEALED_SIZE];
	int size, err;

	size = write_key(file, key, user,
			 about(file, btid, user->expires, identities));
	if (size < 0)
		return fault_set(fault, -size, "a key cannot be sealed");
	sqlite3_bind_text(statement, 1, btid.at, btid.size, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, user->expires);
	sqlite3_bind_blob(statement, 3, key, size, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, text, identities.size, SQLITE_STATIC);
	err = run(file, PUT, fault);
	sg_secret_zero(key, sizeof(key));
	return err;
}

int user_file_drop(struct user_file *file, struct sg_slice btid,
		   struct fault *fault)
{
	sqlite3_bind_text(file->statement[DROP], 1, btid.at, btid.size,
			  SQLITE_STATIC);
	if (run(file, DROP, fault))
		return -EIO;
	return sqlite3_changes(file->database) ? 0 : -ENOENT;
}

int user_file_purge(struct user_file *file, __u64 now, struct fault *fault)
{
	sqlite3_bind_int64(file->statement[PURGE], 1, now);
	return run(file, PURGE, fault);
}

/* -- opening --------------------------------------------------------------- */

static int check_file(const char *path, bool make, struct fault *fault)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
	struct stat status;
	int err = 0;

	if (fd < 0)
		return fault_set(fault, errno,
				 "the file of users %s cannot be opened: %s",
				 path, strerror(errno));
	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		err = fault_set(fault, EINVAL,
				"the file of users %s is no regular file",
				path);
	else if (status.st_mode & 077)
		err = fault_set(fault, EACCES,
				"%s holds keys and others may read it; "
				"chmod 600 it",
				path);
	close(fd);
	return err;
}

static int execute(struct user_file *file, const char *const *texts,
		   size_t count)
{
	int result = SQLITE_OK;

	for (size_t i = 0; !result && i < count; i++)
		result = sqlite3_exec(file->database, texts[i], NULL, NULL,
				      NULL);
	return result;
}

/* A statement for once. */
static int prepare_one(struct user_file *file, sqlite3_stmt **statement,
		       const char *text)
{
	return sqlite3_prepare_v2(file->database, text, -1, statement, NULL);
}

static int put_meta(struct user_file *file)
{
	__u8 proof[SEAL_MORE];
	sqlite3_stmt *statement;
	int result = prepare_one(file, &statement,
				 "INSERT INTO meta SELECT ?, ? "
				 "WHERE NOT EXISTS (SELECT * FROM meta)");

	if (result)
		return result;
	sqlite3_bind_int(statement, 1, FORMAT);
	if (file->seal && !seal_shut(file->seal, proof, NULL, 0, check))
		sqlite3_bind_blob(statement, 2, proof, sizeof(proof),
				  SQLITE_STATIC);
	result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* In an empty file; of two processes one does it. */
static int make_tables(struct user_file *file)
{
	int result = execute(file, tables, COUNT(tables));

	if (!result)
		result = put_meta(file);
	if (!result)
		result = execute(file, &queries[COMMIT], 1);
	return result;
}

static int check_seal(struct user_file *file, struct sg_slice proof,
		      const char *path, struct fault *fault)
{
	__u8 none[1];

	if (!proof.size == !file->seal &&
	    (!proof.size ||
	     (proof.size == SEAL_MORE &&
	      !seal_break(file->seal, none, (const __u8 *)proof.at, 0,
				  check))))
		return 0;
	return fault_set(fault, EKEYREJECTED, "%s was made %s", path,
			 !proof.size ? "without a seal; configure none" :
			 file->seal  ? "with another seal" :
				       "with a seal; configure its file");
}

static int check_meta(struct user_file *file, const char *path,
		      struct fault *fault)
{
	sqlite3_stmt *statement;
	int err;

	if (prepare_one(file, &statement, "SELECT format, seal FROM meta"))
		return refused(file, fault);
	if (sqlite3_step(statement) != SQLITE_ROW ||
	    sqlite3_column_int(statement, 0) != FORMAT)
		err = fault_set(fault, EINVAL,
				"%s is of another version, or is no file of "
				"users",
				path);
	else
		err = check_seal(file, column(statement, 1), path, fault);
	sqlite3_finalize(statement);
	return err;
}

/* Has it no tables yet? */
static bool is_empty(struct user_file *file)
{
	sqlite3_stmt *statement;
	bool empty;

	if (prepare_one(file, &statement, "SELECT 1 FROM sqlite_schema"))
		return false;
	empty = sqlite3_step(statement) == SQLITE_DONE;
	sqlite3_finalize(statement);
	return empty;
}

static int prepare(struct user_file *file)
{
	int result = SQLITE_OK;

	for (int i = 0; !result && i < QUERIES; i++)
		result = sqlite3_prepare_v3(file->database, queries[i], -1,
					    SQLITE_PREPARE_PERSISTENT,
					    &file->statement[i], NULL);
	return result;
}

static int open_database(struct user_file *file, const char *path, bool make,
			 struct fault *fault)
{
	int result, err;

	result = sqlite3_open_v2(path, &file->database,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				 NULL);
	if (!result)
		result = sqlite3_busy_timeout(file->database, BUSY);
	if (!result)
		result = execute(file, settings, COUNT(settings));
	if (!result && make && is_empty(file))
		result = make_tables(file);
	if (result)
		return refused(file, fault);
	err = check_meta(file, path, fault);
	if (!err && prepare(file))
		err = refused(file, fault);
	if (!err)
		user_file_changed(file);
	return err;
}

int user_file_open(struct user_file **opened, const char *path,
		   const char *seal, bool make, struct fault *fault)
{
	struct user_file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return fault_set(fault, ENOMEM, "out of memory");
	err = check_file(path, make, fault);
	if (!err && seal)
		err = seal_open(&file->seal, seal, fault);
	if (!err)
		err = open_database(file, path, make, fault);
	if (!err) {
		*opened = file;
		return 0;
	}
	user_file_close(file);
	return err;
}

void user_file_close(struct user_file *file)
{
	if (!file)
		return;
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(file->statement[i]);
	sqlite3_close(file->database);
	seal_close(file->seal);
	sg_secret_zero(file, sizeof(*file));
	free(file);
}
