// SPDX-License-Identifier: GPL-2.0-only
#include "lib/h248_reader.h"

#include <stdarg.h>
#include <stdio.h>

/* A reader's own letters: what each kind of character may be part of. */
#define WORD_CLASSES                                                           \
	(H248_CLASS_SAFE | H248_CLASS_QUOTED)
#define LETTER                                                                 \
	(WORD_CLASSES | H248_CLASS_NAME | H248_CLASS_TERMINATION |             \
	 H248_CLASS_DOMAIN | H248_CLASS_ALPHA)
#define DIGIT                                                                  \
	(WORD_CLASSES | H248_CLASS_NAME | H248_CLASS_TERMINATION |             \
	 H248_CLASS_DOMAIN | H248_CLASS_HEX)
#define TERMINATION (WORD_CLASSES | H248_CLASS_TERMINATION)

const __u8 h248_class[256] = {
	['A' ... 'F'] = LETTER | H248_CLASS_HEX,
	['G' ... 'Z'] = LETTER,
	['a' ... 'f'] = LETTER | H248_CLASS_HEX,
	['g' ... 'z'] = LETTER,
	['0' ... '9'] = DIGIT,
	['_'] = TERMINATION | H248_CLASS_NAME,
	['/'] = TERMINATION, ['*'] = TERMINATION, ['$'] = TERMINATION,
	['@'] = TERMINATION,
	['-'] = TERMINATION | H248_CLASS_DOMAIN,
	['.'] = TERMINATION | H248_CLASS_DOMAIN,
	['+'] = WORD_CLASSES, ['&'] = WORD_CLASSES, ['!'] = WORD_CLASSES,
	['\''] = WORD_CLASSES, ['?'] = WORD_CLASSES, ['^'] = WORD_CLASSES,
	['`'] = WORD_CLASSES, ['~'] = WORD_CLASSES, ['\\'] = WORD_CLASSES,
	['('] = WORD_CLASSES, [')'] = WORD_CLASSES, ['%'] = WORD_CLASSES,
	['|'] = WORD_CLASSES,
	/* RestChar */
	[';'] = H248_CLASS_QUOTED, ['['] = H248_CLASS_QUOTED,
	[']'] = H248_CLASS_QUOTED, ['{'] = H248_CLASS_QUOTED,
	['}'] = H248_CLASS_QUOTED, [':'] = H248_CLASS_QUOTED,
	[','] = H248_CLASS_QUOTED, ['#'] = H248_CLASS_QUOTED,
	['<'] = H248_CLASS_QUOTED, ['>'] = H248_CLASS_QUOTED,
	['='] = H248_CLASS_QUOTED,
	[' '] = H248_CLASS_QUOTED | H248_CLASS_BLANK,
	['\t'] = H248_CLASS_QUOTED | H248_CLASS_BLANK,
	['\r'] = H248_CLASS_BLANK, ['\n'] = H248_CLASS_BLANK,
	/* Octets of UTF-8 in error texts: not in the grammar, but met. */
	[0x80 ... 0xff] = H248_CLASS_QUOTED,
};

bool h248_is_all(struct sg_slice text, __u8 bits)
{
	for (size_t i = 0; i < text.size; i++)
		if (!(h248_class[(__u8)text.at[i]] & bits))
			return false;
	return true;
}

bool h248_fail(struct h248_reader *r, int code, const char *at,
	       const char *format, ...)
{
	struct h248_fault *fault = r->fault;
	va_list arguments;

	fault->code = code;
	sg_cursor_position(&r->in, at, &fault->line, &fault->column);
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	return false;
}

/* What stands at the reader, for a sentence. */
static const char *found(const struct h248_reader *r, char text[SG_SHOWN_TEXT])
{
	struct sg_cursor in = r->in;
	struct sg_slice word = sg_cursor_span(&in, h248_class, H248_CLASS_SAFE);

	if (in.at == in.end && !word.size)
		return "the end of the message";
	if (!word.size)
		word.size = 1;
	return sg_slice_show(text, word);
}

bool h248_unexpected(struct h248_reader *r, const char *wanted)
{
	char text[SG_SHOWN_TEXT];

	return h248_fail(r, r->syntax, r->in.at, "%s is wanted, not %s",
			 wanted, found(r, text));
}

bool h248_missing(struct h248_reader *r, char c, const char *after)
{
	char text[SG_SHOWN_TEXT];

	return h248_fail(r, r->syntax, r->in.at,
			 "\"%c\" is missing after %s: found %s", c, after,
			 found(r, text));
}

void *h248_node(struct h248_reader *r, size_t size)
{
	void *node = h248_alloc(r->message, size);

	if (!node)
		h248_fail(r, 510, r->in.at,
			  "the message has more parts than there is room for");
	return node;
}

void h248_skip_comments(struct h248_reader *r)
{
	while (h248_next(r) == ';') {
		sg_cursor_line(&r->in);
		sg_cursor_span(&r->in, h248_class, H248_CLASS_BLANK);
	}
}

bool h248_word(struct h248_reader *r, struct sg_slice *word, const char *what)
{
	*word = sg_cursor_span(&r->in, h248_class, H248_CLASS_SAFE);
	if (!word->size)
		return h248_unexpected(r, what);
	h248_skip(r);
	return true;
}

bool h248_keyword(struct h248_reader *r, enum h248_token *token,
		  struct sg_slice *word, const char *what)
{
	if (!h248_word(r, word, what))
		return false;
	*token = h248_token_find(*word);
	return true;
}

bool h248_number(struct h248_reader *r, __u32 max, int code, __u32 *number,
		 const char *what)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word;
	__u64 value;

	if (!h248_word(r, &word, what))
		return false;
	if (sg_slice_number(word, max, &value)) {
		*number = value;
		return true;
	}
	if (!sg_slice_number(word, ~0ull, &value))
		code = r->syntax;
	return h248_fail(r, code, word.at, "%s is a number up to %u, not %s",
			 what, max, sg_slice_show(text, word));
}

bool h248_stream_id(struct h248_reader *r, __u16 *id)
{
	const char *at = r->in.at;
	__u32 number;

	if (!h248_number(r, 65535, 410, &number, "a StreamID"))
		return false;
	if (!number)
		return h248_fail(r, 410, at, "StreamID 0 is reserved");
	*id = number;
	return true;
}

bool h248_quoted(struct h248_reader *r, struct sg_slice *text)
{
	const char *at = r->in.at;

	if (!sg_cursor_accept(&r->in, '"'))
		return h248_unexpected(r, "a quoted string");
	*text = sg_cursor_span(&r->in, h248_class, H248_CLASS_QUOTED);
	if (!sg_cursor_accept(&r->in, '"'))
		return h248_fail(r, r->syntax, at,
				 "the string that begins here does not end on its line");
	h248_skip(r);
	return true;
}

bool h248_value(struct h248_reader *r, struct h248_value *value,
		const char *what)
{
	if (h248_next(r) != '"')
		return h248_word(r, &value->text, what);
	value->quoted = true;
	return h248_quoted(r, &value->text);
}

/* Steps over one character, string or comment; counts braces. */
static bool raw_step(struct h248_reader *r, unsigned *depth)
{
	struct sg_slice string;
	int c = h248_next(r);

	if (c == '"')
		return h248_quoted(r, &string);
	if (c < 0 || !(h248_class[c] & (H248_CLASS_QUOTED | H248_CLASS_BLANK)))
		return h248_missing(r, '}', "the descriptor's text");
	if (c == ';') {
		h248_skip_comments(r);
		return true;
	}
	*depth += (c == '{') - (c == '}');
	r->in.at++;
	return true;
}

bool h248_raw(struct h248_reader *r, struct sg_slice *text)
{
	const char *from = r->in.at, *to;
	struct sg_slice word = { from, 0 };
	unsigned depth = 0;

	if (h248_accept(r, '=') && h248_next(r) != '{') {
		if (!h248_word(r, &word, "a name"))
			return false;
	}
	to = word.at + word.size;
	if (h248_next(r) == '{') {
		do {
			if (!raw_step(r, &depth))
				return false;
		} while (depth);
		to = r->in.at;
	}
	*text = (struct sg_slice){ from, to - from };
	h248_skip(r);
	return true;
}

bool h248_octets(struct h248_reader *r, struct sg_slice *text,
		 const char *after)
{
	const char *from, *to;

	if (!sg_cursor_accept(&r->in, '{'))
		return h248_missing(r, '{', after);
	from = r->in.at;
	for (to = from;; to++) {
		to = memchr(to, '}', r->in.end - to);
		if (!to)
			return h248_fail(r, r->syntax, from,
					 "\"}\" is missing after the octets of %s",
					 after);
		if (to[-1] != '\\')
			break;
	}
	if (memchr(from, 0, to - from))
		return h248_fail(r, r->syntax, from,
				 "%s holds an octet of value zero", after);
	*text = sg_slice_trim((struct sg_slice){ from, to - from });
	r->in.at = to + 1;
	h248_skip(r);
	return true;
}

bool h248_is_time(struct sg_slice word)
{
	if (word.size != 17 || (word.at[8] | 0x20) != 't')
		return false;
	for (int i = 0; i < 17; i++)
		if (i != 8 && (word.at[i] < '0' || word.at[i] > '9'))
			return false;
	return true;
}

static bool is_name(struct sg_slice text)
{
	if (text.size == 1 && text.at[0] == '*')
		return true;
	return text.size && text.size <= 64 &&
	       h248_class[(__u8)text.at[0]] & H248_CLASS_ALPHA &&
	       h248_is_all(text, H248_CLASS_NAME);
}

bool h248_is_package_name(struct sg_slice word)
{
	struct sg_cursor in = sg_cursor_of_slice(word);
	struct sg_slice package = sg_cursor_until(&in, '/');

	return is_name(package) && is_name(sg_cursor_rest(&in));
}

bool h248_termination(struct h248_reader *r, struct h248_termination *t)
{
	char text[SG_SHOWN_TEXT];

	if (!h248_word(r, &t->name, "a TerminationID"))
		return false;
	if (t->name.size > H248_NAME_MAX ||
	    !h248_is_all(t->name, H248_CLASS_TERMINATION))
		return h248_fail(r, 410, t->name.at,
				 "%s is no TerminationID: it has up to 64 letters, digits and _ / * $ @ - .",
				 sg_slice_show(text, t->name));
	t->choose = memchr(t->name.at, '$', t->name.size);
	t->all = memchr(t->name.at, '*', t->name.size);
	return true;
}
