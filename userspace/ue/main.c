// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue(1): the terminal's side of key management with tickets. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/privilege.h"
#include "lib/secret.h"
#include "ue/ue.h"

static const struct command {
	const char *name;
	command_run *run;
	const char *arguments;
	const char *help;
} commands[] = {
	{ "init", run_init, "", "makes the store, and its key" },
	{ "check", run_check, "", "reads all files, asks nobody" },
	{ "request", run_request, "[-1] [-l SECONDS] RECIPIENT...",
	  "asks the KMS for a ticket" },
	{ "make", run_make, "[-1] [-l SECONDS] RECIPIENT...",
	  "makes one that the KMS resolves" },
	{ "offer", run_offer, "-s STATE [-t ID] CALLEE [SDP]",
	  "SDP with MIKEY in it, for an INVITE" },
	{ "accept", run_accept,
	  "[-e ERROR] [-f FROM] [-k KEYS] [-F FORMAT] OFFER SDP",
	  "the answer to an offer, and keys" },
	{ "complete", run_complete, "[-k KEYS] [-F FORMAT] STATE [ANSWER]",
	  "keys, from the answer" },
	{ "message", run_message, "protect [OPTION...] RECIPIENT...",
	  "encrypts a MIME entity" },
	{ "message", run_message, "open [-d] [-f FROM]", "decrypts it" },
	{ "tls-psk", run_tls_psk, "connect KEYS ADDRESS:PORT",
	  "a session with keys of a call" },
	{ "tls-psk", run_tls_psk, "listen KEYS ADDRESS:PORT",
	  "the other end of it" },
	{ "tickets", run_tickets, "[list]", "what is in the store" },
	{ "tickets", run_tickets, "show ID", "one of them" },
	{ "tickets", run_tickets, "remove ID...", "forgets them" },
	{ "tickets", run_tickets, "prune", "forgets what is of no use" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* As wide as a call of a command. */
#define PAD "                                        "

static void print_help(FILE *to, const char *name)
{
	for (int i = 0; i < COMMANDS; i++) {
		char call[80];

		if (name && strcmp(name, commands[i].name))
			continue;
		snprintf(call, sizeof(call), "%s %s", commands[i].name,
			 commands[i].arguments);
		fprintf(to, "  %-38s%s %s\n", call,
			strlen(call) > 38 ? "\n" PAD : "", commands[i].help);
	}
}

static void help(FILE *to)
{
	fputs("usage: srtpgate-ue [-jvVh] [-c FILE] [-p FD] COMMAND ...\n\n",
	      to);
	print_help(to, NULL);
	fputs("\n  -c, --config FILE      instead of " CONFIG_FILE "\n"
	      "  -p, --passphrase FD    descriptor with the store's\n"
	      "  -j, --json             machine-readable output\n"
	      "  -v, --verbose\n"
	      "  -h, --help             this text\n"
	      "  -V, --version\n\nsee srtpgate-ue(1)\n",
	      to);
}

/* -- options --------------------------------------------------------------- */

static const char *parse_options(struct ue *ue, int argc, char **argv)
{
	static const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "passphrase", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	const char *config = CONFIG_FILE;
	__u64 number;
	int option;

	while ((option = getopt_long(argc, argv, "+c:p:jvhV", table, NULL)) !=
	       -1)
		switch (option) {
		case 'c':
			config = optarg;
			break;
		case 'p':
			if (!sg_slice_number(sg_slice_of(optarg), 1023,
					     &number)) {
				sg_error("-p takes the number of a "
					 "descriptor, not \"%s\"", optarg);
				exit(EXIT_USAGE);
			}
			ue->passphrase = number;
			break;
		case 'j':
			ue->json = true;
			break;
		case 'v':
			sg_log_verbose();
			break;
		case 'h':
			help(stdout);
			exit(EXIT_OK);
		case 'V':
			puts("srtpgate-ue " SRTPGATE_VERSION);
			exit(EXIT_OK);
		default:
			exit(EXIT_USAGE);
		}
	return config;
}

/* -j is understood behind the command, too: takes it out there. */
static int take_json(struct ue *ue, int argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-j") || !strcmp(argv[i], "--json"))
			ue->json = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

/* -- running --------------------------------------------------------------- */

static int run(struct ue *ue, const struct command *command, int argc,
	       char **argv)
{
	struct fault fault = { 0 };
	int err;

	argc = take_json(ue, argc, argv);
	optind = 0;
	err = command->run(ue, argc, argv, &fault);
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = fault_set(&fault, EIO, "the output cannot be written");
	store_close(ue->store);
	if (!err)
		return EXIT_OK;
	if (*fault.text) {
		sg_error("%s", fault.text);
		return EXIT_FAILED;
	}
	fputs("usage: srtpgate-ue [OPTION...] COMMAND ...\n", stderr);
	print_help(stderr, command->name);
	return EXIT_USAGE;
}

static const struct command *find(const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static struct ue ue = { .passphrase = -1 };
	const struct command *command;
	const char *config;
	struct fault fault;
	int status;

	sg_log_open("srtpgate-ue");
	privilege_prepare();
	json_set_alloc_funcs(malloc, sg_secret_free);
	config = parse_options(&ue, argc, argv);
	command = optind < argc ? find(argv[optind]) : NULL;
	if (!command) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (config_load(&ue.config, config, &fault)) {
		sg_error("%s", fault.text);
		return EXIT_FAILED;
	}
	status = run(&ue, command, argc - optind, argv + optind);
	config_free(&ue.config);
	return status;
}
