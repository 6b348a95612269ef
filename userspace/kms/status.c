// SPDX-License-Identifier: GPL-2.0-only
#include "kms/status.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kms/status_view.h"
#include "lib/clock.h"
#include "lib/screen.h"

const char status_usage[] =
	"usage: srtpgate-kms status [-j]\n"
	"       srtpgate-kms top [-i SECONDS] [-n COUNT]\n"
	"  -j, --json             for programs\n"
	"  -i, --interval SECONDS between two looks, 1 by default\n"
	"  -n, --count COUNT      ends after so many\n";

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
	status_view_print(&(struct status_view){ config->name, &now, NULL,
						 "\n", stdout });
	return 0;
}

/* On a terminal the same screen again, else block after block. */
static void paint(const struct status_view *view)
{
	struct status_view painted = *view;
	char *text = NULL;
	size_t size;

	if (!isatty(STDOUT_FILENO)) {
		status_view_print(view);
		putchar('\n');
		fflush(stdout);
		return;
	}
	painted.end = SCREEN_LINE;
	painted.out = open_memstream(&text, &size);
	if (!painted.out)
		return;
	status_view_print(&painted);
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

/* @count: of looks, 0: without an end. */
static int top(const struct config *config, double interval, __u64 count,
	       struct fault *fault)
{
	static struct samples looks[2];
	int err = fetch(&looks[0], config, fault);

	if (err)
		return err;
	screen_open(isatty(STDOUT_FILENO));
	for (__u64 i = 1; !err && wait_for(interval); i++) {
		err = fetch(&looks[i % 2], config, fault);
		if (!err)
			paint(&(struct status_view){
				config->name, &looks[i % 2],
				&looks[(i + 1) % 2], "\n", stdout });
		if (i == count)
			break;
	}
	screen_close();
	return err;
}

static bool read_interval(double *seconds, const char *text)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds >= 0.1 && *seconds <= 3600;
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
	__u64 count = 0;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, live ? "i:n:" : "j", table,
				     NULL)) != -1) {
		if (option == 'j' && !live)
			json = true;
		else if (option == 'i' && live)
			wrong |= !read_interval(&interval, optarg);
		else if (option == 'n' && live)
			wrong |= !sg_slice_number(sg_slice_of(optarg),
						  1000000000, &count) || !count;
		else
			wrong = true;
	}
	if (wrong || optind < argc)
		return fault_usage(fault);
	return live ? top(config, interval, count, fault) :
		      status(config, json, fault);
}
