/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole packets of SRTP (RFC 3711, RFC 6188, RFC 7714), the same code in the
 * kernel, where vector registers belong to the caller meanwhile, and in
 * userspace, where it is tested and timed.
 *
 * The running time depends on lengths, never on keys or data. Nothing is
 * allocated and nothing remembered; what was made of a key is wiped.
 */
#ifndef SRTP_CORE_H
#define SRTP_CORE_H

#include <stdbool.h>
#include <linux/types.h>

#include "srtpgate/kfunc.h"

enum srtp_features {
	SRTP_SHA_NI = 1 << 0,	/* else SHA-1 in C */
};

/*
 * What srtpgate/kfunc.h says of the kfuncs, but for -EAGAIN. The processor has
 * SSSE3, AES and PCLMULQDQ.
 */
int srtp_core_open(struct sg_conversion *conversion, void *packet, __u32 size,
	      const struct sg_key *key, __u32 features);
int srtp_core_seal(struct sg_conversion *conversion, void *packet, __u32 size,
	      const struct sg_key *key, __u32 features);

#endif /* SRTP_CORE_H */
