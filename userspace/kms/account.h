/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has a key of the operator's making instead of GBA's (TS 33.328 6.2.3.5,
 * last sentence): network functions above all, which have no SIM. They are
 * the list "accounts" of the policy's file; their keys are in files of their
 * own.
 */
#ifndef SRTPGATE_KMS_ACCOUNT_H
#define SRTPGATE_KMS_ACCOUNT_H

#include "kms/policy.h"
#include "kms/user.h"

struct account {
	char id[USER_BTID_MAX + 1]; /* what its IDRpsk says */
	char key_file[256];	/* 32 octets in base64 */
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

/* NULL: none. */
const struct account *accounts_find(const struct accounts *accounts,
				    struct sg_slice id);

static inline bool account_is_function(const struct account *account)
{
	return account->resolves.patterns;
}

#endif /* SRTPGATE_KMS_ACCOUNT_H */
