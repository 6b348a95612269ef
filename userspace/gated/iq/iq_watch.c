// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a termination's events wait for: one timer each, which fires at the
 * earliest moment that could matter and only then looks. Nothing runs while
 * calls go as they should.
 */
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>

#include "gated/iq/iq_notify.h"
#include "gated/iq/iq_plane.h"
#include "lib/clock.h"

#define NEVER (~0ull)

struct iq_watch {
	struct iq *iq;
	struct event *timer;
	const struct iq_context *context; /* as committed last */
	struct iq_termination *termination;
	struct iq_events events;	/* followed just now */
	__u64 heartbeat;	/* ms, when hangterm/thb is next due */
	__u64 since;		/* ms, from when on silence counts */
	__u64 told;		/* ms, when it was told; 0: not yet */
	bool open;		/* media may flow */
};

/* -- traffic ------------------------------------------------------------------ */

/* In which of the directions asked for media may flow now. */
static int directions(const struct iq_watch *watch, const struct iq_side *side)
{
	int open = 0;

	if (!iq_link_find(watch->context->links, side->stream))
		return 0;
	if (iq_side_receives(side))
		open |= IQ_IN;
	if (iq_side_sends(side))
		open |= IQ_OUT;
	return open & watch->events.direction;
}

static int index_of(const struct iq_watch *watch)
{
	return watch->context->termination[0] != watch->termination;
}

/* ms, when media was last seen where it may flow, or could be first. */
static __u64 last_seen(const struct iq_watch *watch)
{
	__u64 last = watch->since;

	for (const struct iq_side *side = watch->termination->sides; side;
	     side = side->next) {
		int open = directions(watch, side);
		struct iq_traffic traffic = { 0 };

		if (!open)
			continue;
		iq_plane_traffic(watch->iq, watch->context, index_of(watch),
				 side->stream, &traffic);
		if ((open & IQ_IN) && last < traffic.last_received / 1000000)
			last = traffic.last_received / 1000000;
		if ((open & IQ_OUT) && last < traffic.last_sent / 1000000)
			last = traffic.last_sent / 1000000;
	}
	return last;
}

static bool is_open(const struct iq_watch *watch)
{
	for (const struct iq_side *side = watch->termination->sides; side;
	     side = side->next)
		if (directions(watch, side))
			return true;
	return false;
}

/* -- time ---------------------------------------------------------------------- */

static void notify_of(struct iq_watch *watch, const char *event)
{
	iq_notify(watch->iq, watch->context->id, watch->termination->name,
		  watch->events.request, event, NULL, NULL);
}

/* H.248.36: the controller is reminded until it subtracts. */
static __u64 look_at_heartbeat(struct iq_watch *watch, __u64 now)
{
	if (!watch->events.heartbeat)
		return NEVER;
	if (now >= watch->heartbeat) {
		notify_of(watch, "hangterm/thb");
		watch->heartbeat = now + watch->events.heartbeat * 1000ull;
	}
	return watch->heartbeat;
}

/* For a restart, after which it is not told again. */
static void set_told(struct iq_watch *watch, __u64 when)
{
	watch->told = when;
	if (watch->termination->silence_told == !!when)
		return;
	watch->termination->silence_told = when;
	iq_journal_context(watch->iq, watch->context->id, watch->context);
}

/*
 * H.248.40: told once; the next packet arms it again, which is seen a whole
 * period later at the latest, when it may be due for the first time.
 */
static __u64 look_at_silence(struct iq_watch *watch, __u64 now)
{
	const __u64 period = watch->events.inactivity * 1000ull;
	const __u64 soonest = watch->since + period;
	__u64 last;

	/* The commit that opens it comes here again. */
	if (!period || !watch->open)
		return NEVER;
	if (now < soonest)
		return soonest;	/* a state costs a system call to read */
	last = last_seen(watch);
	if (watch->told && last <= watch->told)
		return now + period;
	set_told(watch, 0);
	if (now < last + period)
		return last + period;
	notify_of(watch, "adid/ipstop");
	set_told(watch, now);
	return now + period;
}

static void look(struct iq_watch *watch)
{
	__u64 now = clock_ms();
	__u64 heartbeat = look_at_heartbeat(watch, now);
	__u64 silence = look_at_silence(watch, now);
	__u64 due = heartbeat < silence ? heartbeat : silence;
	struct timeval wait;

	if (due == NEVER) {
		evtimer_del(watch->timer);
		return;
	}
	due = due > now ? due - now : 0;
	wait.tv_sec = due / 1000;
	wait.tv_usec = due % 1000 * 1000;
	evtimer_add(watch->timer, &wait);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

/* -- what is armed -------------------------------------------------------------- */

static struct iq_watch *watch_new(struct iq *iq)
{
	struct iq_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->iq = iq;
	watch->timer = evtimer_new(iq->gate->base, on_timer, watch);
	if (watch->timer)
		return watch;
	free(watch);
	return NULL;
}

/*
 * Timer X runs from the last the controller said of the termination. After a
 * restart all of them begin at once, and would end so: multiples of the golden
 * ratio lie evenly between 0 and 1 (Knuth 6.4).
 */
static void restart_heartbeat(struct iq_watch *watch, __u64 now)
{
	__u64 wait = watch->events.heartbeat * 1000ull;
	__u32 fraction = watch->termination->id * 0x9e3779b9u;

	if (wait && iq_association_state(watch->iq) != IQ_REGISTERED)
		wait = wait / 2 + wait * (fraction >> 16) / 65536 / 2;
	watch->heartbeat = now + wait;
}

static void restart_silence(struct iq_watch *watch,
			    const struct iq_events *events, __u64 now)
{
	bool same = watch->events.request == events->request &&
		    watch->events.inactivity == events->inactivity &&
		    watch->events.direction == events->direction;
	bool was_open = watch->open;

	watch->events = *events;
	watch->open = is_open(watch);
	if (same && was_open && watch->open)
		return;
	watch->since = now;
	watch->told = 0;
	watch->termination->silence_told = false;
}

/* What a daemon before this one has told. */
static void keep_told(struct iq_watch *watch, __u64 now)
{
	watch->told = now;
	watch->termination->silence_told = true;
}

void iq_watch_update(struct iq *iq, struct iq_context *context,
		     struct iq_termination *termination)
{
	const struct iq_events *events = &termination->events;
	__u64 now = clock_ms();
	bool told = !termination->watch && termination->silence_told;
	struct iq_watch *watch;

	if (!events->heartbeat && !events->inactivity) {
		iq_watch_free(termination->watch);
		termination->watch = NULL;
		termination->silence_told = false;
		return;
	}
	if (!termination->watch)
		termination->watch = watch_new(iq);
	watch = termination->watch;
	if (!watch)
		return; /* out of memory: media goes on, unwatched */
	watch->context = context;
	watch->termination = termination;
	restart_silence(watch, events, now);
	if (told)
		keep_told(watch, now);
	restart_heartbeat(watch, now);
	look(watch);
}

void iq_watch_free(struct iq_watch *watch)
{
	if (!watch)
		return;
	event_free(watch->timer);
	free(watch);
}

/* -- g/cause -------------------------------------------------------------------- */

void iq_event_cause(struct iq *iq, const struct iq_context *context,
		    const struct iq_termination *termination,
		    const char *general, const char *failure)
{
	struct h248_parameter texts[] = {
		{ .next = *failure ? &texts[1] : NULL,
		  .name = SG_SLICE("Generalcause"), .relation = H248_EQUAL,
		  .value = { .text = sg_slice_of(general) } },
		{ .name = SG_SLICE("Failurecause"), .relation = H248_EQUAL,
		  .value = { .text = sg_slice_of(failure), .quoted = true } },
	};

	if (termination->events.cause)
		iq_notify(iq, context->id, termination->name,
			  termination->events.request, "g/cause", texts, NULL);
}
