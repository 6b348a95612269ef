// SPDX-License-Identifier: GPL-2.0-only
/* Replies: nodes and texts in the answer's arena, which outlives contexts. */
#include <errno.h>
#include <stdio.h>

#include "gated/iq/iq_command.h"

enum { SDP_MAX = 2048 };

int iq_too_long(struct iq_work *work)
{
	return iq_fault_set(&work->fault, IQ_REPLY_TOO_LONG,
			    "the reply is too long; ask for less at a time");
}

void *iq_node(struct iq_work *work, size_t size)
{
	void *node = h248_alloc(work->answer, size);

	if (!node)
		iq_too_long(work);
	return node;
}

bool iq_text(struct iq_work *work, struct sg_slice *copy, const char *text,
	     size_t size)
{
	char *octets = iq_node(work, size);

	if (!octets)
		return false;
	memcpy(octets, text, size);
	*copy = (struct sg_slice){ octets, size };
	return true;
}

/* -- parameters ------------------------------------------------------------ */

int iq_parameter(struct iq_work *work, struct h248_parameter **list,
		 const char *name, const char *value)
{
	struct h248_parameter *one = iq_node(work, sizeof(*one));

	if (!one)
		return -EINVAL;
	one->name = sg_slice_of(name);
	one->relation = H248_EQUAL;
	one->value.text = sg_slice_of(value);
	while (*list)
		list = &(*list)->next;
	*list = one;
	return 0;
}

int iq_parameter_number(struct iq_work *work, struct h248_parameter **list,
			const char *name, __u64 value)
{
	char digits[24];
	struct sg_slice text;

	/* The slice of iq_parameter() ends where the NUL is. */
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	if (!iq_text(work, &text, digits, strlen(digits) + 1))
		return -EINVAL;
	return iq_parameter(work, list, name, text.at);
}

/* -- descriptors ----------------------------------------------------------- */

struct h248_descriptor *iq_descriptor(struct iq_work *work,
				      enum h248_token kind,
				      struct h248_descriptor ***tail)
{
	struct h248_descriptor *one = iq_node(work, sizeof(*one));

	if (!one)
		return NULL;
	one->kind = kind;
	**tail = one;
	*tail = &one->next;
	return one;
}

static int chosen_local(struct iq_work *work, const struct iq_side *side,
			struct h248_stream ***tail)
{
	struct h248_stream *stream = iq_node(work, sizeof(*stream));
	char sdp[SDP_MAX];
	int size;

	if (!stream)
		return -EINVAL;
	size = iq_side_sdp(side, sdp, sizeof(sdp));
	if (size < 0)
		return iq_fault_set(&work->fault, IQ_INTERNAL,
				    "Local of stream %u is too long",
				    side->stream);
	stream->id = side->stream;
	stream->local.present = true;
	if (!iq_text(work, &stream->local.text, sdp, size))
		return -EINVAL;
	**tail = stream;
	*tail = &stream->next;
	return 0;
}

/*
 * TS 29.334 5.8. Of properties, "$" and alternatives are refused by sides,
 * so that there is none to be told.
 */
int iq_reply_media(struct iq_work *work,
		   const struct iq_termination *termination,
		   const struct h248_media *asked,
		   struct h248_descriptor ***tail)
{
	struct h248_stream *streams = NULL, **last = &streams;
	const struct h248_stream *one = asked ? asked->streams : NULL;
	struct h248_descriptor *media;

	for (; one; one = one->next) {
		const struct iq_side *side =
			iq_termination_side(termination, one->id);

		if (side->chosen && chosen_local(work, side, &last))
			return -EINVAL;
	}
	if (!streams)
		return 0;
	media = iq_descriptor(work, H248_MEDIA, tail);
	if (!media)
		return -EINVAL;
	media->media.streams = streams;
	return 0;
}

/* -- commands -------------------------------------------------------------- */

struct h248_command *iq_reply(struct iq_work *work,
			      const struct h248_command *command,
			      struct sg_slice name)
{
	struct h248_command *one = iq_node(work, sizeof(*one));

	if (!one || !iq_text(work, &one->termination.name, name.at, name.size))
		return NULL;
	one->verb = command->verb;
	*work->tail = one;
	work->tail = &one->next;
	return one;
}

int iq_reply_fault(struct iq_work *work, const struct h248_command *command)
{
	struct iq_fault fault = work->fault;
	struct h248_command *reply =
		iq_reply(work, command, command->termination.name);
	struct h248_descriptor **tail, *error;

	if (!reply)
		return -EINVAL;
	tail = &reply->descriptors;
	error = iq_descriptor(work, H248_ERROR, &tail);
	if (!error || !iq_text(work, &error->error.text, fault.text,
			       strlen(fault.text)))
		return -EINVAL;
	error->error.code = fault.code;
	return 0;
}

struct h248_error *iq_reply_error(struct iq_work *work)
{
	struct iq_fault fault = work->fault;
	struct h248_error *error = iq_node(work, sizeof(*error));

	if (!error ||
	    !iq_text(work, &error->text, fault.text, strlen(fault.text)))
		return NULL;
	error->code = fault.code;
	return error;
}
