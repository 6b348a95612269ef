// SPDX-License-Identifier: GPL-2.0-only
/* mId: who sends a message, or is to be talked to. */
#include "lib/address.h"
#include "lib/h248_reader.h"

static bool port(struct h248_reader *r, struct h248_mid *mid)
{
	__u32 number;

	h248_skip(r);
	if (!h248_accept(r, ':'))
		return true;
	if (!h248_number(r, 65535, r->syntax, &number, "a port"))
		return false;
	mid->port = number;
	return true;
}

static bool address(struct h248_reader *r, struct h248_mid *mid)
{
	char text[SG_ADDRESS_TEXT];
	struct sg_slice name;
	__be32 parsed[4];

	mid->kind = H248_MID_ADDRESS;
	r->in.at++;
	if (sg_cursor_field(&r->in, ']', &name) && name.size < sizeof(text) &&
	    !memchr(name.at, 0, name.size)) {
		memcpy(text, name.at, name.size);
		text[name.size] = '\0';
		mid->name = name;
		if (!sg_address_parse(parsed, text))
			return port(r, mid);
	}
	return h248_fail(r, r->syntax, name.at,
			 "an IPv4 or IPv6 address and \"]\" are wanted behind \"[\"");
}

static bool domain(struct h248_reader *r, struct h248_mid *mid)
{
	mid->kind = H248_MID_DOMAIN;
	r->in.at++;
	mid->name = sg_cursor_span(&r->in, h248_class, H248_CLASS_DOMAIN);
	if (mid->name.size && mid->name.size <= H248_NAME_MAX &&
	    sg_cursor_accept(&r->in, '>'))
		return port(r, mid);
	return h248_fail(r, r->syntax, mid->name.at,
			 "a domain name of up to 64 characters and \">\" are wanted behind \"<\"");
}

static bool mtp(struct h248_reader *r, struct h248_mid *mid)
{
	mid->kind = H248_MID_MTP;
	if (!h248_expect(r, '{', "MTP") ||
	    !h248_word(r, &mid->name, "an MTP address"))
		return false;
	if (mid->name.size < 4 || mid->name.size > 8 ||
	    !h248_is_all(mid->name, H248_CLASS_HEX))
		return h248_fail(r, r->syntax, mid->name.at,
				 "an MTP address has 4 to 8 hexadecimal digits");
	/* No blanks are skipped: the separator behind an mId must be seen. */
	return sg_cursor_accept(&r->in, '}') ||
	       h248_missing(r, '}', "an MTP address");
}

static bool device(struct h248_reader *r, struct h248_mid *mid, bool ports)
{
	char text[SG_SHOWN_TEXT];
	__u64 number;

	mid->kind = H248_MID_DEVICE;
	mid->name = sg_cursor_span(&r->in, h248_class, H248_CLASS_SAFE);
	if (!mid->name.size)
		return h248_unexpected(r, "the sender's address or name");
	if (h248_token_find(mid->name) == H248_MTP) {
		h248_skip(r);
		return mtp(r, mid);
	}
	if (ports && sg_slice_number(mid->name, 65535, &number)) {
		*mid = (struct h248_mid){ H248_MID_PORT, { "", 0 }, number };
		return true;
	}
	if (mid->name.size > H248_NAME_MAX ||
	    !h248_is_all(mid->name, H248_CLASS_TERMINATION))
		return h248_fail(r, r->syntax, mid->name.at,
				 "%s is no name of a device",
				 sg_slice_show(text, mid->name));
	return true;
}

bool h248_mid(struct h248_reader *r, struct h248_mid *mid, bool ports)
{
	switch (h248_next(r)) {
	case '[':
		return address(r, mid);
	case '<':
		return domain(r, mid);
	default:
		return device(r, mid, ports);
	}
}
