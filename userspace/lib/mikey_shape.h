/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside mikey_exchange.h: which payloads a message has to have, and the V or
 * SIGN at its end.
 */
#ifndef SRTPGATE_MIKEY_SHAPE_H
#define SRTPGATE_MIKEY_SHAPE_H

#include "lib/mikey_derive.h"
#include "lib/mikey_rsa.h"
#include "lib/mikey_wire.h"

/* Payloads of one type and role; @most 0: any number. */
struct mikey_rule {
	__u8 type;
	__u8 role;		/* 0: any */
	__u8 least;
	__u8 most;
};

#define MIKEY_RULES(rules) (rules), sizeof(rules) / sizeof((rules)[0])

/* What a message ends with. */
enum mikey_proof {
	MIKEY_PROOF_ANY,	/* one of them or none */
	MIKEY_PROOF_V,
	MIKEY_PROOF_SIGN,
};

/*
 * -EINVAL. What no rule speaks of is passed over: RFC 6043 4.2. V or SIGN must
 * be there once and last, and not the other.
 */
int mikey_shape_check(const struct mikey_message *message,
		      const struct mikey_rule *rules, size_t count,
		      enum mikey_proof proof, struct mikey_fault *fault);

/* The suite of the message, whose V agrees with it; or NULL and a fault. */
const struct mikey_suite *mikey_shape_suite(const struct mikey_message *message,
					    struct mikey_fault *fault);

/* Data of a payload that may be missing; empty then. */
struct sg_slice mikey_shape_data(const struct mikey_message *message,
				 enum mikey_payload_type type, __u8 role);

/* Appends an ID payload with a role, or a RAND; nothing when it is empty. */
void mikey_shape_add(struct mikey_message *message,
		     enum mikey_payload_type type, __u8 role,
		     struct sg_slice data);
void mikey_shape_add_time(struct mikey_message *message,
			  const struct mikey_time *t);

/* V with a tag of zeros. */
void mikey_shape_add_v(struct mikey_message *message,
		       const struct mikey_suite *suite);

/*
 * Puts the tag over the message and @parts behind it into its last octets.
 * Returns @size or an error.
 */
int mikey_shape_seal(__u8 *octets, int size, const struct mikey_suite *suite,
		     const struct mikey_message_keys *keys,
		     const struct sg_slice *behind, int parts);

/* Does the V at the end fit the message and what is @behind it? */
int mikey_shape_verify(struct sg_slice octets, struct sg_slice tag,
		       const struct mikey_suite *suite,
		       const struct mikey_message_keys *keys,
		       const struct sg_slice *behind, int parts,
		       struct mikey_fault *fault);

/* The same with SIGN; @size: mikey_rsa_size() of the key. */
void mikey_shape_add_sign(struct mikey_message *message, __u8 kind, int size);
int mikey_shape_sign(__u8 *octets, int size, EVP_PKEY *key, __u8 kind,
		     const struct sg_slice *behind, int parts);
int mikey_shape_verify_sign(struct sg_slice octets, struct sg_slice signature,
			    EVP_PKEY *key, __u8 kind,
			    const struct sg_slice *behind, int parts,
			    struct mikey_fault *fault);

/* RANDs of at least 128 bits, as RFC 3830 6.11 wants them; empty ones pass. */
int mikey_shape_check_rand(struct sg_slice rand, struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_SHAPE_H */
