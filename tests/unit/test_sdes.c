// SPDX-License-Identifier: GPL-2.0-only
/* a=crypto, RFC 4568: each suite, each parameter, each way to be wrong. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/ktap.h"
#include "lib/base64.h"
#include "lib/sdes.h"
#include "lib/secret.h"

#define CM80 "AES_CM_128_HMAC_SHA1_80"
#define K1 "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
#define K2 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static struct sdes_crypto crypto;
static struct sdes_fault fault;

static int parse(const char *text)
{
	return sdes_parse(&crypto, sg_slice_of(text), &fault);
}

/* Refused with @err, @value the offending one, and nothing left behind. */
static void refused(const char *text, int err, const char *value,
		    const char *name)
{
	static const struct sdes_crypto zero;
	int got;

	memset(&crypto, 0xa5, sizeof(crypto));
	got = parse(text);
	if (!ktap(got == err && sg_slice_is(fault.value, value) &&
		  strlen(fault.text) && !strstr(fault.text, "PS1uQ") &&
		  sg_secret_equal(&crypto, &zero, sizeof(zero)),
		  "refused: %s", name))
		ktap_note("%d, value \"%.*s\": %s", got, (int)fault.value.size,
			  fault.value.at, fault.text);
}

/* What it is written as, and that it reads again. */
static bool prints(const char *text, const char *wanted)
{
	char out[4096];
	int size;

	if (parse(text))
		return false;
	size = sdes_print(out, sizeof(out), &crypto);
	return size == (int)strlen(wanted) && !strncmp(out, wanted, size) &&
	       !parse(wanted);
}

static void test_suites(void)
{
	static const struct {
		const char *name;
		int key, salt, rtp_tag, rtcp_tag;
		bool aead;
	} registry[] = {
		{ "AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, false },
		{ "AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, false },
		{ "F8_128_HMAC_SHA1_80", 16, 14, 10, 10, false },
		{ "SEED_CTR_128_HMAC_SHA1_80", 16, 14, 10, 10, false },
		{ "SEED_128_CCM_80", 16, 14, 10, 10, true },
		{ "SEED_128_GCM_96", 16, 14, 12, 12, true },
		{ "AES_192_CM_HMAC_SHA1_80", 24, 14, 10, 10, false },
		{ "AES_192_CM_HMAC_SHA1_32", 24, 14, 4, 10, false },
		{ "AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, false },
		{ "AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, false },
		{ "AEAD_AES_128_GCM", 16, 12, 16, 16, true },
		{ "AEAD_AES_256_GCM", 32, 12, 16, 16, true },
	};
	char text[256], base64[80];
	__u8 octets[64];

	for (int i = 0; i < 64; i++)
		octets[i] = i * 3 + 1;
	for (size_t i = 0; i < sizeof(registry) / sizeof(registry[0]); i++) {
		int size = registry[i].key + registry[i].salt;
		bool ok = true;

		for (int off = -1; off <= 1; off++) {
			memset(base64, 0, sizeof(base64));
			sg_base64_encode(base64, octets, size + off);
			snprintf(text, sizeof(text), "1 %s inline:%s",
				 registry[i].name, base64);
			ok &= (parse(text) == 0) == (off == 0);
			if (!off)
				ok &= crypto.suite->key == registry[i].key &&
				      crypto.suite->salt == registry[i].salt &&
				      crypto.suite->rtp_tag ==
					      registry[i].rtp_tag &&
				      crypto.suite->rtcp_tag ==
					      registry[i].rtcp_tag &&
				      crypto.suite->aead == registry[i].aead &&
				      sg_secret_equal(crypto.key[0].secret,
						      octets, size);
		}
		ktap(ok, "%s: %d octets, not one more or less",
		     registry[i].name, size);
	}
	ktap(sdes_suite_find(SG_SLICE(CM80))->data_plane ==
		     SG_SUITE_AES_CM_128_HMAC_SHA1_80 &&
	     sdes_suite_find(SG_SLICE("AES_CM_128_HMAC_SHA1_32"))->data_plane ==
		     SG_SUITE_AES_CM_128_HMAC_SHA1_32 &&
	     sdes_suite_find(SG_SLICE("AES_256_CM_HMAC_SHA1_32"))->data_plane ==
		     SG_SUITE_AES_256_CM_HMAC_SHA1_32 &&
	     sdes_suite_find(SG_SLICE("AEAD_AES_256_GCM"))->data_plane ==
		     SG_SUITE_AEAD_AES_256_GCM &&
	     sdes_suite_find(SG_SLICE("F8_128_HMAC_SHA1_80"))->data_plane ==
		     SG_SUITE_F8_128_HMAC_SHA1_80 &&
	     sdes_suite_find(SG_SLICE("SEED_128_GCM_96"))->data_plane ==
		     SG_SUITE_NONE,
	     "which suites the data plane has");
	ktap(sdes_suite_find(SG_SLICE("aes_cm_256_hmac_sha1_32")) ==
		     sdes_suite_find(SG_SLICE("AES_256_CM_HMAC_SHA1_32")),
	     "the misspelt AES_CM_256 is met, in any case");
}

static void test_keys(void)
{
	struct sdes_key other;

	ktap(!parse("1 " CM80 " inline:" K1 "|2^20|1:4") && crypto.tag == 1 &&
	     crypto.keys == 1 && crypto.key[0].lifetime == 1 << 20 &&
	     crypto.key[0].mki_size == 4 && crypto.key[0].mki[3] == 1 &&
	     !crypto.key[0].mki[0], "key, lifetime and MKI of RFC 4568's example");
	ktap(!parse("999999999 " CM80 " inline:" K1) &&
	     crypto.tag == 999999999 && !crypto.key[0].lifetime &&
	     !crypto.key[0].mki_size, "lifetime and MKI may be missing");
	ktap(!parse("1 " CM80 " inline:" K1 "|281474976710656") &&
	     crypto.key[0].lifetime == 1ull << 48, "lifetime 2^48 as a number");
	ktap(!parse("1 " CM80 " inline:" K1 "|66051:3") &&
	     crypto.key[0].mki[0] == 1 && crypto.key[0].mki[1] == 2 &&
	     crypto.key[0].mki[2] == 3, "an MKI without a lifetime");
	ktap(!parse("1 " CM80 " inline:" K1 "|1:1;inline:" K2 "|255:1") &&
	     crypto.keys == 2 && crypto.key[1].mki[0] == 255,
	     "two keys by MKI");
	other = crypto.key[0];
	ktap(sdes_key_equal(crypto.suite, &crypto.key[0], &other) &&
	     !sdes_key_equal(crypto.suite, &crypto.key[0], &crypto.key[1]),
	     "keys compare by value");
	sdes_wipe(&crypto);
	ktap(!crypto.key[0].secret[0] && !crypto.keys, "wiped");
	ktap(!parse(" 1\tAES_256_CM_HMAC_SHA1_80  inline:"
		    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLQ"
		    " \r\n") && crypto.key[0].secret[45] == 45,
	     "missing padding is accepted, blanks and tabs too");
	ktap(!parse("1 " CM80 " inline:" K1 "|"
		    "17976931348623159077293051907890247336179769789423065727343"
		    "00811577326758055009631327084773224075360211201138798713933"
		    "57658789768814416622492847430639474124377767893424865485276"
		    "30221960124609411945308295208500576883815068234246288147391"
		    "31105408272371633505106845862982399472459384797163048353563"
		    "29624224137215:128") && crypto.key[0].mki[0] == 255 &&
	     crypto.key[0].mki[127] == 255, "the MKI 2^1024 - 1");
}

static void test_wrong_keys(void)
{
	refused("", -EINVAL, "", "nothing");
	refused("0 " CM80 " inline:" K1, -EINVAL, "0", "tag 0");
	refused("1000000000 " CM80 " inline:" K1, -EINVAL, "1000000000",
		"tag of ten digits");
	refused("a " CM80 " inline:" K1, -EINVAL, "a", "tag a");
	refused("1 AES_CM_129 inline:" K1, -ENOTSUP, "AES_CM_129",
		"unknown suite, by its name");
	refused("1", -EINVAL, "", "no suite");
	refused("1 " CM80, -EINVAL, "", "no key");
	refused("1 " CM80 " " K1, -EINVAL, "", "key without its method");
	refused("1 " CM80 " uri:" K1, -ENOTSUP, "uri", "method uri");
	refused("1 " CM80 " inline:PS1uQCVeeCFCanVm cjkpPywjNWhcYD0mXXtxaVBR",
		-EINVAL, "", "key with a blank in it");
	refused("1 " CM80 " inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVB",
		-EINVAL, "", "39 characters");
	refused("1 " CM80 " inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxa-BR",
		-EINVAL, "", "character of another alphabet");
	refused("1 " CM80 " inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		-EINVAL, "", "key of zeros");
	refused("1 " CM80 " inline:", -EINVAL, "", "empty key");
	refused("1 " CM80 " inline:" K1 "|", -EINVAL, "", "empty lifetime");
	refused("1 " CM80 " inline:" K1 "|2^20|", -EINVAL, "", "empty MKI");
	refused("1 " CM80 " inline:" K1 ";", -EINVAL, "", "empty second key");
	refused("1 " CM80 " inline:" K1 "|0", -EINVAL, "0", "lifetime 0");
	refused("1 " CM80 " inline:" K1 "|2^49", -EINVAL, "2^49",
		"lifetime 2^49");
	refused("1 " CM80 " inline:" K1 "|281474976710657", -EINVAL,
		"281474976710657", "lifetime 2^48 + 1");
	refused("1 " CM80 " inline:" K1 "|3^4", -EINVAL, "3^4", "lifetime 3^4");
	refused("1 " CM80 " inline:" K1 "|2^20|2^20", -EINVAL, "2^20",
		"two lifetimes");
	refused("1 " CM80 " inline:" K1 "|1:4|2^20", -EINVAL, "2^20",
		"lifetime behind the MKI");
	refused("1 " CM80 " inline:" K1 "|1:0", -EINVAL, "1:0", "MKI of no octet");
	refused("1 " CM80 " inline:" K1 "|1:129", -EINVAL, "1:129",
		"MKI of 129 octets");
	refused("1 " CM80 " inline:" K1 "|256:1", -EINVAL, "256:1",
		"MKI that its length cannot hold");
	refused("1 " CM80 " inline:" K1 "|x:1", -EINVAL, "x:1",
		"MKI that is no number");
	refused("1 " CM80 " inline:" K1 "|:1", -EINVAL, ":1", "MKI of no digit");
	refused("1 " CM80 " inline:" K1 ";inline:" K2, -EINVAL, "",
		"two keys without MKIs");
	refused("1 " CM80 " inline:" K1 "|1:1;inline:" K2 "|1:2", -EINVAL, "",
		"MKIs of two lengths");
	refused("1 " CM80 " inline:" K1 "|1:1;inline:" K2 "|1:1", -EINVAL, "",
		"the same MKI twice");
	refused("1 " CM80 " inline:" K1 "|1:1;inline:" K1 "|2:1", -EINVAL, "",
		"the same key twice");
}

static void test_parameters(void)
{
	ktap(!parse("1 " CM80 " inline:" K1
		    " KDR=24 UNENCRYPTED_SRTP UNENCRYPTED_SRTCP"
		    " UNAUTHENTICATED_SRTP FEC_ORDER=SRTP_FEC"
		    " FEC_KEY=inline:" K2 "|2^4 WSH=64 -X=1") &&
	     crypto.kdr == 24 && crypto.unencrypted_srtp &&
	     crypto.unencrypted_srtcp && crypto.unauthenticated_srtp &&
	     crypto.fec_order == SDES_SRTP_FEC && crypto.fec_keys == 1 &&
	     crypto.fec_key[0].lifetime == 16 && crypto.wsh == 64,
	     "all session parameters, and one to be ignored");
	ktap(!parse("1 " CM80 " inline:" K1 "|2^20|1:4 FEC_ORDER=FEC_SRTP") &&
	     crypto.fec_order == SDES_FEC_SRTP && !crypto.kdr && !crypto.wsh &&
	     !crypto.unencrypted_srtp && !crypto.unencrypted_srtcp &&
	     !crypto.unauthenticated_srtp, "what the terminals' tests send");
	refused("1 " CM80 " inline:" K1 " KDR=0", -EINVAL, "0", "KDR=0");
	refused("1 " CM80 " inline:" K1 " KDR=25", -EINVAL, "25", "KDR=25");
	refused("1 " CM80 " inline:" K1 " KDR", -EINVAL, "KDR",
		"KDR without value");
	refused("1 " CM80 " inline:" K1 " UNENCRYPTED_SRTP=1", -EINVAL,
		"UNENCRYPTED_SRTP", "UNENCRYPTED_SRTP with a value");
	refused("1 " CM80 " inline:" K1 " WSH=63", -EINVAL, "63", "WSH=63");
	refused("1 " CM80 " inline:" K1 " WSH=4294967296", -EINVAL,
		"4294967296", "WSH=2^32");
	refused("1 " CM80 " inline:" K1 " FEC_ORDER=X", -EINVAL, "X",
		"FEC_ORDER=X");
	refused("1 " CM80 " inline:" K1 " FEC_KEY=inline:" K2 "A", -EINVAL, "",
		"FEC_KEY of another length");
	refused("1 " CM80 " inline:" K1 " KDR=1 KDR=1", -EINVAL, "KDR",
		"KDR twice");
	refused("1 " CM80 " inline:" K1 " NEW=1", -ENOTSUP, "NEW",
		"an unknown parameter without -");
	refused("1 " CM80 " inline:" K1 " -", -ENOTSUP, "-", "- alone");
	refused("1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
		" UNAUTHENTICATED_SRTP", -EINVAL, "UNAUTHENTICATED_SRTP",
		"GCM without authentication");
}

static void test_print(void)
{
	char out[60];

	ktap(prints("1 aes_cm_128_hmac_sha1_80 INLINE:" K1 "|1048576|1:4",
		    "1 " CM80 " inline:" K1 "|2^20|1:4"), "written as registered");
	ktap(prints("7 " CM80 " inline:" K1 "|1000|300:2;inline:" K2 "|0:2"
		    "   WSH=100 KDR=1  -X FEC_ORDER=FEC_SRTP",
		    "7 " CM80 " inline:" K1 "|1000|300:2;inline:" K2 "|0:2"
		    " KDR=1 FEC_ORDER=FEC_SRTP WSH=100"),
	     "keys, MKIs and parameters, in one order");
	ktap(prints("1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw"
		    " UNENCRYPTED_SRTCP UNENCRYPTED_SRTP",
		    "1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
		    " UNENCRYPTED_SRTP UNENCRYPTED_SRTCP"), "padding is written");
	memset(out, 'x', sizeof(out));
	ktap(!parse("1 " CM80 " inline:" K1) &&
	     sdes_print(out, sizeof(out), &crypto) == -ENOSPC && !out[0] &&
	     !out[40], "a short buffer is refused, and zeroed");
}

int main(void)
{
	test_suites();
	test_keys();
	test_wrong_keys();
	test_parameters();
	test_print();
	return ktap_finish();
}
