// SPDX-License-Identifier: GPL-2.0-only
#include "ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"

struct h248_address end_address(enum h248_protocol protocol,
				   const char *text)
{
	struct h248_address out = { .protocol = protocol };

	if (h248_address_parse(&out, text))
		ktap_bail_out("%s is no address", text);
	return out;
}

/* -- a namespace ----------------------------------------------------------- */

static void add_v6(int fd, const char *text)
{
	struct in6_ifreq request = { .ifr6_prefixlen = 128 };
	struct sockaddr_in6 bound = { .sin6_family = AF_INET6 };
	int other = socket(AF_INET6, SOCK_DGRAM, 0);
	time_t end = time(NULL) + END_DEADLINE_S;

	request.ifr6_ifindex = if_nametoindex("lo");
	inet_pton(AF_INET6, text, &request.ifr6_addr);
	bound.sin6_addr = request.ifr6_addr;
	if (ioctl(fd, SIOCSIFADDR, &request))
		ktap_bail_out("%s cannot be added: %s", text, strerror(errno));
	/* For a moment it is tentative, on a loopback too. */
	while (bind(other, (struct sockaddr *)&bound, sizeof(bound)))
		if (time(NULL) > end)
			ktap_bail_out("%s: %s", text, strerror(errno));
	close(other);
}

static void add_v4(int fd, const char *interface, const char *text)
{
	struct ifreq request = { .ifr_flags = 0 };
	struct sockaddr_in address = { .sin_family = AF_INET };

	inet_pton(AF_INET, text, &address.sin_addr);
	strcpy(request.ifr_name, interface);
	memcpy(&request.ifr_addr, &address, sizeof(address));
	if (ioctl(fd, SIOCSIFADDR, &request))
		ktap_bail_out("%s cannot be added: %s", text, strerror(errno));
}

bool end_namespace(void)
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
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	add_v4(fd, "lo:1", "198.51.100.1");
	add_v4(fd, "lo:2", "198.51.100.2");
	close(fd);
	return true;
}

/* -- the side under test --------------------------------------------------- */

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
	end->at = text;
	end->size = size;
	memcpy(end->last, text, size);
	end->last[size] = '\0';
	if (end->echo)
		h248_transport_send(end->transport, from, text, size);
	if (end->hang_up)
		h248_transport_disconnect(end->transport, from);
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

	told(end, 'd');
	end->downs++;
	end->peer = *peer;
	if (end->persistent)
		h248_transport_connect(end->transport, peer);
}

struct h248_transport_user end_user(struct end *end)
{
	return (struct h248_transport_user){
		.arg = end,
		.message = on_message,
		.idle = on_idle,
		.up = on_up,
		.down = on_down,
	};
}

int end_try_open(struct end *end, struct event_base *base,
		 enum h248_protocol protocol, const char *local)
{
	struct h248_transport_user user = end_user(end);

	memset(end, 0, sizeof(*end));
	end->base = base;
	end->local = end_address(protocol, local);
	return h248_transport_open(&end->transport, base, &end->local, &user);
}

bool end_is_zeroed(const struct end *end)
{
	for (size_t i = 0; i < end->size; i++)
		if (end->at[i])
			return false;
	return true;
}

void end_open(struct end *end, struct event_base *base,
	      enum h248_protocol protocol, const char *local)
{
	int err = end_try_open(end, base, protocol, local);

	if (err)
		ktap_bail_out("%s: %s", local, strerror(-err));
}

static void tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

bool end_reaches(struct event_base *base, const int *value, int wanted)
{
	struct timeval pause = { .tv_usec = 5000 };
	struct event *wake = event_new(base, -1, EV_PERSIST, tick, NULL);
	time_t end = time(NULL) + END_DEADLINE_S;

	event_add(wake, &pause);
	while (*value < wanted && time(NULL) < end)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(wake);
	if (*value != wanted)
		ktap_note("%d instead of %d", *value, wanted);
	return *value == wanted;
}

/* -- the other side -------------------------------------------------------- */

int end_plain(int type, const struct h248_address *local)
{
	struct timeval limit = { .tv_sec = END_DEADLINE_S };
	int fd = socket(local->any.sa_family, type, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &local->any, sizeof(local->v6)))
		ktap_bail_out("bind: %s", strerror(errno));
	return fd;
}
