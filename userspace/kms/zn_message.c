// SPDX-License-Identifier: GPL-2.0-only
#include "kms/zn_message.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "kms/zn_uss.h"

enum {
	/* AVPs of TS 29.109 6.3 */
	USS = 400,
	TRANSACTION = 401,
	NAF_ID = 402,
	SERVICE = 403,
	EXPIRY = 404,
	ME_KEY = 405,

	/* Results of TS 29.109 6.2 */
	IDENTITY_UNKNOWN = 5401,
	NOT_AUTHORIZED = 5402,
	TRANSACTION_INVALID = 5403,

	REBOOTING = 0,		/* RFC 6733 5.4.3 */
	FAMILY_IP4 = 1,		/* RFC 6733 4.3.1, IANA address families */
	FAMILY_IP6 = 2,
};

#define NTP_TO_1970 2208988800u

/* -- printing -------------------------------------------------------------- */

static void put_origin(struct diameter_writer *w, const struct zn_self *self)
{
	diameter_put_text(w, DIAMETER_ORIGIN_HOST, self->host);
	diameter_put_text(w, DIAMETER_ORIGIN_REALM, self->realm);
}

static void put_application(struct diameter_writer *w)
{
	size_t group = diameter_group(w, DIAMETER_VENDOR_APPLICATION);

	diameter_put_u32(w, DIAMETER_VENDOR, ZN_VENDOR);
	diameter_put_u32(w, DIAMETER_AUTH_APPLICATION, ZN_APPLICATION);
	diameter_close(w, group);
}

static void put_address(struct diameter_writer *w, const struct sockaddr *from)
{
	char octets[2 + 16] = { 0, FAMILY_IP4 };
	size_t size = 2 + 4;

	if (from->sa_family == AF_INET6) {
		octets[1] = FAMILY_IP6;
		size = 2 + 16;
		memcpy(octets + 2,
		       &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	} else {
		memcpy(octets + 2,
		       &((const struct sockaddr_in *)from)->sin_addr, 4);
	}
	diameter_put(w, 0, DIAMETER_HOST_IP_ADDRESS,
		     (struct sg_slice){ octets, size });
}

int zn_print_ce(void *buffer, size_t size, const struct zn_self *self,
		const struct sockaddr *address, __u32 id)
{
	struct diameter_header header = { DIAMETER_REQUEST, DIAMETER_CE, 0, id,
					  id };
	struct diameter_writer w;

	diameter_begin(&w, buffer, size, &header);
	put_origin(&w, self);
	put_address(&w, address);
	diameter_put_u32(&w, DIAMETER_VENDOR, 0);
	diameter_put_text(&w, DIAMETER_PRODUCT, "srtpgate-kms");
	diameter_put_u32(&w, DIAMETER_ORIGIN_STATE, self->state);
	diameter_put_u32(&w, DIAMETER_SUPPORTED_VENDOR, ZN_VENDOR);
	put_application(&w);
	return diameter_end(&w);
}

int zn_print_request(void *buffer, size_t size, const struct zn_self *self,
		     __u32 command, __u32 id)
{
	struct diameter_header header = { DIAMETER_REQUEST, command, 0, id,
					  id };
	struct diameter_writer w;

	diameter_begin(&w, buffer, size, &header);
	put_origin(&w, self);
	if (command == DIAMETER_DP)
		diameter_put_u32(&w, DIAMETER_DISCONNECT_CAUSE, REBOOTING);
	else
		diameter_put_u32(&w, DIAMETER_ORIGIN_STATE, self->state);
	return diameter_end(&w);
}

int zn_print_answer(void *buffer, size_t size, const struct zn_self *self,
		    const struct diameter_header *request, __u32 result)
{
	struct diameter_header header = *request;
	struct diameter_writer w;

	header.flags = request->flags & DIAMETER_PROXIABLE;
	if (result / 1000 == 3) /* RFC 6733 7.1.3 */
		header.flags |= DIAMETER_ERROR;
	diameter_begin(&w, buffer, size, &header);
	diameter_put_u32(&w, DIAMETER_RESULT, result);
	put_origin(&w, self);
	return diameter_end(&w);
}

/* The BSF's domain is what follows the '@' (TS 33.220 4.5.2). */
static struct sg_slice domain_of(struct sg_slice btid)
{
	struct sg_cursor c = sg_cursor_of_slice(btid);

	sg_cursor_until(&c, '@');
	return sg_cursor_rest(&c);
}

static void put_destination(struct diameter_writer *w,
			    const struct zn_question *question)
{
	diameter_put(w, 0, DIAMETER_DESTINATION_REALM,
		     question->realm ? sg_slice_of(question->realm) :
				       domain_of(question->btid));
	if (question->host)
		diameter_put_text(w, DIAMETER_DESTINATION_HOST,
				  question->host);
}

int zn_print_bi(void *buffer, size_t size, const struct zn_self *self,
		const struct zn_question *question)
{
	struct diameter_header header = {
		DIAMETER_REQUEST | DIAMETER_PROXIABLE |
			(question->again ? DIAMETER_AGAIN : 0),
		ZN_BI, ZN_APPLICATION, question->hop, question->end,
	};
	struct sg_slice naf = { (const char *)self->naf.octets,
				self->naf.size };
	struct diameter_writer w;
	char session[300];

	snprintf(session, sizeof(session), "%.255s;%u;%u", self->host,
		 self->state, question->session);
	diameter_begin(&w, buffer, size, &header);
	diameter_put_text(&w, DIAMETER_SESSION, session);
	put_application(&w);
	put_origin(&w, self);
	put_destination(&w, question);
	if (self->service)
		diameter_put(&w, ZN_VENDOR, SERVICE,
			     sg_slice_of(self->service));
	diameter_put(&w, ZN_VENDOR, TRANSACTION, question->btid);
	diameter_put(&w, ZN_VENDOR, NAF_ID, naf);
	return diameter_end(&w);
}

/* -- capabilities ---------------------------------------------------------- */

/* Does it serve Zn, or is it an agent? */
static bool is_ours(const struct diameter_avp *avp)
{
	__u32 value;

	return !avp->vendor && avp->code == DIAMETER_AUTH_APPLICATION &&
	       !diameter_u32(avp, &value) &&
	       (value == ZN_APPLICATION || value == DIAMETER_RELAY);
}

static bool offers_zn(const struct diameter_avp *avp)
{
	struct sg_cursor inside = sg_cursor_of_slice(avp->data);
	struct diameter_avp one;
	bool found = is_ours(avp);

	if (avp->vendor || avp->code != DIAMETER_VENDOR_APPLICATION)
		return found;
	while (diameter_next(&inside, &one) > 0)
		found |= is_ours(&one);
	return found;
}

int zn_parse_ce(struct sg_cursor avps, const char *host)
{
	bool zn = false, right = !host;
	struct diameter_avp avp;
	__u32 result = 0;
	int more;

	while ((more = diameter_next(&avps, &avp)) > 0) {
		zn |= offers_zn(&avp);
		if (avp.vendor)
			continue;
		if (avp.code == DIAMETER_RESULT && diameter_u32(&avp, &result))
			return -EPROTO;
		if (avp.code == DIAMETER_ORIGIN_HOST && host)
			right |= sg_slice_is_nocase(avp.data, host);
	}
	if (more < 0 || !result)
		return -EPROTO;
	if (result != DIAMETER_SUCCESS)
		return -EACCES;
	if (!right)
		return -EINVAL;
	return zn ? 0 : -ENOTSUP;
}

/* -- answers --------------------------------------------------------------- */

/* RFC 6733 4.3.1: seconds since 1900, or with bit 31 clear since 2036. */
static __u64 read_time(__u32 ntp)
{
	return ntp & 0x80000000 ? ntp - NTP_TO_1970 :
				  (1ull << 32) + ntp - NTP_TO_1970;
}

static int read_experimental(const struct diameter_avp *group, __u32 *result)
{
	struct sg_cursor inside = sg_cursor_of_slice(group->data);
	__u32 vendor = 0, value = 0;
	struct diameter_avp avp;
	int more;

	while ((more = diameter_next(&inside, &avp)) > 0) {
		if (!avp.vendor && avp.code == DIAMETER_VENDOR)
			more = diameter_u32(&avp, &vendor);
		if (!avp.vendor && avp.code == DIAMETER_EXPERIMENTAL_RESULT)
			more = diameter_u32(&avp, &value);
		if (more < 0)
			return -EPROTO;
	}
	if (more < 0 || vendor != ZN_VENDOR)
		return -EPROTO;
	*result = value;
	return 0;
}

static int read_key(struct user *user, struct sg_slice key)
{
	if (key.size != NAF_KEY_SIZE || user->naf_key.size)
		return -EPROTO;
	memcpy(user->naf_key.octets, key.at, NAF_KEY_SIZE);
	user->naf_key.size = NAF_KEY_SIZE;
	return 0;
}

static int read_3gpp(struct user *user, const struct diameter_avp *avp)
{
	__u32 ntp;

	switch (avp->code) {
	case ME_KEY:
		return read_key(user, avp->data);
	case USS:
		return zn_uss_read(user, avp->data);
	case EXPIRY:
		if (diameter_u32(avp, &ntp))
			return -EPROTO;
		user->expires = read_time(ntp);
		return 0;
	default:
		return 0;
	}
}

static int read_answer(struct user *user, struct sg_cursor *avps,
		       __u32 *result)
{
	struct diameter_avp avp;
	int more, err = 0;

	while (!err && (more = diameter_next(avps, &avp)) > 0) {
		if (avp.vendor == ZN_VENDOR)
			err = read_3gpp(user, &avp);
		else if (!avp.vendor && avp.code == DIAMETER_RESULT)
			err = diameter_u32(&avp, result);
		else if (!avp.vendor && avp.code == DIAMETER_EXPERIMENTAL)
			err = read_experimental(&avp, result);
	}
	return err ? err : more;
}

/* What the user source's contract calls it. */
static int verdict(const struct user *user, __u32 result)
{
	switch (result) {
	case DIAMETER_SUCCESS:
		return user->naf_key.size ? 0 : -EPROTO;
	case IDENTITY_UNKNOWN:
	case TRANSACTION_INVALID:
		return -ENOENT;
	case NOT_AUTHORIZED:
		return -EACCES;
	case 0:
		return -EPROTO;
	default:
		return -EAGAIN;
	}
}

int zn_parse_bi(struct user *user, struct sg_cursor avps)
{
	__u32 result = 0;
	int err;

	user_wipe(user);
	err = read_answer(user, &avps, &result);
	if (!err)
		err = verdict(user, result);
	if (err)
		user_wipe(user);
	return err;
}
