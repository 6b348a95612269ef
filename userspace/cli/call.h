/* SPDX-License-Identifier: GPL-2.0-only */
/* A context that a controller made over Iq, as the daemon knows it. */
#ifndef SRTPGATE_CALL_H
#define SRTPGATE_CALL_H

#include "cli/cli.h"

/* Shows the context with ContextID @id; false: the daemon knows of none. */
bool call_show(const struct cli *cli, const char *id);

/* Whether @name can be a ContextID. */
bool call_is_id(const char *name);

#endif /* SRTPGATE_CALL_H */
