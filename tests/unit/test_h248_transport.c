// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.248 between hosts: addresses, and messages over UDP and TCP in a network
 * namespace. The other side is plain sockets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../userspace/lib/h248_carrier.h"
#include "../lib/ends.h"
#include "../lib/ktap.h"

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
	static char got[END_LARGE + 1];
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

/* -- addresses ------------------------------------------------------------- */

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
	struct h248_address udp = end_address(H248_UDP, "200.0.0.1");
	struct h248_address tcp = end_address(H248_TCP, "1.0.0.2");
	bool ok = true;

	for (int i = 0; i < 7; i++) {
		for (int j = 0; j < 7; j++) {
			struct h248_address a = end_address(H248_UDP, rising[i]);
			struct h248_address b = end_address(H248_UDP, rising[j]);
			int by = h248_address_compare(&a, &b);

			ok &= i < j ? by < 0 : i > j ? by > 0 : !by;
		}
	}
	ktap(ok, "addresses have one order");
	ktap(h248_address_compare(&udp, &tcp) < 0 &&
	     h248_address_compare(&tcp, &udp) > 0,
	     "the protocol comes first in it");
}

/* -- the queue --------------------------------------------------------------- */

static bool put(struct h248_queue *queue, const char *text)
{
	char *room = h248_queue_add(queue, strlen(text));

	if (room)
		memcpy(room, text, strlen(text));
	return room != NULL;
}

/* The first octets are @wanted, all others zero. */
static bool holds(const struct h248_queue *queue, const char *wanted)
{
	size_t length = h248_queue_length(queue);
	bool ok = length == strlen(wanted) &&
		  !memcmp(h248_queue_at(queue), wanted, length);

	for (size_t i = 0; i < queue->size; i++)
		if (i < queue->start || i >= queue->end)
			ok &= !queue->octets[i];
	return ok;
}

static void test_queue(void)
{
	struct h248_queue queue;

	if (h248_queue_open(&queue, 16))
		ktap_bail_out("no memory");
	memset(queue.octets, 0, 16);
	ktap(put(&queue, "12345678") && put(&queue, "abcdefgh") &&
	     !put(&queue, "x") && holds(&queue, "12345678abcdefgh"),
	     "a queue has an end");
	h248_queue_take(&queue, 8);
	ktap(holds(&queue, "abcdefgh"), "what has left it is zeroed");
	ktap(put(&queue, "XYZ") && holds(&queue, "abcdefghXYZ"),
	     "room at its front is used, and what moved is zeroed");
	h248_queue_take(&queue, 11);
	ktap(holds(&queue, "") && put(&queue, "0123456789abcdef"),
	     "empty, it is whole again");
	h248_queue_close(&queue);
}

/* -- UDP ------------------------------------------------------------------- */

static void test_udp_both_ways(struct event_base *base, const char *ours,
			       const char *theirs)
{
	struct h248_address peer = end_address(H248_UDP, theirs);
	int fd = end_plain(SOCK_DGRAM, &peer);
	static struct end end;

	end_open(&end, base, H248_UDP, ours);
	end.echo = true;
	plain_send(fd, &end.local, "one", 3);
	ktap(end_reaches(base, &end.messages, 1) && !strcmp(end.last, "one") &&
	     !h248_address_compare(&end.peer, &peer),
	     "UDP %s: a message comes in", ours);
	ktap(plain_gets(fd, &end.local, "one", 3), "UDP %s: and its answer out",
	     ours);
	ktap(end_is_zeroed(&end), "UDP %s: nothing is left of it", ours);
	h248_transport_close(end.transport);
	close(fd);
}

/* The peer wrote to @named, not to what routing would choose. */
static void test_udp_wildcard(struct event_base *base, const char *any,
			      const char *named, const char *theirs)
{
	struct h248_address peer = end_address(H248_UDP, theirs);
	struct h248_address to = end_address(H248_UDP, named);
	int fd = end_plain(SOCK_DGRAM, &peer);
	static struct end end;

	end_open(&end, base, H248_UDP, any);
	end.echo = true;
	plain_send(fd, &to, "two", 3);
	ktap(end_reaches(base, &end.messages, 1) && plain_gets(fd, &to, "two", 3),
	     "UDP %s: the answer leaves from where the request came to", any);
	h248_transport_close(end.transport);
	close(fd);
}

static void test_udp_batches(struct event_base *base)
{
	struct h248_address peer = end_address(H248_UDP, "127.0.0.1:5000");
	int fd = end_plain(SOCK_DGRAM, &peer);
	static struct end end;
	char wanted[75] = "";
	bool all = true;

	end_open(&end, base, H248_UDP, "127.0.0.1");
	end.echo = true;
	for (int i = 0; i < 70; i++) {
		char text = 'A' + i;

		plain_send(fd, &end.local, &text, 1);
	}
	memset(wanted, 'm', 73);
	wanted[32] = wanted[65] = wanted[72] = 'i';
	ktap(end_reaches(base, &end.messages, 70) && !strcmp(end.told, wanted),
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
	struct h248_address peer = end_address(H248_UDP, "[::1]:5000");
	struct h248_address v4 = end_address(H248_UDP, "127.0.0.1");
	static char large[END_LARGE + 1];
	static struct end end;
	int fd = end_plain(SOCK_DGRAM, &peer);

	end_open(&end, base, H248_UDP, "::1");
	end.echo = true;
	memset(large, 'x', sizeof(large));
	ktap(h248_transport_send(end.transport, &peer, large, END_LARGE + 1) ==
	     -EMSGSIZE && h248_transport_send(end.transport, &peer, large, 0) ==
	     -EMSGSIZE, "UDP: messages over-long or empty are refused");
	ktap(h248_transport_send(end.transport, &v4, "x", 1) == -EAFNOSUPPORT,
	     "UDP: an address of the other family is refused");
	plain_send(fd, &end.local, "", 0);
	plain_send(fd, &end.local, large, END_LARGE + 1);
	plain_send(fd, &end.local, large, END_LARGE);
	ktap(end_reaches(base, &end.messages, 1) && end.size == END_LARGE &&
	     !memcmp(end.last, large, END_LARGE) &&
	     plain_gets(fd, &end.local, large, END_LARGE),
	     "UDP: the longest message goes both ways, a longer one does not");
	h248_transport_close(end.transport);
	close(fd);
}

/* To where nobody is and where no way leads; then to @fd. */
static void test_udp_errors(struct event_base *base)
{
	struct h248_address peer = end_address(H248_UDP, "127.0.0.1:5000");
	struct h248_address nobody = end_address(H248_UDP, "127.0.0.1:5001");
	struct h248_address nowhere = end_address(H248_UDP, "192.0.2.1");
	int fd = end_plain(SOCK_DGRAM, &peer);
	static struct end end;

	end_open(&end, base, H248_UDP, "0.0.0.0");
	ktap(!h248_transport_connect(end.transport, &peer) && end.ups == 1,
	     "UDP: a connection is up at once");
	h248_transport_send(end.transport, &nowhere, "a", 1);
	h248_transport_send(end.transport, &nobody, "b", 1);
	h248_transport_send(end.transport, &nobody, "c", 1);
	h248_transport_send(end.transport, &peer, "d", 1);
	h248_transport_flush(end.transport);
	end.local = end_address(H248_UDP, "127.0.0.1");
	ktap(plain_gets(fd, &end.local, "d", 1),
	     "UDP: a message that cannot be sent stops none behind it");
	plain_send(fd, &end.local, "e", 1);
	ktap(end_reaches(base, &end.messages, 1), "UDP: nor what comes in");
	ktap(!strcmp(h248_transport_name(end.transport), "udp"),
	     "UDP: has a name");
	h248_transport_close(end.transport);
	close(fd);
}

static void test_udp_full(struct event_base *base)
{
	struct h248_address peer = end_address(H248_UDP, "127.0.0.1:5000");
	int fd = end_plain(SOCK_DGRAM, &peer), waiting = 0, err;
	static char large[60000];
	static struct end end;

	end_open(&end, base, H248_UDP, "127.0.0.1");
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

	end_open(&end, base, H248_UDP, "127.0.0.1");
	ktap(end_try_open(&other, base, H248_UDP, "127.0.0.1") == -EADDRINUSE,
	     "UDP: a port is taken once");
	ktap(end_try_open(&other, base, H248_UDP, "192.0.2.1") == -EADDRNOTAVAIL,
	     "UDP: an address of somebody else is none of ours");
	h248_transport_close(end.transport);
}

static void test_udp(struct event_base *base)
{
	test_udp_both_ways(base, "127.0.0.1", "127.0.0.1:5000");
	test_udp_both_ways(base, "fd00::1", "[fd00::2]:5000");
	test_udp_wildcard(base, "0.0.0.0", "198.51.100.1:2944",
			  "198.51.100.2:5000");
	test_udp_wildcard(base, "::", "[fd00::2]:2944", "[fd00::1]:5000");
	test_udp_batches(base);
	test_udp_sizes(base);
	test_udp_errors(base);
	test_udp_full(base);
	test_udp_taken(base);
}

/* -- TCP ------------------------------------------------------------------- */

/* A client of @end, whose .up has come. */
static int tcp_client(struct end *end, const char *local)
{
	struct h248_address from = end_address(H248_TCP, local);
	int fd = end_plain(SOCK_STREAM, &from), ups = end->ups;

	if (connect(fd, &end->local.any, sizeof(end->local.v6)))
		ktap_bail_out("connect: %s", strerror(errno));
	if (!end_reaches(end->base, &end->ups, ups + 1))
		ktap_bail_out("no .up");
	return fd;
}

/* The next @size octets of the stream are @octets. */
static bool tcp_gets(int fd, const void *octets, size_t size)
{
	static char got[END_LARGE + 4];
	ssize_t count = recv(fd, got, size, MSG_WAITALL);

	if (count == (ssize_t)size && !memcmp(got, octets, size))
		return true;
	ktap_note("got %zd octets of %zu", count, size);
	return false;
}

/* Nothing more comes: a FIN or a reset, but no time-out. */
static bool tcp_ends(int fd)
{
	char octet;
	ssize_t got = recv(fd, &octet, 1, 0);

	return !got || (got < 0 && errno == ECONNRESET);
}

static void test_tcp_frames(struct event_base *base, const char *ours,
			    const char *theirs)
{
	static const char frames[] = "\3\0\0\7one\3\0\0\5x\3\0\0\7two";
	static struct end end;
	int fd;

	end_open(&end, base, H248_TCP, ours);
	end.echo = true;
	fd = tcp_client(&end, theirs);
	for (int i = 0; i < 6; i++) {
		send(fd, frames + i, 1, 0);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ktap(!end.messages, "TCP %s: a part of a frame is no message", ours);
	send(fd, frames + 6, 1, 0);
	ktap(end_reaches(base, &end.messages, 1) && !strcmp(end.last, "one"),
	     "TCP %s: a frame in parts is one message", ours);
	send(fd, frames + 7, sizeof(frames) - 1 - 7 - 3, 0);
	end_reaches(base, &end.messages, 2);
	send(fd, frames + sizeof(frames) - 1 - 3, 3, 0);
	ktap(end_reaches(base, &end.messages, 3) && !strcmp(end.last, "two") &&
	     !strcmp(end.told, "umimimi"),
	     "TCP %s: a frame and a half are two messages", ours);
	ktap(tcp_gets(fd, frames, sizeof(frames) - 1),
	     "TCP %s: answers are framed alike", ours);
	end.size = sizeof(frames); /* where a part was before it moved, too */
	ktap(end_is_zeroed(&end), "TCP %s: nothing is left of them", ours);
	close(fd);
	ktap(end_reaches(base, &end.downs, 1), "TCP %s: the end is told", ours);
	h248_transport_close(end.transport);
}

static void test_tcp_large(struct event_base *base)
{
	static char frame[4 + END_LARGE] = "\3\0\xff\xe7";
	static struct end end;
	int fd;

	end_open(&end, base, H248_TCP, "127.0.0.1");
	fd = tcp_client(&end, "127.0.0.1:5000");
	for (int i = 4; i < 4 + END_LARGE; i++)
		frame[i] = i;
	end.echo = true;
	for (size_t at = 0; at < sizeof(frame); at += 997) {
		size_t left = sizeof(frame) - at;

		send(fd, frame + at, left < 997 ? left : 997, 0);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ktap(end_reaches(base, &end.messages, 1) && end.size == END_LARGE &&
	     tcp_gets(fd, frame, sizeof(frame)),
	     "TCP: the longest message goes both ways");
	close(fd);
	h248_transport_close(end.transport);
}

static void test_tcp_nonsense(struct event_base *base)
{
	static const struct {
		const char *what;
		char octets[5];
	} wrong[] = {
		{ "version 2", "\2\0\0\5x" }, { "text", "MEGAC" },
		{ "a reserved bit", "\3\1\0\5x" },
		{ "length 0", { 3, 0, 0, 0, 'x' } },
		{ "length 3", { 3, 0, 0, 3, 'x' } },
		{ "an empty frame", { 3, 0, 0, 4, 'x' } },
		{ "an over-long frame", { 3, 0, (char)0xff, (char)0xe8, 'x' } },
	};
	static struct end end;

	end_open(&end, base, H248_TCP, "127.0.0.1");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		int fd = tcp_client(&end, "127.0.0.1:5000");

		send(fd, wrong[i].octets, 5, 0);
		ktap(end_reaches(base, &end.downs, i + 1) && !end.messages &&
		     tcp_ends(fd), "TCP: %s ends the connection",
		     wrong[i].what);
		close(fd);
	}
	h248_transport_close(end.transport);
}

static void test_tcp_connect(struct event_base *base)
{
	struct h248_address peer = end_address(H248_TCP, "127.0.0.1:5000");
	int listener = end_plain(SOCK_STREAM, &peer), fd;
	static struct end end;

	end_open(&end, base, H248_TCP, "127.0.0.1");
	ktap(h248_transport_send(end.transport, &peer, "x", 1) == -ENOTCONN,
	     "TCP: no message without a connection");
	h248_transport_connect(end.transport, &peer);
	ktap(end_reaches(base, &end.downs, 1) && !end.ups &&
	     !h248_address_compare(&end.peer, &peer),
	     "TCP: a connection that cannot be made is told");
	listen(listener, 1);
	end.persistent = true;
	h248_transport_connect(end.transport, &peer);
	h248_transport_connect(end.transport, &peer);
	ktap(end_reaches(base, &end.ups, 1) &&
	     !h248_address_compare(&end.peer, &peer), "TCP: it connects");
	fd = accept(listener, NULL, NULL);
	h248_transport_send(end.transport, &peer, "a", 1);
	h248_transport_send(end.transport, &peer, "b", 1);
	h248_transport_flush(end.transport);
	ktap(tcp_gets(fd, "\3\0\0\5a\3\0\0\5b", 10), "TCP: and sends");
	close(fd);
	ktap(end_reaches(base, &end.downs, 2) &&
	     end_reaches(base, &end.ups, 2), "TCP: it connects anew");
	fd = accept(listener, NULL, NULL);
	h248_transport_send(end.transport, &peer, "c", 1);
	h248_transport_flush(end.transport);
	ktap(tcp_gets(fd, "\3\0\0\5c", 5), "TCP: and sends again");
	h248_transport_disconnect(end.transport, &peer);
	ktap(tcp_ends(fd) && end.downs == 2 &&
	     h248_transport_send(end.transport, &peer, "d", 1) == -ENOTCONN,
	     "TCP: it disconnects without a word");
	close(fd);
	close(listener);
	h248_transport_close(end.transport);
}

/* Reads while the loop runs, until @size octets have come or none do. */
static size_t tcp_drain(struct event_base *base, int fd, char *octets,
			size_t size)
{
	time_t end = time(NULL) + END_DEADLINE_S;
	size_t at = 0;

	while (at < size && time(NULL) < end) {
		ssize_t got = recv(fd, octets + at, size - at, MSG_DONTWAIT);

		at += got > 0 ? got : 0;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	return at;
}

/* A peer that reads nothing for a time, and then all. */
static void test_tcp_full(struct event_base *base)
{
	static char text[4 + 50000] = { 3, 0, (char)0xc3, 0x54 };
	static char got[sizeof(text)];
	static struct end end;
	struct h248_address peer;
	int fd, queued = 0, err;
	bool all = true;

	end_open(&end, base, H248_TCP, "127.0.0.1");
	fd = tcp_client(&end, "127.0.0.1:5000");
	peer = end.peer;
	do {
		err = h248_transport_send(end.transport, &peer, text + 4, 50000);
		h248_transport_flush(end.transport);
	} while (!err && ++queued < 100000);
	ktap(err == -ENOBUFS && queued > 20, "TCP: a full queue says so");
	for (int i = 0; i < queued && all; i++)
		all = tcp_drain(base, fd, got, sizeof(got)) == sizeof(got) &&
		      !memcmp(got, text, sizeof(got));
	ktap(all, "TCP: and all that was taken arrives");
	close(fd);
	h248_transport_close(end.transport);
}

/* The connection goes away between two of its messages. */
static void test_tcp_hang_up(struct event_base *base)
{
	static struct end end;
	int fd;

	end_open(&end, base, H248_TCP, "127.0.0.1");
	end.hang_up = true;
	fd = tcp_client(&end, "127.0.0.1:5000");
	send(fd, "\3\0\0\5a\3\0\0\5b", 10, 0);
	ktap(end_reaches(base, &end.messages, 1) && tcp_ends(fd) &&
	     !strcmp(end.told, "umi"),
	     "TCP: a message may end its own connection");
	close(fd);
	h248_transport_close(end.transport);
}

static void test_tcp(struct event_base *base)
{
	test_tcp_frames(base, "127.0.0.1", "127.0.0.1:5000");
	test_tcp_frames(base, "fd00::1", "[fd00::2]:5000");
	test_tcp_large(base);
	test_tcp_nonsense(base);
	test_tcp_connect(base);
	test_tcp_full(base);
	test_tcp_hang_up(base);
}

int main(void)
{
	struct event_base *base;

	test_addresses();
	test_order();
	test_queue();
	if (!end_namespace()) {
		ktap_skip("needs root", "messages in a network namespace");
		return ktap_finish();
	}
	base = event_base_new();
	test_udp(base);
	test_tcp(base);
	event_base_free(base);
	return ktap_finish();
}
