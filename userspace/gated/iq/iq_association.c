// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_association.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gated/iq/iq.h"
#include "gated/iq/iq_answer.h"
#include "gated/iq/iq_controllers.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
	DRAINED_MS = 1000,	/* between looks whether all calls ended */
	SENT_MAX = 1 << 17,	/* requests without an answer, some 60 MB */
};

/* A request of ours on its way. */
struct sent {
	LIST_ENTRY(sent) entry;
	struct iq_association *association;
	h248_answered *done;
	void *arg;
};

struct iq_association {
	struct iq *iq;
	enum iq_association_state state;
	struct event *timer;
	int at;			/* which of the configured we talk to */
	struct h248_address peer; /* its address, which it may have changed */
	bool calling;		/* the transport connects */
	bool connected;
	bool known;		/* .home, as configured, knows our contexts */
	struct h248_address home;
	bool warm;
	bool ordered;		/* to hand off, to .target */
	int target;
	bool has_former;	/* handed off from there, still connected */
	struct h248_address former;
	__u8 version;
	__u8 header;		/* version of the ServiceChange's message */
	bool tried_both;	/* headers */
	__u64 heard;		/* ms */
	int tried;		/* in this round through the list */
	int redirected;
	long pause;		/* ms, after the round */
	__u32 journalled;	/* the TransactionID the journal is ahead of */
	LIST_HEAD(, sent) sent;
	__u32 sent_count;
};

static const struct config_iq *config(const struct iq_association *a)
{
	return &a->iq->gate->config.iq;
}

static const struct h248_address *
controller(const struct iq_association *a, int number)
{
	return &config(a)->controller[number];
}

static void set_timer(struct iq_association *a, long ms)
{
	struct timeval time = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(a->timer, &time);
}

/* -- who is who --------------------------------------------------------------- */

/* The one that knows our contexts. */
static bool is_home(const struct iq_association *a)
{
	return a->known && !h248_address_compare(controller(a, a->at),
						 &a->home);
}

static const char *peer_name(const struct iq_association *a)
{
	static char text[H248_ADDRESS_TEXT];

	return h248_address_format(text, &a->peer);
}

/* -- requests ------------------------------------------------------------------- */

static bool is_member(const struct iq_association *a)
{
	return a->state == IQ_REGISTERED || a->state == IQ_LEAVING;
}

static void lost(struct iq_association *a, const char *why);

static void forget(struct iq_association *a, struct sent *sent)
{
	LIST_REMOVE(sent, entry);
	a->sent_count--;
	free(sent);
}

static void on_answer(void *arg, const struct h248_answer *answer)
{
	struct sent sent = *(struct sent *)arg;
	struct iq_association *a = sent.association;
	bool silent = !answer->reply && !answer->error;

	forget(a, arg);
	if (sent.done)
		sent.done(sent.arg, answer);
	if (silent && is_member(a))
		lost(a, "does not answer");
}

static void keep_ids(struct iq_association *a)
{
	__u32 next = h248_exchange_next_id(a->iq->exchange);

	if (next - a->journalled < IQ_IDS_AHEAD)
		return;
	a->journalled = next;
	iq_journal_state(a->iq);
}

static int request(struct iq_association *a, __u8 version,
		   const struct h248_action *actions, h248_answered *done,
		   void *arg)
{
	struct sent *sent = malloc(sizeof(*sent));
	int err;

	if (!sent)
		return -ENOMEM;
	keep_ids(a);
	*sent = (struct sent){ .association = a, .done = done, .arg = arg };
	LIST_INSERT_HEAD(&a->sent, sent, entry);
	a->sent_count++;
	err = h248_exchange_request(a->iq->exchange, &a->peer, version,
				    actions, on_answer, sent);
	if (err)
		forget(a, sent);
	return err;
}

int iq_association_request(struct iq *iq, const struct h248_action *actions,
			   h248_answered *done, void *arg)
{
	struct iq_association *a = iq->association;

	if (!a || !is_member(a))
		return -ENOTCONN;
	if (a->sent_count >= SENT_MAX)
		return -EBUSY;
	return request(a, a->version, actions, done, arg);
}

/* ServiceChange of ROOT. */
static int change_service(struct iq_association *a, __u8 version,
			  struct h248_services *services, h248_answered *done)
{
	struct h248_descriptor descriptor = {
		.kind = H248_SERVICES, .services = services,
	};
	struct h248_command command = {
		.verb = H248_SERVICE_CHANGE,
		.termination = { .name = SG_SLICE("ROOT") },
		.descriptors = &descriptor,
	};
	struct h248_action action = {
		.context = H248_CONTEXT_NULL, .commands = &command,
	};

	return request(a, version, &action, done, a);
}

static void set_method(struct h248_services *services, enum h248_token method,
		       const char *reason)
{
	services->method = method;
	services->has_reason = true;
	services->reason.text = sg_slice_of(reason);
	services->reason.quoted = true;
}

/* -- ends of connections ------------------------------------------------------------ */

/* Whoever waits for an answer learns that none comes; we know. */
static void forget_requests(struct iq_association *a)
{
	const struct h248_answer none = { 0 };

	h248_exchange_abandon(a->iq->exchange, &a->peer);
	while (!LIST_EMPTY(&a->sent)) {
		struct sent sent = *LIST_FIRST(&a->sent);

		forget(a, LIST_FIRST(&a->sent));
		if (sent.done && sent.arg != a)
			sent.done(sent.arg, &none);
	}
}

static void hang_up(struct iq_association *a)
{
	forget_requests(a);
	a->calling = false;
	a->connected = false;
	h248_transport_disconnect(a->iq->transport, &a->peer);
	if (a->has_former)
		h248_transport_disconnect(a->iq->transport, &a->former);
	a->has_former = false;
}

static void choose(struct iq_association *a, int number)
{
	a->at = number;
	a->peer = *controller(a, number);
}

static void call_soon(struct iq_association *a, long ms)
{
	a->state = IQ_CONNECTING;
	set_timer(a, ms);
}

/* Up to a quarter more: gateways that lost the same controller part. */
static long with_jitter(long ms)
{
	__u32 random;

	evutil_secure_rng_get_bytes(&random, sizeof(random));
	return ms + random % (ms / 4 + 1);
}

/* The next one, and when all have failed a pause that grows. */
static void failed(struct iq_association *a, const char *why)
{
	const struct config_iq *iq = config(a);
	long wait = 0;

	sg_warning("controller %s %s", peer_name(a), why);
	hang_up(a);
	a->ordered = false;
	a->redirected = 0;
	choose(a, (a->at + 1) % iq->controller_count);
	if (++a->tried >= iq->controller_count) {
		a->tried = 0;
		wait = with_jitter(a->pause);
		a->pause = 2 * a->pause;
		if (a->pause > 1000 * iq->register_again_most)
			a->pause = 1000 * iq->register_again_most;
		sg_notice("no controller has taken us; trying again in %ld s",
			  (wait + 999) / 1000);
	}
	call_soon(a, wait);
}

static void rest(struct iq_association *a)
{
	a->state = IQ_IDLE;
	hang_up(a);
	evtimer_del(a->timer);
	a->known = false;
	a->version = 0;
	memset(&a->iq->root, 0, sizeof(a->iq->root));
	iq_root_update(a->iq);
	iq_journal_state(a->iq);
	sg_notice("the association has ended; restart srtpgated to begin "
		  "another");
}

/* First to the same one, which may just have had a pause: H.248.1 11.5. */
static void lost(struct iq_association *a, const char *why)
{
	if (a->state == IQ_LEAVING) {
		rest(a);
		return;
	}
	sg_warning("controller %s %s: the association is lost, calls go on",
		   peer_name(a), why);
	a->state = IQ_CONNECTING;
	hang_up(a);
	a->ordered = false;
	a->tried = 0;
	a->redirected = 0;
	choose(a, iq_controllers_find(config(a), &a->home, false));
	call_soon(a, 0);
	iq_root_update(a->iq);
}

/* -- registration -------------------------------------------------------------------- */

static void registered(struct iq_association *a)
{
	struct iq *iq = a->iq;

	/* After a Restart nothing is armed, and all is in service. */
	if (!a->known) {
		memset(&iq->root, 0, sizeof(iq->root));
		iq->out_of_service = false;
	}
	if (!is_home(a))
		h248_exchange_forget(iq->exchange);
	if (a->has_former)
		h248_transport_disconnect(iq->transport, &a->former);
	a->has_former = false;
	a->state = IQ_REGISTERED;
	a->known = true;
	a->home = *controller(a, a->at);
	a->ordered = false;
	a->tried = 0;
	a->redirected = 0;
	a->pause = 1000 * config(a)->register_again;
	a->heard = clock_ms();
	iq->counters.registrations++;
	sg_notice("registered with controller %s, H.248 version %u",
		  peer_name(a), a->version);
	iq_journal_state(iq);
	iq_root_update(iq);
}

static void redirect(struct iq_association *a, const struct h248_mid *mid)
{
	int number = iq_controllers_find_mid(config(a), mid);

	if (number < 0) {
		failed(a, "sends us to a controller that is not configured");
		return;
	}
	if (++a->redirected > config(a)->controller_count) {
		failed(a, "is one of several that send us to each other");
		return;
	}
	hang_up(a);
	choose(a, number);
	call_soon(a, 0);
}

/*
 * ServiceChangeAddress: where it listens from now on. Nobody leads us to a
 * host that is not configured; and what is connected stays so.
 */
static void move(struct iq_association *a, const struct h248_mid *mid)
{
	struct h248_address address = a->peer;

	if (mid->kind == H248_MID_NONE || a->peer.protocol != H248_UDP)
		return;
	if (mid->kind == H248_MID_PORT)
		h248_address_set_port(&address, mid->port);
	else if (iq_controllers_address(config(a), &address, mid))
		return;
	if (iq_controllers_find(config(a), &address, true) >= 0)
		a->peer = address;
}

static void enlist(struct iq_association *a);

/*
 * 406 comes from controllers that do not have our version, but also from
 * those for which an association is still under way, in its version.
 */
static bool try_other_header(struct iq_association *a,
			     const struct h248_error *error)
{
	if (error->code != 406 || a->tried_both || config(a)->version == 1)
		return false;
	a->tried_both = true;
	a->header = a->header == 1 ? config(a)->version : 1;
	enlist(a);
	return true;
}

static void on_registered(void *arg, const struct h248_answer *answer)
{
	const struct h248_error *error = iq_answer_error(answer);
	const struct h248_services *services = iq_answer_services(answer);
	char text[IQ_ANSWER_TEXT], why[IQ_ANSWER_TEXT + 32];
	struct iq_association *a = arg;

	if (error && try_other_header(a, error))
		return;
	if (error) {
		snprintf(why, sizeof(why), "refuses us: %s",
			 iq_answer_show(text, error));
		failed(a, why);
		return;
	}
	if (!answer->reply) {
		failed(a, "does not answer");
		return;
	}
	if (services && services->mgc.kind != H248_MID_NONE) {
		redirect(a, &services->mgc);
		return;
	}
	a->version = config(a)->version;
	if (services && services->version && services->version < a->version)
		a->version = services->version;
	if (services)
		move(a, &services->address);
	registered(a);
}

/* Which method says where our contexts are known. */
static void introduce(const struct iq_association *a,
		      struct h248_services *services)
{
	if (!a->known)
		set_method(services, H248_RESTART,
			   a->warm ? "902 Warm Boot" : "901 Cold Boot");
	else if (a->ordered)
		set_method(services, H248_HAND_OFF, "903 MGC Directed Change");
	else if (is_home(a))
		set_method(services, H248_DISCONNECTED,
			   "900 Service Restored");
	else
		set_method(services, H248_FAILOVER,
			   "909 MGC Impending Failure");
}

static void enlist(struct iq_association *a)
{
	const struct config_iq *iq = config(a);
	const char *slash = strrchr(iq->profile, '/');
	struct h248_services services = { .version = iq->version };
	int err;

	if (slash) {
		services.profile.at = iq->profile;
		services.profile.size = slash - iq->profile;
		services.profile_version = atoi(slash + 1);
	}
	introduce(a, &services);
	a->state = IQ_REGISTERING;
	err = change_service(a, a->header, &services, on_registered);
	if (err)
		failed(a, "cannot be sent to");
}

/*
 * A version 1 header is what every controller reads (H.248.1 11.3); one that
 * has agreed on another may insist on that.
 */
static void call(struct iq_association *a)
{
	a->tried_both = false;
	a->header = is_home(a) && a->version ? a->version : 1;
	if (a->connected) {
		enlist(a);
		return;
	}
	a->calling = true;
	/* SCTP alone would try for minutes. */
	set_timer(a, 1000 * config(a)->give_up);
	if (h248_transport_connect(a->iq->transport, &a->peer))
		failed(a, "cannot be reached");
}

void iq_association_up(struct iq *iq, const struct h248_address *peer)
{
	struct iq_association *a = iq->association;

	if (!a || !a->calling || h248_address_compare(peer, &a->peer))
		return;
	a->calling = false;
	a->connected = true;
	evtimer_del(a->timer);
	enlist(a);
}

void iq_association_down(struct iq *iq, const struct h248_address *peer)
{
	struct iq_association *a = iq->association;

	if (!a || !(a->calling || a->connected) ||
	    h248_address_compare(peer, &a->peer))
		return;
	if (is_member(a))
		lost(a, "has ended the connection");
	else
		failed(a, a->calling ? "cannot be reached" :
				       "has ended the connection");
}

/* -- orders ---------------------------------------------------------------------- */

int iq_association_order(struct iq *iq, const struct h248_services *services,
			 struct iq_fault *fault)
{
	struct iq_association *a = iq->association;
	int number;

	if (services->method != H248_HAND_OFF)
		return iq_fault_set(fault, IQ_NOT_IMPLEMENTED,
				    "Of the methods for ROOT only HandOff is "
				    "known");
	if (services->mgc.kind == H248_MID_NONE)
		return iq_fault_set(fault, IQ_INFORMATION_MISSING,
				    "HandOff without MgcIdToTry");
	number = iq_controllers_find_mid(config(a), &services->mgc);
	if (number < 0)
		return iq_fault_value(fault, IQ_UNSUPPORTED_VALUE,
				      services->mgc.name);
	if (a->state != IQ_REGISTERED)
		return iq_fault_set(fault, IQ_NOT_READY,
				    "The gateway is leaving");
	a->ordered = true;
	a->target = number;
	set_timer(a, 0); /* the reply goes first */
	return 0;
}

static void hand_off(struct iq_association *a)
{
	struct h248_address former = a->peer;

	a->state = IQ_CONNECTING;
	forget_requests(a);
	choose(a, a->target);
	if (h248_address_compare(&a->peer, &former)) {
		a->has_former = a->connected;
		a->former = former;
		a->connected = false;
	}
	a->tried = 0;
	iq_root_update(a->iq);
	call(a);
}

/* -- leaving ---------------------------------------------------------------------- */

static void on_left(void *arg, const struct h248_answer *answer)
{
	(void)answer;
	rest(arg);
}

static void leave_at_once(struct iq_association *a)
{
	struct h248_services services = { 0 };

	set_method(&services, H248_FORCED,
		   "905 Termination Taken Out Of Service");
	a->state = IQ_LEAVING;
	evtimer_del(a->timer);
	if (change_service(a, a->version, &services, on_left))
		rest(a);
}

static void leave_gracefully(struct iq_association *a)
{
	struct h248_services services = { 0 };

	set_method(&services, H248_GRACEFUL,
		   "905 Termination Taken Out Of Service");
	a->state = IQ_LEAVING;
	if (change_service(a, a->version, &services, NULL))
		rest(a);
	else
		set_timer(a, DRAINED_MS);
}

void iq_association_leave(struct iq *iq, bool graceful)
{
	struct iq_association *a = iq->association;

	if (a->state == IQ_IDLE || (graceful && a->state == IQ_LEAVING))
		return;
	if (!is_member(a))
		rest(a);
	else if (graceful)
		leave_gracefully(a);
	else
		leave_at_once(a);
}

/* -- time, and what others ask --------------------------------------------------- */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct iq_association *a = arg;

	(void)fd;
	(void)what;
	if (a->state == IQ_CONNECTING && a->calling)
		failed(a, "cannot be reached");
	else if (a->state == IQ_CONNECTING)
		call(a);
	else if (a->state == IQ_REGISTERED && a->ordered)
		hand_off(a);
	else if (a->state == IQ_LEAVING && !a->iq->contexts.count)
		leave_at_once(a);
	else if (a->state == IQ_LEAVING)
		set_timer(a, DRAINED_MS);
}

bool iq_association_heard(struct iq *iq, const struct h248_address *from)
{
	struct iq_association *a = iq->association;

	if (!a)
		return false;
	if (!h248_address_compare(from, &a->peer)) {
		a->heard = clock_ms();
		return true;
	}
	return iq_controllers_find(config(a), from, false) >= 0;
}

int iq_association_admit(struct iq *iq, const struct h248_address *from,
			 struct iq_fault *fault)
{
	const struct iq_association *a = iq->association;

	if (a->state == IQ_IDLE)
		return iq_fault_set(fault, IQ_UNAVAILABLE,
				    "The gateway is out of service");
	if (!is_member(a))
		return iq_fault_set(fault, IQ_NOT_REGISTERED,
				    "The gateway is registering");
	if (h248_address_compare(from, &a->peer))
		return iq_fault_set(fault, IQ_UNAUTHORIZED,
				    "The gateway is another controller's");
	return 0;
}

enum iq_association_state iq_association_state(const struct iq *iq)
{
	return iq->association ? iq->association->state : IQ_IDLE;
}

const char *iq_association_state_name(const struct iq *iq)
{
	static const char *const names[] = {
		[IQ_IDLE] = "idle",
		[IQ_CONNECTING] = "connecting",
		[IQ_REGISTERING] = "registering",
		[IQ_REGISTERED] = "registered",
		[IQ_LEAVING] = "leaving",
	};

	return names[iq_association_state(iq)];
}

const struct h248_address *iq_association_mgc(const struct iq *iq)
{
	const struct iq_association *a = iq->association;

	return a && a->known ? &a->home : NULL;
}

const struct h248_address *iq_association_peer(const struct iq *iq)
{
	return &iq->association->peer;
}

__u8 iq_association_version(const struct iq *iq)
{
	return iq->association ? iq->association->version : 0;
}

__u64 iq_association_heard_at(const struct iq *iq)
{
	return iq->association ? iq->association->heard : 0;
}

/* -- opening ------------------------------------------------------------------------ */

/* Takes up the association with the controller of the journal. */
static void resume(struct iq_association *a, const char *mgc, __u8 version)
{
	int number;

	a->home.protocol = a->peer.protocol;
	if (h248_address_parse(&a->home, mgc))
		return;
	a->known = true;
	a->version = version;
	number = iq_controllers_find(config(a), &a->home, false);
	if (number >= 0)
		choose(a, number);
}

int iq_association_open(struct iq *iq, bool warm, const char *mgc,
			__u8 version)
{
	struct iq_association *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->iq = iq;
	a->warm = warm;
	LIST_INIT(&a->sent);
	choose(a, 0);
	if (*mgc)
		resume(a, mgc, version);
	a->pause = 1000 * config(a)->register_again;
	a->journalled = h248_exchange_next_id(iq->exchange) - IQ_IDS_AHEAD;
	a->timer = evtimer_new(iq->gate->base, on_timer, a);
	if (!a->timer) {
		free(a);
		return -ENOMEM;
	}
	iq->association = a;
	call_soon(a, 0);
	return 0;
}

void iq_association_close(struct iq *iq)
{
	struct iq_association *a = iq->association;

	if (!a)
		return;
	a->state = IQ_IDLE;
	forget_requests(a);
	event_free(a->timer);
	free(a);
	iq->association = NULL;
}
