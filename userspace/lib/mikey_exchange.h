/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The messages of MIKEY-TICKET (RFC 6043 4.2), made and verified. Nothing
 * here draws random numbers, asks a clock or keeps anything: whoever calls
 * brings times, RANDs and CSB IDs, and judges times and identities.
 *
 * For each message there is a struct of what it says. *_print() writes one
 * and returns its octets: -EINVAL when it would break a rule, -ENOSPC, -EIO.
 * *_parse() reads what has no proof yet; *_verify() proves it. Both refuse
 * with a fault: -EINVAL, -ENOTSUP, -E2BIG, -EPERM; -EBADMSG when it is not
 * authentic; -EIO. Slices of a parsed message lie in the caller's octets;
 * keys are copies for the caller to wipe, and zero after an error.
 */
#ifndef SRTPGATE_MIKEY_EXCHANGE_H
#define SRTPGATE_MIKEY_EXCHANGE_H

#include "lib/mikey_rsa.h"
#include "lib/mikey_ticket.h"

enum {
	MIKEY_MESSAGE_MAX = 16384, /* octets of one that we write */
	MIKEY_SPS_MAX = 16,
	MIKEY_CERTIFICATES_MAX = 8,
};

/* -- Ticket Request and Ticket Resolve: to a KMS and back ------------------ */

/*
 * What REQUEST_INIT_PK and RESOLVE_INIT_PK have instead of a PSK's name and V
 * (RFC 6043 4.2.1.3, RFC 3830 3.2). DER and ciphertext; nothing of it was
 * looked into.
 */
struct mikey_public {
	struct sg_slice certificate[MIKEY_CERTIFICATES_MAX]; /* the signer's,
				* then each that vouches for the one before */
	int certificates;
	__u8 hash;		/* enum mikey_hash, of .chash */
	struct sg_slice chash;	/* of the KMS's certificate; empty: not said */
	struct sg_slice envelope; /* PKE: mikey_envelope_seal() */
	__u8 sign;		/* enum mikey_sign */
};

/* REQUEST_INIT or RESOLVE_INIT, _PSK or _PK: who wants what. */
struct mikey_query {
	enum mikey_data_type type;
	__u8 prf;
	__u32 csb_id;
	struct mikey_time t;
	struct sg_slice rand;	/* RANDRi or RANDRr */
	struct sg_slice requester; /* IDRi or IDRr; empty: not said. Set it
				    * before mikey_query_verify() then */
	struct sg_slice kms;	/* the same for IDRkms */
	struct sg_slice psk_id;	/* empty: not said */
	struct sg_slice body;	/* the policy wanted, or the ticket */
	struct sg_slice initiator_data; /* RESOLVE_INIT; empty: none */
	/*
	 * RESOLVE_INIT of a network function that is to have the keys as
	 * .requester got them: the RANDRkms of his. RFC 6043 has no such
	 * thing, docs/authorised-receiver.md. Empty: keys of its own.
	 */
	struct sg_slice refork;
	struct mikey_public public; /* of _PK */
	struct sg_slice octets;	/* parsed: the message */
	struct sg_slice tag;	/* V's, or the signature */
};

bool mikey_query_is_public(const struct mikey_query *query);
bool mikey_query_is_resolve(const struct mikey_query *query);

/* RAND must be as long as @psk (RFC 6043 12.1), 32 octets for a NAF-Key. */
int mikey_query_print(__u8 *buffer, size_t size,
		      const struct mikey_query *query,
		      const struct mikey_secret *psk);
/* The same, signed. @envelope is what .public.envelope holds. */
int mikey_query_sign(__u8 *buffer, size_t size,
		     const struct mikey_query *query,
		     const struct mikey_secret *envelope, EVP_PKEY *signer);
int mikey_query_parse(struct mikey_query *query, struct sg_slice octets,
		      struct mikey_fault *fault);
int mikey_query_verify(const struct mikey_query *query,
		       const struct mikey_secret *psk,
		       struct mikey_fault *fault);
/* @signer: of a certificate that somebody vouches for. */
int mikey_query_verify_sign(const struct mikey_query *query, EVP_PKEY *signer,
			    struct mikey_fault *fault);

/*
 * Octets that an envelope key must have at least so that it is no weaker than
 * what it protects (RFC 6043 12.1), and at most, as RAND is long. None of it
 * is secret.
 */
size_t mikey_query_least_envelope(const struct mikey_query *query);
size_t mikey_query_most_envelope(const struct mikey_query *query);

/* REQUEST_RESP or RESOLVE_RESP. @psk below: the PSK or the envelope key. */
struct mikey_reply {
	struct mikey_time t;	/* fresh, and never the same twice */
	struct sg_slice kms;	/* empty: not said */
	struct sg_slice ticket;	/* REQUEST_RESP: the body */
	struct mikey_modifier modifier; /* RESOLVE_RESP with forking */
	struct mikey_keys keys;	/* MPKi [MPKr], session keys: secret */
};

/* @query is the one that it answers, parsed or with .octets set. */
int mikey_reply_print(__u8 *buffer, size_t size,
		      const struct mikey_query *query,
		      const struct mikey_reply *reply,
		      const struct mikey_secret *psk);

/*
 * Parses and verifies in one; wipe @reply afterwards. -EREMOTEIO: it is an
 * Error message, for mikey_trouble_parse().
 */
int mikey_reply_parse(struct mikey_reply *reply,
		      const struct mikey_query *query, struct sg_slice octets,
		      const struct mikey_secret *psk,
		      struct mikey_fault *fault);
void mikey_reply_wipe(struct mikey_reply *reply);

/* -- Ticket Transfer: between initiator and responder ---------------------- */

struct mikey_sp {
	__u8 policy;
	__u8 protocol;
	struct sg_slice parameters;
};

/* What both TRANSFER messages say of the media. */
struct mikey_sessions {
	struct mikey_cs cs[MIKEY_CS_MAX];
	int css;
	struct mikey_sp sp[MIKEY_SPS_MAX];
	int sps;
};

/* NULL: no such policy. */
const struct mikey_sp *mikey_sessions_policy(const struct mikey_sessions *s,
					     __u8 policy);

/* TRANSFER_INIT. */
struct mikey_transfer {
	__u8 prf;
	__u32 csb_id;
	struct mikey_time t;
	struct sg_slice rand;	/* RANDRi */
	struct sg_slice initiator, responder; /* empty: as in a query */
	struct mikey_sessions sessions;
	struct sg_slice sdp_ids; /* RFC 4567 4.1, against bidding down */
	struct sg_slice extension; /* to print: of type .extension_type */
	__u8 extension_type;
	struct sg_slice ticket;	/* the body */
	struct mikey_policy policy; /* the ticket's: parsed, and to print */
	struct sg_slice initiator_data; /* parsed */
	struct mikey_kemac kemac; /* parsed: keys of the initiator, with L */
	bool has_kemac;
	struct sg_slice octets;	/* parsed */
	struct sg_slice tag;
};

/*
 * @mpkr is used with forking only. @own: keys that the ticket does not have;
 * NULL: none. .policy must be that of .ticket.
 */
int mikey_transfer_print(__u8 *buffer, size_t size,
			 const struct mikey_transfer *transfer,
			 const struct mikey_secret *mpki,
			 const struct mikey_secret *mpkr,
			 const struct mikey_keys *own);

/*
 * Checks also what needs no key: flags, RAND, and that the initiator is the
 * ticket's (TS 33.328 B.2.2). Times and recipients are the caller's.
 */
int mikey_transfer_parse(struct mikey_transfer *transfer,
			 struct sg_slice octets, struct mikey_fault *fault);

/* With forking Vi too. @own gets the initiator's keys; none is no error. */
int mikey_transfer_verify(const struct mikey_transfer *transfer,
			  const struct mikey_secret *mpki,
			  struct mikey_keys *own, struct mikey_fault *fault);

/* The General Extension of @type in what was parsed; empty: none. */
struct sg_slice mikey_transfer_extension(const struct mikey_transfer *transfer,
					 __u8 type);

/* TRANSFER_RESP. */
struct mikey_answer {
	struct mikey_time t;
	struct sg_slice rand;	/* RANDRr, with G; else empty */
	struct mikey_modifier modifier; /* RESOLVE_RESP's, with forking */
	struct mikey_sessions sessions;
	struct mikey_kemac kemac; /* parsed: keys of the responder, with M */
	bool has_kemac;
	struct sg_slice octets;	/* parsed */
	struct sg_slice tag;
};

/* @key: MPKr' with forking, else MPKi. @own as above. */
int mikey_answer_print(__u8 *buffer, size_t size,
		       const struct mikey_transfer *transfer,
		       const struct mikey_answer *answer,
		       const struct mikey_secret *key,
		       const struct mikey_keys *own);

/*
 * The initiator takes .modifier from what was parsed, derives MPKr' and
 * verifies, and only then judges the identity in it. -EREMOTEIO as above.
 */
int mikey_answer_parse(struct mikey_answer *answer,
		       const struct mikey_transfer *transfer,
		       struct sg_slice octets, struct mikey_fault *fault);
int mikey_answer_verify(const struct mikey_answer *answer,
			const struct mikey_transfer *transfer,
			const struct mikey_secret *key, struct mikey_keys *own,
			struct mikey_fault *fault);

/* The RANDs of session keys: RANDRi with H, RANDRr with G. */
struct mikey_rands mikey_session_rands(const struct mikey_transfer *transfer,
				       const struct mikey_answer *answer);

/* -- Error ----------------------------------------------------------------- */

struct mikey_trouble {
	__u8 prf;
	__u32 csb_id;
	struct mikey_time t;
	__u8 error[8];
	int errors;
	bool has_tag;		/* without V or SIGN, anybody may have sent it */
	bool is_signed;		/* .tag is a signature */
	__u8 sign;		/* enum mikey_sign */
	struct mikey_sp sp[MIKEY_SPS_MAX]; /* the policies supported */
	int sps;
	struct sg_slice octets;	/* parsed */
	struct sg_slice tag;
};

/*
 * Without @key anybody may have written it. Else it has the auth_key of the
 * message in error (RFC 6043 5.5): its key, phase and RANDs.
 */
int mikey_trouble_print(__u8 *buffer, size_t size,
			const struct mikey_trouble *trouble,
			const struct mikey_secret *key, enum mikey_phase phase,
			const struct mikey_rands *rands);
/* The same, signed in the way of .sign. */
int mikey_trouble_sign(__u8 *buffer, size_t size,
		       const struct mikey_trouble *trouble, EVP_PKEY *signer);
int mikey_trouble_parse(struct mikey_trouble *trouble, struct sg_slice octets,
			struct mikey_fault *fault);
int mikey_trouble_verify(const struct mikey_trouble *trouble,
			 const struct mikey_secret *key, enum mikey_phase phase,
			 const struct mikey_rands *rands,
			 struct mikey_fault *fault);
int mikey_trouble_verify_sign(const struct mikey_trouble *trouble,
			      EVP_PKEY *signer, struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_EXCHANGE_H */
