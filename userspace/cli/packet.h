/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One captured packet: the payload from the ring buffer, and the addresses
 * that its stream gives it. The ring holds UDP payloads only; under a latch
 * the remote address is the one followed last.
 */
#ifndef SRTPGATE_PACKET_H
#define SRTPGATE_PACKET_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "cli/table.h"
#include "srtpgate/fastpath.h"

struct packet {
	__u64 time;		/* ns, CLOCK_MONOTONIC; IN and OUT have the same */
	__u32 state;
	bool out;		/* as it left, else as it came */
	bool rtcp;
	__be32 from[4], to[4];
	__be16 from_port, to_port;
	__u32 length;
	__u8 payload[SG_CAPTURE_BYTES];
};

/* Fills @packet from a record and the stream it belongs to; false: neither. */
bool packet_fill(struct packet *packet, const struct sg_event *event,
		 size_t size, const struct sg_stream *stream);

/* When it was, by the calendar. */
struct timespec packet_time(const struct packet *packet);

/* "RTP type 0 seq 1 time 160 SSRC 0x1234abcd" */
void packet_describe(const struct packet *packet, char *text, size_t size);

/*
 * The payload in hexadecimal and ASCII. With @other, both side by side,
 * @packet on the left, and what differs on the right is coloured.
 */
void packet_dump(const struct packet *packet, const struct packet *other,
		 int columns, FILE *out);

/* A pcap file of raw IP, DLT_RAW, with IP and UDP headers made up to fit. */
int packet_pcap_header(FILE *file);
int packet_pcap(const struct packet *packet, FILE *file);

#endif /* SRTPGATE_PACKET_H */
