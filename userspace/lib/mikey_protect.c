// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_protect.h"

#include "lib/evp_aes.h"
#include "lib/hmac.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"

enum {
	IV_SIZE = 16,
	KEMAC_MAX = 1 << 16,	/* RFC 3830 4.2.3: far below its 2^20 octets */
};

/* -- MAC ------------------------------------------------------------------- */

int mikey_mac(__u8 mac, const __u8 *auth, const struct sg_slice *part,
	      int parts, __u8 tag[MIKEY_TAG_MAX])
{
	struct sg_hmac hmac;

	if (mac != MIKEY_HMAC_SHA1 && mac != MIKEY_HMAC_SHA256)
		return -EINVAL;
	sg_hmac_begin(&hmac, mac == MIKEY_HMAC_SHA1 ? SG_HMAC_SHA1 :
						    SG_HMAC_SHA256,
		    auth, mikey_tag_size(mac));
	sg_hmac(&hmac, part, parts, tag);
	sg_hmac_wipe(&hmac);
	return 0;
}

int mikey_mac_check(__u8 mac, const __u8 *auth, const struct sg_slice *part,
		    int parts, struct sg_slice tag, struct mikey_fault *fault)
{
	__u8 wanted[MIKEY_TAG_MAX];
	int err = mikey_mac(mac, auth, part, parts, wanted);

	if (err)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "the MAC cannot be computed");
	/* An empty tag equals any other empty tag. */
	if ((int)tag.size != mikey_tag_size(mac) ||
	    !sg_secret_equal(wanted, tag.at, tag.size))
		err = mikey_fail(fault, -EBADMSG, MIKEY_AUTH_FAILURE,
				 "the MAC is wrong");
	sg_secret_zero(wanted, sizeof(wanted));
	return err;
}

/* -- KEMAC ----------------------------------------------------------------- */

/* As 64 bits: RFC 3830 6.6, RFC 6043 6.3. */
static __u64 long_time(const struct mikey_time *t)
{
	return t->type == MIKEY_NTP_UTC_32 ? t->value << 32 : t->value;
}

/* IV = (S XOR (0000 || CSB ID || T)) || 0000: RFC 3830 4.2.3. */
static void make_iv(__u8 iv[IV_SIZE], const struct mikey_message_keys *keys,
		    __u32 csb_id, const struct mikey_time *t)
{
	struct mikey_writer w = mikey_writer_of(iv, IV_SIZE);

	mikey_put_number(&w, 0, 2);
	mikey_put_number(&w, csb_id, 4);
	mikey_put_number(&w, long_time(t), 8);
	mikey_put_number(&w, 0, 2);
	for (int i = 0; i < MIKEY_MESSAGE_SALT; i++)
		iv[i] ^= keys->salt[i];
}

int mikey_kemac_crypt(__u8 *octets, size_t size,
		      const struct mikey_suite *suite,
		      const struct mikey_message_keys *keys, __u32 csb_id,
		      const struct mikey_time *t)
{
	EVP_CIPHER_CTX *aes = NULL;
	__u8 iv[IV_SIZE];
	int written;
	bool ok;

	if (size > KEMAC_MAX)
		return -EINVAL;
	make_iv(iv, keys, csb_id, t);
	ok = !evp_aes_key(&aes, EVP_AES_CTR, keys->encr, suite->encr_key) &&
	     EVP_EncryptInit_ex2(aes, NULL, NULL, iv, NULL) &&
	     EVP_EncryptUpdate(aes, octets, &written, octets, size) &&
	     written == (int)size;
	EVP_CIPHER_CTX_free(aes);
	sg_secret_zero(iv, sizeof(iv));
	return ok ? 0 : -EIO;
}

int mikey_kemac_seal(struct mikey_kemac *kemac, __u8 *buffer, size_t size,
		     const struct mikey_keys *plain,
		     const struct mikey_suite *suite,
		     const struct mikey_message_keys *keys, __u32 csb_id,
		     const struct mikey_time *t)
{
	int written = mikey_keys_print(buffer, size, plain), err;

	if (written < 0)
		return written;
	err = mikey_kemac_crypt(buffer, written, suite, keys, csb_id, t);
	if (err) {
		sg_secret_zero(buffer, size);
		return err;
	}
	*kemac = (struct mikey_kemac){
		.encr = suite->encr,
		.mac = MIKEY_MAC_NULL,
		.data = mikey_slice(buffer, written),
	};
	return 0;
}

int mikey_kemac_open(struct mikey_keys *plain, const struct mikey_kemac *kemac,
		     int mpks, const struct mikey_suite *suite,
		     const struct mikey_message_keys *keys, __u32 csb_id,
		     const struct mikey_time *t, struct mikey_fault *fault)
{
	__u8 octets[MIKEY_KEYS_SIZE_MAX];
	int err;

	memset(plain, 0, sizeof(*plain));
	if (kemac->encr != suite->encr)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_EA,
				  "KEMAC's encryption is not the PRF's");
	if (kemac->mac != MIKEY_MAC_NULL)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_MAC,
				  "KEMAC has a MAC of its own");
	if (kemac->data.size > sizeof(octets))
		return mikey_fail(fault, -E2BIG, MIKEY_UNSPECIFIED,
				  "KEMAC is too long");
	memcpy(octets, kemac->data.at, kemac->data.size);
	err = mikey_kemac_crypt(octets, kemac->data.size, suite, keys, csb_id,
				t);
	if (err)
		mikey_fail(fault, err, MIKEY_UNSPECIFIED,
			   "KEMAC cannot be decrypted");
	if (!err)
		err = mikey_keys_parse(plain,
				       mikey_slice(octets, kemac->data.size),
				       fault);
	if (!err)
		err = mikey_keys_check(plain, mpks, fault);
	if (err)
		mikey_keys_wipe(plain);
	sg_secret_zero(octets, sizeof(octets));
	return err;
}
