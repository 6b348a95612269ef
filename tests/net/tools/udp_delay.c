// SPDX-License-Identifier: GPL-2.0-only
/*
 * A long line where the kernel has no netem:
 *
 *   udp_delay MS DROP [OUTER REMOTE INNER APPLICATION]...
 *
 * All of them are A.B.C.D:P. What comes from REMOTE to OUTER leaves, MS
 * milliseconds later, from INNER to APPLICATION, and what comes to INNER
 * leaves from OUTER to REMOTE. Of what comes to the first INNER, each DROPth
 * datagram is lost; 0: none.
 *
 * It prints {"listening": true} when it does.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 4, UNDERWAY = 4096, DATAGRAM = 2048 };

/* One socket, and where what comes to it goes. */
struct end {
	struct sockaddr_in to;
	int other;	/* socket that sends it */
};

struct datagram {
	uint64_t due;	/* ms */
	int end;
	ssize_t size;
	uint8_t bytes[DATAGRAM];
};

static struct end ends[2 * LINES];
static struct pollfd polled[2 * LINES];
static struct datagram underway[UNDERWAY];	/* a ring, by time */
static unsigned int first, last, count, delay, drop, dropping;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static struct sockaddr_in parse(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char host[16];
	unsigned int port;

	if (sscanf(text, "%15[0-9.]:%u", host, &port) != 2 || port > 65535 ||
	    !inet_aton(host, &address.sin_addr))
		errx(2, "\"%s\" is no address and port", text);
	address.sin_port = htons(port);
	return address;
}

static int bound(const char *text)
{
	struct sockaddr_in address = parse(text);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (void *)&address, sizeof(address)))
		err(1, "%s", text);
	return fd;
}

static void add_line(char **names)
{
	int outer = bound(names[0]), inner = bound(names[2]);

	polled[count] = (struct pollfd){ .fd = outer, .events = POLLIN };
	ends[count++] = (struct end){ parse(names[3]), inner };
	polled[count] = (struct pollfd){ .fd = inner, .events = POLLIN };
	ends[count++] = (struct end){ parse(names[1]), outer };
}

static void take(int end)
{
	struct datagram *one = &underway[last % UNDERWAY];

	one->size = recv(polled[end].fd, one->bytes, DATAGRAM, 0);
	if (one->size < 0)
		return; /* ICMP: the other side is not there yet */
	if (end == 1 && drop && ++dropping % drop == 0)
		return;
	if (last - first == UNDERWAY)
		errx(1, "more than %d datagrams under way", UNDERWAY);
	one->due = now_ms() + delay;
	one->end = end;
	last++;
}

static void deliver(void)
{
	for (; first != last && underway[first % UNDERWAY].due <= now_ms();
	     first++) {
		const struct datagram *one = &underway[first % UNDERWAY];
		const struct end *end = &ends[one->end];

		sendto(end->other, one->bytes, one->size, 0,
		       (const void *)&end->to, sizeof(end->to));
	}
}

static int wait_ms(void)
{
	uint64_t now = now_ms(), due = underway[first % UNDERWAY].due;

	if (first == last)
		return -1;
	return due > now ? due - now : 0;
}

int main(int argc, char **argv)
{
	if (argc < 7 || (argc - 3) % 4 || argc > 3 + 4 * LINES)
		errx(2, "usage: udp_delay MS DROP "
			"[OUTER REMOTE INNER APPLICATION]...");
	delay = atoi(argv[1]);
	drop = atoi(argv[2]);
	for (int i = 3; i < argc; i += 4)
		add_line(argv + i);
	puts("{\"listening\": true}");
	fflush(stdout);
	for (;;) {
		poll(polled, count, wait_ms());
		for (unsigned int i = 0; i < count; i++)
			if (polled[i].revents)
				take(i);
		deliver();
	}
}
