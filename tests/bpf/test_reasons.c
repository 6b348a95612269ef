// SPDX-License-Identifier: GPL-2.0-only
/*
 * One golden packet, or more, for every reason in reasons.h: the verdict,
 * the one counter that moves, the stream's own record of a drop, and every
 * byte of a packet that is left to the kernel. A reason without a case fails.
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

enum {
	SLOT = 1,
	SSRC = 0x1234abcd,
	PAYLOAD = 160,
	ETHER = 14,
	IPV4 = 20,
	UDP4 = ETHER + IPV4,	/* where UDP starts in an untagged IPv4 frame */
	UDP6 = ETHER + 40,
	MKI = 2,		/* bytes */
};

static struct rig rig;
static struct scene scene;
static struct outcome outcome;
static __u8 payload[FRAME_MAX], frame[FRAME_MAX];
static __u32 length, size;

/* -- steps that cases are made of -------------------------------------------- */

static void stage(enum sg_suite open, enum sg_suite seal)
{
	scene_init(&scene, SLOT, open, seal);
	rig_install(&rig, &scene);
}

static void build_rtp(__u32 ssrc, __u16 sequence)
{
	struct rtp rtp = {
		.ssrc = ssrc,
		.sequence = sequence,
		.payload = PAYLOAD,
		.fill = sequence,
	};

	length = rtp_build(payload, &rtp);
}

/* SRTP under the scene's first open key, at ROC @index / 2^16. */
static void build_srtp(__u32 ssrc, __u64 index)
{
	build_rtp(ssrc, index);
	reference_seal(&scene.open[0].master, false, index, payload, &length);
}

static void build_srtcp(__u32 ssrc, __u32 index)
{
	length = rtcp_build(payload, ssrc, 6, index);
	reference_seal(&scene.open[0].master, true, index, payload, &length);
}

static void wrap(const struct flow *flow)
{
	size = frame_build(frame, flow, payload, length);
}

static void run(void)
{
	rig_run(&rig, frame, size, &outcome);
}

static void send_rtp(void)
{
	wrap(&scene.rtp);
	run();
}

static void send_rtcp(void)
{
	wrap(&scene.rtcp);
	run();
}

/* A valid SRTP frame, over IPv4 or IPv6, ready to be spoilt. */
static void srtp_frame(bool ipv6)
{
	scene_init(&scene, SLOT, E80, PLAIN);
	scene_set_family(&scene, ipv6, false);
	rig_install(&rig, &scene);
	build_srtp(SSRC, 1);
	wrap(&scene.rtp);
}

static void preset(__u64 received, __u64 sealed, __u64 rtcp_sealed)
{
	struct sg_state state = { 0 };
	struct sg_source *source = state_add_source(&state, &scene, SSRC);

	source->received.next = received;
	source->sealed.next = sealed;
	source->rtcp_sealed = rtcp_sealed;
	rig_set_state(&rig, SLOT, &state);
}

/* -- drops --------------------------------------------------------------------- */

static void udp_longer_than_ip(void)
{
	srtp_frame(false);
	put16(frame + UDP4 + 4, size - UDP4 + 1);
	run();
}

static void udp_length_7(void)
{
	srtp_frame(false);
	put16(frame + UDP4 + 4, 7);
	run();
}

static void udp_length_0_ipv6(void)
{
	srtp_frame(true);
	put16(frame + UDP6 + 4, 0);
	run();
}

static void ip_longer_than_frame(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 2, size - ETHER + 1);
	frame_fix_ipv4(frame);
	run();
}

static void ip_total_length_0(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 2, 0);
	frame_fix_ipv4(frame);
	run();
}

static void ip_total_length_19(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 2, IPV4 - 1);
	frame_fix_ipv4(frame);
	run();
}

static void ipv6_longer_than_frame(void)
{
	srtp_frame(true);
	put16(frame + ETHER + 4, size - UDP6 + 1);
	run();
}

static void ipv6_jumbogram(void)
{
	srtp_frame(true);
	put16(frame + ETHER + 4, 0);
	run();
}

static void cut_by_one_byte(void)
{
	srtp_frame(false);
	size--;
	run();
}

static void one_byte_too_long(void)
{
	stage(PLAIN, PLAIN);
	build_rtp(SSRC, 1);
	length = SG_RTP_MAX + 1;
	send_rtp();
}

static void too_long_to_seal(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1);
	length = SG_RTP_MAX;
	send_rtp();
}

static void too_long_for_one_page(void)
{
	stage(PLAIN, PLAIN);
	build_rtp(SSRC, 1);
	length = 3900;
	send_rtp();
}

static void no_payload(void)
{
	stage(E80, PLAIN);
	length = 0;
	send_rtp();
}

static void rtp_of_11_bytes(void)
{
	stage(PLAIN, PLAIN);
	build_rtp(SSRC, 1);
	length = RTP_HEADER - 1;
	send_rtp();
}

static void rtcp_of_7_bytes(void)
{
	stage(PLAIN, PLAIN);
	length = rtcp_build(payload, SSRC, 1, 0);
	length = RTCP_HEADER - 1;
	send_rtcp();
}

static void version_1(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	payload[0] = 1 << 6 | (payload[0] & 63);
	send_rtp();
}

static void stun(void)
{
	stage(E80, PLAIN);
	length = 20;
	memset(payload, 0, length);
	payload[1] = 1; /* binding request, RFC 5389 */
	send_rtp();
}

static void csrcs_beyond_the_end(void)
{
	stage(E80, PLAIN);
	build_rtp(SSRC, 1);
	payload[0] |= 15;
	length = RTP_HEADER + 4 * 15 - 1;
	send_rtp();
}

static void extension_header_cut(void)
{
	stage(E80, PLAIN);
	build_rtp(SSRC, 1);
	payload[0] |= 1 << 4;
	length = RTP_HEADER + 3;
	send_rtp();
}

static void extension_of_65535_words(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1);
	payload[0] |= 1 << 4;
	put16(payload + RTP_HEADER + 2, 65535);
	send_rtp();
}

static void no_room_for_the_tag(void)
{
	stage(E80, PLAIN);
	build_rtp(SSRC, 1);
	length = RTP_HEADER + 9;
	send_rtp();
}

static void no_room_for_the_rtcp_trailer(void)
{
	stage(E32, PLAIN);
	length = rtcp_build(payload, SSRC, 4, 0);
	length = RTCP_HEADER + 4 + 9;
	send_rtcp();
}

static void gate_closed(void)
{
	stage(E80, PLAIN);
	scene.stream.flags &= ~SG_STREAM_GATE_OPEN;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

/* As srtpgated writes it: a port that is ours, but connected to nothing. */
static void port_not_connected(void)
{
	stage(E80, PLAIN);
	scene.stream.flags = 0;
	scene.stream.source_prefix = SG_PREFIX_NOBODY;
	memset(&scene.stream.remote, 0, sizeof(scene.stream.remote));
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

static void foreign_address(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	address_set(scene.rtp.from, "10.99.1.3");
	send_rtp();
}

static void foreign_port(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	scene.rtp.from_port++;
	send_rtp();
}

static void rtp_from_the_rtcp_port(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	scene.rtp.from_port = scene.rtcp.from_port;
	send_rtp();
}

static void any_port_of_a_foreign_address(void)
{
	stage(E80, PLAIN);
	scene.stream.flags |= SG_STREAM_ANY_PORT;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	address_set(scene.rtp.from, "10.99.1.3");
	send_rtp();
}

static void restage(const char *sender)
{
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	if (sender)
		address_set(scene.rtp.from, sender);
	send_rtp();
}

static void foreign_network(void)
{
	stage(E80, PLAIN);
	scene.stream.source_prefix = SG_PREFIX_IPV4 + 8;
	restage("11.99.1.2");
}

static void foreign_network_ipv6(void)
{
	srtp_frame(true);
	scene.stream.source_prefix = 64;
	restage("fd99:1:0:1::2");
}

static void other_family(void)
{
	srtp_frame(true);
	address_set(scene.stream.remote.address, "10.0.0.0");
	scene.stream.source_prefix = SG_PREFIX_IPV4;
	restage(NULL);
}

static void nobody_may_send(void)
{
	stage(E80, PLAIN);
	scene.stream.source_prefix = SG_PREFIX_NOBODY;
	scene.stream.flags |= SG_STREAM_ANY_PORT;
	restage(NULL);
}

/* What a strict rule without a remote is: not even "::", port 0. */
static void no_remote(void)
{
	srtp_frame(true);
	memset(&scene.stream.remote, 0, sizeof(scene.stream.remote));
	scene.stream.source_prefix = SG_PREFIX_NOBODY;
	scene.rtp.from_port = 0;
	restage("::");
}

static void range_of_ports(__u16 low, __u16 high)
{
	stage(E80, PLAIN);
	scene.stream.flags |= SG_STREAM_PORT_RANGE;
	scene.stream.remote.rtp = htons(low);
	scene.stream.remote.rtcp = htons(high);
}

static void port_below_the_range(void)
{
	range_of_ports(0x00ff, 0x0101);
	scene.rtp.from_port = htons(0x00fe);
	restage(NULL);
}

static void port_above_the_range(void)
{
	range_of_ports(0x00ff, 0x0101);
	scene.rtp.from_port = htons(0x0102);
	restage(NULL);
}

static void rtcp_port_above_the_range(void)
{
	range_of_ports(4000, 4001);
	rig_publish(&rig, &scene);
	build_srtcp(SSRC, 1);
	scene.rtcp.from_port = htons(4002);
	send_rtcp();
}

static void above_the_rate(void)
{
	stage(E80, PLAIN);
	scene.stream.rate = 1; /* one packet a second, and no burst */
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
	if (outcome.verdict != XDP_REDIRECT)
		return;
	build_srtp(SSRC, 2);
	send_rtp();
}

static void above_the_burst(void)
{
	stage(PLAIN, PLAIN);
	scene.stream.rate = 1;
	scene.stream.burst = 3;
	rig_publish(&rig, &scene);
	for (int i = 0; i < 5; i++) {
		build_rtp(SSRC, i);
		send_rtp();
		if (outcome.verdict != XDP_REDIRECT && i < 4)
			outcome.reason = SG_DROP_NONE; /* dropped too early */
		if (outcome.verdict != XDP_REDIRECT)
			return;
	}
}

/* One octet more than the bucket has ever held. */
static void larger_than_the_bucket(void)
{
	stage(PLAIN, PLAIN);
	scene.stream.flags |= SG_STREAM_RATE_OCTETS;
	scene.stream.rate = 1000000;
	scene.stream.burst = 3;
	rig_publish(&rig, &scene);
	build_rtp(SSRC, 1);
	length = 3 * SG_BURST_OCTETS - IPV4 - 8 + 1;
	send_rtp();
}

static void same_srtp_twice(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	send_rtp();
	send_rtp();
}

static void same_srtcp_twice(void)
{
	stage(E32, PLAIN);
	build_srtcp(SSRC, 0);
	send_rtcp();
	send_rtcp();
}

static void behind_the_window(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1000);
	send_rtp();
	build_srtp(SSRC, 1000 - SG_WINDOW_SIZE);
	send_rtp();
}

static void rtcp_behind_the_window(void)
{
	stage(E80, PLAIN);
	build_srtcp(SSRC, 1000);
	send_rtcp();
	build_srtcp(SSRC, 1000 - SG_WINDOW_SIZE);
	send_rtcp();
}

static void last_tag_bit_wrong(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	payload[length - 1] ^= 1;
	send_rtp();
}

static void short_tag_wrong(void)
{
	stage(E32, PLAIN);
	build_srtp(SSRC, 1);
	payload[length - 4] ^= 0x80;
	send_rtp();
}

static void rtcp_tag_wrong(void)
{
	stage(E32, PLAIN);
	build_srtcp(SSRC, 1);
	payload[length - 10] ^= 0x80;
	send_rtcp();
}

static void wrong_rollover_counter(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	send_rtp();
	build_srtp(SSRC, 2 + (1 << 16));
	send_rtp();
}

static void set_mki(struct test_key *key, __u16 mki)
{
	key->master.mki_length = MKI;
	put16(key->master.mki, mki);
}

static void stage_mki(void)
{
	scene_init(&scene, SLOT, E80, PLAIN);
	set_mki(&scene.open[0], 7);
	rig_install(&rig, &scene);
}

static void unknown_mki(void)
{
	stage_mki();
	set_mki(&scene.open[0], 8);
	build_srtp(SSRC, 1);
	send_rtp();
}

static void unknown_rtcp_mki(void)
{
	stage_mki();
	set_mki(&scene.open[0], 8);
	build_srtcp(SSRC, 1);
	send_rtcp();
}

static void absent_mki(void)
{
	stage_mki();
	scene.open[0].master.mki_length = 0;
	build_srtp(SSRC, 1);
	send_rtp();
}

static void withdrawn_key(void)
{
	static const struct sg_key none;

	stage(E80, PLAIN);
	rig_write_key(&rig, scene.stream.open_key[0], &none);
	build_srtp(SSRC, 1);
	send_rtp();
}

/* Authentic and in the clear: RFC 3711 3.4 allows it, this stream does not. */
static void rtcp_without_e_bit(void)
{
	struct reference_keys keys;

	stage(E80, PLAIN);
	reference_derive(&keys, &scene.open[0].master, true);
	length = rtcp_build(payload, SSRC, 6, 0);
	put32(payload + length, 5);
	reference_tag(&keys, payload, length + 4, payload + length + 4);
	length += 4 + 10;
	send_rtcp();
}

static void receiver_exhausted(void)
{
	stage(E80, PLAIN);
	preset(1ull << 48, 0, 0);
	build_srtp(SSRC, 0);
	send_rtp();
}

static void sender_exhausted(void)
{
	stage(PLAIN, E80);
	preset(0, 1ull << 48, 0);
	build_rtp(SSRC, 0);
	send_rtp();
}

/* The last index of all is still used; the one after it never. */
static void rtcp_sender_exhausted(void)
{
	stage(PLAIN, E80);
	preset(0, 0, (1ull << 31) - 1);
	length = rtcp_build(payload, SSRC, 6, 0);
	send_rtcp();
	if (outcome.verdict == XDP_REDIRECT)
		send_rtcp();
	else
		outcome.reason = SG_DROP_NONE;
}

/* Of two packets that the key is good for the last one passes. */
static void send_until_expired(void (*send)(void), void (*build)(int number))
{
	for (int i = 0; i < 2; i++) {
		build(i);
		send();
		if (outcome.verdict != XDP_REDIRECT) {
			outcome.reason = SG_DROP_NONE;
			return;
		}
	}
	build(2);
	send();
}

static void nth_srtp(int number)
{
	build_srtp(SSRC, number);
}

static void nth_srtcp(int number)
{
	build_srtcp(SSRC, number);
}

static void nth_rtp(int number)
{
	build_rtp(SSRC, number);
}

static void nth_rtcp(int number)
{
	length = rtcp_build(payload, SSRC, 6, number);
}

static void stage_lifetime(enum sg_suite open, enum sg_suite seal)
{
	scene_init(&scene, SLOT, open, seal);
	scene.open[0].master.lifetime = 2;
	scene.seal.master.lifetime = 2;
	rig_install(&rig, &scene);
}

static void receiver_expired(void)
{
	stage_lifetime(E80, PLAIN);
	send_until_expired(send_rtp, nth_srtp);
}

static void rtcp_receiver_expired(void)
{
	stage_lifetime(E32, PLAIN);
	send_until_expired(send_rtcp, nth_srtcp);
}

static void sender_expired(void)
{
	stage_lifetime(PLAIN, E80);
	send_until_expired(send_rtp, nth_rtp);
}

static void rtcp_sender_expired(void)
{
	stage_lifetime(PLAIN, E32);
	send_until_expired(send_rtcp, nth_rtcp);
}

static void plain_twice(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1);
	send_rtp();
	send_rtp();
}

static void other_bytes_under_a_used_index(void)
{
	stage(PLAIN, E32);
	build_rtp(SSRC, 1);
	send_rtp();
	payload[RTP_HEADER] ^= 1;
	send_rtp();
}

static void plain_behind_the_window(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1000);
	send_rtp();
	build_rtp(SSRC, 1000 - SG_WINDOW_SIZE);
	send_rtp();
}

enum { SSRCS = SG_SOURCES + SG_RETIRED };

static void authentic_ssrcs(void)
{
	stage(E80, PLAIN);
	for (int i = 0; i <= SSRCS; i++) {
		if (i && outcome.verdict != XDP_REDIRECT)
			return;
		build_srtp(SSRC + i, 1);
		send_rtp();
	}
}

static void sealed_ssrcs(void)
{
	stage(PLAIN, E80);
	for (int i = 0; i <= SSRCS; i++) {
		if (i && outcome.verdict != XDP_REDIRECT)
			return;
		build_rtp(SSRC + i, 1);
		send_rtp();
	}
}

static void slot_reused(void)
{
	stage(E80, PLAIN);
	scene.stream.generation++;
	rig_write_stream(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

/* A packet that holds the configuration of before a restart. */
static void older_epoch(void)
{
	stage(E80, PLAIN);
	scene.stream.epoch = 2;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
	scene.stream.epoch = 1;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 2);
	send_rtp();
}

static void older_epoch_of_a_sender(void)
{
	stage(PLAIN, E80);
	scene.stream.epoch = 2;
	rig_publish(&rig, &scene);
	build_rtp(SSRC, 1);
	send_rtp();
	scene.stream.epoch = 1;
	rig_publish(&rig, &scene);
	build_rtp(SSRC, 2);
	send_rtp();
}

static void ttl_1(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	scene.rtp.ttl = 1;
	send_rtp();
}

static void hop_limit_0(void)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene_set_family(&scene, true, true);
	rig_install(&rig, &scene);
	build_rtp(SSRC, 1);
	scene.rtp.ttl = 0;
	send_rtp();
}

/* Fits as it came, not with the ten bytes of a tag. */
static void grown_beyond_the_mtu(void)
{
	scene_init(&scene, SLOT, PLAIN, E80);
	scene.next_hop.mtu = IPV4 + 8 + RTP_HEADER + PAYLOAD + 9;
	rig_install(&rig, &scene);
	build_rtp(SSRC, 1);
	send_rtp();
}

static void no_neighbour(void)
{
	scene_init(&scene, SLOT, E80, PLAIN);
	scene.next_hop.state = SG_NEXT_HOP_INCOMPLETE;
	rig_install(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

static void no_route(void)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	memset(&scene.next_hop, 0, sizeof(scene.next_hop));
	rig_install(&rig, &scene);
	build_rtp(SSRC, 1);
	send_rtp();
}

static void state_out_of_range(void)
{
	stage(E80, PLAIN);
	scene.stream.state = RIG_STREAMS;
	rig_write_stream(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

static void next_hop_out_of_range(void)
{
	stage(PLAIN, PLAIN);
	scene.stream.next_hop = RIG_STREAMS;
	rig_write_stream(&rig, &scene);
	build_rtp(SSRC, 1);
	send_rtp();
}

static void device_unknown(void)
{
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	scene.next_hop.ifindex = 77;
	rig_install(&rig, &scene);
	build_rtp(SSRC, 1);
	send_rtp();
}

/* -- left to the kernel --------------------------------------------------------- */

static void arp(void)
{
	srtp_frame(false);
	put16(frame + 12, 0x0806);
	run();
}

static void ipv4_header_cut(void)
{
	srtp_frame(false);
	size = UDP4 - 1;
	run();
}

static void ipv4_checksum_wrong(void)
{
	srtp_frame(false);
	frame[ETHER + 10] ^= 1;
	run();
}

static void ipv4_says_version_5(void)
{
	srtp_frame(false);
	frame[ETHER] = 0x55;
	run();
}

static void two_vlan_tags(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	scene.rtp.vlan[0] = 10;
	scene.rtp.vlan[1] = 20;
	send_rtp();
}

static void tcp(void)
{
	srtp_frame(false);
	frame[ETHER + 9] = 6;
	frame_fix_ipv4(frame);
	run();
}

static void icmpv6(void)
{
	srtp_frame(true);
	frame[ETHER + 6] = 58;
	run();
}

static void udp_header_cut(void)
{
	srtp_frame(false);
	size = UDP4 + 7;
	run();
}

static void first_fragment(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 6, 0x2000);
	frame_fix_ipv4(frame);
	run();
}

static void last_fragment(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 6, 185);
	frame_fix_ipv4(frame);
	run();
}

static void ipv6_fragment(void)
{
	srtp_frame(true);
	frame[ETHER + 6] = 44;
	run();
}

static void ipv4_options(void)
{
	srtp_frame(false);
	memmove(frame + UDP4 + 4, frame + UDP4, size - UDP4);
	memset(frame + UDP4, 1, 4); /* no operation */
	frame[ETHER] = 0x46;
	size += 4;
	put16(frame + ETHER + 2, size - ETHER);
	frame_fix_ipv4(frame);
	run();
}

static void extension_header(__u8 next_header)
{
	srtp_frame(true);
	memmove(frame + UDP6 + 8, frame + UDP6, size - UDP6);
	memset(frame + UDP6, 0, 8);
	frame[UDP6] = 17;
	frame[ETHER + 6] = next_header;
	size += 8;
	put16(frame + ETHER + 4, size - UDP6);
	run();
}

static void hop_by_hop(void)
{
	extension_header(0);
}

static void routing_header(void)
{
	extension_header(43);
}

static void destination_options(void)
{
	extension_header(60);
}

static void unknown_vlan(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	scene.rtp.vlan[0] = 10;
	send_rtp();
}

static void interface_without_realm(void)
{
	stage(E80, PLAIN);
	rig_interface(&rig, 0, false);
	build_srtp(SSRC, 1);
	send_rtp();
	rig_interface(&rig, 0, true);
}

static void unknown_port(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	put16(&scene.rtp.to_port, 19998);
	send_rtp();
}

static void unknown_address(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	address_set(scene.rtp.to, "10.99.1.9");
	send_rtp();
}

static void endpoint_removed(void)
{
	stage(E80, PLAIN);
	rig_remove(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

/* Neither tag nor index is looked at, and nothing is remembered. */
static void stream_of_the_slow_path(void)
{
	stage(E80, E80);
	scene.stream.flags |= SG_STREAM_SLOW;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	send_rtp();
}

static void forged_for_the_slow_path(void)
{
	stage(E80, PLAIN);
	scene.stream.flags |= SG_STREAM_SLOW;
	rig_publish(&rig, &scene);
	build_srtp(SSRC, 1);
	payload[length - 1] ^= 1;
	send_rtp();
}

/* -- the table ------------------------------------------------------------------ */

/* A drop that is charged to its stream leaves a note in the state. */
enum { UNCHARGED, CHARGED };

static const struct {
	__u32 reason;
	int charged;
	void (*provoke)(void);
	const char *what;
} cases[] = {
#define DROP(reason, charged, function)                                        \
	{ SG_DROP_##reason, charged, function, #function },
	DROP(BAD_LENGTH, CHARGED, udp_longer_than_ip)
	DROP(BAD_LENGTH, CHARGED, udp_length_7)
	DROP(BAD_LENGTH, CHARGED, udp_length_0_ipv6)
	DROP(BAD_LENGTH, CHARGED, ip_longer_than_frame)
	DROP(BAD_LENGTH, CHARGED, ip_total_length_0)
	DROP(BAD_LENGTH, CHARGED, ip_total_length_19)
	DROP(BAD_LENGTH, CHARGED, ipv6_longer_than_frame)
	DROP(BAD_LENGTH, CHARGED, ipv6_jumbogram)
	DROP(BAD_LENGTH, CHARGED, cut_by_one_byte)
	DROP(TOO_LONG, CHARGED, one_byte_too_long)
	DROP(TOO_LONG, CHARGED, too_long_to_seal)
	DROP(TOO_LONG, CHARGED, too_long_for_one_page)
	DROP(NOT_RTP, CHARGED, no_payload)
	DROP(NOT_RTP, CHARGED, rtp_of_11_bytes)
	DROP(NOT_RTP, CHARGED, rtcp_of_7_bytes)
	DROP(NOT_RTP, CHARGED, version_1)
	DROP(NOT_RTP, CHARGED, stun)
	DROP(BAD_HEADER, CHARGED, csrcs_beyond_the_end)
	DROP(BAD_HEADER, CHARGED, extension_header_cut)
	DROP(BAD_HEADER, CHARGED, extension_of_65535_words)
	DROP(BAD_HEADER, CHARGED, no_room_for_the_tag)
	DROP(BAD_HEADER, CHARGED, no_room_for_the_rtcp_trailer)
	DROP(GATE_CLOSED, CHARGED, gate_closed)
	DROP(GATE_CLOSED, CHARGED, port_not_connected)
	DROP(SOURCE_MISMATCH, CHARGED, foreign_address)
	DROP(SOURCE_MISMATCH, CHARGED, foreign_port)
	DROP(SOURCE_MISMATCH, CHARGED, rtp_from_the_rtcp_port)
	DROP(SOURCE_MISMATCH, CHARGED, any_port_of_a_foreign_address)
	DROP(SOURCE_MISMATCH, CHARGED, foreign_network)
	DROP(SOURCE_MISMATCH, CHARGED, foreign_network_ipv6)
	DROP(SOURCE_MISMATCH, CHARGED, other_family)
	DROP(SOURCE_MISMATCH, CHARGED, nobody_may_send)
	DROP(SOURCE_MISMATCH, CHARGED, no_remote)
	DROP(SOURCE_MISMATCH, CHARGED, port_below_the_range)
	DROP(SOURCE_MISMATCH, CHARGED, port_above_the_range)
	DROP(SOURCE_MISMATCH, CHARGED, rtcp_port_above_the_range)
	DROP(POLICED, CHARGED, above_the_rate)
	DROP(POLICED, CHARGED, above_the_burst)
	DROP(POLICED, CHARGED, larger_than_the_bucket)
	DROP(REPLAYED, CHARGED, same_srtp_twice)
	DROP(REPLAYED, CHARGED, same_srtcp_twice)
	DROP(TOO_OLD, CHARGED, behind_the_window)
	DROP(TOO_OLD, CHARGED, rtcp_behind_the_window)
	DROP(AUTH_FAILED, CHARGED, last_tag_bit_wrong)
	DROP(AUTH_FAILED, CHARGED, short_tag_wrong)
	DROP(AUTH_FAILED, CHARGED, rtcp_tag_wrong)
	DROP(AUTH_FAILED, CHARGED, wrong_rollover_counter)
	DROP(NO_KEY, CHARGED, unknown_mki)
	DROP(NO_KEY, CHARGED, unknown_rtcp_mki)
	DROP(NO_KEY, CHARGED, absent_mki)
	DROP(NO_KEY, CHARGED, withdrawn_key)
	DROP(NOT_ENCRYPTED, CHARGED, rtcp_without_e_bit)
	DROP(KEY_EXHAUSTED, CHARGED, receiver_exhausted)
	DROP(KEY_EXHAUSTED, CHARGED, sender_exhausted)
	DROP(KEY_EXHAUSTED, CHARGED, rtcp_sender_exhausted)
	DROP(KEY_EXPIRED, CHARGED, receiver_expired)
	DROP(KEY_EXPIRED, CHARGED, rtcp_receiver_expired)
	DROP(KEY_EXPIRED, CHARGED, sender_expired)
	DROP(KEY_EXPIRED, CHARGED, rtcp_sender_expired)
	DROP(SEAL_DUPLICATE, CHARGED, plain_twice)
	DROP(SEAL_DUPLICATE, CHARGED, other_bytes_under_a_used_index)
	DROP(SEAL_TOO_OLD, CHARGED, plain_behind_the_window)
	DROP(SSRC_LIMIT, CHARGED, authentic_ssrcs)
	DROP(SSRC_LIMIT, CHARGED, sealed_ssrcs)
	DROP(STALE, UNCHARGED, slot_reused)
	DROP(STALE, CHARGED, older_epoch)
	DROP(STALE, CHARGED, older_epoch_of_a_sender)
	DROP(TTL_EXPIRED, CHARGED, ttl_1)
	DROP(TTL_EXPIRED, CHARGED, hop_limit_0)
	DROP(MTU_EXCEEDED, CHARGED, grown_beyond_the_mtu)
	DROP(NO_NEIGHBOUR, CHARGED, no_neighbour)
	DROP(NO_NEIGHBOUR, CHARGED, no_route)
	DROP(INTERNAL, UNCHARGED, state_out_of_range)
	DROP(INTERNAL, CHARGED, next_hop_out_of_range)
	DROP(INTERNAL, CHARGED, device_unknown)
#undef DROP
#define PASS(reason, function)                                                 \
	{ SG_PASS_##reason, UNCHARGED, function, #function },
	PASS(NOT_IP, arp)
	PASS(NOT_IP, ipv4_header_cut)
	PASS(NOT_IP, ipv4_checksum_wrong)
	PASS(NOT_IP, ipv4_says_version_5)
	PASS(NOT_IP, two_vlan_tags)
	PASS(NOT_UDP, tcp)
	PASS(NOT_UDP, icmpv6)
	PASS(NOT_UDP, udp_header_cut)
	PASS(FRAGMENT, first_fragment)
	PASS(FRAGMENT, last_fragment)
	PASS(FRAGMENT, ipv6_fragment)
	PASS(IP_OPTIONS, ipv4_options)
	PASS(IP_OPTIONS, hop_by_hop)
	PASS(IP_OPTIONS, routing_header)
	PASS(IP_OPTIONS, destination_options)
	PASS(NO_REALM, unknown_vlan)
	PASS(NO_REALM, interface_without_realm)
	PASS(NO_ENDPOINT, unknown_port)
	PASS(NO_ENDPOINT, unknown_address)
	PASS(NO_ENDPOINT, endpoint_removed)
	PASS(SLOW_PATH, stream_of_the_slow_path)
	PASS(SLOW_PATH, forged_for_the_slow_path)
#undef PASS
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static const struct {
	__u32 reason;
	const char *name;
} reasons[] = {
#define ROW(symbol, name, text) { SG_DROP_##symbol, name },
	SG_DROP_REASONS(ROW)
#undef ROW
#define ROW(symbol, name, text) { SG_PASS_##symbol, name },
	SG_PASS_REASONS(ROW)
#undef ROW
};

enum { REASONS = sizeof(reasons) / sizeof(reasons[0]) };

static const char *reason_name(__u32 reason)
{
	for (__u32 i = 0; i < REASONS; i++)
		if (reasons[i].reason == reason)
			return reasons[i].name;
	return "?";
}

static bool charged_right(int i)
{
	struct sg_state state;

	rig_state(&rig, SLOT, &state);
	if (cases[i].charged)
		return state.dropped >= 1 && state.last_drop == cases[i].reason;
	return state.dropped == 0 && state.last_drop == 0;
}

static void check(int i)
{
	bool passes = cases[i].reason > SG_PASS_BEFORE_FIRST;
	int verdict = passes ? XDP_PASS : XDP_DROP;
	bool right = outcome.verdict == verdict &&
		     outcome.reason == cases[i].reason;

	if (passes)
		right &= outcome.size == size &&
			 !memcmp(outcome.frame, frame, size);
	if (!ktap(right && charged_right(i), "%s: %s",
		  reason_name(cases[i].reason), cases[i].what))
		ktap_note("verdict %d, reason %s", outcome.verdict,
			  reason_name(outcome.reason));
}

static bool has_case(__u32 reason)
{
	for (int i = 0; i < CASES; i++)
		if (cases[i].reason == reason)
			return true;
	return false;
}

static void check_complete(void)
{
	for (__u32 i = 0; i < REASONS; i++) {
		if (reasons[i].reason == SG_DROP_NONE)
			continue;
		if (reasons[i].reason == SG_DROP_RESIZE_FAILED)
			ktap_skip("BPF_PROG_RUN always has head room",
				  "%s: has a case", reasons[i].name);
		else
			ktap(has_case(reasons[i].reason), "%s: has a case",
			     reasons[i].name);
	}
}

/* What is left to the slow path is not on its way there yet. */
static void try_case(int i)
{
	const struct rig_way *way = rig_way;

	if (cases[i].reason == SG_PASS_SLOW_PATH)
		rig_way = NULL;
	memset(&outcome, 0, sizeof(outcome));
	cases[i].provoke();
	check(i);
	rig_way = way;
}

int main(void)
{
	rig_open(&rig);
	for (int i = 0; i < CASES; i++)
		try_case(i);
	check_complete();
	rig_close(&rig);
	return ktap_finish();
}
