/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Has key stream made ahead of all packets of a program's rigs that ask for it,
 * by the daemon's code: what is true without must be true with it. To be
 * included in front of the tests.
 */
#ifndef SRTPGATE_TEST_AHEAD_WAY_H
#define SRTPGATE_TEST_AHEAD_WAY_H

#include <linux/bpf.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "gated/ahead_maker.h"
#include "ktap.h"
#include "rig.h"

enum {
	AHEAD_WAY_STEP = 1000000,	/* ns that a packet takes */
	AHEAD_WAY_SWEEP = 1000,		/* packets */
	AHEAD_WAY_LEAST = 20,		/* percent that must find some */
};

static struct ahead_setup ahead_setup;
static struct ahead_maker *ahead_maker;
static __u64 ahead_packets;

static void ahead_way_change(struct sg_master_key *key)
{
	(void)key;
}

static void ahead_way_open(const struct gateway *skeleton)
{
	if (!ahead_set_up(&ahead_setup, skeleton))
		ahead_maker = ahead_maker_new(&ahead_setup);
	if (!ahead_maker)
		ktap_bail_out("key stream cannot be made ahead");
}

static void ahead_way_close(void)
{
	__u64 hits = 0, all = 0;

	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		hits += ahead_setup.counters[cpu].hits;
		all += ahead_setup.counters[cpu].misses;
	}
	all += hits;
	ktap(hits * 100 >= all * AHEAD_WAY_LEAST,
	     "%llu of %llu packets found key stream", hits, all);
	ahead_maker_free(ahead_maker);
	ahead_tear_down(&ahead_setup);
}

/* Makes what was asked for, and leaves the packet to the program. */
static int ahead_way_convert(const __u8 *frame, __u32 size, __u8 *out,
			     __u32 *out_size)
{
	__u64 now = ++ahead_packets * AHEAD_WAY_STEP;

	(void)frame;
	(void)size;
	(void)out;
	*out_size = FRAME_MAX;
	ahead_maker_work(ahead_maker, now);
	if (ahead_packets % AHEAD_WAY_SWEEP == 0)
		ahead_maker_sweep(ahead_maker, now);
	return XDP_PASS;
}

static __attribute__((constructor)) void ahead_way_take(void)
{
	static const struct rig_way way = {
		.change = ahead_way_change,
		.open = ahead_way_open,
		.close = ahead_way_close,
		.convert = ahead_way_convert,
	};

	rig_way = &way;
	setenv("COUNT", "100000", false);
}

#endif /* SRTPGATE_TEST_AHEAD_WAY_H */
