// SPDX-License-Identifier: GPL-2.0-only
#include "lib/h248_writer.h"

#include "lib/h248_reader.h"

void h248_put_number(struct h248_writer *w, __u32 number)
{
	char digits[10];
	int at = sizeof(digits);

	do {
		digits[--at] = '0' + number % 10;
		number /= 10;
	} while (number);
	h248_put(w, (struct sg_slice){ digits + at, sizeof(digits) - at });
}

void h248_put_word(struct h248_writer *w, struct sg_slice word)
{
	if (!word.size || !h248_is_all(word, H248_CLASS_SAFE))
		h248_invalid(w);
	h248_put(w, word);
}

void h248_put_numbered(struct h248_writer *w, enum h248_token token,
		       __u32 number)
{
	h248_put_token(w, token);
	h248_equals(w);
	h248_put_number(w, number);
}

static void quoted(struct h248_writer *w, struct sg_slice text)
{
	if (!h248_is_all(text, H248_CLASS_QUOTED))
		h248_invalid(w);
	h248_put_text(w, "\"");
	h248_put(w, text);
	h248_put_text(w, "\"");
}

void h248_put_value(struct h248_writer *w, const struct h248_value *value)
{
	if (value->quoted)
		quoted(w, value->text);
	else
		h248_put_word(w, value->text);
}

static void values(struct h248_writer *w, const struct h248_value *value,
		   const char *around)
{
	h248_put(w, (struct sg_slice){ around, 1 });
	h248_put_value(w, value);
	while ((value = value->next)) {
		h248_put(w, (struct sg_slice){ around + 1, 1 });
		h248_put_value(w, value);
	}
	h248_put(w, (struct sg_slice){ around + 2, 1 });
}

static void relation(struct h248_writer *w, enum h248_relation relation)
{
	switch (relation) {
	case H248_UNEQUAL:
		h248_put_text(w, "#");
		break;
	case H248_LESS:
		h248_put_text(w, "<");
		break;
	case H248_GREATER:
		h248_put_text(w, ">");
		break;
	default:
		h248_equals(w);
	}
}

static void parameter(struct h248_writer *w, const struct h248_parameter *p)
{
	h248_put_word(w, p->name);
	if (p->relation == H248_NO_VALUE)
		return;
	relation(w, p->relation);
	switch (p->relation) {
	case H248_ONE_OF:
		values(w, &p->value, "{,}");
		break;
	case H248_ALL_OF:
		values(w, &p->value, "[,]");
		break;
	case H248_RANGE:
		if (!p->value.next || p->value.next->next)
			h248_invalid(w);
		values(w, &p->value, "[:]");
		break;
	default:
		h248_put_value(w, &p->value);
	}
}

void h248_put_parameters(struct h248_writer *w,
			 const struct h248_parameter *list, bool *first)
{
	for (; list; list = list->next) {
		h248_next_member(w, first);
		parameter(w, list);
	}
}

/* Nothing in a name may end it early. */
static void name(struct h248_writer *w, const char *around,
		 struct sg_slice name)
{
	for (size_t i = 0; i < name.size; i++)
		if (!(h248_class[(__u8)name.at[i]] & H248_CLASS_DOMAIN) &&
		    name.at[i] != ':')
			h248_invalid(w);
	h248_put(w, (struct sg_slice){ around, 1 });
	h248_put(w, name);
	h248_put(w, (struct sg_slice){ around + 1, 1 });
}

void h248_put_mid(struct h248_writer *w, const struct h248_mid *mid)
{
	switch (mid->kind) {
	case H248_MID_ADDRESS:
		name(w, "[]", mid->name);
		break;
	case H248_MID_DOMAIN:
		name(w, "<>", mid->name);
		break;
	case H248_MID_DEVICE:
		h248_put_word(w, mid->name);
		return;
	case H248_MID_MTP:
		h248_put_token(w, H248_MTP);
		name(w, "{}", mid->name);
		return;
	case H248_MID_PORT:
		h248_put_number(w, mid->port);
		return;
	default:
		h248_invalid(w);
		return;
	}
	if (mid->port) {
		h248_put_text(w, ":");
		h248_put_number(w, mid->port);
	}
}

/*
 * An error's text often repeats what came from outside: rather a wrong
 * character in it than an answer that cannot be sent.
 */
static void error_text(struct h248_writer *w, struct sg_slice text)
{
	char *from = w->at;

	h248_put(w, text);
	for (; from < w->at; from++)
		if (!(h248_class[(__u8)*from] & H248_CLASS_QUOTED))
			*from = *from == '"' ? '\'' : '?';
}

void h248_put_error(struct h248_writer *w, const struct h248_error *error)
{
	h248_put_numbered(w, H248_ERROR, error->code);
	h248_open(w);
	if (error->text.size) {
		h248_put_text(w, "\"");
		error_text(w, error->text);
		h248_put_text(w, "\"");
	}
	h248_close(w);
}

void h248_put_sdp(struct h248_writer *w, struct sg_slice sdp)
{
	struct sg_cursor in = sg_cursor_of_slice(sdp);

	h248_put_text(w, "{\r\n");
	while (sg_cursor_left(&in)) {
		struct sg_slice line = sg_cursor_line(&in);
		const char *brace = memchr(line.at, '}', line.size);

		for (; brace; brace = memchr(brace + 1, '}',
					     line.at + line.size - brace - 1))
			if (brace == line.at || brace[-1] != '\\')
				h248_invalid(w);
		h248_put(w, line);
		h248_put_text(w, "\r\n");
	}
	h248_put_text(w, "}");
}
