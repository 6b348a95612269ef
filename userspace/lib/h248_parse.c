// SPDX-License-Identifier: GPL-2.0-only
/* Messages and transactions; see h248_tree.h for what they hold. */
#include <errno.h>

#include "lib/h248_tree.h"

/* -- transactions -------------------------------------------------------------- */

static bool read_actions(struct h248_reader *r, struct h248_transaction *t)
{
	struct h248_action **tail = &t->actions;

	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !h248_read_action(r, *tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "the transaction");
}

static struct h248_error *error(struct h248_reader *r)
{
	struct h248_error *error = h248_node(r, sizeof(*error));

	return error && h248_read_error(r, error) ? error : NULL;
}

/* The keyword at the reader, which stays. */
static enum h248_token ahead(const struct h248_reader *r)
{
	struct sg_cursor in = r->in;

	return h248_token_find(
		sg_cursor_span(&in, h248_class, H248_CLASS_SAFE));
}

static bool reply(struct h248_reader *r, struct h248_transaction *t)
{
	struct sg_slice word;

	if (ahead(r) == H248_IMM_ACK_REQUIRED) {
		t->ack_required = true;
		if (!h248_word(r, &word, "ImmAckRequired") ||
		    !h248_expect(r, ',', "ImmAckRequired"))
			return false;
	}
	if (ahead(r) != H248_ERROR)
		return read_actions(r, t);
	if (!h248_word(r, &word, "Error"))
		return false;
	t->error = error(r);
	return t->error && h248_expect(r, '}', "the reply");
}

static bool transaction_id(struct h248_reader *r, struct sg_slice word,
			   const char *at, __u32 *id)
{
	char text[SG_SHOWN_TEXT];
	__u64 number;

	if (!sg_slice_number(word, ~0u, &number) || !number)
		return h248_fail(r, 410, at,
				 "%s is no TransactionID: a number from 1 to 4294967295 is",
				 sg_slice_show(text, word));
	*id = number;
	return true;
}

static bool ack(struct h248_reader *r, struct h248_ack *ack)
{
	struct sg_slice word, first, last;
	struct sg_cursor in;

	if (!h248_word(r, &word, "a TransactionID"))
		return false;
	in = sg_cursor_of_slice(word);
	first = sg_cursor_until(&in, '-');
	last = first.size == word.size ? first : sg_cursor_rest(&in);
	if (!transaction_id(r, first, word.at, &ack->first) ||
	    !transaction_id(r, last, word.at, &ack->last))
		return false;
	return ack->first <= ack->last ||
	       h248_fail(r, 410, word.at, "the range of acks runs backwards");
}

static bool read_acks(struct h248_reader *r, struct h248_ack **tail)
{
	if (!h248_expect(r, '{', "TransactionResponseAck"))
		return false;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !ack(r, *tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "TransactionResponseAck");
}

/* "= id {" and what belongs to the kind. */
static bool numbered(struct h248_reader *r, struct h248_transaction *t)
{
	const char *name = h248_token_name(t->kind);
	struct sg_slice word;
	bool ok;

	if (!h248_expect(r, '=', name) ||
	    !h248_word(r, &word, "a TransactionID") ||
	    !transaction_id(r, word, word.at, &t->id))
		return false;
	r->reply = t->kind != H248_TRANSACTION;
	r->fault->transaction = r->reply ? 0 : t->id;
	h248_enter(r, H248_IN_TRANSACTION);
	if (!h248_expect(r, '{', name))
		return false;
	if (t->kind == H248_PENDING)
		ok = h248_expect(r, '}', name);
	else
		ok = r->reply ? reply(r, t) : read_actions(r, t);
	if (ok) {
		r->syntax = H248_IN_MESSAGE;
		r->fault->transaction = 0;
	}
	return ok;
}

static bool read_transaction(struct h248_reader *r, struct h248_transaction *t,
			     enum h248_token token, struct sg_slice word)
{
	char text[SG_SHOWN_TEXT];

	t->kind = token;
	switch (token) {
	case H248_TRANSACTION:
	case H248_REPLY:
	case H248_PENDING:
		return numbered(r, t);
	case H248_RESPONSE_ACK:
		return read_acks(r, &t->acks);
	default:
		return h248_fail(r, r->syntax, word.at,
				 "%s is no kind of transaction",
				 sg_slice_show(text, word));
	}
}

/* -- messages ------------------------------------------------------------------- */

static bool hexadecimal(struct h248_reader *r, struct sg_slice *digits,
			size_t least, size_t most)
{
	if (!h248_word(r, digits, "hexadecimal digits"))
		return false;
	if (digits->size >= least + 2 && digits->size <= most + 2 &&
	    digits->at[0] == '0' && (digits->at[1] | 0x20) == 'x') {
		digits->at += 2;
		digits->size -= 2;
		if (h248_is_all(*digits, H248_CLASS_HEX))
			return true;
	}
	return h248_fail(r, r->syntax, digits->at,
			 "0x and %zu to %zu hexadecimal digits are wanted",
			 least, most);
}

static bool hexadecimal_u32(struct h248_reader *r, __u32 *number)
{
	struct sg_slice digits;

	if (!hexadecimal(r, &digits, 8, 8))
		return false;
	*number = 0;
	for (int i = 0; i < 8; i++) {
		char c = digits.at[i];

		*number = *number << 4 | (c <= '9' ? c - '0' : (c & 15) + 9);
	}
	return true;
}

static bool authentication(struct h248_reader *r,
			   struct h248_authentication *a)
{
	a->present = true;
	return h248_expect(r, '=', "Authentication") &&
	       hexadecimal_u32(r, &a->spi) &&
	       h248_expect(r, ':', "the security parameter index") &&
	       hexadecimal_u32(r, &a->sequence) &&
	       h248_expect(r, ':', "the sequence number") &&
	       hexadecimal(r, &a->data, 24, 64);
}

/* "MEGACO/2": no blanks in there. */
static bool protocol(struct h248_reader *r, struct h248_message *message,
		     struct sg_slice word)
{
	struct sg_cursor in = sg_cursor_of_slice(word);
	struct sg_slice name = sg_cursor_until(&in, '/');
	char text[SG_SHOWN_TEXT];
	__u64 version;

	if (h248_token_find(name) != H248_MEGACO ||
	    !sg_slice_number(sg_cursor_rest(&in), 99, &version))
		return h248_fail(r, r->syntax, word.at,
				 "a message begins with MEGACO/version, not %s",
				 sg_slice_show(text, word));
	message->version = version;
	return (version >= 1 && version <= 3) ||
	       h248_fail(r, 406, word.at,
			 "version %d is not supported: 1 to 3 are",
			 message->version);
}

static bool header(struct h248_reader *r, struct h248_message *message)
{
	enum h248_token token;
	struct sg_slice word;

	h248_skip(r);
	if (!h248_keyword(r, &token, &word, "MEGACO"))
		return false;
	if (token == H248_AUTHENTICATION) {
		if (!authentication(r, &message->authentication) ||
		    !h248_word(r, &word, "MEGACO"))
			return false;
	}
	if (!protocol(r, message, word) || !h248_mid(r, &message->mid, false))
		return false;
	h248_skip(r);
	if (h248_class[(__u8)r->in.at[-1]] & H248_CLASS_BLANK)
		return true;
	return h248_unexpected(r, "a blank behind the sender's name");
}

static bool body(struct h248_reader *r, struct h248_message *message)
{
	struct h248_transaction **tail = &message->transactions;
	enum h248_token token;
	struct sg_slice word;

	do {
		if (!h248_keyword(r, &token, &word, "a transaction"))
			return false;
		if (token == H248_ERROR && !message->count) {
			message->error = error(r);
			return message->error &&
			       (h248_next(r) < 0 ||
				h248_unexpected(r, "the end of the message"));
		}
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !read_transaction(r, *tail, token, word))
			return false;
		tail = &(*tail)->next;
		message->count++;
	} while (h248_next(r) >= 0);
	return true;
}

int h248_parse(struct h248_message *message, void *arena, size_t arena_size,
	       char *text, size_t size, struct h248_fault *fault)
{
	struct h248_reader r = {
		.in = sg_cursor_of(text, size),
		.message = message,
		.fault = fault,
		.syntax = H248_IN_MESSAGE,
	};

	h248_message_init(message, arena, arena_size);
	message->text = text;
	message->size = size;
	*fault = (struct h248_fault){ 0 };
	if (header(&r, message) && body(&r, message))
		return 0;
	return fault->code == 510 ? -ENOSPC : -EINVAL;
}
