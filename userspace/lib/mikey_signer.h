/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who asks a KMS with a certificate instead of a PSK (RFC 6043 4.2.1.3): his
 * key and certificates, the KMS's, and the questions that he signs with them.
 */
#ifndef SRTPGATE_MIKEY_SIGNER_H
#define SRTPGATE_MIKEY_SIGNER_H

#include "lib/fault.h"
#include "lib/mikey_certificate.h"
#include "lib/mikey_exchange.h"

/* Paths of PEM files. */
struct mikey_signer_files {
	const char *certificate; /* and those between it and the authority */
	const char *key;	/* without a passphrase, readable by nobody else */
	const char *kms;	/* the KMS's certificate, trusted as it is */
};

/* All of it, and slices in it, are mikey_signer_free()'s. */
struct mikey_signer {
	EVP_PKEY *key;
	X509 *kms;
	struct mikey_public public; /* without .envelope */
	enum mikey_envelope envelope;
};

/*
 * .envelope and .public.sign are the caller's, 0 at first. Negative errno with
 * @fault; there is nothing to free then. @now: s since 1970.
 */
int mikey_signer_load(struct mikey_signer *signer,
		      const struct mikey_signer_files *files, __s64 now,
		      struct fault *fault);
void mikey_signer_free(struct mikey_signer *signer);

/*
 * Makes the _PSK or _PK in @query.type a _PK and writes it, as
 * mikey_query_sign(). @envelope: random, for this question alone.
 */
int mikey_signer_print(__u8 *buffer, size_t size,
		       const struct mikey_signer *signer,
		       struct mikey_query *query,
		       const struct mikey_secret *envelope);

#endif /* SRTPGATE_MIKEY_SIGNER_H */
