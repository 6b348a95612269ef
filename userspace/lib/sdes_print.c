// SPDX-License-Identifier: GPL-2.0-only
/* Writes a=crypto. */
#include <errno.h>
#include <stdio.h>

#include "lib/base64.h"
#include "lib/sdes.h"
#include "lib/secret.h"

enum {
	KEY_TEXT = SG_BASE64_SIZE(SDES_KEY_SIZE_MAX),
	MKI_DIGITS = 309,	/* of 2^1024 */
};

struct writer {
	char *at;
	char *end;
	bool full;
};

static void put(struct writer *w, const char *text, size_t size)
{
	if (size > (size_t)(w->end - w->at)) {
		w->full = true;
		w->at = w->end;
		return;
	}
	memcpy(w->at, text, size);
	w->at += size;
}

static void put_text(struct writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static void put_number(struct writer *w, __u64 number)
{
	char text[24];

	put(w, text, snprintf(text, sizeof(text), "%llu",
			      (unsigned long long)number));
}

static void put_lifetime(struct writer *w, __u64 lifetime)
{
	if (!lifetime)
		return;
	put_text(w, "|");
	if (lifetime & (lifetime - 1)) {
		put_number(w, lifetime);
	} else {
		put_text(w, "2^");
		put_number(w, __builtin_ctzll(lifetime));
	}
}

/* Divides a big-endian integer by ten; returns the remainder. */
static unsigned shift_out(__u8 *octets, int size)
{
	unsigned rest = 0;

	for (int i = 0; i < size; i++) {
		rest = rest << 8 | octets[i];
		octets[i] = rest / 10;
		rest %= 10;
	}
	return rest;
}

static bool is_zero(const __u8 *octets, int size)
{
	while (size && !octets[size - 1])
		size--;
	return !size;
}

static void put_mki(struct writer *w, const struct sdes_key *key)
{
	__u8 left[SDES_MKI_SIZE_MAX];
	char digits[MKI_DIGITS];
	int at = MKI_DIGITS;

	if (!key->mki_size)
		return;
	memcpy(left, key->mki, key->mki_size);
	do {
		digits[--at] = '0' + shift_out(left, key->mki_size);
	} while (!is_zero(left, key->mki_size));
	put_text(w, "|");
	put(w, digits + at, MKI_DIGITS - at);
	put_text(w, ":");
	put_number(w, key->mki_size);
}

static void put_keys(struct writer *w, const struct sdes_suite *suite,
		     const struct sdes_key *key, int keys)
{
	int size = suite->key + suite->salt;
	char text[KEY_TEXT];

	for (int i = 0; i < keys; i++) {
		put_text(w, i ? ";inline:" : "inline:");
		sg_base64_encode(text, key[i].secret, size);
		put(w, text, SG_BASE64_SIZE(size));
		put_lifetime(w, key[i].lifetime);
		put_mki(w, &key[i]);
	}
	sg_secret_zero(text, sizeof(text));
}

static void put_parameters(struct writer *w, const struct sdes_crypto *crypto)
{
	if (crypto->kdr) {
		put_text(w, " KDR=");
		put_number(w, crypto->kdr);
	}
	if (crypto->unencrypted_srtp)
		put_text(w, " UNENCRYPTED_SRTP");
	if (crypto->unencrypted_srtcp)
		put_text(w, " UNENCRYPTED_SRTCP");
	if (crypto->unauthenticated_srtp)
		put_text(w, " UNAUTHENTICATED_SRTP");
	if (crypto->fec_order)
		put_text(w, crypto->fec_order == SDES_FEC_SRTP ?
				    " FEC_ORDER=FEC_SRTP" :
				    " FEC_ORDER=SRTP_FEC");
	if (crypto->fec_keys) {
		put_text(w, " FEC_KEY=");
		put_keys(w, crypto->suite, crypto->fec_key, crypto->fec_keys);
	}
	if (crypto->wsh) {
		put_text(w, " WSH=");
		put_number(w, crypto->wsh);
	}
}

int sdes_print(char *buffer, size_t size, const struct sdes_crypto *crypto)
{
	struct writer w = { buffer, buffer + size, false };

	put_number(&w, crypto->tag);
	put_text(&w, " ");
	put_text(&w, crypto->suite->name);
	put_text(&w, " ");
	put_keys(&w, crypto->suite, crypto->key, crypto->keys);
	put_parameters(&w, crypto);
	if (w.full) {
		sg_secret_zero(buffer, size);
		return -ENOSPC;
	}
	return w.at - buffer;
}
