/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has a key of the operator's making instead of GBA's (TS 33.328 6.2.3.5,
 * last sentence), or a certificate: network functions above all, which have no
 * SIM. They are the list "accounts" of the policy's file; their keys are in
 * files of their own.
 */
#ifndef SRTPGATE_KMS_ACCOUNT_H
#define SRTPGATE_KMS_ACCOUNT_H

#include "kms/policy.h"
#include "kms/user.h"
#include "lib/mikey_certificate.h"

struct account {
	char id[USER_BTID_MAX + 1]; /* what its IDRpsk says */
	char key_file[256];	/* 32 octets in base64; "": a certificate */
	char certificate[256];	/* PEM; "": a key */
	__u8 fingerprint[MIKEY_FINGERPRINT]; /* of the certificate */
	struct user user;	/* secret */
	/* A network function: the users whose keys it may have. */
	struct identity_list resolves;
	bool refork;		/* also as these users got them */
};

struct accounts {
	struct account *account;
	int accounts;
};

/* Of @policy's file, which must live longer. Negative errno with @fault. */
int accounts_load(struct accounts *accounts, const struct policy *policy,
		  struct fault *fault);
void accounts_free(struct accounts *accounts);

/* The account with a key of that name, or with that certificate. NULL: none. */
const struct account *accounts_find(const struct accounts *accounts,
				    struct sg_slice id);
const struct account *
accounts_find_certificate(const struct accounts *accounts,
			  const __u8 fingerprint[MIKEY_FINGERPRINT]);

static inline bool account_is_function(const struct account *account)
{
	return account->resolves.patterns;
}

#endif /* SRTPGATE_KMS_ACCOUNT_H */
