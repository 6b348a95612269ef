// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "lib/mikey_identity.h"
#include "lib/mikey_rsa.h"

/* OpenSSL's level of 128 bits: RSA-3072, P-256, SHA-256. */
enum { AUTH_LEVEL = 3, DEPTH_MAX = 8 };

static int refuse(struct mikey_fault *fault, int err, const char *text)
{
	ERR_clear_error();
	return mikey_fail(fault, err, MIKEY_INVALID_CERT, text);
}

/* -- octets and files ------------------------------------------------------ */

int mikey_certificate_parse(X509 **out, struct sg_slice der,
			    struct mikey_fault *fault)
{
	const __u8 *at = (const __u8 *)der.at;

	*out = d2i_X509(NULL, &at, der.size);
	if (*out && at == (const __u8 *)der.at + der.size)
		return 0;
	X509_free(*out);
	*out = NULL;
	return refuse(fault, -EINVAL, "a certificate is no X.509 certificate");
}

static int cannot_read(struct fault *fault, const char *path, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (access(path, R_OK))
		reason = strerror(errno);
	fault_set(fault, EINVAL, "%s has no %s that can be read: %s", path,
		  what, reason ? reason : "it is empty");
	ERR_clear_error();
	return -EINVAL;
}

int mikey_certificate_load_chain(X509 **chain, int most, const char *path,
				 struct fault *fault)
{
	BIO *file = BIO_new_file(path, "r");
	int count = 0;

	while (file && count < most &&
	       (chain[count] = PEM_read_bio_X509(file, NULL, NULL, NULL)))
		count++;
	BIO_free(file);
	if (!count)
		return cannot_read(fault, path, "certificate");
	ERR_clear_error();
	return count;
}

int mikey_certificate_load(X509 **out, const char *path, struct fault *fault)
{
	int count = mikey_certificate_load_chain(out, 1, path, fault);

	if (count > 0)
		return 0;
	*out = NULL;
	return count;
}

int mikey_trust_load(X509_STORE **out, const char *authorities,
		     const char *crl, struct fault *fault)
{
	X509_STORE *trust = X509_STORE_new();
	X509_LOOKUP *files = trust ? X509_STORE_add_lookup(
					     trust, X509_LOOKUP_file()) : NULL;
	int err = files ? 0 : fault_set(fault, ENOMEM, "out of memory");

	if (!err && X509_load_cert_file(files, authorities,
					X509_FILETYPE_PEM) <= 0)
		err = cannot_read(fault, authorities, "certificate");
	if (!err && *crl &&
	    (X509_load_crl_file(files, crl, X509_FILETYPE_PEM) <= 0 ||
	     !X509_STORE_set_flags(trust, X509_V_FLAG_CRL_CHECK |
						  X509_V_FLAG_CRL_CHECK_ALL)))
		err = cannot_read(fault, crl, "revocation list");
	if (err) {
		X509_STORE_free(trust);
		return err;
	}
	*out = trust;
	return 0;
}

/* -- who vouches ----------------------------------------------------------- */

static bool set_up(X509_STORE_CTX *check, X509_STORE *trust,
		   X509 *const *chain, STACK_OF(X509) *others, int count,
		   __s64 now)
{
	X509_VERIFY_PARAM *how;

	for (int i = 1; i < count; i++)
		if (!sk_X509_push(others, chain[i]))
			return false;
	if (!X509_STORE_CTX_init(check, trust, chain[0], others))
		return false;
	how = X509_STORE_CTX_get0_param(check);
	X509_VERIFY_PARAM_set_time(how, now);
	X509_VERIFY_PARAM_set_depth(how, DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(how, AUTH_LEVEL);
	/* Whoever is in the file is trusted, a root or not. */
	return X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN);
}

int mikey_certificate_check(X509_STORE *trust, X509 *const *chain, int count,
			    __s64 now, struct mikey_fault *fault)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	const char *text = "the certificate cannot be checked";
	int good = 0;

	if (others && check &&
	    set_up(check, trust, chain, others, count, now)) {
		good = X509_verify_cert(check);
		text = X509_verify_cert_error_string(
			X509_STORE_CTX_get_error(check));
	}
	X509_STORE_CTX_free(check);
	sk_X509_free(others);
	return good == 1 ? 0 : refuse(fault, -EINVAL, text);
}

int mikey_certificate_check_time(const X509 *certificate, __s64 now,
				 struct mikey_fault *fault)
{
	time_t time = now;

	/* 0 is an error, and fits neither. */
	if (X509_cmp_time(X509_get0_notBefore(certificate), &time) < 0 &&
	    X509_cmp_time(X509_get0_notAfter(certificate), &time) > 0)
		return 0;
	return refuse(fault, -EINVAL, "the certificate is not of this time");
}

/* -- what it says ---------------------------------------------------------- */

int mikey_certificate_may(X509 *certificate, enum mikey_certificate_use use,
			  struct mikey_fault *fault)
{
	static const struct {
		__u32 usage, extended;
	} wanted[] = {
		[MIKEY_USE_USER] = { KU_DIGITAL_SIGNATURE, XKU_SSL_CLIENT },
		[MIKEY_USE_KMS] = { KU_KEY_ENCIPHERMENT, XKU_SSL_SERVER },
		[MIKEY_USE_KMS_SIGN] = { KU_DIGITAL_SIGNATURE, XKU_SSL_SERVER },
	};
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int size = key ? mikey_rsa_size(key) : -ENOTSUP;

	if (size == -EKEYREJECTED)
		return refuse(fault, size, "the certificate's key is too weak");
	if (size < 0)
		return refuse(fault, -EKEYREJECTED,
			      "the certificate has no RSA key");
	/* Both are all ones when the extension is absent. */
	if (!(X509_get_key_usage(certificate) & wanted[use].usage) ||
	    !(X509_get_extended_key_usage(certificate) &
	      (wanted[use].extended | XKU_ANYEKU)))
		return refuse(fault, -EKEYREJECTED,
			      "the certificate's key is for another use");
	return 0;
}

static bool is_address(struct sg_slice text)
{
	const char *at = text.size ? memchr(text.at, '@', text.size) : NULL;
	size_t user = at ? at - text.at : 0;

	return user && user + 1 < text.size && !mikey_identity_is_group(text) &&
	       !memchr(at + 1, '@', text.size - user - 1);
}

static bool name_of(const GENERAL_NAME *general, struct sg_slice *identity)
{
	struct sg_slice text;
	int type;
	const ASN1_IA5STRING *value = GENERAL_NAME_get0_value(general, &type);

	if (type != GEN_URI && type != GEN_EMAIL)
		return false;
	text = (struct sg_slice){ (const char *)ASN1_STRING_get0_data(value),
				  ASN1_STRING_length(value) };
	if (type == GEN_URI)
		return mikey_identity_of_uri(identity, text);
	*identity = text;
	return is_address(text);
}

void mikey_certificate_names(const X509 *certificate,
			     mikey_certificate_named *named, void *arg)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate,
						NID_subject_alt_name, NULL,
						NULL);
	struct sg_slice identity;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (name_of(sk_GENERAL_NAME_value(names, i), &identity))
			named(arg, identity);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
}

int mikey_certificate_hash(const X509 *certificate, __u8 hash,
			   __u8 out[MIKEY_FINGERPRINT])
{
	const EVP_MD *digest = hash == MIKEY_HASH_SHA1 ? EVP_sha1() :
							 EVP_sha256();
	unsigned int size;

	if (hash != MIKEY_HASH_SHA1 && hash != MIKEY_HASH_SHA256)
		return -ENOTSUP;
	return X509_digest(certificate, digest, out, &size) ? (int)size :
							      -ENOTSUP;
}
