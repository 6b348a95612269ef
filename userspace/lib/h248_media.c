// SPDX-License-Identifier: GPL-2.0-only
/* The Media descriptor: states, streams, LocalControl, Local and Remote. */
#include "lib/h248_tree.h"

static bool twice(struct h248_reader *r, int code, const char *at,
		  const char *what)
{
	return h248_fail(r, code, at, "%s stands here twice", what);
}

/* -- words with a word for value --------------------------------------------- */

enum { CHOICES = 5 };

/* A member such as Mode: its values and what another value is refused with. */
struct member {
	enum h248_token word;
	int code;
	enum h248_token values[CHOICES];
};

static const struct member mode = {
	H248_MODE, 517,
	{ H248_SEND_RECEIVE, H248_SEND_ONLY, H248_RECEIVE_ONLY, H248_INACTIVE,
	  H248_LOOPBACK },
};
static const struct member reserved_value = {
	H248_RESERVED_VALUE, 449, { H248_ON, H248_OFF },
};
static const struct member reserved_group = {
	H248_RESERVED_GROUP, 449, { H248_ON, H248_OFF },
};
static const struct member service_states = {
	H248_SERVICE_STATES, 449,
	{ H248_IN_SERVICE, H248_OUT_OF_SERVICE, H248_TEST },
};
static const struct member event_buffer = {
	H248_BUFFER, 449, { H248_OFF, H248_LOCK_STEP },
};

static bool read_member(struct h248_reader *r, const struct member *member,
			enum h248_token *value, const char *at)
{
	const char *name = h248_token_name(member->word);
	char text[SG_SHOWN_TEXT];
	struct sg_slice word;

	if (*value)
		return twice(r, 456, at, name);
	*value = member->word;
	if (r->audit && h248_next(r) != '=')
		return true;
	if (!h248_expect(r, '=', name) || !h248_keyword(r, value, &word, name))
		return false;
	for (int i = 0; i < CHOICES && member->values[i]; i++)
		if (member->values[i] == *value)
			return true;
	return h248_fail(r, member->code, word.at, "%s %s is not known", name,
			 sg_slice_show(text, word));
}

/* -- LocalControl and TerminationState ---------------------------------------- */

/* A property, or a word that no package has: then it is no parameter. */
static bool property(struct h248_reader *r, struct h248_parameter **list,
		     struct sg_slice word, const char *where)
{
	char text[SG_SHOWN_TEXT];

	if (!memchr(word.at, '/', word.size) && !sg_slice_is(word, "*"))
		return h248_fail(r, 446, word.at,
				 "%s is no parameter of %s",
				 sg_slice_show(text, word), where);
	return h248_read_property(r, list, word);
}

static bool control_member(struct h248_reader *r, struct h248_control *control)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a parameter of LocalControl"))
		return false;
	switch (token) {
	case H248_MODE:
		return read_member(r, &mode, &control->mode, word.at);
	case H248_RESERVED_VALUE:
		return read_member(r, &reserved_value,
				   &control->reserved_value, word.at);
	case H248_RESERVED_GROUP:
		return read_member(r, &reserved_group,
				   &control->reserved_group, word.at);
	default:
		return property(r, &control->properties, word, "LocalControl");
	}
}

static bool state_member(struct h248_reader *r, struct h248_state *state)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a parameter of TerminationState"))
		return false;
	switch (token) {
	case H248_SERVICE_STATES:
		return read_member(r, &service_states, &state->service,
				   word.at);
	case H248_BUFFER:
		return read_member(r, &event_buffer, &state->buffer, word.at);
	default:
		return property(r, &state->properties, word,
				"TerminationState");
	}
}

static bool read_control(struct h248_reader *r, struct h248_control *control)
{
	control->present = true;
	if (r->audit && h248_next(r) != '{')
		return true;
	if (!h248_expect(r, '{', "LocalControl"))
		return false;
	do {
		if (!control_member(r, control))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "LocalControl");
}

static bool read_state(struct h248_reader *r, struct h248_state *state)
{
	state->present = true;
	if (r->audit && h248_next(r) != '{')
		return true;
	if (!h248_expect(r, '{', "TerminationState"))
		return false;
	do {
		if (!state_member(r, state))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "TerminationState");
}

/* -- streams ------------------------------------------------------------------ */

static bool read_sdp(struct h248_reader *r, struct h248_sdp *sdp,
		     const char *name)
{
	sdp->present = true;
	if (r->audit && h248_next(r) != '{')
		return true;
	return h248_octets(r, &sdp->text, name);
}

/* One of the descriptors a stream has; @word has been read. */
static bool stream_member(struct h248_reader *r, struct h248_stream *stream,
			  enum h248_token token, struct sg_slice word)
{
	char text[SG_SHOWN_TEXT];

	switch (token) {
	case H248_LOCAL_CONTROL:
		if (stream->control.present)
			return twice(r, 448, word.at, "LocalControl");
		return read_control(r, &stream->control);
	case H248_LOCAL:
		if (stream->local.present)
			return twice(r, 448, word.at, "Local");
		return read_sdp(r, &stream->local, "Local");
	case H248_REMOTE:
		if (stream->remote.present)
			return twice(r, 448, word.at, "Remote");
		return read_sdp(r, &stream->remote, "Remote");
	case H248_STATISTICS:
		if (stream->has_statistics)
			return twice(r, 448, word.at, "Statistics");
		stream->has_statistics = true;
		return (r->audit && h248_next(r) != '{') ||
		       h248_read_statistics(r, &stream->statistics);
	default:
		return h248_fail(r, 444, word.at,
				 "%s is no descriptor of a stream",
				 sg_slice_show(text, word));
	}
}

static struct h248_stream *new_stream(struct h248_reader *r,
				      struct h248_media *media, __u16 id,
				      const char *at)
{
	struct h248_stream **tail = &media->streams, *stream;
	int count = 0;

	for (; *tail; tail = &(*tail)->next) {
		if ((*tail)->id == id) {
			twice(r, 448, at, "the same StreamID");
			return NULL;
		}
		if (++count == H248_STREAMS_MAX) {
			h248_fail(r, 510, at, "more than %d streams stand here",
				  H248_STREAMS_MAX);
			return NULL;
		}
	}
	stream = h248_node(r, sizeof(*stream));
	if (!stream)
		return NULL;
	stream->id = id;
	*tail = stream;
	return stream;
}

static bool read_stream(struct h248_reader *r, struct h248_media *media,
			const char *at)
{
	struct h248_stream *stream;
	enum h248_token token;
	struct sg_slice word;
	__u16 id;

	if (!h248_expect(r, '=', "Stream") || !h248_stream_id(r, &id))
		return false;
	stream = new_stream(r, media, id, at);
	if (!stream || !h248_expect(r, '{', "Stream"))
		return false;
	do {
		if (!h248_keyword(r, &token, &word, "a descriptor") ||
		    !stream_member(r, stream, token, word))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Stream");
}

/* A stream's descriptor in Media itself belongs to stream 1. */
static bool implied_member(struct h248_reader *r, struct h248_media *media,
			   enum h248_token token, struct sg_slice word)
{
	struct h248_stream *stream = media->streams;

	while (stream && !stream->implied)
		stream = stream->next;
	if (!stream) {
		stream = new_stream(r, media, 1, word.at);
		if (!stream)
			return false;
		stream->implied = true;
	}
	return stream_member(r, stream, token, word);
}

static bool media_member(struct h248_reader *r, struct h248_media *media)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a descriptor of Media"))
		return false;
	switch (token) {
	case H248_STREAM:
		return read_stream(r, media, word.at);
	case H248_TERMINATION_STATE:
		if (media->state.present)
			return twice(r, 448, word.at, "TerminationState");
		return read_state(r, &media->state);
	default:
		return implied_member(r, media, token, word);
	}
}

bool h248_read_media(struct h248_reader *r, struct h248_media *media)
{
	if (!h248_expect(r, '{', "Media"))
		return false;
	do {
		if (!media_member(r, media))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Media");
}
