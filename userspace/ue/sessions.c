// SPDX-License-Identifier: GPL-2.0-only
#include "ue/sessions.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>

#include "lib/mikey_wire.h"
#include "lib/secret.h"
#include "ue/tls_psk.h"

/* RFC 4567 has no more than an order; the offerer's stream is odd. */
static __u8 cs_id(int media, bool answerer)
{
	return 2 * media + 1 + answerer;
}

static int media_of(const struct mikey_cs *cs)
{
	return (cs->id - 1) / 2;
}

static bool is_answerers(const struct mikey_cs *cs)
{
	return !(cs->id & 1);
}

static const struct mikey_cs *find(const struct mikey_sessions *sessions,
				   __u8 id)
{
	for (int i = 0; i < sessions->css; i++)
		if (sessions->cs[i].id == id)
			return &sessions->cs[i];
	return NULL;
}

static int draw_ssrc(__u32 *ssrc, struct fault *fault)
{
	if (RAND_bytes((__u8 *)ssrc, sizeof(*ssrc)) == 1)
		return 0;
	return fault_set(fault, EIO, "OpenSSL has no random numbers");
}

/* -- offers ---------------------------------------------------------------- */

/* One SP for each of our suites, numbered from 0. */
static int offer_suites(struct mikey_sessions *sessions,
			struct sessions_memory *memory,
			const struct config *config, struct fault *fault)
{
	for (int i = 0; i < config->suites; i++) {
		struct mikey_srtp srtp;
		int size = -EINVAL;

		if (mikey_srtp_of_suite(&srtp, config->suite[i]))
			size = mikey_srtp_print(memory->parameters[i],
						sizeof(memory->parameters[i]),
						&srtp);
		if (size < 0)
			return fault_set(fault, EINVAL,
					 "%s cannot be said in MIKEY",
					 sg_suite_name(config->suite[i]));
		memory->numbers[i] = i;
		sessions->sp[sessions->sps++] = (struct mikey_sp){
			i, MIKEY_SRTP, mikey_slice(memory->parameters[i], size)
		};
	}
	return 0;
}

static int offer_media(struct mikey_sessions *sessions,
		       struct sessions_memory *memory, int media,
		       const struct mikey_cs *model, struct fault *fault)
{
	struct mikey_stream stream = { 0 };
	int err = draw_ssrc(&stream.ssrc, fault);

	for (int answerer = 0; answerer < 2 && !err; answerer++) {
		struct mikey_cs *cs = &sessions->cs[sessions->css];

		*cs = *model;
		cs->id = cs_id(media, answerer);
		/* RFC 6043 4.2.2.1: the answerer says what is his. */
		if (!answerer)
			mikey_stream_print(cs, memory->stream[sessions->css],
					   &stream);
		sessions->css++;
	}
	return err;
}

int sessions_offer(struct mikey_sessions *sessions,
		   struct sessions_memory *memory, const struct config *config,
		   const struct sdp *offer, struct sg_slice spi,
		   struct fault *fault)
{
	const struct mikey_cs model = {
		.protocol = MIKEY_SRTP,
		.policies = mikey_slice(memory->numbers, config->suites),
		.spi = spi,
	};
	int err;

	if (description_tls(offer)) {
		tls_psk_sessions(sessions, config->tls.protocol, spi);
		return 0;
	}
	memset(sessions, 0, sizeof(*sessions));
	err = offer_suites(sessions, memory, config, fault);
	for (int i = 0; i < offer->medias && !err; i++)
		if (description_is_rtp(&offer->media[i]))
			err = offer_media(sessions, memory, i, &model, fault);
	return err;
}

/* -- what others say ------------------------------------------------------- */

static int refuse(struct fault *fault, int media, const char *text)
{
	return fault_set(fault, EPERM, "m= line %d %s", media + 1, text);
}

int sessions_check(const struct mikey_sessions *offered,
		   const struct config *config, const struct sdp *offer,
		   struct fault *fault)
{
	int wanted = 0;

	if (description_tls(offer))
		return tls_psk_check_sessions(offered, config->tls.protocol,
					      fault);
	for (int i = 0; i < offer->medias; i++) {
		if (!description_is_rtp(&offer->media[i]))
			continue;
		if (!description_is_secure(&offer->media[i]))
			return refuse(fault, i, "would not be protected");
		if (!find(offered, cs_id(i, false)) ||
		    !find(offered, cs_id(i, true)))
			return refuse(fault, i, "has no keys in MIKEY");
		wanted += 2;
	}
	if (offered->css == wanted)
		return 0;
	return fault_set(fault, EPERM,
			 "MIKEY has keys for m= lines that are not offered");
}

int sessions_check_answer(const struct mikey_sessions *offered,
			  const struct sdp *answer, struct fault *fault)
{
	for (int i = 0; i < offered->css; i++)
		if (media_of(&offered->cs[i]) >= answer->medias)
			return fault_set(fault, EPERM,
					 "the answer has fewer m= lines than "
					 "the offer");
	for (int i = 0; i < answer->medias; i++) {
		const struct sdp_media *media = &answer->media[i];

		if (media == description_tls(answer) &&
		    offered->cs[0].protocol == MIKEY_SRTP)
			return refuse(fault, i, "was not offered");
		if (!description_is_rtp(media))
			continue;
		if (!description_is_secure(media))
			return refuse(fault, i, "is answered unprotected");
		if (offered->cs[0].protocol != MIKEY_SRTP ||
		    !find(offered, cs_id(i, false)))
			return refuse(fault, i, "was not offered");
	}
	return 0;
}

/* -- answers --------------------------------------------------------------- */

static bool have_suite(const struct config *config, enum sg_suite suite)
{
	for (int i = 0; i < config->suites; i++)
		if (config->suite[i] == suite)
			return true;
	return false;
}

static enum sg_suite suite_of(const struct mikey_sp *sp)
{
	struct mikey_fault ignored;
	struct mikey_srtp srtp;

	if (!sp || sp->protocol != MIKEY_SRTP ||
	    mikey_srtp_parse(&srtp, sp->parameters, &ignored) || srtp.kdr)
		return SG_SUITE_NONE;
	return mikey_srtp_suite(&srtp);
}

/* Leaves one policy of those offered: the caller's favourite that we have. */
static int choose(struct mikey_cs *cs, const struct config *config,
		  const struct mikey_sessions *offered, struct fault *fault)
{
	for (size_t i = 0; i < cs->policies.size; i++) {
		const struct mikey_sp *sp =
			mikey_sessions_policy(offered, cs->policies.at[i]);
		enum sg_suite suite = suite_of(sp);

		if (suite == SG_SUITE_NONE || !have_suite(config, suite))
			continue;
		cs->policies = (struct sg_slice){ cs->policies.at + i, 1 };
		return 0;
	}
	return refuse(fault, media_of(cs),
		      "is offered with none of our \"suites\"");
}

static int answer_stream(struct mikey_cs *cs, __u8 *memory, struct fault *fault)
{
	struct mikey_stream stream = { 0 };
	int err = 0;

	if (!is_answerers(cs) && mikey_stream_parse(&stream, cs))
		return refuse(fault, media_of(cs),
			      "is offered without an SSRC");
	if (is_answerers(cs))
		err = draw_ssrc(&stream.ssrc, fault);
	mikey_stream_print(cs, memory, &stream);
	return err;
}

int sessions_answer(struct mikey_sessions *answer,
		    struct sessions_memory *memory,
		    const struct config *config,
		    const struct mikey_sessions *offered, struct fault *fault)
{
	int err = 0;

	memset(answer, 0, sizeof(*answer));
	if (offered->css == 1 &&
	    offered->cs[0].protocol == config->tls.protocol) {
		tls_psk_sessions(answer, config->tls.protocol,
				 offered->cs[0].spi);
		answer->cs[0].id = offered->cs[0].id;
		return 0;
	}
	for (int i = 0; i < offered->css && !err; i++) {
		struct mikey_cs *cs = &answer->cs[answer->css++];

		*cs = offered->cs[i];
		if (cs->protocol != MIKEY_SRTP || answer->css > STREAMS_MAX)
			return refuse(fault, media_of(cs),
				      "is offered with something else than "
				      "SRTP");
		if (!cs->spi.size)
			return refuse(fault, media_of(cs),
				      "is offered without an SPI");
		err = choose(cs, config, offered, fault);
		if (!err)
			err = answer_stream(cs, memory->stream[i], fault);
	}
	return err;
}

/* -- keys ------------------------------------------------------------------ */

/* Whatever else a policy can say is none of our suites. */
static bool is_ours(const struct sg_master_key *key,
		    const struct config *config)
{
	return have_suite(config, key->suite) && !key->kdr &&
	       !key->plain_rtp && !key->plain_rtcp && !key->untagged_rtp;
}

static int add(struct stream_keys *keys, const struct mikey_cs *cs,
	       const struct config *config, const struct session_source *source,
	       const struct sdp_media *media, struct fault *fault)
{
	struct stream_key *stream = &keys->stream[keys->streams];
	struct mikey_medium *medium = &stream->medium;
	struct mikey_fault why;

	if (keys->streams == STREAMS_MAX)
		return refuse(fault, media_of(cs), "is one too many");
	if (mikey_medium_derive(medium, source->transfer, source->answer,
				source->key, 2, cs->id, &why))
		return fault_set(fault, EPERM, "m= line %d: %s",
				 media_of(cs) + 1, why.text);
	keys->streams++;
	if (!medium->has_stream || !is_ours(&medium->key, config))
		return refuse(fault, media_of(cs),
			      "is answered with none of our \"suites\"");
	if (!config->mki)
		medium->key.mki_length = 0;
	stream->media = media_of(cs);
	stream->send = source->initiator != is_answerers(cs);
	snprintf(stream->type, sizeof(stream->type), "%.*s",
		 (int)media->type.size, media->type.at);
	return 0;
}

int sessions_derive(struct stream_keys *keys, const struct config *config,
		    const struct session_source *source,
		    const struct sdp *answer, struct fault *fault)
{
	const struct mikey_sessions *sessions = &source->answer->sessions;
	int err = 0;

	memset(keys, 0, sizeof(*keys));
	for (int i = 0; i < sessions->css && !err; i++) {
		int media = media_of(&sessions->cs[i]);

		/* A port of 0 refuses the m= line. */
		if (media < answer->medias &&
		    description_is_rtp(&answer->media[media]))
			err = add(keys, &sessions->cs[i], config, source,
				  &answer->media[media], fault);
	}
	if (!err && !keys->streams)
		err = fault_set(fault, EPERM, "no m= line is accepted");
	if (err)
		sg_secret_zero(keys, sizeof(*keys));
	return err;
}
