// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/time.h>

#include "generator.h"
#include "generator.skel.h"
#include "result.h"
#include "traffic.h"

enum {
	BODIES = 32768,	/* packets of a flow before their indices repeat */
	DRAIN_MS = 500,	/* without progress: what is on the way is lost */
	SOURCE_PORT = 20000,
};

/* -- opening --------------------------------------------------------------- */

/* Devmaps resolve interface numbers in the namespace of the caller. */
static void set_device(struct traffic *traffic, struct bpf_map *map,
		       enum netns ns, enum port port)
{
	__u32 slot = 0, ifindex = traffic->plan->port[port].ifindex;

	netns_enter(traffic->plan, ns);
	if (bpf_map_update_elem(bpf_map__fd(map), &slot, &ifindex, BPF_ANY))
		result_fail("devmap of %s: %s", traffic->plan->port[port].name,
			    strerror(errno));
}

void traffic_open(struct traffic *traffic, const struct netns_plan *plan)
{
	struct generator *skeleton = generator__open();

	if (!skeleton)
		result_fail("the generator does not open: %s", strerror(errno));
	bpf_map__set_max_entries(skeleton->maps.frames, 2 * BODIES);
	if (generator__load(skeleton))
		result_fail("the generator does not load: %s", strerror(errno));
	traffic->plan = plan;
	traffic->skeleton = skeleton;
	traffic->program = bpf_program__fd(skeleton->progs.generate);
	traffic->frames = frames_map(bpf_map__fd(skeleton->maps.frames),
				     2 * BODIES);
	if (!traffic->frames)
		result_fail("cannot map the frames: %s", strerror(errno));
	skeleton->data->bodies = BODIES;
	skeleton->data->streams = BENCH_FLOWS;
	set_device(traffic, skeleton->maps.generate_to, NETNS_GEN, PORT_GEN);
	set_device(traffic, skeleton->maps.bare_to, NETNS_GW, PORT_OUT);
	netns_attach(plan, PORT_SINK,
		     bpf_program__fd(skeleton->progs.sink));
}

void traffic_close(struct traffic *traffic)
{
	netns_attach(traffic->plan, PORT_SINK, -1);
	frames_unmap(traffic->frames, 2 * BODIES);
	generator__destroy(traffic->skeleton);
}

int traffic_bare(struct traffic *traffic)
{
	return bpf_program__fd(traffic->skeleton->progs.bare);
}

__be16 traffic_source(int flow)
{
	return htons(SOURCE_PORT + 2 * flow);
}

__be16 traffic_destination(int flow)
{
	return htons(BENCH_SINK_PORT + flow);
}

/* -- preparing ------------------------------------------------------------- */

static void prepare_body(struct traffic *traffic, struct lane *lane, __u32 slot,
			 const struct frame_link *link)
{
	struct bench_frame *sealed = &traffic->frames[slot];
	struct bench_frame *plain = &traffic->frames[BODIES + slot];
	__u64 index = lane->next + slot;
	__u32 length;

	length = frame_rtp(plain->bytes + BENCH_RTP, index, BENCH_CALL_PAYLOAD);
	frame_wrap(plain, link, length);
	if (!lane->mixed)
		return;
	memcpy(sealed, plain, sizeof(*sealed));
	length = peer_evp_seal(&lane->sender, sealed->bytes + BENCH_RTP, length,
			       index);
	frame_wrap(sealed, link, length);
}

/* The first @bodies packets of every flow. */
static void prepare(struct traffic *traffic, struct lane *lane, __u32 bodies)
{
	const struct netns_port *port = traffic->plan->port;
	struct frame_link link = {
		.from = port[PORT_GEN].address,
		.to = port[PORT_IN].address,
	};
	int fd = bpf_map__fd(traffic->skeleton->maps.flows);

	memcpy(link.from_mac, port[PORT_GEN].mac, 6);
	memcpy(link.to_mac, port[PORT_IN].mac, 6);
	for (__u32 i = 0; i < bodies; i++)
		prepare_body(traffic, lane, i, &link);
	for (__u32 i = 0; i < BENCH_FLOWS; i++) {
		struct bench_flow flow = {
			.source = traffic_source(i),
			.destination = lane->port[i],
			.kind = lane->mixed && i % 2 == 0 ? BENCH_PROTECTED :
							    BENCH_PLAIN,
		};

		bpf_map_update_elem(fd, &i, &flow, BPF_ANY);
	}
}

static void reset(struct traffic *traffic, const struct lane *lane,
		  double rate, __u32 bodies)
{
	struct generator__bss *bss = traffic->skeleton->bss;

	bss->sealed_flows = lane->mixed;
	bss->body = bss->stream = 0;
	bss->sent = bss->frames_seen = bss->valid = bss->invalid = 0;
	bss->lost = bss->last_seen = 0;
	bss->limit = (__u64)bodies * BENCH_FLOWS;
	bss->interval = rate ? BENCH_BURST / rate * 1e9 : 0;
	bss->next_burst = bss->burst = 0;
	bss->progress = 0;
	memset(&bss->first_mark, 0, sizeof(bss->first_mark));
	memset(&bss->last_mark, 0, sizeof(bss->last_mark));
}

/* -- sending --------------------------------------------------------------- */

static void wake(int signal)
{
	(void)signal;
}

/* A signal is what ends a run of unknown length. */
static void set_alarm(double seconds)
{
	struct sigaction action = { .sa_handler = wake };
	struct itimerval timer = {
		.it_value = { seconds, (seconds - (int)seconds) * 1e6 },
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * The kernel recycles a frame with the length that its last receiver left
 * it, unless the sending program resizes it: so it starts longer than any.
 */
static void send_frames(struct traffic *traffic, double seconds)
{
	__u8 in[BENCH_CALL_FRAME + BENCH_TAG + 8] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = in,
		    .data_size_in = sizeof(in), .repeat = INT32_MAX,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	set_alarm(seconds);
	if (bpf_prog_test_run_opts(traffic->program, &options) &&
	    errno != EINTR)
		result_fail("BPF_PROG_RUN with live frames: %s",
			    strerror(errno));
}

static __u64 arrived(struct traffic *traffic)
{
	return *(volatile __u64 *)&traffic->skeleton->bss->frames_seen;
}

/* Until everything arrived, or nothing more does. */
static void drain(struct traffic *traffic)
{
	__u64 sent = traffic->skeleton->bss->sent;
	__u64 seen = arrived(traffic), before;

	do {
		before = seen;
		for (int i = 0; i < DRAIN_MS && seen != sent; i++) {
			poll(NULL, 0, 1);
			seen = arrived(traffic);
		}
	} while (seen != before);
}

/* -- judging --------------------------------------------------------------- */

struct judge {
	struct lane *lane;
	__u64 good;
};

static int judge_sample(void *context, void *data, size_t size)
{
	struct judge *judge = context;
	struct bench_sample *sample = data;
	__u8 want[sizeof(sample->packet)], packet[sizeof(sample->packet)];
	int length = sample->length;
	__u32 plain;

	(void)size;
	memcpy(packet, sample->packet, sizeof(packet));
	if (srtp_unprotect(judge->lane->receiver[sample->flow], packet,
			   &length))
		result_fail("%s: libsrtp2 cannot unprotect a packet of flow "
			    "%u", judge->lane->name, sample->flow);
	plain = frame_rtp(want, packet[2] << 8 | packet[3], BENCH_CALL_PAYLOAD);
	if ((__u32)length != plain ||
	    memcmp(packet + PEER_HEADER, want + PEER_HEADER,
		   BENCH_CALL_PAYLOAD))
		result_fail("%s: a sealed packet holds the wrong payload",
			    judge->lane->name);
	judge->good++;
	return 0;
}

static __u64 judge_samples(struct traffic *traffic, struct lane *lane)
{
	struct judge judge = { .lane = lane };
	struct ring_buffer *ring = ring_buffer__new(
		bpf_map__fd(traffic->skeleton->maps.samples), judge_sample,
		&judge, NULL);

	if (!ring)
		result_fail("ring buffer of samples: %s", strerror(errno));
	ring_buffer__consume(ring);
	ring_buffer__free(ring);
	return judge.good;
}

static double rate_seen(const struct generator__bss *bss)
{
	double ns = bss->last_mark.at - bss->first_mark.at;

	return ns > 0 ?
		(bss->last_mark.valid - bss->first_mark.valid) / ns * 1e9 : 0;
}

void traffic_run(struct traffic *traffic, struct lane *lane, double seconds,
		 double rate, const int pids[2], struct passage *passage)
{
	__u32 bodies = BODIES;
	__u64 cpu;

	if (rate && rate * seconds / BENCH_FLOWS < BODIES)
		bodies = rate * seconds / BENCH_FLOWS;
	prepare(traffic, lane, bodies);
	reset(traffic, lane, rate, bodies);
	netns_enter(traffic->plan, NETNS_GEN);
	cpu = netns_cpu_time(pids[0]) + netns_cpu_time(pids[1]);
	send_frames(traffic, seconds);
	drain(traffic);
	passage->cpu = netns_cpu_time(pids[0]) + netns_cpu_time(pids[1]) - cpu;
	passage->sent = traffic->skeleton->bss->sent;
	passage->frames = arrived(traffic);
	passage->valid = traffic->skeleton->bss->valid;
	passage->rate = rate_seen(traffic->skeleton->bss);
	passage->samples = judge_samples(traffic, lane);
	lane->next += passage->sent / BENCH_FLOWS + 1;
}
