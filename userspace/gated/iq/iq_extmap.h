/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * a=extmap (RFC 8285) of header extensions that SRTP encrypts (RFC 6904 4):
 *
 *   a=extmap:2/sendonly urn:ietf:params:rtp-hdrext:encrypt URI attributes
 *
 * The others are passed over: the data plane carries them as they are.
 */
#ifndef SRTPGATE_IQ_EXTMAP_H
#define SRTPGATE_IQ_EXTMAP_H

#include "gated/iq/iq_fault.h"
#include "lib/sdp.h"

/*
 * The IDs that who wrote @sdp, which has one media section, sends encrypted:
 * bit n % 8 of @extension[n / 8] is ID n. -EINVAL and @fault: 474 for what is
 * malformed, 449 for an ID that no packet can have.
 */
int iq_extmap_read(__u8 extension[32], const struct sdp *sdp,
		   struct iq_fault *fault);

#endif /* SRTPGATE_IQ_EXTMAP_H */
