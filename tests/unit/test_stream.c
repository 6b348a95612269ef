// SPDX-License-Identifier: GPL-2.0-only
/*
 * A context's picture in the data plane, and back: whatever terminations say
 * is there again after a restart.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "gated/stream.h"
#include "lib/address.h"

#include "../lib/ktap.h"

enum { ACCESS = 3, CORE = 5, SLOT = 9, HOP = 77 };

static struct config config;
static struct context context;
static struct sg_stream streams[2];

static void transport(struct sg_transport *to, const char *address, __u16 port)
{
	sg_address_parse(to->address, address);
	to->rtp = htons(port);
	to->rtcp = htons(port + 1);
}

static struct termination *side(int number)
{
	return &context.termination[number];
}

static void stage(void)
{
	memset(&context, 0, sizeof(context));
	memset(&config, 0, sizeof(config));
	config.realm_count = 2;
	config.realm[0].number = ACCESS;
	config.realm[1].number = CORE;
	context.slot = SLOT;
	for (int i = 0; i < 2; i++) {
		side(i)->realm = &config.realm[i];
		side(i)->gate_open = true;
		side(i)->dscp = 46 - i;
		side(i)->clock_rate = 8000 << i;
		side(i)->receive[RECEIVE_CURRENT] = 10 + i;
		side(i)->send = 20 + i;
		context.stream[i].generation = 100 + i;
		context.stream[i].epoch = 1 + i;
		context.stream[i].next_hop = HOP + i;
	}
	transport(&side(0)->local, "10.0.1.1", 30000);
	transport(&side(0)->remote, "10.0.1.2", 4000);
	transport(&side(1)->local, "fd00:2::1", 40000);
	transport(&side(1)->remote, "fd00:2::2", 5000);
}

static void build(void)
{
	for (int i = 0; i < 2; i++)
		stream_build(&context, i, &streams[i]);
}

static bool comes_back(void)
{
	struct context again = { .slot = SLOT };

	build();
	return !stream_restore(&again, streams, &config) &&
	       !memcmp(again.termination, context.termination,
		       sizeof(again.termination)) &&
	       again.opaque == context.opaque;
}

/* One bit of @which for each choice. */
static void choose(struct termination *one, int which)
{
	one->source = which & 3;
	one->latch = which & 4;
	one->gate_open = which & 8;
	one->rate_octets = which & 16;
	one->rate = which & 32 ? 4000000000 : 0;
	one->burst = one->rate_octets ? 128 : 0;
	if (which & 64)
		memset(&one->remote, 0, sizeof(one->remote));
	if (which & 128)
		transport(&one->departure, "10.0.1.9", 31000);
	one->three_keys = which & 1;
	if (one->source != SOURCE_FILTER)
		return;
	if (which & 256)
		sg_prefix_parse(one->filter.address, &one->filter.prefix,
				"192.0.0.0/10");
	if (which & 512) {
		one->filter.port_low = 255;
		one->filter.port_high = 256;
	}
}

static void test_round_trip(void)
{
	bool all = true;

	for (int number = 0; number < 2; number++)
		for (int which = 0; all && which < 1024; which++) {
			stage();
			context.opaque = which & 1;
			choose(side(number), which);
			choose(side(!number), which * 5 & 1023);
			all = comes_back();
			if (!all)
				ktap_note("termination %d, choices %x", number,
					  which);
		}
	ktap(all, "all that terminations say comes back");
	stage();
	build();
	config.realm[1].number++;
	ktap(stream_restore(&context, streams, &config) == -ENOENT,
	     "a realm that is gone is noticed");
}

static void test_no_remote(void)
{
	stage();
	memset(&side(1)->remote, 0, sizeof(side(1)->remote));
	build();
	ktap(!(streams[0].flags & SG_STREAM_GATE_OPEN) && !streams[0].next_hop,
	     "nothing is sent to a termination without a remote");
	ktap(streams[1].flags & SG_STREAM_GATE_OPEN &&
	     streams[1].next_hop == HOP + 1 &&
	     streams[1].source_prefix == SG_PREFIX_NOBODY,
	     "and a strict rule lets nobody send from it");
	side(1)->source = SOURCE_ANY;
	build();
	ktap(streams[1].source_prefix == SG_PREFIX_ANY,
	     "where any may send, anybody may");
}

static void test_slow(void)
{
	struct context again = { .slot = SLOT };

	stage();
	context.stream[1].slow = true;
	build();
	ktap(!(streams[0].flags & SG_STREAM_SLOW) &&
	     streams[1].flags & SG_STREAM_SLOW &&
	     !stream_restore(&again, streams, &config) &&
	     !again.stream[0].slow && again.stream[1].slow,
	     "a direction is in the slow path, and is again");
}

static void test_departure(void)
{
	stage();
	build();
	ktap(!memcmp(&streams[1].source, &side(0)->local,
		     sizeof(streams[1].source)),
	     "packets leave from the local address");
	transport(&side(0)->departure, "10.0.1.1", 31000);
	build();
	ktap(!memcmp(&streams[1].source, &side(0)->departure,
		     sizeof(streams[1].source)) &&
	     !memcmp(&streams[0].local, &side(0)->local,
		     sizeof(streams[0].local)),
	     "or from another, while they arrive there");
}

static __u16 built_burst(__u32 rate, __u32 octets)
{
	stage();
	side(0)->rate_octets = true;
	side(0)->rate = rate;
	side(0)->burst = octets;
	build();
	return streams[0].burst;
}

static void test_burst(void)
{
	ktap(built_burst(8000, 1) == 1 && built_burst(8000, 64) == 1 &&
	     built_burst(8000, 65) == 2 && built_burst(8000, 4000) == 63,
	     "a burst in octets is rounded up to units of 64");
	ktap(built_burst(8000, 64 * 65535) == 65535 &&
	     built_burst(8000, 64 * 65535 + 1) == 65535 &&
	     built_burst(8000, ~0u) == 65535, "up to the most there is");
	ktap(built_burst(0, 0) >= (SG_RTP_MAX + 48) / 64 &&
	     built_burst(400000, 0) > 100000 / 64 &&
	     built_burst(~0u, 0) == 65535,
	     "one that is not given has room for any packet");
}

static void test_filter(void)
{
	static const char *const texts[] = {
		"10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "fd00::/8", "fd00::1",
		"::/0", "2001:db8::/127",
	};
	static const __u8 prefixes[] = { 104, 128, 96, 8, 128, 0, 127 };
	static const char *const wrong[] = {
		"", "/8", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0/8",
		"10.0.0.0/8 ", "10.0.0.0/+8", "10.0.0.0/0x8", "10.0.0.0/8/8",
		"10.0.0.0/0000000008",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8",
	};
	char text[SG_PREFIX_TEXT];
	__be32 address[4];
	__u8 prefix;
	bool all = true;

	for (int i = 0; i < 7; i++)
		all &= !sg_prefix_parse(address, &prefix, texts[i]) &&
		       prefix == prefixes[i] &&
		       !strcmp(sg_prefix_format(text, address, prefix),
			       texts[i]);
	ktap(all, "prefixes are read and written");
	for (int i = 0; i < 12; i++) {
		bool refused = sg_prefix_parse(address, &prefix, wrong[i]) ==
			       -EINVAL;

		if (!refused)
			ktap_note("\"%s\"", wrong[i]);
		all &= refused;
	}
	ktap(all, "what is none is refused");
}

int main(void)
{
	test_round_trip();
	test_no_remote();
	test_slow();
	test_departure();
	test_burst();
	test_filter();
	return ktap_finish();
}
