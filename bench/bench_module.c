// SPDX-License-Identifier: GPL-2.0-only
/*
 * ns per packet of the kernel module's crypto core, in userspace on the real
 * processor: each suite, open and seal, beside what OpenSSL takes for the
 * ciphers alone, libsrtp2 for the packet, and the engine in the XDP program.
 * All take turns in every round, the program in some, for which the kernel
 * waits tens of ms each time; a row is the fastest round of each.
 *
 *	bench_module RESULTS
 */
#include <string.h>
#include <time.h>

/* SHA-1 by the block, which EVP does not show. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "../kernel/core.h"
#include "../kernel/cpu.h"
#include "driver.h"
#include "fastpath.h"
#include "frames.h"
#include "peer.h"
#include "result.h"

enum {
	BATCH = 128,	/* packets timed at once */
	ROUNDS = 200,
	PROGRAM_TURN = 4, /* rounds from one of the program's to the next */
	RELAY = 2,	/* stream without keys; those before: enum verb */
	STREAMS = 3,
	PACKET_MAX = 1536,
	GCM_TAG = 16,
};

enum contender { MODULE, RAW, LIBSRTP, BPF, CONTENDERS };
enum verb { OPEN, SEAL, VERBS };

static const char *const verbs[] = { "open", "seal" };

struct packet {
	int length;
	__u8 bytes[PACKET_MAX] __attribute__((aligned(64)));
};

static struct packet plain[BATCH], sealed[BATCH], work[BATCH];
static struct packet theirs[BATCH];	/* as libsrtp2 protects them */

struct bench {
	const struct peer_suite *peer;
	const struct sg_suite_info *suite;
	bool agrees;		/* libsrtp2, to the bit */
	struct sg_key key;
	__u32 features;
	__u64 index;		/* of the batch's first packet */
	srtp_t sender, receiver;
	EVP_CIPHER_CTX *raw;
	struct driver driver;
	struct fastpath path;
	double best[VERBS][CONTENDERS];
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void faster(double *best, double ns)
{
	if (!*best || ns < *best)
		*best = ns;
}

static void check(const struct packet *want, const char *who)
{
	for (int i = 0; i < BATCH; i++)
		if (work[i].length != want[i].length ||
		    memcmp(work[i].bytes, want[i].bytes, want[i].length))
			result_fail("%s: packet %d of a batch came out wrong",
				    who, i);
}

/* -- the module's core ----------------------------------------------------- */

static double module(struct bench *bench, enum verb verb)
{
	double start = now();

	for (int i = 0; i < BATCH; i++) {
		struct sg_conversion conversion = {
			.index = bench->index + i,
			.second = bench->index + i,
			.length = work[i].length,
			.header = PEER_HEADER,
		};
		int err = (verb == OPEN ? srtp_core_open : srtp_core_seal)(
			&conversion, work[i].bytes, PACKET_MAX, &bench->key,
			bench->features);

		if (err)
			result_fail("the core does not %s a packet: %d",
				    verbs[verb], err);
		work[i].length = conversion.length;
	}
	return (now() - start) / BATCH;
}

/* -- OpenSSL: the same blocks, and no more --------------------------------- */

/*
 * The key stream goes on where it was, no counter is set; and of HMAC there
 * is nothing but its blocks.
 */
static void raw_cm(struct bench *bench, SHA_CTX *sha, __u8 *packet,
		   int payload)
{
	static __u8 tail[SHA_CBLOCK];
	int hashed = PEER_HEADER + payload + 4, done;
	int blocks = (hashed + 9 + SHA_CBLOCK - 1) / SHA_CBLOCK;

	if (!bench->peer->plain)
		EVP_EncryptUpdate(bench->raw, packet + PEER_HEADER, &done,
				  packet + PEER_HEADER, payload);
	SHA1_Update(sha, packet, blocks * SHA_CBLOCK);
	SHA1_Transform(sha, tail);
}

static void raw_gcm(struct bench *bench, enum verb verb, __u8 *packet,
		    int payload)
{
	__u8 iv[12] = { packet[2], packet[3] };
	__u8 *tag = packet + PEER_HEADER + payload;
	int encrypt = verb == SEAL, done;

	EVP_CipherInit_ex(bench->raw, NULL, NULL, NULL, iv, encrypt);
	EVP_CipherUpdate(bench->raw, NULL, &done, packet, PEER_HEADER);
	EVP_CipherUpdate(bench->raw, packet + PEER_HEADER, &done,
			 packet + PEER_HEADER, payload);
	if (!encrypt)
		EVP_CIPHER_CTX_ctrl(bench->raw, EVP_CTRL_AEAD_SET_TAG, GCM_TAG,
				    tag);
	EVP_CipherFinal_ex(bench->raw, tag, &done);
	if (encrypt)
		EVP_CIPHER_CTX_ctrl(bench->raw, EVP_CTRL_AEAD_GET_TAG, GCM_TAG,
				    tag);
}

static double raw(struct bench *bench, enum verb verb, int payload)
{
	bool gcm = bench->suite->flags & SG_KEY_GCM;
	double start = now();
	SHA_CTX sha;

	SHA1_Init(&sha);
	for (int i = 0; i < BATCH; i++) {
		if (gcm)
			raw_gcm(bench, verb, work[i].bytes, payload);
		else
			raw_cm(bench, &sha, work[i].bytes, payload);
	}
	return (now() - start) / BATCH;
}

/* Of counter mode and blocks both directions are the same. */
static void raw_turn(struct bench *bench, enum verb verb, int payload)
{
	double ns = raw(bench, verb, payload);

	faster(&bench->best[verb][RAW], ns);
	if (!(bench->suite->flags & SG_KEY_GCM))
		faster(&bench->best[!verb][RAW], ns);
}

static void raw_open(struct bench *bench)
{
	static const __u8 key[32], iv[16];
	bool gcm = bench->suite->flags & SG_KEY_GCM;
	const EVP_CIPHER *cipher =
		bench->suite->key == 32 ? gcm ? EVP_aes_256_gcm() :
						EVP_aes_256_ctr() :
		bench->suite->key == 24 ? EVP_aes_192_ctr() :
		gcm ? EVP_aes_128_gcm() : EVP_aes_128_ctr();

	bench->raw = EVP_CIPHER_CTX_new();
	if (!bench->raw ||
	    !EVP_EncryptInit_ex(bench->raw, cipher, NULL, key, iv))
		result_fail("OpenSSL lacks a cipher");
}

/* -- libsrtp2 -------------------------------------------------------------- */

static double libsrtp(struct bench *bench, enum verb verb)
{
	double start = now();

	for (int i = 0; i < BATCH; i++) {
		int err = verb == OPEN ?
			srtp_unprotect(bench->receiver, work[i].bytes,
				       &work[i].length) :
			srtp_protect(bench->sender, work[i].bytes,
				     &work[i].length);

		if (err)
			result_fail("libsrtp2 does not %s packet %d",
				    verbs[verb], i);
	}
	return (now() - start) / BATCH;
}

/* -- the XDP program: with the stream's key, less the same without --------- */

static double through(struct bench *bench, __u32 stream,
		      const struct packet *in)
{
	__u64 before = fastpath_packets(&bench->path, stream);
	struct bench_frame last;
	double ns;

	for (int i = 0; i < BATCH; i++) {
		struct bench_frame *frame = &bench->driver.frames[i];

		memcpy(frame->bytes + BENCH_RTP, in[i].bytes, in[i].length);
		frame_wrap(frame, &driver_link, in[i].length);
	}
	driver_select(&bench->driver, BATCH, stream, 1);
	ns = driver_run(&bench->driver, BENCH_GATEWAY, BATCH, &last);
	if (fastpath_packets(&bench->path, stream) != before + BATCH) {
		fastpath_explain(&bench->path);
		result_fail("the gateway did not convert a whole batch");
	}
	return ns;
}

/* -- rounds ---------------------------------------------------------------- */

static void make_batch(struct bench *bench, int payload)
{
	for (int i = 0; i < BATCH; i++)
		plain[i].length = frame_rtp(plain[i].bytes, bench->index + i,
					    payload);
}

static void work_on(const struct packet *batch)
{
	memcpy(work, batch, sizeof(work));
}

static void take_turns(struct bench *bench, int payload)
{
	make_batch(bench, payload);
	work_on(plain);
	faster(&bench->best[SEAL][LIBSRTP], libsrtp(bench, SEAL));
	memcpy(theirs, work, sizeof(theirs));
	work_on(plain);
	faster(&bench->best[SEAL][MODULE], module(bench, SEAL));
	if (bench->agrees)
		check(theirs, "the core");
	memcpy(sealed, work, sizeof(sealed));
	for (int verb = 0; verb < VERBS; verb++)
		raw_turn(bench, verb, payload);

	work_on(theirs);
	faster(&bench->best[OPEN][LIBSRTP], libsrtp(bench, OPEN));
	check(plain, "libsrtp2");
	work_on(sealed);
	faster(&bench->best[OPEN][MODULE], module(bench, OPEN));
	check(plain, "the core");
}

static void programs_turn(struct bench *bench, double with[VERBS],
			  double *without)
{
	faster(&with[OPEN], through(bench, OPEN, sealed));
	faster(&with[SEAL], through(bench, SEAL, plain));
	faster(without, through(bench, RELAY, plain));
}

static void rows(struct bench *bench, int payload)
{
	bool gcm = bench->suite->flags & SG_KEY_GCM;
	const char *suffix = bench->peer->suffix;

	for (int verb = 0; verb < VERBS; verb++) {
		const double *best = bench->best[verb];
		char name[64];
		int size;

		size = snprintf(name, sizeof(name), "module-%s%s-%d",
				verbs[verb], suffix, payload);
		result_row(name, best[MODULE], "ns/packet",
			   gcm ? "OpenSSL EVP" : "OpenSSL raw", best[RAW],
			   "<=1.30");
		strcpy(name + size, "-libsrtp2");
		result_row(name, best[MODULE], "ns/packet", "libsrtp2",
			   best[LIBSRTP], "-");
		strcpy(name + size, "-bpf");
		result_row(name, best[MODULE], "ns/packet", "bpf engine",
			   best[BPF], "-");
		if (verb == OPEN && !*suffix && payload == 160)
			result_row("module-over-bpf-160",
				   1e9 / best[MODULE], "packets/s",
				   "bpf engine", 1e9 / best[BPF], ">=4");
	}
}

static void measure(struct bench *bench, int payload)
{
	double with[VERBS] = { 0 }, without = 0;

	result_note("the module's core: %s%s, %d bytes", bench->suite->name,
		    bench->peer->plain ? ", not encrypted" : "", payload);
	memset(bench->best, 0, sizeof(bench->best));
	for (int i = 0; i < ROUNDS; i++) {
		take_turns(bench, payload);
		if (i % PROGRAM_TURN == 0)
			programs_turn(bench, with, &without);
		bench->index += BATCH;
	}
	for (int verb = 0; verb < VERBS; verb++)
		bench->best[verb][BPF] = with[verb] - without;
	rows(bench, payload);
}

static void measure_suite(const struct peer_suite *peer)
{
	static struct bench bench;
	struct sg_master_key master;

	memset(&bench, 0, sizeof(bench));
	bench.peer = peer;
	bench.suite = sg_suite_info(peer->suite);
	bench.agrees = peer_libsrtp_agrees(peer->suite);
	bench.features = srtp_cpu_features();
	peer_key(&master, peer->suite);
	master.plain_rtp = peer->plain;
	bench.sender = peer_libsrtp(&master);
	bench.receiver = peer_libsrtp(&master);
	raw_open(&bench);
	fastpath_key(&bench.key, &master);
	fastpath_open(&bench.path, STREAMS, 0);
	driver_open(&bench.driver, BATCH);
	driver_connect(&bench.driver, BENCH_GATEWAY, &bench.path);
	driver_install(&bench.path, OPEN, &bench.key, NULL);
	driver_install(&bench.path, SEAL, NULL, &bench.key);
	driver_install(&bench.path, RELAY, NULL, NULL);

	measure(&bench, 160);
	measure(&bench, 1200);

	driver_close(&bench.driver);
	fastpath_close(&bench.path);
	EVP_CIPHER_CTX_free(bench.raw);
	srtp_dealloc(bench.sender);
	srtp_dealloc(bench.receiver);
}

int main(int argc, char **argv)
{
	const char *lacks = srtp_cpu_lacks();

	if (argc != 2)
		result_fail("usage: bench_module RESULTS");
	result_open(argv[1]);
	if (lacks) {
		result_skip("module-open-160", lacks);
		return 0;
	}
	driver_pin(1);
	for (int i = 0; i < PEER_SUITES; i++)
		measure_suite(&peer_suites[i]);
	return 0;
}
