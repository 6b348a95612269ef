// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/table.h"

static const char *count(text out, json_t *of, const char *member)
{
	return format_count(out,
			    json_integer_value(json_object_get(of, member)));
}

static void name(const char *what)
{
	printf("%s%-12s%s ", style_on(DIM), what, style_off());
}

static const char *string(json_t *of, const char *member)
{
	const char *text = json_string_value(json_object_get(of, member));

	return text ? text : "?";
}

static void print_association(json_t *iq)
{
	const char *state = string(iq, "state");
	json_t *heard = json_object_get(iq, "heard_ms_ago");
	long long version =
		json_integer_value(json_object_get(iq, "version"));
	text a;

	name("controller");
	printf("%s, %s%s%s, ", string(iq, "controller"),
	       style_on(strcmp(state, "registered") ? YELLOW : GREEN), state,
	       style_off());
	if (version)
		printf("H.248 version %lld, ", version);
	printf("%s from %s\n", string(iq, "transport"), string(iq, "local"));
	name("heard");
	if (heard)
		printf("%.1f s ago; ", json_integer_value(heard) / 1000.0);
	else
		printf("never; ");
	printf("registered %s times\n", count(a, iq, "registrations"));
	name("contexts");
	printf("%s\n", count(a, iq, "contexts"));
}

static void print_commands(json_t *iq)
{
	const char *command, *separator = "";
	json_t *number;
	text a;

	name("commands");
	json_object_foreach(json_object_get(iq, "commands"), command, number) {
		if (!json_integer_value(number))
			continue;
		printf("%s%s %s", separator,
		       format_count(a, json_integer_value(number)), command);
		separator = ", ";
	}
	printf("%s%s transactions failed\n", *separator ? "; " : "none; ",
	       count(a, iq, "transactions_failed"));
}

static void print_exchange(json_t *iq)
{
	json_t *exchange = json_object_get(iq, "transactions");
	text a, b, c, d;

	name("requests in");
	printf("%s carried out, %s repeated, %s malformed, %s from strangers\n",
	       count(a, exchange, "executed"), count(b, exchange, "repeated"),
	       count(c, exchange, "malformed"),
	       count(d, exchange, "unknown_peer"));
	name("requests out");
	printf("%s, %s sent again, %s answered, %s given up\n",
	       count(a, exchange, "requested"),
	       count(b, exchange, "retransmitted"),
	       count(c, exchange, "answered"), count(d, exchange, "given_up"));
	name("events told");
	printf("%s, %s of them not taken\n", count(a, iq, "notified"),
	       count(b, iq, "notify_failed"));
}

static int show(struct cli *cli)
{
	json_t *iq;

	if (control_ask(cli, "iq.show", NULL, &iq))
		return EXIT_FAILED;
	if (cli->json)
		return cli_print_json(iq);
	print_association(iq);
	print_commands(iq);
	print_exchange(iq);
	json_decref(iq);
	return EXIT_OK;
}

static int leave(struct cli *cli, bool graceful)
{
	json_t *iq;

	if (control_ask(cli, "iq.leave",
			json_pack("{s:b}", "graceful", graceful), &iq))
		return EXIT_FAILED;
	if (cli->json)
		return cli_print_json(iq);
	printf("%s: %s\n", string(iq, "controller"),
	       graceful ? "takes no new calls to us; leaving after the last" :
			  "told that we are out of service; its calls ended");
	json_decref(iq);
	return EXIT_OK;
}

int run_iq(struct cli *cli, int argc, char **argv)
{
	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "show")))
		return show(cli);
	if (argc == 2 && !strcmp(argv[1], "leave"))
		return leave(cli, true);
	if (argc == 3 && !strcmp(argv[1], "leave") && !strcmp(argv[2], "now"))
		return leave(cli, false);
	return cli_usage("iq wants: show, leave, or leave now");
}
