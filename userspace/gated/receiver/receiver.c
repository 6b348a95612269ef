// SPDX-License-Identifier: GPL-2.0-only
#include "gated/receiver/receiver.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <time.h>

#include "lib/kms_http.h"
#include "lib/log.h"
#include "lib/mikey_time.h"
#include "lib/psk_file.h"
#include "lib/secret.h"
#include "lib/tls.h"

enum {
	TICKET_NAME = 2 * 8 + 1, /* hexadecimal digits, NUL */
	WHO_MAX = 64,
};

enum result { OPENED, DENIED, REFUSED, UNAVAILABLE, INVALID, RESULTS };

static const char *const result_names[] = {
	[OPENED] = "opened",	/* keys were given away */
	[DENIED] = "denied",	/* by our configuration */
	[REFUSED] = "refused",	/* by the server */
	[UNAVAILABLE] = "unavailable",
	[INVALID] = "invalid",	/* what was said, or what came */
};

struct receiver {
	struct event_base *base;
	const struct config_kms *config;
	struct kms_http_server server;
	SSL_CTX *tls;
	struct mikey_secret psk; /* secret */
	__u64 last_t;
	long pending;
	__u64 count[RESULTS];
};

struct receiver_question {
	struct receiver *receiver;
	receiver_answered *done;
	void *arg;
	char context[SG_NAME_MAX];
	char who[WHO_MAX];
	char ticket[TICKET_NAME];
	__u8 rand[32];
	struct mikey_query query;
	struct kms_http *http;
	__u8 octets[MIKEY_MESSAGE_MAX]; /* of the query */
	struct receiver_call call;
};

/* -- the end of a question -------------------------------------------------- */

static void free_question(struct receiver_question *question)
{
	question->receiver->pending--;
	free(question);
}

static void finish(struct receiver_question *question, enum result result,
		   const struct receiver_keys *keys, const struct fault *fault)
{
	receiver_answered *done = question->done;
	void *arg = question->arg;

	question->receiver->count[result]++;
	free_question(question);
	done(arg, keys, fault);
}

/* -- log -------------------------------------------------------------------- */

/* A ticket has no number of its own: the first 64 bits of its SHA-256. */
static void name_ticket(char text[TICKET_NAME], struct sg_slice ticket)
{
	__u8 digest[EVP_MAX_MD_SIZE] = { 0 };

	EVP_Digest(ticket.at, ticket.size, digest, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < TICKET_NAME / 2; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* Identities are others' words, so they are shown as such. */
static void tell(int priority, const struct receiver_question *question,
		 const char *what)
{
	const struct receiver_call *call = &question->call;
	const struct config_kms *config = question->receiver->config;
	char from[SG_SHOWN_TEXT], to[SG_SHOWN_TEXT];

	sg_log(priority,
	       "keys of the call from %s to %s, for context \"%s\", asked by "
	       "%s of %s as %s (ticket %s, CSB %u): %s",
	       sg_slice_show(from, call->transfer.policy.initiator),
	       sg_slice_show(to, receiver_call_responder(call)),
	       question->context, question->who, config->name, config->account,
	       question->ticket, question->query.csb_id, what);
}

/* -- answers ---------------------------------------------------------------- */

static __u64 now(struct timespec *time)
{
	clock_gettime(CLOCK_REALTIME, time);
	return time->tv_sec + MIKEY_UNIX_EPOCH;
}

/* Who has no proof that the server said it should not believe it is final. */
static int explain_refusal(const struct receiver_question *question,
			   struct sg_slice octets, struct fault *fault)
{
	const struct mikey_query *query = &question->query;
	struct mikey_rands rands = { .responder = query->rand };
	struct mikey_trouble trouble;
	struct mikey_fault why;

	if (mikey_trouble_parse(&trouble, octets, &why) ||
	    trouble.csb_id != query->csb_id)
		return fault_set(fault, EPROTO,
				 "what the key management server %s answers "
				 "cannot be read",
				 question->receiver->config->name);
	if (mikey_trouble_verify(&trouble, &question->receiver->psk,
				 MIKEY_PHASE_INIT, &rands, &why))
		return fault_set(fault, EACCES,
				 "the key management server %s refuses, without "
				 "proof that it is the one: %s; see kms.account "
				 "and key_file, and its clock",
				 question->receiver->config->name,
				 mikey_error_name(trouble.error[0]));
	return fault_set(fault, EACCES,
			 "the key management server %s refuses: %s; its audit "
			 "log says why, under CSB %u",
			 question->receiver->config->name,
			 mikey_error_name(trouble.error[0]), query->csb_id);
}

static int read_reply(struct mikey_reply *reply,
		      const struct receiver_question *question,
		      struct sg_slice octets, struct fault *fault)
{
	const struct receiver *receiver = question->receiver;
	struct mikey_fault why;
	struct timespec time;
	int err = mikey_reply_parse(reply, &question->query, octets,
				    &receiver->psk, &why);

	if (err == -EREMOTEIO)
		return explain_refusal(question, octets, fault);
	if (!err)
		err = mikey_time_check(&reply->t, now(&time),
				       receiver->config->skew, &why);
	if (!err)
		return 0;
	return fault_set(fault, EPROTO,
			 "what the key management server %s answers is not "
			 "accepted: %s",
			 receiver->config->name, why.text);
}

static void open_call(struct receiver_question *question,
		      struct sg_slice octets)
{
	struct receiver_keys keys;
	struct mikey_reply reply;
	struct fault fault;
	int err = read_reply(&reply, question, octets, &fault);
	enum result result = err == -EACCES ? REFUSED : err ? INVALID : OPENED;

	if (!err) {
		err = receiver_call_open(&keys, &question->call, &reply,
					 &fault);
		result = err ? INVALID : OPENED;
	}
	mikey_reply_wipe(&reply);
	tell(err ? LOG_WARNING : LOG_NOTICE, question,
	     err ? fault.text : "opened");
	finish(question, result, err ? NULL : &keys, err ? &fault : NULL);
	sg_secret_zero(&keys, sizeof(keys));
}

static void on_answer(void *arg, const struct fault *fault,
		      struct sg_slice octets)
{
	struct receiver_question *question = arg;

	question->http = NULL;
	if (!fault) {
		open_call(question, octets);
		return;
	}
	tell(LOG_WARNING, question, fault->text);
	finish(question, UNAVAILABLE, NULL, fault);
}

/* -- questions -------------------------------------------------------------- */

static int draw(struct receiver_question *question)
{
	struct mikey_query *query = &question->query;
	struct timespec time;
	__u64 seconds = now(&time);

	if (RAND_bytes(question->rand, sizeof(question->rand)) != 1 ||
	    RAND_bytes((__u8 *)&query->csb_id, sizeof(query->csb_id)) != 1)
		return -EIO;
	query->rand = (struct sg_slice){ (char *)question->rand,
					 sizeof(question->rand) };
	query->t = mikey_time_next(&question->receiver->last_t, seconds,
				   ((__u64)time.tv_nsec << 32) / 1000000000, 0);
	return 0;
}

static int make_query(struct receiver_question *question, struct fault *fault)
{
	const struct receiver *receiver = question->receiver;
	struct mikey_query *query = &question->query;
	int size;

	receiver_call_query(query, &question->call, receiver->config);
	if (draw(question))
		return fault_set(fault, EIO, "there are no random numbers");
	size = mikey_query_print(question->octets, sizeof(question->octets),
				 query, &receiver->psk);
	if (size < 0)
		return fault_set(fault, EMSGSIZE,
				 "the call's ticket is too large to be sent");
	query->octets = (struct sg_slice){ (char *)question->octets, size };
	return 0;
}

/* May it be asked, and what. */
static int prepare(struct receiver_question *question,
		   const struct spec_mikey *said, struct fault *fault)
{
	struct receiver *receiver = question->receiver;
	int err = receiver_call_read(&question->call, said, time(NULL), fault);

	if (err) {
		receiver->count[INVALID]++;
		return err;
	}
	name_ticket(question->ticket, question->call.transfer.ticket);
	err = make_query(question, fault);
	if (!err) {
		err = receiver_call_permit(&question->call, receiver->config,
					   fault);
		receiver->count[DENIED] += err < 0;
		if (err)
			tell(LOG_WARNING, question, fault->text);
	}
	return err;
}

static struct receiver_question *make_question(struct receiver *receiver,
					       struct fault *fault)
{
	struct receiver_question *question = NULL;

	if (!receiver)
		fault_set(fault, EOPNOTSUPP,
			  "srtp.mikey needs a key management server; configure "
			  "\"kms\"");
	else if (receiver->pending >= receiver->config->pending)
		fault_set(fault, EBUSY,
			  "%ld requests wait for the key management server; "
			  "try again, or raise kms.pending",
			  receiver->pending);
	else
		question = calloc(1, sizeof(*question));
	if (question) {
		question->receiver = receiver;
		receiver->pending++;
	} else if (receiver && !fault->error) {
		fault_set(fault, ENOMEM, "out of memory");
	}
	return question;
}

struct receiver_question *receiver_ask(struct receiver *receiver,
				       const struct spec_mikey *said,
				       const char *context, const char *who,
				       receiver_answered *done, void *arg,
				       struct fault *fault)
{
	struct receiver_question *question;

	fault->error = 0;
	question = make_question(receiver, fault);
	if (!question)
		return NULL;
	question->done = done;
	question->arg = arg;
	snprintf(question->context, sizeof(question->context), "%s", context);
	snprintf(question->who, sizeof(question->who), "%s", who);
	if (prepare(question, said, fault)) {
		free_question(question);
		return NULL;
	}
	question->http = kms_http_ask(receiver->base, &receiver->server,
				      question->query.octets, on_answer,
				      question, fault);
	if (question->http)
		return question;
	tell(LOG_WARNING, question, fault->text);
	receiver->count[UNAVAILABLE]++;
	free_question(question);
	return NULL;
}

void receiver_cancel(struct receiver_question *question)
{
	if (!question)
		return;
	kms_http_cancel(question->http);
	free_question(question);
}

/* -------------------------------------------------------------------------- */

int receiver_open(struct receiver **out, struct event_base *base,
		  const struct config_kms *config, struct fault *fault)
{
	struct receiver *receiver;
	int err;

	if (!config->present)
		return 0;
	receiver = calloc(1, sizeof(*receiver));
	if (!receiver)
		return fault_set(fault, ENOMEM, "out of memory");
	receiver->base = base;
	receiver->config = config;
	err = psk_file_read(&receiver->psk, config->key_file, fault);
	if (!err && *config->authority) {
		receiver->tls = tls_open(
			&(struct tls_files){ config->certificate, config->key,
					     config->authority },
			false, fault);
		err = receiver->tls ? 0 : -fault->error;
	}
	if (err) {
		receiver_close(receiver);
		return err;
	}
	receiver->server = (struct kms_http_server){ config->name,
						     config->address,
						     receiver->tls,
						     config->timeout };
	*out = receiver;
	return 0;
}

void receiver_close(struct receiver *receiver)
{
	if (!receiver)
		return;
	SSL_CTX_free(receiver->tls);
	sg_secret_zero(receiver, sizeof(*receiver));
	free(receiver);
}

void receiver_metrics(struct evbuffer *out, const struct receiver *receiver)
{
	const char *name = "srtpgate_receiver_requests_total";

	if (!receiver)
		return;
	prometheus_head(out, name, "counter",
			"Keys asked for as an authorised receiver.");
	for (int i = 0; i < RESULTS; i++)
		prometheus_one_of(out, name, "result", result_names[i],
				  receiver->count[i]);
	prometheus_gauge(out, "srtpgate_receiver_pending",
			 "Requests that wait for the server.",
			 receiver->pending);
}
