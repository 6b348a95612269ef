// SPDX-License-Identifier: GPL-2.0-only
#include "kms/request.h"

#include <errno.h>

#include "lib/mikey_identity.h"
#include "lib/mikey_time.h"
#include "lib/secret.h"

enum { SALT_SIZE = 14 };	/* octets, SRTP's master salt */

static struct sg_slice slice_of(const __u8 *octets, size_t size)
{
	return (struct sg_slice){ (const char *)octets, size };
}

/* -- the wish -------------------------------------------------------------- */

/* TS 33.328 6.2.3.5: who asks is who he says, and for himself. */
static int check_identity(const struct request *request, struct grant *grant,
			  struct mikey_fault *fault)
{
	struct sg_slice said = grant->policy.initiator;

	if (!said.size)
		grant->policy.initiator = said = grant->requester;
	if (user_has(request->user, grant->requester) &&
	    user_has(request->user, said))
		return 0;
	return mikey_fail(fault, -EACCES, MIKEY_INVALID_ID,
			  "the identity is none of the user's");
}

/* The name that tickets are resolved by; nobody may ask for another's. */
static int set_kms(const struct request *request, struct grant *grant,
		   struct mikey_fault *fault)
{
	struct sg_slice said = grant->policy.kms;

	grant->policy.kms = request->kms;
	if (!said.size || sg_slice_equal_nocase(said, request->kms))
		return 0;
	return mikey_fail(fault, -EACCES, MIKEY_INVALID_ID,
			  "the policy names another KMS");
}

/* RFC 6043 4.2.1.4: without a wish, one TGK. */
static void wish_tgk(struct mikey_keys *wanted, __u8 prf)
{
	wanted->keys = 1;
	wanted->key[0] = (struct mikey_key){
		.kind = MIKEY_TGK,
		.secret.size = mikey_suite_of(prf)->encr_key,
		.salt_size = SALT_SIZE,
	};
}

static int read_wish(const struct request *request, struct grant *grant,
		     struct mikey_keys *wanted, struct mikey_fault *fault)
{
	int err = mikey_policy_parse(&grant->policy, request->query->body,
				     fault);

	if (err)
		return err;
	if (!mikey_suite_of(grant->policy.prf))
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_PRF,
				  "the policy's PRF is not known");
	err = check_identity(request, grant, fault);
	if (!err)
		err = set_kms(request, grant, fault);
	if (err)
		return err;
	if (!grant->policy.wanted.size)
		wish_tgk(wanted, grant->policy.prf);
	else
		err = mikey_keys_parse(wanted, grant->policy.wanted, fault);
	grant->policy.wanted = (struct sg_slice){ 0 };
	/* Of whatever kind, it is the policy that cannot be had. */
	if (err)
		fault->error = MIKEY_INVALID_TPPAR;
	return err;
}

/* -- the ticket ------------------------------------------------------------ */

/* A wished SPI stays: it may be known to others already. */
static void fill_key(struct mikey_key *key, const struct request_random *random,
		     int index)
{
	memcpy(key->secret.octets, random->key[index].secret, key->secret.size);
	memcpy(key->salt, random->key[index].salt, key->salt_size);
	key->validity = MIKEY_VALID_SPI;
	if (key->spi_size)
		return;
	memcpy(key->spi, random->key[index].spi, REQUEST_SPI_SIZE);
	key->spi_size = REQUEST_SPI_SIZE;
}

/* MPK first, behind it what is @wanted. */
static void fill_keys(struct mikey_keys *keys, const struct mikey_keys *wanted,
		      const struct request *request, __u8 prf)
{
	keys->keys = 1 + wanted->keys;
	keys->key[0] = (struct mikey_key){
		.kind = MIKEY_MPK,
		.secret.size = mikey_suite_of(prf)->encr_key,
	};
	memcpy(&keys->key[1], wanted->key,
	       wanted->keys * sizeof(wanted->key[0]));
	for (int i = 0; i < keys->keys; i++)
		fill_key(&keys->key[i], request->random, i);
}

static int seal(__u8 *body, size_t size, struct mikey_reply *reply,
		const struct request *request, const struct grant *grant,
		const struct mikey_keys *wanted)
{
	const struct ticket_key *tpk = request->key;
	struct mikey_ticket ticket = {
		.policy = grant->policy,
		.issuer = { tpk->label, sizeof(tpk->label) },
		.t = request->t,
		.rand = slice_of(request->random->rand,
				 sizeof(request->random->rand)),
	};
	struct mikey_keys keys = { 0 };
	int written, err;

	fill_keys(&keys, wanted, request, grant->policy.prf);
	written = mikey_ticket_seal(body, size, &ticket, &keys, &tpk->secret);
	err = written < 0 ? written : 0;
	if (!err)
		err = mikey_ticket_keys(&reply->keys, &keys, &ticket);
	mikey_keys_wipe(&keys);
	return err ? err : written;
}

static int answer(__u8 *buffer, size_t size, const struct request *request,
		  const struct grant *grant, const struct mikey_keys *wanted)
{
	struct mikey_reply reply = { .t = request->t, .kms = request->kms };
	__u8 body[MIKEY_TICKET_MAX];
	int written = seal(body, sizeof(body), &reply, request, grant, wanted);

	if (written >= 0) {
		reply.ticket = slice_of(body, written);
		written = mikey_reply_print(buffer, size, request->query,
					    &reply, request->psk);
	}
	mikey_reply_wipe(&reply);
	return written;
}

int request_answer(__u8 *buffer, size_t size, const struct request *request,
		   struct grant *grant, struct mikey_fault *fault)
{
	__u64 now = request->now + MIKEY_UNIX_EPOCH;
	struct mikey_keys wanted = { 0 };
	int err;

	*grant = (struct grant){ .requester = request->query->requester };
	err = read_wish(request, grant, &wanted, fault);
	if (err)
		return err;
	grant->rule = policy_find(request->policy, grant->policy.initiator,
				  grant->policy.recipient,
				  grant->policy.recipients);
	err = policy_grant(grant->rule, &grant->policy, &wanted, now, fault);
	if (err)
		return err;
	err = answer(buffer, size, request, grant, &wanted);
	if (err < 0)
		mikey_fail(fault, err, MIKEY_UNSPECIFIED,
			   "the ticket cannot be made");
	return err;
}
