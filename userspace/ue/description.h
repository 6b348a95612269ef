/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Session descriptions with MIKEY in them: a=key-mgmt of RFC 4567, for the
 * whole session. Each m= line of RTP has two crypto sessions, 1 and 2 for the
 * first, 3 and 4 for the second: the offerer's stream and the answerer's. Or
 * one m= line is of TLS, and has one (TS 33.328 H.3).
 */
#ifndef SRTPGATE_UE_DESCRIPTION_H
#define SRTPGATE_UE_DESCRIPTION_H

#include "lib/fault.h"
#include "lib/sdp.h"

enum { DESCRIPTION_MAX = 64 << 10 };	/* octets of one */

struct description {
	struct sdp sdp;
	struct sg_slice message; /* behind "a=key-mgmt:"; empty: none */
	struct sg_slice text;	/* what was read */
};

/*
 * Reads one. -EINVAL with @fault: malformed, two descriptions, without media
 * of RTP or TLS, or with TLS beside others, with a=crypto, or with key
 * management that is not MIKEY or not of the session.
 */
int description_read(struct description *description, struct sg_slice text,
		     struct fault *fault);

/* Is it RTP that is sent or received, protected or not? */
bool description_is_rtp(const struct sdp_media *media);

/* Its m= line of TLS over TCP, such as MSRP's; NULL: it is of RTP. */
const struct sdp_media *description_tls(const struct sdp *sdp);

/* Is its protocol RTP/SAVP or RTP/SAVPF? */
bool description_is_secure(const struct sdp_media *media);

/*
 * Writes @description with @message, in base64 behind "mikey ", as its only
 * key management, and its RTP protected. Returns octets; -ENOSPC.
 */
int description_print(char *buffer, size_t size,
		      const struct description *description,
		      struct sg_slice message);

#endif /* SRTPGATE_UE_DESCRIPTION_H */
