/* SPDX-License-Identifier: GPL-2.0-only */
/* "srtp" of a termination: keys, or what a key management server has of them. */
#ifndef SRTPGATE_SPEC_SRTP_H
#define SRTPGATE_SPEC_SRTP_H

#include "gated/spec.h"
#include "gated/spec_member.h"

/* Row of a table; @to is a struct spec_termination, and holds keys then. */
int spec_read_srtp(struct spec_place *place, const char *name, json_t *value,
		   void *to);

#endif /* SRTPGATE_SPEC_SRTP_H */
