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

/*
 * libsrtp2's fixed or largest differences from the fast path, for tests to
 * steer around: its SRTCP window, and its first SRTCP index, which is one
 * where RFC 3711 3.2.1 starts from zero.
 */
enum {
	ORACLE_RTCP_WINDOW = 128,
	ORACLE_FIRST_RTCP_INDEX = 1,
};

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
