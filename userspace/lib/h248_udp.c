// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.248 over UDP: one socket, and as few system calls a message as there
 * can be. Nothing is allocated while messages flow.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/h248_carrier.h"
#include "lib/secret.h"

enum {
	BATCH = 32,		/* datagrams a system call */
	WAKE_UP_MAX = 16,	/* batches until others have their turn */
	QUEUE_OCTETS = 4 << 20,
	SOCKET_OCTETS = 8 << 20,
	SOURCES = 256,		/* peers whose source is remembered */
};

/* A message that waits; its text follows. */
struct record {
	struct h248_address to;
	struct h248_source source;
	size_t size;
	char text[];
};

struct packets {
	struct mmsghdr header[BATCH];
	struct iovec vector[BATCH];
	struct h248_address address[BATCH];
	char control[BATCH][H248_SOURCE_CONTROL]
		__attribute__((aligned(__alignof__(struct cmsghdr))));
};

struct udp {
	struct h248_transport transport;
	int fd;
	struct event *readable, *writable;
	struct packets in, out;
	char *octets;		/* BATCH times H248_MESSAGE_MAX */
	struct h248_queue queue;

	/*
	 * Bound to all addresses: which one of ours a peer wrote to last,
	 * at the peer's hash. What is not here is left to routing.
	 */
	bool wildcard;
	struct {
		struct h248_address peer;
		struct h248_source source;
	} sources[SOURCES];
};

/* -- sources --------------------------------------------------------------- */

/* FNV-1a, without the padding behind an IPv4 address. */
static unsigned int hash(const struct h248_address *peer)
{
	const unsigned char *octets = (const unsigned char *)&peer->v6;
	size_t size = peer->any.sa_family == AF_INET6 ?
			      sizeof(peer->v6) :
			      offsetof(struct sockaddr_in, sin_zero);
	unsigned int sum = 2166136261;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ octets[i]) * 16777619;
	return sum % SOURCES;
}

static void remember(struct udp *udp, const struct h248_address *peer,
		     struct msghdr *packet)
{
	unsigned int at = hash(peer);

	udp->sources[at].peer = *peer;
	udp->sources[at].source = h248_source_of(packet);
}

static struct h248_source source_for(const struct udp *udp,
				     const struct h248_address *peer)
{
	unsigned int at = hash(peer);

	if (udp->wildcard &&
	    !h248_address_compare(&udp->sources[at].peer, peer))
		return udp->sources[at].source;
	return (struct h248_source){ AF_UNSPEC, {} };
}

/* -- in -------------------------------------------------------------------- */

static void prepare(struct udp *udp)
{
	for (int i = 0; i < BATCH; i++) {
		udp->in.vector[i].iov_base =
			udp->octets + (size_t)i * H248_MESSAGE_MAX;
		udp->in.vector[i].iov_len = H248_MESSAGE_MAX;
		udp->in.address[i].protocol = H248_UDP;
		udp->in.header[i].msg_hdr = (struct msghdr){
			.msg_name = &udp->in.address[i].any,
			.msg_namelen = sizeof(udp->in.address[i].v6),
			.msg_iov = &udp->in.vector[i],
			.msg_iovlen = 1,
			.msg_control = udp->in.control[i],
			.msg_controllen = sizeof(udp->in.control[i]),
		};
	}
}

/* An empty datagram is no message, nor is what IPv6 has room for above. */
static void deliver(struct udp *udp, int i)
{
	struct msghdr *packet = &udp->in.header[i].msg_hdr;
	struct h248_address *from = &udp->in.address[i];
	size_t size = udp->in.header[i].msg_len;

	h248_address_drop_flow(from);
	if (udp->wildcard)
		remember(udp, from, packet);
	if (packet->msg_flags & MSG_TRUNC)
		sg_secret_zero(udp->in.vector[i].iov_base, H248_MESSAGE_MAX);
	else if (size)
		h248_tell_message(&udp->transport, from,
				  udp->in.vector[i].iov_base, size);
	packet->msg_namelen = sizeof(from->v6);
	packet->msg_controllen = sizeof(udp->in.control[i]);
}

/* What ICMP had to say of datagrams we sent fails one call: ask again. */
static bool is_passing(int err)
{
	return err != EAGAIN && err != EBADF && err != ENOTSOCK;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct udp *udp = arg;

	(void)what;
	for (int batch = 0; batch < WAKE_UP_MAX; batch++) {
		int got = recvmmsg(fd, udp->in.header, BATCH, MSG_DONTWAIT,
				   NULL);

		if (got < 0 && !is_passing(errno))
			return;
		for (int i = 0; i < got; i++)
			deliver(udp, i);
		if (got > 0)
			h248_tell_idle(&udp->transport);
		if (got >= 0 && got < BATCH)
			return;
	}
}

/* -- out ------------------------------------------------------------------- */

static size_t record_size(size_t text)
{
	size_t align = __alignof__(struct record);

	return (sizeof(struct record) + text + align - 1) / align * align;
}

static int udp_send(struct h248_transport *transport,
		    const struct h248_address *to, const char *text, size_t size)
{
	struct udp *udp = (struct udp *)transport;
	struct record *record;

	record = h248_queue_add(&udp->queue, record_size(size));
	if (!record)
		return -ENOBUFS;
	record->to = *to;
	record->source = source_for(udp, to);
	record->size = size;
	memcpy(record->text, text, size);
	return 0;
}

static void point_at(struct udp *udp, int i, struct record *record)
{
	struct msghdr *packet = &udp->out.header[i].msg_hdr;

	udp->out.vector[i] = (struct iovec){ record->text, record->size };
	*packet = (struct msghdr){
		.msg_name = &record->to.any,
		.msg_namelen = h248_address_size(&record->to),
		.msg_iov = &udp->out.vector[i],
		.msg_iovlen = 1,
		.msg_control = udp->out.control[i],
	};
	h248_source_put(packet, &record->source);
}

/* Points at the first messages that wait; returns how many. */
static int collect(struct udp *udp)
{
	size_t at = udp->queue.start;
	int count = 0;

	while (count < BATCH && at < udp->queue.end) {
		struct record *record = (void *)(udp->queue.octets + at);

		point_at(udp, count++, record);
		at += record_size(record->size);
	}
	return count;
}

static void forget(struct udp *udp, int count)
{
	while (count--) {
		struct record *record = (void *)h248_queue_at(&udp->queue);

		h248_queue_take(&udp->queue, record_size(record->size));
	}
}

/*
 * A message that the kernel refuses is lost, as it could have been on its
 * way: the transactions above repeat it. Only a full socket is waited for.
 */
static void udp_flush(struct h248_transport *transport)
{
	struct udp *udp = (struct udp *)transport;

	while (h248_queue_length(&udp->queue)) {
		int sent = sendmmsg(udp->fd, udp->out.header, collect(udp),
				    MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN) {
			event_add(udp->writable, NULL);
			return;
		}
		if (sent > 0 || errno != EINTR)
			forget(udp, sent > 0 ? sent : 1);
	}
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	udp_flush(arg);
}

/* -- the socket ------------------------------------------------------------ */

/* The larger, the longer a burst may be; the second call needs a right. */
static void enlarge(int fd, int option, int force)
{
	int size = SOCKET_OCTETS;

	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
}

static int open_socket(struct udp *udp)
{
	const struct h248_address *local = &udp->transport.local;
	int fd = h248_socket(local, SOCK_DGRAM, 0);

	udp->fd = fd;
	if (fd < 0)
		return fd;
	enlarge(fd, SO_RCVBUF, SO_RCVBUFFORCE);
	enlarge(fd, SO_SNDBUF, SO_SNDBUFFORCE);
	udp->wildcard = h248_address_is_wildcard(local);
	return udp->wildcard ? h248_source_enable(fd, local->any.sa_family) : 0;
}

static int open_memory(struct udp *udp)
{
	udp->octets = malloc((size_t)BATCH * H248_MESSAGE_MAX);
	if (!udp->octets)
		return -ENOMEM;
	prepare(udp);
	return h248_queue_open(&udp->queue, QUEUE_OCTETS);
}

static int udp_open(struct h248_transport *transport)
{
	struct udp *udp = (struct udp *)transport;
	int err = open_socket(udp);

	if (!err)
		err = open_memory(udp);
	if (err)
		return err;
	udp->readable = event_new(transport->base, udp->fd,
				  EV_READ | EV_PERSIST, on_readable, udp);
	udp->writable = event_new(transport->base, udp->fd, EV_WRITE,
				  on_writable, udp);
	if (!udp->readable || !udp->writable || event_add(udp->readable, NULL))
		return -ENOMEM;
	return 0;
}

static void udp_close(struct h248_transport *transport)
{
	struct udp *udp = (struct udp *)transport;

	if (udp->readable)
		event_free(udp->readable);
	if (udp->writable)
		event_free(udp->writable);
	h248_queue_close(&udp->queue);
	free(udp->octets);
	if (udp->fd >= 0)
		close(udp->fd);
}

static int udp_connect(struct h248_transport *transport,
		       const struct h248_address *peer)
{
	h248_tell_up(transport, peer);
	return 0;
}

static void udp_disconnect(struct h248_transport *transport,
			   const struct h248_address *peer)
{
	(void)transport;
	(void)peer;
}

const struct h248_carrier h248_udp = {
	.name = "udp",
	.size = sizeof(struct udp),
	.open = udp_open,
	.close = udp_close,
	.connect = udp_connect,
	.disconnect = udp_disconnect,
	.send = udp_send,
	.flush = udp_flush,
};
