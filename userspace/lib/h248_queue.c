// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/h248_carrier.h"
#include "lib/secret.h"

/* So large a block is fresh from the kernel: pages come as they are used. */
int h248_queue_open(struct h248_queue *queue, size_t size)
{
	*queue = (struct h248_queue){ .octets = malloc(size), .size = size };
	return queue->octets ? 0 : -ENOMEM;
}

void h248_queue_close(struct h248_queue *queue)
{
	if (queue->octets)
		sg_secret_zero(h248_queue_at(queue), h248_queue_length(queue));
	free(queue->octets);
	*queue = (struct h248_queue){ 0 };
}

/* Moves what waits to the front. */
static void compact(struct h248_queue *queue)
{
	size_t length = h248_queue_length(queue), end = queue->end;

	memmove(queue->octets, h248_queue_at(queue), length);
	queue->start = 0;
	queue->end = length;
	sg_secret_zero(queue->octets + length, end - length);
}

void *h248_queue_add(struct h248_queue *queue, size_t size)
{
	void *room;

	if (size > queue->size - h248_queue_length(queue))
		return NULL;
	if (size > queue->size - queue->end)
		compact(queue);
	room = queue->octets + queue->end;
	queue->end += size;
	return room;
}

void h248_queue_take(struct h248_queue *queue, size_t size)
{
	sg_secret_zero(h248_queue_at(queue), size);
	queue->start += size;
	if (queue->start == queue->end)
		queue->start = queue->end = 0;
}
