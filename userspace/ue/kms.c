// SPDX-License-Identifier: GPL-2.0-only
#include "ue/kms.h"

#include <errno.h>
#include <event2/event.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>

#include "lib/cursor.h"
#include "lib/kms_http.h"
#include "lib/log.h"
#include "lib/mikey_signer.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"
#include "lib/tls.h"
#include "ue/trouble.h"

struct call {
	struct event_base *base;
	struct kms_dialogue *dialogue;
	struct fault *fault;
	int err;
};

/* -- HTTP ------------------------------------------------------------------ */

static void on_answer(void *arg, const struct fault *fault,
		      struct sg_slice octets)
{
	struct call *call = arg;

	if (fault) {
		*call->fault = *fault;
		call->err = -fault->error;
	} else if (octets.size > sizeof(call->dialogue->answer)) {
		call->err = fault_set(call->fault, EMSGSIZE,
				      "the KMS's answer is too long");
	} else {
		memcpy(call->dialogue->answer, octets.at, octets.size);
		call->dialogue->answered = octets.size;
		call->err = 0;
	}
	event_base_loopbreak(call->base);
}

/* NULL: HTTP, or a @fault. */
static SSL_CTX *open_tls(const struct config_kms *kms, struct fault *fault)
{
	const struct tls_files files = { "", "", kms->authority };

	return *kms->authority ? tls_open(&files, false, fault) : NULL;
}

static int exchange(struct call *call, const struct config_kms *kms,
		    const char *address, SSL_CTX *tls)
{
	const struct kms_http_server server = { kms->name, address, tls,
						kms->timeout };

	if (!kms_http_ask(call->base, &server, call->dialogue->query.octets,
			  on_answer, call, call->fault))
		return -call->fault->error;
	event_base_dispatch(call->base);
	return call->err;
}

/* Any replica can answer (TS 33.328 5.5.3): the first that does. */
static int ask_replicas(struct call *call, const struct config_kms *kms,
			SSL_CTX *tls)
{
	struct sg_cursor c = sg_cursor_of_slice(sg_slice_of(kms->address));
	char address[CONFIG_TEXT];
	int err = fault_set(call->fault, EAGAIN,
			    "kms.address is empty; say where %s is", kms->name);

	while (err == -EAGAIN && sg_cursor_left(&c)) {
		struct sg_slice word = sg_cursor_word(&c);

		if (!word.size)
			break;
		snprintf(address, sizeof(address), "%.*s", (int)word.size,
			 word.at);
		err = exchange(call, kms, address, tls);
		if (err == -EAGAIN && sg_cursor_left(&c))
			sg_warning("%s", call->fault->text);
	}
	return err;
}

static int post(const struct config_kms *kms, struct kms_dialogue *dialogue,
		struct fault *fault)
{
	struct call call = { event_base_new(), dialogue, fault, -EIO };
	SSL_CTX *tls = open_tls(kms, fault);
	int err;

	signal(SIGPIPE, SIG_IGN);
	if (!call.base)
		err = fault_set(fault, ENOMEM, "out of memory");
	else if (*kms->authority && !tls)
		err = -fault->error;
	else
		err = ask_replicas(&call, kms, tls);
	SSL_CTX_free(tls);
	/* A connection that was not made is freed in a turn of its own. */
	if (call.base) {
		event_base_loop(call.base, EVLOOP_NONBLOCK);
		event_base_free(call.base);
	}
	return err;
}

/* -- MIKEY ----------------------------------------------------------------- */

/* What shows who we are. */
struct proof {
	struct mikey_secret psk; /* or the envelope key */
	struct mikey_signer signer; /* without .key: it is a PSK */
};

static int load_signer(struct mikey_signer *signer, const struct ue *ue,
		       struct fault *fault)
{
	const struct config_credential *credential = &ue->config.credential;
	const struct mikey_signer_files files = {
		credential->certificate, credential->key_file,
		credential->kms_certificate
	};
	int err = mikey_signer_load(signer, &files, time(NULL), fault);

	if (!strcmp(credential->signature, "pss"))
		signer->public.sign = MIKEY_SIGN_PSS;
	if (!strcmp(credential->envelope, "pkcs1"))
		signer->envelope = MIKEY_ENVELOPE_PKCS1;
	return err;
}

static int open_proof(struct proof *proof, const struct ue *ue,
		      struct fault *fault)
{
	*proof = (struct proof){ .psk.size = MIKEY_ENVELOPE_MAX };
	if (!*ue->config.credential.certificate)
		return ue_psk(ue, &proof->psk, fault);
	return load_signer(&proof->signer, ue, fault) ?:
	       ue_random(proof->psk.octets, proof->psk.size, fault);
}

static void close_proof(struct proof *proof)
{
	mikey_signer_free(&proof->signer);
	mikey_secret_wipe(&proof->psk);
}

int kms_check(const struct ue *ue, struct fault *fault)
{
	struct proof proof;
	int err = open_proof(&proof, ue, fault);

	close_proof(&proof);
	return err;
}

static int fill(struct ue *ue, struct kms_dialogue *dialogue,
		struct fault *fault)
{
	struct mikey_query *query = &dialogue->query;
	int err = ue_random(dialogue->rand, sizeof(dialogue->rand), fault);

	if (!err)
		err = ue_random(&query->csb_id, sizeof(query->csb_id), fault);
	query->t = ue_time(ue);
	query->rand = mikey_slice(dialogue->rand, sizeof(dialogue->rand));
	query->kms = sg_slice_of(ue->config.kms.name);
	query->psk_id = sg_slice_of(ue->config.credential.id);
	return err;
}

static int explain(const struct ue *ue, const struct kms_dialogue *dialogue,
		   const struct proof *proof, struct fault *fault)
{
	const struct mikey_query *query = &dialogue->query;
	struct trouble_cause cause = { .csb_id = query->csb_id,
				       .key = &proof->psk };

	if (proof->signer.key)
		cause.kms = X509_get0_pubkey(proof->signer.kms);
	if (mikey_query_is_resolve(query))
		cause.rands.responder = query->rand;
	else
		cause.rands.initiator = query->rand;
	return trouble_explain(fault, ue->config.kms.name,
			       mikey_slice(dialogue->answer,
					   dialogue->answered),
			       &cause);
}

static int verify(const struct ue *ue, struct kms_dialogue *dialogue,
		  const struct proof *proof, struct fault *fault)
{
	struct mikey_fault why = { 0 };
	int err = mikey_reply_parse(&dialogue->reply, &dialogue->query,
				    mikey_slice(dialogue->answer,
						dialogue->answered),
				    &proof->psk, &why);

	if (err == -EREMOTEIO)
		return explain(ue, dialogue, proof, fault);
	if (!err)
		err = mikey_time_check(&dialogue->reply.t, ue_now(),
				       ue->config.skew, &why);
	return err ? ue_refuse(fault, err, "the KMS's answer is refused",
			       &why) :
		     0;
}

static int print(struct kms_dialogue *dialogue, const struct proof *proof)
{
	if (proof->signer.key)
		return mikey_signer_print(dialogue->question,
					  sizeof(dialogue->question),
					  &proof->signer, &dialogue->query,
					  &proof->psk);
	return mikey_query_print(dialogue->question,
				 sizeof(dialogue->question), &dialogue->query,
				 &proof->psk);
}

static int ask(struct ue *ue, struct kms_dialogue *dialogue,
	       const struct proof *proof, struct fault *fault)
{
	struct mikey_query *query = &dialogue->query;
	int size, err = fill(ue, dialogue, fault);

	if (err)
		return err;
	size = print(dialogue, proof);
	if (size < 0)
		return fault_set(fault, -size,
				 "the question to the KMS cannot be written");
	query->octets = mikey_slice(dialogue->question, size);
	err = post(&ue->config.kms, dialogue, fault);
	return err ? err : verify(ue, dialogue, proof, fault);
}

int kms_ask(struct ue *ue, struct kms_dialogue *dialogue, struct fault *fault)
{
	struct proof proof;
	int err;

	memset(&dialogue->reply, 0, sizeof(dialogue->reply));
	err = open_proof(&proof, ue, fault);
	if (!err)
		err = ask(ue, dialogue, &proof, fault);
	close_proof(&proof);
	return err;
}

void kms_dialogue_wipe(struct kms_dialogue *dialogue)
{
	sg_secret_zero(dialogue, sizeof(*dialogue));
}
