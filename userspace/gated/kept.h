/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A keeper and its workers, as the daemon that started them sees them.
 */
#ifndef SRTPGATE_KEPT_H
#define SRTPGATE_KEPT_H

#include <event2/event.h>
#include <stdbool.h>

#include "lib/privilege.h"

struct kept {
	int child;		/* a stream socket; its end: all have ended */
	struct event *ended;
	const char *loss;	/* what the log says when they have */
};

/* Calls keeper_run(), with @parent: the processes' end of the socket. */
typedef void kept_run(void *arg, int parent, const struct privilege *privilege);

/*
 * Starts them and waits until a worker is ready. Negative errno; in either case
 * kept_leave() them.
 */
int kept_start(struct kept *kept, struct event_base *base, kept_run *run,
	       void *arg, const struct privilege *privilege);

/* Closes the socket: what they make of it is their business. */
void kept_leave(struct kept *kept);

bool kept_is_running(const struct kept *kept);

#endif /* SRTPGATE_KEPT_H */
