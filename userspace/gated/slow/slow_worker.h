/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path's worker: takes what was steered to the sockets, hands it to
 * the program as frames and sends what comes of them. One thread, nothing to
 * decide, and of its own no state but keys in use: docs/slowpath.md.
 */
#ifndef SRTPGATE_SLOW_WORKER_H
#define SRTPGATE_SLOW_WORKER_H

#include "gated/config.h"
#include "gated/slow/slow_crypto.h"
#include "gated/slow/slow_socket.h"

/* A realm's interface, as the kernel and as the program name it. */
struct slow_device {
	__u32 received;		/* ifindex: the VLAN device's, if it has one */
	__u32 ifindex;		/* below it */
	__u16 vlan;
	__u16 tag;		/* of the realm, in frames */
};

/* All that a worker knows. */
struct slow_setup {
	__u64 id;		/* what .shared->owner is while it is in charge */
	int program;
	int parent;		/* a stream socket; the end of it: no daemon */
	struct slow_sockets sockets;
	struct slow_crypto_setup crypto; /* .packet NULL: none */
	struct sg_slow *shared;
	/* Of .sockets.receive, counted so far; whoever comes after goes on. */
	__u32 *overruns;
	int device_count;
	struct slow_device device[CONFIG_REALMS];
};

/*
 * Returns when another one is in charge and the sockets are empty, or when
 * the daemon ended before it was. Negative errno: out of memory.
 */
int slow_worker_run(struct slow_setup *setup);

#endif /* SRTPGATE_SLOW_WORKER_H */
