// SPDX-License-Identifier: GPL-2.0-only
/*
 * One side of a call whose every packet can be checked:
 *
 *   rtp_peer send    --local A:P --remote A:P [options]
 *   rtp_peer receive --local A:P --count N [--remote A:P] [options]
 *
 * A payload is its packet's number (4 bytes) and bytes that follow from
 * it, so the receiver needs nothing from the sender to find loss, doubles
 * and any changed bit. IPv6 addresses are written [A]:P.
 *
 *   --count N     packets to send, or to wait for
 *   --key FILE    SRTP; a key file of session.h. Sender: SIGUSR1 goes on
 *                 to the next key. Receiver: does when the current key fails,
 *                 but with MKIs takes any of them
 *   --rate R      packets a second (default 500)
 *   --size B[-E]  payload bytes, growing by one a packet up to E, then anew
 *   --ssrc S[,S]  in hexadecimal; the count is spread evenly over them in
 *                 this order, an SSRC that comes again goes on
 *   --seq N       first sequence number (default 1)
 *   --first N     number of the first packet (default 0)
 *   --extension I[,I]
 *                 each packet has header extensions of these IDs (RFC 8285)
 *   --encrypt I[,I]
 *                 SRTP encrypts those (RFC 6904)
 *   --rtcp N      an RTCP sender report after every Nth packet
 *   --rtcp-local A:P, --rtcp-remote A:P
 *                 where; without them RTCP shares the RTP port (RFC 5761)
 *   --options N   sender: one packet in N, by chance, bears IP options, over
 *                 IPv6 an extension header: routers take another path
 *   --replay N    sender: every Nth packet goes twice, once with options
 *   --idle MS     receiver: give up after so long a silence (default 10000)
 *
 * The receiver prints {"listening": true} when it listens; both end with
 * one line of JSON. Exit status 1: not every packet came through intact.
 * After SIGTERM --count is what the sender has sent, or the highest number
 * that the receiver has seen: compare the two.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

enum {
	PACKET_MAX = 2048,
	SSRC_MAX = 16,
	RTP_HEADER = 12,
	EXTENSION_BIT = 0x10,
	ELEMENT = 5,	  /* octets: a one-byte header and four of data */
	ELEMENT_ID_MAX = 14,
	ELEMENTS_MAX = SESSION_EXTENSIONS,
	HEADER_MAX = RTP_HEADER + 4 + ((ELEMENTS_MAX * ELEMENT + 3) & ~3),
	REPORT_SIZE = 28, /* RFC 3550 6.4.1, no report blocks */
	PAYLOAD_TYPE = 96,
	SENDER_REPORT = 200,
};

struct address {
	struct sockaddr_storage sa;
	socklen_t size; /* 0: not given */
};

struct options {
	bool sending;
	struct address local, remote, rtcp_local, rtcp_remote;
	const char *key;
	uint32_t count, first, rtcp, rate, idle, options, replay;
	uint32_t size, size_end;
	uint32_t ssrc[SSRC_MAX];
	unsigned int ssrcs;
	uint16_t seq;
	int extension[ELEMENTS_MAX];
	int extensions;
};

static struct options options = {
	.rate = 500,
	.idle = 10000,
	.size = 160,
	.size_end = 160,
	.seq = 1,
	.ssrc = {0x5eed0001},
	.ssrcs = 1,
};
static struct session_keys keys;
static unsigned int used_key;
static srtp_t session;
static volatile sig_atomic_t next_key_wanted;

static bool has_mki(void)
{
	return keys.key[0].mki_size;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void put32(unsigned char *p, uint32_t value)
{
	value = htonl(value);
	memcpy(p, &value, 4);
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, 4);
	return ntohl(value);
}

/* The bytes after the number: xorshift32, seeded by it. */
static void fill_payload(unsigned char *payload, int size, uint32_t number)
{
	uint32_t x = number * 2654435761u | 1;

	put32(payload, number);
	for (int i = 4; i < size; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		payload[i] = x >> 24;
	}
}

static uint32_t payload_size(uint32_t number)
{
	uint32_t span = options.size_end - options.size + 1;

	return options.size + number % span;
}

/* -- sending ------------------------------------------------------------- */

static int header_size(void)
{
	int size = (options.extensions * ELEMENT + 3) & ~3;

	return RTP_HEADER + (size ? 4 + size : 0);
}

/* One-byte headers (RFC 8285 4.2), padding at the end. */
static void add_extension(unsigned char *packet, uint32_t number)
{
	unsigned char *at = packet + RTP_HEADER;
	int size = header_size() - RTP_HEADER;

	memset(at, 0, size);
	at[0] = 0xbe;
	at[1] = 0xde;
	at[3] = size / 4 - 1;
	at += 4;
	for (int i = 0; i < options.extensions; i++, at += ELEMENT) {
		at[0] = options.extension[i] << 4 | (ELEMENT - 2);
		put32(at + 1, number + options.extension[i]);
	}
	packet[0] |= EXTENSION_BIT;
}

static int make_packet(unsigned char *packet, uint32_t number, uint32_t ssrc,
		       uint16_t seq)
{
	int size = payload_size(number), header = header_size();

	packet[0] = 0x80;
	packet[1] = PAYLOAD_TYPE;
	packet[2] = seq >> 8;
	packet[3] = seq;
	put32(packet + 4, number * 160);
	put32(packet + 8, ssrc);
	if (options.extensions)
		add_extension(packet, number);
	fill_payload(packet + header, size, number);
	return header + size;
}

/* A sender report whose counts follow from the packet's number. */
static int make_report(unsigned char *report, uint32_t number, uint32_t ssrc)
{
	memset(report, 0, REPORT_SIZE);
	report[0] = 0x80;
	report[1] = SENDER_REPORT;
	report[3] = REPORT_SIZE / 4 - 1;
	put32(report + 4, ssrc);
	put32(report + 8, ~number);
	put32(report + 16, number * 160);
	put32(report + 20, number + 1);
	put32(report + 24, (number + 1) * 160);
	return REPORT_SIZE;
}

/* Options that say nothing: three "no operation" and an end; a padding. */
static void add_options(struct msghdr *message, bool ipv6)
{
	static const unsigned char v4[4] = {1, 1, 1, 0};
	static const unsigned char v6[8] = {0, 0, 1, 4};
	size_t size = ipv6 ? sizeof(v6) : sizeof(v4);
	struct cmsghdr *header = message->msg_control;

	header->cmsg_level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
	header->cmsg_type = ipv6 ? IPV6_DSTOPTS : IP_RETOPTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), ipv6 ? v6 : v4, size);
	message->msg_controllen = CMSG_SPACE(size);
}

static void transmit(int fd, const struct address *to, void *packet, int size,
		     bool optioned)
{
	_Alignas(8) char control[64];
	struct iovec part = {packet, size};
	struct msghdr message = {
		.msg_name = (void *)&to->sa,
		.msg_namelen = to->size,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
	};

	if (optioned)
		add_options(&message, to->sa.ss_family == AF_INET6);
	/* A refused port or a full queue shows at the receiver as a loss. */
	if (sendmsg(fd, &message, 0) < 0 &&
	    errno != ECONNREFUSED && errno != ENOBUFS &&
	    errno != EHOSTUNREACH && errno != ENETUNREACH &&
	    errno != ENETDOWN && errno != EPERM)
		err(2, "sendto");
}

static void protect(void *packet, int *size, bool rtcp)
{
	srtp_err_status_t status;

	if (!options.key)
		return;
	if (rtcp)
		status = srtp_protect_rtcp_mki(session, packet, size, has_mki(),
					       used_key);
	else
		status = srtp_protect_mki(session, packet, size, has_mki(),
					  used_key);
	if (status != srtp_err_status_ok)
		errx(2, "libsrtp2 does not protect: status %d", status);
}

static bool wants_options(uint32_t number)
{
	return options.options &&
	       (number * 2654435761u >> 8) % options.options == 0;
}

static void send_number(const int fd[2], uint32_t number, uint32_t ssrc,
			uint16_t seq)
{
	_Alignas(8) unsigned char packet[PACKET_MAX + SRTP_MAX_TRAILER_LEN + 4];
	int size = make_packet(packet, number, ssrc, seq);

	protect(packet, &size, false);
	transmit(fd[0], &options.remote, packet, size, wants_options(number));
	if (options.replay && number % options.replay == 0)
		transmit(fd[0], &options.remote, packet, size,
			 !wants_options(number));
	if (!options.rtcp || number % options.rtcp != options.rtcp - 1)
		return;
	size = make_report(packet, number, ssrc);
	protect(packet, &size, true);
	transmit(fd[1],
		 options.rtcp_remote.size ? &options.rtcp_remote
					  : &options.remote,
		 packet, size, wants_options(number));
}

static void sleep_until(uint64_t at)
{
	struct timespec t = {
		.tv_sec = at / 1000000000,
		.tv_nsec = at % 1000000000,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) ==
	       EINTR)
		;
}

/* Index of the first of the SSRCs equal to the @nth: it keeps the state. */
static unsigned int ssrc_owner(unsigned int nth)
{
	unsigned int i = 0;

	while (options.ssrc[i] != options.ssrc[nth])
		i++;
	return i;
}

static void on_next_key(int signal)
{
	(void)signal;
	next_key_wanted = 1;
}

static volatile sig_atomic_t ended;

static void on_end(int signal)
{
	(void)signal;
	ended = 1;
}

static int send_all(const int fd[2])
{
	uint64_t start = now_ns();
	uint16_t seq[SSRC_MAX];
	unsigned int nth, owner;
	uint32_t sent = 0;

	signal(SIGUSR1, on_next_key);
	signal(SIGTERM, on_end);
	for (unsigned int i = 0; i < options.ssrcs; i++)
		seq[i] = options.seq;
	for (uint32_t i = 0; i < options.count && !ended; i++) {
		if (next_key_wanted && used_key + 1 < keys.count) {
			next_key_wanted = 0;
			used_key++;
			if (!has_mki())
				session_rekey(session, &keys, used_key, true);
		}
		nth = (uint64_t)i * options.ssrcs / options.count;
		owner = ssrc_owner(nth);
		sleep_until(start + i * 1000000000ull / options.rate);
		send_number(fd, options.first + i, options.ssrc[nth],
			    seq[owner]++);
		sent++;
	}
	printf("{\"sent\": %u, \"seconds\": %.2f, \"keys_used\": %u}\n",
	       sent, (now_ns() - start) / 1e9, used_key + 1);
	return 0;
}

/* -- receiving ------------------------------------------------------------ */

struct result {
	uint8_t *seen; /* one byte a number */
	uint32_t received, duplicate, corrupt, reordered, unauthentic;
	uint32_t rtcp, rtcp_corrupt;
	uint32_t highest;	    /* number, plus one */
	uint64_t last, longest_gap; /* ns */
	uint32_t ssrc[SSRC_MAX];
	unsigned int ssrcs;
};

static bool open_packet(unsigned char *packet, int *size, bool rtcp)
{
	return (rtcp ? srtp_unprotect_rtcp_mki(session, packet, size, has_mki())
		     : srtp_unprotect_mki(session, packet, size, has_mki())) ==
	       srtp_err_status_ok;
}

/* What the current key does not open may be the first under the next. */
static bool unprotect(unsigned char *packet, int *size, bool rtcp)
{
	unsigned char copy[PACKET_MAX];
	int copy_size = *size;

	if (!options.key)
		return true;
	memcpy(copy, packet, copy_size);
	if (open_packet(packet, size, rtcp))
		return true;
	if (has_mki() || used_key + 1 == keys.count)
		return false;
	session_rekey(session, &keys, ++used_key, false);
	memcpy(packet, copy, copy_size);
	*size = copy_size;
	return open_packet(packet, size, rtcp);
}

static void note_ssrc(struct result *r, uint32_t ssrc)
{
	for (unsigned int i = 0; i < r->ssrcs; i++)
		if (r->ssrc[i] == ssrc)
			return;
	if (r->ssrcs < SSRC_MAX)
		r->ssrc[r->ssrcs++] = ssrc;
}

static void take_report(struct result *r, const unsigned char *packet, int size)
{
	unsigned char expected[REPORT_SIZE];

	if (size == REPORT_SIZE) {
		make_report(expected, get32(packet + 20) - 1,
			    get32(packet + 4));
		if (!memcmp(packet, expected, size)) {
			r->rtcp++;
			return;
		}
	}
	r->rtcp_corrupt++;
}

static void take_media(struct result *r, const unsigned char *packet, int size)
{
	unsigned char expected[PACKET_MAX];
	int header = header_size();
	uint32_t number;
	uint64_t now;

	if (size < header + 4) {
		r->corrupt++;
		return;
	}
	number = get32(packet + header);
	make_packet(expected, number, get32(packet + 8),
		    packet[2] << 8 | packet[3]);
	if (number - options.first >= options.count ||
	    (uint32_t)size != header + payload_size(number) ||
	    memcmp(packet, expected, size)) {
		r->corrupt++;
		return;
	}
	note_ssrc(r, get32(packet + 8));

	number -= options.first;
	if (r->seen[number]++) {
		r->duplicate++;
		return;
	}
	r->received++;
	if (number + 1 < r->highest)
		r->reordered++;
	else
		r->highest = number + 1;
	now = now_ns();
	if (r->last && now - r->last > r->longest_gap)
		r->longest_gap = now - r->last;
	r->last = now;
}

static void take_packet(struct result *r, unsigned char *packet, int size)
{
	bool rtcp = packet[1] >= 192 && packet[1] <= 223; /* RFC 5761 4 */

	if (size < 8)
		r->corrupt++;
	else if (!unprotect(packet, &size, rtcp))
		r->unauthentic++;
	else if (rtcp)
		take_report(r, packet, size);
	else
		take_media(r, packet, size);
}

/* Number of the first packet that never came; -1: none. */
static long first_lost(const struct result *r)
{
	for (uint32_t i = 0; i < options.count; i++)
		if (!r->seen[i])
			return i;
	return -1;
}

static void print_result(const struct result *r)
{
	printf("{\"received\": %u, \"lost\": %u, \"first_lost\": %ld, "
	       "\"duplicate\": %u, "
	       "\"corrupt\": %u, \"reordered\": %u, \"unauthentic\": %u, "
	       "\"rtcp\": %u, \"rtcp_corrupt\": %u, \"longest_gap_ms\": %.1f, "
	       "\"keys_used\": %u, "
	       "\"ssrcs\": [",
	       r->received, options.count - r->received, first_lost(r),
	       r->duplicate, r->corrupt, r->reordered, r->unauthentic, r->rtcp,
	       r->rtcp_corrupt, r->longest_gap / 1e6, used_key + 1);
	for (unsigned int i = 0; i < r->ssrcs; i++)
		printf("%s\"%08x\"", i ? ", " : "", r->ssrc[i]);
	printf("]}\n");
}

/* After the last number, late reports and doubles get this long, ms. */
enum { LINGER = 300 };

/* A signal is no end: what was sent before may still be on its way. */
static int wait_for(struct pollfd set[2], int wait)
{
	int ready = poll(set, 2, wait);

	if (ready >= 0 || errno != EINTR)
		return ready;
	set[0].revents = set[1].revents = 0;
	return 1;
}

static int receive_all(const int fd[2])
{
	_Alignas(8) unsigned char packet[PACKET_MAX];
	struct pollfd set[2] = {
		{.fd = fd[0], .events = POLLIN},
		{.fd = fd[1] == fd[0] ? -1 : fd[1], .events = POLLIN},
	};
	struct result r = {};
	int size, wait;

	r.seen = calloc(options.count, 1);
	if (!r.seen)
		err(2, "memory");
	signal(SIGTERM, on_end);
	puts("{\"listening\": true}");
	fflush(stdout);
	do {
		for (int i = 0; i < 2; i++) {
			if (!set[i].revents)
				continue;
			size = recv(set[i].fd, packet, sizeof(packet), 0);
			if (size > 0)
				take_packet(&r, packet, size);
		}
		wait = ended || r.received == options.count ?
			       LINGER :
			       (int)options.idle;
	} while (wait_for(set, wait) > 0);

	if (ended)
		options.count = r.highest;
	print_result(&r);
	free(r.seen);
	return r.received == options.count && !r.corrupt && !r.duplicate &&
			       !r.rtcp_corrupt && !r.unauthentic
		       ? 0
		       : 1;
}

/* -- options -------------------------------------------------------------- */

static void parse_address(struct address *out, const char *text)
{
	struct sockaddr_in *v4 = (void *)&out->sa;
	struct sockaddr_in6 *v6 = (void *)&out->sa;
	char host[64];
	unsigned int port;

	if (sscanf(text, "[%63[^]]]:%u", host, &port) == 2 &&
	    inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		out->size = sizeof(*v6);
	} else if (sscanf(text, "%63[0-9.]:%u", host, &port) == 2 &&
		   inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		out->size = sizeof(*v4);
	} else {
		errx(2, "%s is no address and port", text);
	}
}

static void parse_ssrcs(char *text)
{
	options.ssrcs = 0;
	for (char *s = strtok(text, ","); s; s = strtok(NULL, ",")) {
		if (options.ssrcs == SSRC_MAX)
			errx(2, "more than %d SSRCs", SSRC_MAX);
		options.ssrc[options.ssrcs++] = strtoul(s, NULL, 16);
	}
}

static int parse_extensions(int list[ELEMENTS_MAX], char *text)
{
	int count = 0;

	for (char *s = strtok(text, ","); s; s = strtok(NULL, ",")) {
		if (count == ELEMENTS_MAX)
			errx(2, "more than %d extensions", ELEMENTS_MAX);
		list[count] = atoi(s);
		if (list[count] < 1 || list[count] > ELEMENT_ID_MAX)
			errx(2, "extension %s: want 1 to %d", s,
			     ELEMENT_ID_MAX);
		count++;
	}
	return count;
}

static void parse_sizes(const char *text)
{
	if (sscanf(text, "%u-%u", &options.size, &options.size_end) != 2)
		options.size_end = options.size;
	if (options.size < 4 || options.size_end < options.size ||
	    options.size_end > PACKET_MAX - HEADER_MAX)
		errx(2, "payload sizes %s: want 4 to %d, growing", text,
		     PACKET_MAX - HEADER_MAX);
}

static void parse_option(int option, char *value)
{
	switch (option) {
	case 'l':
		parse_address(&options.local, value);
		break;
	case 'r':
		parse_address(&options.remote, value);
		break;
	case 'L':
		parse_address(&options.rtcp_local, value);
		break;
	case 'R':
		parse_address(&options.rtcp_remote, value);
		break;
	case 'n':
		options.count = strtoul(value, NULL, 0);
		break;
	case 'f':
		options.first = strtoul(value, NULL, 0);
		break;
	case 'k':
		options.key = value;
		break;
	case 'x':
		options.extensions = parse_extensions(options.extension, value);
		break;
	case 'e':
		keys.encrypted = parse_extensions(keys.extension, value);
		break;
	case 'p':
		options.rate = strtoul(value, NULL, 0);
		break;
	case 'b':
		parse_sizes(value);
		break;
	case 's':
		parse_ssrcs(value);
		break;
	case 'q':
		options.seq = strtoul(value, NULL, 0);
		break;
	case 'c':
		options.rtcp = strtoul(value, NULL, 0);
		break;
	case 'o':
		options.options = strtoul(value, NULL, 0);
		break;
	case 'y':
		options.replay = strtoul(value, NULL, 0);
		break;
	case 'i':
		options.idle = strtoul(value, NULL, 0);
		break;
	default:
		exit(2);
	}
}

static void parse_options(int argc, char **argv)
{
	static const struct option table[] = {
		{"local", 1, NULL, 'l'},      {"remote", 1, NULL, 'r'},
		{"rtcp-local", 1, NULL, 'L'}, {"rtcp-remote", 1, NULL, 'R'},
		{"count", 1, NULL, 'n'},      {"first", 1, NULL, 'f'},
		{"key", 1, NULL, 'k'},	      {"rate", 1, NULL, 'p'},
		{"size", 1, NULL, 'b'},	      {"ssrc", 1, NULL, 's'},
		{"seq", 1, NULL, 'q'},	      {"rtcp", 1, NULL, 'c'},
		{"idle", 1, NULL, 'i'},	      {"options", 1, NULL, 'o'},
		{"replay", 1, NULL, 'y'},     {"extension", 1, NULL, 'x'},
		{"encrypt", 1, NULL, 'e'},    {},
	};
	int option;

	if (argc < 2 || (strcmp(argv[1], "send") && strcmp(argv[1], "receive")))
		errx(2, "usage: rtp_peer send|receive --local A:P ...");
	options.sending = !strcmp(argv[1], "send");
	while ((option = getopt_long(argc - 1, argv + 1, "", table, NULL)) > 0)
		parse_option(option, optarg);
	if (option == '?' || !options.local.size || !options.count ||
	    !options.rate || !options.ssrcs ||
	    (options.sending && !options.remote.size))
		errx(2, "missing or empty: --local, --remote, --count, --rate");
}

/*
 * A call's sender and receiver are two processes on one port. The receiver's
 * socket is connected, so the kernel prefers it for what arrives.
 */
static int open_socket(const struct address *local,
		       const struct address *remote)
{
	int fd = socket(local->sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int buffer = 8 << 20, yes = 1;

	if (fd < 0)
		err(2, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	if (bind(fd, (void *)&local->sa, local->size))
		err(2, "bind");
	if (!options.sending && remote->size &&
	    connect(fd, (void *)&remote->sa, remote->size))
		err(2, "connect");
	return fd;
}

int main(int argc, char **argv)
{
	int fd[2];

	parse_options(argc, argv);
	if (options.key) {
		session_keys_read(&keys, options.key);
		session = session_create(&keys, options.sending);
	}
	fd[0] = fd[1] = open_socket(&options.local, &options.remote);
	if (options.rtcp_local.size)
		fd[1] = open_socket(&options.rtcp_local, &options.rtcp_remote);
	return options.sending ? send_all(fd) : receive_all(fd);
}
