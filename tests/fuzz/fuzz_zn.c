// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a BSF sends: the octets as a Diameter message, which is read as
 * capabilities and as an answer, and as user security settings.
 */
#include <errno.h>

#include "fuzz.h"
#include "kms/zn_message.h"
#include "kms/zn_uss.h"
#include "lib/secret.h"

static struct user user;
static const struct user zero;

static void check_identities(void)
{
	require(user.identities >= 0 &&
		user.identities <= USER_IDENTITIES_MAX);
	for (int i = 0; i < user.identities; i++) {
		struct sg_slice identity = sg_slice_of(user.identity[i]);

		require(identity.size && identity.size <= USER_IDENTITY_MAX);
		require(!memchr(identity.at, '*', identity.size));
		require(user_has(&user, identity));
	}
}

/* Refused and zero, or a key and identities. */
static void check_answer(struct sg_cursor avps)
{
	int err = zn_parse_bi(&user, avps);

	if (err) {
		require(err == -ENOENT || err == -EACCES || err == -EAGAIN ||
			err == -EPROTO);
		require(sg_secret_equal(&user, &zero, sizeof(zero)));
		return;
	}
	require(user.naf_key.size == NAF_KEY_SIZE);
	check_identities();
}

static void check_message(struct sg_slice message)
{
	struct diameter_header header;
	struct sg_cursor avps;
	int size = diameter_size(message.at, message.size);

	require(size == -EPROTO || size == 0 || size >= DIAMETER_HEADER);
	if (diameter_parse(&header, &avps, message))
		return;
	require((size_t)size == message.size);
	zn_parse_ce(avps, NULL);
	zn_parse_ce(avps, "bsf.home.example");
	check_answer(avps);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *octets = malloc(size + !size);

	memcpy(octets, data, size);
	check_message((struct sg_slice){ octets, size });
	check_answer(sg_cursor_of(octets, size));
	user_wipe(&user);
	zn_uss_read(&user, (struct sg_slice){ octets, size });
	check_identities();
	free(octets);
	return 0;
}
