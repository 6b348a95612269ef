// SPDX-License-Identifier: GPL-2.0-only
/* Tickets, their policies and flags; who may resolve them, and when. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "lib/mikey_identity.h"
#include "lib/mikey_time.h"
#include "lib/secret.h"

static struct mikey_call call;
static struct mikey_fault fault;

/* -- flags ----------------------------------------------------------------- */

/* Trap 1: where each flag lies. */
static void test_flag_places(void)
{
	static const char letters[] = "DEFGHIJKLMNO";
	static const __u8 wire[12][3] = {
		{ 1, 0, 0 }, { 0, 0x80, 0 }, { 0, 0x40, 0 }, { 0, 0x20, 0 },
		{ 0, 0x10, 0 }, { 0, 8, 0 }, { 0, 4, 0 }, { 0, 2, 0 },
		{ 0, 1, 0 }, { 0, 0, 0x80 }, { 0, 0, 0x40 }, { 0, 0, 0x20 },
	};
	struct mikey_policy policy = { .profile = mikey_profile_3gpp,
				       .prf = MIKEY_PRF_SHA256, .recipients = 1,
				       .recipient = { SG_SLICE("*@*") } }, read;
	bool ok = true;
	__u8 out[64];

	for (int i = 0; i < 12; i++) {
		char text[2] = { letters[i] }, again[13];
		int size;

		ok &= !mikey_flags_parse(&policy.flags, text);
		size = mikey_policy_print(out, sizeof(out), &policy);
		ok &= size > 9 && out[4] == (2 | wire[i][0]) &&
		      out[5] == wire[i][1] && out[6] == wire[i][2];
		ok &= !mikey_policy_parse(&read, (struct sg_slice){
							(char *)out, size },
					  &fault) &&
		      read.flags == policy.flags && read.prf == 1;
		mikey_flags_print(again, read.flags);
		ok &= !strcmp(text, again);
	}
	ktap(ok, "each flag from D to O has its bit; the PRF has seven");
	ktap(mikey_flags_parse(&policy.flags, "A") == -EINVAL &&
	     mikey_flags_parse(&policy.flags, "DD") == -EINVAL,
	     "other letters and letters twice are refused");
}

/* RFC 6043 6.10: so many of the 4096 words are lawful. */
static void test_flag_rules(void)
{
	int lawful = 0, lawful_tgk = 0;

	for (int flags = 0; flags < 4096; flags++) {
		lawful += !mikey_flags_check(flags, false, &fault);
		lawful_tgk += !mikey_flags_check(flags, true, &fault);
	}
	ktap(lawful == 840 && lawful_tgk == 800,
	     "840 of 4096 flag words are lawful, 800 with a TGK");
	ktap(mikey_flags_check(MIKEY_D | MIKEY_E | MIKEY_H | MIKEY_I, true,
			       &fault) == -EPERM &&
	     fault.error == MIKEY_INVALID_TPPAR, "the fault is Invalid TPpar");
}

/* -- policies -------------------------------------------------------------- */

static void test_policy(void)
{
	struct mikey_policy policy = {
		.profile = mikey_profile_base,
		.flags = MIKEY_D | MIKEY_F | MIKEY_G,
		.kms = SG_SLICE("kms"), .initiator = SG_SLICE("a@a"),
		.start = 0xcfbf2d00, .end = 0x100000010, .rekey = 3600,
		.application = { SG_SLICE("x"), SG_SLICE("y") },
		.applications = 2,
		.recipient = { SG_SLICE("b@b"), SG_SLICE("*@C.example") },
		.recipients = 2,
	}, read;
	__u8 out[256];
	int size = mikey_policy_print(out, sizeof(out), &policy);
	struct sg_slice body = { (char *)out, size };

	ktap(size > 0 && !mikey_policy_parse(&read, body, &fault) &&
	     mikey_profile_equal(&read.profile, &mikey_profile_base) &&
	     sg_slice_is(read.kms, "kms") && sg_slice_is(read.initiator, "a@a") &&
	     read.start == 0xcfbf2d00 && read.end == 0x100000010 &&
	     read.rekey == 3600 && read.applications == 2 &&
	     sg_slice_is(read.application[1], "y") && read.recipients == 2,
	     "a policy is written and read, an end after 2036 too");
	ktap(mikey_policy_admits(&read, SG_SLICE("b@b")) &&
	     mikey_policy_admits(&read, SG_SLICE("x@c.EXAMPLE")) &&
	     !mikey_policy_admits(&read, SG_SLICE("a@a")), "it admits whom it names");
	ktap(mikey_policy_check_time(&read, 0xcfbf2cff, &fault) == -ESTALE &&
	     !mikey_policy_check_time(&read, 0xcfbf2d00, &fault) &&
	     !mikey_policy_check_time(&read, 0x100000010, &fault) &&
	     mikey_policy_check_time(&read, 0x100000011, &fault) == -ESTALE &&
	     fault.error == MIKEY_INVALID_TICKET, "it has its time");
	for (int cut = 0; cut < size; cut++) {
		body.size = cut;
		if (!mikey_policy_parse(&read, body, &fault))
			break;
	}
	ktap((int)body.size == size - 1 &&
	     mikey_policy_parse(&read, body, &fault) == -EINVAL,
	     "no shorter one is read");
	policy.recipients = 0;
	size = mikey_policy_print(out, sizeof(out), &policy);
	ktap(mikey_policy_parse(&read, (struct sg_slice){ (char *)out, size },
				&fault) == -EINVAL,
	     "refused: a policy without recipients");
}

/* TP Data behind type 2, no flags and its length. */
static int parse_policy(const char *data, size_t size)
{
	char octets[64] = { 0, 2, 0, 0, 0, 0, 0, 0, size };
	struct mikey_policy policy;

	memcpy(octets + 9, data, size);
	return mikey_policy_parse(&policy, (struct sg_slice){ octets, 9 + size },
				  &fault);
}

#define PARSE_POLICY(data) parse_policy(data, sizeof(data) - 1)
#define REFUSED(data, reason)                                                  \
	ktap(PARSE_POLICY(data) < 0 && fault.error == MIKEY_INVALID_TPPAR &&   \
	     strstr(fault.text, reason), "refused: " reason)
#define TO_A "\0\2\0\0\1a"

static void test_refused_policies(void)
{
	ktap(!PARSE_POLICY("\16" TO_A), "the shortest policy: one recipient");
	REFUSED("\16\16\1\0\0\1a" "\16\1\0\0\1b" TO_A, "something twice");
	REFUSED("\16\0\2\0\0\0", "something empty");
	REFUSED("\15\16\2\2\0\0\0\1" TO_A, "or a counter");
	REFUSED("\15\15\2\3\0\0\0\1" "\16\2\3\0\0\0\1" TO_A, "there twice");
	REFUSED("\15\16\4\0\0\0\0\0\0\0\0\1" TO_A, "interval");
	REFUSED("\1\16\1\0\1x\0" TO_A, "encrypted KEMAC");
	REFUSED("\16" TO_A "b", "octets follow");
	REFUSED("\22" TO_A, "not known");
	REFUSED("", "no recipient");
}

/* -- tickets --------------------------------------------------------------- */

static int open_ticket(struct sg_slice body, const struct mikey_secret *tpk)
{
	struct mikey_ticket ticket;
	struct mikey_keys keys;
	int err = mikey_ticket_parse(&ticket, body, &fault);

	return err ? err : mikey_ticket_open(&keys, &ticket, tpk, &fault);
}

static void test_ticket(void)
{
	struct sg_slice body;
	struct mikey_secret other;
	struct mikey_ticket ticket;
	struct mikey_keys keys;
	int accepted = 0;

	mikey_call_begin(&call, 0, 0, false);
	mikey_call_ticket(&call);
	body = mikey_call_slice(&call.ticket);
	ktap(!mikey_ticket_parse(&ticket, body, &fault) &&
	     !mikey_ticket_open(&keys, &ticket, &call.tpk, &fault) &&
	     keys.keys == 2 && sg_secret_equal(&keys, &call.ticket_keys,
					       sizeof(keys)) &&
	     !ticket.issuer.size && !ticket.psk_id.size,
	     "a ticket is opened with the key that sealed it");
	other = call.tpk;
	other.octets[0] ^= 0x80;
	ktap(open_ticket(body, &other) == -EBADMSG &&
	     fault.error == MIKEY_INVALID_TICKET, "with no other");
	for (int i = 0; i < call.ticket.size; i++)
		for (int bit = 0; bit < 8; bit++) {
			call.ticket.octets[i] ^= 1 << bit;
			accepted += !open_ticket(body, &call.tpk);
			call.ticket.octets[i] ^= 1 << bit;
		}
	ktap(!accepted, "nor with any of its bits changed");
	for (size_t size = 0; size < body.size; size++)
		accepted += !open_ticket((struct sg_slice){ body.at, size },
					 &call.tpk);
	ktap(!accepted, "nor cut short");
	call.ticket.octets[1] = 9;
	ktap(open_ticket(body, &call.tpk) == -ENOTSUP &&
	     fault.error == MIKEY_INVALID_TICKET, "refused: ticket type 9");
}

static void test_not_sealed(void)
{
	struct mikey_ticket ticket;
	struct mikey_keys keys;
	__u8 out[1024];
	int size;

	mikey_call_begin(&call, 0, 0, false);
	mikey_call_ticket(&call);
	mikey_ticket_parse(&ticket, mikey_call_slice(&call.ticket), &fault);
#define NOT_SEALED(change, name)                                               \
	do {                                                                   \
		struct mikey_ticket saved = ticket;                            \
									       \
		keys = call.ticket_keys;                                       \
		change;                                                        \
		ktap(mikey_ticket_seal(out, sizeof(out), &ticket, &keys,       \
				       &call.tpk) == -EINVAL,                  \
		     "not sealed: " name);                                     \
		ticket = saved;                                                \
	} while (0)
	NOT_SEALED(ticket.rand.size = 15, "a RAND shorter than the MPK");
	NOT_SEALED(ticket.policy.flags &= ~MIKEY_F, "I and a TGK without F");
	NOT_SEALED(ticket.policy.flags &= ~MIKEY_D, "neither D nor L");
	NOT_SEALED(ticket.policy.prf = 2, "an unknown PRF");
	NOT_SEALED(ticket.policy.wanted = SG_SLICE("x"), "wanted keys");
	NOT_SEALED(keys.key[0].kind = MIKEY_TEK, "no MPK");
	NOT_SEALED(keys.key[1].validity = 0, "a key without SPI");
	ticket.rand.size = 31;
	ktap(mikey_ticket_seal(out, sizeof(out), &ticket, &call.ticket_keys,
			       &call.psk_a) == -EINVAL,
	     "not sealed: 31 octets of RAND for a TPK of 32");
	ticket.rand.size = 32;
	ktap(mikey_ticket_seal(out, 100, &ticket, &call.ticket_keys,
			       &call.tpk) == -ENOSPC, "not sealed: no room");
	/* Mode 3, and a number of the issuer's for the key. */
	ticket.psk_id = SG_SLICE("B-TID");
	ticket.issuer = SG_SLICE("\0\0\0\7");
	size = mikey_ticket_seal(out, sizeof(out), &ticket, &call.ticket_keys,
				 &call.tpk);
	ktap(!mikey_ticket_parse(&ticket, (struct sg_slice){ (char *)out, size },
				 &fault) &&
	     sg_slice_is(ticket.psk_id, "B-TID") && ticket.issuer.size == 4 &&
	     ticket.issuer.at[3] == 7, "THDR and IDRpsk travel in it");
}

/* Traps 9 and 10: Initiator Data. */
static void test_initiator_data(void)
{
	struct mikey_secret mpkr;
	__u8 data[MIKEY_INITIATOR_DATA_MAX];
	struct sg_slice idata = { (char *)data, 0 }, v;
	int accepted = 0;

	mikey_call_begin(&call, 0, 0, false);
	mikey_call_run(&call);
	mpkr = call.initiator_keys.key[1].secret;
	v = call.transfer_said.tag;
	idata.size = mikey_initiator_data_print(data, v, call.suite, &mpkr);
	ktap(sg_slice_equal(idata, call.transfer_said.initiator_data) &&
	     !mikey_initiator_data_check(idata, call.suite, &mpkr, &fault) &&
	     !mikey_initiator_data_compare(idata, v, &fault),
	     "Vi and Vr are right");
	ktap(mikey_initiator_data_check(idata, call.suite,
					&call.responder_keys.key[1].secret,
					&fault) == -EBADMSG,
	     "not with the forked MPKr'");
	data[5] ^= 1;
	ktap(mikey_initiator_data_compare(idata, v, &fault) == -EBADMSG,
	     "Vi is compared with V");
	data[5] ^= 1;
	data[1] = 0;
	ktap(!mikey_initiator_data_compare(idata, v, &fault) &&
	     mikey_initiator_data_check(idata, call.suite, &mpkr, &fault) ==
		     -EBADMSG, "Vi may end in Last; Vr covers that octet");
	data[1] = 9;
	for (size_t size = 0; size < idata.size; size++)
		accepted += !mikey_initiator_data_compare(
			(struct sg_slice){ idata.at, size }, v, &fault);
	ktap(!accepted, "refused: Initiator Data cut short");
	ktap(mikey_initiator_data_check(idata, mikey_suite_of(1), &mpkr,
					&fault) == -ENOTSUP &&
	     fault.error == MIKEY_INVALID_MAC,
	     "refused: SHA-1 where the policy has SHA-256");
}

/* -- identities ------------------------------------------------------------ */

/* Trap 21 and TS 33.328 6.2.3.2: '*' is one character at least. */
static void test_patterns(void)
{
	static const struct {
		const char *pattern, *identity;
		bool wanted;
	} rows[] = {
		{ "*@*", "a@b", true },
		{ "*@*", "@b", false },
		{ "*@*", "a@", false },
		{ "*.dep@company", "user1.dep@company", true },
		{ "*.dep@company", ".dep@company", false },
		{ "*.dep@company", "user1.dep@company.example", false },
		{ "alice@a.example", "alice@A.Example", true },
		{ "alice@a.example", "Alice@a.example", false },
		{ "alice@a.example", "alice@a.exampl", false },
		{ "alice@a.example", "alice@a.examplee", false },
		{ "*", "alice@a.example", true },
		{ "a*b*c@x", "aXbYbZc@x", true },
		{ "a*b*c@x", "abc@x", false },
		{ "**@x", "a@x", false },
		{ "**@x", "ab@x", true },
		{ "*@x", "*@x", false },
		{ "a@x", "a*@x", false },
		{ "", "a@x", false },
		{ "a@x", "", false },
		{ "*", "", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ktap(mikey_identity_matches(sg_slice_of(rows[i].pattern),
					    sg_slice_of(rows[i].identity)) ==
			     rows[i].wanted, "\"%s\" %s \"%s\"",
		     rows[i].pattern, rows[i].wanted ? "takes" : "refuses",
		     rows[i].identity);
}

/* A pattern made to be slow costs no more than the product of both sizes. */
static void test_slow_pattern(void)
{
	static char pattern[510], identity[512];
	clock_t begin = clock();

	for (int i = 0; i < 255; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	pattern[509] = 'b';
	memset(identity, 'a', sizeof(identity));
	for (int i = 0; i < 100; i++)
		mikey_identity_matches((struct sg_slice){ pattern, 510 },
				       (struct sg_slice){ identity, 512 });
	ktap(clock() - begin < 5 * CLOCKS_PER_SEC,
	     "255 stars are matched in bounded time");
}

static void test_uris(void)
{
	static const struct {
		const char *uri, *identity;
	} rows[] = {
		{ "sip:alice@a.example", "alice@a.example" },
		{ "SIPS:alice@a.example:5061;transport=tcp", "alice@a.example" },
		{ "sip:alice@a.example?subject=x", "alice@a.example" },
		{ "tel:+15551234", NULL },
		{ "sip:a.example", NULL },
		{ "sip:@a.example", NULL },
		{ "sip:alice@", NULL },
		{ "sip:alice:secret@a.example", NULL },
		{ "sip:*@a.example", NULL },
		{ "sip:a@b@c", NULL },
		{ "alice@a.example", NULL },
	};
	struct sg_slice identity;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool has = mikey_identity_of_uri(&identity,
						 sg_slice_of(rows[i].uri));

		ktap(has == !!rows[i].identity &&
		     (!has || sg_slice_is(identity, rows[i].identity)),
		     "%s is %s", rows[i].uri,
		     rows[i].identity ? rows[i].identity : "nobody");
	}
}

/* -- time ------------------------------------------------------------------ */

static void test_times(void)
{
	struct mikey_time t = { MIKEY_NTP_UTC_32, 0x80000000 }, first, second;
	__u64 seconds, last = 0;

	ktap(!mikey_seconds(&t, &seconds) && seconds == 0x80000000, "1968");
	t.value = 0x7fffffff;
	ktap(!mikey_seconds(&t, &seconds) && seconds == 0x17fffffff, "2104");
	t = mikey_time_make(0x100000005, 7);
	ktap(!mikey_seconds(&t, &seconds) && seconds == 0x100000005 &&
	     t.type == MIKEY_NTP_UTC && t.value == 0x0000000500000007,
	     "after 2036 the high half begins anew");
	ktap(!mikey_time_check(&t, 0x100000005 + 30, 30, &fault) &&
	     !mikey_time_check(&t, 0x100000005 - 30, 30, &fault) &&
	     mikey_time_check(&t, 0x100000005 + 31, 30, &fault) == -ESTALE &&
	     mikey_time_check(&t, 0x100000005 - 31, 30, &fault) == -ESTALE &&
	     fault.error == MIKEY_INVALID_TS, "fresh within the skew only");
	t.type = MIKEY_COUNTER;
	ktap(mikey_time_check(&t, 5, 30, &fault) == -ESTALE,
	     "a counter is never fresh");
	/* Trap 27: equal times would mean equal keystream. */
	first = mikey_time_next(&last, 0xcfbf2d00, 0, 3);
	second = mikey_time_next(&last, 0xcfbf2d00, 0, 3);
	ktap(first.value == 0xcfbf2d0000000003 &&
	     second.value == 0xcfbf2d0000000103 &&
	     mikey_time_next(&last, 0xcfbf2cff, 0, 3).value > second.value,
	     "no T comes twice, not from a clock that stands or goes back");
}

static void test_replays(void)
{
	struct mikey_time t = mikey_time_make(0xcfbf2d00, 0);
	struct mikey_replay replay;
	struct mikey_seen rows[16];
	char tag[20] = "\0\0\0\1";
	struct sg_slice slice = { tag, sizeof(tag) };
	int err = 0, taken;

	mikey_replay_init(&replay, rows, 16, 30, 0xcfbf2cf0);
	ktap(!mikey_replay_check(&replay, &t, slice, 0xcfbf2d00, &fault) &&
	     mikey_replay_check(&replay, &t, slice, 0xcfbf2d1e, &fault) ==
		     -EALREADY && fault.error == MIKEY_INVALID_TS,
	     "the same message is refused the second time");
	tag[19] = 1;
	ktap(mikey_replay_check(&replay, &t, slice, 0xcfbf2d00, &fault) ==
		     -EALREADY, "a tag is known by its first 128 bits");
	for (taken = 1; !err && taken < 20; taken++) {
		tag[4] = taken;
		err = mikey_replay_check(&replay, &t, slice, 0xcfbf2d00, &fault);
	}
	ktap(err == -ENOBUFS && taken == 17, "a full memory accepts no more");
	t = mikey_time_make(0xcfbf2d20, 0);
	ktap(!mikey_replay_check(&replay, &t, slice, 0xcfbf2d20, &fault),
	     "when the skew is over there is room again");
	mikey_replay_init(&replay, rows, 16, 30, 0xcfbf2d10);
	t = mikey_time_make(0xcfbf2d0f, 0);
	ktap(mikey_replay_check(&replay, &t, slice, 0xcfbf2d11, &fault) ==
		     -EALREADY,
	     "a lost memory refuses what was sent before it began");
}

int main(void)
{
	test_flag_places();
	test_flag_rules();
	test_policy();
	test_refused_policies();
	test_ticket();
	test_not_sealed();
	test_initiator_data();
	test_patterns();
	test_slow_pattern();
	test_uris();
	test_times();
	test_replays();
	return ktap_finish();
}
