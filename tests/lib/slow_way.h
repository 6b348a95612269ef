/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends all packets of a program's rigs through the slow path's cryptography:
 * what is true of the fast path must be true of it. To be included in front of
 * the tests. Threads take turns, as there is one worker.
 */
#ifndef SRTPGATE_TEST_SLOW_WAY_H
#define SRTPGATE_TEST_SLOW_WAY_H

#include <pthread.h>

#include "gated/slow/slow_crypto.h"
#include "ktap.h"
#include "rig.h"

/* 1: packets have header extensions that make no sense. */
#ifndef SLOW_WAY_BY_RATE
#define SLOW_WAY_BY_RATE 0
#endif

static struct slow_crypto_setup slow_setup;
static struct slow_crypto *slow_crypto;

/*
 * For the slow path only, and yet on the wire as it was: an encrypted element
 * that no packet has, or a derivation rate that no index gets to.
 */
static void slow_way_change(struct sg_master_key *key)
{
	if (SLOW_WAY_BY_RATE || key->plain_rtp)
		key->kdr = 24;
	else
		key->extension[31] |= 1 << 7;
}

static void slow_way_open(const struct gateway *skeleton)
{
	int err = slow_crypto_set_up(&slow_setup, skeleton);

	if (!err)
		slow_crypto = slow_crypto_new(&slow_setup);
	if (!slow_crypto)
		ktap_bail_out("the slow path cannot be set up");
}

static void slow_way_close(void)
{
	slow_crypto_free(slow_crypto);
	slow_crypto_tear_down(&slow_setup);
}

static int slow_way_convert(const __u8 *frame, __u32 size, __u8 *out,
			    __u32 *out_size)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
	int verdict;

	pthread_mutex_lock(&turn);
	verdict = slow_crypto_convert(slow_crypto, frame, size, out, out_size);
	pthread_mutex_unlock(&turn);
	return verdict;
}

static __attribute__((constructor)) void slow_way_take(void)
{
	static const struct rig_way way = {
		.change = slow_way_change,
		.open = slow_way_open,
		.close = slow_way_close,
		.convert = slow_way_convert,
	};

	rig_way = &way;
}

#endif /* SRTPGATE_TEST_SLOW_WAY_H */
