// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gated/iq/iq_answer.h"
#include "lib/log.h"

enum { STAMP = 18 };	/* "20261121T10203000" and NUL */

struct notice {
	struct iq *iq;
	h248_answered *done;
	char name[IQ_NAME];
};

/* yyyymmddThhmmssss in UTC, hundredths last (H.248.1 Annex B). */
static void write_time(char text[STAMP])
{
	struct timespec now;
	struct tm tm;
	size_t size;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	size = strftime(text, STAMP, "%Y%m%dT%H%M%S", &tm);
	snprintf(text + size, STAMP - size, "%02u",
		 (unsigned)(now.tv_nsec / 10000000) % 100);
}

/* A controller that knows nothing of a termination says so each time. */
static void on_answer(void *arg, const struct h248_answer *answer)
{
	const struct h248_error *error = iq_answer_error(answer);
	struct notice *notice = arg;
	struct iq *iq = notice->iq;
	char text[IQ_ANSWER_TEXT];

	if (error || !answer->reply)
		iq->counters.notify_failed++;
	if (error && iq->counters.notify_failed == 1)
		sg_warning("the controller answers Notify of termination %s by "
			   "%s; more of the kind are only counted",
			   notice->name, iq_answer_show(text, error));
	if (notice->done)
		notice->done(iq, answer);
	free(notice);
}

static int transmit(struct notice *notice, __u32 context,
		    const struct h248_events *observed)
{
	struct h248_descriptor descriptor = {
		.kind = H248_OBSERVED_EVENTS, .events = *observed,
	};
	struct h248_command command = {
		.verb = H248_NOTIFY,
		.termination = { .name = sg_slice_of(notice->name) },
		.descriptors = &descriptor,
	};
	struct h248_action action = {
		.context = context, .commands = &command,
	};

	return iq_association_request(notice->iq, &action, on_answer, notice);
}

int iq_notify(struct iq *iq, __u32 context, const char *termination,
	      __u32 request, const char *event,
	      struct h248_parameter *parameters, h248_answered *done)
{
	char stamp[STAMP];
	struct h248_event one = {
		.name = sg_slice_of(event),
		.time = { stamp, STAMP - 1 },
		.parameters = parameters,
	};
	struct h248_events observed = { true, request, &one };
	struct notice *notice = calloc(1, sizeof(*notice));
	int err;

	if (!notice)
		return -ENOMEM;
	notice->iq = iq;
	notice->done = done;
	snprintf(notice->name, sizeof(notice->name), "%s", termination);
	write_time(stamp);
	err = transmit(notice, context, &observed);
	if (err)
		free(notice);
	else
		iq->counters.notified++;
	return err;
}
