/* SPDX-License-Identifier: GPL-2.0-only */
/* The methods of the control socket, by name: docs/control.md. */
#ifndef SRTPGATE_METHOD_H
#define SRTPGATE_METHOD_H

#include <jansson.h>

#include "gated/gate.h"

/*
 * Calls @method with @params (NULL: none). A new reference, or NULL with
 * @fault.
 */
json_t *method_call(struct gate *gate, const char *method, json_t *params,
		    struct fault *fault);

#endif /* SRTPGATE_METHOD_H */
