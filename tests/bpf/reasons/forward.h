/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that cannot leave, and what cannot be: forward.h. */
#ifndef SRTPGATE_TEST_REASONS_FORWARD_H
#define SRTPGATE_TEST_REASONS_FORWARD_H

#include "stage.h"

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

#define REASONS_FORWARD(DROP)						\
	DROP(TTL_EXPIRED, CHARGED, ttl_1)				\
	DROP(TTL_EXPIRED, CHARGED, hop_limit_0)				\
	DROP(MTU_EXCEEDED, CHARGED, grown_beyond_the_mtu)		\
	DROP(NO_NEIGHBOUR, CHARGED, no_neighbour)			\
	DROP(NO_NEIGHBOUR, CHARGED, no_route)				\
	DROP(INTERNAL, UNCHARGED, state_out_of_range)			\
	DROP(INTERNAL, CHARGED, next_hop_out_of_range)			\
	DROP(INTERNAL, CHARGED, device_unknown)

#endif /* SRTPGATE_TEST_REASONS_FORWARD_H */
