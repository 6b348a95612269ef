// SPDX-License-Identifier: GPL-2.0-only
#include "lib/h248_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cursor.h"
#include "lib/secret.h"

enum {
	SOCKET_OCTETS = 2 << 20,
	PACKET_OCTETS = 65535,
	PROTOCOL_AT = 9,	/* in an IPv4 header, RFC 791 3.1 */
};

/* Of handle n the one at n - 1. */
static struct host {
	struct h248_wire *wire;	/* NULL: free */
	struct h248_address address; /* port 0 */
	struct h248_source source;
} hosts[H248_WIRE_HOSTS];

/* -- handles ----------------------------------------------------------------- */

static void *handle_of(const struct host *host)
{
	return (void *)(uintptr_t)(host - hosts + 1);
}

static struct host *host_of(void *handle)
{
	uintptr_t number = (uintptr_t)handle;

	if (!number || number > H248_WIRE_HOSTS || !hosts[number - 1].wire)
		return NULL;
	return &hosts[number - 1];
}

/* In turns, so that who has just begun to speak keeps his place a while. */
static struct host *claim(void)
{
	static unsigned int next;

	for (int i = 0; i < H248_WIRE_HOSTS; i++) {
		struct host *host = &hosts[next++ % H248_WIRE_HOSTS];

		if (!host->wire ||
		    !host->wire->needed(host->wire->arg, &host->address))
			return host;
	}
	return NULL;
}

void *h248_wire_handle(struct h248_wire *wire,
		       const struct h248_address *address)
{
	struct h248_address key = *address;
	struct host *host;

	h248_address_set_port(&key, 0);
	for (host = hosts; host < hosts + H248_WIRE_HOSTS; host++)
		if (host->wire == wire &&
		    !h248_address_compare(&host->address, &key))
			return handle_of(host);
	host = claim();
	if (!host)
		return NULL;
	*host = (struct host){ wire, key, { .family = AF_UNSPEC } };
	return handle_of(host);
}

bool h248_wire_address(void *handle, uint16_t port,
		       struct h248_address *address)
{
	const struct host *host = host_of(handle);

	if (!host)
		return false;
	*address = host->address;
	h248_address_set_port(address, port);
	return true;
}

/* -- packets ----------------------------------------------------------------- */

/*
 * Steps over the header that IPv4 leaves on a raw socket's packets; with
 * IPv6 there is none (RFC 3542 3).
 */
static bool skip_header(struct sg_cursor *in, sa_family_t family)
{
	struct sg_slice header;
	size_t size;

	if (family == AF_INET6)
		return true;
	size = (sg_cursor_peek(in) & 0xf) * 4;
	header = sg_cursor_take(in, size);
	return header.size > PROTOCOL_AT &&
	       (__u8)header.at[PROTOCOL_AT] == IPPROTO_SCTP;
}

/* Other ports belong to others, who answer for them. */
static bool is_ours(const struct h248_wire *wire, struct sg_cursor in)
{
	sg_cursor_u16(&in); /* the source's port */
	return sg_cursor_u16(&in) == wire->port && !in.failed;
}

static void arrived(struct h248_wire *wire, struct msghdr *message,
		    struct h248_address *from, struct sg_cursor in,
		    void (*input)(void *, const void *, size_t, uint8_t))
{
	void *handle;

	if (!skip_header(&in, from->any.sa_family) || !is_ours(wire, in))
		return;
	h248_address_drop_flow(from);
	handle = h248_wire_handle(wire, from);
	if (!handle)
		return;
	if (wire->wildcard)
		host_of(handle)->source = h248_source_of(message);
	input(handle, in.at, sg_cursor_left(&in), 0);
}

bool h248_wire_read(struct h248_wire *wire, int most,
		    void (*input)(void *, const void *, size_t, uint8_t))
{
	static char packet[PACKET_OCTETS];

	while (most--) {
		char control[H248_SOURCE_CONTROL]
			__attribute__((aligned(__alignof__(struct cmsghdr))));
		struct h248_address from = { .protocol = H248_SCTP };
		struct iovec vector = { packet, sizeof(packet) };
		struct msghdr message = {
			.msg_name = &from.any,
			.msg_namelen = sizeof(from.v6),
			.msg_iov = &vector,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t got = recvmsg(wire->fd, &message, MSG_DONTWAIT);

		if (got < 0 && errno != EINTR)
			return false;
		if (got <= 0)
			continue;
		arrived(wire, &message, &from, sg_cursor_of(packet, got),
			input);
		sg_secret_zero(packet, got);
	}
	return true;
}

int h248_wire_write(void *handle, void *packet, size_t size, uint8_t tos,
		    uint8_t set_df)
{
	char control[H248_SOURCE_CONTROL]
		__attribute__((aligned(__alignof__(struct cmsghdr))));
	struct host *host = host_of(handle);
	struct iovec vector = { packet, size };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
	};
	int err = 0;

	(void)tos;
	(void)set_df;
	if (!host)
		return EHOSTUNREACH;
	message.msg_name = &host->address.any;
	message.msg_namelen = h248_address_size(&host->address);
	h248_source_put(&message, &host->source);
	if (sendmsg(host->wire->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		err = errno;
	sg_secret_zero(packet, size); /* a copy, which the library frees */
	return err;
}

/* -- the socket -------------------------------------------------------------- */

int h248_wire_open(struct h248_wire *wire, const struct h248_address *local)
{
	struct h248_address host = *local;
	sa_family_t family = local->any.sa_family;
	int size = SOCKET_OCTETS;

	wire->port = h248_address_port(local);
	wire->wildcard = h248_address_is_wildcard(local);
	h248_address_set_port(&host, 0);
	wire->fd = h248_socket(&host, SOCK_RAW, IPPROTO_SCTP);
	if (wire->fd < 0)
		return wire->fd;
	setsockopt(wire->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return wire->wildcard ? h248_source_enable(wire->fd, family) : 0;
}

void h248_wire_close(struct h248_wire *wire)
{
	for (int i = 0; i < H248_WIRE_HOSTS; i++)
		if (hosts[i].wire == wire)
			hosts[i].wire = NULL;
	if (wire->fd >= 0)
		close(wire->fd);
}
