// SPDX-License-Identifier: GPL-2.0-only
#include "kms/resolve.h"

#include <errno.h>

#include "lib/mikey_identity.h"
#include "lib/mikey_time.h"

static int not_admitted(struct mikey_fault *fault, const char *text)
{
	return mikey_fail(fault, -EACCES, MIKEY_INVALID_ID, text);
}

static int not_a_ticket(struct mikey_fault *fault, int err, const char *text)
{
	return mikey_fail(fault, err, MIKEY_INVALID_TICKET, text);
}

/* -- whose it is ----------------------------------------------------------- */

static int find_key(struct resolve *resolve, struct sg_slice kms,
		    const struct ticket_keys *keys, struct mikey_fault *fault)
{
	const struct mikey_ticket *ticket = &resolve->ticket;
	struct sg_slice issuer = ticket->policy.kms;

	resolve->whose = RESOLVE_OTHERS;
	if (issuer.size && !sg_slice_equal_nocase(issuer, kms))
		return 0;
	if (!(ticket->policy.flags & MIKEY_D)) {
		resolve->whose = RESOLVE_USERS;
		if (ticket->psk_id.size)
			return 0;
		return not_a_ticket(fault, -EINVAL,
				    "the ticket does not name its key");
	}
	resolve->whose = RESOLVE_OURS;
	resolve->key = ticket_keys_find(keys, ticket->issuer);
	if (resolve->key)
		return 0;
	return not_a_ticket(fault, -ENOENT, "the ticket's key is gone");
}

int resolve_read(struct resolve *resolve, const struct mikey_query *query,
		 struct sg_slice kms, const struct ticket_keys *keys, __u64 now,
		 struct mikey_fault *fault)
{
	int err;

	*resolve = (struct resolve){ .query = query };
	err = mikey_ticket_parse(&resolve->ticket, query->body, fault);
	if (!err)
		err = mikey_policy_check_time(&resolve->ticket.policy,
					      now + MIKEY_UNIX_EPOCH, fault);
	if (!err && !resolve->ticket.policy.initiator.size)
		err = not_a_ticket(fault, -EINVAL,
				   "the ticket does not say whose it is");
	if (!err)
		err = find_key(resolve, kms, keys, fault);
	return err;
}

/* -- who may open it ------------------------------------------------------- */

static int not_reforked(struct mikey_fault *fault)
{
	return not_admitted(fault, "the sender may not have keys as others got them");
}

/* TS 33.328 6.2.3.5: any of the user's identities will do, his choice first. */
static int admit_user(struct resolve *resolve, const struct user *user,
		      struct mikey_fault *fault)
{
	const struct mikey_policy *policy = &resolve->ticket.policy;
	struct sg_slice said = resolve->query->requester;

	if (resolve->query->refork.size)
		return not_reforked(fault);
	if (!user_has(user, said))
		return not_admitted(fault, "the identity is none of the user's");
	resolve->recipient = said;
	if (mikey_policy_admits(policy, said))
		return 0;
	for (int i = 0; i < user->identities; i++) {
		resolve->recipient = sg_slice_of(user->identity[i]);
		if (mikey_policy_admits(policy, resolve->recipient))
			return 0;
	}
	return not_admitted(fault, "the user is no recipient of the ticket");
}

/* RFC 6043 10: on the word of the other KMS, for users it may speak for. */
static int admit_vouched(struct resolve *resolve,
			 const struct resolve_from *from,
			 struct mikey_fault *fault)
{
	struct sg_slice said = resolve->query->requester;

	resolve->recipient = said;
	if (resolve->query->refork.size && !from->refork)
		return not_reforked(fault);
	if (mikey_identity_is_group(said) ||
	    !identity_list_covers(from->vouched, said))
		return not_admitted(fault, "the other KMS does not vouch for that user");
	if (!mikey_policy_admits(&resolve->ticket.policy, said))
		return not_admitted(fault, "the user is no recipient of the ticket");
	return 0;
}

/* Of a call, the one who asks is there for either party. */
static bool serves(const struct account *account,
		   const struct mikey_policy *policy,
		   struct sg_slice responder)
{
	return identity_list_covers(&account->resolves, policy->initiator) ||
	       identity_list_covers(&account->resolves, responder);
}

/*
 * A network function that may have the keys of all users (TR 33.829 6.1.3):
 * our list decides, not the ticket. As itself; or, with RANDRkms, as the user
 * in IDRr, whose keys it needs forked as they were.
 */
static int admit_function(struct resolve *resolve,
			  const struct account *account,
			  struct mikey_fault *fault)
{
	struct sg_slice said = resolve->query->requester;

	resolve->recipient = said;
	if (!resolve->query->refork.size) {
		if (!user_has(&account->user, said))
			return not_admitted(fault, "the identity is none of the network function's");
		if (identity_list_covers(&account->resolves,
					 resolve->ticket.policy.initiator))
			return 0;
		return not_admitted(fault, "the network function may not have this initiator's keys");
	}
	if (!account->refork)
		return not_reforked(fault);
	if (mikey_identity_is_group(said) ||
	    !serves(account, &resolve->ticket.policy, said) ||
	    !mikey_policy_admits(&resolve->ticket.policy, said))
		return not_admitted(fault, "the network function may not have this user's keys");
	return 0;
}

int resolve_admit(struct resolve *resolve, const struct resolve_from *from,
		  const struct policy *policy, struct mikey_fault *fault)
{
	const struct mikey_policy *granted = &resolve->ticket.policy;
	int err;

	if (from->vouched)
		err = admit_vouched(resolve, from, fault);
	else if (from->account && account_is_function(from->account))
		return admit_function(resolve, from->account, fault);
	else
		err = admit_user(resolve, from->user, fault);
	if (err)
		return err;
	/* TS 33.328 B.2.2 step 6 */
	resolve->rule = policy_find(policy, granted->initiator,
				    &resolve->recipient, 1);
	if (!resolve->rule || !resolve->rule->allow)
		return mikey_fail(fault, -EPERM, MIKEY_INVALID_TPPAR,
				  "no rule allows these two");
	return 0;
}

/* -- the keys -------------------------------------------------------------- */

/*
 * A ticket that an initiator made is his: else whoever has a NAF-Key could
 * make tickets in the name of others.
 */
static int check_own(const struct resolve *resolve, const struct user *user,
		     const struct policy *policy, __u64 now,
		     struct mikey_fault *fault)
{
	const struct mikey_policy *said = &resolve->ticket.policy;

	if (!user_has(user, said->initiator))
		return not_a_ticket(fault, -EACCES,
				    "the ticket's initiator did not make it");
	return policy_accept(policy_find(policy, said->initiator,
					 said->recipient, said->recipients),
			     said, now + MIKEY_UNIX_EPOCH, fault);
}

static int fork_keys(struct mikey_reply *reply, const struct resolve *resolve,
		     const struct resolve_reply *how, struct mikey_fault *fault)
{
	const struct mikey_suite *suite =
		mikey_suite_of(resolve->ticket.policy.prf);
	int err;

	if (!(resolve->ticket.policy.flags & MIKEY_I))
		return 0;
	/* RFC 6043 4.2.3.4: Vr shows that the initiator sent it. */
	err = mikey_initiator_data_check(resolve->query->initiator_data, suite,
					 &reply->keys.key[1].secret, fault);
	if (err)
		return err;
	reply->modifier.id = resolve->recipient;
	reply->modifier.rand = resolve->query->refork;
	if (!resolve->query->refork.size)
		reply->modifier.rand = (struct sg_slice){
			(const char *)how->rand, sizeof(how->rand)
		};
	err = mikey_derive_forks(&reply->keys, 1, suite, &reply->modifier);
	if (err)
		mikey_fail(fault, err, MIKEY_UNSPECIFIED,
			   "the keys cannot be forked");
	return err;
}

static int open_ticket(struct mikey_reply *reply,
		       const struct resolve *resolve,
		       const struct mikey_secret *tpk,
		       struct mikey_fault *fault)
{
	struct mikey_keys keys;
	int err = mikey_ticket_open(&keys, &resolve->ticket, tpk, fault);

	if (err)
		return err;
	err = mikey_ticket_keys(&reply->keys, &keys, &resolve->ticket);
	mikey_keys_wipe(&keys);
	if (err)
		not_a_ticket(fault, err, "the ticket has too many keys");
	return err;
}

int resolve_answer(__u8 *buffer, size_t size, const struct resolve *resolve,
		   const struct resolve_reply *how,
		   const struct user *initiator, const struct policy *policy,
		   struct mikey_fault *fault)
{
	const struct mikey_secret *tpk = initiator ? &initiator->naf_key :
						     &resolve->key->secret;
	struct mikey_reply reply = { .t = how->t, .kms = how->kms };
	int err = open_ticket(&reply, resolve, tpk, fault);

	if (!err && initiator)
		err = check_own(resolve, initiator, policy, how->now, fault);
	if (!err)
		err = fork_keys(&reply, resolve, how, fault);
	if (!err) {
		err = mikey_reply_print(buffer, size, resolve->query, &reply,
					how->psk);
		if (err < 0)
			mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				   "the keys cannot be sent");
	}
	mikey_reply_wipe(&reply);
	return err;
}
