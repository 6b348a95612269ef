// SPDX-License-Identifier: GPL-2.0-only
/*
 * The octets as the journal's record of a context and of the association:
 * what is taken can be written, and is then read as the same octets.
 */
#include <errno.h>

#include "fuzz.h"
#include "gated/iq/iq_record.h"

static struct config config = {
	.realm_count = 2,
	.realm = { { .name = "access", .number = 17 },
		   { .name = "core", .number = 0xfffe } },
};

/* Of the daemon's tables no more is needed than these two. */
struct realm *config_realm_number(struct config *from, __u16 number)
{
	for (int i = 0; i < from->realm_count; i++)
		if (from->realm[i].number == number)
			return &from->realm[i];
	return NULL;
}

void iq_context_free(struct iq_context *context)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = context->termination[i];

		while (one && one->sides) {
			struct iq_side *next = one->sides->next;

			free(one->sides);
			one->sides = next;
		}
		free(one);
	}
	free(context);
}

static void check_context(const unsigned char *data, size_t size)
{
	static unsigned char once[IQ_RECORD_MAX], twice[IQ_RECORD_MAX];
	struct iq_context *context;
	int err = iq_record_read(&context, &config, data, size), length;

	if (err) {
		require(!context && (err == -EINVAL || err == -ENOENT));
		return;
	}
	length = iq_record_write(context, once, sizeof(once));
	require(length > 0);
	iq_context_free(context);
	require(!iq_record_read(&context, &config, once, length));
	require(iq_record_write(context, twice, sizeof(twice)) == length);
	require(!memcmp(once, twice, length));
	iq_context_free(context);
}

static void check_state(const unsigned char *data, size_t size)
{
	unsigned char record[256];
	struct iq_state state, again;
	int err = iq_state_read(&state, data, size), length;

	require(!err || err == -EINVAL);
	require(memchr(state.mgc, '\0', sizeof(state.mgc)));
	if (err)
		return;
	length = iq_state_write(&state, record, sizeof(record));
	require(length == (int)size + (data[0] == 1));
	require(!iq_state_read(&again, record, length));
	require(again.out_of_service == state.out_of_service &&
		again.next_transaction == state.next_transaction);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	unsigned char *copy = malloc(size + !size);

	memcpy(copy, data, size);
	check_context(copy, size);
	check_state(copy, size);
	free(copy);
	return 0;
}
