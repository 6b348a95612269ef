// SPDX-License-Identifier: GPL-2.0-only
#include "cli/packet.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

#include "lib/address.h"

enum {
	RTP_HEADER = 12,
	RTCP_HEADER = 8,
	NARROW = 8,		/* bytes a line, side by side */
	WIDE = 16,
	WIDE_COLUMNS = 160,	/* terminal columns that two WIDE dumps need */
	LINKTYPE_RAW = 101,
	PCAP_NANOSECONDS = 0xa1b23c4d,
};

static __u32 word(const __u8 *bytes)
{
	return (__u32)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 |
	       bytes[3];
}

/* RFC 5761 4: RTCP's types, read as RTP's, are 64 to 95. */
static bool is_rtcp(const __u8 *payload, __u32 length)
{
	__u8 type = length > 1 ? payload[1] & 0x7f : 0;

	return type >= 64 && type <= 95;
}

bool packet_fill(struct packet *packet, const struct sg_event *event,
		 size_t size, const struct sg_stream *stream)
{
	const struct sg_transport *from, *to;

	if (size < sizeof(*event) || event->length > SG_CAPTURE_BYTES ||
	    event->length > size - sizeof(*event) ||
	    (event->type != SG_EVENT_CAPTURE_IN &&
	     event->type != SG_EVENT_CAPTURE_OUT))
		return false;
	packet->time = event->time;
	packet->state = event->state;
	packet->out = event->type == SG_EVENT_CAPTURE_OUT;
	packet->length = event->length;
	memcpy(packet->payload, event + 1, event->length);
	packet->rtcp = is_rtcp(packet->payload, packet->length);
	from = packet->out ? &stream->source : &stream->remote;
	to = packet->out ? &stream->destination : &stream->local;
	memcpy(packet->from, from->address, sizeof(packet->from));
	memcpy(packet->to, to->address, sizeof(packet->to));
	packet->from_port = packet->rtcp ? from->rtcp : from->rtp;
	packet->to_port = packet->rtcp ? to->rtcp : to->rtp;
	return true;
}

/* Read once, so that IN and OUT of a packet stay simultaneous. */
static __s64 clock_offset(void)
{
	static __s64 offset;
	struct timespec real, mono;

	if (offset)
		return offset;
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	offset = (real.tv_sec - mono.tv_sec) * 1000000000LL + real.tv_nsec -
		 mono.tv_nsec;
	return offset;
}

struct timespec packet_time(const struct packet *packet)
{
	__s64 time = clock_offset() + packet->time;

	return (struct timespec){ .tv_sec = time / 1000000000,
				  .tv_nsec = time % 1000000000 };
}

void packet_describe(const struct packet *packet, char *text, size_t size)
{
	const __u8 *payload = packet->payload;

	if (packet->rtcp && packet->length >= RTCP_HEADER)
		snprintf(text, size, "RTCP type %u SSRC 0x%08x", payload[1],
			 word(payload + 4));
	else if (!packet->rtcp && packet->length >= RTP_HEADER)
		snprintf(text, size,
			 "RTP type %u%s seq %u time %u SSRC 0x%08x",
			 payload[1] & 0x7f, payload[1] & 0x80 ? " mark" : "",
			 payload[2] << 8 | payload[3], word(payload + 4),
			 word(payload + 8));
	else
		snprintf(text, size, "short");
}

/* -- hexadecimal ------------------------------------------------------------ */

static void dump_line(const struct packet *packet, const struct packet *other,
		      __u32 at, int width, FILE *out)
{
	for (int i = 0; i < width; i++) {
		__u32 byte = at + i;
		bool changed = other && (byte >= other->length ||
					 packet->payload[byte] !=
						 other->payload[byte]);

		if (i == NARROW)
			fputc(' ', out);
		if (byte >= packet->length)
			fputs("   ", out);
		else if (changed)
			fprintf(out, "%s%02x%s ", style_on(YELLOW),
				packet->payload[byte], style_off());
		else
			fprintf(out, "%02x ", packet->payload[byte]);
	}
	fputc(' ', out);
	for (int i = 0; i < width; i++) {
		__u32 byte = at + i;
		int c = byte < packet->length ? packet->payload[byte] : ' ';

		fputc(isascii(c) && isprint(c) ? c : '.', out);
	}
}

void packet_dump(const struct packet *packet, const struct packet *other,
		 int columns, FILE *out)
{
	int width = !other || columns >= WIDE_COLUMNS ? WIDE : NARROW;
	__u32 end = packet->length;

	if (other && other->length > end)
		end = other->length;
	for (__u32 at = 0; at < end; at += width) {
		fprintf(out, "  %s%04x%s  ", style_on(DIM), at, style_off());
		dump_line(packet, NULL, at, width, out);
		if (other) {
			fprintf(out, " %s|%s ", style_on(DIM), style_off());
			dump_line(other, packet, at, width, out);
		}
		fputc('\n', out);
	}
}

/* -- pcap ------------------------------------------------------------------- */

static __u32 add(__u32 sum, const void *data, size_t size)
{
	const __u8 *bytes = data;

	for (size_t i = 0; i < size; i++)
		sum += i & 1 ? bytes[i] : bytes[i] << 8;
	return sum;
}

/* RFC 1071. */
static __be16 checksum(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static size_t ip_header(const struct packet *packet, __u8 *to, __u16 udp_length)
{
	struct ip6_hdr v6 = { 0 };
	struct iphdr v4 = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(sizeof(v4) + udp_length),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = packet->from[3],
		.daddr = packet->to[3],
	};

	if (sg_address_is_ipv4(packet->from)) {
		v4.check = checksum(add(0, &v4, sizeof(v4)));
		memcpy(to, &v4, sizeof(v4));
		return sizeof(v4);
	}
	v6.ip6_flow = htonl(6U << 28);
	v6.ip6_plen = htons(udp_length);
	v6.ip6_nxt = IPPROTO_UDP;
	v6.ip6_hops = 64;
	memcpy(&v6.ip6_src, packet->from, sizeof(v6.ip6_src));
	memcpy(&v6.ip6_dst, packet->to, sizeof(v6.ip6_dst));
	memcpy(to, &v6, sizeof(v6));
	return sizeof(v6);
}

static void udp_header(const struct packet *packet, struct udphdr *udp)
{
	bool ipv4 = sg_address_is_ipv4(packet->from);
	__u32 sum = IPPROTO_UDP + sizeof(*udp) + packet->length;

	*udp = (struct udphdr){
		.source = packet->from_port,
		.dest = packet->to_port,
		.len = htons(sizeof(*udp) + packet->length),
	};
	sum = add(sum, ipv4 ? &packet->from[3] : packet->from, ipv4 ? 4 : 16);
	sum = add(sum, ipv4 ? &packet->to[3] : packet->to, ipv4 ? 4 : 16);
	sum = add(sum, udp, sizeof(*udp));
	sum = add(sum, packet->payload, packet->length);
	udp->check = checksum(sum);
	if (!udp->check)
		udp->check = 0xffff;
}

int packet_pcap_header(FILE *file)
{
	const __u32 header[] = { PCAP_NANOSECONDS, 2 | 4 << 16, 0, 0, 65535,
				 LINKTYPE_RAW };

	return fwrite(header, sizeof(header), 1, file) == 1 ? 0 : -EIO;
}

int packet_pcap(const struct packet *packet, FILE *file)
{
	__u8 headers[sizeof(struct ip6_hdr) + sizeof(struct udphdr)];
	struct timespec time = packet_time(packet);
	struct udphdr udp;
	size_t ip = ip_header(packet, headers, sizeof(udp) + packet->length);
	__u32 size = ip + sizeof(udp) + packet->length;
	const __u32 record[] = { time.tv_sec, time.tv_nsec, size, size };

	udp_header(packet, &udp);
	memcpy(headers + ip, &udp, sizeof(udp));
	if (fwrite(record, sizeof(record), 1, file) != 1 ||
	    fwrite(headers, ip + sizeof(udp), 1, file) != 1 ||
	    (packet->length &&
	     fwrite(packet->payload, packet->length, 1, file) != 1))
		return -EIO;
	return 0;
}
