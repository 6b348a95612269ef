/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users with certificates (RFC 6043's public-key variants): our own RSA key,
 * "mikey" in the configuration, and the list "authorities" of the policy's
 * file: which authority vouches for which identities.
 */
#ifndef SRTPGATE_KMS_CERTIFICATE_H
#define SRTPGATE_KMS_CERTIFICATE_H

#include "kms/account.h"
#include "kms/config.h"
#include "lib/mikey_exchange.h"

struct authority {
	char file[256];		/* PEM */
	char crl[256];		/* PEM; "": nothing is revoked */
	struct identity_list identities;
	X509_STORE *trust;
};

struct certificates {
	X509 *own;		/* NULL: there are none */
	EVP_PKEY *key;
	enum mikey_envelope envelope;
	bool signs;		/* our key may sign Errors */
	struct authority *authority;
	int authorities;
};

/* Who signed a query. */
struct signer {
	__u8 fingerprint[MIKEY_FINGERPRINT];
	const struct account *account; /* NULL: an authority vouches for him */
	struct user user;	/* his identities; no key */
};

/* @policy must live longer. Negative errno with @fault. */
int certificates_load(struct certificates *certificates,
		      const struct config_mikey *config,
		      const struct policy *policy, struct fault *fault);
void certificates_free(struct certificates *certificates);

/*
 * Fills @signer when his certificate and signature are right, and our key and
 * his are as strong as what is asked for (RFC 6043 12.1). @now: s since 1970.
 * Negative errno with @fault.
 */
int certificates_prove(const struct certificates *certificates,
		       const struct accounts *accounts,
		       const struct mikey_query *query, __s64 now,
		       struct signer *signer, struct mikey_fault *fault);

/*
 * The envelope key of a query whose signature is right; or, and nobody can
 * tell, a random one: mikey_envelope_open(). Negative errno with @fault.
 */
int certificates_open(const struct certificates *certificates,
		      const struct mikey_query *query,
		      struct mikey_secret *envelope, struct mikey_fault *fault);

#endif /* SRTPGATE_KMS_CERTIFICATE_H */
