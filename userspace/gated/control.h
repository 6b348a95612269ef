/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: JSON requests and answers, a line each
 * (docs/control.md). Nobody waits for a slow client: while its answers pile
 * up, its requests are not read.
 */
#ifndef SRTPGATE_CONTROL_H
#define SRTPGATE_CONTROL_H

#include "gated/gate.h"

struct control;

/*
 * Listens at gate->config.control, which then belongs to @uid and @gid.
 * Negative errno with @fault. The caller owns *@control.
 */
int control_open(struct control **control, struct gate *gate, unsigned int uid,
		 unsigned int gid, struct fault *fault);
void control_close(struct control *control);

#endif /* SRTPGATE_CONTROL_H */
