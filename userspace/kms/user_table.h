/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users in memory, found by their B-TIDs, in as little room as they need,
 * which is zeroed when it is given back. They stand in a row as well, from
 * the one moved last to the one that was not moved for longest.
 */
#ifndef SRTPGATE_KMS_USER_TABLE_H
#define SRTPGATE_KMS_USER_TABLE_H

#include "kms/user.h"

struct user_record {
	struct user_record *next;	/* in the bucket */
	struct user_record *newer, *older;
	__u64 hash;
	__u64 expires;		/* of the user: s since 1970, 0: not said */
	__u64 until;		/* the table's owner's, ms of clock_ms() */
	int err;		/* instead of a user: what is answered */
	__u16 btid_size;
	__u16 identities;
	size_t size;		/* of all of it */
	__u8 naf_key[NAF_KEY_SIZE];
	char text[];		/* B-TID, then identities, each with a NUL */
};

struct user_table {
	struct user_record **bucket;
	size_t buckets;		/* a power of two */
	size_t count;
	__u64 seed[2];		/* who does not know it finds no collisions */
	struct user_record *newest, *oldest;
};

/* -ENOMEM, or what getrandom(2) says. */
int user_table_open(struct user_table *table);
void user_table_close(struct user_table *table);

struct user_record *user_table_find(const struct user_table *table,
				    struct sg_slice btid);

/*
 * Puts in what is known of @btid, in place of what was: @user, whose key has
 * NAF_KEY_SIZE octets, or with @user NULL the answer @err. NULL: no memory,
 * and what was there is gone.
 */
struct user_record *user_table_put(struct user_table *table,
				   struct sg_slice btid,
				   const struct user *user, int err);
void user_table_drop(struct user_table *table, struct user_record *record);

/* Makes it the newest. */
void user_table_move(struct user_table *table, struct user_record *record);

/* Has the user's time passed at @now, s since 1970? */
bool user_record_expired(const struct user_record *record, __u64 now);

void user_record_read(const struct user_record *record, struct user *user);

#endif /* SRTPGATE_KMS_USER_TABLE_H */
