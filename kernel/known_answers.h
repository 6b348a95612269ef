/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Published packets of SRTP, which the module converts before it offers to
 * convert others.
 */
#ifndef SRTP_KNOWN_ANSWERS_H
#define SRTP_KNOWN_ANSWERS_H

#include "core.h"

/*
 * Converts each both ways with @features: NULL, or the name of the first that
 * came out wrong. Not for two callers at once. In the kernel the caller has
 * the vector registers.
 */
const char *srtp_known_answers(__u32 features);

/* The session keys used, for those who can derive them. */
enum srtp_known_key {
	SRTP_KNOWN_CM_128_RTP,
	SRTP_KNOWN_CM_128_RTCP,
	SRTP_KNOWN_CM_192,
	SRTP_KNOWN_CM_256,
	SRTP_KNOWN_GCM_128,
	SRTP_KNOWN_GCM_256,
};

const struct sg_session_key *srtp_known_session(enum srtp_known_key number);

#endif /* SRTP_KNOWN_ANSWERS_H */
