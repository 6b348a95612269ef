/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many calls at once, changed at random; what the network may do to
 * transactions happens to them. At the end the gateway must know exactly the
 * calls that the callers know.
 */
#ifndef TOOLS_MGC_FUZZ_H
#define TOOLS_MGC_FUZZ_H

#include "mgc_peer.h"

struct mgc_fuzz {
	uint64_t seed;
	unsigned int seconds;
	unsigned int steps;	/* orders at most; 0: no limit */
	unsigned int callers;
	bool valid;		/* no mistakes, no garbage */
};

/* Exit status: 0, 1 with a sentence about the difference. */
int mgc_fuzz_run(struct mgc_peer *peer, const struct mgc_fuzz *fuzz);

#endif /* TOOLS_MGC_FUZZ_H */
