// SPDX-License-Identifier: GPL-2.0-only
#include "ue/tls_psk.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "lib/base64.h"
#include "lib/cursor.h"
#include "lib/hex.h"
#include "lib/secret.h"

enum { CS_ID = 1 };

/* -- the ticket ------------------------------------------------------------ */

static int refuse(struct fault *fault, const char *text)
{
	return fault_set(fault, EPERM, "%s", text);
}

int tls_psk_check_ticket(const struct mikey_policy *policy,
			 const struct mikey_keys *keys, struct fault *fault)
{
	if (!(policy->flags & MIKEY_I))
		return refuse(fault,
			      "the ticket lacks flag I, all who may open it "
			      "would have the session's key: request one for "
			      "calls");
	if (!(policy->flags & MIKEY_F))
		return refuse(fault,
			      "the ticket lacks flag F, nobody would answer: "
			      "request one for calls");
	if (!(policy->flags & (MIKEY_G | MIKEY_H)))
		return refuse(fault,
			      "the ticket has neither flag G nor H, all "
			      "sessions would have one key: request one for "
			      "calls");
	if (!mikey_keys_have_tgk(keys))
		return refuse(fault,
			      "the ticket has no TGK: request one for calls");
	return 0;
}

void tls_psk_sessions(struct mikey_sessions *sessions, __u8 protocol,
		      struct sg_slice spi)
{
	*sessions = (struct mikey_sessions){
		.css = 1,
		.cs[0] = { .id = CS_ID,
			   .protocol = protocol,
			   .policies = { "", 0 },
			   .session = { "", 0 },
			   .spi = spi },
	};
}

int tls_psk_check_sessions(const struct mikey_sessions *sessions,
			   __u8 protocol, struct fault *fault)
{
	if (sessions->css != 1 || sessions->cs[0].protocol != protocol)
		return fault_set(fault, EINVAL,
				 "the message is not for TLS: it does not "
				 "have one crypto session of that protocol");
	/* TR 33.829 8.3.1.2: the handshake negotiates. */
	if (sessions->sps || sessions->cs[0].policies.size)
		return fault_set(fault, EINVAL,
				 "the message has security policies, which "
				 "TLS must not have");
	return 0;
}

/* -- the key --------------------------------------------------------------- */

/* TRANSFER_RESP's V is over TRANSFER_INIT too. */
static void print_identity(char text[TLS_PSK_IDENTITY],
			   const struct mikey_answer *answer)
{
	__u8 hash[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)answer->octets.at, answer->octets.size,
	       hash);
	sg_hex_encode(text, hash, sizeof(hash));
	snprintf(text + 2 * sizeof(hash), 5, ".%u",
		 answer->sessions.cs[0].id);
}

int tls_psk_derive(struct tls_psk *psk, const struct mikey_transfer *transfer,
		   const struct mikey_answer *answer,
		   const struct mikey_keys *keys, struct fault *fault)
{
	const struct mikey_suite *suite = mikey_suite_of(transfer->prf);
	struct mikey_rands rands = mikey_session_rands(transfer, answer);
	const struct mikey_key *tgk = mikey_keys_find(
		keys, MIKEY_TGK, &answer->sessions.cs[0].spi);
	int err = -EINVAL;

	*psk = (struct tls_psk){ .key.size = suite->encr_key };
	if (tgk)
		err = mikey_derive_session(psk->key.octets, psk->key.size,
					   suite, MIKEY_SESSION_TEK,
					   &tgk->secret,
					   answer->sessions.cs[0].id, &rands);
	if (err) {
		tls_psk_wipe(psk);
		return fault_set(fault, -err,
				 "the session's key cannot be derived: the "
				 "answer names a key that the ticket does "
				 "not have");
	}
	print_identity(psk->identity, answer);
	return 0;
}

int tls_psk_parse(struct tls_psk *psk, struct sg_slice text,
		  struct fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(sg_slice_trim(text));
	struct sg_slice identity = sg_cursor_word(&c);
	int size;

	*psk = (struct tls_psk){ 0 };
	size = sg_base64_decode(psk->key.octets, sizeof(psk->key.octets),
				sg_cursor_word(&c));
	if (identity.size && identity.size < sizeof(psk->identity) &&
	    size >= MIKEY_KEY_MIN && !sg_cursor_left(&c)) {
		snprintf(psk->identity, sizeof(psk->identity), "%.*s",
			 (int)identity.size, identity.at);
		psk->key.size = size;
		return 0;
	}
	tls_psk_wipe(psk);
	return fault_set(fault, EINVAL,
			 "the file does not have the keys of a TLS session");
}

void tls_psk_wipe(struct tls_psk *psk)
{
	sg_secret_zero(psk, sizeof(*psk));
}
