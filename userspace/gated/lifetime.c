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
	RATE_LEAST = 50,	/* packets a second, of a stream that is quiet */
	WAIT_LEAST = 100,	/* ms */
	WAIT_QUIET = 1000,	/* ms, when nothing came since the last look */
	WAIT_MOST = 600 * 1000,	/* ms */
	TEXT = 192,
};

struct lifetime_watch {
	struct context *context;
	struct event *timer;
	__u64 at;		/* ms, of the look before; 0: there was none */
	struct sg_usage used[2][SG_LIFETIMES]; /* what that saw */
};

/* One key of one stream at a look. */
struct look {
	struct lifetime_watch *watch;
	int direction;
	const struct sg_lifetime *life;
	const struct sg_usage *before; /* NULL: not known */
	__u64 elapsed;		/* ms since then */
};

/* -- telling ------------------------------------------------------------------ */

static void tell(const struct look *look, bool ended)
{
	const struct sg_lifetime *life = look->life;
	struct context *context = look->watch->context;
	struct lifetimes *all = &context->all->lifetimes;
	char text[TEXT], how_far[32] = "reached its lifetime";

	if (!ended)
		snprintf(how_far, sizeof(how_far), "used %.0f %% of its lifetime",
			 100 * sg_lifetime_share(life));
	snprintf(text, sizeof(text),
		 "key %08x has %s; it %s what termination %d of %s %s: give it "
		 "a new one",
		 life->fingerprint, how_far, life->seals ? "seals" : "opens",
		 life->seals ? !look->direction : look->direction,
		 context->name, life->seals ? "sends" : "receives");
	sg_warning("%s", text);
	ended ? all->ended++ : all->warned++;
	if (all->tell)
		all->tell(all->arg, &(struct lifetime_news){
			context, look->direction, life, ended, text });
}

/* Tells what is new, and returns what was told in all. */
static __u8 tell_news(const struct look *look)
{
	const struct sg_lifetime *life = look->life;
	struct contexts *all = look->watch->context->all;
	int shift = life->seals ? LIFETIME_SEALS : 0;
	double share = sg_lifetime_share(life);
	__u8 before = keyring_told(&all->keys, life->slot);
	__u8 told = before >> shift;

	if (share >= 1 && !(told & LIFETIME_ENDED)) {
		told |= LIFETIME_ENDED | LIFETIME_WARNED;
		tell(look, true);
	} else if (share * 100 >= all->config->lifetime_warning &&
		   !(told & LIFETIME_WARNED)) {
		told |= LIFETIME_WARNED;
		tell(look, false);
	}
	keyring_tell(&all->keys, life->slot, before | told << shift);
	return told;
}

/* -- when to look again --------------------------------------------------------- */

/* ms until @used may be @target. */
static __u64 wait_for(__u64 target, __u64 used, __u64 before, __u64 elapsed)
{
	__u64 least = elapsed && used == before ? WAIT_QUIET : WAIT_LEAST;
	__u64 rate = RATE_LEAST, wait;

	if (elapsed && (used - before) * 1000 / elapsed > rate)
		rate = (used - before) * 1000 / elapsed;
	wait = target > used ? (target - used) * 1000 / (AHEAD * rate) : 0;
	return wait < least ? least : wait > WAIT_MOST ? WAIT_MOST : wait;
}

/* ms until there may be news of the key; WAIT_MOST + 1: there is none. */
static __u64 next_look(const struct look *look)
{
	const struct sg_usage *used = &look->life->used;
	const struct sg_usage *before = look->before ? look->before : used;
	__u8 told = tell_news(look);
	int percent = told & LIFETIME_WARNED ?
			      100 : look->watch->context->all->config
						->lifetime_warning;
	__u64 rtp, rtcp;

	if (told & LIFETIME_ENDED)
		return WAIT_MOST + 1;
	rtp = wait_for(look->life->limit / 100.0 * percent, used->rtp,
		       before->rtp, look->elapsed);
	rtcp = wait_for(sg_lifetime_rtcp(look->life) / 100.0 * percent,
			used->rtcp, before->rtcp, look->elapsed);
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

static __u64 look_at_stream(struct lifetime_watch *watch, int direction,
			    __u64 elapsed)
{
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
		wait = next_look(&(struct look){
			watch, direction, &lives[i],
			find(watch->used[direction], now[i].generation),
			elapsed });
		least = wait < least ? wait : least;
	}
	memcpy(watch->used[direction], now, sizeof(now));
	return least;
}

static void look(evutil_socket_t fd, short what, void *arg)
{
	struct lifetime_watch *watch = arg;
	__u64 now = clock_ms(), elapsed = watch->at ? now - watch->at : 0;
	__u64 wait[2], least;
	struct timeval time;

	(void)fd;
	(void)what;
	for (int i = 0; i < 2; i++)
		wait[i] = look_at_stream(watch, i, elapsed);
	watch->at = now;
	least = wait[0] < wait[1] ? wait[0] : wait[1];
	if (least > WAIT_MOST)
		return; /* all is told; a new key comes here again */
	time.tv_sec = least / 1000;
	time.tv_usec = least % 1000 * 1000;
	evtimer_add(watch->timer, &time);
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
