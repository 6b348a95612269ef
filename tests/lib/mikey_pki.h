/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys and certificates of tests/unit/data/mikey/pki, which pki.sh made.
 * What cannot be read ends the program; all is kept until its end.
 */
#ifndef SRTPGATE_TEST_MIKEY_PKI_H
#define SRTPGATE_TEST_MIKEY_PKI_H

#include <openssl/types.h>

#include "lib/slice.h"

#define MIKEY_PKI "tests/unit/data/mikey/pki/"

enum { MIKEY_PKI_TIME = 1900000000 }; /* s since 1970: 2030, all are valid */

EVP_PKEY *mikey_pki_key(const char *name);
X509 *mikey_pki_certificate(const char *name);
struct sg_slice mikey_pki_der(const char *name);

/* The hash that CHASH has for it, SHA-256. */
struct sg_slice mikey_pki_hash(const char *name);

/* Whom ca.pem vouches for; with @revoked, not for those in crl.pem. */
X509_STORE *mikey_pki_trust(bool revoked);

#endif /* SRTPGATE_TEST_MIKEY_PKI_H */
