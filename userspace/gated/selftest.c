// SPDX-License-Identifier: GPL-2.0-only
#include "gated/selftest.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <string.h>

#include "gated/slow/slow_crypto.h"
#include "gated/slow/slow_frame.h"
#include "lib/address.h"
#include "lib/master_key.h"
#include "lib/secret.h"

enum {
	LOOPBACK = 1,		/* where BPF_PROG_RUN's packets come from */
	SLOT_OPEN = 1,		/* in `streams` and `states` */
	SLOT_SEAL = 2,
	SLOT_KEY = 1,
	SLOT_HOP = 1,
	PORT_OPEN = 20000,
	PORT_SEAL = 20002,
	PORT_REMOTE = 30000,
	HEADERS = ETH_HLEN + sizeof(struct iphdr) + sizeof(struct udphdr),
	FRAME = 256,
	ROOM = SLOW_HEADERS + FRAME,
};

struct message {
	size_t size;
	__u8 bytes[48];
};

static const struct message rtp = { 28, {
	0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
	0xab, 0xab, 0xab, 0xab } };
static const struct message rtcp = { 24, {
	0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0xab, 0xab, 0xab, 0xab,
	0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
	0xab } };

#define B3_KEY                                                                 \
	{ 0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3,    \
	  0x2c, 0x06, 0xde, 0x41, 0x39 }
#define B3_SALT                                                                \
	{ 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b,    \
	  0x3a, 0xab, 0xe6 }

/*
 * The reference packets of libsrtp's test/srtp_driver.c: under the master
 * key of RFC 3711 B.3, that of RFC 6188 7.2, and one of its own for GCM, which
 * here is as long as 256 bits want, too. AES-192 has RFC 6188 7.4's master
 * key; libsrtp2 before 2.8 derives other session keys of it than the RFC, so
 * the packets are OpenSSL's. SRTCP has index 1: libsrtp counts before it
 * sends, RFC 3711 3.4 after. The last two, which libsrtp has not, are of
 * tests/unit/data/srtp/make.py.
 */
static const struct known_answer {
	enum sg_suite shorter;	/* the same with a tag of 32 bits for SRTP */
	struct sg_master_key master;
	struct message srtp, srtcp;
} answers[] = {
{
	.shorter = SG_SUITE_AES_CM_128_HMAC_SHA1_32,
	.master = {
		.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80,
		.key = B3_KEY,
		.salt = B3_SALT,
	},
	.srtp = { 38, {
	0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	0x4e, 0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78, 0xd8, 0x8c, 0xa4, 0xd2, 0x15,
	0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d, 0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b,
	0x8d, 0xbb } },
	.srtcp = { 38, {
	0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0x71, 0x28, 0x03, 0x5b,
	0xe4, 0x87, 0xb9, 0xbd, 0xbe, 0xf8, 0x90, 0x41, 0xf9, 0x77, 0xa5, 0xa8,
	0x80, 0x00, 0x00, 0x01, 0x99, 0x3e, 0x08, 0xcd, 0x54, 0xd6, 0xc1, 0x23,
	0x07, 0x98 } },
}, {
	.shorter = SG_SUITE_AES_192_CM_HMAC_SHA1_32,
	.master = {
		.suite = SG_SUITE_AES_192_CM_HMAC_SHA1_80,
		.key = { 0x73, 0xed, 0xc6, 0x6c, 0x4f, 0xa1, 0x57, 0x76, 0xfb,
			 0x57, 0xf9, 0x50, 0x5c, 0x17, 0x13, 0x65, 0x50, 0xff,
			 0xda, 0x71, 0xf3, 0xe8, 0xe5, 0xf1 },
		.salt = { 0xc8, 0x52, 0x2f, 0x3a, 0xcd, 0x4c, 0xe8, 0x6d, 0x5a,
			  0xdd, 0x78, 0xed, 0xbb, 0x11 },
	},
	.srtp = { 38, {
	  0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	  0x1e, 0x84, 0xe1, 0x39, 0x5a, 0x55, 0xcc, 0x6c, 0xd7, 0xb8, 0x0d, 0xb9,
	  0x39, 0xa8, 0x3a, 0x78, 0xe3, 0xe7, 0xe1, 0x0b, 0xf5, 0x79, 0xc2, 0x61,
	  0xe5, 0xc6 } },
	.srtcp = { 38, {
	  0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0x3a, 0x8b, 0x5f, 0xbd,
	  0x5e, 0xab, 0xc9, 0x94, 0x9e, 0xec, 0x92, 0x04, 0x3a, 0x9a, 0x4b, 0x58,
	  0x80, 0x00, 0x00, 0x01, 0x2f, 0xd0, 0xd5, 0x2d, 0xb8, 0xf8, 0xbe, 0x3d,
	  0x1e, 0x48 } },
}, {
	.shorter = SG_SUITE_AES_256_CM_HMAC_SHA1_32,
	.master = {
		.suite = SG_SUITE_AES_256_CM_HMAC_SHA1_80,
		.key = { 0xf0, 0xf0, 0x49, 0x14, 0xb5, 0x13, 0xf2, 0x76, 0x3a,
			 0x1b, 0x1f, 0xa1, 0x30, 0xf1, 0x0e, 0x29, 0x98, 0xf6,
			 0xf6, 0xe4, 0x3e, 0x43, 0x09, 0xd1, 0xe6, 0x22, 0xa0,
			 0xe3, 0x32, 0xb9, 0xf1, 0xb6 },
		.salt = { 0x3b, 0x04, 0x80, 0x3d, 0xe5, 0x1e, 0xe7, 0xc9, 0x64,
			  0x23, 0xab, 0x5b, 0x78, 0xd2 },
	},
	.srtp = { 38, {
	  0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	  0xf1, 0xd9, 0xde, 0x17, 0xff, 0x25, 0x1f, 0xf1, 0xaa, 0x00, 0x77, 0x74,
	  0xb0, 0xb4, 0xb4, 0x0d, 0xa0, 0x8d, 0x9d, 0x9a, 0x5b, 0x3a, 0x55, 0xd8,
	  0x87, 0x3b } },
	.srtcp = { 38, {
	  0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0xb4, 0xd0, 0xe7, 0xa9,
	  0x17, 0xd2, 0x4b, 0x9f, 0xaa, 0xb9, 0xd3, 0xb6, 0x12, 0x7b, 0x3b, 0xa6,
	  0x80, 0x00, 0x00, 0x01, 0xe0, 0x4a, 0xc0, 0xec, 0x28, 0x46, 0xf7, 0x1b,
	  0xd3, 0x1c } },
}, {
	.master = {
		.suite = SG_SUITE_AEAD_AES_128_GCM,
		.key = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
			 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f },
		.salt = { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8,
			  0xa9, 0xaa, 0xab },
	},
	.srtp = { 44, {
	  0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	  0xc5, 0x00, 0x2e, 0xde, 0x04, 0xcf, 0xdd, 0x2e, 0xb9, 0x11, 0x59, 0xe0,
	  0x88, 0x0a, 0xa0, 0x6e, 0xd2, 0x97, 0x68, 0x26, 0xf7, 0x96, 0xb2, 0x01,
	  0xdf, 0x31, 0x31, 0xa1, 0x27, 0xe8, 0xa3, 0x92 } },
	.srtcp = { 44, {
	  0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0xc9, 0x8b, 0x8b, 0x5d,
	  0xf0, 0x39, 0x2a, 0x55, 0x85, 0x2b, 0x6c, 0x21, 0xac, 0x8e, 0x70, 0x25,
	  0xc5, 0x2c, 0x6f, 0xbe, 0xa2, 0xb3, 0xb4, 0x46, 0xea, 0x31, 0x12, 0x3b,
	  0xa8, 0x8c, 0xe6, 0x1e, 0x80, 0x00, 0x00, 0x01 } },
}, {
	.master = {
		.suite = SG_SUITE_AEAD_AES_256_GCM,
		.key = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
			 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11,
			 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a,
			 0x1b, 0x1c, 0x1d, 0x1e, 0x1f },
		.salt = { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8,
			  0xa9, 0xaa, 0xab },
	},
	.srtp = { 44, {
	  0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	  0x0a, 0xf7, 0xf2, 0x1e, 0x8a, 0x90, 0xbd, 0xad, 0x7a, 0x42, 0x5c, 0x9c,
	  0x31, 0xed, 0x4b, 0xb1, 0xd9, 0x02, 0x38, 0x91, 0x7e, 0x73, 0x90, 0xa2,
	  0x79, 0x35, 0x00, 0xe1, 0x68, 0x1a, 0xca, 0xea } },
	.srtcp = { 44, {
	  0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0x8a, 0xbf, 0xaf, 0xa7,
	  0x80, 0x07, 0x0a, 0x90, 0xe8, 0x0f, 0x91, 0x61, 0xcf, 0x4a, 0xac, 0x08,
	  0x1e, 0xd9, 0x3a, 0xaa, 0x53, 0xc1, 0x5b, 0x0f, 0x3e, 0xd1, 0xa3, 0xb9,
	  0x84, 0x16, 0x7b, 0x03, 0x80, 0x00, 0x00, 0x01 } },
}, {
	.master = {
		.suite = SG_SUITE_F8_128_HMAC_SHA1_80,
		.key = B3_KEY,
		.salt = B3_SALT,
	},
	.srtp = { 38, {
	0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	0x46, 0xfa, 0x3d, 0x4d, 0xa1, 0x64, 0x3d, 0x3c, 0xdb, 0x04, 0x03, 0x4a,
	0xe3, 0x48, 0x20, 0x23, 0xd7, 0x83, 0x3d, 0x69, 0xcf, 0x9d, 0x84, 0x2c,
	0xfc, 0xc8 } },
	.srtcp = { 38, {
	0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0x22, 0x52, 0x3f, 0x52,
	0xa7, 0xe1, 0x00, 0x25, 0x38, 0xad, 0x93, 0xd3, 0x95, 0x10, 0x7c, 0x90,
	0x80, 0x00, 0x00, 0x01, 0x2a, 0x12, 0x9d, 0xcc, 0x4c, 0xef, 0x7d, 0xcb,
	0x0c, 0x6d } },
}, {
	.master = {
		.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80,
		.key = B3_KEY,
		.salt = B3_SALT,
		.kdr = 4,
	},
	.srtp = { 38, {
	0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
	0xf8, 0xdb, 0xae, 0xfd, 0x05, 0xa8, 0x66, 0x76, 0x04, 0xd1, 0x5c, 0x5f,
	0x9b, 0xb8, 0xa0, 0x4e, 0xdc, 0xb1, 0x9f, 0x96, 0x31, 0x35, 0x56, 0xd8,
	0x59, 0x06 } },
	.srtcp = { 38, {
	0x81, 0xc8, 0x00, 0x0b, 0xca, 0xfe, 0xba, 0xbe, 0x71, 0x28, 0x03, 0x5b,
	0xe4, 0x87, 0xb9, 0xbd, 0xbe, 0xf8, 0x90, 0x41, 0xf9, 0x77, 0xa5, 0xa8,
	0x80, 0x00, 0x00, 0x01, 0x99, 0x3e, 0x08, 0xcd, 0x54, 0xd6, 0xc1, 0x23,
	0x07, 0x98 } },
},
};

enum {
	ANSWERS = sizeof(answers) / sizeof(answers[0]),
	SHORTER_BY = 80 / 8 - 32 / 8,
};

static const char local[] = "192.0.2.1", remote[] = "192.0.2.2";

static void transport(struct sg_transport *to, const char *address, __u16 port)
{
	sg_address_parse(to->address, address);
	to->rtp = htons(port);
	to->rtcp = htons(port + 1);
}

static void describe(struct sg_stream *stream, __u32 slot, __u16 port)
{
	memset(stream, 0, sizeof(*stream));
	stream->generation = 1;
	stream->flags = SG_STREAM_GATE_OPEN;
	stream->state = slot;
	stream->epoch = 1;
	stream->next_hop = SLOT_HOP;
	stream->local_realm = SG_SELFTEST_REALM;
	stream->dscp = SG_DSCP_COPY;
	stream->source_prefix = SG_PREFIX_EXACT;
	transport(&stream->local, local, port);
	transport(&stream->remote, remote, PORT_REMOTE);
	transport(&stream->source, local, port);
	transport(&stream->destination, remote, PORT_REMOTE);
	if (slot == SLOT_OPEN)
		stream->open_key[0] = SLOT_KEY;
	else
		stream->seal_key = SLOT_KEY;
}

/* Row 0 is reserved for this address. */
static int set_endpoint(const struct dataplane *data, __u16 port,
			const struct sg_endpoint *endpoint)
{
	__u32 index = port;

	return bpf_map_update_elem(data->maps.endpoints, &index, endpoint,
				   BPF_ANY);
}

static int install_stream(const struct dataplane *data, __u32 slot, __u16 port)
{
	struct sg_endpoint endpoint = { .stream = slot, .generation = 1 };
	struct sg_stream stream;
	int err;

	describe(&stream, slot, port);
	err = bpf_map_update_elem(data->maps.streams, &slot, &stream, BPF_ANY);
	for (int i = 0; !err && i < 2; i++)
		err = set_endpoint(data, port + i, &endpoint);
	return err;
}

static struct sg_address_key address_key(void)
{
	struct sg_address_key key = { .realm = SG_SELFTEST_REALM };

	sg_address_parse(key.address, local);
	return key;
}

static int install_key(const struct dataplane *data,
		       const struct sg_master_key *master)
{
	__u32 slot = SLOT_KEY;
	struct sg_key key;
	int err = sg_master_key_derive(&key, master);

	key.generation = 1;
	if (!err)
		err = bpf_map_update_elem(data->maps.keys, &slot, &key,
					  BPF_ANY);
	sg_secret_zero(&key, sizeof(key));
	return err;
}

static int install_path(const struct dataplane *data)
{
	struct sg_interface_key key = { .ifindex = LOOPBACK };
	struct sg_interface interface = { .realm = SG_SELFTEST_REALM };
	struct sg_next_hop hop = { .state = SG_NEXT_HOP_REACHABLE,
				   .mtu = 1500, .ifindex = LOOPBACK };
	struct sg_address_key address = address_key();
	__u32 slot = SLOT_HOP, device = LOOPBACK, row = 0;
	int err;

	err = bpf_map_update_elem(data->maps.interfaces, &key, &interface,
				  BPF_ANY);
	if (!err)
		err = bpf_map_update_elem(data->maps.addresses, &address, &row,
					  BPF_ANY);
	if (!err)
		err = bpf_map_update_elem(data->maps.next_hops, &slot, &hop,
					  BPF_ANY);
	if (!err)
		err = bpf_map_update_elem(data->maps.devices, &device, &device,
					  BPF_ANY);
	return err;
}

static void clean(const struct dataplane *data)
{
	static const struct sg_stream no_stream;
	static const struct sg_state no_state;
	static const struct sg_key no_key;
	static const struct sg_next_hop no_hop;
	static const struct sg_endpoint no_endpoint;
	struct sg_address_key address = address_key();
	struct sg_interface_key interface = { .ifindex = LOOPBACK };
	__u32 device = LOOPBACK;

	bpf_map_delete_elem(data->maps.interfaces, &interface);
	bpf_map_delete_elem(data->maps.devices, &device);
	bpf_map_delete_elem(data->maps.addresses, &address);
	for (int port = PORT_OPEN; port < PORT_SEAL + 2; port++)
		set_endpoint(data, port, &no_endpoint);
	for (__u32 slot = 1; slot < SG_CLOSED_STREAM; slot++) {
		bpf_map_update_elem(data->maps.streams, &slot, &no_stream,
				    BPF_ANY);
		sg_maps_set_state(&data->maps, slot, &no_state);
		bpf_map_update_elem(data->maps.keys, &slot, &no_key, BPF_ANY);
		bpf_map_update_elem(data->maps.next_hops, &slot, &no_hop,
				    BPF_ANY);
	}
}

/* Returns where in @room it begins: HEADERS, then @message. */
static const __u8 *make_frame(__u8 room[ROOM], __u16 port, bool control,
			      const struct message *message)
{
	struct slow_packet packet = {
		.from_port = htons(PORT_REMOTE + control),
		.to_port = htons(port + control),
		.ttl = 64,
	};

	sg_address_parse(packet.from, remote);
	sg_address_parse(packet.to, local);
	memcpy(room + SLOW_HEADERS, message->bytes, message->size);
	return slow_frame_build(&packet, room + SLOW_HEADERS, message->size);
}

/* The program itself, or the slow path's cryptography. */
struct subject {
	int program;
	struct slow_crypto *slow; /* NULL: the program */
};

static int convert(const struct subject *subject, const __u8 *frame,
		   __u32 size, __u8 *result, __u32 *result_size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = size, .data_out = result,
		    .data_size_out = *result_size, .repeat = 1);

	if (subject->slow)
		return slow_crypto_convert(subject->slow, frame, size, result,
					   result_size);
	if (bpf_prog_test_run_opts(subject->program, &opts))
		return XDP_DROP;
	*result_size = opts.data_size_out;
	return opts.retval;
}

/* True when @in comes out as @expected; NULL: whatever comes out. */
static bool converts(const struct subject *subject, __u16 port, bool control,
		     const struct message *in, const struct message *expected)
{
	__u8 room[ROOM], result[FRAME];
	const __u8 *frame = make_frame(room, port, control, in);
	__u32 size = HEADERS + in->size, got = FRAME;

	if (convert(subject, frame, size, result, &got) != XDP_REDIRECT)
		return false;
	return !expected ||
	       (got == HEADERS + expected->size &&
		!memcmp(result + HEADERS, expected->bytes, expected->size));
}

static const char *test(const struct subject *subject,
			const struct known_answer *answer)
{
	if (!converts(subject, PORT_OPEN, false, &answer->srtp, &rtp))
		return "opening SRTP";
	if (!converts(subject, PORT_OPEN, true, &answer->srtcp, &rtcp))
		return "opening SRTCP";
	if (!converts(subject, PORT_SEAL, false, &rtp, &answer->srtp))
		return "sealing SRTP";
	if (!converts(subject, PORT_SEAL, true, &rtcp, NULL) ||
	    !converts(subject, PORT_SEAL, true, &rtcp, &answer->srtcp))
		return "sealing SRTCP";
	return NULL;
}

static int test_subject(const struct dataplane *data,
			const struct known_answer *answer, const char **failed)
{
	struct subject subject = { .program = data->program };
	struct slow_crypto_setup setup;
	int err;

	if (answer->master.suite <= SG_SUITE_LAST_FAST && !answer->master.kdr) {
		*failed = test(&subject, answer);
		return 0;
	}
	err = slow_crypto_set_up(&setup, data->skeleton);
	if (!err)
		subject.slow = slow_crypto_new(&setup);
	if (subject.slow)
		*failed = test(&subject, answer);
	else if (!err)
		err = -ENOMEM;
	slow_crypto_free(subject.slow);
	slow_crypto_tear_down(&setup);
	return err;
}

static int run(const struct dataplane *data, const struct known_answer *answer,
	       const char **failed)
{
	int err;

	clean(data);
	err = install_path(data);
	if (!err)
		err = install_key(data, &answer->master);
	if (!err)
		err = install_stream(data, SLOT_OPEN, PORT_OPEN);
	if (!err)
		err = install_stream(data, SLOT_SEAL, PORT_SEAL);
	if (!err)
		err = test_subject(data, answer, failed);
	clean(data);
	return err;
}

/* Tags of 32 bits are the first of 80 (RFC 3711 4.2.1); SRTCP has no such. */
static struct known_answer shorten(const struct known_answer *answer)
{
	struct known_answer shorter = *answer;

	shorter.master.suite = answer->shorter;
	shorter.srtp.size -= SHORTER_BY;
	return shorter;
}

static int run_both(const struct dataplane *data,
		    const struct known_answer *answer, enum sg_suite *suite,
		    const char **failed)
{
	struct known_answer shorter = shorten(answer);
	int err;

	*suite = answer->master.suite;
	err = run(data, answer, failed);
	if (err || *failed || !answer->shorter)
		return err;
	*suite = answer->shorter;
	return run(data, &shorter, failed);
}

int selftest_run(const struct dataplane *data, struct fault *fault)
{
	enum sg_suite suite = SG_SUITE_NONE;
	const char *failed = NULL;
	int err = 0;

	for (int i = 0; i < ANSWERS && !err && !failed; i++)
		err = run_both(data, &answers[i], &suite, &failed);
	if (err)
		return fault_set(fault, -err,
				 "the self-test cannot be set up: %s",
				 strerror(-err));
	if (failed)
		return fault_set(fault, EBADMSG,
				 "the data plane fails its self-test at %s "
				 "under %s; this kernel must not carry media, "
				 "please report it",
				 failed, sg_suite_name(suite));
	return 0;
}
