// SPDX-License-Identifier: GPL-2.0-only
#include "kms/zn_wire.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <unistd.h>

#include "kms/diameter.h"
#include "lib/secret.h"

enum state { CONNECTING, HANDSHAKE, UP };

enum { READS = 16 };		/* between two turns of the event loop */

struct zn_wire {
	struct zn_wire_owner owner;
	enum state state;
	int fd;
	SSL *ssl;		/* NULL: no TLS */
	struct event *readable, *writable;
	bool wants_write;	/* TLS cannot go on before */
	size_t in_size, out_size;
	char in[DIAMETER_SIZE_MAX];
	char out[ZN_WIRE_QUEUE];
};

/* -- octets ---------------------------------------------------------------- */

/* What a call of OpenSSL's that failed means: -EAGAIN, or that it is over. */
static int tls_result(struct zn_wire *wire, int result)
{
	switch (SSL_get_error(wire->ssl, result)) {
	case SSL_ERROR_WANT_WRITE:
		wire->wants_write = true;
		return -EAGAIN;
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return -ECONNRESET;
	default:
		return -EPROTO;
	}
}

static ssize_t put(struct zn_wire *wire)
{
	ssize_t sent;

	if (wire->ssl) {
		ERR_clear_error();
		sent = SSL_write(wire->ssl, wire->out, wire->out_size);
		return sent > 0 ? sent : tls_result(wire, sent);
	}
	sent = send(wire->fd, wire->out, wire->out_size,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	return sent >= 0 ? sent : -errno;
}

static ssize_t get(struct zn_wire *wire)
{
	size_t room = sizeof(wire->in) - wire->in_size;
	char *at = wire->in + wire->in_size;
	ssize_t got;

	if (wire->ssl) {
		ERR_clear_error();
		got = SSL_read(wire->ssl, at, room);
		return got > 0 ? got : tls_result(wire, got);
	}
	got = recv(wire->fd, at, room, MSG_DONTWAIT);
	if (got < 0)
		return -errno;
	return got ? got : -ECONNRESET;
}

/* Takes @size octets off the front and leaves nothing of them. */
static void take(char *buffer, size_t *filled, size_t size)
{
	memmove(buffer, buffer + size, *filled - size);
	*filled -= size;
	sg_secret_zero(buffer + *filled, size);
}

static int write_out(struct zn_wire *wire)
{
	while (wire->out_size) {
		ssize_t sent = put(wire);

		if (sent < 0)
			return sent == -EAGAIN || sent == -EINTR ? 0 : sent;
		take(wire->out, &wire->out_size, sent);
	}
	return 0;
}

/* Hands on what is whole. */
static int deliver(struct zn_wire *wire)
{
	size_t at = 0;
	int size, err = 0;

	while (!err) {
		size = diameter_size(wire->in + at, wire->in_size - at);
		if (size < 0)
			return size;
		if (!size || (size_t)size > wire->in_size - at)
			break;
		err = wire->owner.message(wire->owner.arg,
					  (struct sg_slice){ wire->in + at,
							     size });
		at += size;
	}
	take(wire->in, &wire->in_size, at);
	return err;
}

static int read_in(struct zn_wire *wire)
{
	ssize_t got;
	int err;

	for (int i = 0; i < READS; i++) {
		got = get(wire);
		if (got < 0)
			return got == -EAGAIN || got == -EINTR ? 0 : got;
		wire->in_size += got;
		err = deliver(wire);
		if (err)
			return err;
	}
	/* OpenSSL may hold what the socket will not tell of again. */
	event_active(wire->readable, EV_READ, 0);
	return 0;
}

/* -- states ---------------------------------------------------------------- */

static int connected(struct zn_wire *wire)
{
	socklen_t size = sizeof(int);
	int err = 0;

	if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &err, &size))
		err = errno;
	if (err)
		return -err;
	if (wire->ssl) {
		wire->state = HANDSHAKE;
	} else {
		wire->state = UP;
		wire->owner.up(wire->owner.arg);
	}
	return 0;
}

static int shake_hands(struct zn_wire *wire)
{
	int result;

	ERR_clear_error();
	result = SSL_connect(wire->ssl);
	if (result == 1) {
		wire->state = UP;
		wire->owner.up(wire->owner.arg);
		return 0;
	}
	result = tls_result(wire, result);
	return result == -EAGAIN ? 0 : result;
}

static int go_on(struct zn_wire *wire, short what)
{
	int err = 0;

	wire->wants_write = false;
	if (wire->state == CONNECTING && what & EV_WRITE)
		err = connected(wire);
	if (!err && wire->state == HANDSHAKE)
		err = shake_hands(wire);
	if (!err && wire->state == UP)
		err = read_in(wire);
	if (!err && wire->state == UP)
		err = write_out(wire);
	return err;
}

static const char *why(const struct zn_wire *wire, int err)
{
	long verified = wire->ssl ? SSL_get_verify_result(wire->ssl) : X509_V_OK;

	if (verified != X509_V_OK)
		return X509_verify_cert_error_string(verified);
	if (err == -ECONNRESET)
		return "the other end closed it";
	if (err == -EPROTO)
		return wire->state == UP ? "what came was no Diameter" :
					   "the TLS handshake failed";
	return strerror(-err);
}

static void ready(evutil_socket_t fd, short what, void *arg)
{
	struct zn_wire *wire = arg;
	int err = go_on(wire, what);

	(void)fd;
	if (err) {
		wire->owner.down(wire->owner.arg, why(wire, err));
		return;
	}
	if (wire->state == CONNECTING || wire->wants_write || wire->out_size)
		event_add(wire->writable, NULL);
}

int zn_wire_send(struct zn_wire *wire, const void *message, size_t size)
{
	if (size > sizeof(wire->out) - wire->out_size)
		return -ENOBUFS;
	memcpy(wire->out + wire->out_size, message, size);
	wire->out_size += size;
	event_add(wire->writable, NULL);
	return 0;
}

int zn_wire_address(const struct zn_wire *wire, struct sockaddr_storage *own)
{
	socklen_t size = sizeof(*own);

	return getsockname(wire->fd, (struct sockaddr *)own, &size) ? -errno :
								      0;
}

/* -- opening --------------------------------------------------------------- */

static int open_tls(struct zn_wire *wire, SSL_CTX *tls, const char *host)
{
	wire->ssl = SSL_new(tls);
	if (!wire->ssl || !SSL_set_fd(wire->ssl, wire->fd) ||
	    !SSL_set1_host(wire->ssl, host) ||
	    !SSL_set_tlsext_host_name(wire->ssl, host))
		return -ENOMEM;
	SSL_set_verify(wire->ssl, SSL_VERIFY_PEER, NULL);
	SSL_set_options(wire->ssl, SSL_OP_CLEANSE_PLAINTEXT);
	/* What is queued moves, and grows, until it is sent. */
	SSL_set_mode(wire->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
				SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return 0;
}

static int start(struct zn_wire *wire, struct event_base *base,
		 const struct sockaddr *to, socklen_t size)
{
	int on = 1;

	wire->fd = socket(to->sa_family,
			  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (wire->fd < 0)
		return -errno;
	setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(wire->fd, to, size) && errno != EINPROGRESS)
		return -errno;
	wire->readable = event_new(base, wire->fd, EV_READ | EV_PERSIST, ready,
				   wire);
	wire->writable = event_new(base, wire->fd, EV_WRITE, ready, wire);
	if (!wire->readable || !wire->writable ||
	    event_add(wire->readable, NULL) || event_add(wire->writable, NULL))
		return -ENOMEM;
	return 0;
}

int zn_wire_open(struct zn_wire **opened, struct event_base *base,
		 const struct sockaddr *to, socklen_t size, SSL_CTX *tls,
		 const char *host, const struct zn_wire_owner *owner)
{
	struct zn_wire *wire = calloc(1, sizeof(*wire));
	int err;

	if (!wire)
		return -ENOMEM;
	wire->owner = *owner;
	err = start(wire, base, to, size);
	if (!err && tls)
		err = open_tls(wire, tls, host);
	if (err)
		zn_wire_close(wire);
	else
		*opened = wire;
	return err;
}

void zn_wire_close(struct zn_wire *wire)
{
	if (!wire)
		return;
	if (wire->state == UP)
		write_out(wire); /* a farewell, if there is room for it */
	if (wire->readable)
		event_free(wire->readable);
	if (wire->writable)
		event_free(wire->writable);
	SSL_free(wire->ssl);
	if (wire->fd >= 0)
		close(wire->fd);
	sg_secret_zero(wire, sizeof(*wire));
	free(wire);
}
