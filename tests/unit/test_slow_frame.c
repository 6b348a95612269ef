// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of the slow path: what is built is read back the same, what is cut
 * or says another length is refused. That the program reads them is for
 * tests/net/slow_path.sh.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "gated/slow/slow_frame.h"

enum {
	PAYLOAD = 173,
	ETHERNET = 14,
	TAG = 4,
	LENGTH_IPV4 = ETHERNET + TAG + 2,	/* where it stands */
	LENGTH_IPV6 = ETHERNET + TAG + 4,
	DEVICE = 0x01020304,
};

static __u8 buffer[SLOW_FRAME];

static void describe(struct slow_packet *packet, bool ipv6)
{
	*packet = (struct slow_packet){
		.from_port = htons(4000),
		.to_port = htons(30000),
		.traffic_class = 0xb9,
		.ttl = 63,
		.tag = 4094,
	};
	address_set(packet->from, ipv6 ? "fd99:1::2" : "10.99.1.2");
	address_set(packet->to, ipv6 ? "fd99:1::1" : "10.99.1.1");
}

/* As the program does it: the device instead of a link-layer address. */
static __u8 *build(const struct slow_packet *packet, size_t length, size_t *size)
{
	const __u32 device = DEVICE;
	__u8 *payload = buffer + SLOW_HEADERS, *frame;

	for (size_t i = 0; i < length; i++)
		payload[i] = i;
	frame = slow_frame_build(packet, payload, length);
	memcpy(frame, &device, sizeof(device));
	*size = payload + length - frame;
	return frame;
}

static bool same(const struct slow_packet *a, const struct slow_packet *b)
{
	return !memcmp(a->from, b->from, sizeof(a->from)) &&
	       !memcmp(a->to, b->to, sizeof(a->to)) &&
	       a->from_port == b->from_port && a->to_port == b->to_port &&
	       a->traffic_class == b->traffic_class && a->ttl == b->ttl &&
	       a->tag == b->tag;
}

static void test_family(bool ipv6)
{
	const char *name = ipv6 ? "IPv6" : "IPv4";
	struct slow_packet packet, read;
	size_t size, refused = 0;
	__u8 *frame, *field;

	describe(&packet, ipv6);
	frame = build(&packet, PAYLOAD, &size);
	ktap(!slow_frame_parse(&read, frame, size) && same(&packet, &read) &&
		     read.ifindex == DEVICE && read.udp_size == PAYLOAD + 8 &&
		     (__u8 *)read.udp == frame + size - PAYLOAD - 8,
	     "%s: read as it was built", name);
	for (size_t cut = 0; cut < size; cut++)
		refused += slow_frame_parse(&read, frame, cut) == -EBADMSG;
	ktap(refused == size, "%s: cut anywhere it is refused", name);
	field = frame + (ipv6 ? LENGTH_IPV6 : LENGTH_IPV4);
	put16(field, get16(field) + 1);
	ktap(slow_frame_parse(&read, frame, size) == -EBADMSG,
	     "%s: longer than it is", name);
	put16(field, 0);
	ktap(slow_frame_parse(&read, frame, size) == -EBADMSG,
	     "%s: without a length", name);
	frame = build(&packet, SLOW_PAYLOAD, &size);
	ktap(frame >= buffer && !slow_frame_parse(&read, frame, size),
	     "%s: the longest fits", name);
}

/* Without a tag it is Ethernet, IP, UDP and what comes from the UE. */
static void test_untagged(void)
{
	struct slow_packet packet, read;
	size_t tagged, size;
	__u8 *frame;

	describe(&packet, false);
	build(&packet, PAYLOAD, &tagged);
	packet.tag = 0;
	frame = build(&packet, PAYLOAD, &size);
	ktap(size == tagged - TAG && get16(frame + ETHERNET - 2) == 0x0800 &&
		     !slow_frame_parse(&read, frame, size) &&
		     same(&packet, &read), "none without a tag");
}

/* Any octets at all, of exactly so many: the sanitizers watch. */
static void test_noise(void)
{
	struct random random = { 1 };
	struct slow_packet read;
	size_t accepted = 0, rounds = 20000;

	for (size_t i = 0; i < rounds; i++) {
		size_t size = random_below(&random, 120);
		__u8 *frame = malloc(size + 1);

		random_bytes(&random, frame, size);
		accepted += !slow_frame_parse(&read, frame, size);
		free(frame);
	}
	ktap(!accepted, "noise is refused");
}

int main(void)
{
	test_family(false);
	test_family(true);
	test_untagged();
	test_noise();
	return ktap_finish();
}
