/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The crypto sessions of a call: what TRANSFER messages say of its m= lines,
 * and the SRTP master keys that come of it.
 */
#ifndef SRTPGATE_UE_SESSIONS_H
#define SRTPGATE_UE_SESSIONS_H

#include "lib/mikey_medium.h"
#include "ue/config.h"
#include "ue/description.h"

enum { STREAMS_MAX = 2 * SDP_MEDIA_MAX };

/* What struct mikey_sessions' slices lie in. */
struct sessions_memory {
	__u8 parameters[CONFIG_SUITES][64];
	__u8 numbers[CONFIG_SUITES];
	__u8 stream[STREAMS_MAX][MIKEY_STREAM_SIZE];
};

/* One direction of one m= line. */
struct stream_key {
	int media;		/* from 0 */
	char type[16];		/* "audio" */
	bool send;		/* ours */
	struct mikey_medium medium; /* secret */
};

struct stream_keys {
	struct stream_key stream[STREAMS_MAX];
	int streams;
};

/*
 * Fills @sessions for an offer: our suites, an SSRC for what we send, and
 * the key that @spi names. Negative errno with @fault, as everywhere here.
 */
int sessions_offer(struct mikey_sessions *sessions,
		   struct sessions_memory *memory, const struct config *config,
		   const struct sdp *offer, struct sg_slice spi,
		   struct fault *fault);

/* Is @offered what the m= lines of @offer need, neither less nor more? */
int sessions_check(const struct mikey_sessions *offered,
		   const struct config *config, const struct sdp *offer,
		   struct fault *fault);

/* Is each m= line of @answer protected or refused, and of @offered's? */
int sessions_check_answer(const struct mikey_sessions *offered,
			  const struct sdp *answer, struct fault *fault);

/* Fills @answer: of each offer the first suite that we have, and SSRCs. */
int sessions_answer(struct mikey_sessions *answer,
		    struct sessions_memory *memory,
		    const struct config *config,
		    const struct mikey_sessions *offered, struct fault *fault);

/* What the keys of sessions come from. */
struct session_source {
	const struct mikey_transfer *transfer;
	const struct mikey_answer *answer;
	const struct mikey_keys *key[2]; /* the ticket's, forked if they are
					  * to be; what the other brought */
	bool initiator;		/* we are */
};

/* Derives what is sent and received by @answer. The caller wipes @keys. */
int sessions_derive(struct stream_keys *keys, const struct config *config,
		    const struct session_source *source,
		    const struct sdp *answer, struct fault *fault);

#endif /* SRTPGATE_UE_SESSIONS_H */
