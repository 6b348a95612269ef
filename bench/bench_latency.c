// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet waits: one at a time, from before send() in `gen` until
 * recv() in `sink` has it, 160 bytes opened from SRTP; against the same
 * path with the kernel's own IPv4 forwarding, a bare redirect, and
 * rtpengine. Polling is by softirq, in the sender's own time, so there is
 * no wake-up in the figures but rtpengine's own.
 *
 *	bench_latency RESULTS PREFIX
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "driver.h"
#include "fastpath.h"
#include "frames.h"
#include "generator.skel.h"
#include "netns.h"
#include "peer.h"
#include "result.h"
#include "rtpengine.h"

enum { GATEWAY, FORWARD, BARE, RTPENGINE, PATHS };

enum {
	ROUNDS = 10,
	PACKETS = 2000,		/* a round and path */
	PATIENCE_US = 20000,	/* for one packet */
	LOST_MAX = 200,		/* of all; then something is broken */
	LOCAL_PORT = 10000,
	SOURCE_PORT = 20000,
	CPU_WORK = 1,
	CPU_REST = 0,
};

struct bench {
	struct netns_plan plan;
	struct fastpath path;
	struct generator *generator;
	struct rtpengine engine;
	__be16 engine_port;	/* 0: there is none */
	struct sg_master_key key;
	struct peer_evp sender[PATHS];
	__u64 index[PATHS];
	int transmit, receive;	/* packet sockets */
	__u32 lost;
	double us[PATHS][ROUNDS * PACKETS];
	int count[PATHS];
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

/* -- setting up ------------------------------------------------------------ */

static int packet_socket(struct bench *bench, enum netns ns, enum port port)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = bench->plan.port[port].ifindex,
	};
	int fd;

	netns_enter(&bench->plan, ns);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (void *)&at, sizeof(at)))
		result_fail("packet socket: %s", strerror(errno));
	return fd;
}

static void setup_gateway(struct bench *bench)
{
	struct fastpath_stream stream =
		fastpath_across(&bench->plan, htons(LOCAL_PORT));
	struct sg_key key;

	fastpath_place(&bench->path, &bench->plan, 1);
	fastpath_key(&key, &bench->key);
	stream.remote_port = htons(SOURCE_PORT);
	stream.destination_port = htons(BENCH_SINK_PORT);
	stream.open = &key;
	fastpath_install(&bench->path, 0, &stream);
}

static void setup_bare(struct bench *bench)
{
	__u32 slot = 0, ifindex = bench->plan.port[PORT_OUT].ifindex;

	bench->generator = generator__open_and_load();
	if (!bench->generator ||
	    bpf_map_update_elem(bpf_map__fd(bench->generator->maps.bare_to),
				&slot, &ifindex, BPF_ANY))
		result_fail("the bare redirect does not load: %s",
			    strerror(errno));
}

static void setup_rtpengine(struct bench *bench)
{
	const struct netns_port *ports = bench->plan.port;
	struct rtpengine_call call = {
		.left = ports[PORT_GEN].address,
		.right = ports[PORT_SINK].address,
		.left_port = htons(SOURCE_PORT),
		.right_port = htons(BENCH_SINK_PORT),
		.left_srtp = 1,
		.left_key = &bench->key,
	};

	if (rtpengine_start(&bench->engine, ports[PORT_IN].address,
			    ports[PORT_OUT].address, CPU_WORK))
		return;
	if (rtpengine_call(&bench->engine, &call, 0))
		rtpengine_stop(&bench->engine);
	else
		bench->engine_port = call.local_port;
}

static void setup(struct bench *bench, const char *prefix)
{
	netns_plan(&bench->plan, prefix);
	peer_key(&bench->key, SG_SUITE_AES_CM_128_HMAC_SHA1_80);
	for (int i = 0; i < PATHS; i++) {
		peer_evp_open(&bench->sender[i], &bench->key);
		bench->index[i] = 1;
	}
	bench->transmit = packet_socket(bench, NETNS_GEN, PORT_GEN);
	bench->receive = packet_socket(bench, NETNS_SINK, PORT_SINK);
	setup_gateway(bench);
	setup_bare(bench);
	setup_rtpengine(bench);
}

/* -- one packet ------------------------------------------------------------ */

/* What goes in on @path; @want is the RTP packet that must come out. */
static void make_frame(struct bench *bench, int path, struct bench_frame *frame,
		       __u8 *want)
{
	const struct netns_port *ports = bench->plan.port;
	struct frame_link link = {
		.from = ports[PORT_GEN].address,
		.to = path == FORWARD || path == BARE ?
			      ports[PORT_SINK].address : ports[PORT_IN].address,
	};
	__be16 port[2] = { htons(SOURCE_PORT), htons(BENCH_SINK_PORT) };
	__u64 index = bench->index[path]++;
	__u8 *rtp = frame->bytes + BENCH_RTP;
	__u32 length = frame_rtp(rtp, index, BENCH_CALL_PAYLOAD);

	if (path == GATEWAY || path == RTPENGINE) {
		memcpy(want, rtp, length);
		length = peer_evp_seal(&bench->sender[path], rtp, length, index);
		port[1] = path == GATEWAY ? htons(LOCAL_PORT) :
					    bench->engine_port;
	} else {
		length = peer_evp_seal(&bench->sender[path], rtp, length, index);
		memcpy(want, rtp, length);
	}
	memcpy(link.from_mac, ports[PORT_GEN].mac, 6);
	memcpy(link.to_mac, ports[PORT_IN].mac, 6);
	frame_wrap(frame, &link, length);
	memcpy(frame->bytes + BENCH_UDP, port, sizeof(port));
}

/* Takes one packet, if there is one: is it this one? */
static int arrived(struct bench *bench, const __u8 *want)
{
	__u8 got[2048];
	ssize_t size = recv(bench->receive, got, sizeof(got), 0);

	return size >= BENCH_PAYLOAD + BENCH_CALL_PAYLOAD &&
	       !memcmp(got + BENCH_RTP, want, 12 + BENCH_CALL_PAYLOAD);
}

/* Microseconds until it came out whole; negative: it did not. */
static double pass(struct bench *bench, const struct bench_frame *frame,
		   const __u8 *want)
{
	double start = now_us(), us;

	if (send(bench->transmit, frame->bytes, frame->length, 0) < 0)
		result_fail("packet socket: %s", strerror(errno));
	do {
		if (arrived(bench, want))
			return now_us() - start;
		us = now_us() - start;
	} while (us < PATIENCE_US);
	return -1;
}

static void give_up(struct bench *bench, int path)
{
	static const char *const names[PATHS] = {
		"the gateway", "kernel forwarding", "a bare redirect",
		"rtpengine"
	};

	fastpath_explain(&bench->path);
	result_fail("packets do not come through %s", names[path]);
}

static void measure(struct bench *bench, int path)
{
	int program = path == GATEWAY ? bench->path.program :
		      path == BARE ?
			      bpf_program__fd(bench->generator->progs.bare) :
			      -1;
	__u8 want[12 + BENCH_CALL_PAYLOAD + BENCH_TAG];
	struct bench_frame frame;
	double us;

	netns_attach(&bench->plan, PORT_IN, program);
	for (int i = 0; i < PACKETS; i++) {
		make_frame(bench, path, &frame, want);
		us = pass(bench, &frame, want);
		if (us >= 0)
			bench->us[path][bench->count[path]++] = us;
		else if (++bench->lost > LOST_MAX)
			give_up(bench, path);
	}
}

/* -- reporting ------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at(struct bench *bench, int path, int percent)
{
	return bench->us[path][bench->count[path] * percent / 100];
}

static void rows(struct bench *bench, int percent)
{
	double gateway = at(bench, GATEWAY, percent);
	char name[40];

	snprintf(name, sizeof(name), "latency-p%d", percent);
	result_row(name, gateway, "us", "kernel forwarding",
		   at(bench, FORWARD, percent), "-");
	snprintf(name, sizeof(name), "latency-p%d-redirect", percent);
	result_row(name, gateway, "us", "bare redirect",
		   at(bench, BARE, percent), "-");
	snprintf(name, sizeof(name), "latency-p%d-rtpengine", percent);
	if (bench->engine_port)
		result_row(name, gateway, "us", "rtpengine-daemon",
			   at(bench, RTPENGINE, percent), "-");
	else
		result_skip(name, "rtpengine does not run; see scripts/deps.sh");
}

static void report(struct bench *bench)
{
	for (int i = 0; i < PATHS; i++)
		qsort(bench->us[i], bench->count[i], sizeof(double), by_value);
	if (bench->lost)
		result_note("%u packets were lost on the way", bench->lost);
	rows(bench, 50);
	rows(bench, 99);
}

int main(int argc, char **argv)
{
	static struct bench bench;

	if (argc != 3)
		result_fail("usage: bench_latency RESULTS PREFIX");
	result_open(argv[1]);
	result_note("latency");
	driver_pin(CPU_REST);
	setup(&bench, argv[2]);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < PATHS; i++)
			if (i != RTPENGINE || bench.engine_port)
				measure(&bench, i);
	report(&bench);
	if (bench.engine_port)
		rtpengine_stop(&bench.engine);
	netns_attach(&bench.plan, PORT_IN, -1);
	generator__destroy(bench.generator);
	fastpath_close(&bench.path);
	return 0;
}
