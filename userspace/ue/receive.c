// SPDX-License-Identifier: GPL-2.0-only
#include "ue/receive.h"

#include <errno.h>

#include "lib/mikey_identity.h"
#include "ue/kms.h"

/* -- before anybody is asked ----------------------------------------------- */

static int refuse(struct fault *fault, const char *text)
{
	return fault_set(fault, EPERM, "the offer is refused: %s", text);
}

/* Which of our identities may resolve it; NULL: none. */
static const struct sg_slice *recipient(const struct ue *ue,
					const struct mikey_policy *policy)
{
	const struct identity_list *ours = &ue->config.identities;

	for (int i = 0; i < ours->patterns; i++)
		if (mikey_policy_admits(policy, ours->pattern[i]))
			return &ours->pattern[i];
	return NULL;
}

static int judge_ticket(const struct ue *ue, const struct mikey_policy *policy,
			struct fault *fault)
{
	const struct config_accept *accept = &ue->config.accept;
	struct mikey_fault why;

	if (!mikey_profile_equal(&policy->profile, &mikey_profile_3gpp) &&
	    !mikey_profile_equal(&policy->profile, &mikey_profile_base))
		return refuse(fault, "the ticket's type is not known");
	if (!(policy->flags & MIKEY_D) && !accept->own_tickets)
		return refuse(fault, "its initiator made the ticket himself, "
				     "and \"own_tickets\" is false");
	/* TS 33.328 6.2.3.6. */
	if (!(policy->flags & MIKEY_I) && !accept->unforked)
		return refuse(fault, "the ticket's keys are the same for all "
				     "its recipients (flag I)");
	if (!policy->kms.size ||
	    !identity_list_admits(&accept->servers, policy->kms))
		return refuse(fault, "the ticket's server is none of "
				     "\"accept.servers\"");
	if (mikey_policy_check_time(policy, ue_now(), &why))
		return refuse(fault, why.text);
	if (accept->lifetime &&
	    (!policy->end || policy->end > ue_now() + accept->lifetime))
		return refuse(fault, "the ticket lives longer than "
				     "\"accept.lifetime\"");
	if (!recipient(ue, policy))
		return refuse(fault, "the ticket is not for us");
	return 0;
}

/* RFC 6043 5.5: identities that it leaves out are in its MAC, too. */
static void complete(const struct ue *ue, struct mikey_transfer *transfer)
{
	if (!transfer->initiator.size)
		transfer->initiator = transfer->policy.initiator;
	if (!transfer->responder.size)
		transfer->responder = *recipient(ue, &transfer->policy);
}

int receive_judge(const struct ue *ue, struct mikey_transfer *transfer,
		  struct sg_slice from, struct fault *fault)
{
	struct sg_slice said = transfer->policy.initiator;
	int err;

	/* Who the message is from is whose the ticket is: *_parse() saw. */
	if (!said.size || mikey_identity_is_group(said))
		return refuse(fault, "it does not say whose it is");
	if (from.size && !mikey_identity_matches(from, said))
		return refuse(fault, "the ticket is of somebody else than the "
				     "caller");
	if (!identity_list_admits(&ue->config.accept.from, said))
		return refuse(fault, "the caller is none of \"accept.from\"");
	err = judge_ticket(ue, &transfer->policy, fault);
	if (!err)
		complete(ue, transfer);
	return err;
}

/* -- keys ------------------------------------------------------------------ */

/* A cached ticket has no MPKr, so Vr was not checked: RFC 6043 5.3. */
static bool may_reuse(const struct mikey_policy *policy)
{
	return policy->flags & MIKEY_J && policy->flags & MIKEY_F;
}

static int find(struct ue *ue, const struct mikey_transfer *transfer,
		struct ticket *ticket, struct fault *fault)
{
	char id[TICKET_ID_SIZE];
	int err = ue_store(ue, fault);

	if (!err)
		err = ticket_name(id, TICKET_RESPONDER, transfer->ticket);
	return err ? err : store_get(ue->store, id, ticket, fault);
}

static int check_reply(const struct ue *ue, const struct mikey_policy *policy,
		       const struct mikey_modifier *modifier,
		       struct fault *fault)
{
	if (policy->flags & MIKEY_I &&
	    (!config_is_ours(&ue->config, modifier->id) ||
	     !mikey_policy_admits(policy, modifier->id)))
		return fault_set(fault, EPERM,
				 "%s resolved the ticket for somebody else",
				 ue->config.kms.name);
	return 0;
}

static int resolve(struct ue *ue, const struct mikey_transfer *transfer,
		   struct ticket *ticket, struct fault *fault)
{
	struct kms_dialogue dialogue;
	int err;

	dialogue.query = (struct mikey_query){
		.type = MIKEY_RESOLVE_INIT_PSK,
		.prf = transfer->prf,
		.requester = *recipient(ue, &transfer->policy),
		.body = transfer->ticket,
		.initiator_data = transfer->initiator_data,
	};
	err = kms_ask(ue, &dialogue, fault);
	if (!err)
		err = check_reply(ue, &transfer->policy,
				  &dialogue.reply.modifier, fault);
	if (!err)
		err = ticket_fill(ticket, TICKET_RESPONDER, transfer->ticket,
				  &dialogue.reply.modifier,
				  &dialogue.reply.keys, fault);
	kms_dialogue_wipe(&dialogue);
	return err;
}

/* -- both ------------------------------------------------------------------ */

static int verify(const struct mikey_transfer *transfer,
		  const struct ticket *ticket, struct mikey_keys *own,
		  struct fault *fault)
{
	struct mikey_fault why = { 0 };
	int err = mikey_transfer_verify(transfer, &ticket->keys.key[0].secret,
					own, &why);

	return err ? ue_refuse(fault, err, "the offer is refused", &why) : 0;
}

/* Counts the call, too; the store has the ticket, or gets it. */
static int keep(struct ue *ue, struct ticket *ticket, struct fault *fault)
{
	if (!may_reuse(&ticket->policy))
		return 0;
	ticket->uses++;
	return store_put(ue->store, ticket, fault);
}

int receive_open(struct ue *ue, const struct mikey_transfer *transfer,
		 struct ticket *ticket, struct mikey_keys *own,
		 struct fault *fault)
{
	int err = -ENOENT;

	if (may_reuse(&transfer->policy))
		err = find(ue, transfer, ticket, fault);
	if (err == -ENOENT)
		err = resolve(ue, transfer, ticket, fault);
	if (err)
		return err;
	err = verify(transfer, ticket, own, fault);
	if (!err)
		err = keep(ue, ticket, fault);
	if (err)
		ticket_wipe(ticket);
	return err;
}
