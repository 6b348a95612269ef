/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of senders, ports and rates that are not admitted: admit.h. */
#ifndef SRTPGATE_TEST_REASONS_ADMIT_H
#define SRTPGATE_TEST_REASONS_ADMIT_H

#include "stage.h"

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

#define REASONS_ADMIT(DROP)						\
	DROP(GATE_CLOSED, CHARGED, gate_closed)				\
	DROP(GATE_CLOSED, CHARGED, port_not_connected)			\
	DROP(SOURCE_MISMATCH, CHARGED, foreign_address)			\
	DROP(SOURCE_MISMATCH, CHARGED, foreign_port)			\
	DROP(SOURCE_MISMATCH, CHARGED, rtp_from_the_rtcp_port)		\
	DROP(SOURCE_MISMATCH, CHARGED, any_port_of_a_foreign_address)	\
	DROP(SOURCE_MISMATCH, CHARGED, foreign_network)			\
	DROP(SOURCE_MISMATCH, CHARGED, foreign_network_ipv6)		\
	DROP(SOURCE_MISMATCH, CHARGED, other_family)			\
	DROP(SOURCE_MISMATCH, CHARGED, nobody_may_send)			\
	DROP(SOURCE_MISMATCH, CHARGED, no_remote)			\
	DROP(SOURCE_MISMATCH, CHARGED, port_below_the_range)		\
	DROP(SOURCE_MISMATCH, CHARGED, port_above_the_range)		\
	DROP(SOURCE_MISMATCH, CHARGED, rtcp_port_above_the_range)	\
	DROP(POLICED, CHARGED, above_the_rate)				\
	DROP(POLICED, CHARGED, above_the_burst)				\
	DROP(POLICED, CHARGED, larger_than_the_bucket)

#endif /* SRTPGATE_TEST_REASONS_ADMIT_H */
