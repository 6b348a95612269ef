/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's control protocol from the asking side, docs/control.md.
 * Requests may hold keys: every buffer they pass through is zeroed.
 */
#ifndef SRTPGATE_CONTROL_H
#define SRTPGATE_CONTROL_H

#include <jansson.h>
#include <stddef.h>

#include "cli/cli.h"

enum { CONTROL_LINE = 64 << 10 };

/* Makes jansson zero what it frees, and keeps this process from dumping core.
 * Call it before the first JSON value exists. */
void control_protect_keys(void);

/*
 * Asks the daemon at @socket; takes over @params (NULL: none). 0 and
 * *@result; -ECONNREFUSED: it is not running; -EREMOTEIO: it refused, its
 * sentence is in @message; otherwise why the exchange failed.
 */
int control_call(const char *socket, const char *method, json_t *params,
		 json_t **result, char *message, size_t size);

/* The same for a command: EXIT_OK, or EXIT_FAILED with a sentence said. */
int control_ask(const struct cli *cli, const char *method, json_t *params,
		json_t **result);

/*
 * Reads one JSON object from @path ("-": standard input). EXIT_OK and
 * *@value, or EXIT_FAILED with a sentence that quotes nothing of it.
 */
int control_read_object(const char *path, json_t **value);

/* The same for a text, which becomes a JSON string. */
int control_read_text(const char *path, json_t **value);

#endif /* SRTPGATE_CONTROL_H */
