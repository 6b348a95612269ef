// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/rates.h"
#include "cli/table.h"
#include "lib/clock.h"
#include "lib/screen.h"

enum {
	HISTORY = 256,		/* points of the curve kept */
	HEADER_LINES = 5,	/* above the rows, the heading included */
	FOOTER_LINES = 1,
	BLOCK_ROWS = 20,	/* without a screen */
	FIRST_LOOK_MS = 300,
};

struct top {
	struct cli *cli;
	bool full;
	double interval;	/* s */
	double count;		/* blocks to print, 0: no end */
	double rows;		/* 0: what fits */
	size_t skipped;		/* rows scrolled past */
	enum sort_key key;
	struct snapshot before, now;
	double history[HISTORY]; /* packets a second */
	unsigned int looks;
};

/* -- the header ------------------------------------------------------------- */

static const char *bit_rate(text out, double octets)
{
	double bits = octets * 8;

	if (bits < 1e6)
		snprintf(out, TEXT_SIZE, "%.0f kbit/s", bits / 1e3);
	else if (bits < 1e9)
		snprintf(out, TEXT_SIZE, "%.1f Mbit/s", bits / 1e6);
	else
		snprintf(out, TEXT_SIZE, "%.2f Gbit/s", bits / 1e9);
	return out;
}

static void header_who(FILE *out, const struct top *top,
		       const struct rates *rates)
{
	time_t clock = time(NULL);
	struct tm local;
	text contexts, streams;
	char hour[16];

	strftime(hour, sizeof(hour), "%H:%M:%S", localtime_r(&clock, &local));
	fprintf(out, "%ssrtpgate top%s  %s  %s%s%s  %s contexts, %s streams",
		style_on(BOLD), style_off(), hour,
		style_on(top->cli->daemon ? GREEN : YELLOW),
		top->cli->daemon ? "srtpgated running" : "srtpgated down",
		style_off(), format_count(contexts, top->now.count),
		format_count(streams, rates->count));
}

static void header_load(FILE *out, const struct rates *rates)
{
	text packets, bits, passes;

	fprintf(out, "%sin%s %s pkt/s, %s   %sto kernel%s %s pkt/s",
		style_on(BOLD), style_off(),
		format_rate(packets, rates->packets + rates->drops),
		bit_rate(bits, rates->octets), style_on(BOLD), style_off(),
		format_rate(passes, rates->passes));
}

/* The reasons of now, most frequent first. */
static void header_drops(FILE *out, const struct rates *rates)
{
	double last = 1e300;
	text rate;

	fprintf(out, "%sdrops%s %s%s pkt/s%s", style_on(BOLD), style_off(),
		style_on(rates->drops > 0 ? RED : PLAIN),
		format_rate(rate, rates->drops), style_off());
	for (int shown = 0; shown < 4; shown++) {
		__u32 top = 0;

		for (__u32 i = 1; i < SG_DROP_REASON_COUNT; i++)
			if (rates->reasons[i] < last &&
			    rates->reasons[i] > rates->reasons[top])
				top = i;
		if (!top)
			break;
		last = rates->reasons[top];
		fprintf(out, "%s %s %s", shown ? "," : ":", sg_reason_name(top),
			format_rate(rate, last));
	}
}

/* The last @width values as a curve of one line. */
static void header_curve(FILE *out, const struct top *top, int width)
{
	static const char *const bars[] = { " ", "▁", "▂", "▃", "▄",
					    "▅", "▆", "▇", "█" };
	unsigned int first = top->looks > (unsigned int)width ?
				     top->looks - width : 0;
	double most = 1;

	if (!style_utf8())
		return;
	for (unsigned int i = first; i < top->looks; i++)
		if (top->history[i % HISTORY] > most)
			most = top->history[i % HISTORY];
	fputs(style_on(GREEN), out);
	for (unsigned int i = first; i < top->looks; i++) {
		double value = top->history[i % HISTORY] / most * 8;

		fputs(bars[value > 0 && value < 1 ? 1 : (int)value], out);
	}
	fputs(style_off(), out);
}

/* -- the rows --------------------------------------------------------------- */

static void cell_age(struct table *table, __u64 now, __u64 then,
		     __u8 silence)
{
	__u64 age = now > then ? now - then : 0;
	text out;

	if (!then)
		table_cell(table, silence ? RED : DIM, "never");
	else if (age < 10000000000ULL)
		table_cell(table, age < 2000000000 ? PLAIN : YELLOW, "%.1f s",
			   age / 1e9);
	else
		table_cell(table, silence ? RED : DIM, "%s",
			   format_duration(out, age / 1000000000));
}

static void cells_reception(struct table *table,
			    const struct sg_reception *of)
{
	if (of->round_trip < 0)
		table_cell(table, DIM, "-");
	else
		table_cell(table, PLAIN, "%.0f", of->round_trip);
	if (!of->mos)
		table_cell(table, DIM, "-");
	else
		table_cell(table, of->mos < 3.1 ? RED :
				  of->mos < 3.6 ? YELLOW : PLAIN,
			   "%.1f", of->mos);
}

static void row(const struct cli *cli, struct table *table,
		const struct stream_rate *rate, __u64 now)
{
	const struct stream_view *of = &rate->view->stream[rate->direction];
	bool idle = rate->packets <= 0;
	struct sg_reception reception;
	text number, from, to;

	table_cell(table, idle ? DIM : BOLD, "%s", rate->view->context.name);
	table_cell(table, DIM, "%s", describe_direction(rate->direction));
	table_cell(table, CYAN, "%s", stream_operation(&of->stream));
	table_cell(table, idle ? DIM : GREEN, "%s",
		   format_rate(number, rate->packets));
	table_cell(table, idle ? DIM : PLAIN, "%s",
		   format_rate(number, rate->octets * 8 / 1000));
	if (rate->loss < 0)
		table_cell(table, DIM, "-");
	else
		table_cell(table, rate->loss >= 1 ? RED :
				  rate->loss > 0 ? YELLOW : PLAIN,
			   "%.1f", rate->loss);
	if (rate->jitter < 0 || !of->totals.packets)
		table_cell(table, DIM, "-");
	else
		table_cell(table, rate->jitter > 30 ? YELLOW : PLAIN, "%.1f",
			   rate->jitter);
	describe_reception(cli, rate->view, rate->direction, &reception);
	cells_reception(table, &reception);
	table_cell(table, rate->drops > 0 ? RED : DIM, "%s",
		   format_rate(number, rate->drops));
	table_cell(table, rate->replaying ? RED : DIM, "%s",
		   format_count(number, of->totals.replayed));
	table_cell(table, rate->forging ? RED : DIM, "%s",
		   format_count(number, of->totals.auth_failed));
	cell_age(table, now, of->totals.last_seen,
		 rate->view->context.silence[rate->direction]);
	table_cell(table, idle ? DIM : PLAIN, "%s %s %s",
		   describe_from(from, &of->stream), style_arrow(),
		   describe_to(to, &of->stream));
}

static void print_rows(FILE *out, const struct top *top,
		       const struct rates *rates, size_t rows, int width,
		       const char *end)
{
	static const char *const headings[] = {
		"CONTEXT",  "DIR",   "OPERATION", ">PKT/S", ">KBIT/S", ">LOSS %",
		">JITTER MS", ">RTT MS", ">MOS", ">DROPS/S", ">REPLAYS", ">BAD AUTH", ">SEEN",
		"FROM, TO", NULL
	};
	static const int sorted[] = { [BY_PACKETS] = 3, [BY_LOSS] = 5,
				      [BY_JITTER] = 6, [BY_DROPS] = 9 };
	struct table table;

	table_open(&table, headings);
	table_mark(&table, sorted[top->key]);
	for (size_t i = top->skipped;
	     i < rates->count && i < top->skipped + rows; i++)
		row(top->cli, &table, &rates->streams[i], top->now.time);
	table_print(&table, out, 0, table_rows(&table), width, end);
	table_close(&table);
}

static void print_json(const struct top *top, const struct rates *rates)
{
	json_t *streams = json_array(), *reasons = json_object();
	size_t rows = top->rows ? top->rows : BLOCK_ROWS;

	for (__u32 i = 1; i < SG_REASON_SLOTS; i++)
		if (rates->reasons[i] > 0)
			json_object_set_new(reasons, sg_reason_name(i),
					    json_real(rates->reasons[i]));
	for (size_t i = 0; i < rates->count && i < rows; i++) {
		const struct stream_rate *rate = &rates->streams[i];
		json_t *one = describe_stream(top->cli, rate->view,
					      rate->direction, false);

		json_object_update_new(
			one, json_pack("{s:f, s:f, s:f, s:o}", "packet_rate",
				       rate->packets, "octet_rate",
				       rate->octets, "drop_rate", rate->drops,
				       "loss_percent",
				       rate->loss < 0 ? json_null() :
							json_real(rate->loss)));
		json_array_append_new(streams, one);
	}
	cli_print_json(json_pack(
		"{s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:o, s:o}", "time",
		(json_int_t)time(NULL), "context_count",
		(json_int_t)top->now.count, "stream_count",
		(json_int_t)rates->count, "packet_rate", rates->packets,
		"octet_rate", rates->octets, "drop_rate", rates->drops,
		"pass_rate", rates->passes, "reasons", reasons, "streams",
		streams));
}

/* -- painting --------------------------------------------------------------- */

static void print_header(FILE *out, const struct top *top,
			 const struct rates *rates, int width, const char *end)
{
	header_who(out, top, rates);
	fputs(end, out);
	header_load(out, rates);
	fputs(end, out);
	header_drops(out, rates);
	fputs(end, out);
	if (top->full)
		header_curve(out, top, width < HISTORY ? width : HISTORY);
	fputs(end, out);
}

static void paint(struct top *top, const struct rates *rates)
{
	int columns, lines, room;
	size_t rows, size;
	char *text = NULL;
	FILE *out;

	screen_size(&columns, &lines);
	room = lines - HEADER_LINES - FOOTER_LINES;
	rows = room > 1 ? room : 1;
	if (top->skipped + rows > rates->count)
		top->skipped = rates->count > rows ? rates->count - rows : 0;
	out = open_memstream(&text, &size);
	if (!out)
		return;
	fputs("\033[?7l", out);	/* long header lines are cut, not wrapped */
	print_header(out, top, rates, columns, SCREEN_LINE);
	print_rows(out, top, rates, rows, columns, SCREEN_LINE);
	fprintf(out, "%sq%s quit  sort: %sp%s packets %sd%s drops %sl%s loss "
		"%sj%s jitter  %sspace%s page%s\033[?7h" SCREEN_LINE,
		style_on(BOLD), style_off(), style_on(BOLD), style_off(),
		style_on(BOLD), style_off(), style_on(BOLD), style_off(),
		style_on(BOLD), style_off(), style_on(BOLD), style_off(),
		rates->count > rows ? "" : "  (all shown)");
	fclose(out);
	screen_paint(text, size);
	free(text);
}

static void show(struct top *top)
{
	struct rates rates;

	if (rates_make(&rates, &top->before, &top->now, top->key))
		return;
	if (top->cli->json) {
		print_json(top, &rates);
	} else if (top->full) {
		paint(top, &rates);
	} else {
		print_header(stdout, top, &rates, 0, "\n");
		print_rows(stdout, top, &rates,
			   top->rows ? top->rows : BLOCK_ROWS, 0, "\n");
		putchar('\n');
		fflush(stdout);
	}
	rates_free(&rates);
}

/* -- the loop --------------------------------------------------------------- */

static int look(struct top *top)
{
	struct snapshot next;
	struct rates rates;
	int err = snapshot_read(&next, &top->cli->maps);

	if (err) {
		snapshot_free(&next);
		return err;
	}
	snapshot_free(&top->before);
	top->before = top->now;
	top->now = next;
	if (top->before.time && !rates_make(&rates, &top->before, &top->now,
					    top->key)) {
		top->history[top->looks++ % HISTORY] = rates.packets;
		rates_free(&rates);
	}
	return 0;
}

/* False: the reader has seen enough. */
static bool press(struct top *top, int key)
{
	int columns, rows;

	screen_size(&columns, &rows);
	switch (key) {
	case SCREEN_QUIT:
	case 'q':
		return false;
	case 'p':
		top->key = BY_PACKETS;
		break;
	case 'd':
		top->key = BY_DROPS;
		break;
	case 'l':
		top->key = BY_LOSS;
		break;
	case 'j':
		top->key = BY_JITTER;
		break;
	case ' ':
		top->skipped += rows - HEADER_LINES - FOOTER_LINES;
		if (top->skipped >= 2 * top->now.count)
			top->skipped = 0;
		return true;
	default:
		return true;
	}
	top->skipped = 0;
	return true;
}

static int watch(struct top *top)
{
	__u64 step = top->interval * 1e9, deadline;
	int err = look(top), key;

	deadline = clock_ns() + FIRST_LOOK_MS * 1000000ULL;
	for (double shown = 0; !err && (!top->count || shown < top->count);
	     shown++) {
		while ((key = screen_wait(deadline)) != SCREEN_TIMEOUT) {
			if (!press(top, key))
				return 0;
			if (top->full && top->before.time)
				show(top);
		}
		deadline = clock_ns() + step;
		err = look(top);
		if (!err)
			show(top);
	}
	return err;
}

int run_top(struct cli *cli, int argc, char **argv)
{
	struct top top = { .cli = cli, .interval = 1 };
	int option, err, status = EXIT_OK;

	while (!status && (option = getopt(argc, argv, "i:n:l:")) != -1) {
		if (option == 'i')
			status = cli_number(&top.interval, optarg, 0.1, 3600,
					    "the interval in seconds");
		else if (option == 'n')
			status = cli_number(&top.count, optarg, 1, 1e9,
					    "the count");
		else if (option == 'l')
			status = cli_number(&top.rows, optarg, 1, 1e6,
					    "the number of lines");
		else
			status = EXIT_USAGE;
	}
	if (!status && optind != argc)
		status = cli_usage("top takes no \"%s\"", argv[optind]);
	if (status || (status = cli_open_maps(cli)))
		return status;
	top.full = isatty(STDOUT_FILENO) && !cli->json;
	screen_open(top.full);
	err = watch(&top);
	screen_close();
	snapshot_free(&top.before);
	snapshot_free(&top.now);
	return err ? cli_fail("%s: %s", cli->root, strerror(-err)) : EXIT_OK;
}
