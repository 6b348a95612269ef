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

enum { WAKE_UP_MAX = 512, BATCH = 32 };

struct kernel {
	struct h248_sctp sctp;
	int fd;
	struct event *readable;
};

/* -- out --------------------------------------------------------------------- */

static int transmit(int fd, const struct sctp_sndinfo *info, const char *text,
		    size_t size)
{
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

static int put(struct h248_sctp *sctp, __u32 id, const char *text, size_t size)
{
	struct sctp_sndinfo info = {
		.snd_ppid = htonl(H248_SCTP_PPID),
		.snd_assoc_id = id,
	};

	return transmit(((struct kernel *)sctp)->fd, &info, text, size);
}

static void end(struct h248_sctp *sctp, __u32 id, bool at_once)
{
	struct sctp_sndinfo info = {
		.snd_flags = at_once ? SCTP_ABORT : SCTP_EOF,
		.snd_assoc_id = id,
	};

	transmit(((struct kernel *)sctp)->fd, &info, NULL, 0);
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

static void changed(struct kernel *kernel, const struct h248_address *peer,
		    const struct sctp_assoc_change *change)
{
	static const enum h248_sctp_state states[] = {
		[SCTP_COMM_UP] = H248_SCTP_UP,
		[SCTP_COMM_LOST] = H248_SCTP_DOWN,
		[SCTP_RESTART] = H248_SCTP_RESTARTED,
		[SCTP_SHUTDOWN_COMP] = H248_SCTP_DOWN,
		[SCTP_CANT_STR_ASSOC] = H248_SCTP_DOWN,
	};

	if (change->sac_state < sizeof(states) / sizeof(*states))
		h248_sctp_changed(&kernel->sctp, peer, change->sac_assoc_id,
				  states[change->sac_state]);
}

static void notified(struct kernel *kernel, const struct h248_address *peer,
		     size_t size)
{
	const union sctp_notification *n = (const void *)kernel->sctp.in;

	if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE &&
	    size >= sizeof(n->sn_assoc_change))
		changed(kernel, peer, &n->sn_assoc_change);
	if (n->sn_header.sn_type == SCTP_PARTIAL_DELIVERY_EVENT &&
	    size >= sizeof(n->sn_pdapi_event))
		h248_sctp_broken(&kernel->sctp, n->sn_pdapi_event.pdapi_assoc_id);
}

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
		notified(kernel, &peer, got);
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

static int set(int fd, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, IPPROTO_SCTP, option, value, size) ? -errno : 0;
}

static void set_timing(int fd)
{
	const struct h248_sctp_timing *timing = &h248_sctp_timing;
	struct sctp_initmsg init = {
		.sinit_max_attempts = timing->init_attempts,
		.sinit_max_init_timeo = timing->rto_max_ms,
	};
	struct sctp_rtoinfo rto = {
		.srto_initial = timing->rto_initial_ms,
		.srto_max = timing->rto_max_ms,
		.srto_min = timing->rto_min_ms,
	};
	struct sctp_assocparams association = {
		.sasoc_asocmaxrxt = timing->retransmissions,
	};

	set(fd, SCTP_INITMSG, &init, sizeof(init));
	set(fd, SCTP_RTOINFO, &rto, sizeof(rto));
	set(fd, SCTP_ASSOCINFO, &association, sizeof(association));
}

/* Messages of several associations may come in turns, parts of one not. */
static int set_options(int fd)
{
	struct sctp_event changes = { .se_type = SCTP_ASSOC_CHANGE, .se_on = 1 };
	struct sctp_event breaks = {
		.se_type = SCTP_PARTIAL_DELIVERY_EVENT,
		.se_on = 1,
	};
	int on = 1, size = H248_SCTP_BUFFER, err;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	set(fd, SCTP_NODELAY, &on, sizeof(on));
	set_timing(fd);
	err = set(fd, SCTP_FRAGMENT_INTERLEAVE, &on, sizeof(on));
	if (!err)
		err = set(fd, SCTP_RECVRCVINFO, &on, sizeof(on));
	if (!err)
		err = set(fd, SCTP_EVENT, &changes, sizeof(changes));
	if (!err)
		err = set(fd, SCTP_EVENT, &breaks, sizeof(breaks));
	return err;
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
	err = set_options(kernel->fd);
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
