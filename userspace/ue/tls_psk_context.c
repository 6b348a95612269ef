// SPDX-License-Identifier: GPL-2.0-only
#include "ue/tls_psk_context.h"

#include <errno.h>
#include <openssl/err.h>

/*
 * TS 33.310 Annex E with PSK for RSA names suites without forward secrecy:
 * who learns a ticket's keys later could read all sessions. Those with (EC)DHE
 * ask nothing else of the other side. In TLS 1.3 a PSK goes with a hash, and
 * keys that come without one with SHA-256 (RFC 8446 4.2.11).
 */
#define SUITES                                                                 \
	"ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES256-GCM-SHA384:"               \
	"DHE-PSK-AES128-GCM-SHA256:DHE-PSK-CHACHA20-POLY1305:"                 \
	"ECDHE-PSK-AES128-CBC-SHA256"
#define PLAIN_SUITES                                                           \
	SUITES ":PSK-AES256-GCM-SHA384:PSK-AES128-GCM-SHA256:"                 \
	       "PSK-AES128-CBC-SHA256:PSK-AES128-CBC-SHA"
#define SUITES_13 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"

static struct tls_psk *psk_of(SSL *tls)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls));
}

static unsigned int give(const struct tls_psk *psk, unsigned char *key,
			 unsigned int room)
{
	if (psk->key.size > room)
		return 0;
	memcpy(key, psk->key.octets, psk->key.size);
	return psk->key.size;
}

/* 0: no key, which ends the handshake. */
static unsigned int on_server(SSL *tls, const char *identity,
			      unsigned char *key, unsigned int room)
{
	const struct tls_psk *psk = psk_of(tls);

	if (!identity || strcmp(identity, psk->identity))
		return 0;
	return give(psk, key, room);
}

static unsigned int on_client(SSL *tls, const char *hint, char *identity,
			      unsigned int identity_room, unsigned char *key,
			      unsigned int room)
{
	const struct tls_psk *psk = psk_of(tls);

	(void)hint;
	if (strlen(psk->identity) >= identity_room)
		return 0;
	strcpy(identity, psk->identity);
	return give(psk, key, room);
}

static int set_up(SSL_CTX *context, struct tls_psk *psk, bool server,
		  bool plain)
{
	if (!context ||
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(context, plain ? PLAIN_SUITES : SUITES) !=
		    1 ||
	    SSL_CTX_set_ciphersuites(context, SUITES_13) != 1)
		return -EIO;
	SSL_CTX_set_app_data(context, psk);
	/* The TEK opens each session anew (8.3.1.2): none is resumed. */
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
					     SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_dh_auto(context, 1);
	if (server) {
		SSL_CTX_set_psk_server_callback(context, on_server);
		return 0;
	}
	SSL_CTX_set_psk_client_callback(context, on_client);
	/* Nobody's certificate is good: there is no authority. */
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	return 0;
}

SSL_CTX *tls_psk_open(struct tls_psk *psk, bool server, bool plain,
		      struct fault *fault)
{
	SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() :
						TLS_client_method());

	if (!set_up(context, psk, server, plain))
		return context;
	fault_set(fault, EIO, "TLS cannot be set up");
	SSL_CTX_free(context);
	ERR_clear_error();
	return NULL;
}

/*
 * The suites of TLS 1.2 have a PSK all, and in TLS 1.3 a server that does not
 * take it shows a certificate.
 */
int tls_psk_check(const SSL *tls, struct fault *fault)
{
	if (!SSL_get0_peer_certificate(tls))
		return 0;
	return fault_set(fault, EACCES,
			 "the other side did not use the ticket's key");
}
