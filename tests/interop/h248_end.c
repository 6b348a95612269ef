// SPDX-License-Identifier: GPL-2.0-only
/*
 * One end of an H.248 transport, for peers that share no code with it.
 *
 * h248_end udp|tcp|sctp LOCAL
 *	answers each message with the same, for ever
 * h248_end udp|tcp|sctp LOCAL PEER COUNT SIZE
 *	sends COUNT messages of SIZE octets and wants them back, in order
 *
 * Prints what happens, a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/h248_transport.h"

enum { FLUSH = 10, DEADLINE_S = 30 };

static struct {
	struct event_base *base;
	struct h248_transport *transport;
	struct h248_address peer;
	bool calls;
	int wanted, sent, got;
	size_t size;
	char text[H248_MESSAGE_MAX];
} end;

static void fail(const char *what)
{
	printf("failed: %s\n", what);
	exit(EXIT_FAILURE);
}

/* The message of this number. */
static const char *fill(int number)
{
	for (size_t i = 0; i < end.size; i++)
		end.text[i] = ' ' + (number + i) % 90;
	return end.text;
}

/* The next few. */
static void send_more(void)
{
	int until = end.sent + FLUSH < end.wanted ? end.sent + FLUSH :
						    end.wanted;

	for (; end.sent < until; end.sent++)
		if (h248_transport_send(end.transport, &end.peer,
					fill(end.sent), end.size))
			fail("a message is not taken");
	h248_transport_flush(end.transport);
}

static void on_message(void *arg, const struct h248_address *from, char *text,
		       size_t size)
{
	(void)arg;
	if (!end.calls) {
		h248_transport_send(end.transport, from, text, size);
		return;
	}
	if (size != end.size || memcmp(text, fill(end.got), size))
		fail("an answer is not what was sent");
	if (++end.got == end.wanted)
		event_base_loopbreak(end.base);
}

static void on_idle(void *arg)
{
	(void)arg;
	if (!end.calls)
		h248_transport_flush(end.transport);
	else if (end.got == end.sent && end.sent < end.wanted)
		send_more();
}

static void on_up(void *arg, const struct h248_address *peer)
{
	char text[H248_ADDRESS_TEXT];

	(void)arg;
	printf("up %s\n", h248_address_format(text, peer));
	if (end.calls)
		send_more();
}

static void on_down(void *arg, const struct h248_address *peer)
{
	char text[H248_ADDRESS_TEXT];

	(void)arg;
	printf("down %s\n", h248_address_format(text, peer));
	if (end.calls)
		fail("no connection");
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	printf("%d of %d came back\n", end.got, end.wanted);
	fail("too much time has gone");
}

static void parse(struct h248_address *address, const char *protocol,
		  const char *text)
{
	address->protocol = !strcmp(protocol, "udp") ? H248_UDP :
			    !strcmp(protocol, "tcp") ? H248_TCP :
						       H248_SCTP;
	if (h248_address_parse(address, text))
		fail("no address");
}

static void call(char **argv)
{
	static const struct timeval deadline = { .tv_sec = DEADLINE_S };

	parse(&end.peer, argv[1], argv[3]);
	end.calls = true;
	end.wanted = atoi(argv[4]);
	end.size = atoi(argv[5]);
	event_base_once(end.base, -1, EV_TIMEOUT, on_deadline, NULL, &deadline);
	if (h248_transport_connect(end.transport, &end.peer))
		fail("it cannot connect");
}

int main(int argc, char **argv)
{
	static const struct h248_transport_user user = {
		.message = on_message,
		.idle = on_idle,
		.up = on_up,
		.down = on_down,
	};
	struct h248_address local = { 0 };
	int err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3 && argc != 6)
		fail("usage: h248_end udp|tcp|sctp LOCAL [PEER COUNT SIZE]");
	parse(&local, argv[1], argv[2]);
	end.base = event_base_new();
	err = h248_transport_open(&end.transport, end.base, &local, &user);
	if (err)
		fail(strerror(-err));
	printf("listening %s\n", h248_transport_name(end.transport));
	if (argc == 6)
		call(argv);
	event_base_dispatch(end.base);
	printf("%d messages\n", end.got);
	h248_transport_close(end.transport);
	event_base_free(end.base);
	return EXIT_SUCCESS;
}
