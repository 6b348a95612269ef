// SPDX-License-Identifier: GPL-2.0-only
#include "kms/source.h"

#include <errno.h>
#include <stdlib.h>

#include "kms/user_store.h"
#include "kms/zn.h"

struct source {
	struct user_store *store;
	struct zn *zn;
	struct user_cache *cache; /* in front of .zn */
};

/* What is not said is NULL there. */
static const char *said(const char *text)
{
	return *text ? text : NULL;
}

static int open_bsf(struct source *source, struct event_base *base,
		    const struct config *config, struct fault *fault)
{
	const struct config_bsf *bsf = &config->bsf;
	struct zn_setting setting = {
		.name = config->name,
		.host = bsf->host,
		.realm = bsf->realm,
		.peers = bsf->peers,
		.bsf_realm = said(bsf->bsf_realm),
		.bsf_host = said(bsf->bsf_host),
		.service = said(bsf->service),
		.ca = said(bsf->authority),
		.certificate = said(bsf->certificate),
		.key = said(bsf->key),
		.timing = zn_timing,
	};
	int err;

	for (int i = 0; i < bsf->peers; i++)
		setting.peer[i] = (struct zn_address){
			.node = bsf->peer[i].node,
			.port = said(bsf->peer[i].port),
			.host = said(bsf->peer[i].host),
			.tls = bsf->peer[i].tls,
		};
	err = zn_open(&source->zn, base, &setting, fault);
	if (err)
		return err;
	source->cache = user_cache_new(zn_source(source->zn),
				       &user_cache_limits);
	return source->cache ? 0 : fault_set(fault, ENOMEM, "out of memory");
}

int source_open(struct source **out, struct event_base *base,
		const struct config *config, struct fault *fault)
{
	struct source *source;
	int err;

	if (!*config->store.path && !config->bsf.peers)
		return 0;
	source = calloc(1, sizeof(*source));
	if (!source)
		return fault_set(fault, ENOMEM, "out of memory");
	if (config->bsf.peers)
		err = open_bsf(source, base, config, fault);
	else
		err = user_store_open(&source->store, base, config->store.path,
				      said(config->store.seal), fault);
	if (err)
		source_close(source);
	else
		*out = source;
	return err;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->cache)
		user_cache_free(source->cache);
	if (source->zn)
		zn_close(source->zn);
	if (source->store)
		user_store_close(source->store);
	free(source);
}

const struct user_source *source_users(const struct source *source)
{
	if (!source)
		return NULL;
	return source->cache ? user_cache_source(source->cache) :
			       user_store_source(source->store);
}

void source_look(const struct source *source, struct source_state *state)
{
	*state = (struct source_state){ 0 };
	if (!source)
		return;
	state->store = source->store;
	state->bsf = source->zn;
	if (state->store)
		state->users = user_store_count(source->store);
	if (!state->bsf)
		return;
	state->reachable = zn_is_open(source->zn);
	user_cache_count(source->cache, &state->cache);
}
