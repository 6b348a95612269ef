/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A key management server in the place of ue/kms.h: it believes who asks,
 * grants what is wished and resolves what it sealed, without a network.
 */
#ifndef SRTPGATE_TEST_FAKE_KMS_H
#define SRTPGATE_TEST_FAKE_KMS_H

#include "lib/mikey_wire.h"
#include "lib/secret.h"
#include "random.h"
#include "ue/kms.h"

static struct {
	struct random random;
	int questions;
	bool down;		/* it does not answer */
} fake_kms;

static const struct mikey_secret fake_kms_tpk = { "0123456789abcdef", 16 };

static struct mikey_key fake_kms_key(enum mikey_key_kind kind, __u8 spi)
{
	struct mikey_key key = { .kind = kind, .secret.size = 16,
				 .validity = MIKEY_VALID_SPI, .spi = { spi },
				 .spi_size = 1 };

	random_bytes(&fake_kms.random, key.secret.octets, 16);
	return key;
}

static int fake_kms_issue(struct kms_dialogue *dialogue)
{
	struct mikey_ticket ticket = {
		.issuer = SG_SLICE("1"),
		.t = { MIKEY_NTP_UTC, 1ull << 63 },
		.rand = SG_SLICE("0123456789abcdef0123456789abcdef"),
	};
	struct mikey_keys keys = { .keys = 2 };
	struct mikey_fault fault;
	int size;

	if (mikey_policy_parse(&ticket.policy, dialogue->query.body, &fault))
		return -EINVAL;
	ticket.policy.wanted = (struct sg_slice){ 0 };
	keys.key[0] = fake_kms_key(MIKEY_MPK, 1);
	keys.key[1] = fake_kms_key(MIKEY_TGK, 2);
	size = mikey_ticket_seal(dialogue->answer, sizeof(dialogue->answer),
				 &ticket, &keys, &fake_kms_tpk);
	if (size < 0)
		return size;
	dialogue->reply.ticket = mikey_slice(dialogue->answer, size);
	return mikey_ticket_keys(&dialogue->reply.keys, &keys, &ticket);
}

static int fake_kms_fork(struct kms_dialogue *dialogue,
			 const struct mikey_policy *policy)
{
	struct mikey_reply *reply = &dialogue->reply;
	const struct mikey_suite *suite = mikey_suite_of(policy->prf);
	struct mikey_fault fault;

	if (mikey_initiator_data_check(dialogue->query.initiator_data, suite,
				       &reply->keys.key[1].secret, &fault))
		return -EBADMSG;
	random_bytes(&fake_kms.random, dialogue->answer, 32);
	reply->modifier.id = dialogue->query.requester;
	reply->modifier.rand = mikey_slice(dialogue->answer, 32);
	return mikey_derive_forks(&reply->keys, 1, suite, &reply->modifier);
}

static int fake_kms_resolve(struct ue *ue, struct kms_dialogue *dialogue)
{
	struct mikey_secret tpk = fake_kms_tpk;
	struct mikey_ticket ticket;
	struct mikey_keys keys;
	struct mikey_fault why;
	struct fault fault;
	int err = mikey_ticket_parse(&ticket, dialogue->query.body, &why);

	/* Mode 3: all terminals of a test have one credential. */
	if (!err && ticket.psk_id.size)
		err = ue_psk(ue, &tpk, &fault);
	if (!err)
		err = mikey_ticket_open(&keys, &ticket, &tpk, &why);
	if (!err)
		err = mikey_ticket_keys(&dialogue->reply.keys, &keys, &ticket);
	if (!err && ticket.policy.flags & MIKEY_I)
		err = fake_kms_fork(dialogue, &ticket.policy);
	return err;
}

int kms_ask(struct ue *ue, struct kms_dialogue *dialogue, struct fault *fault)
{
	int err;

	memset(&dialogue->reply, 0, sizeof(dialogue->reply));
	if (fake_kms.down)
		return fault_set(fault, EAGAIN, "the KMS is down");
	fake_kms.questions++;
	err = dialogue->query.type == MIKEY_REQUEST_INIT_PSK ?
		      fake_kms_issue(dialogue) :
		      fake_kms_resolve(ue, dialogue);
	return err ? fault_set(fault, -err, "the KMS refuses") : 0;
}

void kms_dialogue_wipe(struct kms_dialogue *dialogue)
{
	sg_secret_zero(dialogue, sizeof(*dialogue));
}

#endif /* SRTPGATE_TEST_FAKE_KMS_H */
