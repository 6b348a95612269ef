// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/call.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/describe.h"
#include "cli/snapshot.h"
#include "cli/table.h"
#include "lib/clock.h"

static int compare_names(const void *a, const void *b)
{
	const struct context_view *left = a, *right = b;

	return strverscmp(left->context.name, right->context.name);
}

/* "SRTP", or the cipher when both ways have the same. */
static void cell_srtp(const struct cli *cli, struct table *table,
		      const struct sg_stream *in, const struct sg_stream *out)
{
	text open, seal, unused;

	describe_suites(cli, in, open, unused);
	describe_suites(cli, out, unused, seal);
	if (in->flags & SG_STREAM_OPAQUE)
		table_cell(table, CYAN, "passed through");
	else if (!*open && !*seal)
		table_cell(table, DIM, "plain");
	else if (!strcmp(open, seal))
		table_cell(table, GREEN, "%s", open);
	else
		table_cell(table, GREEN, "%s / %s", *open ? open : "plain",
			   *seal ? seal : "plain");
}

static void row(const struct cli *cli, struct table *table,
		const struct context_view *view, int side)
{
	const struct sg_stream *in = &view->stream[side].stream;
	const struct sg_stream *out = &view->stream[!side].stream;
	bool open = in->flags & SG_STREAM_GATE_OPEN;
	text realm, local, remote, packets, age;
	const struct sg_totals *totals = &view->stream[side].totals;

	table_cell(table, BOLD, "%s", side ? "" : view->context.name);
	table_cell(table, PLAIN, "%d", side);
	table_cell(table, CYAN, "%s",
		   describe_realm(realm, cli, in->local_realm));
	table_cell(table, PLAIN, "%s",
		   describe_endpoint(local, in->local.address, in->local.rtp));
	table_cell(table, PLAIN, "%s", describe_to(remote, out));
	table_cell(table, PLAIN, "%s", describe_source(in));
	table_cell(table, open ? PLAIN : YELLOW, open ? "open" : "closed");
	cell_srtp(cli, table, in, out);
	table_cell(table, PLAIN, "%s", format_count(packets, totals->packets));
	table_cell(table, view->context.silence[side] ? YELLOW : PLAIN, "%s",
		   format_age(age, clock_ns(), totals->last_seen));
}

static const char *const headings[] = {
	"CONTEXT", "T",	   "REALM", "LOCAL",	"REMOTE",    "SOURCE",
	"GATE",	   "SRTP", ">IN",   ">LAST SEEN", NULL
};

static void print(const struct cli *cli, const struct context_view *views,
		  size_t count)
{
	struct table table;

	table_open(&table, headings);
	for (size_t i = 0; i < 2 * count; i++)
		row(cli, &table, &views[i / 2], i % 2);
	table_print(&table, stdout, 0, table_rows(&table), 0, "\n");
	table_close(&table);
}

static int show_found(struct cli *cli, const struct context_view *view)
{
	time_t now = time(NULL);
	text age;

	if (cli->json)
		return cli_print_json(describe_context(cli, view));
	print(cli, view, 1);
	printf("\ncreated %s ago; its streams: srtpgate stream show %s\n",
	       format_duration(age, (__u64)now > view->context.created ?
				    now - view->context.created : 0),
	       view->context.name);
	return EXIT_OK;
}

/* A context of Iq is in the data plane as "4711/1", a name for each stream. */
static bool belongs_to(const struct context_view *view, const char *id)
{
	size_t size = strlen(id);

	return !*id || (!strncmp(view->context.name, id, size) &&
			view->context.name[size] == '/');
}

static void keep_those_of(struct snapshot *snapshot, const char *id)
{
	size_t kept = 0;

	for (size_t i = 0; i < snapshot->count; i++)
		if (belongs_to(&snapshot->contexts[i], id))
			snapshot->contexts[kept++] = snapshot->contexts[i];
	snapshot->count = kept;
	if (kept)
		qsort(snapshot->contexts, kept, sizeof(*snapshot->contexts),
		      compare_names);
}

static int show_list(struct cli *cli, const struct snapshot *snapshot)
{
	json_t *list = json_array();

	if (!cli->json) {
		json_decref(list);
		print(cli, snapshot->contexts, snapshot->count);
		return EXIT_OK;
	}
	for (size_t i = 0; i < snapshot->count; i++)
		json_array_append_new(
			list, describe_context(cli, &snapshot->contexts[i]));
	return cli_print_json(json_pack("{s:o}", "contexts", list));
}

/* Those of the context @id of Iq; "": all there are. */
static int show_all(struct cli *cli, const char *id)
{
	struct snapshot snapshot;
	int err = snapshot_read(&snapshot, &cli->maps), status;

	if (!err)
		keep_those_of(&snapshot, id);
	if (err)
		status = cli_fail("%s: %s", cli->root, strerror(-err));
	else if (!snapshot.count && *id)
		status = cli_fail("context \"%s\" does not exist; see srtpgate "
				  "context show", id);
	else if (snapshot.count || cli->json)
		status = show_list(cli, &snapshot);
	else
		status = puts("no contexts") < 0;
	snapshot_free(&snapshot);
	return status;
}

static int show_one(struct cli *cli, const char *name)
{
	struct context_view view;
	int err;

	if (cli->daemon && call_is_id(name) && call_show(cli, name))
		return EXIT_OK;
	err = snapshot_find(&view, &cli->maps, name);
	if (!err)
		return show_found(cli, &view);
	if (err == -ENOENT)
		return show_all(cli, name);
	return cli_fail("%s: %s", cli->root, strerror(-err));
}

static int show(struct cli *cli, int argc, char **argv)
{
	if (argc > 3)
		return cli_usage("context show takes one name");
	if (cli_open_maps(cli))
		return EXIT_FAILED;
	return argc == 3 ? show_one(cli, argv[2]) : show_all(cli, "");
}

static int answer_of(struct cli *cli, json_t *result, const char *done)
{
	const char *name = json_string_value(json_object_get(result, "context"));

	if (cli->json)
		return cli_print_json(result);
	printf("context %s %s\n", name ? name : "", done);
	json_decref(result);
	return EXIT_OK;
}

/* argv is public: ps(1) shows it to every user of the host. */
static int refuse_keys(const char *argument)
{
	if (*argument != '{')
		return EXIT_OK;
	return cli_usage("keys do not belong in arguments, where ps(1) shows "
			 "them; give a file's name, or - for standard input");
}

static int add(struct cli *cli, int argc, char **argv)
{
	const char *path = argc > 2 ? argv[2] : "-";
	json_t *context, *result;

	if (argc > 3)
		return cli_usage("context add takes one file");
	if (refuse_keys(path))
		return EXIT_USAGE;
	if (control_read_object(path, &context) ||
	    control_ask(cli, "context.add", context, &result))
		return EXIT_FAILED;
	return answer_of(cli, result, "added");
}

static int change(struct cli *cli, int argc, char **argv)
{
	const char *path = argc > 3 ? argv[3] : "-", *inside;
	json_t *params, *result;

	if (argc < 3 || argc > 4)
		return cli_usage("context change takes a name and one file");
	if (refuse_keys(argv[2]) || refuse_keys(path))
		return EXIT_USAGE;
	if (control_read_object(path, &params))
		return EXIT_FAILED;
	inside = json_string_value(json_object_get(params, "context"));
	if (inside && strcmp(inside, argv[2]) != 0) {
		json_decref(params);
		return cli_fail("%s is about another context than \"%s\"",
				path, argv[2]);
	}
	json_object_set_new(params, "context", json_string(argv[2]));
	if (control_ask(cli, "context.change", params, &result))
		return EXIT_FAILED;
	return answer_of(cli, result, "changed");
}

/* -- keys that a key management server has ----------------------------------- */

struct opening {
	int termination;
	int media;
	bool answerer, mki;
};

static int read_opening(struct opening *opening, int argc, char **argv)
{
	double number;
	int option;

	*opening = (struct opening){ .media = 1 };
	optind = 0;
	while ((option = getopt(argc, argv, "akm:t:")) != -1) {
		if (option == 'a')
			opening->answerer = true;
		else if (option == 'k')
			opening->mki = true;
		else if (option == 'm' &&
			 !cli_number(&number, optarg, 1, 100,
				     "the number of the m= section"))
			opening->media = number;
		else if (option == 't' &&
			 !cli_number(&number, optarg, 0, 1,
				     "the number of the termination"))
			opening->termination = number;
		else
			return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* Takes over @offer and @answer. */
static json_t *opening_params(const struct opening *opening, const char *name,
			      json_t *offer, json_t *answer)
{
	return json_pack(
		"{s:s, s:b, s:[{s:i, s:{s:{s:o, s:o*, s:i, s:s, s:b}}}]}",
		"context", name, "opaque", 0, "terminations", "termination",
		opening->termination, "srtp", "mikey", "offer", offer,
		"answer", answer, "media", opening->media, "party",
		opening->answerer ? "answerer" : "offerer", "mki",
		opening->mki);
}

static int open_srtp(struct cli *cli, int argc, char **argv)
{
	json_t *offer, *answer = NULL, *result;
	struct opening opening;

	/* argv[1] is the verb. */
	if (read_opening(&opening, argc - 1, argv + 1))
		return EXIT_USAGE;
	argc -= optind + 1;
	argv += optind + 1;
	if (argc < 2 || argc > 3)
		return cli_usage("context open takes a name, a file with the "
				 "offer, and one with the answer");
	if (control_read_text(argv[1], &offer))
		return EXIT_FAILED;
	if (argc == 3 && control_read_text(argv[2], &answer)) {
		json_decref(offer);
		return EXIT_FAILED;
	}
	if (control_ask(cli, "context.change",
			opening_params(&opening, argv[0], offer, answer),
			&result))
		return EXIT_FAILED;
	return answer_of(cli, result, "opened");
}

static void print_final(json_t *result)
{
	json_t *streams = json_object_get(result, "streams"), *stream;
	size_t i;

	json_array_foreach(streams, i, stream) {
		const char *direction = json_string_value(
			json_object_get(stream, "direction"));
		text packets, lost, dropped;

		printf("%s: %s packets, %s lost, %s dropped\n",
		       direction ? direction : "?",
		       format_count(packets, json_integer_value(json_object_get(
						     stream, "packets"))),
		       format_count(lost, json_integer_value(json_object_get(
						  stream, "lost"))),
		       format_count(dropped, json_integer_value(json_object_get(
						     stream, "dropped"))));
	}
}

static int drop(struct cli *cli, int argc, char **argv)
{
	json_t *result;

	if (argc != 3)
		return cli_usage("context remove takes one name");
	if (control_ask(cli, "context.remove",
		json_pack("{s:s}", "context", argv[2]), &result))
		return EXIT_FAILED;
	if (!cli->json)
		print_final(result);
	return answer_of(cli, result, "removed");
}

int run_context(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		command_run *run;
	} verbs[] = {
		{ "show", show }, { "add", add }, { "change", change },
		{ "open", open_srtp }, { "remove", drop },
	};

	if (argc < 2)
		return cli_usage("context wants show, add, change, open or "
				 "remove");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(cli, argc, argv);
	return cli_usage("there is no \"context %s\", but show, add, change, "
			 "open and remove", argv[1]);
}
