// SPDX-License-Identifier: GPL-2.0-only
/*
 * What leaves: every header field of a forwarded frame, for every way in and
 * out; and what the gateway tells its daemon on the way.
 */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

enum {
	SLOT = 1,
	SSRC = 0x1234abcd,
	ETHER = 14,
	UDP4 = ETHER + 20,
};

static struct rig rig;
static struct scene scene;
static struct outcome outcome;
static __u8 payload[FRAME_MAX], frame[FRAME_MAX];
static __u32 length, size;

static void build_rtp(__u16 sequence, __u32 bytes)
{
	struct rtp rtp = {
		.ssrc = SSRC,
		.sequence = sequence,
		.payload = bytes,
	};

	length = rtp_build(payload, &rtp);
}

static void build_srtp(__u16 sequence)
{
	build_rtp(sequence, 100);
	reference_seal(&scene.open[0].master, false, sequence, payload,
		       &length);
}

/* Sends @payload; what came out, NULL when anything around it is wrong. */
static const __u8 *result(bool rtcp, __u32 *out_length)
{
	const __u8 *out;
	const char *wrong;

	rig_send(&rig, &scene, rtcp, payload, length, &outcome);
	wrong = outcome_forwarded(&outcome, &scene, rtcp, &out, out_length);
	if (!wrong)
		return out;
	ktap_note("%s; reason %u", wrong, outcome.reason);
	return NULL;
}

static bool forwarded(bool rtcp)
{
	__u32 out_length;

	return result(rtcp, &out_length);
}

static bool becomes(bool rtcp, const __u8 *expected, __u32 expected_length)
{
	__u32 out_length;
	const __u8 *out = result(rtcp, &out_length);

	return out && out_length == expected_length &&
	       !memcmp(out, expected, expected_length);
}

static bool relayed(bool rtcp)
{
	return becomes(rtcp, payload, length);
}

static void test_families(void)
{
	for (int i = 0; i < 4; i++) {
		scene_init(&scene, SLOT, PLAIN, PLAIN);
		scene_set_family(&scene, i & 1, i & 2);
		rig_install(&rig, &scene);
		build_rtp(1, 160);
		ktap(relayed(false), "IPv%d to IPv%d", i & 1 ? 6 : 4,
		     i & 2 ? 6 : 4);
	}
}

/* Every length there is, so every sum of odd bytes and chunks. */
static void test_lengths(void)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		__u32 bytes;

		scene_init(&scene, SLOT, PLAIN, PLAIN);
		scene_set_family(&scene, false, ipv6);
		rig_install(&rig, &scene);
		for (bytes = 0; bytes <= SG_RTP_MAX - RTP_HEADER; bytes++) {
			build_rtp(bytes, bytes);
			if (!relayed(false))
				break;
		}
		ktap(bytes > SG_RTP_MAX - RTP_HEADER,
		     "IPv%d checksums of payloads of 12 to %u bytes",
		     ipv6 ? 6 : 4, bytes + RTP_HEADER - 1);
	}
}

/* A sum of zero would say "no checksum": it must be sent as all ones. */
static void test_checksum_of_zero(bool ipv6)
{
	struct flow out;
	const __u8 *udp;

	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_set_family(&scene, ipv6, ipv6);
	rig_install(&rig, &scene);
	build_rtp(1, 101);

	out = scene.rtp;
	memcpy(out.from, scene.stream.source.address, sizeof(out.from));
	memcpy(out.to, scene.stream.destination.address, sizeof(out.to));
	out.from_port = scene.stream.source.rtp;
	out.to_port = scene.stream.destination.rtp;
	for (__u32 i = 0; i <= 0xffff; i++) {
		put16(payload + RTP_HEADER, i);
		frame_build(frame, &out, payload, length);
		udp = frame + ETHER + (ipv6 ? 40 : 20);
		if (get16(udp + 6) == 0xffff)
			break;
	}
	ktap(get16(udp + 6) == 0xffff && relayed(false) &&
	     get16(outcome.frame + (udp - frame) + 6) == 0xffff,
	     "IPv%d UDP checksum of zero is sent as 0xffff", ipv6 ? 6 : 4);
}

static void test_incoming_checksum(void)
{
	scene_init(&scene, SLOT, E80, PLAIN);
	rig_install(&rig, &scene);
	build_srtp(1);
	size = frame_build(frame, &scene.rtp, payload, length);
	put16(frame + UDP4 + 6, 0x1234);
	rig_run(&rig, frame, size, &outcome);
	ktap(outcome.verdict == XDP_REDIRECT,
	     "an unfinished UDP checksum that comes in is not looked at");
	build_srtp(2);
	size = frame_build(frame, &scene.rtp, payload, length);
	put16(frame + UDP4 + 6, 0);
	rig_run(&rig, frame, size, &outcome);
	ktap(outcome.verdict == XDP_REDIRECT, "nor is a missing one");
}

/* Bytes behind the datagram, at most what a jumbo frame has. */
static void test_link_padding(void)
{
	static const __u32 sizes[] = { 60, 1514, 3900 };

	for (int i = 0; i < 3; i++) {
		const __u8 *out;
		__u32 out_length;

		scene_init(&scene, SLOT, PLAIN, PLAIN);
		rig_install(&rig, &scene);
		build_rtp(1, 0);
		size = frame_build(frame, &scene.rtp, payload, length);
		memset(frame + size, 0xee, sizes[i] - size);
		rig_run(&rig, frame, sizes[i], &outcome);
		ktap(!outcome_forwarded(&outcome, &scene, false, &out,
					&out_length) &&
		     out_length == length && !memcmp(out, payload, length),
		     "padding up to %u bytes is not forwarded", sizes[i]);
	}
}

/* -- VLANs: no 802.1Q device is needed, the program sees the tags ------------- */

enum {
	TAG_AT = 12,		/* in a frame */
	TYPE_8021AD = 0x88a8,
	VLAN_IN = 10,
	VLAN_OUT = 20,
};

static void scene_tags(__u16 in, __u16 out)
{
	scene.rtp.vlan[0] = scene.rtcp.vlan[0] = in;
	scene.next_hop.vlan = out;
}

/* The next packet of @bytes, plain in @payload; its index. */
static __u32 build_next(bool rtcp, __u32 bytes)
{
	if (!rtcp) {
		build_rtp(bytes + 1, bytes);
		return bytes + 1;
	}
	length = rtcp_build(payload, SSRC, bytes, 1);
	return bytes;		/* an SSRC begins at 0 */
}

/* Frames grow and shrink by tags, by headers and by SRTP's trailers. */
static bool crosses(bool rtcp, int families)
{
	__u8 expected[FRAME_MAX];
	__u32 index, expected_length;

	scene_set_family(&scene, families & 1, families & 2);
	rig_install(&rig, &scene);
	for (__u32 bytes = 0; bytes < 40; bytes++) {
		index = build_next(rtcp, bytes);
		expected_length = length;
		memcpy(expected, payload, length);
		if (scene.seal.master.suite)
			reference_seal(&scene.seal.master, rtcp, index,
				       expected, &expected_length);
		if (scene.open[0].master.suite)
			reference_seal(&scene.open[0].master, rtcp, index,
				       payload, &length);
		if (!becomes(rtcp, expected, expected_length))
			return false;
	}
	return true;
}

static void test_tags(__u16 in, __u16 out)
{
	static const struct {
		const char *name;
		enum sg_suite open, seal;
	} ways[] = {
		{ "relayed", PLAIN, PLAIN },
		{ "opened", E80, PLAIN },
		{ "sealed", PLAIN, SG_SUITE_AEAD_AES_128_GCM },
	};
	bool right;

	for (int i = 0; i < 3; i++) {
		right = true;
		for (int families = 0; families < 4; families++) {
			scene_init(&scene, SLOT, ways[i].open, ways[i].seal);
			scene_tags(in, out);
			right = right && crosses(false, families) &&
				crosses(true, families);
		}
		ktap(right, "VLAN %u to %u, %s, IPv4 and IPv6, RTP and RTCP",
		     in, out, ways[i].name);
	}
}

static void test_vlans(void)
{
	static const __u16 tags[][2] = {
		{ VLAN_IN, 0 }, { 0, VLAN_OUT }, { VLAN_IN, VLAN_OUT },
		{ 4094, 1 },
	};

	for (int i = 0; i < 4; i++) {
		if (tags[i][0])
			rig_interface(&rig, tags[i][0], true);
		test_tags(tags[i][0], tags[i][1]);
		if (tags[i][0])
			rig_interface(&rig, tags[i][0], false);
	}
}

/* Priority and drop eligibility are no part of a VLAN's number. */
static void test_priorities(void)
{
	static const struct {
		__u16 control;
		const char *name;
	} tags[] = {
		{ 5 << 13 | VLAN_IN, "VLAN 10 with a priority" },
		{ 1 << 12 | VLAN_IN, "VLAN 10 that may be dropped" },
		{ 7 << 13, "a priority alone is no VLAN" },
	};

	rig_interface(&rig, VLAN_IN, true);
	for (int i = 0; i < 3; i++) {
		scene_init(&scene, SLOT, PLAIN, PLAIN);
		scene_tags(tags[i].control, VLAN_OUT);
		rig_install(&rig, &scene);
		build_rtp(1, 20);
		ktap(relayed(false), "%s; it leaves without", tags[i].name);
	}
	rig_interface(&rig, VLAN_IN, false);
}

static void test_tag_type(__u16 type, bool known)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_tags(VLAN_IN, 0);
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	size = frame_build(frame, &scene.rtp, payload, length);
	put16(frame + TAG_AT, type);
	rig_run(&rig, frame, size, &outcome);
	ktap(outcome.verdict == (known ? XDP_REDIRECT : XDP_PASS),
	     "a tag of type %04x is %s", type, known ? "one" : "none");
}

/* The same addresses in two VLANs are two hosts', maybe of two realms. */
static void test_vlan_apart(void)
{
	rig_interface(&rig, VLAN_IN, true);
	test_tag_type(TYPE_8021AD, true);
	test_tag_type(0x9100, false);
	rig_other_realm(&rig, VLAN_OUT);
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_tags(VLAN_OUT, 0);
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	rig_send(&rig, &scene, false, payload, length, &outcome);
	ktap(outcome.verdict == XDP_PASS &&
	     outcome.reason == SG_PASS_NO_ENDPOINT,
	     "an address of another VLAN's realm is not ours");
	scene_tags(VLAN_IN, 0);
	ktap(relayed(false), "and is beside it, in its own");
	rig_interface(&rig, VLAN_OUT, false);
	rig_interface(&rig, VLAN_IN, false);
}

/* The MTU is of the IP packet. */
static void test_tag_and_mtu(void)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_tags(0, VLAN_OUT);
	build_rtp(1, 1000);
	scene.next_hop.mtu = UDP4 - ETHER + 8 + length;
	rig_install(&rig, &scene);
	ktap(relayed(false), "a tag is not counted towards the MTU");
	scene.next_hop.mtu--;
	rig_write_next_hop(&rig, &scene);
	build_rtp(2, 1000);
	rig_send(&rig, &scene, false, payload, length, &outcome);
	ktap(outcome.verdict != XDP_REDIRECT, "all else is");
}

/* -- the headers -------------------------------------------------------------- */

static void test_dscp_and_ttl(void)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		scene_init(&scene, SLOT, PLAIN, PLAIN);
		scene_set_family(&scene, ipv6, !ipv6);
		scene.stream.dscp = 34;
		rig_install(&rig, &scene);
		build_rtp(1, 20);
		ktap(relayed(false), "own DSCP, to IPv%d", ipv6 ? 4 : 6);
		scene.stream.dscp = 0;
		rig_publish(&rig, &scene);
		build_rtp(2, 20);
		ktap(relayed(false), "DSCP 0 is set, not copied");
	}
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.rtp.ttl = 2;
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	ktap(relayed(false), "TTL 2 leaves with 1");
}

/* ECN is the end points' (RFC 3168), whoever sets the DSCP. */
static void test_ecn(void)
{
	for (int own = 0; own < 2; own++) {
		scene_init(&scene, SLOT, PLAIN, PLAIN);
		if (own)
			scene.stream.dscp = 10;
		rig_install(&rig, &scene);
		build_rtp(1, 20);
		size = frame_build(frame, &scene.rtp, payload, length);
		frame[ETHER + 1] |= 3;
		frame_fix_ipv4(frame);
		rig_run(&rig, frame, size, &outcome);
		ktap(outcome.verdict == XDP_REDIRECT &&
		     outcome.frame[ETHER + 1] ==
			     ((own ? 10 : scene.rtp.dscp) << 2 | 3),
		     "congestion marks pass, DSCP %s", own ? "own" : "copied");
	}
}

static void test_rtcp_ports(void)
{
	for (int i = 0; i < 4; i++) {
		scene_init(&scene, SLOT, E80, PLAIN);
		scene_set_mux(&scene, i & 1, i & 2);
		rig_install(&rig, &scene);
		length = rtcp_build(payload, SSRC, 6, 1);
		reference_seal(&scene.open[0].master, true, 1, payload,
			       &length);
		ktap(forwarded(true), "RTCP %s to %s",
		     i & 1 ? "muxed" : "apart", i & 2 ? "muxed" : "apart");
		build_srtp(1);
		ktap(forwarded(false), "RTP beside it");
	}
}

/* RFC 5761 4: 192 to 223 of the second byte, marker bit included. */
static void test_demultiplexing(void)
{
	bool right = true;

	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_set_mux(&scene, true, false);
	rig_install(&rig, &scene);
	for (int type = 0; type < 256; type++) {
		build_rtp(type, 20);
		payload[1] = type;
		right &= relayed(type >= 192 && type <= 223);
	}
	ktap(right, "muxed RTP and RTCP are told apart by packet type");

	right = true;
	scene_set_mux(&scene, false, true);
	rig_install(&rig, &scene);
	for (int type = 0; type < 256; type++) {
		build_rtp(type, 20);
		payload[1] = type;
		right &= relayed(false);
	}
	ktap(right, "on a port of its own every packet type is RTP");
}

static void test_opaque(void)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.stream.flags |= SG_STREAM_OPAQUE;
	rig_install(&rig, &scene);
	build_rtp(1, 100);
	payload[0] |= 1 << 4 | 15; /* a header that claims more than there is */
	put16(payload + RTP_HEADER + 60 + 2, 65535);
	ktap(relayed(false), "opaque: nothing behind the SSRC is looked at");
	ktap(relayed(false), "opaque: a duplicate is not ours to judge");
}

static void test_source_filters(void)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.stream.flags |= SG_STREAM_ANY_PORT;
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	scene.rtp.from_port = htons(9);
	ktap(relayed(false), "any port of the right address");
	scene.stream.source_prefix = SG_PREFIX_ANY;
	rig_publish(&rig, &scene);
	address_set(scene.rtp.from, "198.51.100.7");
	build_rtp(2, 20);
	ktap(relayed(false), "any port of any address");
	scene.stream.flags &= ~SG_STREAM_ANY_PORT;
	scene.rtp.from_port = scene.stream.remote.rtp;
	rig_publish(&rig, &scene);
	build_rtp(3, 20);
	ktap(relayed(false), "the right port of any address");
}

/* 0: none, as it must be, or the reason for which a packet was dropped. */
static __u32 sent(bool rtcp)
{
	rig_send(&rig, &scene, rtcp, payload, length, &outcome);
	return outcome.verdict == XDP_REDIRECT ? 0 : outcome.reason;
}

static void flip(__be32 address[4], int bit)
{
	((__u8 *)address)[bit / 8] ^= 0x80 >> bit % 8;
}

/* Off by one bit, @bit, the sender is another one within @prefix only. */
static bool judged_by_bit(int prefix, int bit)
{
	bool right;

	flip(scene.rtp.from, bit);
	right = sent(false) == (bit < prefix ? SG_DROP_SOURCE_MISMATCH : 0);
	flip(scene.rtp.from, bit);
	if (!right)
		ktap_note("prefix %d, bit %d", prefix, bit);
	return right;
}

static void test_prefixes(bool ipv6)
{
	int first = ipv6 ? 0 : SG_PREFIX_IPV4;
	bool right = true;

	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_set_family(&scene, ipv6, false);
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	for (int prefix = first; prefix <= SG_PREFIX_EXACT; prefix++) {
		scene.stream.source_prefix = prefix;
		rig_publish(&rig, &scene);
		right &= !sent(false) & judged_by_bit(prefix, first) &
			 judged_by_bit(prefix, 127);
		if (prefix > first)
			right &= judged_by_bit(prefix, prefix - 1);
		if (prefix < SG_PREFIX_EXACT)
			right &= judged_by_bit(prefix, prefix);
	}
	ktap(right, "IPv%d prefixes of each length, to the bit", ipv6 ? 6 : 4);
}

static bool judged_by_port(__u16 port, bool within)
{
	bool right = true;

	for (int rtcp = 0; rtcp < 2; rtcp++) {
		scene.rtp.from_port = scene.rtcp.from_port = htons(port);
		if (rtcp)
			length = rtcp_build(payload, SSRC, 6, 1);
		else
			build_rtp(port, 20);
		right &= sent(rtcp) == (within ? 0 : SG_DROP_SOURCE_MISMATCH);
	}
	if (!right)
		ktap_note("port %u", port);
	return right;
}

/* With ends whose order is another one in network order. */
static void test_port_range(void)
{
	static const struct {
		__u16 low, high;
	} ranges[] = { { 255, 257 }, { 4000, 4000 }, { 1, 65534 } };
	bool right = true;

	for (int i = 0; i < 3; i++) {
		__u16 low = ranges[i].low, high = ranges[i].high;

		scene_init(&scene, SLOT, PLAIN, PLAIN);
		scene.stream.flags |= SG_STREAM_PORT_RANGE;
		scene.stream.remote.rtp = htons(low);
		scene.stream.remote.rtcp = htons(high);
		rig_install(&rig, &scene);
		right &= judged_by_port(low - 1, false) &
			 judged_by_port(low, true) &
			 judged_by_port(low + (high - low) / 2, true) &
			 judged_by_port(high, true) &
			 judged_by_port(high + 1, false);
	}
	ktap(right, "ranges of ports, for RTP and RTCP alike");
}

/* -- policing ----------------------------------------------------------------- */

/* How many packets of @octets of IP pass at once. */
static int pass_at_once(__u32 octets)
{
	__u32 headers = (address_is_ipv4(scene.rtp.to) ? 20 : 40) + 8;
	int passed = 0;

	build_rtp(1, octets - headers - RTP_HEADER);
	while (passed < 1000 && !sent(false))
		passed++;
	return outcome.reason == SG_DROP_POLICED ? passed : -1;
}

/* A rate that fills nothing while the test lasts leaves the burst alone. */
static void test_rate_of_octets(bool ipv6)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_set_family(&scene, ipv6, !ipv6);
	scene.stream.flags |= SG_STREAM_RATE_OCTETS;
	scene.stream.rate = 1;
	scene.stream.burst = 10; /* 640 octets */
	rig_install(&rig, &scene);
	ktap(pass_at_once(80) == 8, "IPv%d: 8 times 80 octets of 640",
	     ipv6 ? 6 : 4);
	rig_install(&rig, &scene);
	ktap(pass_at_once(81) == 7 && pass_at_once(73) == 1,
	     "IPv%d: 7 times 81 octets, and 73 of the 73 left", ipv6 ? 6 : 4);
	rig_install(&rig, &scene);
	ktap(pass_at_once(640) == 1, "IPv%d: once 640", ipv6 ? 6 : 4);
	rig_install(&rig, &scene);
	ktap(pass_at_once(641) == 0 && pass_at_once(640) == 1,
	     "IPv%d: 641 never, and it costs nothing", ipv6 ? 6 : 4);
}

/* SRTP is counted with its tag; the link's padding is not counted. */
static void test_octets_as_received(void)
{
	int passed = 0;

	scene_init(&scene, SLOT, E80, PLAIN);
	scene.stream.flags |= SG_STREAM_RATE_OCTETS;
	scene.stream.rate = 1;
	scene.stream.burst = 3; /* 192 octets: three of 20 + 8 + 12 + 14 + 10 */
	rig_install(&rig, &scene);
	for (int i = 0; i < 5; i++) {
		build_rtp(i, 14);
		reference_seal(&scene.open[0].master, false, i, payload,
			       &length);
		size = frame_build(frame, &scene.rtp, payload, length);
		memset(frame + size, 0, 200);
		rig_run(&rig, frame, size + 200, &outcome);
		passed += outcome.verdict == XDP_REDIRECT;
	}
	ktap(passed == 3 && outcome.reason == SG_DROP_POLICED,
	     "octets are those of the IP packet as received");
}

/* -- events ------------------------------------------------------------------- */

static struct sg_event seen;
static int events;

static int on_event(void *context, void *data, size_t bytes)
{
	(void)context;
	if (bytes == sizeof(seen))
		memcpy(&seen, data, bytes);
	events++;
	return 0;
}

static int new_events(struct ring_buffer *ring)
{
	events = 0;
	ring_buffer__consume(ring);
	return events;
}

enum { NS_PER_S = 1000000000 };

static void test_latch(struct ring_buffer *ring)
{
	struct sg_state state;
	__be16 port = htons(61000);

	scene_init(&scene, SLOT, E80, PLAIN);
	scene.stream.flags |= SG_STREAM_LATCH | SG_STREAM_ANY_PORT;
	scene.stream.source_prefix = SG_PREFIX_ANY;
	rig_install(&rig, &scene);
	build_srtp(1);
	ktap(forwarded(false) && !new_events(ring),
	     "latch: the signalled source is no news");

	scene.rtp.from_port = port;
	address_set(scene.rtp.from, "198.51.100.7");
	build_srtp(2);
	payload[length - 1] ^= 1;
	rig_send(&rig, &scene, false, payload, length, &outcome);
	rig_state(&rig, SLOT, &state);
	ktap(outcome.reason == SG_DROP_AUTH_FAILED && !new_events(ring) &&
	     !state.latched.rtp, "latch: a forged packet moves nothing");

	build_srtp(3);
	forwarded(false);
	rig_state(&rig, SLOT, &state);
	ktap(new_events(ring) == 1 && seen.type == SG_EVENT_LATCH &&
	     seen.state == SLOT && seen.stream == SLOT &&
	     state.latched.rtp == port &&
	     !memcmp(state.latched.address, scene.rtp.from, 16),
	     "latch: an authentic packet reports its source");
	build_srtp(4);
	ktap(forwarded(false) && !new_events(ring), "latch: once");

	/* Not followed, it is reported again, five times a second at most. */
	state.latched_at -= NS_PER_S / 5;
	rig_set_state(&rig, SLOT, &state);
	build_srtp(5);
	ktap(forwarded(false) && new_events(ring) == 1,
	     "latch: again when the daemon did not follow");
}

/* Without a key to open with, the source filter is all that judges. */
static void test_latch_unkeyed(struct ring_buffer *ring, enum sg_suite seal,
			       __u16 flags, const char *what)
{
	struct sg_state state;

	scene_init(&scene, SLOT, PLAIN, seal);
	scene.stream.flags |= SG_STREAM_LATCH | SG_STREAM_ANY_PORT | flags;
	scene.stream.source_prefix = SG_PREFIX_IPV4 + 24;
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	ktap(forwarded(false) && !new_events(ring),
	     "latch, %s: the signalled source is no news", what);
	address_set(scene.rtp.from, "10.99.2.2");
	build_rtp(2, 20);
	rig_state(&rig, SLOT, &state);
	ktap(sent(false) == SG_DROP_SOURCE_MISMATCH && !new_events(ring) &&
	     !state.latched.rtp, "latch, %s: nor one outside the filter", what);
	address_set(scene.rtp.from, "10.99.1.77");
	scene.rtp.from_port = htons(61000);
	build_rtp(3, 20);
	forwarded(false);
	rig_state(&rig, SLOT, &state);
	ktap(new_events(ring) == 1 && seen.type == SG_EVENT_LATCH &&
	     state.latched.rtp == htons(61000) && !state.latched.rtcp &&
	     !memcmp(state.latched.address, scene.rtp.from, 16),
	     "latch, %s: the first packet of another one is", what);
	build_rtp(4, 20);
	ktap(forwarded(false) && !new_events(ring), "latch, %s: once", what);
}

/* There .remote is no address of anybody's, but may look like the sender's. */
static void test_latch_filtered(struct ring_buffer *ring)
{
	struct sg_state state;

	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.stream.flags |= SG_STREAM_LATCH | SG_STREAM_FILTER |
			      SG_STREAM_PORT_RANGE;
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	forwarded(false);
	rig_state(&rig, SLOT, &state);
	ktap(new_events(ring) == 1 &&
	     state.latched.rtp == scene.stream.remote.rtp,
	     "latch, filter: whoever passes it is news");
}

static void test_latch_closed(struct ring_buffer *ring)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.stream.flags = SG_STREAM_LATCH | SG_STREAM_ANY_PORT;
	scene.stream.source_prefix = SG_PREFIX_ANY;
	address_set(scene.rtp.from, "198.51.100.7");
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	ktap(sent(false) == SG_DROP_GATE_CLOSED && !new_events(ring),
	     "latch: none through a closed gate");
}

static void test_next_hop(struct ring_buffer *ring)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.next_hop.state = SG_NEXT_HOP_INCOMPLETE;
	rig_install(&rig, &scene);
	build_rtp(1, 20);
	rig_send(&rig, &scene, false, payload, length, &outcome);
	ktap(outcome.reason == SG_DROP_NO_NEIGHBOUR && new_events(ring) == 1 &&
	     seen.type == SG_EVENT_NEXT_HOP &&
	     seen.state == scene.stream.next_hop,
	     "an unresolved next hop asks for its neighbour");
}

static void test_events(void)
{
	struct ring_buffer *ring =
		ring_buffer__new(rig_events(&rig), on_event, NULL, NULL);

	if (!ring)
		ktap_bail_out("ring buffer: %s", strerror(errno));
	new_events(ring);
	test_latch(ring);
	test_latch_unkeyed(ring, PLAIN, 0, "relay");
	test_latch_unkeyed(ring, PLAIN, SG_STREAM_OPAQUE, "opaque");
	test_latch_unkeyed(ring, E80, 0, "seal");
	test_latch_filtered(ring);
	test_latch_closed(ring);
	test_next_hop(ring);
	ring_buffer__free(ring);
}

/* -- capture -------------------------------------------------------------------- */

enum { CAPTURES = 8 };

static struct {
	struct sg_event event;
	__u8 bytes[SG_CAPTURE_BYTES];
} captured[CAPTURES];

static int on_capture(void *context, void *data, size_t bytes)
{
	(void)context;
	if (events < CAPTURES && bytes <= sizeof(captured[0]))
		memcpy(&captured[events], data, bytes);
	events++;
	return 0;
}

static bool captured_as(int i, __u32 type, __u32 state, const __u8 *bytes,
			__u32 count)
{
	const struct sg_event *event = &captured[i].event;

	return event->type == type && event->state == state &&
	       event->stream == state && event->time &&
	       event->length == count &&
	       !memcmp(captured[i].bytes, bytes, count);
}

/* The two directions of one context are states 2c and 2c + 1. */
static void install_pair(struct scene *other)
{
	scene_init(other, SLOT + 2, PLAIN, PLAIN);
	rig_install(&rig, other);
	scene_init(&scene, SLOT + 1, E80, PLAIN);
	rig_install(&rig, &scene);
}

static void test_capture(void)
{
	struct ring_buffer *ring =
		ring_buffer__new(rig_captures(&rig), on_capture, NULL, NULL);
	__u8 plain[FRAME_MAX];
	__u32 plain_length;
	struct scene other;

	if (!ring)
		ktap_bail_out("ring buffer: %s", strerror(errno));
	install_pair(&other);
	rig_capture(&rig, scene.slot, ~0u);
	build_rtp(1, 100);
	plain_length = length;
	memcpy(plain, payload, length);
	reference_seal(&scene.open[0].master, false, 1, payload, &length);
	ktap(forwarded(false) && new_events(ring) == 2 &&
	     captured_as(0, SG_EVENT_CAPTURE_IN, scene.slot, payload, length) &&
	     captured_as(1, SG_EVENT_CAPTURE_OUT, scene.slot, plain,
			 plain_length), "capture: as it came, as it left");

	rig_send(&rig, &other, false, plain, plain_length, &outcome);
	ktap(outcome.verdict == XDP_REDIRECT && !new_events(ring),
	     "capture: no other stream");
	payload[length - 1] ^= 1;
	put16(payload + 2, 9);
	rig_send(&rig, &scene, false, payload, length, &outcome);
	ktap(outcome.verdict == XDP_DROP && new_events(ring) == 1 &&
	     captured_as(0, SG_EVENT_CAPTURE_IN, scene.slot, payload, length),
	     "capture: a dropped packet as it came");
	rig_capture(&rig, scene.slot, ~1u);
	rig_send(&rig, &other, false, plain, plain_length, &outcome);
	ktap(new_events(ring) == 2,
	     "capture: both directions of a context");
	rig_capture(&rig, 0, 0);
	build_srtp(3);
	ktap(forwarded(false) && !new_events(ring), "capture: off");
	ring_buffer__free(ring);
}

/* -- counters of a state ------------------------------------------------------- */

static void test_statistics(void)
{
	struct sg_state state;
	struct sg_source *source;

	scene_init(&scene, SLOT, E80, PLAIN);
	rig_install(&rig, &scene);
	for (int i = 0; i < 10; i++) {
		build_srtp(100 + i);
		rig_send(&rig, &scene, false, payload, length, &outcome);
	}
	rig_send(&rig, &scene, false, payload, length, &outcome);
	payload[length - 1] ^= 1;
	put16(payload + 2, 200);
	rig_send(&rig, &scene, false, payload, length, &outcome);
	rig_state(&rig, SLOT, &state);
	source = state_source(&state, SSRC);
	ktap(state.packets == 10 && state.octets == 10 * (12 + 100 + 10) &&
	     state.replayed == 1 && state.auth_failed == 1 &&
	     state.dropped == 2 && state.last_seen,
	     "a state counts packets, octets, replays, forgeries");
	ktap(source && source->packets == 10 && source->octets == 1000 &&
	     source->first == 100 && source->received.next == 110,
	     "a source counts packets, octets and indices");
}

int main(void)
{
	rig_open(&rig);
	test_families();
	test_lengths();
	test_checksum_of_zero(false);
	test_checksum_of_zero(true);
	test_incoming_checksum();
	test_link_padding();
	test_vlans();
	test_priorities();
	test_vlan_apart();
	test_tag_and_mtu();
	test_dscp_and_ttl();
	test_ecn();
	test_rtcp_ports();
	test_demultiplexing();
	test_opaque();
	test_source_filters();
	test_prefixes(false);
	test_prefixes(true);
	test_port_range();
	test_rate_of_octets(false);
	test_rate_of_octets(true);
	test_octets_as_received();
	test_events();
	test_capture();
	test_statistics();
	rig_close(&rig);
	return ktap_finish();
}
