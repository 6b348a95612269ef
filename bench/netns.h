/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The three namespaces that bench/run.sh lays out, and whose time is spent
 * in them:
 *
 *	gen  P-g ------ P-a  gw  P-b ------ P-s  sink
 *	     10.77.1.2  10.77.1.1  10.77.2.1  10.77.2.2
 *
 * P is a prefix unique to this run; the namespaces are P-gen, P-gw, P-sink.
 */
#ifndef BENCH_NETNS_H
#define BENCH_NETNS_H

#include <linux/types.h>

enum netns { NETNS_GEN, NETNS_GW, NETNS_SINK };
enum port { PORT_GEN, PORT_IN, PORT_OUT, PORT_SINK, PORTS };

struct netns_port {
	char name[16];
	__u32 ifindex;
	__u8 mac[6];
	__be32 address;
};

struct netns_plan {
	char prefix[13];
	struct netns_port port[PORTS];
};

/* Looks all up. Exits when the namespaces are not there. */
void netns_plan(struct netns_plan *plan, const char *prefix);

/* This thread does its socket and bpf(2) calls in @ns from now on. */
void netns_enter(const struct netns_plan *plan, enum netns ns);

/* Puts @program on @port in native mode; -1 takes it off. */
void netns_attach(const struct netns_plan *plan, enum port port, int program);

/*
 * The kernel thread that polls @port: pinned to @cpu at nice -20, or at
 * real-time priority if @first. Returns its pid.
 */
int netns_poller(const struct netns_plan *plan, enum port port, int cpu,
		 int first);

/* CPU time of process @pid with all its threads, ns; 0: it is gone. */
__u64 netns_cpu_time(int pid);

#endif /* BENCH_NETNS_H */
