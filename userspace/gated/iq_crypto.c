// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq_crypto.h"

#include <errno.h>

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

/*
 * What RFC 4568 allows and the data plane does not have. A second key
 * parameter would be RFC 3711's next key; controllers of e2ae rather send
 * an a=crypto anew.
 */
static int judge(const struct sdes_crypto *crypto, struct iq_fault *fault)
{
	const enum iq_error code = IQ_UNSUPPORTED_VALUE;

	if (crypto->suite->data_plane == SG_SUITE_NONE)
		return iq_fault_set(fault, code, "%s", crypto->suite->name);
	if (crypto->kdr)
		return iq_fault_set(fault, code, "KDR=%u", crypto->kdr);
	if (crypto->wsh > SG_WINDOW_SIZE)
		return iq_fault_set(fault, code, "WSH=%u", crypto->wsh);
	if (crypto->keys > 1)
		return iq_fault_set(fault, code,
				    "inline: %d keys in one a=crypto",
				    crypto->keys);
	if (crypto->key[0].mki_size > SG_MKI_MAX)
		return iq_fault_set(fault, code, "MKI of %u octets",
				    crypto->key[0].mki_size);
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

static void fill(struct iq_offer *offer, const struct sdes_crypto *crypto)
{
	const struct sdes_key *key = &crypto->key[0];

	offer->suite = crypto->suite;
	offer->tag = crypto->tag;
	offer->lifetime = key->lifetime;
	offer->key.suite = crypto->suite->data_plane;
	sg_master_key_set(&offer->key, key->secret);
	memcpy(offer->key.mki, key->mki, key->mki_size);
	offer->key.mki_length = key->mki_size;
}

int iq_crypto_read(struct iq_offer *offer, const struct sdp *sdp,
		   struct iq_fault *fault)
{
	struct sdes_crypto crypto;
	struct sg_slice value, second;
	int at = 0, none = 0, err;

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
		fill(offer, &crypto);
	sdes_wipe(&crypto);
	return err;
}

void iq_crypto_release(struct keyring *keys, const struct iq_crypto *gone,
		       const struct iq_crypto *kept)
{
	if (gone->slot && (!kept || kept->slot != gone->slot))
		keyring_put(keys, gone->slot);
}

static bool among(__u32 slot, const __u32 known[2])
{
	return slot == known[0] || slot == known[1];
}

/*
 * A slot for the key of @offer: a fresh one with a reference, or one of
 * @known, which has its own.
 */
static int find_slot(struct keyring *keys, const struct iq_offer *offer,
		     const __u32 known[2], bool sends, __u32 *slot,
		     struct iq_fault *fault)
{
	int err = keyring_get(keys, &offer->key, known, 2, slot);

	if (err == -ENOSPC)
		return iq_fault_set(fault, IQ_NO_RESOURCES,
				    "no room for another key");
	if (err)
		return iq_fault_set(fault, IQ_INTERNAL,
				    "a key could not be installed");
	if (among(*slot, known)) {
		keyring_put(keys, *slot);
		return 0;
	}
	/*
	 * Two senders under one key are two packets under one keystream as
	 * soon as their SSRCs agree, and the branches of a fork may.
	 */
	if (!sends || !keyring_twin(keys, *slot, known, 2))
		return 0;
	keyring_put(keys, *slot);
	return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE,
			    "inline: this key is in use already");
}

int iq_crypto_take(struct keyring *keys, struct iq_crypto *crypto,
		   const struct iq_crypto *old, const struct iq_offer *offer,
		   bool sends, struct iq_fault *fault)
{
	const __u32 known[2] = { crypto->slot, old ? old->slot : 0 };
	struct keyring_label label = { 0 };
	__u32 slot = 0;
	int err = 0;

	if (offer->suite)
		err = find_slot(keys, offer, known, sends, &slot, fault);
	if (err)
		return err;
	if (slot != crypto->slot)
		iq_crypto_release(keys, crypto, old);
	if (slot)
		keyring_label(keys, slot, &label);
	*crypto = (struct iq_crypto){
		.suite = offer->suite,
		.tag = offer->tag,
		.slot = slot,
		.generation = label.generation,
		.lifetime = offer->lifetime,
	};
	return 0;
}
