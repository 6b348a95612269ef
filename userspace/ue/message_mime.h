/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A protected message as a body of a SIP MESSAGE: MIME headers and, as
 * multipart/mixed (RFC 2046 5.1.3),
 *
 *	application/mikey	TRANSFER_INIT, in base64
 *	application/pkcs7-mime; smime-type=authEnveloped-data	the entity
 *	any others		in the clear: for servers on the way (RFC 5365)
 */
#ifndef SRTPGATE_UE_MESSAGE_MIME_H
#define SRTPGATE_UE_MESSAGE_MIME_H

#include <stdio.h>

#include "ue/message_cms.h"

enum { MESSAGE_PARTS_MAX = 32 };

/* Slices of what was read. */
struct message_parts {
	struct sg_slice mikey;	/* base64, with line ends */
	struct sg_slice cms;
	bool base64;		/* .cms is */
};

/*
 * -EINVAL: no such message; each of the two has to be in it once. What is in
 * the clear is stepped over.
 */
int message_parts_parse(struct message_parts *parts, struct sg_slice octets,
			struct fault *fault);

/* The octets of .cms. -EINVAL, -E2BIG, -ENOMEM. */
int message_parts_cms(struct message_octets *cms,
		      const struct message_parts *parts, struct fault *fault);

/*
 * Writes it. @clear: an entity with headers of its own, or empty. @boundary:
 * of letters and digits, in none of them.
 */
void message_parts_print(FILE *out, struct sg_slice mikey, struct sg_slice cms,
			 struct sg_slice clear, const char *boundary);

#endif /* SRTPGATE_UE_MESSAGE_MIME_H */
