// SPDX-License-Identifier: GPL-2.0-only
/*
 * The association, seen by its controllers: real transactions, a transport
 * that only notes what goes out, and pauses that need not be waited for.
 */
#include "../../userspace/lib/h248_transport.h"

static int transport_connect(const struct h248_address *peer);
static void transport_disconnect(void);

#define h248_transport_connect(transport, peer) transport_connect(peer)
#define h248_transport_disconnect(transport, peer) transport_disconnect()
#include "../../userspace/gated/iq/iq_association.c"

#include "../lib/ktap.h"

enum { DEADLINE_MS = 5000, SHORT_MS = 60 };

static struct gate gate;
static struct iq iq;
static char out[4096];		/* what was sent last */
static struct h248_address out_to;
static int out_count, journalled, connects, disconnects;
static bool refuse_connections, is_tcp;

/* -- around the association --------------------------------------------------- */

static int transport_connect(const struct h248_address *peer)
{
	connects++;
	if (refuse_connections)
		return -ENETUNREACH;
	if (!is_tcp)
		iq_association_up(&iq, peer);
	return 0;
}

static void transport_disconnect(void)
{
	disconnects++;
}

void iq_journal_state(struct iq *of)
{
	(void)of;
	journalled++;
}

void iq_root_update(struct iq *of)
{
	(void)of;
}

static int note(void *arg, const struct h248_address *to, const char *text,
		size_t size)
{
	(void)arg;
	snprintf(out, sizeof(out), "%.*s", (int)size, text);
	out_to = *to;
	out_count++;
	return 0;
}

static bool heard(void *arg, const struct h248_address *from)
{
	return iq_association_heard(arg, from);
}

static int no_request(void *arg, const struct h248_address *from,
		      const struct h248_message *message,
		      const struct h248_transaction *request,
		      struct h248_message *answer,
		      struct h248_transaction *reply)
{
	(void)arg;
	(void)from;
	(void)message;
	(void)request;
	(void)answer;
	(void)reply;
	return 0;
}

static void open_exchange(void)
{
	const struct h248_exchange_user user = {
		.arg = &iq, .send = note, .heard = heard, .request = no_request,
	};
	struct h248_exchange_options options;

	h248_exchange_defaults(&options);
	options.mid = (struct h248_mid){ H248_MID_ADDRESS,
					 SG_SLICE("192.0.2.20"), 2944 };
	options.form = H248_COMPACT;
	options.repeat_ms = options.repeat_most_ms = 10;
	options.give_up_ms = SHORT_MS;
	if (h248_exchange_open(&iq.exchange, gate.base, &options, &user))
		ktap_bail_out("no exchange");
}

/* Three controllers, 192.0.2.10, .11 and .12. */
static void begin(const char *mgc, bool warm)
{
	struct config_iq *config = &gate.config.iq;
	char text[32];

	memset(&iq, 0, sizeof(iq));
	memset(&gate.config, 0, sizeof(gate.config));
	iq.gate = &gate;
	config->controller_count = 3;
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", 10 + i);
		config->controller[i].protocol = is_tcp ? H248_TCP : H248_UDP;
		h248_address_parse(&config->controller[i], text);
	}
	config->version = 2;
	config->give_up = 60;
	config->register_again = 1;
	config->register_again_most = 3;
	strcpy(config->profile, "threegiq/1");
	*out = '\0';
	out_count = connects = disconnects = journalled = 0;
	refuse_connections = false;
	open_exchange();
	if (iq_association_open(&iq, warm, mgc, 2))
		ktap_bail_out("no memory");
}

static void end(void)
{
	iq_association_close(&iq);
	h248_exchange_close(iq.exchange);
}

static void turn(void)
{
	event_base_loop(gate.base, EVLOOP_NONBLOCK);
}

/* Until something has been sent that holds @text; repeats do not count. */
static bool is_sent(const char *text)
{
	__u64 limit = clock_ms() + DEADLINE_MS;

	while (!strstr(out, text) && clock_ms() < limit)
		turn();
	return strstr(out, text);
}

static bool is_state(enum iq_association_state state)
{
	__u64 limit = clock_ms() + DEADLINE_MS;

	while (iq_association_state(&iq) != state && clock_ms() < limit)
		turn();
	return iq_association_state(&iq) == state;
}

static struct h248_address host(int number)
{
	return gate.config.iq.controller[number - 10];
}

static bool is_to(int number)
{
	struct h248_address address = host(number);

	return !h248_address_compare(&out_to, &address);
}

/* Whoever was asked last answers by @body of a reply. */
static void answer(const char *body)
{
	const char *id = strstr(out, "T=");
	struct h248_address from = out_to;
	char text[512];
	int size;

	size = snprintf(text, sizeof(text), "!/1 [192.0.2.10]:2944 P=%d{%s}",
			id ? atoi(id + 2) : 0, body);
	*out = '\0';
	h248_exchange_receive(iq.exchange, &from, text, size);
}

#define SERVED "C=-{SC=ROOT}"
#define ERROR_OF(code) "C=-{SC=ROOT{ER=" code "{\"no\"}}}"

static void join(void)
{
	is_sent("MT=");
	answer(SERVED);
	if (!is_state(IQ_REGISTERED))
		ktap_bail_out("no registration");
}

/* The pause that is under way, ms. */
static long pause_left(void)
{
	struct timeval due, now;

	if (!evtimer_pending(iq.association->timer, &due))
		return -1;
	gettimeofday(&now, NULL);
	return (due.tv_sec - now.tv_sec) * 1000 +
	       (due.tv_usec - now.tv_usec) / 1000;
}

static void skip_pause(void)
{
	evtimer_del(iq.association->timer);
	event_active(iq.association->timer, EV_TIMEOUT, 0);
}

static int admitted(int number)
{
	struct h248_address from = host(number);
	struct iq_fault fault = { 0 };

	iq_association_admit(&iq, &from, &fault);
	return fault.code;
}

/* -- requests of others ----------------------------------------------------------- */

static int forgotten;

static void count_answer(void *arg, const struct h248_answer *got)
{
	(void)arg;
	forgotten += !got->reply;
}

static int ask(void)
{
	struct h248_command command = {
		.verb = H248_NOTIFY,
		.termination = { .name = SG_SLICE("ROOT") },
	};
	struct h248_action action = { .commands = &command };

	forgotten = 0;
	return iq_association_request(&iq, &action, count_answer, NULL);
}

/* -- registration -------------------------------------------------------------- */

static void test_restart(void)
{
	struct h248_address stranger = { .protocol = H248_UDP };

	begin("", false);
	ktap(!out_count, "nothing is sent before the loop runs");
	ktap(is_sent("!/1 [192.0.2.20]:2944 T=1{C=-{SC=ROOT{SV{MT=RS,"
		     "RE=\"901 Cold Boot\",V=2,PF=threegiq/1}}}}") && is_to(10),
	     "a first start is Restart 901 in a version 1 header");
	ktap(admitted(10) == 505 && admitted(11) == 505,
	     "requests before the reply get 505");
	ktap(!iq_association_mgc(&iq), "no controller knows us yet");
	answer(SERVED);
	ktap(is_state(IQ_REGISTERED) && iq_association_version(&iq) == 2 &&
		     iq.counters.registrations == 1 && journalled >= 2,
	     "an empty reply registers, and the journal learns of it");
	ktap(!admitted(10) && admitted(11) == 504,
	     "the controller gives orders, another one gets 504");
	h248_address_parse(&stranger, "192.0.2.99");
	ktap(!iq_association_heard(&iq, &stranger),
	     "one that is not configured is a stranger");
	end();
	begin("", true);
	ktap(is_sent("RE=\"902 Warm Boot\""), "a warm start is 902");
	answer("C=-{SC=ROOT{SV{V=1}}}");
	ktap(is_state(IQ_REGISTERED) && iq_association_version(&iq) == 1,
	     "the controller may ask for a lower version");
	end();
	begin("", false);
	is_sent("MT=RS");
	answer("C=-{SC=ROOT{SV{V=3}}}");
	ktap(is_state(IQ_REGISTERED) && iq_association_version(&iq) == 2,
	     "but not for a higher one than offered");
	end();
}

static void test_refusals(void)
{
	long pause;

	begin("", false);
	is_sent("MT=RS");
	answer(ERROR_OF("406"));
	ktap(is_sent("!/2") && strstr(out, "MT=RS") && is_to(10),
	     "406: perhaps an association of ours is not over for it");
	answer(ERROR_OF("406"));
	ktap(is_sent("!/1") && is_to(11), "406 again: the next in the list");
	answer("ER=503{\"no\"}");
	ktap(is_sent("MT=RS") && is_to(12), "503: the next in the list");
	*out = '\0';
	ktap(is_state(IQ_CONNECTING), "no answer: given up");
	turn();
	pause = pause_left();
	ktap(pause > 500 && pause <= 1250, "then a pause of 1 s (%ld ms)",
	     pause);
	refuse_connections = true;
	skip_pause();
	turn();
	pause = pause_left();
	ktap(connects == 6 && pause > 1500 && pause <= 2500,
	     "the next pause is twice as long (%ld ms)", pause);
	for (int i = 0; i < 2; i++) {
		skip_pause();
		turn();
	}
	pause = pause_left();
	ktap(pause > 2500 && pause <= 3750, "until it is the longest (%ld ms)",
	     pause);
	refuse_connections = false;
	*out = '\0';
	skip_pause();
	join();
	ktap(iq.association->pause == 1000, "success makes it short again");
	end();
}

static void test_redirects(void)
{
	begin("", false);
	is_sent("MT=RS");
	answer("C=-{SC=ROOT{SV{MG=[192.0.2.12]:2944}}}");
	ktap(is_sent("MT=RS") && is_to(12), "MgcIdToTry is tried");
	answer("C=-{SC=ROOT{SV{MG=[192.0.2.99]:2944}}}");
	ktap(is_sent("MT=RS") && is_to(10),
	     "one that is not configured is not");
	for (int i = 0; i < 3; i++) {
		answer("C=-{SC=ROOT{SV{MG=[192.0.2.10]}}}");
		is_sent("MT=RS");
	}
	answer("C=-{SC=ROOT{SV{MG=[192.0.2.10]}}}");
	ktap(is_sent("MT=RS") && is_to(11), "circles end");
	answer("C=-{SC=ROOT{SV{AD=3000}}}");
	ktap(is_state(IQ_REGISTERED) &&
		     ntohs(iq_association_peer(&iq)->v4.sin_port) == 3000,
	     "a ServiceChangeAddress is where it listens from now on");
	end();
	begin("", false);
	is_sent("MT=RS");
	answer("C=-{SC=ROOT{SV{AD=3000}}}");
	is_state(IQ_REGISTERED);
	ask();
	ktap(is_sent("MT=DC") && is_to(10), "until the association is lost");
	end();
	begin("", false);
	is_sent("MT=RS");
	answer("C=-{SC=ROOT{SV{AD=[192.0.2.99]:2944}}}");
	ktap(is_state(IQ_REGISTERED) && !admitted(10),
	     "but not on a host that is not configured");
	end();
}

/* -- loss ------------------------------------------------------------------------ */

/* A controller that wants to hear much and answers nothing. */
static void test_unanswered(void)
{
	int sent = 0, err;

	begin("", false);
	join();
	while (!(err = ask()))
		sent++;
	ktap(err == -EBUSY && sent == 1 << 17,
	     "%d requests wait for an answer, and no more", sent);
	end();
}

static void test_loss(void)
{
	begin("", false);
	ktap(ask() == -ENOTCONN, "nobody can be asked before");
	join();
	ktap(!ask() && is_sent("!/2") && !ask(), "requests go to it");
	ktap(is_sent("SV{MT=DC,RE=\"900 Service Restored\"") && is_to(10) &&
		     strstr(out, "!/2") && forgotten == 2,
	     "without an answer: Disconnected 900, and whoever asked knows");
	ktap(admitted(10) == 505, "requests wait for the reply again");
	answer(ERROR_OF("406"));
	ktap(is_sent("!/1") && is_to(10), "in the agreed version, else in 1");
	answer(ERROR_OF("502"));
	ktap(is_sent("MT=FL,RE=\"909 MGC Impending Failure\"") && is_to(11),
	     "then Failover 909 to the next");
	answer(SERVED);
	ktap(is_state(IQ_REGISTERED) && !admitted(11) && admitted(10) == 504,
	     "the association is the other's now");
	end();
}

static void test_connection(void)
{
	struct h248_address peer;

	is_tcp = true;
	begin("", false);
	turn();
	peer = host(10);
	ktap(connects == 1 && !out_count, "a connection is made first");
	iq_association_down(&iq, &peer);
	turn();
	peer = host(11);
	ktap(connects == 2 && iq_association_state(&iq) == IQ_CONNECTING,
	     "one that cannot be made: the next");
	iq_association_up(&iq, &peer);
	ktap(pause_left() < 0, "one that is made needs no deadline");
	join();
	iq_association_down(&iq, &peer);
	turn();
	iq_association_up(&iq, &peer);
	ktap(is_sent("MT=DC") && is_to(11) && connects == 3,
	     "one that ends is made again: Disconnected");
	iq_association_down(&iq, &peer);
	turn();
	peer = host(12);
	iq_association_up(&iq, &peer);
	ktap(is_sent("MT=FL") && is_to(12), "also while registering");
	iq_association_down(&iq, &peer);
	turn();
	disconnects = 0;
	skip_pause();
	turn();
	ktap(disconnects == 1 && pause_left() > 500,
	     "one that takes too long is given up");
	end();
	is_tcp = false;
}

static void test_journal(void)
{
	begin("192.0.2.11:2944", false);
	ktap(is_sent("MT=DC,RE=\"900 Service Restored\"") && is_to(11),
	     "the journal's controller is told Disconnected");
	ktap(iq_association_mgc(&iq) && iq_association_version(&iq) == 2,
	     "and stays the one that knows us");
	end();
	begin("192.0.2.99:2944", false);
	ktap(is_sent("MT=FL") && is_to(10),
	     "one that is not configured any more: Failover to the first");
	ktap(iq_association_mgc(&iq), "and the journal keeps it until then");
	end();
}

/* -- orders ------------------------------------------------------------------------ */

static int order(enum h248_token method, const char *mgc)
{
	struct h248_services services = { .method = method };
	struct iq_fault fault = { 0 };

	if (*mgc) {
		services.mgc.kind = H248_MID_ADDRESS;
		services.mgc.name = sg_slice_of(mgc);
	}
	iq_association_order(&iq, &services, &fault);
	return fault.code;
}

static void test_handoff(void)
{
	begin("", false);
	join();
	ktap(order(H248_RESTART, "") == 501 &&
		     order(H248_HAND_OFF, "") == 472 &&
		     order(H248_HAND_OFF, "192.0.2.99") == 449,
	     "orders that cannot be followed are refused");
	ktap(!order(H248_HAND_OFF, "192.0.2.12") &&
		     iq_association_state(&iq) == IQ_REGISTERED && !admitted(10),
	     "a HandOff waits for its reply to go");
	ktap(is_sent("MT=HO,RE=\"903 MGC Directed Change\"") && is_to(12),
	     "then HandOff 903 goes to the other");
	answer(SERVED);
	ktap(is_state(IQ_REGISTERED) && disconnects == 1 && admitted(10) == 504,
	     "which is ours now; the former is left");
	order(H248_HAND_OFF, "192.0.2.11");
	is_sent("MT=HO");
	answer(ERROR_OF("503"));
	ktap(is_sent("MT=DC") && is_to(12),
	     "when the other refuses, the list goes on; ours: Disconnected");
	end();
	begin("", false);
	join();
	order(H248_HAND_OFF, "192.0.2.10");
	ktap(is_sent("MT=HO") && is_to(10), "HandOff to itself is registration");
	end();
}

static void test_leaving(void)
{
	begin("", false);
	join();
	iq_association_leave(&iq, false);
	ktap(is_sent("MT=FO,RE=\"905") && iq_association_state(&iq) == IQ_LEAVING,
	     "leaving at once is Forced 905");
	answer(SERVED);
	ktap(is_state(IQ_IDLE) && !iq_association_mgc(&iq) &&
		     admitted(10) == 503,
	     "afterwards nobody's");
	end();
	begin("", false);
	join();
	iq.contexts.count = 1;
	iq_association_leave(&iq, true);
	ktap(is_sent("MT=GR,RE=\"905"), "leaving gracefully is Graceful 905");
	answer(SERVED);
	skip_pause();
	turn();
	ktap(iq_association_state(&iq) == IQ_LEAVING && !admitted(10),
	     "while there are calls, they can be ended");
	iq.contexts.count = 0;
	skip_pause();
	ktap(is_sent("MT=FO"), "after the last Forced follows");
	*out = '\0';
	ktap(is_state(IQ_IDLE), "and nobody need answer that");
	end();
	begin("", false);
	is_sent("MT=RS");
	iq_association_leave(&iq, false);
	ktap(is_state(IQ_IDLE), "one not yet registered just stops");
	end();
}

int main(void)
{
	gate.base = event_base_new();
	if (!gate.base)
		ktap_bail_out("no event base");
	test_restart();
	test_refusals();
	test_redirects();
	test_loss();
	test_unanswered();
	test_connection();
	test_journal();
	test_handoff();
	test_leaving();
	event_base_free(gate.base);
	return ktap_finish();
}
