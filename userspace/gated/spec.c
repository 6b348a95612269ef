// SPDX-License-Identifier: GPL-2.0-only
#include "gated/spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/address.h"
#include "lib/codec.h"
#include "lib/secret.h"
#include "lib/slice.h"

/* Where in the request we are, for messages. */
struct place {
	struct fault *fault;
	char path[64];
};

/* A member that an object may have. */
struct member {
	const char *name;
	unsigned int methods;	/* enum method: where it is allowed */
	unsigned int has;	/* bit of spec_termination.has, or 0 */
	int (*read)(struct place *place, const char *name, json_t *value,
		    void *to);
};

enum method { ADD = 1, CHANGE = 2, NAME = 4, ANY = 7 };

static const char *const source_rules[] = {
	[SOURCE_STRICT] = "strict",
	[SOURCE_ADDRESS] = "address",
	[SOURCE_ANY] = "any",
};

enum { SOURCE_RULES = sizeof(source_rules) / sizeof(source_rules[0]) };

const char *source_rule_name(enum source_rule rule)
{
	return rule == SOURCE_FILTER ? NULL : source_rules[rule];
}

void spec_zero(struct spec *spec)
{
	sg_secret_zero(spec, sizeof(*spec));
}

/* -- plain values ---------------------------------------------------------- */

static int must(struct place *place, const char *name, const char *what)
{
	return fault_set(place->fault, EINVAL, "%s%s must be %s", place->path,
			 name, what);
}

static int read_number(struct place *place, const char *name, json_t *value,
		       json_int_t min, json_int_t max, json_int_t *number)
{
	char range[64];

	*number = json_integer_value(value);
	if (json_is_integer(value) && *number >= min && *number <= max)
		return 0;
	snprintf(range, sizeof(range), "a number from %lld to %lld",
		 (long long)min, (long long)max);
	return must(place, name, range);
}

static int copy_text(struct place *place, const char *name, json_t *value,
		     char *to, size_t size)
{
	if (!json_is_string(value) || !json_string_length(value) ||
	    json_string_length(value) >= size)
		return must(place, name, "a name of permitted length");
	strcpy(to, json_string_value(value));
	return 0;
}

/* -- objects ---------------------------------------------------------------- */

static const struct member *find(const struct member *table, const char *name,
				 enum method method)
{
	for (; table->name; table++)
		if (table->methods & method && !strcmp(table->name, name))
			return table;
	return NULL;
}

static int read_object(struct place *place, const char *name, json_t *object,
		       const struct member *table, enum method method,
		       void *to, unsigned int *has)
{
	struct place inner = { .fault = place->fault };
	const char *key;
	json_t *value;
	int err;

	if (!json_is_object(object))
		return must(place, name, "an object");
	snprintf(inner.path, sizeof(inner.path), "%.40s%.20s%s", place->path,
		 name, *name ? "." : "");
	json_object_foreach(object, key, value) {
		const struct member *member = find(table, key, method);

		if (!member)
			return fault_set(place->fault, EINVAL,
					 "unknown member \"%s%.40s\"; see the "
					 "method in docs/control.md",
					 inner.path, key);
		err = member->read(&inner, key, value, to);
		if (err)
			return err;
		if (has)
			*has |= member->has;
	}
	return 0;
}

/* -- transport addresses ----------------------------------------------------- */

static int read_address(struct place *place, const char *name, json_t *value,
			void *to)
{
	struct spec_transport *transport = to;
	const char *text = json_string_value(value);

	if (!text || sg_address_parse(transport->address, text) ||
	    sg_address_is_none(transport->address))
		return must(place, name, "an IPv4 or IPv6 address");
	transport->has_address = true;
	return 0;
}

static int read_port(struct place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_transport *transport = to;
	json_int_t number;
	int err = read_number(place, name, value, 1, 65535, &number);

	transport->port = number;
	transport->has_port = !err;
	return err;
}

static int read_rtcp_port(struct place *place, const char *name, json_t *value,
			  void *to)
{
	struct spec_transport *transport = to;
	json_int_t number;
	int err = read_number(place, name, value, 0, 65535, &number);

	transport->rtcp = number;
	transport->has_rtcp = !err;
	return err;
}

static const struct member transport_members[] = {
	{ "address", ADD | CHANGE, 0, read_address },
	{ "port", ADD | CHANGE, 0, read_port },
	{ "rtcp_port", ADD | CHANGE, 0, read_rtcp_port },
	{ NULL, 0, 0, NULL },
};

static int read_local(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_termination *termination = to;

	return read_object(place, name, value, transport_members, ADD,
			   &termination->local, NULL);
}

static int read_remote(struct place *place, const char *name, json_t *value,
		       void *to)
{
	struct spec_termination *termination = to;

	return read_object(place, name, value, transport_members, ADD,
			   &termination->remote, NULL);
}

/* -- keys -------------------------------------------------------------------- */

enum { KDR_MAX = 24 };		/* RFC 4568 6.3.1 */

static int read_suite(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct sg_master_key *key = to;
	const char *text = json_string_value(value);

	key->suite = text ? sg_suite_by_name(text) : SG_SUITE_NONE;
	if (key->suite == SG_SUITE_NONE)
		return must(place, name,
			    "one of the suites in docs/control.md, as "
			    "AES_CM_128_HMAC_SHA1_80");
	return 0;
}

/* How long a key is depends on the suite, so read_key() reads it. */
static int read_key_text(struct place *place, const char *name, json_t *value,
			 void *to)
{
	(void)to;
	if (!json_is_string(value))
		return must(place, name, "the base64 of RFC 4568's inline "
					 "parameter");
	return 0;
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef", *found;

	found = c ? strchr(digits, c | 0x20) : NULL;
	return found ? found - digits : -1;
}

static int read_mki(struct place *place, const char *name, json_t *value,
		    void *to)
{
	struct sg_master_key *key = to;
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);

	if (!text || !length || length % 2 || length > 2 * SG_MKI_LONGEST)
		return must(place, name, "2 to 256 hexadecimal digits");
	for (size_t i = 0; i < length / 2; i++) {
		int high = hex_value(text[2 * i]);
		int low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return must(place, name, "2 to 256 hexadecimal digits");
		key->mki[i] = high << 4 | low;
	}
	key->mki_length = length / 2;
	return 0;
}

/* A number, or a power of two as RFC 4568 6.1 writes it: "2^20". */
static int read_lifetime(struct place *place, const char *name, json_t *value,
			 void *to)
{
	struct sg_master_key *key = to;
	const char *text = json_string_value(value);
	json_int_t number = json_integer_value(value);
	__u64 power;

	if (text && !strncmp(text, "2^", 2) &&
	    sg_slice_number(sg_slice_of(text + 2), 48, &power))
		number = 1ll << power;
	if (number < 1 || (__u64)number > SG_LIFETIME_MAX)
		return must(place, name,
			    "1 to 2^48 packets, as a number or as \"2^20\"");
	key->lifetime = number;
	return 0;
}

static int read_kdr(struct place *place, const char *name, json_t *value,
		    void *to)
{
	struct sg_master_key *key = to;
	json_int_t number;
	int err = read_number(place, name, value, 0, KDR_MAX, &number);

	key->kdr = number;
	return err;
}

/* IDs of RFC 8285, one byte each: RFC 6904 encrypts these. */
static int read_extensions(struct place *place, const char *name, json_t *value,
			   void *to)
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
		return must(place, name, "a list of numbers from 1 to 255");
	return 0;
}

static int read_flag(struct place *place, const char *name, json_t *value,
		     bool *flag)
{
	if (!json_is_boolean(value))
		return must(place, name, "true or false");
	*flag = json_is_true(value);
	return 0;
}

static int read_plain_rtp(struct place *place, const char *name, json_t *value,
			  void *to)
{
	struct sg_master_key *key = to;

	return read_flag(place, name, value, &key->plain_rtp);
}

static int read_plain_rtcp(struct place *place, const char *name,
			   json_t *value, void *to)
{
	struct sg_master_key *key = to;

	return read_flag(place, name, value, &key->plain_rtcp);
}

static int read_untagged_rtp(struct place *place, const char *name,
			     json_t *value, void *to)
{
	struct sg_master_key *key = to;

	return read_flag(place, name, value, &key->untagged_rtp);
}

enum { HAS_SUITE = 1, HAS_KEY = 2, HAS_EXTENSIONS = 4 };

static const struct member key_members[] = {
	{ "suite", ADD, HAS_SUITE, read_suite },
	{ "key", ADD, HAS_KEY, read_key_text },
	{ "mki", ADD, 0, read_mki },
	{ "lifetime", ADD, 0, read_lifetime },
	{ "kdr", ADD, 0, read_kdr },
	{ "encrypted_extensions", ADD, HAS_EXTENSIONS, read_extensions },
	{ "unencrypted_srtp", ADD, 0, read_plain_rtp },
	{ "unencrypted_srtcp", ADD, 0, read_plain_rtcp },
	{ "unauthenticated_srtp", ADD, 0, read_untagged_rtp },
	{ NULL, 0, 0, NULL },
};

static int read_key_bytes(struct place *place, const char *name,
			  const char *base64, struct sg_master_key *key)
{
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	char member[64], what[96];

	if (suite->flags & SG_KEY_GCM && (key->plain_rtp || key->untagged_rtp))
		return must(place, name,
			    "encrypted and authenticated: GCM does both");
	if (!sg_master_key_parse(key, base64))
		return 0;
	snprintf(member, sizeof(member), "%.40s.key", name);
	snprintf(what, sizeof(what),
		 "the %d base64 characters of RFC 4568's inline parameter",
		 (suite->key + suite->salt + 2) / 3 * 4);
	return must(place, member, what);
}

static int read_key(struct place *place, const char *name, json_t *value,
		    struct sg_master_key *key)
{
	unsigned int has = 0;
	int err;

	err = read_object(place, name, value, key_members, ADD, key, &has);
	if (!err && !(has & HAS_SUITE && has & HAS_KEY))
		err = must(place, name,
			   "an object with \"suite\" and \"key\"");
	/* RFC 6904 4: its key stream comes with that of the payload. */
	if (!err && has & HAS_EXTENSIONS && key->plain_rtp)
		err = must(place, name,
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

static int check_list(struct place *place, const char *name,
		      const struct sg_master_key *keys, int count)
{
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (!told_apart(&keys[i], &keys[j]))
				return must(place, name,
					    "keys with different MKIs of one "
					    "length");
	return 0;
}

static int read_receive(struct place *place, const char *name, json_t *value,
			void *to)
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
		return must(place, name, "one key or a list of one to three");
	for (int i = 0; i < count; i++) {
		err = read_key(place, name, json_array_get(value, i),
			       &termination->receive[i]);
		if (err)
			return err;
	}
	termination->receive_count = count;
	return check_list(place, name, termination->receive, count);
}

static int read_send(struct place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;

	termination->send_count = !json_is_null(value);
	if (!termination->send_count)
		return 0;
	return read_key(place, name, value, &termination->send);
}

/* -- keys that a KMS has ------------------------------------------------------ */

static int read_text(struct place *place, const char *name, json_t *value,
		     struct sg_slice *text)
{
	if (!json_string_length(value))
		return must(place, name,
			    "an SDP, or what its a=key-mgmt has");
	*text = (struct sg_slice){ json_string_value(value),
				   json_string_length(value) };
	return 0;
}

static int read_offer(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_mikey *mikey = to;

	return read_text(place, name, value, &mikey->offer);
}

static int read_answer(struct place *place, const char *name, json_t *value,
		       void *to)
{
	struct spec_mikey *mikey = to;

	return read_text(place, name, value, &mikey->answer);
}

static int read_media(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_mikey *mikey = to;
	json_int_t number;
	int err = read_number(place, name, value, 1, SPEC_MEDIA_MAX, &number);

	mikey->media = number;
	return err;
}

static int read_party(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_mikey *mikey = to;
	const char *text = json_string_value(value);

	if (!text || (strcmp(text, "offerer") && strcmp(text, "answerer")))
		return must(place, name, "offerer or answerer");
	mikey->answerer = !strcmp(text, "answerer");
	return 0;
}

static int read_with_mki(struct place *place, const char *name, json_t *value,
			 void *to)
{
	struct spec_mikey *mikey = to;

	return read_flag(place, name, value, &mikey->mki);
}

static const struct member mikey_members[] = {
	{ "offer", ADD, 0, read_offer },
	{ "answer", ADD, 0, read_answer },
	{ "media", ADD, 0, read_media },
	{ "party", ADD, 0, read_party },
	{ "mki", ADD, 0, read_with_mki },
	{ NULL, 0, 0, NULL },
};

static int read_mikey(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_termination *termination = to;
	int err;

	termination->mikey = (struct spec_mikey){ .media = 1 };
	err = read_object(place, name, value, mikey_members, ADD,
			  &termination->mikey, NULL);
	if (!err && !termination->mikey.offer.size)
		err = must(place, name, "an object with \"offer\"");
	return err;
}

/* Both keys are there, of zeros, so that what goes with keys is checked. */
static int take_mikey(struct place *place, const char *name,
		      struct spec_termination *termination)
{
	if (termination->has & (SPEC_RECEIVE | SPEC_SEND))
		return must(place, name,
			    "\"mikey\", or \"receive\" and \"send\"");
	termination->has |= SPEC_RECEIVE | SPEC_SEND;
	termination->receive_count = termination->send_count = 1;
	return 0;
}

struct spec_termination *spec_find_mikey(struct spec *spec)
{
	for (int i = 0; i < spec->count; i++)
		if (spec->termination[i].has & SPEC_MIKEY)
			return &spec->termination[i];
	return NULL;
}

static const struct member srtp_members[] = {
	{ "receive", ADD, SPEC_RECEIVE, read_receive },
	{ "send", ADD, SPEC_SEND, read_send },
	{ "mikey", ADD, SPEC_MIKEY, read_mikey },
	{ NULL, 0, 0, NULL },
};

static int read_srtp(struct place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;
	int err;

	if (json_is_null(value)) {
		termination->has |= SPEC_RECEIVE | SPEC_SEND;
		return 0;
	}
	err = read_object(place, name, value, srtp_members, ADD, termination,
			  &termination->has);
	if (!err && termination->has & SPEC_MIKEY)
		err = take_mikey(place, name, termination);
	return err;
}

/* -- terminations ------------------------------------------------------------ */

static int read_termination_number(struct place *place, const char *name,
				   json_t *value, void *to)
{
	struct spec_termination *termination = to;
	json_int_t number;
	int err = read_number(place, name, value, 0, 1, &number);

	termination->number = number;
	return err;
}

static int read_realm(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_termination *termination = to;

	return copy_text(place, name, value, termination->realm,
			 sizeof(termination->realm));
}

static int read_filter_address(struct place *place, const char *name,
			       json_t *value, void *to)
{
	struct source_filter *filter = to;
	const char *text = json_string_value(value);

	if (!text || sg_prefix_parse(filter->address, &filter->prefix, text))
		return must(place, name,
			    "an address, or a prefix like 10.0.0.0/8");
	return 0;
}

static int read_filter_ports(struct place *place, const char *name,
			     json_t *value, void *to)
{
	struct source_filter *filter = to;
	json_int_t port[2] = { 0 };
	int err = json_array_size(value) == 2 ? 0 : -EINVAL;

	for (int i = 0; !err && i < 2; i++) {
		json_t *one = json_array_get(value, i);

		port[i] = json_integer_value(one);
		if (!json_is_integer(one) || port[i] < 1 || port[i] > 65535)
			err = -EINVAL;
	}
	if (err || port[0] > port[1])
		return must(place, name,
			    "a list of two ports, the lower one first");
	filter->port_low = port[0];
	filter->port_high = port[1];
	return 0;
}

enum { HAS_ADDRESS = 1, HAS_PORTS = 2 };

static const struct member filter_members[] = {
	{ "address", ADD, HAS_ADDRESS, read_filter_address },
	{ "ports", ADD, HAS_PORTS, read_filter_ports },
	{ NULL, 0, 0, NULL },
};

static int read_source(struct place *place, const char *name, json_t *value,
		       void *to)
{
	struct spec_termination *termination = to;
	const char *text = json_string_value(value);
	unsigned int has = 0;
	int err;

	if (json_is_object(value)) {
		termination->source = SOURCE_FILTER;
		err = read_object(place, name, value, filter_members, ADD,
				  &termination->filter, &has);
		if (err || has)
			return err;
	}
	for (int i = 0; text && i < SOURCE_RULES; i++) {
		if (strcmp(source_rules[i], text))
			continue;
		termination->source = i;
		return 0;
	}
	if (!text || strcmp(text, "latch"))
		return must(place, name,
			    "strict, address, any, latch, or an object with "
			    "\"address\" or \"ports\"");
	termination->source = SOURCE_ANY;
	termination->latch = true;
	return 0;
}

static int read_gate(struct place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;
	const char *text = json_string_value(value);

	if (!text || (strcmp(text, "open") && strcmp(text, "closed")))
		return must(place, name, "open or closed");
	termination->gate_open = !strcmp(text, "open");
	return 0;
}

static int read_dscp(struct place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;
	json_int_t number = SG_DSCP_COPY;
	int err = 0;

	if (!json_is_null(value))
		err = read_number(place, name, value, 0, 63, &number);
	termination->dscp = number;
	return err;
}

static int read_clock_rate(struct place *place, const char *name,
			   json_t *value, void *to)
{
	struct spec_termination *termination = to;
	json_int_t number;
	int err = read_number(place, name, value, 1, 1000000, &number);

	termination->clock_rate = number;
	return err;
}

static int read_codec(struct place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_termination *termination = to;
	const char *text = json_string_value(value);

	termination->codec = SG_CODEC_UNKNOWN;
	if (json_is_null(value))
		return 0;
	if (text)
		termination->codec = sg_codec_find(sg_slice_of(text));
	if (termination->codec == SG_CODEC_UNKNOWN)
		return must(place, name,
			    "a codec of docs/control.md; leave out any other");
	return 0;
}

static int read_rate(struct place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;
	json_int_t number;
	int err = read_number(place, name, value, 0, 10000000, &number);

	termination->rate = number;
	return err;
}

static const struct member termination_members[] = {
	{ "termination", CHANGE, SPEC_TERMINATION, read_termination_number },
	{ "realm", ADD, SPEC_REALM, read_realm },
	{ "local", ADD, SPEC_LOCAL, read_local },
	{ "remote", ADD | CHANGE, SPEC_REMOTE, read_remote },
	{ "source", ADD | CHANGE, SPEC_SOURCE, read_source },
	{ "gate", ADD | CHANGE, SPEC_GATE, read_gate },
	{ "dscp", ADD | CHANGE, SPEC_DSCP, read_dscp },
	{ "clock_rate", ADD | CHANGE, SPEC_CLOCK_RATE, read_clock_rate },
	{ "codec", ADD | CHANGE, SPEC_CODEC, read_codec },
	{ "rate", ADD | CHANGE, SPEC_RATE, read_rate },
	{ "srtp", ADD | CHANGE, 0, read_srtp },
	{ NULL, 0, 0, NULL },
};

static int read_list(struct place *place, json_t *list, enum method method,
		     struct spec *spec)
{
	char name[32];
	int err = 0;

	spec->count = json_array_size(list);
	if (!json_is_array(list) || spec->count > 2)
		return must(place, "terminations", "a list of at most two");
	for (int i = 0; !err && i < spec->count; i++) {
		struct spec_termination *to = &spec->termination[i];

		snprintf(name, sizeof(name), "terminations[%d]", i);
		err = read_object(place, name, json_array_get(list, i),
				  termination_members, method, to, &to->has);
	}
	if (!err && spec->count == 2 &&
	    spec->termination[0].has & spec->termination[1].has & SPEC_MIKEY)
		err = must(place, "terminations",
			   "a list with \"mikey\" in one of them");
	return err;
}

static int read_add_list(struct place *place, const char *name, json_t *value,
			 void *to)
{
	struct spec *spec = to;
	int err = read_list(place, value, ADD, spec);

	if (!err && spec->count != 2)
		err = must(place, name, "a list of exactly two");
	for (int i = 0; !err && i < 2; i++) {
		const struct spec_termination *one = &spec->termination[i];

		if (!(one->has & SPEC_REALM) || !one->remote.has_address ||
		    !one->remote.has_port)
			err = must(place, name,
				   "objects with \"realm\" and \"remote\" "
				   "address and port");
	}
	return err;
}

static int read_change_list(struct place *place, const char *name,
			    json_t *value, void *to)
{
	struct spec *spec = to;
	int err = read_list(place, value, CHANGE, spec);

	for (int i = 0; !err && i < spec->count; i++)
		if (!(spec->termination[i].has & SPEC_TERMINATION))
			err = must(place, name,
				   "objects with \"termination\" 0 or 1");
	if (!err && spec->count == 2 &&
	    spec->termination[0].number == spec->termination[1].number)
		err = must(place, name, "about each termination once");
	return err;
}

/* -- methods ----------------------------------------------------------------- */

static int read_context_name(struct place *place, const char *name,
			     json_t *value, void *to)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-@:";
	struct spec *spec = to;
	const char *text = json_string_value(value);

	if (!text || !*text || strlen(text) >= SG_NAME_MAX ||
	    text[strspn(text, allowed)])
		return must(place, name,
			    "1 to 63 of A-Z a-z 0-9 . _ - @ :");
	strcpy(spec->name, text);
	return 0;
}

static int read_opaque(struct place *place, const char *name, json_t *value,
		       void *to)
{
	struct spec *spec = to;

	if (!json_is_boolean(value))
		return must(place, name, "true or false");
	spec->opaque = json_is_true(value);
	spec->has_opaque = true;
	return 0;
}

enum { HAS_NAME = 1, HAS_LIST = 2 };

static const struct member context_members[] = {
	{ "context", ANY, HAS_NAME, read_context_name },
	{ "opaque", ADD | CHANGE, 0, read_opaque },
	{ "terminations", ADD, HAS_LIST, read_add_list },
	{ "terminations", CHANGE, HAS_LIST, read_change_list },
	{ NULL, 0, 0, NULL },
};

static int read_params(struct spec *spec, json_t *params, enum method method,
		       unsigned int needed, struct fault *fault)
{
	struct place place = { .fault = fault };
	unsigned int has = 0;
	int err = 0;

	memset(spec, 0, sizeof(*spec));
	if (params)
		err = read_object(&place, "", params, context_members, method,
				  spec, &has);
	if (!err && needed & ~has & HAS_NAME)
		err = fault_set(fault, EINVAL,
				"params need \"context\", the name");
	if (!err && needed & ~has & HAS_LIST)
		err = fault_set(fault, EINVAL,
				"params need \"terminations\", a list");
	return err;
}

int spec_read_add(struct spec *spec, json_t *params, struct fault *fault)
{
	return read_params(spec, params, ADD, HAS_LIST, fault);
}

int spec_read_change(struct spec *spec, json_t *params, struct fault *fault)
{
	return read_params(spec, params, CHANGE, HAS_NAME | HAS_LIST, fault);
}

int spec_read_name(struct spec *spec, json_t *params, struct fault *fault)
{
	return read_params(spec, params, NAME, 0, fault);
}
