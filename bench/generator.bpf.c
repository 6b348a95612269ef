// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmarks' own XDP programs.
 *
 * drive	BPF_PROG_RUN, repeated: makes of the test buffer the next
 *		prepared packet, then tail-calls the program under test. A
 *		repeated packet would be a replay, so each must be new.
 * empty	the target that shows what drive itself costs
 * generate	BPF_PROG_RUN with live frames: sends prepared packets, and
 *		drops the frame at hand while none is due
 * bare		redirect and nothing else
 * sink		counts what arrives, checked
 *
 * Each runs on one CPU at a time, so plain counters do.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "generator.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_frame);
} frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BENCH_FLOWS);
	__type(key, __u32);
	__type(value, struct bench_flow);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, BENCH_TARGETS);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} generate_to SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} bare_to SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} samples SEC(".maps");

/* Which packet is next: body by body, each to all streams in turn. */
__u32 bodies = 1, body;
__u32 streams = 1, stream, first_stream;
__u64 sent;
__u32 target;	/* enum bench_target */

/* When the generator may send. */
__u64 limit;		/* packets, in all */
__u64 interval;		/* ns between bursts; 0: closed loop */
__u64 next_burst;	/* ns, CLOCK_MONOTONIC */
__u32 burst;		/* packets left of this one */
__u64 lost, last_seen, progress; /* of the closed loop */

/* What reached the sink. */
__u32 sealed_flows;	/* mask: flows with (flow & mask) arrive sealed */
__u64 frames_seen;	/* IPv4 UDP frames, whatever they hold */
__u64 valid;		/* plain as the pattern says, or sealed in form */
__u64 invalid;
__u64 sealed_seen;

/* The clock at the sink, looked at every MARK_EVERY frames. */
struct bench_mark first_mark, last_mark;

enum {
	WINDOW = 192,	/* frames; a veth queue holds 256 */
	STALL_NS = 5000000,
	MARK_EVERY = 256,
	STRIDE = 48271,		/* prime: visits all streams, out of order */
	CHUNK = 64,	/* bytes, a cache line; no frame is shorter */
	SAMPLE_EVERY = 127,	/* sealed packets per sample; prime: any flow */
};

static __always_inline void advance(void)
{
	sent++;
	if (++stream < streams)
		return;
	stream = 0;
	if (++body == bodies)
		body = 0;
}

/*
 * The reverse of what the gateway does to a frame, which grows at the head
 * and shrinks at the tail: repeated, the frame stays where it is.
 */
static __always_inline long resize(struct xdp_md *ctx, __u32 want)
{
	__u32 have = ctx->data_end - ctx->data;

	if (have > want)
		return bpf_xdp_adjust_head(ctx, (int)(have - want));
	if (have < want)
		return bpf_xdp_adjust_tail(ctx, (int)(want - have));
	return 0;
}

/*
 * Writes all of the frame, whose last chunk may repeat some of the one before:
 * a third of what bpf_xdp_store_bytes() takes.
 */
static __always_inline long write(struct xdp_md *ctx,
				  const struct bench_frame *frame, __u32 length)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

#pragma clang loop unroll(disable)
	for (__u32 done = 0; done < length; done += CHUNK) {
		__u32 at = length - CHUNK;
		const __u64 *from;
		__u64 *to;

		if (at > done)
			at = done;
		if (at > BENCH_FRAME_MAX - CHUNK)
			return -1;
		from = (const void *)&frame->bytes[at];
		to = data + at;
		if ((void *)(to + CHUNK / 8) > data_end)
			return -1;
#pragma clang loop unroll(full)
		for (int i = 0; i < CHUNK / 8; i++)
			to[i] = from[i];
	}
	return 0;
}

/* Makes @ctx the frame of slot @slot. */
static __always_inline long place(struct xdp_md *ctx, __u32 slot)
{
	struct bench_frame *frame = bpf_map_lookup_elem(&frames, &slot);
	__u32 length;

	if (!frame)
		return -1;
	length = frame->length;
	if (length < CHUNK || length > BENCH_FRAME_MAX || resize(ctx, length))
		return -1;
	return write(ctx, frame, length);
}

/*
 * Has a frame that is due BENCH_AHEAD packets later in the cache by then. Each
 * line by an instruction of its own, of which the processor sees that it goes
 * on by a frame each time, and so is ahead itself; what is behind BENCH_TOUCHED
 * it finds as a long frame is copied.
 */
static __always_inline void touch(__u32 slot)
{
	const struct bench_frame *frame = bpf_map_lookup_elem(&frames, &slot);

	if (!frame)
		return;
#pragma clang loop unroll(full)
	for (__u32 at = 0; at < BENCH_TOUCHED; at += CHUNK)
		(void)*(const volatile __u8 *)&frame->bytes[at];
}

/*
 * Addresses the frame to stream @n. The remote address carries the
 * complement of what the local one carries: the IPv4 checksum stays.
 */
static __always_inline int aim(struct xdp_md *ctx, __u32 n)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = data + BENCH_UDP;
	__u16 *from = (void *)&ip->saddr, *to = (void *)&ip->daddr;
	__u16 low = n / BENCH_PORTS;

	if ((void *)(udp + 1) > data_end)
		return -1;
	to[1] = bpf_htons(low);
	from[1] = bpf_htons((__u16)~low);
	udp->source = bpf_htons(BENCH_REMOTE_PORT);
	udp->dest = bpf_htons(BENCH_LOCAL_PORT + n % BENCH_PORTS * 2);
	return 0;
}

/* A tail call needs both programs alike, and the gateway takes fragments. */
SEC("xdp.frags")
int drive(struct xdp_md *ctx)
{
	__u32 n = (__u64)stream * STRIDE % streams + first_stream;

	if (place(ctx, body) || aim(ctx, n))
		return XDP_ABORTED;
	if (streams == 1)
		touch(body + BENCH_AHEAD);
	advance();
	bpf_tail_call(ctx, &targets, target);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_REDIRECT;
}

/* Never more on the way than a queue holds; what stays away is lost. */
static __always_inline bool window_open(void)
{
	__u64 seen = frames_seen, now;

	if (sent - seen - lost < WINDOW)
		return true;
	now = bpf_ktime_get_ns();
	if (seen != last_seen) {
		last_seen = seen;
		progress = now;
	} else if (now - progress > STALL_NS) {
		lost = sent - seen;
		progress = now;
	}
	return false;
}

/* A burst that comes late is not made up for: no queue could hold it. */
static __always_inline bool burst_due(void)
{
	__u64 now;

	if (burst)
		return true;
	now = bpf_ktime_get_ns();
	if (now < next_burst)
		return false;
	next_burst = now + interval;
	burst = BENCH_BURST;
	return true;
}

static __always_inline bool due(void)
{
	if (sent >= limit)
		return false;
	if (!interval)
		return window_open();
	if (!burst_due())
		return false;
	burst--;
	return true;
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	__u32 n = stream, slot = body;
	struct bench_flow *flow;
	struct udphdr *udp;

	if (!due())
		return XDP_DROP;
	flow = bpf_map_lookup_elem(&flows, &n);
	if (!flow)
		return XDP_ABORTED;
	if (flow->kind == BENCH_PLAIN)
		slot += bodies;
	if (place(ctx, slot))
		return XDP_ABORTED;
	udp = (void *)(long)ctx->data + BENCH_UDP;
	if ((void *)(udp + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	udp->source = flow->source;
	udp->dest = flow->destination;
	advance();
	return bpf_redirect_map(&generate_to, 0, 0);
}

SEC("xdp")
int bare(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect_map(&bare_to, 0, XDP_PASS);
}

static __always_inline int plain_valid(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u64 *word = data + BENCH_PAYLOAD, wrong = 0;
	__be16 *seq = data + BENCH_RTP + 2;

	if (ctx->data_end - ctx->data != BENCH_CALL_FRAME ||
	    data + BENCH_CALL_FRAME > data_end)
		return 0;
	for (__u32 i = 0; i < BENCH_CALL_PAYLOAD / 8; i++) {
		wrong |= word[i] ^ bench_word(bpf_ntohs(*seq), i);
		/* Else the compiler makes twenty branches of it. */
		asm volatile("" : "+r"(wrong));
	}
	return !wrong;
}

static __always_inline void sample(struct xdp_md *ctx, __u32 flow)
{
	struct bench_sample *s = bpf_ringbuf_reserve(&samples, sizeof(*s), 0);

	if (!s)
		return;
	s->flow = flow;
	s->length = sizeof(s->packet);
	if (bpf_xdp_load_bytes(ctx, BENCH_RTP, s->packet, sizeof(s->packet)))
		s->length = 0;
	bpf_ringbuf_submit(s, BPF_RB_NO_WAKEUP);
}

static __always_inline int sealed_valid(struct xdp_md *ctx, __u32 flow)
{
	if (ctx->data_end - ctx->data != BENCH_CALL_FRAME + BENCH_TAG)
		return 0;
	if (++sealed_seen % SAMPLE_EVERY == 0)
		sample(ctx, flow);
	return 1;
}

static __always_inline int is_udp(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);

	return (void *)(ip + 1) <= (void *)(long)ctx->data_end &&
	       eth->h_proto == bpf_htons(ETH_P_IP) && ip->ihl == 5 &&
	       ip->protocol == IPPROTO_UDP;
}

static __always_inline void mark(void)
{
	if (frames_seen % MARK_EVERY)
		return;
	last_mark.at = bpf_ktime_get_ns();
	last_mark.valid = valid;
	if (!first_mark.at)
		first_mark = last_mark;
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	struct udphdr *udp = (void *)(long)ctx->data + BENCH_UDP;
	__u32 flow;

	if (!is_udp(ctx) || (void *)(udp + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	mark();
	frames_seen++;
	flow = bpf_ntohs(udp->dest) - BENCH_SINK_PORT;
	if (flow >= BENCH_FLOWS)
		invalid++;
	else if (flow & sealed_flows ? sealed_valid(ctx, flow) :
				       plain_valid(ctx))
		valid++;
	else
		invalid++;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
