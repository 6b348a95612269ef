/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the kernel module converts packets for the XDP program.
 */
#ifndef SRTPGATE_ENGINE_H
#define SRTPGATE_ENGINE_H

#include <stdbool.h>

#include "srtpgate/fastpath.h"

/*
 * What a program loaded now can be: SG_ENGINE_KFUNC, or why not. As root, for
 * the kernel's BTF. Reads a few megabytes when the module is loaded.
 */
enum sg_engine sg_engine_find(void);

/*
 * XDP programs that are opened from now on keep their calls of the module's
 * functions, or, unless @calls, lose them, so that they do not hold the module:
 * the kernel looks at calls before it removes what cannot be reached. Negative
 * errno.
 */
int sg_engine_keep_calls(bool calls);

/* Why it is not SG_ENGINE_KFUNC, and what to do: a sentence for people. */
const char *sg_engine_why(enum sg_engine engine);

/*
 * What the loaded module computes with, such as "AES-NI, PCLMULQDQ, SHA-NI",
 * in @text of @size bytes. Negative errno: it is not loaded.
 */
int sg_engine_describe(char *text, size_t size);

#endif /* SRTPGATE_ENGINE_H */
