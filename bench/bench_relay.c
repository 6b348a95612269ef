// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets a second and CPU time per packet through three namespaces, 160
 * bytes of payload, half of the flows opened and half sealed: the gateway
 * against rtpengine-daemon in userspace, and against relaying without
 * crypto; and the gateway's slow path, without XDP, against the same. The side under test has CPU 1, generator and sink have CPU 0.
 *
 * What is charged: the thread that polls the incoming interface (threaded
 * NAPI), in which the XDP program and the kernel's receive path run, and
 * for rtpengine and the slow path their processes too. The sink's thread is charged to nobody.
 *
 *	bench_relay RESULTS PREFIX
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "fastpath.h"
#include "netns.h"
#include "result.h"
#include "rtpengine.h"
#include "slow.h"
#include "traffic.h"

#define SECONDS 0.6
#define PACED 40000.0	/* packets a second that either side can carry */
#define LOSS_MAX 0.001	/* of a paced run; more, and it says nothing */

enum { ROUNDS = 8, CPU_WORK = 1, CPU_REST = 0 };

/* Whom the traffic goes through. */
enum { GATEWAY, SLOW, RTPENGINE, RELAY, BARE, LANES };

/* Of the best round, which other work on the machine disturbed least. */
struct figures {
	double cpu;		/* ns per packet at PACED */
	double full_cpu;	/* and at full load */
	double pps;
	double loss;		/* of PACED */
	__u64 samples;		/* all rounds: unprotected by libsrtp2 */
};

struct bench {
	struct netns_plan plan;
	struct traffic traffic;
	struct fastpath path;
	struct rtpengine engine;
	int slow;		/* pid of the slow path's worker */
	int engine_missing;	/* errno why there is no rtpengine */
	struct sg_master_key key; /* of every SRTP flow that is opened */
	struct lane lane[LANES];
	struct figures figures[LANES];
};

/* -- the gateway's streams ------------------------------------------------- */

enum { STREAM_PORT = 10000, RELAY_PORT = 12000, SLOW_PORT = 14000 };

static void install(struct bench *bench, __u32 number, int flow, __u16 port,
		    const struct sg_key *open, const struct sg_key *seal)
{
	struct fastpath_stream stream =
		fastpath_across(&bench->plan, htons(port));

	stream.remote_port = traffic_source(flow);
	stream.destination_port = traffic_destination(flow);
	stream.open = open;
	stream.seal = seal;
	fastpath_install(&bench->path, number, &stream);
}

static void setup_gateway(struct bench *bench)
{
	struct lane *lane = bench->lane;
	struct sg_key key;

	fastpath_place(&bench->path, &bench->plan, 3 * BENCH_FLOWS);
	fastpath_key(&key, &bench->key);
	for (int i = 0; i < BENCH_FLOWS; i++) {
		lane[GATEWAY].port[i] = htons(STREAM_PORT + 2 * i);
		lane[RELAY].port[i] = htons(RELAY_PORT + 2 * i);
		lane[BARE].port[i] = traffic_destination(i);
		install(bench, i, i, STREAM_PORT + 2 * i, i % 2 ? NULL : &key,
			i % 2 ? &key : NULL);
		install(bench, BENCH_FLOWS + i, i, RELAY_PORT + 2 * i, NULL,
			NULL);
		lane[GATEWAY].receiver[i] = peer_libsrtp(&bench->key);
		/* Streams of its own, because its indices are. */
		lane[SLOW].port[i] = htons(SLOW_PORT + 2 * i);
		install(bench, 2 * BENCH_FLOWS + i, i, SLOW_PORT + 2 * i,
			i % 2 ? NULL : &key, i % 2 ? &key : NULL);
		lane[SLOW].receiver[i] = peer_libsrtp(&bench->key);
	}
	bench->slow = slow_start(&bench->path,
				 bench->plan.port[PORT_IN].ifindex, CPU_WORK);
}

/* -- rtpengine's calls ----------------------------------------------------- */

static int setup_call(struct bench *bench, int flow)
{
	const struct netns_port *ports = bench->plan.port;
	struct lane *lane = &bench->lane[RTPENGINE];
	struct rtpengine_call call = {
		.left = ports[PORT_GEN].address,
		.right = ports[PORT_SINK].address,
		.left_port = traffic_source(flow),
		.right_port = traffic_destination(flow),
		.left_srtp = flow % 2 == 0,
		.left_key = &bench->key,
	};
	int err = rtpengine_call(&bench->engine, &call, flow);

	if (err)
		return err;
	lane->port[flow] = call.local_port;
	if (!call.left_srtp)
		lane->receiver[flow] = peer_libsrtp(&call.right_key);
	return 0;
}

static void setup_rtpengine(struct bench *bench)
{
	const struct netns_port *ports = bench->plan.port;
	int err;

	netns_enter(&bench->plan, NETNS_GW);
	err = rtpengine_start(&bench->engine, ports[PORT_IN].address,
			      ports[PORT_OUT].address, CPU_WORK);
	for (int i = 0; !err && i < BENCH_FLOWS; i++)
		err = setup_call(bench, i);
	if (err && bench->engine.pid)
		rtpengine_stop(&bench->engine);
	bench->engine_missing = -err;
}

/* -- measuring ------------------------------------------------------------- */

static int program_of(struct bench *bench, int lane)
{
	if (lane == RTPENGINE || lane == SLOW)
		return -1;
	return lane == BARE ? traffic_bare(&bench->traffic) :
			      bench->path.program;
}

static void explain(struct bench *bench, int lane,
		    const struct passage *passage)
{
	fastpath_explain(&bench->path);
	slow_explain(&bench->path);
	result_fail("%s: of %llu packets %llu arrived, %llu of them intact",
		    bench->lane[lane].name, (unsigned long long)passage->sent,
		    (unsigned long long)passage->frames,
		    (unsigned long long)passage->valid);
}

static double run(struct bench *bench, int lane, double rate,
		  const int pids[2], struct passage *passage)
{
	struct figures *figures = &bench->figures[lane];
	double loss;

	traffic_run(&bench->traffic, &bench->lane[lane], SECONDS, rate, pids,
		    passage);
	if (!passage->valid || passage->valid != passage->frames)
		explain(bench, lane, passage);
	figures->samples += passage->samples;
	loss = 1 - (double)passage->valid / passage->sent;
	if (rate && loss < figures->loss)
		figures->loss = loss;
	return passage->cpu / passage->valid;
}

static void less(double *best, double value)
{
	if (!*best || value < *best)
		*best = value;
}

static void measure(struct bench *bench, int lane)
{
	struct figures *figures = &bench->figures[lane];
	struct passage passage;
	int pids[2] = { 0, 0 };

	netns_attach(&bench->plan, PORT_IN, program_of(bench, lane));
	netns_poller(&bench->plan, PORT_SINK, CPU_REST, 1);
	pids[0] = netns_poller(&bench->plan, PORT_IN, CPU_WORK, 0);
	if (lane == RTPENGINE)
		pids[1] = bench->engine.pid;
	if (lane == SLOW)
		pids[1] = bench->slow;
	less(&figures->cpu, run(bench, lane, PACED, pids, &passage));
	less(&figures->full_cpu, run(bench, lane, 0, pids, &passage));
	if (lane == SLOW)
		slow_settle(&bench->path);
	if (passage.rate > figures->pps)
		figures->pps = passage.rate;
}

/* -- reporting ------------------------------------------------------------- */

static void row_rtpengine(struct bench *bench)
{
	struct figures *ours = &bench->figures[GATEWAY];
	struct figures *slow = &bench->figures[SLOW];
	struct figures *its = &bench->figures[RTPENGINE];
	const char *peer = "rtpengine-daemon";

	if (its->loss > LOSS_MAX)
		result_note("rtpengine lost %.2f %% at %.0f packets/s",
			    100 * its->loss, PACED);
	result_row("relay-pps", ours->pps, "packets/s", peer,
		   its->pps, ">=5");
	result_row("relay-cpu-per-packet", ours->cpu, "ns", peer,
		   its->cpu, "<=0.20");
	result_row("relay-cpu-per-packet-full", ours->full_cpu, "ns",
		   peer, its->full_cpu, "<=0.20");
	result_row("slow-relay-pps", slow->pps, "packets/s", peer, its->pps,
		   "-");
	result_row("slow-relay-cpu-per-packet", slow->cpu, "ns", peer,
		   its->cpu, "-");
}

static void row_missing(struct bench *bench)
{
	const char *why = strerror(bench->engine_missing);

	if (bench->engine_missing == ENOENT)
		why = "rtpengine is not installed; see scripts/deps.sh";
	result_skip("relay-pps", why);
	result_skip("relay-cpu-per-packet", why);
	result_skip("relay-cpu-per-packet-full", why);
	result_skip("slow-relay-pps", why);
	result_skip("slow-relay-cpu-per-packet", why);
}

static void report(struct bench *bench)
{
	struct figures *figures = bench->figures;

	for (int i = 0; i < LANES; i++)
		if (i != RTPENGINE || !bench->engine_missing)
			result_note("%s: loss %.3f %% at %.0f packets/s, "
				    "%llu sealed packets unprotected by "
				    "libsrtp2", bench->lane[i].name,
				    100 * figures[i].loss, PACED,
				    (unsigned long long)figures[i].samples);
	if (bench->engine_missing)
		row_missing(bench);
	else
		row_rtpengine(bench);
	result_row("relay-pps-over-plain", figures[GATEWAY].pps,
		   "packets/s", "same, no crypto", figures[RELAY].pps,
		   "-");
	result_row("redirect-pps", figures[RELAY].pps, "packets/s",
		   "bare redirect", figures[BARE].pps, "-");
	result_row("redirect-cpu-per-packet", figures[RELAY].cpu, "ns",
		   "bare redirect", figures[BARE].cpu, "-");
	result_row("redirect-cpu-per-packet-full",
		   figures[RELAY].full_cpu, "ns", "bare redirect",
		   figures[BARE].full_cpu, "-");
}

static void setup_lanes(struct bench *bench)
{
	static const char *const names[LANES] = {
		"gateway", "slow path", "rtpengine",
		"gateway without crypto", "bare redirect"
	};

	peer_key(&bench->key, SG_SUITE_AES_CM_128_HMAC_SHA1_80);
	for (int i = 0; i < LANES; i++) {
		bench->lane[i].name = names[i];
		bench->lane[i].mixed = i == GATEWAY || i == SLOW ||
				       i == RTPENGINE;
		bench->lane[i].next = 1;
		bench->figures[i].loss = 1;
		peer_evp_open(&bench->lane[i].sender, &bench->key);
	}
	setup_gateway(bench);
	setup_rtpengine(bench);
}

int main(int argc, char **argv)
{
	static struct bench bench;

	if (argc != 3)
		result_fail("usage: bench_relay RESULTS PREFIX");
	result_open(argv[1]);
	driver_pin(CPU_REST);
	netns_plan(&bench.plan, argv[2]);
	setup_lanes(&bench);
	traffic_open(&bench.traffic, &bench.plan);
	for (int round = 0; round < ROUNDS; round++) {
		result_note("relaying, round %d of %d", round + 1, ROUNDS);
		for (int i = 0; i < LANES; i++)
			if (i != RTPENGINE || !bench.engine_missing)
				measure(&bench, i);
	}
	report(&bench);
	fastpath_explain(&bench.path);
	if (!bench.engine_missing)
		rtpengine_stop(&bench.engine);
	slow_stop(bench.slow);
	netns_attach(&bench.plan, PORT_IN, -1);
	traffic_close(&bench.traffic);
	fastpath_close(&bench.path);
	return 0;
}
