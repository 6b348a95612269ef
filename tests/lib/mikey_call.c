// SPDX-License-Identifier: GPL-2.0-only
#include "mikey_call.h"

#include "ktap.h"
#include "lib/mikey_srtp.h"

#define ALICE SG_SLICE("alice@a.example")
#define BOB SG_SLICE("bob@b.example")
#define KMS SG_SLICE("kms.a.example")
#define B_TID_A SG_SLICE("cmFuZGEtMTIzNDU2Nzg5MA==@bsf.a.example")
#define B_TID_B SG_SLICE("cmFuZGItMTIzNDU2Nzg5MA==@bsf.a.example")

static struct mikey_fault fault;

static void need(int err, const char *what)
{
	if (err < 0)
		ktap_bail_out("%s: %d, %s", what, err,
			      fault.text ? fault.text : "");
}

static struct mikey_secret ascending(int first, int size)
{
	struct mikey_secret secret = { .size = size };

	for (int i = 0; i < size; i++)
		secret.octets[i] = first + i;
	return secret;
}

static struct sg_slice slice_of(const __u8 *octets, size_t size)
{
	return (struct sg_slice){ (const char *)octets, size };
}

struct sg_slice mikey_call_slice(const struct mikey_octets *octets)
{
	return slice_of(octets->octets, octets->size);
}

struct sg_slice mikey_call_rand(const struct mikey_secret *secret)
{
	return slice_of(secret->octets, secret->size);
}

/* A key with an SPI of one octet; with a salt unless it is an MPK. */
static struct mikey_key key_of(enum mikey_key_kind kind,
			       struct mikey_secret secret, __u8 spi)
{
	struct mikey_key key = { .kind = kind, .secret = secret,
				 .validity = MIKEY_VALID_SPI, .spi = { spi },
				 .spi_size = 1 };

	for (int i = 0; i < 14 && kind != MIKEY_MPK; i++)
		key.salt[key.salt_size++] = 0xc0 + i;
	return key;
}

void mikey_call_begin(struct mikey_call *call, int prf, int policy, bool mode3)
{
	int size;

	*call = (struct mikey_call){ .suite = mikey_suite_of(prf),
				     .policy = mikey_suite_of(policy),
				     .bob = BOB,
				     .mode3 = mode3 };
	size = call->policy->encr_key;
	mikey_flags_parse(&call->flags, mode3 ? "EFGHIJLNO" : "DEFGHIJNO");
	call->psk_a = ascending(0x10, 32);
	call->psk_b = ascending(0x60, 32);
	call->tpk = mode3 ? call->psk_a : ascending(0xa0, size);
	call->mpk = ascending(0x30, size);
	call->tgk = ascending(0x80, size);
	call->rand_ticket = ascending(0xe0, 32);
	call->rand_request = ascending(0x40, 32);
	call->rand_i = ascending(0x20, 32);
	call->rand_r = ascending(0x90, 32);
	call->rand_resolve = ascending(0x70, 32);
	call->rand_kms = ascending(0xd0, 32);
	call->t = (struct mikey_time){ MIKEY_NTP_UTC, 0xcfbf2d0000000000 };
	call->t_late = (struct mikey_time){ MIKEY_NTP_UTC, 0xcfbf2d0140000000 };
}

static struct mikey_policy policy_of(const struct mikey_call *call)
{
	return (struct mikey_policy){
		.profile = mikey_profile_3gpp,
		.prf = call->policy->prf,
		.flags = call->flags,
		.kms = KMS,
		.initiator = ALICE,
		.start = 0xcfbf2d00,
		.end = 0xcfbf3b10,
		.recipient = { SG_SLICE("*@b.example") },
		.recipients = 1,
	};
}

void mikey_call_ticket(struct mikey_call *call)
{
	struct mikey_ticket ticket = { .policy = policy_of(call),
				       .t = call->t,
				       .rand = mikey_call_rand(
					       &call->rand_ticket) };

	if (call->mode3)
		ticket.psk_id = B_TID_A;
	call->ticket_keys.key[0] = key_of(MIKEY_MPK, call->mpk, 1);
	call->ticket_keys.key[1] = key_of(call->kind, call->tgk, 2);
	call->ticket_keys.keys = 2;
	call->ticket.size = mikey_ticket_seal(call->ticket.octets,
					      sizeof(call->ticket.octets),
					      &ticket, &call->ticket_keys,
					      &call->tpk);
	need(call->ticket.size, "ticket");
	need(mikey_ticket_keys(&call->initiator_keys, &call->ticket_keys,
			       &ticket), "ticket's keys");
}

static void say_request(struct mikey_call *call)
{
	struct mikey_policy policy = policy_of(call);
	struct mikey_keys wanted = { .keys = 1 };
	__u8 data[128], body[512];
	int size;

	wanted.key[0] = key_of(call->kind, call->tgk, 2);
	memset(wanted.key[0].secret.octets, 0, MIKEY_KEY_MAX);
	memset(wanted.key[0].salt, 0, MIKEY_SALT_MAX);
	size = mikey_keys_print(data, sizeof(data), &wanted);
	need(size, "wanted keys");
	policy.wanted = slice_of(data, size);
	size = mikey_policy_print(body, sizeof(body), &policy);
	need(size, "policy");
	call->request_said = (struct mikey_query){
		.type = MIKEY_REQUEST_INIT_PSK,
		.prf = call->suite->prf,
		.csb_id = 0x11223344,
		.t = call->t,
		.rand = mikey_call_rand(&call->rand_request),
		.requester = ALICE,
		.kms = KMS,
		.psk_id = B_TID_A,
		.body = slice_of(body, size),
	};
	call->request.size = mikey_query_print(
		call->request.octets, sizeof(call->request.octets),
		&call->request_said, &call->psk_a);
	need(call->request.size, "REQUEST_INIT_PSK");
	need(mikey_query_parse(&call->request_said,
			       mikey_call_slice(&call->request), &fault),
	     "REQUEST_INIT_PSK");
}

void mikey_call_request(struct mikey_call *call)
{
	struct mikey_reply reply = { .t = call->t_late, .kms = KMS };

	say_request(call);
	need(mikey_query_verify(&call->request_said, &call->psk_a, &fault),
	     "REQUEST_INIT_PSK");
	reply.ticket = mikey_call_slice(&call->ticket);
	reply.keys = call->initiator_keys;
	call->request_resp.size = mikey_reply_print(
		call->request_resp.octets, sizeof(call->request_resp.octets),
		&call->request_said, &reply, &call->psk_a);
	need(call->request_resp.size, "REQUEST_RESP");
	need(mikey_reply_parse(&reply, &call->request_said,
			       mikey_call_slice(&call->request_resp),
			       &call->psk_a, &fault), "REQUEST_RESP");
	call->initiator_keys = reply.keys;
}

static void say_sessions(struct mikey_sessions *sessions,
			 struct sg_slice parameters)
{
	sessions->css = 2;
	sessions->cs[0] = (struct mikey_cs){
		.id = 1, .policies = { "\0", 1 },
		.session = { "\xca\xfe\0\1", 4 }, .spi = { "\2", 1 }
	};
	sessions->cs[1] = sessions->cs[0];
	sessions->cs[1].id = 2;
	sessions->cs[1].session.size = 0;
	sessions->sps = parameters.size ? 1 : 0;
	sessions->sp[0] = (struct mikey_sp){ 0, MIKEY_SRTP, parameters };
}

void mikey_call_transfer(struct mikey_call *call)
{
	__u8 parameters[64];
	int size = mikey_srtp_print(parameters, sizeof(parameters),
				    &mikey_srtp_default);
	struct mikey_transfer transfer = {
		.prf = call->suite->prf,
		.csb_id = 0x55667788,
		.t = call->t,
		.rand = mikey_call_rand(&call->rand_i),
		.initiator = ALICE,
		.responder = BOB,
		.sdp_ids = SG_SLICE("mikey"),
		.ticket = mikey_call_slice(&call->ticket),
		.policy = policy_of(call),
	};

	say_sessions(&transfer.sessions, slice_of(parameters, size));
	call->transfer.size = mikey_transfer_print(
		call->transfer.octets, sizeof(call->transfer.octets), &transfer,
		&call->initiator_keys.key[0].secret,
		&call->initiator_keys.key[1].secret, NULL);
	need(call->transfer.size, "TRANSFER_INIT");
	need(mikey_transfer_parse(&call->transfer_said,
				  mikey_call_slice(&call->transfer), &fault),
	     "TRANSFER_INIT");
}

static void say_resolve(struct mikey_call *call)
{
	call->resolve_said = (struct mikey_query){
		.type = MIKEY_RESOLVE_INIT_PSK,
		.prf = call->suite->prf,
		.csb_id = 0x99aabbcc,
		.t = call->t,
		.rand = mikey_call_rand(&call->rand_resolve),
		.requester = BOB,
		.kms = KMS,
		.psk_id = B_TID_B,
		.body = call->transfer_said.ticket,
		.initiator_data = call->transfer_said.initiator_data,
	};
	call->resolve.size = mikey_query_print(
		call->resolve.octets, sizeof(call->resolve.octets),
		&call->resolve_said, &call->psk_b);
	need(call->resolve.size, "RESOLVE_INIT_PSK");
	need(mikey_query_parse(&call->resolve_said,
			       mikey_call_slice(&call->resolve), &fault),
	     "RESOLVE_INIT_PSK");
}

/* What the KMS does with the ticket. */
static void open_ticket(struct mikey_call *call, struct mikey_reply *reply)
{
	const struct mikey_query *query = &call->resolve_said;
	struct mikey_ticket ticket;
	struct mikey_keys keys;

	need(mikey_query_verify(query, &call->psk_b, &fault), "RESOLVE_INIT");
	need(mikey_ticket_parse(&ticket, query->body, &fault), "ticket");
	need(mikey_ticket_open(&keys, &ticket, &call->tpk, &fault), "ticket");
	need(mikey_ticket_keys(&reply->keys, &keys, &ticket), "ticket's keys");
	if (!(ticket.policy.flags & MIKEY_I))
		return;
	need(mikey_initiator_data_check(query->initiator_data, call->policy,
					&reply->keys.key[1].secret, &fault),
	     "Initiator Data");
	reply->modifier.id = call->bob;
	reply->modifier.rand = mikey_call_rand(&call->rand_kms);
	need(mikey_derive_forks(&reply->keys, 1, call->policy,
				&reply->modifier), "forks");
}

void mikey_call_resolve(struct mikey_call *call)
{
	struct mikey_reply reply = { .t = call->t_late, .kms = KMS };

	say_resolve(call);
	open_ticket(call, &reply);
	call->resolve_resp.size = mikey_reply_print(
		call->resolve_resp.octets, sizeof(call->resolve_resp.octets),
		&call->resolve_said, &reply, &call->psk_b);
	need(call->resolve_resp.size, "RESOLVE_RESP");
	need(mikey_reply_parse(&reply, &call->resolve_said,
			       mikey_call_slice(&call->resolve_resp),
			       &call->psk_b, &fault), "RESOLVE_RESP");
	call->responder_keys = reply.keys;
	call->answer_said.modifier = reply.modifier;
}

void mikey_call_answer(struct mikey_call *call)
{
	bool forked = call->flags & MIKEY_I;
	const struct mikey_secret *key =
		&call->responder_keys.key[forked ? 1 : 0].secret;
	struct mikey_keys own;

	need(mikey_transfer_verify(&call->transfer_said,
				   &call->responder_keys.key[0].secret, &own,
				   &fault), "TRANSFER_INIT");
	call->answer_said.t = call->t_late;
	if (call->flags & MIKEY_G)
		call->answer_said.rand = mikey_call_rand(&call->rand_r);
	say_sessions(&call->answer_said.sessions, (struct sg_slice){ "", 0 });
	call->answer_said.sessions.cs[1].session =
		(struct sg_slice){ "\xbe\xef\0\2", 4 };
	call->answer.size = mikey_answer_print(
		call->answer.octets, sizeof(call->answer.octets),
		&call->transfer_said, &call->answer_said, key, NULL);
	need(call->answer.size, "TRANSFER_RESP");
	need(mikey_answer_parse(&call->answer_said, &call->transfer_said,
				mikey_call_slice(&call->answer), &fault),
	     "TRANSFER_RESP");
}

void mikey_call_run(struct mikey_call *call)
{
	mikey_call_ticket(call);
	if (!call->mode3)
		mikey_call_request(call);
	mikey_call_transfer(call);
	mikey_call_resolve(call);
	if (call->flags & MIKEY_F)
		mikey_call_answer(call);
}
