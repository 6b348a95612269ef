/* SPDX-License-Identifier: GPL-2.0-only */
/* MIKEY in session descriptions: a=key-mgmt (RFC 4567 3.1, 4.1). */
#ifndef SRTPGATE_RECEIVER_SDP_H
#define SRTPGATE_RECEIVER_SDP_H

#include "lib/fault.h"
#include "lib/slice.h"

/*
 * Decodes the message for m= section @media, from 1, of @text: an SDP, whose
 * section counts before its session, or the one attribute, with or without
 * "a=key-mgmt:" in front, which is then the session's. *@cs is the crypto
 * session of the offerer's stream: RFC 4567 gives each section two, one after
 * the other. Returns the octets; -EINVAL, -ENOENT, -ENOSPC with @fault.
 */
int receiver_sdp_read(__u8 *octets, size_t size, struct sg_slice text,
		      int media, int *cs, struct fault *fault);

#endif /* SRTPGATE_RECEIVER_SDP_H */
