/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What RSA keys do in MIKEY's public-key variants: signatures (RFC 3830 4.2.6,
 * 6.5) and envelope keys (4.2.5, 6.3). The RFCs name no digest; both sides
 * take SHA-256, which SHA-1's weakness leaves no choice about. The registry of
 * signatures has no number for ECDSA, so there are no other keys.
 *
 * Functions return 0 or a negative errno: -ENOTSUP: no RSA key, or an
 * algorithm that is not known; -EIO: OpenSSL failed.
 */
#ifndef SRTPGATE_MIKEY_RSA_H
#define SRTPGATE_MIKEY_RSA_H

#include <openssl/types.h>

#include "lib/fault.h"
#include "lib/mikey_key.h"

enum {
	MIKEY_RSA_MAX = 2048,	/* octets of a modulus */
	MIKEY_RSA_STRENGTH = 128, /* bits at least, RFC 6043 12.1: RSA-3072 */
	MIKEY_ENVELOPE_MAX = 32, /* octets of an envelope key */
};

/* S type in SIGN; RFC 6509's ECCSI, 2, is none of ours. */
enum mikey_sign {
	MIKEY_SIGN_PKCS1,	/* RSASSA-PKCS1-v1_5 */
	MIKEY_SIGN_PSS,
};

/* How PKE is encrypted: no number on the wire, KMS and users agree on it. */
enum mikey_envelope {
	MIKEY_ENVELOPE_OAEP,	/* with SHA-256 */
	MIKEY_ENVELOPE_PKCS1,	/* RSAES-PKCS1-v1_5 */
};

/*
 * Octets of a signature or an envelope, or -ENOTSUP; -EKEYREJECTED: weaker
 * than MIKEY_RSA_STRENGTH.
 */
int mikey_rsa_size(const EVP_PKEY *key);

/*
 * Reads a private key from a PEM file that nobody else may read. Nobody is
 * asked for a passphrase. Negative errno with @fault.
 */
int mikey_rsa_load(EVP_PKEY **key, const char *path, struct fault *fault);

/* Bits of security (SP 800-57), to be compared with those of other keys. */
int mikey_rsa_strength(const EVP_PKEY *key);

/* Signs @parts slices, one behind the other, into mikey_rsa_size() octets. */
int mikey_sign(EVP_PKEY *key, __u8 kind, const struct sg_slice *part, int parts,
	       __u8 *signature);

/* -EBADMSG: another signature; -ENOTSUP; both with @fault. */
int mikey_sign_check(EVP_PKEY *key, __u8 kind, const struct sg_slice *part,
		     int parts, struct sg_slice signature,
		     struct mikey_fault *fault);

/* Encrypts an envelope key into mikey_rsa_size() octets. */
int mikey_envelope_seal(__u8 *out, EVP_PKEY *key, enum mikey_envelope kind,
			const struct mikey_secret *envelope);

/*
 * Decrypts. @envelope comes with as many random octets as its key may have at
 * most; they stay when @data has no key of @least octets up to that many, and
 * nobody can tell: not from what is returned, nor from the time. Else who may
 * ask often decrypts the envelopes of others (Bleichenbacher). -EINVAL: no
 * octets that were encrypted for a key of this size.
 */
int mikey_envelope_open(struct mikey_secret *envelope, EVP_PKEY *key,
			enum mikey_envelope kind, struct sg_slice data,
			size_t least);

#endif /* SRTPGATE_MIKEY_RSA_H */
