// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares a call's two sides packet by packet:
 *
 *   rtp_compare [-r] [-p N] <key file> <srtp.pcap> <rtp.pcap>
 *
 * Opens every packet of the SRTP capture with libsrtp2 and looks for the
 * same packet, header and payload, in the plain capture: RTP by SSRC,
 * sequence number and timestamp, RTCP by its bytes. The SRTP side sent
 * unless -r (reverse) says that it received. Prints one JSON object; -p N
 * prints packet N before and after instead. Exit status 1: a packet was
 * lost, differs or came from nowhere.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

enum { PACKETS_MAX = 1 << 18, PACKET_MAX = 2048 };

struct packet {
	bool rtcp;
	bool matched;
	int size;
	int wire_size; /* before opening, SRTP side only */
	unsigned char *bytes;
	unsigned char *wire;
};

struct capture {
	unsigned int count;
	unsigned int unauthentic;
	struct packet *packet;
};

struct tally {
	unsigned int sent, received, identical, different;
};

static uint16_t be16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

/* The UDP payload of an Ethernet frame, or NULL when there is none. */
static const unsigned char *udp_payload(const unsigned char *frame, int size,
					int *payload_size)
{
	int at = 12, ip_header;

	while (at + 4 <= size && be16(frame + at) == 0x8100)
		at += 4;
	if (at + 2 + 28 > size)
		return NULL;
	if (be16(frame + at) == 0x0800 && frame[at + 2 + 9] == 17)
		ip_header = (frame[at + 2] & 15) * 4;
	else if (be16(frame + at) == 0x86dd && frame[at + 2 + 6] == 17)
		ip_header = 40;
	else
		return NULL;

	at += 2 + ip_header;
	if (at + 8 > size)
		return NULL;
	*payload_size = be16(frame + at + 4) - 8;
	if (*payload_size < 8 || at + 8 + *payload_size > size)
		return NULL;
	return frame + at + 8;
}

static void add_packet(struct capture *capture, const unsigned char *payload,
		       int size)
{
	struct packet *packet = &capture->packet[capture->count];

	if (payload[0] >> 6 != 2 || size > PACKET_MAX - SRTP_MAX_TRAILER_LEN)
		return;
	if (capture->count == PACKETS_MAX)
		errx(2, "more than %d packets", PACKETS_MAX);
	packet->rtcp = payload[1] >= 192 && payload[1] <= 223; /* RFC 5761 */
	packet->size = packet->wire_size = size;
	/* libsrtp2 reads headers as words: both copies are aligned. */
	packet->bytes = calloc(2, PACKET_MAX);
	if (!packet->bytes)
		err(2, "memory");
	packet->wire = packet->bytes + PACKET_MAX;
	memcpy(packet->bytes, payload, size);
	memcpy(packet->wire, payload, size);
	capture->count++;
}

/* Classic pcap as tcpdump writes it, in this machine's byte order. */
static void read_capture(struct capture *capture, const char *path)
{
	uint32_t file_header[6], record[4];
	unsigned char frame[65536];
	const unsigned char *payload;
	FILE *file = fopen(path, "re");
	int size;

	if (!file)
		err(2, "%s", path);
	capture->packet = calloc(PACKETS_MAX, sizeof(*capture->packet));
	if (!capture->packet)
		err(2, "memory");
	if (fread(file_header, sizeof(file_header), 1, file) != 1 ||
	    (file_header[0] != 0xa1b2c3d4 && file_header[0] != 0xa1b23c4d) ||
	    file_header[5] != 1)
		errx(2, "%s is not a pcap file of Ethernet frames", path);
	while (fread(record, sizeof(record), 1, file) == 1) {
		if (record[2] > sizeof(frame) ||
		    fread(frame, record[2], 1, file) != 1)
			errx(2, "%s is cut short", path);
		payload = udp_payload(frame, record[2], &size);
		if (payload)
			add_packet(capture, payload, size);
	}
	fclose(file);
}

/* Opens in place; what does not authenticate is counted and left out. */
static void open_capture(struct capture *capture, srtp_t session)
{
	srtp_err_status_t status;
	struct packet *packet;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < capture->count; i++) {
		packet = &capture->packet[i];
		if (packet->rtcp)
			status = srtp_unprotect_rtcp(session, packet->bytes,
						     &packet->size);
		else
			status = srtp_unprotect(session, packet->bytes,
						&packet->size);
		if (status == srtp_err_status_ok)
			capture->packet[kept++] = *packet;
		else
			capture->unauthentic++;
	}
	capture->count = kept;
}

static bool equal(const struct packet *a, const struct packet *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

/* Sequence number, timestamp and SSRC name an RTP packet, bytes RTCP. */
static bool same_packet(const struct packet *a, const struct packet *b)
{
	if (a->rtcp != b->rtcp || b->matched)
		return false;
	if (a->rtcp)
		return equal(a, b);
	return a->size >= 12 && b->size >= 12 &&
	       !memcmp(a->bytes + 2, b->bytes + 2, 10);
}

/* Searches from where the last match was: captures are nearly in order. */
static struct packet *find_packet(struct capture *in, const struct packet *of)
{
	static unsigned int from;
	unsigned int at;

	for (unsigned int i = 0; i < in->count; i++) {
		at = (from + i) % in->count;
		if (same_packet(of, &in->packet[at])) {
			from = at;
			return &in->packet[at];
		}
	}
	return NULL;
}

static void compare(struct capture *sent, struct capture *received,
		    struct tally tally[2])
{
	struct packet *packet, *twin;

	for (unsigned int i = 0; i < received->count; i++)
		tally[received->packet[i].rtcp].received++;
	for (unsigned int i = 0; i < sent->count; i++) {
		packet = &sent->packet[i];
		tally[packet->rtcp].sent++;
		twin = find_packet(received, packet);
		if (!twin)
			continue;
		packet->matched = twin->matched = true;
		if (equal(packet, twin))
			tally[packet->rtcp].identical++;
		else
			tally[packet->rtcp].different++;
	}
}

static void print_tally(const char *name, const struct tally *t)
{
	printf("\"%s\": {\"sent\": %u, \"received\": %u, \"lost\": %u, "
	       "\"identical\": %u, \"different\": %u, \"unexplained\": %u}",
	       name, t->sent, t->received,
	       t->sent - t->identical - t->different, t->identical,
	       t->different, t->received - t->identical - t->different);
}

static void print_line(const unsigned char *bytes, int size, int at)
{
	for (int i = at; i < at + 16; i++)
		if (i < size)
			printf("%02x%s", bytes[i], i % 2 ? " " : "");
		else
			printf("  %s", i % 2 ? " " : "");
	for (int i = at; i < at + 16; i++)
		putchar(i < size ? (bytes[i] > 32 && bytes[i] < 127 ? bytes[i]
								    : '.')
				 : ' ');
}

/* Both sides of one packet; the second is the capture's own, not opened. */
static void print_packet(const struct packet *secure,
			 const struct packet *plain)
{
	printf("      SRTP, %4d bytes%*s RTP, %4d bytes\n", secure->wire_size,
	       39, "", plain->size);
	for (int at = 0; at < secure->wire_size; at += 16) {
		printf("%04x  ", at);
		print_line(secure->wire, secure->wire_size, at);
		printf("  ");
		print_line(plain->bytes, plain->size, at);
		putchar('\n');
	}
}

static int show_packet(struct capture *secure, struct capture *plain,
		       unsigned int number)
{
	struct packet *twin = NULL;

	if (number < secure->count)
		twin = find_packet(plain, &secure->packet[number]);
	if (!twin)
		errx(1, "packet %u is not on both sides", number);
	print_packet(&secure->packet[number], twin);
	return 0;
}

int main(int argc, char **argv)
{
	struct capture secure = {}, plain = {};
	struct tally tally[2] = {};
	struct session_keys keys;
	bool reverse = false;
	int option, show = -1;
	bool good = true;

	while ((option = getopt(argc, argv, "rp:")) != -1) {
		if (option == 'r')
			reverse = true;
		else if (option == 'p')
			show = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 3)
		errx(2, "usage: rtp_compare [-r] [-p N] "
			"<key file> <srtp.pcap> <rtp.pcap>");

	session_keys_read(&keys, argv[optind]);
	read_capture(&secure, argv[optind + 1]);
	read_capture(&plain, argv[optind + 2]);
	open_capture(&secure, session_create(&keys, false));
	if (show >= 0)
		return show_packet(&secure, &plain, show);

	compare(reverse ? &plain : &secure, reverse ? &secure : &plain, tally);
	printf("{");
	print_tally("rtp", &tally[0]);
	printf(", ");
	print_tally("rtcp", &tally[1]);
	printf(", \"unauthentic\": %u}\n", secure.unauthentic);
	for (int i = 0; i < 2; i++)
		good &= tally[i].sent == tally[i].identical &&
			tally[i].received == tally[i].identical;
	return good && tally[0].sent && !secure.unauthentic ? 0 : 1;
}
