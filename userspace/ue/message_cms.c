// SPDX-License-Identifier: GPL-2.0-only
#include "ue/message_cms.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "lib/secret.h"

enum { TAG = 16 };

struct sg_slice message_octets_slice(const struct message_octets *octets)
{
	return (struct sg_slice){ octets->at, octets->size };
}

void message_octets_free(struct message_octets *octets)
{
	if (octets->at)
		sg_secret_zero(octets->at, octets->size);
	free(octets->at);
	*octets = (struct message_octets){ 0 };
}

/* OpenSSL frees and zeroes what it is given. */
static unsigned char *copy(const void *octets, size_t size)
{
	return OPENSSL_memdup(octets, size);
}

/* What is in @memory, which may be secret: a buffer that zeroes itself. */
static int take(struct message_octets *out, BIO *memory)
{
	char *at;
	long size = BIO_get_mem_data(memory, &at);

	*out = (struct message_octets){ malloc(size + 1), size };
	if (!out->at)
		return -ENOMEM;
	if (size)
		memcpy(out->at, at, size);
	return 0;
}

/* -- sealing --------------------------------------------------------------- */

static int add_key(CMS_ContentInfo *cms, const struct mikey_secret *key,
		   struct sg_slice id)
{
	unsigned char *octets = copy(key->octets, key->size);
	unsigned char *name = copy(id.at, id.size);
	int wrap = key->size == 16 ? NID_id_aes128_wrap : NID_id_aes256_wrap;

	if (octets && name &&
	    CMS_add0_recipient_key(cms, wrap, octets, key->size, name, id.size,
				   NULL, NULL, NULL))
		return 0;
	OPENSSL_clear_free(octets, key->size);
	OPENSSL_free(name);
	return -EIO;
}

static int encrypt(BIO *out, BIO *in, const struct mikey_secret *key,
		   struct sg_slice id)
{
	const EVP_CIPHER *cipher = key->size == 16 ? EVP_aes_128_gcm() :
						     EVP_aes_256_gcm();
	/* Partial: the key is added before the content. */
	CMS_ContentInfo *cms = CMS_encrypt(NULL, in, cipher,
					   CMS_BINARY | CMS_PARTIAL);
	int err = cms ? add_key(cms, key, id) : -EIO;

	if (!err && (CMS_final(cms, in, NULL, CMS_BINARY) != 1 ||
		     i2d_CMS_bio(out, cms) != 1))
		err = -EIO;
	CMS_ContentInfo_free(cms);
	return err;
}

int message_cms_seal(struct message_octets *cms, struct sg_slice plain,
		     const struct mikey_secret *key, struct sg_slice id,
		     struct fault *fault)
{
	BIO *in, *out;
	int err = -EIO;

	*cms = (struct message_octets){ 0 };
	if (plain.size > MESSAGE_MAX)
		return fault_set(fault, E2BIG,
				 "the message has more than %d octets: send a "
				 "part of it",
				 MESSAGE_MAX);
	in = BIO_new_mem_buf(plain.at, plain.size);
	out = BIO_new(BIO_s_mem());
	if (in && out && (key->size == 16 || key->size == 32))
		err = encrypt(out, in, key, id);
	if (!err)
		err = take(cms, out);
	if (err)
		fault_set(fault, -err, "the message cannot be encrypted");
	BIO_free(out);
	BIO_free(in);
	ERR_clear_error();
	return err;
}

/* -- opening --------------------------------------------------------------- */

/*
 * A tag of 16 octets is the last thing in it. OpenSSL would take a shorter
 * one, which is easier to guess (RFC 5084 3.2 allows twelve).
 */
static bool has_whole_tag(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	int size = i2d_CMS_ContentInfo(cms, &der);
	bool whole = size > TAG + 2 && der[size - TAG - 2] == V_ASN1_OCTET_STRING &&
		     der[size - TAG - 1] == TAG;

	OPENSSL_free(der);
	return whole;
}

/* One recipient, a key of that name. */
static bool is_for(CMS_ContentInfo *cms, struct sg_slice id)
{
	STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
	CMS_RecipientInfo *one;

	if (!all || sk_CMS_RecipientInfo_num(all) != 1)
		return false;
	one = sk_CMS_RecipientInfo_value(all, 0);
	return CMS_RecipientInfo_type(one) == CMS_RECIPINFO_KEK &&
	       !CMS_RecipientInfo_kekri_id_cmp(one,
					       (const unsigned char *)id.at,
					       id.size);
}

static bool is_ours(CMS_ContentInfo *cms, struct sg_slice id)
{
	return OBJ_obj2nid(CMS_get0_type(cms)) ==
		       NID_id_smime_ct_authEnvelopedData &&
	       OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data &&
	       is_for(cms, id) && has_whole_tag(cms);
}

/* DER, all of it, and nothing behind. */
static CMS_ContentInfo *parse(struct sg_slice octets)
{
	const unsigned char *at = (const unsigned char *)octets.at;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, octets.size);

	if (cms && (const char *)at == octets.at + octets.size)
		return cms;
	CMS_ContentInfo_free(cms);
	return NULL;
}

/* CMS_decrypt() writes before it has seen the tag: only 0 says it is true. */
static int decrypt(BIO *out, CMS_ContentInfo *cms,
		   const struct mikey_secret *key, struct sg_slice id)
{
	unsigned char octets[MIKEY_KEY_MAX];
	int done;

	memcpy(octets, key->octets, key->size);
	done = CMS_decrypt_set1_key(cms, octets, key->size,
				    (const unsigned char *)id.at,
				    id.size) == 1 &&
	       CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY) == 1;
	sg_secret_zero(octets, sizeof(octets));
	return done ? 0 : -EBADMSG;
}

int message_cms_open(struct message_octets *plain, struct sg_slice octets,
		     const struct mikey_secret *key, struct sg_slice id,
		     struct fault *fault)
{
	CMS_ContentInfo *cms = NULL;
	/* Memory of this kind is zeroed when it is freed. */
	BIO *out = BIO_new(BIO_s_secmem());
	int err = -EBADMSG;

	*plain = (struct message_octets){ 0 };
	if (out && octets.size <= MESSAGE_CMS_MAX)
		cms = parse(octets);
	if (cms && is_ours(cms, id))
		err = decrypt(out, cms, key, id);
	if (!err)
		err = take(plain, out);
	if (err)
		fault_set(fault, -err,
			  "the body is not protected by the key that came "
			  "with it, or was changed on its way");
	CMS_ContentInfo_free(cms);
	BIO_free(out);
	ERR_clear_error();
	return err;
}
