// SPDX-License-Identifier: GPL-2.0-only
/*
 * The call of reference.py, opened by a gateway that saw it pass: what it
 * reads of it, whether it may, what it asks, and what it accepts.
 */
#include <errno.h>
#include <stdio.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "../lib/vectors.h"
#include "gated/receiver/receiver_call.h"
#include "lib/mikey_text.h"
#include "lib/mikey_time.h"

#define DATA "tests/unit/data/mikey/"
#define NOW (0xcfbf2d00 - MIKEY_UNIX_EPOCH)
#define END (0xcfbf3b10 - MIKEY_UNIX_EPOCH)

static struct mikey_call call;
static struct receiver_call seen;
static struct receiver_keys keys;
static struct config_kms config;
static struct fault fault;
static char offer[8192], answer[8192], text[20000];

static void attribute(char *out, size_t size, const struct mikey_octets *from)
{
	int length = mikey_attribute_print(out, size, mikey_call_slice(from));

	if (length < 0)
		ktap_bail_out("no room for MIKEY");
	out[length] = '\0';
}

/* A whole call with these flags; @kind of its session key. */
static void begin(const char *flags, enum mikey_key_kind kind)
{
	mikey_call_begin(&call, MIKEY_PRF_SHA1, MIKEY_PRF_SHA1, false);
	mikey_flags_parse(&call.flags, flags);
	call.kind = kind;
	mikey_call_run(&call);
	attribute(offer, sizeof(offer), &call.transfer);
	attribute(answer, sizeof(answer), &call.answer);
}

static int read_at(__u64 now, int media)
{
	struct spec_mikey said = { .offer = sg_slice_of(offer),
				   .answer = sg_slice_of(answer),
				   .media = media };

	return receiver_call_read(&seen, &said, now, &fault);
}

static int read_text(const char *sdp, int media)
{
	struct spec_mikey said = { .offer = sg_slice_of(sdp),
				   .answer = sg_slice_of(answer),
				   .media = media };

	return receiver_call_read(&seen, &said, NOW, &fault);
}

static const char *sdp(const char *session, const char *first,
		       const char *second)
{
	snprintf(text, sizeof(text),
		 "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
		 "c=IN IP4 192.0.2.1\r\nt=0 0\r\n%s%s%s"
		 "m=audio 4000 RTP/SAVP 0\r\n%s%s%s"
		 "m=video 4002 RTP/SAVP 96\r\n%s%s%s",
		 *session ? "a=key-mgmt:" : "", session, *session ? "\r\n" : "",
		 *first ? "a=key-mgmt:" : "", first, *first ? "\r\n" : "",
		 *second ? "a=key-mgmt:" : "", second, *second ? "\r\n" : "");
	return text;
}

/* -- reading ---------------------------------------------------------------- */

static void test_forms(void)
{
	char with[8300];

	begin("DEFGHIJNO", MIKEY_TGK);
	ktap(!read_at(NOW, 1) && seen.cs == 1, "an attribute's value");
	ktap(!read_at(NOW, 2) && seen.cs == 3, "of the second section");
	snprintf(with, sizeof(with), "a=key-mgmt:%s\r\n", offer);
	ktap(!read_text(with, 1) && seen.cs == 1, "an attribute");
	ktap(!read_text(sdp(offer, "", ""), 2) && seen.cs == 3,
	     "an SDP, for all of it");
	ktap(!read_text(sdp("", "", offer), 2) && seen.cs == 1,
	     "for one section");
	ktap(!read_text(sdp("mikey AQ==", "", offer), 2) && seen.cs == 1,
	     "which counts before all of it");
	ktap(!read_text(sdp("", "sdes AAAA\r\na=key-mgmt:mikey AQ==", offer),
			2), "another section's does not count");
	ktap(read_text(sdp("", offer, ""), 2) == -ENOENT,
	     "refused: no MIKEY in the section");
	ktap(read_text(sdp(offer, "", ""), 3) == -ENOENT,
	     "no such section");
	ktap(read_text("mikey A#", 1) == -EINVAL &&
	     strstr(fault.text, "base64"), "no base64");
	ktap(read_text("v=0\r\nnonsense", 1) == -EINVAL &&
	     strstr(fault.text, "line 2"), "no SDP");
	ktap(read_text("mikey AQ==", 1) == -EINVAL, "no MIKEY");
	ktap(read_text(answer, 1) == -ENOTSUP, "no TRANSFER_INIT");
}

static void test_time(void)
{
	begin("DEFGHIJNO", MIKEY_TGK);
	ktap(!read_at(END - 1, 1), "as long as the ticket lives");
	ktap(read_at(END + 1, 1) == -ESTALE && strstr(fault.text, "ticket"),
	     "refused: behind its end");
	ktap(read_at(NOW - 10, 1) == -ESTALE, "before its beginning");
}

static void test_answers(void)
{
	begin("DEFGHIJNO", MIKEY_TGK);
	strcpy(text, answer);
	*answer = '\0';
	ktap(read_at(NOW, 1) == -EINVAL && strstr(fault.text, "answer"),
	     "refused: without the TRANSFER_RESP");
	strcpy(answer, offer);
	ktap(read_at(NOW, 1) == -EINVAL, "something else instead of it");
	call.transfer.octets[4] ^= 1; /* CSB ID */
	attribute(offer, sizeof(offer), &call.transfer);
	strcpy(answer, text);
	ktap(read_at(NOW, 1) == -EINVAL, "that of another call");
}

/* -- permission and question ------------------------------------------------ */

static void allow(const char *user, bool refork)
{
	config = (struct config_kms){ .name = "kms.a.example",
				      .identity = "agw@a.example",
				      .account = "agw", .refork = refork };
	if (!user)
		return;
	config.users.pattern[config.users.patterns++] = sg_slice_of(user);
}

static bool denied(const char *why)
{
	return receiver_call_permit(&seen, &config, &fault) == -EPERM &&
	       strstr(fault.text, why);
}

static void test_permission(void)
{
	begin("DEFGHIJNO", MIKEY_TGK);
	read_at(NOW, 1);
	allow(NULL, true);
	ktap(denied("kms.users"), "nothing is permitted that is not named");
	allow("*@c.example", true);
	ktap(denied("kms.users"), "nor calls of others");
	allow("*@a.example", false);
	ktap(denied("kms.refork"), "nor forked keys");
	allow("*@a.example", true);
	ktap(!receiver_call_permit(&seen, &config, &fault),
	     "the initiator's calls may be opened");
	allow("bob@b.example", true);
	ktap(!receiver_call_permit(&seen, &config, &fault),
	     "the responder's, too");
}

static void test_query(void)
{
	struct mikey_query query;

	receiver_call_query(&query, &seen, &config);
	ktap(sg_slice_is(query.requester, "bob@b.example") &&
	     sg_slice_equal(query.refork, mikey_call_rand(&call.rand_kms)) &&
	     sg_slice_is(query.psk_id, "agw") &&
	     sg_slice_is(query.kms, "kms.a.example") &&
	     sg_slice_equal(query.body, mikey_call_slice(&call.ticket)),
	     "forked keys are asked for as the responder got them");
	begin("DEFGHJNO", MIKEY_GTGK);
	read_at(NOW, 1);
	allow("*@a.example", false);
	receiver_call_query(&query, &seen, &config);
	ktap(!receiver_call_permit(&seen, &config, &fault) &&
	     sg_slice_is(query.requester, "agw@a.example") &&
	     !query.refork.size, "unforked ones as ourselves");
}

/* -- opening ---------------------------------------------------------------- */

static struct mikey_reply reply_of(void)
{
	return (struct mikey_reply){ .keys = call.responder_keys,
				     .modifier = call.answer_said.modifier };
}

static int open_with(const struct mikey_reply *reply)
{
	return receiver_call_open(&keys, &seen, reply, &fault);
}

static bool refused(const struct mikey_reply *reply, int err)
{
	static const struct receiver_keys nothing;

	return open_with(reply) == err && *fault.text &&
	       !memcmp(&keys, &nothing, sizeof(keys));
}

static void test_open(void)
{
	static struct vectors vectors;
	struct mikey_reply reply;

	vectors_load(&vectors, DATA "mode1-128.txt");
	begin("DEFGHIJNO", MIKEY_TGK);
	read_at(NOW, 1);
	reply = reply_of();
	ktap(!open_with(&reply) &&
	     vectors_same(&vectors, "tek_cs1", keys.offerer.key, 16) &&
	     vectors_same(&vectors, "tek_cs2", keys.answerer.key, 16),
	     "both streams have the keys of the reference");
	reply.modifier.rand.size--;
	ktap(refused(&reply, -EBADMSG), "refused: forked with another RAND");
	reply = reply_of();
	reply.modifier.id = SG_SLICE("eve@b.example");
	ktap(refused(&reply, -EBADMSG), "or for somebody else");
	reply = reply_of();
	reply.keys.key[0].secret.octets[0] ^= 1;
	ktap(refused(&reply, -EBADMSG), "an offer of other keys");
	reply = reply_of();
	reply.keys.key[1].secret.octets[0] ^= 1;
	ktap(refused(&reply, -EBADMSG), "an answer of other keys");
	read_at(NOW, 2);
	reply = reply_of();
	ktap(refused(&reply, -ENOENT), "a section without crypto sessions");
}

/* Its streams are already at a packet index beyond 2^16. */
static void test_roc(void)
{
	static const char late[] = "\xca\xfe\0\1\0\0\0\1\0\7";
	struct mikey_reply reply;

	begin("DEFGHIJNO", MIKEY_TGK);
	read_at(NOW, 1);
	reply = reply_of();
	seen.answer.sessions.cs[0].session = (struct sg_slice){ late, 10 };
	seen.answer.sessions.cs[0].with_roc = true;
	ktap(refused(&reply, -ENOTSUP), "a rollover counter that has moved");
}

static void test_unforked(void)
{
	struct mikey_reply reply;

	begin("DEFGHJNO", MIKEY_GTGK);
	read_at(NOW, 1);
	reply = reply_of();
	ktap(!open_with(&reply), "unforked keys with an answer");
	begin("DEHJNO", MIKEY_GTGK);
	*answer = '\0';
	ktap(!read_at(NOW, 1), "and without one");
	reply = reply_of();
	ktap(!open_with(&reply), "from the offer alone");
}

int main(void)
{
	test_forms();
	test_time();
	test_answers();
	test_permission();
	test_query();
	test_open();
	test_roc();
	test_unforked();
	return ktap_finish();
}
