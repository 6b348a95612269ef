// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.248 over TCP in TPKT frames (RFC 1006 6): version 3, reserved 0, 16 bits
 * of length that count these four octets too. As Erlang's megaco has it.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cursor.h"
#include "lib/h248_carrier.h"
#include "lib/secret.h"

enum {
	TPKT_VERSION = 3,
	HEADER_OCTETS = 4,
	IN_OCTETS = 128 << 10,	/* the longest frame, and more of the next */
	BACKLOG = 16,
	PATIENCE_MS = 30000,	/* a peer so long silent is lost */
};

struct connection {
	struct h248_peer peer;
	struct tcp *tcp;
	int fd;
	struct event *readable, *writable;
	size_t length;
	char in[IN_OCTETS];
};

struct tcp {
	struct h248_transport transport;
	int fd;
	struct event *readable;
	struct h248_peers peers;
};

/* -- connections ----------------------------------------------------------- */

/* Without telling anybody. */
static void end(struct connection *c)
{
	if (c->readable)
		event_free(c->readable);
	if (c->writable)
		event_free(c->writable);
	close(c->fd);
	h248_peer_end(&c->peer);
}

static void lose(struct connection *c)
{
	struct h248_transport *transport = &c->tcp->transport;
	struct h248_address peer = c->peer.address;

	end(c);
	h248_tell_down(transport, &peer);
}

/*
 * An error shows when the connection is read next, from the event loop:
 * nobody is told of a loss while he sends.
 */
static void write_out(struct connection *c)
{
	struct h248_queue *queue = &c->peer.queue;

	while (h248_queue_length(queue)) {
		ssize_t sent = send(c->fd, h248_queue_at(queue),
				    h248_queue_length(queue),
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent > 0) {
			h248_queue_take(queue, sent);
		} else if (sent < 0 && errno == EAGAIN) {
			event_add(c->writable, NULL);
			return;
		} else if (sent == 0 || errno != EINTR) {
			shutdown(c->fd, SHUT_RDWR);
			h248_queue_take(queue, h248_queue_length(queue));
		}
	}
}

/* -- in -------------------------------------------------------------------- */

/* Of the frame at @at: its octets, 0 when there are not enough, -EPROTO. */
static int frame(const struct connection *c, size_t at)
{
	struct sg_cursor in = sg_cursor_of(c->in + at, c->length - at);
	__u8 version = sg_cursor_u8(&in), reserved = sg_cursor_u8(&in);
	__u16 size = sg_cursor_u16(&in);

	if (in.failed)
		return 0;
	if (version != TPKT_VERSION || reserved || size <= HEADER_OCTETS ||
	    size > HEADER_OCTETS + H248_MESSAGE_MAX)
		return -EPROTO;
	return size <= c->length - at ? size : 0;
}

static void consume(struct connection *c, size_t size)
{
	memmove(c->in, c->in + size, c->length - size);
	c->length -= size;
	sg_secret_zero(c->in + c->length, size);
}

/* Hands on what is whole. -EPROTO: nonsense follows. */
static int deliver(struct connection *c)
{
	size_t at = 0;
	int size = 0;

	while (!c->peer.ended && (size = frame(c, at)) > 0) {
		h248_tell_message(&c->tcp->transport, &c->peer.address,
				  c->in + at + HEADER_OCTETS,
				  size - HEADER_OCTETS);
		at += size;
	}
	if (at)
		h248_tell_idle(&c->tcp->transport);
	if (c->peer.ended)
		return 0;
	consume(c, at);
	return size;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	ssize_t got = read(fd, c->in + c->length, sizeof(c->in) - c->length);

	(void)what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		lose(c);
		return;
	}
	c->length += got;
	h248_peer_hold(&c->peer);
	if (deliver(c) < 0)
		lose(c);
	h248_peer_release(&c->peer);
}

/* -- up -------------------------------------------------------------------- */

static void go_up(struct connection *c)
{
	c->peer.up = true;
	event_add(c->readable, NULL);
	h248_tell_up(&c->tcp->transport, &c->peer.address);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	socklen_t size = sizeof(int);
	int err = 0;

	(void)what;
	if (c->peer.up) {
		write_out(c);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) || err)
		lose(c);
	else
		go_up(c);
}

static void set_options(int fd)
{
	unsigned int patience = PATIENCE_MS;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience,
		   sizeof(patience));
}

/* Owns @fd; NULL: no room for one more. */
static struct connection *add(struct tcp *tcp, int fd,
			      const struct h248_address *peer, bool ours)
{
	struct event_base *base = tcp->transport.base;
	struct connection *c = (struct connection *)h248_peers_add(
		&tcp->peers, peer, sizeof(*c), ours);

	if (!c) {
		close(fd);
		return NULL;
	}
	set_options(fd);
	c->tcp = tcp;
	c->fd = fd;
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(base, fd, EV_WRITE, on_writable, c);
	if (c->readable && c->writable)
		return c;
	end(c);
	return NULL;
}

static void on_client(evutil_socket_t listener, short what, void *arg)
{
	struct tcp *tcp = arg;
	struct h248_address peer = { .protocol = H248_TCP };
	socklen_t size = sizeof(peer.v6);
	int fd = accept4(listener, &peer.any, &size,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct connection *c = fd < 0 ? NULL : add(tcp, fd, &peer, false);

	(void)what;
	if (c)
		go_up(c);
}

/* -- the carrier ----------------------------------------------------------- */

static int tcp_open(struct h248_transport *transport)
{
	struct tcp *tcp = (struct tcp *)transport;

	LIST_INIT(&tcp->peers);
	tcp->fd = h248_socket(&transport->local, SOCK_STREAM, 0);
	if (tcp->fd < 0)
		return tcp->fd;
	if (listen(tcp->fd, BACKLOG))
		return -errno;
	tcp->readable = event_new(transport->base, tcp->fd,
				  EV_READ | EV_PERSIST, on_client, tcp);
	if (!tcp->readable || event_add(tcp->readable, NULL))
		return -ENOMEM;
	return 0;
}

static void tcp_close(struct h248_transport *transport)
{
	struct tcp *tcp = (struct tcp *)transport;

	while (!LIST_EMPTY(&tcp->peers))
		end((struct connection *)LIST_FIRST(&tcp->peers));
	if (tcp->readable)
		event_free(tcp->readable);
	if (tcp->fd >= 0)
		close(tcp->fd);
}

static int tcp_connect(struct h248_transport *transport,
		       const struct h248_address *peer)
{
	/* From our address, but any port: ours belongs to the listener. */
	struct h248_address local = transport->local;
	struct tcp *tcp = (struct tcp *)transport;
	struct connection *c;
	int fd;

	if (h248_peers_find(&tcp->peers, peer))
		return 0;
	h248_address_set_port(&local, 0);
	fd = h248_socket(&local, SOCK_STREAM, 0);
	if (fd < 0)
		return fd;
	if (connect(fd, &peer->any, h248_address_size(peer)) &&
	    errno != EINPROGRESS) {
		int err = -errno;

		close(fd);
		return err;
	}
	c = add(tcp, fd, peer, true);
	if (!c)
		return -ENOBUFS;
	return event_add(c->writable, NULL) ? -ENOMEM : 0;
}

static void tcp_disconnect(struct h248_transport *transport,
			   const struct h248_address *peer)
{
	struct tcp *tcp = (struct tcp *)transport;
	struct h248_peer *found = h248_peers_find(&tcp->peers, peer);

	if (found)
		end((struct connection *)found);
}

static int tcp_send(struct h248_transport *transport,
		    const struct h248_address *to, const char *text, size_t size)
{
	struct tcp *tcp = (struct tcp *)transport;
	struct h248_peer *peer = h248_peers_find(&tcp->peers, to);
	unsigned int whole = HEADER_OCTETS + size;
	unsigned char *room;

	if (!peer || !peer->up)
		return -ENOTCONN;
	room = h248_queue_add(&peer->queue, whole);
	if (!room)
		return -ENOBUFS;
	room[0] = TPKT_VERSION;
	room[1] = 0;
	room[2] = whole >> 8;
	room[3] = whole;
	memcpy(room + HEADER_OCTETS, text, size);
	return 0;
}

static void tcp_flush(struct h248_transport *transport)
{
	struct tcp *tcp = (struct tcp *)transport;
	struct h248_peer *peer;

	LIST_FOREACH(peer, &tcp->peers, link)
		if (peer->up)
			write_out((struct connection *)peer);
}

const struct h248_carrier h248_tcp = {
	.name = "tcp",
	.size = sizeof(struct tcp),
	.open = tcp_open,
	.close = tcp_close,
	.connect = tcp_connect,
	.disconnect = tcp_disconnect,
	.send = tcp_send,
	.flush = tcp_flush,
};
