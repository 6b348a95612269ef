/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame: its bytes to working memory and back, a chunk at a time by direct
 * access, which takes half of what a helper does with its returns. What is
 * shorter than a chunk, or in fragments, is left to the helpers.
 */
#ifndef SRTPGATE_FRAME_H
#define SRTPGATE_FRAME_H

#include "packet.h"

enum {
	FRAME_CHUNK = 64, /* bytes, a cache line */
};

/*
 * Where the chunk behind @done bytes of @length begins: the last ends where
 * the bytes do, and repeats some of the one before. Without a branch, which
 * the verifier would follow in every turn.
 */
static __inline_always __u32 frame_chunk(__u32 done, __u32 length)
{
	__s32 left = length - done - FRAME_CHUNK, beyond = left >> 31;

	asm volatile("" : "+r"(beyond));
	done += left & beyond;
	asm volatile("" : "+r"(done)); /* one variable, to be bounded */
	return done;
}

static __inline_always void frame_move(void *to, const void *from)
{
	__u64 *out = to;
	const __u64 *in = from;

#pragma clang loop unroll(full)
	for (int i = 0; i < FRAME_CHUNK / 8; i++)
		out[i] = in[i];
}

/* The @length bytes at @offset of the frame, to work.data[HEADROOM]. */
static __inline_always bool frame_read(struct xdp_md *ctx, struct work *work,
				       __u32 offset, __u32 length)
{
	void *end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data + BOUND(offset, HEADROOM);
	__u32 done, at;

#pragma clang loop unroll(disable)
	for (done = 0; done < length; done += FRAME_CHUNK) {
		at = frame_chunk(done, length);
		if (at > SG_RTP_MAX || data + at + FRAME_CHUNK > end)
			break;
		frame_move(&work->data[HEADROOM + at], data + at);
	}
	if (likely(done >= length))
		return true;
	length = BOUND(length, SG_RTP_MAX);
	return length && !bpf_xdp_load_bytes(ctx, offset,
					     &work->data[HEADROOM], length);
}

/* The @length bytes at work.data[@start], to the beginning of the frame. */
static __inline_always bool frame_write(struct xdp_md *ctx, struct work *work,
					__u32 start, __u32 length)
{
	void *end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	__u32 done, at;

#pragma clang loop unroll(disable)
	for (done = 0; done < length; done += FRAME_CHUNK) {
		at = frame_chunk(done, length);
		if (at > SG_RTP_MAX || data + at + FRAME_CHUNK > end)
			break;
		frame_move(data + at, &work->data[start + at]);
	}
	if (likely(done >= length))
		return true;
	length = BOUND(length, HEADROOM + SG_RTP_MAX);
	return length && !bpf_xdp_store_bytes(ctx, 0, &work->data[start],
					      length);
}

#endif /* SRTPGATE_FRAME_H */
