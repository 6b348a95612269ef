// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of a termination (H.248.1 E.11, E.12), over all its streams. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "gated/iq/iq_command.h"
#include "gated/iq/iq_plane.h"

/* The termination's place in the committed context; -1: it is new. */
static int place_of(const struct iq_context *old,
		    const struct iq_termination *termination)
{
	for (int i = 0; old && i < IQ_TERMINATIONS; i++)
		if (old->termination[i] &&
		    old->termination[i]->id == termination->id)
			return i;
	return -1;
}

static void add_traffic(struct iq_traffic *sum, const struct iq_traffic *one)
{
	sum->packets_received += one->packets_received;
	sum->octets_received += one->octets_received;
	sum->packets_sent += one->packets_sent;
	sum->octets_sent += one->octets_sent;
	sum->expected += one->expected;
	sum->lost += one->lost;
	if (one->jitter > sum->jitter)
		sum->jitter = one->jitter;
	if (one->round_trip > sum->round_trip) {
		sum->round_trip = one->round_trip;
		sum->clock_rate = one->clock_rate;
	}
}

/* Jitter and delay are those of the worst stream. */
static void sum_traffic(struct iq_work *work,
			const struct iq_termination *termination,
			struct iq_traffic *sum)
{
	int place = place_of(work->old, termination);
	const struct iq_side *side;
	struct iq_traffic one;

	*sum = (struct iq_traffic){ .jitter = -1, .round_trip = -1 };
	if (place < 0)
		return;
	side = work->old->termination[place]->sides;
	for (; side; side = side->next) {
		iq_plane_traffic(work->iq, work->old, place, side->stream,
				 &one);
		add_traffic(sum, &one);
	}
}

static __u64 milliseconds_since(__u64 created)
{
	__u64 now = time(NULL);

	return now > created ? (now - created) * 1000 : 0;
}

static int add_fraction(struct iq_work *work, struct h248_parameter **list,
			const char *name, double value)
{
	char digits[32];
	struct sg_slice text;

	snprintf(digits, sizeof(digits), "%.2f", value);
	if (!iq_text(work, &text, digits, strlen(digits) + 1))
		return -EINVAL;
	return iq_parameter(work, list, name, text.at);
}

/*
 * H.248.1 E.12.4: propagation delay in timestamp units, one way; of it half of
 * the round trip to the peer is known. 0 without reports, as jitter is.
 */
static double delay_of(const struct iq_traffic *sum)
{
	if (sum->round_trip < 0)
		return 0;
	return sum->round_trip / 2 * sum->clock_rate / 1000;
}

static int fill(struct iq_work *work, const struct iq_termination *termination,
		struct h248_parameter **list)
{
	struct iq_traffic sum;
	double lost = 0;
	int err;

	sum_traffic(work, termination, &sum);
	if (sum.expected)
		lost = 100.0 * sum.lost / sum.expected;
	err = iq_parameter_number(work, list, "nt/dur",
				  milliseconds_since(work->current->created));
	if (!err)
		err = iq_parameter_number(work, list, "nt/os",
					  sum.octets_sent);
	if (!err)
		err = iq_parameter_number(work, list, "nt/or",
					  sum.octets_received);
	if (!err)
		err = iq_parameter_number(work, list, "rtp/ps",
					  sum.packets_sent);
	if (!err)
		err = iq_parameter_number(work, list, "rtp/pr",
					  sum.packets_received);
	if (!err)
		err = add_fraction(work, list, "rtp/pl", lost);
	if (!err)
		err = add_fraction(work, list, "rtp/jit",
				   sum.jitter > 0 ? sum.jitter : 0);
	if (!err)
		err = add_fraction(work, list, "rtp/delay", delay_of(&sum));
	return err;
}

int iq_statistics(struct iq_work *work,
		  const struct iq_termination *termination,
		  const struct h248_parameter *asked,
		  struct h248_descriptor ***tail)
{
	struct h248_parameter *all = NULL, *list = NULL;
	struct h248_descriptor *one;

	if (fill(work, termination, &all) ||
	    iq_pick(work, all, asked, IQ_NO_SUCH_STATISTIC, &list))
		return -EINVAL;
	one = iq_descriptor(work, H248_STATISTICS, tail);
	if (!one)
		return -EINVAL;
	one->statistics = list;
	return 0;
}
