/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encrypted header extensions (RFC 6904): the data of the elements with
 * chosen IDs, in the one-byte and the two-byte form of RFC 8285.
 */
#ifndef SRTPGATE_SRTP_EXTENSION_H
#define SRTPGATE_SRTP_EXTENSION_H

#include "lib/srtp_keystream.h"

/*
 * Encrypts or decrypts in place in the RTP packet whose header, with CSRCs and
 * extension, is its first @header bytes, at most SG_RTP_MAX. @ids: bit n % 8
 * of byte n / 8 for ID n. 0; -EBADMSG: an element exceeds the extension, and
 * nothing was changed; -EIO: OpenSSL refused.
 *
 * Extensions of other forms have no IDs, and are left as they are.
 */
int srtp_extension_xor(struct srtp_keystream *stream,
		       const struct srtp_packet_iv *iv, const __u8 *ids,
		       __u8 *packet, int header);

#endif /* SRTPGATE_SRTP_EXTENSION_H */
