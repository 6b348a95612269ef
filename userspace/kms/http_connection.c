// SPDX-License-Identifier: GPL-2.0-only
#include "kms/http_connection.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kms/http_stream.h"
#include "lib/clock.h"

enum {
	ADDRESS_SIZE = 64,
	OUT_MAX = 1024 + SG_BASE64_SIZE(MIKEY_MESSAGE_MAX),
	DISCARD_MAX = 1 << 20,	/* octets behind our last answer */
};

/* Octets that wait; .at is NULL when there are none. */
struct waiting {
	char *at;
	size_t size;
};

struct http_connection {
	struct http_connections *all;
	struct http_connection *next, **link;
	void *door;
	struct http_stream stream;
	struct event *event;
	short awaited;		/* EV_READ or EV_WRITE; 0: nothing */
	bool entered;		/* its code is on the stack */
	bool asked;		/* and not answered */
	bool continued;		/* 100 was sent, for the request at hand */
	bool last;		/* no request is read any more */
	bool ended;		/* nor anything written */
	bool dead;		/* freed once nothing is on the stack */
	void *job;		/* who answers, later */
	__u64 since;		/* ns, when the request at hand began; 0: none */
	struct waiting in;	/* not all of a request yet */
	struct waiting out;	/* the socket has no room for it */
	size_t discarded;
	char address[ADDRESS_SIZE];
};

/* -- octets that wait ------------------------------------------------------ */

static void drop(struct waiting *waiting)
{
	free(waiting->at);
	*waiting = (struct waiting){ NULL, 0 };
}

static void append(struct http_connection *c, struct waiting *waiting,
		   const char *octets, size_t size)
{
	char *at;

	if (!size)
		return;
	at = realloc(waiting->at, waiting->size + size);
	if (!at) {
		c->dead = true;
		return;
	}
	memcpy(at + waiting->size, octets, size);
	waiting->at = at;
	waiting->size += size;
}

static void write_out(struct http_connection *c, const char *octets,
		      size_t size)
{
	ssize_t put = 0;

	if (!c->out.at)
		put = http_stream_write(&c->stream, octets, size);
	if (put == -EAGAIN)
		put = 0;
	if (put < 0)
		c->dead = true;
	else
		append(c, &c->out, octets + put, size - put);
}

static void flush(struct http_connection *c)
{
	struct waiting out = c->out;

	c->out = (struct waiting){ NULL, 0 };
	if (out.at)
		write_out(c, out.at, out.size);
	drop(&out);
}

/* -- answers --------------------------------------------------------------- */

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Internal Server Error";
}

/* RFC 9110 6.6.1. */
static const char *date_now(void)
{
	static char text[64];
	static time_t then;
	time_t now = time(NULL);
	struct tm tm;

	if (now != then)
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT",
			 gmtime_r(&now, &tm));
	then = now;
	return text;
}

void http_connection_answer(struct http_connection *c, int status,
			    const char *fields, struct sg_slice body)
{
	static char octets[OUT_MAX];
	size_t size;

	c->asked = false;
	c->job = NULL;
	c->last |= c->all->closing;
	size = snprintf(octets, sizeof(octets),
			"HTTP/1.1 %d %s\r\nDate: %s\r\n%s%sContent-Length: "
			"%zu\r\n\r\n",
			status, reason_of(status), date_now(), fields,
			c->last ? "Connection: close\r\n" : "", body.size);
	if (size + body.size > sizeof(octets)) {
		c->dead = true;
	} else {
		memcpy(octets + size, body.at, body.size);
		write_out(c, octets, size + body.size);
	}
	/* What came meanwhile, and the end, have a turn of their own. */
	if (!c->entered)
		event_active(c->event, EV_READ, 0);
}

void http_connection_wait(struct http_connection *c, void *job)
{
	c->job = job;
}

/* -- requests -------------------------------------------------------------- */

static void ask(struct http_connection *c, const struct http_request *request)
{
	c->asked = true;
	c->continued = false;
	c->since = 0;
	c->last |= request->close;
	c->all->asked(c, request, c->door);
}

static void refuse(struct http_connection *c, int status)
{
	c->asked = c->last = true;
	http_connection_answer(c, status, "", (struct sg_slice){ "", 0 });
}

/* RFC 9110 10.1.1. */
static void encourage(struct http_connection *c,
		      const struct http_request *request)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (request->expects && !c->continued)
		write_out(c, text, sizeof(text) - 1);
	c->continued = request->expects;
}

/* Of @octets whole requests are taken; returns how much that was. */
static size_t serve(struct http_connection *c, char *octets, size_t size)
{
	struct http_request request;
	size_t at = 0;

	while (at < size && !c->asked && !c->out.at && !c->last && !c->dead) {
		int taken = http_request_parse(&request, octets + at,
					       size - at);

		if (taken < 0) {
			refuse(c, -taken);
			return size;
		}
		if ((size_t)taken > size - at) {
			encourage(c, &request);
			break;
		}
		at += taken;
		ask(c, &request);
	}
	return at;
}

/* One octet now and then would hold a connection for ever. */
static void check_pace(struct http_connection *c)
{
	SSL *ssl = c->stream.ssl;
	__u64 now;

	if (c->asked || (!c->in.at && (!ssl || SSL_is_init_finished(ssl))))
		return;
	now = clock_ns();
	if (!c->since)
		c->since = now;
	c->dead |= now - c->since > c->all->patience * 1000000000ULL;
}

static void receive(struct http_connection *c)
{
	static char octets[HTTP_REQUEST_MAX];
	size_t size = c->in.size;
	ssize_t got = -EAGAIN;

	if (size)
		memcpy(octets, c->in.at, size);
	drop(&c->in);
	do {
		size_t taken;

		if (size < sizeof(octets))
			got = http_stream_read(&c->stream, octets + size,
					       sizeof(octets) - size);
		c->dead |= !got || (got < 0 && got != -EAGAIN);
		if (c->dead)
			return;
		size += got > 0 ? got : 0;
		taken = serve(c, octets, size);
		size -= taken;
		memmove(octets, octets + taken, size);
	} while (got > 0 && size < sizeof(octets) &&
		 http_stream_holds(&c->stream));
	append(c, &c->in, octets, size);
	check_pace(c);
}

/* -- turns ----------------------------------------------------------------- */

static void on_event(evutil_socket_t fd, short what, void *arg);

static void await(struct http_connection *c, short what)
{
	const struct timeval patience = { c->all->patience, 0 };

	if (c->event && what == c->awaited)
		return;
	if (c->event)
		event_free(c->event);
	c->awaited = what;
	c->event = event_new(c->all->base, c->stream.fd, what | EV_PERSIST,
			     on_event, c);
	if (!c->event ||
	    (what &&
	     event_add(c->event, event_base_init_common_timeout(c->all->base,
								&patience))))
		c->dead = true;
}

static short next_event(const struct http_connection *c)
{
	if (c->out.at)
		return c->stream.write_wants;
	/* Who sends more and more before he has his answer has to wait. */
	if (c->asked && c->in.size == HTTP_REQUEST_MAX)
		return 0;
	return c->stream.read_wants;
}

/*
 * If what the client still sends met a closed socket our last answer could be
 * lost: it is thrown away until the client closes, too (RFC 9112 9.6).
 */
static void end(struct http_connection *c)
{
	drop(&c->in);
	http_stream_end(&c->stream);
	c->ended = true;
}

static void discard(struct http_connection *c)
{
	ssize_t got = http_stream_discard(&c->stream);

	if (got > 0)
		c->discarded += got;
	c->dead |= (got <= 0 && got != -EAGAIN) || c->discarded > DISCARD_MAX;
}

static void free_connection(struct http_connection *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->all->count--;
	if (c->job)
		c->all->gone(c->job);
	if (c->event)
		event_free(c->event);
	http_stream_close(&c->stream);
	drop(&c->in);
	drop(&c->out);
	free(c);
}

/* At the end of each turn; true: it goes on. */
static bool settle(struct http_connection *c)
{
	bool idle = !c->asked && !c->out.at && !c->ended;

	if (idle && !c->in.at)
		c->last |= c->all->closing;
	if (idle && c->last && !c->dead)
		end(c);
	if (!c->dead)
		await(c, next_event(c));
	if (!c->dead)
		return true;
	free_connection(c);
	return false;
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct http_connection *c = arg;

	(void)fd;
	c->entered = true;
	if (what & EV_TIMEOUT)
		c->dead |= !c->asked;
	else
		flush(c);
	if (!c->dead && !c->out.at) {
		if (c->ended)
			discard(c);
		else
			receive(c);
	}
	c->entered = false;
	settle(c);
}

/* -- connections ----------------------------------------------------------- */

static socklen_t size_of(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						sizeof(struct sockaddr_in);
}

int http_connection_open(struct http_connections *all, int fd, SSL *ssl,
			 const struct sockaddr *from, void *door)
{
	struct http_connection *c = calloc(1, sizeof(*c));

	if (!c || (ssl && !SSL_set_fd(ssl, fd))) {
		struct http_stream stream = { .fd = fd, .ssl = ssl };

		http_stream_close(&stream);
		free(c);
		return -ENOMEM;
	}
	*c = (struct http_connection){ .all = all, .door = door };
	c->stream = http_stream_of(fd, ssl);
	getnameinfo(from, size_of(from), c->address, sizeof(c->address), NULL,
		    0, NI_NUMERICHOST);
	c->next = all->first;
	c->link = &all->first;
	if (c->next)
		c->next->link = &c->next;
	all->first = c;
	all->count++;
	if (ssl)
		SSL_set_accept_state(ssl);
	return settle(c) ? 0 : -ENOMEM;
}

const char *http_connection_address(const struct http_connection *c)
{
	return c->address;
}

SSL *http_connection_ssl(const struct http_connection *c)
{
	return c->stream.ssl;
}

void http_connections_drain(struct http_connections *all)
{
	all->closing = true;
	/* What waits in the socket is answered first. */
	for (struct http_connection *c = all->first; c; c = c->next)
		event_active(c->event, EV_READ, 0);
}

void http_connections_close(struct http_connections *all)
{
	while (all->first)
		free_connection(all->first);
}
