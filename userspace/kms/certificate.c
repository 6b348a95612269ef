// SPDX-License-Identifier: GPL-2.0-only
#include "kms/certificate.h"

#include <errno.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <time.h>

#include "lib/config_table.h"
#include "lib/log.h"

enum { AUTHORITIES_MAX = 16 };

static const struct option options[] = {
	{ TEXT(struct authority, file) },
	{ TEXT(struct authority, crl), .text = "" },
	{ .name = "identities", .type = OPTION_NESTED },
	{ .name = NULL },
};

/* -- reading --------------------------------------------------------------- */

static int load_own(struct certificates *certificates,
		    const struct config_mikey *config, struct fault *fault)
{
	struct mikey_fault why;
	int err = mikey_certificate_load(&certificates->own,
					 config->certificate, fault);

	if (!err)
		err = mikey_rsa_load(&certificates->key, config->key, fault);
	if (err)
		return err;
	if (X509_check_private_key(certificates->own, certificates->key) != 1)
		return fault_set(fault, EINVAL,
				 "%s is not the key of the certificate %s",
				 config->key, config->certificate);
	if (mikey_certificate_may(certificates->own, MIKEY_USE_KMS, &why))
		return fault_set(fault, EINVAL, "%s: %s", config->certificate,
				 why.text);
	/* Users see it and refuse; those with a PSK do not care. */
	if (mikey_certificate_check_time(certificates->own, time(NULL), &why))
		sg_warning("%s: %s; make a new one", config->certificate,
			   why.text);
	certificates->signs = !mikey_certificate_may(certificates->own,
						     MIKEY_USE_KMS_SIGN, &why);
	certificates->envelope = strcmp(config->envelope, "pkcs1") ?
					 MIKEY_ENVELOPE_OAEP :
					 MIKEY_ENVELOPE_PKCS1;
	return 0;
}

static int read_authority(struct authority *authority, config_setting_t *group,
			  struct fault *fault)
{
	int err = config_group_read(options, group, "each of \"authorities\"",
				    authority, fault);

	if (!err)
		err = identity_list_read(
			&authority->identities,
			config_setting_get_member(group, "identities"),
			"identities", fault);
	if (!err && !authority->identities.patterns)
		err = fault_set(fault, EINVAL,
				"the authority %s needs \"identities\" that it "
				"vouches for", authority->file);
	return err ? err : mikey_trust_load(&authority->trust, authority->file,
					    authority->crl, fault);
}

static int read_authorities(struct certificates *certificates,
			    const struct policy *policy, struct fault *fault)
{
	config_setting_t *list = config_lookup(&policy->file, "authorities");
	int count = config_list_count(list, "authorities", 0, AUTHORITIES_MAX,
				      fault);
	int err = 0;

	if (count <= 0)
		return count;
	certificates->authority = calloc(count,
					 sizeof(*certificates->authority));
	if (!certificates->authority)
		return fault_set(fault, ENOMEM, "out of memory");
	for (int i = 0; i < count && !err; i++)
		err = read_authority(
			&certificates->authority[certificates->authorities++],
			config_setting_get_elem(list, i), fault);
	return err;
}

int certificates_load(struct certificates *certificates,
		      const struct config_mikey *config,
		      const struct policy *policy, struct fault *fault)
{
	int err;

	*certificates = (struct certificates){ .own = NULL };
	if (!*config->certificate)
		return 0;
	err = load_own(certificates, config, fault);
	if (!err)
		err = read_authorities(certificates, policy, fault);
	if (err)
		certificates_free(certificates);
	return err;
}

void certificates_free(struct certificates *certificates)
{
	for (int i = 0; i < certificates->authorities; i++)
		X509_STORE_free(certificates->authority[i].trust);
	free(certificates->authority);
	EVP_PKEY_free(certificates->key);
	X509_free(certificates->own);
	*certificates = (struct certificates){ .own = NULL };
}

/* -- who signed ------------------------------------------------------------ */

struct chain {
	X509 *certificate[MIKEY_CERTIFICATES_MAX];
	int count;
};

static int read_chain(struct chain *chain, const struct mikey_public *public,
		      struct mikey_fault *fault)
{
	int err = 0;

	*chain = (struct chain){ .count = 0 };
	if (!public->certificates)
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_CERT,
				  "the message has no certificate");
	for (int i = 0; i < public->certificates && !err; i++)
		err = mikey_certificate_parse(
			&chain->certificate[chain->count++],
			public->certificate[i], fault);
	return err;
}

static void free_chain(struct chain *chain)
{
	for (int i = 0; i < chain->count; i++)
		X509_free(chain->certificate[i]);
}

/* The identities that one authority vouches for. */
struct vouched {
	const struct authority *authority;
	struct user *user;
};

static void add_identity(void *arg, struct sg_slice identity)
{
	const struct vouched *vouched = arg;

	if (identity_list_covers(&vouched->authority->identities, identity))
		user_add_identity(vouched->user, identity);
}

static int ask_authorities(const struct certificates *certificates,
			   const struct chain *chain, __s64 now,
			   struct user *user, struct mikey_fault *fault)
{
	int err = mikey_fail(fault, -EINVAL, MIKEY_INVALID_CERT,
			     "there is no authority for the certificate");
	bool good = false;

	for (int i = 0; i < certificates->authorities; i++) {
		struct vouched vouched = { &certificates->authority[i], user };

		if (mikey_certificate_check(vouched.authority->trust,
					    chain->certificate, chain->count,
					    now, fault))
			continue;
		good = true;
		mikey_certificate_names(chain->certificate[0], add_identity,
					&vouched);
	}
	if (!good)
		return err;
	if (user->identities)
		return 0;
	return mikey_fail(fault, -EACCES, MIKEY_INVALID_ID,
			  "nobody vouches for an identity in the certificate");
}

/* Is it an account's, or does an authority vouch for it? */
static int identify(const struct certificates *certificates,
		    const struct accounts *accounts, const struct chain *chain,
		    __s64 now, struct signer *signer, struct mikey_fault *fault)
{
	X509 *own = chain->certificate[0];
	int err = mikey_certificate_may(own, MIKEY_USE_USER, fault);

	if (err)
		return err;
	if (mikey_certificate_hash(own, MIKEY_HASH_SHA256,
				   signer->fingerprint) < 0)
		return mikey_fail(fault, -EIO, MIKEY_UNSPECIFIED,
				  "there is no SHA-256");
	signer->account = accounts_find_certificate(accounts,
						    signer->fingerprint);
	if (!signer->account)
		return ask_authorities(certificates, chain, now, &signer->user,
				       fault);
	signer->user = signer->account->user;
	return mikey_certificate_check_time(own, now, fault);
}

/* RFC 3830 6.8: which of a KMS's certificates the envelope is for. */
static int check_chash(const struct certificates *certificates,
		       const struct mikey_public *public,
		       struct mikey_fault *fault)
{
	__u8 hash[MIKEY_FINGERPRINT];
	int size;

	if (!public->chash.size)
		return 0;
	size = mikey_certificate_hash(certificates->own, public->hash, hash);
	if (size == (int)public->chash.size &&
	    !memcmp(hash, public->chash.at, size))
		return 0;
	return mikey_fail(fault, -EINVAL, MIKEY_INVALID_CERT,
			  "the envelope is for another certificate");
}

static int check_strength(const struct certificates *certificates,
			  const struct mikey_query *query, EVP_PKEY *signer,
			  struct mikey_fault *fault)
{
	int wanted = 8 * mikey_query_least_envelope(query);

	if (mikey_rsa_strength(certificates->key) >= wanted &&
	    mikey_rsa_strength(signer) >= wanted)
		return 0;
	return mikey_fail(fault, -EPERM, MIKEY_INVALID_PRF,
			  "the RSA keys are weaker than what is asked for");
}

int certificates_prove(const struct certificates *certificates,
		       const struct accounts *accounts,
		       const struct mikey_query *query, __s64 now,
		       struct signer *signer, struct mikey_fault *fault)
{
	struct chain chain;
	EVP_PKEY *key;
	int err;

	*signer = (struct signer){ .account = NULL };
	if (!certificates->own)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSUPPORTED_MESSAGE,
				  "certificates are not taken here");
	err = check_chash(certificates, &query->public, fault);
	if (err)
		return err;
	err = read_chain(&chain, &query->public, fault);
	if (!err)
		err = identify(certificates, accounts, &chain, now, signer,
			       fault);
	if (!err) {
		key = X509_get0_pubkey(chain.certificate[0]);
		err = mikey_query_verify_sign(query, key, fault);
	}
	if (!err)
		err = check_strength(certificates, query, key, fault);
	free_chain(&chain);
	return err;
}

int certificates_open(const struct certificates *certificates,
		      const struct mikey_query *query,
		      struct mikey_secret *envelope, struct mikey_fault *fault)
{
	int err;

	envelope->size = mikey_query_most_envelope(query);
	if (RAND_priv_bytes(envelope->octets, envelope->size) != 1)
		return mikey_fail(fault, -EIO, MIKEY_UNSPECIFIED,
				  "there are no random numbers");
	err = mikey_envelope_open(envelope, certificates->key,
				  certificates->envelope,
				  query->public.envelope,
				  mikey_query_least_envelope(query));
	if (!err)
		return 0;
	mikey_secret_wipe(envelope);
	return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
			  "the envelope is not for our key, or RAND is short");
}
