// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tickets requested and resolved over HTTP: the terminals' side of
 * bench/kms.sh, which starts the server.
 *
 *	bench_kms RESULTS PORT PID INITIATOR RESPONDER KMS
 *		INITIATOR and RESPONDER are IDENTITY,PSK-ID,KEY-FILE
 *
 * Messages are made before and verified after the time that is measured.
 * Each is new: keys, RANDs, tickets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../tests/lib/kms_client.h"
#include "lib/base64.h"
#include "lib/cursor.h"
#include "lib/mikey_text.h"
#include "lib/secret.h"
#include "netns.h"
#include "result.h"

enum {
	ROUNDS = 5,
	PAIRS = 3000,		/* a round */
	CONNECTIONS = 32,
	HTTP_MAX = 4096,	/* octets of a request or an answer */
	PATIENCE = 10000,	/* ms for an answer */
	RATE_GOAL = 15000,
};

#define LOAD 0.7		/* of the highest rate by the clock, for p99 */

struct terminal {
	struct kms_client client;
	struct sg_slice kms;
};

/* A call: its messages, and what they are as HTTP. */
struct call {
	struct kms_query query;
	struct kms_ticket ticket;
	struct kms_octets octets;
	struct mikey_transfer transfer;
	char http[HTTP_MAX];
	int size;
	char answer[HTTP_MAX];
	int answered;
	double due, done;	/* s */
};

struct connection {
	int fd;
	struct call *call;	/* whose answer is awaited */
};

static struct call *calls;
static struct connection connections[CONNECTIONS];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void need(int err, const char *what)
{
	if (err < 0)
		result_fail("%s: %d", what, err);
}

/* -- HTTP ------------------------------------------------------------------ */

static void connect_all(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < CONNECTIONS; i++) {
		connections[i].fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(connections[i].fd, (struct sockaddr *)&to,
			    sizeof(to)))
			result_fail("port %d: %s", port, strerror(errno));
	}
}

static void write_http(struct call *call, const char *type)
{
	char body[HTTP_MAX];
	int size = mikey_body_print(body, sizeof(body),
				    call->query.said.octets);

	need(size, "body");
	call->size = snprintf(call->http, sizeof(call->http),
			      "POST /keymanagement?requesttype=%s HTTP/1.1\r\n"
			      "Host: kms.a.example:8080\r\n"
			      "Content-Type: application/mikey\r\n"
			      "Content-Length: %d\r\n\r\n%.*s",
			      type, size, size, body);
	call->answered = 0;
}

static void send_call(struct connection *connection, struct call *call)
{
	connection->call = call;
	if (send(connection->fd, call->http, call->size, MSG_NOSIGNAL) !=
	    call->size)
		result_fail("the server does not take a request: %s",
			    strerror(errno));
}

/* Where the body is, once all of it is there; else NULL. */
static const char *body_of(struct call *call)
{
	const char *end, *length;

	call->answer[call->answered] = '\0';
	end = strstr(call->answer, "\r\n\r\n");
	length = strcasestr(call->answer, "content-length:");
	if (!end || !length ||
	    end + 4 + atoi(length + 15) > call->answer + call->answered)
		return NULL;
	return end + 4;
}

/* True: the answer is there. */
static bool receive(struct connection *connection)
{
	struct call *call = connection->call;
	ssize_t got = recv(connection->fd, call->answer + call->answered,
			   sizeof(call->answer) - 1 - call->answered, 0);

	if (got <= 0)
		result_fail("the server closed a connection");
	call->answered += got;
	if (!body_of(call))
		return false;
	call->done = now();
	connection->call = NULL;
	return true;
}

/* Sends what is due, on whatever connection is free. */
static int send_due(int next, int count)
{
	double time = now();

	for (int i = 0; i < CONNECTIONS && next < count; i++) {
		if (connections[i].call)
			continue;
		if (calls[next].due > time)
			break;
		send_call(&connections[i], &calls[next++]);
	}
	return next;
}

/* All of the calls' queries; @rate 0: as fast as answers come. */
static void exchange(int count, double rate)
{
	struct pollfd polls[CONNECTIONS];
	int next = 0, open = count;
	double start = now();

	for (int i = 0; i < count; i++)
		calls[i].due = rate ? start + i / rate : start;
	while (open) {
		int wait = PATIENCE;

		next = send_due(next, count);
		for (int i = 0; i < CONNECTIONS; i++) {
			polls[i] = (struct pollfd){ connections[i].fd, POLLIN,
						    0 };
			if (!connections[i].call && next < count)
				wait = 0;
		}
		if (poll(polls, CONNECTIONS, wait) < 0 ||
		    (wait && !next))
			result_fail("poll: %s", strerror(errno));
		for (int i = 0; i < CONNECTIONS; i++)
			if (polls[i].revents && connections[i].call)
				open -= receive(&connections[i]);
	}
}

/* -- MIKEY ----------------------------------------------------------------- */

static struct sg_slice answer_of(struct call *call, __u8 *octets, size_t size)
{
	struct sg_slice body = sg_slice_of(body_of(call));
	int decoded = mikey_body_parse(octets, size, body);

	if (decoded < 0)
		result_fail("an answer is no MIKEY: %.60s", call->answer);
	return (struct sg_slice){ (char *)octets, decoded };
}

static void make_requests(const struct terminal *from, struct sg_slice to,
			  int count)
{
	for (int i = 0; i < count; i++) {
		struct mikey_policy wish = kms_client_wish(&from->client, to);

		need(kms_client_request(&calls[i].query, &from->client,
					from->kms, &wish), "REQUEST_INIT");
		write_http(&calls[i], "ticketrequest");
	}
}

static void take_tickets(const struct terminal *from, int count)
{
	struct mikey_fault fault;
	__u8 octets[HTTP_MAX];

	for (int i = 0; i < count; i++)
		need(kms_client_take(&calls[i].ticket, &calls[i].query,
				     &from->client,
				     answer_of(&calls[i], octets,
					       sizeof(octets)),
				     &fault), "REQUEST_RESP");
}

static void make_resolves(const struct terminal *from,
			  const struct terminal *to, int count)
{
	for (int i = 0; i < count; i++) {
		struct call *call = &calls[i];

		need(kms_client_transfer(&call->transfer, &call->octets,
					 &from->client, &call->ticket,
					 to->client.identity), "TRANSFER_INIT");
		need(kms_client_resolve(&call->query, &to->client, to->kms,
					&call->transfer), "RESOLVE_INIT");
		write_http(call, "ticketresolve");
	}
}

static void check_keys(const struct terminal *to, int count)
{
	static struct mikey_reply reply;
	struct mikey_fault fault;
	__u8 octets[HTTP_MAX];

	for (int i = 0; i < count; i++) {
		struct mikey_keys *keys = &calls[i].ticket.keys;

		need(mikey_reply_parse(&reply, &calls[i].query.said,
				       answer_of(&calls[i], octets,
						 sizeof(octets)),
				       &to->client.psk, &fault),
		     "RESOLVE_RESP");
		need(mikey_derive_forks(keys, 1, mikey_suite_of(0),
					&reply.modifier), "forks");
		if (!sg_secret_equal(keys, &reply.keys, sizeof(*keys)))
			result_fail("a call's keys differ");
	}
}

/* -- rounds ---------------------------------------------------------------- */

/* s of the server's and of the clock's for one round of pairs. */
struct took {
	double cpu, wall;
};

/* @rate of messages as above. */
static struct took round_of(const struct terminal *from,
			    const struct terminal *to, int pid, double rate,
			    double *latency)
{
	struct took took = { 0, 0 };

	for (int resolve = 0; resolve < 2; resolve++) {
		double start;
		__u64 before;

		if (resolve)
			make_resolves(from, to, PAIRS);
		else
			make_requests(from, to->client.identity, PAIRS);
		before = netns_cpu_time(pid);
		start = now();
		exchange(PAIRS, rate);
		took.wall += now() - start;
		took.cpu += (netns_cpu_time(pid) - before) / 1e9;
		for (int i = 0; i < PAIRS && latency; i++)
			latency[resolve * PAIRS + i] =
				calls[i].done - calls[i].due;
		if (resolve)
			check_keys(to, PAIRS);
		else
			take_tickets(from, PAIRS);
	}
	return took;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure(const struct terminal *from, const struct terminal *to,
		    int pid)
{
	static double latency[2 * PAIRS];
	double best = 0, most = 0, p99 = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct took took = round_of(from, to, pid, 0, NULL);
		double rate = PAIRS / took.cpu, all = PAIRS / took.wall;

		result_note("%.0f pairs a second of the server's CPU, %.0f by "
			    "the clock", rate, all);
		best = best > rate ? best : rate;
		most = most > all ? most : all;
	}
	for (int i = 0; i < ROUNDS; i++) {
		double here;

		round_of(from, to, pid, 2 * most * LOAD, latency);
		qsort(latency, 2 * PAIRS, sizeof(*latency), compare);
		here = latency[2 * PAIRS * 99 / 100] * 1e3;
		result_note("half of the answers within %.2f ms, 99 %% within "
			    "%.2f ms", latency[PAIRS] * 1e3, here);
		p99 = !p99 || here < p99 ? here : p99;
	}
	result_row("kms-pairs-per-second", best, "pairs/s", NULL, 0,
		   "value>=15000");
	result_row("kms-p99", p99, "ms", NULL, 0, "value<=5");
}

static struct terminal read_terminal(const char *text, const char *kms)
{
	struct sg_cursor c = sg_cursor_of_slice(sg_slice_of(text));
	struct terminal terminal = { .kms = sg_slice_of(kms) };
	char key[64] = "";
	FILE *file;

	terminal.client.identity = sg_cursor_until(&c, ',');
	terminal.client.psk_id = sg_cursor_until(&c, ',');
	file = fopen(sg_cursor_rest(&c).at, "r");
	terminal.client.psk.size = 32;
	if (!file || !fgets(key, sizeof(key), file) ||
	    sg_base64_decode(terminal.client.psk.octets, 32,
			     sg_slice_trim(sg_slice_of(key))) != 32)
		result_fail("no key: %s", text);
	fclose(file);
	return terminal;
}

int main(int argc, char **argv)
{
	struct terminal from, to;

	if (argc != 7)
		result_fail("usage: see the source");
	result_open(argv[1]);
	from = read_terminal(argv[4], argv[6]);
	to = read_terminal(argv[5], argv[6]);
	calls = calloc(PAIRS, sizeof(*calls));
	if (!calls)
		result_fail("out of memory");
	connect_all(atoi(argv[2]));
	measure(&from, &to, atoi(argv[3]));
	return 0;
}
