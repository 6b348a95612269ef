// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/table.h"
#include "lib/view.h"

static const struct command {
	const char *name;
	command_run *run;
	const char *arguments;
	const char *help;
} commands[] = {
	{ "status", run_status, "", "what the gateway is and does" },
	{ "context", run_context, "show [NAME]", "contexts, or one in full" },
	{ "context", run_context, "add FILE", "from its JSON; -: standard input" },
	{ "context", run_context, "change NAME FILE", "what the JSON names" },
	{ "context", run_context, "open [-ak] NAME OFFER [ANSWER]",
	  "its SRTP, with keys from the KMS" },
	{ "context", run_context, "remove NAME", "and print its last counters" },
	{ "iq", run_iq, "[show]", "the association with the controller" },
	{ "iq", run_iq, "leave [now]", "after the last call, or ending all" },
	{ "stream", run_stream, "show [CONTEXT]", "packets, loss, jitter, drops" },
	{ "drop-reasons", run_drop_reasons, "[-a] [-w SECONDS]",
	  "why packets were dropped or left to the kernel" },
	{ "top", run_top, "[-i SECONDS] [-n COUNT] [-l LINES]",
	  "busiest streams, live" },
	{ "capture", run_capture, "CONTEXT [-w FILE] [-c COUNT]",
	  "packets as they came and as they left" },
	{ "check", run_check, "[INTERFACE...]",
	  "what keeps this host from the fast path" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void help(void)
{
	printf("usage: srtpgate [-j] [-s SOCKET] [-p PIN-ROOT] COMMAND ...\n\n");
	for (int i = 0; i < COMMANDS; i++) {
		char call[64];

		snprintf(call, sizeof(call), "%s %s", commands[i].name,
			 commands[i].arguments);
		printf("  %s%-38s%s %s\n", style_on(BOLD), call, style_off(),
		       commands[i].help);
	}
	printf("\n  -j, --json           machine-readable output\n"
	       "  -s, --control FILE   the daemon's control socket\n"
	       "                       (" CONTROL_SOCKET ")\n"
	       "  -p, --pin DIRECTORY  where the maps are pinned\n"
	       "                       (" SG_PIN_ROOT ")\n"
	       "  -h, --help           this text\n"
	       "  -V, --version\n\nsee srtpgate(8)\n");
}

static void complain(const char *format, va_list args)
{
	fputs("srtpgate: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int cli_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return EXIT_FAILED;
}

int cli_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fputs("srtpgate: see srtpgate --help\n", stderr);
	return EXIT_USAGE;
}

static void ask_daemon(struct cli *cli)
{
	char message[256];
	int err = control_call(cli->socket, "status", NULL, &cli->status,
			       message, sizeof(message));

	cli->daemon = !err;
	if (err == -ECONNREFUSED)
		fprintf(stderr, "srtpgate: srtpgated is not running; "
			"showing what is pinned in %s\n", cli->root);
	else if (err == -EREMOTEIO)
		fprintf(stderr, "srtpgate: srtpgated: %s; "
			"showing what is pinned in %s\n", message, cli->root);
	else if (err)
		fprintf(stderr, "srtpgate: %s: %s; "
			"showing what is pinned in %s\n", cli->socket,
			strerror(-err), cli->root);
}

int cli_open_maps(struct cli *cli)
{
	int err = sg_maps_open(&cli->maps, cli->root);

	switch (err) {
	case 0:
		ask_daemon(cli);
		cli_read_realms(cli);
		return EXIT_OK;
	case -ENOENT:
		return cli_fail("nothing is pinned in %s; start srtpgated, or "
				"name its pin directory with -p", cli->root);
	case -EPERM:
	case -EACCES:
		return cli_fail("no permission to read the maps in %s; run "
				"srtpgate as root", cli->root);
	case -EPROTO:
		return cli_fail("the maps in %s have another layout than this "
				"srtpgate; use the one of the same version as "
				"srtpgated", cli->root);
	}
	return cli_fail("%s: %s", cli->root, strerror(-err));
}

int cli_print_json(json_t *value)
{
	int err = value ? json_dumpf(value, stdout, SG_VIEW_FORMAT) : -1;

	json_decref(value);
	putchar('\n');
	return err || fflush(stdout) ? cli_fail("cannot write the output") :
				       EXIT_OK;
}

int cli_number(double *value, const char *text, double min, double max,
	       const char *what)
{
	char *end;

	*value = strtod(text, &end);
	if (end != text && !*end && *value >= min && *value <= max)
		return EXIT_OK;
	return cli_usage("%s is %g to %g, not \"%s\"", what, min, max, text);
}

/* -j is understood behind the command, too: takes it out there. */
static int take_json(struct cli *cli, int argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-j") || !strcmp(argv[i], "--json"))
			cli->json = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

static int run(struct cli *cli, int argc, char **argv)
{
	int status;

	for (int i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		argc = take_json(cli, argc, argv);
		optind = 0;
		status = commands[i].run(cli, argc, argv);
		json_decref(cli->status);
		sg_maps_close(&cli->maps);
		return status;
	}
	return cli_usage("there is no command \"%s\"", argv[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "control", required_argument, NULL, 's' },
		{ "pin", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	struct cli cli = { .socket = CONTROL_SOCKET, .root = SG_PIN_ROOT };
	int option;

#define NO_FD(name) cli.maps.name = -1;
	SG_MAPS(NO_FD)
#undef NO_FD
	libbpf_set_print(NULL);
	style_open();
	control_protect_keys();
	while ((option = getopt_long(argc, argv, "+js:p:hV", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'j':
			cli.json = true;
			break;
		case 's':
			cli.socket = optarg;
			break;
		case 'p':
			cli.root = optarg;
			break;
		case 'h':
			help();
			return EXIT_OK;
		case 'V':
			puts("srtpgate " SRTPGATE_VERSION);
			return EXIT_OK;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		help();
		return EXIT_USAGE;
	}
	return run(&cli, argc - optind, argv + optind);
}
