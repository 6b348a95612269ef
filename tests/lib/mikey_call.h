/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run of tests/unit/data/mikey/reference.py with our code: alice at
 * a.example calls bob at b.example with a ticket for *@b.example. Each step
 * fills the members that it is named after and ends the program on errors.
 */
#ifndef SRTPGATE_TEST_MIKEY_CALL_H
#define SRTPGATE_TEST_MIKEY_CALL_H

#include "lib/mikey_exchange.h"

/* A message and the memory that it lies in. */
struct mikey_octets {
	__u8 octets[4096];
	int size;
};

struct mikey_call {
	const struct mikey_suite *suite; /* of the messages */
	const struct mikey_suite *policy; /* of the ticket */
	struct sg_slice bob;	/* whom the KMS says that the responder is */
	bool mode3;
	__u16 flags;
	enum mikey_key_kind kind; /* of the session key */
	struct mikey_secret psk_a, psk_b, tpk, mpk, tgk;
	struct mikey_secret rand_ticket, rand_request, rand_i, rand_r,
		rand_resolve, rand_kms;
	struct mikey_time t, t_late;

	struct mikey_octets ticket, request, request_resp, transfer, resolve,
		resolve_resp, answer;
	struct mikey_query request_said, resolve_said;
	struct mikey_transfer transfer_said;
	struct mikey_answer answer_said;
	struct mikey_keys ticket_keys; /* as in the ticket */
	struct mikey_keys initiator_keys, responder_keys;
};

struct sg_slice mikey_call_slice(const struct mikey_octets *octets);
struct sg_slice mikey_call_rand(const struct mikey_secret *secret);

/* @policy: the PRF of the ticket's policy. */
void mikey_call_begin(struct mikey_call *call, int prf, int policy,
		      bool mode3);
void mikey_call_ticket(struct mikey_call *call);
void mikey_call_request(struct mikey_call *call);
void mikey_call_transfer(struct mikey_call *call);
void mikey_call_resolve(struct mikey_call *call);
void mikey_call_answer(struct mikey_call *call);

/* All of them. */
void mikey_call_run(struct mikey_call *call);

#endif /* SRTPGATE_TEST_MIKEY_CALL_H */
