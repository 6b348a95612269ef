/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's conversion of whole packets (srtpgate/kfunc.h), where it is
 * loaded. Whatever it does not convert is for the engine in here.
 */
#ifndef SRTPGATE_BPF_KFUNC_H
#define SRTPGATE_BPF_KFUNC_H

#include "srtpgate/kfunc.h"
#include "srtp.h"

extern int srtpgate_open(struct sg_conversion *conversion, void *packet,
			 __u32 packet__sz, const void *key,
			 __u32 key__sz) __ksym __weak;
extern int srtpgate_seal(struct sg_conversion *conversion, void *packet,
			 __u32 packet__sz, const void *key,
			 __u32 key__sz) __ksym __weak;

/*
 * Set before the program is loaded when the module has both. Their addresses
 * would tell, but not to Linux before 6.4; where it is 0 the verifier removes
 * the calls.
 */
const volatile __u32 kfuncs = 0;

enum {
	KFUNC_DECLINED = 1,	/* nothing was done */
	KFUNC_BAD_MESSAGE = -74, /* -EBADMSG */
	KFUNC_BUSY = -11,	/* -EAGAIN */
	KFUNC_PACKET = WORK_DATA - HEADROOM, /* bytes, room behind included */
};

_Static_assert((int)SG_RTP_MAX + (int)SG_CONVERSION_ROOM <= (int)KFUNC_PACKET,
	       "the module wants more room behind a packet");

static __inline_always void conversion_begin(struct work *work, __u64 index,
					     __u64 second)
{
	struct sg_conversion *conversion = &work->conversion;

	conversion->index = index;
	conversion->second = second;
	conversion->length = work->packet.length;
	conversion->header = work->packet.header;
	conversion->rtcp = work->packet.rtcp;
}

static __inline_always int conversion_declined(int err)
{
	if (err == KFUNC_BUSY)
		count(SG_COUNT_KFUNC_BUSY);
	return KFUNC_DECLINED;
}

/* Takes over what is the packet now. */
static __inline_always void conversion_end(struct work *work)
{
	work->packet.length = BOUND(work->conversion.length, SG_RTP_MAX);
}

/*
 * Opens the packet at work->opening.index or at @second: 0, the index in
 * .index and the packet opened; SG_DROP_AUTH_FAILED; or KFUNC_DECLINED.
 */
static __inline_always int kfunc_open(struct work *work,
				      const struct sg_key *key, __u64 second)
{
	struct opening *opening = &work->opening;
	int err;

	if (!kfuncs)
		return KFUNC_DECLINED;
	conversion_begin(work, opening->index, second);
	err = srtpgate_open(&work->conversion, &work->data[HEADROOM],
			    KFUNC_PACKET, key, sizeof(*key));
	if (err == KFUNC_BAD_MESSAGE)
		return SG_DROP_AUTH_FAILED;
	if (err)
		return conversion_declined(err);
	opening->retried = work->conversion.index != opening->index;
	opening->index = work->conversion.index;
	opening->opened = 1;
	return 0;
}

/* Seals the packet: 0, or KFUNC_DECLINED. */
static __inline_always int kfunc_seal(struct work *work,
				      const struct sg_key *key, __u64 index)
{
	int err;

	if (!kfuncs)
		return KFUNC_DECLINED;
	conversion_begin(work, index, index);
	err = srtpgate_seal(&work->conversion, &work->data[HEADROOM],
			    KFUNC_PACKET, key, sizeof(*key));
	if (err)
		return conversion_declined(err);
	conversion_end(work);
	return 0;
}

#endif /* SRTPGATE_BPF_KFUNC_H */
