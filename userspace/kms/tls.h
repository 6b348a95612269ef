/* SPDX-License-Identifier: GPL-2.0-only */
/* TLS contexts of the listeners and of connections to other KMSs. */
#ifndef SRTPGATE_KMS_TLS_H
#define SRTPGATE_KMS_TLS_H

#include <openssl/ssl.h>

#include "kms/config.h"

/*
 * TLS 1.2 with forward secrecy and AEAD, or 1.3. With @config->authority the
 * other side must have a certificate of that authority, and resumption, which
 * would outlive it, is off. NULL with @fault.
 */
SSL_CTX *tls_open(const struct config_tls *config, bool server,
		  struct fault *fault);

#endif /* SRTPGATE_KMS_TLS_H */
