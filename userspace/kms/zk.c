// SPDX-License-Identifier: GPL-2.0-only
#include "kms/zk.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/psk_file.h"
#include "lib/secret.h"
#include "lib/tls.h"

struct zk {
	struct event_base *base;
	SSL_CTX *tls;
	struct zk_peer peer[CONFIG_PEERS];
	int peers;
};

struct zk_call {
	zk_answered *done;
	void *arg;
	struct kms_http *http;
	struct zk_peer *peer;
};

/* -- peers ----------------------------------------------------------------- */

int zk_open(struct zk **out, struct event_base *base,
	    const struct config *config, struct fault *fault)
{
	struct zk *zk;
	int err = 0;

	if (!*config->zk.certificate)
		return 0;
	zk = calloc(1, sizeof(*zk));
	if (!zk)
		return fault_set(fault, ENOMEM, "out of memory");
	zk->base = base;
	zk->tls = tls_open(&config_tls_files(&config->zk), false, fault);
	if (!zk->tls)
		err = -fault->error;
	for (int i = 0; i < config->peers && !err; i++) {
		struct zk_peer *peer = &zk->peer[zk->peers++];

		peer->config = &config->peer[i];
		peer->zk = zk;
		peer->server = (struct kms_http_server){
			.name = peer->config->name,
			.address = peer->config->address,
			.tls = zk->tls,
			.timeout = config->timeout,
		};
		peer->pool = kms_http_pool_new();
		if (!peer->pool)
			err = fault_set(fault, ENOMEM, "out of memory");
		else
			err = psk_file_read(&peer->key, peer->config->key_file,
					    fault);
	}
	if (err)
		zk_close(zk);
	else
		*out = zk;
	return err;
}

void zk_close(struct zk *zk)
{
	if (!zk)
		return;
	for (int i = 0; i < zk->peers; i++)
		kms_http_pool_free(zk->peer[i].pool);
	SSL_CTX_free(zk->tls);
	sg_secret_zero(zk, sizeof(*zk));
	free(zk);
}

struct zk_peer *zk_find(struct zk *zk, struct sg_slice name)
{
	for (int i = 0; zk && i < zk->peers; i++)
		if (sg_slice_is_nocase(name, zk->peer[i].config->name))
			return &zk->peer[i];
	return NULL;
}

struct zk_peer *zk_who(struct zk *zk, SSL *ssl)
{
	X509 *certificate = ssl ? SSL_get0_peer_certificate(ssl) : NULL;

	if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK)
		return NULL;
	for (int i = 0; zk && i < zk->peers; i++)
		if (X509_check_host(certificate, zk->peer[i].config->name, 0,
				    X509_CHECK_FLAG_NO_WILDCARDS |
					    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
				    NULL) == 1)
			return &zk->peer[i];
	return NULL;
}

/* -- questions ------------------------------------------------------------- */

/* Once for each reason, however many questions it takes away. */
static void tell(struct zk_peer *peer, const struct fault *fault)
{
	if (fault && strcmp(peer->told.text, fault->text))
		sg_warning("%s", fault->text);
	else if (!fault && *peer->told.text)
		sg_notice("the key management server %s answers again",
			  peer->config->name);
	peer->told = fault ? *fault : (struct fault){ 0 };
}

static void on_answer(void *arg, const struct fault *fault,
		      struct sg_slice octets)
{
	struct zk_call call = *(struct zk_call *)arg;

	free(arg);
	tell(call.peer, fault);
	call.done(call.arg, fault ? -fault->error : 0, octets);
}

struct zk_call *zk_ask(struct zk_peer *peer, struct sg_slice octets,
		       zk_answered *done, void *arg)
{
	struct zk_call *call = malloc(sizeof(*call));
	struct fault fault;

	if (!call)
		return NULL;
	*call = (struct zk_call){ .done = done, .arg = arg, .peer = peer };
	call->http = kms_http_ask_kept(peer->zk->base, &peer->server,
				       peer->pool, octets, on_answer, call,
				       &fault);
	if (call->http)
		return call;
	tell(peer, &fault);
	free(call);
	return NULL;
}

void zk_cancel(struct zk_call *call)
{
	if (!call)
		return;
	kms_http_cancel(call->http);
	free(call);
}
