// SPDX-License-Identifier: GPL-2.0-only
/* MIKEY's wire format: messages, key data, SRTP's policy. No cryptography. */
#include <errno.h>
#include <stdio.h>

#include "../lib/ktap.h"
#include "../lib/vectors.h"
#include "lib/mikey_key.h"
#include "lib/mikey_srtp.h"

#define DATA "tests/unit/data/mikey/"

static struct vectors vectors;
static struct mikey_message message;
static struct mikey_fault fault;

static const char *const files[] = { "mode1-128", "mode1-256", "mode3-128",
				     "public" };

static bool is_message(const struct vector *vector)
{
	return vector->size > MIKEY_HEADER_SIZE && vector->octets[0] == 1 &&
	       (vector->name[0] < 'a' || !strncmp(vector->name, "rfc", 3) ||
		!strcmp(vector->name, "camera"));
}

static bool goes_round(const struct vector *vector)
{
	__u8 out[2048];
	int size;

	if (mikey_parse(&message, (struct sg_slice){ (char *)vector->octets,
						     vector->size }, &fault))
		return false;
	size = mikey_print(out, sizeof(out), &message);
	return size == (int)vector->size &&
	       !memcmp(out, vector->octets, size) &&
	       mikey_print(out, size, &message) == size &&
	       mikey_print(out, size - 1, &message) == -ENOSPC;
}

/* No message is whole when octets of it are missing, or there are more. */
static bool refuses_other_lengths(const struct vector *vector)
{
	char octets[2048] = { 0 };

	memcpy(octets, vector->octets, vector->size);
	for (size_t size = 0; size <= vector->size + 1; size++) {
		int err = mikey_parse(&message, (struct sg_slice){ octets, size },
				      &fault);

		if ((err == 0) != (size == vector->size))
			return false;
		if (err && (!fault.text || err > 0))
			return false;
	}
	return true;
}

static void test_messages(void)
{
	char path[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), DATA "%s.txt", files[i]);
		vectors_load(&vectors, path);
		for (int j = 0; j < vectors.vectors; j++) {
			if (!is_message(&vectors.vector[j]))
				continue;
			ktap(goes_round(&vectors.vector[j]),
			     "%s %s is read and written", files[i],
			     vectors.vector[j].name);
			ktap(refuses_other_lengths(&vectors.vector[j]),
			     "%s %s cut short or with more is refused",
			     files[i], vectors.vector[j].name);
		}
		vectors_free(&vectors);
	}
}

static int parse(const char *octets, size_t size)
{
	return mikey_parse(&message, (struct sg_slice){ octets, size }, &fault);
}

#define PARSE(literal) parse(literal, sizeof(literal) - 1)
#define HDR(next) "\1\16" next "\1\1\2\3\4\0\1"

/* Refused with this errno and this number for the Error message. */
#define REFUSED(octets, err, number, name)                                     \
	do {                                                                   \
		int got = PARSE(octets);                                       \
		if (!ktap(got == (err) && fault.error == (number),             \
			  "refused: " name))                                   \
			ktap_note("%d, error %d", got, fault.error);           \
	} while (0)

static void test_fields(void)
{
	const struct mikey_payload *p;

	vectors_load(&vectors, DATA "mode1-128.txt");
	mikey_parse(&message, vectors_get(&vectors, "TRANSFER_INIT"), &fault);
	ktap(message.data_type == MIKEY_TRANSFER_INIT && message.v &&
	     message.prf == MIKEY_PRF_SHA1 && message.csb_id == 0x55667788 &&
	     message.map == MIKEY_MAP_GENERIC && message.css == 2,
	     "TRANSFER_INIT's header");
	ktap(message.cs[0].id == 1 && message.cs[0].protocol == MIKEY_SRTP &&
	     message.cs[0].policies.size == 1 &&
	     message.cs[0].session.size == 4 && message.cs[0].spi.size == 1 &&
	     message.cs[0].spi.at[0] == 2 && !message.cs[1].session.size,
	     "GENERIC-ID crypto sessions");
	p = mikey_find(&message, MIKEY_IDR, MIKEY_RESPONDER, 0);
	ktap(p && sg_slice_is(p->data, "bob@b.example") &&
	     !mikey_find(&message, MIKEY_IDR, MIKEY_RESPONDER, 1) &&
	     !mikey_find(&message, MIKEY_IDR, MIKEY_KMS, 0) &&
	     mikey_find(&message, MIKEY_IDR, 0, 1) == p,
	     "identities are found by their role");
	p = mikey_find(&message, MIKEY_T, 0, 0);
	ktap(p && p->t.type == MIKEY_NTP_UTC &&
	     p->t.value == 0xcfbf2d0000000000, "the timestamp");
	p = mikey_find(&message, MIKEY_TICKET, 0, 0);
	ktap(p && sg_slice_equal(p->ticket.body,
				 vectors_get(&vectors, "ticket")) &&
	     sg_slice_equal(p->ticket.initiator_data,
			    vectors_get(&vectors, "initiator_data")),
	     "ticket and Initiator Data");
	p = mikey_find(&message, MIKEY_EXTENSION, 0, 0);
	ktap(p && p->kind == MIKEY_EXTENSION_SDP_IDS &&
	     sg_slice_is(p->data, "mikey"), "a General Extension");
	vectors_free(&vectors);
}

static void test_refused(void)
{
	ktap(!PARSE(HDR("\0")) && !message.payloads, "a header alone is read");
	REFUSED("\2\16\0\1\1\2\3\4\0\1", -ENOTSUP, MIKEY_UNSPECIFIED,
		"version 2");
	REFUSED("\1\16\0\1\1\2\3\4\0\3", -ENOTSUP, MIKEY_UNSPECIFIED,
		"map type 3");
	REFUSED("\1\16\0\1\1\2\3\4\1\1", -EINVAL, MIKEY_UNSPECIFIED,
		"a crypto session in the empty map");
	REFUSED("\1\16\0\1\1\2\3\4\101\0", -E2BIG, MIKEY_UNSPECIFIED,
		"65 crypto sessions");
	REFUSED("\1\16\0\1\1\2\3\4\2\2" "\1\0\0\0\0\0" "\1\0\0\0\0\0", -EINVAL,
		MIKEY_UNSPECIFIED, "two crypto sessions of one number");
	REFUSED(HDR("\22") "\0\0\0", -ENOTSUP, MIKEY_UNSPECIFIED,
		"payload type 18");
	REFUSED(HDR("\24") "\0\40\0\1x", -ENOTSUP, MIKEY_UNSPECIFIED,
		"key data outside of KEMAC");
	REFUSED(HDR("\377") "\0", -ENOTSUP, MIKEY_UNSPECIFIED,
		"payload type 255");
	REFUSED(HDR("\5") "\0\4\0\0\0\0\0\0\0\0", -ENOTSUP, MIKEY_INVALID_TS,
		"timestamp type 4");
	REFUSED(HDR("\11") "\0\3", -ENOTSUP, MIKEY_INVALID_MAC, "MAC type 3");
	REFUSED(HDR("\1") "\0\1\0\0\3", -ENOTSUP, MIKEY_INVALID_MAC,
		"MAC type 3 in KEMAC");
	REFUSED(HDR("\10") "\0\3", -ENOTSUP, MIKEY_INVALID_HA, "hash 3");
	REFUSED(HDR("\3") "\0\3", -ENOTSUP, MIKEY_INVALID_DH, "group 3");
	REFUSED(HDR("\4") "\0\3xyz?", -EINVAL, MIKEY_UNSPECIFIED,
		"something behind SIGN");
	REFUSED(HDR("\21") "\0\0\2\0\0\1\0\0\0\0\0\0\0", -EINVAL,
		MIKEY_UNSPECIFIED, "a ticket without Initiator Data's length");
	ktap(!PARSE(HDR("\21") "\0\0\2\0\0\1\0\0\0\0\0\0\0\0"),
	     "and with a length of 0 it is read");
}

/* Trap 25: what nobody asked for can be stepped over. */
static void test_other_payloads(void)
{
	static const char others[] =
		HDR("\2") "\6\200\3key" "\7\0\0\2me" "\10\2\0\1x"
		"\32\0abcdefghijklmnopqrst" "\25\1\0\0\3xyz"
		"\14\1\0\2hi" "\4\17\0\0" "\40\3sig";
	__u8 out[256];

	ktap(!PARSE(others) && message.payloads == 8 &&
	     message.payload[0].kind == 2 && message.payload[6].error == 15 &&
	     message.payload[7].kind == 2,
	     "PKE, ID, CERT, CHASH, SAKKE, EXTENSION, ERR and SIGN are read");
	ktap(mikey_print(out, sizeof(out), &message) ==
		     (int)sizeof(others) - 1 &&
	     !memcmp(out, others, sizeof(others) - 1), "and written");
}

static void test_printing(void)
{
	static struct mikey_payload sign = { .type = MIKEY_SIGN };
	static struct mikey_payload unknown = { .type = 18 };
	static char big[70000];
	__u8 out[1024];

	memset(&message, 0, sizeof(message));
	mikey_add(&message, sign);
	ktap(mikey_print(out, sizeof(out), &message) == 12, "SIGN is last");
	mikey_add(&message, sign);
	ktap(mikey_print(out, sizeof(out), &message) == -EINVAL,
	     "nothing is written behind SIGN");
	message.payloads = 0;
	mikey_add(&message, unknown);
	ktap(mikey_print(out, sizeof(out), &message) == -EINVAL,
	     "an unknown payload is not written");
	message.payload[0] = (struct mikey_payload){
		.type = MIKEY_ID, .data = { big, sizeof(big) }
	};
	ktap(mikey_print(out, sizeof(out), &message) < 0,
	     "70,000 octets fit no length");
	message.payload[0] = (struct mikey_payload){
		.type = MIKEY_RAND, .data = { big, 256 }
	};
	ktap(mikey_print(out, sizeof(out), &message) == -EINVAL,
	     "nor do 256 octets of RAND");
	message.payloads = 0;
	for (int i = 0; i <= MIKEY_PAYLOADS_MAX; i++)
		mikey_add(&message, (struct mikey_payload){ .type = MIKEY_ERR });
	ktap(mikey_print(out, sizeof(out), &message) == -EINVAL,
	     "too many payloads are not cut short silently");
	ktap(!strcmp(mikey_error_name(MIKEY_INVALID_TPPAR), "Invalid TPpar") &&
	     !strcmp(mikey_error_name(16), "unknown"), "names");
}

/* -- key data -------------------------------------------------------------- */

static struct mikey_keys keys;

#define KEY16 "0123456789abcdef"

static int parse_keys(const char *octets, size_t size)
{
	return mikey_keys_parse(&keys, (struct sg_slice){ octets, size },
				&fault);
}

#define KEYS(literal) parse_keys(literal, sizeof(literal) - 1)

static void test_keys(void)
{
	static const char chain[] =
		"\24\141\0\20" KEY16 "\1\1" "\24\21\0\20" KEY16 "\0\2ab\1\2"
		"\24\120\0\20" KEY16 "\0\3xyz" "\0\42\0\20" KEY16
		"\6\0\0\0\0\0\1\6\0\0\1\0\0\0";
	__u8 out[256];

	ktap(!KEYS(chain) && keys.keys == 4 && keys.key[0].kind == MIKEY_MPK &&
	     keys.key[0].spi_size == 1 && keys.key[1].kind == MIKEY_TGK &&
	     keys.key[1].salt_size == 2 && keys.key[2].kind == MIKEY_GTGK &&
	     keys.key[2].salt_size == 3 && keys.key[3].kind == MIKEY_TEK &&
	     keys.key[3].from == 1 && keys.key[3].to == 1 << 24,
	     "a chain of keys with salts, SPIs and an interval");
	ktap(mikey_keys_print(out, sizeof(out), &keys) ==
		     (int)sizeof(chain) - 1 &&
	     !memcmp(out, chain, sizeof(chain) - 1), "is written the same");
	ktap(mikey_keys_print(out, 40, &keys) == -ENOSPC && !out[4],
	     "a buffer too small for it is left zero");
	ktap(mikey_keys_have_tgk(&keys) && mikey_keys_longest(&keys) == 16,
	     "it has a TGK; its longest key has 16 octets");
	ktap(!KEYS("") && !keys.keys, "no keys at all");
	ktap(KEYS("\0\160\0\1x") == -ENOTSUP, "refused: key type 7");
	ktap(KEYS("\0\43\0\1x") == -ENOTSUP, "refused: validity 3");
	ktap(KEYS("\0\40\0\0") == -EINVAL, "refused: an empty key");
	ktap(KEYS("\0\41\0\1x\0") == -EINVAL, "refused: an empty SPI");
	ktap(KEYS("\0\60\0\1x\0\0") == -EINVAL, "refused: an empty salt");
	ktap(KEYS("\0\40\0\1xy") == -EINVAL, "refused: more behind the last key");
	ktap(KEYS("\1\40\0\1x") == -EINVAL, "refused: a KEMAC behind a key");
	ktap(KEYS("\24\40\0\1x") == -EINVAL && !keys.keys,
	     "refused: a missing key; nothing is left behind");
	ktap(KEYS("\0\40\0\101"
		  "0123456789012345678901234567890123456789012345678901234567890"
		  "1234") == -EINVAL, "refused: a key of 65 octets");
}

/* Traps 8 and 16: order and SPIs. */
static void test_key_rules(void)
{
	static const struct {
		const char *name;
		const char *octets;
		size_t size;
		int mpks, err;
	} rows[] = {
#define ROW(name, octets, mpks, err) { name, octets, sizeof(octets) - 1, mpks, err }
#define MPK(np) np "\141\0\20" KEY16 "\1\1"
#define TGK(np) np "\1\0\20" KEY16 "\1\2"
		ROW("one MPK, as without forking", MPK("\24") TGK("\0"), 1, 0),
		ROW("two MPKs", MPK("\24") MPK("\24") TGK("\0"), 2, 0),
		ROW("two MPKs and nothing else", MPK("\24") MPK("\0"), 2, 0),
		ROW("no MPK", TGK("\0"), 0, 0),
		ROW("one MPK where two are due", MPK("\24") TGK("\0"), 2, -EINVAL),
		ROW("two where one is", MPK("\24") MPK("\24") TGK("\0"), 1, -EINVAL),
		ROW("an MPK last", TGK("\24") MPK("\0"), 1, -EINVAL),
		ROW("none where one is due", "", 1, -EINVAL),
		ROW("an MPK without SPI", "\0\140\0\20" KEY16, 1, -EINVAL),
		ROW("a key of 120 bits", "\0\41\0\17" "0123456789abcde\1\1", 0,
		    -EINVAL),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ktap(!parse_keys(rows[i].octets, rows[i].size) &&
		     mikey_keys_check(&keys, rows[i].mpks, &fault) ==
			     rows[i].err, "keys: %s", rows[i].name);
}

/* -- SRTP ------------------------------------------------------------------ */

static struct mikey_srtp srtp;

static int parse_sp(const char *octets, size_t size)
{
	return mikey_srtp_parse(&srtp, (struct sg_slice){ octets, size },
				&fault);
}

#define SP(literal) parse_sp(literal, sizeof(literal) - 1)

static void test_policies(void)
{
	__u8 out[128];
	bool same = true;
	int size;

	for (int suite = 1; suite <= SG_SUITE_F8_128_HMAC_SHA1_80; suite++) {
		same &= mikey_srtp_of_suite(&srtp, suite);
		size = mikey_srtp_print(out, sizeof(out), &srtp);
		same &= size > 0 && !parse_sp((char *)out, size) &&
			mikey_srtp_suite(&srtp) == (enum sg_suite)suite;
	}
	ktap(same, "each suite becomes a policy and back");
	ktap(!SP("") && mikey_srtp_suite(&srtp) ==
			SG_SUITE_AES_CM_128_HMAC_SHA1_80, "what is not said");
	ktap(!SP("\13\1\4\1\1\40") && mikey_srtp_suite(&srtp) ==
				      SG_SUITE_AES_256_CM_HMAC_SHA1_32,
	     "any order");
	ktap(!SP("\0\1\6\1\1\20\4\1\14\5\1\0\24\1\20") &&
	     mikey_srtp_suite(&srtp) == SG_SUITE_AEAD_AES_128_GCM,
	     "AES-GCM as RFC 7714 15 has it");
	ktap(!SP("\6\2\1\0") && srtp.kdr == 256 && !SP("\16\1\1\6\4\1\0\0\0") &&
	     srtp.kdr == 1 << 24, "key derivation rates; RCC is stepped over");
	size = mikey_srtp_print(out, sizeof(out), &srtp);
	ktap(size > 0 && !parse_sp((char *)out, size) && srtp.kdr == 1 << 24,
	     "the rate is written");
	ktap(!SP("\7\1\0") && mikey_srtp_suite(&srtp) == SG_SUITE_NONE,
	     "without encryption it is no suite");
	ktap(SP("\0\1\1\0\1\1") == -EINVAL && fault.error == MIKEY_INVALID_SPPAR,
	     "refused: said twice");
	ktap(SP("\0\2\1\1") == -EINVAL, "refused: two octets");
	ktap(SP("\0\1") == -EINVAL, "refused: cut short");
	ktap(SP("\6\1\3") == -EINVAL, "refused: derivation rate 3");
	ktap(SP("\6\4\2\0\0\0") == -EINVAL, "refused: derivation rate 2^25");
	ktap(SP("\0\1\6\24\1\14") == -EINVAL, "refused: AES-GCM, tag of 12");
	ktap(SP("\7\1\2") == -EINVAL, "refused: a switch of 2");
}

static void test_streams(void)
{
	struct mikey_stream stream = { 0xcafe0001, 7, 65535, true }, read;
	__u8 buffer[MIKEY_STREAM_SIZE];
	struct mikey_cs cs = { 0 };

	ktap(mikey_stream_parse(&read, &cs) == -ENODATA, "no session data");
	mikey_stream_print(&cs, buffer, &stream);
	ktap(cs.session.size == 10 && !mikey_stream_parse(&read, &cs) &&
	     read.ssrc == 0xcafe0001 && read.roc == 7 && read.seq == 65535 &&
	     read.with_roc, "SSRC, ROC and SEQ");
	cs.with_roc = false;
	ktap(mikey_stream_parse(&read, &cs) == -EINVAL,
	     "refused: ROC without S");
	stream.with_roc = false;
	mikey_stream_print(&cs, buffer, &stream);
	ktap(cs.session.size == 4 && !mikey_stream_parse(&read, &cs) &&
	     read.ssrc == 0xcafe0001 && !read.with_roc, "an SSRC alone");
}

int main(void)
{
	test_messages();
	test_fields();
	test_refused();
	test_other_payloads();
	test_printing();
	test_keys();
	test_key_rules();
	test_policies();
	test_streams();
	return ktap_finish();
}
