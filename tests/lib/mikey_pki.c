// SPDX-License-Identifier: GPL-2.0-only
#include "mikey_pki.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "ktap.h"
#include "lib/mikey_certificate.h"

enum { KEPT_MAX = 64 };

static struct kept {
	char name[32];
	EVP_PKEY *key;
	X509 *certificate;
	__u8 *der;
	int size;
	__u8 hash[MIKEY_FINGERPRINT];
} kept[KEPT_MAX];
static X509_STORE *trust[2];

static void let_go(void)
{
	for (int i = 0; i < KEPT_MAX; i++) {
		EVP_PKEY_free(kept[i].key);
		X509_free(kept[i].certificate);
		OPENSSL_free(kept[i].der);
	}
	for (int i = 0; i < 2; i++)
		X509_STORE_free(trust[i]);
}

static struct kept *keep(const char *name)
{
	struct kept *k = kept;

	if (!*kept[0].name)
		atexit(let_go);
	while (*k->name && strcmp(k->name, name))
		if (++k == kept + KEPT_MAX)
			ktap_bail_out("too many certificates");
	snprintf(k->name, sizeof(k->name), "%s", name);
	return k;
}

EVP_PKEY *mikey_pki_key(const char *name)
{
	struct kept *k = keep(name);
	char path[128];
	FILE *file;

	if (k->key)
		return k->key;
	snprintf(path, sizeof(path), MIKEY_PKI "%s.key", name);
	file = fopen(path, "r");
	if (file) {
		k->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
	}
	if (!k->key)
		ktap_bail_out("%s cannot be read", path);
	return k->key;
}

static struct kept *certificate(const char *name)
{
	struct kept *k = keep(name);
	struct fault fault;
	char path[128];

	if (k->certificate)
		return k;
	snprintf(path, sizeof(path), MIKEY_PKI "%s.pem", name);
	if (mikey_certificate_load(&k->certificate, path, &fault))
		ktap_bail_out("%s", fault.text);
	k->size = i2d_X509(k->certificate, &k->der);
	mikey_certificate_hash(k->certificate, MIKEY_HASH_SHA256, k->hash);
	return k;
}

X509 *mikey_pki_certificate(const char *name)
{
	return certificate(name)->certificate;
}

struct sg_slice mikey_pki_der(const char *name)
{
	struct kept *k = certificate(name);

	return (struct sg_slice){ (char *)k->der, k->size };
}

struct sg_slice mikey_pki_hash(const char *name)
{
	return (struct sg_slice){ (char *)certificate(name)->hash,
				  MIKEY_FINGERPRINT };
}

X509_STORE *mikey_pki_trust(bool revoked)
{
	struct fault fault;

	keep("ca");
	if (!trust[revoked] &&
	    mikey_trust_load(&trust[revoked], MIKEY_PKI "ca.pem",
			     revoked ? MIKEY_PKI "crl.pem" : "", &fault))
		ktap_bail_out("%s", fault.text);
	return trust[revoked];
}
