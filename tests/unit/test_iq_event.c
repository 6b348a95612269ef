// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: the descriptor read and written, what a termination's one timer
 * makes of them, and ROOT's. Time is the test's.
 */
#include "../lib/fake_clock.h"

#include "../../userspace/gated/iq/iq_root.c"
#define on_timer watch_on_timer
#include "../../userspace/gated/iq/iq_watch.c"
#undef on_timer
#include "../lib/ktap.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

static struct gate gate;
static struct iq iq;
static struct iq_traffic traffic;
static int looks;		/* at it */
static enum iq_association_state state;
static __u64 heard;
static char out[1024];		/* the request sent last */
static int sent;
static h248_answered *last_done;
static void *last_arg;

/* -- around the events ---------------------------------------------------------- */

void iq_plane_traffic(struct iq *of, const struct iq_context *context,
		      int index, __u16 stream, struct iq_traffic *now)
{
	(void)of;
	(void)context;
	(void)index;
	(void)stream;
	*now = traffic;
	looks++;
}

enum iq_association_state iq_association_state(const struct iq *of)
{
	(void)of;
	return state;
}

__u64 iq_association_heard_at(const struct iq *of)
{
	(void)of;
	return heard;
}

int iq_association_request(struct iq *of, const struct h248_action *actions,
			   h248_answered *done, void *arg)
{
	struct h248_transaction request = {
		.kind = H248_TRANSACTION, .id = 1,
		.actions = (struct h248_action *)actions,
	};
	struct h248_message message = {
		.version = 2,
		.mid = { H248_MID_DEVICE, SG_SLICE("agw"), 0 },
		.transactions = &request,
	};
	int size;

	(void)of;
	if (state != IQ_REGISTERED)
		return -ENOTCONN;
	size = h248_print(out, sizeof(out) - 1, &message, H248_COMPACT);
	out[size > 0 ? size : 0] = '\0';
	last_done = done;
	last_arg = arg;
	sent++;
	return 0;
}

static int kept;

void iq_journal_context(struct iq *of, __u32 id,
			const struct iq_context *context)
{
	(void)of;
	(void)id;
	kept += context != NULL;
}

/* -- the descriptor --------------------------------------------------------------- */

static char text[1024], arena[64 << 10];
static struct h248_message message;

static const struct h248_events *parse(const char *events)
{
	struct h248_fault fault;
	int size = snprintf(text, sizeof(text),
			    "!/2 mgc T=1{C=1{MF=ip/1/a/1{%s}}}", events);

	if (h248_parse(&message, arena, sizeof(arena), text, size, &fault))
		ktap_bail_out("%s: %s", events, fault.text);
	return &message.transactions->actions->commands->descriptors->events;
}

static int refused(const char *events)
{
	struct iq_events read = { .armed = true, .request = 7 };
	struct iq_fault fault = { 0 };

	if (!iq_events_read(&read, parse(events), &fault))
		return 0;
	/* What was armed stays. */
	return read.armed && read.request == 7 ? fault.code : -1;
}

static int refused_root(const char *events)
{
	struct iq_root_events read = { 0 };
	struct iq_fault fault = { 0 };

	iq_root_events_read(&read, parse(events), &fault);
	return fault.code;
}

static void test_reading(void)
{
	struct iq_events e = { 0 };
	struct iq_fault fault;

	ktap(!iq_events_read(&e, parse("E=9001{hangterm/thb{timerx=3600},"
				       "adid/ipstop{dt=30,dir=in},g/cause}"),
			     &fault) &&
		     e.armed && e.request == 9001 && e.heartbeat == 3600 &&
		     e.inactivity == 30 && e.direction == IQ_IN && e.cause,
	     "a termination's events are read");
	iq_events_read(&e, parse("E=2{ADID/ipStop{DT=5}}"), &fault);
	ktap(e.request == 2 && e.inactivity == 5 && e.direction == IQ_BOTH &&
		     !e.heartbeat && !e.cause,
	     "a descriptor replaces the one before; both directions count");
	ktap(!iq_events_read(&e, parse("E"), &fault) && !e.armed &&
		     !e.inactivity,
	     "a bare one clears");
	ktap(refused("E=1{tonedet/std}") == 440, "440: package");
	ktap(refused("E=1{g/sc}") == 451 && refused("E=1{it/ito}") == 451,
	     "451: event, also one of ROOT");
	ktap(refused("E=1{g/cause{x=1}}") == 454 &&
		     refused("E=1{adid/ipstop{dt=1,timerx=1}}") == 454,
	     "454: parameter");
	ktap(refused("E=1{adid/ipstop}") == 457 &&
		     refused("E=1{hangterm/thb}") == 457,
	     "457: parameter missing");
	ktap(refused("E=1{adid/ipstop{dt=0}}") == 449 &&
		     refused("E=1{adid/ipstop{dt=1,dir=up}}") == 449 &&
		     refused("E=1{hangterm/thb{timerx=99999999999}}") == 449,
	     "449: value");
	ktap(refused("E=1{g/cause{EM{SG{ipnapt/latch}}}}") == 501,
	     "501: embedded descriptors");
}

static void test_reading_root(void)
{
	struct iq_root_events e = { 0 };
	struct iq_fault fault;

	iq_root_events_read(&e, parse("E=5{it/ito{mit=6000},ocp/mg_overload,"
				      "ipra/arc}"),
			    &fault);
	ktap(e.armed && e.request == 5 && e.idle == 6000 && e.overload &&
		     e.realms,
	     "ROOT's events are read");
	iq_root_events_read(&e, parse("E=6{it/ito}"), &fault);
	ktap(e.idle == IQ_IDLE_DEFAULT && !e.overload,
	     "it/ito has a provisioned time");
	ktap(refused_root("E=1{g/cause}") == 451 &&
		     refused_root("E=1{it/ito{mit=no}}") == 449,
	     "errors are the same");
}

static bool is_same(const struct iq_events *a, const struct iq_events *b)
{
	return a->armed == b->armed && a->request == b->request &&
	       a->heartbeat == b->heartbeat &&
	       a->inactivity == b->inactivity &&
	       a->direction == b->direction && a->cause == b->cause;
}

static bool is_same_root(const struct iq_root_events *a,
			 const struct iq_root_events *b)
{
	return a->armed == b->armed && a->request == b->request &&
	       a->idle == b->idle && a->overload == b->overload &&
	       a->realms == b->realms;
}

static void test_writing(void)
{
	struct iq_events e = { true, 3, 60, 30, IQ_OUT, true }, again;
	struct iq_root_events root = { true, 4, 500, true, true }, root_again;
	char small[sizeof(struct h248_event) * 2];
	struct h248_events written;
	struct iq_fault fault;

	h248_message_init(&message, arena, sizeof(arena));
	ktap(!iq_events_write(&e, &message, &written) &&
		     !iq_events_read(&again, &written, &fault) &&
		     is_same(&e, &again),
	     "an audit shows what was armed");
	ktap(!iq_root_events_write(&root, &message, &written) &&
		     !iq_root_events_read(&root_again, &written, &fault) &&
		     is_same_root(&root, &root_again),
	     "on ROOT too");
	h248_message_init(&message, small, sizeof(small));
	ktap(iq_events_write(&e, &message, &written) == -ENOSPC,
	     "an arena that is full is an error");
}

/* -- a termination's timer -------------------------------------------------------------- */

static struct iq_side side;
static struct iq_link link_of_side;
static struct iq_termination termination;
static struct iq_context context;
static struct context joined;

static void begin(const char *events)
{
	struct iq_fault fault;

	memset(&termination, 0, sizeof(termination));
	memset(&traffic, 0, sizeof(traffic));
	side = (struct iq_side){ .stream = 1, .mode = H248_SEND_RECEIVE };
	link_of_side = (struct iq_link){ .stream = 1, .joined = &joined };
	strcpy(termination.name, "ip/1/access/18");
	termination.sides = &side;
	context = (struct iq_context){
		.id = 4711, .termination = { &termination },
		.links = &link_of_side,
	};
	state = IQ_REGISTERED;
	sent = 0;
	if (iq_events_read(&termination.events, parse(events), &fault))
		ktap_bail_out("%s: %s", events, fault.text);
	iq_watch_update(&iq, &context, &termination);
}

/* Answers what was asked last, so that its memory is given back. */
static void settle(void)
{
	const struct h248_answer none = { 0 };

	if (last_done)
		last_done(last_arg, &none);
	last_done = NULL;
}

static void end(void)
{
	settle();
	iq_watch_free(termination.watch);
	termination.watch = NULL;
}

/* Lets time pass; the timer fires whenever it is due. Returns requests. */
static int pass(__u64 seconds)
{
	__u64 until = now_ms + seconds * 1000;
	int before = sent;

	while (now_ms < until) {
		now_ms += 100;
		settle();
		if (termination.watch &&
		    evtimer_pending(termination.watch->timer, NULL))
			look(termination.watch);
	}
	return sent - before;
}

/* In s; the timer's own idea, real time. */
static long wait_of(struct event *timer)
{
	struct timeval due, now;

	if (!timer || !evtimer_pending(timer, &due))
		return -1;
	gettimeofday(&now, NULL);
	evutil_timersub(&due, &now, &due);
	return due.tv_sec + (due.tv_usec > 500000);
}

static bool is_stamp(const char *at)
{
	for (int i = 0; i < 17; i++)
		if (i == 8 ? at[i] != 'T' : !isdigit(at[i]))
			return false;
	return true;
}

static void test_heartbeat(void)
{
	const char head[] = "!/2 agw T=1{C=4711{N=ip/1/access/18{OE=9{";

	begin("E=9{hangterm/thb{timerx=60}}");
	ktap(wait_of(termination.watch->timer) == 60 && !pass(59),
	     "hangterm/thb waits for timer X");
	ktap(pass(2) == 1 && !strncmp(out, head, strlen(head)) &&
		     is_stamp(out + strlen(head)) &&
		     !strcmp(out + strlen(head) + 17, ":hangterm/thb}}}}"),
	     "then it is told, with the time: %s", out);
	ktap(pass(180) == 3, "and again each timer X");
	pass(50);
	iq_watch_update(&iq, &context, &termination);
	ktap(!pass(50) && pass(11) == 1, "a command begins timer X anew");
	memset(&termination.events, 0, sizeof(termination.events));
	iq_watch_update(&iq, &context, &termination);
	ktap(!termination.watch && !pass(200), "without events no timer");
	end();
	begin("E=9{hangterm/thb{timerx=60}}");
	state = IQ_CONNECTING;
	ktap(!pass(100), "nothing is told while nobody is registered with");
	state = IQ_REGISTERED;
	ktap(pass(60) == 1, "and again when somebody is");
	end();
	begin("E=9{g/cause}");
	ktap(!termination.watch, "g/cause needs no timer");
	iq_event_cause(&iq, &context, &termination, "FT", "link down");
	ktap(strstr(out, ":g/cause{Generalcause=FT,Failurecause=\"link down\"}"),
	     "g/cause is told with both causes: %s", out);
	end();
}

static void test_restarted(void)
{
	bool within = true, parted = false;
	long first = 0;

	for (int i = 0; i < 20; i++) {
		long wait;

		begin("E=9{hangterm/thb{timerx=1000}}");
		termination.id = i;
		state = IQ_IDLE;
		iq_watch_update(&iq, &context, &termination);
		wait = wait_of(termination.watch->timer);
		within = within && wait >= 499 && wait <= 1000;
		parted = parted || (i && wait != first);
		first = wait;
		end();
	}
	ktap(within && parted, "after a restart the first ones come apart");
}

static void receive(void)
{
	traffic.last_received = now_ms * 1000000;
}

/* Silence of which the first daemon has told. */
static void test_silence_restart(void)
{
	int before = kept;

	ktap(termination.silence_told && kept > 0, "what was told is kept");
	settle();
	iq_watch_free(termination.watch);
	termination.watch = NULL;
	iq_watch_update(&iq, &context, &termination);
	ktap(!pass(100) && termination.silence_told && kept == before,
	     "a restart does not tell it again");
	receive();
	ktap(pass(22) == 1 && kept == before + 2,
	     "but that of media which came back");
	termination.events.inactivity = 0;
	iq_watch_update(&iq, &context, &termination);
	ktap(!termination.silence_told, "nobody asks for it any more");
	end();
}

static void test_silence(void)
{
	begin("E=9{adid/ipstop{dt=10}}");
	ktap(!pass(9) && pass(2) == 1 && strstr(out, ":adid/ipstop}"),
	     "adid/ipstop is told after dt without a packet");
	ktap(!pass(100), "once");
	receive();
	ktap(!pass(9) && pass(11) == 1,
	     "packets arm it again: told within two dt");
	receive();
	pass(8);
	receive();
	ktap(!pass(9) && pass(2) == 1, "every packet puts it off");
	receive();
	pass(5);
	traffic.last_sent = now_ms * 1000000;
	ktap(!pass(9) && pass(2) == 1, "packets of either direction count");
	end();
	begin("E=9{adid/ipstop{dt=10,dir=OUT}}");
	pass(5);
	receive();
	ktap(pass(6) == 1, "of one direction only, when asked so");
	end();
	begin("E=9{adid/ipstop{dt=10}}");
	side.mode = H248_INACTIVE;
	iq_watch_update(&iq, &context, &termination);
	ktap(!pass(100), "a call on hold is not silent");
	side.mode = H248_RECEIVE_ONLY;
	iq_watch_update(&iq, &context, &termination);
	ktap(!pass(9) && pass(2) == 1, "dt begins when media may flow");
	end();
	begin("E=9{adid/ipstop{dt=10}}");
	context.links = NULL;
	iq_watch_update(&iq, &context, &termination);
	ktap(!pass(100), "nor is half a call");
	end();
	begin("E=9{adid/ipstop{dt=10}}");
	looks = 0;
	pass(9);
	iq_watch_update(&iq, &context, &termination);
	ktap(!looks, "nobody looks before dt could be over");
	ktap(pass(2) == 1, "a command that leaves it alone puts off nothing");
	test_silence_restart();
}

/* -- ROOT ---------------------------------------------------------------------------------- */

static void fire_root(void)
{
	on_timer(-1, EV_TIMEOUT, &iq);
}

static void test_idle(void)
{
	state = IQ_REGISTERED;
	heard = now_ms;
	iq.root = (struct iq_root_events){ .armed = true, .request = 5,
					   .idle = 6000 };
	iq_root_update(&iq);
	ktap(wait_of(iq.root_timer) == 60, "mit counts in 10 ms");
	sent = 0;
	now_ms += 59000;
	fire_root();
	ktap(!sent && wait_of(iq.root_timer) == 1,
	     "what was heard puts it/ito off");
	now_ms += 1000;
	fire_root();
	ktap(sent == 1 && strstr(out, "C=-{N=ROOT{OE=5{") &&
		     strstr(out, ":it/ito}"),
	     "silence of the controller is told to it");
	now_ms += 60000;
	fire_root();
	ktap(sent == 1, "once, until it answers");
	settle();
	now_ms += 60000;
	fire_root();
	ktap(sent == 2, "and then again");
	settle();
	iq.root.idle = IQ_IDLE_DEFAULT;
	gate.config.iq.heartbeat = 90;
	iq_root_update(&iq);
	ktap(wait_of(iq.root_timer) == 90, "the configuration's time is taken");
	state = IQ_CONNECTING;
	iq_root_update(&iq);
	ktap(wait_of(iq.root_timer) < 0, "nothing runs without an association");
	state = IQ_REGISTERED;
}

static void test_root(void)
{
	sent = 0;
	iq.root = (struct iq_root_events){ .armed = true, .request = 5 };
	iq_event_overload(&iq);
	iq_event_realm(&iq, "access", true);
	ktap(!sent, "what was not asked for is not told");
	iq.root.overload = iq.root.realms = true;
	iq_event_overload(&iq);
	ktap(sent == 1 && strstr(out, ":ocp/mg_overload}"), "overload is told");
	settle();
	iq_event_realm(&iq, "access", false);
	ktap(strstr(out, ":ipra/arc{delrealms=[\"access\"]}"),
	     "a realm that goes is told: %s", out);
	settle();
	iq_event_realm(&iq, "access", true);
	ktap(strstr(out, ":ipra/arc{newrealms=[\"access\"]}"),
	     "and one that comes back");
	settle();
}

static void test_answers(void)
{
	const struct h248_error error = { 411, SG_SLICE("unknown") };
	const struct h248_transaction reply = { .kind = H248_REPLY };
	__u64 before = iq.counters.notify_failed;

	iq_event_overload(&iq);
	last_done(last_arg, &(struct h248_answer){ NULL, &reply, NULL });
	ktap(iq.counters.notify_failed == before, "a reply is no failure");
	iq_event_overload(&iq);
	last_done(last_arg, &(struct h248_answer){ NULL, &reply, &error });
	last_done = NULL;
	ktap(iq.counters.notify_failed == before + 1, "an error is counted");
}

int main(void)
{
	gate.base = event_base_new();
	iq.gate = &gate;
	if (!gate.base)
		ktap_bail_out("no event base");
	test_reading();
	test_reading_root();
	test_writing();
	test_heartbeat();
	test_restarted();
	test_silence();
	test_idle();
	test_root();
	test_answers();
	event_free(iq.root_timer);
	event_base_free(gate.base);
	return ktap_finish();
}
