// SPDX-License-Identifier: GPL-2.0-only
/* The Events and ObservedEvents descriptors. */
#include "lib/h248_tree.h"

/* Where an event stands decides what it may embed. */
enum place { OBSERVED, REQUESTED, EMBEDDED };

static bool read_events(struct h248_reader *r, struct h248_events *events,
			enum place place);

static bool embedded_part(struct h248_reader *r, struct h248_embed *embed,
			  enum place place)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "Signals or Events"))
		return false;
	if (token == H248_SIGNALS && !embed->has_signals &&
	    !embed->has_events) {
		embed->has_signals = true;
		return h248_next(r) != '{' ||
		       h248_read_signals(r, &embed->signals);
	}
	if (token == H248_EVENTS && !embed->has_events && place == REQUESTED) {
		embed->has_events = true;
		return h248_next(r) != '=' ||
		       read_events(r, &embed->events, EMBEDDED);
	}
	return h248_fail(r, r->syntax, word.at,
			 "Embed holds Signals, then Events, and no second level of Events");
}

static bool embed(struct h248_reader *r, struct h248_event *event,
		  enum place place)
{
	if (event->embed)
		return h248_fail(r, r->syntax, r->in.at,
				 "Embed stands here twice");
	event->embed = h248_node(r, sizeof(*event->embed));
	if (!event->embed || !h248_expect(r, '{', "Embed"))
		return false;
	do {
		if (!embedded_part(r, event->embed, place))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Embed");
}

/* A "=" is in the grammar, but megaco leaves it out before a "{". */
static bool digit_map(struct h248_reader *r, struct h248_event *event)
{
	if (h248_next(r) != '=' && h248_next(r) != '{')
		return h248_missing(r, '=', "DigitMap");
	return h248_raw(r, &event->digit_map);
}

static bool event_parameter(struct h248_reader *r, struct h248_event *event,
			    enum place place)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a parameter of the event"))
		return false;
	if (token == H248_STREAM && !event->stream)
		return h248_read_stream_of(r, &event->stream);
	if (token == H248_STREAM)
		return h248_twice(r, r->syntax, word);
	if (place != OBSERVED) {
		if (token == H248_EMBED)
			return embed(r, event, place);
		if (token == H248_KEEP_ACTIVE) {
			event->keep_active = true;
			return true;
		}
		if (token == H248_DIGIT_MAP && event->digit_map.size)
			return h248_twice(r, r->syntax, word);
		if (token == H248_DIGIT_MAP)
			return digit_map(r, event);
	}
	return h248_read_parameter(r, &event->parameters, word, r->syntax, r->audit);
}

static bool event(struct h248_reader *r, struct h248_event *event,
		  enum place place)
{
	if (!h248_word(r, &event->name, "an event"))
		return false;
	if (place == OBSERVED && h248_is_time(event->name) &&
	    h248_accept(r, ':')) {
		event->time = event->name;
		if (!h248_word(r, &event->name, "an event"))
			return false;
	}
	if (!h248_is_package_name(event->name))
		return h248_not_an_item(r, event->name, "event");
	if (!h248_accept(r, '{'))
		return true;
	do {
		if (!event_parameter(r, event, place))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "the event's parameters");
}

static bool read_events(struct h248_reader *r, struct h248_events *events,
			enum place place)
{
	struct h248_event **tail = &events->list;

	/* An audit of events may leave the request's identifier out. */
	if (!r->audit || h248_next(r) == '=') {
		if (!h248_expect(r, '=', "Events") ||
		    !h248_number(r, ~0u, 410, &events->request, "a RequestID"))
			return false;
		events->has_request = true;
	}
	if (!h248_expect(r, '{', "Events"))
		return false;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !event(r, *tail, place))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Events");
}

bool h248_read_events(struct h248_reader *r, struct h248_events *events,
		      bool observed)
{
	return read_events(r, events, observed ? OBSERVED : REQUESTED);
}
