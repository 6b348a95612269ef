// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_shape.h"

#include "lib/mikey_protect.h"
#include "lib/mikey_ticket.h"

enum { PARTS_MAX = 4 };

static int count(const struct mikey_message *m, const struct mikey_rule *rule)
{
	int found = 0;

	for (int i = 0; i < m->payloads; i++)
		if (m->payload[i].type == rule->type &&
		    (!rule->role || m->payload[i].role == rule->role))
			found++;
	return found;
}

/* Whichever is last, no other may be there; SIGN is never but last. */
static bool proven(const struct mikey_message *m, enum mikey_proof proof)
{
	static const struct mikey_rule v = { MIKEY_V, 0, 0, 1 };
	enum mikey_payload_type last =
		m->payloads ? m->payload[m->payloads - 1].type : MIKEY_LAST;

	if (count(m, &v) != (last == MIKEY_V))
		return false;
	return proof == MIKEY_PROOF_ANY ||
	       last == (proof == MIKEY_PROOF_V ? MIKEY_V : MIKEY_SIGN);
}

int mikey_shape_check(const struct mikey_message *m,
		      const struct mikey_rule *rules, size_t number,
		      enum mikey_proof proof, struct mikey_fault *fault)
{
	for (size_t i = 0; i < number; i++) {
		int found = count(m, &rules[i]);

		if (found < rules[i].least)
			return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
					  "a payload is missing");
		if (rules[i].most && found > rules[i].most)
			return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
					  "a payload is there twice");
	}
	if (!proven(m, proof))
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "V or SIGN is not the last payload");
	return 0;
}

const struct mikey_suite *mikey_shape_suite(const struct mikey_message *m,
					    struct mikey_fault *fault)
{
	const struct mikey_suite *suite = mikey_suite_of(m->prf);
	const struct mikey_payload *v = mikey_find(m, MIKEY_V, 0, 0);

	if (!suite) {
		mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_PRF,
			   "the PRF is not known");
		return NULL;
	}
	/* RFC 6043 12.1: they are not mixed. */
	if (v && v->kind != suite->mac) {
		mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_MAC,
			   "V's MAC is not the PRF's");
		return NULL;
	}
	return suite;
}

struct sg_slice mikey_shape_data(const struct mikey_message *m,
				 enum mikey_payload_type type, __u8 role)
{
	const struct mikey_payload *p = mikey_find(m, type, role, 0);

	return p ? p->data : (struct sg_slice){ "", 0 };
}

void mikey_shape_add(struct mikey_message *m, enum mikey_payload_type type,
		     __u8 role, struct sg_slice data)
{
	struct mikey_payload p = { .type = type, .role = role };

	if (!data.size)
		return;
	/* RFC 6043 6.5 made octet strings for what names a PSK. */
	if (type == MIKEY_IDR)
		p.kind = role == MIKEY_PSK_ID ? MIKEY_ID_OCTETS : MIKEY_ID_NAI;
	p.data = data;
	mikey_add(m, p);
}

void mikey_shape_add_time(struct mikey_message *m, const struct mikey_time *t)
{
	mikey_add(m, (struct mikey_payload){ .type = MIKEY_T, .t = *t });
}

void mikey_shape_add_v(struct mikey_message *m, const struct mikey_suite *suite)
{
	static const char zeros[MIKEY_TAG_MAX];

	mikey_add(m, (struct mikey_payload){ .type = MIKEY_V,
					     .kind = suite->mac,
					     .data = { zeros, suite->tag } });
}

void mikey_shape_add_sign(struct mikey_message *m, __u8 kind, int size)
{
	static const char zeros[MIKEY_RSA_MAX];

	mikey_add(m, (struct mikey_payload){ .type = MIKEY_SIGN,
					     .kind = kind,
					     .data = { zeros, size } });
}

/* RFC 6043 5.5: all of the message but @left octets, and what is @behind. */
static int join(struct sg_slice part[PARTS_MAX], const void *octets,
		size_t left, const struct sg_slice *behind, int parts)
{
	part[0] = (struct sg_slice){ octets, left };
	for (int i = 0; i < parts; i++)
		part[1 + i] = behind[i];
	return 1 + parts;
}

int mikey_shape_seal(__u8 *octets, int size, const struct mikey_suite *suite,
		     const struct mikey_message_keys *keys,
		     const struct sg_slice *behind, int parts)
{
	struct sg_slice part[PARTS_MAX];
	int all = join(part, octets, size - suite->tag, behind, parts);
	__u8 tag[MIKEY_TAG_MAX];
	int err = mikey_mac(suite->mac, keys->auth, part, all, tag);

	if (err)
		return err;
	memcpy(octets + part[0].size, tag, suite->tag);
	return size;
}

int mikey_shape_verify(struct sg_slice octets, struct sg_slice tag,
		       const struct mikey_suite *suite,
		       const struct mikey_message_keys *keys,
		       const struct sg_slice *behind, int parts,
		       struct mikey_fault *fault)
{
	struct sg_slice part[PARTS_MAX];
	int all = join(part, octets.at, octets.size - tag.size, behind, parts);

	return mikey_mac_check(suite->mac, keys->auth, part, all, tag, fault);
}

int mikey_shape_sign(__u8 *octets, int size, EVP_PKEY *key, __u8 kind,
		     const struct sg_slice *behind, int parts)
{
	struct sg_slice part[PARTS_MAX];
	int left = size - mikey_rsa_size(key);
	int all = join(part, octets, left, behind, parts);
	int err = mikey_sign(key, kind, part, all, octets + left);

	return err ? err : size;
}

int mikey_shape_verify_sign(struct sg_slice octets, struct sg_slice signature,
			    EVP_PKEY *key, __u8 kind,
			    const struct sg_slice *behind, int parts,
			    struct mikey_fault *fault)
{
	struct sg_slice part[PARTS_MAX];
	int all = join(part, octets.at, octets.size - signature.size, behind,
		       parts);

	return mikey_sign_check(key, kind, part, all, signature, fault);
}

int mikey_shape_check_rand(struct sg_slice rand, struct mikey_fault *fault)
{
	if (rand.size && rand.size < MIKEY_RAND_MIN)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "a RAND has less than 128 bits");
	return 0;
}
