/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request as it comes in octets (HTTP/1.1, RFC 9112; 1.0 too). Strict:
 * what two readers could take for two different messages is refused.
 */
#ifndef SRTPGATE_KMS_HTTP_REQUEST_H
#define SRTPGATE_KMS_HTTP_REQUEST_H

#include "lib/mikey_exchange.h"
#include "lib/mikey_text.h"

enum {
	HTTP_HEAD_MAX = 8 << 10, /* octets up to the body */
	/* Blanks may be anywhere in base64. */
	HTTP_BODY_MAX = SG_BASE64_SIZE(MIKEY_MESSAGE_MAX) + 1024,
	/* Chunks are not many: each is some octets at least. */
	HTTP_REQUEST_MAX = HTTP_HEAD_MAX + 2 * HTTP_BODY_MAX,
};

/* Slices lie in the octets that were read. */
struct http_request {
	struct sg_slice method;
	struct sg_slice path;	/* as it was sent, without the query */
	struct sg_slice query;	/* behind "?", maybe empty */
	struct sg_slice media;	/* Content-Type without its parameters */
	struct sg_slice body;
	bool close;		/* the client wants no further answer */
	bool expects;		/* 100 Continue, before it sends the body */
};

/*
 * Reads the request at the beginning of @octets, and puts together in place a
 * body that came in chunks. Returns how many octets it has; more than @size:
 * that are not all there yet; negative: an HTTP status it is refused with, and
 * what follows cannot be read either.
 */
int http_request_parse(struct http_request *request, char *octets,
		       size_t size);

#endif /* SRTPGATE_KMS_HTTP_REQUEST_H */
