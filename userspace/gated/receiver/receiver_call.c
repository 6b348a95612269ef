// SPDX-License-Identifier: GPL-2.0-only
#include "gated/receiver/receiver_call.h"

#include <errno.h>

#include "gated/receiver/receiver_sdp.h"
#include "lib/mikey_medium.h"
#include "lib/mikey_time.h"
#include "lib/secret.h"

static int fault_of(struct fault *fault, int err, const char *what,
		    const struct mikey_fault *why)
{
	return fault_set(fault, -err, "%s: %s; see docs/authorised-receiver.md",
			 what, why->text);
}

static bool is_forked(const struct receiver_call *call)
{
	return call->transfer.policy.flags & MIKEY_I;
}

static bool is_answered(const struct receiver_call *call)
{
	return call->answer.octets.size;
}

/* -- what went by ---------------------------------------------------------- */

static int read_offer(struct receiver_call *call, const struct spec_mikey *said,
		      struct fault *fault)
{
	struct mikey_fault why;
	int size, err;

	size = receiver_sdp_read(call->offer_octets, sizeof(call->offer_octets),
				 said->offer, said->media, &call->cs, fault);
	if (size < 0)
		return size;
	err = mikey_transfer_parse(&call->transfer,
				   (struct sg_slice){
					   (char *)call->offer_octets, size },
				   &why);
	return err ? fault_of(fault, err, "srtp.mikey.offer", &why) : 0;
}

static int read_answer(struct receiver_call *call,
		       const struct spec_mikey *said, struct fault *fault)
{
	struct mikey_fault why;
	int size, cs, err;

	size = receiver_sdp_read(call->answer_octets,
				 sizeof(call->answer_octets), said->answer,
				 said->media, &cs, fault);
	if (size < 0)
		return size;
	err = mikey_answer_parse(&call->answer, &call->transfer,
				 (struct sg_slice){
					 (char *)call->answer_octets, size },
				 &why);
	return err ? fault_of(fault, err, "srtp.mikey.answer", &why) : 0;
}

int receiver_call_read(struct receiver_call *call,
		       const struct spec_mikey *said, __u64 now,
		       struct fault *fault)
{
	struct mikey_fault why;
	int err = read_offer(call, said, fault);

	if (err)
		return err;
	err = mikey_policy_check_time(&call->transfer.policy,
				      now + MIKEY_UNIX_EPOCH, &why);
	if (err)
		return fault_of(fault, err, "the call's ticket", &why);
	memset(&call->answer, 0, sizeof(call->answer));
	if (said->answer.size)
		return read_answer(call, said, fault);
	if (!(call->transfer.policy.flags & MIKEY_F))
		return 0;
	return fault_set(fault, EINVAL,
			 "srtp.mikey.answer is needed: the call's ticket asks "
			 "for a TRANSFER_RESP, by which its keys are known");
}

struct sg_slice receiver_call_responder(const struct receiver_call *call)
{
	return call->answer.modifier.id.size ? call->answer.modifier.id :
					       call->transfer.responder;
}

int receiver_call_permit(const struct receiver_call *call,
			 const struct config_kms *config, struct fault *fault)
{
	if (!identity_list_covers(&config->users,
				  call->transfer.policy.initiator) &&
	    !identity_list_covers(&config->users,
				  receiver_call_responder(call)))
		return fault_set(fault, EPERM,
				 "neither party of the call is in kms.users of "
				 "srtpgated.conf, so it stays closed");
	if (is_forked(call) && !config->refork)
		return fault_set(fault, EPERM,
				 "the keys of the call are forked, and "
				 "kms.refork of srtpgated.conf does not allow "
				 "to ask for those of its responder");
	return 0;
}

void receiver_call_query(struct mikey_query *query,
			 const struct receiver_call *call,
			 const struct config_kms *config)
{
	*query = (struct mikey_query){
		.type = MIKEY_RESOLVE_INIT_PSK,
		.prf = call->transfer.prf,
		.requester = sg_slice_of(config->identity),
		.kms = sg_slice_of(config->name),
		.psk_id = sg_slice_of(config->account),
		.body = call->transfer.ticket,
		.initiator_data = call->transfer.initiator_data,
	};
	if (!is_forked(call))
		return;
	query->requester = call->answer.modifier.id;
	query->refork = call->answer.modifier.rand;
}

/* -- what it opens --------------------------------------------------------- */

static int check_modifier(const struct receiver_call *call,
			  const struct mikey_reply *reply,
			  struct mikey_fault *why)
{
	const struct mikey_modifier *wanted = &call->answer.modifier;

	if (!is_forked(call) ||
	    (sg_slice_equal(wanted->id, reply->modifier.id) &&
	     sg_slice_equal(wanted->rand, reply->modifier.rand)))
		return 0;
	return mikey_fail(why, -EBADMSG, MIKEY_UNSPECIFIED,
			  "the key management server forked them for somebody else");
}

/* Those who have the ticket's keys made both messages: or nothing is opened. */
static int verify(const struct receiver_call *call,
		  const struct mikey_reply *reply, struct mikey_keys own[2],
		  struct mikey_fault *why)
{
	int err = check_modifier(call, reply, why);

	if (!err)
		err = mikey_transfer_verify(&call->transfer,
					    &reply->keys.key[0].secret,
					    &own[0], why);
	if (!err && is_answered(call))
		err = mikey_answer_verify(
			&call->answer, &call->transfer,
			&reply->keys.key[is_forked(call)].secret, &own[1],
			why);
	return err;
}

static int derive(struct sg_master_key *key, const struct receiver_call *call,
		  const struct mikey_keys *const keys[3], int cs,
		  struct mikey_fault *why)
{
	struct mikey_medium medium;
	int err = mikey_medium_derive(&medium, &call->transfer, &call->answer,
				      keys, 3, cs, why);

	if (!err && medium.stream.roc)
		err = mikey_fail(why, -ENOTSUP, MIKEY_UNSPECIFIED,
				 "the stream has a rollover counter already");
	if (!err)
		*key = medium.key;
	sg_secret_zero(&medium, sizeof(medium));
	return err;
}

int receiver_call_open(struct receiver_keys *keys,
		       const struct receiver_call *call,
		       const struct mikey_reply *reply, struct fault *fault)
{
	struct mikey_keys own[2] = { 0 };
	const struct mikey_keys *const all[] = { &reply->keys, &own[0],
						 &own[1] };
	struct mikey_fault why;
	int err = verify(call, reply, own, &why);

	memset(keys, 0, sizeof(*keys));
	if (!err)
		err = derive(&keys->offerer, call, all, call->cs, &why);
	if (!err)
		err = derive(&keys->answerer, call, all, call->cs + 1, &why);
	sg_secret_zero(own, sizeof(own));
	if (!err)
		return 0;
	sg_secret_zero(keys, sizeof(*keys));
	return fault_of(fault, err, "the call's keys", &why);
}
