// SPDX-License-Identifier: GPL-2.0-only
/* A message's memory, and what is looked for in it. */
#include "lib/h248.h"
#include "lib/secret.h"

void h248_message_init(struct h248_message *message, void *arena, size_t size)
{
	size_t skew = -(size_t)arena % sizeof(void *);

	*message = (struct h248_message){ .version = 2, .arena = arena };
	if (size > skew) {
		message->arena += skew;
		message->arena_size = size - skew;
	}
}

void *h248_alloc(struct h248_message *message, size_t size)
{
	char *node = message->arena + message->arena_used;

	size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	if (size > message->arena_size - message->arena_used)
		return NULL;
	message->arena_used += size;
	return memset(node, 0, size);
}

void h248_message_wipe(struct h248_message *message)
{
	if (message->text)
		sg_secret_zero(message->text, message->size);
	sg_secret_zero(message->arena, message->arena_used);
	sg_secret_zero(message, sizeof(*message));
}

const struct h248_descriptor *
h248_descriptor_find(const struct h248_descriptor *list, enum h248_token kind)
{
	while (list && list->kind != kind)
		list = list->next;
	return list;
}

const struct h248_parameter *
h248_parameter_find(const struct h248_parameter *list, const char *name)
{
	while (list && !sg_slice_is_nocase(list->name, name))
		list = list->next;
	return list;
}
