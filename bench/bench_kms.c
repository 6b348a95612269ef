// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tickets requested and resolved over HTTP: the terminals' side of
 * bench/kms.sh, which starts the servers.
 *
 *	bench_kms RESULTS KMS PORT PID USERS PORT PID USERS
 *	bench_kms users USERS	prints them for "srtpgate-kms user import"
 *
 * The first server has few users, the second many; their rounds alternate.
 * Messages are made before and verified after the time that is measured. Each
 * is new, keys, RANDs, tickets, and each call is between two users by chance.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../tests/lib/kms_terminal.h"
#include "../tests/lib/random.h"
#include "lib/mikey_text.h"
#include "netns.h"
#include "result.h"

enum {
	ROUNDS = 5,
	PAIRS = 3000,		/* a round */
	CONNECTIONS = 32,
	HTTP_MAX = 4096,	/* octets of a request or an answer */
	PATIENCE = 10000,	/* ms for an answer */
	IDLE = 2000,		/* connections that have asked before */
};

#define LOAD 0.7		/* of the usual rate by the clock, for p99 */

struct person {
	struct kms_client client;
	char identity[32], btid[32];
};

struct server {
	struct sg_slice kms;
	int port, pid;
	unsigned int users;
	double memory;		/* octets, before the first question */
	double best;		/* pairs a second, of its CPU */
	double clocked[ROUNDS];	/* pairs a second, by the clock */
	int rounds;
};

/* A call: its messages, and what they are as HTTP. */
struct call {
	struct person from, to;
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

static struct random chance = { 1 };

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

/* The key of user @number is the number. */
static void become(struct person *person, unsigned int number)
{
	struct mikey_secret *key = &person->client.psk;

	snprintf(person->identity, sizeof(person->identity), "u%u@a.example",
		 number);
	snprintf(person->btid, sizeof(person->btid), "u%u@bsf.example", number);
	person->client.identity = sg_slice_of(person->identity);
	person->client.psk_id = sg_slice_of(person->btid);
	*key = (struct mikey_secret){ .size = 32 };
	for (int i = 0; i < 4; i++)
		key->octets[31 - i] = number >> 8 * i;
}

/* -- HTTP ------------------------------------------------------------------ */

static int connect_to(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		result_fail("port %d: %s", port, strerror(errno));
	return fd;
}

static void connect_all(int port)
{
	for (int i = 0; i < CONNECTIONS; i++)
		connections[i].fd = connect_to(port);
}

static void close_all(void)
{
	for (int i = 0; i < CONNECTIONS; i++)
		close(connections[i].fd);
}

static void write_http(struct call *call, const char *type)
{
	call->size = kms_terminal_print(call->http, sizeof(call->http), type,
					call->query.said.octets);
	need(call->size, "HTTP");
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

/* True: the answer is there. */
static bool receive(struct connection *connection)
{
	struct call *call = connection->call;
	ssize_t got = recv(connection->fd, call->answer + call->answered,
			   sizeof(call->answer) - 1 - call->answered, 0);

	if (got <= 0)
		result_fail("the server closed a connection");
	call->answered += got;
	call->answer[call->answered] = '\0';
	if (!kms_terminal_body(call->answer))
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
	struct sg_slice body = sg_slice_of(kms_terminal_body(call->answer));
	int decoded = mikey_body_parse(octets, size, body);

	if (decoded < 0)
		result_fail("an answer is no MIKEY: %.60s", call->answer);
	return (struct sg_slice){ (char *)octets, decoded };
}

static void make_requests(const struct server *server)
{
	for (int i = 0; i < PAIRS; i++) {
		struct call *call = &calls[i];
		struct mikey_policy wish;

		become(&call->from, random_below(&chance, server->users));
		become(&call->to, random_below(&chance, server->users));
		wish = kms_client_wish(&call->from.client,
				       call->to.client.identity);
		need(kms_client_request(&call->query, &call->from.client,
					server->kms, &wish), "REQUEST_INIT");
		write_http(call, "ticketrequest");
	}
}

static void make_resolves(const struct server *server)
{
	struct mikey_fault fault;
	__u8 octets[HTTP_MAX];

	for (int i = 0; i < PAIRS; i++) {
		struct call *call = &calls[i];

		need(kms_client_take(&call->ticket, &call->query,
				     &call->from.client,
				     answer_of(call, octets, sizeof(octets)),
				     &fault), "REQUEST_RESP");
		need(kms_client_transfer(&call->transfer, &call->octets,
					 &call->from.client, &call->ticket,
					 call->to.client.identity),
		     "TRANSFER_INIT");
		need(kms_client_resolve(&call->query, &call->to.client,
					server->kms, &call->transfer),
		     "RESOLVE_INIT");
		write_http(call, "ticketresolve");
	}
}

static void check_keys(void)
{
	static struct mikey_reply reply;
	struct mikey_fault fault;
	__u8 octets[HTTP_MAX];

	for (int i = 0; i < PAIRS; i++) {
		struct call *call = &calls[i];

		need(kms_terminal_check(&call->to.client, &call->ticket,
					&call->query,
					answer_of(call, octets, sizeof(octets)),
					&reply, &fault), "RESOLVE_RESP");
	}
}

/* -- rounds ---------------------------------------------------------------- */

/* s of the server's and of the clock's for one round of pairs. */
struct took {
	double cpu, wall;
};

/* Sends all that was made; @latency of each, if not NULL. */
static struct took send_all(const struct server *server, double rate,
			    double *latency)
{
	__u64 before = netns_cpu_time(server->pid);
	double start = now();
	struct took took;

	exchange(PAIRS, rate);
	took.wall = now() - start;
	took.cpu = (netns_cpu_time(server->pid) - before) / 1e9;
	for (int i = 0; i < PAIRS && latency; i++)
		latency[i] = calls[i].done - calls[i].due;
	return took;
}

/* @rate of messages as above; @latency of 2 * PAIRS. */
static struct took round_of(const struct server *server, double rate,
			    double *latency)
{
	struct took requests, resolves;

	connect_all(server->port);
	make_requests(server);
	requests = send_all(server, rate, latency);
	make_resolves(server);
	resolves = send_all(server, rate, latency ? latency + PAIRS : NULL);
	check_keys();
	close_all();
	return (struct took){ requests.cpu + resolves.cpu,
			      requests.wall + resolves.wall };
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void measure_rate(struct server *server)
{
	struct took took = round_of(server, 0, NULL);
	double rate = PAIRS / took.cpu, all = PAIRS / took.wall;

	result_note("%u users: %.0f pairs a second of the server's CPU, %.0f "
		    "by the clock", server->users, rate, all);
	server->best = server->best > rate ? server->best : rate;
	server->clocked[server->rounds++] = all;
}

/* The median: what it did in a lucky round it cannot do in most. */
static double usual_rate(struct server *server)
{
	qsort(server->clocked, ROUNDS, sizeof(*server->clocked), compare);
	return server->clocked[ROUNDS / 2];
}

/* ms within which 99 of 100 answers came. */
static double measure_latency(struct server *server)
{
	static double latency[2 * PAIRS];
	double p99;

	round_of(server, 2 * usual_rate(server) * LOAD, latency);
	qsort(latency, 2 * PAIRS, sizeof(*latency), compare);
	p99 = latency[2 * PAIRS * 99 / 100] * 1e3;
	result_note("half of the answers within %.2f ms, 99 %% within %.2f ms",
		    latency[PAIRS] * 1e3, p99);
	return p99;
}

/* -- memory ---------------------------------------------------------------- */

/* What it has in memory, by /proc/PID/statm. */
static double memory_of(int pid)
{
	unsigned long pages = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		result_fail("no server %d", pid);
	fclose(file);
	return (double)pages * sysconf(_SC_PAGESIZE);
}

/* Of a connection that has asked, and may ask again. */
static double measure_connection(const struct server *server)
{
	static const char query[] = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
	struct rlimit limit = { 2 * IDLE, 2 * IDLE };
	double before = memory_of(server->pid), after;
	static int fd[IDLE];
	char answer[1024];

	if (setrlimit(RLIMIT_NOFILE, &limit))
		result_fail("%d descriptors: %s", IDLE, strerror(errno));
	for (int i = 0; i < IDLE; i++) {
		fd[i] = connect_to(server->port);
		if (send(fd[i], query, sizeof(query) - 1, 0) < 0 ||
		    recv(fd[i], answer, sizeof(answer), 0) <= 0)
			result_fail("connection %d gets no answer", i);
	}
	after = memory_of(server->pid);
	for (int i = 0; i < IDLE; i++)
		close(fd[i]);
	return (after - before) / IDLE;
}

/* -- all ------------------------------------------------------------------- */

static void measure(struct server *few, struct server *many)
{
	double p99 = 0;

	for (int i = 0; i < ROUNDS; i++) {
		measure_rate(few);
		measure_rate(many);
	}
	for (int i = 0; i < ROUNDS; i++) {
		double here = measure_latency(few);

		p99 = !p99 || here < p99 ? here : p99;
	}
	result_row("kms-pairs-per-second", few->best, "pairs/s", NULL, 0,
		   "value>=15000");
	result_row("kms-p99", p99, "ms", NULL, 0, "value<=5");
	result_row("kms-users-1m-over-10", many->best, "pairs/s", "10 users",
		   few->best, ">=0.80");
	result_row("kms-memory-10", few->memory / 1e6, "MB", NULL, 0, "-");
	result_row("kms-memory-1m", many->memory / 1e6, "MB", NULL, 0, "-");
	result_row("kms-memory-per-user",
		   (many->memory - few->memory) / (many->users - few->users),
		   "octets", NULL, 0, "-");
	result_row("kms-memory-per-connection", measure_connection(few),
		   "octets", NULL, 0, "-");
}

static struct server read_server(const char *kms, char **words)
{
	struct server server = { .kms = sg_slice_of(kms),
				 .port = atoi(words[0]),
				 .pid = atoi(words[1]),
				 .users = atoi(words[2]) };

	server.memory = memory_of(server.pid);
	return server;
}

static int print_users(unsigned int users)
{
	struct person person;

	for (unsigned int i = 0; i < users; i++) {
		become(&person, i);
		printf("%s 0 naf:%064x sip:%s\n", person.btid, i,
		       person.identity);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct server few, many;

	if (argc == 3 && !strcmp(argv[1], "users"))
		return print_users(atoi(argv[2]));
	if (argc != 9)
		result_fail("usage: see the source");
	result_open(argv[1]);
	few = read_server(argv[2], argv + 3);
	many = read_server(argv[2], argv + 6);
	calls = calloc(PAIRS, sizeof(*calls));
	if (!calls)
		result_fail("out of memory");
	measure(&few, &many);
	return 0;
}
