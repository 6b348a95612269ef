/* SPDX-License-Identifier: GPL-2.0-only */
/* TLS that knows one pre-shared key: tls_psk.h. */
#ifndef SRTPGATE_UE_TLS_PSK_CONTEXT_H
#define SRTPGATE_UE_TLS_PSK_CONTEXT_H

#include <openssl/ssl.h>

#include "ue/tls_psk.h"

/*
 * A TLS of 1.2 or 1.3 that knows this key and no other, and no certificates.
 * With forward secrecy, unless @plain allows PSK alone too, as TS 33.310's
 * suites have it. @psk has to outlive it. NULL: with @fault.
 */
SSL_CTX *tls_psk_open(struct tls_psk *psk, bool server, bool plain,
		      struct fault *fault);

/* After the handshake: was it our key? -EACCES. */
int tls_psk_check(const SSL *tls, struct fault *fault);

#endif /* SRTPGATE_UE_TLS_PSK_CONTEXT_H */
