// SPDX-License-Identifier: GPL-2.0-only
/* TRANSFER_RESP: RFC 6043 4.2.2.3. */
#include "lib/mikey_sessions.h"
#include "lib/mikey_shape.h"

static int derive(struct mikey_message_keys *keys,
		  const struct mikey_transfer *transfer,
		  const struct mikey_answer *answer,
		  const struct mikey_secret *key)
{
	struct mikey_rands rands = { transfer->rand, answer->rand };

	return mikey_derive_message(keys, mikey_suite_of(transfer->prf), key,
				    transfer->csb_id, MIKEY_PHASE_RESP, &rands);
}

struct mikey_rands mikey_session_rands(const struct mikey_transfer *transfer,
				       const struct mikey_answer *answer)
{
	__u16 flags = transfer->policy.flags;
	struct mikey_rands rands = { 0 };

	if (flags & MIKEY_H)
		rands.initiator = transfer->rand;
	if (flags & MIKEY_G)
		rands.responder = answer->rand;
	return rands;
}

/* What the ticket's flags ask of an answer: RFC 6043 4.2.2, 6.10. */
static int check_flags(const struct mikey_answer *answer, __u16 flags,
		       struct mikey_fault *fault)
{
	bool forked = flags & MIKEY_I;

	if (!(flags & MIKEY_F))
		return mikey_fail(fault, -EPERM, MIKEY_INVALID_TPPAR,
				  "the ticket allows no answer");
	if (!answer->rand.size != !(flags & MIKEY_G) ||
	    !answer->modifier.id.size != !forked ||
	    !answer->modifier.rand.size != !forked)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "RANDRr, IDRr and RANDRkms are not there as the flags want them");
	if (answer->has_kemac && !(flags & MIKEY_M))
		return mikey_fail(fault, -EPERM, MIKEY_INVALID_TPPAR,
				  "the ticket allows the responder no keys");
	return mikey_shape_check_rand(answer->rand, fault);
}

/* -- writing --------------------------------------------------------------- */

static int fill(struct mikey_message *m, const struct mikey_transfer *transfer,
		const struct mikey_answer *answer,
		const struct mikey_kemac *kemac)
{
	*m = (struct mikey_message){
		.data_type = MIKEY_TRANSFER_RESP,
		.prf = transfer->prf,
		.csb_id = transfer->csb_id,
	};
	mikey_shape_add_time(m, &answer->t);
	mikey_shape_add(m, MIKEY_RANDR, MIKEY_RESPONDER, answer->rand);
	mikey_shape_add(m, MIKEY_IDR, MIKEY_RESPONDER, answer->modifier.id);
	mikey_shape_add(m, MIKEY_RANDR, MIKEY_KMS, answer->modifier.rand);
	mikey_sessions_add_policies(m, &answer->sessions);
	if (kemac)
		mikey_add(m, (struct mikey_payload){ .type = MIKEY_KEMAC,
						     .kemac = *kemac });
	mikey_shape_add_v(m, mikey_suite_of(transfer->prf));
	return mikey_sessions_fill(m, &answer->sessions);
}

static int print(__u8 *buffer, size_t size,
		 const struct mikey_transfer *transfer,
		 const struct mikey_answer *answer,
		 const struct mikey_kemac *kemac,
		 const struct mikey_message_keys *keys)
{
	struct mikey_message message;
	int written, err = fill(&message, transfer, answer, kemac);

	if (err)
		return err;
	written = mikey_print(buffer, size, &message);
	if (written < 0)
		return written;
	return mikey_shape_seal(buffer, written, mikey_suite_of(transfer->prf),
				keys, &transfer->octets, 1);
}

static bool may_print(const struct mikey_transfer *transfer,
		      const struct mikey_answer *answer,
		      const struct mikey_secret *key,
		      const struct mikey_keys *own)
{
	__u16 flags = transfer->policy.flags;
	struct mikey_fault fault;

	return !check_flags(answer, flags, &fault) &&
	       (!own || (flags & MIKEY_M &&
			 !mikey_keys_check(own, 0, &fault))) &&
	       answer->t.type != MIKEY_COUNTER && transfer->octets.size &&
	       transfer->rand.size + answer->rand.size >= key->size &&
	       !mikey_sessions_check(&answer->sessions, &transfer->sessions,
				     &fault);
}

int mikey_answer_print(__u8 *buffer, size_t size,
		       const struct mikey_transfer *transfer,
		       const struct mikey_answer *answer,
		       const struct mikey_secret *key,
		       const struct mikey_keys *own)
{
	__u8 data[MIKEY_KEYS_SIZE_MAX];
	struct mikey_message_keys keys;
	struct mikey_kemac kemac;
	int err;

	if (!may_print(transfer, answer, key, own))
		return -EINVAL;
	err = derive(&keys, transfer, answer, key);
	if (!err && own)
		err = mikey_kemac_seal(&kemac, data, sizeof(data), own,
				       mikey_suite_of(transfer->prf), &keys,
				       transfer->csb_id, &answer->t);
	if (!err)
		err = print(buffer, size, transfer, answer,
			    own ? &kemac : NULL, &keys);
	mikey_message_keys_wipe(&keys);
	return err;
}

/* -- reading --------------------------------------------------------------- */

static const struct mikey_rule rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_RANDR, MIKEY_RESPONDER, 0, 1 },
	{ MIKEY_IDR, MIKEY_RESPONDER, 0, 1 },
	{ MIKEY_RANDR, MIKEY_KMS, 0, 1 },
	{ MIKEY_SP, 0, 0, MIKEY_SPS_MAX },
	{ MIKEY_KEMAC, 0, 0, 1 },
};

static int check_header(const struct mikey_message *m,
			const struct mikey_transfer *transfer,
			struct mikey_fault *fault)
{
	if (m->data_type == MIKEY_ERROR)
		return mikey_fail(fault, -EREMOTEIO, MIKEY_UNSPECIFIED,
				  "the answer is an Error message");
	if (m->data_type != MIKEY_TRANSFER_RESP)
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_DT,
				  "the message does not answer ours");
	if (m->prf != transfer->prf || m->csb_id != transfer->csb_id)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the answer's header is not that of our message");
	return mikey_shape_suite(m, fault) ? 0 : -ENOTSUP;
}

static void take(struct mikey_answer *answer, const struct mikey_message *m)
{
	const struct mikey_payload *kemac = mikey_find(m, MIKEY_KEMAC, 0, 0);

	answer->t = mikey_find(m, MIKEY_T, 0, 0)->t;
	answer->rand = mikey_shape_data(m, MIKEY_RANDR, MIKEY_RESPONDER);
	answer->modifier.id = mikey_shape_data(m, MIKEY_IDR, MIKEY_RESPONDER);
	answer->modifier.rand = mikey_shape_data(m, MIKEY_RANDR, MIKEY_KMS);
	answer->has_kemac = kemac;
	if (kemac)
		answer->kemac = kemac->kemac;
	answer->octets = m->octets;
	answer->tag = mikey_shape_data(m, MIKEY_V, 0);
}

int mikey_answer_parse(struct mikey_answer *answer,
		       const struct mikey_transfer *transfer,
		       struct sg_slice octets, struct mikey_fault *fault)
{
	struct mikey_message message;
	int err = mikey_parse(&message, octets, fault);

	memset(answer, 0, sizeof(*answer));
	if (!err)
		err = check_header(&message, transfer, fault);
	if (!err)
		err = mikey_shape_check(&message, MIKEY_RULES(rules), MIKEY_PROOF_V,
					fault);
	if (err)
		return err;
	take(answer, &message);
	err = check_flags(answer, transfer->policy.flags, fault);
	if (!err)
		err = mikey_sessions_take(&answer->sessions, &message, fault);
	return err ? err : mikey_sessions_check(&answer->sessions,
						&transfer->sessions, fault);
}

int mikey_answer_verify(const struct mikey_answer *answer,
			const struct mikey_transfer *transfer,
			const struct mikey_secret *key, struct mikey_keys *own,
			struct mikey_fault *fault)
{
	const struct mikey_suite *suite = mikey_suite_of(transfer->prf);
	struct mikey_message_keys keys;
	int err;

	memset(own, 0, sizeof(*own));
	err = derive(&keys, transfer, answer, key);
	if (err)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "the answer's keys cannot be derived");
	err = mikey_shape_verify(answer->octets, answer->tag, suite, &keys,
				 &transfer->octets, 1, fault);
	if (!err && answer->has_kemac)
		err = mikey_kemac_open(own, &answer->kemac, 0, suite, &keys,
				       transfer->csb_id, &answer->t, fault);
	mikey_message_keys_wipe(&keys);
	return err;
}
