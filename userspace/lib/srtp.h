/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SRTP and SRTCP in userspace, for what the XDP program does not convert: a
 * transform of one packet under an index that the caller knows. Rollover
 * counters and replay windows are the caller's; see gated/slow/slow_crypto.h.
 *
 * Does every key of the map `keys`: those for the slow path derive their
 * session keys as the index goes on (RFC 3711 4.3.1), those for the fast path
 * bring them along. Not for threads.
 */
#ifndef SRTPGATE_SRTP_H
#define SRTPGATE_SRTP_H

#include <stdbool.h>

#include "srtpgate/fastpath.h"

enum {
	/* What sealing adds at most: SRTCP's word, MKI, tag. */
	SRTP_TRAILER_MAX = 4 + SG_MKI_LONGEST + 16,
	SRTP_PACKET_MAX = SG_RTP_MAX,
};

struct srtp_key;

/*
 * A copy of @key, ready for use; NULL: out of memory, or OpenSSL refused.
 * srtp_key_free() zeroes it, NULL is nothing to free.
 */
struct srtp_key *srtp_key_new(const struct sg_key *key);
void srtp_key_free(struct srtp_key *key);

/*
 * Bytes that @key puts behind a packet, which has them when it is sealed. What
 * is shorter than its header and these is no packet of @key.
 */
__u32 srtp_trailer(const struct srtp_key *key, bool rtcp);

/* Whether the packet has the MKI of @key, if that has one. Constant time. */
bool srtp_is_for(const struct srtp_key *key, bool rtcp, const __u8 *packet,
		 __u32 length);

/*
 * Opens the @length bytes at @sealed into @packet, which has as much room, and
 * sets *@opened. @index: 48 bits, of RTP; SRTCP brings its own. 0, or enum
 * sg_drop_reason: BAD_HEADER, NOT_ENCRYPTED, AUTH_FAILED, or INTERNAL when
 * OpenSSL refused; @packet is zeros then.
 */
__u32 srtp_open(struct srtp_key *key, bool rtcp, __u64 index,
		const __u8 *sealed, __u32 length, __u8 *packet, __u32 *opened);

/*
 * Seals the packet of *@length bytes in place; behind it is room for
 * srtp_trailer(). @index: 48 bits, of RTCP 31. 0, or enum sg_drop_reason:
 * BAD_HEADER, TOO_LONG or INTERNAL; the packet is zeros then.
 */
__u32 srtp_seal(struct srtp_key *key, bool rtcp, __u64 index, __u8 *packet,
		__u32 *length);

#endif /* SRTPGATE_SRTP_H */
