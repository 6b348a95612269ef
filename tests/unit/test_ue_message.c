// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protected messages: alice writes to *@b.example, bob reads; the part of the
 * server between them is tests/lib/mikey_call.c's.
 */
#include <errno.h>
#include <openssl/cms.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "lib/mikey_text.h"
#include "lib/mikey_time.h"
#include "ue/message.h"
#include "ue/message_seen.h"
#include "ue/mime.h"

#define BOB SG_SLICE("bob@b.example")
#define HELLO SG_SLICE("Content-Type: text/plain\r\n\r\nThe bill is paid.\r\n")
#define LIST                                                                   \
	SG_SLICE("Content-Type: application/resource-lists+xml\r\n"            \
		 "Content-Disposition: recipient-list\r\n\r\n<to/>\r\n")

enum { SENT = 0xcfbf2d00, END = 0xcfbf3b10, SKEW = 300 };

static struct mikey_call call;
static struct message_received received;
static struct message_octets sent;	/* the last one protected */
static struct mikey_policy policy;
static struct message_numbers numbers;
static struct message_sender sender;
static struct message_reader reader;
static struct fault fault;

/* -- a message ------------------------------------------------------------- */

/* A ticket of @flags with a key of @kind, in alice's hands. */
static void get_ticket(int prf, const char *flags, enum mikey_key_kind kind)
{
	struct mikey_fault why;

	mikey_call_begin(&call, prf, prf, false);
	mikey_flags_parse(&call.flags, flags);
	call.kind = kind;
	mikey_call_ticket(&call);
	if (mikey_policy_parse(&policy, mikey_call_slice(&call.ticket), &why))
		ktap_bail_out("%s", why.text);
	numbers = message_numbers_default;
	sender = (struct message_sender){
		.numbers = &numbers,
		.ticket = mikey_call_slice(&call.ticket),
		.policy = &policy,
		.keys = &call.initiator_keys,
		.responder = BOB,
		.t = call.t,
		.csb_id = 0x55667788,
		.rand = { 1, 2, 3 },
	};
	reader = (struct message_reader){
		.numbers = &message_numbers_default,
		.now = SENT,
		.skew = SKEW,
	};
}

static int protect(struct sg_slice entity, struct sg_slice clear)
{
	message_octets_free(&sent);
	return message_protect(&sent, entity, clear, &sender, &fault);
}

static struct sg_slice none(void)
{
	return (struct sg_slice){ "", 0 };
}

/* What the server says of the ticket and of Initiator Data. */
static int ask_server(struct mikey_keys *keys)
{
	const struct mikey_transfer *said = &received.transfer;
	struct mikey_ticket ticket;
	struct mikey_keys inside;
	struct mikey_fault why;

	if (mikey_ticket_parse(&ticket, said->ticket, &why) ||
	    mikey_ticket_open(&inside, &ticket, &call.tpk, &why) ||
	    mikey_ticket_keys(keys, &inside, &ticket) ||
	    mikey_initiator_data_check(said->initiator_data,
				       mikey_suite_of(ticket.policy.prf),
				       &keys->key[1].secret, &why))
		return fault_set(&fault, EPROTO, "the server refuses");
	return 0;
}

static int receive(struct message_octets *plain, bool *proven,
		   struct sg_slice octets)
{
	struct mikey_keys keys;
	int err = message_read(&received, octets, reader.numbers, &fault);

	*plain = (struct message_octets){ 0 };
	if (!err)
		err = message_check_time(&received, &reader, &fault);
	if (!err)
		err = ask_server(&keys);
	if (!err)
		err = message_open(plain, proven, &received, &reader, &keys,
				   &fault);
	message_free(&received);
	return err;
}

static bool opens_as(struct sg_slice octets, struct sg_slice wanted)
{
	struct message_octets plain;
	bool proven, same;

	if (receive(&plain, &proven, octets))
		return false;
	same = proven && sg_slice_equal(message_octets_slice(&plain), wanted);
	message_octets_free(&plain);
	return same;
}

static bool refused(int err, const char *word)
{
	struct message_octets plain;
	bool proven;
	int got = receive(&plain, &proven, message_octets_slice(&sent));

	if (got == err && strstr(fault.text, word) && !plain.at)
		return true;
	ktap_note("%d %s", got, fault.text);
	message_octets_free(&plain);
	return false;
}

static void test_whole(int prf)
{
	get_ticket(prf, "DEHIJNO", MIKEY_GTGK);
	ktap(!protect(HELLO, none()) &&
	     opens_as(message_octets_slice(&sent), HELLO),
	     "a message is protected and opened, PRF %d", prf);
	ktap(!memmem(sent.at, sent.size, "bill", 4), "and is not readable");
	ktap(!protect(none(), LIST) &&
	     opens_as(message_octets_slice(&sent), none()),
	     "an empty one, too");
	ktap(memmem(sent.at, sent.size, LIST.at, LIST.size),
	     "what is for servers is in the clear");
	numbers.protocol = 9;
	protect(HELLO, none());
	ktap(refused(-EINVAL, "PSK/MIME"), "one for another protocol is not");
}

/* From the server's answer as it is on the wire. */
static void test_resolved(void)
{
	struct message_octets plain;
	bool proven;

	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	protect(HELLO, none());
	message_read(&received, message_octets_slice(&sent), reader.numbers,
		     &fault);
	call.transfer_said = received.transfer;
	mikey_call_resolve(&call);
	ktap(!message_open(&plain, &proven, &received, &reader,
			   &call.responder_keys, &fault) && proven &&
	     sg_slice_equal(message_octets_slice(&plain), HELLO),
	     "with keys of RESOLVE_RESP");
	message_octets_free(&plain);
	call.responder_keys.key[0].secret.octets[3] ^= 1;
	ktap(message_open(&plain, &proven, &received, &reader,
			  &call.responder_keys, &fault) == -EBADMSG,
	     "with another MPKi it is not authentic");
	message_free(&received);
}

/* -- tickets that are for something else ----------------------------------- */

static void refuses_ticket(const char *flags, enum mikey_key_kind kind,
			   const char *word)
{
	get_ticket(0, flags, kind);
	ktap(protect(HELLO, none()) == -EPERM && !sent.at &&
	     strstr(fault.text, word), "protect refuses: %s", word);
	ktap(message_check_ticket(&policy, &call.initiator_keys, &fault) ==
		     -EPERM, "so does who checks it before");
}

/* A sender who does not care: the reader looks himself. */
static void reads_ticket(const char *flags, enum mikey_key_kind kind,
			 const char *word)
{
	struct message_octets cms = { "cms", 3 };
	struct message_parts parts;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	get_ticket(0, flags, kind);
	mikey_call_transfer(&call);
	message_parts_print(file, mikey_call_slice(&call.transfer),
			    message_octets_slice(&cms), none(), "x");
	fclose(file);
	ktap(!message_parts_parse(&parts, (struct sg_slice){ text, size },
				  &fault) &&
	     message_read(&received, (struct sg_slice){ text, size },
			  reader.numbers, &fault) == -EPERM &&
	     strstr(fault.text, word), "open refuses: %s", word);
	message_free(&received);
	free(text);
}

static void test_tickets(void)
{
	refuses_ticket("DEFHIJNO", MIKEY_GTGK, "flag F");
	refuses_ticket("DEFGHIJNO", MIKEY_GTGK, "flag F");
	refuses_ticket("DEHJNO", MIKEY_GTGK, "flag I");
	refuses_ticket("DEFHIJNO", MIKEY_TGK, "flag F");
	refuses_ticket("DEHJNO", MIKEY_TGK, "flag I");
	reads_ticket("DEFHIJNO", MIKEY_GTGK, "flag F");
	reads_ticket("DEHJNO", MIKEY_GTGK, "flag I");
	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	call.initiator_keys.key[2].kind = MIKEY_TGK;
	ktap(protect(HELLO, none()) == -EPERM && strstr(fault.text, "a TGK"),
	     "protect refuses a TGK");
	call.initiator_keys.key[2].kind = MIKEY_TEK;
	ktap(protect(HELLO, none()) == -EPERM && strstr(fault.text, "no GTGK"),
	     "and a ticket without GTGK");
	policy.flags |= MIKEY_G;
	ktap(protect(HELLO, none()) == -EPERM && strstr(fault.text, "flag G"),
	     "protect refuses: flag G");
	policy.flags &= ~(MIKEY_G | MIKEY_H);
	ktap(protect(HELLO, none()) == -EPERM && strstr(fault.text, "flag H"),
	     "protect refuses: flag H");
}

/* -- when ------------------------------------------------------------------ */

static void test_time(void)
{
	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	protect(HELLO, none());
	reader.now = SENT + SKEW + 1;
	ktap(refused(-ESTALE, "too far"), "too old");
	reader.deferred = true;
	ktap(opens_as(message_octets_slice(&sent), HELLO),
	     "but not from a mailbox");
	reader.now = END + 1;
	ktap(refused(-ESTALE, "ticket"), "where the ticket has ended, too old");
	reader.now = SENT - SKEW - 1;
	ktap(refused(-ESTALE, "ticket"), "before the ticket begins");
	reader.now = SENT + SKEW;
	sender.t.value = (__u64)(SENT + 2 * SKEW + 1) << 32;
	protect(HELLO, none());
	ktap(refused(-ESTALE, "future"), "from the future");
	sender.t.value = (__u64)(SENT - SKEW - 1) << 32;
	protect(HELLO, none());
	ktap(refused(-ESTALE, "when the message was sent"),
	     "from before the ticket was");
	message_read(&received, message_octets_slice(&sent), reader.numbers,
		     &fault);
	ktap(message_until(&received, SKEW) == END,
	     "it is remembered as long as its ticket lives");
	received.transfer.policy.end = 0;
	ktap(message_until(&received, SKEW) == SENT - 1,
	     "without an end, as long as it is fresh");
	ktap(message_check_time(&received, &reader, &fault) == -ESTALE &&
	     strstr(fault.text, "no end"), "and not read from a mailbox then");
	message_free(&received);
}

/* What is remembered of a message. */
static void copy_tag(char tag[64])
{
	struct sg_slice found;

	protect(HELLO, none());
	message_read(&received, message_octets_slice(&sent), reader.numbers,
		     &fault);
	found = message_tag(&received);
	snprintf(tag, 64, "%zu", found.size);
	memcpy(tag + 8, found.at, found.size);
	message_free(&received);
}

static void test_tag(void)
{
	char first[64] = "", second[64] = "";

	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	copy_tag(first);
	sender.csb_id++;
	copy_tag(second);
	ktap(memcmp(first, second, sizeof(first)), "two messages are two");
	get_ticket(0, "DEHINO", MIKEY_GTGK);
	copy_tag(first);
	sender.csb_id++;
	copy_tag(second);
	ktap(!memcmp(first, second, sizeof(first)),
	     "under a ticket for one they are not");
}

/* -- forgeries ------------------------------------------------------------- */

/* Each octet of it, changed in each of three ways. */
static void test_tampering(void)
{
	static const __u8 change[] = { 0x01, 0x20, 0x80 };
	struct message_octets plain;
	int refusals = 0, same = 0, other = 0;
	char *copy;
	bool proven;

	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	protect(HELLO, LIST);
	copy = malloc(sent.size);
	for (size_t i = 0; i < sent.size * sizeof(change); i++) {
		memcpy(copy, sent.at, sent.size);
		copy[i / sizeof(change)] ^= change[i % sizeof(change)];
		if (receive(&plain, &proven,
			    (struct sg_slice){ copy, sent.size }))
			refusals++;
		else if (sg_slice_equal(message_octets_slice(&plain), HELLO))
			same++;
		else
			other++;
		message_octets_free(&plain);
	}
	free(copy);
	ktap_note("%d refused, %d in headers or in the clear", refusals, same);
	ktap(!other && refusals > 3000, "no octet changed makes another text");
	for (size_t i = 0; i < sent.size && !other; i++)
		other = opens_as((struct sg_slice){ sent.at, i }, HELLO) &&
			i < sent.size - LIST.size - 80;
	ktap(!other, "and no piece of it is opened");
}

/* The parts of what was sent; @mikey is decoded. */
static void take_apart(struct message_octets *cms, struct mikey_secret *tek)
{
	struct mikey_rands rands;

	message_read(&received, message_octets_slice(&sent), reader.numbers,
		     &fault);
	*cms = received.cms;
	rands.initiator = received.transfer.rand;
	rands.responder = none();
	tek->size = call.suite->encr_key;
	mikey_derive_session(tek->octets, tek->size, call.suite, MIKEY_SESSION_TEK,
			     &call.initiator_keys.key[2].secret, 1, &rands);
}

static void put_together(struct sg_slice mikey, struct sg_slice cms)
{
	FILE *file;

	message_octets_free(&sent);
	file = open_memstream(&sent.at, &sent.size);
	message_parts_print(file, mikey, cms, none(), "boundary");
	fclose(file);
}

static const struct sg_slice key_id = { "\x55\x66\x77\x88\x01", 5 };

/* Bob, who has GTGK and MPKi, writes to carol in alice's name. */
static void test_insider(void)
{
	struct message_octets cms, forged;
	struct mikey_secret tek = { 0 };

	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	protect(HELLO, none());
	take_apart(&cms, &tek);
	ktap(!message_cms_open(&forged, message_octets_slice(&cms), &tek,
			       key_id, &fault), "he has the body's key");
	message_octets_free(&forged);
	message_cms_seal(&forged, SG_SLICE("forged"), &tek, key_id, &fault);
	put_together(received.transfer.octets, message_octets_slice(&forged));
	message_octets_free(&forged);
	message_octets_free(&cms);
	ktap(refused(-EBADMSG, "not the one"), "another body is not alice's");
	call.initiator_keys.key[1].secret.octets[0] ^= 1;
	protect(SG_SLICE("forged"), none());
	ktap(refused(-EPROTO, "server"),
	     "the server does not believe him another TRANSFER_INIT");
}

static void test_unproven(void)
{
	struct message_octets plain;
	bool proven;

	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	numbers.extension = 251;
	protect(HELLO, none());
	ktap(refused(-EBADMSG, "no digest"), "a body without a digest");
	reader.unproven = true;
	ktap(!receive(&plain, &proven, message_octets_slice(&sent)) &&
	     !proven, "is opened when that is allowed, and told of");
	message_octets_free(&plain);
}

/* -- CMS ------------------------------------------------------------------- */

static const struct mikey_secret key16 = { { 7, 7 }, 16 };

static bool cms_opens(struct sg_slice cms, struct sg_slice id)
{
	struct message_octets plain;
	int err = message_cms_open(&plain, cms, &key16, id, &fault);

	message_octets_free(&plain);
	return !err;
}

/* Encrypted by OpenSSL with @cipher. */
static void cms_make(struct message_octets *out, const EVP_CIPHER *cipher)
{
	BIO *in = BIO_new_mem_buf("text", 4);
	CMS_ContentInfo *cms = CMS_encrypt(NULL, in, cipher,
					   CMS_BINARY | CMS_PARTIAL);

	CMS_add0_recipient_key(cms, NID_undef,
			       OPENSSL_memdup(key16.octets, 16), 16,
			       OPENSSL_memdup("id", 2), 2, NULL, NULL, NULL);
	CMS_final(cms, in, NULL, CMS_BINARY);
	out->size = i2d_CMS_ContentInfo(cms, NULL);
	out->at = calloc(1, out->size + 1);
	i2d_CMS_ContentInfo(cms, &(unsigned char *){ (void *)out->at });
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

static void test_cms(void)
{
	struct message_octets cms, big = { calloc(1, MESSAGE_MAX + 1),
					   MESSAGE_MAX };
	struct sg_slice all;

	cms_make(&cms, EVP_aes_128_gcm());
	all = message_octets_slice(&cms);
	ktap(cms_opens(all, SG_SLICE("id")), "OpenSSL's is opened");
	ktap(!cms_opens(all, SG_SLICE("ie")), "not for another key's name");
	ktap(!cms_opens((struct sg_slice){ all.at, all.size + 1 },
			SG_SLICE("id")), "not with an octet behind it");
	cms.at[2]++;
	ktap(!cms_opens(all, SG_SLICE("id")), "not with a wrong length");
	message_octets_free(&cms);
	cms_make(&cms, EVP_aes_128_cbc());
	ktap(!cms_opens(message_octets_slice(&cms), SG_SLICE("id")),
	     "EnvelopedData, which nothing protects from changes, is not");
	message_octets_free(&cms);
	ktap(!message_cms_seal(&cms, message_octets_slice(&big), &key16,
			       SG_SLICE("id"), &fault) &&
	     cms_opens(message_octets_slice(&cms), SG_SLICE("id")),
	     "a large one");
	message_octets_free(&cms);
	big.size++;
	ktap(message_cms_seal(&cms, message_octets_slice(&big), &key16,
			      SG_SLICE("id"), &fault) == -E2BIG,
	     "a larger one is refused");
	message_octets_free(&big);
}

/* Takes four octets off the length at @der; returns what it is of. */
static char *shorten(char *der)
{
	der += der[1] == (char)0x81 ? 2 : 1;
	*der -= 4;
	return der + 1;
}

static bool openssl_opens(const struct message_octets *octets)
{
	const unsigned char *at = (unsigned char *)octets->at;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, octets->size);
	unsigned char key[16];
	BIO *out = BIO_new(BIO_s_mem());
	bool opened;

	memcpy(key, key16.octets, sizeof(key));
	opened = cms && CMS_decrypt_set1_key(cms, key, 16, NULL, 0) == 1 &&
		 CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY) == 1;
	BIO_free(out);
	CMS_ContentInfo_free(cms);
	return opened;
}

/* A tag of GCM cut to 12 octets is its tag of 12 octets. */
static void test_short_tag(void)
{
	struct message_octets cms;
	char *at;

	cms_make(&cms, EVP_aes_128_gcm());
	at = shorten(cms.at);		/* ContentInfo */
	at = shorten(at + 2 + at[1]);	/* behind the type, [0] */
	shorten(at);			/* AuthEnvelopedData */
	at = memmem(cms.at, cms.size, "\x02\x01\x10", 3);
	at[2] = 12;			/* ICVlen */
	cms.at[cms.size - 17] = 12;
	cms.size -= 4;
	ktap(openssl_opens(&cms) &&
	     !cms_opens(message_octets_slice(&cms), SG_SLICE("id")),
	     "a tag that is easier to guess is refused");
	message_octets_free(&cms);
}

/* -- openssl cms, which shares no code of ours ----------------------------- */

static char folder[] = "/tmp/srtpgate-message-XXXXXX";

static bool run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return !system(command);
}

static void write_file(const char *name, struct sg_slice text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	fwrite(text.at, 1, text.size, file);
	fclose(file);
}

static struct sg_slice read_file(const char *name, char *text, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	if (!file)
		return none();
	size = fread(text, 1, size, file);
	fclose(file);
	return (struct sg_slice){ text, size };
}

static void test_openssl(int prf, const char *cipher)
{
	struct message_octets cms, plain = { 0 };
	struct mikey_secret tek = { 0 };
	char hex[65] = "", text[4096];

	get_ticket(prf, "DEHIJNO", MIKEY_GTGK);
	protect(HELLO, none());
	take_apart(&cms, &tek);
	for (size_t i = 0; i < tek.size; i++)
		sprintf(hex + 2 * i, "%02x", tek.octets[i]);
	write_file("cms", message_octets_slice(&cms));
	message_octets_free(&cms);
	ktap(run("cd %s && openssl cms -decrypt -inform DER -in cms -out plain "
		 "-secretkey %s -secretkeyid 5566778801", folder, hex) &&
	     sg_slice_equal(read_file("plain", text, sizeof(text)), HELLO),
	     "openssl cms opens it, %s", cipher);
	write_file("plain", HELLO);
	ktap(run("cd %s && openssl cms -encrypt -binary -outform DER -in plain "
		 "-out cms -%s -secretkey %s -secretkeyid 5566778801", folder,
		 cipher, hex) &&
	     !message_cms_open(&plain, read_file("cms", text, sizeof(text)),
			       &tek, key_id, &fault) &&
	     sg_slice_equal(message_octets_slice(&plain), HELLO),
	     "what openssl cms makes is opened");
	message_octets_free(&plain);
}

static void test_openssl_cms(void)
{
	if (!mkdtemp(folder))
		ktap_bail_out("no folder");
	test_openssl(0, "aes-128-gcm");
	test_openssl(1, "aes-256-gcm");
	run("rm -r %s", folder);
}

/* -- MIME ------------------------------------------------------------------ */

static const struct {
	const char *name, *text;
	int err;
} bodies[] = {
	{ "LF alone",
	  "content-type: Multipart/Mixed;\n boundary=b\n\n--b\n"
	  "Content-Type: application/mikey\n\nAAAA\n--b \n"
	  "Content-Type: application/pkcs7-mime; x=\"a;b\"; SMIME-TYPE=authenveloped-data\n\nX\n--b--\n",
	  0 },
	{ "no end",
	  "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	  "Content-Type: application/mikey\n\nAAAA\n--b\n"
	  "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\n\nX\n",
	  -EINVAL },
	{ "two of one",
	  "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	  "Content-Type: application/mikey\n\nAAAA\n--b\n"
	  "Content-Type: application/mikey\n\nAAAA\n--b\n"
	  "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\n\nX\n--b--\n",
	  -EINVAL },
	{ "behind the end",
	  "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	  "Content-Type: application/mikey\n\nAAAA\n--b--\n--b\n"
	  "Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data\n\nX\n--b--\n",
	  -EINVAL },
	{ "EnvelopedData",
	  "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	  "Content-Type: application/mikey\n\nAAAA\n--b\n"
	  "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nX\n--b--\n",
	  -EINVAL },
	{ "no boundary", "Content-Type: multipart/mixed\n\n--b\n", -EINVAL },
	{ "an empty boundary",
	  "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n", -EINVAL },
	{ "two types",
	  "Content-Type: multipart/mixed; boundary=b\n"
	  "Content-Type: multipart/mixed; boundary=c\n\n--b\n", -EINVAL },
	{ "no headers", "\n--b\n", -EINVAL },
	{ "nothing", "", -EINVAL },
};

static void test_mime(void)
{
	struct message_parts parts;
	struct message_octets cms;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		ktap(message_parts_parse(&parts, sg_slice_of(bodies[i].text),
					 &fault) == bodies[i].err,
		     "a body with %s", bodies[i].name);
	message_parts_parse(&parts, sg_slice_of(bodies[0].text), &fault);
	ktap(sg_slice_is(parts.mikey, "AAAA") && sg_slice_is(parts.cms, "X") &&
	     !parts.base64, "what is in it, without line ends");
	parts.base64 = true;
	ktap(message_parts_cms(&cms, &parts, &fault) == -EINVAL && !cms.at,
	     "base64 that is none");
}

/* Of a sender who has eight bits, and puts what he likes around it. */
static void test_binary(void)
{
	struct message_octets cms, message;
	struct mikey_secret tek = { 0 };
	char text[8192];
	FILE *file;

	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	protect(HELLO, none());
	take_apart(&cms, &tek);
	mikey_body_print(text, sizeof(text), received.transfer.octets);
	file = open_memstream(&message.at, &message.size);
	fprintf(file, "Content-Type: multipart/mixed; boundary=\"a b\"\n\n"
		"preamble\n--a b\nContent-Type: application/pkcs7-mime; "
		"smime-type=authEnveloped-data\n"
		"Content-Transfer-Encoding: binary\n\n");
	fwrite(cms.at, 1, cms.size, file);
	fprintf(file, "\n--a b\nContent-Type: text/plain\n\nclear\n--a b\n"
		"Content-Type: application/mikey\n\n%.*s\n--a b--\nepilogue\n",
		(int)SG_BASE64_SIZE(received.transfer.octets.size), text);
	fclose(file);
	ktap(opens_as(message_octets_slice(&message), HELLO),
	     "a body in binary, and one line of base64");
	message_octets_free(&message);
	message_octets_free(&cms);
}

/* A TRANSFER_INIT that is authentic, and says something impossible. */
static void test_unknown_key(void)
{
	struct message_octets plain;
	bool proven;

	get_ticket(0, "DEHIJNO", MIKEY_GTGK);
	protect(HELLO, none());
	message_read(&received, message_octets_slice(&sent), reader.numbers,
		     &fault);
	received.transfer.sessions.cs[0].spi = SG_SLICE("other");
	ktap(message_open(&plain, &proven, &received, &reader,
			  &call.initiator_keys, &fault) == -EPERM &&
	     strstr(fault.text, "names a key"),
	     "a key that the ticket does not have");
	message_free(&received);
}

/* -- what was seen --------------------------------------------------------- */

static void test_seen(void)
{
	char path[] = "/tmp/srtpgate-seen-XXXXXX";
	int fd = mkstemp(path);

	close(fd);
	unlink(path);
	ktap(!message_seen(path, SG_SLICE("tag"), 100, 50, &fault) &&
	     !message_seen(path, SG_SLICE("other"), 100, 50, &fault),
	     "messages are remembered");
	ktap(message_seen(path, SG_SLICE("tag"), 100, 100, &fault) ==
		     -EALREADY && strstr(fault.text, "before"),
	     "one comes again");
	ktap(!message_seen(path, SG_SLICE("tag"), 200, 101, &fault),
	     "and is forgotten with its ticket");
	unlink(path);
	ktap(message_seen("/nowhere/seen", SG_SLICE("tag"), 1, 0, &fault) ==
		     -EIO, "where nothing can be remembered, an error");
}

int main(void)
{
	test_whole(0);
	test_whole(1);
	test_resolved();
	test_tickets();
	test_time();
	test_tag();
	test_tampering();
	test_insider();
	test_unproven();
	test_cms();
	test_short_tag();
	test_openssl_cms();
	test_mime();
	test_binary();
	test_unknown_key();
	test_seen();
	message_octets_free(&sent);
	return ktap_finish();
}
