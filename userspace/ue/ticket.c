// SPDX-License-Identifier: GPL-2.0-only
#include "ue/ticket.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "lib/hex.h"
#include "lib/mikey_time.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"

enum { VERSION = 1 };		/* of records */

static int refuse(struct fault *fault)
{
	return fault_set(fault, EINVAL, "the ticket cannot be kept");
}

/* -- records --------------------------------------------------------------- */

static int print(__u8 *record, enum ticket_role role, __u64 added, __u32 uses,
		 struct sg_slice body, const struct mikey_modifier *modifier,
		 const struct mikey_keys *keys)
{
	struct mikey_writer w = mikey_writer_of(record, TICKET_RECORD_MAX);
	__u8 chain[MIKEY_KEYS_SIZE_MAX];
	int size = mikey_keys_print(chain, sizeof(chain), keys);

	if (size < 0)
		return size;
	mikey_put_u8(&w, VERSION);
	mikey_put_u8(&w, role);
	mikey_put_number(&w, added, 8);
	mikey_put_number(&w, uses, 4);
	mikey_put_counted(&w, 2, body);
	mikey_put_counted(&w, 2, modifier->id);
	mikey_put_counted(&w, 2, modifier->rand);
	mikey_put_counted(&w, 2, mikey_slice(chain, size));
	sg_secret_zero(chain, sizeof(chain));
	return mikey_written(&w);
}

int ticket_print(__u8 record[TICKET_RECORD_MAX], const struct ticket *ticket)
{
	return print(record, ticket->role, ticket->added, ticket->uses,
		     ticket->body, &ticket->modifier, &ticket->keys);
}

int ticket_name(char id[TICKET_ID_SIZE], enum ticket_role role,
		struct sg_slice body)
{
	__u8 digest[EVP_MAX_MD_SIZE], octet = role;
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	bool good = sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) &&
		    EVP_DigestUpdate(sha, &octet, 1) &&
		    EVP_DigestUpdate(sha, body.at, body.size) &&
		    EVP_DigestFinal_ex(sha, digest, NULL);

	EVP_MD_CTX_free(sha);
	if (good)
		sg_hex_encode(id, digest, TICKET_ID_SIZE / 2);
	return good ? 0 : -EIO;
}

/* The octets are where they stay. */
static int read(struct ticket *ticket, size_t size)
{
	struct sg_cursor c = sg_cursor_of(ticket->octets, size);
	struct mikey_fault ignored;
	struct sg_slice chain;
	int err;

	if (sg_cursor_u8(&c) != VERSION)
		return -ENOTSUP;
	ticket->role = sg_cursor_u8(&c);
	ticket->added = sg_cursor_u64(&c);
	ticket->uses = sg_cursor_u32(&c);
	ticket->body = mikey_take_counted(&c, 2);
	ticket->modifier.id = mikey_take_counted(&c, 2);
	ticket->modifier.rand = mikey_take_counted(&c, 2);
	chain = mikey_take_counted(&c, 2);
	if (c.failed || sg_cursor_left(&c))
		return -EINVAL;
	err = mikey_policy_parse(&ticket->policy, ticket->body, &ignored);
	if (!err)
		err = mikey_keys_parse(&ticket->keys, chain, &ignored);
	return err ? err : ticket_name(ticket->id, ticket->role, ticket->body);
}

int ticket_parse(struct ticket *ticket, struct sg_slice record,
		 struct fault *fault)
{
	int err = -E2BIG;

	memset(ticket, 0, sizeof(*ticket));
	if (record.size <= sizeof(ticket->octets)) {
		memcpy(ticket->octets, record.at, record.size);
		err = read(ticket, record.size);
	}
	if (!err)
		return 0;
	ticket_wipe(ticket);
	return refuse(fault);
}

int ticket_fill(struct ticket *ticket, enum ticket_role role,
		struct sg_slice body, const struct mikey_modifier *modifier,
		const struct mikey_keys *keys, struct fault *fault)
{
	static const struct mikey_modifier none;
	__u8 record[TICKET_RECORD_MAX];
	int size = print(record, role, time(NULL) + MIKEY_UNIX_EPOCH, 0, body,
			 modifier ? modifier : &none, keys);
	int err = size < 0 ? refuse(fault) :
			     ticket_parse(ticket, mikey_slice(record, size),
					  fault);

	sg_secret_zero(record, sizeof(record));
	return err;
}

void ticket_wipe(struct ticket *ticket)
{
	sg_secret_zero(ticket, sizeof(*ticket));
}

/* -- what it is good for --------------------------------------------------- */

bool ticket_is_current(const struct ticket *ticket, __u64 now)
{
	struct mikey_fault ignored;

	return !mikey_policy_check_time(&ticket->policy, now, &ignored);
}

bool ticket_is_unspent(const struct ticket *ticket)
{
	return ticket->policy.flags & MIKEY_J || !ticket->uses;
}

/* -- for people ------------------------------------------------------------ */

/* Identities come from outside: what is not UTF-8 is not said. */
static json_t *text(struct sg_slice slice)
{
	json_t *value = slice.size ? json_stringn(slice.at, slice.size) : NULL;

	return value ? value : json_null();
}

/* Seconds since 1970; null: unbounded. */
static json_t *moment(__u64 ntp)
{
	return ntp ? json_integer(ntp - MIKEY_UNIX_EPOCH) : json_null();
}

json_t *ticket_json(const struct ticket *ticket)
{
	const struct mikey_policy *policy = &ticket->policy;
	json_t *recipients = json_array();
	char flags[13];

	mikey_flags_print(flags, policy->flags);
	for (int i = 0; i < policy->recipients; i++)
		json_array_append_new(recipients, text(policy->recipient[i]));
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:i, s:o}",
		"id", ticket->id, "role",
		ticket->role == TICKET_INITIATOR ? "initiator" : "responder",
		"kms", text(policy->kms), "initiator", text(policy->initiator),
		"recipients", recipients, "added", moment(ticket->added),
		"start", moment(policy->start), "end", moment(policy->end),
		"flags", flags, "uses", ticket->uses, "resolved_as",
		text(ticket->modifier.id));
}
