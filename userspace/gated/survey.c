// SPDX-License-Identifier: GPL-2.0-only
#include "gated/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/quality.h"

struct survey {
	struct gate *gate;
	struct event *timer;
	struct silence silence;
	struct survey_figures figures[2]; /* of this round, and the last */
	__u32 slot;		/* where to go on */
	__u32 seen;		/* contexts of this round so far */
	__u32 rounds;
	__u64 began;		/* ms, of this round */
};

enum { NOW, LAST };

enum { SLOTS_A_SLICE = 1 << 16 };	/* empty ones cost nearly nothing */

const double survey_limits[SURVEY_LIMITS] = { 2.6, 3.1, 3.6 };

static void rate(struct survey_figures *figures,
		 const struct sg_reception *reception)
{
	if (reception->round_trip >= 0) {
		figures->timed++;
		figures->round_trip_sum += reception->round_trip;
		if (reception->round_trip > figures->round_trip_longest)
			figures->round_trip_longest = reception->round_trip;
	}
	if (!reception->mos)
		return;
	if (!figures->rated++ || reception->mos < figures->mos_lowest)
		figures->mos_lowest = reception->mos;
	figures->mos_sum += reception->mos;
	for (int i = 0; i < SURVEY_LIMITS; i++)
		figures->below[i] += reception->mos < survey_limits[i];
}

static void sample(struct survey *survey, const struct context *context)
{
	const struct sg_maps *maps = context->all->maps;
	struct sg_reception reception;
	struct sg_state state[2];

	for (int i = 0; i < 2; i++)
		if (sg_maps_state(maps, context_state(context, i), &state[i]))
			return;
	for (int i = 0; i < 2; i++) {
		if (context->stream[i].silence)
			continue;
		sg_reception_read(state, i, context->termination[i].clock_rate,
				  context->termination[i].codec, clock_ns(),
				  &reception);
		rate(&survey->figures[NOW], &reception);
	}
}

/* Another part of them each round. */
static bool is_sampled(const struct survey *survey)
{
	__u32 stride = survey->gate->contexts.count / SURVEY_SAMPLE + 1;

	return (survey->seen + survey->rounds) % stride == 0;
}

static void look(struct survey *survey, struct context *context)
{
	const struct sg_maps *maps = context->all->maps;
	__u64 now = clock_ms(), seen;

	for (int i = 0; i < 2; i++) {
		if (sg_maps_last_seen(maps, context_state(context, i), &seen))
			continue;
		silence_look(&survey->silence, context, i, seen / 1000000,
			     now);
		survey->figures[NOW].silent[context->stream[i].silence]++;
	}
	if (is_sampled(survey))
		sample(survey, context);
	survey->seen++;
}

/* ms until the next one begins. */
static __u64 end_round(struct survey *survey, __u64 now)
{
	__u64 next = survey->began + SURVEY_ROUND_MS;

	silence_round_over(&survey->silence);
	survey->figures[LAST] = survey->figures[NOW];
	memset(&survey->figures[NOW], 0, sizeof(survey->figures[NOW]));
	survey->rounds++;
	survey->slot = SG_RESERVED_SLOTS;
	survey->seen = 0;
	next = next > now ? next : now + SURVEY_PAUSE_MS;
	survey->began = next;
	return next - now;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct survey *survey = arg;
	const struct contexts *all = &survey->gate->contexts;
	__u32 end = all->maps->contexts_size, slots = SLOTS_A_SLICE;
	__u64 wait = SURVEY_PAUSE_MS;
	int left = SURVEY_SLICE;
	struct timeval pause;

	(void)fd;
	(void)what;
	for (; survey->slot < end && left && slots--; survey->slot++) {
		if (!all->by_slot[survey->slot])
			continue;
		look(survey, all->by_slot[survey->slot]);
		left--;
	}
	if (survey->slot >= end)
		wait = end_round(survey, clock_ms());
	pause.tv_sec = wait / 1000;
	pause.tv_usec = wait % 1000 * 1000;
	evtimer_add(survey->timer, &pause);
}

int survey_open(struct gate *gate)
{
	struct survey *survey = calloc(1, sizeof(*survey));
	const struct timeval at_once = { 0 };

	if (!survey)
		return -ENOMEM;
	survey->gate = gate;
	survey->slot = SG_RESERVED_SLOTS;
	survey->began = clock_ms();
	survey->silence.period = gate->config.silence * 1000;
	survey->silence.began = survey->began;
	survey->timer = evtimer_new(gate->base, on_timer, survey);
	if (!survey->timer || evtimer_add(survey->timer, &at_once)) {
		survey_close(survey);
		return -ENOMEM;
	}
	gate->survey = survey;
	return 0;
}

void survey_close(struct survey *survey)
{
	if (!survey)
		return;
	if (survey->timer)
		event_free(survey->timer);
	free(survey);
}

const struct survey_figures *survey_figures(const struct survey *survey)
{
	return &survey->figures[LAST];
}

const struct silence *survey_silence(const struct survey *survey)
{
	return &survey->silence;
}
