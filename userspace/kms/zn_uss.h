/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User security settings as a BSF gives them on Zn, an XML document whose
 * root is ussList (TS 29.109 annex A): of it the users' public identities.
 */
#ifndef SRTPGATE_KMS_ZN_USS_H
#define SRTPGATE_KMS_ZN_USS_H

#include "kms/user.h"

enum { ZN_USS_MAX = 32768 };	/* octets of a document */

/*
 * Adds the identities of every uid in uids to @user. -EPROTO: it is not such
 * a document, or has a DOCTYPE, which none of them needs.
 */
int zn_uss_read(struct user *user, struct sg_slice xml);

#endif /* SRTPGATE_KMS_ZN_USS_H */
