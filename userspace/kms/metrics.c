// SPDX-License-Identifier: GPL-2.0-only
#include "kms/metrics.h"

#include <time.h>

#include "kms/source.h"

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

static void users(struct evbuffer *out, const struct kms *kms)
{
	const char *name = "srtpgate_kms_user_questions_total";
	struct user_cache_counts counts;

	if (!source_count(kms->source, &counts))
		return;
	prometheus_head(out, name, "counter",
			"Users looked for, by who knew them.");
	prometheus_one_of(out, name, "answer", "remembered", counts.hits);
	prometheus_one_of(out, name, "answer", "asked", counts.misses);
	prometheus_one_of(out, name, "answer", "being-asked", counts.merged);
	prometheus_one_of(out, name, "answer", "no-room", counts.full);
	prometheus_gauge(out, "srtpgate_kms_users_remembered",
			 "Users of the BSF in memory.", counts.users);
}

void metrics_write(struct evbuffer *out, void *arg)
{
	const struct kms *kms = arg;

	counts(out, kms);
	keys(out, kms);
	users(out, kms);
}
