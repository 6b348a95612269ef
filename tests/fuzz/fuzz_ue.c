// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session description with MIKEY in it, as a terminal reads an offer and
 * an answer, up to where keys are needed; and what it writes of it.
 */
#include "fuzz.h"
#include "lib/mikey_text.h"
#include "lib/mikey_wire.h"
#include "ue/sessions.h"
#include "ue/tls_psk.h"

static const struct config config = {
	.suite = { SG_SUITE_AEAD_AES_128_GCM, SG_SUITE_AES_CM_128_HMAC_SHA1_80 },
	.suites = 2,
	.tls.protocol = TLS_PSK_PROTOCOL,
};

static __u8 octets[MIKEY_MESSAGE_MAX];

/* Each session offered has one suite and an SSRC in the answer; of TLS none. */
static void check_answer(const struct mikey_sessions *answer,
			 const struct mikey_sessions *offered)
{
	struct mikey_stream stream;

	require(answer->css == offered->css);
	for (int i = 0; i < answer->css; i++) {
		if (answer->cs[i].protocol == TLS_PSK_PROTOCOL)
			continue;
		require(answer->cs[i].policies.size == 1);
		require(!mikey_stream_parse(&stream, &answer->cs[i]));
	}
}

static void check_offer(const struct description *offer, int size)
{
	static struct mikey_transfer transfer;
	static struct mikey_sessions answer;
	static struct sessions_memory memory;
	struct mikey_fault why;
	struct fault fault = { 0 };

	if (mikey_transfer_parse(&transfer, mikey_slice(octets, size), &why))
		return;
	if (sessions_check(&transfer.sessions, &config, &offer->sdp, &fault) ||
	    sessions_answer(&answer, &memory, &config, &transfer.sessions,
			    &fault))
		require(fault.text[0]);
	else
		check_answer(&answer, &transfer.sessions);
}

/* To an offer of all that was read: whatever is answered was offered. */
static void check_response(const struct description *answer)
{
	static struct mikey_sessions offered;
	static struct sessions_memory memory;
	struct fault fault = { 0 };
	int rtp = 0, plain = 0;

	for (int i = 0; i < answer->sdp.medias; i++) {
		const struct sdp_media *media = &answer->sdp.media[i];

		rtp += description_is_rtp(media);
		plain += description_is_rtp(media) &&
			 !description_is_secure(media);
	}
	require(!sessions_offer(&offered, &memory, &config, &answer->sdp,
				SG_SLICE("\2"), &fault));
	require(offered.css == (description_tls(&answer->sdp) ? 1 : 2 * rtp));
	require(!sessions_check_answer(&offered, &answer->sdp, &fault) ==
		!plain);
}

/* What is written reads as the same, with all of its RTP protected. */
static void check_print(const struct description *description,
			struct sg_slice message)
{
	static char text[DESCRIPTION_MAX + 2 * MIKEY_MESSAGE_MAX];
	static struct description again;
	struct fault fault = { 0 };
	int size = description_print(text, sizeof(text), description, message);

	require(size > 0);
	require(!description_read(&again, (struct sg_slice){ text, size },
				  &fault));
	require(sg_slice_equal(again.message, sg_slice_trim(message)));
	require(again.sdp.medias == description->sdp.medias);
	for (int i = 0; i < again.sdp.medias; i++)
		require(!description_is_rtp(&again.sdp.media[i]) ||
			description_is_secure(&again.sdp.media[i]));
}

static void check(struct sg_slice text)
{
	static struct description description;
	struct fault fault = { 0 };
	int size;

	if (description_read(&description, text, &fault)) {
		require(fault.text[0]);
		return;
	}
	check_response(&description);
	check_print(&description, SG_SLICE("mikey AAAA"));
	size = mikey_attribute_parse(octets, sizeof(octets),
				     description.message);
	if (size > 0)
		check_offer(&description, size);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = malloc(size + !size);

	if (size < DESCRIPTION_MAX) {
		memcpy(text, data, size);
		check((struct sg_slice){ text, size });
	}
	free(text);
	return 0;
}
