// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_update.h"

#include "lib/mikey_sessions.h"
#include "lib/mikey_shape.h"
#include "lib/secret.h"

/* -- the bundle ------------------------------------------------------------ */

int mikey_csb_open(struct mikey_csb *csb, const struct mikey_transfer *transfer,
		   const struct mikey_answer *answer,
		   const struct mikey_secret *key)
{
	struct mikey_rands rands = { .initiator = transfer->rand };
	enum mikey_phase phase = MIKEY_PHASE_INIT;

	memset(csb, 0, sizeof(*csb));
	csb->suite = mikey_suite_of(transfer->prf);
	csb->csb_id = transfer->csb_id;
	csb->last = transfer->t.value;
	if (!csb->suite)
		return -EINVAL;
	if (answer) {
		rands.responder = answer->rand;
		phase = MIKEY_PHASE_RESP;
		if (answer->t.value > csb->last)
			csb->last = answer->t.value;
	}
	return mikey_derive_message(&csb->keys, csb->suite, key, csb->csb_id,
				    phase, &rands);
}

void mikey_csb_wipe(struct mikey_csb *csb)
{
	sg_secret_zero(csb, sizeof(*csb));
}

/* What the MAC covers behind the message: RFC 6043 5.5. */
static int behind(struct sg_slice part[2], const struct mikey_update *update,
		  const struct mikey_update *to)
{
	if (update->type == MIKEY_TRANSFER_RESP) {
		part[0] = to->octets;
		return 1;
	}
	part[0] = update->initiator;
	part[1] = update->responder;
	return 2;
}

static bool is_later(const struct mikey_csb *csb, const struct mikey_time *t)
{
	return t->type == MIKEY_NTP_UTC && t->value > csb->last;
}

/* -- writing --------------------------------------------------------------- */

static int fill(struct mikey_message *m, const struct mikey_csb *csb,
		const struct mikey_update *update,
		const struct mikey_kemac *kemac)
{
	*m = (struct mikey_message){
		.data_type = update->type,
		.v = update->type == MIKEY_TRANSFER_INIT &&
		     update->wants_response,
		.prf = csb->suite->prf,
		.csb_id = csb->csb_id,
	};
	mikey_shape_add_time(m, &update->t);
	mikey_shape_add(m, MIKEY_IDR, MIKEY_INITIATOR, update->initiator);
	mikey_shape_add(m, MIKEY_IDR, MIKEY_RESPONDER, update->responder);
	mikey_sessions_add_policies(m, &update->sessions);
	if (kemac)
		mikey_add(m, (struct mikey_payload){ .type = MIKEY_KEMAC,
						     .kemac = *kemac });
	mikey_shape_add_v(m, csb->suite);
	return mikey_sessions_fill(m, &update->sessions);
}

int mikey_update_print(__u8 *buffer, size_t size, struct mikey_csb *csb,
		       const struct mikey_update *update,
		       const struct mikey_update *to,
		       const struct mikey_keys *own)
{
	bool response = update->type == MIKEY_TRANSFER_RESP;
	__u8 data[MIKEY_KEYS_SIZE_MAX];
	struct mikey_message message;
	struct mikey_kemac kemac;
	struct mikey_fault fault;
	struct sg_slice part[2];
	int err = 0, written;

	if (!is_later(csb, &update->t) || (response && !to) ||
	    (own && mikey_keys_check(own, 0, &fault)))
		return -EINVAL;
	if (own)
		err = mikey_kemac_seal(&kemac, data, sizeof(data), own,
				       csb->suite, &csb->keys, csb->csb_id,
				       &update->t);
	/* Whatever comes of it, this keystream has been used. */
	csb->last = update->t.value;
	if (!err)
		err = fill(&message, csb, update, own ? &kemac : NULL);
	if (err)
		return err;
	written = mikey_print(buffer, size, &message);
	if (written < 0)
		return written;
	return mikey_shape_seal(buffer, written, csb->suite, &csb->keys, part,
				behind(part, update, to));
}

/* -- reading --------------------------------------------------------------- */

static const struct mikey_rule rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_IDR, MIKEY_INITIATOR, 0, 1 },
	{ MIKEY_IDR, MIKEY_RESPONDER, 0, 1 },
	{ MIKEY_SP, 0, 0, MIKEY_SPS_MAX },
	{ MIKEY_KEMAC, 0, 0, 1 },
};

static int check(const struct mikey_message *m, const struct mikey_csb *csb,
		 struct mikey_fault *fault)
{
	const struct mikey_suite *suite;

	if (m->data_type != MIKEY_TRANSFER_INIT &&
	    m->data_type != MIKEY_TRANSFER_RESP)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSUPPORTED_MESSAGE,
				  "the message is no TRANSFER_INIT or TRANSFER_RESP");
	/* With either it begins a transfer, and is none of ours. */
	if (mikey_find(m, MIKEY_TICKET, 0, 0) ||
	    mikey_find(m, MIKEY_RANDR, 0, 0) || m->csb_id != csb->csb_id)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the message is no update of this CSB");
	suite = mikey_shape_suite(m, fault);
	if (!suite)
		return -ENOTSUP;
	if (suite != csb->suite)
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_PRF,
				  "the PRF is not that of the CSB");
	return mikey_shape_check(m, MIKEY_RULES(rules), MIKEY_PROOF_V, fault);
}

static void take(struct mikey_update *update, const struct mikey_message *m)
{
	const struct mikey_payload *kemac = mikey_find(m, MIKEY_KEMAC, 0, 0);

	update->type = m->data_type;
	update->wants_response = m->v && m->data_type == MIKEY_TRANSFER_INIT;
	update->t = mikey_find(m, MIKEY_T, 0, 0)->t;
	update->initiator = mikey_shape_data(m, MIKEY_IDR, MIKEY_INITIATOR);
	update->responder = mikey_shape_data(m, MIKEY_IDR, MIKEY_RESPONDER);
	update->has_kemac = kemac;
	if (kemac)
		update->kemac = kemac->kemac;
	update->octets = m->octets;
	update->tag = mikey_shape_data(m, MIKEY_V, 0);
}

int mikey_update_parse(struct mikey_update *update, const struct mikey_csb *csb,
		       struct sg_slice octets, struct mikey_fault *fault)
{
	struct mikey_message message;
	int err = mikey_parse(&message, octets, fault);

	memset(update, 0, sizeof(*update));
	if (!err)
		err = check(&message, csb, fault);
	if (err)
		return err;
	take(update, &message);
	return mikey_sessions_take(&update->sessions, &message, fault);
}

int mikey_update_verify(const struct mikey_update *update,
			struct mikey_csb *csb, const struct mikey_update *to,
			struct mikey_keys *own, struct mikey_fault *fault)
{
	struct sg_slice part[2];
	int err;

	memset(own, 0, sizeof(*own));
	if (update->type == MIKEY_TRANSFER_RESP && !to)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "no update was asked to be answered");
	err = mikey_shape_verify(update->octets, update->tag, csb->suite,
				 &csb->keys, part, behind(part, update, to),
				 fault);
	if (err)
		return err;
	if (!is_later(csb, &update->t))
		return mikey_fail(fault, -ESTALE, MIKEY_INVALID_TS,
				  "the timestamp is not later than all before");
	if (update->has_kemac)
		err = mikey_kemac_open(own, &update->kemac, 0, csb->suite,
				       &csb->keys, csb->csb_id, &update->t,
				       fault);
	if (!err)
		csb->last = update->t.value;
	return err;
}
