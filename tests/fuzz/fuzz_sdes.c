// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDP and a=crypto: the octets as a session description whose attributes
 * are read, and as one attribute's value.
 */
#include <errno.h>

#include "fuzz.h"
#include "lib/sdes.h"
#include "lib/sdp.h"
#include "lib/secret.h"

/* Refused and zero, or written so that it reads as the same. */
static void check_crypto(struct sg_slice value)
{
	static const struct sdes_crypto zero;
	struct sdes_crypto crypto, again;
	struct sdes_fault fault;
	char text[16384];
	int err, size;

	err = sdes_parse(&crypto, value, &fault);
	if (err) {
		require(err == -EINVAL || err == -ENOTSUP);
		require(fault.text[0] && fault.value.size <= SG_SHOWN_MAX);
		require(sg_secret_equal(&crypto, &zero, sizeof(zero)));
		return;
	}
	size = sdes_print(text, sizeof(text), &crypto);
	require(size > 0);
	require(!sdes_parse(&again, (struct sg_slice){ text, size }, &fault));
	require(sg_secret_equal(&crypto, &again, sizeof(crypto)));
	sdes_wipe(&crypto);
	require(sg_secret_equal(&crypto, &zero, sizeof(zero)));
}

static void check_section(const struct sdp *sdp, int media)
{
	struct sdp_connection connection;
	struct sg_slice value;
	__u32 bandwidth;
	int at = 0;

	sdp_connection(sdp, media, &connection);
	sdp_bandwidth(sdp, media, "AS", &bandwidth);
	while (sdp_attribute(sdp, media, "crypto", &at, &value))
		check_crypto(value);
}

static void check_sdp(struct sg_slice text)
{
	static struct sdp sdp;
	struct sdp_fault fault;
	size_t left;
	int err;

	do {
		left = text.size;
		err = sdp_parse(&sdp, &text, &fault);
		require(err || text.size < left);
		require(!err || err == -ENODATA || (fault.text[0] && fault.line));
		for (int i = SDP_SESSION; !err && i < sdp.medias; i++)
			check_section(&sdp, i);
	} while (!err);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = malloc(size + !size);

	memcpy(text, data, size);
	check_crypto((struct sg_slice){ text, size });
	check_sdp((struct sg_slice){ text, size });
	free(text);
	return 0;
}
