// SPDX-License-Identifier: GPL-2.0-only
/* Queries through the whole server but HTTP: granted, refused, forwarded. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/kms_rig.h"
#include "../lib/kms_terminal.h"
#include "../lib/ktap.h"
#include "lib/base64.h"
#include "lib/mikey_time.h"

#define KMS SG_SLICE("kms.a.example")
#define ANYBODY SG_SLICE("*@*")

static const char policy[] =
	"rules = ("
	"{ name = \"nobody\"; from = [ \"*\" ]; to = [ \"evil@b.example\" ];"
	"  allow = false; },"
	"{ name = \"own\"; from = [ \"carol@a.example\" ];"
	"  own_tickets = true; lifetime = 7200; },"
	"{ name = \"strict\"; from = [ \"dave@a.example\" ]; adjust = false; },"
	"{ name = \"all\"; from = [ \"*@a.example\" ]; groups = true;"
	"  keys = 3; } );";

static struct kms_rig rig;
static struct kms_client alice, bob, carol, dave, mallory;
static struct mikey_fault fault;
static struct kms_query query;
static struct kms_ticket ticket;
static struct kms_octets transfer_octets;
static struct mikey_transfer transfer;

static void need(int err, const char *what)
{
	if (err < 0)
		ktap_bail_out("%s: %d, %s", what, err,
			      fault.text ? fault.text : "");
}

static struct sg_slice sent(const struct kms_query *query)
{
	return query->said.octets;
}

static int ask(struct kms_rig *rig, struct kms_query *query)
{
	return kms_rig_ask(rig, query->said.type, sent(query), NULL);
}

/* -- what the answer is ---------------------------------------------------- */

static struct mikey_rands rands_of(const struct kms_query *query)
{
	struct mikey_rands rands = { 0 };

	if (query->said.type == MIKEY_RESOLVE_INIT_PSK)
		rands.responder = query->said.rand;
	else
		rands.initiator = query->said.rand;
	return rands;
}

/* An Error of this number, with a MAC that only the KMS can make. */
static bool is_error(const struct kms_client *client, int number)
{
	struct mikey_rands rands = rands_of(&query);
	struct mikey_trouble trouble;

	return rig.status == 200 &&
	       !mikey_trouble_parse(&trouble, kms_rig_answer(&rig), &fault) &&
	       trouble.errors == 1 && trouble.error[0] == number &&
	       trouble.csb_id == query.said.csb_id && trouble.has_tag &&
	       !mikey_trouble_verify(&trouble, &client->psk, MIKEY_PHASE_INIT,
				     &rands, &fault);
}

/* The same without a MAC. */
static bool is_bare_error(int number)
{
	struct mikey_trouble trouble;

	return rig.status == 200 &&
	       !mikey_trouble_parse(&trouble, kms_rig_answer(&rig), &fault) &&
	       trouble.errors == 1 && trouble.error[0] == number &&
	       trouble.csb_id == query.said.csb_id && !trouble.has_tag;
}

/* -- steps ----------------------------------------------------------------- */

static void request(const struct kms_client *client,
		    const struct mikey_policy *wish)
{
	need(kms_client_request(&query, client, KMS, wish), "REQUEST_INIT");
	ask(&rig, &query);
}

static void get_ticket(const struct kms_client *client,
		       struct sg_slice recipient)
{
	struct mikey_policy wish = kms_client_wish(client, recipient);

	request(client, &wish);
	need(kms_client_take(&ticket, &query, client, kms_rig_answer(&rig),
			     &fault), "REQUEST_RESP");
}

static void send_transfer(const struct kms_client *client)
{
	need(kms_client_transfer(&transfer, &transfer_octets, client, &ticket,
				 bob.identity), "TRANSFER_INIT");
}

static void resolve(const struct kms_client *client)
{
	need(kms_client_resolve(&query, client, KMS, &transfer),
	     "RESOLVE_INIT");
	ask(&rig, &query);
}

static bool is_resolved(const struct kms_client *client, const char *for_whom)
{
	return rig.status == 200 &&
	       kms_terminal_has(client, &ticket, &query, kms_rig_answer(&rig),
				for_whom);
}

/* -- Ticket Request -------------------------------------------------------- */

static void test_request(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);

	request(&alice, &wish);
	ktap(!kms_client_take(&ticket, &query, &alice, kms_rig_answer(&rig),
			      &fault) &&
	     ticket.policy.flags == wish.flags &&
	     ticket.policy.end == wish.end &&
	     sg_slice_equal(ticket.policy.kms, KMS) &&
	     sg_slice_equal(ticket.policy.recipient[0], bob.identity) &&
	     ticket.keys.keys == 3 && ticket.keys.key[2].kind == MIKEY_TGK &&
	     ticket.keys.key[2].salt_size == 14,
	     "a ticket as wished, with one TGK and a salt");
	wish.prf = MIKEY_PRF_SHA256;
	request(&alice, &wish);
	ktap(!kms_client_take(&ticket, &query, &alice, kms_rig_answer(&rig),
			      &fault) &&
	     ticket.keys.key[2].secret.size == 32, "the same with SHA-256");
}

static void test_adjusted(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	__u64 now = wish.end - 3600;

	wish.flags |= MIKEY_L | MIKEY_M;
	wish.flags &= ~(MIKEY_I | MIKEY_E);
	wish.end = 0;
	request(&alice, &wish);
	need(kms_client_take(&ticket, &query, &alice, kms_rig_answer(&rig),
			     &fault), "REQUEST_RESP");
	ktap(ticket.policy.flags == (MIKEY_D | MIKEY_E | MIKEY_F | MIKEY_G |
				     MIKEY_H | MIKEY_I | MIKEY_J | MIKEY_K |
				     MIKEY_N | MIKEY_O) &&
	     ticket.policy.end >= now + 86400 &&
	     ticket.policy.end < now + 86460,
	     "what is not allowed is changed, and K says so");
}

/* A wish for two keys of sizes of their own. */
static void test_wanted_keys(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	struct mikey_keys wanted = { .keys = 2 };
	__u8 data[256];

	wanted.key[0] = (struct mikey_key){ .kind = MIKEY_GTGK,
					    .secret.size = 16,
					    .validity = MIKEY_VALID_SPI,
					    .spi = "xy", .spi_size = 2 };
	wanted.key[1] = (struct mikey_key){ .kind = MIKEY_TEK,
					    .secret.size = 30 };
	wish.wanted = (struct sg_slice){
		(char *)data, mikey_keys_print(data, sizeof(data), &wanted)
	};
	request(&alice, &wish);
	need(kms_client_take(&ticket, &query, &alice, kms_rig_answer(&rig),
			     &fault), "REQUEST_RESP");
	ktap(ticket.keys.keys == 4 && ticket.keys.key[2].kind == MIKEY_GTGK &&
	     ticket.keys.key[2].secret.size == 16 &&
	     !memcmp(ticket.keys.key[2].spi, "xy", 2) &&
	     !ticket.keys.key[2].salt_size &&
	     ticket.keys.key[3].kind == MIKEY_TEK &&
	     ticket.keys.key[3].secret.size == 30 &&
	     ticket.keys.key[3].spi_size == 4,
	     "keys of the kinds and sizes wanted, each with an SPI");
}

static void test_refused_requests(void)
{
	struct mikey_policy wish = kms_client_wish(&dave, bob.identity);

	wish.flags |= MIKEY_M;
	request(&dave, &wish);
	ktap(is_error(&dave, MIKEY_INVALID_TPPAR),
	     "refused: more than a rule without \"adjust\" allows");
	wish = kms_client_wish(&dave, SG_SLICE("*@b.example"));
	request(&dave, &wish);
	ktap(is_error(&dave, MIKEY_INVALID_TPPAR), "refused: a group");
	wish = kms_client_wish(&alice, SG_SLICE("evil@b.example"));
	request(&alice, &wish);
	ktap(is_error(&alice, MIKEY_INVALID_TPPAR),
	     "refused: by a rule that allows nothing");
	wish = kms_client_wish(&bob, alice.identity);
	request(&bob, &wish);
	ktap(is_error(&bob, MIKEY_INVALID_TPPAR), "refused: without a rule");
	wish = kms_client_wish(&alice, bob.identity);
	wish.profile.type = 3;
	request(&alice, &wish);
	ktap(is_error(&alice, MIKEY_INVALID_TICKET), "refused: a ticket type");
	wish = kms_client_wish(&alice, bob.identity);
	wish.end = 0xcfbf2d00;
	request(&alice, &wish);
	ktap(is_error(&alice, MIKEY_INVALID_TPPAR), "refused: a time gone by");
}

static void test_identities(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	struct kms_client posing = alice;

	wish.initiator = bob.identity;
	request(&alice, &wish);
	ktap(is_error(&alice, MIKEY_INVALID_ID),
	     "refused: a ticket in another's name");
	wish.initiator = (struct sg_slice){ 0 };
	posing.identity = SG_SLICE("carol@a.example");
	request(&posing, &wish);
	ktap(is_error(&alice, MIKEY_INVALID_ID), "refused: another's identity");
	posing.identity = SG_SLICE("alice.work@a.example");
	request(&posing, &wish);
	ktap(!kms_client_take(&ticket, &query, &alice, kms_rig_answer(&rig),
			      &fault) &&
	     sg_slice_equal(ticket.policy.initiator, posing.identity),
	     "each identity of the user's will do; without one in the policy it "
	     "is who asks");
	wish.kms = SG_SLICE("kms.b.example");
	request(&alice, &wish);
	ktap(is_error(&alice, MIKEY_INVALID_ID), "refused: a ticket of another KMS");
	wish.kms = (struct sg_slice){ 0 };
	need(kms_client_request(&query, &alice, SG_SLICE("kms.b.example"),
				&wish), "REQUEST_INIT");
	ask(&rig, &query);
	ktap(is_error(&alice, MIKEY_INVALID_ID), "refused: a message to another KMS");
}

/* -- who may be trusted ---------------------------------------------------- */

static void test_authentication(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	struct kms_client posing = alice;
	struct kms_octets bad;

	posing.psk = mallory.psk;
	request(&posing, &wish);
	ktap(is_bare_error(MIKEY_AUTH_FAILURE), "a wrong MAC: error 0, no MAC");
	bad = rig.answer;
	posing.psk_id = SG_SLICE("nobody@bsf.a.example");
	request(&posing, &wish);
	ktap(is_bare_error(MIKEY_AUTH_FAILURE) && bad.size == rig.answer.size,
	     "an unknown B-TID: the same");
	ktap(rig.kms.count[COUNT_ISSUED] && !rig.kms.count[COUNT_BROKEN],
	     "counters know");
}

static void test_time(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);

	need(kms_client_request(&query, &alice, KMS, &wish), "REQUEST_INIT");
	query.said.t.value -= 60ull << 32;
	need(kms_client_print(&query, &alice), "REQUEST_INIT");
	ask(&rig, &query);
	ktap(is_bare_error(MIKEY_INVALID_TS), "too old: error 1, no MAC");
	need(kms_client_request(&query, &alice, KMS, &wish), "REQUEST_INIT");
	ask(&rig, &query);
	need(kms_client_take(&ticket, &query, &alice, kms_rig_answer(&rig),
			     &fault), "REQUEST_RESP");
	ask(&rig, &query);
	ktap(is_error(&alice, MIKEY_INVALID_TS) && rig.kms.replays == 1,
	     "a replay: error 1");
}

/* T is four octets of a counter; print() would not write it. */
static void test_counter(void)
{
	struct mikey_message message;
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	__u8 octets[4096];
	int size;

	need(kms_client_request(&query, &alice, KMS, &wish), "REQUEST_INIT");
	need(mikey_parse(&message, sent(&query), &fault), "REQUEST_INIT");
	message.payload[0].t = (struct mikey_time){ MIKEY_COUNTER, 1 };
	size = mikey_print(octets, sizeof(octets), &message);
	need(size, "REQUEST_INIT");
	kms_rig_ask(&rig, MIKEY_REQUEST_INIT_PSK,
		    (struct sg_slice){ (char *)octets, size }, NULL);
	ktap(is_bare_error(MIKEY_INVALID_TS), "a counter: error 1");
}

static void test_http_faults(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	struct sg_slice octets;

	need(kms_client_request(&query, &alice, KMS, &wish), "REQUEST_INIT");
	octets = sent(&query);
	ktap(kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, octets, NULL) == 400,
	     "400: not the message of requesttype");
	ktap(kms_rig_ask(&rig, MIKEY_REQUEST_INIT_PSK,
			 (struct sg_slice){ "\1\13\5", 3 }, NULL) == 400,
	     "400: no header");
	ktap(kms_rig_ask(&rig, MIKEY_REQUEST_INIT_PSK,
			 (struct sg_slice){ "\2\13\5\0\0\0\0\0\0\1", 10 },
			 NULL) == 400, "400: another version");
	octets.size--;
	kms_rig_ask(&rig, MIKEY_REQUEST_INIT_PSK, octets, NULL);
	ktap(is_bare_error(MIKEY_UNSPECIFIED), "200: an Error, cut short");
}

/* -- Ticket Resolve -------------------------------------------------------- */

static void test_resolve(void)
{
	get_ticket(&alice, bob.identity);
	send_transfer(&alice);
	resolve(&bob);
	ktap(is_resolved(&bob, "bob@b.example"), "resolved, and forked");
	resolve(&carol);
	ktap(is_error(&carol, MIKEY_INVALID_ID), "refused: no recipient");
	mallory.identity = bob.identity;
	resolve(&mallory);
	ktap(is_error(&mallory, MIKEY_INVALID_ID),
	     "refused: who only says that he is the recipient");
	mallory.identity = SG_SLICE("mallory@a.example");
	get_ticket(&alice, SG_SLICE("bob.home@b.example"));
	send_transfer(&alice);
	resolve(&bob);
	ktap(is_resolved(&bob, "bob.home@b.example"),
	     "resolved for another of the user's identities, which IDRr says");
	get_ticket(&alice, ANYBODY);
	send_transfer(&alice);
	resolve(&carol);
	ktap(is_resolved(&carol, "carol@a.example"), "a group's");
	transfer.initiator_data = (struct sg_slice){ 0 };
	resolve(&bob);
	ktap(is_error(&bob, MIKEY_INVALID_TICKET), "refused: no Initiator Data");
}

static void test_changed_tickets(void)
{
	struct kms_octets changed;
	int accepted = 0, tried = 0;

	get_ticket(&alice, ANYBODY);
	send_transfer(&alice);
	changed = ticket.body;
	transfer.ticket.at = (char *)changed.octets;
	for (int i = 0; i < changed.size; i++, tried++) {
		changed.octets[i] ^= 1;
		resolve(&bob);
		accepted += is_resolved(&bob, "bob@b.example");
		changed.octets[i] ^= 1;
	}
	resolve(&bob);
	ktap(!accepted && tried > 200 && is_resolved(&bob, "bob@b.example"),
	     "no ticket with a bit changed is resolved");
}

static void test_resolve_policy(void)
{
	get_ticket(&alice, ANYBODY);
	send_transfer(&alice);
	kms_rig_reload(&rig, "rules = ( { from = [ \"*@a.example\" ]; "
			     "to = [ \"carol@a.example\" ]; } );");
	resolve(&bob);
	ktap(is_error(&bob, MIKEY_INVALID_TPPAR),
	     "refused: by a policy that was read since");
	resolve(&carol);
	ktap(is_resolved(&carol, "carol@a.example"), "others are not");
	kms_rig_reload(&rig, policy);
}

/* -- ticket keys ----------------------------------------------------------- */

static void test_rollover(void)
{
	struct ticket_keys *keys = &rig.kms.setup->keys;
	struct fault why;

	get_ticket(&alice, bob.identity);
	send_transfer(&alice);
	need(ticket_keys_add(keys, time(NULL), &why), "key");
	resolve(&bob);
	ktap(is_resolved(&bob, "bob@b.example"),
	     "a ticket of the key before is resolved");
	get_ticket(&alice, bob.identity);
	send_transfer(&alice);
	keys->key[0].from -= 100;
	keys->key[1].from -= 100;
	ktap(ticket_keys_prune(keys, time(NULL), 50) == 1, "and that key goes");
	resolve(&bob);
	ktap(is_resolved(&bob, "bob@b.example"), "the new one's is resolved");
	need(ticket_keys_add(keys, time(NULL) - 60, &why), "key");
	ticket_keys_prune(keys, time(NULL), 50);
	resolve(&bob);
	ktap(is_error(&bob, MIKEY_INVALID_TICKET), "until that is gone too");
	kms_rig_reload(&rig, NULL);
}

/* -- mode 3 ---------------------------------------------------------------- */

static void make_own(const struct kms_client *client, struct sg_slice initiator,
		     __u64 lifetime)
{
	struct mikey_policy own = kms_client_wish(client, bob.identity);

	own.flags = (own.flags & ~MIKEY_D) | MIKEY_L;
	own.initiator = initiator;
	own.kms = KMS;
	own.end = own.end - 3600 + lifetime;
	need(kms_client_make(&ticket, client, &own), "own ticket");
	need(kms_client_transfer(&transfer, &transfer_octets,
				 &(struct kms_client){ .identity = initiator },
				 &ticket,
				 bob.identity), "TRANSFER_INIT");
	resolve(&bob);
}

static void test_own_tickets(void)
{
	make_own(&carol, carol.identity, 3600);
	ktap(is_resolved(&bob, "bob@b.example"), "a ticket that its initiator made");
	make_own(&carol, alice.identity, 3600);
	ktap(is_error(&bob, MIKEY_INVALID_TICKET), "refused: in another's name");
	make_own(&carol, carol.identity, 9000);
	ktap(is_error(&bob, MIKEY_INVALID_TPPAR), "refused: one that lives long");
	make_own(&alice, alice.identity, 3600);
	ktap(is_error(&bob, MIKEY_INVALID_TPPAR), "refused: without permission");
	carol.psk_id = SG_SLICE("gone@bsf.a.example");
	make_own(&carol, carol.identity, 3600);
	ktap(is_error(&bob, MIKEY_INVALID_TICKET), "refused: of an unknown maker");
	carol.psk_id = SG_SLICE("carol@bsf.a.example");
}

/* -- slow sources ---------------------------------------------------------- */

static struct kms_rig_user *user_of(const struct kms_client *client)
{
	for (int i = 0; i < rig.users; i++)
		if (sg_slice_is(client->psk_id, rig.user[i].psk_id))
			return &rig.user[i];
	return NULL;
}

static void test_later(void)
{
	user_of(&alice)->later = true;
	need(kms_client_request(&query, &alice, KMS,
				&(struct mikey_policy){
					.profile = mikey_profile_3gpp,
					.flags = MIKEY_D | MIKEY_F | MIKEY_G,
					.recipients = 1,
					.recipient = { bob.identity } }),
	     "REQUEST_INIT");
	ktap(!ask(&rig, &query) && rig.exchange, "a query waits for its user");
	/* What it holds outlives a reload. */
	kms_rig_reload(&rig, NULL);
	kms_rig_find(&rig);
	ktap(!kms_client_take(&ticket, &query, &alice, kms_rig_answer(&rig),
			      &fault), "and is answered then");
	query.said.t.value++;
	need(kms_client_print(&query, &alice), "REQUEST_INIT");
	ask(&rig, &query);
	exchange_cancel(rig.exchange);
	ktap(rig.cancelled == 1 && !rig.status && !rig.waiting,
	     "one that is given up gives up its question");
	user_of(&alice)->err = -EAGAIN;
	ask(&rig, &query);
	ktap(kms_rig_find(&rig) == 503, "503: the source is not there");
	user_of(&alice)->err = -EACCES;
	user_of(&alice)->later = false;
	ktap(ask(&rig, &query) == 403, "403: the user may not");
	user_of(&alice)->err = 0;
}

static void test_own_ticket_later(void)
{
	user_of(&carol)->later = true;
	make_own(&carol, carol.identity, 3600);
	ktap(!rig.status, "an own ticket waits for its maker");
	kms_rig_find(&rig);
	ktap(is_resolved(&bob, "bob@b.example"), "and is resolved then");
	user_of(&carol)->later = false;
}

/* -- response times -------------------------------------------------------- */

static void test_response_times(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	__u64 last = 0;
	bool ok = true;

	rig.kms.config.replica = 0xa5;
	for (int i = 0; i < 200; i++) {
		struct mikey_message message;
		__u64 t;

		request(&alice, &wish);
		need(mikey_parse(&message, kms_rig_answer(&rig), &fault),
		     "REQUEST_RESP");
		t = message.payload[0].t.value;
		ok &= message.payload[0].t.type == MIKEY_NTP_UTC && t > last &&
		      (t & 0xff) == 0xa5;
		last = t;
	}
	ktap(ok, "T rises with each answer and ends in the replica's number");
	rig.kms.config.replica = 0;
}

/* -- network functions ----------------------------------------------------- */

static const char function_policy[] =
	"rules = ( { from = [ \"*@a.example\" ]; groups = true; } );"
	"accounts = ( { id = \"agw\"; key_file = \"%s\";"
	"  identities = [ \"agw@a.example\" ]; resolves = [ %s ];"
	"  refork = %s; } );";

static void load_function(struct kms_client *agw, const char *resolves,
			  const char *refork)
{
	static const char key[] =
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
	char text[1024];

	snprintf(text, sizeof(text), function_policy,
		 kms_rig_file(&rig, "key", key), resolves, refork);
	kms_rig_reload(&rig, text);
	*agw = (struct kms_client){
		.identity = SG_SLICE("agw@a.example"),
		.psk_id = SG_SLICE("agw"),
		.psk = rig.kms.setup->accounts.account[0].user.naf_key,
	};
}

static const char got_rand[32] = "RANDRkms of bob's RESOLVE_RESP..";

/* As TRANSFER_RESP says it: for @user, with the RANDRkms that he got. */
static void ask_refork(const struct kms_client *client, struct sg_slice kms,
		       struct sg_slice user)
{
	need(kms_client_resolve(&query, client, kms, &transfer),
	     "RESOLVE_INIT");
	query.said.requester = user;
	query.said.refork = (struct sg_slice){ got_rand, sizeof(got_rand) };
	need(kms_client_print(&query, client), "RESOLVE_INIT");
}

static void refork(const struct kms_client *client, struct sg_slice user)
{
	ask_refork(client, KMS, user);
	ask(&rig, &query);
}

/* With the modifier that was brought: just what bob has. */
static bool is_reforked(const struct kms_client *client)
{
	struct mikey_reply reply;
	bool ok = is_resolved(client, "bob@b.example") &&
		  !mikey_reply_parse(&reply, &query.said, kms_rig_answer(&rig),
				     &client->psk, &fault) &&
		  sg_slice_equal(reply.modifier.rand, query.said.refork);

	mikey_reply_wipe(&reply);
	return ok;
}

static void test_functions(void)
{
	struct kms_client agw;

	get_ticket(&alice, bob.identity);
	send_transfer(&alice);
	load_function(&agw, "\"alice@a.example\"", "false");
	resolve(&agw);
	ktap(is_resolved(&agw, "agw@a.example"),
	     "a network function resolves what is not for it, as itself");
	refork(&agw, bob.identity);
	ktap(is_error(&agw, MIKEY_INVALID_ID) && !rig.kms.count[COUNT_REFORKED],
	     "refused: as a user got it, without permission");
	load_function(&agw, "\"alice@a.example\"", "true");
	refork(&agw, bob.identity);
	ktap(is_reforked(&agw) && rig.kms.count[COUNT_REFORKED] == 1,
	     "as a user got it, with permission for the initiator");
	load_function(&agw, "\"*@b.example\"", "true");
	refork(&agw, bob.identity);
	ktap(is_reforked(&agw), "or for the responder");
	resolve(&agw);
	ktap(is_error(&agw, MIKEY_INVALID_ID),
	     "as itself only for initiators");
	refork(&agw, SG_SLICE("*@b.example"));
	ktap(is_error(&agw, MIKEY_INVALID_ID), "refused: for a group");
	refork(&agw, SG_SLICE("eve@b.example"));
	ktap(is_error(&agw, MIKEY_INVALID_ID),
	     "refused: for who is no recipient");
	load_function(&agw, "\"*@c.example\"", "true");
	refork(&agw, bob.identity);
	ktap(is_error(&agw, MIKEY_INVALID_ID),
	     "refused: for parties that it is not there for");
	kms_rig_reload(&rig, policy);
	resolve(&agw);
	ktap(is_bare_error(MIKEY_AUTH_FAILURE), "without its account: unknown");
	refork(&bob, bob.identity);
	ktap(is_error(&bob, MIKEY_INVALID_ID),
	     "refused: a user who brings a RANDRkms");
}

/* -- Zk -------------------------------------------------------------------- */

static struct config_peer config_c = { .name = "kms.c.example",
				       .address = "192.0.2.9:1",
				       .domains = { { SG_SLICE("*@b.example") },
						    1 } };
static struct zk_peer peer_c = { .config = &config_c };
static int asked;
static bool asked_refork;

/* Instead of zk.c: one other server, of which only is seen what it is sent. */
struct zk_peer *zk_find(struct zk *zk, struct sg_slice name)
{
	(void)zk;
	return sg_slice_is(name, "kms.c.example") ? &peer_c : NULL;
}

struct zk_call *zk_ask(struct zk_peer *peer, struct sg_slice octets,
		       zk_answered *done, void *arg)
{
	struct mikey_query query;

	(void)done;
	(void)arg;
	asked += !mikey_query_parse(&query, octets, &fault) &&
		 sg_slice_is(query.kms, "kms.c.example") &&
		 sg_slice_equal(query.psk_id, KMS) &&
		 sg_slice_equal(query.requester, bob.identity) &&
		 !mikey_query_verify(&query, &peer->key, &fault);
	asked_refork = sg_slice_equal(query.refork,
				      (struct sg_slice){ got_rand, 32 });
	return NULL;
}

void zk_cancel(struct zk_call *call)
{
	(void)call;
}

/* Of kms.c.example, for bob: what is inside it is not for us to open. */
static void get_foreign_ticket(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);

	wish.kms = SG_SLICE("kms.c.example");
	need(kms_client_make(&ticket, &alice, &wish), "ticket");
	send_transfer(&alice);
}

static void test_zk(void)
{
	struct kms_client server = { .identity = bob.identity,
				     .psk_id = SG_SLICE("kms.c.example"),
				     .psk.size = 32 };

	kms_client_random(server.psk.octets);
	peer_c.key = server.psk;
	get_foreign_ticket();
	resolve(&bob);
	ktap(rig.status == 503 && asked == 1 && !asked_refork,
	     "a ticket of another server's is sent there");
	resolve(&carol);
	ktap(is_error(&carol, MIKEY_INVALID_ID) && asked == 1,
	     "but not for who is no recipient");
	need(kms_client_resolve(&query, &server, KMS, &transfer), "Zk");
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, sent(&query), &peer_c);
	ktap(is_error(&server, MIKEY_INVALID_TICKET) && asked == 1,
	     "what came over Zk is never sent on");
	get_ticket(&alice, ANYBODY);
	send_transfer(&alice);
	need(kms_client_resolve(&query, &server, KMS, &transfer), "Zk");
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, sent(&query), &peer_c);
	ktap(is_resolved(&server, "bob@b.example"), "ours is resolved for it");
	server.identity = SG_SLICE("carol@a.example");
	need(kms_client_resolve(&query, &server, KMS, &transfer), "Zk");
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, sent(&query), &peer_c);
	ktap(is_error(&server, MIKEY_INVALID_ID),
	     "but not for users whom it may not speak for");
	get_ticket(&alice, SG_SLICE("bob.home@b.example"));
	send_transfer(&alice);
	server.identity = bob.identity;
	need(kms_client_resolve(&query, &server, KMS, &transfer), "Zk");
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, sent(&query), &peer_c);
	ktap(is_error(&server, MIKEY_INVALID_ID),
	     "nor for one whom the ticket is not for");
}

/* Between servers it takes permission, too: each tells the other's users. */
static void test_zk_refork(void)
{
	struct kms_client agw, server = { .identity = bob.identity,
					  .psk_id = SG_SLICE("kms.c.example"),
					  .psk = peer_c.key };

	get_ticket(&alice, bob.identity);
	send_transfer(&alice);
	ask_refork(&server, KMS, bob.identity);
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, sent(&query), &peer_c);
	ktap(is_error(&server, MIKEY_INVALID_ID),
	     "another server may not have keys as its user got them");
	config_c.refork = true;
	ask_refork(&server, KMS, bob.identity);
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, sent(&query), &peer_c);
	ktap(is_reforked(&server), "unless it is permitted");
	ask_refork(&server, KMS, SG_SLICE("carol@a.example"));
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, sent(&query), &peer_c);
	ktap(is_error(&server, MIKEY_INVALID_ID), "but not another's user");
	get_foreign_ticket();
	load_function(&agw, "\"*@b.example\"", "true");
	refork(&agw, bob.identity);
	ktap(rig.status == 503 && asked_refork,
	     "what a network function brings is sent to the ticket's server");
	kms_rig_reload(&rig, policy);
}

/* -- audit ----------------------------------------------------------------- */

static bool shows_key(const char *text)
{
	bool shown = false;

	for (int i = 0; i < rig.users; i++) {
		const struct mikey_secret *key = &rig.user[i].user.naf_key;
		char base64[SG_BASE64_SIZE(32) + 1] = "", hex[65];

		sg_base64_encode(base64, key->octets, 32);
		for (int j = 0; j < 32; j++)
			sprintf(hex + 2 * j, "%02x", key->octets[j]);
		shown |= strstr(text, base64) || strstr(text, hex) ||
			 memmem(text, strlen(text), key->octets, 8);
	}
	return shown;
}

static void test_audit(void)
{
	char path[CONFIG_TEXT + 8], text[65536];
	int lines = 0, issued = 0, refused = 0, resolved = 0;
	bool ok = true, shown = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s", rig.kms.config.audit);
	file = fopen(path, "r");
	while (file && fgets(text, sizeof(text), file)) {
		json_t *line = json_loads(text, 0, NULL);
		const char *event =
			json_string_value(json_object_get(line, "event"));

		ok &= event && json_string_value(json_object_get(line, "time")) &&
		      json_is_array(json_object_get(line, "recipients"));
		lines++;
		issued += event && !strcmp(event, "issued");
		refused += event && !strcmp(event, "refused") &&
			   json_object_get(line, "reason");
		resolved += event && !strcmp(event, "resolved");
		shown |= shows_key(text);
		json_decref(line);
	}
	if (file)
		fclose(file);
	ktap(ok && !shown && lines == issued + refused + resolved &&
	     issued == (int)rig.kms.count[COUNT_ISSUED] && refused > 10 &&
	     resolved == (int)(rig.kms.count[COUNT_RESOLVED] +
			       rig.kms.count[COUNT_RESOLVED_ZK] +
			       rig.kms.count[COUNT_REFORKED]),
	     "the audit log has each answer, in JSON, and no key");
}

/* Nothing is given that is not written down: /dev/full takes nothing. */
static void test_audit_full(void)
{
	struct mikey_policy wish = kms_client_wish(&alice, bob.identity);
	struct audit *full = NULL, *old = rig.kms.audit;
	struct fault why;

	need(audit_open(&full, "/dev/full", &why), "/dev/full");
	rig.kms.audit = full;
	request(&alice, &wish);
	ktap(rig.status == 500 && !rig.answer.size,
	     "500: the audit log cannot be written");
	rig.kms.audit = old;
	audit_close(full);
}

int main(void)
{
	kms_rig_open(&rig, "kms.a.example", policy);
	alice = kms_rig_user(&rig, "alice@bsf.a.example",
			     "alice@a.example alice.work@a.example");
	bob = kms_rig_user(&rig, "bob@bsf.a.example",
			   "bob@b.example bob.home@b.example");
	carol = kms_rig_user(&rig, "carol@bsf.a.example", "carol@a.example");
	dave = kms_rig_user(&rig, "dave@bsf.a.example", "dave@a.example");
	mallory = kms_rig_user(&rig, "mallory@bsf.a.example",
			       "mallory@a.example");
	test_request();
	test_adjusted();
	test_wanted_keys();
	test_refused_requests();
	test_identities();
	test_authentication();
	test_time();
	test_counter();
	test_http_faults();
	test_resolve();
	test_changed_tickets();
	test_resolve_policy();
	test_rollover();
	test_own_tickets();
	test_later();
	test_own_ticket_later();
	test_response_times();
	test_functions();
	test_zk();
	test_zk_refork();
	test_audit();
	test_audit_full();
	kms_rig_close(&rig);
	return ktap_finish();
}
