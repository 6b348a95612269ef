/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What terminals say to a key management server, for its tests: wishes, tickets
 * of their own, transfers, and what they make of the answers. Keys and
 * RANDs are counted up from the time, so that no two are the same.
 */
#ifndef SRTPGATE_TEST_KMS_CLIENT_H
#define SRTPGATE_TEST_KMS_CLIENT_H

#include "lib/mikey_exchange.h"

struct kms_octets {
	__u8 octets[8192];
	int size;
};

/* A user, and what he knows. */
struct kms_client {
	struct sg_slice identity;
	struct sg_slice psk_id;
	struct mikey_secret psk; /* or envelope key */
	/* Of mikey_pki.h; without, he has a PSK. */
	const char *certificate;
	const char *issuer;	/* NULL: none is sent */
	const char *key;
	enum mikey_sign sign;
	enum mikey_envelope envelope;
};

/* A ticket in the hands of its initiator. */
struct kms_ticket {
	struct kms_octets body;
	struct mikey_keys keys;	/* MPKi [MPKr], session keys */
	struct mikey_policy policy; /* slices lie in .body */
};

/* A query as it was sent; it must stay where it is. */
struct kms_query {
	struct kms_octets message;
	__u8 rand[32];
	__u8 body[2048];	/* of a request */
	__u8 envelope[MIKEY_RSA_MAX];
	struct mikey_query said;
};

/* Now, on this machine. */
struct mikey_time kms_client_time(void);

/* 32 octets, different each time. */
void kms_client_random(__u8 out[32]);

/* A policy for @recipient: 3GPP's profile, an hour, flags DEFGHIJNO. */
struct mikey_policy kms_client_wish(const struct kms_client *client,
				    struct sg_slice recipient);

/*
 * Write queries to the KMS called @kms; return 0 or an error. .said may be
 * changed and printed again with kms_client_print().
 */
int kms_client_request(struct kms_query *query, const struct kms_client *client,
		       struct sg_slice kms, const struct mikey_policy *wish);
int kms_client_resolve(struct kms_query *query, const struct kms_client *client,
		       struct sg_slice kms,
		       const struct mikey_transfer *transfer);
int kms_client_print(struct kms_query *query, const struct kms_client *client);

/* With a certificate: as .said.public is, changed or not. */
int kms_client_sign(struct kms_query *query, const struct kms_client *client);

/* From REQUEST_RESP; as mikey_reply_parse(). */
int kms_client_take(struct kms_ticket *ticket, const struct kms_query *query,
		    const struct kms_client *client, struct sg_slice octets,
		    struct mikey_fault *fault);

/* A ticket that @client makes himself: mode 3, one TGK. */
int kms_client_make(struct kms_ticket *ticket, const struct kms_client *client,
		    const struct mikey_policy *policy);

/*
 * A TRANSFER_INIT with @ticket to @responder, read by him. @octets is the
 * memory that it lies in.
 */
int kms_client_transfer(struct mikey_transfer *transfer,
			struct kms_octets *octets,
			const struct kms_client *client,
			const struct kms_ticket *ticket,
			struct sg_slice responder);

#endif /* SRTPGATE_TEST_KMS_CLIENT_H */
