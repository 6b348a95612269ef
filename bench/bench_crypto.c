// SPDX-License-Identifier: GPL-2.0-only
/*
 * ns per packet of open and seal: the gateway's program as loaded, whole
 * packet from parse to redirect, against libsrtp2's and OpenSSL's bare
 * conversion of the same packets. All take turns in every round; a row is
 * the fastest round of each.
 *
 *	bench_crypto RESULTS
 *
 * SUITE=part of a row's name: only such suites
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

#include "driver.h"
#include "fastpath.h"
#include "frames.h"
#include "keystream.h"
#include "peer.h"
#include "result.h"

enum {
	BATCH = 256,	/* packets timed at once: a third of a megabyte */
	ROUNDS = 60,
	OPEN_STREAM = 0,
	SEAL_STREAM = 1,
	ENTRIES = 1 << 17, /* of key stream: srtpgated's default */
	WARM_UP = 40,	/* rounds until it is ahead */
	SUSTAINED = 28000 / BATCH, /* batches; no peer may miss 2^15 indices */
};

enum contender { GATEWAY, OWN, LIBSRTP, EVP, CONTENDERS };

/* Fastest round so far, ns per packet. */
struct figures {
	double open[CONTENDERS], seal[CONTENDERS], empty;
};

struct bench {
	struct driver driver;
	struct fastpath path[2]; /* by contender: GATEWAY, and up to */
	enum contender last;	/* OWN, if anything is encrypted */
	struct keystream keystream; /* for GATEWAY */
	struct peer_evp evp;
	bool has_evp, agrees;	/* libsrtp2, to the bit: if not, there is EVP */
	srtp_t sender, receiver;
	__u64 index;		/* of the batch's first packet */
};

/* The batch as plain and as protected frames, and room to work in. */
static struct bench_frame plain[BATCH], sealed[BATCH], work[BATCH];
static struct bench_frame theirs[BATCH];	/* as libsrtp2 protects it */

static void faster(double *best, double ns)
{
	if (!*best || ns < *best)
		*best = ns;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void make_batch(struct bench *bench, __u32 payload)
{
	for (int i = 0; i < BATCH; i++) {
		__u8 *rtp = plain[i].bytes + BENCH_RTP;

		frame_wrap(&plain[i], &driver_link,
			   frame_rtp(rtp, bench->index + i, payload));
	}
}

static int same(const struct bench_frame *a, const struct bench_frame *b)
{
	return a->length == b->length &&
	       !memcmp(a->bytes + BENCH_RTP, b->bytes + BENCH_RTP,
		       a->length - BENCH_RTP);
}

static void check(const struct bench_frame *got, const struct bench_frame *want,
		  const char *who)
{
	for (int i = 0; i < BATCH; i++)
		if (!same(&got[i], &want[i]))
			result_fail("%s: packet %d of a batch came out wrong",
				    who, i);
}

/* The peers find a packet in the cache, as the gateway does: see touch(). */
static void fetch_ahead(int i)
{
	const struct bench_frame *frame = &work[(i + BENCH_AHEAD) % BATCH];

	for (int at = 0; at < BENCH_TOUCHED; at += 64)
		__builtin_prefetch(&frame->bytes[at], 1);
}

static double libsrtp_seal(struct bench *bench)
{
	double start = now();

	for (int i = 0; i < BATCH; i++) {
		int length = work[i].length - BENCH_RTP;

		fetch_ahead(i);
		if (srtp_protect(bench->sender, work[i].bytes + BENCH_RTP,
				 &length))
			result_fail("libsrtp2 does not protect packet %d", i);
		work[i].length = BENCH_RTP + length;
	}
	return (now() - start) / BATCH;
}

static double libsrtp_open(struct bench *bench)
{
	double start = now();

	for (int i = 0; i < BATCH; i++) {
		int length = work[i].length - BENCH_RTP;

		fetch_ahead(i);
		if (srtp_unprotect(bench->receiver, work[i].bytes + BENCH_RTP,
				   &length))
			result_fail("libsrtp2 does not unprotect packet %d", i);
		work[i].length = BENCH_RTP + length;
	}
	return (now() - start) / BATCH;
}

static double evp_seal(struct bench *bench)
{
	double start = now();

	for (int i = 0; i < BATCH; i++) {
		fetch_ahead(i);
		work[i].length = BENCH_RTP +
			peer_evp_seal(&bench->evp, work[i].bytes + BENCH_RTP,
				      work[i].length - BENCH_RTP,
				      bench->index + i);
	}
	return (now() - start) / BATCH;
}

static double evp_open(struct bench *bench)
{
	double start = now();

	for (int i = 0; i < BATCH; i++) {
		fetch_ahead(i);
		work[i].length = BENCH_RTP +
			peer_evp_open_packet(&bench->evp,
					     work[i].bytes + BENCH_RTP,
					     work[i].length - BENCH_RTP,
					     bench->index + i);
	}
	return (now() - start) / BATCH;
}

/* All BATCH packets through the program. */
static double convert(struct bench *bench, enum contender who, __u32 stream,
		      const struct bench_frame *in, struct bench_frame *last)
{
	enum bench_target target = who == OWN ? BENCH_OWN : BENCH_GATEWAY;
	struct fastpath *path = &bench->path[who];
	__u64 before = fastpath_packets(path, stream);
	double ns;

	memcpy(bench->driver.frames, in, sizeof(plain));
	driver_select(&bench->driver, BATCH, stream, 1);
	ns = driver_run(&bench->driver, target, BATCH, last);
	if (fastpath_packets(path, stream) != before + BATCH) {
		fastpath_explain(path);
		result_fail("the gateway did not convert a whole batch");
	}
	return ns;
}

/* The last one must come out right. */
static double gateway(struct bench *bench, enum contender who, __u32 stream,
		      const struct bench_frame *in,
		      const struct bench_frame *want)
{
	struct bench_frame last;
	double ns = convert(bench, who, stream, in, &last);

	if (!same(&last, &want[BATCH - 1]))
		result_fail("the gateway's packets came out wrong");
	return ns;
}

static double empty(struct bench *bench)
{
	struct bench_frame last;

	driver_select(&bench->driver, BATCH, 0, 1);
	return driver_run(&bench->driver, BENCH_EMPTY, BATCH, &last);
}

static void round_seal(struct bench *bench, struct figures *best)
{
	memcpy(work, plain, sizeof(work));
	faster(&best->seal[LIBSRTP], libsrtp_seal(bench));
	memcpy(theirs, work, sizeof(work));
	if (bench->has_evp) {
		memcpy(work, plain, sizeof(work));
		faster(&best->seal[EVP], evp_seal(bench));
		if (bench->agrees)
			check(work, theirs, "OpenSSL");
	}
	memcpy(sealed, work, sizeof(work));
	for (int i = 0; i < BATCH; i++)
		frame_wrap(&sealed[i], &driver_link,
			   sealed[i].length - BENCH_RTP);
	for (enum contender who = GATEWAY; who <= bench->last; who++)
		faster(&best->seal[who],
		       gateway(bench, who, SEAL_STREAM, plain, sealed));
}

static void round_open(struct bench *bench, struct figures *best)
{
	memcpy(work, theirs, sizeof(work));
	faster(&best->open[LIBSRTP], libsrtp_open(bench));
	check(work, plain, "libsrtp2");
	if (bench->has_evp) {
		memcpy(work, sealed, sizeof(work));
		faster(&best->open[EVP], evp_open(bench));
		check(work, plain, "OpenSSL");
	}
	for (enum contender who = GATEWAY; who <= bench->last; who++)
		faster(&best->open[who],
		       gateway(bench, who, OPEN_STREAM, sealed, plain));
}

static void row(const char *verb, const char *suite, __u32 payload,
		const double *ns, const char *goal)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s-%u", verb, suite, payload);
	result_row(name, ns[GATEWAY], "ns/packet", "libsrtp2", ns[LIBSRTP],
		   goal);
	if (ns[OWN]) {
		snprintf(name, sizeof(name), "%s%s-%u-own", verb, suite,
			 payload);
		result_row(name, ns[OWN], "ns/packet", "libsrtp2", ns[LIBSRTP],
			   "-");
	}
	if (!ns[EVP])
		return;
	snprintf(name, sizeof(name), "%s%s-%u-evp", verb, suite, payload);
	result_row(name, ns[GATEWAY], "ns/packet", "OpenSSL EVP", ns[EVP], "-");
}

static void rounds(struct bench *bench, int count, __u32 payload,
		   bool with_empty, struct figures *best)
{
	for (int i = 0; i < count; i++) {
		make_batch(bench, payload);
		round_seal(bench, best);
		round_open(bench, best);
		if (with_empty)
			faster(&best->empty, empty(bench));
		bench->index += BATCH;
	}
}

/* Of the gateway's time by libsrtp2's. */
static const char *goal(enum sg_suite suite, __u32 payload)
{
	int gcm = sg_suite_info(suite)->flags & SG_KEY_GCM;

	if (payload == 160)
		return gcm ? "<=1.00" : "<=0.30";
	return payload == 1200 && !gcm ? "<=0.60" : "-";
}

/*
 * What it costs elsewhere that packets find their key stream: while nobody
 * takes turns, or most of it was the process's waking up for nothing.
 */
static void keystream_row(struct bench *bench, const char *suite,
			  __u32 payload)
{
	struct keystream_cost cost;
	struct bench_frame last;
	char name[32];

	keystream_look(&bench->keystream);
	for (int i = 0; i < SUSTAINED; i++) {
		make_batch(bench, payload);
		convert(bench, GATEWAY, SEAL_STREAM, plain, &last);
		bench->index += BATCH;
	}
	cost = keystream_look(&bench->keystream);
	snprintf(name, sizeof(name), "keystream%s-%u-cpu", suite, payload);
	result_row(name, cost.cpu, "ns/packet", NULL, 0, "-");
	result_note("%.1f %% of packets found their key stream",
		    100 * cost.hits);
}

static void measure(struct bench *bench, const struct peer_suite *suite,
		    __u32 payload)
{
	const char *limit = suite->plain ? "-" : goal(suite->suite, payload);
	struct figures best = { 0 }, warm_up = { 0 };
	char name[32];

	result_note("open and seal of %u bytes under %s%s", payload,
		    sg_suite_name(suite->suite),
		    suite->plain ? ", not encrypted" : "");
	rounds(bench, WARM_UP, payload, false, &warm_up);
	rounds(bench, ROUNDS, payload, !*suite->suffix, &best);
	row("open", suite->suffix, payload, best.open, limit);
	row("seal", suite->suffix, payload, best.seal, limit);
	if (bench->last == OWN)
		keystream_row(bench, suite->suffix, payload);
	if (*suite->suffix)
		return;
	snprintf(name, sizeof(name), "driver-%u", payload);
	result_row(name, best.empty, "ns/packet", NULL, 0, "-");
}

/* New keys of @suite for everybody. */
static void set_suite(struct bench *bench, const struct peer_suite *suite)
{
	struct sg_master_key master;
	struct sg_key key;

	peer_key(&master, suite->suite);
	master.plain_rtp = suite->plain;
	bench->last = suite->plain ? GATEWAY : OWN;
	bench->agrees = peer_libsrtp_agrees(suite->suite);
	bench->sender = peer_libsrtp(&master);
	bench->receiver = peer_libsrtp(&master);
	bench->has_evp = !(sg_suite_info(suite->suite)->flags & SG_KEY_GCM);
	if (bench->has_evp)
		peer_evp_open(&bench->evp, &master);
	driver_open(&bench->driver, BATCH);
	fastpath_key(&key, &master);
	for (enum contender who = GATEWAY; who <= bench->last; who++) {
		struct fastpath *path = &bench->path[who];

		fastpath_open(path, 2, who == OWN ? 0 : ENTRIES);
		driver_connect(&bench->driver,
			       who == OWN ? BENCH_OWN : BENCH_GATEWAY, path);
		driver_install(path, OPEN_STREAM, &key, NULL);
		driver_install(path, SEAL_STREAM, NULL, &key);
	}
	keystream_start(&bench->keystream, &bench->path[GATEWAY]);
}

static void clear_suite(struct bench *bench)
{
	keystream_stop(&bench->keystream);
	driver_close(&bench->driver);
	for (enum contender who = GATEWAY; who <= bench->last; who++)
		fastpath_close(&bench->path[who]);
	if (bench->has_evp)
		peer_evp_close(&bench->evp);
	srtp_dealloc(bench->sender);
	srtp_dealloc(bench->receiver);
	memset(bench, 0, sizeof(*bench));
}

int main(int argc, char **argv)
{
	const char *wanted = getenv("SUITE");
	static struct bench bench;

	if (argc != 2)
		result_fail("usage: bench_crypto RESULTS");
	result_open(argv[1]);
	driver_pin(1);
	for (int i = 0; i < PEER_SUITES; i++) {
		const struct peer_suite *suite = &peer_suites[i];

		if (wanted && !strstr(suite->suffix, wanted))
			continue;
		set_suite(&bench, suite);
		if (!*suite->suffix)
			measure(&bench, suite, 20);
		measure(&bench, suite, 160);
		measure(&bench, suite, 1200);
		clear_suite(&bench);
	}
	return 0;
}
