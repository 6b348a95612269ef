// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors of commands, replies and audits. */
#include "lib/h248_tree.h"

/* May stand in an Audit: all of them can be asked for. */
enum {
	AUDITABLE = 1 << H248_MEDIA | 1 << H248_EVENTS | 1 << H248_SIGNALS |
		    1 << H248_OBSERVED_EVENTS | 1 << H248_STATISTICS |
		    1 << H248_PACKAGES | 1 << H248_MODEM | 1 << H248_MUX |
		    1 << H248_DIGIT_MAP | 1 << H248_EVENT_BUFFER,
};

bool h248_read_error(struct h248_reader *r, struct h248_error *error)
{
	__u32 code;

	if (!h248_expect(r, '=', "Error") ||
	    !h248_number(r, 9999, r->syntax, &code, "an error code") ||
	    !h248_expect(r, '{', "Error"))
		return false;
	error->code = code;
	if (h248_next(r) == '"' && !h248_quoted(r, &error->text))
		return false;
	return h248_expect(r, '}', "Error");
}

static bool read_audit(struct h248_reader *r, struct h248_descriptor **tail)
{
	__u32 seen = 0;
	bool ok;

	if (!h248_expect(r, '{', "Audit"))
		return false;
	if (h248_accept(r, '}'))
		return true;
	r->audit = true;
	do {
		ok = h248_read_next_descriptor(r, AUDITABLE, &seen, &tail);
	} while (ok && h248_accept(r, ','));
	r->audit = false;
	return ok && h248_expect(r, '}', "Audit");
}

/* Only the word: an item of an audit or its answer, or "none" of these two. */
static bool may_be_bare(const struct h248_reader *r, enum h248_token kind)
{
	if (kind == H248_AUDIT || kind == H248_SERVICES || kind == H248_ERROR)
		return false;
	return r->audit || r->reply || kind == H248_EVENTS ||
	       kind == H248_SIGNALS || kind == H248_EVENT_BUFFER;
}

bool h248_read_descriptor(struct h248_reader *r, enum h248_token kind,
			  struct h248_descriptor *d)
{
	int next = h248_next(r);

	d->kind = kind;
	if (next != '{' && next != '=' && may_be_bare(r, kind)) {
		d->bare = true;
		return true;
	}
	switch (kind) {
	case H248_MEDIA:
		return h248_read_media(r, &d->media);
	case H248_EVENTS:
	case H248_OBSERVED_EVENTS:
		return h248_read_events(r, &d->events,
					kind == H248_OBSERVED_EVENTS);
	case H248_SIGNALS:
		return h248_read_signals(r, &d->signals);
	case H248_STATISTICS:
		return h248_read_statistics(r, &d->statistics);
	case H248_PACKAGES:
		return h248_read_packages(r, &d->packages);
	case H248_AUDIT:
		return read_audit(r, &d->audit);
	case H248_SERVICES:
		d->services = h248_node(r, sizeof(*d->services));
		return d->services && h248_read_services(r, d->services);
	case H248_ERROR:
		return h248_read_error(r, &d->error);
	default:
		return (next == '{' || next == '=') ?
			       h248_raw(r, &d->raw) :
			       h248_missing(r, '{', h248_token_name(kind));
	}
}

bool h248_read_next_descriptor(struct h248_reader *r, __u32 legal, __u32 *seen,
			       struct h248_descriptor ***tail)
{
	struct h248_descriptor *d;
	char text[SG_SHOWN_TEXT];
	enum h248_token kind;
	struct sg_slice word;

	if (!h248_keyword(r, &kind, &word, "a descriptor"))
		return false;
	if (kind == H248_NONE || kind > H248_LAST_DESCRIPTOR)
		return h248_fail(r, 444, word.at, "%s is no descriptor",
				 sg_slice_show(text, word));
	if (!(legal & 1u << kind))
		return h248_fail(r, 447, word.at, "%s may not stand here",
				 h248_token_name(kind));
	if (*seen & 1u << kind)
		return h248_fail(r, 448, word.at, "%s stands here twice",
				 h248_token_name(kind));
	*seen |= 1u << kind;
	d = h248_node(r, sizeof(*d));
	if (!d)
		return false;
	**tail = d;
	*tail = &d->next;
	return h248_read_descriptor(r, kind, d);
}
