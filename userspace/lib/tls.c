// SPDX-License-Identifier: GPL-2.0-only
#include "lib/tls.h"

#include <errno.h>
#include <openssl/err.h>

#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "unknown reason";
}

static int set_identity(SSL_CTX *tls, const struct tls_files *files,
			struct fault *fault)
{
	if (!*files->certificate)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(tls, files->certificate) != 1)
		return fault_set(fault, EINVAL,
				 "the certificate %s cannot be used: %s",
				 files->certificate, reason());
	if (SSL_CTX_use_PrivateKey_file(tls, files->key, SSL_FILETYPE_PEM) !=
		    1 ||
	    SSL_CTX_check_private_key(tls) != 1)
		return fault_set(fault, EINVAL,
				 "the key %s of certificate %s cannot be used: "
				 "%s",
				 files->key, files->certificate, reason());
	return 0;
}

static int set_authority(SSL_CTX *tls, const struct tls_files *files,
			 bool server, struct fault *fault)
{
	if (!*files->authority && server)
		return 0;
	if (*files->authority ?
		    SSL_CTX_load_verify_file(tls, files->authority) != 1 :
		    SSL_CTX_set_default_verify_paths(tls) != 1)
		return fault_set(fault, EINVAL,
				 "the authority's certificates %s cannot be "
				 "read: %s",
				 files->authority, reason());
	SSL_CTX_set_verify(tls,
			   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(tls, 0);
	return 0;
}

SSL_CTX *tls_open(const struct tls_files *files, bool server,
		  struct fault *fault)
{
	SSL_CTX *tls = SSL_CTX_new(server ? TLS_server_method() :
					    TLS_client_method());
	int err;

	ERR_clear_error();
	if (!tls || SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(tls, CIPHERS) != 1) {
		fault_set(fault, ENOMEM, "TLS cannot be set up: %s", reason());
		SSL_CTX_free(tls);
		return NULL;
	}
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION);
	err = set_identity(tls, files, fault);
	if (!err)
		err = set_authority(tls, files, server, fault);
	if (!err)
		return tls;
	SSL_CTX_free(tls);
	return NULL;
}
