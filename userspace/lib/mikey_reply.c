// SPDX-License-Identifier: GPL-2.0-only
/* REQUEST_RESP and RESOLVE_RESP: what a KMS answers. */
#include "lib/mikey_exchange.h"
#include "lib/mikey_query.h"
#include "lib/mikey_shape.h"
#include "lib/secret.h"

/* How many MPKs the ticket in the exchange asks for, or -EINVAL. */
static int mpks(const struct mikey_query *query,
		const struct mikey_reply *reply, struct mikey_fault *fault)
{
	struct mikey_policy policy;
	int err = mikey_policy_parse(&policy, mikey_query_is_resolve(query) ?
						      query->body :
						      reply->ticket, fault);

	if (err)
		return err;
	return policy.flags & MIKEY_I ? 2 : 1;
}

static void fill_reply(struct mikey_message *m, const struct mikey_query *query,
		       const struct mikey_reply *reply,
		       const struct mikey_kemac *kemac)
{
	bool resolve = mikey_query_is_resolve(query);

	*m = (struct mikey_message){
		.data_type = resolve ? MIKEY_RESOLVE_RESP : MIKEY_REQUEST_RESP,
		.prf = query->prf,
		.csb_id = query->csb_id,
		.map = MIKEY_MAP_EMPTY,
	};
	mikey_shape_add_time(m, &reply->t);
	mikey_shape_add(m, MIKEY_IDR, MIKEY_KMS, reply->kms);
	if (!resolve)
		mikey_add(m, (struct mikey_payload){
				     .type = MIKEY_TICKET,
				     .ticket = { .body = reply->ticket } });
	mikey_add(m, (struct mikey_payload){ .type = MIKEY_KEMAC,
					     .kemac = *kemac });
	mikey_shape_add(m, MIKEY_IDR, MIKEY_RESPONDER, reply->modifier.id);
	mikey_shape_add(m, MIKEY_RANDR, MIKEY_KMS, reply->modifier.rand);
	mikey_shape_add_v(m, mikey_suite_of(query->prf));
}

/* With forking both of the modifier and two MPKs, else neither and one. */
static int check_reply(const struct mikey_query *query,
		       const struct mikey_reply *reply,
		       struct mikey_fault *fault)
{
	int number = mpks(query, reply, fault);
	bool forked = mikey_query_is_resolve(query) && number == 2;

	if (number < 0)
		return number;
	if (forked != !!reply->modifier.id.size ||
	    forked != !!reply->modifier.rand.size)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "IDRr and RANDRkms are not there as forking wants them");
	if (forked && reply->modifier.rand.size < MIKEY_RAND_MIN)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "RANDRkms has less than 128 bits");
	return number;
}

static int seal_reply(__u8 *buffer, size_t size,
		      const struct mikey_query *query,
		      const struct mikey_reply *reply,
		      const struct mikey_message_keys *keys)
{
	const struct mikey_suite *suite = mikey_suite_of(query->prf);
	__u8 data[MIKEY_KEYS_SIZE_MAX];
	struct mikey_message message;
	struct mikey_kemac kemac;
	int written;
	int err = mikey_kemac_seal(&kemac, data, sizeof(data), &reply->keys,
				   suite, keys, query->csb_id, &reply->t);

	if (err)
		return err;
	fill_reply(&message, query, reply, &kemac);
	written = mikey_print(buffer, size, &message);
	if (written < 0)
		return written;
	return mikey_shape_seal(buffer, written, suite, keys, &query->octets,
				1);
}

int mikey_reply_print(__u8 *buffer, size_t size,
		      const struct mikey_query *query,
		      const struct mikey_reply *reply,
		      const struct mikey_secret *psk)
{
	struct mikey_message_keys keys;
	struct mikey_fault fault;
	int number = check_reply(query, reply, &fault), err;

	if (number < 0 || mikey_keys_check(&reply->keys, number, &fault) ||
	    !query->octets.size || reply->t.type == MIKEY_COUNTER ||
	    /* RFC 6043 12.1 */
	    (reply->modifier.rand.size &&
	     reply->modifier.rand.size < mikey_keys_longest(&reply->keys)))
		return -EINVAL;
	err = mikey_query_derive(&keys, query, psk, MIKEY_PHASE_RESP);
	if (err)
		return err;
	err = seal_reply(buffer, size, query, reply, &keys);
	mikey_message_keys_wipe(&keys);
	return err;
}

static const struct mikey_rule request_resp_rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_IDR, MIKEY_KMS, 0, 1 },
	{ MIKEY_TICKET, 0, 1, 1 },
	{ MIKEY_KEMAC, 0, 1, 1 },
};

static const struct mikey_rule resolve_resp_rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_IDR, MIKEY_KMS, 0, 1 },
	{ MIKEY_KEMAC, 0, 1, 1 },
	{ MIKEY_IDR, MIKEY_RESPONDER, 0, 1 },
	{ MIKEY_RANDR, MIKEY_KMS, 0, 1 },
};

static int check_reply_form(const struct mikey_message *m,
			    const struct mikey_query *query,
			    struct mikey_fault *fault)
{
	bool resolve = mikey_query_is_resolve(query);

	if (m->data_type == MIKEY_ERROR)
		return mikey_fail(fault, -EREMOTEIO, MIKEY_UNSPECIFIED,
				  "the answer is an Error message");
	if (m->data_type != (resolve ? MIKEY_RESOLVE_RESP : MIKEY_REQUEST_RESP))
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_DT,
				  "the message does not answer ours");
	if (m->prf != query->prf || m->csb_id != query->csb_id ||
	    m->map != MIKEY_MAP_EMPTY)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the answer's header is not that of our message");
	return resolve ? mikey_shape_check(m, MIKEY_RULES(resolve_resp_rules),
					   MIKEY_PROOF_V, fault) :
			 mikey_shape_check(m, MIKEY_RULES(request_resp_rules),
					   MIKEY_PROOF_V, fault);
}

static void take_reply(struct mikey_reply *reply, const struct mikey_message *m)
{
	const struct mikey_payload *ticket = mikey_find(m, MIKEY_TICKET, 0, 0);

	reply->t = mikey_find(m, MIKEY_T, 0, 0)->t;
	reply->kms = mikey_shape_data(m, MIKEY_IDR, MIKEY_KMS);
	reply->modifier.id = mikey_shape_data(m, MIKEY_IDR, MIKEY_RESPONDER);
	reply->modifier.rand = mikey_shape_data(m, MIKEY_RANDR, MIKEY_KMS);
	if (ticket && m->data_type == MIKEY_REQUEST_RESP)
		reply->ticket = ticket->ticket.body;
}

/* The MAC first, then everything that it protects. */
static int open_reply(struct mikey_reply *reply, const struct mikey_message *m,
		      const struct mikey_query *query,
		      const struct mikey_suite *suite,
		      const struct mikey_message_keys *keys,
		      struct mikey_fault *fault)
{
	int err = mikey_shape_verify(m->octets, mikey_shape_data(m, MIKEY_V, 0),
				     suite, keys, &query->octets, 1, fault);
	int number;

	if (err)
		return err;
	take_reply(reply, m);
	number = check_reply(query, reply, fault);
	if (number < 0)
		return number;
	return mikey_kemac_open(&reply->keys,
				&mikey_find(m, MIKEY_KEMAC, 0, 0)->kemac,
				number, suite, keys, query->csb_id, &reply->t,
				fault);
}

int mikey_reply_parse(struct mikey_reply *reply,
		      const struct mikey_query *query, struct sg_slice octets,
		      const struct mikey_secret *psk,
		      struct mikey_fault *fault)
{
	const struct mikey_suite *suite;
	struct mikey_message_keys keys;
	struct mikey_message message;
	int err;

	memset(reply, 0, sizeof(*reply));
	err = mikey_parse(&message, octets, fault);
	if (!err)
		err = check_reply_form(&message, query, fault);
	if (err)
		return err;
	suite = mikey_shape_suite(&message, fault);
	if (!suite)
		return -ENOTSUP;
	err = mikey_query_derive(&keys, query, psk, MIKEY_PHASE_RESP);
	if (err)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "the answer's keys cannot be derived");
	err = open_reply(reply, &message, query, suite, &keys, fault);
	mikey_message_keys_wipe(&keys);
	if (err)
		mikey_reply_wipe(reply);
	return err;
}

void mikey_reply_wipe(struct mikey_reply *reply)
{
	sg_secret_zero(reply, sizeof(*reply));
}
