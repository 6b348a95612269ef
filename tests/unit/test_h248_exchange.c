// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions over a network that is made up here, with a clock that the
 * tests move. Messages are compared as text: header and sender first, "g" is
 * the gateway under test.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../lib/ktap.h"
#include "../lib/random.h"
#include "lib/h248_exchange_private.h"
#include "lib/secret.h"

enum { SENT_MAX = 64, TEXT_MAX = 4096 };

/* -- the world ------------------------------------------------------------- */

static __u64 clock_now = 1000000;
static unsigned keys_wiped;	/* areas with a key in them */

static __u64 test_clock(void)
{
	return clock_now;
}

/* In place of lib/secret.c, to see what is zeroed. */
void sg_secret_zero(void *secret, size_t size)
{
	keys_wiped += size && memmem(secret, size, "inline:", 7) != NULL;
	explicit_bzero(secret, size);
}

static struct {
	struct h248_address to;
	char text[TEXT_MAX];
	size_t size;
} sent[SENT_MAX];
static unsigned sent_first, sent_count;
static int send_error;
static bool log_off;

static struct h248_exchange *x;
static struct h248_exchange_options options;
static struct event_base *base;
static struct h248_address mgc, other, stranger;

static unsigned executed, retained, released;
static __u32 last_released;
static char order[256];		/* contexts as they were carried out */

static struct h248_address address(const char *host, __u16 port)
{
	struct h248_address a = { .v4 = {
		.sin_family = AF_INET, .sin_port = htons(port),
	} };

	inet_pton(AF_INET, host, &a.v4.sin_addr);
	return a;
}

static int on_send(void *arg, const struct h248_address *to, const char *text,
		   size_t size)
{
	(void)arg;
	if (send_error)
		return send_error;
	if (log_off)
		return 0;
	if (sent_count == SENT_MAX)
		ktap_bail_out("more was sent than a test expects");
	sent[sent_count].to = *to;
	sent[sent_count].size = size;
	snprintf(sent[sent_count].text, TEXT_MAX, "%.*s", (int)size, text);
	sent_count++;
	return 0;
}

static bool on_heard(void *arg, const struct h248_address *from)
{
	(void)arg;
	return h248_address_compare(from, &stranger);
}

/* "C=n{MF=t}": the first command of the request without its descriptors. */
static void echo(struct h248_message *answer, struct h248_transaction *reply,
		 const struct h248_action *action)
{
	struct h248_action *a = h248_alloc(answer, sizeof(*a));
	struct h248_command *c = h248_alloc(answer, sizeof(*c));

	if (!a || !c)
		ktap_bail_out("the answer's arena is too small");
	a->context = action->context;
	c->verb = action->commands->verb;
	c->termination = action->commands->termination;
	a->commands = c;
	reply->actions = a;
}

/* More than any message may have. */
static void swell(struct h248_message *answer, struct h248_transaction *reply)
{
	struct h248_command *c = reply->actions->commands;

	for (int i = 0; i < 8000; i++) {
		c->next = h248_alloc(answer, sizeof(*c));
		c->next->verb = H248_MODIFY;
		c->next->termination.name = SG_SLICE("termination");
		c = c->next;
	}
}

/* The context of a request says what is to become of it. */
enum {
	CONTEXT_FAILS = 100,
	CONTEXT_LATE,
	CONTEXT_TOO_BIG,
	CONTEXT_EMPTY,
	CONTEXT_ERROR,
	CONTEXT_VERSION_3,
	CONTEXT_KEY,
};

static int on_request(void *arg, const struct h248_address *from,
		      const struct h248_message *message,
		      const struct h248_transaction *request,
		      struct h248_message *answer,
		      struct h248_transaction *reply)
{
	static struct h248_error error = { 430, SG_SLICE("unknown") };
	static struct h248_error key = { 449, SG_SLICE("inline:abcd") };
	char number[16];

	(void)arg;
	(void)from;
	(void)message;
	executed++;
	snprintf(number, sizeof(number), "%u ", request->actions->context);
	if (strlen(order) + strlen(number) < sizeof(order))
		strcat(order, number);
	echo(answer, reply, request->actions);
	switch (request->actions->context) {
	case CONTEXT_FAILS:
		return -EIO;
	case CONTEXT_LATE:
		return -EINPROGRESS;
	case CONTEXT_TOO_BIG:
		swell(answer, reply);
		break;
	case CONTEXT_EMPTY:
		reply->actions = NULL;
		break;
	case CONTEXT_ERROR:
		reply->error = &error;
		break;
	case CONTEXT_KEY:
		reply->error = &key;
		break;
	case CONTEXT_VERSION_3:
		answer->version = 3;
		break;
	}
	return 0;
}

static void on_retain(void *arg, const struct h248_address *from, __u32 id,
		      const char *text, size_t size)
{
	(void)arg;
	(void)from;
	(void)id;
	retained += size && text[0] == '!';
}

static void on_release(void *arg, const struct h248_address *from, __u32 id)
{
	(void)arg;
	(void)from;
	released++;
	last_released = id;
}

/* -- what the tests say ---------------------------------------------------- */

static const struct h248_exchange_user user = {
	.send = on_send, .heard = on_heard, .request = on_request,
	.retain = on_retain, .release = on_release,
};

static void use_defaults(void)
{
	h248_exchange_defaults(&options);
	options.mid.kind = H248_MID_DEVICE;
	options.mid.name = SG_SLICE("g");
	options.form = H248_COMPACT;
	options.first_id = 50;
}

static void open_exchange(void)
{
	int err = h248_exchange_open(&x, base, &options, &user);

	if (err)
		ktap_bail_out("h248_exchange_open: %s", strerror(-err));
	x->clock = test_clock;
	sent_first = sent_count = 0;
	executed = retained = released = keys_wiped = 0;
	order[0] = '\0';
}

static void start(void)
{
	use_defaults();
	open_exchange();
}

static void stop(void)
{
	h248_exchange_close(x);
	x = NULL;
}

static bool is_zero(const char *octets, size_t size)
{
	while (size--)
		if (*octets++)
			return false;
	return true;
}

static void receive_octets(const struct h248_address *from, const char *text,
			   size_t size)
{
	char *copy = malloc(size + !size);

	memcpy(copy, text, size);
	h248_exchange_receive(x, from, copy, size);
	if (!is_zero(copy, size))
		ktap(false, "what was received is zeroed: %.40s", text);
	free(copy);
}

static void receive(const struct h248_address *from, const char *text)
{
	receive_octets(from, text, strlen(text));
}

/* The next message that was sent, to @to, is @text. */
static bool was_sent(const struct h248_address *to, const char *text)
{
	unsigned i = sent_first;

	if (i < sent_count && !h248_address_compare(&sent[i].to, to) &&
	    !strcmp(sent[i].text, text)) {
		sent_first++;
		return true;
	}
	ktap_note("sent: %.200s", i < sent_count ? sent[i].text : "nothing");
	ktap_note("not:  %.200s", text);
	return false;
}

static bool was_begun(const struct h248_address *to, const char *text)
{
	unsigned i = sent_first;

	if (i < sent_count && !h248_address_compare(&sent[i].to, to) &&
	    !strncmp(sent[i].text, text, strlen(text))) {
		sent_first++;
		return true;
	}
	ktap_note("sent: %.200s", i < sent_count ? sent[i].text : "nothing");
	ktap_note("not:  %.200s...", text);
	return false;
}

/* And nothing besides; forgets what was sent. */
static bool was_all(void)
{
	bool all = sent_first == sent_count;

	if (!all)
		ktap_note("sent too: %.200s", sent[sent_first].text);
	sent_first = sent_count = 0;
	return all;
}

static bool is_answered(const char *text, const char *answer)
{
	receive(&mgc, text);
	return was_sent(&mgc, answer) && was_all();
}

static bool is_ignored(const char *text)
{
	receive(&mgc, text);
	return was_all();
}

/* Moves the clock on, stopping wherever there is something to do. */
static void pass(__u64 ms)
{
	__u64 end = clock_now + ms, due;

	while ((due = h248_exchange_due(x)) <= end) {
		clock_now = due > clock_now ? due : clock_now;
		h248_exchange_tick(x);
	}
	clock_now = end;
}

static const struct h248_exchange_counters *counted(void)
{
	return h248_exchange_counters(x);
}

/* -- requests that come ---------------------------------------------------- */

static void test_once(void)
{
	start();
	ktap(is_answered("!/2 m T=1{C=1{MF=a}}", "!/2 g P=1{C=1{MF=a}}"),
	     "a request is answered");
	ktap(is_answered("!/2 m T=1{C=2{MF=b}}", "!/2 g P=1{C=1{MF=a}}") &&
	     executed == 1 && counted()->repeated == 1,
	     "its repeat gets the same reply and is not carried out");
	receive(&other, "!/2 m T=1{C=2{MF=b}}");
	ktap(was_sent(&other, "!/2 g P=1{C=2{MF=b}}") && executed == 2,
	     "the same id of another port is another request");
	other.protocol = H248_SCTP;
	receive(&other, "!/2 m T=1{C=3{MF=b}}");
	ktap(was_sent(&other, "!/2 g P=1{C=3{MF=b}}") && executed == 3,
	     "and of another protocol");
	other.protocol = H248_UDP;
	ktap(retained == 3 && !released, "each reply is journalled once");
	sent_first = sent_count;
	ktap(is_answered("!/1 m T=4{C=1{MF=a}}", "!/1 g P=4{C=1{MF=a}}"),
	     "a reply has the version of its request");
	ktap(is_answered("!/2 m T=5{C=105{MF=a}}", "!/3 g P=5{C=105{MF=a}}"),
	     "or that which the handler set");
	stop();
}

static void test_order(void)
{
	start();
	receive(&mgc, "!/2 m T=9{C=1{MF=a}}T=3{C=2{MF=a}}T=9{C=3{MF=a}}"
		      "T=4{C=4{MF=a}}");
	ktap(!strcmp(order, "1 2 4 ") &&
	     was_sent(&mgc, "!/2 g P=9{C=1{MF=a}}") &&
	     was_sent(&mgc, "!/2 g P=3{C=2{MF=a}}") &&
	     was_sent(&mgc, "!/2 g P=9{C=1{MF=a}}") &&
	     was_sent(&mgc, "!/2 g P=4{C=4{MF=a}}") && was_all(),
	     "the requests of a message are carried out in order, once each");
	stop();
}

static void test_acks(void)
{
	start();
	for (int id = 1; id <= 9; id++) {
		char text[64];

		snprintf(text, sizeof(text), "!/2 m T=%d{C=1{MF=a}}", id);
		receive(&mgc, text);
		receive(&other, text);
	}
	sent_first = sent_count;
	was_all();
	receive(&mgc, "!/2 m K{1}");
	ktap(released == 1 && last_released == 1 && was_all(),
	     "an ack ends the journal's time of a reply");
	ktap(is_ignored("!/2 m T=1{C=1{MF=a}}") && executed == 18,
	     "a duplicate behind its ack is neither carried out nor answered");
	receive(&mgc, "!/2 m K{1,3-5,7}");
	ktap(released == 5, "a list of ranges releases what is in it");
	ktap(is_answered("!/2 m T=6{C=1{MF=a}}", "!/2 g P=6{C=1{MF=a}}") &&
	     is_ignored("!/2 m T=4{C=1{MF=a}}") && executed == 18,
	     "and nothing else");
	receive(&mgc, "!/2 m T=4000000000{C=1{MF=a}}");
	sent_first = sent_count;
	receive(&mgc, "!/2 m K{2-4294967295}");
	ktap(released == 10 && last_released == 4000000000,
	     "a range of all numbers releases all");
	receive(&other, "!/2 m T=2{C=1{MF=a}}");
	ktap(was_sent(&other, "!/2 g P=2{C=1{MF=a}}") && was_all(),
	     "of that peer alone");
	receive(&other, "!/2 m K{4294967290-4294967295}");
	ktap(released == 10, "a range up to the last number ends there");
	pass(options.long_timer_ms * 2);
	ktap(released == 19, "what is acknowledged is released once");
	ktap(is_answered("!/2 m T=1{C=1{MF=a}}", "!/2 g P=1{C=1{MF=a}}") &&
	     executed == 20, "after LONG-TIMER its id is free again");
	stop();
}

/* Many wide ranges over many replies that they do not hit. */
static void test_hostile_acks(void)
{
	static char text[H248_MESSAGE_MAX + 64];
	char *at = text + sprintf(text, "!/2 m K{4000000000-4294967295");
	struct timespec from, to;
	double s;

	start();
	log_off = true;
	for (int id = 1; id <= 60000; id++) {
		snprintf(at + 1, 64, "!/2 m T=%d{C=1{MF=a}}", id);
		receive(&mgc, at + 1);
	}
	log_off = false;
	for (int i = 0; i < 2800; i++)
		at += sprintf(at, ",4000000000-4294967295");
	strcpy(at, "}");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 10; i++)
		receive(&mgc, text);
	clock_gettime(CLOCK_MONOTONIC, &to);
	s = to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9;
	ktap(s < 2 && !released && counted()->malformed == 0,
	     "thousands of ranges of all numbers take no time (%.3f s)",
	     s / 10);
	stop();
}

static void test_expiry(void)
{
	start();
	receive(&mgc, "!/2 m T=1{C=1{MF=a}}");
	pass(options.long_timer_ms - 1);
	receive(&mgc, "!/2 m T=2{C=2{MF=a}}");
	receive(&mgc, "!/2 m T=1{C=1{MF=a}}");
	ktap(executed == 2 && !released, "a reply is kept for LONG-TIMER");
	pass(options.long_timer_ms);
	ktap(released == 1, "and no longer");
	receive(&mgc, "!/2 m T=1{C=1{MF=a}}");
	ktap(executed == 3, "then its request would be carried out again");
	pass(options.long_timer_ms * 2);
	ktap(!x->retained && !x->retained_size && x->idle_count == 1,
	     "nothing stays behind but the peer's round-trip time");
	stop();
}

static void test_eviction(void)
{
	use_defaults();
	options.retained_max = 1000;
	open_exchange();
	for (int id = 1; id <= 20; id++) {
		char text[64];

		snprintf(text, sizeof(text), "!/2 m T=%d{C=1{MF=a}}", id);
		receive(&mgc, text);
	}
	ktap(released == 20 - x->retained && last_released == released &&
	     x->retained > 5 && x->retained_size <= 1000,
	     "above the octets allowed the oldest replies go");
	receive(&mgc, "!/2 m T=20{C=1{MF=a}}");
	ktap(executed == 20, "and the youngest stays");
	sent_first = sent_count = 0;
	stop();
}

/* Of more peers than the table has rows. */
static void test_peers(void)
{
	struct h248_address peer = mgc;

	use_defaults();
	options.retained_max = 100000;
	open_exchange();
	log_off = true;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 600; i++) {
			peer.v4.sin_port = htons(10000 + i);
			receive(&peer, "!/2 m T=1{C=1{MF=a}}");
		}
	log_off = false;
	ktap(executed == 600 && counted()->repeated == 600,
	     "the same id of 600 peers is 600 requests");
	pass(options.long_timer_ms * 2);
	ktap(released == 600 && x->idle_count && x->idle_count < 100,
	     "few of these peers are remembered later");
	stop();
}

static void test_restore(void)
{
	static const char text[] = "!/2 g P=7{C=1{MF=old}}";
	__u32 most;

	start();
	most = options.long_timer_ms;
	ktap(!h248_exchange_restore(x, &mgc, 7, text, strlen(text), 1000) &&
	     !retained, "a reply is put back, and is not journalled again");
	ktap(is_answered("!/2 m T=7{C=2{MF=b}}", text) && !executed,
	     "it answers the repeat of its request");
	ktap(h248_exchange_restore(x, &mgc, 7, text, 5, 0) == -EEXIST,
	     "a second one of the same id is refused");
	ktap(h248_exchange_restore(x, &mgc, 8, text, 5, most) == -ETIME,
	     "and one that is too old");
	pass(most - 1000 + most / 32);
	ktap(released == 1, "it goes when its time is over");
	stop();
}

static void test_forget(void)
{
	start();
	receive(&mgc, "!/2 m T=7{C=1{MF=a}}");
	receive(&mgc, "!/2 m T=8{C=1{MF=a}}");
	h248_exchange_forget(x);
	ktap(executed == 2 && released == 2, "all replies are forgotten");
	receive(&mgc, "!/2 m T=7{C=1{MF=a}}");
	ktap(executed == 3, "and their numbers are new again");
	stop();
}

/* -- what is refused ------------------------------------------------------- */

static void repeat_text(char *text, const char *one, int count)
{
	strcpy(text, "!/2 m ");
	for (int i = 1; i <= count; i++)
		sprintf(text + strlen(text), one, i);
}

static void test_too_many(void)
{
	char text[1024];

	start();
	repeat_text(text, "T=%d{C=1{MF=a}}", 11);
	receive(&mgc, text);
	ktap(was_begun(&mgc, "!/2 g ER=413{") && was_all() && !executed,
	     "11 requests in a message are refused, and none is carried out");
	repeat_text(text, "T=%d{C=1{MF=a}}", 10);
	receive(&mgc, text);
	ktap(executed == 10 && sent_count == 10, "10 are carried out");
	sent_first = sent_count;
	was_all();
	repeat_text(text, "P=%d{C=1{MF=a}}", 11);
	ktap(is_ignored(text) && counted()->stray == 11,
	     "11 replies that nobody asked for get no answer");
	stop();
}

static void test_strangers(void)
{
	start();
	receive(&stranger, "!/1 m T=1{C=1{MF=a}}K{5}T=2{C=1{MF=a}}");
	ktap(was_sent(&stranger, "!/1 g P=1{ER=402{\"Unauthorized\"}}"
		      "P=2{ER=402{\"Unauthorized\"}}") && was_all() &&
	     !executed && counted()->unknown_peer == 1,
	     "requests of one who may not ask are refused");
	for (int i = 0; i < 50; i++)
		receive(&stranger, "!/2 m T=1{C=1{MF=a}}");
	ktap(sent_count == 9, "so many a second, not more");
	clock_now += 1000;
	receive(&stranger, "!/2 m T=1{C=1{MF=a}}");
	ktap(sent_count == 10, "in the next second again");
	sent_first = sent_count;
	was_all();
	clock_now += 1000;
	receive(&stranger, "!/2 m P=1{C=1{MF=a}}");
	receive(&stranger, "!/2 m PN=1{}K{1}");
	receive(&stranger, "!/2 m ER=400{}");
	receive(&stranger, "!/2 m T=1{C=1{XX=a}}");
	receive(&stranger, "hello");
	ktap(was_all() && TAILQ_EMPTY(&x->idle),
	     "all else of theirs is ignored and leaves nothing");
	stop();
}

static void test_faults(void)
{
	static const struct {
		const char *text, *answer; /* NULL: none */
	} tests[] = {
		{ "!/2 m T=1{C=1{XX=a}}", "!/2 g P=1{ER=443{" },
		{ "!/1 m T=1{C=1{MF=a{M{O{MO=XX}}}}}", "!/1 g P=1{ER=517{" },
		{ "!/2 m T=1{C=1{MF=a}}T=2{C=x{MF=a}}", "!/2 g P=2{ER=410{" },
		{ "!/2 m T=x{C=1{MF=a}}", "!/2 g ER=410{" },
		{ "!/2 m Transaction = 0 {C=1{MF=a}}", "!/2 g ER=410{" },
		{ "!/7 m T=1{C=1{MF=a}}", "!/1 g ER=406{" },
		{ "MEGAGO/2 m T=1{C=1{MF=a}}", "!/2 g ER=400{" },
		{ "!/2 m P=1{C=1{XX=a}}T=2{C=1{MF=a}}", "!/2 g ER=443{" },
		{ "!/2 m T=1{C=1{MF=a}}hello", "!/2 g ER=400{" },
		{ "!/2 m P=1{C=1{XX=a}}", NULL },
		{ "!/2 m P=1{ER=400{\"T=1\"}", NULL },
		{ "!/2 m PN=1{}K{9-1}", NULL },
		{ "!/2 m ER=400{\"T=1{}", NULL },
		{ "!/2 T ER=400{\"}", NULL },
		{ "!/2 m P=1{T=1{C=1{MF=a}}}", NULL },
		{ "!/2 m ER=400{\"}T=1{\"", NULL },
		{ "hello", NULL },
		{ "", NULL },
	};

	start();
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		receive(&mgc, tests[i].text);
		ktap((!tests[i].answer || was_begun(&mgc, tests[i].answer)) &&
		     was_all(), "%s gets %s", tests[i].text,
		     tests[i].answer ? tests[i].answer : "no answer");
	}
	ktap(!executed && !retained &&
	     counted()->malformed == sizeof(tests) / sizeof(tests[0]),
	     "nothing of a malformed message is carried out");
	ktap(is_answered("!/2 m T=1{C=1{MF=a}}", "!/2 g P=1{C=1{MF=a}}"),
	     "the ids of refused requests are free");
	log_off = true;
	for (int i = 0; i < 1000; i++)
		receive(&mgc, "!/2 m T=x{}");
	ktap(counted()->sent < 200, "errors of messages are limited");
	log_off = false;
	stop();
}

static void test_failures(void)
{
	start();
	receive(&mgc, "!/2 m T=1{C=100{MF=a}}T=2{C=102{MF=a}}T=3{C=103{MF=a}}"
		      "T=4{C=104{MF=a}}");
	ktap(was_begun(&mgc, "!/2 g P=1{ER=500{"),
	     "a handler's failure is error 500");
	ktap(was_begun(&mgc, "!/2 g P=2{ER=533{"),
	     "a reply that fits no message is error 533");
	ktap(was_begun(&mgc, "!/2 g P=3{ER=500{"),
	     "a handler that says nothing is error 500");
	ktap(was_sent(&mgc, "!/2 g P=4{ER=430{\"unknown\"}}") && was_all(),
	     "a handler's error is the reply");
	receive(&mgc, "!/2 m T=1{C=1{MF=a}}");
	ktap(was_begun(&mgc, "!/2 g P=1{ER=500{") && executed == 4,
	     "failures are kept like other replies");
	was_all();
	send_error = -ENOBUFS;
	receive(&mgc, "!/2 m T=9{C=9{MF=a}}");
	send_error = 0;
	ktap(is_answered("!/2 m T=9{C=9{MF=a}}", "!/2 g P=9{C=9{MF=a}}") &&
	     executed == 5, "a reply that could not leave answers the repeat");
	stop();
}

/* -- late replies ---------------------------------------------------------- */

static int reply_late(__u32 id)
{
	struct h248_command c = {
		.verb = H248_MODIFY, .termination.name = SG_SLICE("late"),
	};
	struct h248_action a = { .context = CONTEXT_LATE, .commands = &c };
	struct h248_transaction reply = { .actions = &a };
	struct h248_message answer = { .version = 2 };

	return h248_exchange_reply(x, &mgc, id, &answer, &reply);
}

static const char late[] = "!/2 g P=1{IA,C=101{MF=late}}";

static void test_late(void)
{
	start();
	ktap(reply_late(1) == -ENOENT, "a late reply to no request is refused");
	ktap(is_ignored("!/2 m T=1{C=101{MF=a}}"), "a handler takes its time");
	ktap(is_answered("!/1 m T=1{C=101{MF=a}}", "!/1 g PN=1{}") &&
	     counted()->pending == 1 && executed == 1,
	     "until then repeats get Pending");
	pass(options.long_timer_ms * 2);
	ktap(is_answered("!/2 m T=1{C=101{MF=a}}", "!/2 g PN=1{}"),
	     "however long that is");
	ktap(!reply_late(1) && was_sent(&mgc, late) && was_all() &&
	     retained == 1, "the late reply wants an acknowledgement");
	ktap(reply_late(1) == -ENOENT, "it may be given once");
	ktap(is_answered("!/2 m T=1{C=101{MF=a}}", late),
	     "it answers repeats");
	pass(options.repeat_ms * 5 / 4);
	ktap(was_sent(&mgc, late) && was_all(), "it is repeated");
	receive(&mgc, "!/2 m K{1}");
	pass(options.give_up_ms);
	ktap(was_all() && released == 1, "until it is acknowledged");

	receive(&mgc, "!/2 m T=2{C=101{MF=a}}");
	reply_late(2);
	pass(options.long_timer_ms / 2 + options.give_up_ms / 2);
	ktap(sent_count > 5 && sent_count < 12 && !x->heap_count,
	     "or given up (%u times sent)", sent_count);
	sent_first = sent_count;
	was_all();
	receive(&mgc, "!/2 m T=3{C=101{MF=a}}");
	reply_late(3);
	receive(&mgc, "!/2 m T=4{C=101{MF=a}}");
	stop();
	ktap(true, "it ends with late replies under way");
}

/* -- requests that go ------------------------------------------------------ */

static struct {
	unsigned count;
	bool none;		/* given up */
	__u32 context;
	int error;
	int (*then)(void);
	int then_err;
} done;

static void on_done(void *arg, const struct h248_answer *answer)
{
	(void)arg;
	done.count++;
	done.none = !answer->message && !answer->reply && !answer->error;
	done.context = answer->reply && answer->reply->actions ?
		       answer->reply->actions->context : 0;
	done.error = answer->error ? answer->error->code : 0;
	if (done.then)
		done.then_err = done.then();
}

static int request_of(const struct h248_address *to, const char *sdp)
{
	struct h248_stream stream = {
		.id = 1, .implied = true,
		.local = { true, sg_slice_of(sdp ? sdp : "") },
	};
	struct h248_descriptor d = {
		.kind = H248_MEDIA, .media.streams = &stream,
	};
	struct h248_command c = {
		.verb = H248_NOTIFY, .termination.name = SG_SLICE("t"),
		.descriptors = sdp ? &d : NULL,
	};
	struct h248_action a = { .context = 5, .commands = &c };

	return h248_exchange_request(x, to, 2, &a, on_done, NULL);
}

static int request(void)
{
	return request_of(&mgc, NULL);
}

static void start_asking(void)
{
	memset(&done, 0, sizeof(done));
	start();
}

static void test_ask(void)
{
	start_asking();
	ktap(!request() && was_sent(&mgc, "!/2 g T=50{C=5{N=t}}") &&
	     was_all() && !done.count && h248_exchange_next_id(x) == 51,
	     "a request goes, and is not answered from within");
	receive(&other, "!/2 m P=50{C=6{N=t}}");
	receive(&mgc, "!/2 m P=51{C=6{N=t}}");
	receive(&mgc, "!/2 m P=49{C=6{N=t}}");
	ktap(!done.count && counted()->stray == 3 && was_all(),
	     "replies of others and to others are not its");
	receive(&mgc, "!/2 m P=50{C=6{N=t}}");
	ktap(done.count == 1 && done.context == 6 && !done.error && was_all(),
	     "its reply is, and is not acknowledged unasked");
	receive(&mgc, "!/2 m P=50{C=7{N=t}}");
	ktap(done.count == 1 && counted()->stray == 4, "but only once");
	request();
	receive(&mgc, "!/2 m P=51{ER=505{\"wait\"}}");
	ktap(done.count == 2 && done.error == 505, "an error is an answer");
	pass(options.give_up_ms * 2);
	ktap(done.count == 2 && counted()->requested == 2 &&
	     counted()->answered == 2 && !counted()->retransmitted &&
	     !x->heap_count, "nothing is repeated afterwards");
	stop();
}

static void test_message_error(void)
{
	start_asking();
	request();
	receive(&mgc, "!/2 m ER=406{\"no\"}");
	ktap(done.count == 1 && done.error == 406,
	     "an error of a message answers the only request");
	request();
	request();
	receive(&mgc, "!/2 m ER=400{\"no\"}");
	ktap(done.count == 1 && counted()->stray == 1,
	     "but not one of several");
	stop();
}

static void test_imm_ack(void)
{
	start_asking();
	request();
	was_sent(&mgc, "!/2 g T=50{C=5{N=t}}");
	ktap(is_answered("!/2 m P=50{IA,C=5{N=t}}", "!/2 g K{50}") &&
	     done.count == 1, "a reply that asks for an ack gets it at once");
	ktap(is_answered("!/2 m P=50{IA,C=5{N=t}}", "!/2 g K{50}") &&
	     done.count == 1, "and again, should the first be lost");
	stop();
}

static void test_give_up(void)
{
	__u64 from, gap, last = 0;
	bool growing = true;

	start_asking();
	from = clock_now;
	request();
	for (unsigned i = sent_count; !done.count && i < 30; ) {
		pass(1);
		if (sent_count == i)
			continue;
		gap = clock_now - from;
		growing &= gap * 5 >= last * 4 && gap <= 5000;
		last = gap;
		from = clock_now;
		i = sent_count;
	}
	ktap(growing && last >= 4000 && sent_count > 6 && sent_count < 10,
	     "pauses grow (%u times sent)", sent_count);
	ktap(done.count == 1 && done.none && counted()->given_up == 1 &&
	     counted()->retransmitted == sent_count - 1,
	     "a request without answer is given up");
	ktap(!strcmp(sent[0].text, sent[sent_count - 1].text),
	     "its repeats are the same");
	receive(&mgc, "!/2 m P=50{C=5{N=t}}");
	ktap(done.count == 1, "an answer is too late then");
	stop();
}

static void test_reliable(void)
{
	start_asking();
	mgc.protocol = H248_SCTP;
	request();
	pass(options.repeat_most_ms - 1);
	ktap(sent_count == 1, "a connection is left to repeat by itself");
	mgc.protocol = H248_UDP;
	stop();
}

/* The pause before the first repeat, with @trip ms between ask and answer. */
static unsigned pause_after(unsigned trips, unsigned trip)
{
	unsigned before, ms;
	char text[64];

	while (trips--) {
		snprintf(text, sizeof(text), "!/2 m P=%u{C=5{N=t}}",
			 h248_exchange_next_id(x));
		request();
		pass(trip);
		receive(&mgc, text);
	}
	snprintf(text, sizeof(text), "!/2 m P=%u{C=5{N=t}}",
		 h248_exchange_next_id(x));
	request();
	before = sent_count;
	for (ms = 0; sent_count == before && ms < 10000; ms++)
		pass(1);
	receive(&mgc, text);
	sent_first = sent_count = 0;
	return ms;
}

static void test_round_trips(void)
{
	unsigned first, fast, slow, karn;

	start_asking();
	first = pause_after(0, 0);
	fast = pause_after(20, 20);
	ktap(first >= 500 && first <= 626 && fast >= 50 && fast <= 70,
	     "the first pause follows the round trips (%u, %u ms)", first,
	     fast);
	slow = pause_after(20, 300);
	ktap(slow > 300 && slow < 800, "also when they grow (%u ms)", slow);
	fast = pause_after(20, 20);
	karn = pause_after(1, 1000);
	ktap(karn > fast, "what was repeated is no measure, but its pause "
	     "stays (%u, %u ms)", fast, karn);
	stop();
}

static void test_pending(void)
{
	start_asking();
	request();
	pass(100);
	receive(&mgc, "!/2 m PN=50{}");
	pass(options.pending_ms - 1);
	ktap(sent_count == 1, "after a Pending there are no fast repeats");
	pass(2);
	ktap(sent_count == 2, "but the peer is asked again");
	pass(options.repeat_most_ms - 100);
	ktap(sent_count == 2, "slowly");
	receive(&mgc, "!/2 m PN=50{}");
	pass(options.pending_ms + options.give_up_ms - 1);
	ktap(!done.count, "with the whole time before it");
	pass(2);
	ktap(done.count == 1 && done.none, "and is given up in the end");
	request();
	for (int i = 0; i < 1000 && done.count == 1; i++) {
		receive(&mgc, "!/2 m PN=51{}");
		pass(1000);
	}
	ktap(done.count == 2, "a peer that is only pending is given up too");
	sent_first = sent_count = 0;
	request();
	receive(&mgc, "!/2 m PN=52{}");
	receive(&mgc, "!/2 m P=52{IA,C=5{N=t}}");
	ktap(done.count == 3 && done.context == 5, "the late reply is taken");
	receive(&mgc, "!/2 m PN=52{}");
	receive(&other, "!/2 m PN=52{}");
	pass(options.give_up_ms * 2);
	ktap(done.count == 3 && !x->heap_count, "a Pending behind it is not");
	stop();
}

static int abandon(void)
{
	h248_exchange_abandon(x, &mgc);
	return 0;
}

static void test_from_within(void)
{
	start_asking();
	for (int i = 0; i < 5; i++)
		request();
	request_of(&other, NULL);
	done.then = abandon;
	receive(&mgc, "!/2 m P=50{C=5{N=t}}P=51{C=5{N=t}}P=52{C=5{N=t}}");
	ktap(done.count == 1 && counted()->stray == 2,
	     "all may be abandoned from within an answer");
	pass(options.give_up_ms + 10);
	ktap(done.count == 2 && done.none,
	     "requests to others go on, to be given up");
	for (int i = 0; i < 3; i++)
		request();
	pass(options.give_up_ms + 10);
	ktap(done.count == 3, "and from within a giving-up");
	done.then = request;
	sent_first = sent_count = 0;
	request();
	receive(&mgc, "!/2 m P=59{C=5{N=t}}");
	ktap(!done.then_err && sent_count == 2, "one may ask on from there");
	sent_first = sent_count = 0;
	stop();
	ktap(done.count == 4, "who is still asking is not told of the close");
}

static void test_sending_fails(void)
{
	start_asking();
	send_error = -ENOTCONN;
	ktap(request() == -ENOTCONN && !x->heap_count,
	     "what cannot be sent is refused");
	send_error = 0;
	pass(options.give_up_ms * 2);
	ktap(!done.count && !counted()->requested, "and is forgotten");
	ktap(request_of(&mgc, "v=0\r\n}") == -EINVAL && was_all(),
	     "likewise what cannot be printed");
	x->next_id = UINT32_MAX;
	request();
	request();
	ktap(was_sent(&mgc, "!/2 g T=4294967295{C=5{N=t}}") &&
	     was_sent(&mgc, "!/2 g T=1{C=5{N=t}}"), "no request has the id 0");
	x->next_id = UINT32_MAX;
	request();
	ktap(was_sent(&mgc, "!/2 g T=2{C=5{N=t}}"),
	     "or that of one under way");
	stop();
}

/* -- our acks -------------------------------------------------------------- */

static void test_own_acks(void)
{
	memset(&done, 0, sizeof(done));
	use_defaults();
	options.acks = true;
	options.repeat_ms = options.repeat_most_ms = 10000; /* out of the way */
	open_exchange();
	for (int i = 0; i < 5; i++)
		request();
	sent_first = sent_count;
	was_all();
	receive(&mgc, "!/2 m P=50{C=5{N=t}}P=51{C=5{N=t}}P=53{C=5{N=t}}");
	ktap(was_all(), "acks wait for company");
	request();
	ktap(was_sent(&mgc, "!/2 g K{50-51,53}T=55{C=5{N=t}}") && was_all(),
	     "they go before the next request");
	receive(&mgc, "!/2 m P=52{C=5{N=t}}");
	pass(60);
	ktap(was_sent(&mgc, "!/2 g K{52}") && was_all(),
	     "or alone after a moment");
	ktap(is_answered("!/2 m P=54{IA,C=5{N=t}}", "!/2 g K{54}"),
	     "or at once when that is asked for");
	pass(400);
	ktap(was_all(), "each goes once");
	for (int i = 0; i < 40; i++)
		request();
	sent_first = sent_count = 0;
	for (int i = 0; i < 40; i += 2) {
		char text[64];

		snprintf(text, sizeof(text), "!/2 m P=%d{C=5{N=t}}", 57 + i);
		receive(&mgc, text);
	}
	ktap(was_begun(&mgc, "!/2 g K{57,59,61,") && was_all(),
	     "many of them do not wait");
	stop();
}

/* -- keys ------------------------------------------------------------------ */

#define KEY "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abcd"

static void test_keys(void)
{
	start_asking();
	request_of(&mgc, KEY);
	ktap(keys_wiped == 1 && !memmem(x->out, 1000, "inline:", 7),
	     "a request's key is zeroed where it was printed");
	receive(&mgc, "!/2 m P=50{C=5{N=t}}");
	ktap(keys_wiped == 2, "and in the request, when it is answered");
	request_of(&mgc, KEY);
	pass(options.give_up_ms + 1);
	ktap(keys_wiped == 4 && done.none, "or given up");
	request_of(&mgc, KEY);
	abandon();
	ktap(keys_wiped == 6, "or abandoned");
	request_of(&mgc, KEY);
	send_error = -ENOBUFS;
	request_of(&mgc, KEY);
	send_error = 0;
	ktap(keys_wiped == 9, "or not sent");
	h248_exchange_restore(x, &mgc, 9, KEY, strlen(KEY), 0);
	receive(&mgc, "!/2 m K{9}");
	ktap(keys_wiped == 10, "a reply's is zeroed when it is acknowledged");
	request_of(&mgc, KEY "}");
	ktap(keys_wiped == 11, "what was printed in part is zeroed");
	receive(&mgc, "!/2 m T=8{C=106{MF=a}}");
	ktap(keys_wiped == 12, "a reply's is zeroed where it was printed");
	pass(options.give_up_ms + 1);
	ktap(keys_wiped == 13, "(the request of above is given up)");
	pass(options.long_timer_ms);
	ktap(keys_wiped == 14, "and when its time is over");
	request_of(&mgc, KEY);
	receive(&mgc, "!/2 m T=8{C=106{MF=a}}");
	stop();
	ktap(keys_wiped == 18, "and all at the close");
}

/* -- the real clock -------------------------------------------------------- */

static void test_event_base(void)
{
	struct timeval deadline = { .tv_sec = 10 };

	memset(&done, 0, sizeof(done));
	use_defaults();
	options.repeat_ms = 2;
	options.repeat_most_ms = 8;
	options.give_up_ms = 60;
	options.long_timer_ms = 100;
	sent_first = sent_count = done.count = released = 0;
	if (h248_exchange_open(&x, base, &options, &user))
		ktap_bail_out("h248_exchange_open failed");
	request();
	receive(&mgc, "!/2 m T=1{C=1{MF=a}}");
	event_base_loopexit(base, &deadline);
	log_off = true;
	while (!event_base_got_exit(base) && (!done.count || !released))
		event_base_loop(base, EVLOOP_ONCE);
	ktap(done.count == 1 && done.none && counted()->retransmitted > 2 &&
	     released == 1, "the event base repeats, gives up, and expires");
	log_off = false;
	stop();
}

/* -- many ------------------------------------------------------------------ */

static double seconds_since(const struct timespec *from)
{
	struct timespec to;

	clock_gettime(CLOCK_MONOTONIC, &to);
	return to.tv_sec - from->tv_sec + (to.tv_nsec - from->tv_nsec) / 1e9;
}

static void one_of_many(unsigned id)
{
	static char text[64];
	int size = sprintf(text, "!/2 [192.0.2.10]:2944 T=%u{C=1{MF=a}}", id);

	h248_exchange_receive(x, &mgc, text, size);
}

/* COUNT=n: that many, also to measure. */
static void test_many(void)
{
	unsigned count = random_setting("COUNT", 300000), id;
	struct timespec from;

	start();
	log_off = true;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (id = 1; id <= count; id++)
		one_of_many(id);
	ktap_note("%.0f ns for a request and its reply",
		  seconds_since(&from) / count * 1e9);
	ktap(executed == count && (x->retained == count || count > 300000),
	     "%u replies are retained in %zu MB", count,
	     x->retained_size >> 20);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (id = 1; id <= count; id++)
		one_of_many(id);
	ktap_note("%.0f ns for a repeat", seconds_since(&from) / count * 1e9);
	ktap(executed == count || count > 300000, "each answers its repeat");
	clock_gettime(CLOCK_MONOTONIC, &from);
	pass(options.long_timer_ms * 2);
	ktap_note("%.0f ns to expire one", seconds_since(&from) / count * 1e9);
	ktap(released == count && !x->retained, "all expire");
	log_off = false;
	stop();
}

/* -- a bad network between two --------------------------------------------- */

enum { SIDES = 2, ASKED = 3000, FLYING = 4096, LATE_MAX = 256 };

struct flight {
	__u64 when;
	int to;
	size_t size;
	char text[256];
};

struct side {
	struct h248_exchange *x;
	struct h248_address address;
	unsigned asked;
	__u8 executed[ASKED];	/* requests of the other side */
	__u8 finished[ASKED];	/* own requests */
	__u8 answered[ASKED];
	bool wrong;		/* an answer to another question */
	struct { __u32 id, number; __u64 when; } late[LATE_MAX];
};

static struct side sides[SIDES];
static struct flight flying[FLYING];
static unsigned flying_count;
static struct random luck;
static unsigned loss;		/* of 100 */

static void take_off(int to, const char *text, size_t size)
{
	struct flight *f = &flying[flying_count];

	if (flying_count == FLYING || size > sizeof(f->text))
		ktap_bail_out("too much is in the air");
	flying_count++;
	f->when = clock_now + random_below(&luck, 300);
	f->to = to;
	f->size = size;
	memcpy(f->text, text, size);
}

static int model_send(void *arg, const struct h248_address *to,
		      const char *text, size_t size)
{
	int other_side = arg == &sides[0];

	(void)to;
	while (random_below(&luck, 100) >= loss) {
		take_off(other_side, text, size);
		if (!random_once_in(&luck, 5))
			break; /* else it is duplicated */
	}
	return 0;
}

static bool model_heard(void *arg, const struct h248_address *from)
{
	(void)arg;
	(void)from;
	return true;
}

/* The context is the number of the request, + 1. */
static int model_request(void *arg, const struct h248_address *from,
			 const struct h248_message *message,
			 const struct h248_transaction *request,
			 struct h248_message *answer,
			 struct h248_transaction *reply)
{
	struct side *side = arg;
	__u32 number = request->actions->context - 1;

	(void)from;
	(void)message;
	if (side->executed[number] < 255)
		side->executed[number]++;
	echo(answer, reply, request->actions);
	if (!random_once_in(&luck, 10))
		return 0;
	for (int i = 0; i < LATE_MAX; i++)
		if (!side->late[i].when) {
			side->late[i].id = request->id;
			side->late[i].number = number;
			side->late[i].when =
				clock_now + random_below(&luck, 8000) + 1;
			return -EINPROGRESS;
		}
	return 0;
}

static void model_reply(struct side *side, int i)
{
	struct h248_command c = {
		.verb = H248_MODIFY, .termination.name = SG_SLICE("t"),
	};
	struct h248_action a = {
		.context = side->late[i].number + 1, .commands = &c,
	};
	struct h248_transaction reply = { .actions = &a };
	struct h248_message answer = { .version = 2 };

	side->late[i].when = 0;
	if (h248_exchange_reply(side->x, &sides[side == &sides[0]].address,
				side->late[i].id, &answer, &reply))
		side->wrong = true;
}

/* Where its answer goes: side and number. */
static void model_done(void *arg, const struct h248_answer *answer)
{
	size_t at = (size_t)arg;
	struct side *side = &sides[at / ASKED];
	size_t number = at % ASKED;

	side->finished[number]++;
	if (!answer->reply)
		return;
	side->answered[number]++;
	if (!answer->reply->actions ||
	    answer->reply->actions->context != number + 1)
		side->wrong = true;
}

static void model_ask(int index)
{
	struct side *side = &sides[index];
	struct h248_command c = {
		.verb = H248_MODIFY, .termination.name = SG_SLICE("t"),
	};
	struct h248_action a = { .context = side->asked + 1, .commands = &c };
	size_t at = (size_t)index * ASKED + side->asked++;

	if (h248_exchange_request(side->x, &sides[!index].address, 2, &a,
				  model_done, (void *)at))
		side->wrong = true;
}

static void model_land(unsigned i)
{
	struct flight f = flying[i];

	flying[i] = flying[--flying_count];
	h248_exchange_receive(sides[f.to].x, &sides[!f.to].address, f.text,
			      f.size);
}

/* Whatever is due now, in some order. */
static void model_step(void)
{
	for (unsigned i = 0; i < flying_count; )
		if (flying[i].when <= clock_now)
			model_land(i);
		else
			i++;
	for (int s = 0; s < SIDES; s++) {
		for (int i = 0; i < LATE_MAX; i++)
			if (sides[s].late[i].when &&
			    sides[s].late[i].when <= clock_now)
				model_reply(&sides[s], i);
		if (h248_exchange_due(sides[s].x) <= clock_now)
			h248_exchange_tick(sides[s].x);
		if (sides[s].asked < ASKED && random_once_in(&luck, 4))
			model_ask(s);
	}
}

static void model_open(int index, const char *name)
{
	struct h248_exchange_user u = {
		.arg = &sides[index], .send = model_send,
		.heard = model_heard, .request = model_request,
	};

	use_defaults();
	options.mid.name = sg_slice_of(name);
	options.acks = index;
	memset(&sides[index], 0, sizeof(sides[index]));
	sides[index].address = address("192.0.2.1", 2944 + index);
	if (h248_exchange_open(&sides[index].x, base, &options, &u))
		ktap_bail_out("h248_exchange_open failed");
	sides[index].x->clock = test_clock;
}

struct verdict {
	unsigned twice, unfinished, unexecuted, answered;
};

static struct verdict judge(const struct side *asker, const struct side *doer)
{
	struct verdict v = { 0 };

	for (int i = 0; i < ASKED; i++) {
		v.twice += doer->executed[i] > 1;
		v.unfinished += asker->finished[i] != 1;
		v.unexecuted += asker->answered[i] && !doer->executed[i];
		v.answered += asker->answered[i];
	}
	return v;
}

static bool model_busy(void)
{
	return sides[0].asked < ASKED || sides[1].asked < ASKED ||
	       flying_count || sides[0].x->heap_count || sides[1].x->heap_count;
}

static void run_model(unsigned percent, bool answers)
{
	__u64 end = clock_now + 600000;

	loss = percent;
	model_open(0, "a");
	model_open(1, "b");
	while (model_busy() && clock_now < end) {
		model_step();
		clock_now++;
	}
	for (int s = 0; s < SIDES; s++) {
		struct verdict v = judge(&sides[s], &sides[!s]);

		ktap(!v.twice && !v.unexecuted && !sides[s].wrong,
		     "%u %% lost: nothing is done twice (%u), or answered "
		     "and not done (%u)", percent, v.twice, v.unexecuted);
		ktap(!v.unfinished &&
		     (answers ? v.answered > ASKED * 99 / 100 : !v.answered),
		     "%u %% lost: %u of %u answered, the others given up "
		     "(%u neither)", percent, v.answered, ASKED,
		     v.unfinished);
	}
	for (int s = 0; s < SIDES; s++)
		h248_exchange_close(sides[s].x);
	flying_count = 0;
}

static void test_model(void)
{
	__u64 seed = random_setting("SEED", time(NULL));

	ktap_note("SEED=%llu", (unsigned long long)seed);
	luck.state = seed;
	run_model(0, true);
	run_model(20, true);
	run_model(100, false);
}

/* -- options --------------------------------------------------------------- */

static void test_options(void)
{
	use_defaults();
	ktap(options.long_timer_ms == 30000 &&
	     options.give_up_ms + options.pending_ms < options.long_timer_ms,
	     "a request is given up before its reply is forgotten");
	options.mid.kind = H248_MID_NONE;
	ktap(h248_exchange_open(&x, base, &options, &user) == -EINVAL,
	     "an exchange needs a name");
	use_defaults();
	options.first_id = 0;
	ktap(h248_exchange_open(&x, base, &options, &user) == -EINVAL,
	     "and a first id");
	h248_exchange_close(NULL);
}

int main(void)
{
	mgc = address("192.0.2.10", 2944);
	other = address("192.0.2.10", 2946);
	stranger = address("203.0.113.66", 2944);
	base = event_base_new();
	if (!base)
		ktap_bail_out("event_base_new failed");
	test_options();
	test_once();
	test_order();
	test_acks();
	test_hostile_acks();
	test_expiry();
	test_eviction();
	test_peers();
	test_restore();
	test_forget();
	test_too_many();
	test_strangers();
	test_faults();
	test_failures();
	test_late();
	test_ask();
	test_message_error();
	test_imm_ack();
	test_give_up();
	test_reliable();
	test_round_trips();
	test_pending();
	test_from_within();
	test_sending_fails();
	test_own_acks();
	test_keys();
	test_event_base();
	test_many();
	test_model();
	event_base_free(base);
	return ktap_finish();
}
