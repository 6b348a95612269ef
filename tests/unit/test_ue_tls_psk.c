// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS under a ticket: alice offers, bob answers, both derive one key; then
 * handshakes between what tls_psk_open() makes and OpenSSL as others set it.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "lib/base64.h"
#include "lib/mikey_sessions.h"
#include "lib/secret.h"
#include "ue/sessions.h"
#include "ue/tls_psk_context.h"

static struct mikey_call call;
static struct mikey_transfer offer;
static struct mikey_answer answer;
static struct mikey_octets offered, answered;
static struct tls_psk alice, bob;
static struct fault fault;
static struct mikey_fault why;

/* -- the key --------------------------------------------------------------- */

static void need(int err, const char *what)
{
	if (err < 0)
		ktap_bail_out("%s: %d", what, err);
}

static struct sg_slice spi_of(const struct mikey_keys *keys)
{
	const struct mikey_key *tgk = mikey_keys_find(keys, MIKEY_TGK, NULL);

	return (struct sg_slice){ (char *)tgk->spi, tgk->spi_size };
}

static void make_offer(int prf, const char *flags)
{
	mikey_call_begin(&call, prf, prf, false);
	mikey_flags_parse(&call.flags, flags);
	mikey_call_ticket(&call);
	offer = (struct mikey_transfer){
		.prf = prf,
		.csb_id = 0x55667788,
		.t = call.t,
		.rand = mikey_call_rand(&call.rand_i),
		.initiator = SG_SLICE("alice@a.example"),
		.responder = SG_SLICE("bob@b.example"),
		.ticket = mikey_call_slice(&call.ticket),
	};
	need(mikey_policy_parse(&offer.policy, offer.ticket, &why), "policy");
	tls_psk_sessions(&offer.sessions, TLS_PSK_PROTOCOL,
			 spi_of(&call.initiator_keys));
	offered.size = mikey_transfer_print(
		offered.octets, sizeof(offered.octets), &offer,
		&call.initiator_keys.key[0].secret,
		&call.initiator_keys.key[1].secret, NULL);
	need(offered.size, "TRANSFER_INIT");
	need(mikey_transfer_parse(&offer, mikey_call_slice(&offered), &why),
	     "TRANSFER_INIT");
	call.transfer_said = offer;
	mikey_call_resolve(&call);
}

static void make_answer(void)
{
	answer = (struct mikey_answer){
		.t = call.t_late,
		.modifier = call.answer_said.modifier,
	};
	if (call.flags & MIKEY_G)
		answer.rand = mikey_call_rand(&call.rand_r);
	tls_psk_sessions(&answer.sessions, TLS_PSK_PROTOCOL,
			 spi_of(&call.responder_keys));
	answered.size = mikey_answer_print(
		answered.octets, sizeof(answered.octets), &offer, &answer,
		&call.responder_keys.key[1].secret, NULL);
	need(answered.size, "TRANSFER_RESP");
	need(mikey_answer_parse(&answer, &offer, mikey_call_slice(&answered),
				&why), "TRANSFER_RESP");
}

/* What alice makes of the answer. */
static void fork_keys(struct mikey_keys *keys)
{
	struct mikey_keys own;

	*keys = call.initiator_keys;
	need(mikey_derive_forks(keys, 1, call.policy, &answer.modifier),
	     "forks");
	need(mikey_answer_verify(&answer, &offer, &keys->key[1].secret, &own,
				 &why), "TRANSFER_RESP");
}

static void test_key(int prf, const char *flags)
{
	struct mikey_keys forked;

	make_offer(prf, flags);
	make_answer();
	fork_keys(&forked);
	ktap(!tls_psk_check_ticket(&offer.policy, &forked, &fault) &&
	     !tls_psk_check_sessions(&offer.sessions, TLS_PSK_PROTOCOL,
				     &fault) &&
	     !tls_psk_check_sessions(&answer.sessions, TLS_PSK_PROTOCOL,
				     &fault), "a ticket of a call will do");
	ktap(!tls_psk_derive(&alice, &offer, &answer, &forked, &fault) &&
	     !tls_psk_derive(&bob, &offer, &answer, &call.responder_keys,
			     &fault) &&
	     sg_secret_equal(&alice, &bob, sizeof(bob)),
	     "both have the same key and name, PRF %d, flags %s", prf, flags);
	ktap(alice.key.size == (prf ? 32 : 16) &&
	     strlen(alice.identity) == 66 &&
	     !strcmp(alice.identity + 64, ".1"), "of the right size");
	ktap(!tls_psk_derive(&bob, &offer, &answer, &call.initiator_keys,
			     &fault) &&
	     !sg_secret_equal(&alice.key, &bob.key, sizeof(bob.key)),
	     "who has no forked TGK has another key");
	bob = alice;
}

/* Another phone of bob's answers the same offer. */
static void test_forked_call(void)
{
	struct tls_psk first = alice;
	struct mikey_keys forked;

	make_offer(0, "DEFGHIJNO");
	call.bob = SG_SLICE("bert@b.example");
	call.rand_kms.octets[0] ^= 1;
	mikey_call_resolve(&call);
	make_answer();
	fork_keys(&forked);
	tls_psk_derive(&alice, &offer, &answer, &forked, &fault);
	ktap(strcmp(first.identity, alice.identity) &&
	     !sg_secret_equal(&first.key, &alice.key, sizeof(first.key)),
	     "two that answer have names and keys of their own");
	bob = alice;
}

static bool refuses(__u16 flags, const char *word)
{
	struct mikey_policy policy = { .flags = flags };

	return tls_psk_check_ticket(&policy, &call.initiator_keys, &fault) ==
		       -EPERM && strstr(fault.text, word);
}

static void test_refusals(void)
{
	struct mikey_sessions sessions = offer.sessions;
	__u16 good = MIKEY_E | MIKEY_F | MIKEY_G | MIKEY_H | MIKEY_I;

	ktap(refuses(good & ~MIKEY_I, "flag I") &&
	     refuses(good & ~MIKEY_F, "flag F") &&
	     refuses(MIKEY_E | MIKEY_F | MIKEY_I, "flag G nor H"),
	     "tickets whose flags do not go with it");
	call.initiator_keys.key[2].kind = MIKEY_GTGK;
	ktap(refuses(good, "no TGK"), "a ticket without TGK");
	sessions.sps = 1;
	ktap(tls_psk_check_sessions(&sessions, TLS_PSK_PROTOCOL, &fault) ==
		     -EINVAL && strstr(fault.text, "policies"),
	     "a security policy");
	sessions = offer.sessions;
	ktap(tls_psk_check_sessions(&sessions, TLS_PSK_PROTOCOL + 1, &fault) ==
		     -EINVAL, "another protocol");
	sessions.css = 2;
	ktap(tls_psk_check_sessions(&sessions, TLS_PSK_PROTOCOL, &fault) ==
		     -EINVAL, "two crypto sessions");
	answer.sessions.cs[0].spi = SG_SLICE("other");
	ktap(tls_psk_derive(&bob, &offer, &answer, &call.responder_keys,
			    &fault) == -EINVAL && !bob.key.size,
	     "a key that the ticket does not have");
	bob = alice;
}

static void test_line(void)
{
	char key[SG_BASE64_SIZE(MIKEY_KEY_MAX) + 1] = "", line[256];
	struct tls_psk read;

	sg_base64_encode(key, alice.key.octets, alice.key.size);
	snprintf(line, sizeof(line), "%s %s\n", alice.identity, key);
	ktap(!tls_psk_parse(&read, sg_slice_of(line), &fault) &&
	     sg_secret_equal(&read.key, &alice.key, sizeof(read.key)) &&
	     !strcmp(read.identity, alice.identity), "a line has it all");
	ktap(tls_psk_parse(&read, SG_SLICE("a b"), &fault) == -EINVAL &&
	     tls_psk_parse(&read, SG_SLICE("a"), &fault) == -EINVAL &&
	     tls_psk_parse(&read, SG_SLICE(""), &fault) == -EINVAL &&
	     !read.key.size, "another has not");
}

/* -- descriptions ---------------------------------------------------------- */

#define MSRP "v=0\nm=message 2855 TCP/TLS/MSRP *\n"
#define AUDIO2 "m=audio 0 RTP/SAVP 0\n"
#define AUDIO "v=0\nm=audio 5004 RTP/SAVP 0\n"

static const struct config config = {
	.suite = { SG_SUITE_AES_CM_128_HMAC_SHA1_80 },
	.suites = 1,
	.tls.protocol = TLS_PSK_PROTOCOL,
};

static const struct sdp *sdp_of(const char *text)
{
	static struct description description;

	need(description_read(&description, sg_slice_of(text), &fault), text);
	return &description.sdp;
}

static void test_descriptions(void)
{
	static struct sessions_memory memory;
	static struct mikey_sessions said, back;

	need(sessions_offer(&said, &memory, &config, sdp_of(MSRP),
			    SG_SLICE("spi"), &fault), "offer");
	ktap(said.css == 1 && !said.sps && !said.cs[0].policies.size &&
	     said.cs[0].protocol == TLS_PSK_PROTOCOL &&
	     sg_slice_is(said.cs[0].spi, "spi"),
	     "MSRP is offered as one crypto session without policies");
	ktap(!sessions_check(&said, &config, sdp_of(MSRP), &fault) &&
	     sessions_check(&said, &config, sdp_of(AUDIO), &fault),
	     "which is what it must have, and RTP not");
	said.cs[0].id = 5;
	ktap(!sessions_answer(&back, &memory, &config, &said, &fault) &&
	     back.css == 1 && back.cs[0].id == 5 &&
	     !mikey_sessions_check(&back, &said, &why),
	     "and what is answered");
	ktap(!sessions_check_answer(&said, sdp_of(MSRP AUDIO2 AUDIO2),
				    &fault) &&
	     sessions_check_answer(&said, sdp_of(AUDIO AUDIO2 AUDIO2), &fault),
	     "by MSRP, not by RTP");
	need(sessions_offer(&said, &memory, &config, sdp_of(AUDIO),
			    SG_SLICE("spi"), &fault), "offer");
	ktap(sessions_check(&said, &config, sdp_of(MSRP), &fault) &&
	     sessions_check_answer(&said, sdp_of(MSRP), &fault),
	     "nor RTP by MSRP");
}

/* -- handshakes ------------------------------------------------------------ */

static SSL *client, *server;

static void end(SSL_CTX *a, SSL_CTX *b)
{
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(a);
	SSL_CTX_free(b);
}

/* Joins both by memory, and shakes hands as long as there is progress. */
static bool shake(SSL_CTX *a, SSL_CTX *b)
{
	BIO *left, *right;
	int done_a = 0, done_b = 0;

	client = SSL_new(a);
	server = SSL_new(b);
	BIO_new_bio_pair(&left, 0, &right, 0);
	SSL_set_bio(client, left, left);
	SSL_set_bio(server, right, right);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 10; i++) {
		done_a = SSL_do_handshake(client);
		done_b = SSL_do_handshake(server);
	}
	return done_a == 1 && done_b == 1;
}

static void pin(SSL_CTX *context, int version)
{
	SSL_CTX_set_min_proto_version(context, version);
	SSL_CTX_set_max_proto_version(context, version);
}

static void test_session(int version, const char *name)
{
	SSL_CTX *a = tls_psk_open(&alice, false, false, &fault);
	SSL_CTX *b = tls_psk_open(&bob, true, false, &fault);
	char text[8] = "";

	pin(a, version);
	ktap(shake(a, b) && SSL_version(client) == version &&
	     !tls_psk_check(client, &fault) && !tls_psk_check(server, &fault),
	     "a session of %s", name);
	ktap_note("%s", SSL_get_cipher(client));
	ktap(SSL_write(client, "hello", 5) == 5 &&
	     SSL_read(server, text, sizeof(text)) == 5 &&
	     !strcmp(text, "hello"), "carries octets");
	end(a, b);
}

/* In each version, of those that have a PSK. */
static bool fails(struct tls_psk *left, struct tls_psk *right)
{
	bool failed = true;

	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION;
	     version++) {
		SSL_CTX *a = tls_psk_open(left, false, false, &fault);
		SSL_CTX *b = tls_psk_open(right, true, false, &fault);

		pin(a, version);
		failed &= !shake(a, b);
		end(a, b);
	}
	return failed;
}

static void test_wrong_keys(void)
{
	struct tls_psk other = bob;

	other.key.octets[15] ^= 1;
	ktap(fails(&alice, &other), "another key fails");
	other = bob;
	other.identity[0] ^= 1;
	ktap(fails(&alice, &other), "another name fails");
	ktap(fails(&other, &alice), "on either side");
}

static bool plain_works(bool client_plain, bool server_plain)
{
	SSL_CTX *a = tls_psk_open(&alice, false, client_plain, &fault);
	SSL_CTX *b = tls_psk_open(&bob, true, server_plain, &fault);
	bool done;

	pin(a, TLS1_2_VERSION);
	if (client_plain)
		SSL_CTX_set_cipher_list(a, "PSK-AES128-CBC-SHA");
	done = shake(a, b) && !tls_psk_check(client, &fault) &&
	       !tls_psk_check(server, &fault);
	end(a, b);
	return done;
}

/* A server with a certificate, which alice does not ask for. */
static SSL_CTX *with_certificate(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();

	X509_set_pubkey(certificate, key);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_sign(certificate, key, EVP_sha256());
	SSL_CTX_use_certificate(context, certificate);
	SSL_CTX_use_PrivateKey(context, key);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return context;
}

static void test_profile(void)
{
	SSL_CTX *a = tls_psk_open(&alice, false, false, &fault);
	SSL_CTX *b = with_certificate();

	ktap(!shake(a, b), "a server with a certificate instead is refused");
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_set_verify(a, SSL_VERIFY_NONE, NULL);
	ktap(shake(a, b) && tls_psk_check(client, &fault) == -EACCES,
	     "and would be by what is checked afterwards");
	end(a, b);
	ktap(plain_works(true, true), "without forward secrecy, when allowed");
	ktap(!plain_works(true, false), "not when it is not");
	a = tls_psk_open(&alice, false, false, &fault);
	b = tls_psk_open(&bob, true, false, &fault);
	pin(b, TLS1_1_VERSION);
	ktap(!shake(a, b), "TLS 1.1 is refused");
	end(a, b);
}

int main(void)
{
	test_key(0, "DEFGHIJNO");
	test_key(1, "DEFGHIJNO");
	test_key(0, "DEFHIJNO");
	test_key(0, "DEFGIJNO");
	test_forked_call();
	test_refusals();
	test_line();
	test_descriptions();
	test_session(TLS1_2_VERSION, "TLS 1.2");
	test_session(TLS1_3_VERSION, "TLS 1.3");
	test_wrong_keys();
	test_profile();
	tls_psk_wipe(&alice);
	ktap(!alice.key.octets[0] && !*alice.identity, "wiped");
	return ktap_finish();
}
