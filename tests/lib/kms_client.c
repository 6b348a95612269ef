// SPDX-License-Identifier: GPL-2.0-only
#include "kms_client.h"
#include "mikey_pki.h"

#include <errno.h>
#include <time.h>

#include "lib/mikey_certificate.h"
#include "lib/mikey_srtp.h"
#include "lib/mikey_time.h"

static struct sg_slice slice_of(const __u8 *octets, size_t size)
{
	return (struct sg_slice){ (const char *)octets, size };
}

struct mikey_time kms_client_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return mikey_time_make(now.tv_sec + MIKEY_UNIX_EPOCH,
			       ((__u64)now.tv_nsec << 32) / 1000000000);
}

void kms_client_random(__u8 out[32])
{
	static __u64 count;

	/* Not secret, but not the same in the next process either. */
	if (!count)
		count = kms_client_time().value;
	count++;
	for (int i = 0; i < 32; i++)
		out[i] = (count >> 8 * (i % 8)) + i * 7;
}

struct mikey_policy kms_client_wish(const struct kms_client *client,
				    struct sg_slice recipient)
{
	struct mikey_policy wish = {
		.profile = mikey_profile_3gpp,
		.initiator = client->identity,
		.end = time(NULL) + MIKEY_UNIX_EPOCH + 3600,
		.recipient = { recipient },
		.recipients = 1,
	};

	mikey_flags_parse(&wish.flags, "DEFGHIJNO");
	return wish;
}

/* -- queries --------------------------------------------------------------- */

/* All that kms.pem's owner wants to know of the client. */
static int seal(struct kms_query *query, const struct kms_client *client)
{
	struct mikey_public *public = &query->said.public;
	EVP_PKEY *kms = mikey_pki_key("kms");
	int err = mikey_envelope_seal(query->envelope, kms, client->envelope,
				      &client->psk);

	*public = (struct mikey_public){
		.certificate[0] = mikey_pki_der(client->certificate),
		.certificates = 1,
		.hash = MIKEY_HASH_SHA256,
		.chash = mikey_pki_hash("kms"),
		.envelope = slice_of(query->envelope, mikey_rsa_size(kms)),
		.sign = client->sign,
	};
	if (client->issuer)
		public->certificate[public->certificates++] =
			mikey_pki_der(client->issuer);
	return err;
}

int kms_client_sign(struct kms_query *query, const struct kms_client *client)
{
	struct kms_octets *message = &query->message;

	message->size = mikey_query_sign(message->octets,
					 sizeof(message->octets), &query->said,
					 &client->psk,
					 mikey_pki_key(client->key));
	if (message->size < 0)
		return message->size;
	query->said.octets = slice_of(message->octets, message->size);
	return 0;
}

int kms_client_print(struct kms_query *query, const struct kms_client *client)
{
	struct kms_octets *message = &query->message;
	int err;

	if (client->certificate) {
		err = seal(query, client);
		return err ? err : kms_client_sign(query, client);
	}
	message->size = mikey_query_print(message->octets,
					  sizeof(message->octets),
					  &query->said, &client->psk);
	if (message->size < 0)
		return message->size;
	query->said.octets = slice_of(message->octets, message->size);
	return 0;
}

static int ask(struct kms_query *query, const struct kms_client *client)
{
	__u8 csb[32];

	kms_client_random(csb);
	kms_client_random(query->rand);
	memcpy(&query->said.csb_id, csb, sizeof(query->said.csb_id));
	query->said.t = kms_client_time();
	query->said.rand = slice_of(query->rand, sizeof(query->rand));
	query->said.requester = client->identity;
	query->said.psk_id = client->psk_id;
	if (client->certificate)
		query->said.type++; /* _PK is behind _PSK */
	return kms_client_print(query, client);
}

int kms_client_request(struct kms_query *query, const struct kms_client *client,
		       struct sg_slice kms, const struct mikey_policy *wish)
{
	int size = mikey_policy_print(query->body, sizeof(query->body), wish);

	if (size < 0)
		return size;
	query->said = (struct mikey_query){ .type = MIKEY_REQUEST_INIT_PSK,
					    .prf = wish->prf,
					    .kms = kms,
					    .body = slice_of(query->body,
							     size) };
	return ask(query, client);
}

int kms_client_resolve(struct kms_query *query, const struct kms_client *client,
		       struct sg_slice kms,
		       const struct mikey_transfer *transfer)
{
	query->said = (struct mikey_query){
		.type = MIKEY_RESOLVE_INIT_PSK,
		.prf = transfer->prf,
		.kms = kms,
		.body = transfer->ticket,
		.initiator_data = transfer->initiator_data,
	};
	return ask(query, client);
}

/* -- tickets --------------------------------------------------------------- */

static int keep(struct kms_ticket *ticket, struct sg_slice body,
		struct mikey_fault *fault)
{
	if (body.size > sizeof(ticket->body.octets))
		return -E2BIG;
	memcpy(ticket->body.octets, body.at, body.size);
	ticket->body.size = body.size;
	return mikey_policy_parse(&ticket->policy,
				  slice_of(ticket->body.octets, body.size),
				  fault);
}

int kms_client_take(struct kms_ticket *ticket, const struct kms_query *query,
		    const struct kms_client *client, struct sg_slice octets,
		    struct mikey_fault *fault)
{
	struct mikey_reply reply;
	int err = mikey_reply_parse(&reply, &query->said, octets, &client->psk,
				    fault);

	if (err)
		return err;
	ticket->keys = reply.keys;
	return keep(ticket, reply.ticket, fault);
}

static struct mikey_key make_key(enum mikey_key_kind kind, __u8 prf, __u8 spi)
{
	struct mikey_key key = {
		.kind = kind, .secret.size = mikey_suite_of(prf)->encr_key,
		.validity = MIKEY_VALID_SPI, .spi = { spi }, .spi_size = 1
	};
	__u8 octets[32];

	kms_client_random(octets);
	memcpy(key.secret.octets, octets, key.secret.size);
	return key;
}

int kms_client_make(struct kms_ticket *ticket, const struct kms_client *client,
		    const struct mikey_policy *policy)
{
	__u8 rand[32], body[4096];
	struct mikey_ticket made = { .policy = *policy,
				     .t = kms_client_time(),
				     .rand = slice_of(rand, sizeof(rand)),
				     .psk_id = client->psk_id };
	struct mikey_keys keys = { .keys = 2 };
	struct mikey_fault fault;
	int size;

	kms_client_random(rand);
	keys.key[0] = make_key(MIKEY_MPK, policy->prf, 1);
	keys.key[1] = make_key(MIKEY_TGK, policy->prf, 2);
	size = mikey_ticket_seal(body, sizeof(body), &made, &keys,
				 &client->psk);
	if (size < 0)
		return size;
	size = mikey_ticket_keys(&ticket->keys, &keys, &made) ?: size;
	return size < 0 ? size : keep(ticket, slice_of(body, size), &fault);
}

int kms_client_transfer(struct mikey_transfer *transfer,
			struct kms_octets *octets,
			const struct kms_client *client,
			const struct kms_ticket *ticket,
			struct sg_slice responder)
{
	__u8 parameters[64], rand[32];
	int size = mikey_srtp_print(parameters, sizeof(parameters),
				    &mikey_srtp_default);
	struct mikey_fault fault;

	kms_client_random(rand);
	*transfer = (struct mikey_transfer){
		.prf = ticket->policy.prf,
		.csb_id = 0x1234,
		.t = kms_client_time(),
		.rand = slice_of(rand, sizeof(rand)),
		.initiator = client->identity,
		.responder = responder,
		.ticket = slice_of(ticket->body.octets, ticket->body.size),
		.policy = ticket->policy,
		.sessions = {
			.css = 1, .sps = 1,
			.cs[0] = { .id = 1, .policies = { "\0", 1 },
				   .session = { "\xca\xfe\0\1", 4 },
				   .spi = { "\2", 1 } },
			.sp[0] = { 0, MIKEY_SRTP, slice_of(parameters, size) },
		},
	};
	octets->size = mikey_transfer_print(octets->octets,
					    sizeof(octets->octets), transfer,
					    &ticket->keys.key[0].secret,
					    &ticket->keys.key[1].secret, NULL);
	if (octets->size < 0)
		return octets->size;
	return mikey_transfer_parse(transfer,
				    slice_of(octets->octets, octets->size),
				    &fault);
}
