// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user_store.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <time.h>

#include "kms/user_file.h"
#include "kms/user_table.h"
#include "lib/log.h"

enum {
	AT_ONCE = 200,		/* rows between two turns of the event loop */
	SWEPT = 1000,		/* users a second looked at for their end */
};

struct user_store {
	struct user_file *file;
	struct user_table table;
	struct event *poll;	/* every second */
	struct event *more;	/* there is more to read */
	struct user_source source;
	__u64 at;		/* the change read last */
	bool warned;
	struct user answer;
};

static int take_row(void *arg, struct sg_slice btid, const struct user *user)
{
	struct user_store *store = arg;
	struct user_record *old;

	if (user)
		return user_table_put(&store->table, btid, user, 0) ? 0 :
								      -ENOMEM;
	old = user_table_find(&store->table, btid);
	if (old)
		user_table_drop(&store->table, old);
	return 0;
}

/* Returns how many rows there were; or a negative errno, and warns once. */
static int catch_up(struct user_store *store)
{
	int rows = user_file_read(store->file, &store->at, AT_ONCE, take_row,
				  store);

	if (rows < 0 && !store->warned)
		sg_warning("the file of users cannot be read; who was added "
			   "or removed since is not known; restart the server "
			   "once it can be read");
	store->warned = rows < 0;
	return rows;
}

static void continue_reading(evutil_socket_t fd, short what, void *arg)
{
	struct user_store *store = arg;

	(void)fd;
	(void)what;
	if (catch_up(store) > 0)
		event_active(store->more, EV_TIMEOUT, 0);
}

/* Keys that nobody can use any more do not stay. */
static void sweep(struct user_store *store)
{
	__u64 now = time(NULL);

	for (int i = 0; i < SWEPT && store->table.oldest; i++) {
		struct user_record *record = store->table.oldest;

		if (user_record_expired(record, now))
			user_table_drop(&store->table, record);
		else
			user_table_move(&store->table, record);
	}
}

static void poll_file(evutil_socket_t fd, short what, void *arg)
{
	struct user_store *store = arg;

	(void)fd;
	(void)what;
	sweep(store);
	if (user_file_changed(store->file) || store->warned)
		event_active(store->more, EV_TIMEOUT, 0);
}

static struct user_query *find(void *source, struct sg_slice btid,
			       user_found *done, void *arg)
{
	struct user_store *store = source;
	struct user_record *record = user_table_find(&store->table, btid);

	if (!record || user_record_expired(record, time(NULL))) {
		done(arg, -ENOENT, NULL);
		return NULL;
	}
	user_record_read(record, &store->answer);
	done(arg, 0, &store->answer);
	mikey_secret_wipe(&store->answer.naf_key);
	return NULL;
}

static void cancel(void *source, struct user_query *query)
{
	(void)source;
	(void)query;
}

static int open_events(struct user_store *store, struct event_base *base)
{
	static const struct timeval second = { 1, 0 };

	store->poll = event_new(base, -1, EV_PERSIST, poll_file, store);
	store->more = event_new(base, -1, 0, continue_reading, store);
	if (!store->poll || !store->more || event_add(store->poll, &second))
		return -ENOMEM;
	return 0;
}

static int read_all(struct user_store *store)
{
	int rows;

	do {
		rows = catch_up(store);
	} while (rows > 0);
	return rows;
}

int user_store_open(struct user_store **opened, struct event_base *base,
		    const char *path, const char *seal, struct fault *fault)
{
	struct user_store *store = calloc(1, sizeof(*store));
	int err;

	if (!store)
		return fault_set(fault, ENOMEM, "out of memory");
	store->source = (struct user_source){ "store", find, cancel, store };
	err = user_file_open(&store->file, path, seal, false, fault);
	if (!err && (user_table_open(&store->table) ||
		     open_events(store, base)))
		err = fault_set(fault, ENOMEM, "out of memory");
	if (!err && read_all(store))
		err = fault_set(fault, EIO,
				"the file of users %s cannot be read", path);
	if (!err) {
		*opened = store;
		return 0;
	}
	user_store_close(store);
	return err;
}

void user_store_close(struct user_store *store)
{
	if (!store)
		return;
	if (store->poll)
		event_free(store->poll);
	if (store->more)
		event_free(store->more);
	user_table_close(&store->table);
	user_file_close(store->file);
	user_wipe(&store->answer);
	free(store);
}

const struct user_source *user_store_source(struct user_store *store)
{
	return &store->source;
}

size_t user_store_count(const struct user_store *store)
{
	return store->table.count;
}
