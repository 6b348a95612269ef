/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a step of the journey answers: CONTINUE, or a verdict that ends it,
 * counted under its reason.
 */
#ifndef SRTPGATE_PACKET_H
#define SRTPGATE_PACKET_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "work.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Every enum xdp_action is zero or more, so a negative number is free. */
enum { CONTINUE = -1 };

/*
 * A length again within bounds, for the verifier: it knows nothing of what
 * is read back from working memory.
 */
#define BOUND(value, limit) \
	({ __u32 bound_ = (value); \
	   asm volatile("" : "+r"(bound_)); \
	   bound_ > (limit) ? (limit) : bound_; })

static __inline_always void count(__u32 reason)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &reason);

	/* Not alone on its CPU: a softirq may interrupt BPF_PROG_RUN. */
	if (counter)
		__sync_fetch_and_add(counter, 1);
}

static __inline_always int pass(enum sg_pass_reason reason)
{
	count(reason);
	return XDP_PASS;
}

/* A drop that no stream can be charged with. */
static __inline_always int drop(enum sg_drop_reason reason)
{
	count(reason);
	return XDP_DROP;
}

static __noinline int drop_from(struct sg_state *state, __u32 reason)
{
	__sync_fetch_and_add(&state->dropped, 1);
	if (reason == SG_DROP_AUTH_FAILED)
		__sync_fetch_and_add(&state->auth_failed, 1);
	else if (reason == SG_DROP_REPLAYED || reason == SG_DROP_TOO_OLD)
		__sync_fetch_and_add(&state->replayed, 1);
	state->last_drop = reason;
	return drop(reason);
}

#endif /* SRTPGATE_PACKET_H */
