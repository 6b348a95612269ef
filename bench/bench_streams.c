// SPDX-License-Identifier: GPL-2.0-only
/*
 * What many streams cost: ns per packet of open, 160 bytes, with the
 * traffic spread over 10, 1,000 and 100,000 streams; and the memory of one.
 *
 * Every stream has slots of its own in every map, but all have one key and
 * one SSRC: so the k-th packet of each stream has the same bytes, the
 * packets themselves stay in the cache, and what differs is the tables
 * alone. Streams are visited in an order that no prefetcher follows.
 *
 *	bench_streams RESULTS
 */
#include <string.h>

#include "driver.h"
#include "fastpath.h"
#include "frames.h"
#include "peer.h"
#include "result.h"

enum {
	PAYLOAD = 160,
	BODIES = 100,	/* prepared packets, each sent to every stream */
	ROUNDS = 8,
	/*
	 * Packets timed at once, of each size as many: the longer it takes, the
	 * rarer is it that nothing disturbs. All sizes are multiples of it.
	 */
	TIMED = 1000,
	SIZES = 3,
	MOST = 100000,
};

struct size {
	__u32 streams, first, bodies, runs;
	__u64 index;	/* of the next packet, the same on all its streams */
	double best;	/* ns per packet, fastest TIMED packets */
};

struct bench {
	struct driver driver;
	struct fastpath path;
	struct peer_evp evp;
};

/* Streams of one size follow the last of the size before. */
static struct size sizes[SIZES] = {
	{ .streams = 10, .first = 0, .bodies = BODIES, .runs = 100 },
	{ .streams = 1000, .first = 10, .bodies = BODIES, .runs = 2 },
	{ .streams = MOST, .first = 1010, .bodies = 2, .runs = 1 },
};

static void prepare(struct bench *bench, struct size *size)
{
	for (__u32 i = 0; i < size->bodies; i++) {
		struct bench_frame *frame = &bench->driver.frames[i];
		__u8 *rtp = frame->bytes + BENCH_RTP;
		__u32 length = frame_rtp(rtp, size->index, PAYLOAD);

		length = peer_evp_seal(&bench->evp, rtp, length, size->index++);
		frame_wrap(frame, &driver_link, length);
	}
}

static void fail(struct bench *bench, const struct size *size)
{
	fastpath_explain(&bench->path);
	result_fail("%u streams: a packet was not opened", size->streams);
}

static void run(struct bench *bench, struct size *size)
{
	__u32 left = size->bodies * size->streams;
	struct bench_frame last;
	double ns;

	prepare(bench, size);
	driver_select(&bench->driver, size->bodies, size->first,
		      size->streams);
	for (; left; left -= TIMED) {
		ns = driver_run(&bench->driver, BENCH_GATEWAY, TIMED, &last);
		if (last.length != BENCH_PAYLOAD + PAYLOAD)
			fail(bench, size);
		if (!size->best || ns < size->best)
			size->best = ns;
	}
}

/* Every stream must have forwarded every packet: looks at some of them. */
static void check(struct bench *bench, const struct size *size)
{
	for (__u32 i = 0; i < size->streams; i += (size->streams + 98) / 99)
		if (fastpath_packets(&bench->path, size->first + i) !=
		    size->index)
			fail(bench, size);
}

static void install(struct bench *bench, __u32 streams)
{
	struct sg_master_key master;
	struct sg_key key;

	peer_key(&master, SG_SUITE_AES_CM_128_HMAC_SHA1_80);
	peer_evp_open(&bench->evp, &master);
	fastpath_key(&key, &master);
	for (__u32 i = 0; i < streams; i++)
		driver_install(&bench->path, i, &key, NULL);
}

static void rows(const struct bench *bench, __u32 streams)
{
	char name[32];

	for (int i = 0; i < SIZES; i++) {
		snprintf(name, sizeof(name), "streams-%u", sizes[i].streams);
		result_row(name, sizes[i].best, "ns/packet", NULL, 0, "-");
	}
	result_row("streams-1k-over-10", sizes[1].best, "ns/packet",
		   "10 streams", sizes[0].best, "-");
	result_row("streams-100k-over-10", sizes[2].best, "ns/packet",
		   "10 streams", sizes[0].best, "<=1.30");
	result_row("memory-per-stream",
		   (double)fastpath_memory(&bench->path) / streams, "bytes",
		   NULL, 0, "-");
}

int main(int argc, char **argv)
{
	static struct bench bench;
	__u32 streams = sizes[SIZES - 1].first + MOST;

	if (argc != 2)
		result_fail("usage: bench_streams RESULTS");
	result_open(argv[1]);
	driver_pin(1);
	result_note("installing %u streams", streams);
	fastpath_open(&bench.path, streams, 0);
	driver_open(&bench.driver, BODIES);
	driver_connect(&bench.driver, BENCH_GATEWAY, &bench.path);
	install(&bench, streams);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < SIZES; i++)
			for (__u32 n = 0; n < sizes[i].runs; n++)
				run(&bench, &sizes[i]);
	for (int i = 0; i < SIZES; i++)
		check(&bench, &sizes[i]);
	rows(&bench, streams);
	driver_close(&bench.driver);
	fastpath_close(&bench.path);
	peer_evp_close(&bench.evp);
	return 0;
}
