// SPDX-License-Identifier: GPL-2.0-only
#include "kms/status_view.h"

#include <stdlib.h>
#include <time.h>

#define KMS "srtpgate_kms_"
#define TOOK KMS "exchange_seconds"

/* -- numbers --------------------------------------------------------------- */

static double value(const struct status_view *view, const char *name,
		    const char *label)
{
	return samples_value(view->now, name, label);
}

/* A second, since the look before. */
static double rate(const struct status_view *view, const char *name,
		   const char *label)
{
	double s = (view->now->when - view->before->when) / 1e9;

	return (value(view, name, label) -
		samples_value(view->before, name, label)) / s;
}

/* How many took as long as @sample says, at most; since the look before. */
static double taken(const struct status_view *view, const struct sample *sample)
{
	char label[32];

	if (!view->before)
		return sample->value;
	snprintf(label, sizeof(label), "%.*s", (int)sample->label.size,
		 sample->label.at);
	return sample->value -
	       samples_value(view->before, TOOK "_bucket", label);
}

/* The bound, in ms, that @share of the answers kept; -1: there were none. */
static double quantile(const struct status_view *view, double share)
{
	const struct sample *last = samples_find(view->now, TOOK "_bucket",
						 "+Inf");
	double all = last ? taken(view, last) : 0;

	for (int i = 0; all > 0 && i < view->now->count; i++) {
		const struct sample *sample = &view->now->sample[i];

		if (sg_slice_is(sample->name, TOOK "_bucket") &&
		    taken(view, sample) >= all * share)
			return strtod(sample->label.at, NULL) * 1e3;
	}
	return -1;
}

/* -- lines ----------------------------------------------------------------- */

static void line_who(const struct status_view *view)
{
	time_t now = time(NULL);
	long s = now - (long)value(view, "process_start_time_seconds", NULL);

	fprintf(view->out,
		"%s up %ld d %02ld:%02ld:%02ld, %.0f waiting",
		view->name, s / 86400, s / 3600 % 24, s / 60 % 60,
		s % 60, value(view, KMS "waiting", NULL));
	if (view->before)
		fprintf(view->out, ", CPU %.0f %%",
			100 * rate(view, "process_cpu_seconds_total", NULL));
	fputs(view->end, view->out);
}

static void line_took(const struct status_view *view)
{
	double half = quantile(view, 0.5), most = quantile(view, 0.99);

	if (half < 0)
		fprintf(view->out, "answers  none%s", view->end);
	else
		fprintf(view->out,
			"answers  half within %g ms, 99 %% within %g ms%s",
			half, most, view->end);
}

static void line_users(const struct status_view *view)
{
	double known = value(view, KMS "user_questions_total", "remembered");
	double asked = value(view, KMS "user_questions_total", "asked");

	if (samples_find(view->now, KMS "users", NULL))
		fprintf(view->out, "users    %.0f in the store%s",
			value(view, KMS "users", NULL), view->end);
	if (samples_find(view->now, KMS "bsf_reachable", NULL))
		fprintf(view->out,
			"users    BSF %s, %.0f remembered, %.1f %% of questions "
			"answered from memory%s",
			value(view, KMS "bsf_reachable", NULL) ?
				"reachable" : "NOT REACHABLE",
			value(view, KMS "users_remembered", NULL),
			known ? 100 * known / (known + asked) : 0, view->end);
}

static void line_peers(const struct status_view *view)
{
	for (int i = 0; i < view->now->count; i++) {
		const struct sample *sample = &view->now->sample[i];

		if (sg_slice_is(sample->name, KMS "peer_answers"))
			fprintf(view->out, "server   %.*s %s%s",
				(int)sample->label.size, sample->label.at,
				sample->value ? "answers" : "DOES NOT ANSWER",
				view->end);
	}
}

static void line_key(const struct status_view *view)
{
	time_t since = value(view, KMS "ticket_key_since_seconds", NULL);
	char text[32];
	struct tm tm;

	if (!samples_find(view->now, KMS "ticket_key", NULL)) {
		fprintf(view->out, "keys     NONE SEALS%s", view->end);
		return;
	}
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M",
		 localtime_r(&since, &tm));
	fprintf(view->out, "keys     %.0f, number %.0f seals since %s%s",
		value(view, KMS "ticket_keys", NULL),
		value(view, KMS "ticket_key", NULL), text, view->end);
}

/* -- counters -------------------------------------------------------------- */

static void row(const struct status_view *view, const struct sample *sample,
		const char *what)
{
	char name[64], label[64];

	snprintf(name, sizeof(name), "%.*s", (int)sample->name.size,
		 sample->name.at);
	snprintf(label, sizeof(label), "%.*s", (int)sample->label.size,
		 sample->label.at);
	fprintf(view->out, "%-8s %-26s %14.0f", what, label, sample->value);
	if (view->before)
		fprintf(view->out, " %12.1f", rate(view, name, label));
	fputs(view->end, view->out);
}

static void rows(const struct status_view *view, const char *name,
		 const char *what, bool all)
{
	for (int i = 0; i < view->now->count; i++) {
		const struct sample *sample = &view->now->sample[i];

		if (sg_slice_is(sample->name, name) && (all || sample->value))
			row(view, sample, what);
	}
}

void status_view_print(const struct status_view *view)
{
	line_who(view);
	line_took(view);
	line_users(view);
	line_peers(view);
	line_key(view);
	fprintf(view->out, "%s%35s %14s%s%s", view->end, "", "total",
		view->before ? "     a second" : "", view->end);
	rows(view, KMS "exchanges_total", "query", true);
	rows(view, KMS "errors_total", "error", false);
	rows(view, KMS "replays_total", "replay", false);
}
