// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "kms/user_table.h"
#include "lib/clock.h"

const struct user_cache_limits user_cache_limits = {
	.users = 200000,
	.strangers = 20000,
	.questions = 1024,
	.user_s = 3600,
	.stranger_s = 10,
};

/* What the source behind is asked, and who wants to know. */
struct question {
	struct question *next;
	struct user_cache *cache;
	struct user_query *query;
	struct user_query *waiting;	/* the first asked last */
	size_t size;
	char btid[USER_BTID_MAX];
};

/* One who waits. */
struct user_query {
	struct user_query *next;
	struct question *question;
	user_found *done;
	void *arg;
};

struct user_cache {
	const struct user_source *behind;
	struct user_source source;
	struct user_cache_limits limits;
	struct user_table users, strangers;
	struct question *questions;
	struct user_cache_counts counts;
	struct user answer;
};

/* -- what is remembered ---------------------------------------------------- */

static struct user_record *look(struct user_table *table, struct sg_slice btid)
{
	struct user_record *record = user_table_find(table, btid);

	if (!record)
		return NULL;
	if (record->until <= clock_ms() ||
	    user_record_expired(record, time(NULL))) {
		user_table_drop(table, record);
		return NULL;
	}
	user_table_move(table, record);
	return record;
}

/* Answers from memory; false: it does not know. */
static bool recall(struct user_cache *cache, struct sg_slice btid,
		   user_found *done, void *arg)
{
	struct user_record *record = look(&cache->users, btid);

	if (record) {
		user_record_read(record, &cache->answer);
		done(arg, 0, &cache->answer);
		mikey_secret_wipe(&cache->answer.naf_key);
		return true;
	}
	record = look(&cache->strangers, btid);
	if (record)
		done(arg, record->err, NULL);
	return record;
}

static void put(struct user_table *table, size_t max, struct sg_slice btid,
		const struct user *user, int err, __u32 seconds)
{
	struct user_record *record;

	if (!max)
		return;
	if (table->count >= max)
		user_table_drop(table, table->oldest);
	record = user_table_put(table, btid, user, err);
	if (record)
		record->until = clock_ms() + seconds * 1000ull;
}

static void remember(struct user_cache *cache, struct sg_slice btid, int err,
		     const struct user *user)
{
	const struct user_cache_limits *limits = &cache->limits;

	if (!err)
		put(&cache->users, limits->users, btid, user, 0,
		    limits->user_s);
	else if (err == -ENOENT || err == -EACCES)
		put(&cache->strangers, limits->strangers, btid, NULL, err,
		    limits->stranger_s);
}

/* -- questions ------------------------------------------------------------- */

static struct question *find_question(struct user_cache *cache,
				      struct sg_slice btid)
{
	struct question *question = cache->questions;

	while (question &&
	       !sg_slice_equal(btid, (struct sg_slice){ question->btid,
							question->size }))
		question = question->next;
	return question;
}

static void remove_question(struct question *question)
{
	struct question **at = &question->cache->questions;

	while (*at != question)
		at = &(*at)->next;
	*at = question->next;
	question->cache->counts.questions--;
	free(question);
}

/*
 * The answer of the source behind. Each who waits is told once, and may ask
 * again, or give up what others asked for, from within its callback.
 */
static void answered(void *arg, int err, const struct user *user)
{
	struct question *question = arg;
	struct sg_slice btid = { question->btid, question->size };
	struct user_query *query;

	question->query = NULL;
	remember(question->cache, btid, err, user);
	while ((query = question->waiting)) {
		question->waiting = query->next;
		query->done(query->arg, err, user);
		free(query);
	}
	remove_question(question);
}

static struct question *add_question(struct user_cache *cache,
				     struct sg_slice btid)
{
	struct question *question;

	if (cache->counts.questions >= cache->limits.questions) {
		cache->counts.full++;
		return NULL;
	}
	question = calloc(1, sizeof(*question));
	if (!question)
		return NULL;
	question->cache = cache;
	question->size = btid.size;
	memcpy(question->btid, btid.at, btid.size);
	question->next = cache->questions;
	cache->questions = question;
	cache->counts.questions++;
	return question;
}

static void join(struct question *question, struct user_query *query)
{
	query->question = question;
	query->next = question->waiting;
	question->waiting = query;
}

/*
 * Asks the source behind. It may answer from within: then @query is done with
 * and NULL is returned.
 */
static struct user_query *ask(struct user_cache *cache, struct sg_slice btid,
			      struct user_query *query)
{
	struct question *question = add_question(cache, btid);
	struct user_query *asked;

	if (!question) {
		query->done(query->arg, -EAGAIN, NULL);
		free(query);
		return NULL;
	}
	cache->counts.misses++;
	join(question, query);
	asked = cache->behind->find(cache->behind->source, btid, answered,
				    question);
	if (!asked)
		return NULL;
	question->query = asked;
	return query;
}

static struct user_query *find(void *source, struct sg_slice btid,
			       user_found *done, void *arg)
{
	struct user_cache *cache = source;
	struct question *question;
	struct user_query *query;

	if (recall(cache, btid, done, arg)) {
		cache->counts.hits++;
		return NULL;
	}
	query = btid.size <= USER_BTID_MAX ? calloc(1, sizeof(*query)) : NULL;
	if (!query) {
		done(arg, btid.size > USER_BTID_MAX ? -ENOENT : -EAGAIN, NULL);
		return NULL;
	}
	query->done = done;
	query->arg = arg;
	question = find_question(cache, btid);
	/* One that is being answered just now is not joined any more. */
	if (!question || !question->query)
		return ask(cache, btid, query);
	cache->counts.merged++;
	join(question, query);
	return query;
}

/* With the last who waits the question goes too. */
static void cancel(void *source, struct user_query *query)
{
	struct user_cache *cache = source;
	struct question *question;
	struct user_query **at;

	if (!query)
		return;
	question = query->question;
	for (at = &question->waiting; *at != query;)
		at = &(*at)->next;
	*at = query->next;
	free(query);
	if (question->waiting || !question->query)
		return;
	cache->behind->cancel(cache->behind->source, question->query);
	remove_question(question);
}

/* -- opening --------------------------------------------------------------- */

struct user_cache *user_cache_new(const struct user_source *behind,
				  const struct user_cache_limits *limits)
{
	struct user_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->behind = behind;
	cache->limits = *limits;
	cache->source = (struct user_source){ behind->name, find, cancel,
					      cache };
	if (!user_table_open(&cache->users) &&
	    !user_table_open(&cache->strangers))
		return cache;
	user_cache_free(cache);
	return NULL;
}

static void drop_question(struct user_cache *cache, struct question *question)
{
	struct user_query *query;

	cache->behind->cancel(cache->behind->source, question->query);
	while ((query = question->waiting)) {
		question->waiting = query->next;
		free(query);
	}
	remove_question(question);
}

void user_cache_free(struct user_cache *cache)
{
	if (!cache)
		return;
	while (cache->questions)
		drop_question(cache, cache->questions);
	user_table_close(&cache->users);
	user_table_close(&cache->strangers);
	user_wipe(&cache->answer);
	free(cache);
}

const struct user_source *user_cache_source(struct user_cache *cache)
{
	return &cache->source;
}

void user_cache_count(const struct user_cache *cache,
		      struct user_cache_counts *counts)
{
	*counts = cache->counts;
	counts->users = cache->users.count;
	counts->strangers = cache->strangers.count;
}
