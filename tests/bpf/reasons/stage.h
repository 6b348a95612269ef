/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the cases of test_reasons.c are made of: one stream on the rig, a packet
 * and a frame to be built, spoilt and sent. For that one file.
 */
#ifndef SRTPGATE_TEST_REASONS_STAGE_H
#define SRTPGATE_TEST_REASONS_STAGE_H

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <string.h>

#include "../../lib/ktap.h"
#include "../../lib/packet.h"
#include "../../lib/reference.h"
#include "../../lib/rig.h"

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

#endif /* SRTPGATE_TEST_REASONS_STAGE_H */
