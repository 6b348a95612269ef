// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the daemon's own functions write into the maps, as the loaded program
 * reads it: ports that are reserved, the self-test beside them, the number
 * of a set of maps.
 */
#include <bpf/bpf.h>
#include <string.h>

#include "gated/dataplane.h"
#include "gated/endpoints.h"
#include "gated/selftest.h"
#include "gateway.skel.h"

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/rig.h"

enum {
	SLOT = 20,	/* its ports are none of the self-test's */
	SSRC = 7,
};

static struct rig rig;
static struct scene scene;
static struct dataplane data;
static struct endpoints endpoints;
static struct outcome outcome;

static void fill_maps(struct sg_maps *maps)
{
	struct gateway *skeleton = rig.skeleton;

#define FD(name) maps->name = bpf_map__fd(skeleton->maps.name);
	SG_MAPS(FD)
#undef FD
	maps->rows = RIG_ROWS;
}

static void open_daemon(void)
{
	rig_open(&rig);
	data.skeleton = rig.skeleton;
	data.program = rig.program;
	fill_maps(&data.maps);
	if (endpoints_open(&endpoints, &data.maps))
		ktap_bail_out("the endpoints cannot be mapped");
}

/* The rig gives row 0 to the first address. */
static struct sg_endpoint *entry(__be16 port)
{
	return &endpoints.entry[__builtin_bswap16(port)];
}

static __u32 drop_of(bool rtcp, const void *payload, __u32 length)
{
	rig_send(&rig, &scene, rtcp, payload, length, &outcome);
	return outcome.verdict == XDP_DROP ? outcome.reason : 0;
}

static bool swallows(void)
{
	struct rtp rtp = { .ssrc = SSRC, .sequence = 1, .payload = 20 };
	__u8 payload[FRAME_MAX] = { 0 };

	return drop_of(false, payload, rtp_build(payload, &rtp)) ==
		       SG_DROP_GATE_CLOSED &&
	       drop_of(true, payload, rtcp_build(payload, SSRC, 6, 1)) ==
		       SG_DROP_GATE_CLOSED &&
	       drop_of(false, payload, 0) == SG_DROP_NOT_RTP &&
	       drop_of(true, payload, 20) == SG_DROP_GATE_CLOSED;
}

static void reserve(void)
{
	endpoint_close(entry(scene.stream.local.rtp));
	endpoint_close(entry(scene.stream.local.rtcp));
}

static void test_reserved(void)
{
	struct sg_endpoint *rtp = entry(scene.stream.local.rtp);
	__u8 byte = 0x80;

	ktap(!endpoint_is_closed(rtp), "a published endpoint is not closed");
	reserve();
	ktap(endpoint_is_closed(rtp) && swallows(),
	     "a reserved port swallows media and what is none");
	rig_publish(&rig, &scene);
	ktap(!endpoint_is_closed(rtp) && drop_of(false, &byte, 1) ==
						 SG_DROP_NOT_RTP,
	     "connected, it is an endpoint like any other");
	endpoint_withdraw(rtp);
	rig_send(&rig, &scene, false, &byte, 1, &outcome);
	ktap(!endpoint_is_closed(rtp) && outcome.verdict == XDP_PASS &&
	     outcome.reason == SG_PASS_NO_ENDPOINT,
	     "withdrawn, it is the kernel's");
}

static void test_selftest(void)
{
	struct sg_state before, after;
	struct fault fault;
	int err;

	reserve();
	swallows();
	rig_state(&rig, SG_CLOSED_STREAM, &before);
	err = selftest_run(&data, &fault);
	if (err)
		ktap_note("%s", fault.text);
	rig_state(&rig, SG_CLOSED_STREAM, &after);
	rig_interface(&rig, 0, true);
	rig_sync(&rig);
	ktap(!err && before.dropped &&
	     !memcmp(&before, &after, sizeof(before)) && swallows(),
	     "the self-test leaves reserved ports alone");
}

static void test_instance(void)
{
	__u64 first = 0, again = 1, other = 0;
	struct sg_settings none = { 0 };
	__u32 zero = 0;

	ktap(!sg_maps_instance(&data.maps, &first) && first &&
	     !sg_maps_instance(&data.maps, &again) && again == first,
	     "a set of maps keeps its number");
	bpf_map_update_elem(data.maps.settings, &zero, &none, BPF_ANY);
	ktap(!sg_maps_instance(&data.maps, &other) && other && other != first,
	     "another set has another");
}

int main(void)
{
	open_daemon();
	scene_init(&scene, SLOT, PLAIN, PLAIN);
	rig_install(&rig, &scene);
	test_reserved();
	test_selftest();
	test_instance();
	endpoints_close(&endpoints);
	rig_close(&rig);
	return ktap_finish();
}
