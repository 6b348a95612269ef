// SPDX-License-Identifier: GPL-2.0-only
/*
 * MIKEY's keys: the PRF against reference.py and OpenSSL's TLS1-PRF, which is
 * the same for keys of up to 256 bits, and each key of a whole run.
 */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>

#include "../lib/ktap.h"
#include "../lib/random.h"
#include "../lib/vectors.h"
#include "lib/mikey_protect.h"

#define DATA "tests/unit/data/mikey/"

static struct vectors vectors;

static struct mikey_secret secret_of(struct sg_slice octets)
{
	struct mikey_secret secret = { .size = octets.size };

	memcpy(secret.octets, octets.at, octets.size);
	return secret;
}

static struct mikey_secret ascending(int first, int size)
{
	struct mikey_secret secret = { .size = size };

	for (int i = 0; i < size; i++)
		secret.octets[i] = first + i;
	return secret;
}

/* -- PRF ------------------------------------------------------------------- */

static const char label1[] = "\x15\x05\x33\xe1\xff\x11\x22\x33\x44\x01"
	"\x10\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\0";
static const char label2[] = "\x2d\x22\xac\x75\xff\x11\x22\x33\x44\x02"
	"\x10\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf"
	"\x10@ABCDEFGHIJKLMNO";

/* Trap 2: key lengths at which public implementations go wrong. */
static void test_prf(void)
{
	static const int outs[] = { 14, 16, 20, 32, 46, 94 };
	static const int sizes[] = { 16, 20, 31, 32, 33, 48, 63, 64 };
	struct mikey_secret key;
	char name[64];
	__u8 out[94];

	vectors_load(&vectors, DATA "prf.txt");
	for (int prf = 0; prf < 2; prf++)
		for (int i = 0; i < 8; i++) {
			bool same = true;

			key = ascending(1, sizes[i]);
			for (int j = 0; j < 12; j++) {
				int size = outs[j / 2];

				mikey_prf(prf, &key, j % 2 ? SG_SLICE(label2) :
							     SG_SLICE(label1),
					  out, size);
				snprintf(name, sizeof(name), "f%d_key%d_L%d_%d",
					 prf, sizes[i], 1 + j % 2, size);
				same &= vectors_same(&vectors, name, out, size);
			}
			ktap(same, "PRF %d, a key of %d octets", prf, sizes[i]);
		}
	key = ascending(1, 16);
	memmove(key.octets + 8, key.octets, 8);
	memset(key.octets, 0, 8);
	mikey_prf(0, &key, SG_SLICE(label1), out, 16);
	ktap(vectors_same(&vectors, "f0_zero_L1_16", out, 16),
	     "a key that begins with zeros");
	vectors_free(&vectors);
	key.size = 0;
	ktap(mikey_prf(0, &key, SG_SLICE(label1), out, 16) == -EINVAL,
	     "no key, no output");
	key.size = 16;
	ktap(mikey_prf(2, &key, SG_SLICE(label1), out, 16) == -EINVAL &&
	     !out[0] && !mikey_suite_of(2), "nor with an unknown PRF");
}

static bool openssl_prf(int prf, const struct mikey_secret *key,
			struct sg_slice label, __u8 *out, size_t size)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						 prf ? "SHA256" : "SHA1", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET,
						  (void *)key->octets,
						  key->size),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED,
						  (void *)label.at, label.size),
		OSSL_PARAM_construct_end(),
	};
	bool ok = EVP_KDF_derive(ctx, out, size, parameters);

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

static void test_against_openssl(void)
{
	struct random random = { random_setting("SEED", 6043) };
	__u8 ours[96], theirs[96];
	int same = 0;

	for (int i = 0; i < 200; i++) {
		struct mikey_secret key = { .size = 1 + random_below(&random, 32) };
		int size = 1 + random_below(&random, sizeof(ours));
		char octets[80];
		struct sg_slice label = { octets,
					  1 + random_below(&random, 80) };

		random_bytes(&random, key.octets, key.size);
		random_bytes(&random, octets, sizeof(octets));
		same += !mikey_prf(i % 2, &key, label, ours, size) &&
			openssl_prf(i % 2, &key, label, theirs, size) &&
			!memcmp(ours, theirs, size);
	}
	ktap(same == 200, "200 outputs are those of OpenSSL's TLS1-PRF");
}

/* -- a run's keys ---------------------------------------------------------- */

static bool same(const char *name, const void *octets, size_t size)
{
	return vectors_same(&vectors, name, octets, size);
}

static struct sg_slice sliced(const struct mikey_secret *secret)
{
	return (struct sg_slice){ (const char *)secret->octets, secret->size };
}

static void test_run(const char *name, int prf, bool mode3)
{
	const struct mikey_suite *suite = mikey_suite_of(prf);
	struct mikey_secret rand_t = ascending(0xe0, 32);
	struct mikey_secret rand_i = ascending(0x20, 32);
	struct mikey_secret rand_r = ascending(0x90, 32);
	struct mikey_secret rand_k = ascending(0xd0, 32);
	struct mikey_secret mpki, mpkr, forked, tpk, mpk, tgk;
	struct mikey_modifier modifier = { SG_SLICE("bob@b.example"),
					   sliced(&rand_k) };
	struct mikey_rands rands = { sliced(&rand_i), sliced(&rand_r) };
	static const struct mikey_message_keys none;
	struct mikey_message_keys keys;
	__u8 out[32];
	char path[64];

	snprintf(path, sizeof(path), DATA "%s.txt", name);
	vectors_load(&vectors, path);
	tpk = mode3 ? ascending(0x10, 32) : ascending(0xa0, suite->encr_key);
	mpk = ascending(0x30, suite->encr_key);
	tgk = ascending(0x80, suite->encr_key);

	ktap(!mikey_derive_ticket(&keys, suite, &tpk, sliced(&rand_t)) &&
	     same("ticket_tpk_encr", keys.encr, suite->encr_key) &&
	     same("ticket_tpk_auth", keys.auth, suite->tag) &&
	     same("ticket_tpk_salt", keys.salt, 14), "%s: a ticket's keys", name);
	ktap(!mikey_derive_mpks(&mpki, &mpkr, suite, &mpk, sliced(&rand_t)) &&
	     same("mpki", mpki.octets, mpki.size) &&
	     same("mpkr", mpkr.octets, mpkr.size), "%s: MPKi and MPKr", name);
	ktap(!mikey_derive_fork(&forked, suite, MIKEY_TGK, &tgk, &modifier) &&
	     same("tgk_forked", forked.octets, forked.size),
	     "%s: TGK'", name);
	rands.responder = (struct sg_slice){ "", 0 };
	ktap(!mikey_derive_message(&keys, suite, &mpki, 0x55667788,
				   MIKEY_PHASE_INIT, &rands) &&
	     same("transfer_init_auth_key", keys.auth, suite->tag),
	     "%s: TRANSFER_INIT's key, an absent RAND in its label", name);
	ktap(!mikey_derive_message_auth(&keys, suite, &mpki, 0x55667788,
					MIKEY_PHASE_INIT, &rands) &&
	     same("transfer_init_auth_key", keys.auth, suite->tag) &&
	     !memcmp(keys.encr, none.encr, sizeof(none.encr)) &&
	     !memcmp(keys.salt, none.salt, sizeof(none.salt)),
	     "%s: no other is derived for what has no KEMAC", name);
	rands.responder = sliced(&rand_r);
	for (int cs = 1; cs <= 2; cs++)
		ktap(!mikey_derive_session(out, suite->encr_key, suite,
					   MIKEY_SESSION_TEK, &forked, cs,
					   &rands) &&
		     same(cs == 1 ? "tek_cs1" : "tek_cs2", out, suite->encr_key),
		     "%s: TEK of crypto session %d", name, cs);
	ktap(!mikey_derive_session(out, 14, suite, MIKEY_SESSION_SALT, &forked,
				   1, &rands) &&
	     same("salt_if_derived_cs1", out, 14), "%s: a salt", name);
	ktap(!mikey_derive_initiator(out, suite, suite->tag, &mpkr) &&
	     same("idata_auth_key", out, suite->tag),
	     "%s: Initiator Data's key", name);
	ktap(!mikey_derive_fork(&forked, suite, MIKEY_MPK, &mpkr, &modifier) &&
	     same("mpkr_forked", forked.octets, forked.size),
	     "%s: MPKr'", name);
	ktap(!mikey_derive_message(&keys, suite, &forked, 0x55667788,
				   MIKEY_PHASE_RESP, &rands) &&
	     same("transfer_resp_auth_key", keys.auth, suite->tag),
	     "%s: TRANSFER_RESP's key", name);
	vectors_free(&vectors);
}

static void test_limits(void)
{
	static char long_id[MIKEY_ID_MAX + 1];
	const struct mikey_suite *suite = mikey_suite_of(0);
	struct mikey_secret key = ascending(1, 16), forked;
	struct mikey_modifier modifier = { { long_id, sizeof(long_id) },
					   SG_SLICE("0123456789abcdef") };
	struct mikey_rands none = { 0 };
	struct mikey_message_keys keys;
	__u8 out[32];

	ktap(mikey_derive_fork(&forked, suite, MIKEY_TGK, &key, &modifier) ==
		     -EINVAL && !forked.size, "no fork for too long a name");
	modifier.id.size = MIKEY_ID_MAX;
	ktap(!mikey_derive_fork(&forked, suite, MIKEY_TGK, &key, &modifier),
	     "one for the longest");
	modifier.rand.size = 0;
	ktap(mikey_derive_fork(&forked, suite, MIKEY_TGK, &key, &modifier) ==
		     -EINVAL, "none without RANDRkms");
	ktap(mikey_derive_session(out, 16, suite, MIKEY_SESSION_TEK, &key, 1,
				  &none) == -EINVAL, "no TEK without RANDs");
	none.initiator = SG_SLICE("0123456789abcdef");
	ktap(mikey_derive_session(out, 32, suite, MIKEY_SESSION_TEK, &key, 1,
				  &none) == -EINVAL &&
	     !mikey_derive_session(out, 32, mikey_suite_of(1),
				   MIKEY_SESSION_TEK, &key, 1, &none),
	     "no TEK of 256 bits from a suite of 128");
	none.initiator = (struct sg_slice){ long_id, 256 };
	ktap(mikey_derive_message(&keys, suite, &key, 1, 1, &none) == -EINVAL,
	     "no RAND longer than its length says");
}

/* -- KEMAC and MAC --------------------------------------------------------- */

static void test_kemac(void)
{
	static const __u8 stream[32] =
		"\x6a\x23\x70\x8b\x1b\x6a\xe0\x2d\x65\x62\xb9\xa1\x0c\x30\x41\xc1"
		"\xb6\x77\x13\x9f\xae\xdf\x78\xe3\xc3\x46\x63\xb0\xe9\x3f\x14\xac";
	struct mikey_time t = { MIKEY_NTP_UTC, 0xcfbf2d0080000000 };
	struct mikey_message_keys keys;
	__u8 octets[32] = { 0 }, other[32] = { 0 };

	for (int i = 0; i < 16; i++)
		keys.encr[i] = i;
	for (int i = 0; i < 14; i++)
		keys.salt[i] = 0xc0 + i;
	ktap(!mikey_kemac_crypt(octets, 32, mikey_suite_of(0), &keys,
				0x11223344, &t) &&
	     !memcmp(octets, stream, 32), "AES-CM's keystream with its IV");
	/* Trap 17: which end a short timestamp is filled up at. */
	t = (struct mikey_time){ MIKEY_NTP_UTC_32, 0xcfbf2d00 };
	memset(octets, 0, 32);
	mikey_kemac_crypt(octets, 32, mikey_suite_of(0), &keys, 7, &t);
	t = (struct mikey_time){ MIKEY_NTP_UTC, 0xcfbf2d0000000000 };
	mikey_kemac_crypt(other, 32, mikey_suite_of(0), &keys, 7, &t);
	ktap(!memcmp(octets, other, 32), "NTP-UTC-32 is filled up on the right");
	t = (struct mikey_time){ MIKEY_COUNTER, 0xcfbf2d00 };
	memset(octets, 0, 32);
	memset(other, 0, 32);
	mikey_kemac_crypt(octets, 32, mikey_suite_of(0), &keys, 7, &t);
	t = (struct mikey_time){ MIKEY_NTP, 0x00000000cfbf2d00 };
	mikey_kemac_crypt(other, 32, mikey_suite_of(0), &keys, 7, &t);
	ktap(!memcmp(octets, other, 32), "a counter on the left");
}

static void test_sealed_keys(void)
{
	const struct mikey_suite *suite = mikey_suite_of(0);
	struct mikey_time t = { MIKEY_NTP_UTC, 1 };
	struct mikey_message_keys keys = { { 1 }, { 2 }, { 3 } };
	struct mikey_keys plain = { .keys = 1 }, opened;
	struct mikey_kemac kemac;
	struct mikey_fault fault;
	__u8 buffer[128];

	plain.key[0] = (struct mikey_key){ .kind = MIKEY_MPK,
					   .secret = ascending(1, 16),
					   .validity = MIKEY_VALID_SPI,
					   .spi_size = 1 };
	ktap(!mikey_kemac_seal(&kemac, buffer, sizeof(buffer), &plain, suite,
			       &keys, 7, &t) &&
	     kemac.encr == MIKEY_AES_CM_128 && kemac.mac == MIKEY_MAC_NULL &&
	     !mikey_kemac_open(&opened, &kemac, 1, suite, &keys, 7, &t,
			       &fault) &&
	     !memcmp(&opened, &plain, sizeof(plain)), "sealed and opened");
	ktap(mikey_kemac_open(&opened, &kemac, 2, suite, &keys, 7, &t,
			      &fault) == -EINVAL && !opened.keys,
	     "two MPKs were due: nothing comes out");
	kemac.mac = MIKEY_HMAC_SHA1;
	ktap(mikey_kemac_open(&opened, &kemac, 1, suite, &keys, 7, &t,
			      &fault) == -ENOTSUP &&
	     fault.error == MIKEY_INVALID_MAC, "refused: a KEMAC with a MAC");
	kemac.mac = MIKEY_MAC_NULL;
	kemac.encr = MIKEY_ENCR_NULL;
	ktap(mikey_kemac_open(&opened, &kemac, 1, suite, &keys, 7, &t,
			      &fault) == -ENOTSUP &&
	     fault.error == MIKEY_INVALID_EA, "refused: one in the clear");
	ktap(mikey_kemac_seal(&kemac, buffer, 8, &plain, suite, &keys, 7,
			      &t) == -ENOSPC && !buffer[0],
	     "what has no room leaves nothing behind");
}

static void test_mac(void)
{
	static const __u8 key[32] = "what do ya want for nothing, MAC";
	struct sg_slice whole = SG_SLICE("message"), none = { "", 0 };
	struct sg_slice parts[2] = { SG_SLICE("mess"), SG_SLICE("age") };
	__u8 a[MIKEY_TAG_MAX], b[MIKEY_TAG_MAX];
	struct mikey_fault fault;

	mikey_mac(MIKEY_HMAC_SHA1, key, &whole, 1, a);
	mikey_mac(MIKEY_HMAC_SHA1, key, parts, 2, b);
	ktap(!memcmp(a, b, 20), "a MAC over parts");
	ktap(!mikey_mac_check(MIKEY_HMAC_SHA1, key, &whole, 1,
			      (struct sg_slice){ (char *)a, 20 }, &fault),
	     "is right");
	a[19] ^= 1;
	ktap(mikey_mac_check(MIKEY_HMAC_SHA1, key, &whole, 1,
			     (struct sg_slice){ (char *)a, 20 }, &fault) ==
		     -EBADMSG && fault.error == MIKEY_AUTH_FAILURE,
	     "is wrong in its last bit");
	ktap(mikey_mac_check(MIKEY_HMAC_SHA1, key, &whole, 1, none, &fault) ==
		     -EBADMSG, "is missing");
	ktap(mikey_mac(MIKEY_MAC_NULL, key, &whole, 1, a) == -EINVAL &&
	     mikey_mac_check(MIKEY_MAC_NULL, key, &whole, 1, none, &fault) < 0,
	     "NULL proves nothing");
}

/* Trap 6: the TEK's label has the CS ID, the messages' the CSB ID. */
static void test_one_tgk_two_calls(void)
{
	struct mikey_secret tgk = secret_of(SG_SLICE("0123456789abcdef"));
	struct mikey_rands rands = { SG_SLICE("0123456789abcdef"), { "", 0 } };
	struct mikey_rands swapped = { { "", 0 }, SG_SLICE("0123456789abcdef") };
	__u8 a[16], b[16];

	mikey_derive_session(a, 16, mikey_suite_of(0), MIKEY_SESSION_TEK, &tgk,
			     1, &rands);
	mikey_derive_session(b, 16, mikey_suite_of(0), MIKEY_SESSION_TEK, &tgk,
			     1, &swapped);
	ktap(memcmp(a, b, 16), "a RAND is the initiator's or the responder's");
	mikey_derive_session(b, 16, mikey_suite_of(0), MIKEY_SESSION_TEK, &tgk,
			     2, &rands);
	ktap(memcmp(a, b, 16), "crypto sessions have keys of their own");
}

int main(void)
{
	test_prf();
	test_against_openssl();
	test_run("mode1-128", 0, false);
	test_run("mode1-256", 1, false);
	test_run("mode3-128", 0, true);
	test_limits();
	test_kemac();
	test_sealed_keys();
	test_mac();
	test_one_tgk_two_calls();
	return ktap_finish();
}
