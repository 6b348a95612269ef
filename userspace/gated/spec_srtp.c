// SPDX-License-Identifier: GPL-2.0-only
#include "gated/spec_srtp.h"

#include <stdio.h>
#include <string.h>

#include "lib/hex.h"
#include "lib/slice.h"

/* -- keys ------------------------------------------------------------------ */

enum { KDR_MAX = 24 };		/* RFC 4568 6.3.1 */

static int read_suite(struct spec_place *place, const char *name, json_t *value,
		      void *to)
{
	struct sg_master_key *key = to;
	const char *text = json_string_value(value);

	key->suite = text ? sg_suite_by_name(text) : SG_SUITE_NONE;
	if (key->suite == SG_SUITE_NONE)
		return spec_must(place, name,
				 "one of the suites in docs/control.md, as "
				 "AES_CM_128_HMAC_SHA1_80");
	return 0;
}

/* How long a key is depends on the suite, so read_key() reads it. */
static int read_key_text(struct spec_place *place, const char *name,
			 json_t *value, void *to)
{
	(void)to;
	if (!json_is_string(value))
		return spec_must(place, name,
				 "the base64 of RFC 4568's inline "
				 "parameter");
	return 0;
}

static int read_mki(struct spec_place *place, const char *name, json_t *value,
		    void *to)
{
	struct sg_master_key *key = to;
	struct sg_slice text = { json_string_value(value),
				 json_string_length(value) };
	size_t length = text.size / 2;

	if (!length || length > SG_MKI_LONGEST ||
	    sg_hex_decode(key->mki, length, text))
		return spec_must(place, name, "2 to 256 hexadecimal digits");
	key->mki_length = length;
	return 0;
}

/* A number, or a power of two as RFC 4568 6.1 writes it: "2^20". */
static int read_lifetime(struct spec_place *place, const char *name,
			 json_t *value, void *to)
{
	struct sg_master_key *key = to;
	const char *text = json_string_value(value);
	json_int_t number = json_integer_value(value);
	__u64 power;

	if (text && !strncmp(text, "2^", 2) &&
	    sg_slice_number(sg_slice_of(text + 2), 48, &power))
		number = 1ll << power;
	if (number < 1 || (__u64)number > SG_LIFETIME_MAX)
		return spec_must(
			place, name,
			"1 to 2^48 packets, as a number or as \"2^20\"");
	key->lifetime = number;
	return 0;
}

static int read_kdr(struct spec_place *place, const char *name, json_t *value,
		    void *to)
{
	struct sg_master_key *key = to;
	json_int_t number;
	int err = spec_read_number(place, name, value, 0, KDR_MAX, &number);

	key->kdr = number;
	return err;
}

/* IDs of RFC 8285, one byte each: RFC 6904 encrypts these. */
static int read_extensions(struct spec_place *place, const char *name,
			   json_t *value, void *to)
{
	struct sg_master_key *key = to;
	json_int_t id;
	json_t *one;
	size_t i;

	json_array_foreach(value, i, one) {
		id = json_integer_value(one);
		if (id < 1 || id > 255)
			break;
		key->extension[id / 8] |= 1 << id % 8;
	}
	if (!json_array_size(value) || i < json_array_size(value))
		return spec_must(place, name,
				 "a list of numbers from 1 to 255");
	return 0;
}

static int read_plain_rtp(struct spec_place *place, const char *name,
			  json_t *value, void *to)
{
	struct sg_master_key *key = to;

	return spec_read_flag(place, name, value, &key->plain_rtp);
}

static int read_plain_rtcp(struct spec_place *place, const char *name,
			   json_t *value, void *to)
{
	struct sg_master_key *key = to;

	return spec_read_flag(place, name, value, &key->plain_rtcp);
}

static int read_untagged_rtp(struct spec_place *place, const char *name,
			     json_t *value, void *to)
{
	struct sg_master_key *key = to;

	return spec_read_flag(place, name, value, &key->untagged_rtp);
}

enum { HAS_SUITE = 1, HAS_KEY = 2, HAS_EXTENSIONS = 4 };

static const struct spec_member key_members[] = {
	{ "suite", SPEC_IN_ADD, HAS_SUITE, read_suite },
	{ "key", SPEC_IN_ADD, HAS_KEY, read_key_text },
	{ "mki", SPEC_IN_ADD, 0, read_mki },
	{ "lifetime", SPEC_IN_ADD, 0, read_lifetime },
	{ "kdr", SPEC_IN_ADD, 0, read_kdr },
	{ "encrypted_extensions", SPEC_IN_ADD, HAS_EXTENSIONS,
	  read_extensions },
	{ "unencrypted_srtp", SPEC_IN_ADD, 0, read_plain_rtp },
	{ "unencrypted_srtcp", SPEC_IN_ADD, 0, read_plain_rtcp },
	{ "unauthenticated_srtp", SPEC_IN_ADD, 0, read_untagged_rtp },
	{ NULL, 0, 0, NULL },
};

static int read_key_bytes(struct spec_place *place, const char *name,
			  const char *base64, struct sg_master_key *key)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	char member[64], what[96];

	if (suite->flags & SG_KEY_GCM && (key->plain_rtp || key->untagged_rtp))
		return spec_must(place, name,
				 "encrypted and authenticated: GCM does both");
	if (!sg_master_key_parse(key, base64))
		return 0;
	snprintf(member, sizeof(member), "%.40s.key", name);
	snprintf(what, sizeof(what),
		 "the %d base64 characters of RFC 4568's inline parameter",
		 (suite->key + suite->salt + 2) / 3 * 4);
	return spec_must(place, member, what);
}

static int read_key(struct spec_place *place, const char *name, json_t *value,
		    struct sg_master_key *key)
{
	unsigned int has = 0;
	int err;

	err = spec_read_object(place, name, value, key_members, SPEC_IN_ADD,
			       key, &has);
	if (!err && !(has & HAS_SUITE && has & HAS_KEY))
		err = spec_must(place, name,
				"an object with \"suite\" and \"key\"");
	/* RFC 6904 4: its key stream comes with that of the payload. */
	if (!err && has & HAS_EXTENSIONS && key->plain_rtp)
		err = spec_must(place, name,
				"encrypted for its extensions to be");
	if (err)
		return err;
	return read_key_bytes(place, name,
			      json_string_value(json_object_get(value, "key")),
			      key);
}

/* RFC 3711 8.1: the MKI says which of several keys a packet is under. */
static bool told_apart(const struct sg_master_key *a,
		       const struct sg_master_key *b)
{
	return a->mki_length == b->mki_length &&
	       (!a->mki_length || memcmp(a->mki, b->mki, a->mki_length));
}

static int check_list(struct spec_place *place, const char *name,
		      const struct sg_master_key *keys, int count)
{
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (!told_apart(&keys[i], &keys[j]))
				return spec_must(
					place, name,
					"keys with different MKIs of one "
					"length");
	return 0;
}

static int read_receive(struct spec_place *place, const char *name,
			json_t *value, void *to)
{
	struct spec_termination *termination = to;
	int count, err;

	termination->receive_count = 0;
	if (json_is_null(value))
		return 0;
	if (json_is_object(value)) {
		termination->receive_count = 1;
		return read_key(place, name, value, &termination->receive[0]);
	}
	count = json_array_size(value);
	if (count < 1 || count > SG_OPEN_KEYS)
		return spec_must(place, name,
				 "one key or a list of one to three");
	for (int i = 0; i < count; i++) {
		err = read_key(place, name, json_array_get(value, i),
			       &termination->receive[i]);
		if (err)
			return err;
	}
	termination->receive_count = count;
	return check_list(place, name, termination->receive, count);
}

static int read_send(struct spec_place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;

	termination->send_count = !json_is_null(value);
	if (!termination->send_count)
		return 0;
	return read_key(place, name, value, &termination->send);
}

/* -- keys that a KMS has ------------------------------------------------------ */

static int read_text(struct spec_place *place, const char *name, json_t *value,
		     struct sg_slice *text)
{
	if (!json_string_length(value))
		return spec_must(place, name,
				 "an SDP, or what its a=key-mgmt has");
	*text = (struct sg_slice){ json_string_value(value),
				   json_string_length(value) };
	return 0;
}

static int read_offer(struct spec_place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_mikey *mikey = to;

	return read_text(place, name, value, &mikey->offer);
}

static int read_answer(struct spec_place *place, const char *name,
		       json_t *value, void *to)
{
	struct spec_mikey *mikey = to;

	return read_text(place, name, value, &mikey->answer);
}

static int read_media(struct spec_place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_mikey *mikey = to;
	json_int_t number;
	int err = spec_read_number(place, name, value, 1, SPEC_MEDIA_MAX,
				   &number);

	mikey->media = number;
	return err;
}

static int read_party(struct spec_place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_mikey *mikey = to;
	const char *text = json_string_value(value);

	if (!text || (strcmp(text, "offerer") && strcmp(text, "answerer")))
		return spec_must(place, name, "offerer or answerer");
	mikey->answerer = !strcmp(text, "answerer");
	return 0;
}

static int read_with_mki(struct spec_place *place, const char *name,
			 json_t *value, void *to)
{
	struct spec_mikey *mikey = to;

	return spec_read_flag(place, name, value, &mikey->mki);
}

static const struct spec_member mikey_members[] = {
	{ "offer", SPEC_IN_ADD, 0, read_offer },
	{ "answer", SPEC_IN_ADD, 0, read_answer },
	{ "media", SPEC_IN_ADD, 0, read_media },
	{ "party", SPEC_IN_ADD, 0, read_party },
	{ "mki", SPEC_IN_ADD, 0, read_with_mki },
	{ NULL, 0, 0, NULL },
};

static int read_mikey(struct spec_place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_termination *termination = to;
	int err;

	termination->mikey = (struct spec_mikey){ .media = 1 };
	err = spec_read_object(place, name, value, mikey_members, SPEC_IN_ADD,
			       &termination->mikey, NULL);
	if (!err && !termination->mikey.offer.size)
		err = spec_must(place, name, "an object with \"offer\"");
	return err;
}

/* Both keys are there, of zeros, so that what goes with keys is checked. */
static int take_mikey(struct spec_place *place, const char *name,
		      struct spec_termination *termination)
{
	if (termination->has & (SPEC_RECEIVE | SPEC_SEND))
		return spec_must(place, name,
				 "\"mikey\", or \"receive\" and \"send\"");
	termination->has |= SPEC_RECEIVE | SPEC_SEND;
	termination->receive_count = termination->send_count = 1;
	return 0;
}

static const struct spec_member srtp_members[] = {
	{ "receive", SPEC_IN_ADD, SPEC_RECEIVE, read_receive },
	{ "send", SPEC_IN_ADD, SPEC_SEND, read_send },
	{ "mikey", SPEC_IN_ADD, SPEC_MIKEY, read_mikey },
	{ NULL, 0, 0, NULL },
};

int spec_read_srtp(struct spec_place *place, const char *name, json_t *value,
		   void *to)
{
	struct spec_termination *termination = to;
	int err;

	if (json_is_null(value)) {
		termination->has |= SPEC_RECEIVE | SPEC_SEND;
		return 0;
	}
	err = spec_read_object(place, name, value, srtp_members, SPEC_IN_ADD,
			       termination, &termination->has);
	if (!err && termination->has & SPEC_MIKEY)
		err = take_mikey(place, name, termination);
	return err;
}
