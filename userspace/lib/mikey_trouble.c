// SPDX-License-Identifier: GPL-2.0-only
/* Error messages: RFC 3830 5.1.2, RFC 6043 4.2 and 5.5. */
#include "lib/mikey_exchange.h"
#include "lib/mikey_shape.h"

enum { ERRORS_MAX = sizeof(((struct mikey_trouble *)0)->error) };

static int derive(struct mikey_message_keys *keys,
		  const struct mikey_trouble *trouble,
		  const struct mikey_secret *key, enum mikey_phase phase,
		  const struct mikey_rands *rands)
{
	return mikey_derive_message_auth(keys, mikey_suite_of(trouble->prf),
					 key, trouble->csb_id, phase, rands);
}

static void fill(struct mikey_message *m, const struct mikey_trouble *trouble)
{
	*m = (struct mikey_message){
		.data_type = MIKEY_ERROR,
		.prf = trouble->prf,
		.csb_id = trouble->csb_id,
		.map = MIKEY_MAP_EMPTY,
	};
	mikey_shape_add_time(m, &trouble->t);
	for (int i = 0; i < trouble->errors; i++)
		mikey_add(m, (struct mikey_payload){
				     .type = MIKEY_ERR,
				     .error = trouble->error[i] });
	for (int i = 0; i < trouble->sps; i++)
		mikey_add(m, (struct mikey_payload){
				     .type = MIKEY_SP,
				     .sp = { trouble->sp[i].policy,
					     trouble->sp[i].protocol,
					     trouble->sp[i].parameters } });
}

static bool may_be_sent(const struct mikey_trouble *trouble)
{
	return trouble->errors >= 1 && trouble->errors <= ERRORS_MAX &&
	       trouble->sps <= MIKEY_SPS_MAX;
}

int mikey_trouble_print(__u8 *buffer, size_t size,
			const struct mikey_trouble *trouble,
			const struct mikey_secret *key, enum mikey_phase phase,
			const struct mikey_rands *rands)
{
	const struct mikey_suite *suite = mikey_suite_of(trouble->prf);
	struct mikey_message_keys keys;
	struct mikey_message message;
	int written, err;

	if (!may_be_sent(trouble) || (key && !suite))
		return -EINVAL;
	fill(&message, trouble);
	if (key)
		mikey_shape_add_v(&message, suite);
	written = mikey_print(buffer, size, &message);
	if (written < 0 || !key)
		return written;
	err = derive(&keys, trouble, key, phase, rands);
	if (err)
		return err;
	err = mikey_shape_seal(buffer, written, suite, &keys, NULL, 0);
	mikey_message_keys_wipe(&keys);
	return err;
}

int mikey_trouble_sign(__u8 *buffer, size_t size,
		       const struct mikey_trouble *trouble, EVP_PKEY *signer)
{
	int written = mikey_rsa_size(signer);
	struct mikey_message message;

	if (written < 0 || !may_be_sent(trouble))
		return -EINVAL;
	fill(&message, trouble);
	mikey_shape_add_sign(&message, trouble->sign, written);
	written = mikey_print(buffer, size, &message);
	if (written < 0)
		return written;
	return mikey_shape_sign(buffer, written, signer, trouble->sign, NULL,
				0);
}

static const struct mikey_rule rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_ERR, 0, 1, ERRORS_MAX },
	{ MIKEY_SP, 0, 0, MIKEY_SPS_MAX },
};

static void take(struct mikey_trouble *trouble, const struct mikey_message *m)
{
	const struct mikey_payload *p;

	*trouble = (struct mikey_trouble){ .prf = m->prf,
					   .csb_id = m->csb_id,
					   .octets = m->octets };
	trouble->t = mikey_find(m, MIKEY_T, 0, 0)->t;
	while ((p = mikey_find(m, MIKEY_ERR, 0, trouble->errors)))
		trouble->error[trouble->errors++] = p->error;
	while ((p = mikey_find(m, MIKEY_SP, 0, trouble->sps)))
		trouble->sp[trouble->sps++] = (struct mikey_sp){
			p->sp.policy, p->sp.protocol, p->sp.parameters
		};
	p = &m->payload[m->payloads - 1];
	trouble->is_signed = p->type == MIKEY_SIGN;
	trouble->has_tag = trouble->is_signed || p->type == MIKEY_V;
	if (!trouble->has_tag)
		return;
	trouble->tag = p->data;
	trouble->sign = p->kind;
}

int mikey_trouble_parse(struct mikey_trouble *trouble, struct sg_slice octets,
			struct mikey_fault *fault)
{
	struct mikey_message message;
	int err = mikey_parse(&message, octets, fault);

	if (err)
		return err;
	if (message.data_type != MIKEY_ERROR)
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_DT,
				  "the message is no Error message");
	err = mikey_shape_check(&message, MIKEY_RULES(rules), MIKEY_PROOF_ANY,
				fault);
	if (!err)
		take(trouble, &message);
	return err;
}

int mikey_trouble_verify(const struct mikey_trouble *trouble,
			 const struct mikey_secret *key, enum mikey_phase phase,
			 const struct mikey_rands *rands,
			 struct mikey_fault *fault)
{
	const struct mikey_suite *suite = mikey_suite_of(trouble->prf);
	struct mikey_message_keys keys;
	int err;

	if (!suite || !trouble->has_tag || trouble->is_signed ||
	    (int)trouble->tag.size != suite->tag)
		return mikey_fail(fault, -EBADMSG, MIKEY_AUTH_FAILURE,
				  "the Error message has no MAC of its PRF's");
	err = derive(&keys, trouble, key, phase, rands);
	if (err)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "the Error message's keys cannot be derived");
	err = mikey_shape_verify(trouble->octets, trouble->tag, suite, &keys,
				 NULL, 0, fault);
	mikey_message_keys_wipe(&keys);
	return err;
}

int mikey_trouble_verify_sign(const struct mikey_trouble *trouble,
			      EVP_PKEY *signer, struct mikey_fault *fault)
{
	if (!trouble->is_signed)
		return mikey_fail(fault, -EBADMSG, MIKEY_AUTH_FAILURE,
				  "the Error message has no signature");
	return mikey_shape_verify_sign(trouble->octets, trouble->tag, signer,
				       trouble->sign, NULL, 0, fault);
}
