// SPDX-License-Identifier: GPL-2.0-only
#include "lib/quality.h"

#include <string.h>

static const double DELAY_KNEE = 177.3;	/* ms: conversation suffers */
static const double PACKET_MS = 20;

double sg_emodel_rating(const struct sg_codec *codec, double delay, double loss)
{
	double impairment = codec->impairment;
	double rating = codec->best - 0.024 * delay;

	if (delay > DELAY_KNEE)
		rating -= 0.11 * (delay - DELAY_KNEE);
	if (loss > 0)
		impairment += (95 - impairment) * loss /
			      (loss + codec->robustness);
	return rating - impairment;
}

/* The curve dips below 1 near R = 3, where it has no meaning. */
double sg_emodel_mos(double rating)
{
	double mos;

	if (rating <= 0)
		return 1;
	if (rating >= 100)
		return 4.5;
	mos = 1 + 0.035 * rating +
	      rating * (rating - 60) * (100 - rating) * 7e-6;
	return mos < 1 ? 1 : mos;
}

static double milliseconds(__u64 nanoseconds)
{
	return nanoseconds / 1e6;
}

void sg_reception_reports(const struct sg_quality *quality, __u32 clock_rate,
			  struct sg_reception *to)
{
	*to = (struct sg_reception){
		.reports = quality->reports,
		.reported_at = quality->reported_at,
		.loss = quality->fraction_lost / 2.56,
		.lost = quality->lost,
		.jitter = -1,
		.round_trip = -1,
		.round_trip_average = -1,
	};
	if (quality->reports && clock_rate)
		to->jitter = quality->jitter * 1000.0 / clock_rate;
	if (!quality->round_trips)
		return;
	to->round_trip = milliseconds(quality->round_trip);
	to->round_trip_average = milliseconds(quality->round_trip_sum /
					      quality->round_trips);
}

static bool is_recent(const struct sg_reception *reception, __u64 now)
{
	return reception->reports &&
	       (now < reception->reported_at ||
		milliseconds(now - reception->reported_at) <= SG_REPORT_AGE);
}

static void estimate(const struct sg_state state[2], int direction,
		     __u32 clock_rate, __u8 codec, struct sg_reception *to)
{
	double loss = to->loss, jitter = to->jitter, delay = PACKET_MS;
	struct sg_totals totals;

	sg_state_totals(&state[direction], clock_rate, &totals);
	to->codec = sg_codec_of(codec, clock_rate);
	if (!to->codec || !totals.packets)
		return;
	if (!to->mos_reported) {
		loss = totals.expected ? 100.0 * totals.lost / totals.expected :
					 0;
		jitter = totals.jitter;
	}
	for (int i = 0; i < 2; i++)
		delay += milliseconds(state[i].quality.round_trip) / 2;
	to->mos = sg_emodel_mos(sg_emodel_rating(to->codec, delay + 2 * jitter,
						 loss));
}

void sg_reception_read(const struct sg_state state[2], int direction,
		       __u32 clock_rate, __u8 codec, __u64 now,
		       struct sg_reception *reception)
{
	sg_reception_reports(&state[direction].quality, clock_rate, reception);
	reception->mos_reported = is_recent(reception, now);
	estimate(state, direction, clock_rate, codec, reception);
}
