// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.248 over libusrsctp, for kernels without SCTP. The library runs in this
 * thread: packets go in and out through h248_wire.h, time passes when a
 * timer says so, and after each of both its socket is read empty.
 *
 * The library does not zero what it frees: of messages that went through it,
 * parts may stay in free memory until that is used anew.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "lib/h248_sctp.h"

#if __has_include(<usrsctp.h>)

#include <usrsctp.h>

#include "lib/clock.h"
#include "lib/h248_sctp_socket.h"
#include "lib/h248_wire.h"

enum {
	TICK_MS = 10,		/* while there are associations */
	IDLE_TICK_MS = 1000,
	PACKETS = 64,		/* a wake-up */
	BATCH = 32,		/* messages until .idle */
	FINISH_TICKS = 100,
};

struct usr {
	struct h248_sctp sctp;
	struct h248_wire wire;
	struct socket *socket;
	struct event *readable, *tick;
};

/* The library is one for the process: its users, and its clock. */
static int users;
static __u64 passed_ms;

/* -- time -------------------------------------------------------------------- */

/* Before anything that starts a timer, too: it would end too early. */
static void pass_time(void)
{
	__u64 now = clock_ms();

	usrsctp_handle_timers(now - passed_ms);
	passed_ms = now;
}

static void plan_tick(struct usr *usr)
{
	int ms = LIST_EMPTY(&usr->sctp.peers) ? IDLE_TICK_MS : TICK_MS;
	struct timeval pause = { ms / 1000, ms % 1000 * 1000 };

	event_add(usr->tick, &pause);
}

/* -- out --------------------------------------------------------------------- */

static struct sockaddr_conn conn(void *handle, uint16_t port)
{
	return (struct sockaddr_conn){
		.sconn_family = AF_CONN,
		.sconn_port = htons(port),
		.sconn_addr = handle,
	};
}

static int begin(struct h248_sctp *sctp, const struct h248_address *peer)
{
	struct usr *usr = (struct usr *)sctp;
	void *handle = h248_wire_handle(&usr->wire, peer);
	struct sockaddr_conn to = conn(handle, h248_address_port(peer));

	if (!handle)
		return -ENOBUFS;
	if (usrsctp_connect(usr->socket, (struct sockaddr *)&to, sizeof(to)) &&
	    errno != EINPROGRESS)
		return -errno;
	return 0;
}

static int transmit(struct h248_sctp *sctp, const struct sctp_sndinfo *info,
		    const char *text, size_t size)
{
	struct usr *usr = (struct usr *)sctp;

	if (usrsctp_sendv(usr->socket, text, size, NULL, 0, (void *)info,
			  sizeof(*info), SCTP_SENDV_SNDINFO, 0) < 0)
		return -errno;
	return 0;
}

static const struct h248_sctp_stack stack = { begin, put, end };

/* -- in ---------------------------------------------------------------------- */

/* Who it is by the library's address, which is a handle. */
static bool find_peer(const struct sockaddr_conn *from,
		      struct h248_address *peer)
{
	return h248_wire_address(from->sconn_addr, ntohs(from->sconn_port),
				 peer);
}

static bool read_one(struct usr *usr)
{
	struct sctp_rcvinfo info = { 0 };
	struct sockaddr_conn from = { 0 };
	struct h248_address peer;
	socklen_t from_size = sizeof(from), info_size = sizeof(info);
	unsigned int type = 0;
	int flags = MSG_DONTWAIT;
	ssize_t got = usrsctp_recvv(usr->socket, usr->sctp.in,
				    sizeof(usr->sctp.in),
				    (struct sockaddr *)&from, &from_size, &info,
				    &info_size, &type, &flags);

	if (got <= 0)
		return false;
	if (flags & MSG_NOTIFICATION)
		notified(&usr->sctp, find_peer(&from, &peer) ? &peer : NULL,
			 got);
	else
		h248_sctp_read(&usr->sctp, info.rcv_assoc_id, got,
			       flags & MSG_EOR);
	return true;
}

/* What came of packets or of time is told, and what is waiting sent. */
static void settle(struct usr *usr)
{
	for (int i = 1; read_one(usr); i++)
		if (i % BATCH == 0)
			h248_sctp_pause(&usr->sctp);
	h248_sctp_pause(&usr->sctp);
	h248_sctp_flush(&usr->sctp.transport);
	plan_tick(usr);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct usr *usr = arg;

	(void)fd;
	(void)what;
	pass_time();
	h248_wire_read(&usr->wire, PACKETS, usrsctp_conninput);
	settle(usr);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pass_time();
	settle(arg);
}

static int usr_connect(struct h248_transport *transport,
		       const struct h248_address *peer)
{
	int err;

	pass_time();
	err = h248_sctp_connect(transport, peer);
	plan_tick((struct usr *)transport);
	return err;
}

/* -- the library ------------------------------------------------------------- */

/*
 * Init makes a thread, nothreads or not, for changes of addresses that we
 * never make. It would keep the capabilities and system calls of the start,
 * so this symbol goes before the library's own and makes none.
 */
int sctp_userspace_thread_create(pthread_t *thread, void *(*start)(void *));
int sctp_userspace_thread_create(pthread_t *thread, void *(*start)(void *))
{
	(void)thread;
	(void)start;
	return EPERM;
}

/* Only what RFC 9260 has: the less there is, the less can be attacked. */
static void library_open(void)
{
	if (users++)
		return;
	usrsctp_init_nothreads(0, h248_wire_write, NULL);
	usrsctp_sysctl_set_sctp_ecn_enable(0);
	usrsctp_sysctl_set_sctp_asconf_enable(0);
	usrsctp_sysctl_set_sctp_auth_enable(0);
	usrsctp_sysctl_set_sctp_reconfig_enable(0);
	usrsctp_sysctl_set_sctp_nrsack_enable(0);
	usrsctp_sysctl_set_sctp_pktdrop_enable(0);
	/* It takes packets of interfaces it knows only: each host is one. */
	for (uintptr_t i = 1; i <= H248_WIRE_HOSTS; i++)
		usrsctp_register_address((void *)i);
	passed_ms = clock_ms();
}

/* Sockets that were closed go away as time passes. */
static void library_close(void)
{
	if (--users)
		return;
	for (int i = 0; i < FINISH_TICKS && usrsctp_finish(); i++)
		usrsctp_handle_timers(TICK_MS);
}

/* -- the socket -------------------------------------------------------------- */

static int set(struct h248_sctp *sctp, int option, const void *value,
	       socklen_t size)
{
	return usrsctp_setsockopt(((struct usr *)sctp)->socket, IPPROTO_SCTP,
				  option, value, size) ? -errno : 0;
}

/* Closed is closed: nobody will drive its timers any more. */
static void set_buffers(struct socket *socket)
{
	struct linger none = { .l_onoff = 1 };
	int size = H248_SCTP_BUFFER;

	usrsctp_setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	usrsctp_setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	usrsctp_setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

static int open_socket(struct usr *usr)
{
	struct sockaddr_conn local = conn(NULL, usr->wire.port);
	int err;

	usr->socket = usrsctp_socket(AF_CONN, SOCK_SEQPACKET, IPPROTO_SCTP,
				     NULL, NULL, 0, NULL);
	if (!usr->socket || usrsctp_set_non_blocking(usr->socket, 1))
		return -errno;
	set_buffers(usr->socket);
	err = set_options(&usr->sctp);
	if (err)
		return err;
	if (usrsctp_bind(usr->socket, (struct sockaddr *)&local,
			 sizeof(local)) ||
	    usrsctp_listen(usr->socket, H248_SCTP_BACKLOG))
		return -errno;
	return 0;
}

/* Is there a peer at @host, whatever its port? */
static bool needed(void *arg, const struct h248_address *host)
{
	const struct usr *usr = arg;
	struct h248_peer *peer;

	LIST_FOREACH(peer, &usr->sctp.peers, link) {
		struct h248_address address = peer->address;

		h248_address_set_port(&address, 0);
		if (!h248_address_compare(&address, host))
			return true;
	}
	return false;
}

static int usr_open(struct h248_transport *transport)
{
	struct usr *usr = (struct usr *)transport;
	int err;

	usr->wire.needed = needed;
	usr->wire.arg = usr;
	library_open();
	err = h248_wire_open(&usr->wire, &transport->local);
	if (!err)
		err = h248_sctp_open(&usr->sctp, &stack);
	if (!err)
		err = open_socket(usr);
	if (err)
		return err;
	usr->readable = event_new(transport->base, usr->wire.fd,
				  EV_READ | EV_PERSIST, on_readable, usr);
	usr->tick = evtimer_new(transport->base, on_tick, usr);
	if (!usr->readable || !usr->tick || event_add(usr->readable, NULL))
		return -ENOMEM;
	plan_tick(usr);
	return 0;
}

static void usr_close(struct h248_transport *transport)
{
	struct usr *usr = (struct usr *)transport;

	if (usr->tick)
		event_free(usr->tick);
	if (usr->readable)
		event_free(usr->readable);
	if (usr->socket)
		usrsctp_close(usr->socket);
	h248_sctp_close(&usr->sctp);
	h248_wire_close(&usr->wire);
	library_close();
}

const struct h248_carrier h248_usrsctp = {
	.name = "sctp (usrsctp)",
	.size = sizeof(struct usr),
	.open = usr_open,
	.close = usr_close,
	.connect = usr_connect,
	.disconnect = h248_sctp_disconnect,
	.send = h248_sctp_send,
	.flush = h248_sctp_flush,
};

#else

static int usr_open(struct h248_transport *transport)
{
	(void)transport;
	return -EPROTONOSUPPORT;
}

static void usr_close(struct h248_transport *transport)
{
	(void)transport;
}

const struct h248_carrier h248_usrsctp = {
	.size = sizeof(struct h248_transport),
	.open = usr_open,
	.close = usr_close,
};

#endif
