/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A side: what one termination knows of one stream. LocalControl with its
 * properties, Local, Remote and the latch signal, read into values that the
 * data plane understands. A side holds ports of its realm and one reference
 * to each of its key slots, but is itself plain data.
 */
#ifndef SRTPGATE_IQ_SIDE_H
#define SRTPGATE_IQ_SIDE_H

#include "gated/config.h"
#include "gated/iq/iq_fault.h"
#include "gated/keyring.h"
#include "lib/codec.h"
#include "lib/h248.h"
#include "lib/sdes.h"

enum {
	IQ_MEDIA = 16,		/* "audio", with the final NUL */
	IQ_PROTOCOL = 16,	/* "RTP/SAVPF" */
	IQ_FORMATS = 128,	/* "97 98", "-" */
};

/* Where latching stands (H.248.37). */
enum iq_napt {
	IQ_NAPT_OFF,
	IQ_NAPT_LATCH,		/* asked for; nobody has sent yet */
	IQ_NAPT_RELATCH,	/* asked for; the old peer serves until then */
	IQ_NAPT_DONE,		/* .peer is who sent, whatever Remote says */
};

/* One a=crypto without its keys, which are in the data plane alone. */
struct iq_crypto {
	const struct sdes_suite *suite;	/* NULL: there is none */
	__u32 tag;
	__u32 slot[SG_OPEN_KEYS]; /* in the map `keys`, in the order of its
				   * inline parameters; 0: none; a reference
				   * is held to each */
	__u32 generation[SG_OPEN_KEYS]; /* of the keys in them */
};

struct iq_side {
	struct iq_side *next;	/* of the same termination, by .stream */
	__u16 stream;		/* StreamID */
	struct realm *realm;	/* ipdc/realm; NULL until known */

	/* LocalControl */
	enum h248_token mode;	/* H248_SEND_RECEIVE, ..., _LOOPBACK */
	bool reserve_value, reserve_group;
	bool filter_address;	/* gm/saf */
	bool filter_ports;	/* gm/spf */
	__u8 filter_prefix;	/* gm/sam, leading bits; 0: as Remote says */
	__be32 filter[4];
	__u16 filter_low, filter_high; /* gm/spr; 0: as Remote says */
	bool explicit_address;	/* gm/esas: send from .departure */
	bool explicit_port;	/* gm/esps */
	__be32 departure[4];	/* gm/lsa */
	__u16 departure_port;	/* gm/lsp, host order */
	bool rtcp;		/* rtcph/rsb, gm/rsb; ON unless said */
	bool police;		/* tman/pol */
	__u32 sustained;	/* tman/sdr, octets a second */
	__u32 peak;		/* tman/pdr, octets a second */
	__u32 burst;		/* tman/mbs, octets */
	__u32 delay_variation;	/* tman/dvt, as received */
	__u8 dscp;		/* ds/dscp, or SG_DSCP_COPY */
	enum iq_napt napt;	/* signal ipnapt/latch */
	struct sg_transport peer; /* latched on; address none: nobody yet.
				   * The data plane's side writes it */

	/* Local: ours */
	bool has_local;
	bool secure;		/* RTP/SAVP, RTP/SAVPF */
	bool mux;		/* a=rtcp-mux */
	char media[IQ_MEDIA];
	char protocol[IQ_PROTOCOL];
	char formats[IQ_FORMATS];
	struct sg_transport local;
	__u16 port[2];		/* held in the realm, RTP and RTCP, the latter
				 * also with a=rtcp-mux (RFC 5761 5.1.1); host
				 * order, 0: none */
	bool chosen;		/* something of it was "$": the reply has it */
	struct iq_crypto send;	/* key that protects what we send */

	/* Remote: the other end's */
	bool has_remote;
	bool remote_secure;
	bool refused;		/* m= with port 0 */
	struct sg_transport remote; /* address none: not known */
	struct iq_crypto receive; /* keys of what we receive */
	__u32 clock_rate;	/* of the first format, a=rtpmap; for jitter */
	__u8 codec;		/* enum sg_codec_id, likewise; for MOS */
};

/* The mode lets media in, or out; loopback is neither. */
static inline bool iq_side_receives(const struct iq_side *side)
{
	return side->mode == H248_RECEIVE_ONLY ||
	       side->mode == H248_SEND_RECEIVE;
}

static inline bool iq_side_sends(const struct iq_side *side)
{
	return side->mode == H248_SEND_ONLY || side->mode == H248_SEND_RECEIVE;
}

/* What reading a side needs. */
struct iq_ground {
	struct config *config;
	struct keyring *keys;
	const struct slots *contexts; /* may be NULL: gated/home.h */
};

/* A side as an Add finds it: H.248.1's and the packages' defaults. */
void iq_side_init(struct iq_side *side, __u16 stream);

/*
 * Reads @stream into @side, a copy of @old (NULL: there was none): takes
 * ports and references to keys for what is new. On error *@fault is set and
 * @side is due for iq_side_release(@side, @old) all the same. A key that any
 * other side sends with is refused: two branches of a fork never share one.
 * @opposite (NULL) is the other termination's side of the stream.
 *
 * A descriptor that is absent leaves its part as it was, an empty Local or
 * Remote ends it, any other replaces it, its key too: without a=crypto that
 * direction has none then. Of LocalControl each property stays until named.
 *
 *   440 445	a package, a property that is not known
 *   449	a value: of a property, of m= or c= or a=rtcp, a suite, a
 *		session parameter, a key in use elsewhere or both ways
 *   472	no realm; gm/esas, gm/esps without gm/lsa, gm/lsp
 *   473	another realm after there are ports; Local and Remote of two
 *		families, or one secure and one not
 *   474	what is no SDP, no RFC 4568, no or more than one m=
 *   510	no free port or key; a port that is taken
 *   515 517	media other than audio, video, text, application; Loopback
 */
int iq_side_read(const struct iq_ground *ground, struct iq_side *side,
		 const struct iq_side *old, const struct iq_side *opposite,
		 const struct h248_stream *stream, struct iq_fault *fault);

/* Gives back what @gone holds and @kept (NULL: nothing) does not. */
void iq_side_release(const struct iq_ground *ground,
		     const struct iq_side *gone, const struct iq_side *kept);

/*
 * The Local descriptor of a reply: v=, c=, m= with what was chosen, a=rtcp
 * when RTCP is not one above RTP (RFC 3605), a=rtcp-mux; never a=crypto.
 * Lines end with LF. Returns octets; -ENOSPC.
 */
int iq_side_sdp(const struct iq_side *side, char *buffer, size_t size);

/*
 * The properties of LocalControl that an audit asks for, or that were
 * over-specified, into @message's arena. NULL: it is full.
 */
struct h248_parameter *iq_side_properties(const struct iq_side *side,
					  struct h248_message *message);

/* The packages of the gateway, "gm", version 2 ...; NULL-named at the end. */
struct iq_package {
	const char *name;
	__u16 version;
};
extern const struct iq_package iq_packages[];

/*
 * Judges a name "package/item" that nobody knows: 440 when there is no such
 * package, else @code. Always an error.
 */
int iq_item_unknown(struct sg_slice name, enum iq_error code,
		    struct iq_fault *fault);

#endif /* SRTPGATE_IQ_SIDE_H */
