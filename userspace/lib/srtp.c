// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/master_key.h"
#include "lib/secret.h"
#include "lib/srtp_extension.h"
#include "lib/srtp_mac.h"
#include "lib/srtp_session.h"

enum {
	RTP_HEADER = 12,	/* without CSRCs, RFC 3550 5.1 */
	RTCP_HEADER = 8,
	CSRCS = 0x0f,
	EXTENSION = 0x10,
	WORD = 4,		/* E bit and index of SRTCP; ROC */
	/*
	 * Derivation intervals at hand. Packets come late from the interval
	 * before, and those of several SSRCs are in intervals of their own.
	 */
	SESSIONS = 4,
};

#define E_BIT (1u << 31)

struct srtp_key {
	int suite;
	__u8 flags;		/* enum sg_key_flags */
	__u8 rtp_tag;
	__u8 rtcp_tag;
	__u8 mki_length;
	__u8 mki[SG_MKI_LONGEST];
	__u8 kdr;
	__u8 extension[32];	/* as in sg_user_key */
	bool extensions;	/* one of them is set */
	struct srtp_kdf kdf;	/* of a user key */
	struct srtp_session session[2][SESSIONS]; /* of RTP, of RTCP */
	int replace[2];		/* the one that makes room next */
};

/* Where things stand in a sealed packet, bytes from its beginning. */
struct layout {
	__u32 header;		/* where the payload begins, */
	__u32 end;		/* and ends */
	__u32 word;		/* of SRTCP */
	__u32 mki;
	__u32 tag;
};

/* -- keys -------------------------------------------------------------------- */

static int set_user(struct srtp_key *key, const struct sg_key *from)
{
	static const __u8 none[sizeof(key->extension)];
	const struct sg_user_key *user = &from->user;

	memcpy(key->mki, user->mki, sizeof(key->mki));
	memcpy(key->extension, user->extension, sizeof(key->extension));
	key->extensions = memcmp(key->extension, none, sizeof(none));
	key->kdr = user->kdr;
	return srtp_kdf_open(&key->kdf, user->key, sg_suite_info(key->suite)->key,
			     user->salt);
}

static int set_fast(struct srtp_key *key, const struct sg_key *from)
{
	int err;

	if (from->mki_length > SG_MKI_MAX)
		return -EINVAL;
	memcpy(key->mki, from->mki, sizeof(from->mki));
	err = srtp_session_restore(&key->session[0][0], key->suite, &from->rtp);
	if (!err)
		err = srtp_session_restore(&key->session[1][0], key->suite,
					   &from->rtcp);
	return err;
}

struct srtp_key *srtp_key_new(const struct sg_key *from)
{
	struct srtp_key *key;
	int err;

	if (!sg_suite_info(from->suite) || from->mki_length > SG_MKI_LONGEST)
		return NULL;
	key = calloc(1, sizeof(*key));
	if (!key)
		return NULL;
	key->suite = from->suite;
	key->flags = from->flags;
	key->rtp_tag = from->rtp_tag;
	key->rtcp_tag = from->rtcp_tag;
	key->mki_length = from->mki_length;
	err = from->flags & SG_KEY_USER ? set_user(key, from) :
					  set_fast(key, from);
	if (!err)
		return key;
	srtp_key_free(key);
	return NULL;
}

void srtp_key_free(struct srtp_key *key)
{
	if (!key)
		return;
	srtp_kdf_close(&key->kdf);
	for (int rtcp = 0; rtcp < 2; rtcp++)
		for (int i = 0; i < SESSIONS; i++)
			srtp_session_free(&key->session[rtcp][i]);
	sg_secret_zero(key, sizeof(*key));
	free(key);
}

/*
 * RFC 3711 4.3.1: r is the index divided by the derivation rate. A packet from
 * before a change of keys finds those of before. NULL: OpenSSL refused.
 */
static struct srtp_session *session_at(struct srtp_key *key, bool rtcp,
				       __u64 index)
{
	__u64 r = key->kdr ? index >> key->kdr : 0;
	struct srtp_session *session = key->session[rtcp];

	for (int i = 0; i < SESSIONS; i++)
		if (session[i].ready && session[i].r == r)
			return &session[i];
	if (!(key->flags & SG_KEY_USER))
		return NULL;
	session += key->replace[rtcp]++ % SESSIONS;
	return srtp_session_derive(session, &key->kdf, key->suite, rtcp, r) ?
		       NULL : session;
}

static bool is_gcm(const struct srtp_key *key)
{
	return key->flags & SG_KEY_GCM;
}

/* Not UNENCRYPTED_SRTP or UNENCRYPTED_SRTCP (RFC 4568 6.3.2). */
static bool encrypts(const struct srtp_key *key, bool rtcp)
{
	return !(key->flags & (rtcp ? SG_KEY_PLAIN_RTCP : SG_KEY_PLAIN_RTP));
}

/* -- packets ----------------------------------------------------------------- */

__u32 srtp_trailer(const struct srtp_key *key, bool rtcp)
{
	return key->mki_length + (rtcp ? key->rtcp_tag + WORD : key->rtp_tag);
}

/* Bytes up to the payload: fixed header, CSRCs, extension (RFC 3550 5.1). */
static int header_size(bool rtcp, const __u8 *packet, __u32 length)
{
	struct sg_cursor c = sg_cursor_of(packet, length);
	__u8 first = sg_cursor_u8(&c);

	if (rtcp) {
		sg_cursor_take(&c, RTCP_HEADER - 1);
		return c.failed ? -EBADMSG : RTCP_HEADER;
	}
	sg_cursor_take(&c, RTP_HEADER - 1 + 4 * (first & CSRCS));
	if (first & EXTENSION) {
		sg_cursor_u16(&c);
		sg_cursor_take(&c, 4 * sg_cursor_u16(&c));
	}
	return c.failed ? -EBADMSG : (int)(c.at - c.start);
}

/*
 * RFC 3711 3.1, 3.4: word of SRTCP, MKI, tag; RFC 7714 8, 9: tag, word, MKI.
 * False: the packet of @end bytes and a trailer is too short for its header.
 */
static bool lay_out(const struct srtp_key *key, bool rtcp, const __u8 *packet,
		    __u32 end, struct layout *at)
{
	int header = header_size(rtcp, packet, end);
	__u32 word = rtcp ? WORD : 0;

	if (header < 0)
		return false;
	at->header = header;
	at->end = end;
	if (is_gcm(key)) {
		at->tag = end;
		at->word = end + SRTP_GCM_TAG;
		at->mki = at->word + word;
	} else {
		at->word = end;
		at->mki = end + word;
		at->tag = at->mki + key->mki_length;
	}
	return true;
}

static bool lay_out_sealed(const struct srtp_key *key, bool rtcp,
			   const __u8 *packet, __u32 length, struct layout *at)
{
	__u32 trailer = srtp_trailer(key, rtcp);

	return length >= trailer && length <= SRTP_PACKET_MAX &&
	       lay_out(key, rtcp, packet, length - trailer, at);
}

bool srtp_is_for(const struct srtp_key *key, bool rtcp, const __u8 *packet,
		 __u32 length)
{
	struct layout at;

	return lay_out_sealed(key, rtcp, packet, length, &at) &&
	       sg_secret_equal(packet + at.mki, key->mki, key->mki_length);
}

static __u32 get_word(const __u8 *at)
{
	__be32 word;

	memcpy(&word, at, WORD);
	return be32toh(word);
}

static void put_word(__u8 *at, __u32 value)
{
	__be32 word = htobe32(value);

	memcpy(at, &word, WORD);
}

/*
 * RFC 3711 4.2: HMAC over the packet and, of SRTP, the rollover counter behind
 * it; of SRTCP over what is sent, up to the word.
 */
static void make_mac(const struct srtp_session *session, bool rtcp,
		     __u64 index, const __u8 *packet, const struct layout *at,
		     __u8 mac[SRTP_MAC_SIZE])
{
	__u8 roc[WORD];

	put_word(roc, index >> 16);
	if (rtcp)
		srtp_mac(&session->hmac, packet, at->word + WORD, NULL, 0, mac);
	else
		srtp_mac(&session->hmac, packet, at->end, roc, WORD, mac);
}

/* GCM's input that is not encrypted: RFC 7714 8.2, 9.2, 9.3. */
static int gcm_begin(struct srtp_session *session, bool rtcp, __u64 index,
		     __u32 word, bool seals, const __u8 *packet, __u32 clear)
{
	__u8 iv[SRTP_GCM_IV], last[WORD];
	int written;

	srtp_session_gcm_iv(session, rtcp, index, packet, iv);
	put_word(last, word);
	if (!EVP_CipherInit_ex2(session->gcm, NULL, NULL, iv, seals, NULL) ||
	    !EVP_CipherUpdate(session->gcm, NULL, &written, packet, clear) ||
	    (rtcp && !EVP_CipherUpdate(session->gcm, NULL, &written, last,
				       WORD)))
		return -EIO;
	return 0;
}

/* Where GCM begins to encrypt: RFC 7714 9.3 has SRTCP that is all clear. */
static __u32 gcm_clear(const struct srtp_key *key, bool rtcp,
		       const struct layout *at)
{
	return encrypts(key, rtcp) ? at->header : at->end;
}

static __u32 gcm_open(struct srtp_session *session, const struct layout *at,
		      __u32 clear, const __u8 *sealed, __u8 *packet)
{
	__u8 tag[SRTP_GCM_TAG];
	int written;

	memcpy(tag, sealed + at->tag, sizeof(tag));
	if (!EVP_DecryptUpdate(session->gcm, packet + clear, &written,
			       sealed + clear, at->end - clear) ||
	    !EVP_CIPHER_CTX_ctrl(session->gcm, EVP_CTRL_AEAD_SET_TAG,
				 sizeof(tag), tag))
		return SG_DROP_INTERNAL;
	return EVP_DecryptFinal_ex(session->gcm, tag, &written) > 0 ?
		       0 : SG_DROP_AUTH_FAILED;
}

static int gcm_seal(struct srtp_session *session, const struct layout *at,
		    __u32 clear, __u8 *packet)
{
	int written;

	if (!EVP_EncryptUpdate(session->gcm, packet + clear, &written,
			       packet + clear, at->end - clear) ||
	    !EVP_EncryptFinal_ex(session->gcm, packet + at->end, &written) ||
	    !EVP_CIPHER_CTX_ctrl(session->gcm, EVP_CTRL_AEAD_GET_TAG,
				 SRTP_GCM_TAG, packet + at->tag))
		return -EIO;
	return 0;
}

/* The encrypted elements of the header extension, in either direction. */
static int xor_extension(struct srtp_key *key, struct srtp_session *session,
			 bool rtcp, const struct srtp_packet_iv *iv,
			 __u8 *packet, const struct layout *at)
{
	if (rtcp || !key->extensions)
		return 0;
	return srtp_extension_xor(&session->extension, iv, key->extension,
				  packet, at->header);
}

static __u32 reason_of(int err)
{
	return err == -EBADMSG ? SG_DROP_BAD_HEADER :
	       err ? SG_DROP_INTERNAL : 0;
}

/* RFC 3711 3.3: authenticates, and only then decrypts. */
static __u32 open_at(struct srtp_key *key, bool rtcp, __u64 index, __u32 word,
		     const __u8 *sealed, const struct layout *at, __u8 *packet)
{
	struct srtp_session *session = session_at(key, rtcp, index);
	__u32 tag = rtcp ? key->rtcp_tag : key->rtp_tag, reason = 0, clear;
	__u8 mac[SRTP_MAC_SIZE];
	struct srtp_packet_iv iv;
	int err = 0;

	if (!session)
		return SG_DROP_INTERNAL;
	srtp_packet_iv(&iv, rtcp, encrypts(key, rtcp), index, sealed);
	if (is_gcm(key)) {
		clear = gcm_clear(key, rtcp, at);
		reason = gcm_begin(session, rtcp, index, word, false, sealed,
				   clear) ? SG_DROP_INTERNAL :
			 gcm_open(session, at, clear, sealed, packet);
	} else if (tag) {
		make_mac(session, rtcp, index, sealed, at, mac);
		if (!sg_secret_equal(mac, sealed + at->tag, tag))
			reason = SG_DROP_AUTH_FAILED;
	}
	if (reason)
		return reason;
	if (!is_gcm(key) && encrypts(key, rtcp))
		err = srtp_keystream_xor(&session->payload, &iv,
					 packet + at->header,
					 at->end - at->header);
	if (!err)
		err = xor_extension(key, session, rtcp, &iv, packet, at);
	return reason_of(err);
}

__u32 srtp_open(struct srtp_key *key, bool rtcp, __u64 index,
		const __u8 *sealed, __u32 length, __u8 *packet, __u32 *opened)
{
	__u32 word = 0, reason;
	struct layout at;

	memset(packet, 0, length);
	if (!lay_out_sealed(key, rtcp, sealed, length, &at))
		return SG_DROP_BAD_HEADER;
	if (rtcp) {
		word = get_word(sealed + at.word);
		index = word & ~E_BIT;
		if (!(word & E_BIT) == encrypts(key, rtcp))
			return SG_DROP_NOT_ENCRYPTED;
	}
	memcpy(packet, sealed, at.end);
	reason = open_at(key, rtcp, index, word, sealed, &at, packet);
	if (reason)
		sg_secret_zero(packet, length);
	*opened = at.end;
	return reason;
}

static __u32 seal_at(struct srtp_key *key, bool rtcp, __u64 index,
		     const struct layout *at, __u8 *packet)
{
	__u32 tag = rtcp ? key->rtcp_tag : key->rtp_tag, clear;
	struct srtp_session *session = session_at(key, rtcp, index);
	__u32 word = index | (encrypts(key, rtcp) ? E_BIT : 0);
	__u8 mac[SRTP_MAC_SIZE];
	struct srtp_packet_iv iv;
	int err;

	if (!session)
		return SG_DROP_INTERNAL;
	srtp_packet_iv(&iv, rtcp, encrypts(key, rtcp), index, packet);
	err = xor_extension(key, session, rtcp, &iv, packet, at);
	if (rtcp)
		put_word(packet + at->word, word);
	memcpy(packet + at->mki, key->mki, key->mki_length);
	if (!err && is_gcm(key)) {
		clear = gcm_clear(key, rtcp, at);
		err = gcm_begin(session, rtcp, index, word, true, packet,
				clear);
		if (!err)
			err = gcm_seal(session, at, clear, packet);
		return reason_of(err);
	}
	if (!err && encrypts(key, rtcp))
		err = srtp_keystream_xor(&session->payload, &iv,
					 packet + at->header,
					 at->end - at->header);
	make_mac(session, rtcp, index, packet, at, mac);
	memcpy(packet + at->tag, mac, tag);
	return reason_of(err);
}

__u32 srtp_seal(struct srtp_key *key, bool rtcp, __u64 index, __u8 *packet,
		__u32 *length)
{
	__u32 end = *length, reason;
	struct layout at;

	*length += srtp_trailer(key, rtcp);
	if (*length > SRTP_PACKET_MAX)
		reason = SG_DROP_TOO_LONG;
	else if (!lay_out(key, rtcp, packet, end, &at))
		reason = SG_DROP_BAD_HEADER;
	else
		reason = seal_at(key, rtcp, index, &at, packet);
	if (reason)
		sg_secret_zero(packet, end);
	return reason;
}
