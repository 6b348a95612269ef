// SPDX-License-Identifier: GPL-2.0-only
#include "kms/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/config_table.h"
#include "lib/mikey_identity.h"
#include "lib/mikey_time.h"

enum {
	RULES_MAX = 1024,
	KEY_WANTED_MAX = 32,	/* octets; RANDs are as long at least */
};

#define SWITCH(field, initially)                                               \
	{ .name = #field, .type = OPTION_BOOL,                                 \
	  FIELD(struct policy_rule, field), .number = (initially) }

static const struct option options[] = {
	{ TEXT(struct policy_rule, name), .text = "" },
	{ .name = "from", .type = OPTION_NESTED },
	{ .name = "to", .type = OPTION_NESTED },
	SWITCH(allow, true),
	SWITCH(adjust, true),
	SWITCH(groups, false),
	SWITCH(reusable, true),
	SWITCH(own_tickets, false),
	SWITCH(initiator_keys, false),
	SWITCH(responder_keys, false),
	SWITCH(unforked, false),
	SWITCH(deferred, false),
	{ .name = "lifetime",
	  NUMBER(struct policy_rule, lifetime, 1, POLICY_LIFETIME_MAX),
	  .number = 86400 },
	{ .name = "keys",
	  NUMBER(struct policy_rule, keys, 1, MIKEY_KEYS_MAX - 2),
	  .number = 1 },
	{ .name = NULL },
};

static const struct option file_options[] = {
	{ .name = "rules", .type = OPTION_NESTED },
	{ .name = "accounts", .type = OPTION_NESTED }, /* account.h */
	{ .name = "authorities", .type = OPTION_NESTED }, /* certificate.h */
	{ .name = NULL },
};

/* -- reading --------------------------------------------------------------- */

static int read_rule(struct policy_rule *rule, config_setting_t *group,
		     int number, struct fault *fault)
{
	int err = config_group_read(options, group, "each of \"rules\"", rule,
				    fault);

	if (!err)
		err = identity_list_read_open(
			&rule->from, config_setting_get_member(group, "from"),
			"from", fault);
	if (!err)
		err = identity_list_read_open(
			&rule->to, config_setting_get_member(group, "to"),
			"to", fault);
	if (!*rule->name)
		snprintf(rule->name, sizeof(rule->name), "%d", number);
	return err;
}

static int read_rules(struct policy *policy, config_setting_t *list,
		      struct fault *fault)
{
	int count = config_list_count(list, "rules", 1, RULES_MAX, fault);
	int err = 0;

	if (count < 0)
		return count;
	policy->rule = calloc(count, sizeof(*policy->rule));
	if (!policy->rule)
		return fault_set(fault, ENOMEM, "out of memory");
	for (int i = 0; i < count && !err; i++)
		err = read_rule(&policy->rule[policy->rules++],
				config_setting_get_elem(list, i), i + 1, fault);
	return err;
}

int policy_load(struct policy *policy, const char *path, struct fault *fault)
{
	int err;

	*policy = (struct policy){ .rules = 0 };
	err = config_file_open(&policy->file, path, fault);
	if (err)
		return err;
	err = config_table_read(file_options,
				config_root_setting(&policy->file), policy,
				fault);
	if (!err)
		err = read_rules(policy, config_lookup(&policy->file, "rules"),
				 fault);
	if (err)
		policy_free(policy);
	return err;
}

void policy_free(struct policy *policy)
{
	free(policy->rule);
	config_destroy(&policy->file);
	*policy = (struct policy){ .rules = 0 };
}

/* -- finding --------------------------------------------------------------- */

const struct policy_rule *policy_find(const struct policy *policy,
				      struct sg_slice initiator,
				      const struct sg_slice *recipient,
				      int recipients)
{
	for (int i = 0; i < policy->rules; i++) {
		const struct policy_rule *rule = &policy->rule[i];
		bool all = identity_list_admits(&rule->from, initiator);

		for (int j = 0; j < recipients && all; j++)
			all = identity_list_admits(&rule->to, recipient[j]);
		if (all)
			return rule;
	}
	return NULL;
}

/* -- granting -------------------------------------------------------------- */

static int refuse(struct mikey_fault *fault, const char *text)
{
	return mikey_fail(fault, -EPERM, MIKEY_INVALID_TPPAR, text);
}

static int check_common(const struct policy_rule *rule,
			const struct mikey_policy *policy,
			struct mikey_fault *fault)
{
	if (!rule || !rule->allow)
		return refuse(fault, "no rule allows this ticket");
	if (!mikey_profile_equal(&policy->profile, &mikey_profile_3gpp) &&
	    !mikey_profile_equal(&policy->profile, &mikey_profile_base))
		return mikey_fail(fault, -EPERM, MIKEY_INVALID_TICKET,
				  "the ticket type is not known");
	for (int i = 0; i < policy->recipients; i++)
		if (!rule->groups &&
		    mikey_identity_is_group(policy->recipient[i]))
			return refuse(fault, "the rule allows no groups");
	return 0;
}

/* What @flags become under @rule. */
static __u16 allowed_flags(const struct policy_rule *rule, __u16 flags,
			   bool tgk)
{
	if (!rule->reusable)
		flags &= ~MIKEY_J;
	if (!rule->initiator_keys)
		flags &= ~MIKEY_L;
	if (!rule->responder_keys)
		flags &= ~MIKEY_M;
	/* TS 33.328 6.2.3.6, and what RFC 6043 6.10 wants then. */
	if (!rule->unforked)
		flags |= MIKEY_I | MIKEY_E;
	if (!rule->deferred || (flags & MIKEY_I && tgk))
		flags |= MIKEY_F;
	return flags;
}

/* 0: unbounded, which no ticket of ours is. */
static __u64 allowed_end(const struct policy_rule *rule,
			 const struct mikey_policy *policy, __u64 now)
{
	__u64 last = now + rule->lifetime;

	return !policy->end || policy->end > last ? last : policy->end;
}

/* Sizes, and no more keys than allowed; what they are is for the KMS to say. */
static int grant_keys(const struct policy_rule *rule, struct mikey_keys *wanted,
		      bool *changed, struct mikey_fault *fault)
{
	if (wanted->keys > rule->keys)
		return refuse(fault, "the rule allows fewer keys");
	for (int i = 0; i < wanted->keys; i++) {
		struct mikey_key *key = &wanted->key[i];
		size_t size = key->secret.size;

		if (key->kind == MIKEY_MPK ||
		    key->validity == MIKEY_VALID_INTERVAL)
			return refuse(fault, "an MPK or a key for an interval is wanted");
		if (size < MIKEY_KEY_MIN)
			key->secret.size = MIKEY_KEY_MIN;
		if (size > KEY_WANTED_MAX)
			key->secret.size = KEY_WANTED_MAX;
		*changed |= key->secret.size != size;
	}
	return 0;
}

int policy_grant(const struct policy_rule *rule, struct mikey_policy *policy,
		 struct mikey_keys *wanted, __u64 now,
		 struct mikey_fault *fault)
{
	/* RFC 6043 6.10: what the KMS makes has D; K is for us to say. */
	__u16 wish = (policy->flags | MIKEY_D) & ~MIKEY_K;
	int err = check_common(rule, policy, fault);
	bool changed = false;
	__u64 end;

	if (!err)
		err = grant_keys(rule, wanted, &changed, fault);
	if (err)
		return err;
	policy->flags = allowed_flags(rule, wish, mikey_keys_have_tgk(wanted));
	end = allowed_end(rule, policy, now);
	changed |= policy->flags != wish || policy->end != end;
	policy->end = end;
	if (policy->end <= now || policy->start > policy->end)
		return refuse(fault, "the time wanted is not to be had");
	if (changed && !rule->adjust)
		return refuse(fault, "the rule allows less than is wanted");
	if (changed)
		policy->flags |= MIKEY_K;
	return mikey_flags_check(policy->flags, mikey_keys_have_tgk(wanted),
				 fault);
}

int policy_accept(const struct policy_rule *rule,
		  const struct mikey_policy *policy, __u64 now,
		  struct mikey_fault *fault)
{
	int err = check_common(rule, policy, fault);
	__u16 flags = policy->flags;

	if (err)
		return err;
	if (!rule->own_tickets)
		return refuse(fault, "the rule allows no tickets of initiators'");
	/* L is what such a ticket must have. */
	if ((allowed_flags(rule, flags, false) | MIKEY_L) != flags)
		return refuse(fault, "the rule allows less than the ticket's flags");
	if (!policy->end || policy->end > now + rule->lifetime)
		return refuse(fault, "the ticket lives longer than the rule allows");
	return 0;
}
