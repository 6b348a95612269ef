// SPDX-License-Identifier: GPL-2.0-only
/*
 * One golden packet, or more, for every reason in reasons.h: the verdict,
 * the one counter that moves, the stream's own record of a drop, and every
 * byte of a packet that is left to the kernel. A reason without a case fails.
 * The cases are in reasons/, by the step of a packet's journey that decides.
 */
#include "reasons/admit.h"
#include "reasons/forward.h"
#include "reasons/frame.h"
#include "reasons/kernel.h"
#include "reasons/srtp.h"

/* A drop that is charged to its stream leaves a note in the state. */
enum { UNCHARGED, CHARGED };

static const struct {
	__u32 reason;
	int charged;
	void (*provoke)(void);
	const char *what;
} cases[] = {
#define DROP(reason, charged, function)                                        \
	{ SG_DROP_##reason, charged, function, #function },
	REASONS_FRAME(DROP)
	REASONS_ADMIT(DROP)
	REASONS_SRTP(DROP)
	REASONS_FORWARD(DROP)
#undef DROP
#define PASS(reason, function)                                                 \
	{ SG_PASS_##reason, UNCHARGED, function, #function },
	REASONS_KERNEL(PASS)
#undef PASS
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static const struct {
	__u32 reason;
	const char *name;
} reasons[] = {
#define ROW(symbol, name, text) { SG_DROP_##symbol, name },
	SG_DROP_REASONS(ROW)
#undef ROW
#define ROW(symbol, name, text) { SG_PASS_##symbol, name },
	SG_PASS_REASONS(ROW)
#undef ROW
};

enum { REASONS = sizeof(reasons) / sizeof(reasons[0]) };

static const char *reason_name(__u32 reason)
{
	for (__u32 i = 0; i < REASONS; i++)
		if (reasons[i].reason == reason)
			return reasons[i].name;
	return "?";
}

static bool charged_right(int i)
{
	struct sg_state state;

	rig_state(&rig, SLOT, &state);
	if (cases[i].charged)
		return state.dropped >= 1 && state.last_drop == cases[i].reason;
	return state.dropped == 0 && state.last_drop == 0;
}

static void check(int i)
{
	bool passes = cases[i].reason > SG_PASS_BEFORE_FIRST;
	int verdict = passes ? XDP_PASS : XDP_DROP;
	bool right = outcome.verdict == verdict &&
		     outcome.reason == cases[i].reason;

	if (passes)
		right &= outcome.size == size &&
			 !memcmp(outcome.frame, frame, size);
	if (!ktap(right && charged_right(i), "%s: %s",
		  reason_name(cases[i].reason), cases[i].what))
		ktap_note("verdict %d, reason %s", outcome.verdict,
			  reason_name(outcome.reason));
}

static bool has_case(__u32 reason)
{
	for (int i = 0; i < CASES; i++)
		if (cases[i].reason == reason)
			return true;
	return false;
}

static void check_complete(void)
{
	for (__u32 i = 0; i < REASONS; i++) {
		if (reasons[i].reason == SG_DROP_NONE)
			continue;
		if (reasons[i].reason == SG_DROP_RESIZE_FAILED)
			ktap_skip("BPF_PROG_RUN always has head room",
				  "%s: has a case", reasons[i].name);
		else
			ktap(has_case(reasons[i].reason), "%s: has a case",
			     reasons[i].name);
	}
}

/* What is left to the slow path is not on its way there yet. */
static void try_case(int i)
{
	const struct rig_way *way = rig_way;

	if (cases[i].reason == SG_PASS_SLOW_PATH)
		rig_way = NULL;
	memset(&outcome, 0, sizeof(outcome));
	cases[i].provoke();
	check(i);
	rig_way = way;
}

int main(void)
{
	rig_open(&rig);
	for (int i = 0; i < CASES; i++)
		try_case(i);
	check_complete();
	rig_close(&rig);
	return ktap_finish();
}
