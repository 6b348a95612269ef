/* SPDX-License-Identifier: GPL-2.0-only */
/* TLS contexts, of listeners and of connections to others. */
#ifndef SRTPGATE_TLS_H
#define SRTPGATE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "lib/fault.h"

/* Paths of PEM files; "": none. */
struct tls_files {
	const char *certificate; /* with the chain */
	const char *key;
	const char *authority;	/* who vouches for the other side */
};

/*
 * TLS 1.2 with forward secrecy and AEAD, or 1.3. The other side must have a
 * certificate of @files->authority; without one a client takes the system's
 * authorities and a server asks for no certificate. Where it asks, resumption,
 * which would outlive the certificate, is off. NULL with @fault.
 */
SSL_CTX *tls_open(const struct tls_files *files, bool server,
		  struct fault *fault);

#endif /* SRTPGATE_TLS_H */
