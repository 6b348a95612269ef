// SPDX-License-Identifier: GPL-2.0-only
/*
 * MIKEY: the octets as a message, as key data and as SRTP's policy. What is
 * read is written and read again as the same.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/mikey_key.h"
#include "lib/mikey_srtp.h"
#include "lib/secret.h"

#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

static void check_refusal(int err, const struct mikey_fault *fault)
{
	require(err == -EINVAL || err == -ENOTSUP || err == -E2BIG);
	require(fault->text && fault->error <= MIKEY_INVALID_TPPAR);
}

static void check_message(struct sg_slice octets)
{
	static struct mikey_message message;
	static __u8 out[65536];
	struct mikey_fault fault;
	int err = mikey_parse(&message, octets, &fault), size;

	if (err) {
		check_refusal(err, &fault);
		return;
	}
	size = mikey_print(out, sizeof(out), &message);
	require(size == (int)octets.size);
	/* ERR's reserved octets are written as zeros. */
	if (!mikey_find(&message, MIKEY_ERR, 0, 0))
		require(!memcmp(out, octets.at, size));
	require(!mikey_parse(&message, (struct sg_slice){ (char *)out, size },
			     &fault));
}

static void check_keys(struct sg_slice octets)
{
	static const struct mikey_keys zero;
	struct mikey_keys keys, again;
	__u8 out[MIKEY_KEYS_SIZE_MAX];
	struct mikey_fault fault;
	int err = mikey_keys_parse(&keys, octets, &fault), size;

	if (err) {
		check_refusal(err, &fault);
		require(sg_secret_equal(&keys, &zero, sizeof(zero)));
		return;
	}
	mikey_keys_check(&keys, 1, &fault);
	size = mikey_keys_print(out, sizeof(out), &keys);
	require(size >= 0);
	require(!mikey_keys_parse(&again, (struct sg_slice){ (char *)out, size },
				  &fault));
	require(sg_secret_equal(&keys, &again, sizeof(keys)));
	mikey_keys_wipe(&keys);
	require(sg_secret_equal(&keys, &zero, sizeof(zero)));
}

static void check_policy(struct sg_slice octets)
{
	struct mikey_srtp srtp, again;
	struct mikey_fault fault;
	__u8 out[128];
	int err = mikey_srtp_parse(&srtp, octets, &fault), size;

	if (err) {
		check_refusal(err, &fault);
		return;
	}
	size = mikey_srtp_print(out, sizeof(out), &srtp);
	require(size > 0);
	require(!mikey_srtp_parse(&again, (struct sg_slice){ (char *)out, size },
				  &fault));
	require(mikey_srtp_suite(&srtp) == mikey_srtp_suite(&again));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *octets = malloc(size + !size);
	struct sg_slice slice = { octets, size };

	memcpy(octets, data, size);
	check_message(slice);
	check_keys(slice);
	check_policy(slice);
	free(octets);
	return 0;
}
