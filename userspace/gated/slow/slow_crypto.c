// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow/slow_crypto.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway.skel.h"
#include "lib/evp_aes.h"
#include "lib/secret.h"
#include "lib/srtp.h"

enum {
	TRIES = 1000,		/* at a program that is busy on this CPU */
	KEYS = 4096,		/* at hand; more than that take turns */
	HEADERS_MAX = SLOW_CRYPTO_FRAME - SG_RTP_MAX,
};

struct held_key {
	__u32 slot;
	__u32 generation;
	struct srtp_key *srtp;	/* NULL: none held */
};

struct slow_crypto {
	const struct slow_crypto_setup *setup;
	struct held_key key[KEYS]; /* by slot */
	/* The packet: headers as they came, and what it is by now. */
	__u8 frame[HEADERS_MAX + SRTP_PACKET_MAX];
	__u8 *packet;		/* in it */
	__u32 length;
};

/* -- what it works with -------------------------------------------------------- */

static size_t map_size(const struct bpf_map *map)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return (bpf_map__value_size(map) + page - 1) / page * page;
}

int slow_crypto_set_up(struct slow_crypto_setup *setup,
		       const struct gateway *skeleton)
{
	const struct bpf_map *map = skeleton->maps.slow_packet;

	setup->begin = bpf_program__fd(skeleton->progs.slow_begin);
	setup->commit = bpf_program__fd(skeleton->progs.slow_commit);
	setup->finish = bpf_program__fd(skeleton->progs.slow_finish);
	setup->keys = bpf_map__fd(skeleton->maps.keys);
	setup->packet = mmap(NULL, map_size(map), PROT_READ | PROT_WRITE,
			     MAP_SHARED, bpf_map__fd(map), 0);
	if (setup->packet == MAP_FAILED) {
		setup->packet = NULL;
		return -errno;
	}
	return evp_aes_prepare();
}

void slow_crypto_tear_down(struct slow_crypto_setup *setup)
{
	if (setup->packet)
		munmap(setup->packet, sizeof(*setup->packet));
	setup->packet = NULL;
}

struct slow_crypto *slow_crypto_new(const struct slow_crypto_setup *setup)
{
	struct slow_crypto *crypto = calloc(1, sizeof(*crypto));

	if (crypto)
		crypto->setup = setup;
	return crypto;
}

/* -- keys ---------------------------------------------------------------------- */

static void forget(struct held_key *held)
{
	srtp_key_free(held->srtp);
	held->srtp = NULL;
}

void slow_crypto_free(struct slow_crypto *crypto)
{
	if (!crypto)
		return;
	for (int i = 0; i < KEYS; i++)
		forget(&crypto->key[i]);
	sg_secret_zero(crypto, sizeof(*crypto));
	free(crypto);
}

/*
 * A slot that is in use does not change (srtpgate/fastpath.h), and its
 * generation says whose it is: what is read is that key or another whole one.
 */
static struct srtp_key *fetch(const struct slow_crypto *crypto, __u32 slot,
			      __u32 generation)
{
	struct srtp_key *srtp = NULL;
	struct sg_key key;

	if (!bpf_map_lookup_elem(crypto->setup->keys, &slot, &key) &&
	    key.generation == generation)
		srtp = srtp_key_new(&key);
	sg_secret_zero(&key, sizeof(key));
	return srtp;
}

/* NULL: it is gone, or OpenSSL refused. */
static struct srtp_key *find_key(struct slow_crypto *crypto,
				 const struct sg_slow_key *fact)
{
	struct held_key *held = &crypto->key[fact->slot % KEYS];

	if (held->srtp && held->slot == fact->slot &&
	    held->generation == fact->generation)
		return held->srtp;
	forget(held);
	held->slot = fact->slot;
	held->generation = fact->generation;
	held->srtp = fetch(crypto, fact->slot, fact->generation);
	return held->srtp;
}

void slow_crypto_sweep(struct slow_crypto *crypto)
{
	struct sg_key key;

	for (int i = 0; i < KEYS; i++) {
		struct held_key *held = &crypto->key[i];

		if (!held->srtp)
			continue;
		if (bpf_map_lookup_elem(crypto->setup->keys, &held->slot,
					&key) ||
		    key.generation != held->generation)
			forget(held);
		sg_secret_zero(&key, sizeof(key));
	}
}

/* -- a packet ------------------------------------------------------------------ */

static int run(int program, const void *frame, __u32 size, void *out,
	       __u32 *out_size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = size, .data_out = out,
		    .data_size_out = out ? *out_size : 0, .repeat = 1);

	for (int i = 0; i < TRIES; i++) {
		if (bpf_prog_test_run_opts(program, &opts))
			return XDP_DROP;
		if (opts.retval != XDP_ABORTED) {
			if (out)
				*out_size = opts.data_size_out;
			return opts.retval;
		}
		sched_yield();
	}
	return XDP_DROP;
}

/* Does what open.h does with a key: 0, or enum sg_drop_reason. */
static __u32 try_key(struct slow_crypto *crypto, const __u8 *sealed,
		     const struct sg_slow_key *fact)
{
	struct sg_slow_packet *facts = crypto->setup->packet;
	struct srtp_key *key = find_key(crypto, fact);
	bool rtcp = facts->rtcp;
	__u32 reason;

	if (!key)
		return SG_DROP_NO_KEY;
	if (fact->reason == SG_DROP_BAD_HEADER)
		return fact->reason;
	if (!srtp_is_for(key, rtcp, sealed, facts->length))
		return SG_DROP_NO_KEY;
	if (fact->reason)
		return fact->reason;
	facts->retried = 0;
	reason = srtp_open(key, rtcp, fact->index, sealed, facts->length,
			   crypto->packet, &crypto->length);
	if (reason != SG_DROP_AUTH_FAILED || fact->second == fact->index)
		return reason;
	facts->retried = 1;
	return srtp_open(key, rtcp, fact->second, sealed, facts->length,
			 crypto->packet, &crypto->length);
}

/* Of several reasons the one to report, as in open.h. */
static bool tells_more(__u32 why, __u32 reason)
{
	return why != SG_DROP_NO_KEY && reason != SG_DROP_REPLAYED &&
	       reason != SG_DROP_TOO_OLD;
}

/* Under the current, the next or the previous key. */
static void open_packet(struct slow_crypto *crypto, const __u8 *sealed)
{
	struct sg_slow_packet *facts = crypto->setup->packet;
	__u32 reason = SG_DROP_NO_KEY;

	for (int i = 0; i < SG_OPEN_KEYS; i++) {
		const struct sg_slow_key *fact = &facts->open[i];
		__u32 why;

		if (!fact->slot)
			continue;
		why = try_key(crypto, sealed, fact);
		if (!why) {
			facts->opened = i;
			facts->reason = 0;
			return;
		}
		if (tells_more(why, reason))
			reason = why;
	}
	facts->reason = reason;
}

static void seal_packet(struct slow_crypto *crypto)
{
	struct sg_slow_packet *facts = crypto->setup->packet;
	struct srtp_key *key = find_key(crypto, &facts->seal);

	facts->reason = key ? srtp_seal(key, facts->rtcp, facts->seal.index,
					crypto->packet, &crypto->length) :
			      SG_DROP_STALE;
}

/* The headers, for slow_finish to find the payload where it was. */
static bool take(struct slow_crypto *crypto, const __u8 *frame, __u32 size)
{
	const struct sg_slow_packet *facts = crypto->setup->packet;

	if (facts->offset > HEADERS_MAX || facts->length > SG_RTP_MAX ||
	    facts->offset + facts->length > size)
		return false;
	memcpy(crypto->frame, frame, facts->offset + facts->length);
	crypto->packet = crypto->frame + facts->offset;
	crypto->length = facts->length;
	return true;
}

/* The packet by now; one that is to be dropped has nothing to show. */
static int run_on(struct slow_crypto *crypto, int program, void *out,
		  __u32 *out_size)
{
	const struct sg_slow_packet *facts = crypto->setup->packet;
	__u32 length = facts->reason ? facts->length : crypto->length;

	return run(program, crypto->frame, facts->offset + length, out,
		   out_size);
}

int slow_crypto_convert(struct slow_crypto *crypto, const void *frame,
			__u32 size, void *out, __u32 *out_size)
{
	const struct slow_crypto_setup *setup = crypto->setup;
	struct sg_slow_packet *facts = setup->packet;
	int verdict;

	verdict = run(setup->begin, frame, size, NULL, NULL);
	if (verdict != SG_SLOW_GO_ON)
		return verdict;
	if (!take(crypto, frame, size))
		return XDP_DROP;
	if (facts->opens)
		open_packet(crypto, (const __u8 *)frame + facts->offset);
	verdict = run_on(crypto, setup->commit, NULL, NULL);
	if (verdict != SG_SLOW_GO_ON)
		return verdict;
	if (facts->seal.slot)
		seal_packet(crypto);
	return run_on(crypto, setup->finish, out, out_size);
}
