/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may have which ticket for whom (TS 33.328 B.1.2 step 7, B.2.2 step 6):
 * rules in a file, packaging/srtpgate-kms.policy says how. The first rule
 * that fits decides; where none fits, nothing is allowed.
 */
#ifndef SRTPGATE_KMS_POLICY_H
#define SRTPGATE_KMS_POLICY_H

#include "lib/identity_list.h"
#include "lib/mikey_ticket.h"

enum {
	POLICY_NAME = 64,	/* with the NUL */
	POLICY_LIFETIME_MAX = 10 * 365 * 86400, /* s; fits 32 bits */
};

struct policy_rule {
	char name[POLICY_NAME];
	struct identity_list from; /* initiators */
	struct identity_list to;	/* recipients */
	bool allow;
	bool adjust;		/* wishes are changed rather than refused */
	bool groups;		/* recipients may have a '*' */
	bool reusable;		/* J */
	bool own_tickets;	/* made by initiators: mode 3 */
	bool initiator_keys;	/* L */
	bool responder_keys;	/* M */
	bool unforked;		/* without I */
	bool deferred;		/* without F: no TRANSFER_RESP */
	long lifetime;		/* s, at most */
	long keys;		/* session keys in a ticket, at most */
};

struct policy {
	config_t file;		/* patterns lie in it */
	struct policy_rule *rule;
	int rules;
};

/* Negative errno with @fault; then there is nothing to free. */
int policy_load(struct policy *policy, const char *path, struct fault *fault);
void policy_free(struct policy *policy);

/* The rule for @initiator and all @recipients, or NULL. */
const struct policy_rule *policy_find(const struct policy *policy,
				      struct sg_slice initiator,
				      const struct sg_slice *recipient,
				      int recipients);

/*
 * Makes of a wish, read from TP, what @rule (NULL: none) grants: flags, times,
 * and @wanted, the keys. K is set when something is not as wished. -EPERM with
 * Invalid TPpar or TICKET, when that cannot be. @now: NTP seconds.
 */
int policy_grant(const struct policy_rule *rule, struct mikey_policy *policy,
		 struct mikey_keys *wanted, __u64 now,
		 struct mikey_fault *fault);

/*
 * Would @rule (NULL: none) allow a ticket that its initiator made? -EPERM
 * with Invalid TICKET or TPpar.
 */
int policy_accept(const struct policy_rule *rule,
		  const struct mikey_policy *policy, __u64 now,
		  struct mikey_fault *fault);

#endif /* SRTPGATE_KMS_POLICY_H */
