// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_rsa.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lib/private_file.h"
#include "lib/secret.h"

#define DIGEST "SHA256"

int mikey_rsa_size(const EVP_PKEY *key)
{
	int size = EVP_PKEY_get_size(key);

	if (!EVP_PKEY_is_a(key, "RSA") || size > MIKEY_RSA_MAX)
		return -ENOTSUP;
	return mikey_rsa_strength(key) < MIKEY_RSA_STRENGTH ? -EKEYREJECTED :
							      size;
}

int mikey_rsa_strength(const EVP_PKEY *key)
{
	return EVP_PKEY_get_security_bits(key);
}

/* -- files ----------------------------------------------------------------- */

static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

int mikey_rsa_load(EVP_PKEY **key, const char *path, struct fault *fault)
{
	char *text;
	int size = private_file_read(&text, path, fault);
	BIO *memory;

	if (size < 0)
		return size;
	memory = BIO_new_mem_buf(text, size);
	*key = memory ? PEM_read_bio_PrivateKey(memory, NULL, no_passphrase,
						NULL) : NULL;
	BIO_free(memory);
	private_file_free(text, size);
	if (*key)
		return 0;
	return fault_set(fault, EINVAL,
			 "%s must hold a private key without a passphrase, in "
			 "PEM", path);
}

/* -- signatures ------------------------------------------------------------ */

/* A salt of any length is read; ours is as long as the digest. */
static bool set_padding(EVP_PKEY_CTX *rsa, __u8 kind, int salt)
{
	if (kind == MIKEY_SIGN_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(rsa, salt) > 0;
}

int mikey_sign(EVP_PKEY *key, __u8 kind, const struct sg_slice *part, int parts,
	       __u8 *signature)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	int wanted = mikey_rsa_size(key);
	size_t size = MIKEY_RSA_MAX;
	EVP_PKEY_CTX *rsa;
	bool ok;

	if (wanted < 0 || kind > MIKEY_SIGN_PSS) {
		EVP_MD_CTX_free(digest);
		return wanted < 0 ? wanted : -ENOTSUP;
	}
	ok = digest &&
	     EVP_DigestSignInit_ex(digest, &rsa, DIGEST, NULL, NULL, key,
				   NULL) > 0 &&
	     set_padding(rsa, kind, RSA_PSS_SALTLEN_DIGEST);
	for (int i = 0; i < parts && ok; i++)
		ok = EVP_DigestSignUpdate(digest, part[i].at, part[i].size) > 0;
	ok = ok && EVP_DigestSignFinal(digest, signature, &size) > 0 &&
	     size == (size_t)wanted;
	EVP_MD_CTX_free(digest);
	ERR_clear_error();
	return ok ? 0 : -EIO;
}

static bool is_signed(EVP_PKEY *key, __u8 kind, const struct sg_slice *part,
		      int parts, struct sg_slice signature)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	EVP_PKEY_CTX *rsa;
	bool ok = digest &&
		  EVP_DigestVerifyInit_ex(digest, &rsa, DIGEST, NULL, NULL,
					  key, NULL) > 0 &&
		  set_padding(rsa, kind, RSA_PSS_SALTLEN_AUTO);

	for (int i = 0; i < parts && ok; i++)
		ok = EVP_DigestVerifyUpdate(digest, part[i].at,
					    part[i].size) > 0;
	ok = ok && EVP_DigestVerifyFinal(digest,
					 (const __u8 *)signature.at,
					 signature.size) == 1;
	EVP_MD_CTX_free(digest);
	ERR_clear_error();
	return ok;
}

int mikey_sign_check(EVP_PKEY *key, __u8 kind, const struct sg_slice *part,
		     int parts, struct sg_slice signature,
		     struct mikey_fault *fault)
{
	int size = mikey_rsa_size(key);

	if (kind > MIKEY_SIGN_PSS)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSPECIFIED,
				  "the signature's algorithm is not known");
	if (size < 0)
		return mikey_fail(fault, size, MIKEY_INVALID_CERT,
				  "the signature's key is no RSA key, or too weak");
	if (signature.size != (size_t)size ||
	    !is_signed(key, kind, part, parts, signature))
		return mikey_fail(fault, -EBADMSG, MIKEY_AUTH_FAILURE,
				  "the signature is wrong");
	return 0;
}

/* -- envelopes ------------------------------------------------------------- */

static bool set_oaep(EVP_PKEY_CTX *rsa)
{
	return EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_OAEP_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md_name(rsa, DIGEST, NULL) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md_name(rsa, DIGEST, NULL) > 0;
}

int mikey_envelope_seal(__u8 *out, EVP_PKEY *key, enum mikey_envelope kind,
			const struct mikey_secret *envelope)
{
	int wanted = mikey_rsa_size(key);
	size_t size = MIKEY_RSA_MAX;
	EVP_PKEY_CTX *rsa;
	bool ok;

	if (wanted < 0)
		return wanted;
	rsa = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	ok = rsa && EVP_PKEY_encrypt_init(rsa) > 0 &&
	     (kind == MIKEY_ENVELOPE_OAEP ?
		      set_oaep(rsa) :
		      EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_PADDING) >
			      0) &&
	     EVP_PKEY_encrypt(rsa, out, &size, envelope->octets,
			      envelope->size) > 0 &&
	     size == (size_t)wanted;
	EVP_PKEY_CTX_free(rsa);
	ERR_clear_error();
	return ok ? 0 : -EIO;
}

/* All ones when both are equal, else 0: no branch. */
static __u32 equal_mask(__u32 a, __u32 b)
{
	__u32 other = a ^ b;

	return ((other | -other) >> 31) - 1;
}

/*
 * 00 || 02 || octets that are not 0 || 00 || the key (RFC 8017 7.2.1). What
 * is looked at, and how often, depends on sizes alone.
 */
static void take_pkcs1(struct mikey_secret *envelope, const __u8 *octets,
		       size_t size, size_t least)
{
	__u32 good = equal_mask(octets[0], 0) & equal_mask(octets[1], 2);
	__u32 before = ~0u, length = 0;
	size_t most = envelope->size;

	for (size_t i = 2; i < size; i++) {
		__u32 zero = equal_mask(octets[i], 0);

		length |= before & zero & (size - 1 - i);
		before &= ~zero;
	}
	for (size_t n = least; n <= most; n++) {
		__u32 it = good & equal_mask(length, n);

		for (size_t i = 0; i < n; i++)
			envelope->octets[i] ^=
				it & (envelope->octets[i] ^
				      octets[size - n + i]);
		envelope->size ^= it & (envelope->size ^ n);
	}
}

static void take_oaep(struct mikey_secret *envelope, const __u8 *octets,
		      size_t size, size_t least)
{
	if (size < least || size > envelope->size)
		return;
	memcpy(envelope->octets, octets, size);
	envelope->size = size;
}

/*
 * With OAEP OpenSSL says no more than whether it could, in constant time
 * (Manger). For PKCS #1 v1.5 it would say too much: so without its padding.
 */
int mikey_envelope_open(struct mikey_secret *envelope, EVP_PKEY *key,
			enum mikey_envelope kind, struct sg_slice data,
			size_t least)
{
	bool oaep = kind == MIKEY_ENVELOPE_OAEP, ok;
	__u8 octets[MIKEY_RSA_MAX];
	size_t size = sizeof(octets);
	int wanted = mikey_rsa_size(key);
	EVP_PKEY_CTX *rsa;

	if (wanted < 0)
		return wanted;
	if (data.size != (size_t)wanted || least > envelope->size)
		return -EINVAL;
	rsa = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (!rsa || EVP_PKEY_decrypt_init(rsa) <= 0 ||
	    !(oaep ? set_oaep(rsa) :
		     EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_NO_PADDING) > 0)) {
		EVP_PKEY_CTX_free(rsa);
		return -EIO;
	}
	ok = EVP_PKEY_decrypt(rsa, octets, &size, (const __u8 *)data.at,
			      data.size) > 0;
	EVP_PKEY_CTX_free(rsa);
	ERR_clear_error();
	if (oaep && ok)
		take_oaep(envelope, octets, size, least);
	else if (ok)
		take_pkcs1(envelope, octets, size, least);
	sg_secret_zero(octets, sizeof(octets));
	/* Without padding it fails for numbers beyond the modulus only. */
	return ok || oaep ? 0 : -EINVAL;
}
