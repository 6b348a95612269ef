/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Session descriptions (RFC 4566) as H.248's Local and Remote carry them:
 * any of v=, o=, s= and t= may be missing, "$" stands for what the gateway
 * chooses, "-" for what it need not know. Every line is kept in order, so
 * that what is not understood can be passed on.
 */
#ifndef SRTPGATE_SDP_H
#define SRTPGATE_SDP_H

#include "lib/slice.h"

enum {
	SDP_LINES_MAX = 256,	/* of one description */
	SDP_MEDIA_MAX = 16,
	SDP_SESSION = -1,	/* instead of a media section's number */
	SDP_FAULT_TEXT = 160,
};

struct sdp_line {
	char type;		/* 'v', 'o', ... */
	struct sg_slice value;	/* behind the "=" */
};

struct sdp_media {
	struct sg_slice type;	/* "audio"; "-" and "$" too */
	bool choose_port;	/* "$" */
	__u16 port;		/* 0: refused, or not said ("-" or "$") */
	__u16 ports;		/* "49170/2": 2; else 1 */
	struct sg_slice protocol; /* "RTP/SAVP" */
	struct sg_slice formats; /* "97 98", "-", "*"; not empty */
	int first;		/* its lines, from m= on */
	int lines;
};

/* One description; its texts are slices of what was read. */
struct sdp {
	struct sdp_line line[SDP_LINES_MAX];
	int lines;
	int session_lines;	/* before the first m= */
	struct sdp_media media[SDP_MEDIA_MAX];
	int medias;
};

struct sdp_fault {
	unsigned line;		/* from 1, within the text given */
	char text[SDP_FAULT_TEXT]; /* a sentence without any value of a= */
};

/*
 * Reads one description from the front of *@text and moves *@text behind it:
 * a further one, which begins with v=, is an alternative to it. Blank lines
 * are passed over. -EINVAL and *@fault: malformed; -E2BIG and *@fault: more
 * lines or media sections than fit; -ENODATA: nothing was left.
 */
int sdp_parse(struct sdp *sdp, struct sg_slice *text, struct sdp_fault *fault);

/* c=, of a media section or of the session. */
struct sdp_connection {
	int family;		/* AF_INET, AF_INET6 */
	bool choose;		/* address "$" */
	struct sg_slice address;
};

/*
 * The section's own, or else the session's. -ENOENT: there is none (or "-");
 * -EINVAL: malformed or of a network that is not the Internet.
 */
int sdp_connection(const struct sdp *sdp, int media,
		   struct sdp_connection *connection);

/* b=: @modifier is "AS", "RS", ... in any case; false: not there, no number. */
bool sdp_bandwidth(const struct sdp *sdp, int media, const char *modifier,
		   __u32 *value);

/*
 * The value of attribute @name in a section (SDP_SESSION: of the session):
 * what follows "name:", trimmed, or empty. *@at is where to look on, 0 at
 * first; false: no more of them.
 */
bool sdp_attribute(const struct sdp *sdp, int media, const char *name, int *at,
		   struct sg_slice *value);

#endif /* SRTPGATE_SDP_H */
