// SPDX-License-Identifier: GPL-2.0-only
/* Users with certificates, through the whole server but HTTP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/kms_rig.h"
#include "../lib/kms_terminal.h"
#include "../lib/ktap.h"
#include "../lib/mikey_pki.h"
#include "lib/mikey_certificate.h"
#include "lib/mikey_time.h"

#define KMS SG_SLICE("kms.a.example")
#define RULES                                                                  \
	"rules = ( { to = [ \"evil@b.example\" ]; allow = false; },"           \
	"  { from = [ \"*@a.example\" ]; groups = true; } );"
#define AUTHORITY(identities, crl)                                             \
	"authorities = ( { file = \"" MIKEY_PKI "ca.pem\"; " crl               \
	"  identities = [ " identities " ]; } );"
#define CRL "crl = \"" MIKEY_PKI "crl.pem\";"
#define BOTH "\"*@a.example\", \"*@b.example\""

static struct kms_rig rig;
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

/* Whose certificate it says, with an envelope key of 16 octets. */
static struct kms_client client_of(const char *certificate, const char *key,
				   const char *identity)
{
	struct kms_client client = { .identity = sg_slice_of(identity),
				     .psk.size = 16,
				     .certificate = certificate,
				     .key = key };

	kms_client_random(client.psk.octets);
	return client;
}

static struct kms_client alice_with(const char *certificate)
{
	return client_of(certificate, "alice", "alice@a.example");
}

static void ask(void)
{
	kms_rig_ask(&rig, query.said.type - 1, query.said.octets, NULL);
}

static void request_for(const struct kms_client *client, const char *recipient,
			__u8 prf)
{
	struct mikey_policy wish = kms_client_wish(client,
						   sg_slice_of(recipient));

	wish.prf = prf;
	need(kms_client_request(&query, client, KMS, &wish), "REQUEST_INIT_PK");
}

static void request(const struct kms_client *client)
{
	request_for(client, "bob@b.example", 0);
	ask();
}

/* -- what the answer is ---------------------------------------------------- */

static bool is_ticket(const struct kms_client *client)
{
	return rig.status == 200 &&
	       !kms_client_take(&ticket, &query, client, kms_rig_answer(&rig),
				&fault);
}

enum proof { BARE, SIGNED, MAC };

/* An Error of this number, and who can have made it. */
static bool is_error(const struct kms_client *client, int number,
		     enum proof proof)
{
	struct mikey_rands rands = { .initiator = query.said.rand };
	struct mikey_trouble trouble;

	if (rig.status != 200 ||
	    mikey_trouble_parse(&trouble, kms_rig_answer(&rig), &fault) ||
	    trouble.errors != 1 || trouble.error[0] != number ||
	    trouble.csb_id != query.said.csb_id)
		return false;
	if (proof == SIGNED)
		return trouble.sign == client->sign &&
		       !mikey_trouble_verify_sign(&trouble,
						  mikey_pki_key("kms"),
						  &fault);
	if (proof == MAC)
		return !mikey_trouble_verify(&trouble, &client->psk,
					     MIKEY_PHASE_INIT, &rands, &fault);
	return !trouble.has_tag;
}

static bool is_logged(const char *what)
{
	static char line[65536];
	char last[65536] = "", path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/audit", rig.folder);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		strcpy(last, line);
	if (file)
		fclose(file);
	return strstr(last, what);
}

/* -- who gets a ticket ----------------------------------------------------- */

static void test_request(void)
{
	struct kms_client alice = alice_with("alice");
	char print[128] = "\"certificate\":\"";
	struct sg_slice hash = mikey_pki_hash("alice");

	request(&alice);
	ktap(is_ticket(&alice), "a ticket for who signs");
	for (int i = 0; i < MIKEY_FINGERPRINT; i++)
		sprintf(print + strlen(print), "%02x", (__u8)hash.at[i]);
	ktap(is_logged(print) && is_logged("\"event\":\"issued\""),
	     "the audit log has his certificate's hash");
	alice.sign = MIKEY_SIGN_PSS;
	request(&alice);
	ktap(is_ticket(&alice), "by PSS");
	alice.psk.size = 32;
	request(&alice);
	ktap(is_ticket(&alice), "with an envelope key of 32 octets");
	alice = alice_with("below");
	alice.issuer = "sub";
	request(&alice);
	ktap(is_ticket(&alice), "through another authority");
	alice = alice_with("alice");
	request_for(&alice, "bob@b.example", 0);
	query.said.public.chash.size = 0;
	need(kms_client_sign(&query, &alice), "REQUEST_INIT_PK");
	ask();
	ktap(is_ticket(&alice), "without CHASH");
}

static void test_envelopes(void)
{
	struct kms_client alice = alice_with("alice");

	alice.envelope = MIKEY_ENVELOPE_PKCS1;
	request(&alice);
	ktap(rig.status == 200 && rig.answer.octets[1] == MIKEY_REQUEST_RESP &&
	     !is_ticket(&alice),
	     "an envelope that does not open is answered, but not to be read");
	kms_rig_certify(&rig, "kms", "pkcs1");
	request(&alice);
	ktap(is_ticket(&alice), "by PKCS #1 v1.5, if that is configured");
	kms_rig_certify(&rig, "kms", "oaep");
}

static void test_certificates(void)
{
	static const struct {
		const char *certificate, *key, *issuer;
		int error;
	} rows[] = {
		{ "revoked", "alice", NULL, MIKEY_INVALID_CERT },
		{ "expired", "alice", NULL, MIKEY_INVALID_CERT },
		{ "strange", "alice", NULL, MIKEY_INVALID_CERT },
		{ "strange", "alice", "foreign", MIKEY_INVALID_CERT },
		{ "below", "alice", NULL, MIKEY_INVALID_CERT },
		{ "child", "alice", "bob", MIKEY_INVALID_CERT },
		{ "use", "alice", NULL, MIKEY_INVALID_CERT },
		{ "purpose", "alice", NULL, MIKEY_INVALID_CERT },
		{ "small", "alice", NULL, MIKEY_INVALID_CERT },
		{ "curve", "alice", NULL, MIKEY_INVALID_CERT },
		{ "nameless", "alice", NULL, MIKEY_INVALID_ID },
		{ "group", "alice", NULL, MIKEY_INVALID_ID },
		{ "alice", "bob", NULL, MIKEY_AUTH_FAILURE },
		{ "bob", "alice", NULL, MIKEY_AUTH_FAILURE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kms_client alice = client_of(rows[i].certificate,
						    rows[i].key,
						    "alice@a.example");

		alice.issuer = rows[i].issuer;
		request(&alice);
		ktap(is_error(&alice, rows[i].error, BARE),
		     "refused: %s, signed by %s", rows[i].certificate,
		     rows[i].key);
	}
}

static void test_identities(void)
{
	struct kms_client alice = client_of("alice", "alice",
					    "mallory@a.example");

	request(&alice);
	ktap(is_error(&alice, MIKEY_INVALID_ID, SIGNED) &&
	     is_logged("\"reason\""),
	     "refused: an identity that is not in the certificate");
	kms_rig_reload(&rig, RULES AUTHORITY("\"*@b.example\"", CRL));
	alice = alice_with("alice");
	request(&alice);
	ktap(is_error(&alice, MIKEY_INVALID_ID, BARE),
	     "refused: one that the authority may not vouch for");
	kms_rig_reload(&rig, RULES);
	request(&alice);
	ktap(is_error(&alice, MIKEY_INVALID_CERT, BARE),
	     "refused: without authorities");
	kms_rig_reload(&rig, RULES AUTHORITY(BOTH, ""));
	alice = alice_with("revoked");
	request(&alice);
	ktap(is_ticket(&alice), "without a list nothing is revoked");
	kms_rig_reload(&rig, RULES AUTHORITY(BOTH, CRL));
}

/* -- errors ---------------------------------------------------------------- */

static void test_refused(void)
{
	struct kms_client alice = alice_with("alice");

	request_for(&alice, "evil@b.example", 0);
	ask();
	ktap(is_error(&alice, MIKEY_INVALID_TPPAR, SIGNED),
	     "a refusal is signed");
	alice.sign = MIKEY_SIGN_PSS;
	request_for(&alice, "evil@b.example", 0);
	ask();
	ktap(is_error(&alice, MIKEY_INVALID_TPPAR, SIGNED),
	     "as the request was");
	kms_rig_certify(&rig, "kms-only", "oaep");
	request_for(&alice, "evil@b.example", 0);
	query.said.public.chash = mikey_pki_hash("kms-only");
	need(kms_client_sign(&query, &alice), "REQUEST_INIT_PK");
	ask();
	ktap(is_error(&alice, MIKEY_INVALID_TPPAR, MAC),
	     "or has a MAC, when the server's key may not sign");
	request(&alice);
	ktap(is_error(&alice, MIKEY_INVALID_CERT, BARE),
	     "refused: an envelope for another certificate");
	kms_rig_certify(&rig, "kms", "oaep");
}

static void test_times(void)
{
	struct kms_client alice = alice_with("alice");

	request(&alice);
	ask();
	ktap(is_error(&alice, MIKEY_INVALID_TS, BARE) && rig.kms.replays == 1,
	     "refused: a replay, which costs no signature");
	request_for(&alice, "bob@b.example", 0);
	query.said.t.value -= 60ull << 32;
	need(kms_client_sign(&query, &alice), "REQUEST_INIT_PK");
	ask();
	ktap(is_error(&alice, MIKEY_INVALID_TS, BARE), "refused: an old one");
	query.said.t = kms_client_time();
	query.said.kms = SG_SLICE("kms.b.example");
	need(kms_client_sign(&query, &alice), "REQUEST_INIT_PK");
	ask();
	ktap(is_error(&alice, MIKEY_INVALID_ID, SIGNED),
	     "refused: one for another server");
}

/* RFC 6043 12.1: RSA-3072 has 128 bits. */
static void test_strength(void)
{
	struct kms_client alice = alice_with("alice");

	alice.psk.size = 32;
	request_for(&alice, "bob@b.example", MIKEY_PRF_SHA256);
	ask();
	ktap(is_error(&alice, MIKEY_INVALID_PRF, BARE),
	     "refused: 256 bits over RSA-3072");
	alice.psk.size = 16;
	request_for(&alice, "bob@b.example", 0);
	query.said.rand.size = 16;
	need(kms_client_sign(&query, &alice), "REQUEST_INIT_PK");
	ask();
	ktap(is_ticket(&alice), "a RAND of 16 octets for a key as long");
}

static void test_off(void)
{
	struct kms_client alice = alice_with("alice");
	struct zk_peer *peer = calloc(1, sizeof(*peer));
	struct config_mikey mikey = rig.kms.config.mikey;

	rig.kms.config.mikey = (struct config_mikey){ "", "", "" };
	kms_rig_reload(&rig, NULL);
	request(&alice);
	ktap(is_error(&alice, MIKEY_UNSUPPORTED_MESSAGE, BARE),
	     "refused: without \"mikey\" in the configuration");
	rig.kms.config.mikey = mikey;
	kms_rig_reload(&rig, NULL);
	request_for(&alice, "bob@b.example", 0);
	ktap(kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, query.said.octets,
			 NULL) == 400 &&
	     kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, query.said.octets,
			 peer) == 400,
	     "400: a request for a resolve, and on Zk");
	free(peer);
}

/* -- Ticket Resolve -------------------------------------------------------- */

static void resolve(const struct kms_client *client)
{
	need(kms_client_resolve(&query, client, KMS, &transfer),
	     "RESOLVE_INIT_PK");
	ask();
}

static bool is_resolved(const struct kms_client *client, const char *for_whom)
{
	return rig.status == 200 &&
	       kms_terminal_has(client, &ticket, &query, kms_rig_answer(&rig),
				for_whom);
}

static void get_transfer(void)
{
	struct kms_client alice = alice_with("alice");

	request_for(&alice, "desk@b.example", 0);
	ask();
	if (!is_ticket(&alice))
		ktap_bail_out("no ticket: %s", fault.text);
	need(kms_client_transfer(&transfer, &transfer_octets, &alice, &ticket,
				 SG_SLICE("desk@b.example")), "TRANSFER_INIT");
}

static void test_resolve(void)
{
	struct kms_client bob = client_of("bob", "bob", "bob@b.example");
	struct kms_client alice = alice_with("alice");

	get_transfer();
	resolve(&bob);
	ktap(is_resolved(&bob, "desk@b.example"),
	     "a ticket's keys for who signs, under the name that it is for");
	resolve(&alice);
	ktap(rig.status == 200 && rig.answer.octets[1] == MIKEY_ERROR &&
	     is_logged("no recipient"), "refused: who is no recipient");
}

/* An account may have a certificate, which nobody else need vouch for. */
static void test_account(void)
{
	struct kms_client recorder = client_of("strange", "alice",
					       "recorder@a.example");
	struct kms_client thief = { .identity = recorder.identity,
				    .psk_id = SG_SLICE("recorder"),
				    .psk.size = 32 };

	get_transfer();
	kms_rig_reload(&rig, RULES
		"accounts = ( { id = \"recorder\";"
		"  certificate = \"" MIKEY_PKI "strange.pem\";"
		"  identities = [ \"recorder@a.example\" ];"
		"  resolves = [ \"*@a.example\" ]; },"
		"  { id = \"old\"; certificate = \"" MIKEY_PKI "expired.pem\";"
		"  identities = [ \"old@a.example\" ]; } );");
	resolve(&recorder);
	ktap(is_resolved(&recorder, "recorder@a.example"),
	     "a network function with a certificate");
	need(kms_client_resolve(&query, &thief, KMS, &transfer),
	     "RESOLVE_INIT_PSK");
	kms_rig_ask(&rig, MIKEY_RESOLVE_INIT_PSK, query.said.octets, NULL);
	ktap(is_error(&thief, MIKEY_AUTH_FAILURE, BARE),
	     "which nobody is who has a PSK of zeros and its name");
	recorder = client_of("expired", "alice", "old@a.example");
	resolve(&recorder);
	ktap(is_error(&recorder, MIKEY_INVALID_CERT, BARE),
	     "refused: one whose certificate has expired");
}

/* -- files ----------------------------------------------------------------- */

static bool loads(const char *policy)
{
	struct setup *setup = NULL;
	struct fault why;
	bool ok;

	if (policy)
		kms_rig_file(&rig, "policy", policy);
	ok = !setup_load(&setup, &rig.kms.config, &why);
	if (!ok)
		ktap_note("%s", why.text);
	setup_release(setup);
	return ok;
}

#define NEVER(policy) ktap(!loads(RULES policy), "not taken: %s", policy)

static void test_files(void)
{
	struct config_mikey *mikey = &rig.kms.config.mikey;

	NEVER("accounts = ( { id = \"a\"; identities = [ \"a@a\" ]; } );");
	NEVER("accounts = ( { id = \"a\"; identities = [ \"a@a\" ];"
	      " key_file = \"a\"; certificate = \"b\"; } );");
	NEVER("accounts = ( { id = \"a\"; identities = [ \"a@a\" ];"
	      " certificate = \"" MIKEY_PKI "small.pem\"; } );");
	NEVER("authorities = ( { identities = [ \"*@*\" ]; } );");
	NEVER("authorities = ( { file = \"" MIKEY_PKI "ca.pem\"; } );");
	NEVER("authorities = ( { file = \"" MIKEY_PKI "alice.key\";"
	      " identities = [ \"*@*\" ]; } );");
	NEVER("authorities = ( { file = \"" MIKEY_PKI "ca.pem\";"
	      " crl = \"none\"; identities = [ \"*@*\" ]; } );");
	ktap(loads(RULES AUTHORITY(BOTH, CRL)), "taken: as above");
	snprintf(mikey->certificate, CONFIG_TEXT, MIKEY_PKI "alice.pem");
	ktap(!loads(NULL), "not taken: a certificate of another key");
	snprintf(mikey->certificate, CONFIG_TEXT, MIKEY_PKI "none.pem");
	ktap(!loads(NULL), "not taken: no certificate");
	snprintf(mikey->certificate, CONFIG_TEXT, MIKEY_PKI "kms.pem");
	snprintf(mikey->key, CONFIG_TEXT, "%s/policy", rig.folder);
	ktap(!loads(NULL), "not taken: no key");
}

int main(void)
{
	kms_rig_open(&rig, "kms.a.example", RULES AUTHORITY(BOTH, CRL));
	kms_rig_certify(&rig, "kms", "oaep");
	test_request();
	test_envelopes();
	test_certificates();
	test_identities();
	test_refused();
	test_times();
	test_strength();
	test_off();
	test_resolve();
	test_account();
	test_files();
	kms_rig_close(&rig);
	return ktap_finish();
}
