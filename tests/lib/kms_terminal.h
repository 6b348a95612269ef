/* SPDX-License-Identifier: GPL-2.0-only */
/* A terminal in the words of a command line, and its messages in HTTP. */
#ifndef SRTPGATE_TEST_KMS_TERMINAL_H
#define SRTPGATE_TEST_KMS_TERMINAL_H

#include "kms_client.h"

struct kms_terminal {
	struct kms_client client;
	struct sg_slice kms;
};

/*
 * @text is "IDENTITY,PSK-ID,KEY-FILE,KMS" or, with a certificate and a key of
 * mikey_pki.h, "IDENTITY,CERTIFICATE,key:KEY,KMS". It stays. -EINVAL: no such
 * key.
 */
int kms_terminal_read(struct kms_terminal *terminal, const char *text);

/*
 * Writes a request with @message. @type: "ticketrequest" or "ticketresolve".
 * Returns its octets; -ENOSPC.
 */
int kms_terminal_print(char *out, size_t size, const char *type,
		       struct sg_slice message);

/* The body in @answer, which ends with NUL, once all is there; else NULL. */
const char *kms_terminal_body(const char *answer);

/*
 * Reads @answer to a ticket's @query, and checks that its keys are those of
 * @ticket, forked for who is in it. 0 or an error.
 */
int kms_terminal_check(const struct kms_client *to, struct kms_ticket *ticket,
		       const struct kms_query *query, struct sg_slice answer,
		       struct mikey_reply *reply, struct mikey_fault *fault);

/* Does @answer give @to the keys of @ticket, which stays, as @whom's? */
bool kms_terminal_has(const struct kms_client *to,
		      const struct kms_ticket *ticket,
		      const struct kms_query *query, struct sg_slice answer,
		      const char *whom);

#endif /* SRTPGATE_TEST_KMS_TERMINAL_H */
