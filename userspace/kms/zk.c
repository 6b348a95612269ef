// SPDX-License-Identifier: GPL-2.0-only
#include "kms/zk.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "kms/account.h"
#include "kms/tls.h"
#include "lib/host_port.h"
#include "lib/log.h"
#include "lib/mikey_exchange.h"
#include "lib/mikey_text.h"
#include "lib/secret.h"

enum {
	HEADERS_MAX = 8 << 10,	/* octets of an answer's headers */
	BODY_MAX = SG_BASE64_SIZE(MIKEY_MESSAGE_MAX),
};

struct zk {
	struct event_base *base;
	const struct config *config;
	SSL_CTX *tls;
	struct zk_peer peer[CONFIG_PEERS];
	int peers;
};

struct zk_call {
	zk_answered *done;
	void *arg;
	const struct zk_peer *peer;
	struct evhttp_connection *connection;
	struct evhttp_request *request;
};

/* -- peers ----------------------------------------------------------------- */

int zk_open(struct zk **out, struct event_base *base,
	    const struct config *config, struct fault *fault)
{
	struct zk *zk;
	int err = 0;

	if (!*config->zk.certificate)
		return 0;
	zk = calloc(1, sizeof(*zk));
	if (!zk)
		return fault_set(fault, ENOMEM, "out of memory");
	zk->base = base;
	zk->config = config;
	zk->tls = tls_open(&config->zk, false, fault);
	if (!zk->tls)
		err = -fault->error;
	for (int i = 0; i < config->peers && !err; i++) {
		struct zk_peer *peer = &zk->peer[zk->peers++];

		peer->config = &config->peer[i];
		peer->zk = zk;
		err = account_read_key(&peer->key, peer->config->key_file,
				       fault);
	}
	if (err)
		zk_close(zk);
	else
		*out = zk;
	return err;
}

void zk_close(struct zk *zk)
{
	if (!zk)
		return;
	SSL_CTX_free(zk->tls);
	sg_secret_zero(zk, sizeof(*zk));
	free(zk);
}

struct zk_peer *zk_find(struct zk *zk, struct sg_slice name)
{
	for (int i = 0; zk && i < zk->peers; i++)
		if (sg_slice_is_nocase(name, zk->peer[i].config->name))
			return &zk->peer[i];
	return NULL;
}

struct zk_peer *zk_who(struct zk *zk, SSL *ssl)
{
	X509 *certificate = ssl ? SSL_get0_peer_certificate(ssl) : NULL;

	if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK)
		return NULL;
	for (int i = 0; zk && i < zk->peers; i++)
		if (X509_check_host(certificate, zk->peer[i].config->name, 0,
				    X509_CHECK_FLAG_NO_WILDCARDS |
					    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
				    NULL) == 1)
			return &zk->peer[i];
	return NULL;
}

/* -- answers --------------------------------------------------------------- */

static int read_answer(__u8 *octets, struct evhttp_request *request)
{
	struct evbuffer *body;
	size_t size;

	if (!request || evhttp_request_get_response_code(request) != HTTP_OK)
		return -EAGAIN;
	body = evhttp_request_get_input_buffer(request);
	size = evbuffer_get_length(body);
	if (!size || size > BODY_MAX)
		return -EPROTO;
	size = mikey_body_parse(octets, MIKEY_MESSAGE_MAX,
				(struct sg_slice){
					(char *)evbuffer_pullup(body, -1),
					size });
	return (int)size < 0 ? -EPROTO : (int)size;
}

static void on_answer(struct evhttp_request *request, void *arg)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	struct zk_call *call = arg;
	int size = read_answer(octets, request);

	if (size < 0)
		sg_warning("the key management server %s did not answer%s",
			   call->peer->config->name,
			   size == -EPROTO ? " in MIKEY" : "");
	call->request = NULL;
	call->done(call->arg, size < 0 ? size : 0,
		   (struct sg_slice){ (char *)octets, size < 0 ? 0 : size });
	/* The connection frees itself behind its last request. */
	free(call);
}

/* -- questions ------------------------------------------------------------- */

/* The certificate must have the peer's name: RFC 6125. */
static SSL *make_ssl(const struct zk_peer *peer)
{
	SSL *ssl = SSL_new(peer->zk->tls);
	const char *name = peer->config->name;

	if (!ssl)
		return NULL;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_WILDCARDS |
				       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (SSL_set1_host(ssl, name) == 1 &&
	    SSL_set_tlsext_host_name(ssl, name) == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

static struct evhttp_connection *make_connection(const struct zk_peer *peer)
{
	struct evhttp_connection *connection;
	struct bufferevent *buffer;
	char host[CONFIG_TEXT];
	SSL *ssl;
	int port;

	if (sg_host_port(peer->config->address, host, sizeof(host), &port))
		return NULL;
	ssl = make_ssl(peer);
	if (!ssl)
		return NULL;
	buffer = bufferevent_openssl_socket_new(peer->zk->base, -1, ssl,
						BUFFEREVENT_SSL_CONNECTING,
						BEV_OPT_CLOSE_ON_FREE);
	if (!buffer) {
		SSL_free(ssl);
		return NULL;
	}
	/* Peers are known to close without TLS's good-bye. */
	bufferevent_openssl_set_allow_dirty_shutdown(buffer, 1);
	connection = evhttp_connection_base_bufferevent_new(
		peer->zk->base, NULL, buffer, host, port);
	if (!connection) {
		bufferevent_free(buffer);
		return NULL;
	}
	evhttp_connection_set_timeout(connection, peer->zk->config->timeout);
	evhttp_connection_set_max_headers_size(connection, HEADERS_MAX);
	evhttp_connection_set_max_body_size(connection, BODY_MAX);
	evhttp_connection_free_on_completion(connection);
	return connection;
}

static bool fill(struct evhttp_request *request, const struct zk_peer *peer,
		 struct sg_slice octets)
{
	static char body[BODY_MAX];
	struct evkeyvalq *headers =
		evhttp_request_get_output_headers(request);
	int size = mikey_body_print(body, sizeof(body), octets);

	return size > 0 &&
	       !evhttp_add_header(headers, "Host", peer->config->name) &&
	       !evhttp_add_header(headers, "Content-Type",
				  "application/mikey") &&
	       !evhttp_add_header(headers, "Connection", "close") &&
	       !evbuffer_add(evhttp_request_get_output_buffer(request), body,
			     size);
}

struct zk_call *zk_ask(struct zk_peer *peer, struct sg_slice octets,
		       zk_answered *done, void *arg)
{
	struct zk_call *call = malloc(sizeof(*call));

	if (!call)
		return NULL;
	*call = (struct zk_call){ .done = done, .arg = arg, .peer = peer };
	call->connection = make_connection(peer);
	call->request = evhttp_request_new(on_answer, call);
	if (!call->connection || !call->request ||
	    !fill(call->request, peer, octets)) {
		if (call->request)
			evhttp_request_free(call->request);
		if (call->connection)
			evhttp_connection_free(call->connection);
		free(call);
		return NULL;
	}
	/* From here on the request is not ours, whatever happens. */
	if (!evhttp_make_request(call->connection, call->request, EVHTTP_REQ_POST,
				 "/keymanagement?requesttype=ticketresolve"))
		return call;
	evhttp_connection_free(call->connection);
	free(call);
	return NULL;
}

void zk_cancel(struct zk_call *call)
{
	if (!call)
		return;
	if (call->request)
		evhttp_cancel_request(call->request);
	free(call);
}
