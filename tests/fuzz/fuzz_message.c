// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protected messages as they come from the network. The first octet says what
 * follows: 'm', a whole body with its headers, opened with the keys that some
 * of the corpus are under; 'c', CMS alone. What opens is one of the texts
 * that were protected: nobody can make another without the keys.
 */
#include <errno.h>

#include "../lib/mikey_call.h"
#include "fuzz.h"
#include "ue/message.h"

static const char text[] = "Content-Type: text/plain\r\n\r\nThe bill is paid.\r\n";
static const struct mikey_secret cms_key = { { 7, 7 }, 16 };

static struct mikey_call call;

static void open_call(void)
{
	mikey_call_begin(&call, 0, 0, false);
	mikey_flags_parse(&call.flags, "DEHIJNO");
	call.kind = MIKEY_GTGK;
	mikey_call_ticket(&call);
}

static void check_plain(int err, struct message_octets *plain,
			const struct fault *fault)
{
	struct sg_slice said = message_octets_slice(plain);

	if (err)
		require(!plain->at && *fault->text);
	else
		require(!said.size || sg_slice_is(said, text) ||
			sg_slice_is(said, "text"));
	message_octets_free(plain);
}

static void check_cms(struct sg_slice octets)
{
	struct message_octets plain;
	struct fault fault = { 0 };
	int err = message_cms_open(&plain, octets, &cms_key, SG_SLICE("id"),
				   &fault);

	check_plain(err, &plain, &fault);
}

static void check_message(struct sg_slice octets)
{
	static struct message_received message;
	struct message_reader reader = {
		.numbers = &message_numbers_default,
		.now = 0xcfbf2d00,
		.skew = 300,
		.deferred = octets.size & 1,
	};
	struct message_octets plain = { 0 };
	struct fault fault = { 0 };
	bool proven;
	int err = message_read(&message, octets, reader.numbers, &fault);

	if (!err)
		err = message_check_time(&message, &reader, &fault);
	if (!err)
		err = message_open(&plain, &proven, &message, &reader,
				   &call.initiator_keys, &fault);
	check_plain(err, &plain, &fault);
	check_cms(message_octets_slice(&message.cms));
	message_free(&message);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct sg_slice octets;

	if (!call.suite)
		open_call();
	if (!size)
		return 0;
	octets = (struct sg_slice){ (const char *)data + 1, size - 1 };
	if (data[0] == 'm')
		check_message(octets);
	else
		check_cms(octets);
	return 0;
}
