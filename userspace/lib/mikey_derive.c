// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_derive.h"

#include "lib/hmac.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"

enum {
	KEY_BLOCK = 32,		/* RFC 3830 4.1.2, whatever the hash */
	OUT_MAX = 256,
	LABEL_MAX = 12 + MIKEY_ID_MAX + 2 * 256,
	NO_CS = 0xff,
	NO_CSB = 0xffffffff,
};

/* RFC 3830 4.1.3 and RFC 6043 5.1.2: decimals of e. */
enum constant {
	TEK = 0x2ad01c64,
	TGK_AUTH = 0x1b5c7973,
	TGK_ENCR = 0x15798cef,
	TGK_SALT = 0x39a2c14b,
	MESSAGE_ENCR = 0x150533e1,
	MESSAGE_AUTH = 0x2d22ac75,
	MESSAGE_SALT = 0x29b88916,
	MPKI = 0x220e99a2,
	MPKR = 0x1f4d675b,
	MPKR_FORK = 0x2b288856,
	TGK_FORK = 0x1512b54a,
};

/* What a label says behind the CSB ID: RFC 6043 5.1, 6.10. */
enum purpose {
	FOR_FORK = 0,
	FOR_SESSION = 3,
	FOR_INITIATOR = 4,
	FOR_TICKET = 5,
	FOR_MPKS = 6,
};

static const struct mikey_suite suites[] = {
	{ MIKEY_PRF_SHA1, MIKEY_AES_CM_128, MIKEY_HMAC_SHA1, 16, 20 },
	{ MIKEY_PRF_SHA256, MIKEY_AES_CM_256, MIKEY_HMAC_SHA256, 32, 32 },
};

const struct mikey_suite *mikey_suite_of(__u8 prf)
{
	return prf < sizeof(suites) / sizeof(suites[0]) ? &suites[prf] : NULL;
}

/* -- PRF ------------------------------------------------------------------- */

/* A key's blocks as HMACs, for several labels. Secret: wipe_key(). */
struct prf_key {
	int hash;
	int blocks;
	struct sg_hmac block[(MIKEY_KEY_MAX + KEY_BLOCK - 1) / KEY_BLOCK];
};

static int set_key(struct prf_key *set, __u8 prf,
		   const struct mikey_secret *key)
{
	set->hash = prf == MIKEY_PRF_SHA256 ? SG_HMAC_SHA256 : SG_HMAC_SHA1;
	set->blocks = 0;
	if (prf > MIKEY_PRF_SHA256 || !key->size || key->size > MIKEY_KEY_MAX)
		return -EINVAL;
	for (size_t at = 0; at < key->size; at += KEY_BLOCK) {
		size_t left = key->size - at;

		sg_hmac_begin(&set->block[set->blocks++], set->hash,
			      key->octets + at,
			      left < KEY_BLOCK ? left : KEY_BLOCK);
	}
	return 0;
}

static void wipe_key(struct prf_key *set)
{
	for (int i = 0; i < set->blocks; i++)
		sg_hmac_wipe(&set->block[i]);
}

/* XORs P(key, @label), RFC 3830 4.1.2, into @out. */
static void add_block(const struct sg_hmac *hmac, struct sg_slice label,
		      __u8 *out, size_t size)
{
	__u8 a[SG_HMAC_SHA256], part[SG_HMAC_SHA256];
	const int hash = hmac->size;
	const struct sg_slice input[] = { mikey_slice(a, hash), label };

	/* A_0 is the label; later A_i are the hash before it. */
	sg_hmac(hmac, &label, 1, a);
	for (size_t at = 0; at < size; at += hash) {
		if (at)
			sg_hmac(hmac, input, 1, a);
		sg_hmac(hmac, input, 2, part);
		for (int i = 0; i < hash && at + i < size; i++)
			out[at + i] ^= part[i];
	}
	sg_secret_zero(a, sizeof(a));
	sg_secret_zero(part, sizeof(part));
}

static int run(const struct prf_key *set, struct sg_slice label, __u8 *out,
	       size_t size)
{
	memset(out, 0, size);
	if (label.size > LABEL_MAX || size > OUT_MAX)
		return -EINVAL;
	for (int i = 0; i < set->blocks; i++)
		add_block(&set->block[i], label, out, size);
	return 0;
}

int mikey_prf(__u8 prf, const struct mikey_secret *key, struct sg_slice label,
	      __u8 *out, size_t size)
{
	struct prf_key set;
	int err = set_key(&set, prf, key);

	if (err)
		memset(out, 0, size);
	else
		err = run(&set, label, out, size);
	wipe_key(&set);
	return err;
}

/* -- labels ---------------------------------------------------------------- */

struct label {
	__u8 octets[LABEL_MAX];
	struct mikey_writer w;
};

/* All that is derived together differs in the constant only. */
static void begin(struct label *label, __u8 cs_id, __u32 csb_id, __u8 purpose)
{
	label->w = mikey_writer_of(label->octets, sizeof(label->octets));
	mikey_put_number(&label->w, 0, 4);
	mikey_put_u8(&label->w, cs_id);
	mikey_put_number(&label->w, csb_id, 4);
	mikey_put_u8(&label->w, purpose);
}

/* RFC 6043 5.1: with its length, and a length of 0 when it is left out. */
static void put_rand(struct label *label, struct sg_slice rand)
{
	mikey_put_counted(&label->w, 1, rand);
}

static void put_rands(struct label *label, const struct mikey_rands *rands)
{
	put_rand(label, rands->initiator);
	put_rand(label, rands->responder);
}

static int finish(struct label *label, enum constant constant,
		  struct sg_slice *out)
{
	int size = mikey_written(&label->w);
	struct mikey_writer w = mikey_writer_of(label->octets, 4);

	if (size < 0)
		return -EINVAL;
	mikey_put_number(&w, constant, 4);
	*out = mikey_slice(label->octets, size);
	return 0;
}

static int derive(__u8 *out, size_t size, __u8 prf,
		  const struct mikey_secret *key, struct label *label,
		  enum constant constant)
{
	struct sg_slice text;

	if (!finish(label, constant, &text))
		return mikey_prf(prf, key, text, out, size);
	memset(out, 0, size);
	return -EINVAL;
}

/* As long as the key that it comes from. */
static int derive_secret(struct mikey_secret *out, __u8 prf,
			 const struct mikey_secret *key, struct label *label,
			 enum constant constant)
{
	struct mikey_secret made = { .size = key->size };
	int err;

	if (key->size > MIKEY_KEY_MAX)
		return -EINVAL;
	err = derive(made.octets, made.size, prf, key, label, constant);
	*out = made;
	if (err)
		mikey_secret_wipe(out);
	mikey_secret_wipe(&made);
	return err;
}

/* -- keys ------------------------------------------------------------------ */

static int derive_part(__u8 *out, size_t size, const struct prf_key *set,
		       struct label *label, enum constant constant)
{
	struct sg_slice text;
	int err = finish(label, constant, &text);

	return err ? err : run(set, text, out, size);
}

static int derive_keys(struct mikey_message_keys *keys,
		       const struct mikey_suite *suite,
		       const struct mikey_secret *key, struct label *label,
		       bool kemac)
{
	struct prf_key set;
	int err;

	memset(keys, 0, sizeof(*keys));
	err = set_key(&set, suite->prf, key);
	if (!err)
		err = derive_part(keys->auth, suite->tag, &set, label,
				  MESSAGE_AUTH);
	if (!err && kemac)
		err = derive_part(keys->encr, suite->encr_key, &set, label,
				  MESSAGE_ENCR);
	if (!err && kemac)
		err = derive_part(keys->salt, sizeof(keys->salt), &set, label,
				  MESSAGE_SALT);
	wipe_key(&set);
	if (err)
		mikey_message_keys_wipe(keys);
	return err;
}

int mikey_derive_message(struct mikey_message_keys *keys,
			 const struct mikey_suite *suite,
			 const struct mikey_secret *key, __u32 csb_id,
			 enum mikey_phase phase,
			 const struct mikey_rands *rands)
{
	struct label label;

	begin(&label, NO_CS, csb_id, phase);
	put_rands(&label, rands);
	return derive_keys(keys, suite, key, &label, true);
}

int mikey_derive_message_auth(struct mikey_message_keys *keys,
			      const struct mikey_suite *suite,
			      const struct mikey_secret *key, __u32 csb_id,
			      enum mikey_phase phase,
			      const struct mikey_rands *rands)
{
	struct label label;

	begin(&label, NO_CS, csb_id, phase);
	put_rands(&label, rands);
	return derive_keys(keys, suite, key, &label, false);
}

int mikey_derive_ticket(struct mikey_message_keys *keys,
			const struct mikey_suite *suite,
			const struct mikey_secret *tpk, struct sg_slice rand)
{
	struct label label;

	begin(&label, NO_CS, NO_CSB, FOR_TICKET);
	put_rand(&label, rand);
	return derive_keys(keys, suite, tpk, &label, true);
}

int mikey_derive_mpks(struct mikey_secret *mpki, struct mikey_secret *mpkr,
		      const struct mikey_suite *suite,
		      const struct mikey_secret *mpk, struct sg_slice rand)
{
	struct label label;
	int err;

	begin(&label, NO_CS, NO_CSB, FOR_MPKS);
	put_rand(&label, rand);
	err = derive_secret(mpki, suite->prf, mpk, &label, MPKI);
	if (!err)
		err = derive_secret(mpkr, suite->prf, mpk, &label, MPKR);
	if (err) {
		mikey_secret_wipe(mpki);
		mikey_secret_wipe(mpkr);
	}
	return err;
}

int mikey_derive_initiator(__u8 auth[MIKEY_TAG_MAX],
			   const struct mikey_suite *suite, int tag,
			   const struct mikey_secret *mpkr)
{
	struct label label;

	/* Nothing follows the 04: RFC 6043 6.10. */
	begin(&label, NO_CS, NO_CSB, FOR_INITIATOR);
	return derive(auth, tag, suite->prf, mpkr, &label, MESSAGE_AUTH);
}

int mikey_derive_fork(struct mikey_secret *forked,
		      const struct mikey_suite *suite, enum mikey_key_kind kind,
		      const struct mikey_secret *key,
		      const struct mikey_modifier *modifier)
{
	struct label label;

	if (!modifier->id.size || modifier->id.size > MIKEY_ID_MAX ||
	    !modifier->rand.size) {
		memset(forked, 0, sizeof(*forked));
		return -EINVAL;
	}
	begin(&label, NO_CS, NO_CSB, FOR_FORK);
	mikey_put_counted(&label.w, 2, modifier->id);
	put_rand(&label, modifier->rand);
	return derive_secret(forked, suite->prf, key, &label,
			     kind == MIKEY_MPK ? MPKR_FORK : TGK_FORK);
}

int mikey_derive_forks(struct mikey_keys *keys, int mpk,
		       const struct mikey_suite *suite,
		       const struct mikey_modifier *modifier)
{
	int err = 0;

	for (int i = 0; i < keys->keys && !err; i++) {
		struct mikey_key *key = &keys->key[i];

		if (key->kind == MIKEY_TGK || i == mpk)
			err = mikey_derive_fork(&key->secret, suite, key->kind,
						&key->secret, modifier);
	}
	if (err)
		mikey_keys_wipe(keys);
	return err;
}

int mikey_derive_session(__u8 *out, size_t size,
			 const struct mikey_suite *suite,
			 enum mikey_session_use use,
			 const struct mikey_secret *tgk, __u8 cs_id,
			 const struct mikey_rands *rands)
{
	static const enum constant constants[] = {
		[MIKEY_SESSION_TEK] = TEK,
		[MIKEY_SESSION_AUTH] = TGK_AUTH,
		[MIKEY_SESSION_ENCR] = TGK_ENCR,
		[MIKEY_SESSION_SALT] = TGK_SALT,
	};
	struct label label;

	/*
	 * RFC 6043 6.10: one of the two at least. 12.1: no key longer than
	 * what the suite is good for.
	 */
	if ((!rands->initiator.size && !rands->responder.size) ||
	    ((use == MIKEY_SESSION_TEK || use == MIKEY_SESSION_ENCR) &&
	     size > suite->encr_key)) {
		memset(out, 0, size);
		return -EINVAL;
	}
	begin(&label, cs_id, NO_CSB, FOR_SESSION);
	put_rands(&label, rands);
	return derive(out, size, suite->prf, tgk, &label, constants[use]);
}

void mikey_message_keys_wipe(struct mikey_message_keys *keys)
{
	sg_secret_zero(keys, sizeof(*keys));
}
