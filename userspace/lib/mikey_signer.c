// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_signer.h"

#include <errno.h>
#include <openssl/pem.h>

#include "lib/mikey_wire.h"

static int load_chain(struct mikey_public *public, const char *path,
		      struct fault *fault)
{
	X509 *chain[MIKEY_CERTIFICATES_MAX];
	struct mikey_fault why;
	int count = mikey_certificate_load_chain(chain, MIKEY_CERTIFICATES_MAX,
						 path, fault);
	int err = count < 0 ? count : 0;

	if (!err && mikey_certificate_may(chain[0], MIKEY_USE_USER, &why))
		err = fault_set(fault, EINVAL, "%s: %s", path, why.text);
	for (int i = 0; i < count; i++) {
		__u8 *der = NULL;
		int size = i2d_X509(chain[i], &der);

		if (size > 0)
			public->certificate[public->certificates++] =
				mikey_slice(der, size);
		else if (!err)
			err = fault_set(fault, ENOMEM, "out of memory");
		X509_free(chain[i]);
	}
	return err;
}

/* The key must be that of the chain's first certificate. */
static int check_key(const struct mikey_signer *signer,
		     const struct mikey_signer_files *files,
		     struct fault *fault)
{
	struct mikey_fault ignored;
	X509 *own;
	int good = 0;

	if (!mikey_certificate_parse(&own, signer->public.certificate[0],
				     &ignored))
		good = X509_check_private_key(own, signer->key);
	X509_free(own);
	return good == 1 ? 0 :
			   fault_set(fault, EINVAL,
				     "%s is not the key of the certificate %s",
				     files->key, files->certificate);
}

static int load_kms(struct mikey_signer *signer, const char *path, __s64 now,
		    struct fault *fault)
{
	struct mikey_public *public = &signer->public;
	struct mikey_fault why;
	__u8 *hash;
	int err = mikey_certificate_load(&signer->kms, path, fault);

	if (err)
		return err;
	if (mikey_certificate_may(signer->kms, MIKEY_USE_KMS, &why) ||
	    mikey_certificate_check_time(signer->kms, now, &why))
		return fault_set(fault, EINVAL, "%s: %s", path, why.text);
	hash = OPENSSL_malloc(MIKEY_FINGERPRINT);
	if (!hash)
		return fault_set(fault, ENOMEM, "out of memory");
	public->hash = MIKEY_HASH_SHA256;
	public->chash = mikey_slice(hash, MIKEY_FINGERPRINT);
	if (mikey_certificate_hash(signer->kms, public->hash, hash) < 0)
		return fault_set(fault, EIO, "there is no SHA-256");
	return 0;
}

int mikey_signer_load(struct mikey_signer *signer,
		      const struct mikey_signer_files *files, __s64 now,
		      struct fault *fault)
{
	int err;

	*signer = (struct mikey_signer){ .key = NULL };
	err = load_chain(&signer->public, files->certificate, fault);
	if (!err)
		err = mikey_rsa_load(&signer->key, files->key, fault);
	if (!err)
		err = check_key(signer, files, fault);
	if (!err)
		err = load_kms(signer, files->kms, now, fault);
	if (err)
		mikey_signer_free(signer);
	return err;
}

void mikey_signer_free(struct mikey_signer *signer)
{
	struct mikey_public *public = &signer->public;

	for (int i = 0; i < public->certificates; i++)
		OPENSSL_free((void *)public->certificate[i].at);
	OPENSSL_free((void *)public->chash.at);
	EVP_PKEY_free(signer->key);
	X509_free(signer->kms);
	*signer = (struct mikey_signer){ .key = NULL };
}

int mikey_signer_print(__u8 *buffer, size_t size,
		       const struct mikey_signer *signer,
		       struct mikey_query *query,
		       const struct mikey_secret *envelope)
{
	EVP_PKEY *kms = X509_get0_pubkey(signer->kms);
	__u8 sealed[MIKEY_RSA_MAX];
	int err = mikey_envelope_seal(sealed, kms, signer->envelope, envelope);

	if (err)
		return err;
	query->type = mikey_query_is_resolve(query) ? MIKEY_RESOLVE_INIT_PK :
						      MIKEY_REQUEST_INIT_PK;
	query->public = signer->public;
	query->public.envelope = mikey_slice(sealed, mikey_rsa_size(kms));
	err = mikey_query_sign(buffer, size, query, envelope, signer->key);
	/* It lies in the message, if anywhere. */
	query->public.envelope = (struct sg_slice){ "", 0 };
	return err;
}
