/* SPDX-License-Identifier: GPL-2.0-only */
/* Error messages of MIKEY (RFC 3830 6.12): others' explained, ours written. */
#ifndef SRTPGATE_UE_TROUBLE_H
#define SRTPGATE_UE_TROUBLE_H

#include "ue/description.h"
#include "ue/ue.h"

/* The message that is in error. */
struct trouble_cause {
	__u8 prf;
	__u32 csb_id;
	struct mikey_rands rands;
	const struct mikey_secret *key; /* NULL: nobody can prove anything */
	EVP_PKEY *kms;		/* who signs Errors; NULL: nobody */
};

/*
 * @octets should be an Error message to @cause, from @who: says so, and
 * whether it has no proof (RFC 3830 5.1.2: then anybody may have sent it).
 * Returns -EREMOTEIO; -EPROTO: it is none.
 */
int trouble_explain(struct fault *fault, const char *who,
		    struct sg_slice octets, const struct trouble_cause *cause);

/*
 * Writes @description with an Error message, for the body of a 488, to the
 * file @path. Negative errno with @fault.
 */
int trouble_write(struct ue *ue, const char *path, enum mikey_error error,
		  const struct trouble_cause *cause,
		  const struct description *description, struct fault *fault);

#endif /* SRTPGATE_UE_TROUBLE_H */
