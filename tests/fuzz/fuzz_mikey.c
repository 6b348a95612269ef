// SPDX-License-Identifier: GPL-2.0-only
/*
 * MIKEY: the octets as a message, as key data, as SRTP's policy, as a ticket
 * and as each message of MIKEY-TICKET. What is read is written and read again
 * as the same; nothing is ever authentic, but what reference_pk.py signed.
 */
#include <errno.h>
#include <openssl/x509.h>

#include "fuzz.h"
#include "lib/mikey_certificate.h"
#include "lib/mikey_exchange.h"
#include "lib/mikey_srtp.h"
#include "lib/secret.h"

static void check_refusal(int err, const struct mikey_fault *fault)
{
	require(err == -EINVAL || err == -ENOTSUP || err == -E2BIG ||
		err == -EPERM || err == -EREMOTEIO);
	require(fault->text && fault->error <= MIKEY_INVALID_TPPAR);
}

static void check_message(struct sg_slice octets)
{
	static struct mikey_message message;
	static __u8 out[65536];
	struct mikey_fault fault;
	int err = mikey_parse(&message, octets, &fault), size;

	if (err) {
		check_refusal(err, &fault);
		return;
	}
	size = mikey_print(out, sizeof(out), &message);
	require(size == (int)octets.size);
	/* ERR's reserved octets are written as zeros. */
	if (!mikey_find(&message, MIKEY_ERR, 0, 0))
		require(!memcmp(out, octets.at, size));
	require(!mikey_parse(&message, (struct sg_slice){ (char *)out, size },
			     &fault));
}

static void check_keys(struct sg_slice octets)
{
	static const struct mikey_keys zero;
	struct mikey_keys keys, again;
	__u8 out[MIKEY_KEYS_SIZE_MAX];
	struct mikey_fault fault;
	int err = mikey_keys_parse(&keys, octets, &fault), size;

	if (err) {
		check_refusal(err, &fault);
		require(sg_secret_equal(&keys, &zero, sizeof(zero)));
		return;
	}
	mikey_keys_check(&keys, 1, &fault);
	size = mikey_keys_print(out, sizeof(out), &keys);
	require(size >= 0);
	require(!mikey_keys_parse(&again, (struct sg_slice){ (char *)out, size },
				  &fault));
	require(sg_secret_equal(&keys, &again, sizeof(keys)));
	mikey_keys_wipe(&keys);
	require(sg_secret_equal(&keys, &zero, sizeof(zero)));
}

static void check_policy(struct sg_slice octets)
{
	struct mikey_srtp srtp, again;
	struct mikey_fault fault;
	__u8 out[128];
	int err = mikey_srtp_parse(&srtp, octets, &fault), size;

	if (err) {
		check_refusal(err, &fault);
		return;
	}
	size = mikey_srtp_print(out, sizeof(out), &srtp);
	require(size > 0);
	require(!mikey_srtp_parse(&again, (struct sg_slice){ (char *)out, size },
				  &fault));
	require(mikey_srtp_suite(&srtp) == mikey_srtp_suite(&again));
}

static const struct mikey_secret key = { { 1 }, 32 };

static void check_ticket(struct sg_slice body)
{
	struct mikey_ticket ticket;
	struct mikey_keys keys;
	struct mikey_fault fault;
	int err = mikey_ticket_parse(&ticket, body, &fault);

	if (err) {
		check_refusal(err, &fault);
		return;
	}
	require(mikey_ticket_open(&keys, &ticket, &key, &fault) < 0);
	mikey_policy_admits(&ticket.policy, SG_SLICE("alice@a.example"));
}

static void count(void *arg, struct sg_slice identity)
{
	int *identities = arg;

	require(identity.size && memchr(identity.at, '@', identity.size));
	++*identities;
}

/* What a KMS does with certificates before it believes any of them. */
static void check_public(const struct mikey_query *query)
{
	struct mikey_fault fault;
	int identities = 0;
	X509 *certificate;

	require(mikey_query_most_envelope(query) >= MIKEY_RAND_MIN);
	for (int i = 0; i < query->public.certificates; i++) {
		if (mikey_certificate_parse(&certificate,
					    query->public.certificate[i],
					    &fault))
			continue;
		mikey_certificate_names(certificate, count, &identities);
		if (!mikey_certificate_may(certificate, MIKEY_USE_USER,
					   &fault))
			mikey_query_verify_sign(query,
						X509_get0_pubkey(certificate),
						&fault);
		X509_free(certificate);
	}
}

static void check_query(struct sg_slice octets)
{
	struct mikey_query query;
	struct mikey_fault fault;
	int err = mikey_query_parse(&query, octets, &fault);

	if (err) {
		check_refusal(err, &fault);
		return;
	}
	require(mikey_query_verify(&query, &key, &fault) == -EBADMSG);
	if (mikey_query_is_resolve(&query))
		check_ticket(query.body);
	if (mikey_query_is_public(&query))
		check_public(&query);
	mikey_initiator_data_check(query.initiator_data, mikey_suite_of(0),
				   &key, &fault);
}

static void check_transfer(struct sg_slice octets)
{
	static struct mikey_transfer transfer;
	struct mikey_fault fault;
	struct mikey_keys own;
	int err = mikey_transfer_parse(&transfer, octets, &fault);

	if (err) {
		check_refusal(err, &fault);
		return;
	}
	require(mikey_transfer_verify(&transfer, &key, &own, &fault) < 0);
	check_ticket(transfer.ticket);
}

/* The answers to questions that were never asked. */
static void check_answers(struct sg_slice octets)
{
	static struct mikey_transfer transfer = { .csb_id = 0x55667788,
						  .rand = { "r", 1 } };
	static struct mikey_answer answer;
	struct mikey_query query = { .csb_id = 0x11223344,
				     .type = MIKEY_REQUEST_INIT_PSK };
	struct mikey_trouble trouble;
	struct mikey_reply reply;
	struct mikey_fault fault;
	struct mikey_keys own;

	transfer.policy.flags = MIKEY_F | MIKEY_G | MIKEY_I;
	transfer.octets = octets;
	transfer.sessions.css = 2;
	transfer.sessions.cs[0].id = 1;
	transfer.sessions.cs[1].id = 2;
	transfer.sessions.sps = 1;
	if (!mikey_answer_parse(&answer, &transfer, octets, &fault))
		require(mikey_answer_verify(&answer, &transfer, &key, &own,
					    &fault) < 0);
	require(mikey_reply_parse(&reply, &query, octets, &key, &fault) < 0);
	query.type = MIKEY_RESOLVE_INIT_PSK;
	query.csb_id = 0x99aabbcc;
	query.body = octets;
	require(mikey_reply_parse(&reply, &query, octets, &key, &fault) < 0);
	if (!mikey_trouble_parse(&trouble, octets, &fault))
		require(mikey_trouble_verify(&trouble, &key, MIKEY_PHASE_INIT,
					     &(struct mikey_rands){ 0 },
					     &fault) < 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *octets = malloc(size + !size);
	struct sg_slice slice = { octets, size };

	memcpy(octets, data, size);
	check_message(slice);
	check_keys(slice);
	check_policy(slice);
	check_ticket(slice);
	check_query(slice);
	check_transfer(slice);
	check_answers(slice);
	free(octets);
	return 0;
}
