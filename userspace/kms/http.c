// SPDX-License-Identifier: GPL-2.0-only
#include "kms/http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kms/exchange.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/host_port.h"
#include "lib/mikey_exchange.h"
#include "lib/mikey_text.h"
#include "lib/tls.h"

#define PATH "/keymanagement"
#define TYPE "application/mikey"

enum {
	HEADERS_MAX = 8 << 10,	/* octets of a request's headers */
	BODY_MAX = SG_BASE64_SIZE(MIKEY_MESSAGE_MAX) + 1024, /* and blanks */
	BACKLOG = 1024,
	REST = 100,		/* ms without new connections, when full */
	QUIET = 250,		/* ms without requests, before the end */
};

/* One listener. */
struct door {
	struct http *http;
	struct evhttp *server;
	struct evhttp_bound_socket *socket;
	SSL_CTX *tls;		/* NULL: in the clear */
	bool zk;
};

TAILQ_HEAD(jobs, job);

struct http {
	struct kms *kms;
	struct door door[3];
	int doors;
	struct jobs asking;	/* queries on their way */
	struct jobs answered;	/* in this turn of the event loop */
	struct event *write;	/* them, at the end of the turn */
	bool draining;
	__u64 asked;		/* ms, the last request */
	struct event *rest;
};

/* For on_full(), whose argument evhttp has made its own. */
static struct http *opened;

/* A request from when it is read until its answer is written. */
struct job {
	TAILQ_ENTRY(job) order;
	struct http *http;
	struct evhttp_request *request;
	struct exchange *exchange;
	bool answered;
};

/* -- answers --------------------------------------------------------------- */

static void refuse(struct evhttp_request *request, int status,
		   const char *reason)
{
	struct evbuffer *none = evbuffer_new();

	evhttp_add_header(evhttp_request_get_output_headers(request),
			  "Content-Length", "0");
	evhttp_send_reply(request, status, reason, none);
	if (none)
		evbuffer_free(none);
}

/* Its connection is closed with the answer, and the client told. */
static void say_last(struct evhttp_request *request)
{
	evhttp_add_header(evhttp_request_get_output_headers(request),
			  "Connection", "close");
}

static const char *reason_of(enum exchange_status status)
{
	switch (status) {
	case EXCHANGE_OK:
		return "OK";
	case EXCHANGE_BAD:
		return "Bad Request";
	case EXCHANGE_FORBIDDEN:
		return "Forbidden";
	case EXCHANGE_UNAVAILABLE:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

static void answer(struct evhttp_request *request, enum exchange_status status,
		   struct sg_slice octets)
{
	static char body[SG_BASE64_SIZE(MIKEY_MESSAGE_MAX)];
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	int size = mikey_body_print(body, sizeof(body), octets);

	if (status != EXCHANGE_OK || size < 0) {
		refuse(request, status, reason_of(status));
		return;
	}
	evhttp_add_header(headers, "Content-Type", TYPE);
	/* Nothing between us and the user has any use for keeping it. */
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evbuffer_add(evhttp_request_get_output_buffer(request), body, size);
	evhttp_send_reply(request, status, reason_of(status), NULL);
}

/* -- jobs ------------------------------------------------------------------ */

static void free_job(struct job *job)
{
	struct http *http = job->http;

	TAILQ_REMOVE(job->answered ? &http->answered : &http->asking, job,
		     order);
	free(job);
}

static void on_done(void *arg, enum exchange_status status,
		    struct sg_slice octets)
{
	struct job *job = arg;
	struct http *http = job->http;

	TAILQ_REMOVE(&http->asking, job, order);
	TAILQ_INSERT_TAIL(&http->answered, job, order);
	event_active(http->write, EV_TIMEOUT, 0);
	job->answered = true;
	job->exchange = NULL;
	answer(job->request, status, octets);
}

/*
 * Left alone evhttp first has epoll say that it may write, which takes two more
 * system calls and a turn for each answer. It is told when all is written; what
 * is left it writes as ever, and what goes over TLS.
 */
static void write_now(struct evhttp_connection *connection)
{
	struct bufferevent *buffer =
		evhttp_connection_get_bufferevent(connection);
	struct evbuffer *output = bufferevent_get_output(buffer);

	if (bufferevent_openssl_get_ssl(buffer))
		return;
	evbuffer_unfreeze(output, 1);
	evbuffer_write(output, bufferevent_getfd(buffer));
	evbuffer_freeze(output, 1);
	bufferevent_trigger(buffer, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

/* One behind the other: whoever waits for several is woken once. */
static void on_write(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;
	struct job *job;

	(void)fd;
	(void)what;
	while ((job = TAILQ_FIRST(&http->answered))) {
		struct evhttp_connection *connection =
			evhttp_request_get_connection(job->request);

		evhttp_connection_set_closecb(connection, NULL, NULL);
		free_job(job);
		write_now(connection);
	}
}

/* Its connection is gone before the answer was there, or written. */
static void on_gone(struct evhttp_connection *connection, void *arg)
{
	struct job *job = arg;

	(void)connection;
	exchange_cancel(job->exchange);
	free_job(job);
}

/* -- requests -------------------------------------------------------------- */

/* "requesttype" among parameters of which we know no other. */
static int read_type(const char *query, enum mikey_data_type *type)
{
	struct sg_cursor c = sg_cursor_of_slice(sg_slice_of(query));
	struct sg_slice one, name;
	int found = 0;

	while (sg_cursor_left(&c)) {
		struct sg_cursor parameter;

		one = sg_cursor_until(&c, '&');
		parameter = sg_cursor_of_slice(one);
		if (!sg_cursor_field(&parameter, '=', &name) ||
		    !sg_slice_is(name, "requesttype"))
			continue;
		found++;
		if (sg_slice_is(sg_cursor_rest(&parameter), "ticketrequest"))
			*type = MIKEY_REQUEST_INIT_PSK;
		else if (sg_slice_is(sg_cursor_rest(&parameter),
				     "ticketresolve"))
			*type = MIKEY_RESOLVE_INIT_PSK;
		else
			return -EINVAL;
	}
	return found == 1 ? 0 : -EINVAL;
}

/* RFC 3830 10.1: there may be parameters behind it, such as version=1. */
static bool is_mikey(struct evhttp_request *request)
{
	const char *text = evhttp_find_header(
		evhttp_request_get_input_headers(request), "Content-Type");
	struct sg_cursor c;

	if (!text)
		return false;
	c = sg_cursor_of_slice(sg_slice_of(text));
	return sg_slice_is_nocase(sg_slice_trim(sg_cursor_until(&c, ';')),
				  TYPE);
}

static int read_body(__u8 *octets, struct evhttp_request *request)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	size_t size = evbuffer_get_length(body);

	if (!size)
		return -EINVAL;
	return mikey_body_parse(octets, MIKEY_MESSAGE_MAX,
				(struct sg_slice){
					(char *)evbuffer_pullup(body, -1),
					size });
}

/* Who is at the other end; on Zk it must be a KMS that we know. */
static bool find_from(struct exchange_from *from, const struct door *door,
		      struct evhttp_request *request)
{
	struct evhttp_connection *connection =
		evhttp_request_get_connection(request);
	char *address = NULL;
	ev_uint16_t port;

	evhttp_connection_get_peer(connection, &address, &port);
	*from = (struct exchange_from){ .address = address ? address : "" };
	if (!door->zk)
		return true;
	from->peer = zk_who(door->http->kms->zk,
			    bufferevent_openssl_get_ssl(
				    evhttp_connection_get_bufferevent(
					    connection)));
	return from->peer;
}

static void start(struct door *door, struct evhttp_request *request,
		  enum mikey_data_type type, struct sg_slice octets,
		  const struct exchange_from *from)
{
	struct http *http = door->http;
	struct job *job = malloc(sizeof(*job));
	struct exchange *exchange;

	if (!job) {
		refuse(request, EXCHANGE_BROKEN, reason_of(EXCHANGE_BROKEN));
		return;
	}
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
				      on_gone, job);
	*job = (struct job){ .http = http, .request = request };
	TAILQ_INSERT_TAIL(&http->asking, job, order);
	/* When it is NULL the job is done. */
	exchange = exchange_start(http->kms, type, octets, from, on_done, job);
	if (exchange)
		job->exchange = exchange;
}

static void note_request(struct http *http, struct evhttp_request *request)
{
	http->asked = clock_ms();
	if (http->draining)
		say_last(request);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	struct door *door = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *query = evhttp_uri_get_query(uri);
	struct exchange_from from;
	enum mikey_data_type type;
	int size;

	note_request(door->http, request);
	if (!find_from(&from, door, request)) {
		refuse(request, 403, "Forbidden");
		return;
	}
	if (evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
		evhttp_add_header(evhttp_request_get_output_headers(request),
				  "Allow", "POST");
		refuse(request, 405, "Method Not Allowed");
		return;
	}
	if (!is_mikey(request)) {
		refuse(request, 415, "Unsupported Media Type");
		return;
	}
	size = read_body(octets, request);
	if (size < 0 || read_type(query ? query : "", &type)) {
		door->http->kms->count[COUNT_BAD]++;
		refuse(request, 400, "Bad Request");
		return;
	}
	start(door, request, type,
	      (struct sg_slice){ (char *)octets, size }, &from);
}

static void on_other(struct evhttp_request *request, void *arg)
{
	(void)arg;
	refuse(request, 404, "Not Found");
}

/* -- connections ----------------------------------------------------------- */

static struct bufferevent *make_buffer(struct event_base *base, void *arg)
{
	struct door *door = arg;
	struct bufferevent *buffer;
	SSL *ssl;

	ssl = SSL_new(door->tls);
	if (!ssl)
		return NULL;
	/* It frees @ssl, also when it fails. */
	buffer = bufferevent_openssl_socket_new(base, -1, ssl,
						BUFFEREVENT_SSL_ACCEPTING,
						BEV_OPT_CLOSE_ON_FREE);
	if (buffer)
		bufferevent_openssl_set_allow_dirty_shutdown(buffer, 1);
	return buffer;
}

static void set_listening(struct http *http, bool listening)
{
	for (int i = 0; i < http->doors; i++) {
		struct evconnlistener *listener =
			evhttp_bound_socket_get_listener(http->door[i].socket);

		if (listening)
			evconnlistener_enable(listener);
		else
			evconnlistener_disable(listener);
	}
}

static void on_rested(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	set_listening(arg, true);
}

/* Out of descriptors: idle connections run out of time meanwhile. */
static void on_full(struct evconnlistener *listener, void *arg)
{
	static const struct timeval rest = { 0, REST * 1000 };

	(void)listener;
	(void)arg;
	set_listening(opened, false);
	event_add(opened->rest, &rest);
}

static int bind_socket(const char *where, struct fault *fault)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST |
					      AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char host[CONFIG_TEXT], service[8];
	int port, fd, on = 1;

	if (sg_host_port(where, host, sizeof(host), &port))
		goto err_address;
	snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(host, service, &hints, &found))
		goto err_address;
	fd = socket(found->ai_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Replicas on one host share the port: each CPU can have its own. */
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ||
	    bind(fd, found->ai_addr, found->ai_addrlen) ||
	    listen(fd, BACKLOG)) {
		fault_set(fault, errno, "nobody can listen at %s: %s", where,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -fault->error;
	}
	/* Connections inherit it: answers go out as they are written. */
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	freeaddrinfo(found);
	return fd;
err_address:
	return fault_set(fault, EINVAL,
			 "\"%s\" must be an address and a port, such as "
			 "\"[::]:8080\"",
			 where);
}

static int bind_door(struct door *door, const char *where, struct fault *fault)
{
	int fd = bind_socket(where, fault);

	if (fd < 0)
		return fd;
	door->socket = evhttp_accept_socket_with_handle(door->server, fd);
	if (!door->socket) {
		close(fd);
		return fault_set(fault, ENOMEM, "out of memory");
	}
	evconnlistener_set_error_cb(
		evhttp_bound_socket_get_listener(door->socket), on_full);
	return 0;
}

/* -- doors ----------------------------------------------------------------- */

static int open_door(struct http *http, const char *where,
		     const struct config_tls *tls, bool zk,
		     struct fault *fault)
{
	struct door *door = &http->door[http->doors];

	if (!*where)
		return 0;
	*door = (struct door){ .http = http, .zk = zk };
	door->server = evhttp_new(http->kms->base);
	if (!door->server)
		return fault_set(fault, ENOMEM, "out of memory");
	http->doors++;
	if (tls) {
		door->tls = tls_open(&config_tls_files(tls), true, fault);
		if (!door->tls)
			return -fault->error;
		evhttp_set_bevcb(door->server, make_buffer, door);
	}
	evhttp_set_timeout(door->server, http->kms->config.timeout);
	evhttp_set_max_headers_size(door->server, HEADERS_MAX);
	evhttp_set_max_body_size(door->server, BODY_MAX);
	evhttp_set_allowed_methods(door->server, ~0);
	evhttp_set_default_content_type(door->server, NULL);
	evhttp_set_cb(door->server, PATH, on_request, door);
	evhttp_set_gencb(door->server, on_other, NULL);
	return bind_door(door, where, fault);
}

int http_open(struct http **out, struct kms *kms, struct fault *fault)
{
	const struct config *config = &kms->config;
	struct http *http = calloc(1, sizeof(*http));
	int err = 0;

	if (!http)
		return fault_set(fault, ENOMEM, "out of memory");
	opened = http;
	http->kms = kms;
	TAILQ_INIT(&http->asking);
	TAILQ_INIT(&http->answered);
	http->rest = evtimer_new(kms->base, on_rested, http);
	http->write = event_new(kms->base, -1, 0, on_write, http);
	if (!http->rest || !http->write)
		err = fault_set(fault, ENOMEM, "out of memory");
	if (!err)
		err = open_door(http, config->listen, NULL, false, fault);
	if (!err)
		err = open_door(http, config->tls.listen, &config->tls, false,
				fault);
	if (!err)
		err = open_door(http, config->zk.listen, &config->zk, true,
				fault);
	if (err)
		http_close(http);
	else
		*out = http;
	return err;
}

static void close_doors(struct http *http)
{
	for (int i = 0; i < http->doors; i++)
		if (http->door[i].socket)
			evhttp_del_accept_socket(http->door[i].server,
						 http->door[i].socket);
	event_del(http->rest);
}

void http_drain(struct http *http)
{
	struct job *job;

	http->draining = true;
	http->asked = clock_ms();
	close_doors(http);
	TAILQ_FOREACH(job, &http->asking, order)
		say_last(job->request);
}

bool http_drained(const struct http *http)
{
	return TAILQ_EMPTY(&http->asking) && TAILQ_EMPTY(&http->answered) &&
	       clock_ms() - http->asked >= QUIET;
}

size_t http_waiting(const struct http *http)
{
	const struct job *job;
	size_t waiting = 0;

	TAILQ_FOREACH(job, &http->asking, order)
		waiting++;
	return waiting;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	/* With the connections the jobs go: on_gone(). */
	for (int i = 0; i < http->doors; i++) {
		evhttp_free(http->door[i].server);
		SSL_CTX_free(http->door[i].tls);
	}
	if (http->write)
		event_free(http->write);
	if (http->rest)
		event_free(http->rest);
	free(http);
}
