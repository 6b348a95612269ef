// SPDX-License-Identifier: GPL-2.0-only
/*
 * The H.248 codec: whatever comes is refused with a reason, or is written so
 * that it reads and is written the same again; afterwards no octet is left.
 */
#include <errno.h>

#include "fuzz.h"
#include "lib/h248.h"

enum { ARENA_SIZE = 1 << 18, TEXT_MAX = 1 << 17 };

static char arena[ARENA_SIZE];

static void check_fault(int err, const struct h248_fault *fault)
{
	require(err == -EINVAL || (err == -ENOSPC && fault->code == 510));
	require(fault->code >= 400 && fault->code < 600);
	require(fault->line && fault->column && fault->text[0]);
}

/* Written in @form, read and written again. */
static void check_form(const struct h248_message *message, enum h248_form form)
{
	static char first[TEXT_MAX], second[TEXT_MAX], again[ARENA_SIZE];
	struct h248_message copy;
	struct h248_fault fault;
	int size = h248_print(first, sizeof(first), message, form);

	require(size > 0);
	require(!h248_parse(&copy, again, sizeof(again), first, size, &fault));
	require(h248_print(second, sizeof(second), &copy, form) == size);
	require(!memcmp(first, second, size));
	require(copy.count == message->count);
	h248_message_wipe(&copy);
}

static void check_wiped(const char *octets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		require(!octets[i]);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct h248_message message;
	struct h248_fault fault;
	char *text = malloc(size + !size);
	size_t used;
	int err;

	memcpy(text, data, size);
	err = h248_parse(&message, arena, sizeof(arena), text, size, &fault);
	require(size == 0 || !memcmp(text, data, size));
	if (err) {
		check_fault(err, &fault);
	} else {
		check_form(&message, H248_LONG);
		check_form(&message, H248_COMPACT);
	}
	used = message.arena_used;
	require(used <= H248_ARENA_SIZE(size));
	h248_message_wipe(&message);
	check_wiped(text, size);
	check_wiped(arena, used);
	free(text);
	return 0;
}
