/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLS with a pre-shared key that a ticket gave (TR 33.829 8.3.1.2): sessions
 * of MSRP, or of anything else over TCP. TRANSFER_INIT and TRANSFER_RESP have
 * one crypto session of the protocol TLS, without security policies; its TEK,
 * of the forked TGK, is the key (RFC 4279, RFC 8446 2.2).
 * docs/secure-messaging.md has what was decided where the text is silent.
 *
 * Functions return 0 or a negative errno with a sentence in *@fault. A struct
 * tls_psk is secret: tls_psk_wipe().
 */
#ifndef SRTPGATE_UE_TLS_PSK_H
#define SRTPGATE_UE_TLS_PSK_H

#include "lib/fault.h"
#include "lib/mikey_exchange.h"

enum {
	TLS_PSK_PROTOCOL = 2,	/* of the crypto session; by default */
	/* 64 digits of a digest, '.', a CS ID and NUL; RFC 4279 5.3: 128 */
	TLS_PSK_IDENTITY = 64 + 1 + 3 + 1,
};

struct tls_psk {
	char identity[TLS_PSK_IDENTITY];
	struct mikey_secret key;
};

/*
 * The ticket is that of a call (Annex D): forked, answered, with a TGK.
 * -EPERM, and the sentence names the flag or key that is wrong.
 */
int tls_psk_check_ticket(const struct mikey_policy *policy,
			 const struct mikey_keys *keys, struct fault *fault);

/* The crypto session to offer, under the key that @spi names. */
void tls_psk_sessions(struct mikey_sessions *sessions, __u8 protocol,
		      struct sg_slice spi);

/* Is that what a TRANSFER message has? -EINVAL. */
int tls_psk_check_sessions(const struct mikey_sessions *sessions,
			   __u8 protocol, struct fault *fault);

/*
 * The key and the name of it, for both sides, from messages that are
 * verified, with .octets, and the keys of the responder (forked). The name is
 * of this pair of messages: responders of a forked call have others.
 */
int tls_psk_derive(struct tls_psk *psk, const struct mikey_transfer *transfer,
		   const struct mikey_answer *answer,
		   const struct mikey_keys *keys, struct fault *fault);

/*
 * From a line with the name, a blank and the key in base64, as keys.h writes
 * it. -EINVAL; @psk is zero then.
 */
int tls_psk_parse(struct tls_psk *psk, struct sg_slice text,
		  struct fault *fault);

void tls_psk_wipe(struct tls_psk *psk);

#endif /* SRTPGATE_UE_TLS_PSK_H */
