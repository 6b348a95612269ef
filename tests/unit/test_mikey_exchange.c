// SPDX-License-Identifier: GPL-2.0-only
/*
 * MIKEY-TICKET's exchanges: a whole run to the octet as reference.py has it,
 * other modes and flags, and every message with every octet changed.
 */
#include <errno.h>
#include <stdio.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "../lib/vectors.h"
#include "lib/mikey_text.h"
#include "lib/mikey_update.h"
#include "lib/secret.h"

#define DATA "tests/unit/data/mikey/"

static struct vectors vectors;
static struct mikey_call call;
static struct mikey_fault fault;

static bool same(const char *name, const struct mikey_octets *octets)
{
	return vectors_same(&vectors, name, octets->octets, octets->size);
}

/* -- a run, and both ends have the same keys ------------------------------- */

/* What an initiator does with TRANSFER_RESP; -EBADMSG and so on. */
static int accept_answer(struct sg_slice octets, __u8 tek[16])
{
	static struct mikey_answer answer;
	struct mikey_keys own, keys = call.initiator_keys;
	bool forked = call.flags & MIKEY_I;
	struct mikey_rands rands;
	int err = mikey_answer_parse(&answer, &call.transfer_said, octets,
				     &fault);

	if (!err && forked)
		err = mikey_derive_forks(&keys, 1, call.policy,
					 &answer.modifier);
	if (!err)
		err = mikey_answer_verify(&answer, &call.transfer_said,
					  &keys.key[forked ? 1 : 0].secret,
					  &own, &fault);
	rands = mikey_session_rands(&call.transfer_said, &answer);
	if (!err)
		err = mikey_derive_session(tek, 16, call.suite,
					   MIKEY_SESSION_TEK,
					   &keys.key[forked ? 2 : 1].secret, 1,
					   &rands);
	return err;
}

static bool ends_agree(void)
{
	struct mikey_rands rands = mikey_session_rands(&call.transfer_said,
						       &call.answer_said);
	__u8 ours[16], theirs[16];
	bool forked = call.flags & MIKEY_I;

	return !accept_answer(mikey_call_slice(&call.answer), ours) &&
	       !mikey_derive_session(theirs, 16, call.suite, MIKEY_SESSION_TEK,
				     &call.responder_keys.key[forked ? 2 : 1]
					      .secret, 1, &rands) &&
	       !memcmp(ours, theirs, 16);
}

static void test_run(const char *name, int prf, int policy, bool mode3)
{
	char path[64];

	snprintf(path, sizeof(path), DATA "%s.txt", name);
	vectors_load(&vectors, path);
	mikey_call_begin(&call, prf, policy, mode3);
	/* Trap 13: the KMS may put another of the user's names. */
	if (prf != policy)
		call.bob = SG_SLICE("desk@b.example");
	mikey_call_run(&call);
	ktap(same("ticket", &call.ticket), "%s: the ticket", name);
	if (!mode3) {
		ktap(same("REQUEST_INIT_PSK", &call.request),
		     "%s: REQUEST_INIT_PSK", name);
		ktap(same("REQUEST_RESP", &call.request_resp),
		     "%s: REQUEST_RESP", name);
	}
	ktap(same("TRANSFER_INIT", &call.transfer), "%s: TRANSFER_INIT", name);
	ktap(same("RESOLVE_INIT_PSK", &call.resolve), "%s: RESOLVE_INIT_PSK",
	     name);
	ktap(same("RESOLVE_RESP", &call.resolve_resp), "%s: RESOLVE_RESP", name);
	ktap(same("TRANSFER_RESP", &call.answer), "%s: TRANSFER_RESP", name);
	ktap(ends_agree(), "%s: both have one TEK", name);
	vectors_free(&vectors);
}

static void run_with(const char *letters, int prf, bool mode3,
		     enum mikey_key_kind kind)
{
	mikey_call_begin(&call, prf, prf, mode3);
	mikey_flags_parse(&call.flags, letters);
	call.kind = kind;
	mikey_call_run(&call);
}

static void test_modes(void)
{
	static const struct {
		const char *letters;
		bool mode3;
		enum mikey_key_kind kind;
		const char *name;
	} rows[] = {
		{ "DEFGHIJNO", false, MIKEY_TGK, "as 3GPP has it" },
		{ "DFGH", false, MIKEY_TGK, "no forking" },
		{ "DFG", false, MIKEY_TGK, "RANDRr alone" },
		{ "DFH", false, MIKEY_TGK, "RANDRi alone" },
		{ "DEFHI", false, MIKEY_GTGK, "a group key and forking" },
		{ "EFGHIL", true, MIKEY_TGK, "a ticket of the initiator's" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run_with(rows[i].letters, 0, rows[i].mode3, rows[i].kind);
		ktap(ends_agree(), "both have one TEK: %s, %s", rows[i].letters,
		     rows[i].name);
	}
	/* RFC 6043 5.1: a GTGK does not fork. */
	run_with("DEFHI", 0, false, MIKEY_GTGK);
	ktap(sg_secret_equal(call.responder_keys.key[2].secret.octets,
			     call.tgk.octets, 16) &&
	     !sg_secret_equal(call.responder_keys.key[1].secret.octets,
			      call.initiator_keys.key[1].secret.octets, 16),
	     "MPKr forks, a GTGK does not");
	/* TR 33.829 8.3.1: one way, keyed by a GTGK and RANDRi. */
	run_with("DEHI", 0, false, MIKEY_GTGK);
	ktap(mikey_answer_print(call.answer.octets, 4096, &call.transfer_said,
				&call.answer_said,
				&call.responder_keys.key[1].secret,
				NULL) == -EINVAL,
	     "without F there is no answer");
	ktap(call.transfer.octets[3] == 0, "and none is expected");
}

/* -- every octet ----------------------------------------------------------- */

typedef int (*judge)(struct sg_slice octets);

static int judge_request(struct sg_slice octets)
{
	struct mikey_query query;
	int err = mikey_query_parse(&query, octets, &fault);

	return err ? err : mikey_query_verify(&query, &call.psk_a, &fault);
}

static int judge_request_resp(struct sg_slice octets)
{
	struct mikey_reply reply;

	return mikey_reply_parse(&reply, &call.request_said, octets,
				 &call.psk_a, &fault);
}

/* All that a KMS checks, Initiator Data included. */
static int judge_resolve(struct sg_slice octets)
{
	struct mikey_keys keys, split;
	struct mikey_ticket ticket;
	struct mikey_query query;
	int err = mikey_query_parse(&query, octets, &fault);

	if (!err)
		err = mikey_query_verify(&query, &call.psk_b, &fault);
	if (!err)
		err = mikey_ticket_parse(&ticket, query.body, &fault);
	if (!err)
		err = mikey_ticket_open(&keys, &ticket, &call.tpk, &fault);
	if (!err)
		err = mikey_ticket_keys(&split, &keys, &ticket);
	return err ? err : mikey_initiator_data_check(query.initiator_data,
						      call.suite,
						      &split.key[1].secret,
						      &fault);
}

static int judge_resolve_resp(struct sg_slice octets)
{
	struct mikey_reply reply;

	return mikey_reply_parse(&reply, &call.resolve_said, octets,
				 &call.psk_b, &fault);
}

/* A responder's check; Vr is the KMS's and judged with RESOLVE_INIT. */
static int judge_transfer(struct sg_slice octets)
{
	static struct mikey_transfer transfer;
	struct mikey_keys own, keys, split;
	struct mikey_ticket ticket;
	int err = mikey_transfer_parse(&transfer, octets, &fault);

	if (!err)
		err = mikey_transfer_verify(&transfer,
					    &call.responder_keys.key[0].secret,
					    &own, &fault);
	if (!err)
		err = mikey_ticket_parse(&ticket, transfer.ticket, &fault);
	if (!err)
		err = mikey_ticket_open(&keys, &ticket, &call.tpk, &fault);
	if (!err)
		err = mikey_ticket_keys(&split, &keys, &ticket);
	return err ? err : mikey_initiator_data_check(transfer.initiator_data,
						      call.suite,
						      &split.key[1].secret,
						      &fault);
}

static int judge_answer(struct sg_slice octets)
{
	__u8 tek[16];

	return accept_answer(octets, tek);
}

/* Trap 18: the header's V says nothing, but the MAC covers it all the same. */
static void test_mutations(const char *name, const struct mikey_octets *whole,
			   judge judge)
{
	static char octets[4096];
	int accepted = 0, strange = 0;

	memcpy(octets, whole->octets, whole->size);
	if (!ktap(!judge((struct sg_slice){ octets, whole->size }),
		  "%s is accepted as it is", name))
		ktap_note("%s", fault.text);
	for (int i = 0; i < whole->size; i++)
		for (int change = 1; change < 256; change++) {
			int err;

			octets[i] ^= change;
			fault.text = NULL;
			err = judge((struct sg_slice){ octets, whole->size });
			octets[i] ^= change;
			accepted += !err;
			strange += err > 0 || !fault.text;
			if (!err)
				ktap_note("octet %d, change %d", i, change);
		}
	ktap(!accepted && !strange, "%s with any octet of %d changed is not",
	     name, whole->size);
}

static void test_all_mutations(void)
{
	mikey_call_begin(&call, 0, 0, false);
	mikey_call_run(&call);
	test_mutations("REQUEST_INIT_PSK", &call.request, judge_request);
	test_mutations("REQUEST_RESP", &call.request_resp, judge_request_resp);
	test_mutations("TRANSFER_INIT", &call.transfer, judge_transfer);
	test_mutations("RESOLVE_INIT_PSK", &call.resolve, judge_resolve);
	test_mutations("RESOLVE_RESP", &call.resolve_resp, judge_resolve_resp);
	test_mutations("TRANSFER_RESP", &call.answer, judge_answer);
}

/* Nor does a message pass with another's key, or a response twice. */
static void test_wrong_keys(void)
{
	struct mikey_secret psk = call.psk_a;
	struct mikey_query other = call.request_said;
	struct mikey_reply reply;
	struct mikey_keys own;

	psk.octets[31] ^= 1;
	ktap(mikey_query_verify(&call.request_said, &psk, &fault) == -EBADMSG &&
	     fault.error == MIKEY_AUTH_FAILURE, "refused: another PSK");
	ktap(mikey_reply_parse(&reply, &call.request_said,
			       mikey_call_slice(&call.request_resp), &psk,
			       &fault) == -EBADMSG && !reply.keys.keys,
	     "refused: a response of another PSK");
	other.octets.size--;
	ktap(mikey_reply_parse(&reply, &other,
			       mikey_call_slice(&call.request_resp),
			       &call.psk_a, &fault) == -EBADMSG,
	     "refused: the response to another request");
	ktap(mikey_transfer_verify(&call.transfer_said,
				   &call.initiator_keys.key[1].secret, &own,
				   &fault) == -EBADMSG,
	     "refused: MPKr for MPKi");
	other = call.request_said;
	other.requester = SG_SLICE("mallory@a.example");
	ktap(mikey_query_verify(&other, &call.psk_a, &fault) == -EBADMSG,
	     "refused: another identity");
}

/* V does not cover Initiator Data: only Vi says that they belong together. */
static void test_foreign_initiator_data(void)
{
	struct mikey_transfer read;
	struct mikey_octets changed = call.transfer;
	struct mikey_keys own;
	size_t vi = call.transfer_said.initiator_data.at + 3 -
		    call.transfer_said.octets.at;

	changed.octets[vi] ^= 1;
	ktap(!mikey_transfer_parse(&read, mikey_call_slice(&changed), &fault) &&
	     mikey_transfer_verify(&read, &call.responder_keys.key[0].secret,
				   &own, &fault) == -EBADMSG,
	     "refused: Initiator Data of another TRANSFER_INIT");
}

/* Trap 14: an identity is in the MAC also when its payload is left out. */
static void test_unsaid_identities(void)
{
	struct mikey_query query = call.request_said, read;
	__u8 octets[2048];
	int size;

	query.requester = (struct sg_slice){ "", 0 };
	query.kms = (struct sg_slice){ "", 0 };
	size = mikey_query_print(octets, sizeof(octets), &query, &call.psk_a);
	ktap(size > 0 && !mikey_query_parse(&read, (struct sg_slice){
						(char *)octets, size }, &fault) &&
	     !read.requester.size && !mikey_query_verify(&read, &call.psk_a,
							 &fault),
	     "identities may be left out");
	read.requester = SG_SLICE("alice@a.example");
	ktap(mikey_query_verify(&read, &call.psk_a, &fault) == -EBADMSG,
	     "and are in the MAC all the same");
}

/* -- what is refused before any key is asked ------------------------------- */

static void test_transfer_rules(void)
{
	struct mikey_transfer transfer = call.transfer_said, read;
	const struct mikey_secret *mpki = &call.initiator_keys.key[0].secret;
	const struct mikey_secret *mpkr = &call.initiator_keys.key[1].secret;
	struct mikey_keys own = { .keys = 1 };
	__u8 octets[4096];
	int size;

	transfer.initiator = SG_SLICE("mallory@a.example");
	size = mikey_transfer_print(octets, sizeof(octets), &transfer, mpki,
				    mpkr, NULL);
	ktap(mikey_transfer_parse(&read, (struct sg_slice){ (char *)octets,
							    size }, &fault) ==
		     -EPERM && fault.error == MIKEY_INVALID_ID,
	     "refused: an initiator who is not the ticket's");
	transfer.initiator = call.transfer_said.initiator;
	own.key[0] = call.ticket_keys.key[1];
	ktap(mikey_transfer_print(octets, sizeof(octets), &transfer, mpki, mpkr,
				  &own) == -EINVAL,
	     "not written: own keys without L");
	transfer.t.type = MIKEY_COUNTER;
	ktap(mikey_transfer_print(octets, sizeof(octets), &transfer, mpki, mpkr,
				  NULL) == -EINVAL,
	     "not written: a counter for a time");
	transfer = call.transfer_said;
	transfer.rand.size = 15;
	ktap(mikey_transfer_print(octets, sizeof(octets), &transfer, mpki, mpkr,
				  NULL) == -EINVAL, "not written: a short RAND");
}

/* Trap 15: a NAF-Key has 32 octets and wants a RAND as long. */
static void test_short_rand(void)
{
	struct mikey_query query = call.request_said;
	__u8 octets[2048];

	query.rand.size = 31;
	ktap(mikey_query_print(octets, sizeof(octets), &query, &call.psk_a) ==
		     -EINVAL, "not written: 31 octets of RAND for a key of 32");
}

/* With L and M both sides may bring keys: RFC 6043 2.14. */
static void test_own_keys(void)
{
	struct mikey_keys own = { .keys = 1 }, got;
	struct mikey_transfer read;
	struct mikey_answer answer;
	struct mikey_secret key;
	__u8 octets[4096];
	int size;

	run_with("DEFGHILM", 0, false, MIKEY_TGK);
	own.key[0] = call.ticket_keys.key[1];
	own.key[0].kind = MIKEY_TEK;
	size = mikey_transfer_print(octets, sizeof(octets), &call.transfer_said,
				    &call.initiator_keys.key[0].secret,
				    &call.initiator_keys.key[1].secret, &own);
	ktap(size > 0 &&
	     !mikey_transfer_parse(&read, (struct sg_slice){ (char *)octets,
							     size }, &fault) &&
	     !mikey_transfer_verify(&read, &call.responder_keys.key[0].secret,
				    &got, &fault) &&
	     sg_secret_equal(&got, &own, sizeof(own)),
	     "a TEK of the initiator's");
	key = call.responder_keys.key[1].secret;
	size = mikey_answer_print(octets, sizeof(octets), &call.transfer_said,
				  &call.answer_said, &key, &own);
	ktap(size > 0 &&
	     !mikey_answer_parse(&answer, &call.transfer_said,
				 (struct sg_slice){ (char *)octets, size },
				 &fault) &&
	     !mikey_answer_verify(&answer, &call.transfer_said, &key, &got,
				  &fault) &&
	     sg_secret_equal(&got, &own, sizeof(own)),
	     "a TEK of the responder's");
}

static void test_answer_rules(void)
{
	struct mikey_answer answer;
	struct mikey_secret key;
	__u8 octets[4096];

	run_with("DEFGHIJNO", 0, false, MIKEY_TGK);
	key = call.responder_keys.key[1].secret;
#define NOT_WRITTEN(change, name)                                              \
	do {                                                                   \
		answer = call.answer_said;                                     \
		change;                                                        \
		ktap(mikey_answer_print(octets, sizeof(octets),                \
					&call.transfer_said, &answer, &key,    \
					NULL) == -EINVAL,                      \
		     "no answer " name);                                       \
	} while (0)
	NOT_WRITTEN(answer.rand.size = 0, "without RANDRr");
	NOT_WRITTEN(answer.modifier.id.size = 0, "without IDRr");
	NOT_WRITTEN(answer.modifier.rand.size = 0, "without RANDRkms");
	NOT_WRITTEN(answer.sessions.css = 1, "with a crypto session less");
	NOT_WRITTEN(answer.sessions.cs[1].id = 3, "to another crypto session");
	NOT_WRITTEN(answer.sessions.cs[0].spi.size = 0, "without an SPI");
	NOT_WRITTEN(answer.sessions.cs[0].session.size = 0, "without an SSRC");
	NOT_WRITTEN(answer.sessions.cs[0].policies.at = "\1",
		    "with an unknown policy");
	NOT_WRITTEN(answer.sessions.cs[0].policies.size = 0,
		    "without a policy");
}

/* -- the KMS of somebody else ---------------------------------------------- */

/*
 * Trap 24: bob's KMS asks alice's over Zk and encodes the answer anew: same
 * keys, same IDRr and RANDRkms.
 */
static void test_zk(void)
{
	static struct mikey_octets zk, zk_resp, resolve_resp;
	struct mikey_secret zk_key = call.psk_a;
	struct mikey_query query = call.resolve_said;
	struct mikey_reply reply = { .t = call.t_late }, from_a, from_b;

	query.csb_id = 0x01020304;
	query.kms = SG_SLICE("kms.a.example");
	zk.size = mikey_query_print(zk.octets, sizeof(zk.octets), &query,
				    &zk_key);
	ktap(!mikey_query_parse(&query, mikey_call_slice(&zk), &fault) &&
	     !mikey_query_verify(&query, &zk_key, &fault) &&
	     sg_slice_equal(query.body, mikey_call_slice(&call.ticket)),
	     "the ticket travels on unchanged");
	reply.keys = call.responder_keys;
	reply.modifier = call.answer_said.modifier;
	zk_resp.size = mikey_reply_print(zk_resp.octets, sizeof(zk_resp.octets),
					 &query, &reply, &zk_key);
	ktap(!mikey_reply_parse(&from_a, &query, mikey_call_slice(&zk_resp),
				&zk_key, &fault), "one KMS answers the other");
	from_a.t.value++;
	resolve_resp.size = mikey_reply_print(
		resolve_resp.octets, sizeof(resolve_resp.octets),
		&call.resolve_said, &from_a, &call.psk_b);
	ktap(!mikey_reply_parse(&from_b, &call.resolve_said,
				mikey_call_slice(&resolve_resp), &call.psk_b,
				&fault) &&
	     sg_secret_equal(&from_b.keys, &call.responder_keys,
			     sizeof(from_b.keys)) &&
	     sg_slice_equal(from_b.modifier.rand,
			    mikey_call_rand(&call.rand_kms)),
	     "bob gets the same keys with the same modifier");
	mikey_reply_wipe(&from_a);
	ktap(!from_a.keys.keys && !from_a.modifier.id.size, "wiped");
}

/* -- as text --------------------------------------------------------------- */

static void test_text(void)
{
	struct sg_slice message = mikey_call_slice(&call.transfer);
	char text[2048], folded[4096];
	__u8 octets[2048];
	int size = mikey_attribute_print(text, sizeof(text), message);
	struct sg_slice value = { text, size };
	int length = 0;

	ktap(size == (int)MIKEY_ATTRIBUTE_SIZE(message.size) &&
	     !strncmp(text, "mikey AQ4Fg", 10) &&
	     mikey_attribute_parse(octets, sizeof(octets), value) ==
		     (int)message.size &&
	     !memcmp(octets, message.at, message.size),
	     "a=key-mgmt is written and read");
	ktap(mikey_attribute_print(text, size - 1, message) == -ENOSPC &&
	     mikey_attribute_print(text, 3, message) == -ENOSPC &&
	     mikey_attribute_parse(octets, 100, value) == -ENOSPC,
	     "it wants its room");
	mikey_attribute_print(text, sizeof(text), message);
	ktap(mikey_attribute_parse(octets, sizeof(octets),
				   SG_SLICE("MIKEY AQ4F")) == 3 &&
	     mikey_attribute_parse(octets, sizeof(octets),
				   SG_SLICE("keyp1 AQ4F")) == -ENOTSUP &&
	     mikey_attribute_parse(octets, sizeof(octets),
				   SG_SLICE("mikey")) == -EINVAL &&
	     mikey_attribute_parse(octets, sizeof(octets),
				   SG_SLICE("mikey AQ4F x")) == -EINVAL &&
	     mikey_attribute_parse(octets, sizeof(octets),
				   SG_SLICE("mikey A!4F")) == -EINVAL,
	     "only mikey with base64 is read");
	for (int i = 6; i < size; i++) {
		folded[length++] = text[i];
		if (i % 60 == 0)
			length += sprintf(folded + length, "\r\n ");
	}
	ktap(mikey_body_parse(octets, sizeof(octets),
			      (struct sg_slice){ folded, length }) ==
		     (int)message.size &&
	     !memcmp(octets, message.at, message.size),
	     "a body may be folded");
	ktap(mikey_body_parse(octets, sizeof(octets), SG_SLICE(" \r\n")) ==
		     -EINVAL, "but not empty");
}

/* -- CSB update ------------------------------------------------------------ */

static int judge_update(struct mikey_csb *csb, struct sg_slice octets,
			struct mikey_update *update,
			const struct mikey_update *to, struct mikey_keys *own)
{
	int err = mikey_update_parse(update, csb, octets, &fault);

	return err ? err : mikey_update_verify(update, csb, to, own, &fault);
}

/* Trap 23: the same keys both ways, so no T twice. */
static void test_update(void)
{
	static struct mikey_update update, init, resp;
	static struct mikey_octets out;
	struct mikey_csb ours, theirs, fresh;
	struct mikey_keys own = { .keys = 1 }, got;
	const struct mikey_secret *key = &call.responder_keys.key[1].secret;
	int accepted = 0;

	mikey_csb_open(&ours, &call.transfer_said, &call.answer_said, key);
	theirs = fresh = ours;
	own.key[0] = call.ticket_keys.key[1];
	update = (struct mikey_update){
		.type = MIKEY_TRANSFER_INIT, .wants_response = true,
		.t = { MIKEY_NTP_UTC, call.t_late.value + 1 },
		.initiator = SG_SLICE("bob@b.example"),
		.responder = SG_SLICE("alice@a.example"),
		.sessions = call.answer_said.sessions,
	};
	out.size = mikey_update_print(out.octets, sizeof(out.octets), &ours,
				      &update, NULL, &own);
	ktap(!judge_update(&theirs, mikey_call_slice(&out), &init, NULL, &got) &&
	     init.wants_response && sg_secret_equal(&got, &own, sizeof(got)),
	     "an update from the responder brings a key");
	ktap(mikey_update_verify(&init, &theirs, NULL, &got, &fault) ==
		     -ESTALE && fault.error == MIKEY_INVALID_TS && !got.keys,
	     "refused: the same again");
	ktap(mikey_update_print(out.octets, sizeof(out.octets), &ours, &update,
				NULL, &own) == -EINVAL,
	     "not written: a T that was used");
	for (int i = 0; i < out.size; i++) {
		struct mikey_csb csb = fresh;
		struct mikey_octets changed = out;

		changed.octets[i] ^= 0x40;
		accepted += !judge_update(&csb, mikey_call_slice(&changed),
					  &resp, NULL, &got);
	}
	ktap(!accepted, "refused: any octet changed");
	update.type = MIKEY_TRANSFER_RESP;
	update.t.value++;
	call.resolve.size = mikey_update_print(call.resolve.octets, 4096,
					       &theirs, &update, &init, NULL);
	ktap(!judge_update(&ours, mikey_call_slice(&call.resolve), &resp, &init,
			   &got) && !got.keys, "it is answered");
	ktap(mikey_update_parse(&resp, &ours, mikey_call_slice(&call.transfer),
				&fault) == -EINVAL,
	     "refused: a TRANSFER_INIT with a ticket");
	mikey_csb_open(&fresh, &call.transfer_said, NULL,
		       &call.responder_keys.key[0].secret);
	ktap(judge_update(&fresh, mikey_call_slice(&out), &resp, NULL, &got) ==
		     -EBADMSG, "the keys are those of the last message");
	mikey_csb_wipe(&ours);
	ktap(!ours.suite && !ours.keys.auth[0], "wiped");
}

/* -- Error ----------------------------------------------------------------- */

static void test_errors(void)
{
	struct mikey_trouble trouble = {
		.csb_id = 0x55667788, .t = call.t_late,
		.error = { MIKEY_INVALID_TPPAR, MIKEY_AUTH_FAILURE }, .errors = 1
	}, read;
	struct mikey_rands rands = { .initiator = call.request_said.rand };
	struct mikey_octets out;
	struct mikey_reply reply;
	struct mikey_answer answer;

	vectors_load(&vectors, DATA "mode1-128.txt");
	out.size = mikey_trouble_print(out.octets, sizeof(out.octets), &trouble,
				       NULL, 0, NULL);
	ktap(same("ERROR_unauthenticated", &out), "an Error without a MAC");
	ktap(!mikey_trouble_parse(&read, mikey_call_slice(&out), &fault) &&
	     read.errors == 1 && read.error[0] == 15 && !read.has_tag &&
	     mikey_trouble_verify(&read, &call.psk_a, 1, &rands, &fault) ==
		     -EBADMSG, "is read, and proves nothing");
	ktap(mikey_answer_parse(&answer, &call.transfer_said,
				mikey_call_slice(&out), &fault) == -EREMOTEIO &&
	     mikey_reply_parse(&reply, &call.request_said,
			       mikey_call_slice(&out), &call.psk_a, &fault) ==
		     -EREMOTEIO, "is told from an answer");
	trouble.csb_id = 0x11223344;
	trouble.errors = 2;
	trouble.sps = 1;
	trouble.sp[0] = call.transfer_said.sessions.sp[0];
	out.size = mikey_trouble_print(out.octets, sizeof(out.octets), &trouble,
				       &call.psk_a, MIKEY_PHASE_INIT, &rands);
	ktap(!mikey_trouble_parse(&read, mikey_call_slice(&out), &fault) &&
	     read.errors == 2 && read.sps == 1 && read.has_tag &&
	     !mikey_trouble_verify(&read, &call.psk_a, MIKEY_PHASE_INIT, &rands,
				   &fault), "one with a MAC is proven");
	ktap(mikey_trouble_verify(&read, &call.psk_b, MIKEY_PHASE_INIT, &rands,
				  &fault) == -EBADMSG &&
	     mikey_trouble_verify(&read, &call.psk_a, MIKEY_PHASE_RESP, &rands,
				  &fault) == -EBADMSG,
	     "not by another key or phase");
	trouble.errors = 0;
	ktap(mikey_trouble_print(out.octets, sizeof(out.octets), &trouble, NULL,
				 0, NULL) == -EINVAL, "no Error without one");
	vectors_free(&vectors);
}

int main(void)
{
	test_run("mode1-128", 0, 0, false);
	test_run("mode1-256", 1, 1, false);
	test_run("mode3-128", 0, 0, true);
	/* Trap 4: the policy's PRF is not the header's. */
	test_run("mixed", 0, 1, false);
	test_modes();
	test_all_mutations();
	test_wrong_keys();
	test_foreign_initiator_data();
	test_unsaid_identities();
	test_transfer_rules();
	test_short_rand();
	test_own_keys();
	test_answer_rules();
	test_zk();
	test_text();
	test_errors();
	test_update();
	return ktap_finish();
}
