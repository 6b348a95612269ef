// SPDX-License-Identifier: GPL-2.0-only
/* REQUEST_INIT and RESOLVE_INIT, _PSK and _PK. */
#include "lib/mikey_certificate.h"
#include "lib/mikey_exchange.h"
#include "lib/mikey_query.h"
#include "lib/mikey_shape.h"

bool mikey_query_is_resolve(const struct mikey_query *query)
{
	return query->type == MIKEY_RESOLVE_INIT_PSK ||
	       query->type == MIKEY_RESOLVE_INIT_PK;
}

bool mikey_query_is_public(const struct mikey_query *query)
{
	return query->type == MIKEY_REQUEST_INIT_PK ||
	       query->type == MIKEY_RESOLVE_INIT_PK;
}

static enum mikey_role requester(const struct mikey_query *query)
{
	return mikey_query_is_resolve(query) ? MIKEY_RESPONDER : MIKEY_INITIATOR;
}

int mikey_query_derive(struct mikey_message_keys *keys,
		       const struct mikey_query *query,
		       const struct mikey_secret *psk, enum mikey_phase phase)
{
	const struct mikey_suite *suite = mikey_suite_of(query->prf);
	struct mikey_rands rands = { 0 };

	/* RFC 6043 5.1: the one RAND of either exchange is the requester's. */
	if (mikey_query_is_resolve(query))
		rands.responder = query->rand;
	else
		rands.initiator = query->rand;
	/* A query has a MAC, but nothing encrypted. */
	if (phase == MIKEY_PHASE_INIT)
		return mikey_derive_message_auth(keys, suite, psk,
						 query->csb_id, phase, &rands);
	return mikey_derive_message(keys, suite, psk, query->csb_id, phase,
				    &rands);
}

/* RFC 6043 5.5: message, Identity of the requester, Identity of the KMS. */
static void identities(struct sg_slice behind[2],
		       const struct mikey_query *query)
{
	behind[0] = query->requester;
	behind[1] = query->kms;
}

static void add_certificates(struct mikey_message *m,
			     const struct mikey_public *public)
{
	for (int i = 0; i < public->certificates; i++)
		mikey_add(m, (struct mikey_payload){
				     .type = MIKEY_CERT,
				     .kind = MIKEY_X509,
				     .data = public->certificate[i] });
}

static void add_envelope(struct mikey_message *m,
			 const struct mikey_public *public)
{
	if (public->chash.size)
		mikey_add(m, (struct mikey_payload){ .type = MIKEY_CHASH,
						     .kind = public->hash,
						     .data = public->chash });
	/* C is 0: nothing is sent later that the key would be good for. */
	mikey_add(m, (struct mikey_payload){ .type = MIKEY_PKE,
					     .data = public->envelope });
}

/* All but V and SIGN. */
static void fill(struct mikey_message *m, const struct mikey_query *query)
{
	enum mikey_payload_type carrier =
		mikey_query_is_resolve(query) ? MIKEY_TICKET : MIKEY_TP;

	*m = (struct mikey_message){
		.data_type = query->type,
		.v = true,
		.prf = query->prf,
		.csb_id = query->csb_id,
		.map = MIKEY_MAP_EMPTY,
	};
	mikey_shape_add_time(m, &query->t);
	mikey_shape_add(m, MIKEY_RANDR, requester(query), query->rand);
	mikey_shape_add(m, MIKEY_IDR, requester(query), query->requester);
	if (mikey_query_is_public(query))
		add_certificates(m, &query->public);
	mikey_shape_add(m, MIKEY_IDR, MIKEY_KMS, query->kms);
	mikey_add(m, (struct mikey_payload){
			     .type = carrier,
			     .ticket = { query->body,
					 query->initiator_data } });
	if (mikey_query_is_public(query))
		add_envelope(m, &query->public);
	else
		mikey_shape_add(m, MIKEY_IDR, MIKEY_PSK_ID, query->psk_id);
	if (mikey_query_is_resolve(query))
		mikey_shape_add(m, MIKEY_RANDR, MIKEY_KMS, query->refork);
}

/* @key: what protects the answer. */
static bool may_be_sent(const struct mikey_query *query,
			const struct mikey_secret *key, bool public)
{
	return mikey_suite_of(query->prf) &&
	       mikey_query_is_public(query) == public &&
	       query->rand.size >= MIKEY_RAND_MIN &&
	       query->rand.size >= key->size && key->size >= MIKEY_KEY_MIN &&
	       query->t.type != MIKEY_COUNTER && query->body.size;
}

int mikey_query_print(__u8 *buffer, size_t size,
		      const struct mikey_query *query,
		      const struct mikey_secret *psk)
{
	const struct mikey_suite *suite = mikey_suite_of(query->prf);
	struct mikey_message_keys keys;
	struct mikey_message message;
	struct sg_slice behind[2];
	int written, err;

	if (!may_be_sent(query, psk, false))
		return -EINVAL;
	fill(&message, query);
	mikey_shape_add_v(&message, suite);
	written = mikey_print(buffer, size, &message);
	if (written < 0)
		return written;
	err = mikey_query_derive(&keys, query, psk, MIKEY_PHASE_INIT);
	if (err)
		return err;
	identities(behind, query);
	err = mikey_shape_seal(buffer, written, suite, &keys, behind, 2);
	mikey_message_keys_wipe(&keys);
	return err;
}

int mikey_query_sign(__u8 *buffer, size_t size,
		     const struct mikey_query *query,
		     const struct mikey_secret *envelope, EVP_PKEY *signer)
{
	int written = mikey_rsa_size(signer);
	struct mikey_message message;
	struct sg_slice behind[2];

	if (written < 0 || !may_be_sent(query, envelope, true) ||
	    envelope->size < mikey_query_least_envelope(query))
		return -EINVAL;
	fill(&message, query);
	mikey_shape_add_sign(&message, query->public.sign, written);
	written = mikey_print(buffer, size, &message);
	if (written < 0)
		return written;
	identities(behind, query);
	return mikey_shape_sign(buffer, written, signer, query->public.sign,
				behind, 2);
}

static const struct mikey_rule request_rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_RANDR, MIKEY_INITIATOR, 1, 1 },
	{ MIKEY_IDR, MIKEY_INITIATOR, 0, 1 },
	{ MIKEY_IDR, MIKEY_KMS, 0, 1 },
	{ MIKEY_TP, 0, 1, 1 },
	{ MIKEY_IDR, MIKEY_PSK_ID, 0, 1 },
};

static const struct mikey_rule resolve_rules[] = {
	{ MIKEY_T, 0, 1, 1 },
	{ MIKEY_RANDR, MIKEY_RESPONDER, 1, 1 },
	{ MIKEY_IDR, MIKEY_RESPONDER, 0, 1 },
	{ MIKEY_IDR, MIKEY_KMS, 0, 1 },
	{ MIKEY_TICKET, 0, 1, 1 },
	{ MIKEY_IDR, MIKEY_PSK_ID, 0, 1 },
	{ MIKEY_RANDR, MIKEY_KMS, 0, 1 },
};

static const struct mikey_rule public_rules[] = {
	{ MIKEY_CERT, 0, 0, MIKEY_CERTIFICATES_MAX },
	{ MIKEY_CHASH, 0, 0, 1 },
	{ MIKEY_PKE, 0, 1, 1 },
};

static int check_form(const struct mikey_message *m, struct mikey_fault *fault)
{
	struct mikey_query query = { .type = m->data_type };
	bool public = mikey_query_is_public(&query);
	enum mikey_proof proof = public ? MIKEY_PROOF_SIGN : MIKEY_PROOF_V;

	if (!public && m->data_type != MIKEY_REQUEST_INIT_PSK &&
	    m->data_type != MIKEY_RESOLVE_INIT_PSK)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSUPPORTED_MESSAGE,
				  "the message is no REQUEST_INIT or RESOLVE_INIT");
	/* RFC 6043 4.2.1.1, 4.2.3.1 */
	if (m->map != MIKEY_MAP_EMPTY)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the message has a CS ID map");
	if (public && mikey_shape_check(m, MIKEY_RULES(public_rules), proof,
					fault))
		return -EINVAL;
	if (mikey_query_is_resolve(&query))
		return mikey_shape_check(m, MIKEY_RULES(resolve_rules), proof,
					 fault);
	return mikey_shape_check(m, MIKEY_RULES(request_rules), proof, fault);
}

/* URLs are not fetched; with a certificate for encryption nobody signs. */
static int take_certificates(struct mikey_public *public,
			     const struct mikey_message *m,
			     struct mikey_fault *fault)
{
	const struct mikey_payload *p;

	for (int i = 0; (p = mikey_find(m, MIKEY_CERT, 0, i)); i++) {
		if (p->kind == MIKEY_X509_ENCR)
			continue;
		if (p->kind != MIKEY_X509 && p->kind != MIKEY_X509_SIGN)
			return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_CERT,
					  "a certificate is of a type that is not taken");
		public->certificate[public->certificates++] = p->data;
	}
	return 0;
}

static int take_public(struct mikey_public *public,
		       const struct mikey_message *m, struct mikey_fault *fault)
{
	const struct mikey_payload *chash = mikey_find(m, MIKEY_CHASH, 0, 0);

	if (take_certificates(public, m, fault))
		return -ENOTSUP;
	if (chash && chash->kind == MIKEY_HASH_MD5)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_HA,
				  "the certificate's hash is by MD5");
	public->hash = chash ? chash->kind : 0;
	public->chash = mikey_shape_data(m, MIKEY_CHASH, 0);
	public->envelope = mikey_shape_data(m, MIKEY_PKE, 0);
	public->sign = mikey_find(m, MIKEY_SIGN, 0, 0)->kind;
	return 0;
}

static void take(struct mikey_query *query, const struct mikey_message *m)
{
	const struct mikey_ticket_body *carried;
	enum mikey_role role;

	*query = (struct mikey_query){ .type = m->data_type,
				       .prf = m->prf,
				       .csb_id = m->csb_id,
				       .octets = m->octets };
	role = requester(query);
	carried = &mikey_find(m, mikey_query_is_resolve(query) ? MIKEY_TICKET :
								 MIKEY_TP,
			      0, 0)->ticket;
	query->t = mikey_find(m, MIKEY_T, 0, 0)->t;
	query->rand = mikey_shape_data(m, MIKEY_RANDR, role);
	query->requester = mikey_shape_data(m, MIKEY_IDR, role);
	query->kms = mikey_shape_data(m, MIKEY_IDR, MIKEY_KMS);
	/* Of a message that no PSK protects it says nothing. */
	if (!mikey_query_is_public(query))
		query->psk_id = mikey_shape_data(m, MIKEY_IDR, MIKEY_PSK_ID);
	query->body = carried->body;
	query->initiator_data = carried->initiator_data;
	if (mikey_query_is_resolve(query))
		query->refork = mikey_shape_data(m, MIKEY_RANDR, MIKEY_KMS);
	query->tag = m->payload[m->payloads - 1].data;
}

int mikey_query_parse(struct mikey_query *query, struct sg_slice octets,
		      struct mikey_fault *fault)
{
	struct mikey_message message;
	int err = mikey_parse(&message, octets, fault);

	if (!err)
		err = check_form(&message, fault);
	if (err)
		return err;
	if (!mikey_shape_suite(&message, fault))
		return -ENOTSUP;
	take(query, &message);
	if (mikey_query_is_public(query) &&
	    take_public(&query->public, &message, fault))
		return -ENOTSUP;
	if (!query->rand.size)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the RAND is empty");
	err = mikey_shape_check_rand(query->rand, fault);
	if (!err && query->refork.size)
		err = mikey_shape_check_rand(query->refork, fault);
	return err;
}

int mikey_query_verify(const struct mikey_query *query,
		       const struct mikey_secret *psk,
		       struct mikey_fault *fault)
{
	struct mikey_message_keys keys;
	struct sg_slice behind[2];
	int err;

	/* Its last octets are no MAC. */
	if (mikey_query_is_public(query))
		return mikey_fail(fault, -EBADMSG, MIKEY_AUTH_FAILURE,
				  "the message has a signature for a MAC");
	err = mikey_query_derive(&keys, query, psk, MIKEY_PHASE_INIT);
	if (err)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "the message's keys cannot be derived");
	identities(behind, query);
	err = mikey_shape_verify(query->octets, query->tag,
				 mikey_suite_of(query->prf), &keys, behind, 2,
				 fault);
	mikey_message_keys_wipe(&keys);
	return err;
}

int mikey_query_verify_sign(const struct mikey_query *query, EVP_PKEY *signer,
			    struct mikey_fault *fault)
{
	struct sg_slice behind[2];

	if (!mikey_query_is_public(query))
		return mikey_fail(fault, -EBADMSG, MIKEY_AUTH_FAILURE,
				  "the message has a MAC for a signature");
	identities(behind, query);
	return mikey_shape_verify_sign(query->octets, query->tag, signer,
				       query->public.sign, behind, 2, fault);
}

/* The message's keys, and those of the ticket that goes over it. */
size_t mikey_query_least_envelope(const struct mikey_query *query)
{
	size_t least = mikey_suite_of(query->prf)->encr_key;
	const struct mikey_suite *suite;
	struct mikey_policy policy;
	struct mikey_fault ignored;

	if (mikey_policy_parse(&policy, query->body, &ignored))
		return least;
	suite = mikey_suite_of(policy.prf);
	return suite && suite->encr_key > least ? suite->encr_key : least;
}

size_t mikey_query_most_envelope(const struct mikey_query *query)
{
	return query->rand.size < MIKEY_ENVELOPE_MAX ? query->rand.size :
						       MIKEY_ENVELOPE_MAX;
}
