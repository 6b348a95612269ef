// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.248 between hosts: addresses, and messages over UDP, each in a network
 * namespace of its own. The other side is plain sockets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../userspace/lib/h248_transport.h"
#include "../lib/ktap.h"

enum { DEADLINE_S = 5, LARGE = 65507 };

/* What a transport told: 'm'essages, 'i'dle, 'u'p, 'd'own, in order. */
struct end {
	struct event_base *base;
	struct h248_transport *transport;
	struct h248_address local, peer;
	char told[4096];
	size_t count;
	char last[LARGE + 1];	/* message */
	size_t size;
	int messages, ups, downs;
	bool echo;
};

static struct h248_address address(enum h248_protocol protocol,
				   const char *text)
{
	struct h248_address out = { .protocol = protocol };

	if (h248_address_parse(&out, text))
		ktap_bail_out("%s is no address", text);
	return out;
}

/* -- a namespace ---------------------------------------------------------------- */

static void add_v6(int fd, const char *text)
{
	struct in6_ifreq request = { .ifr6_prefixlen = 128 };

	request.ifr6_ifindex = if_nametoindex("lo");
	inet_pton(AF_INET6, text, &request.ifr6_addr);
	if (ioctl(fd, SIOCSIFADDR, &request))
		ktap_bail_out("%s cannot be added: %s", text, strerror(errno));
}

/* Of 127/8 each address is the host's already. */
static bool enter_namespace(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		return false;
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		ktap_bail_out("no loopback: %s", strerror(errno));
	add_v6(fd, "fd00::1");
	add_v6(fd, "fd00::2");
	close(fd);
	return true;
}

/* -- the side under test --------------------------------------------------------- */

static void told(struct end *end, char what)
{
	if (end->count < sizeof(end->told) - 1)
		end->told[end->count++] = what;
}

static void on_message(void *arg, const struct h248_address *from, char *text,
		       size_t size)
{
	struct end *end = arg;

	told(end, 'm');
	end->messages++;
	end->peer = *from;
	end->size = size;
	memcpy(end->last, text, size);
	end->last[size] = '\0';
	if (end->echo)
		h248_transport_send(end->transport, from, text, size);
	memset(text, '?', size);
}

static void on_idle(void *arg)
{
	struct end *end = arg;

	told(end, 'i');
	if (end->echo)
		h248_transport_flush(end->transport);
}

static void on_up(void *arg, const struct h248_address *peer)
{
	struct end *end = arg;

	told(end, 'u');
	end->ups++;
	end->peer = *peer;
}

static void on_down(void *arg, const struct h248_address *peer)
{
	struct end *end = arg;

	(void)peer;
	told(end, 'd');
	end->downs++;
}

static int end_open(struct end *end, struct event_base *base,
		    enum h248_protocol protocol, const char *local)
{
	struct h248_transport_user user = {
		.arg = end,
		.message = on_message,
		.idle = on_idle,
		.up = on_up,
		.down = on_down,
	};

	memset(end, 0, sizeof(*end));
	end->base = base;
	end->local = address(protocol, local);
	return h248_transport_open(&end->transport, base, &end->local, &user);
}

static void must_open(struct end *end, struct event_base *base,
		      enum h248_protocol protocol, const char *local)
{
	int err = end_open(end, base, protocol, local);

	if (err)
		ktap_bail_out("%s: %s", local, strerror(-err));
}

static void tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Runs the loop until *@value is @wanted, or too much time has gone. */
static bool reaches(struct event_base *base, const int *value, int wanted)
{
	struct timeval pause = { .tv_usec = 5000 };
	struct event *wake = event_new(base, -1, EV_PERSIST, tick, NULL);
	time_t end = time(NULL) + DEADLINE_S;

	event_add(wake, &pause);
	while (*value < wanted && time(NULL) < end)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(wake);
	if (*value != wanted)
		ktap_note("%d instead of %d", *value, wanted);
	return *value == wanted;
}

/* -- the other side ---------------------------------------------------------------- */

static int plain(int type, const struct h248_address *local)
{
	struct timeval limit = { .tv_sec = DEADLINE_S };
	int fd = socket(local->any.sa_family, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (bind(fd, &local->any, sizeof(local->v6)))
		ktap_bail_out("bind: %s", strerror(errno));
	return fd;
}

static ssize_t plain_send(int fd, const struct h248_address *to,
			  const char *text, size_t size)
{
	return sendto(fd, text, size, 0, &to->any,
		      to->any.sa_family == AF_INET6 ? sizeof(to->v6) :
						      sizeof(to->v4));
}

/* The next datagram is @text, from @from. */
static bool plain_gets(int fd, const struct h248_address *from,
		       const char *text, size_t size)
{
	static char got[LARGE + 1];
	struct h248_address sender = { .protocol = from->protocol };
	socklen_t length = sizeof(sender.v6);
	ssize_t count = recvfrom(fd, got, sizeof(got), 0, &sender.any, &length);

	if (count != (ssize_t)size || memcmp(got, text, size) ||
	    h248_address_compare(&sender, from)) {
		ktap_note("got %zd octets: %s", count,
			  count < 0 ? strerror(errno) : "others, or from elsewhere");
		return false;
	}
	return true;
}

/* -- addresses ---------------------------------------------------------------------- */

static bool reads(const char *text, const char *wanted)
{
	struct h248_address out = { .protocol = H248_SCTP };
	char got[H248_ADDRESS_TEXT];

	if (h248_address_parse(&out, text))
		return !wanted;
	h248_address_format(got, &out);
	if (wanted && !strcmp(got, wanted) && out.protocol == H248_SCTP)
		return true;
	ktap_note("%s reads as %s", text, got);
	return false;
}

static void test_addresses(void)
{
	static const char *const wrong[] = {
		"", "192.0.2", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536",
		"192.0.2.1:2944x", "192.0.2.1 ", "[192.0.2.1]:2944", "[::1",
		"[::1]2944", "[::1]:", "::1]:2944", "mgc.example:2944",
		"1:2:3:4:5:6:7:8:9", ":2944", "[]:2944",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111",
	};
	bool all = true;

	ktap(reads("192.0.2.1", "192.0.2.1:2944") &&
	     reads("192.0.2.1:65535", "192.0.2.1:65535"), "IPv4 addresses");
	ktap(reads("2001:db8::1", "[2001:db8::1]:2944") &&
	     reads("[2001:db8::1]", "[2001:db8::1]:2944") &&
	     reads("[2001:db8::1]:1", "[2001:db8::1]:1"), "IPv6 addresses");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		all &= reads(wrong[i], NULL);
	ktap(all, "what is no address is refused");
}

static void test_order(void)
{
	static const char *const rising[] = {
		"1.0.0.2:9", "1.0.0.10:5", "1.0.0.10:300", "200.0.0.1:5",
		"[::1]:7", "[::1]:256", "[fd00::1]:1",
	};
	struct h248_address udp = address(H248_UDP, "200.0.0.1");
	struct h248_address tcp = address(H248_TCP, "1.0.0.2");
	bool ok = true;

	for (int i = 0; i < 7; i++) {
		for (int j = 0; j < 7; j++) {
			struct h248_address a = address(H248_UDP, rising[i]);
			struct h248_address b = address(H248_UDP, rising[j]);
			int by = h248_address_compare(&a, &b);

			ok &= i < j ? by < 0 : i > j ? by > 0 : !by;
		}
	}
	ktap(ok, "addresses have one order");
	ktap(h248_address_compare(&udp, &tcp) < 0 &&
	     h248_address_compare(&tcp, &udp) > 0,
	     "the protocol comes first in it");
}

/* -- UDP ------------------------------------------------------------------------------ */

static void test_udp_both_ways(struct event_base *base, const char *ours,
			       const char *theirs)
{
	struct h248_address peer = address(H248_UDP, theirs);
	int fd = plain(SOCK_DGRAM, &peer);
	static struct end end;

	must_open(&end, base, H248_UDP, ours);
	end.echo = true;
	plain_send(fd, &end.local, "one", 3);
	ktap(reaches(base, &end.messages, 1) && !strcmp(end.last, "one") &&
	     !h248_address_compare(&end.peer, &peer),
	     "UDP %s: a message comes in", ours);
	ktap(plain_gets(fd, &end.local, "one", 3), "UDP %s: and its answer out",
	     ours);
	h248_transport_close(end.transport);
	close(fd);
}

/* The peer wrote to @named, not to what routing would choose. */
static void test_udp_wildcard(struct event_base *base, const char *any,
			      const char *named, const char *theirs)
{
	struct h248_address peer = address(H248_UDP, theirs);
	struct h248_address to = address(H248_UDP, named);
	int fd = plain(SOCK_DGRAM, &peer);
	static struct end end;

	must_open(&end, base, H248_UDP, any);
	end.echo = true;
	plain_send(fd, &to, "two", 3);
	ktap(reaches(base, &end.messages, 1) && plain_gets(fd, &to, "two", 3),
	     "UDP %s: the answer leaves from where the request came to", any);
	h248_transport_close(end.transport);
	close(fd);
}

static void test_udp_batches(struct event_base *base)
{
	struct h248_address peer = address(H248_UDP, "127.0.0.1:5000");
	int fd = plain(SOCK_DGRAM, &peer);
	static struct end end;
	char wanted[75] = "";
	bool all = true;

	must_open(&end, base, H248_UDP, "127.0.0.1");
	end.echo = true;
	for (int i = 0; i < 70; i++) {
		char text = 'A' + i;

		plain_send(fd, &end.local, &text, 1);
	}
	memset(wanted, 'm', 73);
	wanted[32] = wanted[65] = wanted[72] = 'i';
	ktap(reaches(base, &end.messages, 70) && !strcmp(end.told, wanted),
	     "UDP: batches of 32, and the moment to answer after each");
	for (int i = 0; i < 70; i++) {
		char text = 'A' + i;

		all &= plain_gets(fd, &end.local, &text, 1);
	}
	ktap(all, "UDP: all are answered, in order");
	h248_transport_close(end.transport);
	close(fd);
}

static void test_udp_sizes(struct event_base *base)
{
	struct h248_address peer = address(H248_UDP, "[::1]:5000");
	struct h248_address v4 = address(H248_UDP, "127.0.0.1");
	static char large[LARGE + 1];
	static struct end end;
	int fd = plain(SOCK_DGRAM, &peer);

	must_open(&end, base, H248_UDP, "::1");
	end.echo = true;
	memset(large, 'x', sizeof(large));
	ktap(h248_transport_send(end.transport, &peer, large, LARGE + 1) ==
	     -EMSGSIZE && h248_transport_send(end.transport, &peer, large, 0) ==
	     -EMSGSIZE, "UDP: messages over-long or empty are refused");
	ktap(h248_transport_send(end.transport, &v4, "x", 1) == -EAFNOSUPPORT,
	     "UDP: an address of the other family is refused");
	plain_send(fd, &end.local, "", 0);
	plain_send(fd, &end.local, large, LARGE + 1);
	plain_send(fd, &end.local, large, LARGE);
	ktap(reaches(base, &end.messages, 1) && end.size == LARGE &&
	     !memcmp(end.last, large, LARGE) &&
	     plain_gets(fd, &end.local, large, LARGE),
	     "UDP: the longest message goes both ways, a longer one does not");
	h248_transport_close(end.transport);
	close(fd);
}

/* To where nobody is and where no way leads; then to @fd. */
static void test_udp_errors(struct event_base *base)
{
	struct h248_address peer = address(H248_UDP, "127.0.0.1:5000");
	struct h248_address nobody = address(H248_UDP, "127.0.0.1:5001");
	struct h248_address nowhere = address(H248_UDP, "192.0.2.1");
	int fd = plain(SOCK_DGRAM, &peer);
	static struct end end;

	must_open(&end, base, H248_UDP, "0.0.0.0");
	ktap(!h248_transport_connect(end.transport, &peer) && end.ups == 1,
	     "UDP: a connection is up at once");
	h248_transport_send(end.transport, &nowhere, "a", 1);
	h248_transport_send(end.transport, &nobody, "b", 1);
	h248_transport_send(end.transport, &nobody, "c", 1);
	h248_transport_send(end.transport, &peer, "d", 1);
	h248_transport_flush(end.transport);
	end.local = address(H248_UDP, "127.0.0.1");
	ktap(plain_gets(fd, &end.local, "d", 1),
	     "UDP: a message that cannot be sent stops none behind it");
	plain_send(fd, &end.local, "e", 1);
	ktap(reaches(base, &end.messages, 1), "UDP: nor what comes in");
	ktap(!strcmp(h248_transport_name(end.transport), "udp"),
	     "UDP: has a name");
	h248_transport_close(end.transport);
	close(fd);
}

static void test_udp_full(struct event_base *base)
{
	struct h248_address peer = address(H248_UDP, "127.0.0.1:5000");
	int fd = plain(SOCK_DGRAM, &peer), waiting = 0, err;
	static char large[60000];
	static struct end end;

	must_open(&end, base, H248_UDP, "127.0.0.1");
	do
		err = h248_transport_send(end.transport, &peer, large,
					  sizeof(large));
	while (!err && ++waiting < 1000);
	ktap(err == -ENOBUFS && waiting > 10, "UDP: a full queue says so");
	h248_transport_flush(end.transport);
	ktap(!h248_transport_send(end.transport, &peer, "x", 1),
	     "UDP: and takes more after a flush");
	h248_transport_close(end.transport);
	close(fd);
}

static void test_udp_taken(struct event_base *base)
{
	static struct end end, other;

	must_open(&end, base, H248_UDP, "127.0.0.1");
	ktap(end_open(&other, base, H248_UDP, "127.0.0.1") == -EADDRINUSE,
	     "UDP: a port is taken once");
	ktap(end_open(&other, base, H248_UDP, "192.0.2.1") == -EADDRNOTAVAIL,
	     "UDP: an address of somebody else is none of ours");
	h248_transport_close(end.transport);
}

static void test_udp(struct event_base *base)
{
	test_udp_both_ways(base, "127.0.0.1", "127.0.0.1:5000");
	test_udp_both_ways(base, "fd00::1", "[fd00::2]:5000");
	test_udp_wildcard(base, "0.0.0.0", "127.0.0.2:2944", "127.0.0.1:5000");
	test_udp_wildcard(base, "::", "[fd00::2]:2944", "[fd00::1]:5000");
	test_udp_batches(base);
	test_udp_sizes(base);
	test_udp_errors(base);
	test_udp_full(base);
	test_udp_taken(base);
}

int main(void)
{
	struct event_base *base;

	test_addresses();
	test_order();
	if (!enter_namespace()) {
		ktap_skip("needs root", "messages in a network namespace");
		return ktap_finish();
	}
	base = event_base_new();
	test_udp(base);
	event_base_free(base);
	return ktap_finish();
}
