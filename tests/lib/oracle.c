// SPDX-License-Identifier: GPL-2.0-only
#include "oracle.h"

#include <string.h>

#include <srtp2/srtp.h>

#include "ktap.h"

/* Master key and salt as libsrtp2 takes them: side by side. */
struct material {
	__u8 bytes[SRTP_MAX_KEY_LEN];
};

#define CM(bits, tag) srtp_crypto_policy_set_aes_cm_##bits##_hmac_sha1_##tag

static void set_policy(srtp_crypto_policy_t *policy, enum sg_suite suite)
{
	switch (suite) {
	case SG_SUITE_AES_CM_128_HMAC_SHA1_32:
		return CM(128, 32)(policy);
	case SG_SUITE_AES_192_CM_HMAC_SHA1_80:
		return CM(192, 80)(policy);
	case SG_SUITE_AES_192_CM_HMAC_SHA1_32:
		return CM(192, 32)(policy);
	case SG_SUITE_AES_256_CM_HMAC_SHA1_80:
		return CM(256, 80)(policy);
	case SG_SUITE_AES_256_CM_HMAC_SHA1_32:
		return CM(256, 32)(policy);
	case SG_SUITE_AEAD_AES_128_GCM:
		return srtp_crypto_policy_set_aes_gcm_128_16_auth(policy);
	case SG_SUITE_AEAD_AES_256_GCM:
		return srtp_crypto_policy_set_aes_gcm_256_16_auth(policy);
	default:
		return CM(128, 80)(policy);
	}
}

/* Of the suites with HMAC, SRTCP's tag is always the long one. */
static void set_policies(srtp_policy_t *policy, enum sg_suite suite)
{
	set_policy(&policy->rtp, suite);
	set_policy(&policy->rtcp, suite);
	if (policy->rtcp.auth_tag_len == 4)
		policy->rtcp.auth_tag_len = 10;
}

/* RFC 4568 6.3.2 and 6.3.3 */
static void set_services(srtp_policy_t *policy, const struct sg_master_key *key)
{
	int less = 0;

	if (key->plain_rtp)
		less |= sec_serv_conf;
	if (key->untagged_rtp) {
		less |= sec_serv_auth;
		policy->rtp.auth_tag_len = 0;
	}
	policy->rtp.sec_serv &= ~less;
	if (key->plain_rtcp)
		policy->rtcp.sec_serv &= ~sec_serv_conf;
}

static void set_material(struct material *material,
			 const struct sg_master_key *key,
			 const srtp_crypto_policy_t *policy)
{
	bool gcm = policy->auth_tag_len == 16;
	int salt = gcm ? 12 : 14, key_and_salt = policy->cipher_key_len;

	memset(material, 0, sizeof(*material));
	memcpy(material->bytes, key->key, key_and_salt - salt);
	memcpy(material->bytes + key_and_salt - salt, key->salt, salt);
}

/* RFC 6904; returns how many. */
static int list_extensions(int ids[256], const __u8 *bits)
{
	int count = 0;

	for (int id = 1; id < 256; id++)
		if (bits[id / 8] >> id % 8 & 1)
			ids[count++] = id;
	return count;
}

void oracle_open(struct oracle *oracle, const struct sg_master_key *key,
		 bool seals, unsigned long window)
{
	struct material material;
	__u8 mki[SG_MKI_LONGEST];
	srtp_master_key_t master = { .key = material.bytes, .mki_id = mki };
	srtp_master_key_t *masters[] = { &master };
	srtp_policy_t policy = {
		.ssrc.type = seals ? ssrc_any_outbound : ssrc_any_inbound,
		.window_size = window,
	};
	static bool ready;
	srtp_t session;
	int ids[256];

	if (!ready && srtp_init())
		ktap_bail_out("libsrtp2 does not start");
	ready = true;
	memcpy(mki, key->mki, sizeof(mki));
	policy.enc_xtn_hdr = ids;
	policy.enc_xtn_hdr_count = list_extensions(ids, key->extension);
	set_policies(&policy, key->suite);
	set_services(&policy, key);
	set_material(&material, key, &policy.rtp);
	oracle->seals = seals;
	oracle->mki = key->mki_length;
	if (oracle->mki) {
		master.mki_size = key->mki_length;
		policy.keys = masters;
		policy.num_master_keys = 1;
	} else {
		policy.key = material.bytes;
	}
	if (srtp_create(&session, &policy))
		ktap_bail_out("libsrtp2 refuses the policy");
	oracle->session = session;
}

void oracle_close(struct oracle *oracle)
{
	srtp_dealloc(oracle->session);
	oracle->session = NULL;
}

static int reason(srtp_err_status_t status, bool seals)
{
	switch (status) {
	case srtp_err_status_ok:
		return 0;
	case srtp_err_status_auth_fail:
		return SG_DROP_AUTH_FAILED;
	case srtp_err_status_replay_fail:
		return seals ? SG_DROP_SEAL_DUPLICATE : SG_DROP_REPLAYED;
	case srtp_err_status_replay_old:
		return seals ? SG_DROP_SEAL_TOO_OLD : SG_DROP_TOO_OLD;
	case srtp_err_status_cant_check:
		return SG_DROP_NOT_ENCRYPTED;
	case srtp_err_status_bad_mki:
		return SG_DROP_NO_KEY;
	case srtp_err_status_key_expired:
		return SG_DROP_KEY_EXHAUSTED;
	case srtp_err_status_bad_param:
	case srtp_err_status_parse_err:
		return SG_DROP_BAD_HEADER;
	default:
		return SG_DROP_INTERNAL;
	}
}

int oracle_run(struct oracle *oracle, bool rtcp, __u8 *packet, __u32 *length)
{
	srtp_err_status_t status;
	int size = *length;

	if (oracle->seals)
		status = rtcp ? srtp_protect_rtcp_mki(oracle->session, packet,
						      &size, oracle->mki, 0) :
				srtp_protect_mki(oracle->session, packet, &size,
						 oracle->mki, 0);
	else
		status = rtcp ? srtp_unprotect_rtcp_mki(oracle->session, packet,
							&size, oracle->mki) :
				srtp_unprotect_mki(oracle->session, packet,
						   &size, oracle->mki);
	*length = size;
	return reason(status, oracle->seals);
}
