// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.248 over the kernel's SCTP: one socket for all associations, and after
 * .open no system call but setsockopt(), sendmsg() and recvmsg().
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/h248_sctp.h"

#include <linux/sctp.h> /* needs what the others include */

#include "lib/h248_sctp_socket.h"

enum { WAKE_UP_MAX = 512, BATCH = 32 };

struct kernel {
	struct h248_sctp sctp;
	int fd;
	struct event *readable;
};

/* -- out --------------------------------------------------------------------- */

static int transmit(struct h248_sctp *sctp, const struct sctp_sndinfo *info,
		    const char *text, size_t size)
{
	int fd = ((struct kernel *)sctp)->fd;
	char control[CMSG_SPACE(sizeof(*info))]
		__attribute__((aligned(__alignof__(struct cmsghdr)))) = { 0 };
	struct iovec vector = { (char *)text, size };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = IPPROTO_SCTP;
	c->cmsg_type = SCTP_SNDINFO;
	c->cmsg_len = CMSG_LEN(sizeof(*info));
	memcpy(CMSG_DATA(c), info, sizeof(*info));
	if (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* As sctp_connectx() does it: unlike connect() for any number of peers. */
static int begin(struct h248_sctp *sctp, const struct h248_address *peer)
{
	int fd = ((struct kernel *)sctp)->fd;

	if (setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, &peer->any,
		       h248_address_size(peer)) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

static const struct h248_sctp_stack stack = { begin, put, end };

/* -- in ---------------------------------------------------------------------- */

/* Association that data came from. */
static __u32 id_of(struct msghdr *message)
{
	struct sctp_rcvinfo info = { 0 };
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == IPPROTO_SCTP &&
		    c->cmsg_type == SCTP_RCVINFO)
			memcpy(&info, CMSG_DATA(c), sizeof(info));
	return info.rcv_assoc_id;
}

static bool read_one(struct kernel *kernel)
{
	char control[CMSG_SPACE(sizeof(struct sctp_rcvinfo))]
		__attribute__((aligned(__alignof__(struct cmsghdr))));
	struct iovec vector = { kernel->sctp.in, sizeof(kernel->sctp.in) };
	struct h248_address peer = { .protocol = H248_SCTP };
	struct msghdr message = {
		.msg_name = &peer.any,
		.msg_namelen = sizeof(peer.v6),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(kernel->fd, &message, MSG_DONTWAIT);

	if (got < 0)
		return errno == EINTR;
	h248_address_drop_flow(&peer);
	if (message.msg_flags & MSG_NOTIFICATION)
		notified(&kernel->sctp, &peer, got);
	else
		h248_sctp_read(&kernel->sctp, id_of(&message), got,
			       message.msg_flags & MSG_EOR);
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kernel *kernel = arg;

	(void)fd;
	(void)what;
	for (int i = 1; i <= WAKE_UP_MAX && read_one(kernel); i++)
		if (i % BATCH == 0)
			h248_sctp_pause(&kernel->sctp);
	h248_sctp_pause(&kernel->sctp);
}

/* -- the socket -------------------------------------------------------------- */

static int set(struct h248_sctp *sctp, int option, const void *value,
	       socklen_t size)
{
	return setsockopt(((struct kernel *)sctp)->fd, IPPROTO_SCTP, option,
			  value, size) ? -errno : 0;
}

static void set_buffers(int fd)
{
	int size = H248_SCTP_BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* A kernel without SCTP does not know the type of socket either. */
static int open_socket(const struct h248_address *local)
{
	int fd = h248_socket(local, SOCK_SEQPACKET, IPPROTO_SCTP);

	return fd == -ESOCKTNOSUPPORT ? -EPROTONOSUPPORT : fd;
}

static int kernel_open(struct h248_transport *transport)
{
	struct kernel *kernel = (struct kernel *)transport;
	int err = h248_sctp_open(&kernel->sctp, &stack);

	kernel->fd = err ? err : open_socket(&transport->local);
	if (kernel->fd < 0)
		return kernel->fd;
	set_buffers(kernel->fd);
	err = set_options(&kernel->sctp);
	if (err)
		return err;
	if (listen(kernel->fd, H248_SCTP_BACKLOG))
		return -errno;
	kernel->readable = event_new(transport->base, kernel->fd,
				     EV_READ | EV_PERSIST, on_readable, kernel);
	if (!kernel->readable || event_add(kernel->readable, NULL))
		return -ENOMEM;
	return 0;
}

static void kernel_close(struct h248_transport *transport)
{
	struct kernel *kernel = (struct kernel *)transport;

	if (kernel->readable)
		event_free(kernel->readable);
	if (kernel->fd >= 0)
		close(kernel->fd);
	h248_sctp_close(&kernel->sctp);
}

const struct h248_carrier h248_sctp_kernel = {
	.name = "sctp (kernel)",
	.size = sizeof(struct kernel),
	.open = kernel_open,
	.close = kernel_close,
	.connect = h248_sctp_connect,
	.disconnect = h248_sctp_disconnect,
	.send = h248_sctp_send,
	.flush = h248_sctp_flush,
};
