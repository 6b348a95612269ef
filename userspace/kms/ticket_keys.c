// SPDX-License-Identifier: GPL-2.0-only
#include "kms/ticket_keys.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base64.h"
#include "lib/cursor.h"
#include "lib/private_file.h"
#include "lib/secret.h"

#define TIME_FORMAT "%Y-%m-%dT%H:%M:%SZ"

enum {
	TIME_SIZE = 32,		/* characters of a time, more than enough */
	LINE_SIZE = 96,		/* characters of a line, more than enough */
};

static const char head[] =
	"# Ticket protection keys of srtpgate-kms(8): number, from when on it "
	"seals, key.\n";

static void put_label(struct ticket_key *key)
{
	for (int i = 0; i < TICKET_KEY_LABEL; i++)
		key->label[i] = key->number >> 8 * (TICKET_KEY_LABEL - 1 - i);
}

/* -- reading --------------------------------------------------------------- */

static int read_time(__u64 *seconds, struct sg_slice word)
{
	char text[TIME_SIZE];
	struct tm when = { 0 };
	const char *end;

	if (word.size >= sizeof(text))
		return -EINVAL;
	memcpy(text, word.at, word.size);
	text[word.size] = '\0';
	end = strptime(text, TIME_FORMAT, &when);
	if (!end || *end)
		return -EINVAL;
	*seconds = timegm(&when);
	return 0;
}

static int read_line(struct ticket_key *key, struct sg_cursor line)
{
	__u64 number;

	if (!sg_slice_number(sg_cursor_word(&line), ~0u, &number) ||
	    read_time(&key->from, sg_cursor_word(&line)) ||
	    sg_base64_decode(key->secret.octets, TICKET_KEY_SIZE,
			     sg_cursor_word(&line)) != TICKET_KEY_SIZE ||
	    sg_cursor_word(&line).size)
		return -EINVAL;
	key->number = number;
	key->secret.size = TICKET_KEY_SIZE;
	put_label(key);
	return 0;
}

/* Numbers and times rise, so a line that was copied twice is found. */
static bool follows(const struct ticket_keys *keys)
{
	const struct ticket_key *new = &keys->key[keys->keys];

	return !keys->keys ||
	       (new->number > new[-1].number && new->from > new[-1].from);
}

static int read_lines(struct ticket_keys *keys, struct sg_slice text,
		      const char *path, struct fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(text);

	for (int number = 1; sg_cursor_left(&c); number++) {
		struct sg_slice line = sg_slice_trim(sg_cursor_line(&c));

		if (!line.size || *line.at == '#')
			continue;
		if (keys->keys == TICKET_KEYS_MAX)
			return fault_set(fault, E2BIG,
					 "%s has more than %d keys; prune it",
					 path, TICKET_KEYS_MAX);
		if (read_line(&keys->key[keys->keys],
			      sg_cursor_of_slice(line)) || !follows(keys))
			return fault_set(fault, EINVAL,
					 "%s:%d: a line must be a number, a "
					 "time and 32 octets in base64, with "
					 "later times for higher numbers",
					 path, number);
		keys->keys++;
	}
	return 0;
}

int ticket_keys_load(struct ticket_keys *keys, const char *path,
		     struct fault *fault)
{
	char *text;
	int size = private_file_read(&text, path, fault), err;

	memset(keys, 0, sizeof(*keys));
	if (size < 0)
		return size;
	err = read_lines(keys, (struct sg_slice){ text, size }, path, fault);
	private_file_free(text, size);
	if (err)
		ticket_keys_wipe(keys);
	return err;
}

/* -- writing --------------------------------------------------------------- */

static int put_line(char *line, const struct ticket_key *key)
{
	time_t from = key->from;
	char when[TIME_SIZE];
	struct tm tm;
	int size;

	strftime(when, sizeof(when), TIME_FORMAT, gmtime_r(&from, &tm));
	size = sprintf(line, "%u %s ", key->number, when);
	sg_base64_encode(line + size, key->secret.octets, TICKET_KEY_SIZE);
	size += SG_BASE64_SIZE(TICKET_KEY_SIZE);
	line[size++] = '\n';
	return size;
}

int ticket_keys_save(const struct ticket_keys *keys, const char *path,
		     struct fault *fault)
{
	size_t room = sizeof(head) + keys->keys * LINE_SIZE, size;
	char *text = malloc(room);
	int err;

	if (!text)
		return fault_set(fault, ENOMEM, "out of memory");
	memcpy(text, head, sizeof(head));
	size = sizeof(head) - 1;
	for (int i = 0; i < keys->keys; i++)
		size += put_line(text + size, &keys->key[i]);
	err = private_file_write(path, text, size, fault);
	private_file_free(text, room);
	return err;
}

int ticket_keys_add(struct ticket_keys *keys, __u64 from, struct fault *fault)
{
	const struct ticket_key *last =
		keys->keys ? &keys->key[keys->keys - 1] : NULL;
	struct ticket_key *key = &keys->key[keys->keys];

	if (keys->keys == TICKET_KEYS_MAX)
		return fault_set(fault, ENOSPC,
				 "there are %d keys already; prune them",
				 TICKET_KEYS_MAX);
	if (last && (from <= last->from || last->number == ~0u))
		return fault_set(fault, EINVAL,
				 "the last key seals from a later time on; "
				 "give a time behind it");
	key->number = last ? last->number + 1 : 1;
	key->from = from;
	key->secret.size = TICKET_KEY_SIZE;
	put_label(key);
	if (RAND_priv_bytes(key->secret.octets, TICKET_KEY_SIZE) != 1)
		return fault_set(fault, EIO, "no random numbers to be had");
	keys->keys++;
	return 0;
}

int ticket_keys_prune(struct ticket_keys *keys, __u64 now, __u64 lifetime)
{
	int old = 0;

	/* A key has made its last ticket when the next one began. */
	while (old + 1 < keys->keys &&
	       keys->key[old + 1].from + lifetime < now)
		old++;
	sg_secret_zero(keys->key, old * sizeof(keys->key[0]));
	memmove(keys->key, keys->key + old,
		(keys->keys - old) * sizeof(keys->key[0]));
	keys->keys -= old;
	sg_secret_zero(keys->key + keys->keys, old * sizeof(keys->key[0]));
	return old;
}

/* -- looking up ------------------------------------------------------------ */

const struct ticket_key *ticket_keys_current(const struct ticket_keys *keys,
					     __u64 now)
{
	for (int i = keys->keys - 1; i >= 0; i--)
		if (keys->key[i].from <= now)
			return &keys->key[i];
	return NULL;
}

const struct ticket_key *ticket_keys_find(const struct ticket_keys *keys,
					  struct sg_slice label)
{
	for (int i = keys->keys - 1; i >= 0; i--)
		if (sg_slice_equal(label,
				   (struct sg_slice){ keys->key[i].label,
						      TICKET_KEY_LABEL }))
			return &keys->key[i];
	return NULL;
}

void ticket_keys_wipe(struct ticket_keys *keys)
{
	sg_secret_zero(keys, sizeof(*keys));
}
