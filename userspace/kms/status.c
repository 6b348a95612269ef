// SPDX-License-Identifier: GPL-2.0-only
#include "kms/status.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "kms/samples.h"
#include "lib/clock.h"
#include "lib/screen.h"

#define KMS "srtpgate_kms_"
#define TOOK KMS "exchange_seconds"

const char status_usage[] =
	"usage: srtpgate-kms status [-j]\n"
	"       srtpgate-kms top [-i SECONDS] [-n COUNT]\n"
	"  -j, --json             for programs\n"
	"  -i, --interval SECONDS between two looks, 1 by default\n"
	"  -n, --count COUNT      ends after so many\n";

struct look {
	const struct config *config;
	const struct samples *now, *before; /* .before NULL: no rates */
	const char *end;	/* of a line */
	FILE *out;
};

/* -- numbers --------------------------------------------------------------- */

static double value(const struct look *look, const char *name,
		    const char *label)
{
	return samples_value(look->now, name, label);
}

/* A second, since the look before. */
static double rate(const struct look *look, const char *name,
		   const char *label)
{
	double s = (look->now->when - look->before->when) / 1e9;

	return (value(look, name, label) -
		samples_value(look->before, name, label)) / s;
}

/* How many took as long as @sample says, at most; since the look before. */
static double taken(const struct look *look, const struct sample *sample)
{
	char label[32];

	if (!look->before)
		return sample->value;
	snprintf(label, sizeof(label), "%.*s", (int)sample->label.size,
		 sample->label.at);
	return sample->value -
	       samples_value(look->before, TOOK "_bucket", label);
}

/* The bound, in ms, that @share of the answers kept; -1: there were none. */
static double quantile(const struct look *look, double share)
{
	const struct sample *last = samples_find(look->now, TOOK "_bucket",
						 "+Inf");
	double all = last ? taken(look, last) : 0;

	for (int i = 0; all > 0 && i < look->now->count; i++) {
		const struct sample *sample = &look->now->sample[i];

		if (sg_slice_is(sample->name, TOOK "_bucket") &&
		    taken(look, sample) >= all * share)
			return strtod(sample->label.at, NULL) * 1e3;
	}
	return -1;
}

/* -- lines ----------------------------------------------------------------- */

static void line_who(const struct look *look)
{
	time_t now = time(NULL);
	long s = now - (long)value(look, "process_start_time_seconds", NULL);

	fprintf(look->out,
		"%s up %ld d %02ld:%02ld:%02ld, %.0f waiting",
		look->config->name, s / 86400, s / 3600 % 24, s / 60 % 60,
		s % 60, value(look, KMS "waiting", NULL));
	if (look->before)
		fprintf(look->out, ", CPU %.0f %%",
			100 * rate(look, "process_cpu_seconds_total", NULL));
	fputs(look->end, look->out);
}

static void line_took(const struct look *look)
{
	double half = quantile(look, 0.5), most = quantile(look, 0.99);

	if (half < 0)
		fprintf(look->out, "answers  none%s", look->end);
	else
		fprintf(look->out,
			"answers  half within %g ms, 99 %% within %g ms%s",
			half, most, look->end);
}

static void line_users(const struct look *look)
{
	double known = value(look, KMS "user_questions_total", "remembered");
	double asked = value(look, KMS "user_questions_total", "asked");

	if (samples_find(look->now, KMS "users", NULL))
		fprintf(look->out, "users    %.0f in the store%s",
			value(look, KMS "users", NULL), look->end);
	if (samples_find(look->now, KMS "bsf_reachable", NULL))
		fprintf(look->out,
			"users    BSF %s, %.0f remembered, %.1f %% of questions "
			"answered from memory%s",
			value(look, KMS "bsf_reachable", NULL) ?
				"reachable" : "NOT REACHABLE",
			value(look, KMS "users_remembered", NULL),
			known ? 100 * known / (known + asked) : 0, look->end);
}

static void line_peers(const struct look *look)
{
	for (int i = 0; i < look->now->count; i++) {
		const struct sample *sample = &look->now->sample[i];

		if (sg_slice_is(sample->name, KMS "peer_answers"))
			fprintf(look->out, "server   %.*s %s%s",
				(int)sample->label.size, sample->label.at,
				sample->value ? "answers" : "DOES NOT ANSWER",
				look->end);
	}
}

static void line_key(const struct look *look)
{
	time_t since = value(look, KMS "ticket_key_since_seconds", NULL);
	char text[32];
	struct tm tm;

	if (!samples_find(look->now, KMS "ticket_key", NULL)) {
		fprintf(look->out, "keys     NONE SEALS%s", look->end);
		return;
	}
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M",
		 localtime_r(&since, &tm));
	fprintf(look->out, "keys     %.0f, number %.0f seals since %s%s",
		value(look, KMS "ticket_keys", NULL),
		value(look, KMS "ticket_key", NULL), text, look->end);
}

/* -- counters -------------------------------------------------------------- */

static void row(const struct look *look, const struct sample *sample,
		const char *what)
{
	char name[64], label[64];

	snprintf(name, sizeof(name), "%.*s", (int)sample->name.size,
		 sample->name.at);
	snprintf(label, sizeof(label), "%.*s", (int)sample->label.size,
		 sample->label.at);
	fprintf(look->out, "%-8s %-26s %14.0f", what, label, sample->value);
	if (look->before)
		fprintf(look->out, " %12.1f", rate(look, name, label));
	fputs(look->end, look->out);
}

static void rows(const struct look *look, const char *name, const char *what,
		 bool all)
{
	for (int i = 0; i < look->now->count; i++) {
		const struct sample *sample = &look->now->sample[i];

		if (sg_slice_is(sample->name, name) && (all || sample->value))
			row(look, sample, what);
	}
}

static void show(const struct look *look)
{
	line_who(look);
	line_took(look);
	line_users(look);
	line_peers(look);
	line_key(look);
	fprintf(look->out, "%s%35s %14s%s%s", look->end, "", "total",
		look->before ? "     a second" : "", look->end);
	rows(look, KMS "exchanges_total", "query", true);
	rows(look, KMS "errors_total", "error", false);
	rows(look, KMS "replays_total", "replay", false);
}

/* -- commands -------------------------------------------------------------- */

static int fetch(struct samples *samples, const struct config *config,
		 struct fault *fault)
{
	if (!*config->metrics)
		return fault_set(fault, EINVAL,
				 "the configuration has no \"metrics\", by "
				 "which a running server is seen; say metrics = "
				 "\"127.0.0.1:9465\" and restart it");
	return samples_fetch(samples, config->metrics, fault);
}

/* What is counted is no fraction. */
static json_t *json_number(double value)
{
	return value == (double)(json_int_t)value ? json_integer(value) :
						    json_real(value);
}

static int print_json(const struct samples *samples)
{
	json_t *all = json_object();

	for (int i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->sample[i];
		json_t *number = json_number(sample->value), *group;
		char name[64], label[64];

		snprintf(name, sizeof(name), "%.*s", (int)sample->name.size,
			 sample->name.at);
		snprintf(label, sizeof(label), "%.*s", (int)sample->label.size,
			 sample->label.at);
		if (!sample->label.size) {
			json_object_set_new(all, name, number);
			continue;
		}
		group = json_object_get(all, name);
		if (!group) {
			group = json_object();
			json_object_set_new(all, name, group);
		}
		json_object_set_new(group, label, number);
	}
	json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	putchar('\n');
	json_decref(all);
	return 0;
}

static int status(const struct config *config, bool json, struct fault *fault)
{
	static struct samples now;
	int err = fetch(&now, config, fault);

	if (err)
		return err;
	if (json)
		return print_json(&now);
	show(&(struct look){ config, &now, NULL, "\n", stdout });
	return 0;
}

/* On a terminal the same screen again, else block after block. */
static void paint(const struct look *look)
{
	struct look painted = *look;
	char *text = NULL;
	size_t size;

	if (!isatty(STDOUT_FILENO)) {
		show(look);
		putchar('\n');
		fflush(stdout);
		return;
	}
	painted.end = SCREEN_LINE;
	painted.out = open_memstream(&text, &size);
	if (!painted.out)
		return;
	show(&painted);
	fputs(SCREEN_LINE "q quits" SCREEN_LINE, painted.out);
	fclose(painted.out);
	screen_paint(text, size);
	free(text);
}

static bool wait_for(double interval)
{
	__u64 deadline = clock_ns() + (__u64)(interval * 1e9);
	int key;

	while ((key = screen_wait(deadline)) != SCREEN_TIMEOUT)
		if (key == SCREEN_QUIT || key == 'q')
			return false;
	return true;
}

static int top(const struct config *config, double interval, long count,
	       struct fault *fault)
{
	static struct samples looks[2];
	int err = fetch(&looks[0], config, fault);

	if (err)
		return err;
	screen_open(isatty(STDOUT_FILENO));
	for (long i = 1; !err && wait_for(interval); i++) {
		err = fetch(&looks[i % 2], config, fault);
		if (!err)
			paint(&(struct look){ config, &looks[i % 2],
					      &looks[(i + 1) % 2], "\n",
					      stdout });
		if (i == count)
			break;
	}
	screen_close();
	return err;
}

int status_run(const struct config *config, int argc, char **argv,
	       struct fault *fault)
{
	static const struct option table[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	bool live = !strcmp(argv[0], "top"), json = false, wrong = false;
	double interval = 1;
	long count = 0;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, live ? "i:n:" : "j", table,
				     NULL)) != -1) {
		if (option == 'j' && !live)
			json = true;
		else if (option == 'i' && live)
			interval = atof(optarg);
		else if (option == 'n' && live)
			count = atol(optarg);
		else
			wrong = true;
	}
	if (wrong || optind < argc || interval < 0.1 || interval > 3600 ||
	    count < 0)
		return fault_set(fault, EINVAL, "%s", "");
	return live ? top(config, interval, count, fault) :
		      status(config, json, fault);
}
