// SPDX-License-Identifier: GPL-2.0-only
/* The Services descriptor of a ServiceChange. */
#include "lib/h248_tree.h"

enum {
	/* What a Services descriptor may audit (version 2). */
	AUDITED = 1 << H248_MEDIA | 1 << H248_EVENTS | 1 << H248_SIGNALS |
		  1 << H248_OBSERVED_EVENTS | 1 << H248_STATISTICS |
		  1 << H248_PACKAGES | 1 << H248_MODEM | 1 << H248_MUX |
		  1 << H248_DIGIT_MAP | 1 << H248_EVENT_BUFFER,
};

static bool is_extension(struct sg_slice word)
{
	return word.size >= 3 && (word.at[0] | 0x20) == 'x' &&
	       (word.at[1] == '-' || word.at[1] == '+');
}

static bool method(struct h248_reader *r, struct h248_services *s)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word;

	if (!h248_keyword(r, &s->method, &word, "a Method"))
		return false;
	switch (s->method) {
	case H248_RESTART:
	case H248_HAND_OFF:
	case H248_FAILOVER:
	case H248_FORCED:
	case H248_GRACEFUL:
	case H248_DISCONNECTED:
		return true;
	default:
		s->method = H248_NONE;
		s->method_extension = word;
		return is_extension(word) ||
		       h248_fail(r, 449, word.at, "Method %s is not known",
				 sg_slice_show(text, word));
	}
}

static bool profile(struct h248_reader *r, struct h248_services *s)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word, version;
	const char *slash;
	__u64 number;

	if (!h248_word(r, &word, "a Profile"))
		return false;
	slash = memchr(word.at, '/', word.size);
	if (slash) {
		s->profile = (struct sg_slice){ word.at, slash - word.at };
		version = (struct sg_slice){ slash + 1,
					     word.size - s->profile.size - 1 };
		if (s->profile.size && sg_slice_number(version, 99, &number)) {
			s->profile_version = number;
			return true;
		}
	}
	return h248_fail(r, r->syntax, word.at,
			 "Profile is name/version, not %s",
			 sg_slice_show(text, word));
}

static bool version(struct h248_reader *r, struct h248_services *s)
{
	const char *at = r->in.at;
	__u32 number;

	if (!h248_number(r, 99, 406, &number, "Version"))
		return false;
	s->version = number;
	return number || h248_fail(r, 406, at, "there is no Version 0");
}

static bool delay(struct h248_reader *r, struct h248_services *s)
{
	s->has_delay = true;
	return h248_number(r, ~0u, 449, &s->delay, "Delay");
}

static bool reason(struct h248_reader *r, struct h248_services *s)
{
	s->has_reason = true;
	return h248_value(r, &s->reason, "a Reason");
}

/* Whether a parameter has been read before. */
static bool is_set(const struct h248_services *s, enum h248_token token)
{
	switch (token) {
	case H248_METHOD:
		return s->method || s->method_extension.size;
	case H248_REASON:
		return s->has_reason;
	case H248_DELAY:
		return s->has_delay;
	case H248_VERSION:
		return s->version;
	case H248_PROFILE:
		return s->profile.size;
	case H248_SERVICE_CHANGE_ADDRESS:
		return s->address.kind;
	case H248_MGC_ID:
		return s->mgc.kind;
	default:
		return false;
	}
}

static bool read_mid(struct h248_reader *r, struct h248_mid *mid, bool ports)
{
	if (!h248_mid(r, mid, ports))
		return false;
	h248_skip(r);
	return true;
}

static bool parameter(struct h248_reader *r, struct h248_services *s,
		      enum h248_token token)
{
	switch (token) {
	case H248_METHOD:
		return method(r, s);
	case H248_REASON:
		return reason(r, s);
	case H248_DELAY:
		return delay(r, s);
	case H248_VERSION:
		return version(r, s);
	case H248_PROFILE:
		return profile(r, s);
	case H248_SERVICE_CHANGE_ADDRESS:
		return read_mid(r, &s->address, true);
	default:
		return read_mid(r, &s->mgc, false);
	}
}

static bool is_parameter(enum h248_token token)
{
	return token == H248_METHOD || token == H248_REASON ||
	       token == H248_DELAY || token == H248_VERSION ||
	       token == H248_PROFILE || token == H248_MGC_ID ||
	       token == H248_SERVICE_CHANGE_ADDRESS;
}

static bool audit_item(struct h248_reader *r, struct h248_services *s,
		       enum h248_token token)
{
	struct h248_descriptor **tail = &s->audit;
	bool audit = r->audit, ok;

	while (*tail)
		tail = &(*tail)->next;
	*tail = h248_node(r, sizeof(**tail));
	r->audit = true;
	ok = *tail && h248_read_descriptor(r, token, *tail);
	r->audit = audit;
	return ok;
}

/* What begins with none of the parameters' words. */
static bool other(struct h248_reader *r, struct h248_services *s,
		  struct sg_slice word)
{
	char text[SG_SHOWN_TEXT];

	if (h248_is_time(word) && !s->time.size) {
		s->time = word;
		return true;
	}
	if (is_extension(word))
		return h248_read_parameter(r, &s->extensions, word, r->syntax,
					   false);
	return h248_fail(r, 446, word.at, "%s is no parameter of Services",
			 sg_slice_show(text, word));
}

static bool member(struct h248_reader *r, struct h248_services *s,
		   __u32 *audited)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a parameter of Services"))
		return false;
	if (is_set(s, token) || (token <= H248_LAST_DESCRIPTOR &&
				 *audited & 1u << token))
		return h248_fail(r, r->syntax, word.at,
				 "%s stands here twice",
				 h248_token_name(token));
	if (is_parameter(token))
		return h248_expect(r, '=', h248_token_name(token)) &&
		       parameter(r, s, token);
	if (token && token <= H248_LAST_DESCRIPTOR && 1u << token & AUDITED) {
		*audited |= 1u << token;
		return audit_item(r, s, token);
	}
	return other(r, s, word);
}

bool h248_read_services(struct h248_reader *r, struct h248_services *services)
{
	__u32 audited = 0;

	if (!h248_expect(r, '{', "Services"))
		return false;
	do {
		if (!member(r, services, &audited))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Services");
}
