/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the server share. One thread, one event loop. */
#ifndef SRTPGATE_KMS_KMS_H
#define SRTPGATE_KMS_KMS_H

#include <event2/event.h>

#include "kms/account.h"
#include "kms/audit.h"
#include "kms/certificate.h"
#include "kms/config.h"
#include "kms/policy.h"
#include "kms/ticket_keys.h"
#include "kms/user.h"
#include "lib/mikey_time.h"
#include "lib/prometheus.h"

/* What is read anew on SIGHUP. Who uses one over time holds it. */
struct setup {
	struct policy policy;
	struct accounts accounts;
	struct certificates certificates;
	struct ticket_keys keys;
	int holders;
};

enum kms_count {
	COUNT_ISSUED,
	COUNT_RESOLVED,
	COUNT_RESOLVED_ZK,	/* for other KMSs */
	COUNT_FORWARDED,	/* resolved by other KMSs */
	COUNT_REFORKED,		/* for network functions, as users got them */
	COUNT_BAD,		/* no MIKEY message: 4xx */
	COUNT_FORBIDDEN,	/* users that may not use the service */
	COUNT_UNAVAILABLE,	/* 503: no answer from a BSF or a KMS */
	COUNT_BROKEN,		/* 500: our own fault */
	COUNTS,
};

enum { KMS_ERRORS = MIKEY_INVALID_TPPAR + 1 };

struct kms {
	struct event_base *base;
	struct config config;
	struct setup *setup;
	const struct user_source *users; /* NULL: accounts only */
	struct source *source;	/* of .users */
	struct zk *zk;		/* NULL: none */
	struct http *http;
	struct audit *audit;	/* NULL: none */
	struct mikey_replay replay;
	__u64 last_t;		/* mikey_time_next() */
	__u64 count[COUNTS];
	__u64 errors[KMS_ERRORS]; /* Error messages by number */
	__u64 replays;
	struct prometheus_histogram took; /* from query to answer */
	time_t started;
};

/*
 * Reads policy, accounts and ticket keys. Negative errno with @fault; else
 * the caller holds *@setup.
 */
int setup_load(struct setup **setup, const struct config *config,
	       struct fault *fault);
struct setup *setup_hold(struct setup *setup);
/* NULL is ignored. */
void setup_release(struct setup *setup);

/* Memory against replays. -ENOMEM. */
int kms_open_replay(struct kms *kms);
void kms_close_replay(struct kms *kms);

/* "issued" and so on, for the metrics. */
const char *kms_count_name(enum kms_count count);

#endif /* SRTPGATE_KMS_KMS_H */
