/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The conversation with the kernel. One socket carries requests and events,
 * so that the kernel's queue orders them: an answer never overwrites a newer
 * event. When that queue overruns all is asked again, on a new socket.
 */
#ifndef SRTPGATE_NEXT_HOP_KERNEL_H
#define SRTPGATE_NEXT_HOP_KERNEL_H

#include <event2/event.h>
#include <netlink/netlink.h>
#include <stdbool.h>

struct next_hops;

struct hop_kernel {
	struct nl_sock *sock;	/* NULL: none now, the next tick opens one */
	struct event *readable;
	bool links_failed;	/* the dump of links: the next tick asks */
};

/* Negative errno. Closing also what was never opened is harmless. */
int hop_kernel_open(struct next_hops *t);
void hop_kernel_close(struct next_hops *t);

/* Once in a tick: tries again what failed. */
void hop_kernel_tick(struct next_hops *t);

#endif /* SRTPGATE_NEXT_HOP_KERNEL_H */
