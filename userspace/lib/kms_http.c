// SPDX-License-Identifier: GPL-2.0-only
#include "lib/kms_http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <netinet/tcp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/host_port.h"
#include "lib/mikey_exchange.h"
#include "lib/mikey_text.h"

enum {
	HOST_MAX = 256,	       /* octets of an address */
	HEADERS_MAX = 8 << 10, /* octets of an answer's headers */
	BODY_MAX = SG_BASE64_SIZE(MIKEY_MESSAGE_MAX) + 1024, /* and blanks */
};

struct kms_http {
	kms_http_answered *done;
	void *arg;
	const struct kms_http_server *server;
	struct kms_http_pool *pool; /* NULL: the connection frees itself */
	struct event *deadline;
	SSL *ssl; /* outlives the connection; NULL: no TLS */
	struct evhttp_connection *connection;
	__u64 made; /* ms, when the connection was */
	struct evhttp_request *request;
};

/* -- answers --------------------------------------------------------------- */

static void free_call(struct kms_http *call)
{
	if (call->deadline)
		event_free(call->deadline);
	SSL_free(call->ssl);
	free(call);
}

/* This may be the connection's own callback: only behind it it is used again. */
static void finish(struct kms_http *call, const struct fault *fault,
		   struct sg_slice octets)
{
	const struct kms_http_kept kept = { call->connection, call->ssl,
					    call->made };
	struct kms_http_pool *pool = call->pool;
	kms_http_answered *done = call->done;
	void *arg = call->arg;

	if (pool)
		call->ssl = NULL;
	free_call(call);
	done(arg, fault, octets);
	if (pool)
		kms_http_pool_put(pool, &kept);
}

/* There is no answer; @status is HTTP's, 0: none. */
static int explain(const struct kms_http *call, int status, struct fault *fault)
{
	const struct kms_http_server *server = call->server;
	long verified =
		call->ssl ? SSL_get_verify_result(call->ssl) : X509_V_OK;

	if (status)
		return fault_set(fault, EAGAIN,
				 "the key management server %s answers with "
				 "HTTP status %d",
				 server->name, status);
	if (verified != X509_V_OK)
		return fault_set(fault, EAGAIN,
				 "the certificate of the key management server "
				 "%s at %s is not accepted: %s",
				 server->name, server->address,
				 X509_verify_cert_error_string(verified));
	return fault_set(fault, EAGAIN,
			 "the key management server %s does not answer at %s",
			 server->name, server->address);
}

static int read_answer(__u8 *octets, const struct kms_http *call,
		       struct evhttp_request *request, struct fault *fault)
{
	struct evbuffer *body;
	struct sg_slice text;
	int status, size;

	status = request ? evhttp_request_get_response_code(request) : 0;
	if (status != HTTP_OK)
		return explain(call, status, fault);
	body = evhttp_request_get_input_buffer(request);
	text.size = evbuffer_get_length(body);
	text.at = (char *)evbuffer_pullup(body, -1);
	size = text.at ? mikey_body_parse(octets, MIKEY_MESSAGE_MAX, text)
		       : -EPROTO;
	if (size < 0)
		return fault_set(fault, EPROTO,
				 "the key management server %s at %s does not "
				 "answer in MIKEY",
				 call->server->name, call->server->address);
	return size;
}

static void on_lost(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	evhttp_connection_free(arg);
}

/*
 * libevent leaves to us a connection that could not be made, whatever it is to
 * do on completion. Its request has no status then; but this is its callback.
 */
static void free_unmade(const struct kms_http *call,
			struct evhttp_request *request)
{
	if (!call->pool && request && !evhttp_request_get_response_code(request))
		event_base_once(evhttp_connection_get_base(call->connection),
				-1, EV_TIMEOUT, on_lost, call->connection,
				NULL);
}

static void on_answer(struct evhttp_request *request, void *arg)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	struct kms_http *call = arg;
	struct fault fault;
	int size = read_answer(octets, call, request, &fault);

	free_unmade(call, request);
	finish(call, size < 0 ? &fault : NULL,
	       (struct sg_slice){(char *)octets, size < 0 ? 0 : size});
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct kms_http *call = arg;
	struct fault fault;

	(void)fd;
	(void)what;
	fault_set(&fault, EAGAIN,
		  "the key management server %s at %s did not answer within "
		  "%d s",
		  call->server->name, call->server->address,
		  call->server->timeout);
	evhttp_cancel_request(call->request);
	finish(call, &fault, (struct sg_slice){0});
}

/* -- questions ------------------------------------------------------------- */

/* The certificate must have the server's name: RFC 6125. */
static SSL *make_ssl(const struct kms_http_server *server)
{
	SSL *ssl = SSL_new(server->tls);

	if (!ssl)
		return NULL;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_WILDCARDS |
				       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (SSL_set1_host(ssl, server->name) == 1 &&
	    SSL_set_tlsext_host_name(ssl, server->name) == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

static struct bufferevent *make_buffer(struct kms_http *call,
				       struct event_base *base)
{
	struct bufferevent *buffer;

	if (!call->server->tls)
		return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	call->ssl = make_ssl(call->server);
	if (!call->ssl)
		return NULL;
	/* Of the two owners each frees it, a buffer that fails as well. */
	SSL_up_ref(call->ssl);
	buffer = bufferevent_openssl_socket_new(base, -1, call->ssl,
						BUFFEREVENT_SSL_CONNECTING,
						BEV_OPT_CLOSE_ON_FREE);
	if (!buffer)
		return NULL;
	/* Servers are known to close without TLS's good-bye. */
	bufferevent_openssl_set_allow_dirty_shutdown(buffer, 1);
	return buffer;
}

static int make_connection(struct kms_http *call, struct event_base *base,
			   struct fault *fault)
{
	const struct kms_http_server *server = call->server;
	struct bufferevent *buffer;
	char host[HOST_MAX];
	int port;

	if (sg_host_port(server->address, host, sizeof(host), &port))
		return fault_set(fault, EINVAL,
				 "the address %s of the key management server "
				 "%s is not of the form 192.0.2.7:8443",
				 server->address, server->name);
	buffer = make_buffer(call, base);
	if (!buffer)
		return -ENOMEM;
	call->connection = evhttp_connection_base_bufferevent_new(
		base, NULL, buffer, host, port);
	if (!call->connection) {
		bufferevent_free(buffer);
		return -ENOMEM;
	}
	/* The deadline comes first, and says more. */
	evhttp_connection_set_timeout(call->connection, server->timeout + 1);
	evhttp_connection_set_max_headers_size(call->connection, HEADERS_MAX);
	evhttp_connection_set_max_body_size(call->connection, BODY_MAX);
	if (!call->pool)
		evhttp_connection_free_on_completion(call->connection);
	call->made = clock_ms();
	return 0;
}

static int find_connection(struct kms_http *call, struct event_base *base,
			   struct fault *fault)
{
	struct kms_http_kept kept;

	if (!call->pool || !kms_http_pool_take(call->pool, &kept))
		return make_connection(call, base, fault);
	call->connection = kept.connection;
	call->ssl = kept.ssl;
	call->made = kept.made;
	return 0;
}

/* A small question must not wait until the last one's end is acknowledged. */
static void set_no_delay(struct kms_http *call)
{
	int on = 1, fd = bufferevent_getfd(
			    evhttp_connection_get_bufferevent(call->connection));

	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* TS 33.328 A.2: "kms.operator.example:1234", the port of our address. */
static bool name_host(struct evkeyvalq *headers,
		      const struct kms_http_server *server)
{
	char host[HOST_MAX];
	int size = snprintf(host, sizeof(host), "%s%s", server->name,
			    strrchr(server->address, ':'));

	return size < (int)sizeof(host) &&
	       !evhttp_add_header(headers, "Host", host);
}

static bool fill(struct evhttp_request *request, const struct kms_http *call,
		 struct sg_slice octets)
{
	static char body[SG_BASE64_SIZE(MIKEY_MESSAGE_MAX)];
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	int size = mikey_body_print(body, sizeof(body), octets);

	return size > 0 && name_host(headers, call->server) &&
	       !evhttp_add_header(headers, "Content-Type",
				  "application/mikey") &&
	       !evhttp_add_header(headers, "Connection",
				  call->pool ? "keep-alive" : "close") &&
	       !evbuffer_add(evhttp_request_get_output_buffer(request), body,
			     size);
}

static int make_request(struct kms_http *call, struct event_base *base,
			struct sg_slice octets)
{
	struct timeval timeout = {.tv_sec = call->server->timeout};

	call->request = evhttp_request_new(on_answer, call);
	call->deadline = evtimer_new(base, on_deadline, call);
	if (!call->request || !call->deadline ||
	    !fill(call->request, call, octets) ||
	    evtimer_add(call->deadline, &timeout))
		return -ENOMEM;
	return 0;
}

/* The requesttype is the one of the message. */
static const char *path_of(struct sg_slice octets)
{
	__u8 type = octets.size > 1 ? octets.at[1] : 0;

	return type == MIKEY_REQUEST_INIT_PSK || type == MIKEY_REQUEST_INIT_PK
		       ? "/keymanagement?requesttype=ticketrequest"
		       : "/keymanagement?requesttype=ticketresolve";
}

static void drop(struct kms_http *call)
{
	if (call->request)
		evhttp_request_free(call->request);
	if (call->connection)
		evhttp_connection_free(call->connection);
	free_call(call);
}

struct kms_http *kms_http_ask_kept(struct event_base *base,
				   const struct kms_http_server *server,
				   struct kms_http_pool *pool,
				   struct sg_slice octets,
				   kms_http_answered *done, void *arg,
				   struct fault *fault)
{
	struct kms_http *call = calloc(1, sizeof(*call));

	fault_set(fault, EAGAIN,
		  "the key management server %s cannot be asked at %s: no "
		  "memory or no descriptor is left",
		  server->name, server->address);
	if (!call)
		return NULL;
	*call = (struct kms_http){ .done = done, .arg = arg, .server = server,
				   .pool = pool };
	if (find_connection(call, base, fault) ||
	    make_request(call, base, octets)) {
		drop(call);
		return NULL;
	}
	/* From here on the request is not ours, whatever happens. */
	if (!evhttp_make_request(call->connection, call->request,
				 EVHTTP_REQ_POST, path_of(octets))) {
		set_no_delay(call);
		return call;
	}
	call->request = NULL;
	drop(call);
	return NULL;
}

struct kms_http *kms_http_ask(struct event_base *base,
			      const struct kms_http_server *server,
			      struct sg_slice octets, kms_http_answered *done,
			      void *arg, struct fault *fault)
{
	return kms_http_ask_kept(base, server, NULL, octets, done, arg, fault);
}

void kms_http_cancel(struct kms_http *call)
{
	if (!call)
		return;
	evhttp_cancel_request(call->request);
	if (call->pool)
		evhttp_connection_free(call->connection);
	free_call(call);
}
