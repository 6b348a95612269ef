// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_protect.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "lib/mikey_wire.h"
#include "lib/secret.h"

enum {
	IV_SIZE = 16,
	KEMAC_MAX = 1 << 16,	/* RFC 3830 4.2.3: far below its 2^20 octets */
};

/* -- MAC ------------------------------------------------------------------- */

static bool run(EVP_MAC_CTX *ctx, const __u8 *auth, size_t size,
		const char *digest, const struct sg_slice *part, int parts,
		__u8 *tag)
{
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)digest, 0),
		OSSL_PARAM_construct_end(),
	};
	bool ok = EVP_MAC_init(ctx, auth, size, parameters);
	size_t written;

	for (int i = 0; ok && i < parts; i++)
		ok = EVP_MAC_update(ctx, (const __u8 *)part[i].at,
				    part[i].size);
	return ok && EVP_MAC_final(ctx, tag, &written, MIKEY_TAG_MAX) &&
	       written == size;
}

int mikey_mac(__u8 mac, const __u8 *auth, const struct sg_slice *part,
	      int parts, __u8 tag[MIKEY_TAG_MAX])
{
	EVP_MAC *hmac;
	EVP_MAC_CTX *ctx;
	bool ok;

	if (mac != MIKEY_HMAC_SHA1 && mac != MIKEY_HMAC_SHA256)
		return -EINVAL;
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	ok = ctx && run(ctx, auth, mikey_tag_size(mac),
			mac == MIKEY_HMAC_SHA1 ? "SHA1" : "SHA256", part, parts,
			tag);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(hmac);
	return ok ? 0 : -EIO;
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
	const EVP_CIPHER *cipher = suite->encr_key == 32 ? EVP_aes_256_ctr() :
							   EVP_aes_128_ctr();
	EVP_CIPHER_CTX *aes;
	__u8 iv[IV_SIZE];
	int written;
	bool ok;

	if (size > KEMAC_MAX)
		return -EINVAL;
	make_iv(iv, keys, csb_id, t);
	aes = EVP_CIPHER_CTX_new();
	ok = aes && EVP_EncryptInit_ex(aes, cipher, NULL, keys->encr, iv) &&
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
