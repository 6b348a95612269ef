// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user_table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/secret.h"
#include "lib/siphash.h"

enum { BUCKETS_MIN = 256 };

int user_table_open(struct user_table *table)
{
	*table = (struct user_table){ .buckets = BUCKETS_MIN };
	if (getrandom(table->seed, sizeof(table->seed), 0) !=
	    sizeof(table->seed))
		return -EIO;
	table->bucket = calloc(table->buckets, sizeof(*table->bucket));
	return table->bucket ? 0 : -ENOMEM;
}

void user_table_close(struct user_table *table)
{
	while (table->oldest)
		user_table_drop(table, table->oldest);
	free(table->bucket);
	*table = (struct user_table){ 0 };
}

static struct user_record **place(const struct user_table *table, __u64 hash)
{
	return &table->bucket[hash & (table->buckets - 1)];
}

struct user_record *user_table_find(const struct user_table *table,
				    struct sg_slice btid)
{
	__u64 hash = sg_siphash(table->seed, btid);
	struct user_record *record = *place(table, hash);

	while (record &&
	       (record->hash != hash ||
		!sg_slice_equal(btid, (struct sg_slice){ record->text,
							 record->btid_size })))
		record = record->next;
	return record;
}

/* -- the row --------------------------------------------------------------- */

static void leave_row(struct user_table *table, struct user_record *record)
{
	*(record->newer ? &record->newer->older : &table->newest) =
		record->older;
	*(record->older ? &record->older->newer : &table->oldest) =
		record->newer;
}

static void enter_row(struct user_table *table, struct user_record *record)
{
	record->newer = NULL;
	record->older = table->newest;
	*(record->older ? &record->older->newer : &table->oldest) = record;
	table->newest = record;
}

void user_table_move(struct user_table *table, struct user_record *record)
{
	leave_row(table, record);
	enter_row(table, record);
}

/* -- records --------------------------------------------------------------- */

static size_t text_size(struct sg_slice btid, const struct user *user)
{
	size_t size = btid.size + 1;

	for (int i = 0; user && i < user->identities; i++)
		size += strlen(user->identity[i]) + 1;
	return size;
}

static struct user_record *make(struct sg_slice btid, const struct user *user)
{
	size_t size = sizeof(struct user_record) + text_size(btid, user);
	struct user_record *record = calloc(1, size);
	char *at;

	if (!record)
		return NULL;
	record->size = size;
	record->btid_size = btid.size;
	memcpy(record->text, btid.at, btid.size);
	if (!user)
		return record;
	memcpy(record->naf_key, user->naf_key.octets, NAF_KEY_SIZE);
	record->expires = user->expires;
	record->identities = user->identities;
	at = record->text + btid.size + 1;
	for (int i = 0; i < user->identities; i++)
		at = stpcpy(at, user->identity[i]) + 1;
	return record;
}

void user_record_read(const struct user_record *record, struct user *user)
{
	const char *at = record->text + record->btid_size + 1;

	memcpy(user->naf_key.octets, record->naf_key, NAF_KEY_SIZE);
	user->naf_key.size = NAF_KEY_SIZE;
	user->expires = record->expires;
	user->identities = record->identities;
	for (int i = 0; i < record->identities; i++) {
		size_t size = strlen(at) + 1;

		memcpy(user->identity[i], at, size);
		at += size;
	}
}

bool user_record_expired(const struct user_record *record, __u64 now)
{
	return record->expires && record->expires <= now;
}

/* -- changes --------------------------------------------------------------- */

/* Twice as many buckets; with the old ones it only gets slower. */
static void grow(struct user_table *table)
{
	struct user_record **more =
		calloc(table->buckets * 2, sizeof(*table->bucket));

	if (!more)
		return;
	free(table->bucket);
	table->bucket = more;
	table->buckets *= 2;
	for (struct user_record *r = table->oldest; r; r = r->newer) {
		struct user_record **at = place(table, r->hash);

		r->next = *at;
		*at = r;
	}
}

struct user_record *user_table_put(struct user_table *table,
				   struct sg_slice btid,
				   const struct user *user, int err)
{
	struct user_record *record = make(btid, user);
	struct user_record *old = user_table_find(table, btid);
	struct user_record **at;

	if (old)
		user_table_drop(table, old);
	if (!record)
		return NULL;
	if (table->count == table->buckets)
		grow(table);
	record->err = err;
	record->hash = sg_siphash(table->seed, btid);
	at = place(table, record->hash);
	record->next = *at;
	*at = record;
	enter_row(table, record);
	table->count++;
	return record;
}

void user_table_drop(struct user_table *table, struct user_record *record)
{
	struct user_record **at = place(table, record->hash);

	while (*at != record)
		at = &(*at)->next;
	*at = record->next;
	leave_row(table, record);
	table->count--;
	sg_secret_zero(record, record->size);
	free(record);
}
