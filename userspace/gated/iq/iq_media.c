// SPDX-License-Identifier: GPL-2.0-only
/* Media and Signals of a command, onto the sides of a copy. */
#include <errno.h>
#include <stdlib.h>

#include "gated/iq/iq_command.h"

/* -- sides ----------------------------------------------------------------- */

static bool has_stream(const struct iq_context *context, __u16 stream)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i] &&
		    iq_termination_side(context->termination[i], stream))
			return true;
	return false;
}

/* Streams of the context; one of both terminations counts once. */
static int count_streams(const struct iq_context *context)
{
	int count = 0;

	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		const struct iq_termination *one = context->termination[i];
		const struct iq_side *side = one ? one->sides : NULL;

		for (; side; side = side->next)
			count += !i || !context->termination[0] ||
				 !iq_termination_side(context->termination[0],
						      side->stream);
	}
	return count;
}

static struct iq_side *add_side(struct iq_work *work,
				struct iq_termination *termination,
				__u16 stream)
{
	struct iq_side **at = &termination->sides, *side;

	if (!has_stream(work->step, stream) &&
	    count_streams(work->step) >= IQ_STREAMS) {
		iq_fault_set(&work->fault, IQ_NO_RESOURCES,
			     "a context has at most %d streams", IQ_STREAMS);
		return NULL;
	}
	side = malloc(sizeof(*side));
	if (!side) {
		iq_fault_set(&work->fault, IQ_NO_RESOURCES, "out of memory");
		return NULL;
	}
	iq_side_init(side, stream);
	while (*at && (*at)->stream < stream)
		at = &(*at)->next;
	side->next = *at;
	*at = side;
	return side;
}

/* The side that the copy was made of. */
static const struct iq_side *side_before(const struct iq_work *work, __u32 id,
					 __u16 stream)
{
	for (int i = 0; work->current && i < IQ_TERMINATIONS; i++)
		if (work->current->termination[i] &&
		    work->current->termination[i]->id == id)
			return iq_termination_side(
				work->current->termination[i], stream);
	return NULL;
}

/* The other termination's. */
static const struct iq_side *side_opposite(const struct iq_work *work,
					   const struct iq_termination *one,
					   __u16 stream)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (work->step->termination[i] &&
		    work->step->termination[i] != one)
			return iq_termination_side(work->step->termination[i],
						   stream);
	return NULL;
}

/* ipdc/realm of all streams is the termination's. */
static int agree_on_realm(struct iq_work *work,
			  struct iq_termination *termination,
			  const struct iq_side *side)
{
	if (!termination->realm)
		termination->realm = side->realm;
	if (!side->realm || side->realm == termination->realm)
		return 0;
	return iq_fault_set(&work->fault, IQ_CONFLICT,
			    "%s: the other streams of the termination are in "
			    "realm %s",
			    side->realm->name, termination->realm->name);
}

static int read_stream(struct iq_work *work, struct iq_termination *termination,
		       const struct h248_stream *stream, struct realm *realm)
{
	struct iq_side *side = iq_termination_side(termination, stream->id);
	int err;

	if (stream->has_statistics)
		return iq_fault_set(&work->fault, IQ_ILLEGAL_DESCRIPTOR,
				    "Statistics cannot be set");
	if (!side)
		side = add_side(work, termination, stream->id);
	if (!side)
		return -EINVAL;
	if (!side->realm)
		side->realm = termination->realm ? termination->realm : realm;
	err = iq_side_read(&work->iq->ground, side,
			   side_before(work, termination->id, stream->id),
			   side_opposite(work, termination, stream->id),
			   stream, &work->fault);
	return err ? -EINVAL : agree_on_realm(work, termination, side);
}

/* -- Media ----------------------------------------------------------------- */

static int read_state(struct iq_work *work, struct iq_termination *termination,
		      const struct h248_state *state)
{
	if (state->properties)
		return iq_item_unknown(state->properties->name,
				       IQ_UNKNOWN_PROPERTY, &work->fault);
	if (state->buffer == H248_LOCK_STEP)
		return iq_fault_set(&work->fault, IQ_UNSUPPORTED_VALUE,
				    "LockStep: events are not buffered");
	if (state->service == H248_TEST)
		return iq_fault_set(&work->fault, IQ_UNSUPPORTED_VALUE,
				    "Test: terminations are not tested");
	if (state->service)
		termination->out_of_service =
			state->service == H248_OUT_OF_SERVICE;
	return 0;
}

int iq_media_read(struct iq_work *work, struct iq_termination *termination,
		  const struct h248_media *media, struct realm *realm)
{
	const struct h248_stream *stream = media->streams;
	int err = 0;

	if (media->state.present)
		err = read_state(work, termination, &media->state);
	for (; !err && stream; stream = stream->next)
		err = read_stream(work, termination, stream, realm);
	return err;
}

/* -- ipnapt/latch (H.248.37) ----------------------------------------------- */

static void forget_peer(struct iq_side *side)
{
	memset(&side->peer, 0, sizeof(side->peer));
}

static void set_napt(struct iq_side *side, enum iq_napt napt)
{
	if (napt == IQ_NAPT_OFF ||
	    (napt == IQ_NAPT_LATCH && side->napt != IQ_NAPT_LATCH))
		forget_peer(side);
	side->napt = napt;
}

/* A signal that ends before somebody has sent: who was known stays. */
static void stop_latch(struct iq_side *side)
{
	if (side->napt == IQ_NAPT_LATCH)
		set_napt(side, IQ_NAPT_OFF);
	else if (side->napt == IQ_NAPT_RELATCH)
		side->napt = side->peer.rtp || side->peer.rtcp ?
				     IQ_NAPT_DONE :
				     IQ_NAPT_OFF;
}

static int read_napt(struct iq_work *work, const struct h248_signal *signal,
		     enum iq_napt *napt)
{
	static const char *const words[] = {
		[IQ_NAPT_OFF] = "OFF",
		[IQ_NAPT_LATCH] = "LATCH",
		[IQ_NAPT_RELATCH] = "RELATCH",
	};
	const struct h248_parameter *one = signal->parameters;

	if (!one)
		return iq_fault_set(&work->fault, IQ_PARAMETER_MISSING,
				    "ipnapt/latch needs napt");
	for (; one; one = one->next)
		if (!sg_slice_is_nocase(one->name, "napt"))
			return iq_fault_value(&work->fault,
					      IQ_NO_SUCH_PARAMETER, one->name);
	one = signal->parameters;
	for (int i = 0; one->relation == H248_EQUAL && i < 3; i++) {
		if (!sg_slice_is_nocase(one->value.text, words[i]))
			continue;
		*napt = i;
		return 0;
	}
	return iq_fault_value(&work->fault, IQ_UNSUPPORTED_VALUE,
			      one->value.text);
}

static int latch(struct iq_work *work, struct iq_termination *termination,
		 const struct h248_signal *signal)
{
	struct iq_side *side = termination->sides;
	enum iq_napt napt = IQ_NAPT_OFF;

	if (read_napt(work, signal, &napt))
		return -EINVAL;
	if (signal->stream)
		side = iq_termination_side(termination, signal->stream);
	if (!side)
		return iq_fault_set(&work->fault, IQ_BAD_IDENTIFIER,
				    "ipnapt/latch is for a stream that the "
				    "termination does not have");
	do {
		set_napt(side, napt);
		side = signal->stream ? NULL : side->next;
	} while (side);
	return 0;
}

static int read_signal(struct iq_work *work, struct iq_termination *termination,
		       const struct h248_signal *signal)
{
	if (signal->list)
		return iq_fault_set(&work->fault, IQ_NOT_IMPLEMENTED,
				    "signals are not taken in lists");
	if (!sg_slice_is_nocase(signal->name, "ipnapt/latch"))
		return iq_item_unknown(signal->name, IQ_NO_SUCH_SIGNAL,
				       &work->fault);
	if (signal->completion)
		return iq_fault_set(&work->fault, IQ_NOT_IMPLEMENTED,
				    "the end of ipnapt/latch is not notified");
	return latch(work, termination, signal);
}

int iq_signals_read(struct iq_work *work, struct iq_termination *termination,
		    const struct h248_signal *list)
{
	int err = 0;

	/* H.248.1 7.1.11: what is not in the new descriptor ends. */
	for (struct iq_side *side = termination->sides; side; side = side->next)
		stop_latch(side);
	for (; !err && list; list = list->next)
		err = read_signal(work, termination, list);
	return err;
}
