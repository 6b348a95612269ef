// SPDX-License-Identifier: GPL-2.0-only
/*
 * The H.248 text codec. tests/unit/data/h248 holds one message a file, as
 * other implementations take it; those called bad-* are to be refused.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/ktap.h"
#include "lib/h248.h"
#include "lib/slice.h"

#define DATA "tests/unit/data/h248"

enum { TEXT_MAX = 64 * 1024, ARENA_SIZE = 256 * 1024 };

static char arena[ARENA_SIZE];
static char arena2[ARENA_SIZE];
static struct h248_message message;
static struct h248_fault fault;

/* Parses a copy of exactly its size, so that a reader's step too far shows. */
static char *copy;

static int parse_octets(const char *text, size_t size)
{
	free(copy);
	copy = malloc(size ? size : 1);
	memcpy(copy, text, size);
	return h248_parse(&message, arena, sizeof(arena), copy, size, &fault);
}

static int parse(const char *text)
{
	return parse_octets(text, strlen(text));
}

static const char *print(enum h248_form form)
{
	static char text[2][TEXT_MAX];
	int size = h248_print(text[form], TEXT_MAX - 1, &message, form);

	if (size < 0)
		snprintf(text[form], TEXT_MAX, "print: %s", strerror(-size));
	else
		text[form][size] = '\0';
	return text[form];
}

/* Printed text reads again and prints the same, in both forms. */
static bool stable(void)
{
	char *compact = strdup(print(H248_COMPACT));
	char *full = strdup(print(H248_LONG));
	bool ok = !parse(compact) && !strcmp(print(H248_COMPACT), compact) &&
		  !strcmp(print(H248_LONG), full) && !parse(full) &&
		  !strcmp(print(H248_COMPACT), compact) &&
		  !strcmp(print(H248_LONG), full);

	free(compact);
	free(full);
	return ok;
}

/* -- the messages of the data folder ------------------------------------------ */

static char *slurp(const char *name)
{
	static char text[TEXT_MAX];
	char path[300];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), DATA "/%s", name);
	file = fopen(path, "r");
	if (!file)
		ktap_bail_out("%s: %s; run from the top folder", path,
			      strerror(errno));
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	return text;
}

/* The same but for white space. */
static bool alike(const char *a, const char *b)
{
	static const char blanks[] = " \t\r\n";

	for (;; a++, b++) {
		a += strspn(a, blanks);
		b += strspn(b, blanks);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

static void test_file(const char *name)
{
	char *text = slurp(name);
	enum h248_form form = strstr(text, "MEGACO") ? H248_LONG : H248_COMPACT;
	int err = parse(text);

	if (!strncmp(name, "bad-", 4)) {
		ktap(err == -EINVAL && fault.code && fault.line &&
		     fault.column && fault.text[0], "%s is refused", name);
		return;
	}
	if (!ktap(!err && alike(print(form), text),
		  "%s is written as it was read", name))
		ktap_note(err ? "%s" : "%s%s", fault.text, print(form));
	if (err)
		return;
	ktap(stable(), "%s survives both forms", name);
}

static int is_text(const struct dirent *entry)
{
	return strstr(entry->d_name, ".txt") != NULL;
}

static void test_files(void)
{
	struct dirent **names;
	int count = scandir(DATA, &names, is_text, alphasort);

	if (count < 43)
		ktap_bail_out(DATA " has %d messages; run from the top folder",
			      count);
	for (int i = 0; i < count; i++) {
		test_file(names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

/* -- the grammar --------------------------------------------------------------- */

/* Read, and written in compact form as @wanted (NULL: as it stands). */
static const struct {
	const char *name;
	const char *text;
	const char *wanted;
} grammar[] = {
	{ "blanks, comments and mixed case",
	  " ; of the road\r\n mEgAcO/2\t[192.0.2.1] ; here\n"
	  "tRANSACTION ; and\n = ;there\n 7 {c\n=\t-{ Av=Root { at { } } } } ;x",
	  "!/2 [192.0.2.1] T=7{C=-{AV=Root{AT{}}}}" },
	{ "versions 1 and 3", "!/3 <mgc.example>:2944 PN=1{}", NULL },
	{ "a device for sender", "!/1 gw/1@site.example PN=1{}", NULL },
	{ "an MTP sender", "!/1 MTP { 0aF4 } PN=1{}", "!/1 MTP{0aF4} PN=1{}" },
	{ "an IPv6 sender and its port", "!/2 [2001:db8::1] : 2944 PN=1{}",
	  "!/2 [2001:db8::1]:2944 PN=1{}" },
	{ "authentication",
	  "AU=0x00C0ffee:0x00000001:0x0123456789abcdef01234567 !/2 d PN=1{}",
	  "AU=0x00C0FFEE:0x00000001:0x0123456789abcdef01234567 !/2 d PN=1{}" },
	{ "several transactions of each kind",
	  "!/2 d T=1{C=1{S=a}}P=2{C=1{S=a}}PN=3{}K{4,6-9,4294967295}", NULL },
	{ "an error for all transactions", "!/2 d ER=400{}", NULL },
	{ "error of a transaction", "!/2 d P=1{IA,ER=403{\"a,;{}[]=:#<>\"}}",
	  NULL },
	{ "error of an action, behind a reply",
	  "!/2 d P=1{C=1{S=ip/1,ER=411{\"x\"}}}", NULL },
	{ "a context that has nothing to reply",
	  "!/2 d P=1{C=1{S=ip/1},C=2}", NULL },
	{ "contexts and their properties",
	  "!/2 d T=1{C=-{AV=ROOT{AT{}}},C=${TP{ip/1,ip/2,BW},PR=3,"
	  "EG,A=$},C=*{EG,CA{TP,EG,PR},S=*},C=4294967293{CA{PR}}}",
	  NULL },
	{ "properties of later versions",
	  "!/3 d T=1{C=1{EGO,IEPS=ON,CA{PR,IEPS}}}", NULL },
	{ "context 0 is the null context", "!/2 d T=1{C=0{S=a}}",
	  "!/2 d T=1{C=-{S=a}}" },
	{ "topology of streams",
	  "!/2 d T=1{C=1{TP{ip/1,ip/2,OW,ST=2,$,*,IS,ip/1,*,BW},S=a}}", NULL },
	{ "a stream of topology is no termination",
	  "!/2 d T=1{C=1{TP{a,b,BW, st = 1 , ST,b,IS},S=a}}",
	  "!/2 d T=1{C=1{TP{a,b,BW,ST=1,ST,b,IS},S=a}}" },
	{ "all commands, optional and wildcarded",
	  "!/2 d T=1{C=1{A=a,O-MF=a,O-W-MV=a,W-S=a,S=a{AT{}},AV=a{AT{}},"
	  "W-AC=*{AT{}},N=a{OE=1{g/c}},SC=a{SV{MT=FO,RE=905}}}}", NULL },
	{ "prefixes in small letters", "!/2 d T=1{C=1{o-w-subtract=a}}",
	  "!/2 d T=1{C=1{O-W-S=a}}" },
	{ "termination names",
	  "!/2 d T=1{C=1{S=ip/1/$/*,S=a-b.c_d@x.y,S=$,S=*,S=ROOT}}", NULL },
	{ "all modes",
	  "!/2 d T=1{C=1{MF=a{M{ST=1{O{MO=SO}},ST=2{O{MO=RC}},ST=3{O{MO=SR}},"
	  "ST=4{O{MO=IN}},ST=65535{O{MO=LB}}}}}}", NULL },
	{ "properties by every relation",
	  "!/2 d T=1{C=1{MF=a{M{O{RV=ON,RG=OFF,a/b=1,a/c#2,a/d<3,a/e>4,"
	  "a/f={5,\"6 \"},a/g=[7,8],a/h=[9:10],a/i=[11]}}}}}", NULL },
	{ "words of the protocol as values",
	  "!/2 d T=1{C=1{MF=a{M{O{a/b=IN,a/c=ON,a/d={OFF,IV}}}}}}", NULL },
	{ "and as names",
	  "!/2 d T=1{C=1{MF=C{M{O{a/b=Media}}},S=Context,A=E}}", NULL },
	{ "every SafeChar in a value",
	  "!/2 d T=1{C=1{MF=a{M{O{a/b=+-&!_/'?@^`~*$\\()%|.09azAZ}}}}}", NULL },
	{ "descriptors of stream 1 without Stream",
	  "!/2 d T=1{C=1{MF=a{M{TS{SI=OS,BF=SP,a/b=1},R{v=0},O{MO=IN},L{v=1}}}}}",
	  "!/2 d T=1{C=1{MF=a{M{TS{SI=OS,BF=SP,a/b=1},O{MO=IN},L{v=1},R{v=0}}}}}" },
	{ "service states", "!/2 d T=1{C=-{MF=a{M{TS{SI=IV,BF=OFF}}},"
	  "MF=b{M{TS{SI=TE}}}}}", NULL },
	{ "octets of SDP: braces, comments and quotes are none",
	  "!/2 d T=1{C=1{MF=a{M{L{a=x\\} ; \"y\n\nz },R{}}}}}",
	  "!/2 d T=1{C=1{MF=a{M{L{a=x\\} ; \"y\n\nz},R{}}}}}" },
	{ "events and their parameters",
	  "!/2 d T=1{C=1{MF=a{E=4294967295{a/*{ST=1,KA,x=1,y=[1,2]},b/c}}}}",
	  NULL },
	{ "embedded signals and events",
	  "!/2 d T=1{C=1{MF=a{E=1{a/b{EM{SG{c/d},E=2{e/f{EM{SG}}}}},"
	  "a/c{EM{E}},a/d{EM{SG,E}}}}}}", NULL },
	{ "a digit map by name and one by value",
	  "!/2 d T=1{C=1{MF=a{E=1{dd/ce{DM=m},dd/ce{DM={a|[2-9]}}}}}}", NULL },
	{ "and as megaco writes it",
	  "!/2 d T=1{C=1{MF=a{E=1{dd/ce{DM {a|[2-9]}}}}}}", NULL },
	{ "digit maps, with blanks and strings",
	  "!/2 d T=1{C=1{MF=a{E=1{dd/ce{DM=m},dd/ce{DM={ a|[2-9] }}},"
	  "DM=x{(1.|\"}\")}}}}",
	  "!/2 d T=1{C=1{MF=a{E=1{dd/ce{DM=m},dd/ce{DM={ a|[2-9] }}},"
	  "DM=x{(1.|\"}\")}}}}" },
	{ "no events, no signals, no buffer", "!/2 d T=1{C=1{MF=a{E,SG,EB}}}",
	  NULL },
	{ "empty braces of Signals", "!/2 d T=1{C=1{MF=a{SG{}}}}",
	  "!/2 d T=1{C=1{MF=a{SG}}}" },
	{ "signals and their parameters",
	  "!/2 d T=1{C=1{MF=a{SG{a/b{ST=1,SY=TO,DR=0,NC={TO,IBE,IBS,OR},KA,x=1},"
	  "c/d{SY=BR},e/f{SY=OO},SL=7{g/h,i/j{x=1}},SL=0{k/l}}}}}", NULL },
	{ "modem, multiplex and event buffer pass as they are",
	  "!/2 d T=1{C=1{MF=a{MD{V18{mdm/x=1}},MX=H221{a,b},EB{a/b{x=\"}\"}}}}}",
	  NULL },
	{ "observed events, one with its time",
	  "!/2 d T=1{C=1{N=a{OE=1{20261121T10203000:a/b{ST=2,x=1},c/d}}}}",
	  NULL },
	{ "and with blanks and an error",
	  "!/2 d T=1{C=1{N=a{OE=1{20261121T10203000 : a/b{x=1,ST=2},c/d},"
	  "ER=518{}}}}",
	  "!/2 d T=1{C=1{N=a{OE=1{20261121T10203000:a/b{ST=2,x=1},c/d},"
	  "ER=518{}}}}" },
	{ "each audit of one item",
	  "!/2 d T=1{C=1{AV=a{AT{M{TS{SI}}}},AV=a{AT{M{TS{BF}}}},"
	  "AV=a{AT{M{TS{ipra/ar}}}},AV=a{AT{M{O{MO}}}},AV=a{AT{M{O{gm/saf}}}},"
	  "AV=a{AT{M{ST=1{O{RV}}}}},AV=a{AT{E=1{e/f}}},AV=a{AT{SG{g/h}}},"
	  "AV=a{AT{SA{i/j}}},AV=a{AT{PG{g-1}}},AV=a{AT{M,E,SG,OE,SA,PG}}}}",
	  NULL },
	{ "audits of several items",
	  "!/2 d T=1{C=1{AV=a{AT{M{TS{SI,BF,a/b},ST=1{O{MO,RV,RG,c/d},L},ST=2{SA}},"
	  "E=1{e/f},SG{g/h},SA{i/j},PG{k-1}}},AV=b{AT{M{TS,O},E{e/f}}},"
	  "AV=c{AT{M,E,SG,OE,SA,PG,MD,MX,DM,EB}}}}", NULL },
	{ "what an audit returns",
	  "!/2 d P=1{C=-{AV=ROOT{M{TS{SI=IV,a/b=[1,2]}},E=1{a/b},SG{c/d},"
	  "OE=2{e/f},SA{g/h=5,i/j},PG{a-1,b_c-99}}}}",
	  NULL },
	{ "and what is not there",
	  "!/2 d P=1{C=-{AV=ROOT{M,E,SG,OE,DM,EB,MX,MD,SA,PG{a-65535}}}}", NULL },
	{ "statistics of streams and terminations",
	  "!/2 d P=1{C=1{S=a{M{ST=1{SA{rtp/ps=1}}},SA{nt/dur=\"5\"}}}}", NULL },
	{ "terminations of a context",
	  "!/2 d P=1{C=1{AV=C{a,ip/1/b},AC=C{c}}}", NULL },
	{ "a request may name a termination c",
	  "!/2 d T=1{C=1{AV=C{AT{}}}}", NULL },
	{ "all that Services hold",
	  "!/1 d T=1{C=-{SC=ROOT{SV{MT=HO,RE=\"903 x\",DL=5,AD=55555,V=2,"
	  "PF=ETSI_BGF/2,20261121T10203000,X-a=5}},SC=ip/1{SV{MT=HO,RE=903,"
	  "MG=<b.example>:1}}}}", NULL },
	{ "Services with what to audit",
	  "!/2 d T=1{C=-{SC=ROOT{SV{MT=RS,RE=916,X+b=[1,2],M,PG}}}}", NULL },
	{ "every method",
	  "!/1 d T=1{C=-{SC=ip/3{SV{MT=FL,RE=909}},SC=ip/2{SV{MT=GR,RE=905}},"
	  "SC=ip/1{SV{MT=DC,RE=900,AD=[192.0.2.1]:5}}}}", NULL },
	{ "a method of one's own", "!/1 d T=1{C=-{SC=ip/1{SV{MT=X-own,RE=1}}}}",
	  NULL },
	{ "all replies to what went well",
	  "!/2 d P=1{C=1{A=a,MF=a,MV=a,S=a,AV=a,AC=a,N=a,SC=a}}", NULL },
};

static void test_grammar(void)
{
	for (size_t i = 0; i < sizeof(grammar) / sizeof(grammar[0]); i++) {
		const char *wanted = grammar[i].wanted ?: grammar[i].text;
		int err = parse(grammar[i].text);

		if (!ktap(!err && alike(print(H248_COMPACT), wanted) &&
			  stable(), "%s", grammar[i].name))
			ktap_note("%s", err ? fault.text : print(H248_COMPACT));
	}
}

static void test_tokens(void)
{
	bool all = true, spelled = true;

	for (int t = 1; t < H248_TOKEN_COUNT; t++) {
		for (int form = H248_LONG; form <= H248_COMPACT; form++) {
			struct sg_slice text = h248_token_text(t, form);

			all &= (int)h248_token_find(text) == t;
		}
		spelled &= sg_slice_is(h248_token_text(t, H248_LONG),
				       h248_token_name(t));
	}
	ktap(all && spelled, "each spelling of each word finds the word");
	ktap(!h248_token_find(SG_SLICE("")) && !h248_token_find(SG_SLICE("Z")) &&
	     !h248_token_find(SG_SLICE("Medi")) &&
	     !h248_token_find(SG_SLICE("Mediaa")) &&
	     !h248_token_find(SG_SLICE("\x41\x44\x7f")),
	     "what is none finds none");
}

/* -- the tree --------------------------------------------------------------------- */

static bool has(const struct h248_parameter *list, const char *name,
		const char *value, bool quoted)
{
	const struct h248_parameter *p = h248_parameter_find(list, name);

	return p && p->relation == H248_EQUAL && p->value.quoted == quoted &&
	       sg_slice_is(p->value.text, value) && !p->value.next;
}

static void test_add(const struct h248_command *add)
{
	const struct h248_descriptor *d =
		h248_descriptor_find(add->descriptors, H248_MEDIA);
	const struct h248_stream *stream = d->media.streams;
	const struct h248_parameter *list = stream->control.properties;

	ktap(add->verb == H248_ADD && add->termination.choose &&
	     !add->termination.all && !add->next, "an Add that chooses");
	ktap(stream->id == 1 && !stream->implied && !stream->next &&
	     stream->control.mode == H248_SEND_RECEIVE &&
	     has(list, "IPDC/Realm", "access.example", true) &&
	     has(list, "gm/saf", "ON", false) &&
	     has(list, "tman/pdr", "12000", false) &&
	     !h248_parameter_find(list, "gm/sa"), "its stream and properties");
	ktap(sg_slice_equal(stream->local.text, SG_SLICE(
		"v=0\nc=IN IP4 $\nm=audio $ RTP/SAVP 97\na=crypto:1 "
		"AES_CM_128_HMAC_SHA1_80 inline:"
		"PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:4")),
	     "Local is all that stands between the braces, trimmed");
	d = h248_descriptor_find(add->descriptors, H248_SIGNALS);
	ktap(sg_slice_is(d->signals->name, "ipnapt/latch") &&
	     d->signals->stream == 1 &&
	     has(d->signals->parameters, "napt", "LATCH", false),
	     "its signal");
	d = h248_descriptor_find(add->descriptors, H248_EVENTS);
	ktap(d->events.request == 9002 &&
	     has(d->events.list->next->parameters, "dir", "IN", false) &&
	     sg_slice_is(d->events.list->next->next->name, "g/cause") &&
	     !d->events.list->next->next->next, "its events");
	ktap(!h248_descriptor_find(add->descriptors, H248_AUDIT),
	     "and no Audit");
}

static void test_tree(void)
{
	const struct h248_command *modify;
	const struct h248_transaction *t;

	if (parse(slurp("o2-configure.txt")))
		ktap_bail_out("o2-configure: %s", fault.text);
	t = message.transactions;
	modify = t->actions->commands;
	ktap(message.version == 2 && message.mid.kind == H248_MID_ADDRESS &&
	     sg_slice_is(message.mid.name, "192.0.2.10") &&
	     message.mid.port == 2944 && message.count == 1,
	     "header of o2-configure");
	ktap(t->kind == H248_TRANSACTION && t->id == 102 && !t->next &&
	     t->actions->context == 4711 && !t->actions->next &&
	     modify->verb == H248_MODIFY && !modify->optional &&
	     !modify->wildcarded &&
	     sg_slice_is(modify->termination.name, "ip/1/core/17") &&
	     !modify->termination.choose && !modify->termination.all,
	     "transaction, context and first command");
	test_add(modify->next);
}

static void test_services(void)
{
	const struct h248_services *s;

	parse(slurp("reg-req.txt"));
	s = message.transactions->actions->commands->descriptors->services;
	ktap(s->method == H248_RESTART && s->reason.quoted &&
	     sg_slice_is(s->reason.text, "901 Cold Boot") && s->version == 2 &&
	     sg_slice_is(s->profile, "threegiq") && s->profile_version == 1 &&
	     !s->has_delay && !s->mgc.kind && !s->address.kind,
	     "a registration's Services");
	parse("!/1 [2001:db8::2] T=2523{C=-{SC=ROOT{SV{MT=RS,RE=901,"
	      "PF=ETSI_BGF/2,V=3}}}}");
	s = message.transactions->actions->commands->descriptors->services;
	ktap(sg_slice_is(s->reason.text, "901") && !s->reason.quoted &&
	     s->version == 3,
	     "a live gateway's registration: bare reason, IPv6, no port");
	parse("!/1 d P=1{C=-{SC=ROOT{SV{MG=[192.0.2.11]:2944}}}}");
	s = message.transactions->actions->commands->descriptors->services;
	ktap(s->mgc.kind == H248_MID_ADDRESS && s->mgc.port == 2944 &&
	     !s->reason.text.size, "a redirection");
}

/* -- refusals --------------------------------------------------------------------- */

#define IN_O(x) "!/2 d T=5{C=1{MF=a{M{O{" x "}}}}}"
#define IN_MF(x) "!/2 d T=5{C=1{MF=a{" x "}}}"
#define IN_SV(x) "!/1 d T=5{C=-{SC=a{SV{" x "}}}}"

static const struct {
	const char *text;
	int code;
	unsigned transaction;
	const char *says;
} wrong[] = {
	{ "", 400, 0, "MEGACO is wanted, not the end of the message" },
	{ "MEGACO/2", 400, 0, "the sender's address" },
	{ "HTTP/1.1 d PN=1{}", 400, 0, "begins with MEGACO/version" },
	{ "!/x d PN=1{}", 400, 0, "\"!/x\"" },
	{ "!/0 d PN=1{}", 406, 0, "version 0" },
	{ "!/4 d PN=1{}", 406, 0, "version 4" },
	{ "!/2 [192.0.2.256] PN=1{}", 400, 0, "IPv4 or IPv6 address" },
	{ "!/2 [2001:db8::1::] PN=1{}", 400, 0, "IPv4 or IPv6 address" },
	{ "!/2 [192.0.2.1", 400, 0, "IPv4 or IPv6 address" },
	{ "!/2 [192.0.2.1]:65536 PN=1{}", 400, 0, "a port" },
	{ "!/2 [192.0.2.1]:2944T=1{}", 400, 0, "a port" },
	{ "!/2 [192.0.2.1]PN=1{}", 400, 0, "a blank" },
	{ "!/2 <a b> PN=1{}", 400, 0, "a domain name" },
	{ "!/2 MTP{123} PN=1{}", 400, 0, "4 to 8 hexadecimal" },
	{ "!/2 a+b PN=1{}", 400, 0, "no name of a device" },
	{ "AU=0x1:0x00000001:0x00 !/2 d PN=1{}", 400, 0, "hexadecimal" },
	{ "!/2 d", 400, 0, "a blank behind the sender's name" },
	{ "!/2 d ", 400, 0, "a transaction is wanted" },
	{ "!/2 d X=1{}", 400, 0, "\"X\" is no kind of transaction" },
	{ "!/2 d ER=400{} PN=1{}", 400, 0, "the end of the message" },
	{ "!/2 d ER=x{}", 400, 0, "an error code" },
	{ "!/2 d ER=400{\"a\nb\"}", 400, 0, "does not end on its line" },
	{ "!/2 d T=5{C=1{S=a}}X=1", 400, 0, "\"X\" is no kind" },
	{ "!/2 d PN=1{x}", 400, 0, "\"}\" is missing after Pending" },
	{ "!/2 d T=0{C=1{S=a}}", 410, 0, "\"0\" is no TransactionID" },
	{ "!/2 d T=4294967296{C=1{S=a}}", 410, 0, "no TransactionID" },
	{ "!/2 d K{}", 400, 0, "a TransactionID is wanted" },
	{ "!/2 d K{9-8}", 410, 0, "backwards" },
	{ "!/2 d K{1-}", 410, 0, "no TransactionID" },
	{ "!/2 d T=5{}", 403, 5, "Context is wanted" },
	{ "!/2 d T=5{C=1{S=a}", 403, 5, "\"}\" is missing after the transaction" },
	{ "!/2 d T=5 C=1{S=a}}", 403, 5, "\"{\" is missing after Transaction" },
	{ "!/2 d T=5{X=1{S=a}}", 421, 5, "\"X\" is no action" },
	{ "!/2 d T=5{C=x{S=a}}", 410, 5, "\"x\" is no ContextID" },
	{ "!/2 d T=5{C=4294967296{S=a}}", 410, 5, "no ContextID" },
	{ "!/2 d T=5{C=1}", 422, 5, "\"{\" is missing after Context" },
	{ "!/2 d T=5{C=1{}}", 422, 5, "a command is wanted" },
	{ "!/2 d T=5{C=1{S=a;x\n,}}", 422, 5, "a command is wanted" },
	{ "!/2 d T=5{C=1{PR=x}}", 422, 5, "Priority is a number" },
	{ "!/2 d T=5{C=1{PR=65536}}", 449, 5, "Priority is a number" },
	{ "!/2 d T=5{C=1{IEPS=x}}", 449, 5, "IEPSCall \"x\"" },
	{ "!/2 d T=5{C=1{TP{a,b,c}}}", 422, 5, "\"c\" is no direction" },
	{ "!/2 d T=5{C=1{TP{a,b,BW},TP{a,b,BW}}}", 448, 5, "Topology" },
	{ "!/2 d T=5{C=1{TP{a,b,BW,ST=0}}}", 410, 5, "StreamID 0" },
	{ "!/2 d T=5{C=1{CA{X}}}", 422, 5, "\"X\" is no property" },
	{ "!/2 d T=5{C=1{S=a,EG}}", 443, 5, "\"EG\" is no command" },
	{ "!/2 d T=5{C=1{X=a}}", 443, 5, "\"X\" is no command" },
	{ "!/2 d T=5{C=1{W-O-S=a}}", 443, 5, "\"W-O-S\" is no command" },
	{ "!/2 d T=5{C=1{ER=411{}}}", 443, 5, "\"ER\" is no command" },
	{ "!/2 d P=5{C=1{W-S=a}}", 400, 0, "without O- and W-" },
	{ "!/2 d P=5{C=1{ER=411{},S=a}}", 400, 0, "behind the Error" },
	{ "!/2 d T=5{C=1{S a}}", 442, 5, "\"=\" is missing after Subtract" },
	{ "!/2 d T=5{C=1{S=}}", 442, 5, "a TerminationID is wanted" },
	{ "!/2 d T=5{C=1{S=a+b}}", 410, 5, "\"a+b\" is no TerminationID" },
	{ "!/2 d T=5{C=1{S=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaa}}", 410, 5, "(65 characters) is no TerminationID" },
	{ "!/2 d T=5{C=1{AV=a}}", 442, 5, "\"{\" is missing after AuditValue" },
	{ "!/2 d T=5{C=1{N=a{ER=1{}}}}", 442, 5, "ObservedEvents must stand" },
	{ IN_MF(""), 442, 5, "a descriptor is wanted" },
	{ IN_MF("X"), 444, 5, "\"X\" is no descriptor" },
	{ IN_MF("Context"), 444, 5, "\"Context\" is no descriptor" },
	{ IN_MF("PG{a-1}"), 447, 5, "Packages may not stand here" },
	{ IN_MF("SG,SG"), 448, 5, "Signals stands here twice" },
	{ IN_MF("AT{AT{}}"), 447, 5, "Audit may not stand here" },
	{ IN_MF("M"), 442, 5, "\"{\" is missing after Media" },
	{ IN_MF("M{X{}}"), 444, 5, "\"X\" is no descriptor of a stream" },
	{ IN_MF("M{ST=0{L{}}}"), 410, 5, "StreamID 0" },
	{ IN_MF("M{ST=65536{L{}}}"), 410, 5, "a StreamID is a number" },
	{ IN_MF("M{ST=1{L{}},ST=1{R{}}}"), 448, 5, "the same StreamID" },
	{ IN_MF("M{ST=1{L{}},R{}}"), 448, 5, "the same StreamID" },
	{ IN_MF("M{L{},L{}}"), 448, 5, "Local stands here twice" },
	{ IN_MF("M{R{},R{}}"), 448, 5, "Remote stands here twice" },
	{ IN_MF("M{O{MO=IN},O{MO=IN}}"), 448, 5, "LocalControl" },
	{ IN_MF("M{TS{SI=IV},TS{SI=IV}}"), 448, 5, "TerminationState" },
	{ IN_MF("M{SA{a/b},SA{a/b}}"), 448, 5, "Statistics" },
	{ IN_MF("M{TS{SI=x}}"), 449, 5, "ServiceStates \"x\"" },
	{ IN_MF("M{TS{SI}}"), 442, 5, "\"=\" is missing after ServiceStates" },
	{ IN_MF("M{TS{x=1}}"), 446, 5, "\"x\" is no parameter of Termin" },
	{ IN_O("MO=X"), 517, 5, "Mode \"X\" is not known" },
	{ IN_O("RV=X"), 449, 5, "ReservedValue \"X\" is not known" },
	{ IN_O("MO=IN,MO=SR"), 456, 5, "Mode stands here twice" },
	{ IN_O("x=1"), 446, 5, "\"x\" is no parameter of LocalControl" },
	{ IN_O("1/x=1"), 442, 5, "\"1/x\" is no property" },
	{ IN_O("a/b/c=1"), 442, 5, "\"a/b/c\" is no property" },
	{ IN_O("a/b"), 442, 5, "\"=\" is missing after the name" },
	{ "!/2 d T=5{C=1{AV=a{AT{M}},MF=a{M{O{a/b}}}}}", 442, 5,
	  "\"=\" is missing after the name" },
	{ IN_O("a/b=1,A/B=2"), 456, 5, "\"A/B\" stands here twice" },
	{ IN_O("a/b="), 442, 5, "a value is wanted, not \"}\"" },
	{ IN_O("a/b=[1:2:3]"), 442, 5, "\"]\" is missing after the range" },
	{ IN_O("a/b=[1,2}"), 442, 5, "\"]\" is missing after the list" },
	{ IN_O("a/b=\"x"), 442, 5, "does not end on its line" },
	{ "!/2 d T=5{C=1{MF=a{M{L{v=0", 442, 5, "\"}\" is missing after the octets" },
	{ IN_MF("E{a/b}"), 442, 5, "\"=\" is missing after Events" },
	{ IN_MF("E=4294967296{a/b}"), 410, 5, "a RequestID is a number" },
	{ IN_MF("E=1{a}"), 442, 5, "\"a\" is no event" },
	{ IN_MF("E=1{a/b{x}}"), 442, 5, "\"=\" is missing after the name" },
	{ IN_MF("E=1{a/b{ST=1,ST=2}}"), 442, 5, "\"ST\" stands here twice" },
	{ IN_MF("E=1{a/b{EM{X}}}"), 442, 5, "Embed holds" },
	{ IN_MF("E=1{a/b{EM{E=2{c/d{EM{E=3{e/f}}}}}}}"), 442, 5, "second level" },
	{ IN_MF("E=1{20261121T10203000:a/b}"), 442, 5, "is no event" },
	{ IN_MF("SG{a/b{SY=x}}"), 449, 5, "SignalType \"x\"" },
	{ IN_MF("SG{a/b{DR=65536}}"), 449, 5, "Duration is a number" },
	{ IN_MF("SG{a/b{NC={x}}}"), 449, 5, "NotifyCompletion \"x\"" },
	{ IN_MF("SG{a/b{ST=1,ST=1}}"), 442, 5, "\"ST\" stands here twice" },
	{ IN_MF("SG{a/b{SY=BR,SY=BR}}"), 442, 5, "\"SY\" stands here twice" },
	{ IN_MF("SG{a/b{DR=0,DR=0}}"), 442, 5, "\"DR\" stands here twice" },
	{ IN_MF("SG{a/b{NC={TO},NC={TO}}}"), 442, 5, "\"NC\" stands here" },
	{ IN_MF("SG{a/b{x=1,X=1}}"), 442, 5, "\"X\" stands here twice" },
	{ IN_MF("SG{SL=65536{a/b}}"), 410, 5, "SignalList's identifier" },
	{ IN_MF("SG{SL=1{SL=2{a/b}}}"), 442, 5, "\"SL\" is no signal" },
	{ IN_MF("SA{a}"), 442, 5, "\"a\" is no statistic" },
	{ IN_MF("DM"), 442, 5, "\"{\" is missing after DigitMap" },
	{ "!/2 d T=5{C=1{MF=a{DM{{}", 442, 5, "after the descriptor's text" },
	{ "!/2 d P=5{C=1{AV=a{PG{g}}}}", 400, 0, "\"g\" is no package" },
	{ "!/2 d P=5{C=1{AV=a{PG{g-65536}}}}", 400, 0, "is no package" },
	{ IN_SV("RE=901"), 457, 5, "Method is missing" },
	{ IN_SV("MT=RS"), 457, 5, "Reason is missing" },
	{ IN_SV("MT=XX,RE=1"), 449, 5, "Method \"XX\"" },
	{ IN_SV("MT=RS,MT=RS"), 442, 5, "Method stands here twice" },
	{ IN_SV("RE=1,RE=1"), 442, 5, "Reason stands here twice" },
	{ IN_SV("DL=0,DL=0"), 442, 5, "Delay stands here twice" },
	{ IN_SV("V=1,V=1"), 442, 5, "Version stands here twice" },
	{ IN_SV("PF=a/1,PF=a/1"), 442, 5, "Profile stands here twice" },
	{ IN_SV("AD=1,AD=1"), 442, 5, "ServiceChangeAddress stands" },
	{ IN_SV("MG=a,MG=a"), 442, 5, "MgcIdToTry stands here twice" },
	{ IN_SV("M,M"), 442, 5, "Media stands here twice" },
	{ IN_SV("DL=4294967296"), 449, 5, "Delay is a number" },
	{ IN_SV("V=0"), 406, 5, "Version 0" },
	{ IN_SV("V=100"), 406, 5, "Version is a number" },
	{ IN_SV("PF=x"), 442, 5, "Profile is name/version" },
	{ IN_SV("ZZ=1"), 446, 5, "\"ZZ\" is no parameter of Services" },
	{ IN_SV("AT{}"), 446, 5, "\"AT\" is no parameter of Services" },
	{ IN_SV("MG=5/+"), 442, 5, "is no name of a device" },
};

static void test_wrong(void)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int err = parse(wrong[i].text);

		if (!ktap(err == -EINVAL && fault.code == wrong[i].code &&
			  fault.transaction == wrong[i].transaction &&
			  strstr(fault.text, wrong[i].says),
			  "%d: %s", wrong[i].code, wrong[i].says))
			ktap_note("%d in %u, \"%s\" for %s", fault.code,
				  fault.transaction, fault.text,
				  wrong[i].text);
	}
}

static void test_places(void)
{
	parse("!/2 d\r\nT=1{C=1{S=a}}\nT=2{\n  C=1{ S = a, Foo = b } }");
	ktap(fault.code == 443 && fault.transaction == 2 && fault.line == 4 &&
	     fault.column == 15 && strstr(fault.text, "\"Foo\""),
	     "a fault tells the transaction, line and column");
	parse("!/2 d T=1{C=1{MF=a{M{L{v=0}PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR");
	ktap(fault.code && !strstr(fault.text, "PS1"),
	     "a fault never shows what is as long as a key");
	parse("!/2 d T=1{C=1{S=a\x01}}");
	ktap(fault.code == 422 && strstr(fault.text, "\"?\""),
	     "nor what does not print");
	parse_octets("!/2 d T=1{C=1{MF=a{M{L{v=0\0}}}}}", 33);
	ktap(fault.code == 442 && strstr(fault.text, "value zero"),
	     "SDP has no octets of value zero");
}

/* -- room, prefixes and mutations ---------------------------------------------------- */

static void test_arena(void)
{
	struct h248_message m;
	bool all = true;
	size_t needed;
	char *text = slurp("o2-configure-c.txt");

	parse(text);
	needed = message.arena_used;
	for (size_t size = 0; size <= needed; size++) {
		char *room = malloc(size ? size : 1);
		int err = h248_parse(&m, room, size, text, strlen(text), &fault);

		all &= size < needed ? err == -ENOSPC && fault.code == 510 : !err;
		free(room);
	}
	ktap(all, "an arena of less than %zu octets is refused with 510", needed);
	ktap(h248_parse(&m, arena + 1, sizeof(arena) - 1, text, strlen(text),
			&fault) == 0 &&
	     (size_t)m.transactions % sizeof(void *) == 0,
	     "an arena of any alignment serves");
}

/* Any number of what may be there only once, or is looked for in a list. */
static void test_limits(void)
{
	static char text[TEXT_MAX];
	int at = sprintf(text, "!/2 d T=1{C=1{MF=a{M{O{a/b0=1");

	for (int i = 1; i < 256; i++)
		at += sprintf(text + at, ",a/b%d=1", i);
	strcpy(text + at, "}}}}}");
	ktap(!parse(text), "256 properties are read");
	strcpy(text + at, ",a/c=1}}}}}");
	ktap(parse(text) == -ENOSPC && fault.code == 510,
	     "257 properties are too many");
	at = sprintf(text, "!/2 d T=1{C=1{MF=a{M{ST=1{L{}}");
	for (int i = 2; i <= 256; i++)
		at += sprintf(text + at, ",ST=%d{L{}}", i);
	strcpy(text + at, "}}}}");
	ktap(!parse(text), "256 streams are read");
	strcpy(text + at, ",ST=999{L{}}}}}}");
	ktap(parse(text) == -ENOSPC && fault.code == 510,
	     "257 streams are too many");
}

/* The densest there is: many nodes from few octets. */
static void test_dense(void)
{
	static const char *const parts[] = {
		"SC=a{SV{V=1}}", "S=a", "MF=a{M,E,SG}", "MF=a{E=1{a/b,a/b,a/b}}",
		"MF=a{M{ST=1{L{}},ST=2{L{}},ST=3{L{}},ST=4{L{}}}}",
		"AV=C{a,a,a,a,a,a,a,a}", "MF=a{SA{a/b,a/c,a/d,a/e}}",
		"MF=a{SG{a/b,a/b,a/b,a/b}}", "MF=a{M{O{a/b=[1,1,1,1,1,1]}}}",
	};
	static char text[TEXT_MAX];
	bool all = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int at = sprintf(text, "!/2 d P=1{C=1{%s", parts[i]);

		while (at < 4000)
			at += sprintf(text + at, ",%s", parts[i]);
		strcpy(text + at, "}}");
		all &= !parse(text) &&
		       message.arena_used <= H248_ARENA_SIZE(strlen(text));
	}
	ktap(all, "H248_ARENA_SIZE holds for the densest messages");
}

static void test_room(void)
{
	bool all = true;
	int needed;
	char *room;

	parse(slurp("o2-configure.txt"));
	needed = strlen(print(H248_LONG));
	for (int size = 0; size <= needed; size++) {
		room = malloc(size ? size : 1);
		all &= h248_print(room, size, &message, H248_LONG) ==
		       (size < needed ? -ENOSPC : needed);
		free(room);
	}
	ktap(all, "a buffer of less than %d octets is refused", needed);
}

static void test_prefixes(void)
{
	char *text = slurp("o2-configure-c.txt");
	size_t size = strlen(text) - 1;
	bool all = true;

	ktap(!parse_octets(text, size), "the whole message is read");
	while (size--)
		all &= parse_octets(text, size) == -EINVAL;
	ktap(all, "each of its beginnings is refused");
}

/* What is read after an octet was changed reads the same when written. */
static bool mutations(char *text, const char *octets)
{
	size_t size = strlen(text);
	int accepted = 0;
	bool all = true;

	for (size_t i = 0; i < size; i++) {
		char kept = text[i];

		for (const char *o = octets; *o; o++) {
			text[i] = *o;
			if (parse_octets(text, size))
				continue;
			accepted++;
			all &= stable();
		}
		text[i] = kept;
	}
	return all && accepted;
}

static void test_mutations(void)
{
	ktap(mutations(slurp("o2-configure-c.txt"), "{},=[]:;\"/ \n$a\x80"),
	     "o2-configure with any octet changed");
	ktap(mutations(slurp("reg-req-c.txt"), "{},=[]:;\"/ \n$1\x80"),
	     "reg-req with any octet changed");
}

/* -- building -------------------------------------------------------------------------- */

static bool all_zero(const char *octets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (octets[i])
			return false;
	return true;
}

static void test_wipe(void)
{
	char *text = slurp("o2-configure.txt");
	size_t size = strlen(text), used;

	parse(text);
	used = message.arena_used;
	h248_message_wipe(&message);
	ktap(used && all_zero(copy, size) && all_zero(arena, used) &&
	     !message.transactions, "a wiped message is zero, text and nodes");
	parse_octets(text, size - 5);
	h248_message_wipe(&message);
	ktap(all_zero(copy, size - 5), "so is one that was refused");
}

/* A reply with @value for gm/sam and @sdp for Local. */
static int build(struct h248_value value, struct sg_slice sdp,
		 struct sg_slice error, char *out)
{
	struct h248_parameter sam = {
		.name = SG_SLICE("gm/sam"), .relation = H248_EQUAL,
		.value = value,
	};
	struct h248_stream stream = {
		.id = 1, .control = { .present = true, .properties = &sam },
		.local = { true, sdp },
	};
	struct h248_descriptor failed = {
		.kind = H248_ERROR, .error = { 449, error },
	};
	struct h248_descriptor media = {
		.kind = H248_MEDIA, .media.streams = &stream, .next = &failed,
	};
	struct h248_command command = {
		.verb = H248_ADD, .termination.name = SG_SLICE("ip/1/acc/18"),
		.descriptors = &media,
	};
	struct h248_action action = { .context = 1, .commands = &command };
	struct h248_transaction reply = {
		.kind = H248_REPLY, .id = 1, .actions = &action,
	};
	struct h248_message m;
	int size;

	h248_message_init(&m, arena2, sizeof(arena2));
	m.mid = (struct h248_mid){ H248_MID_ADDRESS, SG_SLICE("192.0.2.20"),
				   2944 };
	m.transactions = &reply;
	size = h248_print(out, TEXT_MAX - 1, &m, H248_COMPACT);
	if (size >= 0)
		out[size] = '\0';
	return size;
}

static struct h248_value value_of(const char *text, bool quoted)
{
	return (struct h248_value){ NULL, sg_slice_of(text), quoted };
}

static void test_build(void)
{
	static char out[TEXT_MAX];
	struct sg_slice sdp = SG_SLICE("v=0\nc=IN IP4 192.0.2.1");
	struct sg_slice none = SG_SLICE("");

	ktap(build(value_of("[2001:db8::]/32", true), sdp,
		   SG_SLICE("a \"b\" c\r\n"), out) > 0 &&
	     !strcmp(out, "!/2 [192.0.2.20]:2944 P=1{C=1{A=ip/1/acc/18{M{ST=1{"
		     "O{gm/sam=\"[2001:db8::]/32\"},"
		     "L{\r\nv=0\r\nc=IN IP4 192.0.2.1\r\n}}},"
		     "ER=449{\"a 'b' c??\"}}}}"),
	     "a reply is built; its error text is made safe");
	ktap(build(value_of("a\"b", true), sdp, none, out) == -EINVAL,
	     "a quote within quotes is refused");
	ktap(build(value_of("a\nb", true), sdp, none, out) == -EINVAL,
	     "and a line's end");
	ktap(build(value_of("[::1]", false), sdp, none, out) == -EINVAL,
	     "and a bare value that needs quotes");
	ktap(build(value_of("", false), sdp, none, out) == -EINVAL,
	     "and one that is empty");
	ktap(build(value_of("a", false), SG_SLICE("v=0\n}"), none, out) ==
		     -EINVAL &&
	     build(value_of("a", false), SG_SLICE("a=}"), none, out) == -EINVAL,
	     "and a brace in SDP");
	ktap(build(value_of("a", false), SG_SLICE("a=\\}"), none, out) > 0,
	     "but not an escaped one");
	parse("!/2 d PN=1{}");
	message.transactions = NULL;
	ktap(!strncmp(print(H248_LONG), "print:", 6),
	     "a message without transactions is refused");
}

int main(void)
{
	test_files();
	test_grammar();
	test_tokens();
	test_tree();
	test_services();
	test_wrong();
	test_places();
	test_arena();
	test_limits();
	test_dense();
	test_room();
	test_prefixes();
	test_mutations();
	test_wipe();
	test_build();
	free(copy);
	return ktap_finish();
}
