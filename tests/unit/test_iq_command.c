// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions of Iq, from the text of a request to the text of its reply.
 * Sides, names and events are the daemon's; data plane, keys, journal,
 * timers and association are played here, so that each can be made to fail
 * and counted. After every transaction the ports and keys that are held are
 * those that the contexts show.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Memory runs out at a given allocation. */
static int allocations_left = -1; /* all succeed */

static int out_of_memory(void)
{
	return allocations_left >= 0 && !allocations_left--;
}

#define malloc(size) (out_of_memory() ? NULL : malloc(size))
#define calloc(count, size) (out_of_memory() ? NULL : calloc(count, size))
#include "../../userspace/gated/iq/iq_context.c"
#include "../../userspace/gated/iq/iq_media.c"
#undef malloc
#undef calloc

#include "../lib/fake_iq.h"
#include "../lib/ktap.h"

enum { TEXT_MAX = 64 * 1024 };

/* -- a journal ------------------------------------------------------------- */

static __u32 kept_id;
static const struct iq_context *kept;

void iq_journal_context(struct iq *one, __u32 id,
			const struct iq_context *context)
{
	(void)one;
	kept_id = id;
	kept = context;
}

/* -- from text to text ----------------------------------------------------- */

static char arena[2 << 20], answer_arena[1 << 20];
static size_t answer_size = sizeof(answer_arena);

static void strip(char *text, char c)
{
	char *to = text;

	for (; *text; text++)
		if (*text != c)
			*to++ = *text;
	*to = '\0';
}

/* The transaction of the printed reply, lines of SDP ended by LF. */
static const char *print(struct h248_message *answer)
{
	static char text[TEXT_MAX], again[2 << 20];
	static char copy[TEXT_MAX];
	struct h248_message message;
	struct h248_fault fault;
	int size;

	answer->mid = (struct h248_mid){ H248_MID_DEVICE, SG_SLICE("mg"), 0 };
	size = h248_print(text, sizeof(text) - 1, answer, H248_COMPACT);
	if (size < 0) {
		sprintf(text, "print: %s", strerror(-size));
		return text;
	}
	text[size] = '\0';
	memcpy(copy, text, size);
	if (h248_parse(&message, again, sizeof(again), copy, size, &fault))
		sprintf(text, "!/2 mg parse: %s", fault.text);
	strip(text, '\r');
	return text + strlen("!/2 mg ");
}

static __u64 time_spent;	/* ns, in iq_execute() */

static const char *execute_text(const char *text)
{
	static struct h248_message message, answer;
	struct h248_transaction reply = { .kind = H248_REPLY };
	char *copy = strdup(text);
	struct h248_fault fault;
	__u64 started;

	if (h248_parse(&message, arena, sizeof(arena), copy, strlen(copy),
		       &fault))
		ktap_bail_out("%s: %s", fault.text, text);
	h248_message_init(&answer, answer_arena, answer_size);
	reply.id = message.transactions->id;
	answer.transactions = &reply;
	started = clock_ns();
	iq_execute(&iq, NULL, &message, message.transactions, &answer, &reply);
	time_spent += clock_ns() - started;
	h248_message_wipe(&message);
	free(copy);
	return print(&answer);
}

static bool sound = true;
static int memory = -1;		/* allocations that will succeed; -1: all */

/* The reply to the actions @text. */
static const char *ask(const char *text)
{
	static char request[TEXT_MAX];
	const char *reply;

	snprintf(request, sizeof(request), "!/2 [192.0.2.10]:2944 T=1{%s}",
		 text);
	allocations_left = memory;
	reply = execute_text(request);
	memory = allocations_left;
	allocations_left = -1;
	if (!balanced()) {
		ktap_note("ports or keys are lost after %s", text);
		sound = false;
	}
	if (strstr(reply, "crypto") || strstr(reply, "inline")) {
		ktap_note("a key came out: %s", reply);
		sound = false;
	}
	return reply;
}

static bool check(const char *text, const char *wanted, const char *name)
{
	const char *reply = ask(text);
	char full[4096];

	snprintf(full, sizeof(full), "P=1{%s}", wanted);
	if (!ktap(!strcmp(reply, full) && sound, "%s", name))
		ktap_note("%s, not %s", reply, full);
	sound = true;
	return !strcmp(reply, full);
}

/* -- texts ----------------------------------------------------------------- */

#define K11 "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:4"
#define K12 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4"
#define K13 "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
#define K14 "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"
#define K15 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
#define SUITE "AES_CM_128_HMAC_SHA1_80"
#define CRYPTO(tag, key) "a=crypto:" tag " " SUITE " inline:" key "\n"
#define LOCAL_CORE "L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/AVP 97\n}"
#define REMOTE_CORE                                                            \
	"R{\nv=0\nc=IN IP4 203.0.113.99\nm=audio 51372 RTP/AVP 97\n}"
#define LOCAL_ACCESS(key)                                                      \
	"L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/SAVP 97\n" CRYPTO("1", key) "}"
#define REMOTE_ACCESS(key)                                                     \
	"R{\nv=0\nc=IN IP4 10.0.0.5\nm=audio 49170 RTP/SAVP 97\n"             \
	CRYPTO("1", key) "}"
#define ADD_CORE                                                               \
	"A=ip/1/$/${M{ST=1{O{MO=IN,ipdc/realm=\"core.example\",ds/dscp=2E,"    \
	"rtcph/rsb=ON}," LOCAL_CORE "}},E=9001{hangterm/thb{timerx=3600}}}"
#define ADD_ACCESS_SIDE(local, remote)                                         \
	"A=ip/1/$/${M{ST=1{O{MO=SR,ipdc/realm=\"access.example\",gm/saf=ON,"   \
	"gm/sam=\"198.51.100.77\",gm/spf=OFF,tman/pol=ON,tman/pdr=12000,"      \
	"tman/mbs=4000,ds/dscp=2E}," local "," remote "}},"                    \
	"SG{ipnapt/latch{ST=1,napt=LATCH}},E=9002{hangterm/thb{timerx=3600},"  \
	"adid/ipstop{dt=60,dir=IN},g/cause}}"
#define ADD_ACCESS ADD_ACCESS_SIDE(LOCAL_ACCESS(K11), REMOTE_ACCESS(K12))
#define ANSWER_CORE                                                            \
	"MF=ip/1/core_example/17{M{ST=1{O{MO=SR}," REMOTE_CORE "}}}"
#define O1 "C=${" ADD_CORE "}"
#define O2 "C=4711{" ANSWER_CORE "," ADD_ACCESS "}"
#define O1_REPLY                                                               \
	"C=4711{A=ip/1/core_example/17{M{ST=1{L{\nv=0\n"                       \
	"c=IN IP4 203.0.113.20\nm=audio 40000 RTP/AVP 97\n}}}}}"
#define O2_REPLY                                                               \
	"C=4711{MF=ip/1/core_example/17,A=ip/1/access_example/18{M{ST=1{L{\n"  \
	"v=0\nc=IN IP4 198.51.100.20\nm=audio 30000 RTP/SAVP 97\n}}}}}"

/* Both terminations, in context 4711. */
static void new_call(void)
{
	new_gateway();
	ask(O1);
	ask(O2);
	applied = 0;
}

static const struct iq_context *the_context(void)
{
	return iq_context_find(&iq, 4711);
}

/* -- the reference's calls ------------------------------------------------- */

static void test_originating(void)
{
	const struct iq_side *side;
	const struct iq_watch *watch;

	new_gateway();
	check(O1, O1_REPLY, "o1: the core side is reserved");
	watch = the_context()->termination[0]->watch;
	ktap(kept_id == 4711 && kept == the_context(), "and journalled");
	check(O2, O2_REPLY, "o2: both sides are configured");
	ktap(applied_old && applied_next == the_context() &&
	     the_context()->links, "as one change of the data plane");
	side = the_context()->termination[1]->sides;
	ktap(side->napt == IQ_NAPT_LATCH && side->send.slot[0] &&
	     side->receive.slot[0] && side->mode == H248_SEND_RECEIVE,
	     "with keys and latch");
	ktap(watch && watch == the_context()->termination[0]->watch,
	     "timers run on");
	check("C=4711{MF=ip/1/access_example/18{M{ST=1{O{MO=IN}}}}}",
	      "C=4711{MF=ip/1/access_example/18}", "o3: on hold");
	check("C=4711{MF=IP/1/Access_Example/18{M{ST=1{O{MO=SR},"
	      "L{\nv=0\nc=IN IP4 198.51.100.20\nm=audio 30000 RTP/SAVP 97\n"
	      CRYPTO("2", K13) "},"
	      "R{\nv=0\nc=IN IP4 10.0.0.5\nm=audio 49170 RTP/SAVP 97\n"
	      CRYPTO("2", K14) "}}},SG{ipnapt/latch{ST=1,napt=RELATCH}}}}",
	      "C=4711{MF=ip/1/access_example/18}", "o4: new keys");
	side = the_context()->termination[1]->sides;
	ktap(side->napt == IQ_NAPT_RELATCH && side->send.tag == 2 &&
	     keys_held() == 2, "which take the place of the old ones");
	check("C=4711{W-S=*{AT{}}}", "C=4711{S=*}", "o5: all is released");
	ktap(nothing_held() && kept_id == 4711 && !kept &&
	     watches_stopped == 2, "and nothing is left of it");
}

static void test_terminating(void)
{
	new_gateway();
	iq.contexts.last_id = 4711;
	iq.contexts.last_termination = 18;
	check("C=${A=ip/1/$/${M{ST=1{O{MO=IN,ipdc/realm=\"access.example\"},"
	      "L{\nv=0\nc=IN IP6 $\nm=audio $ RTP/SAVP 97\n}}},"
	      "E=9003{hangterm/thb{timerx=3600}}}}",
	      "C=4712{A=ip/1/access_example/19{M{ST=1{L{\nv=0\n"
	      "c=IN IP6 2001:db8::20\nm=audio 30000 RTP/SAVP 97\n}}}}}",
	      "t1: the access side is reserved, on IPv6");
	check("C=4712{MF=ip/1/access_example/19{M{ST=1{O{MO=SR,gm/saf=ON,"
	      "gm/sam=\"[2001:db8:77::1]\"},"
	      "L{\nv=0\nc=IN IP6 2001:db8::20\nm=audio 30000 RTP/SAVP 97\n"
	      CRYPTO("2", K13) "},"
	      "R{\nv=0\nc=IN IP6 2001:db8:77::1\nm=audio 49172 RTP/SAVP 97\n"
	      CRYPTO("2", K14) "}}}},"
	      "A=ip/1/$/${M{ST=1{O{MO=SR,ipdc/realm=\"core.example\"},"
	      LOCAL_CORE ",R{\nv=0\nc=IN IP4 203.0.113.50\n"
	      "m=audio 42000 RTP/AVP 97\n}}}}}",
	      "C=4712{MF=ip/1/access_example/19,A=ip/1/core_example/20{"
	      "M{ST=1{L{\nv=0\nc=IN IP4 203.0.113.20\n"
	      "m=audio 40000 RTP/AVP 97\n}}}}}",
	      "t2: keys, and the core side");
	check("C=*{W-S=*{AT{}}}", "C=*{S=*}", "every context is released");
	ktap(nothing_held(), "and nothing is left");
}

static void test_passthrough(void)
{
	new_gateway();
	check("C=${A=ip/1/$/${M{ST=1{O{MO=SR,ipdc/realm=\"access.example\"},"
	      "L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/SAVP -\n},"
	      "R{\nv=0\nc=IN IP4 198.51.100.77\nm=audio 49170 RTP/SAVP -\n}}}},"
	      "A=ip/1/$/${M{ST=1{O{MO=SR,ipdc/realm=\"core.example\"},"
	      "L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/SAVP -\n}}}}}",
	      "C=4711{A=ip/1/access_example/17{M{ST=1{L{\nv=0\n"
	      "c=IN IP4 198.51.100.20\nm=audio 30000 RTP/SAVP -\n}}}},"
	      "A=ip/1/core_example/18{M{ST=1{L{\nv=0\nc=IN IP4 203.0.113.20\n"
	      "m=audio 40000 RTP/SAVP -\n}}}}}",
	      "e1: both sides at once, without keys");
	ktap(applied == 1, "in one change of the data plane");
}

/* -- errors ---------------------------------------------------------------- */

#define LATCH_18(parameters)                                                   \
	"C=4711{MF=ip/1/access_example/18{SG{ipnapt/latch" parameters "}}}"
#define BAD_SUITE                                                              \
	"A=ip/1/$/${M{ST=1{O{ipdc/realm=\"access.example\"},"                  \
	"L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/SAVP 97\n"                         \
	"a=crypto:1 SEED_CTR_128_HMAC_SHA1_80 inline:" K13 "\n}}}}"
#define ERR_18(code) "C=4711{MF=ip/1/access_example/18{ER=" code

/* Whatever is there, is there afterwards. The reply begins as .wanted. */
static const struct {
	const char *name;
	const char *request;
	const char *wanted;
} errors[] = {
	{ "410: $ in Modify", "C=4711{MF=ip/1/acc/${SG}}",
	  "C=4711{MF=ip/1/acc/${ER=410" },
	{ "410: * in Add", "C=${A=ip/1/acc/*}", "C=${A=ip/1/acc/*{ER=410" },
	{ "410: a latch on a stream that is not there",
	  LATCH_18("{ST=7,napt=LATCH}"), ERR_18("410") },
	{ "411: an unknown context", "C=99{S=*}", "C=99{ER=411" },
	{ "411: an audit of all contexts' properties is no 411",
	  "C=*{CA{PR}}", "C=4711{PR=0}" },
	{ "421: Modify in a new context", "C=${MF=ip/1/a/1{SG}}",
	  "C=${MF=ip/1/a/1{ER=421" },
	{ "421: Add in all contexts", "C=*{" ADD_CORE "}", "C=*{ER=421" },
	{ "421: Subtract of ROOT", "C=-{S=ROOT}", "C=-{S=ROOT{ER=421" },
	{ "421: a property of the null context", "C=-{PR=3,AV=ROOT{AT{}}}",
	  "C=-{ER=421" },
	{ "430: an unknown termination", "C=4711{S=ip/1/acc/99}",
	  "C=4711{S=ip/1/acc/99{ER=430" },
	{ "430: in no context at all", "C=*{S=ip/1/acc/99}",
	  "C=*{S=ip/1/acc/99{ER=430" },
	{ "430: Add of a name that is not there", "C=${A=ip/1/acc/99}",
	  "C=${A=ip/1/acc/99{ER=430" },
	{ "430: Add at an unknown interface", "C=${A=ip/1/moon/$}",
	  "C=${A=ip/1/moon/${ER=430" },
	{ "430: Add in a group that is none", "C=${A=ip/x/$/$}",
	  "C=${A=ip/x/$/${ER=430" },
	{ "430: Add of another kind", "C=${A=tdm/1/$/$}",
	  "C=${A=tdm/1/$/${ER=430" },
	{ "431: a wildcard that matches nothing", "C=4711{S=ip/2/*}",
	  "C=4711{S=ip/2/*{ER=431" },
	{ "431: in all contexts", "C=*{W-S=ip/2/*{AT{}}}",
	  "C=*{S=ip/2/*{ER=431" },
	{ "431: * in the null context", "C=-{AV=*{AT{}}}",
	  "C=-{AV=*{ER=431" },
	{ "433: Add of what is there", "C=${A=ip/1/core_example/17}",
	  "C=${A=ip/1/core_example/17{ER=433" },
	{ "433: or of what the same action has added",
	  "C=${A=ip/1/core_example/$,A=ip/1/core_example/19}",
	  "C=${A=ip/1/core_example/19{ER=433" },
	{ "430: Add of what is there under another name",
	  "C=${A=ip/2/core_example/17}",
	  "C=${A=ip/2/core_example/17{ER=430" },
	{ "434: a third termination", "C=4711{" ADD_CORE "}",
	  "C=4711{A=ip/1/$/${ER=434" },
	{ "435: a termination of another context",
	  "C=-{S=ip/1/core_example/17}", "C=-{S=ip/1/core_example/17{ER=435" },
	{ "440: an unknown package", "C=4711{MF=*{SG{cg/dt}}}",
	  "C=4711{MF=*{ER=440" },
	{ "440: of a property", "C=4711{MF=*{M{TS{xx/yy=1}}}}",
	  "C=4711{MF=*{ER=440" },
	{ "443: Move", "C=4711{MV=ip/1/core_example/17}",
	  "C=4711{MV=ip/1/core_example/17{ER=443" },
	{ "443: AuditCapability", "C=4711{AC=*{AT{}}}",
	  "C=4711{AC=*{ER=443" },
	{ "443: Notify", "C=4711{N=*{OE=1{g/cause}}}", "C=4711{N=*{ER=443" },
	{ "444: a digit map", "C=4711{MF=*{DM=d0{5551xxx}}}",
	  "C=4711{MF=*{ER=444" },
	{ "444: an audit of Mux", "C=4711{AV=*{AT{MX}}}",
	  "C=4711{AV=*{ER=444" },
	{ "445: an unknown property", "C=4711{MF=*{M{ST=1{O{gm/xyz=1}}}}}",
	  "C=4711{MF=*{ER=445" },
	{ "445: asked for", "C=4711{AV=*{AT{M{ST=1{O{gm/xyz}}}}}}",
	  "C=4711{AV=*{ER=445" },
	{ "445: of ROOT", "C=-{AV=ROOT{AT{M{TS{root/xyz}}}}}",
	  "C=-{AV=ROOT{ER=445" },
	{ "447: Statistics of a termination",
	  "C=4711{MF=*{SA{nt/os}}}", "C=4711{MF=*{ER=447" },
	{ "447: a stream of ROOT", "C=-{MF=ROOT{M{ST=1{O{MO=IN}}}}}",
	  "C=-{MF=ROOT{ER=447" },
	{ "447: statistics of ROOT", "C=-{AV=ROOT{AT{SA}}}",
	  "C=-{AV=ROOT{ER=447" },
	{ "449: a suite that there is not", "C=${" BAD_SUITE "}",
	  "C=${A=ip/1/$/${ER=449{\"SEED_CTR_128_HMAC_SHA1_80\"}}" },
	{ "449: a realm that there is not",
	  "C=${A=${M{ST=1{O{ipdc/realm=moon},L{\nv=0\nc=IN IP4 $\n"
	  "m=audio $ RTP/AVP 97\n}}}}}", "C=${A=${ER=449{\"moon" },
	{ "449: name and ipdc/realm contradict each other",
	  "C=${A=ip/1/access_example/${M{ST=1{O{ipdc/realm=core.example},"
	  LOCAL_CORE "}}}}",
	  "C=${A=ip/1/access_example/${ER=449{\"core.example" },
	{ "449: Priority 16", "C=4711{PR=16,MF=*{SG}}",
	  "C=4711{ER=449{\"16" },
	{ "449: a latch of another kind", LATCH_18("{napt=MAYBE}"),
	  ERR_18("449{\"MAYBE") },
	{ "449: events are not buffered",
	  "C=4711{MF=*{M{TS{BF=SP}}}}", "C=4711{MF=*{ER=449{\"LockStep" },
	{ "449: a state of test", "C=4711{MF=*{M{TS{SI=TE}}}}",
	  "C=4711{MF=*{ER=449{\"Test" },
	{ "449: ROOT is not tested", "C=-{MF=ROOT{M{TS{SI=TE}}}}",
	  "C=-{MF=ROOT{ER=449{\"Test" },
	{ "449: a method that is nothing for a termination",
	  "C=4711{SC=*{SV{MT=HO,RE=\"903 Move\"}}}",
	  "C=4711{SC=*{ER=449{\"HandOff" },
	{ "451: an unknown event", "C=4711{MF=*{E=1{g/xyz}}}",
	  "C=4711{MF=*{ER=451" },
	{ "452: an unknown signal", "C=4711{MF=*{SG{ipnapt/xyz}}}",
	  "C=4711{MF=*{ER=452" },
	{ "452: on ROOT", "C=-{MF=ROOT{SG{ipnapt/xyz}}}",
	  "C=-{MF=ROOT{ER=452" },
	{ "453: an unknown statistic", "C=4711{AV=*{AT{SA{rtp/xyz}}}}",
	  "C=4711{AV=*{ER=453" },
	{ "454: an unknown parameter of a latch",
	  LATCH_18("{napt=LATCH,xyz=1}"), ERR_18("454{\"xyz") },
	{ "457: a latch without napt", LATCH_18(""), ERR_18("457") },
	{ "472: no realm", "C=${A=$}", "C=${A=${ER=472" },
	{ "473: streams in two realms",
	  "C=${A=${M{ST=1{O{ipdc/realm=core.example}," LOCAL_CORE "},"
	  "ST=2{O{ipdc/realm=access.example}," LOCAL_CORE "}}}}",
	  "C=${A=${ER=473" },
	{ "474: no SDP", "C=${A=${M{ST=1{O{ipdc/realm=core.example},"
	  "L{\nv=0\nm=what\n}}}}}", "C=${A=${ER=474" },
	{ "501: a list of signals",
	  "C=4711{MF=*{SG{SL=1{ipnapt/latch{napt=OFF}}}}}",
	  "C=4711{MF=*{ER=501" },
	{ "501: the end of a latch is not told",
	  LATCH_18("{napt=LATCH,NC={TO}}"), ERR_18("501") },
	{ "501: one way between terminations",
	  "C=4711{TP{*,*,OW},MF=*{SG}}", "C=4711{ER=501" },
	{ "501: another order to ROOT",
	  "C=-{SC=ROOT{SV{MT=GR,RE=\"905 Out\"}}}", "C=-{SC=ROOT{ER=501" },
	{ "510: a seventeenth stream",
	  "C=4711{MF=ip/1/core_example/17{M{"
	  "ST=11{O{MO=IN}},ST=12{O{MO=IN}},ST=13{O{MO=IN}},ST=14{O{MO=IN}},"
	  "ST=15{O{MO=IN}},ST=16{O{MO=IN}},ST=17{O{MO=IN}},ST=18{O{MO=IN}},"
	  "ST=21{O{MO=IN}},ST=22{O{MO=IN}},ST=23{O{MO=IN}},ST=24{O{MO=IN}},"
	  "ST=25{O{MO=IN}},ST=26{O{MO=IN}},ST=27{O{MO=IN}},ST=28{O{MO=IN}}"
	  "}}}", "C=4711{MF=ip/1/core_example/17{ER=510" },
	{ "534: the gateway's own properties",
	  "C=-{MF=ROOT{M{TS{root/maxNrOfContexts=5}}}}",
	  "C=-{MF=ROOT{ER=534" },
};

static void check_error(const char *name, const char *request,
			const char *wanted)
{
	__u32 ports = ports_used(), keys = keys_held();
	__u32 contexts = iq.contexts.count;
	int before = applied;
	const char *reply = ask(request);
	size_t size = strlen(wanted);
	bool same = ports == ports_used() && keys == keys_held() &&
		    contexts == iq.contexts.count && applied == before;

	if (!ktap(!strncmp(reply, "P=1{", 4) &&
		  !strncmp(reply + 4, wanted, size) && same && sound,
		  "%s", name))
		ktap_note("%s", reply);
	sound = true;
}

static void test_errors(void)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		new_call();
		check_error(errors[i].name, errors[i].request,
			    errors[i].wanted);
	}
}

static void test_states(void)
{
	new_call();
	admitted = IQ_NOT_REGISTERED;
	check(O1, "ER=505{\"not now\"}",
	      "505: the association answers the whole transaction");
	admitted = 0;
	association = IQ_LEAVING;
	check_error("503: no new contexts while leaving", O1,
		    "C=${A=ip/1/$/${ER=503");
	check("C=4711{MF=*{M{TS{SI=IV}}}}",
	      "C=4711{MF=ip/1/core_example/17,MF=ip/1/access_example/18}",
	      "while the old ones go on");
	association = IQ_REGISTERED;
	gate.data.maps.contexts_size = SG_RESERVED_SLOTS + 1;
	check_error("412: all contexts are in use", O1,
		    "C=${A=ip/1/$/${ER=412");
	ktap(overloads == 1, "which is an overload");
	gate.data.maps.contexts_size = CONTEXTS_MAX + SG_RESERVED_SLOTS;
	plane_fails = true;
	check_error("510: the data plane refuses", O1,
		    "C=4712{ER=510{\"all stream slots are in use\"}}");
	ktap(overloads == 2, "which is one too");
	check_error("510: and so for what is there", "C=4711{W-S=*{AT{}}}",
		    "C=4711{ER=510");
	ktap(overloads == 2 && the_context(), "which is none");
	plane_fails = false;
}

/* -- all or nothing -------------------------------------------------------- */

#define MODIFY_17 "MF=ip/1/core_example/17{M{ST=1{O{MO=SO}}}}"
#define STREAM_2                                                               \
	"MF=ip/1/core_example/17{M{ST=2{" LOCAL_CORE "}}}"
#define REKEY_18                                                               \
	"MF=ip/1/access_example/18{M{ST=1{L{\nv=0\nc=IN IP4 198.51.100.20\n"   \
	"m=audio 30000 RTP/SAVP 97\n" CRYPTO("1", K13) "}}}}"
#define REKEY_18_AGAIN                                                         \
	"MF=ip/1/access_example/18{M{ST=1{L{\nv=0\nc=IN IP4 198.51.100.20\n"   \
	"m=audio 30000 RTP/SAVP 97\n" CRYPTO("1", K14) "}}}}"
#define REMOTE_18                                                              \
	"MF=ip/1/access_example/18{M{ST=1{" REMOTE_ACCESS(K15) "}}}"
#define SUBTRACT_17 "S=ip/1/core_example/17{AT{}}"
#define SUBTRACT_18 "S=ip/1/access_example/18{AT{}}"
#define FAILS "MF=ip/1/none/9{SG}"

static const char *const steps[] = {
	MODIFY_17, STREAM_2, REKEY_18, REKEY_18_AGAIN, REMOTE_18,
	SUBTRACT_17, ADD_CORE, SUBTRACT_18, "S=*", ADD_CORE,
};
enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* The steps, with @extra before step @place. */
static const char *sequence(const char *extra, int place)
{
	static char text[TEXT_MAX];
	char *at = text + sprintf(text, "C=4711{");

	for (int i = 0; i <= STEPS; i++) {
		if (i == place)
			at += sprintf(at, "%s,", extra);
		if (i < STEPS)
			at += sprintf(at, "%s,", steps[i]);
	}
	strcpy(at - 1, "}");
	return text;
}

static bool untouched(void)
{
	const struct iq_context *context = the_context();
	const struct iq_side *side;

	if (!context || !context->termination[0] || !context->termination[1])
		return false;
	side = context->termination[1]->sides;
	return context->termination[0]->id == 17 && applied == 0 &&
	       context->links && !context->basis && side->send.slot[0] &&
	       !memcmp(&key_of[side->send.slot[0]].mki_length, "\4", 1) &&
	       ports_used() == 4 && keys_held() == 2 && watches == 2;
}

static void test_failing_positions(void)
{
	bool nothing = true, alone = true;

	for (int i = 0; i <= STEPS; i++) {
		const char *reply;

		new_call();
		reply = ask(sequence(FAILS, i));
		nothing &= untouched() && sound;
		alone &= !strcmp(reply,
				 "P=1{C=4711{MF=ip/1/none/9{ER=430{\"there is "
				 "no termination \"ip/1/none/9\"\"}}}}") ||
			 !strncmp(reply,
				  "P=1{C=4711{MF=ip/1/none/9{ER=430{", 33);
		if (sound)
			continue;
		ktap_note("position %d: %s", i, reply);
	}
	ktap(nothing, "a failing command undoes those before it");
	ktap(alone, "and its error is all that is told");
	sound = true;
}

static void test_optional_positions(void)
{
	bool done = true;
	const char *reply;

	for (int i = 0; i <= STEPS; i++) {
		new_call();
		reply = ask(sequence("O-" FAILS, i));
		done &= sound && applied == 1 && strstr(reply, "ER=430") &&
			iq.contexts.count == 1 && ports_used() == 2 &&
			!keys_held() && the_context()->termination[0]->id == 20;
		if (!done)
			ktap_note("position %d: %s", i, reply);
	}
	ktap(done, "an optional one leaves nothing behind but its error");
	sound = true;
}

/* One that fails after it has taken ports, keys and a number. */
static void test_optional_add(void)
{
	new_gateway();
	check("C=${O-" BAD_SUITE "," ADD_CORE "}",
	      "C=4712{A=ip/1/$/${ER=449{\"SEED_CTR_128_HMAC_SHA1_80\"}},"
	      "A=ip/1/core_example/18{M{ST=1{L{\nv=0\nc=IN IP4 203.0.113.20\n"
	      "m=audio 40000 RTP/AVP 97\n}}}}}",
	      "the first of a new context may be optional");
	new_gateway();
	check("C=${O-" BAD_SUITE "}",
	      "C=${A=ip/1/$/${ER=449{\"SEED_CTR_128_HMAC_SHA1_80\"}}}",
	      "or the only one");
	ktap(nothing_held() && !applied, "which then makes no context");
}

static void test_plane_positions(void)
{
	bool nothing = true;

	for (int i = 0; i < STEPS; i++) {
		new_call();
		plane_fails = true;
		ask(sequence("O-" FAILS, i));
		nothing &= untouched() && sound;
	}
	ktap(nothing, "what the data plane refuses changes nothing");
	sound = true;
}

/* From the first allocation to the last, of a whole change and of a new
 * context. */
static void test_memory(void)
{
	bool nothing = true;
	int failures = 0;
	const char *reply;

	for (int i = 0;; i++) {
		memory = -1;
		new_call();
		memory = i;
		reply = ask(sequence("O-" FAILS, STEPS));
		if (memory >= 0)
			break;
		failures++;
		nothing &= untouched() && sound && strstr(reply, "ER=510");
	}
	memory = -1;
	ktap(nothing && failures > 20, "memory that runs out changes nothing");
	for (int i = 0; i < 3; i++) {
		new_gateway();
		memory = i;
		ask(O1);
		nothing &= nothing_held();
	}
	memory = -1;
	ktap(nothing, "and leaves no new context half made");
	sound = true;
}

/* Of every size of the arena: all is done and answered, or nothing. */
static void test_arena(void)
{
	bool nothing = true;
	int failures = 0;

	for (size_t size = 64;; size += 8) {
		const char *reply;

		new_call();
		answer_size = size;
		reply = ask(sequence("O-" FAILS, STEPS));
		answer_size = sizeof(answer_arena);
		if (!strstr(reply, "ER=533"))
			break;
		failures++;
		nothing &= untouched() && sound;
	}
	ktap(nothing && failures > 20, "an answer without room is 533");
	new_call();
	answer_size = 100;
	ktap(strstr(ask("C=*{W-S=*{AT{}}}"), "ER=533") && untouched(),
	     "and so is one for all contexts");
	answer_size = sizeof(answer_arena);
}

static void test_actions(void)
{
	new_gateway();
	check(O1 "," O2 ",C=4711{S=ip/1/none/9},C=4711{W-S=*{AT{}}}",
	      O1_REPLY "," O2_REPLY
	      ",C=4711{S=ip/1/none/9{ER=430{"
	      "\"there is no termination 'ip/1/none/9'\"}}}",
	      "the first action that fails is the last one");
	ktap(untouched() || applied == 2, "and those before it stand");
	ktap(iq.counters.failed == 1 && iq.counters.commands[0] == 2 &&
	     iq.counters.commands[1] == 1 && iq.counters.commands[2] == 1,
	     "commands and failures are counted");
}

/* -- names ----------------------------------------------------------------- */

static void test_names(void)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "*", "ip/1/acc/18", true },
		{ "ip/*", "ip/1/acc/18", true },
		{ "ip/1/acc/*", "ip/1/acc/18", true },
		{ "IP/*/ACC/18", "ip/1/acc/18", true },
		{ "ip/1/a*c/1*", "ip/1/acc/18", true },
		{ "ip/1/*/18", "ip/1/acc/18", true },
		{ "ip/*/18", "ip/1/acc/18", false },
		{ "*/18", "ip/1/acc/18", false },
		{ "ip/1/acc/1", "ip/1/acc/18", false },
		{ "ip/1/acc/188", "ip/1/acc/18", false },
		{ "ip/1/acc/1*8*", "ip/1/acc/18", true },
		{ "*a*a*a*a*a*a*a*b/*", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/1",
		  false },
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok &= iq_name_matches(sg_slice_of(cases[i].pattern),
				      sg_slice_of(cases[i].name)) ==
		      cases[i].matches;
	ktap(ok, "* is a part of a name, or the rest of it");
	new_gateway();
	check("C=${A=ip/7/core_example/${M{ST=1{" LOCAL_CORE "}}}}",
	      "C=4711{A=ip/7/core_example/17{M{ST=1{L{\nv=0\n"
	      "c=IN IP4 203.0.113.20\nm=audio 40000 RTP/AVP 97\n}}}}}",
	      "the interface in a name is the realm");
	check("C=4711{A=ip/$/ACCESS_example/$}",
	      "C=4711{A=ip/1/access_example/18}",
	      "and is enough without a stream");
	check("C=4711{MF=ip/1/*{SG}}", "C=4711{MF=ip/1/access_example/18}",
	      "a wildcard means those that it matches");
	check("C=*{S=ip/7/core_example/17{AT{}}}",
	      "C=4711{S=ip/7/core_example/17}",
	      "one name in all contexts is looked for");
	iq.contexts.last_id = 0xfffffffc;
	iq.contexts.last_termination = 0xfffffffe;
	check("C=${A=ip/1/core_example/$}", "C=4294967293{A=ip/1/core_example/"
	      "4294967295}", "the last numbers are given");
	iq.contexts.last_id = 0xfffffffd;
	check("C=${A=ip/1/core_example/$}", "C=1{A=ip/1/core_example/1}",
	      "and then the first again");
	iq.contexts.last_id = 4710;
	iq.contexts.last_termination = 17;
	check("C=${A=ip/1/core_example/$}", "C=4712{A=ip/1/core_example/19}",
	      "but not those in use");
}

/* -- wildcards ------------------------------------------------------------- */

static void test_wildcards(void)
{
	new_gateway();
	check("C=*{W-S=*{AT{}}}",
	      "C=*{S=*{ER=431{\"no termination is like '*'\"}}}",
	      "there is nothing to subtract: 431");
	check("C=*{CA{PR}}", "C=*{ER=411{\"there are no contexts\"}}",
	      "nor to audit: 411");
	for (int i = 0; i < 3; i++)
		ask(O1);
	check("C=*{AV=*{AT{}}}",
	      "C=4711{AV=ip/1/core_example/17},C=4712{AV=ip/1/core_example/18},"
	      "C=4713{AV=ip/1/core_example/19}", "all terminations by context");
	check("C=*{W-AV=*{AT{}}}", "C=*{AV=*}", "or in one reply");
	check("C=*{PR=5,EG}", "C=4711,C=4712,C=4713",
	      "properties alone are set");
	check("C=*{CA{PR,EG}}", "C=4711{PR=5,EG},C=4712{PR=5,EG},"
	      "C=4713{PR=5,EG}", "and audited");
	check("C=*{PR=7,MF=ip/1/core_example/18{SG}}",
	      "C=4712{MF=ip/1/core_example/18}",
	      "only where a command matches");
	check("C=*{CA{PR}}", "C=4711{PR=5},C=4712{PR=7},C=4713{PR=5}",
	      "if there are any");
	applied = 0;
	check("C=*{S=ip/1/core_example/18{AT{}}}",
	      "C=4712{S=ip/1/core_example/18}", "one of all is subtracted");
	ktap(applied == 1, "and no other context is touched");
	check("C=*{W-MF=*{M{ST=1{O{MO=SR}}}},W-S=*{AT{}}}", "C=*{MF=*,S=*}",
	      "several commands for all");
	ktap(nothing_held(), "leave nothing");
}

static int count_applied(struct iq *one, struct iq_context *context, void *arg)
{
	(void)one;
	++*(int *)arg;
	return context->id == 4712 ? 7 : 0;
}

/* Whoever looks at a context may end others. */
static int end_next(struct iq *one, struct iq_context *context, void *arg)
{
	(void)one;
	++*(int *)arg;
	if (context->id == 1023)
		ask("C=1024{W-S=*{AT{}}}");
	return 0;
}

/* -- more than a message holds --------------------------------------------- */

enum { MANY = 60 };

/* MANY contexts of one termination with as many streams as there can be. */
static void many_contexts(void)
{
	static char text[16384];
	char *at;

	new_gateway();
	for (int i = 0; i < MANY; i++) {
		at = text + sprintf(text, "C=${A=ip/1/core_example/${M{");
		for (int j = 1; j <= IQ_STREAMS; j++)
			at += sprintf(at, "ST=%d{" LOCAL_CORE "},", j);
		strcpy(at - 1, "}}}");
		ask(text);
	}
}

static int count_words(const char *text, const char *word)
{
	int count = 0;

	while ((text = strstr(text, word))) {
		count++;
		text++;
	}
	return count;
}

/* @count times @one between @head and "}". */
static const char *repeat(const char *head, const char *one, int count)
{
	static char text[TEXT_MAX / 2];
	char *at = text + sprintf(text, "%s{%s", head, one);

	while (--count)
		at += sprintf(at, ",%s", one);
	strcpy(at, "}");
	return text;
}

static void test_too_much(void)
{
	static char text[TEXT_MAX / 2];

	new_call();
	ask(repeat("C=4711", "MF=*{M{TS{SI=OS}}}", 256));
	ktap(the_context()->termination[0]->out_of_service && sound,
	     "256 commands in an action");
	check(repeat("C=4711", "MF=*{M{TS{SI=IV}}}", 257),
	      "C=4711{ER=510{\"too many commands for one action\"}}",
	      "but not one more");
	check(repeat("C=*", "W-AV=*{AT{}}", 4), "C=*{AV=*,AV=*,AV=*,AV=*}",
	      "four commands on all contexts");
	strcpy(text, repeat("C=*", "W-AV=*{AT{}}", 2));
	strcat(text, ",");
	strcat(text, repeat("C=*", "W-S=*{AT{}}", 3));
	check(text, "C=*{ER=510{\"too many commands on all contexts in one "
	      "message\"}}", "but not five, in whatever actions");
	ktap(the_context()->termination[0]->out_of_service,
	     "of which nothing is done");
}

static void test_many(void)
{
	const char *reply;
	__u32 left;
	int told;

	many_contexts();
	ktap(iq.contexts.count == MANY && sound, "%d contexts", MANY);
	reply = ask("C=*{S=*{AT{M{O,L}}}}");
	left = iq.contexts.count;
	told = count_words(reply, ",C=") + 1;
	ktap(left && left < MANY && sound,
	     "a Subtract of all ends where the message is full");
	ktap(told == (int)(MANY - left) + 1 &&
	     strstr(reply, "{ER=533{") > strrchr(reply, '\n'),
	     "with what was done, and an error for the first that was not");
	reply = ask("C=*{AV=*{AT{M{O,L}}}}");
	ktap(iq.contexts.count == left && strstr(reply, "ER=533") && sound,
	     "so does an audit");
	reply = ask("C=*{MF=*{M{TS{SI=OS}},AT{M{O,L}}}}");
	ktap(strstr(reply, "ER=533") && sound, "and Modify");
	many_contexts();
	answer_size = 1024;
	check("C=*{W-S=*{AT{}}}", "C=*{S=*}", "with W- all are subtracted");
	answer_size = sizeof(answer_arena);
	ktap(nothing_held(), "however many they are");
}

static void test_each_order(void)
{
	int seen = 0;

	new_gateway();
	iq.contexts.last_id = 1022;
	for (int i = 0; i < 3; i++)
		ask(O1);
	check("C=*{AV=*{AT{}}}",
	      "C=1023{AV=ip/1/core_example/17},C=1024{AV=ip/1/core_example/18},"
	      "C=1025{AV=ip/1/core_example/19}", "contexts come by id");
	ktap(!iq_contexts_each(&iq, end_next, &seen) && seen == 2 && sound,
	     "and those that end meanwhile do not");
}

static void test_each(void)
{
	int seen = 0;

	new_gateway();
	for (int i = 0; i < 3; i++)
		ask(O1);
	ktap(iq_contexts_each(&iq, count_applied, &seen) == 7 && seen == 2,
	     "a walk over contexts ends when it is told to");
}

/* -- audits ---------------------------------------------------------------- */

static void test_audit(void)
{
	const char *reply;

	new_call();
	check("C=4711{AV=ip/1/core_example/17{AT{}}}",
	      "C=4711{AV=ip/1/core_example/17}", "Audit{}: the name alone");
	check("C=4711{AV=ip/1/access_example/18{AT{M{TS{SI},ST=1{O{MO,gm/saf},"
	      "L,R}},SG,E,OE}}}",
	      "C=4711{AV=ip/1/access_example/18{M{TS{SI=IV},ST=1{O{MO=SR,"
	      "gm/saf=ON},L{\nv=0\nc=IN IP4 198.51.100.20\n"
	      "m=audio 30000 RTP/SAVP 97\n},R{\nv=0\nc=IN IP4 10.0.0.5\n"
	      "m=audio 49170 RTP/SAVP 97\n}}},"
	      "SG{ipnapt/latch{ST=1,napt=LATCH}},"
	      "E=9002{hangterm/thb{timerx=3600},adid/ipstop{dt=60,dir=IN},"
	      "g/cause},OE}}", "single items");
	reply = ask("C=4711{AV=*{AT{M,E,SG,SA,PG,OE}}}");
	ktap(strstr(reply, "ipdc/realm=\"access.example\"") &&
	     strstr(reply, "O{MO=IN,RV=OFF,RG=OFF,") == NULL &&
	     strstr(reply, "O{MO=SR,RV=OFF,RG=OFF,") &&
	     strstr(reply, "PG{g-1,root-2,") && strstr(reply, "nt/os=1000") &&
	     strstr(reply, "TS{SI=IV}") && sound, "all of everything");
	check("C=4711{AV=ip/1/core_example/17{AT{SG,SA{rtp/*}}}}",
	      "C=4711{AV=ip/1/core_example/17{SG,SA{rtp/ps=50,rtp/pr=100,"
	      "rtp/pl=0.50,rtp/jit=1.25,rtp/delay=40.00}}}", "statistics of a package");
	check("C=4711{MF=ip/1/core_example/17{M{O{MO=SO}},AT{M{O{MO}},SG}}}",
	      "C=4711{MF=ip/1/core_example/17{M{ST=1{O{MO=SO}}},SG}}",
	      "an Audit in a Modify sees what it made");
	check("C=4711{AV=ip/1/core_example/17{AT{M{ST=9{O{MO}}}}}}",
	      "C=4711{AV=ip/1/core_example/17}",
	      "a stream that is not there is not shown");
	check("C=4711{S=ip/1/access_example/18}",
	      "C=4711{S=ip/1/access_example/18{SA{nt/dur=0,nt/os=1000,"
	      "nt/or=4000,rtp/ps=50,rtp/pr=200,rtp/pl=0.50,rtp/jit=1.25,"
	      "rtp/delay=40.00}}}",
	      "Subtract tells statistics");
	check("C=4711{CA{PR,EG}}", "C=4711{PR=0}", "properties of a context");
	check("C=4711{PR=15,EG,IEPS=ON,MF=*{SG}}",
	      "C=4711{MF=ip/1/core_example/17}", "are set by an action");
	ktap(the_context()->priority == 15 && the_context()->emergency &&
	     the_context()->has_priority, "and kept");
	check("C=4711{EGO,TP{*,*,BW},CA{EG},AV=*{AT{}}}",
	      "C=4711{AV=ip/1/core_example/17}",
	      "they are set beside an audit, too");
	ktap(!the_context()->emergency && the_context()->priority == 15,
	     "and those not named are kept");
}

static void test_replies(void)
{
	const char *reply;

	new_gateway();
	reply = ask("C=${A=ip/1/core_example/${M{ST=5{" LOCAL_CORE "}},"
		    "AT{M{O{MO}},SG}}}");
	ktap(strstr(reply, "17{M{TS{SI=IV},ST=5{O{MO=IN,RV=OFF,RG=OFF,ipdc/") &&
	     strstr(reply, "},L{\nv=0\nc=IN IP4 203.0.113.20\n"
			   "m=audio 40000 RTP/AVP 97\n}}},SG}}}") && sound,
	     "an Audit of Media is answered with all of it beside $");
	check("C=4711{MF=*{M{ST=2{O{MO=SR}},ST=7{O{MO=SO}}}}}",
	      "C=4711{MF=ip/1/core_example/17}", "more streams");
	check("C=4711{AV=*{AT{M{O{MO}}}}}",
	      "C=4711{AV=ip/1/core_example/17{M{ST=2{O{MO=SR}},ST=5{O{MO=IN}},"
	      "ST=7{O{MO=SO}}}}}", "are shown in order");
	ask("C=4711{MF=*{SG{ipnapt/latch{ST=5,napt=LATCH}}}}");
	check("C=4711{AV=*{AT{SG}}}",
	      "C=4711{AV=ip/1/core_example/17{SG{ipnapt/latch{ST=5,"
	      "napt=LATCH}}}}", "one of them latches");
	ask("C=4711{MF=*{SG{ipnapt/latch{napt=RELATCH}}}}");
	check("C=4711{AV=*{AT{SG}}}",
	      "C=4711{AV=ip/1/core_example/17{SG{ipnapt/latch{ST=2,"
	      "napt=RELATCH},ipnapt/latch{ST=5,napt=RELATCH},"
	      "ipnapt/latch{ST=7,napt=RELATCH}}}}", "or all do");
	check("C=4711{W-MF=ip/1/core_example/17{AT{M{ST=5{O{MO}}}}}}",
	      "C=4711{MF=ip/1/core_example/17{M{ST=5{O{MO=IN}}}}}",
	      "W- without a wildcard is nothing special");
	check("C=4711{O-MF=*{AT{SG,MX}},MF=*{SG}}",
	      "C=4711{MF=*{ER=444{\"Mux is not used on Iq\"}},"
	      "MF=ip/1/core_example/17}",
	      "nothing is told of a command but its error");
}

/* Both terminations have the same streams. */
static void test_streams(void)
{
	char all[1024], text[4096], *at = all;

	for (int i = 1; i < IQ_STREAMS; i++)
		at += sprintf(at, "%sST=%d{O{MO=IN}}", i > 1 ? "," : "",
			      65536 - i);
	new_gateway();
	snprintf(text, sizeof(text), "C=${A=ip/1/core_example/${M{%s}},"
		 "A=ip/1/access_example/${M{%s}}}", all, all);
	check(text, "C=4711{A=ip/1/core_example/17,A=ip/1/access_example/18}",
	      "fifteen streams at both terminations");
	check("C=4711{MF=ip/1/access_example/18{M{ST=2{O{MO=IN}}}}}",
	      "C=4711{MF=ip/1/access_example/18}", "and one at one of them");
	check_error("are all that a context has",
		    "C=4711{MF=ip/1/access_example/18{M{ST=1{O{MO=IN}}}}}",
		    "C=4711{MF=ip/1/access_example/18{ER=510");
}

/* What a copy took for a termination that it removes again. */
static void test_remove(void)
{
	struct iq_termination *added;
	struct iq_context *copy;
	struct iq_fault fault;

	new_call();
	ask("C=4711{" SUBTRACT_18 "}");
	copy = iq_context_copy(&iq, the_context());
	added = iq_termination_add(&iq, copy, &fault);
	added->sides = malloc(sizeof(*added->sides));
	iq_side_init(added->sides, 1);
	added->sides->realm = &gate.config.realm[0];
	memcpy(added->sides->local.address, gate.config.realm[0].address[0],
	       sizeof(added->sides->local.address));
	ports_choose(gate.config.realm[0].ports[0], clock_ms(),
		     false, 0, &added->sides->port[0]);
	ktap(ports_used() == 3, "a copy takes a port");
	iq_termination_remove(&iq, copy, added, the_context());
	ktap(balanced() && !copy->termination[1],
	     "and gives it back with its termination");
	iq_context_give_up(&iq, copy, the_context());
	ktap(balanced() && ports_used() == 2, "but no other");
}

static void test_root(void)
{
	new_gateway();
	check("C=-{AV=ROOT{AT{}}}", "C=-{AV=ROOT}", "the heartbeat");
	check("C=-{AV=ROOT{AT{PG}}}",
	      "C=-{AV=ROOT{PG{g-1,root-2,nt-1,rtp-1,ipnapt-1,gm-2,tman-1,"
	      "ipdc-1,hangterm-1,ds-2,rtcph-1,it-1,ocp-1,ipra-1,adid-1}}}",
	      "Packages");
	check("C=-{AV=root{AT{M{TS{SI,ipra/ar,root/*}}}}}",
	      "C=-{AV=ROOT{M{TS{SI=IV,root/maxNrOfContexts=64,"
	      "root/maxTerminationsPerContext=2,root/normalMGExecutionTime=100,"
	      "root/normalMGCExecutionTime=1000,"
	      "ipra/ar=[\"core.example\",\"access.example\"]}}}}",
	      "properties of ROOT");
	check("C=-{MF=ROOT{E=5{it/ito{mit=6000},ocp/mg_overload}}}",
	      "C=-{MF=ROOT}", "its events are armed");
	ktap(iq.root.armed && iq.root.idle == 6000 && root_updates == 1 &&
	     states_kept == 1, "and followed, and journalled");
	check("C=-{MF=ROOT{E=6{it/ito{mit=1}}},MF=ROOT{E=7{no/no}}}",
	      "C=-{MF=ROOT{ER=440{\"no/no\"}}}", "all of them or none");
	ktap(iq.root.request == 5 && root_updates == 1, "so they stand");
	check("C=-{MF=ROOT{E=6{it/ito{mit=9}}},O-MF=ROOT{E=7{no/no}}}",
	      "C=-{MF=ROOT,MF=ROOT{ER=440{\"no/no\"}}}", "or what is optional");
	ktap(iq.root.request == 6 && iq.root.idle == 9, "is left out");
	check("C=-{O-MF=ROOT{E=8{it/ito{mit=8}},M{TS{SI=OS}},SG{g/no}},"
	      "MF=ROOT{M{TS{SI=IV}}}}",
	      "C=-{MF=ROOT{ER=452{\"g/no\"}},MF=ROOT}",
	      "with all that it has changed before it failed");
	ktap(iq.root.request == 6 && iq.root.idle == 9, "events");
	check("C=-{O-MF=ROOT{M{TS{SI=OS}},SG{g/no}},"
	      "MF=ROOT{E=6{it/ito{mit=9}}}}",
	      "C=-{MF=ROOT{ER=452{\"g/no\"}},MF=ROOT}", "and state");
	ktap(!iq.out_of_service, "which stays in service");
	check("C=-{AV=ROOT{AT{M{O{ipra/ar}}}}}",
	      "C=-{AV=ROOT{M{TS{ipra/ar=[\"core.example\",\"access.example\"]"
	      "}}}}", "a property asked for in LocalControl");
	realms_down = 1;
	check("C=-{AV=ROOT{AT{M{TS{ipra/ar}}}}}",
	      "C=-{AV=ROOT{M{TS{ipra/ar=[\"access.example\"]}}}}",
	      "a realm that is down is not available");
	realms_down = 3;
	check("C=-{AV=ROOT{AT{M{TS{ipra/ar}}}}}",
	      "C=-{AV=ROOT{M{TS{ipra/ar=[\"\"]}}}}", "nor are two");
	realms_down = 0;
	check("C=-{AV=ROOT{AT{E,SG}}}", "C=-{AV=ROOT{E=6{it/ito{mit=9}},SG}}",
	      "they are audited");
	check("C=-{MF=ROOT{M{TS{SI=OS}}}}", "C=-{MF=ROOT}",
	      "ROOT is taken out of service");
	check_error("and then takes no new contexts", O1,
		    "C=${A=ip/1/$/${ER=503");
	check("C=-{MF=ROOT{M{TS{SI=IV}}}}", "C=-{MF=ROOT}", "until it is back");
	check(O1, "C=4711{A=ip/1/core_example/17{M{ST=1{L{\nv=0\n"
	      "c=IN IP4 203.0.113.20\nm=audio 40000 RTP/AVP 97\n}}}}}",
	      "as before");
	check("C=-{SC=ROOT{SV{MT=HO,RE=\"903 MGC Directed Change\","
	      "MG=[192.0.2.11]:2944}}}", "C=-{SC=ROOT}",
	      "orders go to the association");
	ktap(ordered == H248_HAND_OFF, "as they came");
}

static void test_service(void)
{
	new_call();
	check("C=4711{SC=ip/1/core_example/17{SV{MT=FO,RE=\"905 Out\"}}}",
	      "C=4711{SC=ip/1/core_example/17}", "out of service");
	ktap(the_context()->termination[0]->out_of_service &&
	     !the_context()->termination[1]->out_of_service && applied == 1,
	     "the data plane is told");
	check("C=4711{AV=ip/1/core_example/17{AT{M{TS{SI}}}}}",
	      "C=4711{AV=ip/1/core_example/17{M{TS{SI=OS}}}}", "so an audit");
	check("C=*{W-SC=*{SV{MT=RS,RE=\"900 Restored\"}}}", "C=*{SC=*}",
	      "and back");
	ktap(!the_context()->termination[0]->out_of_service,
	     "for all terminations");
	check("C=4711{MF=*{M{TS{SI=OS}}}}",
	      "C=4711{MF=ip/1/core_example/17,MF=ip/1/access_example/18}",
	      "by Modify as well");
	ktap(the_context()->termination[0]->out_of_service &&
	     the_context()->termination[1]->out_of_service, "of both");
}

/* -- latches --------------------------------------------------------------- */

static struct iq_side *access_side(void)
{
	return the_context()->termination[1]->sides;
}

static void latch_by_hand(void)
{
	access_side()->napt = IQ_NAPT_DONE;
	access_side()->peer.address[3] = 1;
	access_side()->peer.rtp = 5;
}

static void test_latch(void)
{
	new_call();
	latch_by_hand();
	ask("C=4711{MF=ip/1/access_example/18{SG}}");
	ktap(access_side()->napt == IQ_NAPT_DONE && access_side()->peer.rtp,
	     "the end of signals leaves a latch that has happened");
	ask(LATCH_18("{napt=relatch}"));
	ktap(access_side()->napt == IQ_NAPT_RELATCH && access_side()->peer.rtp,
	     "RELATCH keeps the old peer");
	ask("C=4711{MF=ip/1/access_example/18{SG}}");
	ktap(access_side()->napt == IQ_NAPT_DONE, "also when it is called off");
	ask(LATCH_18("{ST=1,napt=LATCH}"));
	ktap(access_side()->napt == IQ_NAPT_LATCH && !access_side()->peer.rtp,
	     "LATCH forgets it");
	ask("C=4711{MF=ip/1/access_example/18{SG{}}}");
	ktap(access_side()->napt == IQ_NAPT_OFF, "and can be called off");
	latch_by_hand();
	ask(LATCH_18("{napt=OFF}"));
	ktap(access_side()->napt == IQ_NAPT_OFF && !access_side()->peer.rtp &&
	     sound, "OFF goes back to Remote");
}

/* -- restart --------------------------------------------------------------- */

/* What iq_record_read() would give: a copy without links and watches. */
static struct iq_context *recorded(void)
{
	struct iq_context *copy = iq_context_copy(&iq, the_context());

	copy->basis = NULL;
	return copy;
}

static void forget_call(void)
{
	iq_contexts_close(&iq);
	memset(references, 0, sizeof(references));
	for (int i = 0; i < 2; i++) {
		struct realm *realm = &gate.config.realm[i];

		ports_free(realm->ports[0]);
		realm->ports[0] = ports_new(30000 + 10000 * !i,
					    39999 + 10000 * !i);
	}
}

static void test_restore(void)
{
	struct iq_context *record;
	__u32 lost = 0;

	new_call();
	record = recorded();
	forget_call();
	adoption_fails = true;
	ktap(!iq_context_restore(&iq, record) && the_context() == record &&
	     ports_used() == 4 && keys_held() == 2 && !watches,
	     "a restart takes ports and keys again");
	ktap(!iq_contexts_adopt(&iq, &lost) && lost == 1 && nothing_held(),
	     "a context that cannot be adopted holds nothing");
	new_call();
	record = recorded();
	forget_call();
	key_generation[record->termination[1]->sides->receive.slot[0]]++;
	lost = 0;
	ktap(!iq_context_restore(&iq, record) &&
	     !iq_contexts_adopt(&iq, &lost) && !lost &&
	     the_context() == record && watches == 2,
	     "one that can goes on");
	ktap(access_side()->send.slot[0] && keys_held() == 1 &&
	     !access_side()->receive.slot[0] && !access_side()->receive.suite,
	     "without the keys that have gone");
	ktap(iq.contexts.last_id == 4711 && iq.contexts.last_termination == 18,
	     "and numbers are counted on from there");
	ktap(iq_context_restore(&iq, record) == -EINVAL,
	     "the same is not put back twice");
	check("C=4711{W-S=*{AT{}}}", "C=4711{S=*}", "it ends like others");
	ktap(nothing_held(), "down to the last port");
}

/* A port that somebody else has got in the meantime. */
static void test_restore_conflict(void)
{
	struct iq_context *record;

	new_call();
	record = recorded();
	forget_call();
	ports_claim(gate.config.realm[1].ports[0], 30001);
	ktap(iq_context_restore(&iq, record) && ports_used() == 1 &&
	     !keys_held() && !iq.contexts.count && !put_too_often,
	     "a context whose ports are taken holds nothing");
	iq_context_free(record);
}

/* -- a model --------------------------------------------------------------- */

/* What there should be: contexts of terminations of streams. */
enum { MODEL_CONTEXTS = 6, MODEL_STEPS = 20000 };

struct model_termination {
	__u32 id;		/* 0: none */
	int realm;
	bool stream[2];
	bool secure;
	bool sending;
	bool out;
};

struct model_context {
	__u32 id;
	struct model_termination t[2];
};

static struct model_context model[MODEL_CONTEXTS];
static __u64 seed = 88172645463325252ull;

static unsigned int any(unsigned int count)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 20) % count;
}

static const char *any_key(void)
{
	static char key[41];

	for (int i = 0; i < 40; i++)
		key[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"[any(42)];
	return key;
}

/* One command as text, and what it makes of @context; false: it fails. */
static bool model_add(struct model_context *context, __u32 number, char *text)
{
	static const char *const names[] = { "core.example", "access.example" };
	struct model_termination made = { .id = number, .realm = any(2),
					  .stream[0] = true };
	bool broken = !any(6);
	int free_place = context->t[0].id ? 1 : 0;

	made.secure = made.realm;
	text += sprintf(text, "A=ip/1/$/${M{ST=1{O{ipdc/realm=\"%s\"},"
			"L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/%s 97\n",
			names[made.realm], made.secure ? "SAVP" : "AVP");
	if (made.secure)
		text += sprintf(text, "a=crypto:1 %s inline:%s\n",
				broken ? "SEED_CTR_128_HMAC_SHA1_80" : SUITE,
				any_key());
	strcpy(text, "}}}}");
	if (context->t[free_place].id || (broken && made.secure))
		return false;
	context->t[free_place] = made;
	return true;
}

static int model_place(const struct model_context *context, char *name)
{
	static const char *const labels[] = { "core_example",
					      "access_example" };
	int i = any(3);

	if (i < 2 && context->t[i].id) {
		sprintf(name, "ip/1/%s/%u", labels[context->t[i].realm],
			context->t[i].id);
		return i;
	}
	strcpy(name, "ip/1/none/0");
	return -1;
}

static bool model_modify(struct model_context *context, char *text)
{
	char name[IQ_NAME];
	int i = model_place(context, name);
	struct model_termination *t = &context->t[i < 0 ? 0 : i];

	text += sprintf(text, "MF=%s{M{", name);
	switch (any(4)) {
	case 0:
		strcpy(text, "ST=1{O{MO=SR}}}}");
		if (i >= 0)
			t->sending = true;
		return i >= 0;
	case 1:
		strcpy(text, "ST=2{L{\nv=0\nc=IN IP4 $\nm=video $ RTP/AVP 99\n"
			     "}}}}");
		if (i >= 0)
			t->stream[1] = true;
		return i >= 0;
	case 2:
		strcpy(text, "TS{SI=OS},ST=1{O{gm/none=1}}}}");
		return false;
	default:
		strcpy(text, "TS{SI=OS}}}");
		if (i >= 0)
			t->out = true;
		return i >= 0;
	}
}

static bool model_subtract(struct model_context *context, char *text)
{
	char name[IQ_NAME];
	int i;

	if (any(4)) {
		i = model_place(context, name);
		sprintf(text, "S=%s", name);
		if (i >= 0)
			context->t[i].id = 0;
		return i >= 0;
	}
	strcpy(text, any(2) ? "S=*" : "W-S=*{AT{}}");
	if (!context->t[0].id && !context->t[1].id)
		return false;
	context->t[0].id = context->t[1].id = 0;
	return true;
}

static bool model_command(struct model_context *context, __u32 number,
			  char *text)
{
	switch (any(6)) {
	case 0:
	case 1:
	case 2:
		return model_add(context, number, text);
	case 3:
	case 4:
		return model_modify(context, text);
	default:
		return model_subtract(context, text);
	}
}

/* Each Add that gets as far as a termination takes a number. */
static bool takes_number(const struct model_context *before, const char *text)
{
	return !strncmp(text, "A=", 2) && !(before->t[0].id && before->t[1].id);
}

/* An action on @context, a copy; false: nothing of it stays. */
static bool model_action(struct model_context *context, __u32 id, char *text)
{
	__u32 number = iq.contexts.last_termination;
	bool ok = true;

	text += id ? sprintf(text, "C=%u{", id) : sprintf(text, "C=${");
	for (int i = any(3); i >= 0; i--) {
		bool optional = !any(3);
		struct model_context next = *context;
		char command[1024];
		bool done = model_command(&next, number + 1, command);

		if (!id && strncmp(command, "A=", 2) && !context->id)
			done = false;
		text += sprintf(text, "%s%s,", optional ? "O-" : "", command);
		if (ok && takes_number(context, command))
			number++;
		if (done && ok) {
			*context = next;
			context->id = context->id ? context->id : 1;
		} else if (!optional) {
			ok = false;
		}
	}
	strcpy(text - 1, "}");
	return ok;
}

static bool same_termination(const struct model_termination *a,
			     const struct iq_termination *b)
{
	const struct iq_side *one, *two;

	if (!a->id || !b)
		return !a->id && !b;
	one = iq_termination_side(b, 1);
	two = iq_termination_side(b, 2);
	return a->id == b->id && b->realm == &gate.config.realm[a->realm] &&
	       a->out == b->out_of_service && one && !two == !a->stream[1] &&
	       !one->send.slot[0] == !a->secure &&
	       (one->mode == H248_SEND_RECEIVE) == a->sending;
}

static bool same_as_model(void)
{
	__u32 count = 0;

	for (int i = 0; i < MODEL_CONTEXTS; i++) {
		const struct model_context *a = &model[i];
		const struct iq_context *b;

		if (!a->id)
			continue;
		count++;
		b = iq_context_find(&iq, a->id);
		if (!b || !same_termination(&a->t[0], b->termination[0]) ||
		    !same_termination(&a->t[1], b->termination[1]))
			return false;
	}
	return count == iq.contexts.count;
}

static void model_step(char *text)
{
	struct model_context *context = &model[any(MODEL_CONTEXTS)];
	struct model_context next = *context;
	__u32 id = context->id;
	bool ok = model_action(&next, id, text);

	plane_fails = !any(8);
	if (plane_fails && next.id)
		ok = false;
	ask(text);
	plane_fails = false;
	if (!ok)
		return;
	if (!next.t[0].id && !next.t[1].id)
		next.id = 0;
	else if (!id && next.id)
		next.id = iq.contexts.last_id;
	*context = next;
	if (!next.id)
		memset(context, 0, sizeof(*context));
	/* A place is a new termination's without any of the former one's. */
	for (int i = 0; i < 2; i++)
		if (!context->t[i].id)
			memset(&context->t[i], 0, sizeof(context->t[i]));
}

/* An action of optional commands that all failed is none for the plane. */
static void test_model(void)
{
	char text[8192];
	int i;

	new_gateway();
	for (i = 0; i < MODEL_STEPS; i++) {
		model_step(text);
		if (!same_as_model() || !sound)
			break;
		/* Ports rest for seconds, steps take microseconds. */
		if (i % 1000 == 999) {
			ask("C=*{W-S=*{AT{}}}");
			if (!nothing_held())
				break;
			memset(model, 0, sizeof(model));
			new_gateway();
		}
	}
	if (!ktap(i == MODEL_STEPS, "%d random actions are as a model has them",
		  MODEL_STEPS))
		ktap_note("step %d: %s", i, text);
	ask("C=*{W-S=*{AT{}}}");
	ktap(nothing_held(), "and leave nothing behind");
	sound = true;
}

/* -- speed ----------------------------------------------------------------- */

enum { ROUNDS = 20, CALLS = 100 };

static void one_call(void)
{
	char text[2048];
	__u32 id;

	execute_text("!/2 [192.0.2.10]:2944 T=1{" O1 "}");
	id = iq.contexts.last_id;
	snprintf(text, sizeof(text),
		 "!/2 [192.0.2.10]:2944 T=1{C=%u{"
		 "MF=ip/1/core_example/%u{M{ST=1{O{MO=SR}," REMOTE_CORE "}}}," ADD_ACCESS "}}",
		 id, iq.contexts.last_termination);
	execute_text(text);
	snprintf(text, sizeof(text),
		 "!/2 [192.0.2.10]:2944 T=1{C=%u{MF=*{M{ST=1{O{MO=SR}}}}}}",
		 id);
	execute_text(text);
	snprintf(text, sizeof(text),
		 "!/2 [192.0.2.10]:2944 T=1{C=%u{W-S=*{AT{}}}}", id);
	execute_text(text);
}

/* The best of several rounds: others use the machine, too. */
static void note_speed(void)
{
	__u64 best = ~0ull;

	new_gateway();
	for (int i = 0; i < ROUNDS; i++) {
		time_spent = 0;
		for (int j = 0; j < CALLS; j++)
			one_call();
		if (time_spent < best)
			best = time_spent;
	}
	ktap_note("iq_execute() takes %llu ns for a call's four transactions",
		  (unsigned long long)(best / CALLS));
	ktap(nothing_held(), "%d calls leave nothing behind", ROUNDS * CALLS);
}

int main(void)
{
	test_originating();
	test_terminating();
	test_passthrough();
	test_errors();
	test_states();
	test_failing_positions();
	test_optional_positions();
	test_optional_add();
	test_plane_positions();
	test_memory();
	test_arena();
	test_actions();
	test_names();
	test_wildcards();
	test_each();
	test_each_order();
	test_many();
	test_too_much();
	test_audit();
	test_replies();
	test_streams();
	test_remove();
	test_root();
	test_service();
	test_latch();
	test_restore();
	test_restore_conflict();
	test_model();
	note_speed();
	end_gateway();
	return ktap_finish();
}
