// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_key.h"

#include "lib/mikey_wire.h"
#include "lib/secret.h"

enum { INTERVAL_SIZE = 6 };	/* RFC 3830 6.14: SRTP's packet index */

/* -- reading --------------------------------------------------------------- */

/* Copies a counted field; false: it has more than @max octets or none. */
static bool take_copy(struct sg_cursor *c, int length_size, __u8 *to,
		      size_t max, size_t *size)
{
	struct sg_slice field = mikey_take_counted(c, length_size);

	if (!field.size || field.size > max)
		return false;
	memcpy(to, field.at, field.size);
	*size = field.size;
	return true;
}

static bool take_index(struct sg_cursor *c, __u64 *index)
{
	struct sg_slice field = mikey_take_counted(c, 1);

	*index = 0;
	for (size_t i = 0; i < field.size && field.size <= INTERVAL_SIZE; i++)
		*index = *index << 8 | (__u8)field.at[i];
	return field.size && field.size <= INTERVAL_SIZE;
}

static bool take_validity(struct sg_cursor *c, struct mikey_key *key)
{
	switch (key->validity) {
	case MIKEY_VALID_ALWAYS:
		return true;
	case MIKEY_VALID_SPI:
		return take_copy(c, 1, key->spi, sizeof(key->spi),
				 &key->spi_size);
	case MIKEY_VALID_INTERVAL:
		return take_index(c, &key->from) && take_index(c, &key->to);
	}
	return false;
}

/* Type and validity share an octet; an odd type has a salt: 6.13. */
static int read_key(struct mikey_key *key, struct sg_cursor *c,
		    struct mikey_fault *fault)
{
	__u8 word = sg_cursor_u8(c), type = word >> 4;

	if (type > MIKEY_MPK || (word & 15) > MIKEY_VALID_INTERVAL)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSPECIFIED,
				  "the type or validity of a key is not known");
	key->kind = type & ~1;
	key->validity = word & 15;
	if (!take_copy(c, 2, key->secret.octets, MIKEY_KEY_MAX,
		       &key->secret.size) ||
	    (type & 1 && !take_copy(c, 2, key->salt, MIKEY_SALT_MAX,
				    &key->salt_size)) ||
	    !take_validity(c, key))
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "a field of a key is empty, cut short or too long");
	return 0;
}

static int read_keys(struct mikey_keys *keys, struct sg_cursor *c,
		     struct mikey_fault *fault)
{
	__u8 next = MIKEY_KEY_DATA;
	int err;

	while (next == MIKEY_KEY_DATA) {
		if (keys->keys == MIKEY_KEYS_MAX)
			return mikey_fail(fault, -E2BIG, MIKEY_UNSPECIFIED,
					  "there are too many keys");
		next = sg_cursor_u8(c);
		err = read_key(&keys->key[keys->keys++], c, fault);
		if (err)
			return err;
	}
	if (next != MIKEY_LAST || sg_cursor_left(c) || c->failed)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "something else follows the keys");
	return 0;
}

int mikey_keys_parse(struct mikey_keys *keys, struct sg_slice data,
		     struct mikey_fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(data);
	int err = 0;

	memset(keys, 0, sizeof(*keys));
	/* A ticket may well encode no session keys (RFC 6043 8). */
	if (data.size)
		err = read_keys(keys, &c, fault);
	if (err)
		mikey_keys_wipe(keys);
	return err;
}

/* -- writing --------------------------------------------------------------- */

static void put_key(struct mikey_writer *w, const struct mikey_key *key)
{
	if (!key->secret.size || key->secret.size > MIKEY_KEY_MAX ||
	    key->salt_size > MIKEY_SALT_MAX || key->spi_size > MIKEY_SPI_MAX ||
	    (key->kind == MIKEY_MPK && key->salt_size)) {
		w->err = w->err ? w->err : -EINVAL;
		return;
	}
	mikey_put_u8(w, (key->kind | !!key->salt_size) << 4 | key->validity);
	mikey_put_counted(w, 2, mikey_slice(key->secret.octets,
					    key->secret.size));
	if (key->salt_size)
		mikey_put_counted(w, 2, mikey_slice(key->salt, key->salt_size));
	if (key->validity == MIKEY_VALID_SPI)
		mikey_put_counted(w, 1, mikey_slice(key->spi, key->spi_size));
	if (key->validity == MIKEY_VALID_INTERVAL) {
		mikey_put_u8(w, INTERVAL_SIZE);
		mikey_put_number(w, key->from, INTERVAL_SIZE);
		mikey_put_u8(w, INTERVAL_SIZE);
		mikey_put_number(w, key->to, INTERVAL_SIZE);
	}
}

int mikey_keys_print(__u8 *buffer, size_t size, const struct mikey_keys *keys)
{
	struct mikey_writer w = mikey_writer_of(buffer, size);

	for (int i = 0; i < keys->keys; i++) {
		mikey_put_u8(&w, i + 1 < keys->keys ? MIKEY_KEY_DATA :
						      MIKEY_LAST);
		put_key(&w, &keys->key[i]);
	}
	if (w.err)
		sg_secret_zero(buffer, size);
	return mikey_written(&w);
}

/* -- what RFC 6043 wants --------------------------------------------------- */

int mikey_keys_check(const struct mikey_keys *keys, int mpks,
		     struct mikey_fault *fault)
{
	if (keys->keys < mpks)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "an MPK is missing");
	for (int i = 0; i < keys->keys; i++) {
		const struct mikey_key *key = &keys->key[i];

		/* Their order alone tells MPKi and MPKr. */
		if ((key->kind == MIKEY_MPK) != (i < mpks))
			return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
					  "the MPKs are not the first keys");
		if (key->validity != MIKEY_VALID_SPI)
			return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
					  "a key has no SPI");
		if (key->secret.size < MIKEY_KEY_MIN)
			return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
					  "a key has less than 128 bits");
	}
	return 0;
}

const struct mikey_key *mikey_keys_find(const struct mikey_keys *keys,
					enum mikey_key_kind kind,
					const struct sg_slice *spi)
{
	for (int i = 0; i < keys->keys; i++) {
		const struct mikey_key *key = &keys->key[i];
		struct sg_slice said = { (const char *)key->spi,
					 key->spi_size };

		if (key->kind == kind && (!spi || sg_slice_equal(*spi, said)))
			return key;
	}
	return NULL;
}

bool mikey_keys_have_tgk(const struct mikey_keys *keys)
{
	return mikey_keys_find(keys, MIKEY_TGK, NULL);
}

size_t mikey_keys_longest(const struct mikey_keys *keys)
{
	size_t longest = 0;

	for (int i = 0; i < keys->keys; i++)
		if (keys->key[i].secret.size > longest)
			longest = keys->key[i].secret.size;
	return longest;
}

void mikey_keys_wipe(struct mikey_keys *keys)
{
	sg_secret_zero(keys, sizeof(*keys));
}

void mikey_secret_wipe(struct mikey_secret *secret)
{
	sg_secret_zero(secret, sizeof(*secret));
}
