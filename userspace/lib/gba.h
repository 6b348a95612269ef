/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of the generic bootstrapping architecture (TS 33.220): what a UE and
 * an application, a NAF, share once the UE has bootstrapped with a BSF.
 */
#ifndef SRTPGATE_GBA_H
#define SRTPGATE_GBA_H

#include "lib/slice.h"

enum {
	GBA_KS_SIZE = 32,	/* octets: CK || IK */
	GBA_RAND_SIZE = 16,
	GBA_NAF_KEY_SIZE = 32,
	GBA_FQDN_MAX = 253,
	GBA_IMPI_MAX = 253,
	GBA_PROTOCOL_SIZE = 5,	/* the Ua security protocol identifier */
	GBA_NAF_ID_MAX = GBA_FQDN_MAX + GBA_PROTOCOL_SIZE,
};

struct gba_naf_id {
	__u8 octets[GBA_NAF_ID_MAX];
	size_t size;
};

/*
 * The NAF_Id of a KMS as its users know it: its name in lower case, then the
 * identifier of TS 33.328's requests, 01 00 00 00 06 (TS 33.220 H.3).
 * -EINVAL: not the name of a host.
 */
int gba_naf_id(struct gba_naf_id *id, struct sg_slice fqdn);

/*
 * Ks_NAF, or of a UICC with GBA_U Ks_ext_NAF: one formula (TS 33.220 B.3).
 * Octets in, octets out. -EINVAL: @impi is too long; -EIO: OpenSSL refuses.
 * @key is zero then.
 */
int gba_naf_key(__u8 key[GBA_NAF_KEY_SIZE], const __u8 ks[GBA_KS_SIZE],
		const __u8 rand[GBA_RAND_SIZE], struct sg_slice impi,
		const struct gba_naf_id *id);

/*
 * The RAND that a B-TID, base64(RAND)@domain, carries (TS 33.220 4.5.2).
 * -EINVAL: it carries none.
 */
int gba_rand(__u8 rand[GBA_RAND_SIZE], struct sg_slice btid);

#endif /* SRTPGATE_GBA_H */
