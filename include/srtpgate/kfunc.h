/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kfuncs of srtp_kfuncs.ko, for the XDP program: one call converts one
 * packet with the processor's AES, carry-less multiplication and SHA-1.
 *
 *	int srtpgate_open(struct sg_conversion *conversion,
 *			  void *packet, __u32 packet__sz,
 *			  const void *key, __u32 key__sz);
 *	int srtpgate_seal(the same);
 *
 * They keep nothing from call to call. Which packet is converted, under which
 * key and index, whether it is a replay, and what its MKI says is the
 * caller's business; so is its engine for when they do not convert.
 *
 * @packet is an SRTP or RTP, SRTCP or RTCP packet in memory of @packet__sz
 * bytes, of which SG_CONVERSION_ROOM lie behind it. Open authenticates, then
 * decrypts; seal encrypts and appends what SRTP appends (RFC 3711 3.1, 3.4,
 * RFC 7714). What is behind the converted packet is then undefined.
 * @key is a struct sg_key of a suite up to SG_SUITE_LAST_FAST.
 *
 * They return 0, or negative, the packet as it was:
 *
 *	-EBADMSG	open: the tag is not the key's under these indices
 *	-EINVAL		lengths or key that cannot be converted
 *	-EAGAIN		vector registers are not to be had at the moment
 */
#ifndef SRTPGATE_KFUNC_H
#define SRTPGATE_KFUNC_H

#include "srtpgate/fastpath.h"

enum { SG_CONVERSION_ROOM = 128 }; /* bytes */

struct sg_conversion {
	/*
	 * The packet's: 48 bits of SRTP, 31 bits of SRTCP. To open SRTCP it
	 * comes with the packet and is ignored here.
	 */
	__u64 index;
	/* Open of SRTP: to be tried next, or the same. The right one is then
	 * in .index. */
	__u64 second;
	__u32 length;		/* bytes of the packet, then of the new one */
	__u32 header;		/* SRTP: bytes in front of the payload */
	__u32 rtcp;		/* 1: SRTCP */
	__u32 pad;
};

_Static_assert(sizeof(struct sg_conversion) == 32, "contract with the module");

#endif /* SRTPGATE_KFUNC_H */
