/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket Request: of an authenticated REQUEST_INIT, what the ticket is
 * (TS 33.328 B.1.2 steps 6 to 8). No clock is asked and no random number
 * drawn here, and nothing is kept.
 */
#ifndef SRTPGATE_KMS_REQUEST_H
#define SRTPGATE_KMS_REQUEST_H

#include "kms/policy.h"
#include "kms/ticket_keys.h"
#include "kms/user.h"
#include "lib/mikey_exchange.h"

enum {
	REQUEST_KEYS_MAX = MIKEY_KEYS_MAX - 2, /* in one ticket */
	REQUEST_SPI_SIZE = 4,	/* octets of an SPI that we give */
};

/* Secret, and never the same twice. The first key is the MPK. */
struct request_random {
	__u8 rand[32];
	struct {
		__u8 secret[32];
		__u8 salt[MIKEY_SALT_MAX];
		__u8 spi[REQUEST_SPI_SIZE];
	} key[1 + REQUEST_KEYS_MAX];
};

struct request {
	const struct mikey_query *query; /* verified */
	const struct user *user; /* whose it is */
	const struct mikey_secret *psk; /* or envelope key, of the query */
	struct sg_slice kms;	/* our name */
	const struct policy *policy;
	const struct ticket_key *key;
	__u64 now;		/* s since 1970 */
	struct mikey_time t;	/* of ticket and answer */
	const struct request_random *random;
};

/* What was granted, for the log; slices lie in the query. */
struct grant {
	const struct policy_rule *rule;
	struct mikey_policy policy;
	struct sg_slice requester;
};

/*
 * Writes REQUEST_RESP. Returns its octets, with *@grant; or a negative errno
 * with @fault, and *@grant as far as it got.
 */
int request_answer(__u8 *buffer, size_t size, const struct request *request,
		   struct grant *grant, struct mikey_fault *fault);

#endif /* SRTPGATE_KMS_REQUEST_H */
