// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue complete: TS 33.328 B.1.2, steps 11 and 12. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "lib/log.h"
#include "lib/mikey_identity.h"
#include "lib/mikey_text.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"
#include "ue/keys.h"
#include "ue/offer.h"
#include "ue/text_file.h"
#include "ue/trouble.h"

struct completion {
	struct keys_output output;
	struct offer offer;	/* secret */
	struct description description;
	struct mikey_answer answer;
	struct mikey_keys own;	/* the responder's, and secret */
	__u8 octets[MIKEY_MESSAGE_MAX]; /* TRANSFER_RESP */
	char text[DESCRIPTION_MAX];
};

static int refuse(struct fault *fault, int err, const char *text)
{
	return fault_set(fault, -err, "the answer is refused: %s", text);
}

/* -- TRANSFER_RESP --------------------------------------------------------- */

static int explain(const struct completion *completion, size_t size,
		   struct fault *fault)
{
	const struct mikey_transfer *transfer = &completion->offer.transfer;
	const struct trouble_cause cause = {
		.csb_id = transfer->csb_id,
		.rands.initiator = transfer->rand,
		.key = &completion->offer.keys.key[0].secret,
	};

	return trouble_explain(fault, "the callee",
			       mikey_slice(completion->octets, size), &cause);
}

static int read_answer(struct ue *ue, struct completion *completion,
		       struct fault *fault)
{
	struct sg_slice value = completion->description.message;
	struct mikey_fault why = { 0 };
	int size, err;

	if (!value.size)
		return refuse(fault, -EPERM, "it has no a=key-mgmt");
	size = mikey_attribute_parse(completion->octets,
				     sizeof(completion->octets), value);
	if (size < 0)
		return refuse(fault, size, "its a=key-mgmt has no MIKEY");
	err = mikey_answer_parse(&completion->answer,
				 &completion->offer.transfer,
				 mikey_slice(completion->octets, size), &why);
	if (err == -EREMOTEIO)
		return explain(completion, size, fault);
	if (!err)
		err = mikey_time_check(&completion->answer.t, ue_now(),
				       ue->config.skew, &why);
	return err ? ue_refuse(fault, err, "the answer is refused", &why) : 0;
}

/* From here on the keys are the answerer's own. */
static int verify(struct completion *completion, struct fault *fault)
{
	const struct mikey_transfer *transfer = &completion->offer.transfer;
	bool forked = transfer->policy.flags & MIKEY_I;
	struct mikey_keys *keys = &completion->offer.keys;
	struct mikey_fault why = { 0 };
	int err = 0;

	if (forked)
		err = mikey_derive_forks(keys, 1,
					 mikey_suite_of(transfer->policy.prf),
					 &completion->answer.modifier);
	if (err)
		return refuse(fault, err, "its keys cannot be derived");
	err = mikey_answer_verify(&completion->answer, transfer,
				  &keys->key[forked].secret, &completion->own,
				  &why);
	return err ? ue_refuse(fault, err, "the answer is refused", &why) : 0;
}

/* -- step 11: is it who was called? ---------------------------------------- */

static int judge(const struct ue *ue, const struct completion *completion,
		 struct sg_slice *peer, struct fault *fault)
{
	const struct identity_list *answers = &ue->config.answers;
	const struct mikey_policy *policy = &completion->offer.transfer.policy;
	struct sg_slice callee = completion->offer.callee;
	char shown[2][UE_SHOWN];

	*peer = completion->answer.modifier.id;
	if (!peer->size) {
		*peer = callee;
		sg_warning("without flag I any recipient of the ticket may "
			   "have answered");
		return 0;
	}
	if (!mikey_policy_admits(policy, *peer))
		return refuse(fault, -EPERM, "of somebody whom the ticket is "
					     "not for");
	if (mikey_identity_matches(callee, *peer))
		return 0;
	if (!identity_list_covers(answers, *peer))
		return fault_set(fault, EPERM,
				 "the answer is refused: it is not of %s, and "
				 "of none of \"answers\"",
				 ue_show(shown[0], callee));
	sg_warning("%s answers instead of %s", ue_show(shown[0], *peer),
		   ue_show(shown[1], callee));
	return 0;
}

/* -- the command ----------------------------------------------------------- */

static int read_options(struct ue *ue, struct completion *completion, int argc,
			char **argv, struct fault *fault)
{
	struct sg_slice text;
	int option, err;

	while ((option = getopt(argc, argv, "k:F:")) != -1)
		if (!keys_option(&completion->output, option, optarg))
			return fault_usage(fault);
	if (optind == argc || argc - optind > 2)
		return fault_usage(fault);
	err = offer_read(ue, argv[optind], &completion->offer, fault);
	if (!err)
		err = text_file_read(&text, completion->text,
				     sizeof(completion->text),
				     argv[optind + 1], fault);
	return err ? err :
		     description_read(&completion->description, text, fault);
}

static int write_keys(struct ue *ue, struct completion *completion,
		      struct sg_slice peer, struct fault *fault)
{
	const struct session_source source = {
		&completion->offer.transfer, &completion->answer,
		{ &completion->offer.keys, &completion->own }, true
	};
	struct stream_keys keys;
	int err;

	if (description_tls(&completion->description.sdp))
		return keys_write_tls(&completion->output, &source, peer,
				      fault);
	err = sessions_derive(&keys, &ue->config, &source,
			      &completion->description.sdp, fault);
	if (!err)
		err = keys_write(&completion->output, &keys, peer, fault);
	sg_secret_zero(&keys, sizeof(keys));
	return err;
}

static int complete(struct ue *ue, struct completion *completion,
		    struct sg_slice *peer, struct fault *fault)
{
	int err = read_answer(ue, completion, fault);

	if (!err)
		err = verify(completion, fault);
	if (!err)
		err = judge(ue, completion, peer, fault);
	if (!err)
		err = sessions_check_answer(
			&completion->offer.transfer.sessions,
			&completion->description.sdp, fault);
	return err ? err : write_keys(ue, completion, *peer, fault);
}

int run_complete(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	static struct completion completion;
	struct sg_slice peer;
	char shown[UE_SHOWN];
	int err = read_options(ue, &completion, argc, argv, fault);

	if (!err)
		err = complete(ue, &completion, &peer, fault);
	if (!err && ue->json)
		err = ue_print_json(json_pack("{s:s%}", "peer", peer.at,
					      peer.size),
				    fault);
	else if (!err)
		puts(ue_show(shown, peer));
	sg_secret_zero(&completion, sizeof(completion));
	return err;
}
