// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a whole call to SRTP: the keys of both streams against reference.py,
 * the policies that there are, and what is refused.
 */
#include <errno.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "../lib/vectors.h"
#include "lib/mikey_medium.h"

#define DATA "tests/unit/data/mikey/"

static struct mikey_call call;
static struct mikey_medium medium;
static struct mikey_fault fault;
static struct vectors vectors;

static int derive(__u8 cs)
{
	const struct mikey_keys *keys[] = {&call.responder_keys};

	return mikey_medium_derive(&medium, &call.transfer_said,
				   &call.answer_said, keys, 1, cs, &fault);
}

static bool is_zero(void)
{
	static const struct mikey_medium nothing;

	return !memcmp(&medium, &nothing, sizeof(medium));
}

static bool refused(__u8 cs, int err)
{
	return derive(cs) == err && fault.text && is_zero();
}

static void begin(int prf)
{
	mikey_call_begin(&call, prf, prf, false);
	mikey_call_run(&call);
}

/* -- keys ------------------------------------------------------------------ */

static void test_streams(void)
{
	static const __u8 salt[] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6,
				    0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd};

	vectors_load(&vectors, DATA "mode1-128.txt");
	begin(MIKEY_PRF_SHA1);
	ktap(!derive(1) &&
		     vectors_same(&vectors, "tek_cs1", medium.key.key, 16) &&
		     !memcmp(medium.key.salt, salt, 14) &&
		     medium.key.suite ==
			     sg_suite_by_name("AES_CM_128_HMAC_SHA1_80"),
	     "the offerer's stream, with the salt that came with the key");
	ktap(medium.key.mki_length == 1 && medium.key.mki[0] == 2,
	     "its SPI is the MKI");
	ktap(medium.has_stream && medium.stream.ssrc == 0xcafe0001 &&
		     !medium.stream.with_roc,
	     "its SSRC");
	ktap(!derive(2) &&
		     vectors_same(&vectors, "tek_cs2", medium.key.key, 16) &&
		     medium.stream.ssrc == 0xbeef0002,
	     "the answerer's");
	call.responder_keys.key[2].salt_size = 0;
	ktap(!derive(1) && vectors_same(&vectors, "salt_if_derived_cs1",
					medium.key.salt, 14),
	     "a salt that did not come is derived");
}

static void test_tek(void)
{
	struct mikey_key *key;

	begin(MIKEY_PRF_SHA1);
	key = &call.responder_keys.key[2];
	key->kind = MIKEY_TEK;
	ktap(!derive(1) && !memcmp(medium.key.key, key->secret.octets, 16),
	     "a TEK is used as it is");
	key->salt_size = 13;
	ktap(refused(1, -EINVAL), "refused: with a salt that is too short");
	key->salt_size = 14;
	key->secret.size = 32;
	ktap(refused(1, -EINVAL), "or of another size");
}

static void test_choice(void)
{
	struct mikey_keys own = {.keys = 1};
	const struct mikey_keys *both[] = {&call.responder_keys, &own};

	begin(MIKEY_PRF_SHA1);
	ktap(refused(3, -ENOENT), "refused: a session that is not there");
	own.key[0] = call.responder_keys.key[2];
	own.key[0].spi[0] = 9;
	own.key[0].secret.octets[0] ^= 1;
	ktap(!mikey_medium_derive(&medium, &call.transfer_said,
				  &call.answer_said, both, 2, 1, &fault) &&
		     vectors_same(&vectors, "tek_cs1", medium.key.key, 16),
	     "of several keys the SPI says which");
	own.key[0].spi[0] = 2;
	ktap(mikey_medium_derive(&medium, &call.transfer_said,
				 &call.answer_said, both, 2, 1,
				 &fault) == -ENOKEY &&
		     is_zero(),
	     "refused: two of one SPI");
	call.answer_said.sessions.cs[0].spi = SG_SLICE("\1");
	ktap(refused(1, -ENOKEY), "refused: an SPI of an MPK");
	call.answer_said.sessions.css = 0;
	call.transfer_said.sessions.cs[0].spi = SG_SLICE("");
	ktap(!derive(1) &&
		     vectors_same(&vectors, "tek_cs1", medium.key.key, 16) &&
		     !medium.key.mki_length,
	     "an offer without SPI is for the only key");
}

/* -- policies -------------------------------------------------------------- */

static int with(const char *parameters, int size)
{
	call.transfer_said.sessions.sp[0].parameters =
		(struct sg_slice){parameters, size};
	return derive(1);
}

#define WITH(octets) with(octets, sizeof(octets) - 1)

static void test_policies(void)
{
	begin(MIKEY_PRF_SHA1);
	ktap(!WITH("\6\1\x10") && medium.key.kdr == 4, "a key derivation rate");
	ktap(!WITH("\7\1\0\xa\1\0") && medium.key.plain_rtp &&
		     medium.key.untagged_rtp && !medium.key.plain_rtcp,
	     "RTP that is neither encrypted nor authenticated");
	ktap(!WITH("\x8\1\0") && medium.key.plain_rtcp, "plain SRTCP");
	ktap(!WITH("\0\1\6\1\1\x10") &&
		     medium.key.suite == sg_suite_by_name("AEAD_AES_128_GCM"),
	     "GCM");
	ktap(WITH("\0\1\x9") == -ENOTSUP && is_zero(),
	     "refused: a cipher that we do not have");
	ktap(WITH("\0\1") == -EINVAL && is_zero(),
	     "refused: parameters that are cut short");
	call.answer_said.sessions.cs[0].policies = SG_SLICE("\0\1");
	ktap(refused(1, -EINVAL), "refused: two policies");
	call.answer_said.sessions.cs[0].policies = SG_SLICE("\7");
	ktap(refused(1, -EINVAL), "refused: one that nobody said");
}

static void test_256(void)
{
	vectors_load(&vectors, DATA "mode1-256.txt");
	begin(MIKEY_PRF_SHA256);
	ktap(!WITH("\1\1\x20") &&
		     vectors_same(&vectors, "tek_cs1", medium.key.key, 32) &&
		     medium.key.suite ==
			     sg_suite_by_name("AES_256_CM_HMAC_SHA1_80"),
	     "256 bits");
	call.responder_keys.key[2].secret.size = 16;
	ktap(WITH("\1\1\x20") == -EINVAL && is_zero(),
	     "refused: from a TGK of 128 (RFC 6043 12.1)");
}

int main(void)
{
	test_streams();
	test_tek();
	test_choice();
	test_policies();
	test_256();
	return ktap_finish();
}
