// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of Zn: what is written is read again, every AVP length that a
 * peer may get wrong is refused, and times and user security settings are
 * read as TS 29.109 and RFC 6733 have them. tests/interop/kms_zn.sh has the
 * dialogue.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../lib/ktap.h"
#include "kms/zn_message.h"
#include "kms/zn_uss.h"

static struct zn_self self = { "kms.a.example", "a.example", 7, {}, "12" };
static struct user user;

static bool is_zero(const void *octets, size_t size)
{
	const char *at = octets;

	while (size && !*at++)
		size--;
	return !size;
}

/* -- what we say ----------------------------------------------------------- */

/* The first AVP of @code, or an empty slice. */
static struct sg_slice find(struct sg_cursor avps, __u32 vendor, __u32 code)
{
	struct diameter_avp avp;

	while (diameter_next(&avps, &avp) > 0)
		if (avp.code == code && avp.vendor == vendor)
			return avp.data;
	return (struct sg_slice){ NULL, 0 };
}

static void test_question(void)
{
	struct zn_question question = {
		.btid = SG_SLICE("abc@bsf.home.example"),
		.session = 5, .hop = 0x01020304, .end = 0x05060708,
	};
	struct diameter_header header;
	struct sg_cursor avps;
	char buffer[ZN_REQUEST_MAX];
	int size = zn_print_bi(buffer, sizeof(buffer), &self, &question);

	ktap(size > 0 && diameter_size(buffer, 4) == size &&
	     !diameter_parse(&header, &avps,
			     (struct sg_slice){ buffer, size }) &&
	     header.flags == 0xc0 && header.command == 310 &&
	     header.application == 16777220 && header.hop == 0x01020304 &&
	     header.end == 0x05060708, "a question's header");
	ktap(sg_slice_is(find(avps, 0, 263), "kms.a.example;7;5") &&
	     sg_slice_is(find(avps, 0, 264), "kms.a.example") &&
	     sg_slice_is(find(avps, 0, 296), "a.example") &&
	     sg_slice_is(find(avps, 0, 283), "bsf.home.example") &&
	     !find(avps, 0, 293).at &&
	     sg_slice_is(find(avps, 10415, 403), "12") &&
	     sg_slice_is(find(avps, 10415, 401), "abc@bsf.home.example") &&
	     sg_slice_equal(find(avps, 10415, 402),
			    (struct sg_slice){ "kms.a.example\1\0\0\0\6", 18 }),
	     "and what is in it");
	question.again = true;
	question.realm = "home.example";
	question.host = "b.home.example";
	size = zn_print_bi(buffer, sizeof(buffer), &self, &question);
	diameter_parse(&header, &avps, (struct sg_slice){ buffer, size });
	ktap(header.flags == 0xd0 &&
	     sg_slice_is(find(avps, 0, 283), "home.example") &&
	     sg_slice_is(find(avps, 0, 293), "b.home.example"),
	     "asked again, and of one BSF");
	for (int room = 0; room < size; room++)
		if (zn_print_bi(buffer, room, &self, &question) != -ENOSPC)
			size = 0;
	ktap(size > 0, "in too little room nothing is written");
}

/* -- capabilities ---------------------------------------------------------- */

static int parse_ce(__u32 result, __u32 application, const char *host)
{
	struct diameter_header header = { 0, DIAMETER_CE, 0, 1, 1 };
	struct diameter_writer w;
	char buffer[512];
	struct sg_cursor avps;

	diameter_begin(&w, buffer, sizeof(buffer), &header);
	diameter_put_u32(&w, DIAMETER_RESULT, result);
	diameter_put_text(&w, DIAMETER_ORIGIN_HOST, "bsf.home.example");
	diameter_put_u32(&w, DIAMETER_AUTH_APPLICATION, application);
	diameter_parse(&header, &avps,
		       (struct sg_slice){ buffer, diameter_end(&w) });
	return zn_parse_ce(avps, host);
}

static void test_capabilities(void)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
	struct diameter_header header;
	struct sg_cursor avps;
	char buffer[ZN_REQUEST_MAX];
	int size;

	from.sin6_addr.s6_addr[15] = 9;
	size = zn_print_ce(buffer, sizeof(buffer), &self,
			   (struct sockaddr *)&from, 3);
	diameter_parse(&header, &avps, (struct sg_slice){ buffer, size });
	ktap(header.flags == 0x80 && header.command == 257 &&
	     find(avps, 0, 257).size == 18 && find(avps, 0, 257).at[1] == 2 &&
	     find(avps, 0, 257).at[17] == 9 && find(avps, 0, 260).size == 24,
	     "our capabilities");
	ktap(!parse_ce(2001, ZN_APPLICATION, NULL) &&
	     !parse_ce(2001, DIAMETER_RELAY, "BSF.home.example"),
	     "a BSF's, and an agent's");
	ktap(parse_ce(5010, ZN_APPLICATION, NULL) == -EACCES &&
	     parse_ce(2001, 4, NULL) == -ENOTSUP &&
	     parse_ce(2001, ZN_APPLICATION, "b") == -EINVAL &&
	     zn_parse_ce(sg_cursor_of("", 0), NULL) == -EPROTO,
	     "those of others");
}

/* -- answers --------------------------------------------------------------- */

static int parse_answer(struct diameter_writer *w)
{
	struct diameter_header header;
	struct sg_cursor avps;

	if (diameter_parse(&header, &avps, (struct sg_slice){
				(char *)w->buffer, diameter_end(w) }))
		return -EIO;
	memset(&user, 0xff, sizeof(user));
	return zn_parse_bi(&user, avps);
}

static struct diameter_writer begin(char buffer[1024])
{
	struct diameter_header header = { 0, ZN_BI, ZN_APPLICATION, 1, 1 };
	struct diameter_writer w;

	diameter_begin(&w, buffer, 1024, &header);
	return w;
}

static void put_good(struct diameter_writer *w)
{
	char key[NAF_KEY_SIZE];

	memset(key, 0x5a, sizeof(key));
	diameter_put_u32(w, DIAMETER_RESULT, DIAMETER_SUCCESS);
	diameter_put(w, ZN_VENDOR, 405, (struct sg_slice){ key, sizeof(key) });
}

static __u64 expires_of(__u32 ntp)
{
	const char octets[] = { ntp >> 24, ntp >> 16, ntp >> 8, ntp };
	char buffer[1024];
	struct diameter_writer w = begin(buffer);

	put_good(&w);
	diameter_put(&w, ZN_VENDOR, 404, (struct sg_slice){ octets, 4 });
	return parse_answer(&w) ? 1 : user.expires;
}

static int parse_experimental(__u32 vendor, __u32 result)
{
	char buffer[1024];
	struct diameter_writer w = begin(buffer);
	size_t group = diameter_group(&w, DIAMETER_EXPERIMENTAL);

	diameter_put_u32(&w, DIAMETER_VENDOR, vendor);
	diameter_put_u32(&w, DIAMETER_EXPERIMENTAL_RESULT, result);
	diameter_close(&w, group);
	return parse_answer(&w);
}

static void test_answer(void)
{
	char buffer[1024];
	struct diameter_writer w = begin(buffer);

	put_good(&w);
	ktap(!parse_answer(&w) && user.naf_key.size == 32 &&
	     user.naf_key.octets[31] == 0x5a && !user.identities &&
	     !user.expires, "a key");
	/* NTP's seconds begin anew in 2036: RFC 6733 4.3.1. */
	ktap(expires_of(2208988800u + 1700000000u) == 1700000000 &&
	     expires_of(0xffffffff) == 2085978495 &&
	     expires_of(0) == 2085978496, "its end, in 2036 too");
	ktap(parse_experimental(10415, 5403) == -ENOENT &&
	     parse_experimental(10415, 5401) == -ENOENT &&
	     parse_experimental(10415, 5402) == -EACCES &&
	     parse_experimental(10415, 5999) == -EAGAIN &&
	     parse_experimental(9, 5403) == -EPROTO &&
	     is_zero(&user, sizeof(user)), "refusals");
	w = begin(buffer);
	diameter_put_u32(&w, DIAMETER_RESULT, 3002);
	ktap(parse_answer(&w) == -EAGAIN, "nobody there");
	w = begin(buffer);
	diameter_put_u32(&w, DIAMETER_RESULT, DIAMETER_SUCCESS);
	ktap(parse_answer(&w) == -EPROTO, "no key is no success");
	diameter_put(&w, ZN_VENDOR, 405,
		     SG_SLICE("0123456789012345678901234567890"));
	ktap(parse_answer(&w) == -EPROTO, "nor is one of 31 octets");
}

/* Every length in an answer, set to every near value and some far ones. */
static void test_lengths(void)
{
	static const char uss[] = "<ussList><uss><uids><uid>sip:a@b.example"
				  "</uid></uids></uss></ussList>";
	struct diameter_header header;
	struct sg_cursor avps;
	char good[1024], bad[1024];
	struct diameter_writer w = begin(good);
	int size, taken = 0, wrong = 0;

	put_good(&w);
	diameter_put(&w, ZN_VENDOR, 400, SG_SLICE(uss));
	size = diameter_end(&w);
	for (int at = DIAMETER_HEADER + 5; at + 3 <= size; at++) {
		for (int value = 0; value < 300; value++) {
			memcpy(bad, good, size);
			bad[at] = value > 256 ? 0xff : 0;
			bad[at + 1] = value >> 8;
			bad[at + 2] = value;
			diameter_parse(&header, &avps,
				       (struct sg_slice){ bad, size });
			if (zn_parse_bi(&user, avps))
				wrong += !is_zero(&user, sizeof(user));
			else
				wrong += user.naf_key.size != NAF_KEY_SIZE;
			taken++;
		}
	}
	ktap(taken > 10000 && !wrong, "%d wrong lengths", taken);
	/* That of Result-Code: none but 12 leads to what follows. */
	for (int value = 0; value < 256; value++) {
		memcpy(bad, good, size);
		bad[DIAMETER_HEADER + 7] = value;
		diameter_parse(&header, &avps, (struct sg_slice){ bad, size });
		wrong += !zn_parse_bi(&user, avps) != (value == 12);
	}
	ktap(!wrong, "the first AVP has one right length");
}

static void test_size(void)
{
	ktap(diameter_size("\1\0\0\24", 4) == 20 &&
	     !diameter_size("\1\0\0", 3) && !diameter_size("", 0),
	     "a message's size");
	ktap(diameter_size("\2", 1) == -EPROTO &&
	     diameter_size("HTTP", 4) == -EPROTO &&
	     diameter_size("\1\0\0\20", 4) == -EPROTO &&
	     diameter_size("\1\0\0\25", 4) == -EPROTO &&
	     diameter_size("\1\1\0\4", 4) == -EPROTO &&
	     diameter_size("\1\1\0\0", 4) == 65536,
	     "and those that none has");
}

/* -- settings -------------------------------------------------------------- */

static int read_uss(const char *text)
{
	user_wipe(&user);
	return zn_uss_read(&user, sg_slice_of(text));
}

static void test_uss(void)
{
	static char deep[2000];

	ktap(!read_uss("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
		       "<g:ussList xmlns:g=\"uri:3gpp-gba\"><g:uss id=\"1\">"
		       "<g:uids><g:uid> sip:a&#64;b.example\n</g:uid>"
		       "<g:uid>tel:+1</g:uid>"
		       "<g:uid><![CDATA[sip:c@d.example;x]]></g:uid></g:uids>"
		       "</g:uss><uss><uids><uid>sips:e@f.example</uid></uids>"
		       "</uss></g:ussList>") && user.identities == 3 &&
	     !strcmp(user.identity[0], "a@b.example") &&
	     !strcmp(user.identity[1], "c@d.example") &&
	     !strcmp(user.identity[2], "e@f.example"),
	     "identities, however XML writes them");
	ktap(!read_uss("<ussList><uid>sip:a@b.example</uid><uids><x>"
		       "<uid>sip:a@b.example</uid></x></uids>"
		       "<!-- <uids><uid>sip:a@b.example</uid></uids> -->"
		       "</ussList>") && !user.identities,
	     "none where none belongs");
	ktap(read_uss("<guss><uids><uid>sip:a@b</uid></uids></guss>") &&
	     read_uss("") && read_uss("<ussList>") && read_uss("sip:a@b") &&
	     read_uss("<ussList/><ussList/>"), "what is no list of settings");
	ktap(read_uss("<!DOCTYPE ussList [<!ENTITY e \"sip:a@b\">]><ussList>"
		      "<uids><uid>&e;</uid></uids></ussList>") &&
	     !user.identities, "nor one that defines words");
	for (int i = 0; i < 40; i++)
		strcat(deep, i ? "<uss>" : "<ussList>");
	for (int i = 39; i >= 0; i--)
		strcat(deep, i ? "</uss>" : "</ussList>");
	ktap(read_uss(deep) == -EPROTO, "nor one that is too deep");
}

int main(void)
{
	gba_naf_id(&self.naf, sg_slice_of(self.host));
	test_question();
	test_capabilities();
	test_answer();
	test_lengths();
	test_size();
	test_uss();
	return ktap_finish();
}
