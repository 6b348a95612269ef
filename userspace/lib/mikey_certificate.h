/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Certificates in MIKEY (RFC 3830 6.7, 6.8): from octets and files, who vouches
 * for them, what their keys may do and whom they name. X.509 itself is
 * OpenSSL's, and so are the objects: X509_free(), X509_STORE_free().
 *
 * Functions return 0 or a negative errno with a fault; of what comes in
 * messages always -EINVAL or -EKEYREJECTED with Invalid Cert. No clock is
 * asked: @now is in seconds since 1970.
 */
#ifndef SRTPGATE_MIKEY_CERTIFICATE_H
#define SRTPGATE_MIKEY_CERTIFICATE_H

#include <openssl/types.h>

#include "lib/fault.h"
#include "lib/mikey.h"

enum {
	MIKEY_FINGERPRINT = 32,	/* octets, SHA-256 of the DER */
};

/* CERT's types. Nothing is ever fetched from a URL. */
enum mikey_certificate_type {
	MIKEY_X509,
	MIKEY_X509_URL,
	MIKEY_X509_SIGN,
	MIKEY_X509_ENCR,
};

/* CHASH's. */
enum mikey_hash {
	MIKEY_HASH_SHA1,
	MIKEY_HASH_MD5,		/* not taken */
	MIKEY_HASH_SHA256,	/* RFC 6043 6.7 */
};

/*
 * What a key is for. MIKEY has no extended key usage of its own: where there
 * is one it must be any, or TLS's for that side.
 */
enum mikey_certificate_use {
	MIKEY_USE_USER,		/* a user signs: digitalSignature */
	MIKEY_USE_KMS,		/* envelopes for a KMS: keyEncipherment */
	MIKEY_USE_KMS_SIGN,	/* a KMS signs Errors: digitalSignature */
};

/* One in DER, and nothing behind it. */
int mikey_certificate_parse(X509 **out, struct sg_slice der,
			    struct mikey_fault *fault);

/* The first of a PEM file; or all, at most @most: their number. */
int mikey_certificate_load(X509 **out, const char *path, struct fault *fault);
int mikey_certificate_load_chain(X509 **chain, int most, const char *path,
				 struct fault *fault);

/*
 * The authorities in a PEM file, roots or below them, and the revocation lists
 * in another, one for each authority in a chain. @crl "": nothing is revoked.
 */
int mikey_trust_load(X509_STORE **out, const char *authorities,
		     const char *crl, struct fault *fault);

/*
 * Is @chain[0] vouched for, through the others, valid and not revoked? Nothing
 * in between may be weaker than 128 bits.
 */
int mikey_certificate_check(X509_STORE *trust, X509 *const *chain, int count,
			    __s64 now, struct mikey_fault *fault);

/* Within its time? mikey_certificate_check() looks at that, too. */
int mikey_certificate_check_time(const X509 *certificate, __s64 now,
				 struct mikey_fault *fault);

/* Is it an RSA key of 128 bits' strength, and may it be used so? */
int mikey_certificate_may(X509 *certificate, enum mikey_certificate_use use,
			  struct mikey_fault *fault);

/* Each identity in subjectAltName: sip: and sips: URIs, e-mail addresses. */
typedef void mikey_certificate_named(void *arg, struct sg_slice identity);
void mikey_certificate_names(const X509 *certificate,
			     mikey_certificate_named *named, void *arg);

/* Writes the hash that CHASH would have. Its octets, or -ENOTSUP. */
int mikey_certificate_hash(const X509 *certificate, __u8 hash,
			   __u8 out[MIKEY_FINGERPRINT]);

#endif /* SRTPGATE_MIKEY_CERTIFICATE_H */
