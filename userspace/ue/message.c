// SPDX-License-Identifier: GPL-2.0-only
#include "ue/message.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "lib/hex.h"
#include "lib/mikey_text.h"
#include "lib/mikey_time.h"
#include "lib/secret.h"

enum {
	CS_ID = 1,
	KEY_ID = 5,		/* octets: CSB ID, CS ID */
	HASH_SHA256 = 2,	/* RFC 6043 6.7 */
	BOUNDARY = 32,		/* characters */
};

/* TR 33.829 Annexes A and F were not at hand: see the documentation. */
const struct message_numbers message_numbers_default = {
	.protocol = 3,
	.extension = 250,
};

static struct sg_slice slice_of(const __u8 *octets, size_t size)
{
	return (struct sg_slice){ (const char *)octets, size };
}

/* -- the ticket ------------------------------------------------------------ */

static int refuse(struct fault *fault, const char *text)
{
	return fault_set(fault, EPERM, "%s", text);
}

static int check_flags(__u16 flags, struct fault *fault)
{
	if (flags & MIKEY_F)
		return refuse(fault,
			      "the ticket has flag F, the recipient would "
			      "have to answer: request one for messages");
	if (flags & MIKEY_G)
		return refuse(fault,
			      "the ticket has flag G, its keys need a RANDRr "
			      "of the recipient: request one for messages");
	if (!(flags & MIKEY_H))
		return refuse(fault,
			      "the ticket lacks flag H, all its messages "
			      "would have one key: request one for messages");
	if (!(flags & MIKEY_I))
		return refuse(fault,
			      "the ticket lacks flag I, nothing would prove "
			      "who sent the message: request one for messages");
	return 0;
}

static int check_keys(const struct mikey_keys *keys, struct fault *fault)
{
	if (mikey_keys_have_tgk(keys))
		return refuse(fault,
			      "the ticket has a TGK, which a message must "
			      "not have: request one for messages");
	if (!mikey_keys_find(keys, MIKEY_GTGK, NULL))
		return refuse(fault,
			      "the ticket has no GTGK: request one for "
			      "messages");
	return 0;
}

int message_check_ticket(const struct mikey_policy *policy,
			 const struct mikey_keys *keys, struct fault *fault)
{
	return check_flags(policy->flags, fault) ?: check_keys(keys, fault);
}

/* -- keys and the digest --------------------------------------------------- */

static void print_key_id(__u8 id[KEY_ID], const struct mikey_transfer *transfer)
{
	for (int i = 0; i < 4; i++)
		id[i] = transfer->csb_id >> (24 - 8 * i);
	id[4] = transfer->sessions.cs[0].id;
}

/* The TEK: RFC 6043 5.1.1 with the GTGK and RANDRi. */
static int derive(struct mikey_secret *tek, const struct mikey_secret *gtgk,
		  const struct mikey_transfer *transfer)
{
	const struct mikey_suite *suite = mikey_suite_of(transfer->prf);
	struct mikey_rands rands = { .initiator = transfer->rand };

	tek->size = suite->encr_key;
	return mikey_derive_session(tek->octets, tek->size, suite,
				    MIKEY_SESSION_TEK, gtgk,
				    transfer->sessions.cs[0].id, &rands);
}

static void digest(__u8 out[MESSAGE_DIGEST], struct sg_slice cms)
{
	out[0] = HASH_SHA256;
	SHA256((const unsigned char *)cms.at, cms.size, out + 1);
}

/* -- sending --------------------------------------------------------------- */

static struct mikey_transfer say(const struct message_sender *sender,
				 const struct mikey_key *gtgk)
{
	return (struct mikey_transfer){
		.prf = sender->policy->prf,
		.csb_id = sender->csb_id,
		.t = sender->t,
		.rand = slice_of(sender->rand, sizeof(sender->rand)),
		.initiator = sender->policy->initiator,
		.responder = sender->responder,
		.extension_type = sender->numbers->extension,
		.sessions = {
			.css = 1,
			.cs[0] = { .id = CS_ID,
				   .protocol = sender->numbers->protocol,
				   .policies = { "", 0 },
				   .session = { "", 0 },
				   .spi = slice_of(gtgk->spi,
						   gtgk->spi_size) },
		},
		.ticket = sender->ticket,
		.policy = *sender->policy,
	};
}

static int seal(struct message_octets *cms, struct sg_slice entity,
		const struct mikey_transfer *transfer,
		const struct mikey_secret *gtgk, struct fault *fault)
{
	struct mikey_secret tek = { 0 };
	__u8 id[KEY_ID];
	int err = derive(&tek, gtgk, transfer);

	print_key_id(id, transfer);
	if (err)
		fault_set(fault, -err, "the message's key cannot be derived");
	else
		err = message_cms_seal(cms, entity, &tek,
				       slice_of(id, sizeof(id)), fault);
	mikey_secret_wipe(&tek);
	return err;
}

static int print_parts(struct message_octets *out, struct sg_slice mikey,
		       struct sg_slice cms, struct sg_slice clear,
		       const __u8 hash[MESSAGE_DIGEST], struct fault *fault)
{
	char boundary[BOUNDARY + 1];
	FILE *file = open_memstream(&out->at, &out->size);

	if (!file)
		return fault_set(fault, ENOMEM, "out of memory");
	/* The digest is as good as random: it is in none of the parts. */
	sg_hex_encode(boundary, hash + 1, BOUNDARY / 2);
	message_parts_print(file, mikey, cms, clear, boundary);
	if (!fclose(file))
		return 0;
	message_octets_free(out);
	return fault_set(fault, ENOMEM, "out of memory");
}

static int print(struct message_octets *out, struct mikey_transfer *transfer,
		 struct sg_slice cms, struct sg_slice clear,
		 const struct message_sender *sender, struct fault *fault)
{
	__u8 octets[MIKEY_MESSAGE_MAX], hash[MESSAGE_DIGEST];
	int size;

	digest(hash, cms);
	transfer->extension = slice_of(hash, sizeof(hash));
	size = mikey_transfer_print(octets, sizeof(octets), transfer,
				    &sender->keys->key[0].secret,
				    &sender->keys->key[1].secret, NULL);
	if (size < 0)
		return fault_set(fault, -size,
				 "TRANSFER_INIT cannot be made of this ticket");
	return print_parts(out, slice_of(octets, size), cms, clear, hash,
			   fault);
}

int message_protect(struct message_octets *out, struct sg_slice entity,
		    struct sg_slice clear, const struct message_sender *sender,
		    struct fault *fault)
{
	const struct mikey_key *gtgk = mikey_keys_find(sender->keys, MIKEY_GTGK,
						       NULL);
	struct message_octets cms;
	struct mikey_transfer transfer;
	int err;

	*out = (struct message_octets){ 0 };
	err = message_check_ticket(sender->policy, sender->keys, fault);
	if (err)
		return err;
	transfer = say(sender, gtgk);
	err = seal(&cms, entity, &transfer, &gtgk->secret, fault);
	if (err)
		return err;
	err = print(out, &transfer, message_octets_slice(&cms), clear, sender,
		    fault);
	message_octets_free(&cms);
	return err;
}

/* -- reading --------------------------------------------------------------- */

static int refuse_form(struct fault *fault, const char *text)
{
	return fault_set(fault, EINVAL, "%s", text);
}

static int check_transfer(const struct mikey_transfer *transfer,
			  const struct message_numbers *numbers,
			  struct fault *fault)
{
	const struct mikey_sessions *sessions = &transfer->sessions;
	int err = check_flags(transfer->policy.flags, fault);

	if (err)
		return err;
	if (sessions->css != 1 ||
	    sessions->cs[0].protocol != numbers->protocol)
		return refuse_form(fault,
				   "TRANSFER_INIT is not for a message: it "
				   "does not have one crypto session of "
				   "PSK/MIME");
	if (sessions->sps || sessions->cs[0].policies.size)
		return refuse_form(fault,
				   "TRANSFER_INIT has security policies, "
				   "which PSK/MIME has not");
	if (transfer->has_kemac)
		return refuse_form(fault,
				   "TRANSFER_INIT brings keys of its own, "
				   "which a message must not");
	if (!transfer->initiator.size || !transfer->responder.size ||
	    !transfer->policy.initiator.size)
		return refuse_form(fault,
				   "TRANSFER_INIT or its ticket does not say "
				   "who sends to whom");
	return 0;
}

static int read_transfer(struct message_received *message,
			 struct sg_slice text, struct fault *fault)
{
	struct mikey_fault why;
	int size = mikey_body_parse(message->octets, sizeof(message->octets),
				    text);
	int err;

	if (size < 0)
		return refuse_form(fault,
				   "TRANSFER_INIT is not in base64, or too "
				   "long");
	err = mikey_transfer_parse(&message->transfer,
				   slice_of(message->octets, size), &why);
	if (err)
		fault_set(fault, -err, "TRANSFER_INIT: %s", why.text);
	return err;
}

int message_read(struct message_received *message, struct sg_slice octets,
		 const struct message_numbers *numbers, struct fault *fault)
{
	struct message_parts parts;
	int err;

	message->cms = (struct message_octets){ 0 };
	err = message_parts_parse(&parts, octets, fault);
	if (!err)
		err = read_transfer(message, parts.mikey, fault);
	if (!err)
		err = check_transfer(&message->transfer, numbers, fault);
	return err ?: message_parts_cms(&message->cms, &parts, fault);
}

void message_free(struct message_received *message)
{
	message_octets_free(&message->cms);
}

/* -- is it in time? -------------------------------------------------------- */

/*
 * A message of a mailbox may be old (TR 33.829 6.1.3), but the ticket must
 * have been good when it was sent, and end: its tag is remembered up to then.
 */
static int check_deferred(const struct mikey_transfer *transfer,
			  const struct message_reader *reader,
			  struct mikey_fault *why)
{
	__u64 sent;

	if (mikey_seconds(&transfer->t, &sent) ||
	    sent > reader->now + reader->skew)
		return mikey_fail(why, -ESTALE, MIKEY_INVALID_TS,
				  "the message is from the future: is the "
				  "clock right?");
	if (!transfer->policy.end)
		return mikey_fail(why, -ESTALE, MIKEY_INVALID_TICKET,
				  "the ticket has no end, and cannot be "
				  "opened later than at once");
	if (sent + reader->skew < transfer->policy.start ||
	    sent > transfer->policy.end)
		return mikey_fail(why, -ESTALE, MIKEY_INVALID_TICKET,
				  "the ticket was not valid when the message "
				  "was sent");
	return 0;
}

int message_check_time(const struct message_received *message,
		       const struct message_reader *reader,
		       struct fault *fault)
{
	const struct mikey_transfer *transfer = &message->transfer;
	struct mikey_fault why;
	int err = mikey_policy_check_time(&transfer->policy, reader->now,
					  &why);

	if (!err && reader->deferred)
		err = check_deferred(transfer, reader, &why);
	else if (!err)
		err = mikey_time_check(&transfer->t, reader->now, reader->skew,
				       &why);
	if (err)
		fault_set(fault, -err, "%s", why.text);
	return err;
}

struct sg_slice message_tag(const struct message_received *message)
{
	const struct mikey_transfer *transfer = &message->transfer;
	struct sg_slice ticket = transfer->ticket;
	size_t size = mikey_suite_of(transfer->policy.prf)->tag;

	if (transfer->policy.flags & MIKEY_J || ticket.size < size)
		return transfer->tag;
	/* RFC 6043 A.1: it ends with it. */
	return (struct sg_slice){ ticket.at + ticket.size - size, size };
}

__u64 message_until(const struct message_received *message, __u32 skew)
{
	__u64 sent = 0;

	if (message->transfer.policy.end)
		return message->transfer.policy.end;
	mikey_seconds(&message->transfer.t, &sent);
	return sent + skew;
}

/* -- opening --------------------------------------------------------------- */

/*
 * The GTGK is the group's, and so is MPKi: only the digest, under V, which is
 * in Initiator Data under Vr, says that the body is the initiator's.
 */
static int check_digest(const struct message_received *message,
			const struct message_reader *reader, bool *proven,
			struct fault *fault)
{
	struct sg_slice said = mikey_transfer_extension(
		&message->transfer, reader->numbers->extension);
	__u8 hash[MESSAGE_DIGEST];

	digest(hash, message_octets_slice(&message->cms));
	*proven = said.size;
	if (!said.size && reader->unproven)
		return 0;
	if (!said.size)
		return fault_set(fault, EBADMSG,
				 "TRANSFER_INIT has no digest of the body, "
				 "so any recipient could have written it");
	if (sg_slice_equal(said, slice_of(hash, sizeof(hash))))
		return 0;
	return fault_set(fault, EBADMSG,
			 "the body is not the one that the sender protected");
}

/* V with MPKi; Vr was the server's to verify, when it gave the keys. */
static int verify(const struct message_received *message,
		  const struct mikey_keys *keys, struct fault *fault)
{
	struct mikey_keys own;
	struct mikey_fault why;
	int err = mikey_transfer_verify(&message->transfer,
					&keys->key[0].secret, &own, &why);

	mikey_keys_wipe(&own);
	if (err)
		fault_set(fault, -err, "TRANSFER_INIT: %s", why.text);
	return err;
}

static int open_body(struct message_octets *plain,
		     const struct message_received *message,
		     const struct mikey_keys *keys, struct fault *fault)
{
	const struct mikey_key *gtgk = mikey_keys_find(
		keys, MIKEY_GTGK, &message->transfer.sessions.cs[0].spi);
	struct mikey_secret tek = { 0 };
	__u8 id[KEY_ID];
	int err;

	if (!gtgk)
		return refuse(fault,
			      "the message names a key that its ticket does "
			      "not have");
	err = derive(&tek, &gtgk->secret, &message->transfer);
	print_key_id(id, &message->transfer);
	if (err)
		fault_set(fault, -err, "the message's key cannot be derived");
	else
		err = message_cms_open(plain,
				       message_octets_slice(&message->cms),
				       &tek, slice_of(id, sizeof(id)), fault);
	mikey_secret_wipe(&tek);
	return err;
}

int message_open(struct message_octets *plain, bool *proven,
		 const struct message_received *message,
		 const struct message_reader *reader,
		 const struct mikey_keys *keys, struct fault *fault)
{
	int err;

	*plain = (struct message_octets){ 0 };
	*proven = false;
	err = check_keys(keys, fault);
	if (!err)
		err = verify(message, keys, fault);
	if (!err)
		err = check_digest(message, reader, proven, fault);
	return err ?: open_body(plain, message, keys, fault);
}
