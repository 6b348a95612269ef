// SPDX-License-Identifier: GPL-2.0-only
/* Base64 beside OpenSSL's, for each length and each octet. */
#include <errno.h>
#include <openssl/evp.h>

#include "../lib/ktap.h"
#include "../lib/random.h"
#include "lib/base64.h"

enum { LENGTH = 200, TEXT = SG_BASE64_SIZE(LENGTH) + 1 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

static struct sg_slice without_padding(struct sg_slice text)
{
	while (text.size && text.at[text.size - 1] == '=')
		text.size--;
	return text;
}

static void test_lengths(void)
{
	struct random random = { 1 };
	__u8 octets[LENGTH], back[LENGTH + 1];
	char ours[TEXT + 1], theirs[TEXT];
	int same = 0, decoded = 0, bare = 0, kept = 0;

	for (int size = 0; size < LENGTH; size++) {
		struct sg_slice text = { ours, SG_BASE64_SIZE(size) };

		random_bytes(&random, octets, size);
		ours[text.size] = 'x';
		back[size] = 'y';
		sg_base64_encode(ours, octets, size);
		EVP_EncodeBlock((__u8 *)theirs, octets, size);
		same += sg_slice_is(text, theirs);
		decoded += sg_base64_decode(back, size, text) == size &&
			   !memcmp(back, octets, size);
		bare += sg_base64_decode(back, size, without_padding(text)) ==
				size && !memcmp(back, octets, size);
		kept += ours[text.size] == 'x' && back[size] == 'y';
	}
	ktap(same == LENGTH, "encoded as OpenSSL does");
	ktap(decoded == LENGTH, "decoded again");
	ktap(bare == LENGTH, "and without padding");
	ktap(kept == LENGTH, "nothing is written behind either");
}

/* Each octet at each place of a text longer than a block. */
static void test_characters(void)
{
	char text[40];
	__u8 out[30];
	int right = 0, zero = 0, refused = 0;

	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof(text); at++) {
			bool valid = c && strchr(alphabet, c);
			struct sg_slice all = { text, sizeof(text) };
			int got;

			memset(text, 'A', sizeof(text));
			memset(out, 0x55, sizeof(out));
			text[at] = c;
			got = sg_base64_decode(out, sizeof(out), all);
			/* One padding character is none of the octets. */
			valid |= c == '=' && at == sizeof(text) - 1;
			right += got == (valid ? 30 - (c == '=') : -EINVAL);
			if (valid)
				continue;
			refused++;
			for (size_t i = 0; i < sizeof(out); i++)
				zero += !out[i];
		}
	ktap(right == 256 * (int)sizeof(text),
	     "each octet is a character or none, wherever it is");
	ktap(zero == refused * (int)sizeof(out), "what is refused is zero");
}

static void test_room(void)
{
	__u8 out[2] = { 1, 1 };

	ktap(sg_base64_decode(out, 2, SG_SLICE("AAAA")) == -ENOSPC && !out[0],
	     "no room");
	ktap(sg_base64_decode(out, 2, SG_SLICE("A")) == -EINVAL &&
		     sg_base64_decode(out, 2, SG_SLICE("A===")) == -EINVAL,
	     "a length that is none");
}

int main(void)
{
	test_lengths();
	test_characters();
	test_room();
	return ktap_finish();
}
