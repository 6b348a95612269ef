// SPDX-License-Identifier: GPL-2.0-only
#include "gated/spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gated/spec_srtp.h"
#include "lib/address.h"
#include "lib/codec.h"
#include "lib/secret.h"

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

/* -- transport addresses ----------------------------------------------------- */

static int read_address(struct spec_place *place, const char *name,
			json_t *value, void *to)
{
	struct spec_transport *transport = to;
	const char *text = json_string_value(value);

	if (!text || sg_address_parse(transport->address, text) ||
	    sg_address_is_none(transport->address))
		return spec_must(place, name, "an IPv4 or IPv6 address");
	transport->has_address = true;
	return 0;
}

static int read_port(struct spec_place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_transport *transport = to;
	json_int_t number;
	int err = spec_read_number(place, name, value, 1, 65535, &number);

	transport->port = number;
	transport->has_port = !err;
	return err;
}

static int read_rtcp_port(struct spec_place *place, const char *name,
			  json_t *value, void *to)
{
	struct spec_transport *transport = to;
	json_int_t number;
	int err = spec_read_number(place, name, value, 0, 65535, &number);

	transport->rtcp = number;
	transport->has_rtcp = !err;
	return err;
}

static const struct spec_member transport_members[] = {
	{ "address", SPEC_IN_ADD | SPEC_IN_CHANGE, 0, read_address },
	{ "port", SPEC_IN_ADD | SPEC_IN_CHANGE, 0, read_port },
	{ "rtcp_port", SPEC_IN_ADD | SPEC_IN_CHANGE, 0, read_rtcp_port },
	{ NULL, 0, 0, NULL },
};

static int read_local(struct spec_place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_termination *termination = to;

	return spec_read_object(place, name, value, transport_members,
				SPEC_IN_ADD, &termination->local, NULL);
}

static int read_remote(struct spec_place *place, const char *name,
		       json_t *value, void *to)
{
	struct spec_termination *termination = to;

	return spec_read_object(place, name, value, transport_members,
				SPEC_IN_ADD, &termination->remote, NULL);
}

struct spec_termination *spec_find_mikey(struct spec *spec)
{
	for (int i = 0; i < spec->count; i++)
		if (spec->termination[i].has & SPEC_MIKEY)
			return &spec->termination[i];
	return NULL;
}

/* -- terminations ------------------------------------------------------------ */

static int read_termination_number(struct spec_place *place, const char *name,
				   json_t *value, void *to)
{
	struct spec_termination *termination = to;
	json_int_t number;
	int err = spec_read_number(place, name, value, 0, 1, &number);

	termination->number = number;
	return err;
}

static int read_realm(struct spec_place *place, const char *name, json_t *value,
		      void *to)
{
	struct spec_termination *termination = to;

	return spec_read_text(place, name, value, termination->realm,
			      sizeof(termination->realm));
}

static int read_filter_address(struct spec_place *place, const char *name,
			       json_t *value, void *to)
{
	struct source_filter *filter = to;
	const char *text = json_string_value(value);

	if (!text || sg_prefix_parse(filter->address, &filter->prefix, text))
		return spec_must(place, name,
				 "an address, or a prefix like 10.0.0.0/8");
	return 0;
}

static int read_filter_ports(struct spec_place *place, const char *name,
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
		return spec_must(place, name,
				 "a list of two ports, the lower one first");
	filter->port_low = port[0];
	filter->port_high = port[1];
	return 0;
}

enum { HAS_ADDRESS = 1, HAS_PORTS = 2 };

static const struct spec_member filter_members[] = {
	{ "address", SPEC_IN_ADD, HAS_ADDRESS, read_filter_address },
	{ "ports", SPEC_IN_ADD, HAS_PORTS, read_filter_ports },
	{ NULL, 0, 0, NULL },
};

static int read_source(struct spec_place *place, const char *name,
		       json_t *value, void *to)
{
	struct spec_termination *termination = to;
	const char *text = json_string_value(value);
	unsigned int has = 0;
	int err;

	if (json_is_object(value)) {
		termination->source = SOURCE_FILTER;
		err = spec_read_object(place, name, value, filter_members,
				       SPEC_IN_ADD, &termination->filter, &has);
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
		return spec_must(
			place, name,
			"strict, address, any, latch, or an object with "
			"\"address\" or \"ports\"");
	termination->source = SOURCE_ANY;
	termination->latch = true;
	return 0;
}

static int read_gate(struct spec_place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;
	const char *text = json_string_value(value);

	if (!text || (strcmp(text, "open") && strcmp(text, "closed")))
		return spec_must(place, name, "open or closed");
	termination->gate_open = !strcmp(text, "open");
	return 0;
}

static int read_dscp(struct spec_place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;
	json_int_t number = SG_DSCP_COPY;
	int err = 0;

	if (!json_is_null(value))
		err = spec_read_number(place, name, value, 0, 63, &number);
	termination->dscp = number;
	return err;
}

static int read_clock_rate(struct spec_place *place, const char *name,
			   json_t *value, void *to)
{
	struct spec_termination *termination = to;
	json_int_t number;
	int err = spec_read_number(place, name, value, 1, 1000000, &number);

	termination->clock_rate = number;
	return err;
}

static int read_codec(struct spec_place *place, const char *name, json_t *value,
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
		return spec_must(
			place, name,
			"a codec of docs/control.md; leave out any other");
	return 0;
}

static int read_rate(struct spec_place *place, const char *name, json_t *value,
		     void *to)
{
	struct spec_termination *termination = to;
	json_int_t number;
	int err = spec_read_number(place, name, value, 0, 10000000, &number);

	termination->rate = number;
	return err;
}

static const struct spec_member termination_members[] = {
	{ "termination", SPEC_IN_CHANGE, SPEC_TERMINATION,
	  read_termination_number },
	{ "realm", SPEC_IN_ADD, SPEC_REALM, read_realm },
	{ "local", SPEC_IN_ADD, SPEC_LOCAL, read_local },
	{ "remote", SPEC_IN_ADD | SPEC_IN_CHANGE, SPEC_REMOTE, read_remote },
	{ "source", SPEC_IN_ADD | SPEC_IN_CHANGE, SPEC_SOURCE, read_source },
	{ "gate", SPEC_IN_ADD | SPEC_IN_CHANGE, SPEC_GATE, read_gate },
	{ "dscp", SPEC_IN_ADD | SPEC_IN_CHANGE, SPEC_DSCP, read_dscp },
	{ "clock_rate", SPEC_IN_ADD | SPEC_IN_CHANGE, SPEC_CLOCK_RATE,
	  read_clock_rate },
	{ "codec", SPEC_IN_ADD | SPEC_IN_CHANGE, SPEC_CODEC, read_codec },
	{ "rate", SPEC_IN_ADD | SPEC_IN_CHANGE, SPEC_RATE, read_rate },
	{ "srtp", SPEC_IN_ADD | SPEC_IN_CHANGE, 0, spec_read_srtp },
	{ NULL, 0, 0, NULL },
};

static int read_list(struct spec_place *place, json_t *list,
		     enum spec_method method, struct spec *spec)
{
	char name[32];
	int err = 0;

	spec->count = json_array_size(list);
	if (!json_is_array(list) || spec->count > 2)
		return spec_must(place, "terminations",
				 "a list of at most two");
	for (int i = 0; !err && i < spec->count; i++) {
		struct spec_termination *to = &spec->termination[i];

		snprintf(name, sizeof(name), "terminations[%d]", i);
		err = spec_read_object(place, name, json_array_get(list, i),
				       termination_members, method, to,
				       &to->has);
	}
	if (!err && spec->count == 2 &&
	    spec->termination[0].has & spec->termination[1].has & SPEC_MIKEY)
		err = spec_must(place, "terminations",
				"a list with \"mikey\" in one of them");
	return err;
}

static int read_add_list(struct spec_place *place, const char *name,
			 json_t *value, void *to)
{
	struct spec *spec = to;
	int err = read_list(place, value, SPEC_IN_ADD, spec);

	if (!err && spec->count != 2)
		err = spec_must(place, name, "a list of exactly two");
	for (int i = 0; !err && i < 2; i++) {
		const struct spec_termination *one = &spec->termination[i];

		if (!(one->has & SPEC_REALM) || !one->remote.has_address ||
		    !one->remote.has_port)
			err = spec_must(place, name,
					"objects with \"realm\" and \"remote\" "
					"address and port");
	}
	return err;
}

static int read_change_list(struct spec_place *place, const char *name,
			    json_t *value, void *to)
{
	struct spec *spec = to;
	int err = read_list(place, value, SPEC_IN_CHANGE, spec);

	for (int i = 0; !err && i < spec->count; i++)
		if (!(spec->termination[i].has & SPEC_TERMINATION))
			err = spec_must(place, name,
					"objects with \"termination\" 0 or 1");
	if (!err && spec->count == 2 &&
	    spec->termination[0].number == spec->termination[1].number)
		err = spec_must(place, name, "about each termination once");
	return err;
}

/* -- methods ----------------------------------------------------------------- */

static int read_context_name(struct spec_place *place, const char *name,
			     json_t *value, void *to)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-@:";
	struct spec *spec = to;
	const char *text = json_string_value(value);

	if (!text || !*text || strlen(text) >= SG_NAME_MAX ||
	    text[strspn(text, allowed)])
		return spec_must(place, name,
				 "1 to 63 of A-Z a-z 0-9 . _ - @ :");
	strcpy(spec->name, text);
	return 0;
}

static int read_opaque(struct spec_place *place, const char *name,
		       json_t *value, void *to)
{
	struct spec *spec = to;

	if (!json_is_boolean(value))
		return spec_must(place, name, "true or false");
	spec->opaque = json_is_true(value);
	spec->has_opaque = true;
	return 0;
}

enum { HAS_NAME = 1, HAS_LIST = 2 };

static const struct spec_member context_members[] = {
	{ "context", SPEC_IN_ANY, HAS_NAME, read_context_name },
	{ "opaque", SPEC_IN_ADD | SPEC_IN_CHANGE, 0, read_opaque },
	{ "terminations", SPEC_IN_ADD, HAS_LIST, read_add_list },
	{ "terminations", SPEC_IN_CHANGE, HAS_LIST, read_change_list },
	{ NULL, 0, 0, NULL },
};

static int read_params(struct spec *spec, json_t *params,
		       enum spec_method method, unsigned int needed,
		       struct fault *fault)
{
	struct spec_place place = { .fault = fault };
	unsigned int has = 0;
	int err = 0;

	memset(spec, 0, sizeof(*spec));
	if (params)
		err = spec_read_object(&place, "", params, context_members,
				       method, spec, &has);
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
	return read_params(spec, params, SPEC_IN_ADD, HAS_LIST, fault);
}

int spec_read_change(struct spec *spec, json_t *params, struct fault *fault)
{
	return read_params(spec, params, SPEC_IN_CHANGE, HAS_NAME | HAS_LIST,
			   fault);
}

int spec_read_name(struct spec *spec, json_t *params, struct fault *fault)
{
	return read_params(spec, params, SPEC_IN_NAME, 0, fault);
}
