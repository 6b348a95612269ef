// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache of users, in front of a source that this test plays: what it
 * remembers and for how long, whose questions it joins, and its limits.
 */
#include "../lib/fake_clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/ktap.h"
#include "../lib/random.h"

#include "kms/user_cache.c"

enum { PENDING = 64, STEPS = 100000, KINDS = 40 };

/* -- the source behind ----------------------------------------------------- */

static struct asked {
	bool used;
	char btid[32];
	user_found *done;
	void *arg;
} asked[PENDING];

static int questions, cancels;
static int at_once = 1;		/* answers from within: this; 1: later */

static struct user_query *play_find(void *source, struct sg_slice btid,
				    user_found *done, void *arg)
{
	int i = 0;

	(void)source;
	questions++;
	if (at_once <= 0) {
		done(arg, at_once, NULL);
		return NULL;
	}
	while (asked[i].used)
		i++;
	asked[i] = (struct asked){ .used = true, .done = done, .arg = arg };
	memcpy(asked[i].btid, btid.at, btid.size);
	return (struct user_query *)&asked[i];
}

static void play_cancel(void *source, struct user_query *query)
{
	(void)source;
	((struct asked *)query)->used = false;
	cancels++;
}

static const struct user_source behind = { "played", play_find, play_cancel,
					   NULL };

/* Answers what was asked for @btid; false: nothing was. */
static bool answer(const char *btid, int err, __u64 expires)
{
	static struct user user;

	user.naf_key.size = NAF_KEY_SIZE;
	memset(user.naf_key.octets, btid[0], NAF_KEY_SIZE);
	user.expires = expires;
	for (int i = 0; i < PENDING; i++) {
		if (!asked[i].used || strcmp(asked[i].btid, btid))
			continue;
		asked[i].used = false;
		asked[i].done(asked[i].arg, err, err ? NULL : &user);
		return true;
	}
	return false;
}

/* -- those who ask --------------------------------------------------------- */

struct asker {
	int times, err;
	__u8 key;
	struct user_cache *again; /* asks once more when it is answered */
};

static void told(void *arg, int err, const struct user *user)
{
	struct asker *asker = arg;
	struct user_cache *cache = asker->again;

	asker->times++;
	asker->err = err;
	asker->key = user ? user->naf_key.octets[NAF_KEY_SIZE - 1] : 0;
	asker->again = NULL;
	if (cache)
		find(cache, SG_SLICE("a@b"), told, asker);
}

static struct user_query *ask_for(struct user_cache *cache, const char *btid,
				  struct asker *asker)
{
	memset(asker, 0, sizeof(*asker));
	return find(cache, sg_slice_of(btid), told, asker);
}

static void forget(struct user_cache *cache)
{
	while (cache->users.oldest)
		user_table_drop(&cache->users, cache->users.oldest);
}

static const struct user_cache_limits limits = {
	.users = 3, .strangers = 2, .questions = 4, .user_s = 100,
	.stranger_s = 10,
};

/* -- cases ----------------------------------------------------------------- */

static struct asker one, two;

static void test_memory(struct user_cache *cache)
{
	int before;

	ktap(ask_for(cache, "a@b", &one) && !one.times && answer("a@b", 0, 0) &&
	     one.times == 1 && !one.err && one.key == 'a',
	     "what it does not know it asks for");
	before = questions;
	ktap(!ask_for(cache, "a@b", &one) && one.times == 1 && !one.err &&
	     one.key == 'a' && questions == before, "and then remembers");
	now_ms += 99999;
	ktap(!ask_for(cache, "a@b", &one) && !one.err, "for so long");
	now_ms += 1;
	ktap(ask_for(cache, "a@b", &one) && answer("a@b", 0, time(NULL) + 1000),
	     "and no longer");
	ktap(ask_for(cache, "old@b", &one) &&
	     answer("old@b", 0, time(NULL) - 1) && ask_for(cache, "old@b", &one) &&
	     answer("old@b", -ENOENT, 0), "nor beyond the user's own end");
}

static void test_refusals(struct user_cache *cache)
{
	ask_for(cache, "n@b", &one);
	answer("n@b", -ENOENT, 0);
	ask_for(cache, "d@b", &one);
	answer("d@b", -EACCES, 0);
	ktap(!ask_for(cache, "n@b", &one) && one.err == -ENOENT &&
	     !ask_for(cache, "d@b", &one) && one.err == -EACCES,
	     "refusals are remembered");
	now_ms += 10000;
	ktap(ask_for(cache, "n@b", &one) && answer("n@b", -EAGAIN, 0) &&
	     one.err == -EAGAIN && ask_for(cache, "n@b", &one) &&
	     answer("n@b", 0, 0), "for a short time, failures not at all");
	ktap(!ask_for(cache, "a@b", &one) && !one.err,
	     "no refusal drives out a user");
}

static void test_merge(struct user_cache *cache)
{
	struct user_query *first, *second;
	int before = questions;

	first = ask_for(cache, "m@b", &one);
	second = ask_for(cache, "m@b", &two);
	ktap(first && second && questions == before + 1 &&
	     answer("m@b", 0, 0) && one.times == 1 && two.times == 1 &&
	     two.key == 'm', "two who ask the same are one question");
	forget(cache);
	first = ask_for(cache, "m@b", &one);
	second = ask_for(cache, "m@b", &two);
	cancel(cache, first);
	ktap(!cancels && answer("m@b", 0, 0) && !one.times && two.times == 1,
	     "one gives up, the other is answered");
	forget(cache);
	first = ask_for(cache, "m@b", &one);
	second = ask_for(cache, "m@b", &two);
	cancel(cache, second);
	cancel(cache, first);
	cancel(cache, NULL);
	ktap(cancels == 1 && !answer("m@b", 0, 0),
	     "both give up, and the question is taken back");
	ask_for(cache, "a@b", &one);
	one.again = cache;
	answer("a@b", -EAGAIN, 0);
	ktap(one.times == 1 && answer("a@b", 0, 0) && one.times == 2 &&
	     !one.err, "who is answered may ask again at once");
	at_once = -EACCES;
	ktap(!ask_for(cache, "now@b", &one) && one.times == 1 &&
	     one.err == -EACCES, "a source may answer at once");
	at_once = 1;
}

static void test_limits(struct user_cache *cache)
{
	static struct asker many[8];
	struct user_cache_counts counts;
	char btid[16];

	forget(cache);
	for (int i = 0; i < 8; i++) {
		snprintf(btid, sizeof(btid), "%d@b", i);
		ask_for(cache, btid, &many[i]);
	}
	user_cache_count(cache, &counts);
	ktap(counts.questions == 4 && counts.full == 4 &&
	     many[4].err == -EAGAIN && !many[3].times,
	     "so many questions are under way and no more");
	for (int i = 0; i < 4; i++) {
		snprintf(btid, sizeof(btid), "%d@b", i);
		answer(btid, 0, 0);
		/* The first stays in use. */
		ask_for(cache, "0@b", &one);
	}
	user_cache_count(cache, &counts);
	ktap(counts.users == 3 && !counts.questions &&
	     !ask_for(cache, "0@b", &one) && !ask_for(cache, "3@b", &one) &&
	     ask_for(cache, "1@b", &one) && answer("1@b", -EAGAIN, 0),
	     "so many users, and who was not asked for longest gives way");
	memset(btid, 'x', sizeof(btid));
	ktap(!find(cache, (struct sg_slice){ calloc(1, 300), 300 }, told,
		   &one) && one.err == -ENOENT, "a B-TID that is none");
}

/* Everybody who asked and did not give up is told once. */
static void test_chance(struct user_cache *cache)
{
	struct random chance = { random_setting("SEED", time(NULL)) };
	static struct asker askers[KINDS];
	static struct user_query *held[KINDS];
	int wrong = 0;
	char btid[16];

	ktap_note("SEED=%llu", chance.state);
	for (int step = 0; step < STEPS; step++) {
		int i = random_below(&chance, KINDS);

		for (int j = 0; j < KINDS; j++)
			if (askers[j].times)
				held[j] = NULL;
		snprintf(btid, sizeof(btid), "%c@b", 'a' + i % 8);
		if (held[i] && random_once_in(&chance, 3)) {
			cancel(cache, held[i]);
			held[i] = NULL;
		} else if (random_once_in(&chance, 2)) {
			answer(btid, random_once_in(&chance, 2) ? 0 : -EAGAIN,
			       0);
		} else if (!held[i]) {
			held[i] = ask_for(cache, btid, &askers[i]);
			wrong += !held[i] != (askers[i].times == 1);
		}
		wrong += askers[i].times > 1;
		now_ms += 1000;
	}
	ktap(!wrong, "%d steps by chance", STEPS);
}

int main(void)
{
	struct user_cache *cache = user_cache_new(&behind, &limits);

	test_memory(cache);
	test_refusals(cache);
	test_merge(cache);
	test_limits(cache);
	test_chance(cache);
	user_cache_free(cache);
	return ktap_finish();
}
