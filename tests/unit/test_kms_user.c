// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users: the identities that their public ones give them (TS 33.328 6.2.3.5),
 * the table that holds them, and the words that they are imported from.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/ktap.h"
#include "../lib/random.h"
#include "kms/user_line.h"
#include "kms/user_table.h"
#include "lib/hex.h"
#include "lib/siphash.h"

enum { KINDS = 500, STEPS = 200000, NOW = 1000000 };

static struct user user, other;

static bool is_zero(const void *octets, size_t size)
{
	const char *at = octets;

	while (size && !*at++)
		size--;
	return !size;
}

/* -- identities ------------------------------------------------------------ */

static void test_identities(void)
{
	char uri[300];
	bool all = true;

	ktap(user_add_impu(&user, SG_SLICE("sip:Alice@A.example;user=phone")) &&
	     user_add_impu(&user, SG_SLICE("sips:al@b.example:5061")) &&
	     user.identities == 2, "public identities give identities");
	ktap(user_has(&user, SG_SLICE("Alice@a.EXAMPLE")) &&
	     user_has(&user, SG_SLICE("al@b.example")),
	     "they are the user's, whatever the domain's case");
	ktap(!user_has(&user, SG_SLICE("alice@a.example")) &&
	     !user_has(&user, SG_SLICE("Alice@a.example ")) &&
	     !user_has(&user, SG_SLICE("*@a.example")) &&
	     !user_has(&user, SG_SLICE("")),
	     "another user part, a group or nobody is not");
	ktap(user_add_impu(&user, SG_SLICE("sip:al@B.example")) &&
	     user.identities == 2, "one that is there is not added again");
	ktap(!user_add_impu(&user, SG_SLICE("tel:+15551234")) &&
	     !user_add_impu(&user, SG_SLICE("sip:*@a.example")) &&
	     !user_add_impu(&user, SG_SLICE("sip:a\nb@a.example")) &&
	     !user_add_impu(&user, SG_SLICE("sip:a.example")) &&
	     user.identities == 2, "a number, a group, two lines give none");
	snprintf(uri, sizeof(uri), "sip:%0*d@a.example", USER_IDENTITY_MAX - 10,
		 1);
	ktap(user_add_impu(&user, sg_slice_of(uri)), "the longest is taken");
	snprintf(uri, sizeof(uri), "sip:%0*d@a.example", USER_IDENTITY_MAX - 9,
		 1);
	ktap(!user_add_impu(&user, sg_slice_of(uri)), "a longer one is not");
	for (int i = user.identities; i < USER_IDENTITIES_MAX; i++) {
		snprintf(uri, sizeof(uri), "sip:u%d@a.example", i);
		all &= user_add_impu(&user, sg_slice_of(uri));
	}
	ktap(all && !user_add_impu(&user, SG_SLICE("sip:more@a.example")),
	     "there are so many and no more");
	user_wipe(&user);
	ktap(is_zero(&user, sizeof(user)), "nothing is left of it");
}

/* -- hashes, digits -------------------------------------------------------- */

/* The vector of the SipHash paper's appendix. */
static void test_hash(void)
{
	static const __u64 seed[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	char text[15];

	for (int i = 0; i < 15; i++)
		text[i] = i;
	ktap(sg_siphash(seed, (struct sg_slice){ text, 15 }) ==
	     0xa129ca6149be45e5, "SipHash-2-4 as published");
}

static void test_hex(void)
{
	char text[2], back[5];
	__u8 octet;
	int wrong = 0;

	for (int i = 0; i < 65536; i++) {
		bool digits;

		text[0] = i >> 8;
		text[1] = i;
		digits = text[0] && text[1] &&
			 strspn(text, "0123456789abcdefABCDEF") >= 2;
		if (digits)
			wrong += sg_hex_decode(&octet, 1,
					       (struct sg_slice){ text, 2 }) ||
				 octet != strtoul((char[]){ text[0], text[1],
							    0 }, NULL, 16);
		else
			wrong += sg_hex_decode(&octet, 1,
					       (struct sg_slice){ text, 2 }) !=
					 -EINVAL || octet;
	}
	ktap(!wrong, "all pairs of octets as hexadecimal digits");
	ktap(sg_hex_decode(&octet, 1, SG_SLICE("012")) == -EINVAL &&
	     sg_hex_decode(&octet, 1, SG_SLICE("")) == -EINVAL,
	     "too many and too few");
	sg_hex_encode(back, (const __u8 *)"\x09\xaf", 2);
	ktap(!strcmp(back, "09af"), "and back");
}

/* -- the table ------------------------------------------------------------- */

static void fill(struct user *user, __u32 number)
{
	char uri[64];

	user_wipe(user);
	user->naf_key.size = NAF_KEY_SIZE;
	memset(user->naf_key.octets, number, NAF_KEY_SIZE);
	user->expires = number;
	for (__u32 i = 0; i < number % 4; i++) {
		snprintf(uri, sizeof(uri), "sip:u%u@%u.example", number, i);
		user_add_impu(user, sg_slice_of(uri));
	}
}

static struct sg_slice name_of(char text[32], __u32 number)
{
	/* Some are the beginning of others. */
	return (struct sg_slice){ text, snprintf(text, 32, "%u@b", number) -
						number % 2 };
}

/* Random changes beside an array that holds the same. */
static void test_table(void)
{
	struct random chance = { random_setting("SEED", time(NULL)) };
	static __u32 held[KINDS];
	struct user_table table;
	size_t count = 0, wrong = 0;
	char text[32];

	ktap_note("SEED=%llu", chance.state);
	user_table_open(&table);
	for (int i = 0; i < STEPS; i++) {
		__u32 number = random_below(&chance, KINDS);
		struct sg_slice btid = name_of(text, number);
		struct user_record *record = user_table_find(&table, btid);

		wrong += !record != !held[number];
		if (record) {
			user_record_read(record, &user);
			fill(&other, held[number]);
			wrong += memcmp(&user.naf_key, &other.naf_key,
					sizeof(user.naf_key)) ||
				 user.expires != other.expires ||
				 user.identities != other.identities;
			for (int j = 0; j < user.identities; j++)
				wrong += strcmp(user.identity[j],
						other.identity[j]) != 0;
		}
		if (record && random_once_in(&chance, 3)) {
			user_table_drop(&table, record);
			held[number] = 0;
			count--;
		} else {
			count += !held[number];
			held[number] = 1 + random_below(&chance, 100000);
			fill(&user, held[number]);
			user_table_put(&table, btid, &user, 0);
		}
		wrong += table.count != count;
	}
	ktap(!wrong, "%d changes: the table holds what was put in it", STEPS);
	user_table_close(&table);
}

static void test_row(void)
{
	struct user_table table;
	struct user_record *record;

	user_table_open(&table);
	user_table_put(&table, SG_SLICE("1@b"), NULL, -ENOENT);
	record = user_table_put(&table, SG_SLICE("2@b"), NULL, -EACCES);
	user_table_put(&table, SG_SLICE("3@b"), NULL, -ENOENT);
	ktap(table.oldest->text[0] == '1' && table.newest->text[0] == '3' &&
	     record->err == -EACCES, "they stand in a row");
	user_table_move(&table, table.oldest);
	ktap(table.oldest == record && table.newest->text[0] == '1',
	     "the oldest becomes the newest");
	user_table_drop(&table, record);
	ktap(table.oldest->text[0] == '3' &&
	     table.oldest->newer == table.newest && !table.oldest->older,
	     "and one leaves it");
	user_table_close(&table);
}

/* -- words ----------------------------------------------------------------- */

#define HEX "000102030405060708090a0b0c0d0e0f" \
	    "101112131415161718191a1b1c1d1e1f"
#define BTID "I1U8vpY3qJ0hiuZNrke/NQ==@bsf.a.example"

static int read_line(const char *line, struct fault *fault)
{
	struct sg_slice btid;
	int err = user_read_line(&user, &btid, sg_slice_of(line), NOW,
				 "KMS.a.example", fault);

	if (!err && !sg_slice_is(btid, BTID))
		return -EBADMSG;
	return err;
}

static void test_line(void)
{
	struct fault fault;

	ktap(!read_line(BTID " +60 naf:" HEX
			     " tel:+1555 sip:alice@a.example", &fault) &&
	     user.expires == NOW + 60 && user.identities == 1 &&
	     user.naf_key.size == 32 && user.naf_key.octets[31] == 0x1f,
	     "a line with a NAF-Key");
	/* The key of tests/unit/test_gba.c. */
	ktap(!read_line(BTID " 0 ks:" HEX ":alice_private@a.example "
			     "sip:alice@a.example", &fault) &&
	     !user.expires && user.naf_key.octets[0] == 0x01 &&
	     user.naf_key.octets[31] == 0x11, "a line with Ks");
}

static void test_bad_lines(void)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{ "", "B-TID" },
		{ "alice 0 naf:" HEX " sip:a@b", "is no B-TID" },
		{ BTID " soon naf:" HEX " sip:a@b", "seconds" },
		{ BTID " 99999999999 naf:" HEX " sip:a@b", "seconds" },
		{ BTID " 0 " HEX " sip:a@b", "64 hex" },
		{ BTID " 0 naf:" HEX "00 sip:a@b", "64 hex" },
		{ BTID " 0 naf:" HEX ": sip:a@b", NULL },
		{ BTID " 0 naf:x" HEX " sip:a@b", "64 hex" },
		{ BTID " 0 ks:" HEX " sip:a@b", "64 hex" },
		{ "x@y 0 ks:" HEX ":i@a.example sip:a@b", "RAND" },
		{ BTID " 0 naf:" HEX, "SIP URI" },
		{ BTID " 0 naf:" HEX " tel:+1555", "SIP URI" },
	};
	struct fault fault;
	int wrong = 0, told = 0;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = read_line(bad[i].line, &fault);

		if (!bad[i].says) {
			wrong += err != 0;
			continue;
		}
		if (err != -EINVAL || !strstr(fault.text, bad[i].says) ||
		    !is_zero(&user, sizeof(user))) {
			ktap_note("%zu: %d %s", i, err, fault.text);
			wrong++;
		}
		told += strstr(fault.text, "0102") != NULL;
	}
	ktap(!wrong, "what is no user is refused");
	ktap(!told, "and no key is in the errors");
}

int main(void)
{
	test_identities();
	test_hash();
	test_hex();
	test_table();
	test_row();
	test_line();
	test_bad_lines();
	return ktap_finish();
}
