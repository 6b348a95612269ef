// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_medium.h"

#include <errno.h>

#include "lib/secret.h"

/* -- which session, policy and key ----------------------------------------- */

static const struct mikey_cs *find_session(const struct mikey_sessions *s,
					   __u8 id)
{
	for (int i = 0; i < s->css; i++)
		if (s->cs[i].id == id && s->cs[i].protocol == MIKEY_SRTP)
			return &s->cs[i];
	return NULL;
}

/* RFC 6043 4.2.2: the answer need not repeat what the offer said. */
static const struct mikey_sp *find_policy(const struct mikey_transfer *transfer,
					  const struct mikey_answer *answer,
					  const struct mikey_cs *cs)
{
	const struct mikey_sp *sp;

	if (cs->policies.size != 1)
		return NULL;
	sp = mikey_sessions_policy(&answer->sessions, cs->policies.at[0]);
	if (!sp)
		sp = mikey_sessions_policy(&transfer->sessions,
					   cs->policies.at[0]);
	return sp && sp->protocol == MIKEY_SRTP ? sp : NULL;
}

static bool has_spi(const struct mikey_key *key, struct sg_slice spi)
{
	return key->kind != MIKEY_MPK &&
	       (!spi.size || (key->spi_size == spi.size &&
			      !memcmp(key->spi, spi.at, spi.size)));
}

/* An offer without an SPI is for the only key. */
static const struct mikey_key *find_key(const struct mikey_keys *const *keys,
					int count, struct sg_slice spi)
{
	const struct mikey_key *found = NULL;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < keys[i]->keys; j++) {
			if (!has_spi(&keys[i]->key[j], spi))
				continue;
			if (found)
				return NULL;
			found = &keys[i]->key[j];
		}
	return found;
}

/* -- what they amount to --------------------------------------------------- */

static int log2_of(__u32 power)
{
	int log = 0;

	while (power >>= 1)
		log++;
	return log;
}

/* Switches of RFC 3830 6.10.1 that RFC 4568 6.3 has beside the suite. */
static void take_policy(struct sg_master_key *key, struct mikey_srtp srtp)
{
	key->kdr = log2_of(srtp.kdr);
	key->plain_rtp = !srtp.rtp_encrypted;
	key->plain_rtcp = !srtp.rtcp_encrypted;
	key->untagged_rtp = !srtp.rtp_authenticated;
	srtp.rtp_encrypted = srtp.rtcp_encrypted = srtp.rtp_authenticated = 1;
	key->suite = mikey_srtp_suite(&srtp);
}

static int read_policy(struct sg_master_key *key, const struct mikey_sp *sp,
		       struct mikey_fault *fault)
{
	struct mikey_srtp srtp;
	int err;

	if (!sp)
		return mikey_fail(
			fault, -EINVAL, MIKEY_INVALID_SP,
			"the crypto session has not one policy of SRTP");
	err = mikey_srtp_parse(&srtp, sp->parameters, fault);
	if (err)
		return err;
	take_policy(key, srtp);
	if (key->suite == SG_SUITE_NONE)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_SPPAR,
				  "the policy of the crypto session is of no "
				  "suite that we have");
	return 0;
}

static int derive_key(__u8 *out, const struct sg_suite_info *suite,
		      const struct mikey_transfer *transfer,
		      const struct mikey_key *key, __u8 cs,
		      const struct mikey_rands *rands)
{
	/* RFC 6043 12.1: no key is longer than what it is derived from. */
	if (key->secret.size < suite->key)
		return -EINVAL;
	if (key->kind != MIKEY_TEK)
		return mikey_derive_session(
			out, suite->key, mikey_suite_of(transfer->prf),
			MIKEY_SESSION_TEK, &key->secret, cs, rands);
	if (key->secret.size != suite->key)
		return -EINVAL;
	memcpy(out, key->secret.octets, suite->key);
	return 0;
}

/* RFC 6043 6.2.1: a salt that came with the key is used as it is. */
static int derive_salt(__u8 *out, const struct sg_suite_info *suite,
		       const struct mikey_transfer *transfer,
		       const struct mikey_key *key, __u8 cs,
		       const struct mikey_rands *rands)
{
	if (!key->salt_size && key->kind != MIKEY_TEK)
		return mikey_derive_session(
			out, suite->salt, mikey_suite_of(transfer->prf),
			MIKEY_SESSION_SALT, &key->secret, cs, rands);
	if (key->salt_size < suite->salt)
		return -EINVAL;
	memcpy(out, key->salt, suite->salt);
	return 0;
}

static int derive(struct sg_master_key *to,
		  const struct mikey_transfer *transfer,
		  const struct mikey_answer *answer,
		  const struct mikey_key *key, __u8 cs,
		  struct mikey_fault *fault)
{
	const struct sg_suite_info *suite = sg_suite_info(to->suite);
	struct mikey_rands rands = mikey_session_rands(transfer, answer);
	__u8 octets[SG_INLINE_MAX];
	int err = derive_key(octets, suite, transfer, key, cs, &rands);

	if (!err)
		err = derive_salt(octets + suite->key, suite, transfer, key, cs,
				  &rands);
	if (!err)
		sg_master_key_set(to, octets);
	sg_secret_zero(octets, sizeof(octets));
	if (err)
		return mikey_fail(fault, err, MIKEY_INVALID_SPPAR,
				  "the session key does not go with the policy "
				  "of the crypto session");
	return 0;
}

/* -------------------------------------------------------------------------- */

static int fill(struct mikey_medium *medium,
		const struct mikey_transfer *transfer,
		const struct mikey_answer *answer, const struct mikey_cs *cs,
		const struct mikey_key *key, struct mikey_fault *fault)
{
	int err = read_policy(&medium->key, find_policy(transfer, answer, cs),
			      fault);

	if (err)
		return err;
	if (cs->spi.size > sizeof(medium->key.mki))
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_SP,
				  "the SPI is longer than any MKI");
	memcpy(medium->key.mki, cs->spi.at, cs->spi.size);
	medium->key.mki_length = cs->spi.size;
	err = mikey_stream_parse(&medium->stream, cs);
	medium->has_stream = !err;
	if (err && err != -ENODATA)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "the session data is not that of SRTP");
	return derive(&medium->key, transfer, answer, key, cs->id, fault);
}

int mikey_medium_derive(struct mikey_medium *medium,
			const struct mikey_transfer *transfer,
			const struct mikey_answer *answer,
			const struct mikey_keys *const *keys, int count,
			__u8 id, struct mikey_fault *fault)
{
	const struct mikey_sessions *sessions =
		answer->sessions.css ? &answer->sessions : &transfer->sessions;
	const struct mikey_cs *cs = find_session(sessions, id);
	const struct mikey_key *key;
	int err;

	*medium = (struct mikey_medium){.has_stream = false};
	if (!cs)
		return mikey_fail(fault, -ENOENT, MIKEY_UNSPECIFIED,
				  "there is no such crypto session of SRTP");
	key = find_key(keys, count, cs->spi);
	if (!key)
		return mikey_fail(
			fault, -ENOKEY, MIKEY_UNSPECIFIED,
			"not one key is that of the crypto session's SPI");
	err = fill(medium, transfer, answer, cs, key, fault);
	if (err)
		sg_secret_zero(medium, sizeof(*medium));
	return err;
}
