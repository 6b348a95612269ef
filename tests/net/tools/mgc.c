// SPDX-License-Identifier: GPL-2.0-only
/*
 * A media gateway controller for tests of Iq over UDP, with the codec of
 * userspace/lib/h248.h, which others judge (tests/interop).
 *
 * mgc serve --local A:P --gateway A:P --socket FILE
 *	Does what clients of the Unix socket FILE ask, one after the other,
 *	and gives them the message that came back, as it came:
 *	  C=1{S=*}     actions: sent as a transaction, repeated until answered
 *	  /again       the last transaction once more
 *	  /raw TEXT    sent as it is, once, whatever it is
 *	  /mute, /speak  leave the gateway's own requests unanswered, or not
 *	Prints the gateway's own requests, one line each.
 * mgc fuzz --local A:P --gateway A:P [--seed N] [--seconds N] [--steps N]
 *	  [--callers N] [--valid]
 *	Calls that are set up, changed and ended at random, with repeats,
 *	losses and, without --valid, mistakes. At the end the gateway is
 *	audited; exit status 1: it does not know what the calls know.
 */
#include <err.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "mgc_fuzz.h"
#include "mgc_peer.h"

enum { REPEAT_MS = 300, GIVE_UP_MS = 25000, RAW_MS = 2000 };

static struct mgc_peer peer;
static char sent[MGC_TEXT]; /* the last transaction */
static size_t sent_size;
static uint32_t sent_id;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* -- serve ----------------------------------------------------------------- */

/* The reply is in peer.text then. */
static bool answered(void)
{
	uint64_t end = now_ms() + GIVE_UP_MS, next;
	const struct h248_transaction *reply;

	while (now_ms() < end) {
		mgc_send(&peer, sent, sent_size);
		next = now_ms() + REPEAT_MS;
		while (now_ms() < next) {
			if (!mgc_receive(&peer, REPEAT_MS))
				continue;
			if (peer.message.error)
				return true;
			reply = mgc_reply(&peer, sent_id);
			if (reply && reply->kind == H248_REPLY)
				return true;
		}
	}
	return false;
}

static bool order(const char *actions)
{
	sent_id = peer.next_id++;
	sent_size = snprintf(sent, sizeof(sent), "!/2 %s T=%u{%s}", peer.name,
			     sent_id, actions);
	return sent_size < sizeof(sent) && answered();
}

/* Anything that is not the gateway's own request counts. */
static bool raw(const char *text, size_t size)
{
	uint64_t end = now_ms() + RAW_MS;

	mgc_send(&peer, text, size);
	while (now_ms() < end)
		if (mgc_receive(&peer, end - now_ms()) &&
		    (peer.message.error ||
		     peer.message.transactions->kind != H248_TRANSACTION))
			return true;
	return false;
}

static bool carry_out(const char *text, size_t size)
{
	if (!strncmp(text, "/raw ", 5))
		return raw(text + 5, size - 5);
	if (!strcmp(text, "/again"))
		return sent_size && answered();
	if (*text != '/')
		return order(text);
	peer.mute = !strcmp(text, "/mute");
	peer.size = 0;
	return true;
}

static void serve_client(int fd)
{
	static char text[MGC_TEXT];
	size_t have = 0;
	ssize_t got;

	while (have < sizeof(text) - 1 &&
	       (got = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += got;
	text[have] = '\0';
	if (!carry_out(text, have))
		dprintf(fd, "no answer\n");
	else if (write(fd, peer.text, peer.size) < 0)
		warn("client");
	close(fd);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		errx(2, "%s: too long", path);
	strcpy(address.sun_path, path);
	if (fd < 0 || bind(fd, (void *)&address, sizeof(address)) ||
	    listen(fd, 16))
		err(2, "%s", path);
	return fd;
}

static int serve(const char *path)
{
	struct pollfd set[2] = {
		{.fd = peer.fd, .events = POLLIN},
		{.fd = listen_at(path), .events = POLLIN},
	};

	puts("listening");
	fflush(stdout);
	while (poll(set, 2, -1) > 0) {
		if (set[0].revents)
			mgc_receive(&peer, 0);
		if (set[1].revents)
			serve_client(accept(set[1].fd, NULL, NULL));
	}
	return 1;
}

/* -- options ----------------------------------------------------------------- */

static const struct option table[] = {
	{"local", 1, NULL, 'l'},   {"gateway", 1, NULL, 'g'},
	{"socket", 1, NULL, 's'},  {"seed", 1, NULL, 'r'},
	{"seconds", 1, NULL, 't'}, {"steps", 1, NULL, 'n'},
	{"callers", 1, NULL, 'c'}, {"valid", 0, NULL, 'v'},
	{},
};

int main(int argc, char **argv)
{
	struct mgc_fuzz fuzz = {.seconds = 10, .callers = 8};
	const char *local = NULL, *gateway = NULL, *path = NULL;
	int option;

	if (argc < 2 || (strcmp(argv[1], "serve") && strcmp(argv[1], "fuzz")))
		errx(2, "usage: mgc serve|fuzz --local A:P --gateway A:P ...");
	while ((option = getopt_long(argc - 1, argv + 1, "", table, NULL)) > 0)
		switch (option) {
		case 'l':
			local = optarg;
			break;
		case 'g':
			gateway = optarg;
			break;
		case 's':
			path = optarg;
			break;
		case 'r':
			fuzz.seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			fuzz.seconds = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			fuzz.steps = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			fuzz.callers = strtoul(optarg, NULL, 0);
			break;
		case 'v':
			fuzz.valid = true;
			break;
		default:
			return 2;
		}
	if (!local || !gateway || (!path && !strcmp(argv[1], "serve")))
		errx(2, "missing: --local, --gateway or --socket");
	mgc_open(&peer, local, gateway);
	return strcmp(argv[1], "serve") ? mgc_fuzz_run(&peer, &fuzz)
					: serve(path);
}
