// SPDX-License-Identifier: GPL-2.0-only
#include "kms/account.h"

#include <errno.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/config_table.h"
#include "lib/psk_file.h"
#include "lib/secret.h"

enum { ACCOUNTS_MAX = 1024 };

_Static_assert((int)IDENTITY_LIST_MAX <= (int)USER_IDENTITIES_MAX,
	       "a user takes all identities of a list");

static const struct option options[] = {
	{ TEXT(struct account, id) },
	{ TEXT(struct account, key_file), .text = "" },
	{ TEXT(struct account, certificate), .text = "" },
	{ .name = "identities", .type = OPTION_NESTED },
	{ .name = "resolves", .type = OPTION_NESTED },
	{ .name = "refork", .type = OPTION_BOOL, FIELD(struct account, refork),
	  .number = false },
	{ .name = NULL },
};

static int take_identities(struct account *account,
			   const struct identity_list *list,
			   struct fault *fault)
{
	struct user *user = &account->user;

	for (int i = 0; i < list->patterns; i++) {
		struct sg_slice one = list->pattern[i];

		if (one.size > USER_IDENTITY_MAX ||
		    memchr(one.at, '*', one.size))
			return fault_set(fault, EINVAL,
					 "account \"%s\": an identity must have "
					 "no \"*\" and at most %d characters",
					 account->id, USER_IDENTITY_MAX);
		memcpy(user->identity[user->identities++], one.at, one.size);
	}
	if (user->identities)
		return 0;
	return fault_set(fault, EINVAL, "account \"%s\" needs \"identities\"",
			 account->id);
}

static int read_certificate(struct account *account, struct fault *fault)
{
	struct mikey_fault why;
	X509 *certificate;
	int err = mikey_certificate_load(&certificate, account->certificate,
					 fault);

	if (err)
		return err;
	if (mikey_certificate_may(certificate, MIKEY_USE_USER, &why))
		err = fault_set(fault, EINVAL, "%s: %s", account->certificate,
				why.text);
	else if (mikey_certificate_hash(certificate, MIKEY_HASH_SHA256,
					account->fingerprint) < 0)
		err = fault_set(fault, EIO, "%s has no SHA-256",
				account->certificate);
	X509_free(certificate);
	return err;
}

static int read_secret(struct account *account, struct fault *fault)
{
	if (!*account->key_file == !*account->certificate)
		return fault_set(fault, EINVAL,
				 "account \"%s\" needs \"key_file\" or "
				 "\"certificate\", and not both",
				 account->id);
	if (*account->certificate)
		return read_certificate(account, fault);
	return psk_file_read(&account->user.naf_key, account->key_file, fault);
}

static int read_account(struct account *account, config_setting_t *group,
			struct fault *fault)
{
	struct identity_list identities = { .patterns = 0 };
	int err = config_group_read(options, group, "each of \"accounts\"",
				    account, fault);

	if (!err)
		err = identity_list_read(
			&identities,
			config_setting_get_member(group, "identities"),
			"identities", fault);
	if (!err)
		err = take_identities(account, &identities, fault);
	if (!err)
		err = identity_list_read(
			&account->resolves,
			config_setting_get_member(group, "resolves"),
			"resolves", fault);
	if (!err)
		err = read_secret(account, fault);
	return err;
}

int accounts_load(struct accounts *accounts, const struct policy *policy,
		  struct fault *fault)
{
	config_setting_t *list = config_lookup(&policy->file, "accounts");
	int count = config_list_count(list, "accounts", 0, ACCOUNTS_MAX, fault);
	int err = 0;

	*accounts = (struct accounts){ .accounts = 0 };
	if (count <= 0)
		return count;
	accounts->account = calloc(count, sizeof(*accounts->account));
	if (!accounts->account)
		return fault_set(fault, ENOMEM, "out of memory");
	for (int i = 0; i < count && !err; i++)
		err = read_account(&accounts->account[accounts->accounts++],
				   config_setting_get_elem(list, i), fault);
	if (err)
		accounts_free(accounts);
	return err;
}

void accounts_free(struct accounts *accounts)
{
	if (accounts->account)
		sg_secret_zero(accounts->account,
			       accounts->accounts *
				       sizeof(*accounts->account));
	free(accounts->account);
	*accounts = (struct accounts){ .accounts = 0 };
}

const struct account *accounts_find(const struct accounts *accounts,
				    struct sg_slice id)
{
	for (int i = 0; i < accounts->accounts; i++)
		if (*accounts->account[i].key_file &&
		    sg_slice_is(id, accounts->account[i].id))
			return &accounts->account[i];
	return NULL;
}

const struct account *
accounts_find_certificate(const struct accounts *accounts,
			  const __u8 fingerprint[MIKEY_FINGERPRINT])
{
	for (int i = 0; i < accounts->accounts; i++)
		if (*accounts->account[i].certificate &&
		    !memcmp(accounts->account[i].fingerprint, fingerprint,
			    MIKEY_FINGERPRINT))
			return &accounts->account[i];
	return NULL;
}
