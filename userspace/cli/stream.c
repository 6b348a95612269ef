// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/snapshot.h"
#include "cli/table.h"
#include "lib/clock.h"

static void count_cell(struct table *table, __u64 value, enum style style)
{
	text count;

	table_cell(table, value ? style : DIM, "%s",
		   format_count(count, value));
}

static void tenths_cell(struct table *table, enum style style, double value,
			bool known, const char *unit)
{
	if (known)
		table_cell(table, style, "%.1f%s", value, unit);
	else
		table_cell(table, DIM, "-");
}

static enum style mos_style(double mos)
{
	return mos < 3.1 ? RED : mos < 3.6 ? YELLOW : PLAIN;
}

static void reception_cells(struct table *table,
			    const struct sg_reception *reception)
{
	tenths_cell(table, PLAIN, reception->round_trip,
		    reception->round_trip >= 0, " ms");
	tenths_cell(table, mos_style(reception->mos), reception->mos,
		    reception->mos > 0, "");
}

/* Why nothing leaves; else, in the same place, that nothing comes. */
static void path_cell(struct table *table, const char *path, const char *why,
		      __u8 silence)
{
	const char *silent = sg_silence_name(silence);

	if (why || !silent)
		table_cell(table, why ? RED : GREEN, "%s", why ? why : path);
	else
		table_cell(table, YELLOW, "%s, %s", path, silent);
}

static void row(struct cli *cli, struct table *table,
		const struct context_view *view, int side)
{
	const struct stream_view *of = &view->stream[side];
	const struct sg_totals *totals = &of->totals;
	const char *why, *path, *drop = sg_reason_name(of->last_drop);
	struct sg_reception reception;
	text from, to, age;

	describe_reception(cli, view, side, &reception);
	path = stream_path(&cli->maps, &of->stream, &why);
	table_cell(table, BOLD, "%s", view->context.name);
	table_cell(table, PLAIN, "%s", describe_direction(side));
	table_cell(table, CYAN, "%s", stream_operation(&of->stream));
	table_cell(table, PLAIN, "%s %s %s", describe_from(from, &of->stream),
		   style_arrow(), describe_to(to, &of->stream));
	count_cell(table, totals->packets, PLAIN);
	count_cell(table, totals->lost, YELLOW);
	tenths_cell(table, PLAIN, totals->jitter, totals->jitter >= 0, " ms");
	reception_cells(table, &reception);
	count_cell(table, totals->rtcp_packets, PLAIN);
	count_cell(table, totals->replayed, YELLOW);
	count_cell(table, totals->auth_failed, RED);
	count_cell(table, totals->dropped, YELLOW);
	table_cell(table, PLAIN, "%s", of->last_drop && drop ? drop : "-");
	table_cell(table, PLAIN, "%s",
		   format_age(age, clock_ns(), totals->last_seen));
	path_cell(table, path, why, view->context.silence[side]);
}

static void print(struct cli *cli, const struct context_view *views,
		  size_t count)
{
	static const char *const headings[] = {
		"CONTEXT", "DIRECTION", "OPERATION", "FROM, TO", ">PACKETS",
		">LOST", ">JITTER", ">RTT", ">MOS", ">RTCP", ">REPLAYS", ">BAD AUTH", ">DROPPED",
		"LAST DROP", ">LAST SEEN", "PATH", NULL
	};
	struct table table;

	table_open(&table, headings);
	for (size_t i = 0; i < 2 * count; i++)
		if (views[i / 2].stream[i % 2].slot)
			row(cli, &table, &views[i / 2], i % 2);
	table_print(&table, stdout, 0, table_rows(&table), 0, "\n");
	table_close(&table);
}

static const char *const source_headings[] = {
	"DIRECTION", "SSRC", ">PACKETS", ">OCTETS", ">ROC", ">SEQUENCE",
	">RTCP", ">JITTER", NULL
};

static void source_rows(struct cli *cli, struct table *table,
			const struct context_view *view, int side)
{
	json_t *stream = describe_stream(cli, view, side, true), *source;
	text packets, octets;
	size_t i;

	json_array_foreach(json_object_get(stream, "sources"), i, source) {
#define NUMBER(name) json_integer_value(json_object_get(source, name))
		table_cell(table, PLAIN, "%s", describe_direction(side));
		table_cell(table, BOLD, "%s", json_string_value(
			   json_object_get(source, "ssrc")));
		table_cell(table, PLAIN, "%s",
			   format_count(packets, NUMBER("packets")));
		table_cell(table, PLAIN, "%s",
			   format_count(octets, NUMBER("octets")));
		table_cell(table, PLAIN, "%lld", NUMBER("roc"));
		table_cell(table, PLAIN, "%lld", NUMBER("highest_sequence"));
		table_cell(table, PLAIN, "%lld", NUMBER("rtcp_packets"));
		table_cell(table, PLAIN, "%.1f ms", json_number_value(
			   json_object_get(source, "jitter_ms")));
#undef NUMBER
	}
	json_decref(stream);
}

static const char *const lifetime_headings[] = {
	"DIRECTION", "KEY", "USE", ">PACKETS", ">RTCP", ">LIFETIME", "", NULL
};

static void lifetime_rows(struct cli *cli, struct table *table,
			  const struct context_view *view, int side)
{
	json_t *stream = describe_stream(cli, view, side, true), *life;
	text packets, rtcp, limit;
	size_t i;

	json_array_foreach(json_object_get(stream, "lifetimes"), i, life) {
#define NUMBER(name) json_integer_value(json_object_get(life, name))
#define TEXT(name) json_string_value(json_object_get(life, name))
		bool over = json_is_true(json_object_get(life, "expired"));

		table_cell(table, PLAIN, "%s", describe_direction(side));
		table_cell(table, BOLD, "%s", TEXT("fingerprint"));
		table_cell(table, CYAN, "%s", TEXT("use"));
		table_cell(table, over ? RED : PLAIN, "%s",
			   format_count(packets, NUMBER("packets")));
		table_cell(table, over ? RED : PLAIN, "%s",
			   format_count(rtcp, NUMBER("rtcp_packets")));
		table_cell(table, PLAIN, "%s",
			   format_count(limit, NUMBER("lifetime")));
		table_cell(table, over ? RED : GREEN, over ? "over" : "valid");
#undef NUMBER
#undef TEXT
	}
	json_decref(stream);
}

typedef void add_rows(struct cli *cli, struct table *table,
		      const struct context_view *view, int side);

/* A table of what both streams have, if they have any. */
static void print_details(struct cli *cli, const struct context_view *view,
			  const char *const *headings, add_rows *rows)
{
	struct table table;

	table_open(&table, headings);
	for (int side = 0; side < 2; side++)
		if (view->stream[side].slot)
			rows(cli, &table, view, side);
	if (table_rows(&table)) {
		putchar('\n');
		table_print(&table, stdout, 0, table_rows(&table), 0, "\n");
	}
	table_close(&table);
}

static void receiver_row(struct cli *cli, struct table *table,
			 const struct context_view *view, int side)
{
	struct sg_reception reception;
	bool reported;
	text count, age;

	describe_reception(cli, view, side, &reception);
	reported = reception.reports;
	table_cell(table, PLAIN, "%s", describe_direction(side));
	table_cell(table, PLAIN, "%s",
		   format_count(count, reception.reports));
	table_cell(table, PLAIN, "%s",
		   format_age(age, clock_ns(), reception.reported_at));
	tenths_cell(table, reception.loss > 0 ? YELLOW : PLAIN, reception.loss,
		    reported, " %");
	if (reported)
		table_cell(table, PLAIN, "%d", reception.lost);
	else
		table_cell(table, DIM, "-");
	tenths_cell(table, PLAIN, reception.jitter, reception.jitter >= 0,
		    " ms");
	tenths_cell(table, PLAIN, reception.round_trip_average,
		    reception.round_trip_average >= 0, " ms");
	table_cell(table, PLAIN, "%s",
		   !reception.mos ? "-" :
		   reception.mos_reported ? "receiver" : "gateway");
	table_cell(table, PLAIN, "%s",
		   reception.mos ? reception.codec->name : "-");
}

static void print_receivers(struct cli *cli, const struct context_view *view)
{
	static const char *const headings[] = {
		"DIRECTION", ">REPORTS", ">REPORTED", ">LOSS", ">LOST",
		">JITTER", ">AVERAGE RTT", "MOS FROM", "CODEC", NULL
	};
	struct table table;

	table_open(&table, headings);
	for (int side = 0; side < 2; side++)
		if (view->stream[side].slot)
			receiver_row(cli, &table, view, side);
	puts("\nwhat the receivers report");
	table_print(&table, stdout, 0, table_rows(&table), 0, "\n");
	table_close(&table);
}

static int print_json(struct cli *cli, const struct context_view *views,
		      size_t count, bool sources)
{
	json_t *list = json_array();

	for (size_t i = 0; i < 2 * count; i++)
		if (views[i / 2].stream[i % 2].slot)
			json_array_append_new(
				list, describe_stream(cli, &views[i / 2],
						      i % 2, sources));
	return cli_print_json(json_pack("{s:o}", "streams", list));
}

static int show_one(struct cli *cli, const char *name)
{
	struct context_view view;
	int err = snapshot_find(&view, &cli->maps, name);

	if (err == -ENOENT)
		return cli_fail("context \"%s\" does not exist; see srtpgate "
				"context show", name);
	if (err)
		return cli_fail("%s: %s", cli->root, strerror(-err));
	if (cli->json)
		return print_json(cli, &view, 1, true);
	print(cli, &view, 1);
	print_receivers(cli, &view);
	print_details(cli, &view, source_headings, source_rows);
	print_details(cli, &view, lifetime_headings, lifetime_rows);
	return EXIT_OK;
}

static int show_all(struct cli *cli)
{
	struct snapshot snapshot;
	int err = snapshot_read(&snapshot, &cli->maps), status = EXIT_OK;

	if (err)
		status = cli_fail("%s: %s", cli->root, strerror(-err));
	else if (cli->json)
		status = print_json(cli, snapshot.contexts, snapshot.count,
				    false);
	else if (snapshot.count)
		print(cli, snapshot.contexts, snapshot.count);
	else
		puts("no streams");
	snapshot_free(&snapshot);
	return status;
}

int run_stream(struct cli *cli, int argc, char **argv)
{
	if (argc < 2 || argc > 3 || strcmp(argv[1], "show") != 0)
		return cli_usage("stream wants: show [CONTEXT]");
	if (cli_open_maps(cli))
		return EXIT_FAILED;
	return argc == 3 ? show_one(cli, argv[2]) : show_all(cli);
}
