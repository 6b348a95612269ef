/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections of HTTP clients, in the clear or in TLS: requests are read, one
 * at a time is answered, at once or later. A connection whose request came in
 * one piece and whose answer the socket took needs no memory for either, nor a
 * further turn of the event loop.
 */
#ifndef SRTPGATE_KMS_HTTP_CONNECTION_H
#define SRTPGATE_KMS_HTTP_CONNECTION_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "kms/http_request.h"

struct http_connection;

/* What the connections of a server have in common. */
struct http_connections {
	struct event_base *base;
	long patience;		/* s for a request, or without one */
	/* @request has to be answered, now or later; it lives until then. */
	void (*asked)(struct http_connection *connection,
		      const struct http_request *request, void *door);
	/* The client went away, before the answer to what @job is about. */
	void (*gone)(void *job);
	/* From here on it is theirs. */
	struct http_connection *first;
	size_t count;
	bool closing;
};

/*
 * Serves @fd, which it owns from now on, and @ssl, NULL in the clear. @from: of
 * the client. @door is given to .asked. -ENOMEM; then both are closed.
 */
int http_connection_open(struct http_connections *all, int fd, SSL *ssl,
			 const struct sockaddr *from, void *door);

/*
 * Answers what was asked. @fields: lines of the head, each with its CRLF,
 * besides Date, Content-Length and Connection.
 */
void http_connection_answer(struct http_connection *connection, int status,
			    const char *fields, struct sg_slice body);

/* The answer comes later; .gone is called with @job if it is not waited for. */
void http_connection_wait(struct http_connection *connection, void *job);

/* The client's address as text; NULL in the clear. */
const char *http_connection_address(const struct http_connection *connection);
SSL *http_connection_ssl(const struct http_connection *connection);

/*
 * Answers what was sent until now and closes; when .count is 0 all are gone.
 * Their clients are told in each answer.
 */
void http_connections_drain(struct http_connections *all);

/* Closes all, answered or not. */
void http_connections_close(struct http_connections *all);

#endif /* SRTPGATE_KMS_HTTP_CONNECTION_H */
