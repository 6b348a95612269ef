// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier takes the program, and the kernel the maps, at the largest
 * configuration; the last slot of every map works like the first.
 *
 * STREAMS=number
 */
#include <linux/bpf.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/reference.h"
#include "../lib/rig.h"

enum {
	MOST_STREAMS = 100000,
	SPARE = 2,		/* times the memory of the maps */
	INSTRUCTION_LIMIT = 1000000, /* BPF_COMPLEXITY_LIMIT_INSNS */
};

static struct rig rig;

/* Bytes of map values for each stream. */
static __u64 stream_bytes(void)
{
	return sizeof(struct sg_stream) + sizeof(struct sg_state) +
	       sizeof(struct sg_context) + sizeof(struct sg_next_hop) +
	       (SG_OPEN_KEYS + 1) * sizeof(struct sg_key) + 256;
}

static __u32 streams_that_fit(void)
{
	__u64 wanted = random_setting("STREAMS", MOST_STREAMS);
	struct sysinfo info;
	__u64 most;

	if (sysinfo(&info))
		return RIG_STREAMS;
	most = ((__u64)info.freeram + info.bufferram) * info.mem_unit /
	       (SPARE * stream_bytes());
	return wanted < most ? wanted : most;
}

static bool last_slot_works(__u32 streams)
{
	struct scene scene;
	struct outcome outcome;
	struct rtp rtp = { .ssrc = 7, .sequence = 9, .payload = 160 };
	__u8 packet[512];
	const __u8 *payload;
	__u32 length, size = rtp_build(packet, &rtp);

	scene_init(&scene, streams - 1, E80, E32);
	rig_install(&rig, &scene);
	reference_seal(&scene.open[0].master, false, 9, packet, &size);
	rig_send(&rig, &scene, false, packet, size, &outcome);
	if (outcome_forwarded(&outcome, &scene, false, &payload, &length))
		return false;
	size = rtp_build(packet, &rtp);
	reference_seal(&scene.seal.master, false, 9, packet, &size);
	return length == size && !memcmp(payload, packet, size);
}

static void test_size(__u32 streams)
{
	int err = rig_open_sized(&rig, streams);

	if (!ktap(!err, "loads with %u streams", streams)) {
		ktap_note("%s", strerror(-err));
		return;
	}
	ktap(last_slot_works(streams), "the last of %u streams works", streams);
	ktap_note("%u instructions verified, of %d allowed",
		  rig_instructions(&rig), INSTRUCTION_LIMIT);
	rig_close(&rig);
}

int main(void)
{
	test_size(SG_RESERVED_SLOTS);
	test_size(streams_that_fit());
	return ktap_finish();
}
