// SPDX-License-Identifier: GPL-2.0-only
#include "kms/exchange.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kms/request.h"
#include "kms/resolve.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/log.h"
#include "lib/secret.h"

enum { ADDRESS_SIZE = 64 };

/* What goes to another KMS: its reply is verified against it. */
struct forward {
	struct mikey_query query;
	struct mikey_secret psk;
	__u8 rand[32];
	int size;
	__u8 octets[MIKEY_MESSAGE_MAX];
};

struct exchange {
	struct kms *kms;
	struct setup *setup;
	exchange_done *done;
	void *arg;
	bool *gone;		/* while exchange_start() is on the stack */
	char address[ADDRESS_SIZE];
	const struct zk_peer *peer;

	enum mikey_data_type type; /* the _PSK that it is, or is the _PK of */
	struct mikey_query query;
	struct mikey_secret psk; /* or envelope key; secret */
	bool authentic;		/* and its MAC or signature is right */
	__u64 began;		/* ns */
	const struct account *account; /* of who asks; NULL: none */
	char certificate[2 * MIKEY_FINGERPRINT + 1]; /* "": none */
	struct timespec now;

	struct grant grant;	/* of a request */
	struct resolve resolve;
	char recipient[USER_IDENTITY_MAX + 1]; /* .resolve.recipient */

	struct user_query *asked; /* a source of users */
	struct zk_call *call;
	struct forward *forward;
	size_t size;
	char octets[];
};

static const char *const paths[] = { "request", "resolve" };

/* -- time and chance ------------------------------------------------------- */

static void look_at_clock(struct exchange *e)
{
	clock_gettime(CLOCK_REALTIME, &e->now);
}

static __u64 ntp(const struct exchange *e)
{
	return e->now.tv_sec + MIKEY_UNIX_EPOCH;
}

/* Never the same twice, in no replica: it goes into the IV of KEMAC. */
static struct mikey_time next_time(struct exchange *e)
{
	__u32 fraction = ((__u64)e->now.tv_nsec << 32) / 1000000000;

	return mikey_time_next(&e->kms->last_t, ntp(e), fraction,
			       e->kms->config.replica);
}

/* -- the end --------------------------------------------------------------- */

static void free_exchange(struct exchange *e)
{
	if (e->gone)
		*e->gone = true;
	if (e->forward) {
		sg_secret_zero(e->forward, sizeof(*e->forward));
		free(e->forward);
	}
	setup_release(e->setup);
	mikey_secret_wipe(&e->psk);
	free(e);
}

static void finish(struct exchange *e, enum exchange_status status,
		   struct sg_slice octets)
{
	static const struct {
		enum exchange_status status;
		enum kms_count count;
	} counted[] = {
		{ EXCHANGE_BAD, COUNT_BAD },
		{ EXCHANGE_FORBIDDEN, COUNT_FORBIDDEN },
		{ EXCHANGE_UNAVAILABLE, COUNT_UNAVAILABLE },
		{ EXCHANGE_BROKEN, COUNT_BROKEN },
	};

	for (int i = 0; i < 4; i++)
		if (counted[i].status == status)
			e->kms->count[counted[i].count]++;
	e->done(e->arg, status, octets);
	prometheus_observe(&e->kms->took, clock_ns() - e->began);
	free_exchange(e);
}

static void finish_empty(struct exchange *e, enum exchange_status status)
{
	finish(e, status, (struct sg_slice){ "", 0 });
}

/* -- audit ----------------------------------------------------------------- */

static void describe(const struct exchange *e, struct audit_event *event)
{
	bool resolve = e->type == MIKEY_RESOLVE_INIT_PSK;
	const struct policy_rule *rule =
		resolve ? e->resolve.rule : e->grant.rule;

	event->time = e->now;
	event->type = paths[resolve];
	event->address = e->address;
	event->csb_id = e->query.csb_id;
	event->replica = e->kms->config.replica;
	event->psk_id = e->query.psk_id;
	event->certificate = *e->certificate ? e->certificate : NULL;
	event->requester = e->query.requester;
	event->rule = rule ? rule->name : NULL;
	event->policy = resolve ? &e->resolve.ticket.policy : &e->grant.policy;
	event->peer = e->peer ? e->peer->config->name : NULL;
	if (!resolve)
		return;
	event->recipient = e->resolve.recipient;
	event->key = e->resolve.key ? e->resolve.key->number : 0;
	event->refork = e->query.refork.size;
}

/* False: nothing may be given away that is not in the log. */
static bool noted(struct exchange *e, struct audit_event *event)
{
	int err;

	describe(e, event);
	err = audit_write(e->kms->audit, event);
	if (err)
		sg_error("the audit log cannot be written, so no keys are "
			 "given: %s", strerror(-err));
	return !err;
}

/* -- Error messages -------------------------------------------------------- */

/*
 * RFC 6043 5.5: only who has shown that he has the key gets a MAC, or, when he
 * signed, a signature, as long as our certificate allows it.
 */
static int print_error(__u8 *octets, size_t size, const struct exchange *e,
		       const struct mikey_trouble *trouble)
{
	const struct certificates *own = &e->setup->certificates;
	struct mikey_rands rands = { 0 };

	if (e->authentic && mikey_query_is_public(&e->query) && own->signs)
		return mikey_trouble_sign(octets, size, trouble, own->key);
	if (e->type == MIKEY_RESOLVE_INIT_PSK)
		rands.responder = e->query.rand;
	else
		rands.initiator = e->query.rand;
	return mikey_trouble_print(octets, size, trouble,
				   e->authentic ? &e->psk : NULL,
				   MIKEY_PHASE_INIT, &rands);
}

static void send_error(struct exchange *e, __u8 prf, __u32 csb_id,
		       const struct mikey_fault *fault)
{
	struct mikey_trouble trouble = {
		.prf = prf,
		.csb_id = csb_id,
		.t = next_time(e),
		.error = { fault->error },
		.errors = 1,
		.sign = e->query.public.sign, /* which he knows himself */
	};
	__u8 octets[256 + MIKEY_RSA_MAX];
	int size = print_error(octets, sizeof(octets), e, &trouble);

	e->kms->errors[fault->error]++;
	if (size < 0)
		finish_empty(e, EXCHANGE_BROKEN);
	else
		finish(e, EXCHANGE_OK,
		       (struct sg_slice){ (char *)octets, size });
}

/*
 * Before the query is authentic nobody is told more than its number, and for
 * an unknown key no other than for a wrong MAC (RFC 3830 5.1.2).
 */
static void refuse(struct exchange *e, const struct mikey_fault *fault)
{
	struct audit_event event = { .event = "refused",
				     .reason = fault->text };

	sg_debug("%s from %s refused: %s",
		 paths[e->type == MIKEY_RESOLVE_INIT_PSK], e->address,
		 fault->text);
	if (e->authentic)
		noted(e, &event);
	send_error(e, e->query.prf, e->query.csb_id, fault);
}

static void refuse_key(struct exchange *e)
{
	refuse(e, &(struct mikey_fault){ MIKEY_AUTH_FAILURE,
					 "the MAC is wrong" });
}

static void give(struct exchange *e, const char *what, enum kms_count count,
		 const __u8 *octets, int size)
{
	struct audit_event event = { .event = what };

	if (!noted(e, &event)) {
		finish_empty(e, EXCHANGE_BROKEN);
		return;
	}
	e->kms->count[count]++;
	finish(e, EXCHANGE_OK, (struct sg_slice){ (char *)octets, size });
}

/* -- Ticket Request -------------------------------------------------------- */

static void request(struct exchange *e, const struct user *user)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	struct request_random random;
	struct mikey_fault fault;
	struct request request = {
		.query = &e->query,
		.user = user,
		.psk = &e->psk,
		.kms = sg_slice_of(e->kms->config.name),
		.policy = &e->setup->policy,
		.key = ticket_keys_current(&e->setup->keys, e->now.tv_sec),
		.now = e->now.tv_sec,
		.t = next_time(e),
		.random = &random,
	};
	int size;

	if (!request.key ||
	    RAND_priv_bytes((__u8 *)&random, sizeof(random)) != 1) {
		finish_empty(e, EXCHANGE_BROKEN);
		return;
	}
	size = request_answer(octets, sizeof(octets), &request, &e->grant,
			      &fault);
	sg_secret_zero(&random, sizeof(random));
	if (size < 0)
		refuse(e, &fault);
	else
		give(e, "issued", COUNT_ISSUED, octets, size);
}

/* -- Ticket Resolve -------------------------------------------------------- */

static enum kms_count resolve_count(const struct exchange *e)
{
	if (e->peer)
		return COUNT_RESOLVED_ZK;
	return e->query.refork.size ? COUNT_REFORKED : COUNT_RESOLVED;
}

static void open_ticket(struct exchange *e, const struct user *initiator)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	struct mikey_fault fault;
	struct resolve_reply how = {
		.kms = sg_slice_of(e->kms->config.name),
		.t = next_time(e),
		.now = e->now.tv_sec,
		.psk = &e->psk,
	};
	int size;

	if (RAND_bytes(how.rand, sizeof(how.rand)) != 1) {
		finish_empty(e, EXCHANGE_BROKEN);
		return;
	}
	size = resolve_answer(octets, sizeof(octets), &e->resolve, &how,
			      initiator, &e->setup->policy, &fault);
	if (size < 0)
		refuse(e, &fault);
	else
		give(e, "resolved", resolve_count(e), octets, size);
}

static void initiator_found(void *arg, int err, const struct user *user)
{
	struct exchange *e = arg;

	e->asked = NULL;
	look_at_clock(e);
	if (!err)
		open_ticket(e, user);
	else if (err == -EAGAIN)
		finish_empty(e, EXCHANGE_UNAVAILABLE);
	else
		/* Its maker's bootstrapping may have ended since. */
		refuse(e, &(struct mikey_fault){
				  MIKEY_INVALID_TICKET,
				  "the ticket's initiator is not known" });
}

/* -- Zk -------------------------------------------------------------------- */

/* RFC 6043 10: what the other KMS gave is given on, never forked again. */
static void give_on(struct exchange *e, struct mikey_reply *reply)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	struct mikey_fault fault = { MIKEY_UNSPECIFIED,
				     "the other KMS's keys cannot be sent on" };
	int size;

	if (reply->modifier.id.size &&
	    !sg_slice_equal(reply->modifier.id, e->resolve.recipient)) {
		refuse(e, &(struct mikey_fault){
				  MIKEY_UNSPECIFIED,
				  "the other KMS's keys are for somebody else" });
		return;
	}
	reply->t = next_time(e);
	reply->kms = sg_slice_of(e->kms->config.name);
	size = mikey_reply_print(octets, sizeof(octets), &e->query, reply,
				 &e->psk);
	if (size < 0)
		refuse(e, &fault);
	else
		give(e, "resolved", COUNT_FORWARDED, octets, size);
}

/* What the other KMS refuses is refused; why, as far as it proves itself. */
static void refused_there(struct exchange *e, struct sg_slice octets)
{
	struct mikey_fault fault = { MIKEY_INVALID_TICKET,
				     "the ticket's KMS refused it" };
	struct mikey_rands rands = { .responder = e->forward->query.rand };
	struct mikey_trouble trouble;
	struct mikey_fault ignored;

	if (!mikey_trouble_parse(&trouble, octets, &ignored) &&
	    trouble.csb_id == e->forward->query.csb_id &&
	    trouble.error[0] < KMS_ERRORS &&
	    !mikey_trouble_verify(&trouble, &e->forward->psk, MIKEY_PHASE_INIT,
				  &rands, &ignored))
		fault.error = trouble.error[0];
	refuse(e, &fault);
}

static void answered(void *arg, int err, struct sg_slice octets)
{
	struct exchange *e = arg;
	struct mikey_reply reply;
	struct mikey_fault fault;

	e->call = NULL;
	look_at_clock(e);
	if (err) {
		finish_empty(e, EXCHANGE_UNAVAILABLE);
		return;
	}
	err = mikey_reply_parse(&reply, &e->forward->query, octets,
				&e->forward->psk, &fault);
	if (!err)
		err = mikey_time_check(&reply.t, ntp(e), e->kms->config.skew,
				       &fault);
	if (!err)
		give_on(e, &reply);
	else if (err == -EREMOTEIO)
		refused_there(e, octets);
	else
		finish_empty(e, EXCHANGE_UNAVAILABLE);
	mikey_reply_wipe(&reply);
}

static int make_forward(struct exchange *e, const struct zk_peer *peer)
{
	struct forward *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	e->forward = f;
	f->psk = peer->key;
	f->query = (struct mikey_query){
		.type = MIKEY_RESOLVE_INIT_PSK,
		.prf = e->query.prf,
		.t = next_time(e),
		.rand = { (char *)f->rand, sizeof(f->rand) },
		.requester = e->resolve.recipient,
		.kms = sg_slice_of(peer->config->name),
		.psk_id = sg_slice_of(e->kms->config.name),
		.body = e->query.body,
		.initiator_data = e->query.initiator_data,
		.refork = e->query.refork,
	};
	if (RAND_bytes(f->rand, sizeof(f->rand)) != 1 ||
	    RAND_bytes((__u8 *)&f->query.csb_id, sizeof(__u32)) != 1)
		return -EIO;
	f->size = mikey_query_print(f->octets, sizeof(f->octets), &f->query,
				    &f->psk);
	f->query.octets = (struct sg_slice){ (char *)f->octets, f->size };
	return f->size < 0 ? f->size : 0;
}

static void ask_other(struct exchange *e)
{
	struct zk_peer *peer = zk_find(e->kms->zk,
				       e->resolve.ticket.policy.kms);

	/* RFC 6043 10 has one hop: so there are no loops. */
	if (e->peer || !peer || !*peer->config->address) {
		refuse(e, &(struct mikey_fault){
				  MIKEY_INVALID_TICKET,
				  "the ticket is of a KMS that is not asked" });
		return;
	}
	if (make_forward(e, peer)) {
		finish_empty(e, EXCHANGE_BROKEN);
		return;
	}
	e->call = zk_ask(peer, e->forward->query.octets, answered, e);
	if (!e->call)
		finish_empty(e, EXCHANGE_UNAVAILABLE);
}

/* -- users ----------------------------------------------------------------- */

static void find_user(struct exchange *e, struct sg_slice id, user_found *done)
{
	const struct account *account = accounts_find(&e->setup->accounts, id);
	const struct user_source *users = e->kms->users;
	struct user_query *asked;

	if (account || !users || !id.size) {
		done(e, account ? 0 : -ENOENT,
		     account ? &account->user : NULL);
		return;
	}
	/* When it is NULL there may be no exchange any more. */
	asked = users->find(users->source, id, done, e);
	if (asked)
		e->asked = asked;
}

static void keep_recipient(struct exchange *e)
{
	struct sg_slice *recipient = &e->resolve.recipient;
	size_t size = recipient->size;

	if (size > USER_IDENTITY_MAX)
		return; /* it lies in the query, which stays */
	memcpy(e->recipient, recipient->at, size);
	recipient->at = e->recipient;
}

static void resolve(struct exchange *e, const struct user *user)
{
	struct resolve_from from = {
		.user = user,
		.account = e->account,
		.vouched = e->peer ? &e->peer->config->domains : NULL,
		.refork = e->peer && e->peer->config->refork,
	};
	struct mikey_fault fault;
	int err = resolve_read(&e->resolve, &e->query,
			       sg_slice_of(e->kms->config.name),
			       &e->setup->keys, e->now.tv_sec, &fault);

	if (!err)
		err = resolve_admit(&e->resolve, &from, &e->setup->policy,
				    &fault);
	if (err) {
		refuse(e, &fault);
		return;
	}
	keep_recipient(e);
	if (e->resolve.whose == RESOLVE_OURS)
		open_ticket(e, NULL);
	else if (e->resolve.whose == RESOLVE_USERS)
		find_user(e, e->resolve.ticket.psk_id, initiator_found);
	else
		ask_other(e);
}

/*
 * RFC 3830 5.3: V or SIGN, then the memory for replays, and only then what it
 * says. So a signature that is replayed costs no private key's work.
 */
static void admit(struct exchange *e, const struct user *user)
{
	struct mikey_fault fault;
	struct kms *kms = e->kms;
	int err = mikey_replay_check(&kms->replay, &e->query.t, e->query.tag,
				     ntp(e), &fault);

	if (!err && mikey_query_is_public(&e->query)) {
		err = certificates_open(&e->setup->certificates, &e->query,
					&e->psk, &fault);
		e->authentic = !err;
	}
	if (!err && !sg_slice_is_nocase(e->query.kms, kms->config.name))
		err = mikey_fail(&fault, -EINVAL, MIKEY_INVALID_ID,
				 "the message is for another KMS");
	if (err) {
		kms->replays += err == -EALREADY;
		refuse(e, &fault);
	} else if (e->type == MIKEY_REQUEST_INIT_PSK) {
		request(e, user);
	} else {
		resolve(e, user);
	}
}

static void verify(struct exchange *e, const struct mikey_secret *psk,
		   const struct user *user)
{
	struct mikey_fault fault;

	if (mikey_query_verify(&e->query, psk, &fault)) {
		refuse_key(e);
		return;
	}
	e->authentic = true;
	e->psk = *psk;
	if (!e->peer)
		e->account = accounts_find(&e->setup->accounts,
					   e->query.psk_id);
	admit(e, user);
}

/* RFC 6043 4.2.1.3: who has a certificate signs, and brings the key. */
static void verify_signer(struct exchange *e)
{
	struct signer signer;
	struct mikey_fault fault;
	int err = certificates_prove(&e->setup->certificates,
				     &e->setup->accounts, &e->query,
				     e->now.tv_sec, &signer, &fault);

	if (err) {
		refuse(e, &fault);
		return;
	}
	e->account = signer.account;
	for (int i = 0; i < MIKEY_FINGERPRINT; i++)
		sprintf(&e->certificate[2 * i], "%02x", signer.fingerprint[i]);
	admit(e, &signer.user);
}

static void user_is(void *arg, int err, const struct user *user)
{
	struct exchange *e = arg;

	e->asked = NULL;
	look_at_clock(e);
	if (!err)
		verify(e, &user->naf_key, user);
	else if (err == -EAGAIN)
		finish_empty(e, EXCHANGE_UNAVAILABLE);
	else if (err == -EACCES)
		finish_empty(e, EXCHANGE_FORBIDDEN);
	else
		refuse_key(e);
}

/* -- the beginning --------------------------------------------------------- */

/*
 * Annex A: a body that is not the message which the URI says is a fault of
 * HTTP's user, not of MIKEY's.
 */
static bool read_header(const struct exchange *e, __u8 *prf, __u32 *csb_id)
{
	struct sg_cursor c = sg_cursor_of(e->octets, e->size);
	__u8 version = sg_cursor_u8(&c), type = sg_cursor_u8(&c);

	sg_cursor_u8(&c);
	*prf = sg_cursor_u8(&c) & 0x7f;
	*csb_id = sg_cursor_u32(&c);
	if (type == MIKEY_REQUEST_INIT_PK && !e->peer)
		type = MIKEY_REQUEST_INIT_PSK;
	else if (type == MIKEY_RESOLVE_INIT_PK && !e->peer)
		type = MIKEY_RESOLVE_INIT_PSK;
	return version == MIKEY_VERSION && type == e->type &&
	       e->size >= MIKEY_HEADER_SIZE;
}

static void begin(struct exchange *e)
{
	struct mikey_fault fault;
	__u32 csb_id;
	__u8 prf;
	int err;

	look_at_clock(e);
	/* Annex A.1: between KMSs tickets are only resolved. */
	if (!read_header(e, &prf, &csb_id) ||
	    (e->peer && e->type != MIKEY_RESOLVE_INIT_PSK)) {
		finish_empty(e, EXCHANGE_BAD);
		return;
	}
	err = mikey_query_parse(&e->query,
				(struct sg_slice){ e->octets, e->size },
				&fault);
	if (err) {
		send_error(e, prf, csb_id, &fault);
		return;
	}
	if (!e->query.kms.size)
		e->query.kms = sg_slice_of(e->kms->config.name);
	err = mikey_time_check(&e->query.t, ntp(e), e->kms->config.skew,
			       &fault);
	if (err)
		refuse(e, &fault);
	else if (mikey_query_is_public(&e->query))
		verify_signer(e);
	else if (!e->peer)
		find_user(e, e->query.psk_id, user_is);
	else
		verify(e, &e->peer->key, NULL);
}

struct exchange *exchange_start(struct kms *kms, enum mikey_data_type type,
				struct sg_slice octets,
				const struct exchange_from *from,
				exchange_done *done, void *arg)
{
	struct exchange *e = calloc(1, sizeof(*e) + octets.size);
	bool gone = false;

	if (!e) {
		done(arg, EXCHANGE_BROKEN, (struct sg_slice){ "", 0 });
		return NULL;
	}
	e->kms = kms;
	e->setup = setup_hold(kms->setup);
	e->type = type;
	e->peer = from->peer;
	e->done = done;
	e->arg = arg;
	e->gone = &gone;
	e->began = clock_ns();
	snprintf(e->address, sizeof(e->address), "%s", from->address);
	e->size = octets.size;
	memcpy(e->octets, octets.at, octets.size);
	begin(e);
	if (gone)
		return NULL;
	e->gone = NULL;
	return e;
}

void exchange_cancel(struct exchange *e)
{
	if (!e)
		return;
	if (e->asked)
		e->kms->users->cancel(e->kms->users->source, e->asked);
	zk_cancel(e->call);
	free_exchange(e);
}
