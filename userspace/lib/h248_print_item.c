// SPDX-License-Identifier: GPL-2.0-only
/* Writes media, events and signals. */
#include "lib/h248_writer.h"

/* -- media --------------------------------------------------------------------- */

/* "Mode = SendOnly", or "Mode" when it is asked for. */
static void member(struct h248_writer *w, enum h248_token word,
		   enum h248_token value, bool *first)
{
	if (!value)
		return;
	h248_next_member(w, first);
	h248_put_token(w, word);
	if (value == word)
		return;
	h248_equals(w);
	h248_put_token(w, value);
}

static void control(struct h248_writer *w, const struct h248_control *c)
{
	bool first = true;

	h248_put_token(w, H248_LOCAL_CONTROL);
	if (!c->mode && !c->reserved_value && !c->reserved_group &&
	    !c->properties)
		return;
	h248_open(w);
	member(w, H248_MODE, c->mode, &first);
	member(w, H248_RESERVED_VALUE, c->reserved_value, &first);
	member(w, H248_RESERVED_GROUP, c->reserved_group, &first);
	h248_put_parameters(w, c->properties, &first);
	h248_close(w);
}

static void state(struct h248_writer *w, const struct h248_state *s)
{
	bool first = true;

	h248_put_token(w, H248_TERMINATION_STATE);
	if (!s->service && !s->buffer && !s->properties)
		return;
	h248_open(w);
	member(w, H248_SERVICE_STATES, s->service, &first);
	member(w, H248_BUFFER, s->buffer, &first);
	h248_put_parameters(w, s->properties, &first);
	h248_close(w);
}

static void statistics(struct h248_writer *w,
		       const struct h248_parameter *list)
{
	bool first = true;

	h248_put_token(w, H248_STATISTICS);
	if (!list)
		return;
	h248_open(w);
	h248_put_parameters(w, list, &first);
	h248_close(w);
}

static void sdp(struct h248_writer *w, enum h248_token word,
		const struct h248_sdp *sdp, bool *first)
{
	if (!sdp->present)
		return;
	h248_next_member(w, first);
	h248_put_token(w, word);
	/* Asked for in an audit, where there is nothing behind the word. */
	if (sdp->text.at)
		h248_put_sdp(w, sdp->text);
}

static void stream_members(struct h248_writer *w, const struct h248_stream *s,
			   bool *first)
{
	if (s->control.present) {
		h248_next_member(w, first);
		control(w, &s->control);
	}
	sdp(w, H248_LOCAL, &s->local, first);
	sdp(w, H248_REMOTE, &s->remote, first);
	if (s->has_statistics) {
		h248_next_member(w, first);
		statistics(w, s->statistics);
	}
}

static void stream(struct h248_writer *w, const struct h248_stream *s,
		   bool *first)
{
	bool inner = true;

	if (s->implied) {
		stream_members(w, s, first);
		return;
	}
	h248_next_member(w, first);
	h248_put_numbered(w, H248_STREAM, s->id);
	h248_open(w);
	stream_members(w, s, &inner);
	if (inner || !s->id)
		h248_invalid(w);
	h248_close(w);
}

void h248_put_media(struct h248_writer *w, const struct h248_media *media)
{
	bool first = true;

	h248_open(w);
	if (media->state.present) {
		h248_next_member(w, &first);
		state(w, &media->state);
	}
	for (struct h248_stream *s = media->streams; s; s = s->next)
		stream(w, s, &first);
	if (first)
		h248_invalid(w);
	h248_close(w);
}

/* -- signals -------------------------------------------------------------------- */

static void completion(struct h248_writer *w, __u8 reasons)
{
	static const enum h248_token words[] = {
		H248_TIME_OUT, H248_INT_BY_EVENT, H248_INT_BY_SIGNALS,
		H248_OTHER_REASON,
	};
	bool first = true;

	h248_put_token(w, H248_NOTIFY_COMPLETION);
	h248_equals(w);
	h248_put_text(w, "{");
	for (int i = 0; i < 4; i++) {
		if (!(reasons & 1 << i))
			continue;
		h248_next_member(w, &first);
		h248_put_token(w, words[i]);
	}
	h248_put_text(w, "}");
}

static void signal_parameters(struct h248_writer *w,
			      const struct h248_signal *s, bool *first)
{
	if (s->stream) {
		h248_next_member(w, first);
		h248_put_numbered(w, H248_STREAM, s->stream);
	}
	member(w, H248_SIGNAL_TYPE, s->type, first);
	if (s->has_duration) {
		h248_next_member(w, first);
		h248_put_numbered(w, H248_DURATION, s->duration);
	}
	if (s->completion) {
		h248_next_member(w, first);
		completion(w, s->completion);
	}
	if (s->keep_active) {
		h248_next_member(w, first);
		h248_put_token(w, H248_KEEP_ACTIVE);
	}
	h248_put_parameters(w, s->parameters, first);
}

static void signals(struct h248_writer *w, const struct h248_signal *s);

static void signal(struct h248_writer *w, const struct h248_signal *s)
{
	bool first = true;

	if (s->list) {
		h248_put_numbered(w, H248_SIGNAL_LIST, s->list_id);
		h248_open(w);
		signals(w, s->list);
		h248_close(w);
		return;
	}
	h248_put_word(w, s->name);
	if (!s->stream && !s->type && !s->has_duration && !s->completion &&
	    !s->keep_active && !s->parameters)
		return;
	h248_open(w);
	signal_parameters(w, s, &first);
	h248_close(w);
}

static void signals(struct h248_writer *w, const struct h248_signal *s)
{
	bool first = true;

	for (; s; s = s->next) {
		h248_next_member(w, &first);
		signal(w, s);
	}
}

/* The word alone when there are none: Signals with empty braces is no text. */
void h248_put_signals(struct h248_writer *w, const struct h248_signal *list)
{
	h248_put_token(w, H248_SIGNALS);
	if (!list)
		return;
	h248_open(w);
	signals(w, list);
	h248_close(w);
}

/* -- events --------------------------------------------------------------------- */

static void embed(struct h248_writer *w, const struct h248_embed *e)
{
	bool first = true;

	h248_put_token(w, H248_EMBED);
	h248_open(w);
	if (e->has_signals) {
		h248_next_member(w, &first);
		h248_put_signals(w, e->signals);
	}
	if (e->has_events) {
		h248_next_member(w, &first);
		h248_put_token(w, H248_EVENTS);
		h248_put_events(w, &e->events);
	}
	if (first)
		h248_invalid(w);
	h248_close(w);
}

static void event_parameters(struct h248_writer *w, const struct h248_event *e)
{
	bool first = true;

	if (e->stream) {
		h248_next_member(w, &first);
		h248_put_numbered(w, H248_STREAM, e->stream);
	}
	if (e->keep_active) {
		h248_next_member(w, &first);
		h248_put_token(w, H248_KEEP_ACTIVE);
	}
	if (e->digit_map.size) {
		h248_next_member(w, &first);
		h248_put_token(w, H248_DIGIT_MAP);
		h248_put(w, e->digit_map);
	}
	if (e->embed) {
		h248_next_member(w, &first);
		embed(w, e->embed);
	}
	h248_put_parameters(w, e->parameters, &first);
}

static void event(struct h248_writer *w, const struct h248_event *e)
{
	if (e->time.size) {
		h248_put_word(w, e->time);
		h248_put_text(w, ":");
	}
	h248_put_word(w, e->name);
	if (!e->stream && !e->keep_active && !e->digit_map.size && !e->embed &&
	    !e->parameters)
		return;
	h248_open(w);
	event_parameters(w, e);
	h248_close(w);
}

void h248_put_events(struct h248_writer *w, const struct h248_events *events)
{
	bool first = true;

	if (!events->list)
		return;
	if (events->has_request) {
		h248_equals(w);
		h248_put_number(w, events->request);
	}
	h248_open(w);
	for (const struct h248_event *e = events->list; e; e = e->next) {
		h248_next_member(w, &first);
		event(w, e);
	}
	h248_close(w);
}
