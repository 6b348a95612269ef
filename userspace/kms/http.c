// SPDX-License-Identifier: GPL-2.0-only
#include "kms/http.h"

#include <errno.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kms/exchange.h"
#include "kms/http_connection.h"
#include "lib/cursor.h"
#include "lib/host_port.h"
#include "lib/tls.h"

#define PATH "/keymanagement"
#define TYPE "application/mikey"

enum {
	BACKLOG = 1024,
	REST = 100,		/* ms without new connections, when full */
};

/* One listener. */
struct door {
	struct http *http;
	struct evconnlistener *listener;
	SSL_CTX *tls;		/* NULL: in the clear */
	bool zk;
};

struct http {
	struct kms *kms;
	struct door door[3];
	int doors;
	struct http_connections connections;
	struct event *rest;
};

/* -- answers --------------------------------------------------------------- */

static void refuse(struct http_connection *connection, int status)
{
	http_connection_answer(connection, status,
			       status == 405 ? "Allow: POST\r\n" : "",
			       (struct sg_slice){ "", 0 });
}

static void on_done(void *arg, enum exchange_status status,
		    struct sg_slice octets)
{
	static char body[SG_BASE64_SIZE(MIKEY_MESSAGE_MAX)];
	int size = mikey_body_print(body, sizeof(body), octets);

	if (status != EXCHANGE_OK || size < 0)
		refuse(arg, status == EXCHANGE_OK ? EXCHANGE_BROKEN : status);
	else
		/* Nothing between us and the user has any use for keeping it. */
		http_connection_answer(arg, status,
				       "Content-Type: " TYPE "\r\n"
				       "Cache-Control: no-store\r\n",
				       (struct sg_slice){ body, size });
}

/* -- requests -------------------------------------------------------------- */

/* "requesttype" among parameters of which we know no other. */
static int read_type(struct sg_slice query, enum mikey_data_type *type)
{
	struct sg_cursor c = sg_cursor_of_slice(query);
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

/* Who is at the other end; on Zk it must be a KMS that we know. */
static bool find_from(struct exchange_from *from, const struct door *door,
		      struct http_connection *connection)
{
	*from = (struct exchange_from){
		.address = http_connection_address(connection),
	};
	if (door->zk)
		from->peer = zk_who(door->http->kms->zk,
				    http_connection_ssl(connection));
	return !door->zk || from->peer;
}

static void ask(struct http_connection *connection,
		const struct http_request *request, const struct door *door,
		const struct exchange_from *from)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	int size = mikey_body_parse(octets, sizeof(octets), request->body);
	struct kms *kms = door->http->kms;
	enum mikey_data_type type;
	struct exchange *exchange;

	if (size < 0 || read_type(request->query, &type)) {
		kms->count[COUNT_BAD]++;
		refuse(connection, 400);
		return;
	}
	exchange = exchange_start(kms, type,
				  (struct sg_slice){ (char *)octets, size },
				  from, on_done, connection);
	if (exchange)
		http_connection_wait(connection, exchange);
}

static void on_request(struct http_connection *connection,
		       const struct http_request *request, void *arg)
{
	const struct door *door = arg;
	struct exchange_from from;

	if (!sg_slice_is(request->path, PATH))
		refuse(connection, 404);
	else if (!find_from(&from, door, connection))
		refuse(connection, 403);
	else if (!sg_slice_is(request->method, "POST"))
		refuse(connection, 405);
	else if (!sg_slice_is_nocase(request->media, TYPE))
		refuse(connection, 415);
	else
		ask(connection, request, door, &from);
}

static void on_gone(void *exchange)
{
	exchange_cancel(exchange);
}

/* -- connections ----------------------------------------------------------- */

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
			  struct sockaddr *from, int size, void *arg)
{
	struct door *door = arg;
	SSL *ssl = NULL;

	(void)listener;
	(void)size;
	if (door->tls)
		ssl = SSL_new(door->tls);
	if (door->tls && !ssl)
		close(fd);
	else
		http_connection_open(&door->http->connections, fd, ssl, from,
				     door);
}

static void set_listening(struct http *http, bool listening)
{
	for (int i = 0; i < http->doors; i++) {
		struct evconnlistener *listener = http->door[i].listener;

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
	struct http *http = ((struct door *)arg)->http;

	(void)listener;
	set_listening(http, false);
	event_add(http->rest, &rest);
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
	struct event_base *base = door->http->kms->base;
	int fd = bind_socket(where, fault);

	if (fd < 0)
		return fd;
	door->listener = evconnlistener_new(base, on_connection, door,
					    LEV_OPT_CLOSE_ON_FREE |
						    LEV_OPT_CLOSE_ON_EXEC,
					    0, fd);
	if (!door->listener) {
		close(fd);
		return fault_set(fault, ENOMEM, "out of memory");
	}
	evconnlistener_set_error_cb(door->listener, on_full);
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
	http->doors++;
	if (tls) {
		door->tls = tls_open(&config_tls_files(tls), true, fault);
		if (!door->tls)
			return -fault->error;
	}
	return bind_door(door, where, fault);
}

int http_open(struct http **out, struct kms *kms, struct fault *fault)
{
	const struct config *config = &kms->config;
	struct http *http = calloc(1, sizeof(*http));
	int err;

	if (!http)
		return fault_set(fault, ENOMEM, "out of memory");
	http->kms = kms;
	http->connections = (struct http_connections){
		.base = kms->base,
		.patience = config->timeout,
		.asked = on_request,
		.gone = on_gone,
	};
	http->rest = evtimer_new(kms->base, on_rested, http);
	err = http->rest ? 0 : fault_set(fault, ENOMEM, "out of memory");
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
	for (int i = 0; i < http->doors; i++) {
		if (http->door[i].listener)
			evconnlistener_free(http->door[i].listener);
		http->door[i].listener = NULL;
	}
	event_del(http->rest);
}

void http_drain(struct http *http)
{
	close_doors(http);
	http_connections_drain(&http->connections);
}

size_t http_count(const struct http *http)
{
	return http->connections.count;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	if (http->rest)
		close_doors(http);
	http_connections_close(&http->connections);
	for (int i = 0; i < http->doors; i++)
		SSL_CTX_free(http->door[i].tls);
	if (http->rest)
		event_free(http->rest);
	free(http);
}
