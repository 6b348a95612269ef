/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends prepared packets from `gen`, as live frames of BPF_PROG_RUN, and
 * counts at `sink` what arrives intact. BENCH_FLOWS flows take turns.
 *
 * Flow n of a mixed set arrives as SRTP and leaves as RTP when n is even,
 * the other way round when n is odd: half of a call's traffic each.
 */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "frames.h"
#include "netns.h"
#include "peer.h"

struct generator;

struct traffic {
	const struct netns_plan *plan;
	struct generator *skeleton;
	struct bench_frame *frames;
	int program;		/* `generate` */
};

/* Who converts the packets, and how far their indices have come. */
struct lane {
	const char *name;
	__be16 port[BENCH_FLOWS];	/* where each flow is sent to */
	int mixed;			/* else every flow is plain RTP */
	struct peer_evp sender;		/* of all SRTP flows */
	srtp_t receiver[BENCH_FLOWS];	/* of flows that leave sealed */
	__u64 next;			/* index of the next packet */
};

/* One measurement. */
struct passage {
	__u64 sent, valid, frames;	/* sent; arrived intact; arrived */
	__u64 samples;			/* unprotected by libsrtp2, all good */
	double rate;			/* intact ones a second */
	double cpu;			/* ns of the watched processes */
};

void traffic_open(struct traffic *traffic, const struct netns_plan *plan);
void traffic_close(struct traffic *traffic);

/* The bare redirect program, from PORT_IN to PORT_OUT. */
int traffic_bare(struct traffic *traffic);

/* Where flow @flow comes from and should arrive. */
__be16 traffic_source(int flow);
__be16 traffic_destination(int flow);

/*
 * Sends for @seconds: @rate packets a second, or, when @rate is 0, as fast
 * as they come through: never more on the way than a veth queue holds.
 * @pids: processes whose CPU time counts, 0 for none. Ends the program when
 * a sealed packet cannot be unprotected.
 */
void traffic_run(struct traffic *traffic, struct lane *lane, double seconds,
		 double rate, const int pids[2], struct passage *passage);

#endif /* BENCH_TRAFFIC_H */
