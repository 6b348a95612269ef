/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that are left to the kernel, as they came. */
#ifndef SRTPGATE_TEST_REASONS_KERNEL_H
#define SRTPGATE_TEST_REASONS_KERNEL_H

#include "stage.h"

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

#define REASONS_KERNEL(PASS)						\
	PASS(NOT_IP, arp)						\
	PASS(NOT_IP, ipv4_header_cut)					\
	PASS(NOT_IP, ipv4_checksum_wrong)				\
	PASS(NOT_IP, ipv4_says_version_5)				\
	PASS(NOT_IP, two_vlan_tags)					\
	PASS(NOT_UDP, tcp)						\
	PASS(NOT_UDP, icmpv6)						\
	PASS(NOT_UDP, udp_header_cut)					\
	PASS(FRAGMENT, first_fragment)					\
	PASS(FRAGMENT, last_fragment)					\
	PASS(FRAGMENT, ipv6_fragment)					\
	PASS(IP_OPTIONS, ipv4_options)					\
	PASS(IP_OPTIONS, hop_by_hop)					\
	PASS(IP_OPTIONS, routing_header)				\
	PASS(IP_OPTIONS, destination_options)				\
	PASS(NO_REALM, unknown_vlan)					\
	PASS(NO_REALM, interface_without_realm)				\
	PASS(NO_ENDPOINT, unknown_port)					\
	PASS(NO_ENDPOINT, unknown_address)				\
	PASS(NO_ENDPOINT, endpoint_removed)				\
	PASS(SLOW_PATH, stream_of_the_slow_path)			\
	PASS(SLOW_PATH, forged_for_the_slow_path)

#endif /* SRTPGATE_TEST_REASONS_KERNEL_H */
