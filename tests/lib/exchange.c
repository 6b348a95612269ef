// SPDX-License-Identifier: GPL-2.0-only
#include "exchange.h"

#include <linux/bpf.h>
#include <string.h>

#include "packet.h"
#include "reference.h"

enum { PAYLOAD = 40, ROOM = 256 };

void exchange_build(bool rtcp, __u32 ssrc, __u64 index, __u8 *packet,
		    __u32 *length)
{
	struct rtp rtp = {
		.ssrc = ssrc,
		.sequence = index,
		.payload = PAYLOAD,
		.fill = index,
	};

	*length = rtcp ? rtcp_build(packet, ssrc, 3, index) :
			 rtp_build(packet, &rtp);
}

static int exchange(struct rig *rig, const struct scene *scene, bool rtcp,
		    const __u8 *in, __u32 in_length, const __u8 *expected,
		    __u32 length)
{
	struct outcome outcome;
	const __u8 *payload;
	const char *wrong;
	__u32 out_length;

	rig_send(rig, scene, rtcp, in, in_length, &outcome);
	if (outcome.verdict == XDP_DROP)
		return outcome.reason;
	wrong = outcome_forwarded(&outcome, scene, rtcp, &payload,
				  &out_length);
	if (!wrong && out_length == length &&
	    !memcmp(payload, expected, length))
		return 0;
	return EXCHANGE_WRONG;
}

int exchange_open(struct rig *rig, const struct scene *scene,
		  const struct test_key *key, bool rtcp, __u32 ssrc,
		  __u64 index)
{
	__u8 plain[ROOM], sealed[ROOM];
	__u32 length, sealed_length;

	exchange_build(rtcp, ssrc, index, plain, &length);
	memcpy(sealed, plain, length);
	sealed_length = length;
	reference_seal(&key->master, rtcp, index, sealed, &sealed_length);
	return exchange(rig, scene, rtcp, sealed, sealed_length, plain,
			length);
}

int exchange_seal(struct rig *rig, const struct scene *scene, bool rtcp,
		  __u32 ssrc, __u64 index)
{
	__u8 plain[ROOM], sealed[ROOM];
	__u32 length, sealed_length;

	exchange_build(rtcp, ssrc, index, plain, &length);
	memcpy(sealed, plain, length);
	sealed_length = length;
	reference_seal(&scene->seal.master, rtcp, index, sealed,
		       &sealed_length);
	return exchange(rig, scene, rtcp, plain, length, sealed,
			sealed_length);
}
