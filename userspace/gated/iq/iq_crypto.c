// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_crypto.h"

#include <errno.h>

#include "gated/iq/iq_extmap.h"
#include "lib/secret.h"

/* Session parameters that would make the media less than protected. */
static int judge_protection(const struct sdes_crypto *crypto,
			    struct iq_fault *fault)
{
	const char *parameter = NULL;

	if (crypto->unencrypted_srtp)
		parameter = "UNENCRYPTED_SRTP";
	else if (crypto->unencrypted_srtcp)
		parameter = "UNENCRYPTED_SRTCP";
	else if (crypto->unauthenticated_srtp)
		parameter = "UNAUTHENTICATED_SRTP";
	else if (crypto->fec_order == SDES_SRTP_FEC)
		parameter = "FEC_ORDER=SRTP_FEC";
	else if (crypto->fec_keys)
		parameter = "FEC_KEY";
	if (!parameter)
		return 0;
	return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE, "%s", parameter);
}

/* What RFC 4568 allows and the data plane does not have. */
static int judge(const struct sdes_crypto *crypto, struct iq_fault *fault)
{
	const enum iq_error code = IQ_UNSUPPORTED_VALUE;

	if (crypto->suite->data_plane == SG_SUITE_NONE)
		return iq_fault_set(fault, code, "%s", crypto->suite->name);
	if (crypto->wsh > SG_WINDOW_SIZE)
		return iq_fault_set(fault, code, "WSH=%u", crypto->wsh);
	if (crypto->keys > SG_OPEN_KEYS)
		return iq_fault_set(fault, code,
				    "inline: %d keys in one a=crypto",
				    crypto->keys);
	return judge_protection(crypto, fault);
}

static int parse(struct sdes_crypto *crypto, struct sg_slice value,
		 struct iq_fault *fault)
{
	struct sdes_fault why;
	int err = sdes_parse(crypto, value, &why);

	if (!err)
		return 0;
	if (err == -ENOTSUP && why.value.size)
		return iq_fault_value(fault, IQ_UNSUPPORTED_VALUE, why.value);
	return iq_fault_set(fault,
			    err == -ENOTSUP ? IQ_UNSUPPORTED_VALUE : IQ_BAD_SDP,
			    "%s", why.text);
}

/* The UE was offered several; one was chosen before it came here. */
static int refuse_second(struct sg_slice value, struct iq_fault *fault)
{
	struct sdes_crypto crypto;
	int err = parse(&crypto, value, fault);

	if (!err)
		err = iq_fault_set(fault, IQ_UNSUPPORTED_VALUE, "%u %s",
				   crypto.tag, crypto.suite->name);
	sdes_wipe(&crypto);
	return err;
}

static void fill_key(struct sg_master_key *to, const struct sdes_crypto *crypto,
		     const struct sdes_key *key)
{
	to->suite = crypto->suite->data_plane;
	sg_master_key_set(to, key->secret);
	memcpy(to->mki, key->mki, key->mki_size);
	to->mki_length = key->mki_size;
	to->lifetime = key->lifetime;
	to->kdr = crypto->kdr;
}

static void fill(struct iq_offer *offer, const struct sdes_crypto *crypto,
		 const __u8 extension[32])
{
	offer->suite = crypto->suite;
	offer->tag = crypto->tag;
	offer->keys = crypto->keys;
	for (int i = 0; i < crypto->keys; i++) {
		fill_key(&offer->key[i], crypto, &crypto->key[i]);
		memcpy(offer->key[i].extension, extension, 32);
	}
}

int iq_crypto_read(struct iq_offer *offer, const struct sdp *sdp,
		   struct iq_fault *fault)
{
	struct sdes_crypto crypto;
	struct sg_slice value, second;
	int at = 0, none = 0, err;
	__u8 extension[32];

	sg_secret_zero(offer, sizeof(*offer));
	/* RFC 4568 5: at media level only. Not seeing it here would be worse. */
	if (sdp_attribute(sdp, SDP_SESSION, "crypto", &none, &value))
		return iq_fault_set(fault, IQ_BAD_SDP,
				    "a=crypto stands before m=");
	if (!sdp_attribute(sdp, 0, "crypto", &at, &value))
		return 0;
	err = parse(&crypto, value, fault);
	if (!err)
		err = judge(&crypto, fault);
	if (!err && sdp_attribute(sdp, 0, "crypto", &at, &second))
		err = refuse_second(second, fault);
	if (!err)
		err = iq_extmap_read(extension, sdp, fault);
	if (!err)
		fill(offer, &crypto, extension);
	sdes_wipe(&crypto);
	return err;
}

/* -- keys and their slots ------------------------------------------------------ */

static bool among(__u32 slot, const __u32 *list, int count)
{
	for (int i = 0; i < count; i++)
		if (list[i] == slot)
			return true;
	return false;
}

void iq_crypto_release(struct keyring *keys, const struct iq_crypto *gone,
		       const struct iq_crypto *kept)
{
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (!kept || !among(gone->slot[i], kept->slot, SG_OPEN_KEYS))
			keyring_put(keys, gone->slot[i]);
}

enum { KNOWN = 2 * SG_OPEN_KEYS };

static int refuse_key(const struct sg_master_key *key, int err,
		      struct iq_fault *fault)
{
	if (err == -ENOSPC)
		return iq_fault_set(fault, IQ_NO_RESOURCES,
				    "no room for another key");
	if (err != -EINVAL && err != -EOPNOTSUPP)
		return iq_fault_set(fault, IQ_INTERNAL,
				    "a key could not be installed");
	if (key->suite > SG_SUITE_LAST_FAST)
		return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE, "%s",
				    sg_suite_name(key->suite));
	if (key->kdr)
		return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE, "KDR=%u",
				    key->kdr);
	if (key->mki_length > SG_MKI_MAX)
		return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE,
				    "MKI of %u octets", key->mki_length);
	return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE,
			    "encrypted a=extmap");
}

/*
 * A slot for @key: a fresh one with a reference, or one of @known, which has
 * its own.
 */
static int find_slot(struct keyring *keys, const struct sg_master_key *key,
		     const __u32 known[KNOWN], bool sends, __u32 home,
		     __u32 *slot, struct iq_fault *fault)
{
	int err = keyring_get(keys, key, known, KNOWN, home, slot);

	if (err) {
		*slot = 0;
		return refuse_key(key, err, fault);
	}
	if (among(*slot, known, KNOWN)) {
		keyring_put(keys, *slot);
		return 0;
	}
	/*
	 * Two senders under one key are two packets under one keystream as
	 * soon as their SSRCs agree, and the branches of a fork may.
	 */
	if (!sends || !keyring_twin(keys, *slot, known, KNOWN))
		return 0;
	keyring_put(keys, *slot);
	*slot = 0;
	return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE,
			    "inline: this key is in use already");
}

/* Slots for all keys of @offer, or for none. */
static int find_slots(struct keyring *keys, struct iq_crypto *next,
		      const struct iq_offer *offer, const __u32 known[KNOWN],
		      bool sends, __u32 home, struct iq_fault *fault)
{
	struct keyring_label label;
	int err = 0;

	for (int i = 0; i < offer->keys; i++) {
		err = find_slot(keys, &offer->key[i], known, sends,
				i ? 0 : home, &next->slot[i], fault);
		if (err)
			break;
		if (!keyring_label(keys, next->slot[i], &label))
			next->generation[i] = label.generation;
	}
	for (int i = 0; err && i < offer->keys; i++)
		if (!among(next->slot[i], known, KNOWN))
			keyring_put(keys, next->slot[i]);
	return err;
}

int iq_crypto_take(struct keyring *keys, struct iq_crypto *crypto,
		   const struct iq_crypto *old, const struct iq_offer *offer,
		   bool sends, __u32 home, struct iq_fault *fault)
{
	struct iq_crypto next = { .suite = offer->suite, .tag = offer->tag };
	struct iq_crypto gone = *crypto;
	__u32 known[KNOWN] = { 0 };
	int err;

	memcpy(known, crypto->slot, sizeof(crypto->slot));
	if (old)
		memcpy(known + SG_OPEN_KEYS, old->slot, sizeof(old->slot));
	err = find_slots(keys, &next, offer, known, sends, home, fault);
	if (err)
		return err;
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (among(gone.slot[i], next.slot, SG_OPEN_KEYS))
			gone.slot[i] = 0;
	iq_crypto_release(keys, &gone, old);
	*crypto = next;
	return 0;
}
