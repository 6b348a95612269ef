// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_srtp.h"

#include "lib/master_key.h"
#include "lib/mikey_wire.h"

enum { KDR = 6, AEAD_TAG = 20, TYPES = 21, KDR_MAX = 1 << 24 };

const struct mikey_srtp mikey_srtp_default = {
	.encr = MIKEY_SRTP_AES_CM,
	.encr_key = 16,
	.auth = MIKEY_SRTP_HMAC_SHA1,
	.auth_key = 20,
	.salt = 14,
	.rtp_encrypted = 1,
	.rtcp_encrypted = 1,
	.rtp_authenticated = 1,
	.tag = 10,
};

#define FIELD(member) { true, offsetof(struct mikey_srtp, member) }

/* Where each type is kept, but KDR, the one number that may be long. */
static const struct {
	bool known;
	__u8 offset;
} fields[TYPES] = {
	[0] = FIELD(encr),
	[1] = FIELD(encr_key),
	[2] = FIELD(auth),
	[3] = FIELD(auth_key),
	[4] = FIELD(salt),
	[5] = FIELD(prf),
	[7] = FIELD(rtp_encrypted),
	[8] = FIELD(rtcp_encrypted),
	[9] = FIELD(fec_order),
	[10] = FIELD(rtp_authenticated),
	[11] = FIELD(tag),
	[12] = FIELD(prefix),
	[AEAD_TAG] = FIELD(aead_tag),
};

static __u8 value_of(const struct mikey_srtp *srtp, int type)
{
	return *((const __u8 *)srtp + fields[type].offset);
}

/* RFC 3711 4.3.1: a power of two up to 2^24, or 0. */
static int read_kdr(struct mikey_srtp *srtp, struct sg_slice value,
		    struct mikey_fault *fault)
{
	__u64 number = 0;

	for (size_t i = 0; i < value.size && value.size <= 4; i++)
		number = number << 8 | (__u8)value.at[i];
	if (!value.size || value.size > 4 || number > KDR_MAX ||
	    number & (number - 1))
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SPPAR,
				  "the key derivation rate is no power of two");
	srtp->kdr = number;
	return 0;
}

static int read_parameter(struct mikey_srtp *srtp, __u8 type,
			  struct sg_slice value, struct mikey_fault *fault)
{
	if (type == KDR)
		return read_kdr(srtp, value, fault);
	if (type >= TYPES || !fields[type].known)
		return 0;
	if (value.size != 1)
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SPPAR,
				  "an SRTP parameter has not one octet");
	*((__u8 *)srtp + fields[type].offset) = value.at[0];
	return 0;
}

static int check(const struct mikey_srtp *srtp, struct mikey_fault *fault)
{
	if (srtp->rtp_encrypted > 1 || srtp->rtcp_encrypted > 1 ||
	    srtp->rtp_authenticated > 1 || srtp->fec_order)
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SPPAR,
				  "an SRTP switch is neither on nor off");
	/* RFC 7714 14.1 and 14.3 */
	if (srtp->encr == MIKEY_SRTP_GCM &&
	    (srtp->aead_tag != 16 || !srtp->rtp_authenticated))
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SPPAR,
				  "AES-GCM is asked for without its tag");
	return 0;
}

/* RFC 7714: GCM's own salt and tag, and no MAC. */
static void adjust_for_gcm(struct mikey_srtp *srtp, __u32 seen)
{
	if (srtp->encr != MIKEY_SRTP_GCM) {
		srtp->aead_tag = 0;
		return;
	}
	if (!(seen & 1u << 4))
		srtp->salt = 12;
	if (!(seen & 1u << AEAD_TAG))
		srtp->aead_tag = 16;
	srtp->auth = MIKEY_SRTP_NO_AUTH;
	srtp->auth_key = 0;
	srtp->tag = 0;
}

int mikey_srtp_parse(struct mikey_srtp *srtp, struct sg_slice parameters,
		     struct mikey_fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(parameters);
	__u32 seen = 0;
	int err;

	*srtp = mikey_srtp_default;
	while (sg_cursor_left(&c)) {
		__u8 type = sg_cursor_u8(&c);
		struct sg_slice value = mikey_take_counted(&c, 1);

		if (c.failed)
			return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SPPAR,
					  "an SRTP parameter is cut short");
		if (type < TYPES && seen & 1u << type)
			return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SPPAR,
					  "an SRTP parameter is there twice");
		seen |= type < TYPES ? 1u << type : 0;
		err = read_parameter(srtp, type, value, fault);
		if (err)
			return err;
	}
	adjust_for_gcm(srtp, seen);
	return check(srtp, fault);
}

static void put_parameter(struct mikey_writer *w, __u8 type, __u8 value)
{
	mikey_put_u8(w, type);
	mikey_put_u8(w, 1);
	mikey_put_u8(w, value);
}

static void put_kdr(struct mikey_writer *w, __u32 kdr)
{
	int size = kdr > 0xffff ? 4 : kdr > 0xff ? 2 : 1;

	mikey_put_u8(w, KDR);
	mikey_put_u8(w, size);
	mikey_put_number(w, kdr, size);
}

/* RFC 7714 15: with GCM nothing of the MAC. */
static bool is_written(const struct mikey_srtp *srtp, int type)
{
	bool gcm = srtp->encr == MIKEY_SRTP_GCM;

	if (type == 2 || type == 3 || type == 11)
		return !gcm;
	if (type == 5)
		return gcm || srtp->prf;
	if (type == 9 || type == 12)
		return value_of(srtp, type);
	return type != AEAD_TAG || gcm;
}

int mikey_srtp_print(__u8 *buffer, size_t size, const struct mikey_srtp *srtp)
{
	struct mikey_writer w = mikey_writer_of(buffer, size);

	for (int type = 0; type < TYPES; type++)
		if (type == KDR && srtp->kdr)
			put_kdr(&w, srtp->kdr);
		else if (fields[type].known && is_written(srtp, type))
			put_parameter(&w, type, value_of(srtp, type));
	return mikey_written(&w);
}

/* -- suites ---------------------------------------------------------------- */

bool mikey_srtp_of_suite(struct mikey_srtp *srtp, enum sg_suite suite)
{
	const struct sg_suite_info *info = sg_suite_info(suite);

	if (!info)
		return false;
	*srtp = mikey_srtp_default;
	srtp->encr_key = info->key;
	srtp->salt = info->salt;
	srtp->tag = info->rtp_tag;
	if (suite == SG_SUITE_F8_128_HMAC_SHA1_80)
		srtp->encr = MIKEY_SRTP_F8;
	if (info->flags & SG_KEY_GCM) {
		srtp->encr = MIKEY_SRTP_GCM;
		adjust_for_gcm(srtp, 0);
		srtp->salt = info->salt;
	}
	return true;
}

static bool is_same(const struct mikey_srtp *a, const struct mikey_srtp *b)
{
	return a->encr == b->encr && a->encr_key == b->encr_key &&
	       a->auth == b->auth && a->auth_key == b->auth_key &&
	       a->salt == b->salt && a->prf == b->prf &&
	       a->rtp_encrypted == b->rtp_encrypted &&
	       a->rtcp_encrypted == b->rtcp_encrypted &&
	       a->rtp_authenticated == b->rtp_authenticated &&
	       a->tag == b->tag && a->prefix == b->prefix &&
	       a->aead_tag == b->aead_tag;
}

enum sg_suite mikey_srtp_suite(const struct mikey_srtp *srtp)
{
	struct mikey_srtp other;

	for (int suite = SG_SUITE_NONE + 1;
	     mikey_srtp_of_suite(&other, suite); suite++)
		if (is_same(srtp, &other))
			return suite;
	return SG_SUITE_NONE;
}

/* -- session data ---------------------------------------------------------- */

int mikey_stream_parse(struct mikey_stream *stream, const struct mikey_cs *cs)
{
	struct sg_cursor c = sg_cursor_of_slice(cs->session);

	*stream = (struct mikey_stream){ 0 };
	if (!cs->session.size)
		return -ENODATA;
	if (cs->session.size != (cs->with_roc ? MIKEY_STREAM_SIZE : 4))
		return -EINVAL;
	stream->ssrc = sg_cursor_u32(&c);
	stream->with_roc = cs->with_roc;
	if (cs->with_roc) {
		stream->roc = sg_cursor_u32(&c);
		stream->seq = sg_cursor_u16(&c);
	}
	return 0;
}

void mikey_stream_print(struct mikey_cs *cs, __u8 buffer[MIKEY_STREAM_SIZE],
			const struct mikey_stream *stream)
{
	struct mikey_writer w = mikey_writer_of(buffer, MIKEY_STREAM_SIZE);

	mikey_put_number(&w, stream->ssrc, 4);
	if (stream->with_roc) {
		mikey_put_number(&w, stream->roc, 4);
		mikey_put_number(&w, stream->seq, 2);
	}
	cs->with_roc = stream->with_roc;
	cs->session = mikey_slice(buffer, w.at - w.start);
}
