// SPDX-License-Identifier: GPL-2.0-only
#include "cli/rates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static __u64 all_packets(const struct sg_totals *totals)
{
	return totals->packets + totals->rtcp_packets;
}

static __u64 all_octets(const struct sg_totals *totals)
{
	return totals->octets + totals->rtcp_octets;
}

static double growth(__u64 before, __u64 now, double seconds)
{
	return now > before ? (now - before) / seconds : 0;
}

/* A late packet takes back a loss, so that the count may shrink. */
static double loss(const struct sg_totals *before, const struct sg_totals *now)
{
	if (now->expected <= before->expected)
		return -1;
	if (now->lost <= before->lost)
		return 0;
	return 100.0 * (now->lost - before->lost) /
	       (now->expected - before->expected);
}

static void fill(struct stream_rate *rate, const struct context_view *before,
		 const struct context_view *now, int direction, double seconds)
{
	static const struct sg_totals nothing;
	const struct sg_totals *new = &now->stream[direction].totals;
	const struct sg_totals *old =
		before ? &before->stream[direction].totals : &nothing;

	rate->view = now;
	rate->direction = direction;
	rate->packets = growth(all_packets(old), all_packets(new), seconds);
	rate->octets = growth(all_octets(old), all_octets(new), seconds);
	rate->drops = growth(old->dropped, new->dropped, seconds);
	rate->loss = loss(old, new);
	rate->jitter = new->jitter;
	rate->replaying = new->replayed > old->replayed;
	rate->forging = new->auth_failed > old->auth_failed;
}

static double value(const struct stream_rate *rate, enum sort_key key)
{
	switch (key) {
	case BY_DROPS:
		return rate->drops;
	case BY_LOSS:
		return rate->loss;
	case BY_JITTER:
		return rate->packets ? rate->jitter : -1;
	case BY_PACKETS:
		break;
	}
	return rate->packets;
}

/* Equals stay in the order of the contexts, so that rows do not dance. */
static int compare(const void *a, const void *b, void *arg)
{
	const struct stream_rate *left = a, *right = b;
	enum sort_key *key = arg;
	double difference = value(right, *key) - value(left, *key);

	if (difference != 0)
		return difference < 0 ? -1 : 1;
	if (left->view != right->view)
		return left->view < right->view ? -1 : 1;
	return left->direction - right->direction;
}

static void count_reasons(struct rates *rates, const struct snapshot *before,
			  const struct snapshot *now, double seconds)
{
	for (__u32 i = SG_DROP_NONE + 1; i < SG_REASON_SLOTS; i++) {
		double rate = growth(before->counters[i], now->counters[i],
				     seconds);

		rates->reasons[i] = rate;
		if (i > SG_PASS_BEFORE_FIRST)
			rates->passes += rate;
		else
			rates->drops += rate;
	}
}

int rates_make(struct rates *rates, const struct snapshot *before,
	       const struct snapshot *now, enum sort_key key)
{
	double seconds = (now->time - before->time) / 1e9;

	memset(rates, 0, sizeof(*rates));
	rates->streams = calloc(2 * now->count + 1, sizeof(*rates->streams));
	if (!rates->streams)
		return -ENOMEM;
	if (seconds <= 0)
		seconds = 1e-9;
	count_reasons(rates, before, now, seconds);
	for (size_t i = 0; i < 2 * now->count; i++) {
		const struct context_view *view = &now->contexts[i / 2];
		struct stream_rate *rate = &rates->streams[rates->count];

		if (!view->stream[i % 2].slot)
			continue;
		fill(rate, snapshot_match(before, view), view, i % 2, seconds);
		rates->packets += rate->packets;
		rates->octets += rate->octets;
		rates->count++;
	}
	qsort_r(rates->streams, rates->count, sizeof(*rates->streams), compare,
		&key);
	return 0;
}

void rates_free(struct rates *rates)
{
	free(rates->streams);
	memset(rates, 0, sizeof(*rates));
}
