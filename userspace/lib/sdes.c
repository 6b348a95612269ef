// SPDX-License-Identifier: GPL-2.0-only
#include "lib/sdes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base64.h"
#include "lib/cursor.h"
#include "lib/secret.h"

enum { KDR_MAX = 24, WSH_MIN = 64, TAG_MAX = 999999999 };

/* What an attribute is being read from and into. */
struct reader {
	struct sdes_crypto *crypto;
	struct sdes_fault *fault;
	__u32 seen;		/* session parameters, by their row */
};

/* @value goes into answers: never one as long as a key is. */
static int fail(struct reader *r, int err, struct sg_slice value,
		const char *format, ...)
{
	struct sdes_fault *fault = r->fault;
	char shown[SG_SHOWN_TEXT];
	va_list arguments;
	int size;

	fault->value = (struct sg_slice){ "", 0 };
	if (value.size <= SG_SHOWN_MAX)
		fault->value = value;
	va_start(arguments, format);
	size = vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	if (value.size && size < (int)sizeof(fault->text))
		snprintf(fault->text + size, sizeof(fault->text) - size,
			 ": %s", sg_slice_show(shown, value));
	return err;
}

static const struct sg_slice nothing = { "", 0 };

/* -- keys ------------------------------------------------------------------- */

static bool all_equal(const __u8 *octets, size_t size)
{
	__u8 different = 0;

	for (size_t i = 1; i < size; i++)
		different |= octets[i] ^ octets[0];
	return !different;
}

static int read_secret(struct reader *r, struct sdes_key *key,
		       struct sg_slice base64)
{
	const struct sdes_suite *suite = r->crypto->suite;
	int wanted = suite->key + suite->salt, size;

	size = sg_base64_decode(key->secret, sizeof(key->secret), base64);
	if (size == -EINVAL)
		return fail(r, -EINVAL, nothing,
			    "the key of crypto tag %u is no base64",
			    r->crypto->tag);
	if (size != wanted)
		return fail(r, -EINVAL, nothing,
			    "the key of crypto tag %u has not the %d octets of %s",
			    r->crypto->tag, wanted, suite->name);
	if (all_equal(key->secret, wanted))
		return fail(r, -EINVAL, nothing,
			    "the key of crypto tag %u is one octet repeated",
			    r->crypto->tag);
	return 0;
}

/* "2^20" or "1048576": RFC 4568 6.1. */
static int read_lifetime(struct reader *r, struct sdes_key *key,
			 struct sg_slice text)
{
	struct sg_slice digits = text;
	bool power = text.size > 2 && text.at[0] == '2' && text.at[1] == '^';
	__u64 number = 0;

	if (power) {
		digits.at += 2;
		digits.size -= 2;
	}
	if (!sg_slice_number(digits, power ? 48 : SG_LIFETIME_MAX, &number) ||
	    (!power && !number))
		return fail(r, -EINVAL, text,
			    "the key lifetime is not 1 to 2^48 packets");
	key->lifetime = power ? 1ull << number : number;
	return 0;
}

/* Multiplies a big-endian integer by ten and adds; true: it overflows. */
static bool shift_in(__u8 *octets, int size, unsigned digit)
{
	while (size--) {
		digit += octets[size] * 10;
		octets[size] = digit;
		digit >>= 8;
	}
	return digit;
}

/* "value:length", a decimal value of any length: RFC 4568 6.1. */
static int read_mki(struct reader *r, struct sdes_key *key,
		    struct sg_slice text)
{
	struct sg_cursor in = sg_cursor_of_slice(text);
	struct sg_slice value = sg_cursor_until(&in, ':');
	bool bad = !value.size;
	__u64 size = 0;

	if (!sg_slice_number(sg_cursor_rest(&in), SDES_MKI_SIZE_MAX, &size) ||
	    !size)
		return fail(r, -EINVAL, text,
			    "the length of the MKI is not 1 to 128 octets");
	for (size_t i = 0; i < value.size && !bad; i++)
		bad = value.at[i] < '0' || value.at[i] > '9' ||
		      shift_in(key->mki, size, value.at[i] - '0');
	if (bad)
		return fail(r, -EINVAL, text,
			    "the MKI is no decimal number of its length");
	key->mki_size = size;
	return 0;
}

static int read_key_field(struct reader *r, struct sdes_key *key,
			  struct sg_slice field)
{
	/* RFC 4568 6.1: the lifetime comes before the MKI. */
	if (key->mki_size)
		return fail(r, -EINVAL, field,
			    "nothing follows the MKI of a key");
	if (memchr(field.at, ':', field.size))
		return read_mki(r, key, field);
	if (key->lifetime)
		return fail(r, -EINVAL, field, "a key has one lifetime only");
	return read_lifetime(r, key, field);
}

/* "key|lifetime|mki", of which each of the last two may be missing. */
static int read_key_info(struct reader *r, struct sdes_key *key,
			 struct sg_slice text)
{
	struct sg_cursor in = sg_cursor_of_slice(text);
	struct sg_slice field;
	bool more = sg_cursor_field(&in, '|', &field);
	int err = read_secret(r, key, field);

	while (!err && more) {
		more = sg_cursor_field(&in, '|', &field);
		err = read_key_field(r, key, field);
	}
	return err;
}

bool sdes_key_equal(const struct sdes_suite *suite, const struct sdes_key *a,
		    const struct sdes_key *b)
{
	return sg_secret_equal(a->secret, b->secret, suite->key + suite->salt);
}

static struct sg_slice mki_of(const struct sdes_key *key)
{
	return (struct sg_slice){ (const char *)key->mki, key->mki_size };
}

/* Several keys are told apart by MKIs of one length (RFC 4568 6.1). */
static int check_keys(struct reader *r, const struct sdes_key *key, int keys)
{
	for (int i = 0; i < keys; i++) {
		if (keys > 1 && (!key[i].mki_size ||
				 key[i].mki_size != key[0].mki_size))
			return fail(r, -EINVAL, nothing,
				    "the keys of crypto tag %u have not all an MKI of one length",
				    r->crypto->tag);
		for (int j = 0; j < i; j++)
			if (sg_slice_equal(mki_of(&key[i]), mki_of(&key[j])) ||
			    sdes_key_equal(r->crypto->suite, &key[i], &key[j]))
				return fail(r, -EINVAL, nothing,
					    "two keys of crypto tag %u have the same value or MKI",
					    r->crypto->tag);
	}
	return 0;
}

static int read_key(struct reader *r, struct sdes_key *key,
		    struct sg_slice text)
{
	struct sg_cursor in = sg_cursor_of_slice(text);
	struct sg_slice method = sg_cursor_until(&in, ':');

	if (method.size == text.size)
		return fail(r, -EINVAL, nothing,
			    "a key of crypto tag %u does not begin with inline:",
			    r->crypto->tag);
	if (!sg_slice_is_nocase(method, "inline"))
		return fail(r, -ENOTSUP, method, "the key method is not inline");
	return read_key_info(r, key, sg_cursor_rest(&in));
}

/* key-params: "inline:...;inline:..." */
static int read_keys(struct reader *r, struct sdes_key *key, int *keys,
		     struct sg_slice text)
{
	struct sg_cursor in = sg_cursor_of_slice(text);
	struct sg_slice field;
	bool more;
	int err;

	do {
		if (*keys == SDES_KEYS_MAX)
			return fail(r, -EINVAL, nothing,
				    "crypto tag %u has more than %d keys",
				    r->crypto->tag, SDES_KEYS_MAX);
		more = sg_cursor_field(&in, ';', &field);
		err = read_key(r, &key[(*keys)++], field);
		if (err)
			return err;
	} while (more);
	return check_keys(r, key, *keys);
}

/* -- session parameters: RFC 4568 6.3 ------------------------------------------ */

static int read_kdr(struct reader *r, struct sg_slice value)
{
	__u64 number = 0;

	if (!sg_slice_number(value, KDR_MAX, &number) || !number)
		return fail(r, -EINVAL, value, "KDR is not 1 to 24");
	r->crypto->kdr = number;
	return 0;
}

static int read_wsh(struct reader *r, struct sg_slice value)
{
	__u64 number = 0;

	if (!sg_slice_number(value, ~0u, &number) || number < WSH_MIN)
		return fail(r, -EINVAL, value, "WSH is not 64 or more");
	r->crypto->wsh = number;
	return 0;
}

static int read_fec_order(struct reader *r, struct sg_slice value)
{
	if (sg_slice_is_nocase(value, "FEC_SRTP"))
		r->crypto->fec_order = SDES_FEC_SRTP;
	else if (sg_slice_is_nocase(value, "SRTP_FEC"))
		r->crypto->fec_order = SDES_SRTP_FEC;
	else
		return fail(r, -EINVAL, value,
			    "FEC_ORDER is not FEC_SRTP or SRTP_FEC");
	return 0;
}

static int read_fec_key(struct reader *r, struct sg_slice value)
{
	return read_keys(r, r->crypto->fec_key, &r->crypto->fec_keys, value);
}

static int read_unencrypted_srtp(struct reader *r, struct sg_slice value)
{
	(void)value;
	r->crypto->unencrypted_srtp = true;
	return 0;
}

static int read_unencrypted_srtcp(struct reader *r, struct sg_slice value)
{
	(void)value;
	r->crypto->unencrypted_srtcp = true;
	return 0;
}

static int read_unauthenticated_srtp(struct reader *r, struct sg_slice value)
{
	/* RFC 7714 14.3 */
	if (r->crypto->suite->aead)
		return fail(r, -EINVAL, value,
			    "%s cannot do without authentication",
			    r->crypto->suite->name);
	r->crypto->unauthenticated_srtp = true;
	return 0;
}

static const struct {
	const char *name;
	bool has_value;
	int (*read)(struct reader *r, struct sg_slice value);
} parameters[] = {
	{ "KDR", true, read_kdr },
	{ "UNENCRYPTED_SRTP", false, read_unencrypted_srtp },
	{ "UNENCRYPTED_SRTCP", false, read_unencrypted_srtcp },
	{ "UNAUTHENTICATED_SRTP", false, read_unauthenticated_srtp },
	{ "FEC_ORDER", true, read_fec_order },
	{ "FEC_KEY", true, read_fec_key },
	{ "WSH", true, read_wsh },
};

static int read_parameter(struct reader *r, struct sg_slice word)
{
	struct sg_cursor in = sg_cursor_of_slice(word);
	struct sg_slice name = sg_cursor_until(&in, '=');
	bool has_value = name.size != word.size;

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]);
	     i++) {
		if (!sg_slice_is_nocase(name, parameters[i].name))
			continue;
		if (r->seen & 1u << i)
			return fail(r, -EINVAL, name,
				    "a session parameter stands there twice");
		r->seen |= 1u << i;
		if (has_value != parameters[i].has_value)
			return fail(r, -EINVAL, name,
				    "a session parameter %s",
				    has_value ? "takes no value" :
						"lacks its value");
		return parameters[i].read(r, has_value ? sg_cursor_rest(&in) :
							 name);
	}
	/* 6.3.8: with "-" it may be ignored, else the line is of no use. */
	if (word.at[0] == '-' && word.size > 1)
		return 0;
	return fail(r, -ENOTSUP, name, "a session parameter is not known");
}

/* -- the attribute ---------------------------------------------------------------- */

static int read_tag(struct reader *r, struct sg_slice word)
{
	__u64 number = 0;

	if (!sg_slice_number(word, TAG_MAX, &number) || !number)
		return fail(r, -EINVAL, word,
			    "the crypto tag is not a number of 1 to 9 digits");
	r->crypto->tag = number;
	return 0;
}

static int read_suite(struct reader *r, struct sg_slice word)
{
	r->crypto->suite = sdes_suite_find(word);
	if (r->crypto->suite)
		return 0;
	return fail(r, word.size ? -ENOTSUP : -EINVAL, word,
		    "the crypto suite of tag %u is not known", r->crypto->tag);
}

static int read_attribute(struct reader *r, struct sg_cursor *in)
{
	struct sg_slice word;
	int err;

	err = read_tag(r, sg_cursor_word(in));
	if (!err)
		err = read_suite(r, sg_cursor_word(in));
	if (!err)
		err = read_keys(r, r->crypto->key, &r->crypto->keys,
				sg_cursor_word(in));
	while (!err) {
		word = sg_cursor_word(in);
		if (!word.size)
			break;
		err = read_parameter(r, word);
	}
	return err;
}

int sdes_parse(struct sdes_crypto *crypto, struct sg_slice value,
	       struct sdes_fault *fault)
{
	struct reader r = { crypto, fault, 0 };
	struct sg_cursor in = sg_cursor_of_slice(sg_slice_trim(value));
	int err;

	*crypto = (struct sdes_crypto){ 0 };
	*fault = (struct sdes_fault){ .value = nothing };
	err = read_attribute(&r, &in);
	if (err)
		sdes_wipe(crypto);
	return err;
}

void sdes_wipe(struct sdes_crypto *crypto)
{
	sg_secret_zero(crypto, sizeof(*crypto));
}
