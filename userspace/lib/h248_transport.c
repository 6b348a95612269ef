// SPDX-License-Identifier: GPL-2.0-only
#include "lib/h248_transport.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/h248_carrier.h"
#include "lib/secret.h"

void h248_tell_message(struct h248_transport *transport,
		       const struct h248_address *from, char *text, size_t size)
{
	transport->user.message(transport->user.arg, from, text, size);
	sg_secret_zero(text, size);
}

void h248_tell_idle(struct h248_transport *transport)
{
	if (transport->user.idle)
		transport->user.idle(transport->user.arg);
}

void h248_tell_up(struct h248_transport *transport,
		  const struct h248_address *peer)
{
	if (transport->user.up)
		transport->user.up(transport->user.arg, peer);
}

void h248_tell_down(struct h248_transport *transport,
		    const struct h248_address *peer)
{
	if (transport->user.down)
		transport->user.down(transport->user.arg, peer);
}

/* IPv4 has a transport of its own: no mapped addresses; none come raw. */
static int bind_to(int fd, int type, const struct h248_address *local)
{
	int on = 1;

	if (local->any.sa_family == AF_INET6 && type != SOCK_RAW &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
		return -errno;
	return bind(fd, &local->any, h248_address_size(local)) ? -errno : 0;
}

int h248_socket(const struct h248_address *local, int type, int protocol)
{
	int fd = socket(local->any.sa_family,
			type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	int on = 1, err;

	if (fd < 0)
		return -errno;
	/* A restart need not wait for the connections of the last run. */
	if (type == SOCK_STREAM || type == SOCK_SEQPACKET)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	err = bind_to(fd, type, local);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int try(struct h248_transport **out, const struct h248_carrier *carrier,
	       struct event_base *base, const struct h248_address *local,
	       const struct h248_transport_user *user)
{
	struct h248_transport *transport = calloc(1, carrier->size);
	int err;

	if (!transport)
		return -ENOMEM;
	transport->carrier = carrier;
	transport->base = base;
	transport->local = *local;
	transport->user = *user;
	err = carrier->open(transport);
	if (err)
		h248_transport_close(transport);
	else
		*out = transport;
	return err;
}

int h248_transport_open(struct h248_transport **transport,
			struct event_base *base,
			const struct h248_address *local,
			const struct h248_transport_user *user)
{
	int err;

	switch (local->protocol) {
	case H248_UDP:
		return try(transport, &h248_udp, base, local, user);
	case H248_TCP:
		return try(transport, &h248_tcp, base, local, user);
	case H248_SCTP:
		err = try(transport, &h248_sctp_kernel, base, local, user);
		if (err != -EPROTONOSUPPORT)
			return err;
		return try(transport, &h248_usrsctp, base, local, user);
	}
	return -EPROTONOSUPPORT;
}

void h248_transport_close(struct h248_transport *transport)
{
	if (!transport)
		return;
	transport->carrier->close(transport);
	free(transport);
}

static bool is_reachable(const struct h248_transport *transport,
			 const struct h248_address *peer)
{
	return peer->protocol == transport->local.protocol &&
	       peer->any.sa_family == transport->local.any.sa_family;
}

int h248_transport_connect(struct h248_transport *transport,
			   const struct h248_address *peer)
{
	if (!is_reachable(transport, peer))
		return -EAFNOSUPPORT;
	return transport->carrier->connect(transport, peer);
}

void h248_transport_disconnect(struct h248_transport *transport,
			       const struct h248_address *peer)
{
	transport->carrier->disconnect(transport, peer);
}

int h248_transport_send(struct h248_transport *transport,
			const struct h248_address *to, const char *text,
			size_t size)
{
	if (!is_reachable(transport, to))
		return -EAFNOSUPPORT;
	if (!size || size > H248_MESSAGE_MAX)
		return -EMSGSIZE;
	return transport->carrier->send(transport, to, text, size);
}

void h248_transport_flush(struct h248_transport *transport)
{
	transport->carrier->flush(transport);
}

const char *h248_transport_name(const struct h248_transport *transport)
{
	return transport->carrier->name;
}
