/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A protected MIME entity: AuthEnvelopedData of CMS (RFC 5083) with AES-GCM
 * (RFC 5084) for one recipient, who is a key that both sides have
 * (KEKRecipientInfo, RFC 5652 6.2.3) and that wraps the content's key (RFC
 * 3394). In DER.
 */
#ifndef SRTPGATE_UE_MESSAGE_CMS_H
#define SRTPGATE_UE_MESSAGE_CMS_H

#include "lib/fault.h"
#include "lib/mikey_key.h"

enum {
	MESSAGE_MAX = 1 << 20,	/* octets of an entity in the clear */
	MESSAGE_CMS_MAX = MESSAGE_MAX + 1024,
};

/* Memory of its own; message_octets_free() zeroes it. */
struct message_octets {
	char *at;
	size_t size;
};

struct sg_slice message_octets_slice(const struct message_octets *octets);
void message_octets_free(struct message_octets *octets);

/*
 * @key: 16 or 32 octets, which say the content's cipher too; @id names it.
 * 0; -E2BIG: more than MESSAGE_MAX; -EIO: OpenSSL failed; with @fault.
 */
int message_cms_seal(struct message_octets *cms, struct sg_slice plain,
		     const struct mikey_secret *key, struct sg_slice id,
		     struct fault *fault);

/*
 * -EBADMSG: not of this form, for another key, changed, or with a tag of
 * less than 16 octets. What is not authentic never gets into @plain.
 */
int message_cms_open(struct message_octets *plain, struct sg_slice cms,
		     const struct mikey_secret *key, struct sg_slice id,
		     struct fault *fault);

#endif /* SRTPGATE_UE_MESSAGE_CMS_H */
