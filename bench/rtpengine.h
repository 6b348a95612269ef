/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debian's rtpengine-daemon as a peer: userspace forwarding (no kernel
 * table), calls set up over its ng control protocol.
 */
#ifndef BENCH_RTPENGINE_H
#define BENCH_RTPENGINE_H

#include "lib/master_key.h"

struct rtpengine {
	int pid;
	int control;		/* UDP socket, connected */
	unsigned int cookie;
};

/* One call, media flowing from left to right. IPv4, network order. */
struct rtpengine_call {
	__be32 left, right;	/* addresses of the two ends */
	__be16 left_port, right_port;
	int left_srtp;		/* else the right end speaks SRTP */
	const struct sg_master_key *left_key; /* the left end's own */

	/* answers */
	__be16 local_port;	/* where the relay takes the left end's media */
	struct sg_master_key right_key; /* that it seals with, if right SRTP */
};

/*
 * Starts the daemon in this thread's namespace on CPU @cpu, with the
 * interfaces `left` and `right`. -ENOENT: not installed. -ETIMEDOUT: it
 * gives no sign of life.
 */
int rtpengine_start(struct rtpengine *engine, __be32 left, __be32 right,
		    int cpu);
void rtpengine_stop(struct rtpengine *engine);

/* Offer and answer of call @number; -EPROTO with a note when refused. */
int rtpengine_call(struct rtpengine *engine, struct rtpengine_call *call,
		   int number);

#endif /* BENCH_RTPENGINE_H */
