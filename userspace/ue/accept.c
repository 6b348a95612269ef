// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue accept: TS 33.328 B.2.2. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "lib/log.h"
#include "lib/mikey_text.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"
#include "ue/keys.h"
#include "ue/receive.h"
#include "ue/text_file.h"
#include "ue/trouble.h"

struct acceptance {
	struct keys_output output;
	const char *trouble;	/* a file for an Error message; NULL: none */
	enum mikey_error error;	/* what it would say just now */
	bool parsed;		/* there is a message that is in error */
	bool verified;
	struct sg_slice from;	/* empty: whoever the ticket says */
	struct description offer;
	struct description answer; /* ours, from our media */
	struct mikey_transfer transfer;
	struct mikey_answer response;
	struct ticket ticket;	/* secret */
	struct mikey_keys own;	/* the initiator's, and secret */
	struct sessions_memory memory;
	__u8 rand[32];
	__u8 octets[MIKEY_MESSAGE_MAX]; /* TRANSFER_INIT */
	char text[2][DESCRIPTION_MAX];
};

static int refuse(struct fault *fault, int err, const char *text)
{
	return fault_set(fault, -err, "the offer is refused: %s", text);
}

/* -- TRANSFER_INIT --------------------------------------------------------- */

/* RFC 4567 7: what it says was offered is what has come. */
static int check_protocols(const struct mikey_transfer *transfer,
			   struct fault *fault)
{
	if (!transfer->sdp_ids.size || sg_slice_is(transfer->sdp_ids, "mikey"))
		return 0;
	return refuse(fault, -EPERM,
		      "somebody has removed other key management from it");
}

/* What a call needs: its keys are made of RANDs of both, and answered. */
static int check_flags(__u16 flags, struct fault *fault)
{
	if (!(flags & MIKEY_F))
		return refuse(fault, -EPERM,
			      "the ticket is not for calls: it allows no "
			      "answer (flag F)");
	if (!(flags & (MIKEY_G | MIKEY_H)))
		return refuse(fault, -EPERM,
			      "the ticket makes keys without a RAND (flags G "
			      "and H)");
	return 0;
}

static int read_transfer(struct ue *ue, struct acceptance *a,
			 struct fault *fault)
{
	struct mikey_fault why = { 0 };
	int size, err;

	if (!a->offer.message.size)
		return refuse(fault, -EPERM, "it has no a=key-mgmt");
	size = mikey_attribute_parse(a->octets, sizeof(a->octets),
				     a->offer.message);
	if (size < 0)
		return refuse(fault, size, "its a=key-mgmt has no MIKEY");
	err = mikey_transfer_parse(&a->transfer, mikey_slice(a->octets, size),
				   &why);
	a->parsed = !err;
	if (!err)
		err = mikey_time_check(&a->transfer.t, ue_now(),
				       ue->config.skew, &why);
	a->error = why.error;
	return err ? ue_refuse(fault, err, "the offer is refused", &why) : 0;
}

/* All that can be judged before the KMS is asked. */
static int judge(struct ue *ue, struct acceptance *a, struct fault *fault)
{
	int err = read_transfer(ue, a, fault);

	if (err)
		return err;
	/* What exactly we do not like is nobody's business yet. */
	a->error = MIKEY_INVALID_TPPAR;
	err = check_protocols(&a->transfer, fault);
	if (!err)
		err = receive_judge(ue, &a->transfer, a->from, fault);
	if (!err)
		err = check_flags(a->transfer.policy.flags, fault);
	if (err)
		return err;
	a->error = MIKEY_INVALID_SP;
	err = sessions_check(&a->transfer.sessions, &ue->config, &a->offer.sdp,
			     fault);
	if (!err && (a->answer.sdp.medias != a->offer.sdp.medias ||
		     !description_tls(&a->answer.sdp) !=
			     !description_tls(&a->offer.sdp)))
		err = fault_set(fault, EINVAL,
				"the answer needs as many m= lines as the "
				"offer, of the same kinds");
	return err ? err :
		     sessions_answer(&a->response.sessions, &a->memory,
				     &ue->config, &a->transfer.sessions, fault);
}

/* -- TRANSFER_RESP --------------------------------------------------------- */

static int respond(struct ue *ue, struct acceptance *a, __u8 *octets,
		   size_t size, struct fault *fault)
{
	bool forked = a->transfer.policy.flags & MIKEY_I;
	int err = 0;

	a->response.t = ue_time(ue);
	a->response.modifier = a->ticket.modifier;
	if (a->transfer.policy.flags & MIKEY_G) {
		err = ue_random(a->rand, sizeof(a->rand), fault);
		a->response.rand = mikey_slice(a->rand, sizeof(a->rand));
	}
	if (err)
		return err;
	err = mikey_answer_print(octets, size, &a->transfer, &a->response,
				 &a->ticket.keys.key[forked].secret, NULL);
	a->response.octets = mikey_slice(octets, err > 0 ? err : 0);
	return err > 0 ? err : fault_set(fault, -err,
					 "the answer cannot be written");
}

/* Keys go out before the answer does: then nobody waits for them. */
static int write_keys(struct ue *ue, struct acceptance *a, struct fault *fault)
{
	const struct session_source source = {
		&a->transfer, &a->response, { &a->ticket.keys, &a->own }, false
	};
	struct stream_keys keys;
	int err;

	if (description_tls(&a->answer.sdp))
		return keys_write_tls(&a->output, &source,
				      a->transfer.policy.initiator, fault);
	err = sessions_derive(&keys, &ue->config, &source, &a->answer.sdp,
			      fault);
	if (!err)
		err = keys_write(&a->output, &keys,
				 a->transfer.policy.initiator, fault);
	sg_secret_zero(&keys, sizeof(keys));
	return err;
}

static int print(struct ue *ue, const struct acceptance *a,
		 struct sg_slice message, struct fault *fault)
{
	char value[MIKEY_ATTRIBUTE_SIZE(MIKEY_MESSAGE_MAX)];
	char text[DESCRIPTION_MAX + sizeof(value) + 64];
	struct sg_slice from = a->transfer.policy.initiator;
	int size = mikey_attribute_print(value, sizeof(value), message);

	if (size > 0)
		size = description_print(text, sizeof(text), &a->answer,
					 (struct sg_slice){ value, size });
	if (size < 0)
		return fault_set(fault, -size, "the answer cannot be written");
	if (ue->json)
		return ue_print_json(json_pack("{s:s%, s:s%, s:o}", "peer",
					       from.at, from.size, "sdp", text,
					       (size_t)size, "ticket",
					       ticket_json(&a->ticket)),
				     fault);
	fwrite(text, 1, size, stdout);
	return 0;
}

/* -- the command ----------------------------------------------------------- */

static int read_description(struct acceptance *a, int which, const char *path,
			    struct fault *fault)
{
	struct sg_slice text;
	int err = text_file_read(&text, a->text[which], sizeof(a->text[which]),
				 path, fault);

	return err ? err : description_read(which ? &a->answer : &a->offer,
					    text, fault);
}

static int read_options(struct acceptance *a, int argc, char **argv,
			struct fault *fault)
{
	int option, err = 0;

	while (!err && (option = getopt(argc, argv, "k:F:f:e:")) != -1)
		if (option == 'f')
			err = ue_identity_of(&a->from, optarg, fault);
		else if (option == 'e')
			a->trouble = optarg;
		else if (!keys_option(&a->output, option, optarg))
			return fault_usage(fault);
	if (!err && argc - optind != 2)
		return fault_usage(fault);
	if (!err)
		err = read_description(a, 0, argv[optind], fault);
	if (!err)
		err = read_description(a, 1, argv[optind + 1], fault);
	if (!err && a->answer.message.size)
		err = fault_set(fault, EINVAL,
				"the answer has a=key-mgmt already");
	return err;
}

/* From here on it is known who offers. */
static int verify(struct ue *ue, struct acceptance *a, struct fault *fault)
{
	int err;

	a->error = MIKEY_AUTH_FAILURE;
	err = receive_open(ue, &a->transfer, &a->ticket, &a->own, fault);
	if (err)
		return err;
	a->verified = true;
	/* Behind the MAC: RFC 3830 5.4. */
	a->error = MIKEY_INVALID_TS;
	err = ue_store(ue, fault);
	return err ? err :
		     store_seen(ue->store, &a->transfer.t, a->transfer.tag,
				ue->config.skew, fault);
}

static int accept_offer(struct ue *ue, struct acceptance *a,
			struct fault *fault)
{
	__u8 octets[MIKEY_MESSAGE_MAX];
	int size = 0, err = judge(ue, a, fault);

	if (!err)
		err = verify(ue, a, fault);
	if (err)
		return err;
	a->error = MIKEY_UNSPECIFIED;
	size = respond(ue, a, octets, sizeof(octets), fault);
	err = size < 0 ? size : write_keys(ue, a, fault);
	if (!err && !a->output.path)
		sg_warning("without -k nobody has the keys of this call");
	return err ? err : print(ue, a, mikey_slice(octets, size), fault);
}

/* For the body of a 488, as RFC 4567 allows. */
static void say_why(struct ue *ue, const struct acceptance *a)
{
	const struct trouble_cause cause = {
		.prf = a->transfer.prf,
		.csb_id = a->transfer.csb_id,
		.rands.initiator = a->transfer.rand,
		.key = a->verified ? &a->ticket.keys.key[0].secret : NULL,
	};
	struct fault fault;

	if (a->trouble && a->parsed &&
	    trouble_write(ue, a->trouble, a->error, &cause, &a->answer, &fault))
		sg_warning("%s", fault.text);
}

int run_accept(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	static struct acceptance acceptance;
	int err = read_options(&acceptance, argc, argv, fault);

	if (!err)
		err = accept_offer(ue, &acceptance, fault);
	if (err)
		say_why(ue, &acceptance);
	sg_secret_zero(&acceptance, sizeof(acceptance));
	return err;
}
