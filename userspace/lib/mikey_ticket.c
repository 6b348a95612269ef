// SPDX-License-Identifier: GPL-2.0-only
/* Ticket Data of the base ticket: RFC 6043 Appendix A. */
#include "lib/mikey_ticket.h"

#include "lib/mikey_wire.h"
#include "lib/secret.h"

enum { NO_CSB = 0xffffffff };	/* A.1 */

/* -- reading --------------------------------------------------------------- */

static int refuse(struct mikey_fault *fault, int err, const char *text)
{
	return mikey_fail(fault, err, MIKEY_INVALID_TICKET, text);
}

/* THDR, T, RAND, KEMAC, [IDRpsk], V in this order: A.1. */
static int read_parts(struct mikey_ticket *ticket,
		      const struct mikey_payload *p, int payloads,
		      struct mikey_fault *fault)
{
	bool with_id = payloads == 5;
	const struct mikey_suite *suite = mikey_suite_of(ticket->policy.prf);

	if (payloads < 4 || payloads > 5 || p[0].type != MIKEY_T ||
	    p[1].type != MIKEY_RAND || p[2].type != MIKEY_KEMAC ||
	    p[payloads - 1].type != MIKEY_V ||
	    (with_id && (p[3].type != MIKEY_IDR || p[3].role != MIKEY_PSK_ID)))
		return refuse(fault, -EINVAL, "a ticket has not the base ticket's parts");
	if (!suite)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_PRF,
				  "the ticket's PRF is not known");
	if (p[payloads - 1].kind != suite->mac)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_MAC,
				  "the ticket's MAC is not its PRF's");
	ticket->t = p[0].t;
	ticket->rand = p[1].data;
	ticket->kemac = p[2].kemac;
	if (with_id)
		ticket->psk_id = p[3].data;
	ticket->tag = p[payloads - 1].data;
	return 0;
}

/* THDR has no number: it is always first. */
static int read_data(struct mikey_ticket *ticket, struct sg_slice data,
		     struct mikey_fault *fault)
{
	struct mikey_payload payload[MIKEY_PAYLOADS_MAX];
	struct sg_cursor c = sg_cursor_of_slice(data);
	__u8 first = sg_cursor_u8(&c);
	int payloads;

	ticket->issuer = mikey_take_counted(&c, 2);
	payloads = mikey_chain_parse(payload, &c, first, fault);
	if (payloads < 0) {
		fault->error = MIKEY_INVALID_TICKET;
		return payloads;
	}
	return read_parts(ticket, payload, payloads, fault);
}

int mikey_ticket_parse(struct mikey_ticket *ticket, struct sg_slice body,
		       struct mikey_fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(body);
	struct sg_slice data;
	int err;

	*ticket = (struct mikey_ticket){ .body = body };
	err = mikey_policy_parse(&ticket->policy, body, fault);
	if (err)
		return err;
	if (ticket->policy.profile.type != mikey_profile_base.type &&
	    ticket->policy.profile.type != mikey_profile_3gpp.type)
		return refuse(fault, -ENOTSUP, "the ticket type is not known");
	if (ticket->policy.wanted.size)
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_TPPAR,
				  "a ticket's policy wants keys");
	sg_cursor_take(&c, 7);
	mikey_take_counted(&c, 2);
	data = mikey_take_counted(&c, 2);
	if (c.failed || sg_cursor_left(&c))
		return refuse(fault, -EINVAL, "a ticket is cut short");
	return read_data(ticket, data, fault);
}

/* -- writing --------------------------------------------------------------- */

static bool is_strong(const struct mikey_ticket *ticket,
		      const struct mikey_keys *keys,
		      const struct mikey_secret *tpk)
{
	return tpk->size >= MIKEY_KEY_MIN && ticket->rand.size >= tpk->size &&
	       keys->keys && ticket->rand.size >= keys->key[0].secret.size;
}

static int put_data(struct mikey_writer *w, const struct mikey_ticket *ticket,
		    const struct mikey_kemac *kemac,
		    const struct mikey_suite *suite)
{
	static const char zeros[MIKEY_TAG_MAX];
	struct mikey_payload payload[5] = {
		{ .type = MIKEY_T, .t = ticket->t },
		{ .type = MIKEY_RAND, .data = ticket->rand },
		{ .type = MIKEY_KEMAC, .kemac = *kemac },
		{ .type = MIKEY_IDR, .role = MIKEY_PSK_ID,
		  .kind = MIKEY_ID_OCTETS, .data = ticket->psk_id },
	};
	int payloads = ticket->psk_id.size ? 4 : 3;
	__u8 *length = mikey_open(w);

	payload[payloads++] = (struct mikey_payload){
		.type = MIKEY_V, .kind = suite->mac,
		.data = { zeros, suite->tag }
	};
	mikey_put_u8(w, MIKEY_T);
	mikey_put_counted(w, 2, ticket->issuer);
	mikey_chain_print(w, payload, payloads);
	mikey_close(w, length);
	return mikey_written(w);
}

/* The tag, at the end, covers all before it, its own length included. */
static int put_tag(__u8 *body, int size, const struct mikey_suite *suite,
		   const struct mikey_message_keys *keys)
{
	struct sg_slice part = mikey_slice(body, size - suite->tag);
	__u8 tag[MIKEY_TAG_MAX];
	int err = mikey_mac(suite->mac, keys->auth, &part, 1, tag);

	if (!err)
		memcpy(body + part.size, tag, suite->tag);
	return err ? err : size;
}

static int print_ticket(__u8 *buffer, size_t size,
			const struct mikey_ticket *ticket,
			const struct mikey_keys *keys,
			const struct mikey_suite *suite,
			const struct mikey_message_keys *message_keys)
{
	__u8 data[MIKEY_KEYS_SIZE_MAX];
	struct mikey_writer w = mikey_writer_of(buffer, size);
	struct mikey_kemac kemac;
	int written, err;

	written = mikey_policy_print(buffer, size, &ticket->policy);
	if (written < 0)
		return written;
	w.at += written;
	err = mikey_kemac_seal(&kemac, data, sizeof(data), keys, suite,
			       message_keys, NO_CSB, &ticket->t);
	if (err)
		return err;
	written = put_data(&w, ticket, &kemac, suite);
	return written < 0 ? written :
			     put_tag(buffer, written, suite, message_keys);
}

int mikey_ticket_seal(__u8 *buffer, size_t size,
		      const struct mikey_ticket *ticket,
		      const struct mikey_keys *keys,
		      const struct mikey_secret *tpk)
{
	const struct mikey_suite *suite = mikey_suite_of(ticket->policy.prf);
	struct mikey_message_keys message_keys;
	struct mikey_fault fault;
	int err;

	if (!suite || !is_strong(ticket, keys, tpk) ||
	    ticket->policy.wanted.size ||
	    mikey_keys_check(keys, 1, &fault) ||
	    mikey_flags_check(ticket->policy.flags, mikey_keys_have_tgk(keys),
			      &fault))
		return -EINVAL;
	err = mikey_derive_ticket(&message_keys, suite, tpk, ticket->rand);
	if (err)
		return err;
	err = print_ticket(buffer, size, ticket, keys, suite, &message_keys);
	mikey_message_keys_wipe(&message_keys);
	return err;
}

/* -- opening --------------------------------------------------------------- */

int mikey_ticket_open(struct mikey_keys *keys,
		      const struct mikey_ticket *ticket,
		      const struct mikey_secret *tpk,
		      struct mikey_fault *fault)
{
	const struct mikey_suite *suite = mikey_suite_of(ticket->policy.prf);
	struct sg_slice part = { ticket->body.at,
				 ticket->body.size - ticket->tag.size };
	struct mikey_message_keys message_keys;
	int err;

	memset(keys, 0, sizeof(*keys));
	err = mikey_derive_ticket(&message_keys, suite, tpk, ticket->rand);
	if (err)
		return refuse(fault, err,
			      "the ticket's keys cannot be derived");
	err = mikey_mac_check(suite->mac, message_keys.auth, &part, 1,
			      ticket->tag, fault);
	if (!err)
		err = mikey_kemac_open(keys, &ticket->kemac, 1, suite,
				       &message_keys, NO_CSB, &ticket->t,
				       fault);
	if (!err)
		err = mikey_flags_check(ticket->policy.flags,
					mikey_keys_have_tgk(keys), fault);
	/* To its bearer, a forged ticket is an invalid one. */
	if (err == -EBADMSG)
		refuse(fault, err, "the ticket is not authentic");
	if (err)
		mikey_keys_wipe(keys);
	mikey_message_keys_wipe(&message_keys);
	return err;
}

int mikey_ticket_keys(struct mikey_keys *out, const struct mikey_keys *keys,
		      const struct mikey_ticket *ticket)
{
	int mpks = ticket->policy.flags & MIKEY_I ? 2 : 1, err;
	struct mikey_secret mpkr;

	memset(out, 0, sizeof(*out));
	if (keys->keys < 1 || keys->keys - 1 + mpks > MIKEY_KEYS_MAX)
		return -EINVAL;
	for (int i = 0; i < mpks; i++)
		out->key[i] = keys->key[0];
	err = mikey_derive_mpks(&out->key[0].secret, &mpkr,
				mikey_suite_of(ticket->policy.prf),
				&keys->key[0].secret, ticket->rand);
	if (mpks == 2)
		out->key[1].secret = mpkr;
	mikey_secret_wipe(&mpkr);
	memcpy(&out->key[mpks], &keys->key[1],
	       (keys->keys - 1) * sizeof(keys->key[0]));
	out->keys = keys->keys - 1 + mpks;
	if (err)
		mikey_keys_wipe(out);
	return err;
}
