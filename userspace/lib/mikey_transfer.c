// SPDX-License-Identifier: GPL-2.0-only
/* TRANSFER_INIT: RFC 6043 4.2.2. */
#include "lib/mikey_sessions.h"
#include "lib/mikey_shape.h"

static int derive(struct mikey_message_keys *keys,
		  const struct mikey_transfer *transfer,
		  const struct mikey_secret *mpki)
{
	struct mikey_rands rands = { .initiator = transfer->rand };

	return mikey_derive_message(keys, mikey_suite_of(transfer->prf), mpki,
				    transfer->csb_id, MIKEY_PHASE_INIT, &rands);
}

/* -- writing --------------------------------------------------------------- */

static void add_extension(struct mikey_message *m, __u8 type,
			  struct sg_slice data)
{
	if (data.size)
		mikey_add(m, (struct mikey_payload){ .type = MIKEY_EXTENSION,
						     .kind = type,
						     .data = data });
}

static int fill(struct mikey_message *m, const struct mikey_transfer *transfer,
		const struct mikey_kemac *kemac, struct sg_slice initiator_data)
{
	*m = (struct mikey_message){
		.data_type = MIKEY_TRANSFER_INIT,
		.v = transfer->policy.flags & MIKEY_F,
		.prf = transfer->prf,
		.csb_id = transfer->csb_id,
	};
	mikey_shape_add_time(m, &transfer->t);
	mikey_shape_add(m, MIKEY_RANDR, MIKEY_INITIATOR, transfer->rand);
	mikey_shape_add(m, MIKEY_IDR, MIKEY_INITIATOR, transfer->initiator);
	mikey_shape_add(m, MIKEY_IDR, MIKEY_RESPONDER, transfer->responder);
	mikey_sessions_add_policies(m, &transfer->sessions);
	add_extension(m, MIKEY_EXTENSION_SDP_IDS, transfer->sdp_ids);
	add_extension(m, transfer->extension_type, transfer->extension);
	mikey_add(m, (struct mikey_payload){
			     .type = MIKEY_TICKET,
			     .ticket = { transfer->ticket, initiator_data } });
	if (kemac)
		mikey_add(m, (struct mikey_payload){ .type = MIKEY_KEMAC,
						     .kemac = *kemac });
	mikey_shape_add_v(m, mikey_suite_of(transfer->prf));
	return mikey_sessions_fill(m, &transfer->sessions);
}

/*
 * The MAC's input: the message without Initiator Data, without the length of
 * that and without the tag; then both identities (RFC 6043 5.5). @data: where
 * Initiator Data lies in it.
 */
static int mac_parts(struct sg_slice part[4], struct sg_slice octets,
		     struct sg_slice data, size_t tag,
		     const struct mikey_transfer *transfer)
{
	const char *behind = data.at + data.size;

	part[0] = (struct sg_slice){ octets.at, data.at - 2 - octets.at };
	part[1] = (struct sg_slice){
		behind, octets.at + octets.size - tag - behind
	};
	part[2] = transfer->initiator;
	part[3] = transfer->responder;
	return 4;
}

/*
 * First as if there was no Initiator Data, for the tag; then, with forking,
 * Initiator Data with that tag in it.
 */
static int print_tag(__u8 tag[MIKEY_TAG_MAX], __u8 *buffer, size_t size,
		     const struct mikey_transfer *transfer,
		     const struct mikey_kemac *kemac,
		     const struct mikey_suite *suite,
		     const struct mikey_message_keys *keys)
{
	struct mikey_message message;
	struct sg_slice part[4], data;
	struct mikey_fault fault;
	int written, err;

	err = fill(&message, transfer, kemac, (struct sg_slice){ "", 0 });
	if (err)
		return err;
	written = mikey_print(buffer, size, &message);
	if (written < 0)
		return written;
	if (mikey_parse(&message, mikey_slice(buffer, written), &fault))
		return -EINVAL;
	data = mikey_find(&message, MIKEY_TICKET, 0, 0)->ticket.initiator_data;
	return mikey_mac(suite->mac, keys->auth, part,
			 mac_parts(part, message.octets, data, suite->tag,
				   transfer), tag);
}

static int print_whole(__u8 *buffer, size_t size,
		       const struct mikey_transfer *transfer,
		       const struct mikey_kemac *kemac,
		       const struct mikey_message_keys *keys,
		       const struct mikey_secret *mpkr)
{
	const struct mikey_suite *suite = mikey_suite_of(transfer->prf);
	__u8 tag[MIKEY_TAG_MAX], data[MIKEY_INITIATOR_DATA_MAX];
	struct mikey_message message;
	int written = 0;
	int err = print_tag(tag, buffer, size, transfer, kemac, suite, keys);

	if (err)
		return err;
	if (transfer->policy.flags & MIKEY_I)
		written = mikey_initiator_data_print(
			data, mikey_slice(tag, suite->tag),
			mikey_suite_of(transfer->policy.prf), mpkr);
	if (written < 0)
		return written;
	fill(&message, transfer, kemac, mikey_slice(data, written));
	written = mikey_print(buffer, size, &message);
	if (written > 0)
		memcpy(buffer + written - suite->tag, tag, suite->tag);
	return written;
}

static bool may_print(const struct mikey_transfer *transfer,
		      const struct mikey_secret *mpki,
		      const struct mikey_keys *own)
{
	__u16 flags = transfer->policy.flags;
	struct mikey_fault fault;

	return mikey_suite_of(transfer->prf) &&
	       mikey_suite_of(transfer->policy.prf) &&
	       transfer->t.type != MIKEY_COUNTER &&
	       transfer->rand.size >= MIKEY_RAND_MIN &&
	       /* RFC 6043 12.1, unless RANDRr adds to it. */
	       (transfer->rand.size >= mpki->size || flags & MIKEY_G) &&
	       (!own || (flags & MIKEY_L &&
			 !mikey_keys_check(own, 0, &fault)));
}

int mikey_transfer_print(__u8 *buffer, size_t size,
			 const struct mikey_transfer *transfer,
			 const struct mikey_secret *mpki,
			 const struct mikey_secret *mpkr,
			 const struct mikey_keys *own)
{
	__u8 data[MIKEY_KEYS_SIZE_MAX];
	struct mikey_message_keys keys;
	struct mikey_kemac kemac;
	int err;

	if (!may_print(transfer, mpki, own))
		return -EINVAL;
	err = derive(&keys, transfer, mpki);
	if (!err && own)
		err = mikey_kemac_seal(&kemac, data, sizeof(data), own,
				       mikey_suite_of(transfer->prf), &keys,
				       transfer->csb_id, &transfer->t);
	if (!err)
		err = print_whole(buffer, size, transfer, own ? &kemac : NULL,
				  &keys, mpkr);
	mikey_message_keys_wipe(&keys);
	return err;
}

/* -- reading --------------------------------------------------------------- */

static const struct mikey_rule rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_RANDR, MIKEY_INITIATOR, 1, 1 },
	{ MIKEY_IDR, MIKEY_INITIATOR, 0, 1 },
	{ MIKEY_IDR, MIKEY_RESPONDER, 0, 1 },
	{ MIKEY_SP, 0, 0, MIKEY_SPS_MAX },
	{ MIKEY_TICKET, 0, 1, 1 },
	{ MIKEY_KEMAC, 0, 0, 1 },
};

static struct sg_slice find_extension(const struct mikey_message *m, __u8 type)
{
	const struct mikey_payload *p;

	for (int i = 0; (p = mikey_find(m, MIKEY_EXTENSION, 0, i)); i++)
		if (p->kind == type)
			return p->data;
	return (struct sg_slice){ 0 };
}

struct sg_slice mikey_transfer_extension(const struct mikey_transfer *transfer,
					 __u8 type)
{
	struct mikey_message message;
	struct mikey_fault fault;

	if (mikey_parse(&message, transfer->octets, &fault))
		return (struct sg_slice){ 0 };
	return find_extension(&message, type);
}

static void take(struct mikey_transfer *transfer, const struct mikey_message *m)
{
	const struct mikey_payload *ticket = mikey_find(m, MIKEY_TICKET, 0, 0);
	const struct mikey_payload *kemac = mikey_find(m, MIKEY_KEMAC, 0, 0);

	transfer->prf = m->prf;
	transfer->csb_id = m->csb_id;
	transfer->t = mikey_find(m, MIKEY_T, 0, 0)->t;
	transfer->rand = mikey_shape_data(m, MIKEY_RANDR, MIKEY_INITIATOR);
	transfer->initiator = mikey_shape_data(m, MIKEY_IDR, MIKEY_INITIATOR);
	transfer->responder = mikey_shape_data(m, MIKEY_IDR, MIKEY_RESPONDER);
	transfer->ticket = ticket->ticket.body;
	transfer->initiator_data = ticket->ticket.initiator_data;
	transfer->has_kemac = kemac;
	if (kemac)
		transfer->kemac = kemac->kemac;
	transfer->sdp_ids = find_extension(m, MIKEY_EXTENSION_SDP_IDS);
	transfer->octets = m->octets;
	transfer->tag = mikey_shape_data(m, MIKEY_V, 0);
}

static int check_policy(const struct mikey_transfer *transfer,
			struct mikey_fault *fault)
{
	const struct mikey_policy *policy = &transfer->policy;

	if (!mikey_suite_of(policy->prf))
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_PRF,
				  "the ticket's PRF is not known");
	if (transfer->has_kemac && !(policy->flags & MIKEY_L))
		return mikey_fail(fault, -EPERM, MIKEY_INVALID_TPPAR,
				  "the ticket allows the initiator no keys");
	if (!transfer->initiator_data.size != !(policy->flags & MIKEY_I))
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_TICKET,
				  "Initiator Data is not there as forking wants it");
	/* TS 33.328 B.2.2: the sender is whom the ticket was issued to. */
	if (transfer->initiator.size && policy->initiator.size &&
	    !sg_slice_equal(transfer->initiator, policy->initiator))
		return mikey_fail(fault, -EPERM, MIKEY_INVALID_ID,
				  "the initiator is not the ticket's");
	return mikey_flags_check(policy->flags, false, fault);
}

static int parse(struct mikey_transfer *transfer, const struct mikey_message *m,
		 struct mikey_fault *fault)
{
	int err;

	if (m->data_type != MIKEY_TRANSFER_INIT)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSUPPORTED_MESSAGE,
				  "the message is no TRANSFER_INIT");
	err = mikey_shape_check(m, MIKEY_RULES(rules), MIKEY_PROOF_V, fault);
	if (err)
		return err;
	if (!mikey_shape_suite(m, fault))
		return -ENOTSUP;
	take(transfer, m);
	err = mikey_sessions_take(&transfer->sessions, m, fault);
	if (!err)
		err = mikey_policy_parse(&transfer->policy, transfer->ticket,
					 fault);
	if (!err)
		err = check_policy(transfer, fault);
	if (!err && !transfer->rand.size)
		err = mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				 "the RAND is empty");
	return err ? err : mikey_shape_check_rand(transfer->rand, fault);
}

int mikey_transfer_parse(struct mikey_transfer *transfer,
			 struct sg_slice octets, struct mikey_fault *fault)
{
	struct mikey_message message;
	int err = mikey_parse(&message, octets, fault);

	memset(transfer, 0, sizeof(*transfer));
	return err ? err : parse(transfer, &message, fault);
}

static int verify(const struct mikey_transfer *transfer,
		  const struct mikey_message_keys *keys, struct mikey_keys *own,
		  struct mikey_fault *fault)
{
	const struct mikey_suite *suite = mikey_suite_of(transfer->prf);
	struct sg_slice part[4];
	int parts, err;

	parts = mac_parts(part, transfer->octets, transfer->initiator_data,
			  transfer->tag.size, transfer);
	err = mikey_mac_check(suite->mac, keys->auth, part, parts,
			      transfer->tag, fault);
	if (!err && transfer->policy.flags & MIKEY_I)
		err = mikey_initiator_data_compare(transfer->initiator_data,
						   transfer->tag, fault);
	if (!err && transfer->has_kemac)
		err = mikey_kemac_open(own, &transfer->kemac, 0, suite, keys,
				       transfer->csb_id, &transfer->t, fault);
	return err;
}

int mikey_transfer_verify(const struct mikey_transfer *transfer,
			  const struct mikey_secret *mpki,
			  struct mikey_keys *own, struct mikey_fault *fault)
{
	struct mikey_message_keys keys;
	int err;

	memset(own, 0, sizeof(*own));
	err = derive(&keys, transfer, mpki);
	if (err)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "the message's keys cannot be derived");
	err = verify(transfer, &keys, own, fault);
	mikey_message_keys_wipe(&keys);
	return err;
}
