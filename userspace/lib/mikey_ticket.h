/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tickets and their policies (RFC 6043 6.10 and Appendix A), with the ticket
 * type of 3GPP (TS 33.328 6.2.3.4), and Initiator Data.
 *
 * A TP payload's body is a policy; a TICKET payload's is a policy and Ticket
 * Data. Slices lie in the body. Identities are bare ID data: of what type
 * somebody else declares them does not matter.
 */
#ifndef SRTPGATE_MIKEY_TICKET_H
#define SRTPGATE_MIKEY_TICKET_H

#include "lib/mikey_protect.h"

enum {
	MIKEY_APPLICATIONS_MAX = 8,
	MIKEY_RECIPIENTS_MAX = 32,
	MIKEY_TICKET_MAX = 8192, /* octets of a body that we write */
	MIKEY_INITIATOR_DATA_MAX = 1 + 2 * (2 + MIKEY_TAG_MAX),
	MIKEY_RAND_MIN = 16,	/* octets; RFC 3830 6.11 */
};

/* In the order of the wire, D's bit apart. */
enum mikey_flag {
	MIKEY_D = 1 << 11,	/* the KMS made the ticket */
	MIKEY_E = 1 << 10,	/* a Resolve exchange is mandatory */
	MIKEY_F = 1 << 9,	/* TRANSFER_RESP shall be sent */
	MIKEY_G = 1 << 8,	/* the responder generates RANDRr */
	MIKEY_H = 1 << 7,	/* RANDRi goes into session keys */
	MIKEY_I = 1 << 6,	/* keys are forked */
	MIKEY_J = 1 << 5,	/* the ticket may be reused */
	MIKEY_K = 1 << 4,	/* the KMS changed the wanted policy */
	MIKEY_L = 1 << 3,	/* the initiator may supply session keys */
	MIKEY_M = 1 << 2,	/* the responder may */
	MIKEY_N = 1 << 1,	/* an initiator needs no more than RFC 6043 */
	MIKEY_O = 1 << 0,	/* a responder needs no more */
};

/* Which profile a ticket follows. */
struct mikey_profile {
	__u16 type;
	__u8 subtype;
	__u8 version;
};

extern const struct mikey_profile mikey_profile_base; /* 1/1/1 */
extern const struct mikey_profile mikey_profile_3gpp; /* 2/0/0 */

struct mikey_policy {
	struct mikey_profile profile;
	__u8 prf;
	__u16 flags;		/* enum mikey_flag */
	struct sg_slice kms;	/* empty: not said */
	struct sg_slice initiator;
	__u64 start, end;	/* mikey_time.h's seconds; 0: unbounded */
	__u32 rekey;		/* seconds; 0: not said */
	struct sg_slice wanted;	/* in TP only: key data with keys of zeros */
	struct sg_slice application[MIKEY_APPLICATIONS_MAX];
	int applications;	/* 0: every one */
	struct sg_slice recipient[MIKEY_RECIPIENTS_MAX]; /* may hold '*' */
	int recipients;
};

struct mikey_ticket {
	struct sg_slice body;	/* parsed: all of it */
	struct mikey_policy policy;
	struct sg_slice issuer;	/* THDR: as the issuer likes, a key's number */
	struct mikey_time t;
	struct sg_slice rand;
	struct mikey_kemac kemac;
	struct sg_slice psk_id;	/* names the TPK; empty: it is evident */
	struct sg_slice tag;
};

/* "EFG" and so on; each letter of D to O once. -EINVAL. */
int mikey_flags_parse(__u16 *flags, const char *letters);
void mikey_flags_print(char text[13], __u16 flags);

/*
 * Do they go together (RFC 6043 6.10)? @tgk: the ticket has a TGK. -EPERM,
 * Invalid TPpar.
 */
int mikey_flags_check(__u16 flags, bool tgk, struct mikey_fault *fault);

/*
 * Reads the policy at the beginning of either body; anything may be wrong
 * with it but the form. -EINVAL, -ENOTSUP, -E2BIG with Invalid TPpar or
 * Invalid TICKET.
 */
int mikey_policy_parse(struct mikey_policy *policy, struct sg_slice body,
		       struct mikey_fault *fault);

/* Writes a TP body. */
int mikey_policy_print(__u8 *buffer, size_t size,
		       const struct mikey_policy *policy);

bool mikey_profile_equal(const struct mikey_profile *a,
			 const struct mikey_profile *b);

/* Within its time? -ESTALE, Invalid TICKET. @now: NTP seconds. */
int mikey_policy_check_time(const struct mikey_policy *policy, __u64 now,
			    struct mikey_fault *fault);

/* May @identity resolve it? */
bool mikey_policy_admits(const struct mikey_policy *policy,
			 struct sg_slice identity);

/*
 * Reads a TICKET body of profile type 1 or 2, the base ticket. As above;
 * nothing is authenticated yet.
 */
int mikey_ticket_parse(struct mikey_ticket *ticket, struct sg_slice body,
		       struct mikey_fault *fault);

/*
 * Makes a ticket: writes the body from .policy, .issuer, .t, .rand, .psk_id
 * and @keys, the MPK first. Returns its octets; -EINVAL: flags or keys
 * against the rules, or RAND shorter than TPK or MPK (RFC 6043 12.1);
 * -ENOSPC; -EIO.
 */
int mikey_ticket_seal(__u8 *buffer, size_t size,
		      const struct mikey_ticket *ticket,
		      const struct mikey_keys *keys,
		      const struct mikey_secret *tpk);

/*
 * Verifies and decrypts a parsed ticket; @keys gets the MPK and the session
 * keys. -EBADMSG: not made with @tpk, or changed since (Invalid TICKET);
 * other errors of form as above.
 */
int mikey_ticket_open(struct mikey_keys *keys,
		      const struct mikey_ticket *ticket,
		      const struct mikey_secret *tpk,
		      struct mikey_fault *fault);

/*
 * MPKi [MPKr] and the session keys that an initiator or, forked, a responder
 * gets, from what mikey_ticket_open() gave. @policy's I decides.
 */
int mikey_ticket_keys(struct mikey_keys *out, const struct mikey_keys *keys,
		      const struct mikey_ticket *ticket);

/* -- Initiator Data -------------------------------------------------------- */

/*
 * Writes 09 || Vi || Vr: @v is TRANSFER_INIT's tag, @mpkr not forked, @suite
 * the policy's. Returns the octets.
 */
int mikey_initiator_data_print(__u8 buffer[MIKEY_INITIATOR_DATA_MAX],
			       struct sg_slice v,
			       const struct mikey_suite *suite,
			       const struct mikey_secret *mpkr);

/* Vr, as only a KMS can. -EBADMSG; -EINVAL: not of that form. */
int mikey_initiator_data_check(struct sg_slice data,
			       const struct mikey_suite *suite,
			       const struct mikey_secret *mpkr,
			       struct mikey_fault *fault);

/* Is Vi's tag @v? */
int mikey_initiator_data_compare(struct sg_slice data, struct sg_slice v,
				 struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_TICKET_H */
