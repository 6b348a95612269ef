// SPDX-License-Identifier: GPL-2.0-only
#include "kms/metrics.h"

#include <time.h>

#include "kms/http.h"
#include "kms/source.h"
#include "kms/zk.h"

static void counts(struct evbuffer *out, const struct kms *kms)
{
	const char *name = "srtpgate_kms_exchanges_total";

	prometheus_head(out, name, "counter", "Queries by what came of them.");
	for (int i = 0; i < COUNTS; i++)
		prometheus_one_of(out, name, "result", kms_count_name(i),
				  kms->count[i]);
	name = "srtpgate_kms_errors_total";
	prometheus_head(out, name, "counter", "Error messages sent.");
	for (int i = 0; i < KMS_ERRORS; i++)
		prometheus_one_of(out, name, "error", mikey_error_name(i),
				  kms->errors[i]);
	prometheus_counter(out, "srtpgate_kms_replays_total",
			   "Messages that had been seen before.",
			   kms->replays);
}

static void keys(struct evbuffer *out, const struct kms *kms)
{
	const struct ticket_key *key =
		ticket_keys_current(&kms->setup->keys, time(NULL));

	prometheus_gauge(out, "srtpgate_kms_ticket_keys",
			 "Ticket protection keys in the ring.",
			 kms->setup->keys.keys);
	if (!key)
		return;
	prometheus_gauge(out, "srtpgate_kms_ticket_key",
			 "Number of the key that seals.", key->number);
	prometheus_gauge(out, "srtpgate_kms_ticket_key_since_seconds",
			 "When it began to, in seconds since 1970.",
			 key->from);
}

static void bsf(struct evbuffer *out, const struct source_state *state)
{
	const char *name = "srtpgate_kms_user_questions_total";
	const struct user_cache_counts *cache = &state->cache;

	prometheus_gauge(out, "srtpgate_kms_bsf_reachable",
			 "1: a BSF can be asked.", state->reachable);
	prometheus_head(out, name, "counter",
			"Users looked for, by who knew them.");
	prometheus_one_of(out, name, "answer", "remembered", cache->hits);
	prometheus_one_of(out, name, "answer", "asked", cache->misses);
	prometheus_one_of(out, name, "answer", "being-asked", cache->merged);
	prometheus_one_of(out, name, "answer", "no-room", cache->full);
	prometheus_gauge(out, "srtpgate_kms_users_remembered",
			 "Users of the BSF in memory.", cache->users);
}

static void users(struct evbuffer *out, const struct kms *kms)
{
	struct source_state state;

	source_look(kms->source, &state);
	if (state.store)
		prometheus_gauge(out, "srtpgate_kms_users",
				 "Users of the store.", state.users);
	if (state.bsf)
		bsf(out, &state);
}

/* Those that are asked, by what came of the last question. */
static void peers(struct evbuffer *out, const struct kms *kms)
{
	const char *name = "srtpgate_kms_peer_answers";

	if (kms->zk)
		prometheus_head(out, name, "gauge",
				"1: another server answered last time.");
	for (int i = 0; kms->zk && i < kms->config.peers; i++) {
		const struct config_peer *peer = &kms->config.peer[i];

		if (*peer->address)
			prometheus_one_of(out, name, "peer", peer->name,
					  !*zk_find(kms->zk,
						    sg_slice_of(peer->name))
						   ->told.text);
	}
}

/* Under the names that Prometheus has for any process. */
static void process(struct evbuffer *out, const struct kms *kms)
{
	const char *name = "process_cpu_seconds_total";
	struct timespec used = { 0 };

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	prometheus_head(out, name, "counter", "CPU time.");
	evbuffer_add_printf(out, "%s %lld.%03ld\n", name,
			    (long long)used.tv_sec, used.tv_nsec / 1000000);
	prometheus_gauge(out, "process_start_time_seconds",
			 "When it started, in seconds since 1970.",
			 kms->started);
}

void metrics_write(struct evbuffer *out, void *arg)
{
	const struct kms *kms = arg;

	counts(out, kms);
	prometheus_histogram(out, "srtpgate_kms_exchange_seconds",
			     "From a query to its answer.", &kms->took);
	prometheus_gauge(out, "srtpgate_kms_waiting",
			 "Queries whose answer others have to help with.",
			 http_waiting(kms->http));
	keys(out, kms);
	users(out, kms);
	peers(out, kms);
	process(out, kms);
}
