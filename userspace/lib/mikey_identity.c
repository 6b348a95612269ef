// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_identity.h"

#include <stdint.h>

#include "lib/cursor.h"

static bool has(struct sg_slice slice, char c)
{
	return slice.size && memchr(slice.at, c, slice.size);
}

/* Up to the last '@', with it; all of it when there is none. */
static size_t user_size(struct sg_slice identity)
{
	const char *at = identity.size ?
		memrchr(identity.at, '@', identity.size) : NULL;

	return at ? (size_t)(at - identity.at) + 1 : identity.size;
}

static char fold(char c, bool domain)
{
	return domain && c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/*
 * Two pointers and one place to go back to, the last '*': no recursion, and
 * what a '*' took is only ever made longer. A '*' of @identity is taken by
 * another '*' alone, and stands for as much at least.
 */
bool mikey_identity_covers(struct sg_slice pattern, struct sg_slice identity)
{
	size_t p = 0, i = 0, star = SIZE_MAX, taken = 0;
	size_t domain_p = user_size(pattern), domain_i = user_size(identity);

	if (!pattern.size || !identity.size)
		return false;
	while (i < identity.size) {
		if (p < pattern.size && pattern.at[p] == '*') {
			star = p++;
			taken = ++i; /* one character at least */
		} else if (p < pattern.size &&
			   fold(pattern.at[p], p >= domain_p) ==
				   fold(identity.at[i], i >= domain_i)) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			i = ++taken;
		} else {
			return false;
		}
	}
	return p == pattern.size;
}

bool mikey_identity_matches(struct sg_slice pattern, struct sg_slice identity)
{
	return !mikey_identity_is_group(identity) &&
	       mikey_identity_covers(pattern, identity);
}

bool mikey_identity_is_group(struct sg_slice identity)
{
	return has(identity, '*');
}

bool mikey_identity_of_uri(struct sg_slice *identity, struct sg_slice uri)
{
	struct sg_cursor c = sg_cursor_of_slice(uri);
	struct sg_slice scheme, user, host;
	const char *at;

	if (!sg_cursor_field(&c, ':', &scheme) ||
	    !(sg_slice_is_nocase(scheme, "sip") ||
	      sg_slice_is_nocase(scheme, "sips")) ||
	    !sg_cursor_field(&c, '@', &user) || !user.size || has(user, ':'))
		return false;
	host = sg_cursor_rest(&c);
	for (at = host.at; at < host.at + host.size; at++)
		if (strchr(":;?>", *at))
			break;
	host.size = at - host.at;
	*identity = (struct sg_slice){ user.at, user.size + 1 + host.size };
	return host.size && !has(host, '@') && !has(*identity, '*');
}
