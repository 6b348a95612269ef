// SPDX-License-Identifier: GPL-2.0-only
/*
 * A NAF for tests: asks a BSF, through the cache, for the B-TIDs on standard
 * input, a line each, and prints each answer as a line:
 *
 *	B-TID 0 KEY EXPIRES IDENTITY...		or	B-TID ERROR
 *
 * In front of them: "up" and "down", as the BSF is reached and lost. Ends
 * with its input. -n: no cache.
 *
 * Usage: zn_naf [-n] [-t CA CERTIFICATE KEY HOST] PORT...
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kms/user_cache.h"
#include "kms/zn.h"
#include "lib/cursor.h"
#include "lib/log.h"

static struct event_base *base;
static struct zn *zn;
static const struct user_source *source;
static struct zn_setting setting = {
	.name = "KMS.a.example",
	.host = "kms.a.example",
	.realm = "a.example",
	.bsf_realm = "home.example",
};
static bool was_open;

static void print(void *arg, int err, const struct user *user)
{
	char *btid = arg;

	printf("%s %s", btid, err ? strerrorname_np(-err) : "0");
	if (!err) {
		putchar(' ');
		for (size_t i = 0; i < user->naf_key.size; i++)
			printf("%02x", user->naf_key.octets[i]);
		printf(" %llu", user->expires);
		for (int i = 0; i < user->identities; i++)
			printf(" %s", user->identity[i]);
	}
	putchar('\n');
	fflush(stdout);
	free(btid);
}

static void read_input(evutil_socket_t fd, short what, void *arg)
{
	static char text[65536];
	static size_t filled;
	struct sg_cursor c;
	struct sg_slice line;
	ssize_t got = read(fd, text + filled, sizeof(text) - filled);

	(void)what;
	(void)arg;
	if (got <= 0) {
		event_base_loopbreak(base);
		return;
	}
	filled += got;
	c = sg_cursor_of(text, filled);
	while (sg_cursor_field(&c, '\n', &line))
		source->find(source->source, line, print,
			     strndup(line.at, line.size));
	filled = line.size;
	memmove(text, line.at, filled);
}

static void watch(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (zn_is_open(zn) == was_open)
		return;
	was_open = !was_open;
	puts(was_open ? "up" : "down");
	fflush(stdout);
}

static int read_arguments(int argc, char **argv)
{
	bool cache = true, tls = false;
	int at = 1;

	if (at < argc && !strcmp(argv[at], "-n")) {
		cache = false;
		at++;
	}
	if (at + 4 < argc && !strcmp(argv[at], "-t")) {
		setting.ca = argv[at + 1];
		setting.certificate = argv[at + 2];
		setting.key = argv[at + 3];
		setting.peer[0].host = argv[at + 4];
		tls = true;
		at += 5;
	}
	for (; at < argc && setting.peers < ZN_PEERS_MAX; at++) {
		struct zn_address *peer = &setting.peer[setting.peers++];

		peer->node = "127.0.0.1";
		peer->port = argv[at];
		peer->tls = tls;
	}
	return cache;
}

int main(int argc, char **argv)
{
	static const struct timeval tick = { 0, 20000 };
	struct user_cache *cache = NULL;
	struct event *input, *timer;
	struct fault fault;
	bool cached = read_arguments(argc, argv);

	sg_log_open("zn_naf");
	signal(SIGPIPE, SIG_IGN);
	setting.timing = zn_timing;
	setting.timing.answer_ms = 1000;
	setting.timing.retry_ms = 100;
	setting.timing.retry_max_ms = 200;
	setting.timing.watchdog_ms = 700;
	base = event_base_new();
	if (!setting.peers || zn_open(&zn, base, &setting, &fault)) {
		sg_error("%s", setting.peers ? fault.text : "which port?");
		return 1;
	}
	source = zn_source(zn);
	if (cached) {
		cache = user_cache_new(source, &user_cache_limits);
		source = user_cache_source(cache);
	}
	input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, read_input,
			  NULL);
	timer = event_new(base, -1, EV_PERSIST, watch, NULL);
	event_add(input, NULL);
	event_add(timer, &tick);
	event_base_dispatch(base);
	event_free(input);
	event_free(timer);
	user_cache_free(cache);
	zn_close(zn);
	event_base_free(base);
	return 0;
}
