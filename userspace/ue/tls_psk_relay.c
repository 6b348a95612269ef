// SPDX-License-Identifier: GPL-2.0-only
#include "ue/tls_psk_relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/host_port.h"
#include "lib/secret.h"

enum { CHUNK = 16384, CHUNKS = 64 };	/* octets; at a time */

enum { IN_READY = 1, GONE = 2 };	/* wait_for() */

/* -- TCP ------------------------------------------------------------------- */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Its size; -EINVAL: neither form. */
static int read_address(union address *address, const char *text,
			struct fault *fault)
{
	char host[INET6_ADDRSTRLEN];
	int port;

	memset(address, 0, sizeof(*address));
	if (!sg_host_port(text, host, sizeof(host), &port)) {
		address->v4.sin_port = htons(port); /* of v6 at this place too */
		if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
			address->any.sa_family = AF_INET;
			return sizeof(address->v4);
		}
		if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
			address->any.sa_family = AF_INET6;
			return sizeof(address->v6);
		}
	}
	return fault_set(fault, EINVAL,
			 "%s is no address with a port, as 192.0.2.1:2855 is",
			 text);
}

static int fail(const char *what, const char *address, struct fault *fault)
{
	return fault_set(fault, errno, "cannot %s %s: %s", what, address,
			 strerror(errno));
}

int tls_psk_connect(const char *text, struct fault *fault)
{
	union address address;
	int size = read_address(&address, text, fault), fd, err;

	if (size < 0)
		return size;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, &address.any, size))
		return fd;
	err = fail("connect to", text, fault);
	if (fd >= 0)
		close(fd);
	return err;
}

int tls_psk_accept(const char *text, struct fault *fault)
{
	union address address;
	int size = read_address(&address, text, fault), one = 1;
	int listener, fd = -1, err = 0;

	if (size < 0)
		return size;
	listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener >= 0 &&
	    !setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one,
			sizeof(one)) &&
	    !bind(listener, &address.any, size) && !listen(listener, 1))
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		err = fail("listen on", text, fault);
	if (listener >= 0)
		close(listener);
	return fd < 0 ? err : fd;
}

/* -- TLS ------------------------------------------------------------------- */

struct relay {
	SSL *tls;
	int socket, in, out;
	bool in_ended, out_ended;
	bool ending;		/* close_notify is still to be sent */
	char octets[CHUNK];	/* read from .in, not yet sent */
	size_t held;
	bool want_write;	/* TLS waits for room in the socket */
	bool more;		/* to be read, maybe not in the socket */
};

static int cut_off(struct fault *fault)
{
	return fault_set(fault, ECONNRESET,
			 "the connection was cut off: something may be "
			 "missing");
}

/* 0: later; 1: the other side has ended; negative: @fault. */
static int after(struct relay *relay, int result, struct fault *fault)
{
	switch (SSL_get_error(relay->tls, result)) {
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_WANT_WRITE:
		relay->want_write = true;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return 1;
	default:
		ERR_clear_error();
		return cut_off(fault);
	}
}

/* What is ready, of .in (1) and the other side's closing TCP (2). */
static int wait_for(struct relay *relay, int timeout, struct fault *fault)
{
	short reading = relay->out_ended ? POLLRDHUP : POLLIN;
	struct pollfd poll_for[] = {
		{ relay->socket,
		  reading | (relay->want_write ? POLLOUT : 0), 0 },
		{ relay->in_ended || relay->held ? -1 : relay->in, POLLIN, 0 },
	};
	int ready = poll(poll_for, 2, timeout), what = 0;

	relay->want_write = false;
	if (ready < 0 && errno != EINTR)
		return fault_set(fault, errno, "cannot wait: %s",
				 strerror(errno));
	if (ready > 0 && poll_for[1].revents)
		what |= IN_READY;
	if (ready > 0 && relay->out_ended && poll_for[0].revents & ~POLLOUT)
		what |= GONE;
	return what;
}

static int shake_hands(struct relay *relay, struct fault *fault)
{
	__u64 end = clock_ms() + TLS_PSK_HANDSHAKE;

	relay->in_ended = true;	/* for the time being */
	for (;;) {
		int done = SSL_do_handshake(relay->tls);
		int error = SSL_get_error(relay->tls, done);
		__u64 now = clock_ms();

		if (done == 1)
			break;
		ERR_clear_error();
		relay->want_write = error == SSL_ERROR_WANT_WRITE;
		if (!relay->want_write && error != SSL_ERROR_WANT_READ)
			return fault_set(fault, EACCES,
					 "the other side does not have the "
					 "key of this session, or no suite "
					 "in common");
		if (now >= end)
			return fault_set(fault, ETIMEDOUT,
					 "the other side does not end the "
					 "handshake");
		if (wait_for(relay, end - now, fault) < 0)
			return -fault->error;
	}
	relay->in_ended = false;
	return tls_psk_check(relay->tls, fault);
}

static int write_all(int fd, const char *octets, size_t size,
		     struct fault *fault)
{
	while (size) {
		ssize_t written = write(fd, octets, size);

		if (written < 0 && errno != EINTR)
			return fault_set(fault, errno,
					 "cannot write what was received: %s",
					 strerror(errno));
		if (written > 0) {
			octets += written;
			size -= written;
		}
	}
	return 0;
}

/* What is there now, but not so much that we never send. */
static int receive(struct relay *relay, struct fault *fault)
{
	char octets[CHUNK];
	int size = 1, err = 0;

	for (int i = 0; i < CHUNKS && !err && size > 0; i++) {
		size = SSL_read(relay->tls, octets, sizeof(octets));
		if (size > 0)
			err = write_all(relay->out, octets, size, fault);
	}
	sg_secret_zero(octets, sizeof(octets));
	relay->more = size > 0;
	if (err || relay->more)
		return err;
	err = after(relay, size, fault);
	relay->out_ended |= err > 0;
	return err < 0 ? err : 0;
}

static int send_held(struct relay *relay, struct fault *fault)
{
	int sent = SSL_write(relay->tls, relay->octets, relay->held);

	if (sent <= 0)
		return after(relay, sent, fault) < 0 ? -fault->error : 0;
	relay->held = 0;	/* all of it: there are no partial writes */
	return 0;
}

static int send_end(struct relay *relay, struct fault *fault)
{
	int done = SSL_shutdown(relay->tls);

	relay->ending = false;
	if (done >= 0)
		return 0;
	done = after(relay, done, fault);
	relay->ending = relay->want_write;
	return done < 0 ? done : 0;
}

/* @readable: .in has something, or its end. */
static int send_on(struct relay *relay, bool readable, struct fault *fault)
{
	ssize_t size;

	if (readable && !relay->held) {
		size = read(relay->in, relay->octets, sizeof(relay->octets));
		if (size < 0 && errno != EINTR && errno != EAGAIN)
			return fault_set(fault, errno,
					 "cannot read what is to be sent: %s",
					 strerror(errno));
		relay->held = size > 0 ? size : 0;
		relay->in_ended = !size;
		relay->ending = relay->in_ended;
	}
	if (relay->ending)
		return send_end(relay, fault);
	return relay->held ? send_held(relay, fault) : 0;
}

/* Each side may end its own direction first (RFC 8446 6.1). */
static int pass_on(struct relay *relay, struct fault *fault)
{
	while (!relay->in_ended || relay->ending || !relay->out_ended) {
		int what, err = 0;

		if (!relay->out_ended)
			err = receive(relay, fault);
		if (err)
			return err;
		if (relay->in_ended && !relay->ending && relay->out_ended)
			break;
		what = wait_for(relay, relay->more ? 0 : -1, fault);
		if (what < 0)
			return what;
		/* Nobody is there to send to. */
		if (what & GONE)
			return relay->held ? cut_off(fault) : 0;
		err = send_on(relay, what & IN_READY, fault);
		if (err)
			return err;
	}
	return 0;
}

int tls_psk_relay(SSL_CTX *context, int socket, int in, int out,
		  struct fault *fault)
{
	struct relay relay = { .tls = SSL_new(context), .socket = socket,
			       .in = in, .out = out };
	int err;

	signal(SIGPIPE, SIG_IGN);
	if (!relay.tls || SSL_set_fd(relay.tls, socket) != 1 ||
	    fcntl(socket, F_SETFL, O_NONBLOCK)) {
		SSL_free(relay.tls);
		return fault_set(fault, ENOMEM, "TLS cannot be set up");
	}
	if (SSL_CTX_get_ssl_method(context) == TLS_server_method())
		SSL_set_accept_state(relay.tls);
	else
		SSL_set_connect_state(relay.tls);
	err = shake_hands(&relay, fault);
	if (!err)
		err = pass_on(&relay, fault);
	SSL_free(relay.tls);
	sg_secret_zero(&relay, sizeof(relay));
	return err;
}
