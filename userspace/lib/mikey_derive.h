/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MIKEY's key schedule: the PRF of RFC 3830 4.1.2 with SHA-1 or SHA-256, and
 * each key that RFC 6043 5.1, 6.10 and A.2 derive with it.
 *
 * Functions return 0; -EINVAL when a key, an identity or a RAND is empty or
 * too long. What they fill is secret, the caller wipes it; after an error it
 * is zero.
 */
#ifndef SRTPGATE_MIKEY_DERIVE_H
#define SRTPGATE_MIKEY_DERIVE_H

#include "lib/mikey_key.h"

/*
 * The algorithms that go with a PRF. RFC 6043 12.1 does not mix the 256-bit
 * ones with others, so a PRF names a suite. Sizes in octets.
 */
struct mikey_suite {
	__u8 prf;
	__u8 encr;		/* enum mikey_encr */
	__u8 mac;		/* enum mikey_mac, of V */
	__u8 encr_key;
	__u8 tag;		/* as long as the auth_key */
};

/* NULL: unknown. */
const struct mikey_suite *mikey_suite_of(__u8 prf);

enum { MIKEY_MESSAGE_SALT = 14 };

/* What protects a message or a ticket. */
struct mikey_message_keys {
	__u8 encr[32];
	__u8 auth[32];
	__u8 salt[MIKEY_MESSAGE_SALT];
};

enum mikey_phase {
	MIKEY_PHASE_INIT = 1,
	MIKEY_PHASE_RESP = 2,
};

/* RANDRi and RANDRr; one that is not used is empty. */
struct mikey_rands {
	struct sg_slice initiator;
	struct sg_slice responder;
};

/* What makes a key the recipient's own: IDRr's data and RANDRkms. */
struct mikey_modifier {
	struct sg_slice id;
	struct sg_slice rand;
};

/* @key: a PSK, an envelope key, MPKi or MPKr'. */
int mikey_derive_message(struct mikey_message_keys *keys,
			 const struct mikey_suite *suite,
			 const struct mikey_secret *key, __u32 csb_id,
			 enum mikey_phase phase,
			 const struct mikey_rands *rands);

/* Only .auth, a third of the work: for a message without KEMAC. */
int mikey_derive_message_auth(struct mikey_message_keys *keys,
			      const struct mikey_suite *suite,
			      const struct mikey_secret *key, __u32 csb_id,
			      enum mikey_phase phase,
			      const struct mikey_rands *rands);

/* @suite is the policy's, @rand the ticket's, as in the next. */
int mikey_derive_ticket(struct mikey_message_keys *keys,
			const struct mikey_suite *suite,
			const struct mikey_secret *tpk, struct sg_slice rand);

/* MPKi and MPKr from a ticket's MPK. */
int mikey_derive_mpks(struct mikey_secret *mpki, struct mikey_secret *mpkr,
		      const struct mikey_suite *suite,
		      const struct mikey_secret *mpk, struct sg_slice rand);

/* The auth_key of Initiator Data, as long as @tag, from the MPKr unforked. */
int mikey_derive_initiator(__u8 auth[MIKEY_TAG_MAX],
			   const struct mikey_suite *suite, int tag,
			   const struct mikey_secret *mpkr);

/* MPKr' or TGK': @kind is MIKEY_MPK or MIKEY_TGK, @suite the policy's. */
int mikey_derive_fork(struct mikey_secret *forked,
		      const struct mikey_suite *suite, enum mikey_key_kind kind,
		      const struct mikey_secret *key,
		      const struct mikey_modifier *modifier);

/* Each TGK of @keys in place, and the MPK at @mpk unless that is -1. */
int mikey_derive_forks(struct mikey_keys *keys, int mpk,
		       const struct mikey_suite *suite,
		       const struct mikey_modifier *modifier);

enum mikey_session_use {
	MIKEY_SESSION_TEK,
	MIKEY_SESSION_AUTH,
	MIKEY_SESSION_ENCR,
	MIKEY_SESSION_SALT,
};

/*
 * @size octets for one crypto session, from a TGK, TGK' or GTGK. @suite is
 * that of the TRANSFER messages. A salt that came with the key is used
 * instead of a derived one (RFC 6043 6.2.1).
 */
int mikey_derive_session(__u8 *out, size_t size,
			 const struct mikey_suite *suite,
			 enum mikey_session_use use,
			 const struct mikey_secret *tgk, __u8 cs_id,
			 const struct mikey_rands *rands);

/* RFC 3830 4.1.2. @prf: enum mikey_prf. */
int mikey_prf(__u8 prf, const struct mikey_secret *key, struct sg_slice label,
	      __u8 *out, size_t size);

void mikey_message_keys_wipe(struct mikey_message_keys *keys);

#endif /* SRTPGATE_MIKEY_DERIVE_H */
