// SPDX-License-Identifier: GPL-2.0-only
/*
 * Terminals that call each other without a pause, and know several servers:
 *
 *	kms_load INITIATOR SERVERS RESPONDER SERVERS
 *
 * A terminal is "IDENTITY,PSK-ID,KEY-FILE,KMS", SERVERS are
 * "ADDRESS:PORT,ADDRESS:PORT...". A server that does not answer, or with a
 * status of 5xx, is left for the next; the query that was lost is made anew. A
 * call for which no server has an answer, or with other keys on both sides, has
 * failed. Until SIGTERM; prints "calls N failed N moved N" every 50 calls and at
 * the end, and on standard error why a call failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../lib/kms_terminal.h"
#include "lib/cursor.h"
#include "lib/host_port.h"
#include "lib/mikey_text.h"

enum {
	SERVERS = 4,
	ROUNDS = 2,		/* each server is tried so often */
	PATIENCE = 5,		/* s for an answer */
	EVERY = 50,		/* calls */
	TEXT = 16384,
};

struct side {
	struct kms_terminal is;
	struct sockaddr_in server[SERVERS];
	int servers;
	int at;			/* the server in use */
	int fd;			/* -1: not connected */
	__u8 octets[TEXT];	/* the last answer */
};

static struct side from, to;
static unsigned long calls, failed, moved;
static volatile sig_atomic_t done;

static void on_signal(int number)
{
	done = number;
}

static void report(void)
{
	printf("calls %lu failed %lu moved %lu\n", calls, failed, moved);
	fflush(stdout);
}

static void die(const char *what)
{
	fprintf(stderr, "kms_load: %s\n", what);
	exit(1);
}

/* -- servers --------------------------------------------------------------- */

static void read_side(struct side *side, const char *terminal,
		      const char *servers)
{
	struct sg_cursor c = sg_cursor_of_slice(sg_slice_of(servers));

	if (kms_terminal_read(&side->is, terminal))
		die("no terminal with a key");
	side->fd = -1;
	while (sg_cursor_left(&c) && side->servers < SERVERS) {
		struct sg_slice one = sg_cursor_until(&c, ',');
		struct sockaddr_in *to = &side->server[side->servers++];
		char text[64], host[64];
		int port;

		snprintf(text, sizeof(text), "%.*s", (int)one.size, one.at);
		if (sg_host_port(text, host, sizeof(host), &port) ||
		    inet_pton(AF_INET, host, &to->sin_addr) != 1)
			die("a server is ADDRESS:PORT");
		to->sin_family = AF_INET;
		to->sin_port = htons(port);
	}
}

static void hang_up(struct side *side)
{
	if (side->fd >= 0)
		close(side->fd);
	side->fd = -1;
}

static void move_on(struct side *side)
{
	hang_up(side);
	side->at = (side->at + 1) % side->servers;
	moved++;
}

static int connect_side(struct side *side)
{
	const struct timeval patience = { PATIENCE, 0 };

	if (side->fd >= 0)
		return 0;
	side->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(side->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	return connect(side->fd, (struct sockaddr *)&side->server[side->at],
		       sizeof(side->server[0]));
}

/* The status, with @answer; -1: there is none. */
static int receive(int fd, char answer[TEXT])
{
	size_t size = 0;
	ssize_t got;

	answer[0] = '\0';
	do {
		got = recv(fd, answer + size, TEXT - 1 - size, 0);
		/* The signal that ends it does not end this call. */
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		size += got;
		answer[size] = '\0';
	} while (!kms_terminal_body(answer));
	return strncmp(answer, "HTTP/1.1 ", 9) ? -1 : atoi(answer + 9);
}

/* Octets of the answer in .octets; -EAGAIN: not from this server. */
static int exchange(struct side *side, const char *type,
		    const struct kms_query *query)
{
	static char text[TEXT];
	int size = kms_terminal_print(text, sizeof(text), type,
				      query->said.octets);
	int status;

	if (connect_side(side) ||
	    send(side->fd, text, size, MSG_NOSIGNAL) != size)
		return -EAGAIN;
	status = receive(side->fd, text);
	if (status < 0 || status >= 500)
		return -EAGAIN;
	if (strcasestr(text, "\r\nconnection: close\r\n"))
		hang_up(side);
	if (status != 200)
		return -EPROTO;
	return mikey_body_parse(side->octets, sizeof(side->octets),
				sg_slice_of(kms_terminal_body(text)));
}

/* -- calls ----------------------------------------------------------------- */

/* Asks one server after the other; @make makes a new query for each. */
static int ask(struct side *side, const char *type, struct kms_query *query,
	       int (*make)(struct kms_query *query, const void *arg),
	       const void *arg)
{
	int size = -EAGAIN;

	for (int i = 0; i < ROUNDS * side->servers; i++) {
		if (make(query, arg))
			return -EINVAL;
		size = exchange(side, type, query);
		if (size != -EAGAIN)
			return size;
		move_on(side);
	}
	return size;
}

static int make_request(struct kms_query *query, const void *arg)
{
	struct mikey_policy wish = kms_client_wish(&from.is.client,
						   to.is.client.identity);

	(void)arg;
	return kms_client_request(query, &from.is.client, from.is.kms, &wish);
}

static int make_resolve(struct kms_query *query, const void *transfer)
{
	return kms_client_resolve(query, &to.is.client, to.is.kms, transfer);
}

static int call(struct mikey_fault *fault)
{
	static struct kms_octets octets;
	static struct mikey_transfer transfer;
	static struct kms_ticket ticket;
	static struct kms_query query;
	static struct mikey_reply reply;
	int size = ask(&from, "ticketrequest", &query, make_request, NULL);
	int err;

	if (size < 0)
		return mikey_fail(fault, size, 0, "no ticket");
	err = kms_client_take(&ticket, &query, &from.is.client,
			      (struct sg_slice){ (char *)from.octets, size },
			      fault);
	if (!err)
		err = kms_client_transfer(&transfer, &octets, &from.is.client,
					  &ticket, to.is.client.identity);
	if (err)
		return err;
	size = ask(&to, "ticketresolve", &query, make_resolve, &transfer);
	if (size < 0)
		return mikey_fail(fault, size, 0, "the ticket is not resolved");
	return kms_terminal_check(&to.is.client, &ticket, &query,
				  (struct sg_slice){ (char *)to.octets, size },
				  &reply, fault);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		die("usage: see the source");
	read_side(&from, argv[1], argv[2]);
	read_side(&to, argv[3], argv[4]);
	signal(SIGTERM, on_signal);
	while (!done) {
		struct mikey_fault fault = { 0 };
		int err = call(&fault);

		calls++;
		failed += err < 0;
		if (err < 0)
			fprintf(stderr, "call %lu: %s: %s\n", calls,
				fault.text ?: "?", strerror(-err));
		if (calls % EVERY == 0)
			report();
	}
	report();
	return failed != 0;
}
