// SPDX-License-Identifier: GPL-2.0-only
#include "ue/wish.h"

#include <errno.h>

#include "lib/mikey_identity.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"
#include "ue/kms.h"

enum { SPI_SIZE = 4 };

/* What a call needs and cannot do without: TS 33.328 6.2.3.6. */
static const char call_flags[] = "EFGHINO";

struct wish wish_call(const struct ue *ue, struct sg_slice recipient)
{
	const struct config_ticket *ticket = &ue->config.ticket;
	struct wish wish = {
		.recipient = { recipient },
		.recipients = 1,
		.kind = MIKEY_TGK,
		.prf = ticket->strength == 256 ? MIKEY_PRF_SHA256 :
						 MIKEY_PRF_SHA1,
		.lifetime = ticket->lifetime,
		.source = ticket->own ? WISH_OWN : WISH_STORED,
	};

	mikey_flags_parse(&wish.flags, call_flags);
	if (ticket->reusable)
		wish.flags |= MIKEY_J;
	return wish;
}

bool wish_set_lifetime(struct wish *wish, const char *seconds)
{
	__u64 number;

	if (!sg_slice_number(sg_slice_of(seconds), CONFIG_LIFETIME_MAX,
			     &number) ||
	    !number)
		return false;
	wish->lifetime = number;
	return true;
}

/* The rule for calls to @callee; NULL: none. */
static const struct config_call *rule_of(const struct config *config,
					 struct sg_slice callee)
{
	for (int i = 0; i < config->calls; i++)
		if (identity_list_admits(&config->call[i].to, callee))
			return &config->call[i];
	return NULL;
}

int wish_by_policy(const struct ue *ue, struct wish *wish, struct fault *fault)
{
	struct sg_slice callee = wish->recipient[0];
	const struct config_call *rule = rule_of(&ue->config, callee);

	if (!rule)
		return 0;
	wish->source = !strcmp(rule->ticket, "own")   ? WISH_OWN :
		       !strcmp(rule->ticket, "fresh") ? WISH_FRESH :
							WISH_STORED;
	if (!rule->recipients.patterns)
		return 0;
	if (!identity_list_covers(&rule->recipients, callee))
		return fault_set(fault, EINVAL,
				 "\"recipients\" of the rule in \"calls\" that "
				 "fits are without whom it is to");
	wish->recipients = rule->recipients.patterns;
	memcpy(wish->recipient, rule->recipients.pattern,
	       wish->recipients * sizeof(wish->recipient[0]));
	return 0;
}

/* -- what fulfils it ------------------------------------------------------- */

static bool has_recipients(const struct mikey_policy *policy,
			   const struct wish *wish)
{
	for (int i = 0; i < wish->recipients; i++) {
		bool found = false;

		for (int j = 0; j < policy->recipients && !found; j++)
			found = mikey_identity_covers(policy->recipient[j],
						      wish->recipient[i]);
		if (!found)
			return false;
	}
	return true;
}

static bool has_key(const struct mikey_keys *keys, const struct wish *wish)
{
	const struct mikey_key *key = mikey_keys_find(keys, wish->kind, NULL);

	return key && key->secret.size >= mikey_suite_of(wish->prf)->encr_key;
}

/* Who made it, and who may bring keys, is all one to us. */
static bool has_flags(__u16 flags, const struct wish *wish, __u16 but)
{
	return !((flags ^ wish->flags) &
		 ~(MIKEY_D | MIKEY_K | MIKEY_L | MIKEY_M | but));
}

static bool lives_enough(const struct mikey_policy *policy,
			 const struct wish *wish)
{
	return !policy->end || policy->end >= wish->needed;
}

bool wish_fits(const struct ue *ue, const struct wish *wish,
	       const struct ticket *ticket)
{
	const struct mikey_policy *policy = &ticket->policy;

	return ticket->role == TICKET_INITIATOR &&
	       ticket_is_current(ticket, ue_now()) &&
	       ticket_is_unspent(ticket) && policy->prf == wish->prf &&
	       lives_enough(policy, wish) &&
	       sg_slice_equal(policy->initiator, ue_identity(ue)) &&
	       has_flags(policy->flags, wish, MIKEY_J) &&
	       has_recipients(policy, wish) && has_key(&ticket->keys, wish);
}

/* -- the store ------------------------------------------------------------- */

struct search {
	const struct ue *ue;
	const struct wish *wish;
};

static int look_at(struct store *store, struct ticket *ticket, void *arg)
{
	const struct search *search = arg;

	(void)store;
	return wish_fits(search->ue, search->wish, ticket);
}

/* -ENOENT without @fault's text: none. */
static int find(struct ue *ue, const struct wish *wish, struct ticket *ticket,
		struct fault *fault)
{
	struct search search = { ue, wish };
	int err = ue_store(ue, fault);

	if (!err)
		err = store_each(ue->store, ticket, look_at, &search, fault);
	if (err < 0)
		return err;
	fault->text[0] = '\0';
	return err ? 0 : -ENOENT;
}

static int keep(struct ue *ue, struct ticket *ticket, struct fault *fault)
{
	int err = ue_store(ue, fault);

	if (!err)
		err = store_put(ue->store, ticket, fault);
	if (err)
		ticket_wipe(ticket);
	return err;
}

/* -- from the KMS ---------------------------------------------------------- */

/* A policy without its keys. */
static struct mikey_policy policy_of(const struct ue *ue,
				     const struct wish *wish)
{
	struct mikey_policy policy = {
		.profile = mikey_profile_3gpp,
		.prf = wish->prf,
		.flags = wish->flags,
		.kms = sg_slice_of(ue->config.kms.name),
		.initiator = ue_identity(ue),
		.end = ue_now() + wish->lifetime,
		.recipients = wish->recipients,
	};

	memcpy(policy.recipient, wish->recipient, sizeof(policy.recipient));
	return policy;
}

/* RFC 6043 6.10: a key of zeros says what is wanted. */
static int print_policy(__u8 *body, size_t size, const struct ue *ue,
			const struct wish *wish)
{
	struct mikey_policy policy = policy_of(ue, wish);
	struct mikey_keys keys = { .keys = 1 };
	__u8 chain[256];
	int written;

	keys.key[0].kind = wish->kind;
	keys.key[0].secret.size = mikey_suite_of(wish->prf)->encr_key;
	written = mikey_keys_print(chain, sizeof(chain), &keys);
	if (written < 0)
		return written;
	policy.flags |= MIKEY_D;
	policy.wanted = mikey_slice(chain, written);
	return mikey_policy_print(body, size, &policy);
}

/* TS 33.328 B.1.2, step 9. */
static int judge(const struct ue *ue, const struct wish *wish,
		 const struct ticket *ticket, struct fault *fault)
{
	const struct mikey_policy *policy = &ticket->policy;
	const char *kms = ue->config.kms.name;
	char got[13], wanted[13];

	mikey_flags_print(got, policy->flags);
	mikey_flags_print(wanted, wish->flags | MIKEY_D);
	if (!mikey_profile_equal(&policy->profile, &mikey_profile_3gpp) ||
	    !has_flags(policy->flags, wish, MIKEY_J) ||
	    policy->flags & ~wish->flags & (MIKEY_J | MIKEY_L | MIKEY_M))
		return fault_set(fault, EPERM,
				 "%s gives a ticket with other flags than "
				 "wanted, %s instead of %s; ask its operator "
				 "for a rule",
				 kms, got, wanted);
	if (policy->recipients != wish->recipients)
		return fault_set(fault, EPERM,
				 "%s gives a ticket for others than wanted",
				 kms);
	if (!lives_enough(policy, wish))
		return fault_set(fault, EPERM,
				 "%s gives a ticket that ends too soon; ask "
				 "its operator for a longer \"lifetime\"",
				 kms);
	if (!wish_fits(ue, wish, ticket))
		return fault_set(fault, EPERM,
				 "%s gives a ticket that is of no use for this",
				 kms);
	return 0;
}

static int request(struct ue *ue, const struct wish *wish,
		   struct kms_dialogue *dialogue, struct ticket *ticket,
		   struct fault *fault)
{
	__u8 body[MIKEY_TICKET_MAX];
	int size = print_policy(body, sizeof(body), ue, wish), err;

	if (size < 0)
		return fault_set(fault, -size, "the wish cannot be written");
	dialogue->query = (struct mikey_query){
		.type = MIKEY_REQUEST_INIT_PSK,
		.prf = wish->prf,
		.requester = ue_identity(ue),
		.body = mikey_slice(body, size),
	};
	err = kms_ask(ue, dialogue, fault);
	if (!err)
		err = ticket_fill(ticket, TICKET_INITIATOR,
				  dialogue->reply.ticket, NULL,
				  &dialogue->reply.keys, fault);
	if (err)
		return err;
	err = judge(ue, wish, ticket, fault);
	if (err)
		ticket_wipe(ticket);
	return err;
}

int wish_request(struct ue *ue, const struct wish *wish, struct ticket *ticket,
		 struct fault *fault)
{
	struct kms_dialogue dialogue;
	int err = request(ue, wish, &dialogue, ticket, fault);

	kms_dialogue_wipe(&dialogue);
	return err ? err : keep(ue, ticket, fault);
}

/* -- from ourselves: RFC 6043's mode 3 ------------------------------------- */

static int make_key(struct mikey_key *key, enum mikey_key_kind kind, __u8 prf,
		    struct fault *fault)
{
	int err;

	*key = (struct mikey_key){
		.kind = kind,
		.secret.size = mikey_suite_of(prf)->encr_key,
		.validity = MIKEY_VALID_SPI,
		.spi_size = SPI_SIZE,
	};
	err = ue_random(key->secret.octets, key->secret.size, fault);
	return err ? err : ue_random(key->spi, SPI_SIZE, fault);
}

/* @keys: MPK and session key; @own: what an initiator has of them. */
static int seal(__u8 *body, size_t size, struct ue *ue, const struct wish *wish,
		const struct mikey_keys *keys, struct mikey_keys *own,
		struct fault *fault)
{
	__u8 rand[32];		/* as long as the NAF-Key: RFC 6043 12.1 */
	struct mikey_ticket ticket = {
		.policy = policy_of(ue, wish),
		.t = ue_time(ue),
		.rand = mikey_slice(rand, sizeof(rand)),
		.psk_id = sg_slice_of(ue->config.credential.id),
	};
	struct mikey_secret tpk;
	int written = ue_random(rand, sizeof(rand), fault);

	if (!written)
		written = ue_psk(ue, &tpk, fault);
	if (written)
		return written;
	ticket.policy.flags = (wish->flags & ~MIKEY_D) | MIKEY_L;
	written = mikey_ticket_seal(body, size, &ticket, keys, &tpk);
	mikey_secret_wipe(&tpk);
	if (written > 0 && mikey_ticket_keys(own, keys, &ticket))
		written = -EIO;
	return written < 0 ? fault_set(fault, -written,
				       "the ticket cannot be made") :
			     written;
}

int wish_make(struct ue *ue, const struct wish *wish, struct ticket *ticket,
	      struct fault *fault)
{
	struct mikey_keys keys = { .keys = 2 }, own = { 0 };
	__u8 body[MIKEY_TICKET_MAX];
	int size, err = make_key(&keys.key[0], MIKEY_MPK, wish->prf, fault);

	if (!err)
		err = make_key(&keys.key[1], wish->kind, wish->prf, fault);
	size = err ? err :
		     seal(body, sizeof(body), ue, wish, &keys, &own, fault);
	if (size > 0)
		err = ticket_fill(ticket, TICKET_INITIATOR,
				  mikey_slice(body, size), NULL, &own, fault);
	mikey_keys_wipe(&keys);
	mikey_keys_wipe(&own);
	if (size < 0 || err)
		return size < 0 ? size : err;
	return keep(ue, ticket, fault);
}

/* -- any of these ---------------------------------------------------------- */

int wish_obtain(struct ue *ue, const struct wish *wish, struct ticket *ticket,
		struct fault *fault)
{
	int err;

	if (wish->source == WISH_FRESH)
		return wish_request(ue, wish, ticket, fault);
	err = find(ue, wish, ticket, fault);
	if (err != -ENOENT || fault->text[0])
		return err;
	return wish->source == WISH_OWN ?
		       wish_make(ue, wish, ticket, fault) :
		       wish_request(ue, wish, ticket, fault);
}
