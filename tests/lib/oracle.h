/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libsrtp2 makes of a packet, in our words: the second opinion.
 */
#ifndef SRTPGATE_TEST_ORACLE_H
#define SRTPGATE_TEST_ORACLE_H

#include <stdbool.h>

#include "lib/master_key.h"

struct oracle {
	void *session;		/* srtp_t */
	bool seals;
	bool mki;
};

/* SRTCP packets that libsrtp2 remembers; it has no setting for that. */
enum { ORACLE_RTCP_WINDOW = 128 };

/* @window: packets of the SRTP replay window. Ends the program on error. */
void oracle_open(struct oracle *oracle, const struct sg_master_key *key,
		 bool seals, unsigned long window);
void oracle_close(struct oracle *oracle);

/*
 * Converts @packet in place, *@length bytes, room for what it grows by.
 * 0, or the drop reason that says the same as libsrtp2's error.
 */
int oracle_run(struct oracle *oracle, bool rtcp, __u8 *packet, __u32 *length);

#endif /* SRTPGATE_TEST_ORACLE_H */
