// SPDX-License-Identifier: GPL-2.0-only
#include "gated/silence.h"

#include "lib/log.h"

static __u64 later(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

enum sg_silence silence_judge(const struct silence *silence,
			      struct stream *stream, bool open, __u64 seen,
			      __u64 now)
{
	__u64 since;

	if (!open || !silence->period) {
		stream->opened = 0;
		return SG_NOT_SILENT;
	}
	if (!stream->opened)
		stream->opened = now;
	since = later(stream->opened, seen);
	if (!stream->silence)
		since = later(since, silence->began);
	if (now < since + silence->period)
		return SG_NOT_SILENT;
	return seen < stream->opened ? SG_NEVER_STARTED : SG_STOPPED;
}

static void tell(const struct context *context, int direction,
		 enum sg_silence silence, __u64 quiet)
{
	const char *name = context->name;
	int to = !direction;

	switch (silence) {
	case SG_NEVER_STARTED:
		sg_notice("context \"%s\" %d-to-%d: nothing came in the %llu s "
			  "since its gate opened; srtpgate stream show %s "
			  "tells what was dropped",
			  name, direction, to, (unsigned long long)quiet, name);
		break;
	case SG_STOPPED:
		sg_notice("context \"%s\" %d-to-%d: nothing has come for "
			  "%llu s",
			  name, direction, to, (unsigned long long)quiet);
		break;
	default:
		sg_notice("context \"%s\" %d-to-%d: packets come again", name,
			  direction, to);
	}
}

static bool is_open(const struct context *context, int direction)
{
	__u32 slot = context->stream[direction].slot;

	return context->all->stream[slot].flags & SG_STREAM_GATE_OPEN;
}

void silence_look(struct silence *silence, struct context *context,
		  int direction, __u64 seen, __u64 now)
{
	struct stream *stream = &context->stream[direction];
	bool open = is_open(context, direction);
	enum sg_silence is = silence_judge(silence, stream, open, seen, now);

	if (is == stream->silence)
		return;
	context_set_silence(context, direction, is);
	if (!open || !silence->period)
		return; /* nobody expects anything of it now */
	silence->changes[is]++;
	if (silence->told++ < SILENCE_LINES)
		tell(context, direction, is,
		     (now - later(stream->opened, seen)) / 1000);
	else
		silence->untold++;
}

void silence_round_over(struct silence *silence)
{
	if (silence->untold)
		sg_notice("%d more streams fell silent or came back; srtpgate "
			  "status tells how many are silent",
			  silence->untold);
	silence->told = 0;
	silence->untold = 0;
}
