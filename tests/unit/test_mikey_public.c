// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 6043's public-key variants: whole exchanges to the octet as
 * reference_pk.py has them, certificates that are not taken, envelopes that
 * are no envelopes, and every message with every octet changed.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "../lib/mikey_pki.h"
#include "../lib/vectors.h"
#include "lib/mikey_certificate.h"
#include "lib/mikey_signer.h"
#include "lib/mikey_wire.h"
#include "lib/private_file.h"
#include "lib/secret.h"

#define DATA "tests/unit/data/mikey/"
#define KMS SG_SLICE("kms.a.example")

static struct vectors vectors;
static struct mikey_call call;
static struct mikey_fault fault;

static struct sg_slice vector(const char *name)
{
	return vectors_get(&vectors, name);
}

static struct mikey_secret secret_of(struct sg_slice octets)
{
	struct mikey_secret secret = { .size = octets.size };

	memcpy(secret.octets, octets.at, octets.size);
	return secret;
}

/* -- who signed ------------------------------------------------------------ */

/* What a KMS does with the certificates and the signature. */
static int prove(const struct mikey_query *query)
{
	X509 *chain[MIKEY_CERTIFICATES_MAX] = { NULL };
	int count = query->public.certificates;
	int err = count ? 0 : mikey_fail(&fault, -ENOENT, MIKEY_INVALID_CERT,
					 "there is no certificate");

	for (int i = 0; i < count && !err; i++)
		err = mikey_certificate_parse(
			&chain[i], query->public.certificate[i], &fault);
	if (!err)
		err = mikey_certificate_may(chain[0], MIKEY_USE_USER, &fault);
	if (!err)
		err = mikey_certificate_check(mikey_pki_trust(true), chain,
					      count, MIKEY_PKI_TIME, &fault);
	if (!err)
		err = mikey_query_verify_sign(query, X509_get0_pubkey(chain[0]),
					      &fault);
	for (int i = 0; i < count; i++)
		X509_free(chain[i]);
	return err;
}

static int judge_query(struct sg_slice octets)
{
	struct mikey_query query;
	int err = mikey_query_parse(&query, octets, &fault);

	return err ? err : prove(&query);
}

static bool opens(const struct mikey_query *query, enum mikey_envelope kind,
		  const char *name)
{
	struct mikey_secret got = { .size = 32 }, wanted;

	wanted = secret_of(vector(name));
	return !mikey_envelope_open(&got, mikey_pki_key("kms"), kind,
				    query->public.envelope, 16) &&
	       got.size == wanted.size &&
	       sg_secret_equal(got.octets, wanted.octets, got.size);
}

/* -- a run ----------------------------------------------------------------- */

struct run {
	const char *file;
	enum mikey_sign sign;
	enum mikey_envelope envelope;
};

/* Reads the message of @name, proves it, and writes it again. */
static void test_query(const struct run *run, const char *name, const char *who,
		       const char *envelope, struct mikey_query *query)
{
	struct mikey_secret key = secret_of(vector(envelope));
	__u8 octets[4096];
	int size;

	ktap(!mikey_query_parse(query, vector(name), &fault) &&
	     !prove(query) && !query->psk_id.size &&
	     sg_slice_equal(query->public.certificate[0],
			    mikey_pki_der(who)) &&
	     query->public.hash == MIKEY_HASH_SHA256 &&
	     sg_slice_equal(query->public.chash, mikey_pki_hash("kms")) &&
	     query->public.sign == run->sign, "%s: %s is who he says",
	     run->file, name);
	ktap(opens(query, run->envelope, envelope), "%s: its envelope opens",
	     run->file);
	size = mikey_query_sign(octets, sizeof(octets), query, &key,
				mikey_pki_key(who));
	if (run->sign == MIKEY_SIGN_PKCS1)
		ktap(vectors_same(&vectors, name, octets, size), "%s: %s",
		     run->file, name);
	else
		ktap(size == (int)vector(name).size &&
		     !judge_query(mikey_slice(octets, size)),
		     "%s: %s, as its signature is salted", run->file, name);
}

static void test_reply(const struct run *run, const char *name,
		       const struct mikey_query *query, const char *envelope,
		       struct mikey_reply *reply)
{
	struct mikey_secret key = secret_of(vector(envelope));
	__u8 octets[4096];
	int size = mikey_reply_print(octets, sizeof(octets), query, reply,
				     &key);

	ktap(vectors_same(&vectors, name, octets, size), "%s: %s", run->file,
	     name);
	ktap(!mikey_reply_parse(reply, query, vector(name), &key, &fault),
	     "%s: %s is its answer", run->file, name);
}

static void test_errors(const struct run *run, const struct mikey_query *query)
{
	struct mikey_secret key = secret_of(vector("envelope_a"));
	struct mikey_rands rands = { .initiator = query->rand };
	EVP_PKEY *kms = mikey_pki_key("kms");
	struct mikey_trouble trouble;
	__u8 octets[1024];
	int size;

	ktap(!mikey_trouble_parse(&trouble, vector("ERROR_mac"), &fault) &&
	     !trouble.is_signed &&
	     !mikey_trouble_verify(&trouble, &key, MIKEY_PHASE_INIT, &rands,
				   &fault) &&
	     mikey_trouble_verify_sign(&trouble, kms, &fault) == -EBADMSG,
	     "%s: an Error with a MAC", run->file);
	ktap(!mikey_trouble_parse(&trouble, vector("ERROR_signed"), &fault) &&
	     trouble.has_tag && trouble.is_signed &&
	     trouble.error[0] == MIKEY_INVALID_TPPAR &&
	     !mikey_trouble_verify_sign(&trouble, kms, &fault) &&
	     mikey_trouble_verify(&trouble, &key, MIKEY_PHASE_INIT, &rands,
				  &fault) == -EBADMSG,
	     "%s: a signed Error", run->file);
	size = mikey_trouble_sign(octets, sizeof(octets), &trouble, kms);
	ktap(run->sign == MIKEY_SIGN_PSS ?
		     size == (int)trouble.octets.size :
		     vectors_same(&vectors, "ERROR_signed", octets, size),
	     "%s: and again", run->file);
	ktap(!mikey_trouble_parse(&trouble, mikey_slice(octets, size),
				  &fault) &&
	     mikey_trouble_verify_sign(&trouble, mikey_pki_key("bob"),
				       &fault) == -EBADMSG,
	     "%s: of which nobody else is the author", run->file);
}

static void test_run(const struct run *run)
{
	struct mikey_reply reply = { .t = { MIKEY_NTP_UTC,
					    0xcfbf2d0140000000 } };
	struct mikey_query query;
	char path[64];

	snprintf(path, sizeof(path), DATA "%s.txt", run->file);
	vectors_load(&vectors, path);
	mikey_call_begin(&call, 0, 0, false);
	mikey_call_ticket(&call);
	mikey_call_transfer(&call);
	test_query(run, "REQUEST_INIT_PK", "alice", "envelope_a", &query);
	reply.kms = KMS;
	reply.ticket = mikey_call_slice(&call.ticket);
	reply.keys = call.initiator_keys;
	test_reply(run, "REQUEST_RESP", &query, "envelope_a", &reply);
	test_errors(run, &query);
	test_query(run, "RESOLVE_INIT_PK", "bob", "envelope_b", &query);
	reply.ticket = (struct sg_slice){ "", 0 };
	reply.modifier.id = call.bob;
	reply.modifier.rand = mikey_call_rand(&call.rand_kms);
	reply.keys = call.initiator_keys;
	mikey_derive_forks(&reply.keys, 1, call.policy, &reply.modifier);
	test_reply(run, "RESOLVE_RESP", &query, "envelope_b", &reply);
	ktap(sg_slice_equal(query.body, vector("ticket")) &&
	     sg_slice_equal(query.initiator_data,
			    call.transfer_said.initiator_data),
	     "%s: the ticket is the same in all", run->file);
	vectors_free(&vectors);
}

/* -- certificates ---------------------------------------------------------- */

/* What becomes of a message that names @names, the first its signer. */
static int judge_chain(const char *const *names, bool revoked, __s64 now)
{
	X509 *chain[4] = { NULL };
	int count = 0, err;

	while (count < 4 && names[count]) {
		chain[count] = mikey_pki_certificate(names[count]);
		count++;
	}
	err = mikey_certificate_may(chain[0], MIKEY_USE_USER, &fault);
	return err ? err : mikey_certificate_check(mikey_pki_trust(revoked),
						   chain, count, now, &fault);
}

static void test_certificates(void)
{
	static const struct {
		const char *names[4];
		bool revoked, good;
		__s64 now;
		const char *title;
	} rows[] = {
		{ { "alice" }, false, true, MIKEY_PKI_TIME, "his own" },
		{ { "alice" }, true, true, MIKEY_PKI_TIME, "not revoked" },
		{ { "below", "sub" }, true, true, MIKEY_PKI_TIME,
		  "through another" },
		{ { "below", "bob", "sub" }, true, true, MIKEY_PKI_TIME,
		  "with one too many" },
		{ { "revoked" }, false, true, MIKEY_PKI_TIME,
		  "revoked, but nobody knows" },
		{ { "revoked" }, true, false, MIKEY_PKI_TIME, "revoked" },
		{ { "below" }, true, false, MIKEY_PKI_TIME, "a gap" },
		{ { "alice" }, false, false, 1500000000, "too early" },
		{ { "alice" }, false, false, 7200000000, "too late" },
		{ { "alice" }, true, false, 7200000000, "an old list" },
		{ { "expired" }, false, false, MIKEY_PKI_TIME, "expired" },
		{ { "strange" }, false, false, MIKEY_PKI_TIME,
		  "of an unknown authority" },
		{ { "strange", "foreign" }, false, false, MIKEY_PKI_TIME,
		  "which vouches for itself" },
		{ { "child", "bob" }, false, false, MIKEY_PKI_TIME,
		  "below who is no authority" },
		{ { "use" }, false, false, MIKEY_PKI_TIME, "key usage" },
		{ { "purpose" }, false, false, MIKEY_PKI_TIME,
		  "extended key usage" },
		{ { "small" }, false, false, MIKEY_PKI_TIME, "RSA-2048" },
		{ { "curve" }, false, false, MIKEY_PKI_TIME, "ECDSA" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = judge_chain(rows[i].names, rows[i].revoked,
				      rows[i].now);

		ktap(rows[i].good ? !err :
				    err < 0 && fault.error == MIKEY_INVALID_CERT,
		     "%s: %s", rows[i].good ? "taken" : "refused",
		     rows[i].title);
	}
	ktap(!mikey_certificate_may(mikey_pki_certificate("kms"), MIKEY_USE_KMS,
				    &fault) &&
	     !mikey_certificate_may(mikey_pki_certificate("kms"),
				    MIKEY_USE_KMS_SIGN, &fault) &&
	     !mikey_certificate_may(mikey_pki_certificate("kms-only"),
				    MIKEY_USE_KMS, &fault) &&
	     mikey_certificate_may(mikey_pki_certificate("kms-only"),
				   MIKEY_USE_KMS_SIGN, &fault) < 0 &&
	     mikey_certificate_may(mikey_pki_certificate("alice"),
				   MIKEY_USE_KMS, &fault) < 0,
	     "what a KMS's key is for");
	ktap(!mikey_certificate_check_time(mikey_pki_certificate("alice"),
					   MIKEY_PKI_TIME, &fault) &&
	     mikey_certificate_check_time(mikey_pki_certificate("expired"),
					  MIKEY_PKI_TIME, &fault) < 0 &&
	     mikey_certificate_check_time(mikey_pki_certificate("alice"),
					  1500000000, &fault) < 0,
	     "times of one that nobody vouches for");
}

static void append(void *arg, struct sg_slice identity)
{
	strncat(arg, identity.at, identity.size);
	strcat(arg, " ");
}

static bool names(const char *certificate, const char *wanted)
{
	char text[256] = "";

	mikey_certificate_names(mikey_pki_certificate(certificate), append,
				text);
	return !strcmp(text, wanted);
}

static void test_names(void)
{
	ktap(names("alice", "alice@a.example "), "a SIP URI");
	ktap(names("bob", "bob@b.example desk@b.example "),
	     "an e-mail address, and a URI");
	ktap(names("nameless", "") && names("group", "") && names("ca", ""),
	     "no host, no group, no telephone");
}

static void test_hashes(void)
{
	X509 *kms = mikey_pki_certificate("kms");
	__u8 hash[MIKEY_FINGERPRINT];

	ktap(mikey_certificate_hash(kms, MIKEY_HASH_SHA1, hash) == 20 &&
	     mikey_certificate_hash(kms, MIKEY_HASH_SHA256, hash) == 32 &&
	     mikey_certificate_hash(kms, MIKEY_HASH_MD5, hash) == -ENOTSUP,
	     "hashes of a certificate");
}

static void test_files(void)
{
	struct sg_slice der = mikey_pki_der("alice");
	char longer[4096] = { 0 };
	X509_STORE *trust;
	struct fault why;
	X509 *read;

	memcpy(longer, der.at, der.size);
	ktap(mikey_certificate_parse(&read, (struct sg_slice){
					longer, der.size + 1 }, &fault) < 0 &&
	     !read && fault.error == MIKEY_INVALID_CERT &&
	     mikey_certificate_parse(&read, (struct sg_slice){
					longer, der.size - 1 }, &fault) < 0 &&
	     mikey_certificate_parse(&read, (struct sg_slice){ "", 0 },
				     &fault) < 0,
	     "refused: octets that are no certificate");
	ktap(mikey_trust_load(&trust, MIKEY_PKI "alice.key", "", &why) < 0 &&
	     mikey_trust_load(&trust, MIKEY_PKI "none.pem", "", &why) < 0 &&
	     mikey_trust_load(&trust, MIKEY_PKI "ca.pem", MIKEY_PKI "ca.pem",
			      &why) < 0 &&
	     mikey_certificate_load(&read, MIKEY_PKI "crl.pem", &why) < 0 &&
	     strstr(why.text, "crl.pem"), "and files without any");
}

/* -- envelopes ------------------------------------------------------------- */

static struct mikey_secret filled(__u8 octet, size_t size)
{
	struct mikey_secret secret = { .size = size };

	memset(secret.octets, octet, sizeof(secret.octets));
	return secret;
}

/* Is it @wanted that comes out, and returned 0? */
static bool comes_out(const __u8 *data, enum mikey_envelope kind, size_t least,
		      size_t most, const struct mikey_secret *wanted)
{
	struct mikey_secret got = filled(0xee, most);

	return !mikey_envelope_open(&got, mikey_pki_key("kms"), kind,
				    mikey_slice(data, 384), least) &&
	       got.size == wanted->size &&
	       sg_secret_equal(got.octets, wanted->octets, got.size);
}

/* Nobody can tell a wrong envelope from a right one: a random key is in it. */
static void test_envelope(enum mikey_envelope kind, const char *name)
{
	static const __u8 sizes[] = { 16, 17, 20, 24, 31, 32 };
	struct mikey_secret random = filled(0xee, 32), key;
	enum mikey_envelope other = !kind;
	__u8 data[MIKEY_RSA_MAX];
	int good = 0, kept = 0;

	for (size_t i = 0; i < sizeof(sizes); i++) {
		key = filled(0x40 + i, sizes[i]);
		mikey_envelope_seal(data, mikey_pki_key("kms"), kind, &key);
		good += comes_out(data, kind, 16, 32, &key);
	}
	ktap(good == sizeof(sizes), "%s: keys of 16 to 32 octets", name);
	ktap(comes_out(data, kind, 32, 32, &key) &&
	     comes_out(data, other, 16, 32, &random), "%s: not by the other",
	     name);
	random.size = 31;
	ktap(comes_out(data, kind, 16, 31, &random), "%s: not one too long",
	     name);
	random.size = 32;
	key.size = 16;
	mikey_envelope_seal(data, mikey_pki_key("kms"), kind, &key);
	ktap(comes_out(data, kind, 17, 32, &random), "%s: not one too short",
	     name);
	key.size = 15;
	mikey_envelope_seal(data, mikey_pki_key("kms"), kind, &key);
	ktap(comes_out(data, kind, 16, 32, &random),
	     "%s: not one of less than 128 bits", name);
	for (int i = 0; i < 384; i += 7) {
		data[i] ^= 1;
		kept += comes_out(data, kind, 16, 32, &random);
		data[i] ^= 1;
	}
	ktap(kept == 55, "%s: with any octet changed there is another in it",
	     name);
}

/* The block as it is, without padding. */
static void encrypt_block(__u8 data[384], const __u8 block[384])
{
	EVP_PKEY_CTX *rsa = EVP_PKEY_CTX_new_from_pkey(
		NULL, mikey_pki_key("kms"), NULL);
	size_t size = 384;

	if (EVP_PKEY_encrypt_init(rsa) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_NO_PADDING) <= 0 ||
	    EVP_PKEY_encrypt(rsa, data, &size, block, 384) <= 0)
		ktap_bail_out("RSA");
	EVP_PKEY_CTX_free(rsa);
}

/* RFC 8017 7.2.1, and what an oracle would tell from it. */
static void test_blocks(void)
{
	static const struct {
		__u8 first, second;
		int zero[2];	/* octets behind them */
		int size;	/* of the key; 0: none */
		const char *name;
	} rows[] = {
		{ 0, 2, { 16 }, 16, "16 octets" },
		{ 0, 2, { 32 }, 32, "32 octets" },
		{ 0, 2, { 20, 16 }, 20, "a key with a zero in it" },
		{ 0, 1, { 16 }, 0, "a signature's block" },
		{ 0, 0, { 16 }, 0, "zeros for padding" },
		{ 1, 2, { 16 }, 0, "an octet before it" },
		{ 0, 2, { 15 }, 0, "15 octets" },
		{ 0, 2, { 33 }, 0, "33 octets" },
		{ 0, 2, { 0 }, 0, "no octets" },
		{ 0, 2, { 381, 16 }, 0, "no padding" },
		{ 0, 2, { -1 }, 0, "nothing but padding" },
	};
	__u8 block[384], data[384];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mikey_secret wanted = filled(0xee, 32);

		memset(block, 0x55, sizeof(block));
		block[0] = rows[i].first;
		block[1] = rows[i].second;
		for (int z = 0; z < 2; z++)
			if (rows[i].zero[z] >= 0 && (!z || rows[i].zero[z]))
				block[383 - rows[i].zero[z]] = 0;
		encrypt_block(data, block);
		if (rows[i].size) {
			wanted.size = rows[i].size;
			memcpy(wanted.octets, block + 384 - wanted.size,
			       wanted.size);
		}
		ktap(comes_out(data, MIKEY_ENVELOPE_PKCS1, 16, 32, &wanted),
		     "%s: %s", rows[i].size ? "opened" : "not opened",
		     rows[i].name);
	}
}

static void test_envelope_sizes(void)
{
	EVP_PKEY *kms = mikey_pki_key("kms");
	struct mikey_secret key = filled(0xee, 32);
	__u8 data[385];
	int sizes[] = { 0, 1, 383, 385 }, refused = 0;

	memset(data, 0xff, sizeof(data));
	for (int i = 0; i < 4; i++)
		refused += mikey_envelope_open(&key, kms, MIKEY_ENVELOPE_OAEP,
					       mikey_slice(data, sizes[i]),
					       16) == -EINVAL;
	ktap(refused == 4, "refused: an envelope for a key of another size");
	ktap(mikey_envelope_open(&key, kms, MIKEY_ENVELOPE_PKCS1,
				 mikey_slice(data, 384), 16) == -EINVAL,
	     "refused: a number beyond the modulus");
	data[0] = 0;
	ktap(mikey_envelope_open(&key, kms, MIKEY_ENVELOPE_OAEP,
				 mikey_slice(data, 384), 33) == -EINVAL,
	     "refused: a RAND shorter than the key must be");
}

/* -- keys ------------------------------------------------------------------ */

static void test_keys(void)
{
	struct sg_slice part = SG_SLICE("message");
	__u8 signature[MIKEY_RSA_MAX], again[MIKEY_RSA_MAX];
	EVP_PKEY *alice = mikey_pki_key("alice");

	ktap(mikey_rsa_size(alice) == 384 && mikey_rsa_strength(alice) == 128 &&
	     mikey_rsa_size(mikey_pki_key("weak")) == -EKEYREJECTED &&
	     mikey_rsa_size(mikey_pki_key("curve")) == -ENOTSUP,
	     "RSA-3072 has 128 bits, RSA-2048 has less, P-256 is none");
	ktap(mikey_sign(mikey_pki_key("weak"), 0, &part, 1, signature) < 0 &&
	     mikey_sign(mikey_pki_key("curve"), 0, &part, 1, signature) < 0 &&
	     mikey_sign(alice, 2, &part, 1, signature) == -ENOTSUP,
	     "not signed: with those, or by ECCSI");
	mikey_sign(alice, MIKEY_SIGN_PSS, &part, 1, signature);
	mikey_sign(alice, MIKEY_SIGN_PSS, &part, 1, again);
	ktap(memcmp(signature, again, 384) &&
	     !mikey_sign_check(alice, MIKEY_SIGN_PSS, &part, 1,
			       mikey_slice(again, 384), &fault) &&
	     mikey_sign_check(alice, MIKEY_SIGN_PKCS1, &part, 1,
			      mikey_slice(again, 384), &fault) == -EBADMSG &&
	     fault.error == MIKEY_AUTH_FAILURE &&
	     mikey_sign_check(alice, 2, &part, 1, mikey_slice(again, 384),
			      &fault) == -ENOTSUP,
	     "PSS is salted, and not the other");
}

/* -- who asks --------------------------------------------------------------- */

static char folder[] = "/tmp/srtpgate-signer-XXXXXX";

/* A file of the folder with what is in those of mikey_pki.h, mode 0600. */
static const char *copy(const char *name, const char *one, const char *other)
{
	static char path[2][64];
	static int next;
	char *to = path[next++ & 1], text[16384] = "";
	const char *from[] = { one, other };
	size_t size = 0;

	for (int i = 0; i < 2 && from[i]; i++) {
		char source[128];
		FILE *file;

		snprintf(source, sizeof(source), MIKEY_PKI "%s", from[i]);
		file = fopen(source, "r");
		if (!file)
			ktap_bail_out("%s cannot be read", source);
		size += fread(text + size, 1, sizeof(text) - size, file);
		fclose(file);
	}
	snprintf(to, sizeof(path[0]), "%s/%s", folder, name);
	if (private_file_write(to, text, size, &(struct fault){ 0 }))
		ktap_bail_out("%s cannot be written", to);
	return to;
}

static bool signer_loads(const char *certificate, const char *key,
			 const char *kms, __s64 now)
{
	const struct mikey_signer_files files = { certificate, key, kms };
	struct mikey_signer signer;
	struct fault why;

	if (!mikey_signer_load(&signer, &files, now, &why)) {
		mikey_signer_free(&signer);
		return true;
	}
	ktap_note("%s", why.text);
	return false;
}

static void test_signer_files(const char *key)
{
	const char *alice = MIKEY_PKI "alice.pem", *kms = MIKEY_PKI "kms.pem";

	ktap(!signer_loads(alice, copy("other", "bob.key", NULL), kms,
			   MIKEY_PKI_TIME), "not taken: another's key");
	ktap(!signer_loads(alice, copy("other", "alice.pem", NULL), kms,
			   MIKEY_PKI_TIME),
	     "not taken: a file without a key");
	ktap(!signer_loads(MIKEY_PKI "use.pem", key, kms, MIKEY_PKI_TIME) &&
	     !signer_loads(MIKEY_PKI "none.pem", key, kms, MIKEY_PKI_TIME),
	     "not taken: a certificate for another use, or none");
	ktap(!signer_loads(alice, key, alice, MIKEY_PKI_TIME) &&
	     !signer_loads(alice, key, kms, 7200000000),
	     "not taken: who is no server, or was one");
	chmod(key, 0640);
	ktap(!signer_loads(alice, key, kms, MIKEY_PKI_TIME),
	     "not taken: a key that others may read");
	chmod(key, 0600);
	unlink(copy("other", "bob.key", NULL));
}

static void test_signer(void)
{
	const char *key, *chain;
	struct mikey_signer_files files = { .kms = MIKEY_PKI "kms.pem" };
	struct mikey_secret sent = filled(0x77, 32), got = filled(0xee, 32);
	struct mikey_signer signer;
	struct mikey_query query;
	struct fault why;
	__u8 octets[8192];
	int size;

	if (!mkdtemp(folder))
		ktap_bail_out("no folder in /tmp");
	files.certificate = chain = copy("chain", "below.pem", "sub.pem");
	files.key = key = copy("key", "alice.key", NULL);
	mikey_query_parse(&query, vector("REQUEST_INIT_PK"), &fault);
	query.type = MIKEY_REQUEST_INIT_PSK;
	if (mikey_signer_load(&signer, &files, MIKEY_PKI_TIME, &why))
		ktap_bail_out("%s", why.text);
	signer.public.sign = MIKEY_SIGN_PSS;
	size = mikey_signer_print(octets, sizeof(octets), &signer, &query,
				  &sent);
	ktap(query.type == MIKEY_REQUEST_INIT_PK &&
	     !mikey_query_parse(&query, mikey_slice(octets, size), &fault) &&
	     query.public.certificates == 2 && !prove(&query) &&
	     query.public.sign == MIKEY_SIGN_PSS &&
	     sg_slice_equal(query.public.chash, mikey_pki_hash("kms")),
	     "who asks sends all certificates that it takes");
	mikey_envelope_open(&got, mikey_pki_key("kms"), signer.envelope,
			    query.public.envelope, 16);
	ktap(got.size == 32 && sg_secret_equal(got.octets, sent.octets, 32),
	     "and a key for the answer");
	mikey_signer_free(&signer);
	unlink(chain);
	test_signer_files(copy("key", "alice.key", NULL));
	unlink(copy("key", "alice.key", NULL));
	rmdir(folder);
}

/* -- every octet ----------------------------------------------------------- */

static struct mikey_query asked;
static struct mikey_secret envelope;

static int judge_reply(struct sg_slice octets)
{
	struct mikey_reply reply;

	return mikey_reply_parse(&reply, &asked, octets, &envelope, &fault);
}

static int judge_error(struct sg_slice octets)
{
	struct mikey_trouble trouble;
	int err = mikey_trouble_parse(&trouble, octets, &fault);

	return err ? err :
		     mikey_trouble_verify_sign(&trouble, mikey_pki_key("kms"),
					       &fault);
}

/* Each bit of each octet: RSA is slow. */
static void test_mutations(const char *name, int (*judge)(struct sg_slice))
{
	static char octets[4096];
	struct sg_slice whole = vector(name);
	int accepted = 0, strange = 0;

	memcpy(octets, whole.at, whole.size);
	ktap(!judge((struct sg_slice){ octets, whole.size }),
	     "%s is accepted as it is", name);
	for (size_t i = 0; i < whole.size; i++)
		for (int bit = 0; bit < 8; bit++) {
			int err;

			octets[i] ^= 1 << bit;
			fault.text = NULL;
			err = judge((struct sg_slice){ octets, whole.size });
			octets[i] ^= 1 << bit;
			accepted += !err;
			strange += err > 0 || !fault.text;
			if (!err)
				ktap_note("octet %zu, bit %d", i, bit);
		}
	ktap(!accepted && !strange, "%s with any bit of %zu octets changed is not",
	     name, whole.size);
}

static void test_all_mutations(void)
{
	vectors_load(&vectors, DATA "pk-pkcs1-oaep.txt");
	test_mutations("REQUEST_INIT_PK", judge_query);
	test_mutations("RESOLVE_INIT_PK", judge_query);
	test_mutations("ERROR_signed", judge_error);
	mikey_query_parse(&asked, vector("REQUEST_INIT_PK"), &fault);
	envelope = secret_of(vector("envelope_a"));
	test_mutations("REQUEST_RESP", judge_reply);
	mikey_query_parse(&asked, vector("RESOLVE_INIT_PK"), &fault);
	envelope = secret_of(vector("envelope_b"));
	test_mutations("RESOLVE_RESP", judge_reply);
}

/* -- what is refused before anything is proven ----------------------------- */

static struct mikey_message message;
static struct mikey_query parsed;

static struct mikey_payload *payload(enum mikey_payload_type type)
{
	for (int i = 0; i < message.payloads; i++)
		if (message.payload[i].type == type)
			return &message.payload[i];
	return NULL;
}

/* Of the message as it was changed. */
static int parse(void)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	int size = mikey_print(octets, sizeof(octets), &message);

	return size < 0 ? size :
			  mikey_query_parse(&parsed, mikey_slice(octets, size),
					    &fault);
}

static void repeat(enum mikey_payload_type type, int times)
{
	struct mikey_payload sign = message.payload[message.payloads - 1];

	message.payloads--;
	while (times--)
		mikey_add(&message, *payload(type));
	mikey_add(&message, sign);
}

#define REFUSED(change, number, name)                                          \
	do {                                                                   \
		mikey_parse(&message, vector("REQUEST_INIT_PK"), &fault);      \
		change;                                                        \
		ktap(parse() < 0 && fault.error == (number), "refused: " name);\
	} while (0)

static void test_form(void)
{
	struct mikey_payload v = { .type = MIKEY_V, .kind = MIKEY_HMAC_SHA1,
				   .data = { "01234567890123456789", 20 } };

	REFUSED(payload(MIKEY_CERT)->kind = MIKEY_X509_URL, MIKEY_INVALID_CERT,
		"a certificate's URL");
	REFUSED(payload(MIKEY_CERT)->kind = 4, MIKEY_INVALID_CERT,
		"a certificate of no known type");
	REFUSED(repeat(MIKEY_CERT, 8), MIKEY_UNSPECIFIED, "nine certificates");
	REFUSED(repeat(MIKEY_PKE, 1), MIKEY_UNSPECIFIED, "two envelopes");
	REFUSED(repeat(MIKEY_CHASH, 1), MIKEY_UNSPECIFIED, "two hashes");
	REFUSED(payload(MIKEY_PKE)->type = MIKEY_RAND, MIKEY_UNSPECIFIED,
		"no envelope");
	REFUSED(*payload(MIKEY_CHASH) = ((struct mikey_payload){
			.type = MIKEY_CHASH, .kind = MIKEY_HASH_MD5,
			.data = { "0123456789abcdef", 16 } }),
		MIKEY_INVALID_HA, "MD5");
	REFUSED(message.payloads--, MIKEY_UNSPECIFIED, "no signature");
	REFUSED(message.payload[message.payloads - 1] = v, MIKEY_UNSPECIFIED,
		"V for a signature");
	REFUSED(*payload(MIKEY_CHASH) = v, MIKEY_UNSPECIFIED,
		"V beside a signature");
	REFUSED(message.data_type = MIKEY_REQUEST_INIT_PSK, MIKEY_UNSPECIFIED,
		"a signature in REQUEST_INIT_PSK");
	REFUSED(message.data_type = MIKEY_RESOLVE_INIT_PK, MIKEY_UNSPECIFIED,
		"a wish in RESOLVE_INIT_PK");
	mikey_parse(&message, vector("REQUEST_INIT_PK"), &fault);
	payload(MIKEY_CERT)->kind = MIKEY_X509_SIGN;
	payload(MIKEY_PKE)->kind = 3;
	ktap(!parse() && parsed.public.certificates == 1,
	     "a certificate for signatures is taken, and any C");
	repeat(MIKEY_CERT, 1);
	payload(MIKEY_CERT)->kind = MIKEY_X509_ENCR;
	ktap(!parse() && parsed.public.certificates == 1,
	     "one for encryption is passed over");
}

/* RFC 6043 12.1: none of it is weaker than what it protects. */
static void test_strength(void)
{
	struct mikey_secret key = secret_of(vector("envelope_a"));
	struct mikey_query query, strong;
	__u8 octets[4096];

	mikey_query_parse(&query, vector("REQUEST_INIT_PK"), &fault);
	strong = query;
	strong.prf = MIKEY_PRF_SHA256;
	ktap(mikey_query_least_envelope(&query) == 16 &&
	     mikey_query_least_envelope(&strong) == 32 &&
	     mikey_query_most_envelope(&query) == 32,
	     "an envelope's key is as long as the message's");
	ktap(mikey_query_sign(octets, sizeof(octets), &strong, &key,
			      mikey_pki_key("alice")) == -EINVAL,
	     "not written: one that is shorter");
	query.rand.size = 16;
	ktap(mikey_query_most_envelope(&query) == 16,
	     "and as long as RAND at most");
	ktap(mikey_query_verify(&query, &key, &fault) == -EBADMSG &&
	     fault.error == MIKEY_AUTH_FAILURE, "a signature is no MAC");
	key.size = 17;
	ktap(mikey_query_sign(octets, sizeof(octets), &query, &key,
			      mikey_pki_key("alice")) == -EINVAL,
	     "not written: one that is longer");
	key.size = 16;
	ktap(mikey_query_sign(octets, sizeof(octets), &query, &key,
			      mikey_pki_key("curve")) == -EINVAL &&
	     mikey_query_sign(octets, sizeof(octets), &query, &key,
			      mikey_pki_key("weak")) == -EINVAL &&
	     mikey_query_print(octets, sizeof(octets), &query, &key) ==
		     -EINVAL, "not written: without RSA-3072");
}

/* A policy with SHA-256 wants 32 octets also of a message with SHA-1. */
static void test_mixed(void)
{
	struct mikey_query query;

	mikey_call_begin(&call, 0, 1, false);
	mikey_call_run(&call);
	query = call.request_said;
	ktap(mikey_query_least_envelope(&query) == 32,
	     "an envelope's key is as long as the ticket's");
	ktap(mikey_query_verify_sign(&query, mikey_pki_key("alice"), &fault) ==
		     -EBADMSG, "a MAC is no signature");
}

/* Trap 14: identities are signed also when their payloads are left out. */
static void test_unsaid(void)
{
	struct mikey_secret key = secret_of(vector("envelope_a"));
	struct mikey_query query, read;
	__u8 octets[4096];
	int size;

	mikey_query_parse(&query, vector("REQUEST_INIT_PK"), &fault);
	query.requester = query.kms = (struct sg_slice){ "", 0 };
	query.public.chash.size = 0;
	size = mikey_query_sign(octets, sizeof(octets), &query, &key,
				mikey_pki_key("alice"));
	ktap(!mikey_query_parse(&read, mikey_slice(octets, size), &fault) &&
	     !read.requester.size && !read.public.chash.size && !prove(&read),
	     "identities and CHASH may be left out");
	read.requester = SG_SLICE("alice@a.example");
	ktap(prove(&read) == -EBADMSG, "and identities are signed all the same");
}

static void test_rules(void)
{
	vectors_load(&vectors, DATA "pk-pkcs1-oaep.txt");
	test_form();
	test_strength();
	test_unsaid();
	test_signer();
	vectors_free(&vectors);
	test_mixed();
}

int main(void)
{
	static const struct run runs[] = {
		{ "pk-pkcs1-oaep", MIKEY_SIGN_PKCS1, MIKEY_ENVELOPE_OAEP },
		{ "pk-pss-pkcs1", MIKEY_SIGN_PSS, MIKEY_ENVELOPE_PKCS1 },
	};

	for (int i = 0; i < 2; i++)
		test_run(&runs[i]);
	test_certificates();
	test_names();
	test_hashes();
	test_files();
	test_envelope(MIKEY_ENVELOPE_OAEP, "OAEP");
	test_envelope(MIKEY_ENVELOPE_PKCS1, "PKCS #1 v1.5");
	test_blocks();
	test_envelope_sizes();
	test_keys();
	test_rules();
	test_all_mutations();
	vectors_free(&vectors);
	return ktap_finish();
}
