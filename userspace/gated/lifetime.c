// SPDX-License-Identifier: GPL-2.0-only
#include "gated/lifetime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gated/context.h"
#include "gated/stream.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
	AHEAD = 4,		/* times the rate seen, for it may grow */
	RATE_LEAST = 500,	/* packets a second, whatever was seen */
	RATE_UNKNOWN = 10000,	/* of a stream that may begin any time */
	WAIT_LEAST = 20,	/* ms */
	WAIT_QUIET = 1000,	/* ms, when nothing came since the last look */
	WAIT_MOST = 600 * 1000,	/* ms */
	NEWS_MOST = 2 * SG_LIFETIMES, /* of one look */
	TEXT = 192,
};

struct lifetime_watch {
	struct context *context;
	struct event *timer;
	__u64 at;		/* ms, of the look before; 0: there was none */
	struct sg_usage used[2][SG_LIFETIMES]; /* what that saw */
};

/* What a look found to be told. */
struct news {
	int direction;
	struct sg_lifetime life;
	bool ended;
};

struct look {
	struct lifetime_watch *watch;
	__u64 elapsed;		/* ms since the one before; 0: none */
	struct news news[NEWS_MOST];
	int count;
};

/* -- telling ------------------------------------------------------------------ */

static void describe(char text[TEXT], const struct context *context,
		     const struct news *news, bool succeeded, __u32 next)
{
	const struct sg_lifetime *life = &news->life;
	char how_far[32] = "reached its lifetime";

	if (!news->ended)
		snprintf(how_far, sizeof(how_far), "used %.0f %% of its lifetime",
			 100 * sg_lifetime_share(life));
	if (succeeded)
		snprintf(text, TEXT,
			 "key %08x has %s; key %08x now seals what termination "
			 "%d of %s sends", life->fingerprint, how_far, next,
			 !news->direction, context->name);
	else
		snprintf(text, TEXT,
			 "key %08x has %s; it %s what termination %d of %s %s: "
			 "give it a new one", life->fingerprint, how_far,
			 life->seals ? "seals" : "opens",
			 life->seals ? !news->direction : news->direction,
			 context->name, life->seals ? "sends" : "receives");
}

static void tell(struct context *context, const struct news *news)
{
	struct lifetimes *all = &context->all->lifetimes;
	char text[TEXT];
	__u32 next = 0;
	bool succeeded = news->life.seals && all->succeed &&
			 all->succeed(all->arg, context, news->direction, &next);

	describe(text, context, news, succeeded, next);
	sg_log(succeeded ? LOG_NOTICE : LOG_WARNING, "%s", text);
	news->ended ? all->ended++ : all->warned++;
	all->succeeded += succeeded;
	if (all->tell)
		all->tell(all->arg, &(struct lifetime_news){
			context, news->direction, &news->life, news->ended,
			succeeded, text });
}

/* Notes what is new, and returns what was told in all. */
static __u8 find_news(struct look *look, int direction,
		      const struct sg_lifetime *life)
{
	struct contexts *all = look->watch->context->all;
	int shift = life->seals ? LIFETIME_SEALS : 0;
	double share = sg_lifetime_share(life);
	__u8 before = keyring_told(&all->keys, life->slot);
	__u8 told = before >> shift;

	if (share >= 1 && !(told & LIFETIME_ENDED))
		told |= LIFETIME_ENDED | LIFETIME_WARNED;
	else if (share * 100 >= all->config->lifetime_warning)
		told |= LIFETIME_WARNED;
	if (told == before >> shift)
		return told;
	keyring_tell(&all->keys, life->slot, before | told << shift);
	look->news[look->count++] = (struct news){
		direction, *life, told & LIFETIME_ENDED };
	return told;
}

/* -- when to look again --------------------------------------------------------- */

/* ms until @used may be @target. @before: NULL: not known. */
static __u64 wait_for(__u64 target, __u64 used, const __u64 *before,
		      __u64 elapsed)
{
	bool quiet = before && used == *before;
	__u64 least = quiet ? WAIT_QUIET : WAIT_LEAST;
	__u64 rate = RATE_UNKNOWN, wait;

	if (before && !quiet && elapsed) {
		rate = (used - *before) * 1000 / elapsed;
		rate = AHEAD * (rate > RATE_LEAST ? rate : RATE_LEAST);
	}
	wait = target > used ? (target - used) * 1000 / rate : 0;
	return wait < least ? least : wait > WAIT_MOST ? WAIT_MOST : wait;
}

/*
 * ms until there may be news of the key, of which @before (NULL: nothing) was
 * seen; WAIT_MOST + 1: there is none.
 */
static __u64 next_look(const struct look *look, const struct sg_lifetime *life,
		       const struct sg_usage *before, __u8 told)
{
	const struct config *config = look->watch->context->all->config;
	double share = told & LIFETIME_WARNED ? 1 :
					config->lifetime_warning / 100.0;
	__u64 rtp, rtcp;

	if (told & LIFETIME_ENDED)
		return WAIT_MOST + 1;
	rtp = wait_for(life->limit * share, life->used.rtp,
		       before ? &before->rtp : NULL, look->elapsed);
	rtcp = wait_for(sg_lifetime_rtcp(life) * share, life->used.rtcp,
			before ? &before->rtcp : NULL, look->elapsed);
	return rtp < rtcp ? rtp : rtcp;
}

static const struct sg_usage *find(const struct sg_usage *used,
				   __u32 generation)
{
	for (int i = 0; i < SG_LIFETIMES; i++)
		if (generation && used[i].generation == generation)
			return &used[i];
	return NULL;
}

static __u64 look_at_stream(struct look *look, int direction)
{
	struct lifetime_watch *watch = look->watch;
	struct sg_usage now[SG_LIFETIMES] = { 0 };
	struct sg_lifetime lives[SG_LIFETIMES];
	struct context *context = watch->context;
	const struct sg_maps *maps = context->all->maps;
	__u64 wait, least = WAIT_MOST + 1;
	struct sg_stream stream;
	struct sg_state state;
	int count;

	if (sg_maps_state(maps, context_state(context, direction), &state))
		return least;
	stream_build(context, direction, &stream);
	count = sg_lifetimes(lives, maps, &stream, &state);
	for (int i = 0; i < count; i++) {
		now[i] = lives[i].used;
		wait = next_look(look, &lives[i],
				 find(watch->used[direction],
				      now[i].generation),
				 find_news(look, direction, &lives[i]));
		least = wait < least ? wait : least;
	}
	memcpy(watch->used[direction], now, sizeof(now));
	return least;
}

/* Who is told may change the context, or end @arg: so that comes last. */
static void look(evutil_socket_t fd, short what, void *arg)
{
	struct lifetime_watch *watch = arg;
	struct context *context = watch->context;
	__u64 now = clock_ms(), wait[2], least;
	struct look look = {
		.watch = watch,
		.elapsed = watch->at ? now - watch->at : 0,
	};
	struct timeval time;

	(void)fd;
	(void)what;
	for (int i = 0; i < 2; i++)
		wait[i] = look_at_stream(&look, i);
	watch->at = now;
	least = wait[0] < wait[1] ? wait[0] : wait[1];
	time = (struct timeval){ least / 1000, least % 1000 * 1000 };
	if (least <= WAIT_MOST) /* else all is told until a new key comes */
		evtimer_add(watch->timer, &time);
	for (int i = 0; i < look.count; i++)
		tell(context, &look.news[i]);
}

/* -- what is watched -------------------------------------------------------------- */

static bool has_lifetimes(const struct context *context)
{
	__u32 keys[CONTEXT_KEYS];
	int count = context_keys(context, keys);
	struct keyring_label label;

	for (int i = 0; i < count; i++)
		if (!keyring_label(&context->all->keys, keys[i], &label) &&
		    label.lifetime)
			return true;
	return false;
}

static struct lifetime_watch *watch_new(struct context *context)
{
	struct lifetime_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->context = context;
	watch->timer = evtimer_new(context->all->base, look, watch);
	if (watch->timer) {
		context->all->lifetimes.watched++;
		return watch;
	}
	free(watch);
	return NULL;
}

void lifetime_watch_update(struct context *context)
{
	static const struct timeval soon;

	if (!has_lifetimes(context)) {
		lifetime_watch_free(context);
		return;
	}
	if (!context->lifetimes)
		context->lifetimes = watch_new(context);
	/* Out of memory: the data plane ends the keys, unannounced. */
	if (context->lifetimes)
		evtimer_add(context->lifetimes->timer, &soon);
}

void lifetime_watch_free(struct context *context)
{
	struct lifetime_watch *watch = context->lifetimes;

	context->lifetimes = NULL;
	if (!watch)
		return;
	context->all->lifetimes.watched--;
	event_free(watch->timer);
	free(watch);
}
