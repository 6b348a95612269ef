/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * srtpgate(8), the operator's command: what its commands share. Each
 * command is one file with one function of type command_run, named in the
 * table of main.c.
 */
#ifndef SRTPGATE_CLI_H
#define SRTPGATE_CLI_H

#include <jansson.h>
#include <net/if.h>
#include <stdbool.h>

#include "lib/maps.h"

#define CONTROL_SOCKET "/run/srtpgate/control.sock"

/* Exit statuses of srtpgate(8). */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* One entry of the map `interfaces`, what kernel and daemon say of it. */
struct realm {
	__u16 number;
	__u16 vlan;		/* 0: untagged */
	__u32 ifindex;
	char interface[IF_NAMESIZE]; /* "": gone */
	char name[SG_NAME_MAX];	/* "": the daemon does not run */
	char mode[16];		/* "native", "generic" or "": nothing attached */
};

enum { CLI_REALMS = 64 };

struct cli {
	const char *socket;	/* of the daemon's control protocol */
	const char *root;	/* where the maps are pinned */
	bool json;
	bool daemon;		/* it answers; valid after cli_open_maps() */
	json_t *status;		/* its answer to `status`, or NULL */
	struct realm realms[CLI_REALMS];
	int realm_count;
	struct sg_maps maps;
};

/* argv[0] is the command's name; returns the exit status. */
typedef int command_run(struct cli *cli, int argc, char **argv);

command_run run_status, run_context, run_iq, run_stream, run_drop_reasons,
	run_top, run_capture, run_check;

/* "srtpgate: " and one sentence on stderr; returns EXIT_FAILED. */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, pointing at the help; returns EXIT_USAGE. */
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Opens the pinned maps and finds out whether the daemon runs; says so on
 * stderr when it does not. EXIT_OK, or EXIT_FAILED with a sentence said.
 */
int cli_open_maps(struct cli *cli);

/* The realm's name, or NULL while the daemon, who knows it, does not run. */
const char *cli_realm(const struct cli *cli, __u16 number);

/* Fills cli->realms; called by cli_open_maps(). */
void cli_read_realms(struct cli *cli);

/* Prints @value, one line, sorted as given, and drops the reference. */
int cli_print_json(json_t *value);

/*
 * Parses a decimal argument between @min and @max into @value. EXIT_OK, or
 * EXIT_USAGE with a sentence that names @what.
 */
int cli_number(double *value, const char *text, double min, double max,
	       const char *what);

#endif /* SRTPGATE_CLI_H */
