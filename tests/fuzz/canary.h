/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys that can be told from all else: a text that is written over them must
 * be shown nowhere. For the one file of a program that includes it.
 */
#ifndef SRTPGATE_FUZZ_CANARY_H
#define SRTPGATE_FUZZ_CANARY_H

#include <stdbool.h>
#include <string.h>

enum { CANARY_KEY = 38, CANARY_WINDOW = 8 };

static const char canary[] = "Zq9xKj7vWw3pHg5tYb1nRf8mLc2sDd6zQk4jXv0w";

static bool is_base64(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '+' || c == '/';
}

/* Whether @text shows any part of the canary. */
static bool shows_canary(const char *text, size_t size)
{
	for (size_t at = 0; at + CANARY_WINDOW < sizeof(canary); at++)
		if (memmem(text, size, canary + at, CANARY_WINDOW))
			return true;
	return false;
}

/* Over all of a key but its first @kept octets, by which keys differ. */
static void mark_key(char *key, const char *end, size_t kept)
{
	size_t size = 0;

	while (key + size < end && is_base64(key[size]))
		size++;
	for (size_t i = kept; size >= CANARY_KEY && i < size; i++)
		key[i] = canary[i % (sizeof(canary) - 1)];
}

#endif /* SRTPGATE_FUZZ_CANARY_H */
