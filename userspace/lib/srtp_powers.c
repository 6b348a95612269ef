// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp_powers.h"

#include <stddef.h>
#include <string.h>

#include "lib/secret.h"
#include "lib/turn.h"

/* An element of GF(2^128); the highest bit of word 0 is x^0's coefficient. */
struct element {
	__u64 word[2];
};

static void add(struct element *to, const struct element *what, __u64 mask)
{
	to->word[0] ^= what->word[0] & mask;
	to->word[1] ^= what->word[1] & mask;
}

/* x^128 = x^7 + x^2 + x + 1 */
static void times_x(struct element *e)
{
	__u64 carry = -(e->word[1] & 1);

	e->word[1] = e->word[1] >> 1 | e->word[0] << 63;
	e->word[0] = e->word[0] >> 1 ^ (carry & 0xe1ull << 56);
}

static void multiply(struct element *to, const struct element *by)
{
	struct element sum = { 0 };

	for (int i = 0; i < 128; i++) {
		add(&sum, to, -(by->word[i / 64] >> (63 - i % 64) & 1));
		times_x(to);
	}
	*to = sum;
}

/* All sums of @power times 1, x, x^2 and x^3: places 8, 4, 2 and 1. */
static void put_multiples(__u64 multiple[16][2], struct element power)
{
	memset(multiple[0], 0, sizeof(multiple[0]));
	for (int bit = 8; bit; bit /= 2) {
		for (int n = 0; n < 16; n += 2 * bit)
			for (int i = 0; i < 2; i++)
				multiple[n + bit][i] = multiple[n][i] ^
						       power.word[i];
		times_x(&power);
	}
	sg_secret_zero(&power, sizeof(power));
}

static void end(struct sg_powers *entry)
{
	__atomic_store_n(&entry->turn, entry->turn + 1, __ATOMIC_RELEASE);
}

void srtp_powers_make(struct sg_powers *entry, const struct srtp_ahead *ahead)
{
	struct element hash, power;

	memcpy(hash.word, ahead->hash, sizeof(hash.word));
	power = hash;
	turn_begin(&entry->turn);
	entry->key = ahead->key;
	entry->generation = ahead->generation;
	for (int i = SG_POWERS - 1; i >= 0; i--) {
		put_multiples(entry->multiple[i], power);
		multiply(&power, &hash);
	}
	end(entry);
	sg_secret_zero(&hash, sizeof(hash));
	sg_secret_zero(&power, sizeof(power));
}

bool srtp_powers_are(const struct sg_powers *entry,
		     const struct srtp_ahead *ahead)
{
	return entry->generation == ahead->generation &&
	       entry->key == ahead->key;
}

void srtp_powers_zero(struct sg_powers *entry)
{
	turn_begin(&entry->turn);
	sg_secret_zero(entry, offsetof(struct sg_powers, turn));
	entry->generation = 0;
	sg_secret_zero(&entry->key, sizeof(entry->key));
	end(entry);
}
