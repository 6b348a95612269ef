// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "lib/clock.h"

struct options {
	bool all;
	double watch;		/* s; 0: no rates */
};

static void pause_for(double seconds)
{
	struct timespec time = { .tv_sec = seconds };

	time.tv_nsec = (seconds - time.tv_sec) * 1e9;
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) == EINTR)
		;
}

static bool is_shown(__u32 reason, __u64 count, const struct options *options)
{
	return reason != SG_DROP_NONE && sg_reason_name(reason) &&
	       (count || options->all);
}

/* What became of those that the kernel steered to the slow path. */
static json_t *slow_path(const struct cli *cli)
{
	json_t *counters = json_object();
	struct sg_slow slow = { 0 };

	sg_maps_slow(&cli->maps, &slow);
	for (int i = 0; i < SG_SLOW_ROWS; i++)
		json_object_set_new(counters, sg_slow_rows[i].name,
				    json_integer(sg_slow_value(&slow, i)));
	return counters;
}

static int print_json(const struct cli *cli, const __u64 *count,
		      const double *rate, const struct options *options)
{
	json_t *list = json_array();

	for (__u32 i = 0; i < SG_REASON_SLOTS; i++) {
		json_t *one;

		if (!is_shown(i, count[i], options))
			continue;
		one = json_pack("{s:i, s:s, s:s, s:I, s:s}", "number", (int)i,
				"name", sg_reason_name(i), "verdict",
				i > SG_PASS_BEFORE_FIRST ? "pass" : "drop",
				"count", (json_int_t)count[i], "text",
				sg_reason_text(i));
		if (options->watch > 0)
			json_object_set_new(one, "rate", json_real(rate[i]));
		json_array_append_new(list, one);
	}
	return cli_print_json(json_pack("{s:o, s:o}", "reasons", list,
					"slow_path", slow_path(cli)));
}

static void row(struct table *table, __u32 reason, __u64 count, double rate,
		bool watch)
{
	bool pass = reason > SG_PASS_BEFORE_FIRST;
	text number;

	table_cell(table, PLAIN, "%s", format_count(number, count));
	if (watch)
		table_cell(table, rate > 0 ? YELLOW : DIM, "%s/s",
			   format_rate(number, rate));
	table_cell(table, pass ? DIM : RED, pass ? "pass" : "drop");
	table_cell(table, DIM, "%u", reason);
	table_cell(table, BOLD, "%s", sg_reason_name(reason));
	table_cell(table, PLAIN, "%s", sg_reason_text(reason));
}

static void print_slow_path(const struct cli *cli,
			    const struct options *options)
{
	static const char *const headings[] = { ">COUNT", "SLOW PATH",
						"WHAT HAPPENED", NULL };
	struct sg_slow slow = { 0 };
	struct table table;
	text number;

	sg_maps_slow(&cli->maps, &slow);
	if (!slow.received && !slow.restarted && !options->all)
		return;
	putchar('\n');
	table_open(&table, headings);
	for (int i = 0; i < SG_SLOW_ROWS; i++) {
		__u64 count = sg_slow_value(&slow, i);

		if (!count && !options->all)
			continue;
		table_cell(&table, PLAIN, "%s", format_count(number, count));
		table_cell(&table, BOLD, "%s", sg_slow_rows[i].name);
		table_cell(&table, PLAIN, "%s", sg_slow_rows[i].text);
	}
	table_print(&table, stdout, 0, table_rows(&table), 0, "\n");
	table_close(&table);
}

static int print(const struct cli *cli, const __u64 *count, const double *rate,
		 const struct options *options)
{
	static const char *const plain[] = { ">COUNT", "VERDICT", ">NO", "NAME",
					     "WHAT HAPPENED", NULL };
	static const char *const watched[] = { ">COUNT", ">NOW", "VERDICT",
					       ">NO", "NAME", "WHAT HAPPENED",
					       NULL };
	bool watch = options->watch > 0;
	struct table table;

	table_open(&table, watch ? watched : plain);
	for (__u32 i = 0; i < SG_REASON_SLOTS; i++)
		if (is_shown(i, count[i], options))
			row(&table, i, count[i], rate[i], watch);
	if (table_rows(&table))
		table_print(&table, stdout, 0, table_rows(&table), 0, "\n");
	else
		puts("no packet was dropped or left to the kernel");
	table_close(&table);
	print_slow_path(cli, options);
	return EXIT_OK;
}

static int show(struct cli *cli, const struct options *options)
{
	__u64 before[SG_REASON_SLOTS], count[SG_REASON_SLOTS];
	double rate[SG_REASON_SLOTS] = { 0 };
	__u64 start = clock_ns();
	int err = sg_maps_counters(&cli->maps, before);

	if (!err && options->watch > 0)
		pause_for(options->watch);
	if (!err)
		err = sg_maps_counters(&cli->maps, count);
	if (err)
		return cli_fail("%s: %s", cli->root, strerror(-err));
	if (options->watch > 0)
		for (__u32 i = 0; i < SG_REASON_SLOTS; i++)
			rate[i] = (count[i] - before[i]) * 1e9 /
				  (clock_ns() - start);
	return cli->json ? print_json(cli, count, rate, options) :
			   print(cli, count, rate, options);
}

int run_drop_reasons(struct cli *cli, int argc, char **argv)
{
	struct options options = { 0 };
	int option;

	while ((option = getopt(argc, argv, "aw:")) != -1) {
		if (option == 'a')
			options.all = true;
		else if (option != 'w' ||
			 cli_number(&options.watch, optarg, 0.1, 86400,
				    "the time to watch, in seconds,"))
			return EXIT_USAGE;
	}
	if (optind != argc)
		return cli_usage("drop-reasons takes no \"%s\"", argv[optind]);
	if (cli_open_maps(cli))
		return EXIT_FAILED;
	return show(cli, &options);
}
