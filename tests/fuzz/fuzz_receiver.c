// SPDX-License-Identifier: GPL-2.0-only
/*
 * Params of context.add and context.change: what they say is read, and where
 * the keys are those of a call of others, its messages, too, what is asked
 * then, and what the keys of reference.py's call open of it.
 */
#include <jansson.h>

#include "../lib/mikey_call.h"
#include "fuzz.h"
#include "gated/receiver/receiver_call.h"
#include "lib/mikey_time.h"
#include "lib/secret.h"

#define NOW (0xcfbf2d00 - MIKEY_UNIX_EPOCH)

static struct mikey_call call;
static struct config_kms config = {
	.name = "kms.a.example", .identity = "agw@a.example", .account = "agw",
	.users = { { SG_SLICE("*@a.example") }, 1 }, .refork = true
};

static void ask(const struct receiver_call *seen)
{
	static __u8 octets[MIKEY_MESSAGE_MAX];
	struct mikey_query query, again;
	struct mikey_fault why;
	int size;

	receiver_call_query(&query, seen, &config);
	query.csb_id = 1;
	query.t = call.t;
	query.rand = mikey_call_rand(&call.rand_resolve);
	size = mikey_query_print(octets, sizeof(octets), &query, &call.psk_b);
	if (size < 0)
		return;
	require(!mikey_query_parse(&again,
				   (struct sg_slice){ (char *)octets, size },
				   &why));
	require(!mikey_query_verify(&again, &call.psk_b, &why));
	require(sg_slice_equal(again.refork, query.refork) &&
		sg_slice_equal(again.requester, query.requester));
}

static void open_call(const struct receiver_call *seen)
{
	static const struct receiver_keys nothing;
	struct mikey_reply reply = { .keys = call.responder_keys,
				     .modifier = call.answer_said.modifier };
	struct receiver_keys keys;
	struct fault fault;
	int err = receiver_call_open(&keys, seen, &reply, &fault);
	bool zero = sg_secret_equal(&keys, &nothing, sizeof(keys));

	require(zero == (err != 0));
	require(!err || fault.text[0]);
}

static void look(const struct spec_mikey *said)
{
	static struct receiver_call seen;
	struct fault fault;

	if (receiver_call_read(&seen, said, NOW, &fault)) {
		require(fault.error > 0 && fault.text[0]);
		return;
	}
	require(seen.cs > 0 && seen.cs < 255);
	if (!receiver_call_permit(&seen, &config, &fault))
		ask(&seen);
	open_call(&seen);
}

static void read_spec(json_t *params,
		      int (*read)(struct spec *spec, json_t *params,
				  struct fault *fault))
{
	struct spec_termination *keyed;
	struct fault fault = { 0 };
	struct spec spec;

	if (read(&spec, params, &fault)) {
		require(fault.error > 0 && fault.text[0]);
	} else {
		keyed = spec_find_mikey(&spec);
		if (keyed)
			look(&keyed->mikey);
	}
	spec_zero(&spec);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	json_t *params = json_loadb((const char *)data, size,
				    JSON_REJECT_DUPLICATES, NULL);

	if (!call.suite) {
		mikey_call_begin(&call, MIKEY_PRF_SHA1, MIKEY_PRF_SHA1, false);
		mikey_call_run(&call);
	}
	if (json_is_object(params)) {
		read_spec(params, spec_read_add);
		read_spec(params, spec_read_change);
	}
	json_decref(params);
	return 0;
}
