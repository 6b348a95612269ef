// SPDX-License-Identifier: GPL-2.0-only
#include "core.h"

#include <linux/errno.h>
#include <linux/string.h>

#include "aes.h"
#include "ghash.h"
#include "hmac.h"

enum {
	RTP_HEADER = 12,
	RTCP_HEADER = 8,
	RTP_SSRC = 8,		/* offsets */
	RTCP_SSRC = 4,
	WORD_SIZE = 4,		/* E bit and index, RFC 3711 3.4 */
	GCM_TAG = 16,
	HMAC_TAG_MAX = 12,
	IV_CM = 4,		/* where the counter block has the SSRC */
	IV_GCM = 2,
	GCM_PAYLOAD = 2,	/* block counters, NIST SP 800-38D 7.1 */
	GCM_MASK = 1,
	INDEX_BITS = 48,
	RTCP_INDEX_BITS = 31,
};

#define E_BIT (1U << 31)

/*
 * A packet being converted. All lengths were checked, here and once: other
 * CPUs may write to the memory that they came from.
 */
struct job {
	__u8 *packet;
	const struct sg_key *key;
	const struct sg_session_key *session;
	__u64 index;
	__u32 header;		/* bytes in front of what is encrypted */
	__u32 end;		/* bytes of header and payload */
	__u32 word;		/* authenticated behind: ROC, or E bit, index */
	__u32 tag, mki;		/* bytes */
	__u32 flags;		/* enum sg_key_flags */
	bool gcm, rtcp, sha_ni;
	struct aes_key aes;
};

#define read_once(x) (*(const volatile __typeof__(x) *)&(x))

static __u32 get32(const __u8 *from)
{
	__u32 x;

	memcpy(&x, from, sizeof(x));
	return __builtin_bswap32(x);
}

static void put32(__u8 *to, __u32 x)
{
	x = __builtin_bswap32(x);
	memcpy(to, &x, sizeof(x));
}

static int set_key(struct job *job, const struct sg_key *key)
{
	job->key = key;
	job->session = job->rtcp ? &key->rtcp : &key->rtp;
	job->flags = read_once(key->flags);
	job->mki = read_once(key->mki_length);
	job->tag = job->rtcp ? read_once(key->rtcp_tag) :
			       read_once(key->rtp_tag);
	job->gcm = job->flags & SG_KEY_GCM;
	if (job->flags & SG_KEY_USER || job->mki > SG_MKI_MAX ||
	    job->tag > (job->gcm ? GCM_TAG : HMAC_TAG_MAX))
		return -EINVAL;
	if (job->gcm && (job->tag != GCM_TAG ||
			 (job->flags & SG_KEY_PLAIN_RTP && !job->rtcp)))
		return -EINVAL;
	return 0;
}

/* @growth: bytes that SRTP has added already; then they are taken off .end. */
static int begin(struct job *job, const struct sg_conversion *conversion,
		 void *packet, __u32 size, const struct sg_key *key,
		 bool opens, __u32 features)
{
	__u32 length = read_once(conversion->length), growth;
	int err;

	job->packet = packet;
	job->index = read_once(conversion->index);
	job->rtcp = read_once(conversion->rtcp);
	job->header = job->rtcp ? RTCP_HEADER : read_once(conversion->header);
	job->sha_ni = features & SRTP_SHA_NI;
	err = set_key(job, key);
	if (err)
		return err;
	growth = job->tag + job->mki + (job->rtcp ? WORD_SIZE : 0);
	if (length > SG_RTP_MAX || size < SG_CONVERSION_ROOM ||
	    length > size - SG_CONVERSION_ROOM ||
	    job->header < (job->rtcp ? RTCP_HEADER : RTP_HEADER) ||
	    length < job->header ||
	    length - job->header < (opens ? growth : 0) ||
	    job->index >> (job->rtcp ? RTCP_INDEX_BITS : INDEX_BITS))
		return -EINVAL;
	job->end = opens ? length - growth : length;
	return 0;
}

static bool encrypts(const struct job *job)
{
	if (job->rtcp)
		return job->word & E_BIT;
	return !(job->flags & SG_KEY_PLAIN_RTP);
}

/* RFC 3711 4.1.1, RFC 7714 8.1, 9.1; with round key 0, as the salt has it. */
static v128 counter_block(const struct job *job)
{
	int at = job->gcm ? IV_GCM : IV_CM;
	__u8 iv[AES_BLOCK] = { 0 };
	__u64 index = __builtin_bswap64(job->index << 16);

	memcpy(iv + at, job->packet + (job->rtcp ? RTCP_SSRC : RTP_SSRC), 4);
	memcpy(iv + at + 4, &index, 6);
	return load(iv) ^ aes_salt(job->session->salt);
}

/* Over the packet to .end and .word behind it. */
static void hmac(const struct job *job, __u8 digest[HMAC_DIGEST])
{
	struct hmac_message message;

	hmac_begin(&message, job->packet, job->end, job->word);
	if (job->sha_ni)
		hmac_ni(&message, &job->session->hmac, digest);
	else
		hmac_c(&message, &job->session->hmac, digest);
}

static void set_index(struct job *job, __u64 index)
{
	job->index = index;
	job->word = index >> 16;
}

static void crypt(struct job *job)
{
	aes_ctr(&job->aes, counter_block(job), job->gcm ? GCM_PAYLOAD : 0,
		job->packet + job->header, job->end - job->header);
}

/* RFC 7714 9.2: SRTCP's header is authenticated together with the word. */
static v128 gcm_hash_rtcp(const struct job *job)
{
	struct ghash_input in = { { NULL, job->packet + RTCP_HEADER },
				  { 0, job->end - RTCP_HEADER } };
	__u8 *end = job->packet + job->end;
	__u8 header[GHASH_BLOCK];
	__u32 before = get32(end);
	v128 hash;

	if (encrypts(job)) {
		memcpy(header, job->packet, RTCP_HEADER);
		put32(header + RTCP_HEADER, job->word);
		in.part[0] = header;
		in.length[0] = RTCP_HEADER + WORD_SIZE;
		return ghash(job->session->ghash, &in);
	}
	/* 9.3: all is in the clear, the word right behind it. */
	in.part[0] = job->packet;
	in.length[0] = job->end + WORD_SIZE;
	in.length[1] = 0;
	put32(end, job->word);
	hash = ghash(job->session->ghash, &in);
	put32(end, before);
	return hash;
}

static v128 gcm_hash_rtp(const struct job *job)
{
	struct ghash_input in = {
		{ job->packet, job->packet + job->header },
		{ job->header, job->end - job->header },
	};

	return ghash(job->session->ghash, &in);
}

static void gcm_tag(const struct job *job, __u8 *tag)
{
	store(tag, job->rtcp ? gcm_hash_rtcp(job) : gcm_hash_rtp(job));
	aes_ctr(&job->aes, counter_block(job), GCM_MASK, tag, GCM_TAG);
}

static void make_tag(const struct job *job, __u8 *tag)
{
	if (job->gcm)
		gcm_tag(job, tag);
	else if (job->tag)
		hmac(job, tag);
}

/* Where the trailer has its parts; GCM's tag is in front of all others. */
static __u8 *word_at(const struct job *job)
{
	return job->packet + job->end + (job->gcm ? GCM_TAG : 0);
}

static __u8 *mki_at(const struct job *job)
{
	return word_at(job) + (job->rtcp ? WORD_SIZE : 0);
}

static __u8 *tag_at(const struct job *job)
{
	return job->gcm ? job->packet + job->end : mki_at(job) + job->mki;
}

static bool authentic(const struct job *job)
{
	const __u8 *received = tag_at(job);
	__u8 tag[HMAC_DIGEST], differs = 0;

	make_tag(job, tag);
	for (__u32 i = 0; i < job->tag; i++)
		differs |= received[i] ^ tag[i];
	return !differs;
}

static int open_job(struct job *job, __u64 second)
{
	set_index(job, job->index);
	if (job->rtcp) {
		job->word = get32(word_at(job));
		job->index = job->word & ~E_BIT;
	}
	if (job->gcm)
		aes_expand(&job->aes, &job->session->aes, job->flags);
	if (!authentic(job)) {
		if (job->rtcp || second == job->index || second >> INDEX_BITS)
			return -EBADMSG;
		set_index(job, second);
		if (!authentic(job))
			return -EBADMSG;
	}
	if (!encrypts(job))
		return 0;
	if (!job->gcm)
		aes_expand(&job->aes, &job->session->aes, job->flags);
	crypt(job);
	return 0;
}

static void seal_job(struct job *job)
{
	__u8 tag[HMAC_DIGEST] = { 0 };

	set_index(job, job->index);
	if (job->rtcp)
		job->word = job->index |
			    (job->flags & SG_KEY_PLAIN_RTCP ? 0 : E_BIT);
	aes_expand(&job->aes, &job->session->aes, job->flags);
	if (encrypts(job))
		crypt(job);
	make_tag(job, tag);
	if (job->rtcp)
		put32(word_at(job), job->word);
	store(mki_at(job), load(job->key->mki));
	store(tag_at(job), load(tag));
	job->end = tag_at(job) - job->packet + job->tag;
	if (job->gcm)
		job->end += job->mki + (job->rtcp ? WORD_SIZE : 0);
}

int srtp_core_open(struct sg_conversion *conversion, void *packet, __u32 size,
	      const struct sg_key *key, __u32 features)
{
	struct job job;
	int err = begin(&job, conversion, packet, size, key, true, features);

	if (err)
		return err;
	err = open_job(&job, read_once(conversion->second));
	wipe(&job.aes, sizeof(job.aes));
	if (err)
		return err;
	conversion->index = job.index;
	conversion->length = job.end;
	return 0;
}

int srtp_core_seal(struct sg_conversion *conversion, void *packet, __u32 size,
	      const struct sg_key *key, __u32 features)
{
	struct job job;
	int err = begin(&job, conversion, packet, size, key, false, features);

	if (err)
		return err;
	seal_job(&job);
	wipe(&job.aes, sizeof(job.aes));
	conversion->length = job.end;
	return 0;
}
