// SPDX-License-Identifier: GPL-2.0-only
/*
 * MIKEY-TICKET's messages in a form that a dissector of RFC 3830 knows.
 *
 * mikey_plain FOLDER: makes whole calls and writes into FOLDER each chain of
 * payloads that is in them, as a message of its own: the messages, ticket
 * policies, Ticket Data and each key. What RFC 6043 added is written as its
 * like of RFC 3830: TR as T, RANDR as RAND, tickets as General Extensions. A
 * file's name ends in the number of "next payload" octets in it. public.raw is
 * a REQUEST_INIT_PK and public.plain its like of RFC 3830; invite.sip has the
 * offer in SDP. With files of messages it does so with these.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../lib/mikey_call.h"
#include "../lib/mikey_pki.h"
#include "lib/mikey_text.h"
#include "lib/mikey_wire.h"

static const char *folder;
static struct mikey_fault fault;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, fault.text ? fault.text : "failed");
	exit(EXIT_FAILURE);
}

static void save(const char *name, const void *octets, size_t size)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	if (!out || fwrite(octets, 1, size, out) != size || fclose(out))
		die(path);
}

static void make_plain(struct mikey_payload *p)
{
	struct sg_slice body = p->ticket.body;

	switch (p->type) {
	case MIKEY_TR:
		p->type = MIKEY_T;
		if (p->t.type != MIKEY_NTP_UTC_32)
			break;
		p->t.type = MIKEY_NTP_UTC;
		p->t.value <<= 32;
		break;
	case MIKEY_RANDR:
		p->type = MIKEY_RAND;
		break;
	case MIKEY_TP:
	case MIKEY_TICKET:
		p->type = MIKEY_EXTENSION;
		p->kind = 0;
		p->data = body;
		break;
	case MIKEY_V:
		/* The dissector knows no tag of 32 octets. */
		if (p->kind != MIKEY_HMAC_SHA256)
			break;
		p->type = MIKEY_EXTENSION;
		p->kind = 0;
		break;
	case MIKEY_KEMAC:
		p->kemac.encr &= 1;
		break;
	default:
		break;
	}
}

static int print_plain(__u8 *out, size_t size, struct mikey_message *m)
{
	m->data_type = 0;
	m->prf = 0;
	m->map = MIKEY_MAP_SRTP;
	for (int i = 0; i < m->payloads; i++)
		make_plain(&m->payload[i]);
	return mikey_print(out, size, m);
}

static void write_plain(const char *name, struct mikey_message *m)
{
	char full[64];
	__u8 out[4096];
	int size = print_plain(out, sizeof(out), m);

	if (size < 0)
		die(name);
	snprintf(full, sizeof(full), "%s.%d", name, m->payloads + 1);
	save(full, out, size);
}

static void write_chain(const char *name, struct sg_slice octets, __u8 first)
{
	struct sg_cursor c = sg_cursor_of_slice(octets);
	struct mikey_message message = { 0 };

	message.payloads = mikey_chain_parse(message.payload, &c, first,
					     &fault);
	if (message.payloads < 0)
		die(name);
	write_plain(name, &message);
}

static void write_message(const char *prefix, const char *name,
			  const struct mikey_octets *octets)
{
	struct mikey_message message;
	char full[64];

	snprintf(full, sizeof(full), "%s-%s", prefix, name);
	if (mikey_parse(&message, mikey_call_slice(octets), &fault))
		die(full);
	write_plain(full, &message);
}

/* TP Data begins with its first payload's type; Ticket Data with THDR. */
static void write_ticket(const char *prefix, struct sg_slice body)
{
	struct sg_cursor c = sg_cursor_of_slice(body), inner;
	struct sg_slice policy, data;
	char full[64];
	__u8 first;

	sg_cursor_take(&c, 7);
	policy = mikey_take_counted(&c, 2);
	data = mikey_take_counted(&c, 2);
	inner = sg_cursor_of_slice(policy);
	first = sg_cursor_u8(&inner);
	snprintf(full, sizeof(full), "%s-policy", prefix);
	write_chain(full, sg_cursor_rest(&inner), first);
	inner = sg_cursor_of_slice(data);
	first = sg_cursor_u8(&inner);
	mikey_take_counted(&inner, 2);
	snprintf(full, sizeof(full), "%s-data", prefix);
	write_chain(full, sg_cursor_rest(&inner), first);
}

/* One a message: the dissector shows the first only. */
static void write_keys(const char *prefix, const struct mikey_keys *keys)
{
	for (int i = 0; i < keys->keys; i++) {
		struct mikey_keys one = { { keys->key[i] }, 1 };
		struct mikey_message message = { .payloads = 1 };
		__u8 data[512];
		char full[64];
		int size;

		one.key[0].kind = MIKEY_TGK;
		size = mikey_keys_print(data, sizeof(data), &one);
		message.payload[0] = (struct mikey_payload){
			.type = MIKEY_KEMAC,
			.kemac = { .data = mikey_slice(data, size) }
		};
		snprintf(full, sizeof(full), "%s-key%d", prefix, i);
		write_plain(full, &message);
	}
}

static void write_call(const char *prefix, int prf, bool mode3)
{
	static struct mikey_call call;

	mikey_call_begin(&call, prf, prf, mode3);
	mikey_call_run(&call);
	if (!mode3) {
		write_message(prefix, "request", &call.request);
		write_message(prefix, "request-resp", &call.request_resp);
	}
	write_message(prefix, "transfer", &call.transfer);
	write_message(prefix, "answer", &call.answer);
	write_message(prefix, "resolve", &call.resolve);
	write_message(prefix, "resolve-resp", &call.resolve_resp);
	write_ticket(prefix, mikey_call_slice(&call.ticket));
	write_keys(prefix, &call.initiator_keys);
}

/*
 * REQUEST_INIT_PK, signed by alice, before and after. The dissector does not
 * know CHASH; SIGN has no next payload.
 */
static void write_public(void)
{
	static struct mikey_call call;
	struct mikey_secret key = { .size = 16 };
	__u8 envelope[MIKEY_RSA_MAX], octets[4096];
	struct mikey_message message;
	struct mikey_query query;
	int size;

	mikey_call_begin(&call, 0, 0, false);
	mikey_call_run(&call);
	query = call.request_said;
	query.type = MIKEY_REQUEST_INIT_PK;
	query.public = (struct mikey_public){
		.certificate = { mikey_pki_der("alice") },
		.certificates = 1,
		.envelope = mikey_slice(envelope, 384),
	};
	if (mikey_envelope_seal(envelope, mikey_pki_key("kms"), 0, &key))
		die("envelope");
	size = mikey_query_sign(octets, sizeof(octets), &query, &key,
				mikey_pki_key("alice"));
	if (size < 0 ||
	    mikey_parse(&message, mikey_slice(octets, size), &fault))
		die("REQUEST_INIT_PK");
	save("public.raw", octets, size);
	size = print_plain(octets, sizeof(octets), &message);
	if (size < 0)
		die("REQUEST_INIT_PK");
	save("public.plain", octets, size);
}

/* Crypto sessions of RFC 3830, and the payloads that no ticket needs. */
static void write_rest(void)
{
	struct mikey_message message = { .csb_id = 7, .css = 2 };
	static const struct mikey_payload rest[] = {
		{ .type = MIKEY_T, .t = { MIKEY_NTP_UTC, 0xcfbf2d0080000000 } },
		{ .type = MIKEY_RAND, .data = { "0123456789abcdef", 16 } },
		{ .type = MIKEY_ID, .kind = MIKEY_ID_URI,
		  .data = { "sip:alice@a.example", 19 } },
		{ .type = MIKEY_SP, .sp = { 0, 0, { "\0\1\1\1\1\20", 6 } } },
		{ .type = MIKEY_PKE, .kind = 1, .data = { "envelope", 8 } },
		{ .type = MIKEY_SIGN, .data = { "signature", 9 } },
	};
	__u8 out[512];
	int size;

	message.cs[0] = (struct mikey_cs){ .ssrc = 0x12345678 };
	message.cs[1] = (struct mikey_cs){ .policy = 1, .ssrc = 0x23456789,
					   .roc = 1 };
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		mikey_add(&message, rest[i]);
	message.map = MIKEY_MAP_SRTP;
	size = mikey_print(out, sizeof(out), &message);
	if (size < 0)
		die("rest");
	/* SIGN has no next payload. */
	save("rest.6", out, size);
}

static void write_invite(void)
{
	static struct mikey_call call;
	char attribute[2048], text[4096], sdp[3072];
	struct mikey_message message;
	__u8 plain[2048];
	int size, length;

	mikey_call_begin(&call, 0, 0, false);
	mikey_call_run(&call);
	mikey_parse(&message, mikey_call_slice(&call.transfer), &fault);
	size = print_plain(plain, sizeof(plain), &message);
	if (size < 0)
		die("invite.sip");
	size = mikey_attribute_print(attribute, sizeof(attribute),
				     mikey_slice(plain, size));
	length = snprintf(sdp, sizeof(sdp),
			  "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
			  "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
			  "a=key-mgmt:%.*s\r\nm=audio 40000 RTP/SAVP 8\r\n",
			  size, attribute);
	size = snprintf(text, sizeof(text),
			"INVITE sip:bob@b.example SIP/2.0\r\n"
			"Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n"
			"From: <sip:alice@a.example>;tag=1\r\n"
			"To: <sip:bob@b.example>\r\nCall-ID: 1@192.0.2.1\r\n"
			"CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
			"Content-Type: application/sdp\r\n"
			"Content-Length: %d\r\n\r\n%s", length, sdp);
	save("invite.sip", text, size);
}

/* A message of somebody else's making, and the ticket in it. */
static void write_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	static struct mikey_octets octets;
	const struct mikey_payload *ticket;
	struct mikey_message message;
	FILE *in = fopen(path, "r");

	if (!in)
		die(path);
	octets.size = fread(octets.octets, 1, sizeof(octets.octets), in);
	fclose(in);
	write_message(name, "message", &octets);
	if (mikey_parse(&message, mikey_call_slice(&octets), &fault))
		die(path);
	ticket = mikey_find(&message, MIKEY_TICKET, 0, 0);
	if (ticket)
		write_ticket(name, ticket->ticket.body);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: mikey_plain FOLDER [MESSAGE...]\n");
		return EXIT_FAILURE;
	}
	folder = argv[1];
	for (int i = 2; i < argc; i++)
		write_file(argv[i]);
	if (argc > 2)
		return EXIT_SUCCESS;
	write_call("mode1-128", 0, false);
	write_call("mode1-256", 1, false);
	write_call("mode3-128", 0, true);
	write_rest();
	write_public();
	write_invite();
	return EXIT_SUCCESS;
}
