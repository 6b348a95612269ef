// SPDX-License-Identifier: GPL-2.0-only
#include "lib/h248_token.h"

struct spelling {
	const char *text;
	__u8 size;
};

static const struct spelling spellings[H248_TOKEN_COUNT][2] = {
	[H248_NONE] = { { "", 0 }, { "", 0 } },
#define SPELLING(symbol, full, brief)                                          \
	[H248_##symbol] = { { full, sizeof(full) - 1 },                        \
			    { brief, sizeof(brief) - 1 } },
	H248_TOKENS(SPELLING)
#undef SPELLING
};

/* Token and form by hash of the spelling, open addressing; 0: free. */
enum { INDEX_SIZE = 1024 };
static __u16 index_of[INDEX_SIZE];

/* Blind to case: the spellings are letters, digits and "!". */
static unsigned hash(const char *text, size_t size)
{
	unsigned first = text[0] | 0x20, last = text[size - 1] | 0x20;
	unsigned second = text[size / 2] | 0x20;

	return (first * 41 + second * 97 + last * 5 + size * 13) % INDEX_SIZE;
}

static bool spelled(const struct spelling *spelling, struct sg_slice word)
{
	if (spelling->size != word.size)
		return false;
	for (size_t i = 0; i < word.size; i++)
		if ((word.at[i] | 0x20) != (spelling->text[i] | 0x20))
			return false;
	return true;
}

/* Derived from the one table, before main() and never written again. */
__attribute__((constructor)) static void make_index(void)
{
	for (int i = 2; i < H248_TOKEN_COUNT * 2; i++) {
		const struct spelling *s = &spellings[i / 2][i % 2];
		unsigned slot = hash(s->text, s->size);

		while (index_of[slot])
			slot = (slot + 1) % INDEX_SIZE;
		index_of[slot] = i;
	}
}

enum h248_token h248_token_find(struct sg_slice word)
{
	unsigned slot;

	if (!word.size)
		return H248_NONE;
	slot = hash(word.at, word.size);
	while (index_of[slot]) {
		int i = index_of[slot];

		if (spelled(&spellings[i / 2][i % 2], word))
			return i / 2;
		slot = (slot + 1) % INDEX_SIZE;
	}
	return H248_NONE;
}

struct sg_slice h248_token_text(enum h248_token token, enum h248_form form)
{
	const struct spelling *s = &spellings[token][form];

	return (struct sg_slice){ s->text, s->size };
}

const char *h248_token_name(enum h248_token token)
{
	return spellings[token][H248_LONG].text;
}
